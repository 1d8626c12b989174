//! The product of rendering.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

/// The files of a crate: relative paths, with `/` between their parts, and contents; ordered by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, String>,
}

/// A path that must not be written: absolute, leading out of the folder, or not the same on every system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a path that can be written below the output folder", .0.escape_debug())]
pub struct UnsafePath(String);

impl FileSet {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: impl Into<String>, contents: impl Into<String>) {
        self.files.insert(path.into(), contents.into());
    }

    /// The contents of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The paths and contents, ordered by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, contents)| (path.as_str(), contents.as_str()))
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are no files.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Checks that every path stays below the folder that the set is written to.
    ///
    /// # Errors
    /// Names the first path that is absolute, has empty, `.` or `..` parts or characters that not every file
    /// system takes, or differs from another only in case.
    pub fn check_paths(&self) -> Result<(), UnsafePath> {
        let mut seen = HashSet::new();
        for path in self.files.keys() {
            if !path.split('/').all(is_portable) || !seen.insert(path.to_lowercase()) {
                return Err(UnsafePath(path.clone()));
            }
        }
        Ok(())
    }
}

impl<P: Into<String>, C: Into<String>> FromIterator<(P, C)> for FileSet {
    fn from_iter<I: IntoIterator<Item = (P, C)>>(files: I) -> Self {
        let mut set = Self::new();
        for (path, contents) in files {
            set.insert(path, contents);
        }
        set
    }
}

/// Whether a part of a path means the same on every system.
fn is_portable(part: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !part.is_empty() && !part.ends_with('.') && part.chars().all(is_allowed)
}

/// A path of a set in the system's own form.
pub(super) fn native(path: &str) -> PathBuf {
    path.split('/').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_folder_are_refused() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "src/../../x",
            "src//x",
            "./x",
            "src/.",
            "C:\\x",
            "a\0b",
            "src\\x",
            "src/lib.rs/",
        ] {
            let files = FileSet::from_iter([(path, "")]);
            assert_eq!(
                files.check_paths(),
                Err(UnsafePath(path.to_owned())),
                "{path:?}"
            );
        }
    }

    #[test]
    fn ordinary_paths_pass() {
        let files = FileSet::from_iter([
            ("Cargo.toml", ""),
            (".gitignore", ""),
            ("src/models/größe.rs", ""),
        ]);
        assert_eq!(files.check_paths(), Ok(()));
    }

    #[test]
    fn paths_that_differ_only_in_case_are_refused() {
        let files = FileSet::from_iter([("src/a.rs", ""), ("src/A.rs", "")]);
        assert!(files.check_paths().is_err());
    }

    #[test]
    fn files_come_ordered_by_path() {
        let files = FileSet::from_iter([("src/lib.rs", "b"), ("Cargo.toml", "a")]);
        assert_eq!(
            files.iter().collect::<Vec<_>>(),
            [("Cargo.toml", "a"), ("src/lib.rs", "b")]
        );
    }
}
