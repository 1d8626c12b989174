//! Schemas of the canonical document, found.

use std::borrow::Borrow;

use openapiv3::{OpenAPI, ReferenceOr, Schema};
use serde_json::Value;

/// A schema with content, and the component that it is, if it is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) schema: &'a Schema,
    pub(super) component: Option<&'a str>,
}

impl<'a> Node<'a> {
    /// What `schema` is or refers to. Canonical components that are references refer to one with content.
    pub(super) fn find<S: Borrow<Schema>>(
        document: &'a OpenAPI,
        schema: &'a ReferenceOr<S>,
    ) -> Option<Self> {
        let reference = match schema {
            ReferenceOr::Item(schema) => {
                return Some(Self {
                    schema: schema.borrow(),
                    component: None,
                });
            }
            ReferenceOr::Reference { reference } => reference,
        };
        let schemas = &document.components.as_ref()?.schemas;
        let (name, schema) = schemas.get_key_value(&component_name(reference)?)?;
        match schema {
            ReferenceOr::Item(schema) => Some(Self {
                schema,
                component: Some(name),
            }),
            ReferenceOr::Reference { reference } => {
                let (_, schema) = schemas.get_key_value(&component_name(reference)?)?;
                let schema = schema.as_item()?;
                Some(Self {
                    schema,
                    component: Some(name),
                })
            }
        }
    }

    /// The same for a schema that may be a component itself, not a reference to it.
    pub(super) fn of(document: &'a OpenAPI, schema: &'a ReferenceOr<Schema>) -> Option<Self> {
        let mut node = Self::find(document, schema)?;
        if node.component.is_none() {
            let schemas = document.components.iter().flat_map(|all| &all.schemas);
            node.component = schemas
                .filter(|(_, component)| std::ptr::eq(*component, schema))
                .map(|(name, _)| name.as_str())
                .next();
        }
        Some(node)
    }

    /// Which schema this is.
    pub(super) fn identity(self) -> *const Schema {
        std::ptr::from_ref(self.schema)
    }

    /// Whether an extension of the canonical form is there.
    pub(super) fn is_marked(self, extension: &str) -> bool {
        self.schema.schema_data.extensions.contains_key(extension)
    }

    /// The value of an extension of the canonical form.
    pub(super) fn extension(self, name: &str) -> Option<&'a Value> {
        self.schema.schema_data.extensions.get(name)
    }

    /// The examples that the schema gives, good or bad.
    pub(super) fn examples(self) -> impl Iterator<Item = &'a Value> {
        let data = &self.schema.schema_data;
        let list = data.extensions.get(crate::normalize::EXAMPLES);
        let list = list.and_then(Value::as_array).into_iter().flatten();
        data.example.iter().chain(list)
    }
}

/// The component that a canonical reference names.
pub(super) fn component_name(reference: &str) -> Option<String> {
    let key = reference.strip_prefix("#/components/schemas/")?;
    Some(key.replace("~1", "/").replace("~0", "~"))
}
