//! Absent, null, or a value: the three states of a member in a merge patch (RFC 7396).

use serde_json::Value;

use super::{Decode, DecodeError, Encode};

/// A member of a request that is both optional and nullable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Not sent: the server keeps what it has.
    #[default]
    Absent,
    /// Sent as `null`: the server clears it.
    Null,
    /// Sent with a value.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether nothing is sent.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether `null` is sent.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same state, holding a reference.
    #[must_use]
    pub const fn as_ref(&self) -> Patch<&T> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(value),
        }
    }

    /// The value, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value itself, if there is one.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// `None` clears the member: whoever passes an `Option` has a say about it.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl From<&str> for Patch<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl<T: Decode> Decode for Patch<T> {
    #[inline]
    fn decode(value: Value) -> Result<Self, DecodeError> {
        Option::decode(value).map(Self::from)
    }

    #[inline]
    fn absent() -> Result<Self, DecodeError> {
        Ok(Self::Absent)
    }
}

impl<T: Encode> Encode for Patch<T> {
    #[inline]
    fn encode(&self) -> Value {
        self.value().map_or(Value::Null, T::encode)
    }

    #[inline]
    fn is_absent(&self) -> bool {
        self.is_absent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_becomes_null_or_value() {
        assert_eq!(Patch::<i32>::from(None), Patch::Null);
        assert_eq!(Patch::<i32>::from(Some(1)), Patch::Value(1));
        assert_eq!(Patch::<i32>::from(1), Patch::Value(1));
        assert!(Patch::<i32>::default().is_absent());
    }
}
