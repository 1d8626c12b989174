//! Operations.

use openapiv3::{Operation, ReferenceOr, Responses};
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use super::hook::CALLBACKS;
use super::parameter::{BodyPart, Parameters};
use super::path::Shared;
use super::read::extensions;
use crate::diagnostics::{Code, Pointer};

impl Normalizer<'_> {
    /// Reads an operation; `canonical` is its place in the canonical document.
    pub(super) fn operation(
        &mut self,
        value: Value,
        shared: &Shared<'_>,
        canonical: &Pointer,
        at: &At<'_>,
    ) -> Operation {
        let mut members = self.mapping(value, at);
        self.owner = owner(&members, shared.hook, canonical);
        let consumes = self.media_types(&mut members, "consumes", at);
        let produces = self.media_types(&mut members, "produces", at);
        let mut parameters = match members.shift_remove("parameters") {
            Some(value) => self.parameters(value, &at.key("parameters"), &shared.template),
            None => Parameters::default(),
        };
        self.settle_path_parameters(
            &mut parameters,
            &shared.parameters.names,
            &shared.template,
            at,
        );
        self.trace_parameters(&parameters, canonical, at);
        let mut skip = parameters
            .skip
            .take()
            .or_else(|| shared.parameters.skip.clone());
        let body = self.operation_body(&mut members, &mut parameters, shared, &consumes, at);
        let request_body = body.unwrap_or_else(|reason| {
            skip.get_or_insert(reason);
            None
        });
        let responses = members.shift_remove("responses");
        let mut operation = Operation {
            tags: self.operation_tags(&mut members, at),
            summary: self.string_at(&mut members, "summary", at),
            description: self.string_at(&mut members, "description", at),
            external_docs: self.external_docs_at(&mut members, at),
            operation_id: self
                .string_at(&mut members, "operationId", at)
                .filter(|id| !id.trim().is_empty()),
            parameters: parameters.list,
            request_body: request_body.map(|(body, source)| {
                self.origins.insert(canonical.join("requestBody"), source);
                body
            }),
            responses: match (responses, shared.hook) {
                // Whoever is called may answer anything.
                (None, Some(_)) => Responses::default(),
                (responses, _) => self.responses(responses, at, &produces),
            },
            deprecated: self.boolean_at(&mut members, "deprecated", at),
            ..Operation::default()
        };
        if let Some(security) = members.shift_remove("security") {
            operation.security = Some(self.security(security, &at.key("security")));
        }
        if let Some(servers) = members.shift_remove("servers") {
            operation.servers = self.servers(servers, &at.key("servers"));
        }
        let callbacks = members
            .shift_remove("callbacks")
            .filter(|value| value.as_object().is_some_and(|named| !named.is_empty()))
            .and_then(|value| self.callbacks(value, canonical, &at.key("callbacks")));
        operation.extensions = extensions(&mut members);
        if let Some(callbacks) = callbacks {
            operation.extensions.insert(CALLBACKS.to_owned(), callbacks);
        }
        if shared.hook.is_some() {
            self.hoist_contents(&mut operation, canonical);
        }
        if let Some(reason) = skip {
            self.diagnostics.error(
                Code::OperationSkipped,
                &at.pointer(),
                format!("the operation is skipped: {reason}"),
            );
            operation
                .extensions
                .insert("x-connector-skip".to_owned(), Value::String(reason));
        }
        operation
    }

    /// Swagger 2.0's `consumes` or `produces` of an operation, or those of the document.
    fn media_types(
        &mut self,
        members: &mut Map<String, Value>,
        key: &str,
        at: &At<'_>,
    ) -> Vec<String> {
        let mut own = self.strings_at(members, key, at);
        own.retain(|media_type| media_type.contains('/'));
        if !own.is_empty() {
            return own;
        }
        if key == "consumes" {
            self.consumes.clone()
        } else {
            self.produces.clone()
        }
    }

    /// The request body and its place: the operation's own, or that of its or the path's body parameters.
    fn operation_body(
        &mut self,
        members: &mut Map<String, Value>,
        parameters: &mut Parameters,
        shared: &Shared<'_>,
        consumes: &[String],
        at: &At<'_>,
    ) -> Result<Option<(ReferenceOr<openapiv3::RequestBody>, Pointer)>, String> {
        let at = at.key("requestBody");
        if let Some(value) = members.shift_remove("requestBody") {
            let body = self.request_body(value, &at)?;
            return Ok(body.map(|body| (body, at.pointer())));
        }
        let mut parts: Vec<BodyPart> = std::mem::take(&mut parameters.body);
        if parts.is_empty() {
            parts.clone_from(&shared.parameters.body);
        }
        let Some(source) = parts.first().map(|part| part.pointer.clone()) else {
            return Ok(None);
        };
        let body = self.body_from_parameters(parts, consumes);
        Ok(body.map(|body| (ReferenceOr::Item(body), source)))
    }

    /// Notes where the parameters stood, if leaving some out has moved them.
    fn trace_parameters(&mut self, parameters: &Parameters, canonical: &Pointer, at: &At<'_>) {
        let moved = parameters
            .indices
            .iter()
            .enumerate()
            .filter(|(now, then)| now != *then);
        for (now, then) in moved {
            let source = if *then == usize::MAX {
                at.pointer()
            } else {
                at.key("parameters").index(*then).pointer()
            };
            self.origins
                .insert(canonical.join("parameters").index(now), source);
        }
    }

    /// The names of the tags; a tag written out is taken by its name.
    fn operation_tags(&mut self, members: &mut Map<String, Value>, at: &At<'_>) -> Vec<String> {
        let Some(value) = members.shift_remove("tags") else {
            return Vec::new();
        };
        let at = at.key("tags");
        let items = self.list(value, &at);
        let mut names = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let at = at.index(index);
            let name = match item {
                Value::Object(mut tag) => {
                    self.wrong_type(&at, "the name of a tag", &Value::Object(Map::new()));
                    tag.shift_remove("name")
                }
                other => Some(other),
            };
            names.extend(name.and_then(|name| self.string(name, &at)));
        }
        names
    }
}

/// What schemas of the operation are named after: its id or that of its webhook or callback, else its path and method.
fn owner(members: &Map<String, Value>, hook: Option<&str>, canonical: &Pointer) -> String {
    let id = members.get("operationId").and_then(Value::as_str);
    if let Some(name) = id.map(str::trim).filter(|id| !id.is_empty()).or(hook) {
        return name.to_owned();
    }
    let mut words = Vec::new();
    for token in canonical.tokens().skip(1) {
        let parts = token.split(|c: char| !c.is_alphanumeric());
        words.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
    }
    words.join("_")
}
