//! What a Power Platform connector says beside its definition: the object `properties` of `apiProperties.json`, which stands in the
//! tree as `x-connector-properties`, its C# script (`x-connector-script`), and `x-ms-capabilities` and `x-ms-connector-metadata`
//! of the definition.
//!
//! Keywords are found in any letter case, as the platform finds them. Nothing here needs names of Rust; `lower` gives those and
//! says where the values of connection parameters go.

mod action;
mod distance;
mod oauth;
mod parameters;
mod policy;
mod script;
mod template;
mod untyped;

use std::collections::HashMap;

use indexmap::IndexSet;
use openapiv3::{OpenAPI, ReferenceOr};
use serde_json::{Map, Value};

pub(crate) use self::oauth::exchange_name;

use super::Normalizer;
use super::at::At;
use crate::diagnostics::{Code, Pointer};
use crate::model::{AllowedValue, ConnectionParameterKind, Docs, Policy, Script};

/// What a Power Platform connector says beside its definition.
#[derive(Debug, Default)]
pub struct Connector {
    /// Whether there are connector properties; without them, there is only what the definition says.
    pub has_properties: bool,
    /// Who publishes the connector.
    pub publisher: Option<String>,
    /// `x-ms-connector-metadata`.
    pub metadata: Vec<(String, String)>,
    /// The ways to authenticate.
    pub parameter_sets: Vec<ParameterSet>,
    /// The policies that are known, in their order.
    pub policies: Vec<Policy>,
    /// The policies that are not.
    pub unknown_policies: Vec<UnknownPolicy>,
    /// The operation that tests a connection.
    pub test_connection: Option<String>,
    /// The C# script.
    pub script: Option<Script>,
}

impl Connector {
    /// Whether an operation goes through the script.
    #[must_use]
    pub fn is_scripted(&self, operation: &str) -> bool {
        self.script
            .as_ref()
            .is_some_and(|script| covers(&script.operations, operation))
    }
}

/// Whether a list of operations, where an empty one means all, has this one.
#[must_use]
pub fn covers(operations: &[String], operation: &str) -> bool {
    operations.is_empty() || operations.iter().any(|id| id == operation)
}

/// One way to authenticate.
#[derive(Debug)]
pub struct ParameterSet {
    /// Its name; empty for plain `connectionParameters`.
    pub name: String,
    /// What people see.
    pub docs: Docs,
    /// Its parameters, in the order in which people are asked for them.
    pub parameters: Vec<ConnectionParameter>,
}

/// A connection parameter.
#[derive(Debug)]
pub struct ConnectionParameter {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ConnectionParameterKind,
    /// Whether a connection can't do without.
    pub required: bool,
    /// The value if none is given.
    pub default: Option<String>,
    /// The values to choose from.
    pub values: Vec<AllowedValue>,
    /// Its name in the exchange of OAuth tokens, if it has a part in that: `X` of `token:X`, or `clientId` or `clientSecret` if it
    /// is the client's.
    pub exchange: Option<String>,
    /// What people see.
    pub docs: Docs,
    /// Where it is declared.
    pub pointer: Pointer,
}

/// A policy of a template that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPolicy {
    /// The id of the template.
    pub id: String,
    /// The operations that it is for; empty for all.
    pub operations: Vec<String>,
}

/// The members of the document that belong to the connector, until the rest is read.
#[derive(Default)]
pub(super) struct Members {
    properties: Option<Value>,
    script: Option<Value>,
    capabilities: Option<Value>,
    metadata: Option<Value>,
}

impl Members {
    /// Takes them out of the document.
    pub(super) fn take(root: &mut Map<String, Value>) -> Self {
        Self {
            properties: root.shift_remove("x-connector-properties"),
            script: root.shift_remove("x-connector-script"),
            capabilities: root.shift_remove("x-ms-capabilities"),
            metadata: root.shift_remove("x-ms-connector-metadata"),
        }
    }

    fn is_empty(&self) -> bool {
        let all = [
            &self.properties,
            &self.script,
            &self.capabilities,
            &self.metadata,
        ];
        all.into_iter().all(Option::is_none)
    }
}

/// The ids of the document's operations, and by their lower-case form.
struct OperationIds(HashMap<String, String>);

impl OperationIds {
    fn of(openapi: &OpenAPI) -> Self {
        let items = openapi.paths.paths.values().filter_map(|item| match item {
            ReferenceOr::Item(item) => Some(item),
            ReferenceOr::Reference { .. } => None,
        });
        let operations = items.flat_map(|item| item.iter());
        let ids = operations.filter_map(|(_, operation)| operation.operation_id.as_deref());
        let ids = ids.map(|id| (id.trim().to_lowercase(), id.trim().to_owned()));
        Self(ids.collect())
    }

    /// The id as the document has it.
    fn find(&self, id: &str) -> Option<&str> {
        self.0.get(&id.trim().to_lowercase()).map(String::as_str)
    }
}

impl Normalizer<'_> {
    /// Reads the connector's members, with the rest of the document at hand; `None` if there are none.
    pub(super) fn connector(
        &mut self,
        members: Members,
        openapi: &mut OpenAPI,
        at: &At<'_>,
    ) -> Option<Connector> {
        if members.is_empty() {
            return None;
        }
        let ids = OperationIds::of(openapi);
        let mut connector = Connector::default();
        if let Some(value) = members.capabilities {
            connector.test_connection =
                self.test_connection(value, &ids, &at.key("x-ms-capabilities"));
        }
        if let Some(value) = members.metadata {
            connector.metadata = self.metadata(value, &at.key("x-ms-connector-metadata"));
        }
        let mut listed = script::Listed::default();
        if let Some(value) = members.properties {
            let at = at.key("x-connector-properties");
            let mut properties = self.mapping(value, &at);
            connector.has_properties = true;
            connector.publisher =
                take(&mut properties, "publisher").and_then(|value| self.string(value, &at));
            connector.parameter_sets = self.parameter_sets(&mut properties, &at);
            self.policies(&mut properties, &ids, &mut connector, &at);
            listed = self.scripted_operations(&mut properties, &ids, &at);
        }
        let script = self.script(members.script, listed, &at.key("x-connector-script"));
        if let Some((script, remakes_bodies)) = script {
            if remakes_bodies {
                untyped::forget_responses(openapi, &script.operations);
            }
            connector.script = Some(script);
        }
        Some(connector)
    }

    /// `testConnection` of the capabilities; an operation that does not exist is left out.
    fn test_connection(&mut self, value: Value, ids: &OperationIds, at: &At<'_>) -> Option<String> {
        let mut capabilities = self.mapping(value, at);
        let test = take(&mut capabilities, "testConnection")?;
        let at = at.key("testConnection");
        let mut test = self.mapping(test, &at);
        let id = take(&mut test, "operationId").and_then(|value| self.string(value, &at))?;
        let found = ids.find(&id).map(str::to_owned);
        if found.is_none() {
            let message =
                format!("the operation `{id}` that tests a connection is not in the document");
            self.diagnostics.warn(
                Code::ConnectorPropertyInvalid,
                &at.key("operationId").pointer(),
                message,
            );
        }
        found
    }

    /// The operations that a list names, by their ids in the document: none of them if the list is empty, which means all; `None`
    /// if it names some, and none of them exists.
    fn named_operations(
        &mut self,
        list: Value,
        ids: &OperationIds,
        at: &At<'_>,
    ) -> Option<Vec<String>> {
        let named = self.strings(list, at);
        let named = named.iter().map(|id| id.trim()).filter(|id| !id.is_empty());
        let mut is_empty = true;
        let mut operations = IndexSet::new();
        for id in named {
            is_empty = false;
            match ids.find(id) {
                Some(known) => {
                    operations.insert(known.to_owned());
                }
                None => {
                    let message = format!("the operation `{id}` is not in the document");
                    self.diagnostics
                        .warn(Code::PolicyInvalid, &at.pointer(), message);
                }
            }
        }
        (is_empty || !operations.is_empty()).then(|| operations.into_iter().collect())
    }

    /// `x-ms-connector-metadata`: a list of `propertyName` and `propertyValue`.
    fn metadata(&mut self, value: Value, at: &At<'_>) -> Vec<(String, String)> {
        let items = self.list(value, at);
        let mut metadata = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let at = at.index(index);
            let mut item = self.mapping(item, &at);
            let mut text = |key: &str| {
                let value = take(&mut item, key)?;
                self.string(value, &at.key(key))
            };
            let (name, value) = (text("propertyName"), text("propertyValue"));
            let value = value.map(|value| value.trim().to_owned());
            if let (Some(name), Some(value)) = (name, value.filter(|value| !value.is_empty())) {
                metadata.push((name, value));
            }
        }
        metadata
    }
}

/// Takes a member out whose name may be written in any letter case.
fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = match members.contains_key(name) {
        true => name.to_owned(),
        false => members
            .keys()
            .find(|key| key.eq_ignore_ascii_case(name))?
            .clone(),
    };
    members.shift_remove(&key).filter(|value| !value.is_null())
}

/// A flag, which connectors write as a text as often as not.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A value as text: numbers and flags are written out.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
