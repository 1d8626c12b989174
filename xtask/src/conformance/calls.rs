//! What became of the calls.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::crates::Operation;
use super::documents::Document;
use super::rejection::Rejection;
use super::rules;

/// How a call ended, as the tests report it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Prism found nothing wrong.
    Accepted,
    /// Prism found nothing wrong, and has no answer that is one to the call.
    Unanswered,
    /// Prism says what breaks the document.
    Rejected,
    /// A made-up value did not fit the type of its argument.
    Undecodable,
    /// There was no answer, or none that is understood.
    Failed,
    /// No value could be made up.
    NotCallable,
}

/// A line of the report.
#[derive(Debug, Deserialize)]
struct Line {
    operation: String,
    case: String,
    outcome: Outcome,
    status: Option<u16>,
    reason: String,
}

/// One call.
#[derive(Debug, Serialize)]
pub struct Call {
    pub operation: String,
    pub case: String,
    pub outcome: Outcome,
    pub status: Option<u16>,
    /// What was said against it, in short.
    pub reason: String,
    /// The name of the rule that says whose fault it is, if it is not ours.
    pub rule: Option<&'static str>,
}

impl Call {
    /// Whether Prism found nothing wrong.
    pub fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted | Outcome::Unanswered)
    }

    /// Whether there is nothing to tell.
    pub fn is_accepted(&self) -> bool {
        self.outcome == Outcome::Accepted
    }
}

/// Reads the report of the tests, and judges what was refused.
///
/// # Errors
///
/// When a line is broken.
pub fn read(report: &str, document: &Document, operations: &[Operation]) -> Result<Vec<Call>> {
    let pointers: BTreeMap<&str, &str> = operations
        .iter()
        .map(|operation| (operation.id.as_str(), operation.pointer.as_str()))
        .collect();
    report
        .lines()
        .map(|line| {
            let line: Line = serde_json::from_str(line).context("the report is broken")?;
            let pointer = pointers.get(line.operation.as_str()).copied();
            let mut rejection = Rejection {
                document,
                pointer: pointer.unwrap_or_default(),
                outcome: line.outcome,
                said: &line.reason,
            };
            if rejection.is_only_about_the_answer(line.status) {
                rejection.outcome = Outcome::Unanswered;
            }
            let outcome = rejection.outcome;
            let is_accepted = outcome == Outcome::Accepted;
            Ok(Call {
                rule: (!is_accepted).then(|| rules::explain(&rejection)).flatten(),
                reason: if is_accepted {
                    String::new()
                } else {
                    rejection.in_short()
                },
                operation: line.operation,
                case: line.case,
                outcome,
                status: line.status,
            })
        })
        .collect()
}

/// How many operations ended how. An operation counts once, for the worst of its calls.
#[derive(Debug, Default, Serialize)]
pub struct Tally {
    /// Operations that were called.
    pub called: usize,
    /// Operations all of whose calls were accepted.
    pub accepted: usize,
    /// Those of them that Prism did not answer each call of.
    pub unanswered: usize,
    /// Operations with a call that was refused.
    pub rejected: usize,
    /// Operations whose answers were not understood, or did not come.
    pub failed: usize,
    /// Operations for which a made-up value did not fit.
    pub undecodable: usize,
    /// Operations that nothing could be made up for.
    pub not_callable: usize,
    /// Operations with a call that was not accepted, all of which have a reason that is not ours.
    pub explained: usize,
    /// Operations with a call that was not accepted for no known reason.
    pub unexplained: usize,
    /// How many calls there were.
    pub calls: usize,
}

impl Tally {
    /// Counts the operations.
    pub fn of(calls: &[Call], operations: &[Operation]) -> Self {
        let mut by_operation: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
        for call in calls {
            by_operation.entry(&call.operation).or_default().push(call);
        }
        let mut tally = Self::default();
        for operation in operations {
            // One without a line in the report was not called, whatever the reason.
            let calls = by_operation.remove(operation.id.as_str());
            tally.add(&calls.unwrap_or_default());
        }
        tally
    }

    fn add(&mut self, calls: &[&Call]) {
        let any = |outcome: Outcome| calls.iter().any(|call| call.outcome == outcome);
        if calls.is_empty()
            || calls
                .iter()
                .all(|call| call.outcome == Outcome::NotCallable)
        {
            self.not_callable += 1;
        } else {
            self.called += 1;
            self.calls += calls.len();
        }
        match () {
            () if any(Outcome::Rejected) => self.rejected += 1,
            () if any(Outcome::Failed) => self.failed += 1,
            () if any(Outcome::Undecodable) => self.undecodable += 1,
            () if calls.iter().any(|call| call.is_good()) => {
                self.accepted += 1;
                self.unanswered += usize::from(any(Outcome::Unanswered));
            }
            () => {}
        }
        let bad: Vec<_> = calls.iter().filter(|call| !call.is_good()).collect();
        if calls.is_empty() || bad.iter().any(|call| call.rule.is_none()) {
            self.unexplained += 1;
        } else if !bad.is_empty() {
            self.explained += 1;
        }
    }
}
