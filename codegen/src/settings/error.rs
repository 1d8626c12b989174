//! Why settings can't be used.

use std::fmt;
use std::io;
use std::ops::Range;

use super::place;
use crate::diagnostics::{Code, Diagnostic, Pointer, Severity};

/// Settings that could not be read. It is a diagnostic like any other, so that it is shown the same way.
#[derive(Debug)]
pub struct SettingsError {
    diagnostic: Box<Diagnostic>,
    text: Option<String>,
}

impl SettingsError {
    fn new(code: Code, message: String) -> Self {
        Self {
            diagnostic: Box::new(Diagnostic {
                code,
                severity: Severity::Error,
                pointer: Pointer::root(),
                location: None,
                message,
                hint: None,
            }),
            text: None,
        }
    }

    pub(super) fn unreadable(file: &str, error: &io::Error) -> Self {
        Self::new(
            Code::FileUnreadable,
            format!("cannot read `{file}`: {error}"),
        )
    }

    pub(super) fn too_large(file: &str, limit: u64) -> Self {
        let limit = limit / (1024 * 1024);
        let message = format!("`{file}` is too large; at most {limit} MiB are read");
        Self::new(Code::FileTooLarge, message)
    }

    pub(super) fn at(file: &str, text: &str, span: &Range<usize>, message: &str) -> Self {
        let mut error = Self::new(Code::SettingsInvalid, message.trim().replace('\n', ": "));
        error.diagnostic.location = Some(place::location(file, text, span));
        error.text = Some(text.to_owned());
        error
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

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.diagnostic.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for SettingsError {}
