//! What a status means.

use serde_json::Value;

use crate::codec::lookup;

/// How an operation stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    text: Option<String>,
    body: Value,
}

impl Status {
    pub(super) fn new(text: Option<&str>, body: Value) -> Self {
        Self {
            text: text.map(str::to_owned),
            body,
        }
    }

    /// The word that the API has for it, such as `Running`; `None` if it has none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// How much is done, in percent, if the API says so.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        let names = [
            "percentComplete",
            "percent_complete",
            "percentageComplete",
            "progress",
        ];
        names.iter().find_map(|name| self.body.get(name)?.as_f64())
    }

    /// The answer as it came; `null` if it had no body.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.body
    }
}

/// What a status says about the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    Succeeded,
    Failed,
}

/// The phase that a word stands for. What is not known to be an end is none.
pub(super) fn phase(word: &str) -> Phase {
    const SUCCEEDED: [&str; 8] = [
        "complete",
        "completed",
        "done",
        "finished",
        "ok",
        "succeeded",
        "success",
        "successful",
    ];
    const FAILED: [&str; 11] = [
        "aborted",
        "canceled",
        "cancelled",
        "error",
        "errored",
        "expired",
        "fail",
        "failed",
        "failure",
        "rejected",
        "timedout",
    ];
    let is = |other: &&str| word.trim().eq_ignore_ascii_case(other);
    if SUCCEEDED.iter().any(is) {
        Phase::Succeeded
    } else if FAILED.iter().any(is) {
        Phase::Failed
    } else {
        Phase::Running
    }
}

/// The word for the status in an answer: at its place, or where Azure's resources have it.
pub(super) fn word<'v>(body: &'v Value, place: &str) -> Option<&'v str> {
    let places = [place, "properties.provisioningState", "provisioningState"];
    let mut words = places
        .iter()
        .filter_map(|place| lookup(body, place)?.as_str());
    words.next()
}

/// The word for the status of a resource, which has a `status` of its own.
pub(super) fn provisioning(body: &Value) -> Option<&str> {
    let places = ["properties.provisioningState", "provisioningState"];
    places
        .iter()
        .find_map(|place| lookup(body, place)?.as_str())
}
