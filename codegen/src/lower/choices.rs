//! `x-ms-dynamic-values`, `x-ms-dynamic-schema` and their newer forms: what another operation of the API knows about a parameter,
//! a property, or an answer.

use std::collections::HashSet;

use openapiv3::{
    Operation as Operator, ParameterSchemaOrContent, PathItem, ReferenceOr, Schema, SchemaKind,
    Type as Kind,
};
use serde_json::Value;

use super::Lowering;
use super::format::{format_name, integer_scalar};
use super::names::{Scope, placeholder};
use super::schema::{SchemaRef, component_key, unescape};
use crate::diagnostics::{Code, Diagnostics, Pointer};
use crate::model::{
    Api, Argument, Choices, DynamicSchema, Operation, Scalar, Source, Type, WireName,
};

/// Bodies are searched no deeper, and for no more schemas than that.
const MAX_DEPTH: usize = 6;
const MAX_SCHEMAS: usize = 4096;

/// What is found on the way through a body or answer.
struct Search<'o> {
    operation: &'o mut Operation,
    path: Vec<WireName>,
    /// The schemas on the way, to stop at circles.
    trail: Vec<*const Schema>,
    of_response: bool,
    budget: usize,
}

impl<'a> Lowering<'a> {
    /// Finds what can be chosen in a call, and which schemas are known only at run time.
    pub fn choices(&mut self, operation: &mut Operation, item: &'a PathItem, source: &'a Operator) {
        let own = source.parameters.iter().chain(&item.parameters);
        let mut seen = HashSet::new();
        for parameter in own {
            let (parameter, _) = match self.parameter_source(parameter, Pointer::root()) {
                Some(found) => found,
                None => continue,
            };
            let data = parameter.parameter_data_ref();
            let ParameterSchemaOrContent::Schema(schema) = &data.format else {
                continue;
            };
            if !seen.insert(data.name.as_str()) {
                continue;
            }
            let schema = SchemaRef::new(schema);
            let extension = |name: &str| {
                let own = data.extensions.get(name);
                own.or_else(|| self.extension(schema, name))
            };
            if let Some(choices) = choices(extension, vec![WireName::new(&data.name)], || {
                self.choice_type(schema)
            }) {
                operation.extensions.choices.push(choices);
            }
        }
        let answer = self.answer_schema(source);
        for (schema, of_response) in [(self.body_schema(source), false), (answer, true)] {
            let Some(schema) = schema else {
                continue;
            };
            let mut search = Search {
                operation,
                path: Vec::new(),
                trail: Vec::new(),
                of_response,
                budget: MAX_SCHEMAS,
            };
            self.search(schema, &mut search);
        }
    }

    fn search(&self, schema: SchemaRef<'a>, search: &mut Search<'_>) {
        // Each reference to a component is another text, but leads to the same schema.
        let Some(identity) = self.resolve(schema).map(std::ptr::from_ref) else {
            return;
        };
        let depth = search.path.len();
        if search.budget == 0 || depth > MAX_DEPTH || search.trail.contains(&identity) {
            return;
        }
        search.budget -= 1;
        let extension = |name: &str| self.extension(schema, name);
        if let Some(found) = dynamic_schema(extension, &search.path, search.of_response) {
            search.operation.extensions.schemas.push(found);
        }
        // What an answer holds is not chosen.
        if !search.of_response && !search.path.is_empty() {
            let found = choices(extension, search.path.clone(), || self.choice_type(schema));
            search.operation.extensions.choices.extend(found);
        }
        search.trail.push(identity);
        if let Some(items) = self.items_of(schema) {
            self.search(items, search);
        }
        for (name, parts) in self.properties_of(schema) {
            search.path.push(WireName::new(name));
            for part in parts {
                self.search(part, search);
            }
            search.path.pop();
        }
        search.trail.pop();
    }

    /// The schema of the first successful answer that has one.
    fn answer_schema(&self, source: &'a Operator) -> Option<SchemaRef<'a>> {
        let success = source.responses.responses.iter();
        let success = success
            .filter(|(status, _)| status.to_string().starts_with('2'))
            .map(|(_, response)| response)
            .chain(&source.responses.default);
        success
            .filter_map(|response| match response {
                ReferenceOr::Item(response) => Some(response),
                ReferenceOr::Reference { reference } => {
                    let key = unescape(component_key(reference));
                    let found = self.document.components.as_ref()?.responses.get(&*key)?;
                    found.as_item()
                }
            })
            .find_map(|response| {
                let (_, media) = response.content.first()?;
                media.schema.as_ref().map(SchemaRef::new)
            })
    }

    /// The type of a value that is chosen. An enum of what was known when the document was written says less than the API.
    fn choice_type(&self, schema: SchemaRef<'a>) -> Type {
        let mut schema = schema;
        if let Some(items) = self.items_of(schema) {
            schema = items;
        }
        match self.unwrapped(schema).map(|schema| &schema.schema_kind) {
            Some(SchemaKind::Type(Kind::String(_))) => Type::STRING,
            Some(SchemaKind::Type(Kind::Integer(integer))) => {
                Type::Scalar(integer_scalar(&format_name(&integer.format)))
            }
            Some(SchemaKind::Type(Kind::Number(_))) => Type::Scalar(Scalar::F64),
            Some(SchemaKind::Type(Kind::Boolean(_))) => Type::Scalar(Scalar::Bool),
            _ => Type::Value,
        }
    }
}

/// Reads options; the newer form counts where both are there.
fn choices<'a>(
    extension: impl Fn(&str) -> Option<&'a Value>,
    path: Vec<WireName>,
    ty: impl FnOnce() -> Type,
) -> Option<Choices> {
    let list = extension("x-ms-dynamic-list").filter(|list| list.get("operationId").is_some());
    let (found, [items, value, title]) = match list {
        Some(list) => (list, ["itemsPath", "itemValuePath", "itemTitlePath"]),
        None => (
            extension("x-ms-dynamic-values")?,
            ["value-collection", "value-path", "value-title"],
        ),
    };
    Some(Choices {
        function: placeholder(),
        path,
        source: source(found)?,
        items: text(found, items),
        value: text(found, value),
        title: text(found, title),
        ty: ty(),
    })
}

fn dynamic_schema<'a>(
    extension: impl Fn(&str) -> Option<&'a Value>,
    path: &[WireName],
    of_response: bool,
) -> Option<DynamicSchema> {
    let newer =
        extension("x-ms-dynamic-properties").filter(|newer| newer.get("operationId").is_some());
    let (found, value) = match newer {
        Some(newer) => (newer, "itemValuePath"),
        None => (extension("x-ms-dynamic-schema")?, "value-path"),
    };
    Some(DynamicSchema {
        function: placeholder(),
        path: path.to_vec(),
        of_response,
        source: source(found)?,
        value: text(found, value),
    })
}

fn text(extension: &Value, key: &str) -> String {
    let text = extension.get(key).and_then(Value::as_str);
    text.unwrap_or_default().trim().to_owned()
}

/// The operation and its arguments. A capability such as the file picker is not an operation of the API.
fn source(extension: &Value) -> Option<Source> {
    let operation = extension.get("operationId")?.as_str()?.trim().to_owned();
    let parameters = extension.get("parameters").and_then(Value::as_object);
    let arguments = parameters.into_iter().flatten().map(|(name, value)| {
        let argument = match value {
            Value::Object(members)
                if members.contains_key("parameter")
                    || members.contains_key("parameterReference") =>
            {
                Argument::Chosen
            }
            Value::Object(members) if members.contains_key("value") => {
                Argument::Constant(members["value"].clone())
            }
            constant => Argument::Constant(constant.clone()),
        };
        (name.clone(), argument)
    });
    Some(Source {
        operation,
        arguments: arguments.collect(),
    })
}

/// Names the functions of a tag's handle, after those of its operations.
pub(super) fn name_functions(operations: &mut [Operation], methods: &mut Scope) {
    for operation in operations {
        let function = operation
            .function
            .as_str()
            .trim_start_matches("r#")
            .to_owned();
        let name = |prefix: &str, path: &[WireName]| {
            let mut name = format!("{prefix}_{function}");
            for part in path {
                name.push('_');
                name.push_str(part.as_str());
            }
            name
        };
        // Two parts of a property may say the same.
        operation.extensions.choices.dedup();
        operation.extensions.schemas.dedup();
        for choices in &mut operation.extensions.choices {
            choices.function = methods.claim_value(&name("options_for", &choices.path));
        }
        for schema in &mut operation.extensions.schemas {
            let prefix = if schema.of_response {
                "answer_schema_for"
            } else {
                "schema_for"
            };
            schema.function = methods.claim_value(&name(prefix, &schema.path));
        }
    }
}

/// Drops what names operations that do not exist.
pub(super) fn settle(api: &mut Api, diagnostics: &mut Diagnostics) {
    let known: HashSet<String> = api.operations().map(|of| of.id.clone()).collect();
    for operation in api.tags.iter_mut().flat_map(|tag| &mut tag.operations) {
        let mut missing = Vec::new();
        let mut exists = |source: &Source| {
            let exists = known.contains(&source.operation);
            if !exists && !missing.contains(&source.operation) {
                missing.push(source.operation.clone());
            }
            exists
        };
        let extensions = &mut operation.extensions;
        extensions.choices.retain(|choices| exists(&choices.source));
        extensions.schemas.retain(|schema| exists(&schema.source));
        for id in missing {
            let message = format!("options or a schema come from `{id}`, which is no operation");
            diagnostics
                .warn(Code::DynamicSourceMissing, &operation.pointer, message)
                .hint("no function is generated for them");
        }
    }
}
