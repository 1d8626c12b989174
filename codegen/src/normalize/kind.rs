//! The kinds of the canonical form: types, combinators, and the kind that is everything at once.

use openapiv3::{
    AdditionalProperties, AnySchema, ArrayType, BooleanType, IntegerType, NumberType, ObjectType,
    ReferenceOr, Schema, SchemaData, SchemaKind, StringType, Type,
};
use serde_json::{Map, Value};

use super::at::At;
use super::keywords::Keywords;
use super::schema::any_schema;
use super::schema_type::TypeName;
use super::{Dialect, Normalizer};
use crate::diagnostics::Code;

impl Normalizer<'_> {
    /// The kind of a schema whose types don't include null.
    pub(super) fn kind(&mut self, k: &mut Keywords, at: &At<'_>) -> SchemaKind {
        if k.types.len() > 1
            && let Some(kind) = self.choice_of_types(k, at)
        {
            return kind;
        }
        let all_of = !(k.composed.is_empty() && k.all_of.is_empty());
        let is_shaped = k.has_structure() || !k.types.is_empty();
        match (
            is_shaped,
            all_of,
            !k.one_of.is_empty(),
            !k.any_of.is_empty(),
        ) {
            (_, false, false, false) => self.kind_of_type(k, at),
            (false, true, false, false) => {
                let all_of = self.all_of(k, at);
                SchemaKind::AllOf { all_of }
            }
            (false, false, true, false) => {
                let one_of = self.convert_arms(std::mem::take(&mut k.one_of), at);
                SchemaKind::OneOf { one_of }
            }
            (false, false, false, true) => {
                let any_of = self.convert_arms(std::mem::take(&mut k.any_of), at);
                SchemaKind::AnyOf { any_of }
            }
            _ => self.kind_of_all(k, at),
        }
    }

    /// The kind of a schema of several types; none when it has more shape than that, and the choice is composed
    /// with it.
    fn choice_of_types(&mut self, k: &mut Keywords, at: &At<'_>) -> Option<SchemaKind> {
        let mut choice = self.spread_types(k, at);
        let is_alone = !k.has_combinator() && !k.has_structure();
        match choice.pop()? {
            ReferenceOr::Item(only) if is_alone && choice.is_empty() => {
                return Some(only.schema_kind);
            }
            last => choice.push(last),
        }
        let any_of = SchemaKind::AnyOf { any_of: choice };
        if is_alone {
            return Some(any_of);
        }
        k.composed.push(ReferenceOr::Item(undescribed(any_of)));
        None
    }

    /// The kind of a schema that isn't composed.
    pub(super) fn kind_of_type(&mut self, k: &mut Keywords, at: &At<'_>) -> SchemaKind {
        match k.types.single() {
            Some(TypeName::Object) => self.object(k, at),
            Some(TypeName::Array) => self.array(k, at),
            Some(scalar) => scalar_kind(scalar, k),
            None => self.kind_of_all(k, at),
        }
    }

    fn object(&mut self, k: &mut Keywords, at: &At<'_>) -> SchemaKind {
        let properties = self.properties(k, at);
        let additional = k.additional_properties.take();
        let additional_properties = self.additional(additional, k.pattern_properties.take(), at);
        SchemaKind::Type(Type::Object(ObjectType {
            properties,
            required: std::mem::take(&mut k.required),
            additional_properties,
            min_properties: k.min_properties,
            max_properties: k.max_properties,
        }))
    }

    fn array(&mut self, k: &mut Keywords, at: &At<'_>) -> SchemaKind {
        let items = self.items(k, at);
        SchemaKind::Type(Type::Array(ArrayType {
            items,
            min_items: k.min_items,
            max_items: k.max_items,
            unique_items: k.unique_items,
        }))
    }

    /// Everything at once: a schema that is shaped and composed, or neither.
    fn kind_of_all(&mut self, k: &mut Keywords, at: &At<'_>) -> SchemaKind {
        let mut all = Box::new(scalars(k));
        all.all_of = self.all_of(k, at);
        all.one_of = self.convert_arms(std::mem::take(&mut k.one_of), at);
        all.any_of = self.convert_arms(std::mem::take(&mut k.any_of), at);
        all.properties = self.properties(k, at);
        let additional = k.additional_properties.take();
        all.additional_properties = self.additional(additional, k.pattern_properties.take(), at);
        if k.items.is_some() || k.prefix_items.is_some() || k.types.contains(TypeName::Array) {
            all.items = self.items(k, at);
        }
        SchemaKind::Any(*all)
    }

    /// The properties; those that depend on others come last.
    fn properties(
        &mut self,
        k: &mut Keywords,
        at: &At<'_>,
    ) -> indexmap::IndexMap<String, ReferenceOr<Box<Schema>>> {
        let at = at.key("properties");
        let property = |(name, value): (String, Value)| {
            let schema = self.boxed_schema(value, &at.key(&name));
            (name, schema)
        };
        let properties = k.properties.take().unwrap_or_default();
        let mut properties: indexmap::IndexMap<_, _> =
            properties.into_iter().map(property).collect();
        for (name, schema) in std::mem::take(&mut k.conditional) {
            properties.entry(name).or_insert(schema);
        }
        properties
    }

    /// The items of an array. Positions of a tuple become the arms of a `oneOf`, in order; those of a list with more items, arms
    /// of an `anyOf` before that of the rest.
    fn items(&mut self, k: &mut Keywords, at: &At<'_>) -> Option<ReferenceOr<Box<Schema>>> {
        let items = k.items.take();
        let additional = k.additional_items.take();
        if let Some((keyword, positions)) = k.prefix_items.take() {
            let rest = match items {
                Some(items) => Some(("items", items)),
                None => additional.map(|items| ("additionalItems", items)),
            };
            let rest =
                rest.filter(|(_, rest)| rest.as_object().is_some_and(|rest| !rest.is_empty()));
            let mut arms = self.positions(positions, &at.key(keyword));
            let Some((keyword, rest)) = rest else {
                let tuple = SchemaKind::OneOf { one_of: arms };
                return Some(ReferenceOr::boxed_item(undescribed(tuple)));
            };
            push_unboxed(&mut arms, self.boxed_schema(rest, &at.key(keyword)));
            let list = SchemaKind::AnyOf { any_of: arms };
            return Some(ReferenceOr::boxed_item(undescribed(list)));
        }
        if let Some(items) = items {
            return Some(self.boxed_schema(items, &at.key("items")));
        }
        if self.dialect < Dialect::OpenApi31 {
            let message = "an array without `items`; items may be anything";
            self.diagnostics
                .warn(Code::SchemaTypeMissing, &at.pointer(), message);
        }
        Some(any_item())
    }

    fn positions(&mut self, positions: Vec<Value>, at: &At<'_>) -> Vec<ReferenceOr<Schema>> {
        let mut arms = Vec::with_capacity(positions.len() + 1);
        for (index, value) in positions.into_iter().enumerate() {
            push_unboxed(&mut arms, self.boxed_schema(value, &at.index(index)));
        }
        arms
    }

    /// `additionalProperties`, with the schemas of `patternProperties`: 3.0 has no patterns for names.
    fn additional(
        &mut self,
        additional: Option<Value>,
        patterns: Option<Map<String, Value>>,
        at: &At<'_>,
    ) -> Option<AdditionalProperties> {
        let mut arms = Vec::new();
        {
            let at = at.key("patternProperties");
            for (pattern, value) in patterns.unwrap_or_default() {
                push_unboxed(&mut arms, self.boxed_schema(value, &at.key(&pattern)));
            }
        }
        let at = at.key("additionalProperties");
        match additional {
            None | Some(Value::Null) if arms.is_empty() => return None,
            None | Some(Value::Null | Value::Bool(false)) if !arms.is_empty() => {}
            Some(Value::Bool(allowed)) => return Some(AdditionalProperties::Any(allowed)),
            Some(Value::Object(members)) if members.is_empty() => {
                return Some(AdditionalProperties::Any(true));
            }
            Some(value @ Value::Object(_)) => {
                push_unboxed(&mut arms, self.boxed_schema(value, &at));
            }
            Some(other) => return Some(AdditionalProperties::Any(self.boolean(&other, &at))),
            None => {}
        }
        union_of(arms).map(AdditionalProperties::Schema)
    }
}

/// Adds a schema to the arms of a combinator. On its own, so that no schema lies on the stack of a recursion.
pub(super) fn push_unboxed(arms: &mut Vec<ReferenceOr<Schema>>, schema: ReferenceOr<Box<Schema>>) {
    arms.push(schema.unbox());
}

/// A schema of a kind, without a description.
fn undescribed(schema_kind: SchemaKind) -> Schema {
    Schema {
        schema_data: SchemaData::default(),
        schema_kind,
    }
}

fn any_item() -> ReferenceOr<Box<Schema>> {
    ReferenceOr::boxed_item(any_schema())
}

/// The only arm, or the choice between several.
fn union_of(mut arms: Vec<ReferenceOr<Schema>>) -> Option<Box<ReferenceOr<Schema>>> {
    let last = arms.pop()?;
    if arms.is_empty() {
        return Some(Box::new(last));
    }
    arms.push(last);
    let any_of = undescribed(SchemaKind::AnyOf { any_of: arms });
    Some(Box::new(ReferenceOr::Item(any_of)))
}

/// The keywords of a schema of every kind, except those that hold schemas.
fn scalars(k: &mut Keywords) -> AnySchema {
    AnySchema {
        typ: k.types.single().map(|name| name.as_str().to_owned()),
        required: std::mem::take(&mut k.required),
        enumeration: k.enumeration.take().unwrap_or_default(),
        format: k.format.take(),
        pattern: k.pattern.take(),
        multiple_of: k.multiple_of,
        minimum: k.minimum,
        maximum: k.maximum,
        exclusive_minimum: k.exclusive_minimum.then_some(true),
        exclusive_maximum: k.exclusive_maximum.then_some(true),
        min_length: k.min_length,
        max_length: k.max_length,
        min_items: k.min_items,
        max_items: k.max_items,
        unique_items: k.unique_items.then_some(true),
        min_properties: k.min_properties,
        max_properties: k.max_properties,
        ..AnySchema::default()
    }
}

fn scalar_kind(name: TypeName, k: &mut Keywords) -> SchemaKind {
    SchemaKind::Type(match name {
        TypeName::Integer => Type::Integer(integer_type(k)),
        TypeName::Number => Type::Number(number_type(k)),
        TypeName::Boolean => Type::Boolean(boolean_type(k)),
        _ => Type::String(string_type(k)),
    })
}

fn boolean_type(k: &mut Keywords) -> BooleanType {
    let values = k.enumeration.take().unwrap_or_default();
    BooleanType {
        enumeration: values.iter().map(Value::as_bool).collect(),
    }
}

fn string_type(k: &mut Keywords) -> StringType {
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    StringType {
        format: k.format.take().into(),
        pattern: k.pattern.take(),
        enumeration: k
            .enumeration
            .take()
            .unwrap_or_default()
            .into_iter()
            .map(text)
            .collect(),
        min_length: k.min_length,
        max_length: k.max_length,
    }
}

fn integer_type(k: &mut Keywords) -> IntegerType {
    // 2^63, which no signed integer of 64 bits holds; nor does `maximum` here.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let is_beyond = k.maximum.is_some_and(|most| most >= BEYOND);
    let is_natural = k.minimum.is_some_and(|least| least >= 0.0);
    // A value of the document's own says more than a bound, which is often the largest that somebody could think of.
    let may_be_natural = k.minimum.is_none_or(|least| least >= 0.0);
    let is_large = |value: &Value| {
        value
            .as_u64()
            .is_some_and(|value| i64::try_from(value).is_err())
    };
    let has_large = [&k.default, &k.example].into_iter().flatten().any(is_large);
    if k.format.is_none() && (is_beyond && is_natural || has_large && may_be_natural) {
        k.format = Some("uint64".to_owned());
    }
    let integer = |number: Option<f64>| {
        number
            .filter(|n| n.fract() == 0.0 && n.abs() < 9.2e18)
            .map(|n| n as i64)
    };
    IntegerType {
        format: k.format.take().into(),
        multiple_of: integer(k.multiple_of),
        exclusive_minimum: k.exclusive_minimum,
        exclusive_maximum: k.exclusive_maximum,
        minimum: integer(k.minimum),
        maximum: integer(k.maximum),
        enumeration: k
            .enumeration
            .take()
            .unwrap_or_default()
            .iter()
            .map(Value::as_i64)
            .collect(),
    }
}

fn number_type(k: &mut Keywords) -> NumberType {
    NumberType {
        format: k.format.take().into(),
        multiple_of: k.multiple_of,
        exclusive_minimum: k.exclusive_minimum,
        exclusive_maximum: k.exclusive_maximum,
        minimum: k.minimum,
        maximum: k.maximum,
        enumeration: k
            .enumeration
            .take()
            .unwrap_or_default()
            .iter()
            .map(Value::as_f64)
            .collect(),
    }
}
