//! `enum` and `const`.

use std::collections::HashSet;

use serde_json::Value;

use super::Normalizer;
use super::at::At;
use super::keywords::Keywords;
use super::schema_type::{TypeName, TypeSet};
use crate::diagnostics::Code;

impl Normalizer<'_> {
    /// The values of `enum`; none when it is empty or no list.
    pub(super) fn enum_keyword(&mut self, value: Value, at: &At<'_>) -> Option<Vec<Value>> {
        let mut values = match value {
            Value::Array(values) => values,
            Value::Null => return None,
            // Names and values, or names and descriptions: the wire values cannot be told.
            other => {
                let message = "`enum` must be a list of values; it is ignored";
                self.diagnostics
                    .warn(Code::EnumInvalid, &at.pointer(), message);
                drop(other);
                return None;
            }
        };
        if values.is_empty() {
            self.diagnostics.warn(
                Code::EnumInvalid,
                &at.pointer(),
                "an empty `enum` allows nothing; it is ignored",
            );
            return None;
        }
        let mut seen = HashSet::with_capacity(values.len());
        values.retain(|value| seen.insert(value.to_string()));
        Some(values)
    }

    /// Makes `enum` and `type` agree: takes `null` out, converts values that lost or gained quotes, adds the type
    /// that all values have.
    pub(super) fn settle_enumeration(&mut self, k: &mut Keywords, at: &At<'_>) {
        let Some(mut values) = k.enumeration.take() else {
            return;
        };
        let before = values.len();
        values.retain(|value| !value.is_null());
        if values.len() < before {
            k.nullable = true;
            if values.is_empty() {
                k.types = TypeSet::of(TypeName::Null);
                return;
            }
        }
        if k.types.is_empty() {
            k.types = common_type(&values).map(TypeSet::of).unwrap_or_default();
        }
        k.enumeration = match k.types.single() {
            Some(TypeName::Array | TypeName::Object) => {
                self.enumeration_of_collection(k, values, at);
                None
            }
            Some(name) => self.values_of_type(k, name, values, at),
            None => Some(values),
        };
    }

    /// Converts the values to a scalar type, or the type to the values when they cannot be converted.
    fn values_of_type(
        &mut self,
        k: &mut Keywords,
        name: TypeName,
        values: Vec<Value>,
        at: &At<'_>,
    ) -> Option<Vec<Value>> {
        if values.iter().all(|value| has_type(value, name)) {
            return Some(values);
        }
        let converted: Option<Vec<Value>> =
            values.iter().map(|value| convert(value, name)).collect();
        let at = at.key("enum");
        if let Some(converted) = converted {
            let message = format!(
                "values of a {} are written differently; they were converted",
                name.as_str()
            );
            self.diagnostics
                .warn(Code::EnumInvalid, &at.pointer(), message);
            return Some(converted);
        }
        k.types = common_type(&values).map(TypeSet::of).unwrap_or_default();
        k.format = None;
        let message = format!(
            "the values do not fit `type: {}`; the type of the values is taken",
            name.as_str()
        );
        self.diagnostics
            .warn(Code::EnumInvalid, &at.pointer(), message);
        Some(values)
    }

    /// An `enum` beside `type: array` almost always lists what the items may be.
    fn enumeration_of_collection(&mut self, k: &mut Keywords, values: Vec<Value>, at: &At<'_>) {
        let at = at.key("enum");
        let are_scalars = values
            .iter()
            .all(|value| !value.is_array() && !value.is_object());
        if let Some(Value::Object(items)) = &mut k.items
            && are_scalars
            && !items.contains_key("enum")
            && !items.contains_key("$ref")
        {
            items.insert("enum".to_owned(), Value::Array(values));
            let message = "`enum` of an array is taken as that of its items";
            self.diagnostics
                .warn(Code::EnumInvalid, &at.pointer(), message);
        } else {
            k.extensions
                .insert("x-connector-enum".to_owned(), Value::Array(values));
            let message = "`enum` of an array or object does not affect the generated types";
            self.diagnostics
                .note(Code::SchemaKeywordIgnored, &at.pointer(), message);
        }
    }
}

/// Whether `value` is of a type.
pub(super) fn has_type(value: &Value, name: TypeName) -> bool {
    match name {
        TypeName::String => value.is_string(),
        TypeName::Integer => value.is_i64() || value.is_u64(),
        TypeName::Number => value.is_number(),
        TypeName::Boolean => value.is_boolean(),
        TypeName::Array => value.is_array(),
        TypeName::Object => value.is_object(),
        TypeName::Null => value.is_null(),
    }
}

fn common_type(values: &[Value]) -> Option<TypeName> {
    [
        TypeName::String,
        TypeName::Integer,
        TypeName::Number,
        TypeName::Boolean,
    ]
    .into_iter()
    .find(|name| values.iter().all(|value| has_type(value, *name)))
}

fn convert(value: &Value, name: TypeName) -> Option<Value> {
    match (name, value) {
        (_, value) if has_type(value, name) => Some(value.clone()),
        (TypeName::String, Value::Number(_) | Value::Bool(_)) => {
            Some(Value::String(value.to_string()))
        }
        (TypeName::Integer, Value::String(text)) => {
            Some(Value::Number(text.trim().parse::<i64>().ok()?.into()))
        }
        (TypeName::Integer, Value::Number(number)) => {
            let number = number
                .as_f64()
                .filter(|number| number.fract() == 0.0 && number.abs() < 9e15)?;
            Some(Value::Number((number as i64).into()))
        }
        (TypeName::Number, Value::String(text)) => {
            serde_json::Number::from_f64(text.trim().parse().ok()?).map(Value::Number)
        }
        (TypeName::Boolean, Value::String(text)) => match text.trim().to_ascii_lowercase().as_str()
        {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}
