//! Replacing a folder whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::check::{CARGO_LEFTOVERS, check};
use super::destination::{Destination, Occupant, Refusal};
use super::files::{FileSet, UnsafePath, native};
use super::sibling::{create_sibling, restore, sibling};

/// What [`write()`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// There was nothing before.
    Created,
    /// The folder was replaced.
    Replaced,
    /// The folder already had exactly these files; nothing was touched, so nothing is built anew.
    Unchanged,
}

/// Why a folder was not written; it is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder must not be replaced.
    #[error("refused to write to `{}`: {reason}", folder.display())]
    Refused {
        /// The folder.
        folder: PathBuf,
        /// Why.
        reason: Refusal,
    },
    /// A file of the set has a path that must not be written.
    #[error(transparent)]
    UnsafePath(#[from] UnsafePath),
    /// The file system failed.
    #[error("could not write to `{}`: {error}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

/// Makes `folder` hold exactly `files`, beside what Cargo keeps there.
///
/// `force` allows for replacing a folder that this program did not write.
///
/// # Errors
/// When the folder must not be replaced, a path leads out of it, or the file system fails. In each case the
/// folder is as it was before; unless only removing its old contents failed, as the error then says.
pub fn write(folder: &Path, files: &FileSet, force: bool) -> Result<Written, WriteError> {
    files.check_paths()?;
    let failed = |error| WriteError::Io {
        folder: folder.to_owned(),
        error,
    };
    let refused = |reason| WriteError::Refused {
        folder: folder.to_owned(),
        reason,
    };
    restore(folder).map_err(failed)?;
    let destination = Destination::inspect(folder)
        .map_err(failed)?
        .map_err(refused)?;
    if destination.occupant == Occupant::Foreign && !force {
        return Err(refused(Refusal::Foreign));
    }
    replace(&destination, files).map_err(failed)
}

fn replace(destination: &Destination, files: &FileSet) -> io::Result<Written> {
    let path = &destination.path;
    let is_ours = destination.occupant == Occupant::Generated;
    if is_ours && check(path, files)?.is_empty() {
        return Ok(Written::Unchanged);
    }
    let staging = Staging::fill(path, files)?;
    let lock = path.join("Cargo.lock");
    if is_ours && lock.is_file() {
        fs::copy(&lock, staging.path.join("Cargo.lock"))?;
    }
    let Some(old) = staging.swap_in(destination)? else {
        return Ok(Written::Created);
    };
    for name in CARGO_LEFTOVERS.iter().filter(|_| is_ours) {
        // Only a cache is at stake: the lock file was copied before.
        let _ = fs::rename(old.join(name), path.join(name));
    }
    fs::remove_dir_all(&old).map_err(|error| {
        let old = old.display();
        let message = format!("it is replaced, but its old contents, now `{old}`, stay: {error}");
        io::Error::new(error.kind(), message)
    })?;
    Ok(Written::Replaced)
}

/// The new folder while it is being written: beside its destination, so that a rename puts it in place.
struct Staging {
    path: PathBuf,
}

impl Staging {
    fn fill(destination: &Path, files: &FileSet) -> io::Result<Self> {
        if let Some(parent) = destination.parent() {
            fs::create_dir_all(parent)?;
        }
        let staging = Self {
            path: create_sibling(destination, "new")?,
        };
        let mut last_folder = PathBuf::new();
        for (path, contents) in files.iter() {
            let file = staging.path.join(native(path));
            if let Some(folder) = file.parent().filter(|folder| *folder != last_folder) {
                fs::create_dir_all(folder)?;
                last_folder = folder.to_owned();
            }
            fs::write(&file, contents)?;
        }
        Ok(staging)
    }

    /// Puts this folder into its place, and what was found there out of the way; returns where that is now.
    fn swap_in(self, destination: &Destination) -> io::Result<Option<PathBuf>> {
        let path = &destination.path;
        if destination.occupant == Occupant::Nothing {
            return self.move_to(path).map(|()| None);
        }
        let old = sibling(path, "old");
        match fs::rename(path, &old) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.move_to(path).map(|()| None);
            }
            Err(error) => return Err(error),
        }
        // What lies at a hidden name is hardly changed by anyone, unlike what was inspected.
        let swapped = match destination.is_still(&old) {
            Ok(true) => self.move_to(path),
            Ok(false) => Err(io::Error::other("it has changed since it was looked at")),
            Err(error) => Err(error),
        };
        let Err(error) = swapped else {
            return Ok(Some(old));
        };
        match fs::rename(&old, path) {
            Ok(()) => Err(error),
            Err(second) => {
                let old = old.display();
                let message = format!("{error}; what was there is now in `{old}`: {second}");
                Err(io::Error::new(second.kind(), message))
            }
        }
    }

    /// Renames this folder to a place where nothing is, or an empty folder.
    fn move_to(&self, path: &Path) -> io::Result<()> {
        // Windows renames onto no folder at all. What is not empty is not removed.
        #[cfg(windows)]
        let _ = fs::remove_dir(path);
        fs::rename(&self.path, path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::NotADirectory => {
                let message =
                    format!("something has appeared there since it was looked at: {error}");
                io::Error::new(error.kind(), message)
            }
            _ => error,
        })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After a successful swap there is nothing left here.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A folder of its own for one test, removed at the end.
    pub(in crate::write) struct Scratch(PathBuf);

    impl Scratch {
        pub(in crate::write) fn new(test: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("connector-gen-{}-{test}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        pub(in crate::write) fn path(&self) -> &Path {
            &self.0
        }

        /// The names in the folder.
        pub(in crate::write) fn names(&self) -> Vec<String> {
            let mut names: Vec<_> = fs::read_dir(&self.0)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const MANIFEST: &str = "[package]\nname = \"acme\"\n[package.metadata.connector-gen]\n";

    pub(in crate::write) fn crate_with(lib: &str) -> FileSet {
        FileSet::from_iter([("Cargo.toml", MANIFEST), ("src/lib.rs", lib)])
    }

    fn inspected(folder: &Path) -> Destination {
        Destination::inspect(folder).unwrap().unwrap()
    }

    /// Fills `folder`, inspects it, changes it, and fails to replace it; returns what the error says.
    fn replaced_too_late(
        folder: &Path,
        before: impl FnOnce(&Path),
        meanwhile: impl FnOnce(&Path),
    ) -> String {
        before(folder);
        let destination = inspected(folder);
        meanwhile(folder);
        let replaced = replace(&destination, &crate_with("2"));
        replaced.unwrap_err().to_string()
    }

    fn refusal(result: Result<Written, WriteError>) -> Refusal {
        match result {
            Err(WriteError::Refused { reason, .. }) => reason,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn absent_and_empty_folders_are_filled() {
        let scratch = Scratch::new("absent");
        let absent = scratch.path().join("a/b/out");
        assert_eq!(
            write(&absent, &crate_with("1"), false).unwrap(),
            Written::Created
        );
        assert_eq!(fs::read_to_string(absent.join("src/lib.rs")).unwrap(), "1");

        let empty = scratch.path().join("empty");
        fs::create_dir(&empty).unwrap();
        assert_eq!(
            write(&empty, &crate_with("1"), false).unwrap(),
            Written::Created
        );
        assert_eq!(scratch.names(), ["a", "empty"]);
    }

    #[test]
    fn a_generated_folder_is_replaced_whole() {
        let scratch = Scratch::new("replace");
        let out = scratch.path().join("out");
        let mut first = crate_with("1");
        first.insert("src/stale.rs", "");
        write(&out, &first, false).unwrap();
        assert_eq!(
            write(&out, &crate_with("2"), false).unwrap(),
            Written::Replaced
        );
        assert_eq!(fs::read_to_string(out.join("src/lib.rs")).unwrap(), "2");
        assert!(!out.join("src/stale.rs").exists());
        assert_eq!(scratch.names(), ["out"]);
    }

    #[test]
    fn what_cargo_keeps_in_the_folder_stays() {
        let scratch = Scratch::new("keep");
        let out = scratch.path().join("out");
        write(&out, &crate_with("1"), false).unwrap();
        fs::create_dir(out.join("target")).unwrap();
        fs::write(out.join("target/artifact"), "built").unwrap();
        fs::write(out.join("Cargo.lock"), "locked").unwrap();
        write(&out, &crate_with("2"), false).unwrap();
        assert_eq!(
            fs::read_to_string(out.join("target/artifact")).unwrap(),
            "built"
        );
        assert_eq!(
            fs::read_to_string(out.join("Cargo.lock")).unwrap(),
            "locked"
        );
    }

    #[test]
    fn a_name_may_be_as_long_as_the_system_allows() {
        let scratch = Scratch::new("long");
        let out = scratch.path().join("x".repeat(255));
        write(&out, &crate_with("1"), false).unwrap();
        assert_eq!(
            write(&out, &crate_with("2"), false).unwrap(),
            Written::Replaced
        );
    }

    #[test]
    fn an_equal_folder_is_not_touched() {
        let scratch = Scratch::new("unchanged");
        let out = scratch.path().join("out");
        write(&out, &crate_with("1"), false).unwrap();
        let modified = || {
            fs::metadata(out.join("src/lib.rs"))
                .unwrap()
                .modified()
                .unwrap()
        };
        let before = modified();
        assert_eq!(
            write(&out, &crate_with("1"), false).unwrap(),
            Written::Unchanged
        );
        assert_eq!(modified(), before);
    }

    #[test]
    fn a_foreign_folder_needs_force() {
        let scratch = Scratch::new("foreign");
        let out = scratch.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("thesis.txt"), "years of work").unwrap();
        assert_eq!(
            refusal(write(&out, &crate_with("1"), false)),
            Refusal::Foreign
        );
        assert!(out.join("thesis.txt").exists());
        assert_eq!(
            write(&out, &crate_with("1"), true).unwrap(),
            Written::Replaced
        );
        assert!(!out.join("thesis.txt").exists());
    }

    #[test]
    fn files_links_and_repositories_are_refused_even_with_force() {
        let scratch = Scratch::new("refused");
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(refusal(write(&file, &crate_with("1"), true)), Refusal::File);

        let repository = scratch.path().join("repository");
        write(&repository, &crate_with("1"), false).unwrap();
        fs::create_dir(repository.join(".git")).unwrap();
        assert_eq!(
            refusal(write(&repository, &crate_with("2"), true)),
            Refusal::Repository
        );

        #[cfg(unix)]
        {
            let link = scratch.path().join("link");
            std::os::unix::fs::symlink(&repository, &link).unwrap();
            assert_eq!(
                refusal(write(&link, &crate_with("2"), true)),
                Refusal::Symlink
            );
            assert_eq!(
                refusal(write(&link.join(""), &crate_with("2"), true)),
                Refusal::Symlink
            );
            let dangling = scratch.path().join("dangling");
            std::os::unix::fs::symlink(scratch.path().join("nowhere"), &dangling).unwrap();
            assert_eq!(
                refusal(write(&dangling, &crate_with("2"), true)),
                Refusal::Symlink
            );
        }
    }

    #[test]
    fn unsafe_paths_are_refused_before_anything_is_written() {
        let scratch = Scratch::new("unsafe");
        let mut files = crate_with("1");
        files.insert("../escaped", "");
        assert!(matches!(
            write(&scratch.path().join("out"), &files, false),
            Err(WriteError::UnsafePath(_))
        ));
        assert!(scratch.names().is_empty());
    }

    #[test]
    fn a_failed_write_leaves_the_old_folder_and_nothing_else() {
        let scratch = Scratch::new("failed");
        let out = scratch.path().join("out");
        write(&out, &crate_with("1"), false).unwrap();
        // `src` cannot be a file and a folder.
        let mut impossible = crate_with("2");
        impossible.insert("src", "");
        assert!(matches!(
            write(&out, &impossible, false),
            Err(WriteError::Io { .. })
        ));
        assert_eq!(fs::read_to_string(out.join("src/lib.rs")).unwrap(), "1");
        assert_eq!(scratch.names(), ["out"]);
    }

    #[test]
    fn when_the_new_folder_cannot_be_put_in_place_the_old_one_comes_back() {
        let scratch = Scratch::new("restore");
        let out = scratch.path().join("out");
        write(&out, &crate_with("1"), false).unwrap();
        let staging = Staging {
            path: scratch.path().join("vanished"),
        };
        assert!(staging.swap_in(&inspected(&out)).is_err());
        assert_eq!(fs::read_to_string(out.join("src/lib.rs")).unwrap(), "1");
        assert_eq!(scratch.names(), ["out"]);
    }

    #[test]
    fn what_appears_after_the_inspection_stays() {
        let scratch = Scratch::new("appears");
        let out = scratch.path().join("out");
        let fill = |folder: &Path| {
            fs::create_dir_all(folder.join(".git")).unwrap();
            write(&folder.join("sub"), &crate_with("1"), false).unwrap();
        };
        for before in [
            |_: &Path| (),
            |folder: &Path| fs::create_dir(folder).unwrap(),
        ] {
            let error = replaced_too_late(&out, before, fill);
            assert!(error.contains("something has appeared there"), "{error}");
            assert!(out.join(".git").exists() && out.join("sub/src/lib.rs").exists());
            assert_eq!(scratch.names(), ["out"]);
            fs::remove_dir_all(&out).unwrap();
        }
        let error = replaced_too_late(&out, |_| (), |file| fs::write(file, "mine").unwrap());
        assert!(error.contains("something has appeared there"), "{error}");
        assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
        assert_eq!(scratch.names(), ["out"]);
    }

    #[test]
    fn what_changes_after_the_inspection_comes_back() {
        let scratch = Scratch::new("changes");
        let out = scratch.path().join("out");
        let generate = |folder: &Path| {
            write(folder, &crate_with("1"), false).unwrap();
        };
        let foreign = |folder: &Path| {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("Cargo.toml"), "mine").unwrap();
        };
        let repository = |folder: &Path| fs::create_dir(folder.join(".git")).unwrap();
        let take_over = |folder: &Path| {
            fs::remove_dir_all(folder).unwrap();
            foreign(folder);
        };
        let stays = |error: String, path: &str| {
            assert!(error.contains("it has changed since"), "{error}");
            assert!(out.join(path).exists(), "{path}");
            assert_eq!(scratch.names(), ["out"]);
            fs::remove_dir_all(&out).unwrap();
        };
        stays(replaced_too_late(&out, generate, repository), ".git");
        stays(replaced_too_late(&out, generate, take_over), "Cargo.toml");
        stays(replaced_too_late(&out, foreign, repository), ".git");
    }
}
