//! Instances of schemas: values that a schema allows, for tests of what is generated.
//!
//! Works on the canonical document. The same document always gives the same instances, and their number and size
//! are bounded whatever the document says.

mod assertion;
mod build;
mod check;
mod format;
mod kinds;
mod node;
mod number;
mod pattern;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod work;

use std::cell::RefCell;
use std::collections::HashMap;

use indexmap::IndexMap;
use openapiv3::{
    Example, MediaType, OpenAPI, ParameterData, ParameterSchemaOrContent, ReferenceOr, Schema,
    SchemaKind, Type,
};
use serde_json::Value;

use self::build::{Builder, Plan, Shown, Unknown};
use self::check::Check;
use self::node::Node;
use self::shape::Shape;
use self::work::{MAX_STEPS_OF_TESTS, Shared, Work};

/// No schema has more instances.
const MAX_INSTANCES: usize = 64;

/// No more examples of one schema are taken.
const MAX_EXAMPLES: usize = 8;

/// All instances of a schema together have about so many parts.
const MAX_PARTS: usize = 40_000;

/// Which way a value goes: read-only properties are not in requests, write-only ones not in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the API.
    Request,
    /// From the API.
    Response,
    /// Either; every property is there.
    Any,
}

/// A value that a schema allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// What is special about it: `required`, `everything`, `example`, `variant Cat`, `null`.
    pub name: String,
    /// The value.
    pub value: Value,
}

impl Direction {
    /// Whether a property does not go this way.
    fn excludes(self, property: Node<'_>) -> bool {
        let data = &property.schema.schema_data;
        match self {
            Self::Request => data.read_only,
            Self::Response => data.write_only,
            Self::Any => false,
        }
    }
}

/// Makes instances of a document's schemas.
pub struct Synthesis<'a> {
    document: &'a OpenAPI,
    sparing: Option<Sparing>,
    shared: Shared,
}

/// What instances have shown, of all schemas of the document.
struct Sparing {
    /// No schema has more instances in requests, nor half as many in responses.
    most: usize,
    shown: RefCell<HashMap<Direction, Shown>>,
}

impl<'a> Synthesis<'a> {
    /// Prepares for a canonical document.
    #[must_use]
    pub fn new(document: &'a OpenAPI) -> Self {
        Self {
            document,
            sparing: None,
            shared: Shared::new(usize::MAX),
        }
    }

    /// The same for instances that are only worth it together: at most so many of one schema in a request, half as many in a response,
    /// and each possibility once for the whole document, wherever its schema is used. How much is done for all of them is bounded.
    #[must_use]
    pub fn sparing(document: &'a OpenAPI, most: usize) -> Self {
        Self {
            document,
            sparing: Some(Sparing {
                most,
                shown: RefCell::default(),
            }),
            shared: Shared::new(MAX_STEPS_OF_TESTS),
        }
    }

    /// Whether there was too much to do for a document whose instances are made sparingly: those asked for last may be few.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.shared.is_exhausted()
    }

    /// Instances of a schema, each different from the others: the schema's examples as far as they are valid, its
    /// default, then values that are made of what the schema says. Only when no valid value is found, the nearest one
    /// is returned all the same.
    #[must_use]
    pub fn instances(
        &self,
        schema: &'a ReferenceOr<Schema>,
        direction: Direction,
    ) -> Vec<Instance> {
        let Some(node) = Node::of(self.document, schema) else {
            return Vec::new();
        };
        let work = Work::new(&self.shared);
        let check = Check::new(self.document, direction, &work);
        let most = match (&self.sparing, direction) {
            // What is read is large, and shown in full elsewhere.
            (Some(sparing), Direction::Response) => sparing.most / 2,
            (Some(sparing), _) => sparing.most,
            (None, _) => MAX_INSTANCES,
        };
        let mut collected = Collected::new(check, node, most);
        if !self.is_known(node, direction) {
            for example in node.examples().take(MAX_EXAMPLES) {
                collected.add_sample("example", example);
            }
            if let Some(default) = &node.schema.schema_data.default {
                collected.add_sample("default", default);
            }
        }
        self.build(node, direction, &work, &mut collected);
        collected.finish()
    }

    /// Values that the document does not describe, but that a later version of the API may send: like an instance with
    /// everything, with other values than enumerations list, other kinds than unions know, or other members than objects
    /// of free names have. Not all of them are valid.
    #[must_use]
    pub fn unknown_values(
        &self,
        schema: &'a ReferenceOr<Schema>,
        direction: Direction,
    ) -> Vec<Instance> {
        let Some(node) = Node::of(self.document, schema) else {
            return Vec::new();
        };
        let work = Work::new(&self.shared);
        let mut builder = Builder::new(self.document, direction, &work);
        let mut found = Vec::new();
        for (unknown, name) in [
            (Unknown::Values, "unknown values"),
            (Unknown::Kinds, "unknown kinds"),
            (Unknown::Members, "unknown members"),
        ] {
            if let Some(value) = builder.unknown(&[node], unknown) {
                push(&mut found, name, value);
            }
        }
        found
    }

    /// Instances of what a media type holds: its examples, then those of its schema.
    #[must_use]
    pub fn instances_of_media_type(
        &self,
        media_type: &'a MediaType,
        direction: Direction,
    ) -> Vec<Instance> {
        let examples = (&media_type.example, &media_type.examples);
        match &media_type.schema {
            Some(schema) => self.with_examples(examples, schema, direction),
            None => Vec::new(),
        }
    }

    /// Instances of a parameter: its examples, then those of its schema or of its first media type.
    #[must_use]
    pub fn instances_of_parameter(&self, parameter: &'a ParameterData) -> Vec<Instance> {
        let examples = (&parameter.example, &parameter.examples);
        let schema = match &parameter.format {
            ParameterSchemaOrContent::Schema(schema) => Some(schema),
            ParameterSchemaOrContent::Content(content) => content
                .values()
                .next()
                .and_then(|media_type| media_type.schema.as_ref()),
        };
        schema.map_or_else(Vec::new, |schema| {
            self.with_examples(examples, schema, Direction::Request)
        })
    }

    /// Whether a value is known to be an instance of a schema: not if it takes too long to tell.
    #[must_use]
    pub fn is_instance(
        &self,
        schema: &'a ReferenceOr<Schema>,
        value: &Value,
        direction: Direction,
    ) -> bool {
        let work = Work::new(&self.shared);
        let mut check = Check::new(self.document, direction, &work);
        let node = Node::find(self.document, schema);
        node.is_none_or(|node| work.surely(|| check.node(node, value)) == Some(true))
    }

    /// Whether instances of the schema have been made before, so that none of its samples is wanted again; of a list, those of its
    /// elements.
    fn is_known(&self, node: Node<'a>, direction: Direction) -> bool {
        self.sparing.as_ref().is_some_and(|sparing| {
            let shown = sparing.shown.borrow();
            let is_shown = |node: Node<'_>| {
                let shown = shown.get(&direction);
                shown.is_some_and(|shown| shown.contains_key(&node.identity()))
            };
            let items = match &node.schema.schema_kind {
                SchemaKind::Type(Type::Array(array)) => array.items.as_ref(),
                _ => None,
            };
            let item = items.and_then(|items| Node::find(self.document, items));
            is_shown(node) || item.is_some_and(is_shown)
        })
    }

    fn with_examples(
        &self,
        (single, named): (&Option<Value>, &IndexMap<String, ReferenceOr<Example>>),
        schema: &'a ReferenceOr<Schema>,
        direction: Direction,
    ) -> Vec<Instance> {
        let named = named.values().filter_map(|example| match example {
            ReferenceOr::Item(example) => example.value.as_ref(),
            ReferenceOr::Reference { .. } => None,
        });
        let node = Node::of(self.document, schema);
        let is_known = node.is_some_and(|node| self.is_known(node, direction));
        let most = if is_known { 0 } else { MAX_EXAMPLES };
        let mut instances = Vec::new();
        for value in single.iter().chain(named).take(most) {
            if self.is_instance(schema, value, direction) {
                push(&mut instances, "example", value.clone());
            }
        }
        for instance in self.instances(schema, direction) {
            push(&mut instances, &instance.name, instance.value);
        }
        instances
    }

    fn build(
        &self,
        node: Node<'a>,
        direction: Direction,
        work: &Work<'_>,
        collected: &mut Collected<'a, '_>,
    ) {
        let nodes = [node];
        let mut builder = Builder::new(self.document, direction, work);
        if let Some(sparing) = &self.sparing {
            let shown = sparing.shown.borrow_mut().remove(&direction);
            builder = builder.sparing(shown.unwrap_or_default());
        }
        let known = match self.sparing {
            Some(_) => builder.shown(node),
            None => 0,
        };
        if let Some(value) = builder.plain(&nodes, Plan::Required) {
            collected.add("required", value);
        }
        if let Some(value) = builder.plain(&nodes, Plan::Everything) {
            collected.add("everything", value);
        }
        let mut parts = builder.parts();
        let shape = Shape::of(self.document, &nodes);
        let arms = shape.choices.first().map(|choice| choice.arms.as_slice());
        let arms = arms.unwrap_or_default();
        for (index, arm) in arms.iter().enumerate().skip(known) {
            let name = match (arm.component, &arm.schema.schema_data.title) {
                (Some(name), _) => name.to_owned(),
                (None, Some(title)) => title.clone(),
                (None, None) => (index + 1).to_string(),
            };
            if let Some(value) = builder.variant(node, index) {
                collected.add(&format!("variant {name}"), value);
            }
            parts += builder.parts();
            if collected.is_full() || parts > MAX_PARTS {
                break;
            }
        }
        builder.has_shown(node, arms.len());
        if shape.is_nullable && known == 0 {
            collected.add("null", Value::Null);
        }
        while !collected.is_full() && parts < MAX_PARTS {
            let Some(value) = builder.mixed(&nodes) else {
                break;
            };
            parts += builder.parts();
            if !builder.is_fresh {
                break;
            }
            collected.add("mix", value);
        }
        if let Some(sparing) = &self.sparing {
            let mut shown = sparing.shown.borrow_mut();
            shown.insert(direction, builder.into_shown());
        }
    }
}

/// The instances of one schema.
struct Collected<'a, 'w> {
    check: Check<'a, 'w>,
    node: Node<'a>,
    most: usize,
    valid: Vec<Instance>,
    /// The first value that is not valid.
    spare: Option<Instance>,
}

impl<'a, 'w> Collected<'a, 'w> {
    fn new(check: Check<'a, 'w>, node: Node<'a>, most: usize) -> Self {
        Self {
            check,
            node,
            most,
            valid: Vec::new(),
            spare: None,
        }
    }

    /// Adds a value that was made of the schema.
    fn add(&mut self, name: &str, value: Value) {
        match self.is_valid(&value) {
            Some(true) => push(&mut self.valid, name, value),
            Some(false) if self.spare.is_none() => {
                let name = name.to_owned();
                self.spare = Some(Instance { name, value });
            }
            Some(false) | None => {}
        }
    }

    /// Adds a value that the document gives.
    fn add_sample(&mut self, name: &str, value: &Value) {
        if self.is_valid(value) == Some(true) {
            push(&mut self.valid, name, value.clone());
        }
    }

    /// None if that is too much to find out.
    fn is_valid(&mut self, value: &Value) -> Option<bool> {
        let (work, node) = (self.check.work, self.node);
        work.surely(|| self.check.node(node, value))
    }

    fn is_full(&self) -> bool {
        self.valid.len() >= self.most
    }

    fn finish(self) -> Vec<Instance> {
        if self.valid.is_empty() {
            return self.spare.into_iter().collect();
        }
        self.valid
    }
}

/// Adds an instance under a name of its own, unless the value is there.
fn push(instances: &mut Vec<Instance>, name: &str, value: Value) {
    if instances.iter().any(|instance| instance.value == value) {
        return;
    }
    let is_taken = |name: &str| instances.iter().any(|instance| instance.name == name);
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    if let Some(name) = names.find(|name| !is_taken(name)) {
        instances.push(Instance { name, value });
    }
}
