//! What became of a call, and the file that says so.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;

use serde_json::json;

/// Names the file that gets a line for each call.
const REPORT: &str = "CONNECTOR_TEST_REPORT";

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is right.
    Accepted,
    /// Prism found nothing wrong with it, and has no answer to give.
    Unanswered,
    /// The server says, or the comparison, that it is wrong.
    Rejected,
    /// A made-up value did not fit its type.
    Undecodable,
    /// There was no answer, or none that is understood.
    Failed,
    /// No value could be made up.
    NotCallable,
}

impl Outcome {
    /// Whether nothing is wrong with the call.
    pub(super) fn is_good(self) -> bool {
        matches!(self, Self::Accepted | Self::Unanswered)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unanswered => "unanswered",
            Self::Rejected => "rejected",
            Self::Undecodable => "undecodable",
            Self::Failed => "failed",
            Self::NotCallable => "not-callable",
        }
    }
}

/// How a call ended, and why.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) status: Option<u16>,
    pub(super) reason: String,
}

impl Verdict {
    pub(super) fn new(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            status: None,
            reason: reason.into(),
        }
    }

    pub(super) fn status(mut self, status: Option<u16>) -> Self {
        self.status = status;
        self
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.outcome.name(), self.reason)
    }
}

/// Adds a line to the report, if one is wanted. Lines of tests that run at the same time don't mix, since each is written at once.
pub(super) fn write(operation: &str, case: &str, verdict: &Verdict) {
    let Some(path) = std::env::var_os(REPORT).filter(|path| !path.is_empty()) else {
        return;
    };
    let line = json!({
        "operation": operation,
        "case": case,
        "outcome": verdict.outcome.name(),
        "status": verdict.status,
        "reason": verdict.reason,
    });
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    if let Err(error) = written {
        eprintln!("can't write to {}: {error}", path.display());
    }
}
