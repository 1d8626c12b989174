//! What JSON Schema 2020-12 says beyond OpenAPI 3.0, from the extensions in which the canonical form keeps it.

use openapiv3::{AdditionalProperties, ReferenceOr, Schema, SchemaKind};
use serde_json::{Map, Value};

use super::check::Check;
use super::node::Node;
use super::pattern;
use super::work::Work;

/// The number of positions of a list that has more items.
const PREFIX: &str = "x-connector-prefix";

/// Schemas of a choice.
type Arms<'a> = &'a [ReferenceOr<Schema>];

/// The arms that stand for the positions and for the rest of a list, if the schema has positions.
pub(super) fn positions<'a>(node: Node<'a>, item: Node<'a>) -> Option<(Arms<'a>, Arms<'a>)> {
    match &item.schema.schema_kind {
        SchemaKind::OneOf { one_of } if node.is_marked("x-connector-tuple") => Some((one_of, &[])),
        SchemaKind::AnyOf { any_of } => {
            let count = node.extension(PREFIX)?.as_u64()?;
            any_of.split_at_checked(usize::try_from(count).ok()?)
        }
        _ => None,
    }
}

/// A name for a free member: one that a pattern asks for, where there are patterns.
pub(super) fn member_name(node: Node<'_>, index: usize, work: &Work<'_>) -> Option<String> {
    let patterns = node.extension("x-connector-patterns")?.as_array()?;
    let texts = pattern::texts(patterns.first()?.as_str()?, index + 1, work, |_| true);
    texts.get(index % texts.len().max(1)).cloned()
}

/// The schema of a free member: with patterns, the first choice that its name gives it.
pub(super) fn additional_arm<'a>(
    node: Node<'a>,
    additional: &'a AdditionalProperties,
    name: &str,
    work: &Work<'_>,
) -> Option<&'a ReferenceOr<Schema>> {
    let AdditionalProperties::Schema(schema) = additional else {
        return None;
    };
    let patterns = node
        .extension("x-connector-patterns")
        .and_then(Value::as_array);
    let Some(patterns) = patterns else {
        return Some(schema);
    };
    let arms = match &**schema {
        ReferenceOr::Item(Schema {
            schema_kind: SchemaKind::AnyOf { any_of },
            ..
        }) if any_of.len() >= patterns.len() && any_of.len() > 1 => any_of.as_slice(),
        only => std::slice::from_ref(only),
    };
    let matching = patterns.iter().position(|pattern| {
        pattern
            .as_str()
            .is_some_and(|pattern| work.matches(pattern, name) != Some(false))
    });
    arms.get(matching.unwrap_or(patterns.len()))
}

/// Whether members of a name that no pattern allows for are forbidden.
pub(super) fn is_closed(node: Node<'_>) -> bool {
    node.is_marked("x-connector-closed")
}

impl<'a> Check<'a, '_> {
    /// Whether a value satisfies the assertions of a schema.
    pub(super) fn assertions(&mut self, node: Node<'a>, value: &Value) -> bool {
        let extensions = &node.schema.schema_data.extensions;
        if !extensions.keys().any(|key| key.starts_with("x-connector-")) {
            return true;
        }
        let holds = |check: &mut Self, name: &str, value: &Value| {
            let schema = extensions.get(name)?;
            check.kept(schema, value)
        };
        if let Some(values) = extensions.get("x-connector-enum").and_then(Value::as_array)
            && !values.contains(value)
        {
            return false;
        }
        if holds(self, "x-connector-not", value) == Some(true) {
            return false;
        }
        let branch = match holds(self, "x-connector-if", value) {
            Some(true) => holds(self, "x-connector-then", value),
            Some(false) => holds(self, "x-connector-else", value),
            None => None,
        };
        branch != Some(false)
            && match value {
                Value::Array(items) => self.contains(node, items),
                Value::Object(members) => self.dependencies(node, members, value),
                _ => true,
            }
    }

    fn contains(&mut self, node: Node<'a>, items: &[Value]) -> bool {
        let Some(schema) = node.extension("x-connector-contains") else {
            return true;
        };
        let found = items
            .iter()
            .filter(|item| self.kept(schema, item) != Some(false))
            .count() as u64;
        let count = |name: &str| node.extension(name).and_then(Value::as_u64);
        found >= count("x-connector-min-contains").unwrap_or(1)
            && count("x-connector-max-contains").is_none_or(|most| found <= most)
    }

    fn dependencies(
        &mut self,
        node: Node<'a>,
        members: &Map<String, Value>,
        value: &Value,
    ) -> bool {
        let map = |name: &str| {
            node.extension(name)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
        };
        let names = node.extension("x-connector-property-names");
        let has = |name: &Value| name.as_str().is_none_or(|name| members.contains_key(name));
        names.is_none_or(|schema| {
            let mut names = members.keys();
            names.all(|name| self.kept(schema, &Value::from(name.as_str())) != Some(false))
        }) && map("x-connector-dependent-required").all(|(property, names)| {
            let mut names = names.as_array().into_iter().flatten();
            !members.contains_key(property) || names.all(has)
        }) && map("x-connector-dependent-schemas").all(|(property, schema)| {
            !members.contains_key(property) || self.kept(schema, value) != Some(false)
        })
    }

    /// Whether a value is an instance of a schema that is kept in an extension; none when there is too much to do.
    fn kept(&self, schema: &Value, value: &Value) -> Option<bool> {
        // Each look reads the schema again.
        if !self.work.spend(100) {
            return None;
        }
        let schema: ReferenceOr<Schema> = serde_json::from_value(schema.clone()).ok()?;
        let mut check = self.below()?;
        let node = Node::find(check.document, &schema)?;
        Some(check.node(node, value))
    }
}
