//! Enums: lists of strings or integers that the server may extend.

use std::collections::HashSet;

use openapiv3::SchemaData;
use serde_json::Value;

use super::Lowering;
use super::names::Scope;
use super::schema::Lowered;
use crate::model::{EnumValue, IntegerEnum, ModelKind, Scalar, StringEnum, Type};

/// Above this a list of values is data, not an enum that someone matches on.
const MAX_VALUES: usize = 2_000;

impl<'a> Lowering<'a> {
    /// An enum of strings; too many values, or just one, make a plain string.
    pub fn string_enum<'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v str>,
        data: &SchemaData,
    ) -> Lowered {
        let mut seen = HashSet::new();
        let values: Vec<&str> = values
            .into_iter()
            .filter(|value| seen.insert(*value))
            .collect();
        // One value is a constant: a type for it says nothing, and documents have thousands of them.
        if values.len() < 2 || values.len() > MAX_VALUES {
            return Lowered::Type(Type::STRING);
        }
        let labels = Labels::new(data);
        let mut scope = Scope::variants();
        let values = values
            .into_iter()
            .enumerate()
            .map(|(index, value)| EnumValue {
                wire: value.to_owned(),
                name: scope.claim_type(labels.name(index, value).unwrap_or(value)),
                description: labels.description(index, value),
            });
        Lowered::Model(ModelKind::StringEnum(StringEnum {
            values: values.collect(),
        }))
    }

    /// An enum of integers.
    pub fn integer_enum(
        &mut self,
        values: impl IntoIterator<Item = i64>,
        data: &SchemaData,
    ) -> Lowered {
        let mut seen = HashSet::new();
        let values: Vec<i64> = values
            .into_iter()
            .filter(|value| seen.insert(*value))
            .collect();
        if values.is_empty() || values.len() > MAX_VALUES {
            return Lowered::Type(Type::Scalar(Scalar::I64));
        }
        let labels = Labels::new(data);
        let mut scope = Scope::variants();
        let values = values.into_iter().enumerate().map(|(index, value)| {
            let text = value.to_string();
            EnumValue {
                wire: value,
                name: scope.claim_type(labels.name(index, &text).unwrap_or(&text)),
                description: labels.description(index, &text),
            }
        });
        Lowered::Model(ModelKind::IntegerEnum(IntegerEnum {
            values: values.collect(),
        }))
    }

    /// An enum whose values are of any type.
    pub fn mixed_enum(&mut self, values: &'a [Value], data: &SchemaData) -> Lowered {
        let present = || values.iter().filter(|value| !value.is_null());
        if present().all(Value::is_string) {
            return self.string_enum(present().filter_map(Value::as_str), data);
        }
        if present().all(Value::is_i64) {
            return self.integer_enum(present().filter_map(Value::as_i64), data);
        }
        if present().all(Value::is_boolean) {
            return Lowered::Type(Type::Scalar(Scalar::Bool));
        }
        if present().all(Value::is_number) {
            return Lowered::Type(Type::Scalar(Scalar::F64));
        }
        Lowered::Type(Type::Value)
    }
}

/// Longer labels are sentences.
const MAX_LABEL: usize = 48;

/// Names and descriptions of values, as the common extensions give them.
struct Labels<'d> {
    names: Option<&'d Vec<Value>>,
    descriptions: Option<&'d Value>,
    /// AutoRest's `x-ms-enum` or Power Platform's `x-ms-enum-values`, whose entries carry value, name and description.
    entries: Option<&'d Vec<Value>>,
}

impl<'d> Labels<'d> {
    fn new(data: &'d SchemaData) -> Self {
        let get = |names: &[&str]| names.iter().find_map(|name| data.extensions.get(*name));
        Self {
            names: get(&["x-enum-varnames", "x-enumNames", "x-enum-names"])
                .and_then(Value::as_array),
            descriptions: get(&["x-enum-descriptions", "x-enumDescriptions"]),
            entries: get(&["x-ms-enum"])
                .and_then(|value| value.get("values"))
                .or(get(&["x-ms-enum-values"]))
                .and_then(Value::as_array),
        }
    }

    fn entry(&self, value: &str) -> Option<&'d Value> {
        self.entries?.iter().find(|entry| match entry.get("value") {
            Some(Value::String(text)) => text == value,
            Some(Value::Number(number)) => number.to_string() == value,
            _ => false,
        })
    }

    fn name(&self, index: usize, value: &str) -> Option<&'d str> {
        let named = self
            .names
            .and_then(|names| names.get(index))
            .and_then(Value::as_str);
        named
            .or_else(|| self.entry(value)?.get("name")?.as_str())
            .or_else(|| self.title(value))
            .filter(|name| name.contains(char::is_alphanumeric) && name.len() <= MAX_LABEL)
    }

    /// What people see in place of the value.
    fn title(&self, value: &str) -> Option<&'d str> {
        self.entry(value)?.get("displayName")?.as_str()
    }

    fn description(&self, index: usize, value: &str) -> Option<String> {
        let described = match self.descriptions {
            Some(Value::Array(list)) => list.get(index),
            Some(Value::Object(map)) => map.get(value),
            _ => None,
        };
        described
            .or_else(|| self.entry(value)?.get("description"))
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty())
            .or_else(|| self.title(value))
            .map(str::to_owned)
    }
}
