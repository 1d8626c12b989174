//! Booleans, numbers, strings, and the JSON tree itself.

use serde_json::{Number, Value};

use super::{Date, Decode, DecodeError, Encode, Uuid, forgive};

impl Decode for Value {
    #[inline]
    fn decode(value: Value) -> Result<Self, DecodeError> {
        Ok(value)
    }
}

impl Encode for Value {
    #[inline]
    fn encode(&self) -> Value {
        self.clone()
    }
}

impl Decode for bool {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        value
            .as_bool()
            .map_or_else(|| forgive::boolean(&value, "a boolean"), Ok)
    }
}

impl Encode for bool {
    fn encode(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Decode for String {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        match value {
            Value::String(text) => Ok(text),
            other => forgive::text(&other, "a string"),
        }
    }
}

impl Encode for String {
    fn encode(&self) -> Value {
        Value::String(self.clone())
    }
}

impl Encode for str {
    fn encode(&self) -> Value {
        Value::String(self.to_owned())
    }
}

/// The whole number that a JSON number stands for; `3.0` and `3e0` are the integer 3 (JSON Schema core, section 4.2.3).
pub(crate) fn integral(number: &Number) -> Option<i128> {
    // 2^64: beyond it no integer type of ours holds the value, and `as` would saturate.
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    if let Some(number) = number.as_i64() {
        return Some(i128::from(number));
    }
    if let Some(number) = number.as_u64() {
        return Some(i128::from(number));
    }
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() < LIMIT).then_some(float as i128)
}

macro_rules! integers {
    ($($ty:ty => $name:literal),* $(,)?) => {$(
        impl Decode for $ty {
            fn decode(value: Value) -> Result<Self, DecodeError> {
                let number = match &value {
                    Value::Number(number) => integral(number),
                    _ => None,
                };
                number.and_then(|number| number.try_into().ok()).map_or_else(|| forgive::integer(&value, $name), Ok)
            }
        }

        impl Encode for $ty {
            fn encode(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}

integers! {
    i32 => "a 32-bit integer",
    i64 => "a 64-bit integer",
    u32 => "an unsigned 32-bit integer",
    u64 => "an unsigned 64-bit integer",
}

impl Decode for f64 {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        value
            .as_f64()
            .map_or_else(|| forgive::float(&value, "a number"), Ok)
    }
}

impl Encode for f64 {
    fn encode(&self) -> Value {
        Number::from_f64(*self).map_or(Value::Null, Value::Number)
    }
}

impl Decode for Date {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        // The parser takes date-times too, whose time would be lost.
        let exact = value.as_str().filter(|text| text.len() == 10);
        let date = exact.and_then(|text| text.parse().ok());
        date.map_or_else(|| forgive::date(&value, "a date (RFC 3339 full-date)"), Ok)
    }
}

impl Encode for Date {
    fn encode(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl Decode for Uuid {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let uuid = value.as_str().and_then(|text| text.parse().ok());
        uuid.map_or_else(|| forgive::uuid(&value, "a UUID"), Ok)
    }
}

impl Encode for Uuid {
    fn encode(&self) -> Value {
        Value::String(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_accept_integral_floats() {
        assert_eq!(i64::decode(json!(3.0)).unwrap(), 3);
        assert_eq!(i32::decode(json!(-7)).unwrap(), -7);
        assert_eq!(u64::decode(json!(u64::MAX)).unwrap(), u64::MAX);
        assert!(i64::decode(json!(3.5)).is_err());
        assert!(i64::decode(json!(1e30)).is_err());
        assert!(i32::decode(json!(3_000_000_000_i64)).is_err());
        assert!(u32::decode(json!(-1)).is_err());
    }

    #[test]
    fn strings_are_not_numbers() {
        let error = i64::decode(json!("3")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a 64-bit integer at $, found a string"
        );
        assert!(f64::decode(json!("3")).is_err());
        assert!(String::decode(json!(3)).is_err());
        assert!(bool::decode(json!("true")).is_err());
    }

    #[test]
    fn numbers_that_json_cannot_say_become_null() {
        assert_eq!(f64::NAN.encode(), Value::Null);
        assert_eq!(f64::INFINITY.encode(), Value::Null);
        assert_eq!(1.5.encode(), json!(1.5));
        assert_eq!(f64::decode(json!(2)).unwrap(), 2.0);
    }

    #[test]
    fn dates_and_uuids_round_trip() {
        let date = Date::decode(json!("2024-02-29")).unwrap();
        assert_eq!(date.encode(), json!("2024-02-29"));
        assert!(Date::decode(json!("2023-02-29")).is_err());
        let uuid = Uuid::decode(json!("67e55044-10b1-426f-9247-bb680e5fe0c8")).unwrap();
        assert_eq!(uuid.encode(), json!("67e55044-10b1-426f-9247-bb680e5fe0c8"));
    }
}
