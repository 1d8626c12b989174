//! Whether a value is an instance of a canonical schema.

use std::borrow::Borrow;

use openapiv3::{
    AdditionalProperties, AnySchema, ArrayType, NumberType, ObjectType, OpenAPI, ReferenceOr,
    Schema, SchemaKind, StringType, Type, VariantOrUnknownOrEmpty,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::kinds::Kinds;
use super::node::Node;
use super::work::{VALUES_PER_STEP, Work};
use super::{Direction, assertion, format};

/// How deep schemas may lead into each other without going down in the value.
const MAX_DEPTH: usize = 300;

/// One check.
pub(super) struct Check<'a, 'w> {
    pub(super) document: &'a OpenAPI,
    direction: Direction,
    pub(super) work: &'w Work<'w>,
    depth: usize,
}

impl<'a, 'w> Check<'a, 'w> {
    pub(super) fn new(document: &'a OpenAPI, direction: Direction, work: &'w Work<'w>) -> Self {
        Self {
            document,
            direction,
            work,
            depth: 0,
        }
    }

    /// A check of a schema that does not live as long as the document; none, and doubt, where schemas lead too deep.
    pub(super) fn below<'b>(&self) -> Option<Check<'b, 'w>>
    where
        'a: 'b,
    {
        if self.depth >= MAX_DEPTH {
            self.work.doubt();
            return None;
        }
        Some(Check {
            document: self.document,
            direction: self.direction,
            work: self.work,
            depth: self.depth + 1,
        })
    }

    /// Whether `value` is allowed by each of `nodes`.
    pub(super) fn all(&mut self, nodes: &[Node<'a>], value: &Value) -> bool {
        nodes.iter().all(|node| self.node(*node, value))
    }

    fn reference<S: Borrow<Schema>>(&mut self, schema: &'a ReferenceOr<S>, value: &Value) -> bool {
        Node::find(self.document, schema).is_none_or(|node| self.node(node, value))
    }

    /// Whether `value` is an instance of the schema. When too much was checked already, it gets the benefit of the doubt.
    pub(super) fn node(&mut self, node: Node<'a>, value: &Value) -> bool {
        let steps = 1 + listed(node.schema) / VALUES_PER_STEP;
        if self.depth > MAX_DEPTH {
            self.work.doubt();
            return true;
        }
        if !self.work.spend(steps) {
            return true;
        }
        self.depth += 1;
        let allows = self.at_depth(node, value);
        self.depth -= 1;
        allows
    }

    fn at_depth(&mut self, node: Node<'a>, value: &Value) -> bool {
        let data = &node.schema.schema_data;
        if value.is_null() && data.nullable {
            return true;
        }
        if node.is_marked("x-connector-never") {
            return false;
        }
        if node.is_marked("x-connector-null") {
            return value.is_null();
        }
        if !self.assertions(node, value) {
            return false;
        }
        match &node.schema.schema_kind {
            SchemaKind::OneOf { one_of } => self.exactly_one(one_of, value),
            SchemaKind::AnyOf { any_of } => any_of.iter().any(|arm| self.reference(arm, value)),
            SchemaKind::AllOf { all_of } => all_of.iter().all(|arm| self.reference(arm, value)),
            SchemaKind::Not { not } => !self.reference(not, value),
            SchemaKind::Type(kind) => self.typed(kind, node, value),
            SchemaKind::Any(any) => self.any(any, node, value),
        }
    }

    fn exactly_one(&mut self, arms: &'a [ReferenceOr<Schema>], value: &Value) -> bool {
        let mut found = 0;
        for arm in arms {
            found += usize::from(self.reference(arm, value));
            if found > 1 {
                return false;
            }
        }
        found == 1
    }

    fn typed(&mut self, kind: &'a Type, node: Node<'a>, value: &Value) -> bool {
        match kind {
            Type::Boolean(boolean) => value.as_bool().is_some_and(|flag| {
                boolean.enumeration.is_empty() || boolean.enumeration.contains(&Some(flag))
            }),
            Type::String(string) => self.string(string, value),
            Type::Number(number) => {
                let format = name_of(&number.format).unwrap_or_default();
                // The registry of formats gives them to numbers: integers all the same.
                let is_integer = format.starts_with("int") || format.starts_with("uint");
                (!is_integer || Kinds::INTEGER.allow(value)) && number_allows(number, value)
            }
            Type::Integer(integer) => {
                let number = NumberType {
                    format: VariantOrUnknownOrEmpty::Empty,
                    multiple_of: integer.multiple_of.map(|n| n as f64),
                    exclusive_minimum: integer.exclusive_minimum,
                    exclusive_maximum: integer.exclusive_maximum,
                    minimum: integer.minimum.map(|n| n as f64),
                    maximum: integer.maximum.map(|n| n as f64),
                    enumeration: Vec::new(),
                };
                let format = name_of(&integer.format);
                let is_listed = integer.enumeration.is_empty()
                    || integer
                        .enumeration
                        .iter()
                        .any(|known| known.map(Value::from).as_ref() == Some(value));
                Kinds::INTEGER.allow(value)
                    && is_listed
                    && number_allows(&number, value)
                    && format::allows_number(format.as_deref(), value)
            }
            Type::Array(array) => self.array(array, node, value),
            Type::Object(object) => self.object(object, node, value),
        }
    }

    fn string(&self, string: &StringType, value: &Value) -> bool {
        let Value::String(text) = value else {
            return false;
        };
        let is_listed = string.enumeration.is_empty()
            || string
                .enumeration
                .iter()
                .flatten()
                .any(|known| known == text);
        is_listed
            && within(text.chars().count(), string.min_length, string.max_length)
            && self.matches(string.pattern.as_deref(), text)
            && format::allows_text(name_of(&string.format).as_deref(), text)
    }

    fn matches(&self, pattern: Option<&str>, text: &str) -> bool {
        pattern.is_none_or(|pattern| self.work.matches(pattern, text) != Some(false))
    }

    fn array(&mut self, array: &'a ArrayType, node: Node<'a>, value: &Value) -> bool {
        let Value::Array(items) = value else {
            return false;
        };
        within(items.len(), array.min_items, array.max_items)
            && !(array.unique_items && has_twins(items))
            && self.items(array.items.as_ref(), node, items)
    }

    fn items(
        &mut self,
        schema: Option<&'a ReferenceOr<Box<Schema>>>,
        node: Node<'a>,
        items: &[Value],
    ) -> bool {
        let Some(item) = schema.and_then(|schema| Node::find(self.document, schema)) else {
            return true;
        };
        if let Some((positions, rest)) = assertion::positions(node, item) {
            let is_closed = assertion::is_closed(node) && items.len() > positions.len();
            return !is_closed
                && items.iter().enumerate().all(|(index, value)| {
                    let arm = positions.get(index).or(rest.first());
                    arm.is_none_or(|arm| self.reference(arm, value))
                });
        }
        items.iter().all(|value| self.node(item, value))
    }

    fn object(&mut self, object: &'a ObjectType, node: Node<'a>, value: &Value) -> bool {
        let Value::Object(members) = value else {
            return false;
        };
        within(members.len(), object.min_properties, object.max_properties)
            && self.has_required(&object.required, &object.properties, members)
            && self.members(
                &object.properties,
                object.additional_properties.as_ref(),
                node,
                members,
            )
    }

    fn has_required(
        &self,
        required: &[String],
        properties: &'a indexmap::IndexMap<String, ReferenceOr<Box<Schema>>>,
        members: &Map<String, Value>,
    ) -> bool {
        required.iter().all(|name| {
            let schema = properties.get(name);
            let node = schema.and_then(|schema| Node::find(self.document, schema));
            members.contains_key(name) || node.is_some_and(|node| self.direction.excludes(node))
        })
    }

    fn members(
        &mut self,
        properties: &'a indexmap::IndexMap<String, ReferenceOr<Box<Schema>>>,
        additional: Option<&'a AdditionalProperties>,
        node: Node<'a>,
        members: &Map<String, Value>,
    ) -> bool {
        members
            .iter()
            .all(|(name, value)| match (properties.get(name), additional) {
                (Some(schema), _) => self.reference(schema, value),
                (None, Some(AdditionalProperties::Any(allowed))) => *allowed,
                (None, Some(additional)) => {
                    match assertion::additional_arm(node, additional, name, self.work) {
                        Some(schema) => self.reference(schema, value),
                        None => !assertion::is_closed(node),
                    }
                }
                (None, None) => true,
            })
    }

    fn any(&mut self, any: &'a AnySchema, node: Node<'a>, value: &Value) -> bool {
        let kinds = any.typ.as_deref().and_then(Kinds::named);
        if kinds.is_some_and(|kinds| !kinds.allow(value))
            || !any.enumeration.is_empty() && !any.enumeration.contains(value)
        {
            return false;
        }
        let fits = match value {
            Value::String(text) => {
                within(text.chars().count(), any.min_length, any.max_length)
                    && self.matches(any.pattern.as_deref(), text)
                    && format::allows_text(any.format.as_deref(), text)
            }
            Value::Number(number) => {
                let bounds = NumberType {
                    format: VariantOrUnknownOrEmpty::Empty,
                    multiple_of: any.multiple_of,
                    exclusive_minimum: any.exclusive_minimum == Some(true),
                    exclusive_maximum: any.exclusive_maximum == Some(true),
                    minimum: any.minimum,
                    maximum: any.maximum,
                    enumeration: Vec::new(),
                };
                number_allows(&bounds, &Value::Number(number.clone()))
            }
            Value::Array(items) => {
                within(items.len(), any.min_items, any.max_items)
                    && !(any.unique_items == Some(true) && has_twins(items))
                    && self.items(any.items.as_ref(), node, items)
            }
            Value::Object(members) => {
                within(members.len(), any.min_properties, any.max_properties)
                    && self.has_required(&any.required, &any.properties, members)
                    && self.members(
                        &any.properties,
                        any.additional_properties.as_ref(),
                        node,
                        members,
                    )
            }
            Value::Null | Value::Bool(_) => true,
        };
        fits && any.all_of.iter().all(|arm| self.reference(arm, value))
            && (any.one_of.is_empty() || self.exactly_one(&any.one_of, value))
            && (any.any_of.is_empty() || any.any_of.iter().any(|arm| self.reference(arm, value)))
            && any
                .not
                .as_ref()
                .is_none_or(|not| !self.reference(not, value))
    }
}

/// How many values a schema lists, which are looked through one after the other.
fn listed(schema: &Schema) -> usize {
    match &schema.schema_kind {
        SchemaKind::Type(Type::String(string)) => string.enumeration.len(),
        SchemaKind::Type(Type::Number(number)) => number.enumeration.len(),
        SchemaKind::Type(Type::Integer(integer)) => integer.enumeration.len(),
        SchemaKind::Any(any) => any.enumeration.len(),
        _ => 0,
    }
}

fn number_allows(schema: &NumberType, value: &Value) -> bool {
    let Some(number) = value.as_f64().filter(|_| value.is_number()) else {
        return false;
    };
    let above = schema
        .minimum
        .is_none_or(|min| number > min || number == min && !schema.exclusive_minimum);
    let below = schema
        .maximum
        .is_none_or(|max| number < max || number == max && !schema.exclusive_maximum);
    let is_listed = schema.enumeration.is_empty() || schema.enumeration.contains(&Some(number));
    above && below && is_listed && schema.multiple_of.is_none_or(|of| is_multiple(number, of))
}

/// Whether a number is a multiple, as far as binary fractions can tell.
pub(super) fn is_multiple(number: f64, of: f64) -> bool {
    if of <= 0.0 || !of.is_finite() {
        return true;
    }
    let times = number / of;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

fn name_of<T: Serialize>(format: &VariantOrUnknownOrEmpty<T>) -> Option<String> {
    match format {
        VariantOrUnknownOrEmpty::Item(known) => match serde_json::to_value(known) {
            Ok(Value::String(name)) => Some(name),
            _ => None,
        },
        VariantOrUnknownOrEmpty::Unknown(name) => Some(name.clone()),
        VariantOrUnknownOrEmpty::Empty => None,
    }
}

fn within(size: usize, min: Option<usize>, max: Option<usize>) -> bool {
    min.is_none_or(|min| size >= min) && max.is_none_or(|max| size <= max)
}

fn has_twins(items: &[Value]) -> bool {
    let mut seen = std::collections::HashSet::with_capacity(items.len());
    !items.iter().all(|item| seen.insert(item.to_string()))
}
