//! What several schemas together say about a value: references are followed and `allOf` is merged.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use openapiv3::{
    AdditionalProperties, AnySchema, Discriminator, NumberType, ObjectType, OpenAPI, ReferenceOr,
    Schema, SchemaKind, StringType, Type, VariantOrUnknownOrEmpty,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::assertion;
use super::kinds::Kinds;
use super::node::{Node, component_name};
use super::work::Work;

/// Schemas merged into one are no more than this.
const MAX_MERGED: usize = 500;

/// A bound of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    pub(super) value: f64,
    pub(super) is_exclusive: bool,
}

/// What holds for numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    pub(super) lower: Option<Bound>,
    pub(super) upper: Option<Bound>,
    pub(super) multiples: Vec<f64>,
}

/// What holds for strings, arrays or objects: how much there may be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) min: usize,
    pub(super) max: Option<usize>,
}

/// One schema's properties and what it says about others.
#[derive(Debug, Clone)]
pub(super) struct Members<'a> {
    pub(super) node: Node<'a>,
    pub(super) properties: &'a IndexMap<String, ReferenceOr<Box<Schema>>>,
    pub(super) additional: Option<&'a AdditionalProperties>,
}

/// `oneOf` or `anyOf`.
#[derive(Debug, Clone)]
pub(super) struct Choice<'a> {
    /// The arms as they stand in the document, which tells choices apart.
    pub(super) identity: *const ReferenceOr<Schema>,
    pub(super) is_exclusive: bool,
    pub(super) arms: Vec<Node<'a>>,
    pub(super) discriminator: Option<&'a Discriminator>,
}

/// What schemas say together.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    pub(super) kinds: Kinds,
    /// Whether null is allowed; the outermost schema says.
    pub(super) is_nullable: bool,
    pub(super) is_never: bool,
    pub(super) values: Option<Vec<Value>>,
    pub(super) format: Option<String>,
    pub(super) numbers: Numbers,
    pub(super) length: Size,
    pub(super) patterns: Vec<&'a str>,
    pub(super) count: Size,
    pub(super) is_unique: bool,
    pub(super) items: Vec<Node<'a>>,
    /// The positions of a tuple.
    pub(super) positions: Option<Vec<Node<'a>>>,
    pub(super) members: Vec<Members<'a>>,
    pub(super) required: IndexSet<&'a str>,
    pub(super) member_count: Size,
    pub(super) choices: Vec<Choice<'a>>,
    /// Examples and defaults, which may be wrong.
    pub(super) samples: Vec<&'a Value>,
    /// Properties whose value tells which component this is.
    pub(super) tags: IndexMap<&'a str, String>,
    /// How many schemas were merged.
    pub(super) merged: usize,
}

impl<'a> Shape<'a> {
    /// Merges schemas. The first one is the outermost.
    pub(super) fn of(document: &'a OpenAPI, nodes: &[Node<'a>]) -> Self {
        let mut merge = Merge {
            document,
            shape: Self {
                kinds: Kinds::ALL,
                is_nullable: !nodes.is_empty(),
                ..Self::default()
            },
            seen: HashSet::new(),
            owner: nodes.iter().find_map(|node| node.component),
        };
        for node in nodes {
            merge.shape.is_nullable &= allows_null(document, *node, 0);
            merge.node(*node);
        }
        merge.shape.merged = merge.seen.len();
        merge.shape
    }

    /// The parts that say what a property holds; none when a part does not allow for it.
    pub(super) fn property(
        &self,
        document: &'a OpenAPI,
        name: &str,
        work: &Work<'_>,
    ) -> Option<Vec<Node<'a>>> {
        let mut nodes = Vec::new();
        for part in &self.members {
            match (part.properties.get(name), part.additional) {
                (Some(schema), _) => nodes.extend(Node::find(document, schema)),
                (None, Some(AdditionalProperties::Any(false))) => return None,
                (None, Some(additional @ AdditionalProperties::Schema(_))) => {
                    match assertion::additional_arm(part.node, additional, name, work) {
                        Some(schema) => nodes.extend(Node::find(document, schema)),
                        None if assertion::is_closed(part.node) => return None,
                        None => {}
                    }
                }
                (None, _) => {}
            }
        }
        Some(nodes)
    }

    /// The names of all declared properties, in order.
    pub(super) fn names(&self) -> IndexSet<&'a str> {
        let parts = self.members.iter();
        parts
            .flat_map(|part| part.properties.keys().map(String::as_str))
            .collect()
    }

    /// Whether members of any name may hold anything, and the types have a place for them: the document says so, or nothing
    /// is said about members at all.
    pub(super) fn is_free(&self) -> bool {
        let is_free = |part: &Members<'_>| {
            !assertion::is_closed(part.node)
                && match part.additional {
                    Some(AdditionalProperties::Any(allowed)) => *allowed,
                    Some(AdditionalProperties::Schema(_)) => false,
                    None => true,
                }
        };
        let is_said = |part: &Members<'_>| part.additional.is_some();
        self.members.iter().all(is_free)
            && (self.members.iter().any(is_said) || self.names().is_empty())
    }

    /// Whether members of free names are described.
    pub(super) fn has_additional(&self) -> bool {
        let is_open = |part: &Members<'_>| {
            matches!(
                part.additional,
                Some(AdditionalProperties::Any(true) | AdditionalProperties::Schema(_))
            )
        };
        self.members.iter().any(is_open)
    }
}

/// Whether a schema says that null is a value of it.
fn allows_null(document: &OpenAPI, node: Node<'_>, depth: usize) -> bool {
    let schema = node.schema;
    if schema.schema_data.nullable || node.is_marked("x-connector-null") {
        return true;
    }
    let any = |arms: &[ReferenceOr<Schema>]| {
        depth < 16
            && arms
                .iter()
                .filter_map(|arm| Node::find(document, arm))
                .any(|arm| allows_null(document, arm, depth + 1))
    };
    match &schema.schema_kind {
        SchemaKind::OneOf { one_of: arms } | SchemaKind::AnyOf { any_of: arms } => any(arms),
        SchemaKind::AllOf { all_of } => {
            depth < 16
                && all_of
                    .iter()
                    .filter_map(|arm| Node::find(document, arm))
                    .all(|arm| allows_null(document, arm, depth + 1))
        }
        _ => false,
    }
}

struct Merge<'a> {
    document: &'a OpenAPI,
    shape: Shape<'a>,
    seen: HashSet<*const Schema>,
    /// The component that the value is one of.
    owner: Option<&'a str>,
}

impl<'a> Merge<'a> {
    fn node(&mut self, node: Node<'a>) {
        if self.seen.len() >= MAX_MERGED || !self.seen.insert(node.identity()) {
            return;
        }
        let data = &node.schema.schema_data;
        if let Some(values) = node.extension("x-connector-enum").and_then(Value::as_array) {
            self.values(values.iter().cloned());
        }
        self.shape.is_never |= node.is_marked("x-connector-never");
        if node.is_marked("x-connector-null") {
            self.shape.kinds = Kinds::default();
        }
        self.shape.samples.extend(node.examples());
        self.shape.samples.extend(&data.default);
        let discriminator = data.discriminator.as_ref();
        match &node.schema.schema_kind {
            SchemaKind::OneOf { one_of: arms } => self.choice(true, arms, discriminator),
            SchemaKind::AnyOf { any_of: arms } => self.choice(false, arms, discriminator),
            SchemaKind::AllOf { all_of } => {
                self.all(all_of);
                self.tag(discriminator);
            }
            SchemaKind::Not { .. } => {}
            SchemaKind::Type(kind) => {
                self.typed(kind, node);
                self.tag(discriminator);
            }
            SchemaKind::Any(any) => self.any(any, node, discriminator),
        }
    }

    fn all(&mut self, arms: &'a [ReferenceOr<Schema>]) {
        for arm in arms {
            if let Some(node) = Node::find(self.document, arm) {
                self.node(node);
            }
        }
    }

    fn choice(
        &mut self,
        is_exclusive: bool,
        arms: &'a [ReferenceOr<Schema>],
        discriminator: Option<&'a Discriminator>,
    ) {
        let identity = arms.as_ptr();
        let arms = arms
            .iter()
            .filter_map(|arm| Node::find(self.document, arm))
            .collect();
        self.shape.choices.push(Choice {
            identity,
            is_exclusive,
            arms,
            discriminator,
        });
    }

    /// The discriminator of a base: it says which of those that extend it a value is.
    fn tag(&mut self, discriminator: Option<&'a Discriminator>) {
        if let (Some(discriminator), Some(owner)) = (discriminator, self.owner) {
            let tag = tag_of(discriminator, owner);
            let property = discriminator.property_name.as_str();
            self.shape.tags.entry(property).or_insert(tag);
        }
    }

    fn typed(&mut self, kind: &'a Type, node: Node<'a>) {
        match kind {
            Type::Boolean(boolean) => {
                self.kinds(Kinds::BOOLEAN);
                self.values(
                    boolean
                        .enumeration
                        .iter()
                        .flatten()
                        .map(|value| json!(value)),
                );
            }
            Type::String(string) => self.string(string),
            Type::Number(number) => self.number(number),
            Type::Integer(integer) => {
                self.kinds(Kinds::INTEGER);
                self.format(&integer.format);
                let bounds = (
                    integer.minimum.map(|n| n as f64),
                    integer.maximum.map(|n| n as f64),
                );
                self.bounds(
                    bounds,
                    (integer.exclusive_minimum, integer.exclusive_maximum),
                );
                self.multiple(integer.multiple_of.map(|n| n as f64));
                self.values(
                    integer
                        .enumeration
                        .iter()
                        .flatten()
                        .map(|value| json!(value)),
                );
            }
            Type::Array(array) => {
                self.kinds(Kinds::ARRAY);
                narrow(&mut self.shape.count, array.min_items, array.max_items);
                self.shape.is_unique |= array.unique_items;
                self.items(array.items.as_ref(), node);
            }
            Type::Object(object) => self.object(object, node),
        }
    }

    fn string(&mut self, string: &'a StringType) {
        self.kinds(Kinds::STRING);
        self.format(&string.format);
        self.shape.patterns.extend(string.pattern.as_deref());
        narrow(&mut self.shape.length, string.min_length, string.max_length);
        self.values(
            string
                .enumeration
                .iter()
                .flatten()
                .map(|value| json!(value)),
        );
    }

    fn number(&mut self, number: &NumberType) {
        self.kinds(Kinds::NUMBER);
        self.format(&number.format);
        let flags = (number.exclusive_minimum, number.exclusive_maximum);
        self.bounds((number.minimum, number.maximum), flags);
        self.multiple(number.multiple_of);
        self.values(
            number
                .enumeration
                .iter()
                .flatten()
                .map(|value| json!(value)),
        );
    }

    fn object(&mut self, object: &'a ObjectType, node: Node<'a>) {
        self.kinds(Kinds::OBJECT);
        let required = object.required.iter().map(String::as_str);
        self.shape.required.extend(required);
        let members = &mut self.shape.member_count;
        narrow(members, object.min_properties, object.max_properties);
        self.shape.members.push(Members {
            node,
            properties: &object.properties,
            additional: object.additional_properties.as_ref(),
        });
    }

    fn any(
        &mut self,
        any: &'a AnySchema,
        node: Node<'a>,
        discriminator: Option<&'a Discriminator>,
    ) {
        if let Some(kinds) = any.typ.as_deref().and_then(Kinds::named) {
            self.kinds(kinds);
        }
        self.values(any.enumeration.iter().cloned());
        if let Some(format) = &any.format {
            self.shape.format.get_or_insert_with(|| format.clone());
        }
        self.shape.patterns.extend(any.pattern.as_deref());
        narrow(&mut self.shape.length, any.min_length, any.max_length);
        let flags = (
            any.exclusive_minimum == Some(true),
            any.exclusive_maximum == Some(true),
        );
        self.bounds((any.minimum, any.maximum), flags);
        self.multiple(any.multiple_of);
        narrow(&mut self.shape.count, any.min_items, any.max_items);
        self.shape.is_unique |= any.unique_items == Some(true);
        self.items(any.items.as_ref(), node);
        let required = any.required.iter().map(String::as_str);
        self.shape.required.extend(required);
        let members = &mut self.shape.member_count;
        narrow(members, any.min_properties, any.max_properties);
        self.shape.members.push(Members {
            node,
            properties: &any.properties,
            additional: any.additional_properties.as_ref(),
        });
        let is_shaped = !any.properties.is_empty()
            || any.additional_properties.is_some()
            || !any.required.is_empty();
        if is_shaped && any.typ.is_none() {
            self.kinds(Kinds::OBJECT);
        }
        self.all(&any.all_of);
        let has_choice = !any.one_of.is_empty() || !any.any_of.is_empty();
        if !any.one_of.is_empty() {
            self.choice(true, &any.one_of, discriminator);
        }
        if !any.any_of.is_empty() {
            self.choice(false, &any.any_of, discriminator);
        }
        if !has_choice {
            self.tag(discriminator);
        }
    }

    fn items(&mut self, items: Option<&'a ReferenceOr<Box<Schema>>>, node: Node<'a>) {
        let Some(item) = items.and_then(|items| Node::find(self.document, items)) else {
            return;
        };
        match assertion::positions(node, item) {
            Some((positions, rest)) => {
                let find = |arms: &'a [ReferenceOr<Schema>]| -> Vec<Node<'a>> {
                    let arms = arms.iter();
                    arms.filter_map(|arm| Node::find(self.document, arm))
                        .collect()
                };
                self.shape.positions = Some(find(positions));
                self.shape.items.extend(find(rest));
            }
            None => self.shape.items.push(item),
        }
    }

    fn kinds(&mut self, kinds: Kinds) {
        self.shape.kinds = self.shape.kinds.and(kinds);
    }

    fn format<T: Serialize>(&mut self, format: &VariantOrUnknownOrEmpty<T>) {
        let name = match format {
            VariantOrUnknownOrEmpty::Item(known) => serde_json::to_value(known).ok(),
            VariantOrUnknownOrEmpty::Unknown(name) => Some(json!(name)),
            VariantOrUnknownOrEmpty::Empty => None,
        };
        if let Some(Value::String(name)) = name {
            self.shape.format.get_or_insert(name);
        }
    }

    fn bounds(&mut self, (min, max): (Option<f64>, Option<f64>), exclusive: (bool, bool)) {
        let numbers = &mut self.shape.numbers;
        if let Some(value) = min
            && numbers.lower.is_none_or(|bound| value >= bound.value)
        {
            let is_exclusive = exclusive.0;
            numbers.lower = Some(Bound {
                value,
                is_exclusive,
            });
        }
        if let Some(value) = max
            && numbers.upper.is_none_or(|bound| value <= bound.value)
        {
            let is_exclusive = exclusive.1;
            numbers.upper = Some(Bound {
                value,
                is_exclusive,
            });
        }
    }

    fn multiple(&mut self, of: Option<f64>) {
        let of = of.filter(|of| of.is_finite() && *of > 0.0);
        self.shape.numbers.multiples.extend(of);
    }

    /// Only the values that all enumerations have.
    fn values(&mut self, values: impl Iterator<Item = Value>) {
        let values: Vec<Value> = values.collect();
        if values.is_empty() {
            return;
        }
        match &mut self.shape.values {
            Some(known) => {
                let values: HashSet<_> = values.iter().collect();
                known.retain(|value| values.contains(value));
            }
            none => *none = Some(values),
        }
    }
}

/// The value of a discriminator that stands for a component.
pub(super) fn tag_of(discriminator: &Discriminator, component: &str) -> String {
    let is_it = |target: &str| component_name(target).as_deref() == Some(component);
    let mapped = discriminator
        .mapping
        .iter()
        .find(|(_, target)| is_it(target));
    mapped.map_or(component, |(tag, _)| tag).to_owned()
}

fn narrow(size: &mut Size, min: Option<usize>, max: Option<usize>) {
    size.min = size.min.max(min.unwrap_or_default());
    size.max = match (size.max, max) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}
