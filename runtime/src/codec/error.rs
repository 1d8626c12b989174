//! The error of decoding: where in the JSON, what was expected, what was there.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write as _};

use serde_json::Value;

/// How much of an unexpected value an error shows.
const EXCERPT: usize = 60;

/// JSON that does not have the documented type.
///
/// The path is built while the error travels up through the models, so that decoding without an error costs nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    /// Innermost first.
    path: Vec<Segment>,
    problem: Problem,
}

#[derive(Clone, PartialEq, Eq)]
enum Segment {
    Field(String),
    Index(usize),
}

#[derive(Clone, PartialEq, Eq)]
enum Problem {
    Missing,
    Unexpected {
        expected: Cow<'static, str>,
        found: String,
    },
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
            found: excerpt(found),
        })
    }

    fn new(problem: Problem) -> Self {
        Self(Box::new(Inner {
            path: Vec::new(),
            problem,
        }))
    }

    /// The same error, seen from the object that holds the value as member `name`.
    #[must_use]
    #[cold]
    pub fn field(mut self, name: &str) -> Self {
        self.0.path.push(Segment::Field(name.to_owned()));
        self
    }

    /// The same error, seen from the array that holds the value at `index`.
    #[must_use]
    #[cold]
    pub fn index(mut self, index: usize) -> Self {
        self.0.path.push(Segment::Index(index));
        self
    }

    /// The place as a JSONPath (RFC 9535): `$.items[3].price`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::from("$");
        for segment in self.0.path.iter().rev() {
            // Writing to a String does not fail.
            let _ = match segment {
                Segment::Index(index) => write!(path, "[{index}]"),
                Segment::Field(name) if is_plain(name) => write!(path, ".{name}"),
                Segment::Field(name) => write!(path, "[{}]", Value::from(name.as_str())),
            };
        }
        path
    }

    /// Whether a required member is missing (else it has the wrong type).
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.0.problem == Problem::Missing
    }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Describes a value in a few words; never walks into large ones.
fn excerpt(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(value) => format!("the number {value}"),
        Value::String(value) => match value.char_indices().nth(EXCERPT) {
            Some((end, _)) => format!("the string \"{}…\"", value[..end].escape_debug()),
            None => format!("the string \"{}\"", value.escape_debug()),
        },
        Value::Array(items) => format!("an array of {} elements", items.len()),
        Value::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Value::Object(members) => {
            let names: Vec<&str> = members.keys().take(5).map(String::as_str).collect();
            let more = if members.len() > names.len() {
                ", …"
            } else {
                ""
            };
            let names: String = names.join(", ").chars().take(EXCERPT).collect();
            format!("an object with {names}{more}")
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.problem {
            Problem::Missing => write!(f, "{} is missing", self.path()),
            Problem::Unexpected { expected, found } => {
                write!(f, "expected {expected} at {}, found {found}", self.path())
            }
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
    fn found_values_are_cut_short() {
        let error = DecodeError::expected("an integer", &json!("x".repeat(5000)));
        assert!(error.to_string().len() < 200, "{error}");
        let error = DecodeError::expected("an integer", &json!({"a": 1, "b": 2}));
        assert_eq!(
            error.to_string(),
            "expected an integer at $, found an object with a, b"
        );
    }

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<DecodeError>(), size_of::<usize>());
    }
}
