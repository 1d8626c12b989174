//! What a newer server sends and an older client does not know: kept, readable, sent back unchanged.

use std::fmt;

use serde_json::Value;

use super::{Decode, DecodeError, Encode};

/// A value of a string enum that the document does not list.
///
/// It is opaque so that code cannot match on a value which a later version of the crate may give a name; read it through the
/// enum's `as_str()`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    /// Keeps a wire value.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The wire value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Decode for UnknownValue {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        String::decode(value).map(|text| Self(text.into()))
    }
}

impl Encode for UnknownValue {
    fn encode(&self) -> Value {
        Value::from(self.as_str())
    }
}

/// A variant of a union that the document does not describe: the JSON as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownVariant(Value);

impl UnknownVariant {
    /// The JSON as it came.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.0
    }

    /// Gives the JSON away.
    #[must_use]
    pub fn into_json(self) -> Value {
        self.0
    }
}

impl From<Value> for UnknownVariant {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl Decode for UnknownVariant {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        Ok(Self(value))
    }
}

impl Encode for UnknownVariant {
    fn encode(&self) -> Value {
        self.0.clone()
    }
}
