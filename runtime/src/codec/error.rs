//! The error of decoding: where in the answer, what was expected, what was there.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde_json::Value;

use super::path::{Path, Segment, cut, speaks_of_secret};

/// How much of an unexpected value an excerpt shows.
const EXCERPT: usize = 60;

/// How much of a body that is no JSON an excerpt shows.
const BODY_EXCERPT: usize = 120;

/// JSON that does not have the documented type.
///
/// What is printed says where, what was expected, and what kind of thing was there. What it holds may be anybody's secret, so that
/// is not printed: it is in [`DecodeError::excerpt`], for those who look for the reason.
///
/// The path is built while the error travels up through the models, so that decoding without an error costs nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    path: Path,
    problem: Problem,
}

#[derive(Clone, PartialEq, Eq)]
enum Problem {
    Missing,
    Unexpected {
        expected: Cow<'static, str>,
        found: Found,
        excerpt: String,
    },
}

/// What kind of thing was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Null,
    Boolean,
    Number,
    Text {
        is_empty: bool,
    },
    Array(usize),
    Object {
        is_empty: bool,
    },
    /// A body that is no JSON.
    Other,
}

impl Found {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(text) => Self::Text {
                is_empty: text.is_empty(),
            },
            Value::Array(items) => Self::Array(items.len()),
            Value::Object(members) => Self::Object {
                is_empty: members.is_empty(),
            },
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text { is_empty: true } => "an empty string",
            Self::Text { is_empty: false } => "a string",
            Self::Array(0) => "an empty array",
            Self::Array(1) => "an array of 1 element",
            Self::Array(length) => return write!(f, "an array of {length} elements"),
            Self::Object { is_empty: true } => "an empty object",
            Self::Object { is_empty: false } => "an object",
            Self::Other => "something else",
        })
    }
}

impl DecodeError {
    /// A required member is not there.
    #[must_use]
    pub fn missing() -> Self {
        Self::new(Problem::Missing)
    }

    /// Something else was found: `expected` reads like "an integer".
    #[must_use]
    pub fn expected(expected: impl Into<Cow<'static, str>>, found: &Value) -> Self {
        Self::new(Problem::Unexpected {
            expected: expected.into(),
            found: Found::of(found),
            excerpt: excerpt(found),
        })
    }

    /// A text that is no JSON.
    pub(crate) fn not_json(text: &[u8], error: &serde_json::Error) -> Self {
        // What `error` prints are positions and what the grammar wants.
        let text = String::from_utf8_lossy(&text[..text.len().min(4 * BODY_EXCERPT)]);
        Self::new(Problem::Unexpected {
            expected: format!("JSON ({error})").into(),
            found: Found::Other,
            excerpt: cut(&text.escape_debug().to_string(), BODY_EXCERPT),
        })
    }

    fn new(problem: Problem) -> Self {
        Self(Box::new(Inner {
            path: Path::default(),
            problem,
        }))
    }

    /// The same error, seen from the object that holds the value as member `name`.
    #[must_use]
    #[cold]
    pub fn field(mut self, name: &str) -> Self {
        self.0.path.push(Segment::field(name));
        self
    }

    /// The same error, seen from the array that holds the value at `index`.
    #[must_use]
    #[cold]
    pub fn index(mut self, index: usize) -> Self {
        self.0.path.push(Segment::Index(index));
        self
    }

    /// The same error, seen from the answer whose header `name` holds the value.
    #[must_use]
    #[cold]
    pub(crate) fn in_header(mut self, name: &str) -> Self {
        self.0.path.set_header(name);
        self
    }

    /// The place as a JSONPath (RFC 9535): `$.items[3].price`. In a header, it names the header.
    #[must_use]
    pub fn path(&self) -> String {
        self.0.path.to_string()
    }

    /// What should have been there: "a 64-bit integer". Of a member that is missing, it is not known.
    #[must_use]
    pub fn expected_type(&self) -> Option<&str> {
        match &self.0.problem {
            Problem::Missing => None,
            Problem::Unexpected { expected, .. } => Some(expected),
        }
    }

    /// The beginning of what was there instead, as JSON and at most some 120 characters long. Of objects, it has the names alone.
    ///
    /// It is data of the answer, so think before you log it. `None` when a member is missing, and where the names on the way to it,
    /// or the text itself, speak of a secret: tokens, passwords, keys, cookies.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        match &self.0.problem {
            Problem::Missing => None,
            Problem::Unexpected { excerpt, .. } => {
                let secret = self.0.path.is_secret() || speaks_of_secret(excerpt);
                (!secret).then_some(excerpt)
            }
        }
    }

    /// Whether a required member is missing (else it has the wrong type).
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.0.problem == Problem::Missing
    }
}

/// The beginning of a value; never walks into large ones.
pub(super) fn excerpt(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("\"{}\"", cut(text, EXCERPT).escape_debug()),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => format!("[… {} elements]", items.len()),
        Value::Object(members) => {
            let names: Vec<String> = members.keys().take(5).map(|name| cut(name, 20)).collect();
            let more = match members.len() > names.len() {
                true => ", …",
                false => "",
            };
            format!("{{{}{more}}}", names.join(", "))
        }
    }
}

/// Says all but what was there.
impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.0.path;
        match &self.0.problem {
            Problem::Missing => write!(f, "{path} is missing"),
            Problem::Unexpected {
                expected, found, ..
            } => write!(f, "expected {expected} at {path}, found {found}"),
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl Error for DecodeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn path_reads_from_the_root_inwards() {
        let error = DecodeError::missing()
            .field("price")
            .index(3)
            .field("line items")
            .field("order");
        assert_eq!(error.path(), r#"$.order["line items"][3].price"#);
        assert_eq!(
            error.to_string(),
            r#"$.order["line items"][3].price is missing"#
        );
    }

    #[test]
    fn what_was_there_is_told_on_demand_and_cut_short() {
        let error = DecodeError::expected("an integer", &json!("x".repeat(5000)));
        assert_eq!(
            error.to_string(),
            "expected an integer at $, found a string"
        );
        assert_eq!(format!("{error:?}"), format!("DecodeError({error})"));
        let excerpt = error.excerpt().unwrap();
        assert!(
            excerpt.starts_with("\"xxx") && excerpt.len() < 80,
            "{excerpt}"
        );
        let error = DecodeError::expected("an integer", &json!({"a": 1, "b": 2}));
        assert_eq!(error.excerpt(), Some("{a, b}"));
        assert_eq!(error.expected_type(), Some("an integer"));
    }

    #[test]
    fn secrets_are_not_told() {
        let error = DecodeError::expected("an integer", &json!("hunter2")).field("access_token");
        assert_eq!(error.excerpt(), None);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let outer = DecodeError::expected("an integer", &json!("hunter2"))
            .field("value")
            .field("secrets");
        assert_eq!(outer.excerpt(), None);
        let text = br#"{"access_token": "hunter2""#;
        let error = serde_json::from_slice::<Value>(text).unwrap_err();
        assert_eq!(DecodeError::not_json(text, &error).excerpt(), None);
    }

    #[test]
    fn a_body_that_is_no_json_is_shown_by_its_beginning() {
        let page = b"<html>\n<body>Busy, \xff come back later".repeat(100);
        let error = serde_json::from_slice::<Value>(&page).unwrap_err();
        let error = DecodeError::not_json(&page, &error);
        assert!(error.to_string().contains("line 1 column 1"), "{error}");
        let excerpt = error.excerpt().unwrap();
        assert!(excerpt.starts_with("<html>\\n<body>Busy"), "{excerpt}");
        assert!(excerpt.chars().count() <= 121, "{excerpt}");
    }

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<DecodeError>(), size_of::<usize>());
    }
}
