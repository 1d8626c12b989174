//! The texts that diagnostics lie in.

use super::Diagnostic;

/// The texts of files by their names, for excerpts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<(String, String)>,
}

impl Sources {
    /// Adds a file, named as locations name it.
    pub fn add(&mut self, file: impl Into<String>, text: impl Into<String>) {
        self.files.push((file.into(), text.into()));
    }

    /// The text of the file that the diagnostic lies in.
    #[must_use]
    pub fn text_of(&self, diagnostic: &Diagnostic) -> Option<&str> {
        let location = diagnostic.location.as_ref()?;
        let found = self.files.iter().find(|(file, _)| *file == location.file);
        found.map(|(_, text)| text.as_str())
    }
}
