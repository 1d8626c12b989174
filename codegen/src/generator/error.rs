//! Why there is no crate.

use std::fmt;
use std::io;

use super::{Definition, Timings};
use crate::diagnostics::{Diagnostics, Severity, Sources};
use crate::render::RenderError;
use crate::source::SourceError;

/// No crate could be generated.
///
/// The reasons are [diagnostics](Self::diagnostics); the text of this error is the first of them.
pub struct GenerateError(Box<Failure>);

struct Failure {
    reason: Reason,
    diagnostics: Diagnostics,
    definition: Option<Definition>,
    /// What was read of a document that is not even JSON or YAML.
    sources: Sources,
    timings: Timings,
}

/// What kind of failure it is.
enum Reason {
    /// The document could not be read or is no API definition.
    Document,
    /// There are warnings, and warnings are errors.
    Strict,
    /// The output is not Rust.
    Render(RenderError),
    /// The system has no thread to spare.
    System(io::Error),
}

impl GenerateError {
    pub(super) fn unreadable(
        error: &SourceError,
        mut diagnostics: Diagnostics,
        timings: Timings,
    ) -> Self {
        let found = error.diagnostic();
        super::report(found, &mut diagnostics);
        let mut sources = Sources::default();
        if let (Some(location), Some(text)) = (&found.location, error.text()) {
            sources.add(&location.file, text);
        }
        Self(Box::new(Failure {
            reason: Reason::Document,
            diagnostics,
            definition: None,
            sources,
            timings,
        }))
    }

    pub(super) fn invalid(
        definition: Definition,
        diagnostics: Diagnostics,
        timings: Timings,
    ) -> Self {
        Self::about(Reason::Document, definition, diagnostics, timings)
    }

    pub(super) fn strict(
        definition: Definition,
        diagnostics: Diagnostics,
        timings: Timings,
    ) -> Self {
        Self::about(Reason::Strict, definition, diagnostics, timings)
    }

    pub(super) fn render(
        error: RenderError,
        definition: Definition,
        diagnostics: Diagnostics,
        timings: Timings,
    ) -> Self {
        Self::about(Reason::Render(error), definition, diagnostics, timings)
    }

    fn about(
        reason: Reason,
        definition: Definition,
        diagnostics: Diagnostics,
        timings: Timings,
    ) -> Self {
        Self(Box::new(Failure {
            reason,
            diagnostics,
            definition: Some(definition),
            sources: Sources::default(),
            timings,
        }))
    }

    pub(super) fn thread(error: io::Error) -> Self {
        Self(Box::new(Failure {
            reason: Reason::System(error),
            diagnostics: Diagnostics::new(),
            definition: None,
            sources: Sources::default(),
            timings: Timings::default(),
        }))
    }

    /// Everything there is to say about the document, the reasons among it.
    #[must_use]
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.0.diagnostics
    }

    /// The document, if it could be parsed.
    #[must_use]
    pub fn definition(&self) -> Option<&Definition> {
        self.0.definition.as_ref()
    }

    /// The texts of the files, for excerpts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        match &self.0.definition {
            Some(definition) => &definition.sources,
            None => &self.0.sources,
        }
    }

    /// How long the stages took that ran.
    #[must_use]
    pub fn timings(&self) -> &Timings {
        &self.0.timings
    }

    /// Whether only [`strict`](super::Generator::strict) stands in the way.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        matches!(self.0.reason, Reason::Strict)
    }

    /// Whether the reasons are in the document, and so among the [diagnostics](Self::diagnostics).
    #[must_use]
    pub fn is_about_document(&self) -> bool {
        matches!(self.0.reason, Reason::Document | Reason::Strict)
    }
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.reason {
            Reason::System(error) => return write!(f, "could not start a thread: {error}"),
            Reason::Render(error) => return error.fmt(f),
            Reason::Document | Reason::Strict => {}
        }
        let Some(worst) = self.0.diagnostics.iter().max_by_key(|diagnostic| {
            // Among equals, the first.
            (
                diagnostic.severity,
                std::cmp::Reverse(diagnostic.pointer.as_str()),
            )
        }) else {
            return f.write_str("the document could not be generated");
        };
        if let Some(location) = &worst.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&worst.message)?;
        match self.0.diagnostics.count(Severity::Error)
            + self.0.diagnostics.count(Severity::Warning)
        {
            0 | 1 => Ok(()),
            several => write!(f, " (and {} more)", several - 1),
        }
    }
}

impl fmt::Debug for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GenerateError")
            .field(&self.0.diagnostics)
            .finish()
    }
}

impl std::error::Error for GenerateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.reason {
            Reason::System(error) => Some(error),
            Reason::Render(error) => Some(error),
            Reason::Document | Reason::Strict => None,
        }
    }
}
