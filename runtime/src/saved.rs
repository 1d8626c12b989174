//! What is saved as text and restored by another process: states of pollers, subscriptions, deliveries.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::codec::{Decode, DecodeError};
use crate::error::{Result, parse_json};

/// No saved pause is longer; the clock may have been set since.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// What was saved as text.
pub(crate) fn restored<T: Decode>(text: &str) -> Result<T> {
    Ok(T::decode(parse_json(text.as_bytes())?)?)
}

/// A member of what was saved; one that is missing is `null`.
pub(crate) fn member<T: Decode>(saved: &Value, name: &str) -> Result<T, DecodeError> {
    let member = saved.get(name).cloned().unwrap_or(Value::Null);
    T::decode(member).map_err(|error| error.field(name))
}

/// The end of a pause that begins now, in seconds since 1970.
pub(crate) fn due(pause: Duration) -> Option<u64> {
    let due = SystemTime::now() + pause.min(MAX_PAUSE);
    let since = due.duration_since(SystemTime::UNIX_EPOCH);
    since.ok().map(|since| since.as_secs())
}

/// What is left of a pause that ends then.
pub(crate) fn left(due: Option<u64>) -> Duration {
    let due = due.map(Duration::from_secs);
    let due = due.and_then(|due| SystemTime::UNIX_EPOCH.checked_add(due));
    let left = due.and_then(|due| due.duration_since(SystemTime::now()).ok());
    left.unwrap_or_default().min(MAX_PAUSE)
}
