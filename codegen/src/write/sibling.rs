//! The hidden folders beside a folder, through which it is replaced.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::destination::{Destination, Occupant};

/// How many characters of a folder's name are part of its siblings' names: the system allows for names of 255 bytes.
const MAX_NAME: usize = 50;

/// A free hidden name beside a folder.
pub(super) fn sibling(folder: &Path, role: &str) -> PathBuf {
    siblings(folder, role)
        .find(|candidate| fs::symlink_metadata(candidate).is_err())
        .unwrap_or_default()
}

/// Makes a folder with a hidden name beside another.
pub(super) fn create_sibling(folder: &Path, role: &str) -> io::Result<PathBuf> {
    for candidate in siblings(folder, role) {
        match fs::create_dir(&candidate) {
            // Perhaps by another thread, just now.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|()| candidate),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Hidden names beside a folder; the process id keeps simultaneous runs apart.
fn siblings(folder: &Path, role: &str) -> impl Iterator<Item = PathBuf> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().take(MAX_NAME).collect();
    let id = std::process::id();
    (0..=u32::MAX)
        .map(move |attempt| folder.with_file_name(format!(".{name}.{role}-{id}-{attempt}")))
}

/// Puts a folder back that a run had renamed when it was killed before it put the new one into its place.
///
/// Where several runs were, nobody knows which folder is the right one, and nothing is done.
pub(super) fn restore(folder: &Path) -> io::Result<()> {
    let folder: PathBuf = std::path::absolute(folder)?.components().collect();
    let is_gone =
        fs::symlink_metadata(&folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    if !is_gone {
        return Ok(());
    }
    match leftovers(&folder).as_slice() {
        [leftover] => fs::rename(leftover, &folder),
        _ => Ok(()),
    }
}

/// What this program wrote and renamed to a sibling of `folder` as its old contents.
fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Vec::new();
    };
    // A name that was shortened may be that of another folder's sibling.
    let Some(name) = name
        .to_str()
        .filter(|name| name.chars().count() <= MAX_NAME)
    else {
        return Vec::new();
    };
    let prefix = format!(".{name}.old-");
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    let is_old = |name: &str| {
        let rest = name.strip_prefix(&prefix);
        let ids = rest.and_then(|rest| rest.split_once('-'));
        ids.is_some_and(|(id, attempt)| is_number(id) && is_number(attempt))
    };
    // A folder that can't be listed, or is not there, can't be written to either, as will be said.
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_old))
        .map(|entry| entry.path())
        .filter(|path| {
            let inspected = Destination::inspect(path);
            matches!(inspected, Ok(Ok(found)) if found.occupant == Occupant::Generated)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::folder::tests::{Scratch, crate_with};
    use crate::write::{Written, write};

    #[test]
    fn a_run_after_one_that_was_killed_goes_on_with_the_old_folder() {
        let scratch = Scratch::new("killed");
        let out = scratch.path().join("out");
        write(&out, &crate_with("1"), false).unwrap();
        fs::create_dir(out.join("target")).unwrap();
        fs::rename(&out, scratch.path().join(".out.old-12-0")).unwrap();
        let foreign = scratch.path().join(".out.old-13-0");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
        assert_eq!(
            write(&out, &crate_with("2"), false).unwrap(),
            Written::Replaced
        );
        assert!(out.join("target").exists());
        assert_eq!(scratch.names(), [".out.old-13-0", "out"]);
    }

    #[test]
    fn what_is_not_surely_the_old_folder_is_left_alone() {
        let scratch = Scratch::new("unsure");
        let leave = |out: &str, beside: &[&str]| {
            for name in beside {
                write(&scratch.path().join(name), &crate_with("1"), false).unwrap();
            }
            let written = write(&scratch.path().join(out), &crate_with("2"), false);
            let mut names = [beside, &[out]].concat();
            names.sort_unstable();
            assert_eq!(scratch.names(), names);
            for name in names {
                fs::remove_dir_all(scratch.path().join(name)).unwrap();
            }
            written.unwrap()
        };
        for beside in [
            &[".out.old-12-0", ".out.old-13-0"][..],
            &[".out.new-12-0"],
            &[".out.old-"],
            &[".out.old-1.old-12-0"],
            &[".another.old-12-0"],
        ] {
            assert_eq!(leave("out", beside), Written::Created, "{beside:?}");
        }
        let long = "x".repeat(60);
        let shortened = format!(".{}.old-12-0", "x".repeat(50));
        assert_eq!(leave(&long, &[&shortened]), Written::Created);
    }

    #[test]
    fn a_folder_that_is_there_is_not_exchanged_for_an_old_one() {
        let scratch = Scratch::new("there");
        let out = scratch.path().join("out");
        let old = scratch.path().join(".out.old-12-0");
        write(&old, &crate_with("1"), false).unwrap();
        fs::create_dir(&out).unwrap();
        assert_eq!(
            write(&out, &crate_with("2"), false).unwrap(),
            Written::Created
        );
        assert_eq!(scratch.names(), [".out.old-12-0", "out"]);
    }
}
