//! Escapes, from RFC 3986, RFC 6570 and the URL standard.

use std::fmt::Write as _;

/// `unreserved` (RFC 3986, section 2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `sub-delims` (RFC 3986, section 2.2).
fn is_sub_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
    )
}

/// `pchar` without `pct-encoded` (RFC 3986, section 3.3).
fn is_path_character(byte: u8) -> bool {
    is_unreserved(byte) || is_sub_delimiter(byte) || matches!(byte, b':' | b'@')
}

/// What the escapes of a place are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// All but unreserved characters (RFC 6570, section 3.2.1: the allowed set is U).
    Unreserved,
    /// Reserved characters stay where a path can hold them (U+R of RFC 6570, as far as RFC 3986, section 3.3 allows).
    ReservedInPath,
    /// Reserved characters stay where a query can hold them and where they don't end the value: OpenAPI 3.0.4, section
    /// 4.7.12 leaves `[`, `]`, `#` out and makes the delimiters the application's concern.
    ReservedInQuery,
    /// Nothing is escaped.
    Nothing,
}

impl Escape {
    pub(super) fn of(self, text: &str) -> String {
        match self {
            Self::Unreserved => escaped(text, is_unreserved, false),
            Self::ReservedInPath => {
                escaped(text, |byte| is_path_character(byte) || byte == b'/', true)
            }
            Self::ReservedInQuery => escaped(
                text,
                |byte| {
                    let delimiter = matches!(byte, b'&' | b'+');
                    !delimiter && (is_path_character(byte) || matches!(byte, b'/' | b'?'))
                },
                true,
            ),
            Self::Nothing => text.to_owned(),
        }
    }
}

/// The literal text of a path template: what can stand in a path stays, and so do escapes.
pub(super) fn path_literal(text: &str) -> String {
    Escape::ReservedInPath.of(text)
}

/// The literal text of a query in a template; its delimiters are meant.
pub(super) fn query_literal(text: &str) -> String {
    let stays = |byte| is_path_character(byte) || matches!(byte, b'/' | b'?');
    escaped(text, stays, true)
}

/// A name or value of a form (URL standard, "application/x-www-form-urlencoded serializing").
pub(super) fn form_component(text: &str) -> String {
    let stays =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_');
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            byte if stays(byte) => out.push(char::from(byte)),
            byte => push_escape(&mut out, byte),
        }
    }
    out
}

fn escaped(text: &str, stays: impl Fn(u8) -> bool, keep_escapes: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().copied().enumerate() {
        let is_escape = keep_escapes
            && byte == b'%'
            && bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if is_escape || stays(byte) {
            out.push(char::from(byte));
        } else {
            push_escape(&mut out, byte);
        }
    }
    out
}

fn push_escape(out: &mut String, byte: u8) {
    let _ = write!(out, "%{byte:02X}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variables of RFC 6570, section 3.2.1.
    #[test]
    fn values_are_escaped_as_in_rfc_6570() {
        for (value, simple) in [
            ("value", "value"),
            ("Hello World!", "Hello%20World%21"),
            ("50%", "50%25"),
            ("/foo/bar", "%2Ffoo%2Fbar"),
            (
                "http://example.com/home/",
                "http%3A%2F%2Fexample.com%2Fhome%2F",
            ),
            ("é€", "%C3%A9%E2%82%AC"),
        ] {
            assert_eq!(Escape::Unreserved.of(value), simple);
        }
        // Section 3.2.3: reserved characters and escapes stay.
        assert_eq!(Escape::ReservedInPath.of("Hello World!"), "Hello%20World!");
        assert_eq!(Escape::ReservedInPath.of("50%"), "50%25");
        assert_eq!(Escape::ReservedInPath.of("/foo/bar"), "/foo/bar");
        assert_eq!(Escape::ReservedInPath.of("a%20b"), "a%20b");
    }

    #[test]
    fn reserved_characters_that_end_a_value_do_not_stay_in_a_query() {
        assert_eq!(
            Escape::ReservedInQuery.of("a/b?c=d&e#f[g]+h"),
            "a/b?c=d%26e%23f%5Bg%5D%2Bh"
        );
    }

    #[test]
    fn forms_are_written_as_the_url_standard_says() {
        assert_eq!(
            form_component("a b*c-d.e_f~g+h=é"),
            "a+b*c-d.e_f%7Eg%2Bh%3D%C3%A9"
        );
    }
}
