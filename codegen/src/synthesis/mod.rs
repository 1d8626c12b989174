//! Instances of schemas: values that a schema allows, for tests of what is generated.
//!
//! Works on the canonical document. The same document always gives the same instances, and their number and size
//! are bounded whatever the document says.

mod value;

use openapiv3::{MediaType, OpenAPI, ParameterData, ParameterSchemaOrContent, ReferenceOr, Schema};
use serde_json::Value;

use self::value::{Builder, Plan};

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

impl Instance {
    fn new(name: impl Into<String>, value: Value) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}

/// Makes instances of a document's schemas.
pub struct Synthesis<'a> {
    document: &'a OpenAPI,
}

impl<'a> Synthesis<'a> {
    /// Prepares for a canonical document.
    #[must_use]
    pub fn new(document: &'a OpenAPI) -> Self {
        Self { document }
    }

    /// Instances of a schema, each different from the others.
    #[must_use]
    pub fn instances(&self, schema: &ReferenceOr<Schema>, direction: Direction) -> Vec<Instance> {
        let mut instances: Vec<Instance> = Vec::new();
        for (name, plan) in [
            ("required", Plan::Required),
            ("everything", Plan::Everything),
        ] {
            let mut builder = Builder::new(self.document, direction, plan);
            if let Some(value) = builder.value(schema)
                && instances.iter().all(|instance| instance.value != value)
            {
                instances.push(Instance::new(name, value));
            }
        }
        instances
    }

    /// Instances of what a media type holds: its examples, then those of its schema.
    #[must_use]
    pub fn instances_of_media_type(
        &self,
        media_type: &MediaType,
        direction: Direction,
    ) -> Vec<Instance> {
        media_type
            .schema
            .as_ref()
            .map(|schema| self.instances(schema, direction))
            .unwrap_or_default()
    }

    /// Instances of a parameter: its examples, then those of its schema or of its first media type.
    #[must_use]
    pub fn instances_of_parameter(&self, parameter: &ParameterData) -> Vec<Instance> {
        match &parameter.format {
            ParameterSchemaOrContent::Schema(schema) => self.instances(schema, Direction::Request),
            ParameterSchemaOrContent::Content(content) => content
                .values()
                .next()
                .map(|media_type| self.instances_of_media_type(media_type, Direction::Request))
                .unwrap_or_default(),
        }
    }
}
