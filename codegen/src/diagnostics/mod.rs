//! What the generator has to say about a document: one sink that every stage reports into.
//!
//! A [`Diagnostic`] is data, not text on a terminal. The same value is shown with a source excerpt, written to
//! the JSON report and compared in tests. Stages name a place by JSON [`Pointer`]; the `file:line:column` is
//! looked up afterwards, and only when there is something to show.

mod code;
mod pointer;
mod sink;
mod sources;
mod terminal;

use serde::Serialize;

pub use self::code::Code;
pub use self::pointer::{Pointer, PointerError};
pub use self::sink::{Diagnostics, MAX_KEPT_PER_CODE};
pub use self::sources::Sources;
pub use self::terminal::{Excerpt, Terminal};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was interpreted, ignored or lowered in a way worth knowing; the output is right.
    Note,
    /// The document is wrong or cannot be expressed in full; the output may lack something.
    Warning,
    /// Something could not be generated.
    Error,
}

impl Severity {
    /// The lower-case name, as in the JSON report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a source file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Location {
    /// The file as the user named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Location {
    /// The first line and column of a file.
    #[must_use]
    pub fn start_of(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            line: 1,
            column: 1,
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One finding about one place of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What kind of finding this is; stable across releases.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the source document.
    pub pointer: Pointer,
    /// Where in the source text, once looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// One sentence.
    pub message: String,
    /// What the reader can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Adds what the reader can do about it.
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }
}
