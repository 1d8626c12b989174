//! Keywords of JSON Schema 2020-12 that 3.0 has no place for: what they say about values is kept in extensions.
//!
//! | keyword | extension |
//! |---|---|
//! | `not`, `if`, `then`, `else`, `contains`, `propertyNames` | `x-connector-not` and so on, `x-connector-property-names`: a canonical schema |
//! | `contentSchema` | `x-connector-content-schema`: a reference to a component |
//! | `unevaluatedProperties`, `unevaluatedItems` beside a combinator | `x-connector-unevaluated-properties`, `x-connector-unevaluated-items`: a canonical schema |
//! | `dependentSchemas` | `x-connector-dependent-schemas`: canonical schemas by property |
//! | `dependentRequired` | `x-connector-dependent-required`: lists of names by property |
//! | `minContains`, `maxContains` | `x-connector-min-contains`, `x-connector-max-contains` |
//! | `contentMediaType`, `contentEncoding` | `x-connector-content-media-type`, `x-connector-content-encoding` |
//! | `enum`, `const` of lists and objects | `x-connector-enum` |
//! | `patternProperties` | `x-connector-patterns`: the patterns. `additionalProperties` is a choice between their schemas, in order, and the source's own `additionalProperties`; it is no choice if there is one only |
//! | `additionalProperties: false` beside patterns, `items: false` beside positions | `x-connector-closed` |
//! | `items` beside `prefixItems` | `x-connector-prefix`: the number of positions. `items` is a choice between their schemas, in order, and that of the rest |
//!
//! A schema below such a keyword keeps its own only so many levels deep.

use indexmap::IndexMap;
use openapiv3::{ReferenceOr, Schema, SchemaKind, Type};
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use super::keywords::Keywords;
use crate::diagnostics::Code;

/// How many of these keywords may be nested: each level is written once more by the one above.
const MAX_NESTED: usize = 8;

/// Properties that an object may have, depending on its other properties.
pub(super) type Conditional = IndexMap<String, ReferenceOr<Box<Schema>>>;

impl Normalizer<'_> {
    /// Reads an assertion; gives back the value of a keyword that is none.
    pub(super) fn assertion_keyword(
        &mut self,
        k: &mut Keywords,
        key: &str,
        value: Value,
        at: &At<'_>,
    ) -> Option<Value> {
        match key {
            "not" | "if" | "contains" | "propertyNames" => {
                self.ignored_keyword(key, at);
                self.keep_schema(k, key, value, at);
            }
            "contentSchema" => self.content_schema(k, value, at),
            "then" | "else" => self.branch(k, key, value, at),
            "unevaluatedProperties" => k.unevaluated_properties = Some(value),
            "unevaluatedItems" => k.unevaluated_items = Some(value),
            "dependentSchemas" => self.dependent_schemas(k, value, at),
            "dependentRequired" => self.dependent_required(k, value, at),
            "dependencies" => self.dependencies(k, value, at),
            "minContains" | "maxContains" => {
                if let Some(count) = self.count(&value, at) {
                    k.extensions.insert(extension(key), count.into());
                }
            }
            // What could be resolved is a plain reference by now.
            "$dynamicRef" | "$recursiveRef" => self.ignored_keyword(key, at),
            _ => return Some(value),
        }
        None
    }

    fn ignored_keyword(&mut self, key: &str, at: &At<'_>) {
        let message = format!("`{key}` does not affect the generated types");
        self.diagnostics
            .note(Code::SchemaKeywordIgnored, &at.pointer(), message);
    }

    /// Reads a schema that only says which values are allowed; none when it is nested too deep to be kept.
    fn assertion(&mut self, value: Value, at: &At<'_>) -> Option<ReferenceOr<Box<Schema>>> {
        if self.assertions >= MAX_NESTED {
            return None;
        }
        self.assertions += 1;
        let schema = self.boxed_schema(value, at);
        self.assertions -= 1;
        Some(schema)
    }

    /// The schema of the JSON in a string. It is a component, since the data of events is of its type; elsewhere, the string stays one.
    fn content_schema(&mut self, k: &mut Keywords, value: Value, at: &At<'_>) {
        self.ignored_keyword("contentSchema", at);
        if self.assertions >= MAX_NESTED {
            return;
        }
        self.assertions += 1;
        let wanted = format!("{}Content", self.owner);
        let reference = self.schema_component(value, &wanted, at);
        self.assertions -= 1;
        k.extensions.insert(
            extension("contentSchema"),
            serde_json::json!({ "$ref": reference }),
        );
    }

    fn keep_schema(&mut self, k: &mut Keywords, key: &str, value: Value, at: &At<'_>) {
        if let Some(schema) = self.assertion(value, at) {
            keep(k, key, &schema);
        }
    }

    /// `then` and `else`: their properties are optional ones of the object.
    fn branch(&mut self, k: &mut Keywords, key: &str, value: Value, at: &At<'_>) {
        let names = typed_properties(&value);
        if let Some(schema) = self.assertion(value, at) {
            keep(k, key, &schema);
            self.offer(k, &schema, &names);
        }
        if names.is_empty() || self.assertions > 0 {
            self.ignored_keyword(key, at);
        } else {
            let message =
                format!("the properties of `{key}` are optional, whatever the condition says");
            self.diagnostics
                .note(Code::SchemaKeywordIgnored, &at.pointer(), message);
        }
    }

    fn dependent_schemas(&mut self, k: &mut Keywords, value: Value, at: &At<'_>) {
        let mut kept = Map::new();
        for (property, value) in self.mapping(value, at) {
            let at = at.key(&property);
            let names = typed_properties(&value);
            let Some(schema) = self.assertion(value, &at) else {
                continue;
            };
            self.offer(k, &schema, &names);
            if let Ok(schema) = serde_json::to_value(&schema) {
                kept.insert(property, schema);
            }
        }
        let message = "the properties of `dependentSchemas` are optional, whatever they depend on";
        self.diagnostics
            .note(Code::SchemaKeywordIgnored, &at.pointer(), message);
        if !kept.is_empty() {
            let key = extension("dependentSchemas");
            k.extensions.insert(key, Value::Object(kept));
        }
    }

    fn dependent_required(&mut self, k: &mut Keywords, value: Value, at: &At<'_>) {
        self.ignored_keyword("dependentRequired", at);
        let mut kept = Map::new();
        for (property, value) in self.mapping(value, at) {
            let names = self.strings(value, &at.key(&property));
            kept.insert(property, names.into());
        }
        if !kept.is_empty() {
            let key = extension("dependentRequired");
            k.extensions.insert(key, Value::Object(kept));
        }
    }

    /// `dependencies` of older drafts is both in one.
    fn dependencies(&mut self, k: &mut Keywords, value: Value, at: &At<'_>) {
        let members = self.mapping(value, at);
        let (names, schemas): (Map<_, _>, Map<_, _>) =
            members.into_iter().partition(|(_, value)| value.is_array());
        if !names.is_empty() {
            self.dependent_required(k, Value::Object(names), at);
        }
        if !schemas.is_empty() {
            self.dependent_schemas(k, Value::Object(schemas), at);
        }
    }

    /// Makes properties of a conditional schema optional ones of the object. Not below another: what is there is written once
    /// more by the keyword above.
    fn offer(&mut self, k: &mut Keywords, schema: &ReferenceOr<Box<Schema>>, names: &[String]) {
        let ReferenceOr::Item(schema) = schema else {
            return;
        };
        let properties = match &schema.schema_kind {
            SchemaKind::Type(Type::Object(object)) => &object.properties,
            SchemaKind::Any(any) => &any.properties,
            _ => return,
        };
        if self.assertions > 0 {
            return;
        }
        for name in names {
            if let Some(property) = properties.get(name) {
                let known = k.conditional.entry(name.clone());
                known.or_insert_with(|| property.clone());
            }
        }
    }

    /// `unevaluatedProperties` and `unevaluatedItems`: without a combinator they say what `additionalProperties` and `items`
    /// would; beside one they are kept.
    pub(super) fn settle_unevaluated(&mut self, k: &mut Keywords, at: &At<'_>) {
        let is_plain = !k.has_combinator() && k.reference.is_none() && k.conditional.is_empty();
        if let Some(value) = k.unevaluated_properties.take() {
            if is_plain && k.additional_properties.is_none() {
                k.additional_properties = Some(value);
            } else if allows_less(&value) {
                let at = at.key("unevaluatedProperties");
                self.ignored_keyword("unevaluatedProperties", &at);
                self.keep_schema(k, "unevaluatedProperties", value, &at);
            }
        }
        if let Some(value) = k.unevaluated_items.take() {
            if is_plain && k.items.is_none() {
                k.items = Some(value);
            } else if allows_less(&value) {
                let at = at.key("unevaluatedItems");
                self.ignored_keyword("unevaluatedItems", &at);
                self.keep_schema(k, "unevaluatedItems", value, &at);
            }
        }
    }
}

/// Whether a schema says anything.
fn allows_less(schema: &Value) -> bool {
    match schema {
        Value::Bool(allowed) => !allowed,
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

/// Keeps a schema as the extension for a keyword.
fn keep(k: &mut Keywords, key: &str, schema: &ReferenceOr<Box<Schema>>) {
    // Maps have text for keys here, so this cannot fail.
    if let Ok(schema) = serde_json::to_value(schema) {
        k.extensions.insert(extension(key), schema);
    }
}

/// The names of the properties of a conditional schema that say what type they have. Others only narrow properties that are
/// declared elsewhere.
fn typed_properties(value: &Value) -> Vec<String> {
    let properties = value.get("properties").and_then(Value::as_object);
    let is_typed = |property: &Value| {
        let has = |key: &str| property.get(key).is_some();
        (has("type") || has("$ref")) && !has("const") && !has("enum")
    };
    properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| is_typed(property))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The extension for a keyword: `x-connector-dependent-required`.
pub(super) fn extension(keyword: &str) -> String {
    let mut name = "x-connector-".to_owned();
    for letter in keyword.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
