//! Sets of JSON types.

use serde_json::Value;

/// A set of the types of JSON, without null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const BOOLEAN: Self = Self(1);
    pub(super) const INTEGER: Self = Self(2);
    /// Every integer is a number.
    pub(super) const NUMBER: Self = Self(2 | 4);
    pub(super) const STRING: Self = Self(8);
    pub(super) const ARRAY: Self = Self(16);
    pub(super) const OBJECT: Self = Self(32);
    pub(super) const ALL: Self = Self(63);

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }

    /// What both have.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of `other` is in this set.
    pub(super) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether a value is of one of the types. Null is of none.
    pub(super) fn allow(self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Bool(_) => self.contains(Self::BOOLEAN),
            Value::Number(number) => {
                let is_whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
                self.contains(Self::NUMBER) || is_whole && self.contains(Self::INTEGER)
            }
            Value::String(_) => self.contains(Self::STRING),
            Value::Array(_) => self.contains(Self::ARRAY),
            Value::Object(_) => self.contains(Self::OBJECT),
        }
    }
}
