//! Points in time, dates, times of day, and what `Retry-After` says, compared with other readers.
//!
//! Each line of the input is a text.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use chrono::{DateTime as Reference, Datelike as _, NaiveDate, Timelike as _, Utc};
use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::{
    Api, Client, Date, DateTime, Decode, Decoding, Empty, Encode, Operation, Request, RetryPolicy,
    Server, Time, Value,
};

use super::block_on;

pub(super) const PIECES: &[&str] = &[
    "2024-02-29T23:59:60Z",
    "2024-05-01T12:00:00.123456789+02:00",
    "2024-05-01",
    "10:15:30.5-05:00",
    "23:59:60z",
    "-00:00",
    "+23:59",
    "-9999-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999-12:00",
    "0000-01-01T00:00:00Z",
    "T",
    "t",
    "Z",
    " ",
    ".000",
    "[Europe/Paris]",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Wed, 21 Oct 2099 07:28:00 GMT",
    "120",
    "1e300",
    "-1",
    "0.5",
    "inf",
    "NaN",
];

/// In a second.
const NANOSECONDS: i128 = 1_000_000_000;

static API: Api = Api::new("fuzz", "1").servers(&[Server::new("https://api.acme.example")]);
static GET: Operation = Operation::new("get", "GET", "/things");

pub(super) fn run(input: &[u8]) -> String {
    let input = String::from_utf8_lossy(input);
    let mut said = String::new();
    for text in input.lines().take(20) {
        let _ = write!(said, "{}", u8::from(date_time(text)));
        let _ = write!(said, "{}", u8::from(date(text)));
        let _ = write!(said, "{}", u8::from(time(text)));
        let _ = write!(said, "{} ", http_date(text) + retry_after(text));
    }
    said + "."
}

/// Decodes in both modes; what was read must be written so that the same mode reads it as the same.
fn decode<T: Decode + Encode + PartialEq + std::fmt::Debug>(text: &str) -> [Option<T>; 2] {
    let value = Value::from(text);
    [Decoding::Strict, Decoding::Lenient].map(|decoding| {
        let (found, _) = decoding.decode::<T>(&value).ok()?;
        let written = found.encode();
        let again = decoding.decode::<T>(&written);
        let (again, _) = again.expect("what was written is read");
        assert_eq!(again, found, "{text}: written as {written}");
        Some(found)
    })
}

fn date_time(text: &str) -> bool {
    let [strict, lenient] = decode::<DateTime>(text);
    if let Some(strict) = &strict {
        assert_eq!(strict.encode(), Value::from(text), "the text goes back");
        assert_eq!(lenient.as_ref(), Some(strict), "{text}");
    }
    let printed = lenient.map(|it| it.to_string().parse::<DateTime>().map(|read| read == it));
    assert!(
        matches!(printed, None | Some(Ok(true))),
        "{text}: {printed:?}"
    );
    let Ok(reference) = Reference::parse_from_rfc3339(text) else {
        return strict.is_some();
    };
    let reference = reference.with_timezone(&Utc);
    // The last day is beyond the range of what a point in time can be.
    if reference.year() < 9999 {
        assert!(strict.is_some(), "{text} is RFC 3339");
    }
    if let (Some(found), true) = (strict, reference.year() < 9999) {
        // A leap second is the second before it.
        let second = found.timestamp().as_nanosecond().div_euclid(NANOSECONDS);
        assert_eq!(second, reference.timestamp().into(), "{text}");
        let nanosecond = found.timestamp().as_nanosecond().rem_euclid(NANOSECONDS);
        let expected = i128::from(reference.nanosecond());
        assert!(nanosecond == expected || expected >= NANOSECONDS, "{text}");
    }
    true
}

fn date(text: &str) -> bool {
    let [strict, lenient] = decode::<Date>(text);
    if let Some(strict) = &strict {
        assert_eq!(lenient.as_ref(), Some(strict), "{text}");
    }
    let in_place = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let plain = text.len() == 10 && text.bytes().enumerate().all(in_place);
    if plain && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
        assert_eq!(strict.expect("a full-date").to_string(), text);
    }
    strict.is_some()
}

fn time(text: &str) -> bool {
    let [strict, lenient] = decode::<Time>(text);
    let Some(strict) = strict else {
        let reference = Reference::parse_from_rfc3339(&format!("2024-05-01T{text}"));
        assert!(reference.is_err(), "{text} is a full-time");
        return false;
    };
    assert_eq!(strict.encode(), Value::from(text), "the text goes back");
    assert_eq!(lenient.as_ref(), Some(&strict), "{text}");
    let face = &text[..text.find(['Z', 'z', '+', '-']).unwrap_or(text.len())];
    // The name of a zone may stand behind it.
    let offset = text[face.len()..].split('[').next().unwrap_or_default();
    let digits = offset.chars().skip(1).filter(char::is_ascii_digit).count();
    let is_offset = match offset.bytes().next() {
        None => true,
        Some(b'Z' | b'z') => offset.len() == 1,
        _ => digits >= 2 && offset[1..].bytes().all(|b| b.is_ascii_digit() || b == b':'),
    };
    assert!(is_offset, "{text} has no offset");
    if let Ok(reference) = Reference::parse_from_rfc3339(&format!("2024-05-01T{text}")) {
        let found = strict.civil();
        let expected = [reference.hour(), reference.minute(), reference.second()];
        let found = [found.hour(), found.minute(), found.second()];
        assert_eq!(found.map(|it| it as u32), expected, "{text}");
    }
    true
}

/// What a text is in one of the three formats of HTTP (RFC 9110 section 5.6.7); the reader itself does not look at what is between
/// the numbers.
fn reference(text: &str) -> Option<SystemTime> {
    let reference = httpdate::parse_http_date(text).ok()?;
    let date = Reference::<Utc>::from(reference);
    let formats = [
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y",
    ];
    let mut formats = formats.iter().map(|format| date.format(format).to_string());
    // Which century a year of two digits is in depends on when it is read.
    (formats.any(|it| it == text) && !text.contains("69")).then_some(reference)
}

/// A date as HTTP has it is forgiven where a date-time is expected.
fn http_date(text: &str) -> u8 {
    let Some(reference) = reference(text) else {
        return 0;
    };
    let found = Decoding::Lenient.decode::<DateTime>(&Value::from(text));
    let (found, _) = found.expect("an HTTP date");
    let reference = reference.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = reference.expect("1970 or later").as_secs();
    assert_eq!(found.timestamp().as_second(), seconds as i64, "{text}");
    1
}

fn retry_after(text: &str) -> u8 {
    let mock = MockTransport::new();
    mock.reply(Reply::status(503).header("retry-after", text));
    let client = Client::builder(&API)
        .transport(mock)
        .retry(RetryPolicy::none())
        .build()
        .expect("a client");
    let error = block_on(Request::new(&client, &GET).send::<Empty>()).expect_err("a failure");
    let found = error.retry_after();
    let text = text.trim_matches([' ', '\t']);
    let is_number = !text.is_empty() && text.len() < 15 && text.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        let seconds = text.parse().expect("a number");
        assert_eq!(found, Some(Duration::from_secs(seconds)), "{text}");
        return 2;
    }
    if let Some(date) = reference(text) {
        let expected = date.duration_since(SystemTime::now()).unwrap_or_default();
        let found = found.expect("a date");
        assert!(
            text.contains("69") || found.abs_diff(expected) < Duration::from_secs(5),
            "{text}"
        );
        return 4;
    }
    u8::from(found.is_some()) * 8
}
