//! Why a document, or what belongs to it, could not be read.

use std::fmt;

use super::MAX_BYTES;
use crate::diagnostics::{Code, Diagnostic, Location, Pointer, Severity};

/// A document, its overlays or its settings could not be read. It is a diagnostic like any other, so that it is shown the same way.
pub struct SourceError {
    diagnostic: Box<Diagnostic>,
    text: Option<String>,
}

impl SourceError {
    fn new(code: Code, location: Option<Location>, message: String) -> Self {
        let diagnostic = Diagnostic {
            code,
            severity: Severity::Error,
            pointer: Pointer::root(),
            location,
            message,
            hint: None,
        };
        Self {
            diagnostic: Box::new(diagnostic),
            text: None,
        }
    }

    pub(crate) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        let message = format!("cannot read `{file}`: {error}");
        Self::new(Code::FileUnreadable, None, message)
    }

    pub(super) fn too_large(file: &str, size: u64) -> Self {
        let limit = MAX_BYTES / (1024 * 1024);
        let message = format!("`{file}` has {size} bytes or more; at most {limit} MiB are read");
        Self::new(Code::FileTooLarge, None, message)
    }

    /// A file of settings that is larger than `limit` bytes.
    pub(crate) fn settings_too_large(file: &str, limit: u64) -> Self {
        let limit = limit / (1024 * 1024);
        let message = format!("`{file}` is too large; at most {limit} MiB are read");
        Self::new(Code::FileTooLarge, None, message)
    }

    pub(super) fn not_a_definition(file: &str, message: impl Into<String>) -> Self {
        let start = location(file, (1, 1));
        Self::new(Code::NotADefinition, Some(start), message.into())
    }

    /// An error at a line and column of `text`; both count from 1.
    pub(crate) fn located(
        code: Code,
        file: &str,
        position: (usize, usize),
        message: String,
        text: &str,
    ) -> Self {
        let mut failure = Self::new(code, Some(location(file, position)), message);
        failure.text = Some(text.to_owned());
        failure
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.diagnostic.hint(hint);
        self
    }

    /// The error as a diagnostic.
    #[must_use]
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.diagnostic
    }

    /// The text that the diagnostic's location lies in, for an excerpt.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

fn location(file: &str, (line, column): (usize, usize)) -> Location {
    Location {
        file: file.to_owned(),
        line,
        column,
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.diagnostic.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.diagnostic.message)
    }
}

/// Without the text, which may be large.
impl fmt::Debug for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SourceError")
            .field(&self.diagnostic)
            .finish()
    }
}

impl std::error::Error for SourceError {}
