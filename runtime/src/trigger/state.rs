//! What a poller knows: what to ask next, and what was not worked on yet.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::codec::{Decode, DecodeError, Encode};
use crate::error::Result;

/// No saved pause is longer; the clock may have been set since.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

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
        super::restored(text)
    }

    /// Events that came and are not finished, as JSON.
    #[must_use]
    pub fn pending(&self) -> &[Value] {
        &self.pending
    }

    /// Sets the pause before the API is asked again.
    pub(super) fn pause(&mut self, pause: Duration) {
        let due = SystemTime::now() + pause.min(MAX_PAUSE);
        let since = due.duration_since(SystemTime::UNIX_EPOCH);
        self.due = since.ok().map(|since| since.as_secs());
    }

    /// What is left of a saved pause.
    pub(super) fn left(&self) -> Duration {
        let Some(due) = self.due else {
            return Duration::ZERO;
        };
        let due = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(due));
        let left = due.and_then(|due| due.duration_since(SystemTime::now()).ok());
        left.unwrap_or_default().min(MAX_PAUSE)
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
        fn read<T: Decode>(value: &Value, name: &str) -> Result<T, DecodeError> {
            let member = value.get(name).cloned().unwrap_or(Value::Null);
            T::decode(member).map_err(|error| error.field(name))
        }
        let texts: Vec<String> = read(&value, "last")?;
        let hash = |text: &String| {
            u64::from_str_radix(text, 16)
                .map_err(|_| DecodeError::expected("a hash", &Value::from(text.as_str())))
        };
        let pairs: Vec<Vec<String>> = read(&value, "query")?;
        let query = pairs.into_iter().filter_map(|pair| {
            let [name, text] = <[String; 2]>::try_from(pair).ok()?;
            Some((name, text))
        });
        Ok(Self {
            operation: read(&value, "operation")?,
            started: read(&value, "started")?,
            location: read(&value, "location")?,
            query: query.collect(),
            pending: read(&value, "pending")?,
            last: texts
                .iter()
                .map(hash)
                .collect::<Result<_, _>>()
                .map_err(|error| error.field("last"))?,
            due: read(&value, "due")?,
        })
    }
}
