//! One value of a schema.

use openapiv3::{OpenAPI, ReferenceOr, Schema, SchemaKind, Type};
use serde_json::{Map, Value, json};

use super::Direction;

/// How deep values are nested.
const MAX_DEPTH: usize = 8;

/// What a value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// What is required, nothing else.
    Required,
    /// Every property.
    Everything,
}

pub(super) struct Builder<'a> {
    document: &'a OpenAPI,
    direction: Direction,
    plan: Plan,
    depth: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(document: &'a OpenAPI, direction: Direction, plan: Plan) -> Self {
        Self {
            document,
            direction,
            plan,
            depth: 0,
        }
    }

    /// A value of the schema; none when it would be too deep.
    pub(super) fn value(&mut self, schema: &ReferenceOr<Schema>) -> Option<Value> {
        let schema = self.resolve(schema)?;
        self.depth += 1;
        let value = (self.depth <= MAX_DEPTH).then(|| self.of_kind(schema));
        self.depth -= 1;
        value.flatten()
    }

    fn resolve<'s>(&self, schema: &'s ReferenceOr<Schema>) -> Option<&'s Schema>
    where
        'a: 's,
    {
        let reference = match schema {
            ReferenceOr::Item(schema) => return Some(schema),
            ReferenceOr::Reference { reference } => reference,
        };
        let key = reference.rsplit('/').next()?;
        let key = key.replace("~1", "/").replace("~0", "~");
        let schemas = &self.document.components.as_ref()?.schemas;
        match schemas.get(&key)? {
            ReferenceOr::Item(schema) => Some(schema),
            alias @ ReferenceOr::Reference { .. } => self.resolve(alias),
        }
    }

    fn of_kind(&mut self, schema: &Schema) -> Option<Value> {
        Some(match &schema.schema_kind {
            SchemaKind::Type(Type::Boolean(_)) => json!(true),
            SchemaKind::Type(Type::Integer(integer)) => json!(integer.minimum.unwrap_or(1)),
            SchemaKind::Type(Type::Number(number)) => json!(number.minimum.unwrap_or(1.5)),
            SchemaKind::Type(Type::String(string)) => {
                let value = string.enumeration.iter().flatten().next();
                json!(value.map_or("text", String::as_str))
            }
            SchemaKind::Type(Type::Array(array)) => {
                let items = array.items.as_ref().map(|items| items.clone().unbox());
                Value::Array(
                    items
                        .and_then(|items| self.value(&items))
                        .into_iter()
                        .collect(),
                )
            }
            SchemaKind::Type(Type::Object(object)) => {
                let mut members = Map::new();
                for (name, property) in &object.properties {
                    let is_required = object.required.contains(name);
                    let property = property.clone().unbox();
                    let is_wanted = is_required || self.plan == Plan::Everything;
                    if !is_wanted || self.goes_the_other_way(&property) {
                        continue;
                    }
                    match self.value(&property) {
                        Some(value) => {
                            members.insert(name.clone(), value);
                        }
                        None if is_required => return None,
                        None => {}
                    }
                }
                Value::Object(members)
            }
            SchemaKind::OneOf { one_of: arms } | SchemaKind::AnyOf { any_of: arms } => {
                arms.iter().find_map(|arm| self.value(arm))?
            }
            SchemaKind::AllOf { all_of } => {
                let mut members = Map::new();
                for arm in all_of {
                    match self.value(arm)? {
                        Value::Object(more) => members.extend(more),
                        other => return Some(other),
                    }
                }
                Value::Object(members)
            }
            _ => json!({}),
        })
    }

    fn goes_the_other_way(&self, property: &ReferenceOr<Schema>) -> bool {
        self.resolve(property).is_some_and(|schema| {
            let data = &schema.schema_data;
            match self.direction {
                Direction::Request => data.read_only,
                Direction::Response => data.write_only,
                Direction::Any => false,
            }
        })
    }
}
