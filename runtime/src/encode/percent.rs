//! Percent-encoding (RFC 3986 section 2).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What may stand in a path as it is: `pchar` and `/` (RFC 3986 section 3.3).
const PATH: &AsciiSet = &COMPONENT
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// Reserved characters that `allowReserved` leaves alone in a query. Those that would end the value or the query (`&`, `#`), or
/// that form decoding reads as something else (`+`), or that no query may hold (`[`, `]`) are encoded all the same, as OpenAPI
/// 3.0.4 asks of the application.
const RESERVED_QUERY: &AsciiSet = &PATH.remove(b'?').add(b'&').add(b'+');

/// Reserved characters that `allowReserved` leaves alone in a form: a body is no URL, so that more of them may stay.
const RESERVED_FORM: &AsciiSet = &RESERVED_QUERY.remove(b'#').remove(b'[').remove(b']');

/// What RFC 6265 section 4.1.1 allows in a cookie, save `%`, which starts an escape.
const COOKIE: &AsciiSet = &PATH
    .add(b',')
    .add(b';')
    .remove(b'#')
    .remove(b'<')
    .remove(b'>')
    .remove(b'?')
    .remove(b'[')
    .remove(b']')
    .remove(b'^')
    .remove(b'`')
    .remove(b'{')
    .remove(b'|')
    .remove(b'}');

/// How a value is escaped where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// All but unreserved characters.
    Component,
    /// `allowReserved` in a path; `/` stays.
    ReservedPath,
    /// `allowReserved` in a query.
    ReservedQuery,
    /// `allowReserved` in a form.
    ReservedForm,
    /// A cookie's value.
    Cookie,
    /// Nothing: headers know no escapes.
    None,
}

impl Escape {
    pub(crate) fn append(self, out: &mut String, text: &str) {
        match self {
            Self::Component => component(out, text),
            Self::ReservedPath => keeping_triplets(out, text, PATH),
            Self::ReservedQuery => keeping_triplets(out, text, RESERVED_QUERY),
            Self::ReservedForm => keeping_triplets(out, text, RESERVED_FORM),
            Self::Cookie => out.extend(utf8_percent_encode(text, COOKIE)),
            Self::None => out.push_str(text),
        }
    }

    pub(crate) fn apply(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        self.append(&mut out, text);
        out
    }
}

/// Escapes all but unreserved characters.
pub(crate) fn component(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, COMPONENT));
}

/// Escapes all bytes but unreserved characters.
#[cfg(feature = "sigv4")]
pub(crate) fn component_bytes(out: &mut String, bytes: &[u8]) {
    out.extend(percent_encoding::percent_encode(bytes, COMPONENT));
}

/// The literal text of a path template.
pub(crate) fn path_literal(out: &mut String, text: &str) {
    keeping_triplets(out, text, PATH);
}

/// The literal text of a query in a path template.
pub(crate) fn query_literal(out: &mut String, text: &str) {
    const LITERAL: &AsciiSet = &RESERVED_QUERY.remove(b'&').remove(b'+');
    keeping_triplets(out, text, LITERAL);
}

/// Escapes, but leaves what is an escape already (RFC 6570 section 3.2.3).
fn keeping_triplets(out: &mut String, text: &str, set: &'static AsciiSet) {
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        out.extend(utf8_percent_encode(before, set));
        let triplet = after
            .as_bytes()
            .get(1..3)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        out.push_str(if triplet { "%" } else { "%25" });
        rest = &after[1..];
    }
    out.extend(utf8_percent_encode(rest, set));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(
            Escape::Component.apply("a-._~ /?&=+é%"),
            "a-._~%20%2F%3F%26%3D%2B%C3%A9%25"
        );
    }

    #[test]
    fn reserved_characters_stay_where_the_url_remains_the_same() {
        assert_eq!(
            Escape::ReservedQuery.apply("/a?b=c:d,e&f#g+[h]%20%x"),
            "/a?b=c:d,e%26f%23g%2B%5Bh%5D%20%25x"
        );
        assert_eq!(
            Escape::ReservedForm.apply("/a?b=c:d,e&f#g+[h]%20%x y|z"),
            "/a?b=c:d,e%26f#g%2B[h]%20%25x%20y%7Cz"
        );
        assert_eq!(Escape::ReservedPath.apply("a/b?c#d%2F"), "a/b%3Fc%23d%2F");
    }

    #[test]
    fn cookies_keep_the_characters_of_tokens() {
        assert_eq!(
            Escape::Cookie.apply("a+/=:b;c,d \"e\\%"),
            "a+/=:b%3Bc%2Cd%20%22e%5C%25"
        );
    }
}
