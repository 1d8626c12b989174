//! The traits that every model implements in the same way, on top of the codec.
//!
//! They are not derived: `Debug` and `PartialEq` of a struct with fifty fields cost the compiler as much as all of its
//! own code. Here each is one call, and the work is compiled once.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Decode, Encode};

/// Implements `Debug` and `PartialEq` for models, by way of their JSON.
///
/// Two models are equal if they are the same JSON; `{:?}` prints it, `{:#?}` over several lines.
#[macro_export]
macro_rules! impl_model {
    ($($ty:ident),* $(,)?) => {$(
        impl ::core::fmt::Debug for $ty {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::__private::debug(::core::stringify!($ty), self, f)
            }
        }

        impl ::core::cmp::PartialEq for $ty {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::__private::equal(self, other)
            }
        }
    )*};
}

/// Implements `serde::Serialize` and `serde::Deserialize` for types that implement [`Encode`] and [`Decode`].
///
/// Generated crates call it under their feature `serde`: being generic over the format, these implementations take the
/// compiler longer than any other part of a model of their size, and sending and receiving does without them.
#[macro_export]
macro_rules! impl_serde {
    ($($ty:ty),* $(,)?) => {$(
        impl $crate::__private::serde::Serialize for $ty {
            #[inline]
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::__private::serialize(self, serializer)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $ty {
            #[inline]
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize(deserializer)
            }
        }
    )*};
}

impl_serde!(
    crate::Base64,
    crate::DateTime,
    crate::Time,
    crate::UnknownValue,
    crate::UnknownVariant
);

/// Prints the name of a model and its JSON.
#[doc(hidden)]
pub fn debug(name: &str, model: &dyn Encode, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let json = model.encode();
    if f.alternate() {
        write!(f, "{name} {json:#}")
    } else {
        write!(f, "{name} {json}")
    }
}

/// Whether two models are the same JSON.
#[doc(hidden)]
#[must_use]
pub fn equal(left: &dyn Encode, right: &dyn Encode) -> bool {
    left.encode() == right.encode()
}

/// Serializes a model's JSON.
///
/// # Errors
/// When the serializer fails.
#[doc(hidden)]
pub fn serialize<S: Serializer>(model: &dyn Encode, serializer: S) -> Result<S::Ok, S::Error> {
    model.encode().serialize(serializer)
}

/// Deserializes JSON and decodes a model from it.
///
/// # Errors
/// When there is no JSON or it does not decode.
#[doc(hidden)]
pub fn deserialize<'de, T: Decode, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::decode(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Decode, DecodeError, Encode, Object, Value};

    #[derive(Clone)]
    struct Point {
        x: i64,
        y: Option<f64>,
    }

    impl Decode for Point {
        fn decode(value: Value) -> Result<Self, DecodeError> {
            let mut object = Object::from_value(value, "Point")?;
            let (x, y) = object.read(["x", "y"])?;
            Ok(Self { x, y })
        }
    }

    impl Encode for Point {
        fn encode(&self) -> Value {
            Object::new()
                .with(&[("x", &self.x)])
                .with_present(&[("y", &self.y)])
                .into_value()
        }
    }

    crate::impl_model!(Point);
    crate::impl_serde!(Point);

    #[test]
    fn models_print_and_compare_as_json() {
        let point = Point { x: 1, y: None };
        assert_eq!(format!("{point:?}"), r#"Point {"x":1}"#);
        assert_eq!(
            format!("{:#?}", Point { x: 1, y: Some(0.5) }),
            "Point {\n  \"x\": 1,\n  \"y\": 0.5\n}"
        );
        assert_eq!(point, point.clone());
        assert_ne!(point, Point { x: 1, y: Some(0.5) });
    }

    #[test]
    fn models_go_through_serde() {
        let point: Point = serde_json::from_str(r#"{"x": 1, "y": 2}"#).unwrap();
        assert_eq!(
            serde_json::to_value(&point).unwrap(),
            json!({"x": 1, "y": 2.0})
        );
        let error = serde_json::from_str::<Point>(r#"{"y": 2}"#).unwrap_err();
        assert!(error.to_string().contains("$.x is missing"), "{error}");
    }
}
