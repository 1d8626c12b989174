//! The three shapes of a value that styles tell apart.

use serde_json::{Number, Value};

/// A value taken apart for a style.
#[derive(Debug, PartialEq)]
pub(crate) enum Parts {
    Scalar(String),
    List(Vec<String>),
    Members(Vec<(String, String)>),
}

impl Parts {
    /// `None` for what RFC 6570 section 2.3 calls undefined: null, and lists and objects without content. Nulls inside are left
    /// out. Deeper levels, for which no style but `deepObject` has a form, are written as JSON.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Array(items) => {
                let items: Vec<_> = items
                    .iter()
                    .filter(|item| !item.is_null())
                    .map(scalar_text)
                    .collect();
                (!items.is_empty()).then_some(Self::List(items))
            }
            Value::Object(members) => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                let members: Vec<_> = members
                    .map(|(name, value)| (name.clone(), scalar_text(value)))
                    .collect();
                (!members.is_empty()).then_some(Self::Members(members))
            }
            scalar => Some(Self::Scalar(scalar_text(scalar))),
        }
    }
}

/// A scalar as people write it; anything else as JSON.
pub(crate) fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Number(number) => number_text(number),
        other => other.to_string(),
    }
}

/// Whole floats lose their `.0`: many servers parse an integer where the document says `number`.
fn number_text(number: &Number) -> String {
    // Up to here every integer has a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
            (float as i64).to_string()
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_floats_lose_their_fraction() {
        let cases = [
            (json!(5.0), "5"),
            (json!(-0.0), "0"),
            (json!(0.1), "0.1"),
            (json!(u64::MAX), "18446744073709551615"),
        ];
        for (value, expected) in cases {
            assert_eq!(scalar_text(&value), expected);
        }
        assert_eq!(scalar_text(&json!(1e300)), "1e+300");
        assert_eq!(scalar_text(&json!(true)), "true");
    }

    #[test]
    fn nothing_is_undefined() {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!([null]),
            json!({"a": null}),
        ] {
            assert_eq!(Parts::of(&value), None);
        }
        assert_eq!(Parts::of(&json!("")), Some(Parts::Scalar(String::new())));
    }
}
