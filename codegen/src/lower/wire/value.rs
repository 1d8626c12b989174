//! Values as the styles of OpenAPI tell them apart.

use serde_json::{Number, Value};

/// A value, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parts {
    /// A string, number or boolean.
    One(String),
    /// An array.
    List(Vec<String>),
    /// An object.
    Members(Vec<(String, String)>),
    /// An array or object with arrays or objects in it, for which no style has a form.
    Deep,
}

impl Parts {
    /// `None` for what RFC 6570, section 2.3 calls undefined: null, a list without items, an object without members. Null
    /// inside is ignored there as well.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let flat = |value: &Value| !value.is_array() && !value.is_object();
        match value {
            Value::Null => None,
            Value::Array(items) if !items.iter().all(flat) => Some(Self::Deep),
            Value::Array(items) => {
                let items = items.iter().filter(|item| !item.is_null());
                let items: Vec<_> = items.map(text).collect();
                (!items.is_empty()).then_some(Self::List(items))
            }
            Value::Object(members) if !members.values().all(flat) => Some(Self::Deep),
            Value::Object(members) => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                let members: Vec<_> = members
                    .map(|(name, value)| (name.clone(), text(value)))
                    .collect();
                (!members.is_empty()).then_some(Self::Members(members))
            }
            scalar => Some(Self::One(text(scalar))),
        }
    }
}

/// A scalar as text (OpenAPI 3.0.4, appendix B: how is left to us). Whole numbers have no fraction.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Number(number) => number_text(number),
        other => other.to_string(),
    }
}

fn number_text(number: &Number) -> String {
    let text = number.to_string();
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) if whole.len() < 16 => whole.to_owned(),
        _ => text,
    }
}

/// A value in a media type: text for text, JSON for everything else.
pub(super) fn content(media_type: &str, value: &Value) -> String {
    if media_type.trim_start().starts_with("text/") {
        text(value)
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_undefined_is_not_sent() {
        for value in [json!(null), json!([]), json!({}), json!([null])] {
            assert_eq!(Parts::of(&value), None);
        }
        assert_eq!(Parts::of(&json!("")), Some(Parts::One(String::new())));
        assert_eq!(Parts::of(&json!([[1]])), Some(Parts::Deep));
    }

    #[test]
    fn whole_numbers_have_no_fraction() {
        assert_eq!(text(&json!(5.0)), "5");
        assert_eq!(text(&json!(0.5)), "0.5");
        assert_eq!(text(&json!(true)), "true");
    }
}
