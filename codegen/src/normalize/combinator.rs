//! `allOf`, `oneOf`, `anyOf`, and several types in one schema.

use openapiv3::{ReferenceOr, Schema, SchemaData};
use serde_json::Value;

use super::Normalizer;
use super::at::At;
use super::enumeration::has_type;
use super::keywords::{Arm, Keywords};
use super::kind::push_unboxed;
use super::schema::mark_shape;
use super::schema_type::{TypeName, TypeSet};
use crate::diagnostics::Code;

impl Normalizer<'_> {
    /// Takes the arms that only say "or null" out of the combinators.
    pub(super) fn settle_null(&mut self, k: &mut Keywords, at: &At<'_>) {
        let mut had_arms = false;
        let mut had_null = false;
        for arms in [&mut k.one_of, &mut k.any_of] {
            had_arms |= !arms.is_empty();
            let before = arms.len();
            arms.retain(|arm| !is_null(&arm.value));
            had_null |= arms.len() < before;
        }
        // Not what `allOf` means, but a common idiom: the reference, and that it may be null.
        let before = k.all_of.len();
        if before + k.composed.len() > 1 {
            k.all_of.retain(|arm| !is_only_nullable(&arm.value));
            had_null |= k.all_of.len() < before;
        }
        if had_null {
            k.nullable = true;
        }
        if had_null && had_arms && !k.has_combinator() && k.types.is_empty() && !k.has_structure() {
            k.types.insert(TypeName::Null);
        }
        if k.types.contains(TypeName::Null) && k.types.len() == 1 && k.has_combinator() {
            k.types = TypeSet::default();
            k.nullable = true;
            let message = "`type: null` beside a combinator is read as nullable";
            self.diagnostics.note(
                Code::SchemaKeywordIgnored,
                &at.key("type").pointer(),
                message,
            );
        }
    }

    /// A `oneOf` or `anyOf` with one arm offers no choice. An inline arm without company is the schema itself,
    /// returned with the outer description; otherwise the arm is composed like one of `allOf`.
    pub(super) fn only_arm(&mut self, k: &mut Keywords, at: &At<'_>) -> Option<Box<Schema>> {
        let mut singles = Vec::new();
        for arms in [&mut k.one_of, &mut k.any_of] {
            if arms.len() == 1 {
                singles.append(arms);
            }
        }
        if !singles.is_empty() {
            k.discriminator = None;
        }
        let has_company =
            k.has_combinator() || k.has_structure() || !k.types.is_empty() || singles.len() > 1;
        let arm = match singles.pop() {
            Some(Arm {
                keyword,
                index,
                value: Value::Object(members),
            }) if !has_company && !members.contains_key("$ref") => Some((keyword, index, members)),
            Some(other) => {
                singles.push(other);
                None
            }
            None => None,
        };
        k.all_of.append(&mut singles);
        let (keyword, index, members) = arm?;
        let place = at.key(keyword);
        match self.boxed_schema_of(members, &place.index(index)) {
            ReferenceOr::Item(mut schema) => {
                describe(&mut schema.schema_data, k);
                Some(schema)
            }
            ReferenceOr::Reference { reference } => {
                k.composed.push(ReferenceOr::Reference { reference });
                None
            }
        }
    }

    /// All arms of `allOf`.
    pub(super) fn all_of(&mut self, k: &mut Keywords, at: &At<'_>) -> Vec<ReferenceOr<Schema>> {
        let mut all_of = std::mem::take(&mut k.composed);
        all_of.extend(self.convert_arms(std::mem::take(&mut k.all_of), at));
        all_of
    }

    pub(super) fn convert_arms(&mut self, arms: Vec<Arm>, at: &At<'_>) -> Vec<ReferenceOr<Schema>> {
        let mut converted = Vec::with_capacity(arms.len());
        for arm in arms {
            let place = at.key(arm.keyword);
            push_unboxed(
                &mut converted,
                self.boxed_schema(arm.value, &place.index(arm.index)),
            );
        }
        converted
    }

    /// Several types: one arm of `anyOf` for each, with the keywords that concern it. Empty when one type is left,
    /// or when the types say no more than "anything".
    pub(super) fn spread_types(
        &mut self,
        k: &mut Keywords,
        at: &At<'_>,
    ) -> Vec<ReferenceOr<Schema>> {
        // Every integer is a number.
        if k.types.contains(TypeName::Number) {
            k.types = k.types.without(TypeName::Integer);
        }
        if k.types.len() >= TypeSet::ANYTHING && !k.has_structure() {
            k.types = TypeSet::default();
        }
        if k.types.len() < 2 {
            return Vec::new();
        }
        let types = std::mem::take(&mut k.types);
        let values = k.enumeration.take();
        let mut any_of = Vec::with_capacity(types.len());
        for name in types.iter() {
            let mut part = Box::<Keywords>::default();
            part.types = TypeSet::of(name);
            if let Some(values) = &values {
                let of_type: Vec<Value> = values
                    .iter()
                    .filter(|value| has_type(value, name))
                    .cloned()
                    .collect();
                if of_type.is_empty() {
                    continue;
                }
                part.enumeration = Some(of_type);
            }
            move_concerned(k, &mut part, name);
            mark_shape(&mut part);
            let extensions = std::mem::take(&mut part.extensions);
            let schema_kind = self.kind_of_type(&mut part, at);
            any_of.push(ReferenceOr::Item(Schema {
                schema_data: SchemaData {
                    extensions,
                    ..SchemaData::default()
                },
                schema_kind,
            }));
        }
        any_of
    }
}

/// Moves the keywords that concern one type.
fn move_concerned(from: &mut Keywords, to: &mut Keywords, name: TypeName) {
    let is_numeric_format = matches!(
        from.format.as_deref(),
        Some("int32" | "int64" | "float" | "double")
    );
    match name {
        TypeName::String => {
            if !is_numeric_format {
                to.format = from.format.take();
            }
            to.pattern = from.pattern.take();
            to.min_length = from.min_length.take();
            to.max_length = from.max_length.take();
        }
        TypeName::Integer | TypeName::Number => {
            if is_numeric_format {
                to.format = from.format.take();
            }
            to.minimum = from.minimum.take();
            to.maximum = from.maximum.take();
            to.exclusive_minimum = from.exclusive_minimum;
            to.exclusive_maximum = from.exclusive_maximum;
            to.multiple_of = from.multiple_of.take();
        }
        TypeName::Array => {
            to.items = from.items.take();
            to.additional_items = from.additional_items.take();
            to.prefix_items = from.prefix_items.take();
            to.min_items = from.min_items.take();
            to.max_items = from.max_items.take();
            to.unique_items = from.unique_items;
        }
        TypeName::Object => {
            to.properties = from.properties.take();
            to.conditional = std::mem::take(&mut from.conditional);
            to.pattern_properties = from.pattern_properties.take();
            to.additional_properties = from.additional_properties.take();
            to.required = std::mem::take(&mut from.required);
            to.min_properties = from.min_properties.take();
            to.max_properties = from.max_properties.take();
        }
        TypeName::Boolean | TypeName::Null => {}
    }
}

/// Whether a schema allows nothing but null.
fn is_null(schema: &Value) -> bool {
    let Value::Object(members) = schema else {
        return false;
    };
    if is_only_nullable(schema) {
        return true;
    }
    match (
        members.get("type"),
        members.get("enum"),
        members.get("const"),
    ) {
        (Some(Value::String(name)), _, _) => name == "null",
        (Some(Value::Array(names)), _, _) => names.len() == 1 && names[0] == "null",
        (None, Some(Value::Array(values)), _) => values.len() == 1 && values[0].is_null(),
        (None, None, Some(value)) => value.is_null(),
        (Some(Value::Null), None, None) => members.len() == 1,
        _ => false,
    }
}

/// Whether a schema says `nullable: true` and nothing about values: an idiom of 3.0, which has no null type.
fn is_only_nullable(schema: &Value) -> bool {
    let Value::Object(members) = schema else {
        return false;
    };
    let is_annotation = |key: &String| {
        matches!(
            key.as_str(),
            "nullable" | "description" | "title" | "example"
        )
    };
    members.get("nullable") == Some(&Value::Bool(true)) && members.keys().all(is_annotation)
}

/// Puts an outer description over an inner one.
fn describe(inner: &mut SchemaData, outer: &mut Keywords) {
    let outer = super::schema::schema_data(outer);
    inner.nullable |= outer.nullable;
    inner.read_only |= outer.read_only;
    inner.write_only |= outer.write_only;
    inner.deprecated |= outer.deprecated;
    inner.title = outer.title.or(inner.title.take());
    inner.description = outer.description.or(inner.description.take());
    inner.default = outer.default.or(inner.default.take());
    inner.example = outer.example.or(inner.example.take());
    inner.external_docs = outer.external_docs.or(inner.external_docs.take());
    inner.extensions.extend(outer.extensions);
}
