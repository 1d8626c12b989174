//! What a poller knows: where to ask, and where the result will be.

use serde_json::{Value, json};

use crate::codec::{Decode, DecodeError, Encode};
use crate::error::Result;
use crate::saved;

/// The state of a [`Poller`](super::Poller): where to ask, and where the result will be.
///
/// It holds links and the result as the API sent them, no credentials.
#[derive(Clone, Debug, PartialEq)]
pub struct JobState {
    pub(super) operation: String,
    pub(super) stage: Stage,
    /// Where to ask next.
    pub(super) url: Option<String>,
    /// Where the first answer said that the result will be.
    pub(super) location: Option<String>,
    /// The URL of the call.
    pub(super) original: Option<String>,
    /// The result, once it is known.
    pub(super) result: Value,
    /// When to ask next, in seconds since 1970.
    pub(super) due: Option<u64>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The call itself has not been answered.
    New,
    /// A status.
    Monitor,
    /// A location, which answers 202 until the result is there.
    Location,
    /// The resource, which says how it stands.
    Resource,
    /// The result.
    Result,
    /// Nothing: the result has come.
    Done,
}

const STAGES: [(Stage, &str); 6] = [
    (Stage::New, "new"),
    (Stage::Monitor, "monitor"),
    (Stage::Location, "location"),
    (Stage::Resource, "resource"),
    (Stage::Result, "result"),
    (Stage::Done, "done"),
];

impl JobState {
    pub(super) fn new(operation: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            stage: Stage::New,
            url: None,
            location: None,
            original: None,
            result: Value::Null,
            due: None,
        }
    }

    /// Whether the API has accepted the call.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.stage != Stage::New
    }

    /// Whether the operation has ended, and the result is known.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// The state as text, to be kept.
    #[must_use]
    pub fn save(&self) -> String {
        self.encode().to_string()
    }

    /// A state that was saved.
    ///
    /// # Errors
    /// When the text is not that of a state.
    pub fn restore(text: &str) -> Result<Self> {
        saved::restored(text)
    }

    /// The URLs in it.
    pub(super) fn urls(&self) -> impl Iterator<Item = &str> {
        let urls = [&self.url, &self.location, &self.original];
        urls.into_iter().flatten().map(String::as_str)
    }
}

impl Encode for JobState {
    fn encode(&self) -> Value {
        let stage = STAGES.iter().find(|(stage, _)| *stage == self.stage);
        json!({
            "operation": self.operation,
            "stage": stage.map(|(_, name)| *name),
            "url": self.url,
            "location": self.location,
            "original": self.original,
            "result": self.result,
            "due": self.due,
        })
    }
}

impl Decode for JobState {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let name: String = saved::member(&value, "stage")?;
        let stage = STAGES.iter().find(|(_, known)| *known == name);
        let stage = stage.ok_or_else(|| {
            DecodeError::expected("a stage", &Value::from(name.as_str())).field("stage")
        })?;
        Ok(Self {
            operation: saved::member(&value, "operation")?,
            stage: stage.0,
            url: saved::member(&value, "url")?,
            location: saved::member(&value, "location")?,
            original: saved::member(&value, "original")?,
            result: saved::member(&value, "result")?,
            due: saved::member(&value, "due")?,
        })
    }
}
