//! What a poller knows: what to ask next, and what was not worked on yet.

use serde_json::{Value, json};

use crate::codec::{Decode, DecodeError, Encode};
use crate::error::Result;
use crate::saved;

/// The state of a [`Poller`](super::Poller): what to ask next, and the events that nobody has finished yet.
///
/// It holds events and links as the API sent them, no credentials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PollState {
    pub(super) operation: String,
    /// Whether the API has been asked at all.
    pub(super) started: bool,
    /// The URL to ask next, if the API named one.
    pub(super) location: Option<String>,
    /// Query parameters made from the last answer.
    pub(super) query: Vec<(String, String)>,
    /// Events that came and are not finished, first ones first.
    pub(super) pending: Vec<Value>,
    /// Hashes of the last batch, to tell repeats.
    pub(super) last: Vec<u64>,
    /// When to ask next, in seconds since 1970.
    pub(super) due: Option<u64>,
}

impl PollState {
    pub(super) fn new(operation: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            ..Self::default()
        }
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

    /// Events that came and are not finished, as JSON.
    #[must_use]
    pub fn pending(&self) -> &[Value] {
        &self.pending
    }
}

impl Encode for PollState {
    fn encode(&self) -> Value {
        // Hashes as text: many readers of JSON keep 53 bits of a number.
        let last: Vec<String> = self
            .last
            .iter()
            .map(|hash| format!("{hash:016x}"))
            .collect();
        json!({
            "operation": self.operation,
            "started": self.started,
            "location": self.location,
            "query": self.query,
            "pending": self.pending,
            "last": last,
            "due": self.due,
        })
    }
}

impl Decode for PollState {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let texts: Vec<String> = saved::member(&value, "last")?;
        let hash = |text: &String| {
            u64::from_str_radix(text, 16)
                .map_err(|_| DecodeError::expected("a hash", &Value::from(text.as_str())))
        };
        let pairs: Vec<Vec<String>> = saved::member(&value, "query")?;
        let query = pairs.into_iter().filter_map(|pair| {
            let [name, text] = <[String; 2]>::try_from(pair).ok()?;
            Some((name, text))
        });
        Ok(Self {
            operation: saved::member(&value, "operation")?,
            started: saved::member(&value, "started")?,
            location: saved::member(&value, "location")?,
            query: query.collect(),
            pending: saved::member(&value, "pending")?,
            last: texts
                .iter()
                .map(hash)
                .collect::<Result<_, _>>()
                .map_err(|error| error.field("last"))?,
            due: saved::member(&value, "due")?,
        })
    }
}
