//! A value, or the empty string that stands for none.

use serde_json::Value;

use super::decoding::{Mode, attempt, is_lenient, note};
use super::{Decode, DecodeError, Encode, UnknownVariant};

/// A value or the empty string, which form-encoded APIs take as "clear it": a form can't say `null`.
///
/// Setters take it as `impl Into<OrEmpty<T>>`, so that a value is passed as it is and [`OrEmpty::Empty`] clears.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OrEmpty<T> {
    /// The value.
    Value(T),
    /// The empty string.
    Empty,
    #[doc(hidden)]
    Unknown(UnknownVariant),
}

impl<T> OrEmpty<T> {
    /// Whether this is the empty string.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The value, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Unknown(_) => None,
        }
    }

    /// The value itself, if there is one.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Unknown(_) => None,
        }
    }
}

impl<T> From<T> for OrEmpty<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// For types that contain themselves.
impl<T> From<T> for OrEmpty<Box<T>> {
    fn from(value: T) -> Self {
        Self::Value(Box::new(value))
    }
}

/// `None` is the empty string.
impl<T> From<Option<T>> for OrEmpty<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Self::Value)
    }
}

/// Another string than the empty one, if it is no `T`, is kept as it came; all else must be a `T`. To a lenient decoding, `null` is
/// the empty string.
impl<T: Decode> Decode for OrEmpty<T> {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        match value {
            Value::String(text) if text.is_empty() => Ok(Self::Empty),
            Value::String(_) => {
                let decoded = attempt(Mode::Trying, || T::decode(value.clone()))
                    .or_else(|_| attempt(Mode::Lenient, || T::decode(value.clone())));
                Ok(match decoded {
                    Ok(decoded) => Self::Value(decoded),
                    Err(_) => Self::Unknown(value.into()),
                })
            }
            Value::Null if is_lenient() => {
                note("a value or an empty string", &value);
                Ok(Self::Empty)
            }
            other => T::decode(other).map(Self::Value),
        }
    }
}

impl<T: Encode> Encode for OrEmpty<T> {
    fn encode(&self) -> Value {
        match self {
            Self::Value(value) => value.encode(),
            Self::Empty => Value::String(String::new()),
            Self::Unknown(value) => value.encode(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::OrEmpty;
    use crate::{Decode, Encode, Patch};

    #[test]
    fn values_the_empty_string_and_other_strings_come_back_as_they_were() {
        let decode = |value| OrEmpty::<i64>::decode(value).unwrap();
        assert_eq!(decode(json!(3)), OrEmpty::Value(3));
        assert_eq!(decode(json!("")), OrEmpty::Empty);
        for value in [json!(3), json!(""), json!("none")] {
            assert_eq!(decode(value.clone()).encode(), value);
        }
        assert_eq!(decode(json!("none")).value(), None);
    }

    #[test]
    fn what_is_no_string_must_be_the_value() {
        let error = OrEmpty::<Vec<i64>>::decode(json!([1, "x"])).unwrap_err();
        assert_eq!(error.path(), "$[1]");
    }

    #[test]
    fn values_and_options_convert() {
        assert_eq!(OrEmpty::from(1), OrEmpty::Value(1));
        assert_eq!(OrEmpty::<Box<i64>>::from(1), OrEmpty::Value(Box::new(1)));
        assert_eq!(OrEmpty::<i64>::from(None), OrEmpty::Empty);
        assert_eq!(
            Patch::from(OrEmpty::from(1)).into_value(),
            Some(OrEmpty::Value(1))
        );
        assert!(OrEmpty::<i64>::Empty.is_empty());
        assert_eq!(OrEmpty::from(1).into_value(), Some(1));
    }
}
