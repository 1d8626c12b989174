//! What a lenient decoding makes of values that do not have their type; see `DECODING.md`.
//!
//! Everything here is asked after a value was found not to be what is expected. Unless the decoding is lenient, it says so.

use serde_json::{Number, Value};

use super::decoding::{Mode, attempt, is_lenient, note};
use super::scalar::integral;
use super::{Base64, Date, DateTime, Decode, DecodeError, Time, Uuid};

/// Gives what was found in the value if the decoding is lenient.
#[cold]
fn forgive<T>(
    value: &Value,
    expected: &'static str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<T, DecodeError> {
    match read_leniently(value, read) {
        Some(read) => {
            note(expected, value);
            Ok(read)
        }
        None => Err(DecodeError::expected(expected, value)),
    }
}

fn read_leniently<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
    match is_lenient() {
        true => read(value),
        false => None,
    }
}

/// Whether a value stands for none: `null`, and the empty string where a string is not what is expected.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

pub(super) fn boolean(value: &Value, expected: &'static str) -> Result<bool, DecodeError> {
    forgive(value, expected, |value| match value {
        _ if is_nothing(value) => Some(false),
        Value::String(text) => match text.trim() {
            "1" => Some(true),
            "0" => Some(false),
            word if word.eq_ignore_ascii_case("true") => Some(true),
            word if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.as_i64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn integer<T: TryFrom<i128>>(
    value: &Value,
    expected: &'static str,
) -> Result<T, DecodeError> {
    let read = |value: &Value| match value {
        _ if is_nothing(value) => Some(0),
        Value::String(text) => integral(&number_in(text)?),
        _ => None,
    };
    forgive(value, expected, |value| read(value)?.try_into().ok())
}

pub(super) fn float(value: &Value, expected: &'static str) -> Result<f64, DecodeError> {
    forgive(value, expected, |value| match value {
        _ if is_nothing(value) => Some(0.0),
        Value::String(text) => match text.trim() {
            // As Protocol Buffers write what JSON has no number for.
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text => number_in(text)?.as_f64(),
        },
        _ => None,
    })
}

/// The number that a text is, by the grammar of JSON.
fn number_in(text: &str) -> Option<Number> {
    serde_json::from_str(text.trim()).ok()
}

pub(super) fn text(value: &Value, expected: &'static str) -> Result<String, DecodeError> {
    forgive(value, expected, |value| match value {
        Value::Null => Some(String::new()),
        Value::Bool(value) => Some(value.to_string()),
        // Of numbers that are long, the last digits are gone.
        Value::Number(number) => (!number.is_f64()
            || number.as_f64().is_some_and(|n| n.abs() < 1e15))
        .then(|| number.to_string()),
        _ => None,
    })
}

/// A date-time, of which only the time of day is not needed.
pub(super) fn date(value: &Value, expected: &'static str) -> Result<Date, DecodeError> {
    forgive(value, expected, |value| {
        let text = value.as_str()?.trim();
        let (date, _) = text.split_at_checked("2024-05-01".len())?;
        text.parse::<DateTime>().ok()?;
        date.parse().ok()
    })
}

pub(super) fn date_time(value: &Value, expected: &'static str) -> Result<DateTime, DecodeError> {
    forgive(value, expected, |value| {
        let text = value.as_str()?.trim();
        text.parse().ok().or_else(|| DateTime::from_http(text))
    })
}

/// A date-time, of which only the time of day is needed, or blanks around a time.
pub(super) fn time(value: &Value, expected: &'static str) -> Result<Time, DecodeError> {
    forgive(value, expected, |value| {
        let text = value.as_str()?.trim();
        let (date, time) = text.split_once(['T', ' ']).unwrap_or(("", text));
        (date.is_empty() || date.parse::<Date>().is_ok()).then_some(())?;
        time.parse().ok()
    })
}

/// The nil UUID stands for the absence of one (RFC 9562, section 5.9).
pub(super) fn uuid(value: &Value, expected: &'static str) -> Result<Uuid, DecodeError> {
    forgive(value, expected, |value| match value {
        _ if is_nothing(value) => Some(Uuid::nil()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

pub(super) fn bytes(value: &Value, expected: &'static str) -> Result<Base64, DecodeError> {
    forgive(value, expected, |value| {
        value.is_null().then(Base64::default)
    })
}

/// A list with one element that came without its list. `null` is the empty list.
#[cold]
pub(super) fn list<T: Decode>(value: Value) -> Result<Vec<T>, DecodeError> {
    const EXPECTED: &str = "an array";
    let error = DecodeError::expected(EXPECTED, &value);
    if !is_lenient() {
        return Err(error);
    }
    note(EXPECTED, &value);
    if value.is_null() {
        return Ok(Vec::new());
    }
    T::decode(value).map(|item| vec![item]).map_err(|_| error)
}

/// Whether there is nothing where an object is expected: `null`, or the empty array that PHP makes of an object without members.
pub(super) fn is_empty_object(value: &Value) -> bool {
    is_lenient() && is_empty_array(value)
}

fn is_empty_array(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// Whether the empty string stands for no value where a value of the type may be absent.
#[inline]
pub(super) fn is_none<T: Decode>(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.is_empty()) && takes_no_empty_string::<T>(value)
}

#[cold]
fn takes_no_empty_string<T: Decode>(value: &Value) -> bool {
    let none = is_lenient() && attempt(Mode::Trying, || T::decode(value.clone())).is_err();
    if none {
        note("a value or null", value);
    }
    none
}
