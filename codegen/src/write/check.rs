//! Comparing a folder with what would be written.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use super::files::{FileSet, native};

/// What Cargo leaves in a crate's folder; not part of the product.
pub(super) const CARGO_LEFTOVERS: [&str; 2] = ["Cargo.lock", "target"];

/// How a folder differs from what would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The file is not there.
    Missing(String),
    /// The file has other contents.
    Changed(String),
    /// The file would not be written.
    Unexpected(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "missing: {path}"),
            Self::Changed(path) => write!(f, "changed: {path}"),
            Self::Unexpected(path) => write!(f, "unexpected: {path}"),
        }
    }
}

/// Compares a folder with a set of files; a folder that does not exist lacks all of them.
///
/// # Errors
/// When the folder cannot be read.
pub fn check(folder: &Path, files: &FileSet) -> io::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut found = BTreeSet::new();
    match list(folder, "", &mut found) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => other?,
    }
    for (path, contents) in files.iter() {
        if !found.remove(path) {
            differences.push(Difference::Missing(path.to_owned()));
        } else if !holds(&folder.join(native(path)), contents)? {
            differences.push(Difference::Changed(path.to_owned()));
        }
    }
    differences.extend(found.into_iter().map(Difference::Unexpected));
    Ok(differences)
}

/// Whether a path is a file with these contents; what a link, a pipe or a device holds doesn't matter.
fn holds(path: &Path, contents: &str) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(metadata.is_file()
        && metadata.len() == contents.len() as u64
        && fs::read(path)? == contents.as_bytes())
}

/// Collects the paths of all files below a folder, except for Cargo's at its top.
fn list(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if prefix.is_empty() && CARGO_LEFTOVERS.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        // A link is a file here, so it is never followed out of the folder.
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::folder::tests::Scratch;

    #[test]
    fn every_kind_of_difference_is_found() {
        let scratch = Scratch::new("check");
        let folder = scratch.path().join("out");
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::create_dir_all(folder.join("target/debug")).unwrap();
        for (path, contents) in [
            ("same", "1"),
            ("src/other", "1"),
            ("src/extra", ""),
            ("Cargo.lock", ""),
            ("target/debug/x", ""),
        ] {
            fs::write(folder.join(path), contents).unwrap();
        }
        let files = FileSet::from_iter([("same", "1"), ("src/other", "2"), ("src/absent", "")]);
        assert_eq!(
            check(&folder, &files).unwrap(),
            [
                Difference::Missing("src/absent".to_owned()),
                Difference::Changed("src/other".to_owned()),
                Difference::Unexpected("src/extra".to_owned()),
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_the_file_that_it_leads_to() {
        let scratch = Scratch::new("check-link");
        fs::write(scratch.path().join("same"), "1").unwrap();
        std::os::unix::fs::symlink("same", scratch.path().join("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", scratch.path().join("device")).unwrap();
        let files = FileSet::from_iter([("same", "1"), ("link", "1"), ("device", "1")]);
        assert_eq!(
            check(scratch.path(), &files).unwrap(),
            [
                Difference::Changed("device".to_owned()),
                Difference::Changed("link".to_owned()),
            ]
        );
    }

    #[test]
    fn a_folder_that_does_not_exist_lacks_everything() {
        let scratch = Scratch::new("check-absent");
        let files = FileSet::from_iter([("a", "")]);
        let differences = check(&scratch.path().join("none"), &files).unwrap();
        assert_eq!(differences, [Difference::Missing("a".to_owned())]);
    }
}
