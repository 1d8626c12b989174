//! Points in time and times of day, which go back to the server in the spelling in which they came.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::decoding::{Mode, mode, note};
use super::{Decode, DecodeError, Encode, forgive};

/// A text that is not a date-time or time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTimeError(&'static str);

impl fmt::Display for ParseTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}", self.0)
    }
}

impl std::error::Error for ParseTimeError {}

const DATE_TIME: ParseTimeError = ParseTimeError("a date-time (RFC 3339)");
const TIME: ParseTimeError = ParseTimeError("a time (RFC 3339 full-time)");

/// A point in time (`format: date-time`, RFC 3339 section 5.6).
///
/// A text without an offset, which RFC 3339 does not allow but servers send, is read as UTC. Two values are equal when they
/// are the same instant. Encoding gives the text that was received, offset and precision included.
#[derive(Clone)]
pub struct DateTime {
    timestamp: Timestamp,
    /// The wire text, where it differs from the canonical one.
    text: Option<Box<str>>,
}

impl DateTime {
    /// The instant.
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Now, by the system clock.
    #[must_use]
    pub fn now() -> Self {
        Timestamp::now().into()
    }
}

impl DateTime {
    fn spelled(timestamp: Timestamp, text: &str) -> Self {
        let canonical = timestamp.to_string();
        Self {
            timestamp,
            text: (canonical != text).then(|| text.into()),
        }
    }

    fn with_offset(text: &str) -> Option<Self> {
        Some(Self::spelled(parse(text)?, text))
    }

    /// What is no date-time with an offset. Without one, it is read as UTC; only a strict reading of an answer refuses that.
    #[cold]
    fn without_offset(value: &Value) -> Result<Self, DecodeError> {
        const EXPECTED: &str = "a date-time (RFC 3339)";
        let read = || value.as_str()?.parse().ok();
        match mode() {
            Mode::Plain => read().ok_or_else(|| DecodeError::expected(EXPECTED, value)),
            Mode::Trying => {
                let read = read().ok_or_else(|| DecodeError::expected(EXPECTED, value))?;
                note(EXPECTED, value);
                Ok(read)
            }
            Mode::Strict | Mode::Lenient => forgive::date_time(value, EXPECTED),
        }
    }

    /// The date format of HTTP headers and mail (RFC 9110 section 5.6.7, RFC 5322). It is not sent back so: nobody documents it as a
    /// date-time.
    pub(super) fn from_http(text: &str) -> Option<Self> {
        http_date(text).map(Self::from)
    }
}

/// Reads a text, of whose fraction nine digits count: RFC 3339 allows for any number.
fn parse<T: FromStr>(text: &str) -> Option<T> {
    const DIGITS: usize = 9;
    text.parse().ok().or_else(|| {
        let (whole, behind) = text.split_once('.')?;
        let end = behind.find(|c: char| !c.is_ascii_digit());
        let (fraction, rest) = behind.split_at(end.unwrap_or(behind.len()));
        let fraction = fraction.get(..DIGITS)?;
        format!("{whole}.{fraction}{rest}").parse().ok()
    })
}

/// A date as HTTP has it: in any of the three formats that everybody has to read (RFC 9110 section 5.6.7).
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    const OBSOLETE: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let mail = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let obsolete = |format: &&str| {
        let mut parts = strtime::parse(format, text).ok()?;
        // A wrong one does not make the date a wrong one.
        parts.set_weekday(None);
        TimeZone::UTC.to_timestamp(parts.to_datetime().ok()?).ok()
    };
    let usual = mail.parse_timestamp(text).ok();
    usual.or_else(|| OBSOLETE.iter().find_map(obsolete))
}

impl From<Timestamp> for DateTime {
    fn from(timestamp: Timestamp) -> Self {
        Self {
            timestamp,
            text: None,
        }
    }
}

impl From<DateTime> for Timestamp {
    fn from(value: DateTime) -> Self {
        value.timestamp
    }
}

impl FromStr for DateTime {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        if let Some(exact) = Self::with_offset(text) {
            return Ok(exact);
        }
        let civil: jiff::civil::DateTime = parse(text).ok_or(DATE_TIME)?;
        let timestamp = TimeZone::UTC.to_timestamp(civil).map_err(|_| DATE_TIME)?;
        Ok(Self::spelled(timestamp, text))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => f.write_str(text),
            None => fmt::Display::fmt(&self.timestamp, f),
        }
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.timestamp == other.timestamp
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.timestamp.cmp(&other.timestamp)
    }
}

impl Hash for DateTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.timestamp.hash(state);
    }
}

impl Decode for DateTime {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let exact = value.as_str().and_then(Self::with_offset);
        exact.map_or_else(|| Self::without_offset(&value), Ok)
    }
}

impl Encode for DateTime {
    fn encode(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// A time of day (`format: time`). Equality, order and hash look at the clock face; the offset, if any, is only kept for encoding.
#[derive(Clone)]
pub struct Time {
    civil: jiff::civil::Time,
    text: Option<Box<str>>,
}

impl Time {
    /// The clock face.
    #[must_use]
    pub const fn civil(&self) -> jiff::civil::Time {
        self.civil
    }
}

impl From<jiff::civil::Time> for Time {
    fn from(civil: jiff::civil::Time) -> Self {
        Self { civil, text: None }
    }
}

impl FromStr for Time {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        // The offset (`Z`, `+01:00`, `-05:00`) starts after the digits of the clock face.
        let end = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
        // The parser also takes `2024` as a time.
        if !text[..end].contains(':') {
            return Err(TIME);
        }
        let (face, offset) = text.split_at(end);
        let civil: jiff::civil::Time = parse(face).ok_or(TIME)?;
        // Any day will do to see whether it is one.
        if !offset.is_empty()
            && format!("2024-01-01T00:00{offset}")
                .parse::<Timestamp>()
                .is_err()
        {
            return Err(TIME);
        }
        let canonical = civil.to_string();
        Ok(Self {
            civil,
            text: (canonical != text).then(|| text.into()),
        })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => f.write_str(text),
            None => fmt::Display::fmt(&self.civil, f),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.civil == other.civil
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.civil.cmp(&other.civil)
    }
}

impl Hash for Time {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.civil.hash(state);
    }
}

impl Decode for Time {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let parsed = value.as_str().and_then(|text| text.parse().ok());
        parsed.map_or_else(|| forgive::time(&value, "a time (RFC 3339 full-time)"), Ok)
    }
}

impl Encode for Time {
    fn encode(&self) -> Value {
        Value::String(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn received_text_is_sent_back() {
        for text in [
            "2024-05-01T10:00:00Z",
            "2024-05-01T10:00:00.000Z",
            "2024-05-01T12:00:00+02:00",
            "2024-05-01T10:00:00",
            "2024-05-01 10:00:00Z",
            "2024-05-01T10:00:00.0123456789Z",
            "2024-05-01T10:00:00.0123456789",
        ] {
            let value = DateTime::decode(json!(text)).unwrap();
            assert_eq!(value.encode(), json!(text));
            assert_eq!(value.timestamp().as_second(), 1_714_557_600, "{text}");
        }
    }

    #[test]
    fn equality_is_by_instant() {
        let east: DateTime = "2024-05-01T12:00:00+02:00".parse().unwrap();
        let utc: DateTime = "2024-05-01T10:00:00Z".parse().unwrap();
        assert_eq!(east, utc);
        assert!("yesterday".parse::<DateTime>().is_err());
    }

    #[test]
    fn dates_of_http_have_three_formats() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            let date = http_date(text).map(Timestamp::as_second);
            assert_eq!(date, Some(784_111_777), "{text}");
        }
        assert_eq!(http_date("Sun Nov 31 08:49:37 1994"), None);
    }

    #[test]
    fn time_keeps_its_offset() {
        let time = Time::decode(json!("10:15:30+01:00")).unwrap();
        assert_eq!(time.civil(), jiff::civil::time(10, 15, 30, 0));
        assert_eq!(time.encode(), json!("10:15:30+01:00"));
        let exact = Time::decode(json!("10:15:30.1234567891Z")).unwrap();
        assert_eq!(exact.civil().subsec_nanosecond(), 123_456_789);
        for text in [
            "25:00:00Z",
            "10:15:30+banana",
            "10:15:30Zulu",
            "10:15:30-",
            "10:15Z[UTC]x",
        ] {
            assert!(Time::decode(json!(text)).is_err(), "{text}");
        }
    }
}
