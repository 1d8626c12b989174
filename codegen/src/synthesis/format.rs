//! Formats: an instance of each, and whether a text is one.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

/// Texts of a format, the plain one first; none for formats that say nothing about the text.
pub(super) fn texts(format: &str) -> Option<&'static [&'static str]> {
    Some(match format {
        "date-time" => &["2024-05-17T09:30:00Z", "1999-12-31T23:59:59.123456+05:30"],
        "date" => &["2024-05-17", "2000-02-29"],
        "time" => &["09:30:00Z", "23:59:59.5+02:00"],
        "duration" => &["P1DT2H", "PT30M"],
        "uuid" | "guid" => &["6f1c3f0e-2b7a-4c55-9d2e-0a1b2c3d4e5f"],
        "uri" | "url" | "iri" => &["https://example.com/path?a=1&b=two#part"],
        "uri-reference" | "iri-reference" => &["/path/to/it?a=1"],
        "uri-template" => &["/things/{id}"],
        "email" | "idn-email" => &["ada@example.com"],
        "hostname" | "idn-hostname" => &["api.example.com"],
        "ipv4" | "ip" => &["192.0.2.1"],
        "ipv6" => &["2001:db8::1"],
        "byte" | "base64" => &["aGVsbG8=", "/+8="],
        "base64url" => &["aGVsbG8"],
        "json-pointer" => &["/a/b"],
        "regex" => &["^a+$"],
        _ => return None,
    })
}

/// Whether a text is of a format. Of formats that are not known here everything is.
pub(super) fn allows_text(format: Option<&str>, text: &str) -> bool {
    match format {
        Some("date-time") => is_date_time(text),
        Some("date") => is_date(text),
        Some("time") => is_time(text),
        Some("uuid" | "guid") => is_uuid(text),
        Some("uri" | "url" | "iri") => is_uri(text),
        Some("uri-reference" | "iri-reference") => text.chars().all(is_of_uri),
        Some("email" | "idn-email") => is_email(text),
        Some("hostname") => is_hostname(text),
        Some("ipv4") => text.parse::<Ipv4Addr>().is_ok(),
        Some("ipv6") => text.parse::<Ipv6Addr>().is_ok(),
        Some("byte") => is_base64(text),
        _ => true,
    }
}

/// Whether a number fits the size that a format gives it.
pub(super) fn allows_number(format: Option<&str>, value: &Value) -> bool {
    let Some(number) = value.as_f64() else {
        return true;
    };
    match format {
        Some("int32") => number >= f64::from(i32::MIN) && number <= f64::from(i32::MAX),
        Some("int64") => number.abs() < 9.3e18,
        _ => true,
    }
}

/// Digits of the text at a place, as a number.
fn digits(text: &str, from: usize, to: usize) -> Option<u32> {
    let part = text.get(from..to)?;
    part.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| part.parse().ok())?
}

fn is_date(text: &str) -> bool {
    let parts = (digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
    let (Some(year), Some(month), Some(day)) = parts else {
        return false;
    };
    let bytes = text.as_bytes();
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    text.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' && (1..=days).contains(&day)
}

/// RFC 3339, `full-time`.
fn is_time(text: &str) -> bool {
    let parts = (digits(text, 0, 2), digits(text, 3, 5), digits(text, 6, 8));
    let (Some(0..=23), Some(0..=59), Some(0..=59)) = parts else {
        return false;
    };
    let bytes = text.as_bytes();
    if bytes[2] != b':' || bytes[5] != b':' {
        return false;
    }
    let mut rest = &text[8..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        // Jiff, which models use, reads nanoseconds.
        if !(1..=9).contains(&length) {
            return false;
        }
        rest = &fraction[length..];
    }
    if matches!(rest, "Z" | "z") {
        return true;
    }
    let is_signed = rest.starts_with(['+', '-']);
    let (Some(0..=23), Some(0..=59)) = (digits(rest, 1, 3), digits(rest, 4, 6)) else {
        return false;
    };
    is_signed && rest.len() == 6 && rest.as_bytes()[3] == b':'
}

/// RFC 3339, `date-time`.
fn is_date_time(text: &str) -> bool {
    let (Some(date), Some(time)) = (text.get(..10), text.get(11..)) else {
        return false;
    };
    is_date(date) && matches!(text.as_bytes()[10], b'T' | b't') && is_time(time)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether URIs have a character.
fn is_of_uri(c: char) -> bool {
    c.is_ascii_graphic() && !"<>\"{}|\\^`[]".contains(c)
}

/// Roughly RFC 3986: a scheme, and none of the characters that no URI has.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_escaped = |(index, _): (usize, &str)| {
        let code = rest.as_bytes().get(index + 1..index + 3);
        code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    };
    is_scheme
        && !rest.is_empty()
        && rest.chars().all(is_of_uri)
        && rest.matches('#').count() < 2
        && rest.match_indices('%').all(is_escaped)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    !local.is_empty()
        && local.bytes().all(is_plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        // Many who check want a dot.
        && domain.contains('.')
        && is_hostname(domain)
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_base64(text: &str) -> bool {
    let content = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    text.len().is_multiple_of(4) && text.len() - content.len() <= 2 && content.bytes().all(is_digit)
}
