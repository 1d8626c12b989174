//! Reading values leniently: what is plainly meant is taken, with a warning.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use crate::diagnostics::Code;

/// Takes the `x-` members out of a mapping.
pub(super) fn extensions(members: &mut Map<String, Value>) -> IndexMap<String, Value> {
    let mut taken = IndexMap::new();
    members.retain(|key, value| {
        let is_extension = key.starts_with("x-");
        if is_extension {
            taken.insert(key.clone(), value.take());
        }
        !is_extension
    });
    taken
}

/// What a value is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

impl Normalizer<'_> {
    /// Warns that a keyword has the wrong type.
    pub(super) fn wrong_type(&mut self, at: &At<'_>, expected: &str, found: &Value) {
        let message = format!("expected {expected}, found {}", kind(found));
        self.diagnostics
            .warn(Code::WrongType, &at.pointer(), message);
    }

    /// Text; a number or boolean that lost its quotes is turned back into text. `null` is like a missing keyword.
    pub(super) fn string(&mut self, value: Value, at: &At<'_>) -> Option<String> {
        match value {
            Value::String(text) => Some(text),
            Value::Null => None,
            Value::Number(_) | Value::Bool(_) => {
                self.wrong_type(at, "a string", &value);
                Some(value.to_string())
            }
            other => {
                self.wrong_type(at, "a string", &other);
                None
            }
        }
    }

    /// A flag; the words `true` and `false` count too.
    pub(super) fn boolean(&mut self, value: &Value, at: &At<'_>) -> bool {
        match value {
            Value::Bool(flag) => *flag,
            Value::Null => false,
            Value::String(text) => {
                self.wrong_type(at, "a boolean", value);
                text.trim().eq_ignore_ascii_case("true")
            }
            other => {
                self.wrong_type(at, "a boolean", other);
                false
            }
        }
    }

    /// A number; text that is a number counts too.
    pub(super) fn number(&mut self, value: &Value, at: &At<'_>) -> Option<f64> {
        match value {
            Value::Number(number) => number.as_f64(),
            Value::Null => None,
            Value::String(text) => {
                self.wrong_type(at, "a number", value);
                text.trim()
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())
            }
            other => {
                self.wrong_type(at, "a number", other);
                None
            }
        }
    }

    /// A length or count.
    pub(super) fn count(&mut self, value: &Value, at: &At<'_>) -> Option<usize> {
        if let Some(count) = value.as_u64() {
            return usize::try_from(count).ok();
        }
        let number = self.number(value, at)?;
        (number >= 0.0 && number.fract() == 0.0 && number < 2e15).then_some(number as usize)
    }

    /// A mapping; anything else is left out with a warning.
    pub(super) fn mapping(&mut self, value: Value, at: &At<'_>) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            other => {
                self.wrong_type(at, "a mapping", &other);
                Map::new()
            }
        }
    }

    /// A list; a single value counts as a list of one.
    pub(super) fn list(&mut self, value: Value, at: &At<'_>) -> Vec<Value> {
        match value {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            other => {
                self.wrong_type(at, "a list", &other);
                vec![other]
            }
        }
    }

    /// A list of texts.
    pub(super) fn strings(&mut self, value: Value, at: &At<'_>) -> Vec<String> {
        let items = self.list(value, at);
        items
            .into_iter()
            .enumerate()
            .filter_map(|(index, item)| self.string(item, &at.index(index)))
            .collect()
    }

    /// The texts of a list that is a member of `members`.
    pub(super) fn strings_at(
        &mut self,
        members: &mut Map<String, Value>,
        key: &str,
        at: &At<'_>,
    ) -> Vec<String> {
        members
            .shift_remove(key)
            .map(|value| self.strings(value, &at.key(key)))
            .unwrap_or_default()
    }

    /// The text that is a member of `members`.
    pub(super) fn string_at(
        &mut self,
        members: &mut Map<String, Value>,
        key: &str,
        at: &At<'_>,
    ) -> Option<String> {
        members
            .shift_remove(key)
            .and_then(|value| self.string(value, &at.key(key)))
    }

    /// The flag that is a member of `members`; absent means false.
    pub(super) fn boolean_at(
        &mut self,
        members: &mut Map<String, Value>,
        key: &str,
        at: &At<'_>,
    ) -> bool {
        members
            .shift_remove(key)
            .is_some_and(|value| self.boolean(&value, &at.key(key)))
    }
}
