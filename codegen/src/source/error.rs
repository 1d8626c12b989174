//! Why a document could not be read.

use std::fmt;

use super::MAX_BYTES;
use crate::diagnostics::{Code, Diagnostic, Location, Pointer, Severity};

/// A document could not be read. It is a diagnostic like any other, so that it is shown the same way.
pub struct SourceError {
    diagnostic: Box<Diagnostic>,
    text: Option<String>,
}

impl SourceError {
    fn new(code: Code, file: &str, position: Option<(usize, usize)>, message: String) -> Self {
        let (line, column) = position.unwrap_or((1, 1));
        let location = Some(Location {
            file: file.to_owned(),
            line,
            column,
        });
        let pointer = Pointer::root();
        let severity = Severity::Error;
        let diagnostic = Diagnostic {
            code,
            severity,
            pointer,
            location,
            message,
            hint: None,
        };
        Self {
            diagnostic: Box::new(diagnostic),
            text: None,
        }
    }

    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        let mut failure = Self::new(
            Code::FileUnreadable,
            file,
            None,
            format!("cannot read `{file}`: {error}"),
        );
        failure.diagnostic.location = None;
        failure
    }

    pub(super) fn too_large(file: &str, size: u64) -> Self {
        let limit = MAX_BYTES / (1024 * 1024);
        let message = format!("`{file}` has {size} bytes or more; at most {limit} MiB are read");
        let mut failure = Self::new(Code::FileTooLarge, file, None, message);
        failure.diagnostic.location = None;
        failure
    }

    pub(super) fn not_a_definition(file: &str, message: impl Into<String>) -> Self {
        Self::new(Code::NotADefinition, file, None, message.into())
    }

    /// An error at a line and column of `text`; both count from 1.
    pub(super) fn located(
        code: Code,
        file: &str,
        position: (usize, usize),
        message: String,
        text: &str,
    ) -> Self {
        let mut failure = Self::new(code, file, Some(position), message);
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
