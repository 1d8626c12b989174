//! Whether a folder may be replaced.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a folder is not written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A file has that name.
    #[error("it is a file")]
    File,
    /// A symbolic link: replacing it would not replace what it points to.
    #[error("it is a symbolic link; name the folder it points to")]
    Symlink,
    /// `/`, or a path that ends in `..`.
    #[error("it has no name that a folder beside it could be renamed to")]
    Nameless,
    /// Replacing it would pull the ground from under the caller's shell.
    #[error("it is the current folder or one above; run from the folder that shall contain it")]
    Current,
    /// A repository's history is never worth less than a generated crate.
    #[error("it is the root of a version-controlled tree; generate into a folder below it")]
    Repository,
    /// Something that is not known to be generated.
    #[error("it was not written by connector-gen; `--force` replaces it with everything in it")]
    Foreign,
}

/// What stands at the place that is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occupant {
    /// Nothing, or an empty folder.
    Nothing,
    /// A folder that this program wrote.
    Generated,
    /// Any other folder.
    Foreign,
}

/// A folder that may be written to.
#[derive(Debug)]
pub(super) struct Destination {
    /// The absolute path, free of symbolic links up to the folder itself.
    pub path: PathBuf,
    /// What is there now.
    pub occupant: Occupant,
}

impl Destination {
    /// Looks at a folder.
    ///
    /// # Errors
    /// The outer error is one of the file system; the inner one is the reason why the folder must stay as it is
    /// (never [`Refusal::Foreign`], which is the caller's decision).
    pub fn inspect(path: &Path) -> io::Result<Result<Self, Refusal>> {
        // Without a slash at the end, behind which the system would follow a link.
        let path: PathBuf = std::path::absolute(path)?.components().collect();
        let Some(name) = path.file_name() else {
            return Ok(Err(Refusal::Nameless));
        };
        let metadata = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Ok(Self {
                    path,
                    occupant: Occupant::Nothing,
                }));
            }
            other => other?,
        };
        if metadata.is_symlink() {
            return Ok(Err(Refusal::Symlink));
        }
        if !metadata.is_dir() {
            return Ok(Err(Refusal::File));
        }
        let path = match path.parent() {
            Some(parent) => parent.canonicalize()?.join(name),
            None => return Ok(Err(Refusal::Nameless)),
        };
        if std::env::current_dir()?.canonicalize()?.starts_with(&path) {
            return Ok(Err(Refusal::Current));
        }
        if [".git", ".hg", ".jj", ".svn"]
            .iter()
            .any(|name| path.join(name).exists())
        {
            return Ok(Err(Refusal::Repository));
        }
        let occupant = occupant(&path)?;
        Ok(Ok(Self { path, occupant }))
    }

    /// Whether this folder, which lies elsewhere now, may still be replaced; not if someone else has put something there since.
    pub fn is_still(&self, moved: &Path) -> io::Result<bool> {
        let now = Self::inspect(moved)?;
        Ok(now.is_ok_and(|now| {
            now.occupant != Occupant::Foreign || self.occupant == Occupant::Foreign
        }))
    }
}

fn occupant(folder: &Path) -> io::Result<Occupant> {
    if fs::read_dir(folder)?.next().is_none() {
        return Ok(Occupant::Nothing);
    }
    let manifest = folder.join("Cargo.toml");
    // This program writes files; from a pipe or a device there might be no end of reading.
    if !fs::symlink_metadata(&manifest).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(Occupant::Foreign);
    }
    Ok(match fs::read_to_string(manifest) {
        Ok(manifest) if has_marker(&manifest) => Occupant::Generated,
        _ => Occupant::Foreign,
    })
}

/// Whether a manifest says that its package is generated: it has a table `package.metadata.connector-gen`.
///
/// The mark is part of the crate, so it survives being copied, moved and checked in.
pub(super) fn has_marker(manifest: &str) -> bool {
    let Ok(manifest) = manifest.parse::<toml::Table>() else {
        return false;
    };
    manifest
        .get("package")
        .and_then(|package| package.get("metadata")?.get("connector-gen"))
        .is_some_and(toml::Value::is_table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_is_a_table_of_the_manifest() {
        assert!(has_marker(
            "[package]\nname = \"a\"\n[package.metadata.connector-gen]\nversion = \"0.1.0\"\n"
        ));
        assert!(has_marker("[package.metadata]\nconnector-gen = {}\n"));
        for foreign in [
            "",
            "[package]\nname = \"connector-gen\"\n",
            "# [package.metadata.connector-gen]\n[package]\n",
            "[package.metadata]\nconnector-gen = 1\n",
            "not toml [package.metadata.connector-gen]",
        ] {
            assert!(!has_marker(foreign), "{foreign}");
        }
    }

    #[test]
    fn the_root_and_parents_have_no_name() {
        assert!(matches!(
            Destination::inspect(Path::new("/")),
            Ok(Err(Refusal::Nameless))
        ));
        let above = std::env::temp_dir().join("..");
        assert!(matches!(
            Destination::inspect(&above),
            Ok(Err(Refusal::Nameless))
        ));
    }

    #[test]
    fn the_current_folder_is_refused() {
        let result = Destination::inspect(Path::new("."));
        assert!(matches!(result, Ok(Err(Refusal::Current))), "{result:?}");
    }
}
