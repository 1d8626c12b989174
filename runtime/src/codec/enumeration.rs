//! What all generated enums share, written once here instead of once per enum.

use std::fmt;

use serde_json::Value;

use super::{Decode, DecodeError};

/// A value of an integer enum that the document does not list; opaque for the same reason as
/// [`UnknownValue`](crate::UnknownValue).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownInteger(i64);

impl UnknownInteger {
    /// Keeps a wire value.
    #[must_use]
    pub const fn new(value: i64) -> Self {
        Self(value)
    }

    /// The wire value.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

impl fmt::Debug for UnknownInteger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Implements the codec, `Debug` and `Display` for string enums that have `as_str()` and `From<&str>`.
///
/// `{:?}` prints the value as it goes over the wire: a derived `Debug` has an arm per variant, each of which the compiler
/// has to check.
#[macro_export]
macro_rules! impl_string_enum {
    ($($ty:ident),* $(,)?) => {$(
        impl $crate::Decode for $ty {
            #[inline]
            fn decode(value: $crate::Value) -> ::core::result::Result<Self, $crate::DecodeError> {
                $crate::__private::decode_string(value)
            }
        }

        impl $crate::Encode for $ty {
            #[inline]
            fn encode(&self) -> $crate::Value {
                $crate::Encode::encode(self.as_str())
            }
        }

        impl ::core::fmt::Debug for $ty {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::__private::debug(::core::stringify!($ty), self, f)
            }
        }

        impl ::core::fmt::Display for $ty {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
    )*};
}

/// Implements the codec, `Debug` and `Display` for integer enums that have `as_i64()` and `From<i64>`.
#[macro_export]
macro_rules! impl_integer_enum {
    ($($ty:ident),* $(,)?) => {$(
        impl $crate::Decode for $ty {
            #[inline]
            fn decode(value: $crate::Value) -> ::core::result::Result<Self, $crate::DecodeError> {
                $crate::__private::decode_integer(value)
            }
        }

        impl $crate::Encode for $ty {
            #[inline]
            fn encode(&self) -> $crate::Value {
                $crate::Encode::encode(&self.as_i64())
            }
        }

        impl ::core::fmt::Debug for $ty {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::__private::debug(::core::stringify!($ty), self, f)
            }
        }

        impl ::core::fmt::Display for $ty {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.as_i64(), f)
            }
        }
    )*};
}

/// Reads a string enum.
///
/// # Errors
/// When the value is not a string.
#[doc(hidden)]
pub fn decode_string<T: for<'a> From<&'a str>>(value: Value) -> Result<T, DecodeError> {
    String::decode(value).map(|text| T::from(&text))
}

/// Reads an integer enum. `null` is not read as 0, which may be one of its values.
///
/// # Errors
/// When the value is not an integer.
#[doc(hidden)]
pub fn decode_integer<T: From<i64>>(value: Value) -> Result<T, DecodeError> {
    match &value {
        Value::Null => Err(DecodeError::expected("a 64-bit integer", &value)),
        Value::String(text) if text.trim().is_empty() => {
            Err(DecodeError::expected("a 64-bit integer", &value))
        }
        _ => i64::decode(value).map(T::from),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::UnknownInteger;
    use crate::{Decode, Encode, UnknownValue};

    #[derive(Clone, PartialEq, Eq)]
    enum Tier {
        Gold,
        Unknown(UnknownValue),
    }

    impl Tier {
        fn as_str(&self) -> &str {
            match self {
                Self::Gold => "gold",
                Self::Unknown(value) => value.as_str(),
            }
        }
    }

    impl From<&str> for Tier {
        fn from(value: &str) -> Self {
            match value {
                "gold" => Self::Gold,
                other => Self::Unknown(UnknownValue::new(other)),
            }
        }
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Level {
        One,
        Unknown(UnknownInteger),
    }

    impl Level {
        fn as_i64(self) -> i64 {
            match self {
                Self::One => 1,
                Self::Unknown(value) => value.as_i64(),
            }
        }
    }

    impl From<i64> for Level {
        fn from(value: i64) -> Self {
            match value {
                1 => Self::One,
                other => Self::Unknown(UnknownInteger::new(other)),
            }
        }
    }

    crate::impl_string_enum!(Tier);
    crate::impl_integer_enum!(Level);

    #[test]
    fn known_and_unknown_values_come_back_as_they_were() {
        for text in ["gold", "platinum", ""] {
            let tier = Tier::decode(json!(text)).unwrap();
            assert_eq!(
                (tier.encode(), tier.to_string().as_str()),
                (json!(text), text)
            );
        }
        for number in [1, 7] {
            assert_eq!(
                Level::decode(json!(number)).unwrap().encode(),
                json!(number)
            );
        }
        let printed = format!("{:?} {:?}", Tier::from("gold"), Level::from(7));
        assert_eq!(printed, r#"Tier "gold" Level 7"#);
    }
}
