//! Operations, grouped by tag.

use std::collections::HashSet;

use indexmap::IndexMap;
use openapiv3::{Operation as Source, PathItem, ReferenceOr};

use super::Lowering;
use super::body::method_suffix;
use super::extension;
use super::header::{settle_accept, settle_content_type};
use super::names::{Scope, placeholder, type_name};
use super::schema::Place;
use super::stream::has_alternative;
use super::tag::{function_names, group, invented_id};
use crate::diagnostics::{Code, Pointer};
use crate::model::{Body, Docs, Operation, OperationExtensions, Skipped, Tag, Visibility};
use crate::normalize::{METHOD, PATH, TAG_KIND, TAG_PARENT, TAG_SUMMARY};
use crate::numbers::Numbers;

/// An operation of the document with what surrounds it.
struct Found<'a> {
    /// Its operationId, or one that is made up.
    id: String,
    /// The same with a number if another operation has it.
    unique_id: String,
    method: String,
    path: &'a str,
    item: &'a PathItem,
    source: &'a Source,
    pointer: Pointer,
}

impl<'a> Lowering<'a> {
    /// Lowers all operations; those that can't be generated go to `skipped`.
    pub fn tags(
        &mut self,
        modules: &mut Scope,
        features: &mut Scope,
        skipped: &mut Vec<Skipped>,
    ) -> Vec<Tag> {
        let mut groups: IndexMap<String, Vec<Found<'a>>> = IndexMap::new();
        for found in self.found(skipped) {
            groups
                .entry(group(&self.grouping_tags(found.source), found.path))
                .or_default()
                .push(found);
        }
        let groups = self.unfolded(groups);
        let mut accessors = Scope::accessors();
        let mut tags = Vec::new();
        for (name, found) in groups {
            // Module and accessor read the same, so both must be free.
            let mut module = modules.claim_value(&name);
            let accessor = accessors.claim_value(module.as_str());
            if accessor != module {
                module = modules.claim_value(accessor.as_str());
            }
            let mut types = Scope::types();
            let handle = types.claim_type(&name);
            let description = self
                .document
                .tags
                .iter()
                .find(|tag| tag.name == name)
                .and_then(about_tag);
            tags.push(Tag {
                feature: features.claim_feature(&name),
                operations: self.group_operations(&name, found, &mut types),
                description,
                module,
                handle,
                name,
            });
        }
        tags
    }

    /// The tags of an operation that can stand for a group: those of OpenAPI 3.2 whose kind is something else than navigation
    /// are labels, unless there is nothing else.
    fn grouping_tags(&self, source: &Source) -> Vec<String> {
        let is_label = |name: &String| {
            let mut declared = self.document.tags.iter();
            declared
                .find(|tag| tag.name == *name)
                .and_then(|tag| extension::text(&tag.extensions, TAG_KIND))
                .is_some_and(|kind| kind != "nav")
        };
        let (labels, mut groups): (Vec<String>, Vec<String>) =
            source.tags.iter().cloned().partition(is_label);
        groups.extend(labels);
        groups
    }

    /// Joins groups whose names differ only in case or signs: `Pet Store` and `pet-store` are one module.
    fn unfolded(
        &self,
        groups: IndexMap<String, Vec<Found<'a>>>,
    ) -> IndexMap<String, Vec<Found<'a>>> {
        let mut names: IndexMap<String, String> = IndexMap::new();
        let mut joined: IndexMap<String, Vec<Found<'a>>> = IndexMap::new();
        for (name, found) in groups {
            let first = names
                .entry(super::names::value_name(&name))
                .or_insert(name)
                .clone();
            joined.entry(first).or_default().extend(found);
        }
        joined
    }

    /// Every operation of the document, in its order.
    fn found(&mut self, skipped: &mut Vec<Skipped>) -> Vec<Found<'a>> {
        let mut all = Vec::new();
        let paths = Pointer::from_tokens(["paths"]);
        for (path, item) in &self.document.paths.paths {
            let ReferenceOr::Item(item) = item else {
                continue;
            };
            let key = path;
            let path = extension::text(&item.extensions, PATH).unwrap_or(path);
            for (slot, source) in item.iter() {
                let pointer = paths.join(key).join(slot);
                let method = extension::text(&source.extensions, METHOD)
                    .map_or_else(|| slot.to_uppercase(), str::to_owned);
                let id = match source.operation_id.as_deref().map(str::trim) {
                    Some(id) if !id.is_empty() => id.to_owned(),
                    _ => invented_id(&method, path),
                };
                if let Some(reason) = source.extensions.get("x-connector-skip") {
                    let reason = reason
                        .as_str()
                        .unwrap_or("the operation is broken")
                        .to_owned();
                    skipped.push(Skipped {
                        id,
                        pointer,
                        reason,
                    });
                    continue;
                }
                all.push(Found {
                    id,
                    unique_id: String::new(),
                    method,
                    path,
                    item,
                    source,
                    pointer,
                });
            }
        }
        self.number_ids(&mut all);
        all
    }

    /// Tells apart operations with the same operationId: errors, traces and tests name operations by it.
    fn number_ids(&mut self, all: &mut [Found<'a>]) {
        let mut taken: HashSet<String> = all.iter().map(|found| found.id.clone()).collect();
        let mut seen = HashSet::new();
        let mut numbers = Numbers::default();
        for found in all {
            found.unique_id = found.id.clone();
            if seen.insert(found.id.clone()) {
                continue;
            }
            let numbered = |number| format!("{}{number}", found.id);
            found.unique_id =
                numbers.free(found.id.clone(), numbered, |id| taken.insert(id.to_owned()));
            if found.source.operation_id.is_some() {
                self.diagnostics
                    .warn(Code::OperationIdDuplicate, &found.pointer, format!("the operationId `{}` is used more than once", found.id))
                    .hint("operationIds must be unique (OpenAPI 3.0.4, section 4.8.10); this one gets a number");
            }
        }
    }

    fn group_operations(
        &mut self,
        group: &str,
        found: Vec<Found<'a>>,
        types: &mut Scope,
    ) -> Vec<Operation> {
        let ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
        let functions = function_names(group, &ids);
        let mut methods = Scope::methods();
        let mut operations = Vec::new();
        for (found, function) in found.iter().zip(functions) {
            let mut operation = self.operation(found, types);
            self.extend(&mut operation, found.item, found.source);
            operation.function = methods.claim_value(&function);
            let mut suffixes = Vec::new();
            for (index, body) in operation.bodies.iter_mut().enumerate() {
                let suffix = method_suffix(&body.kind, &body.media_type, &suffixes);
                body.function = if index == 0 {
                    operation.function.clone()
                } else {
                    methods.claim_value(&format!("{function}_as_{suffix}"))
                };
                suffixes.push(suffix);
            }
            operations.push(operation);
        }
        super::choices::name_functions(&mut operations, &mut methods);
        operations
    }

    fn operation(&mut self, found: &Found<'a>, types: &mut Scope) -> Operation {
        let Found {
            id,
            unique_id,
            method,
            path,
            item,
            source,
            pointer,
        } = found;
        let place = Place::new(type_name(id), pointer.clone());
        let builder = types.claim_type(id);
        let mut setters = Scope::setters();
        let responses = source.responses.responses.values();
        let mut responses = responses.filter_map(|response| {
            let found = self.response_source(response, Pointer::root());
            found.map(|(response, _)| response)
        });
        if has_alternative(&mut responses) {
            setters.claim_value("stream");
        }
        let shared = pointer.parent().unwrap_or_default().join("parameters");
        let (mut parameters, headers) = self.parameters(
            &source.parameters,
            &item.parameters,
            path,
            &place,
            &shared,
            &mut setters,
        );
        let body = source
            .request_body
            .as_ref()
            .and_then(|body| self.body_source(body, pointer.join("requestBody")));
        let mut bodies: Vec<Body> = match &body {
            Some((body, pointer)) => self.bodies(body, pointer, &place),
            None => Vec::new(),
        };
        let mut answers = self.answers(&source.responses, method, &place, types);
        parameters.extend(
            headers
                .accept
                .and_then(|header| settle_accept(header, &mut answers.accept, &mut setters)),
        );
        parameters.extend(
            headers
                .content_type
                .and_then(|header| settle_content_type(header, &mut bodies, &mut setters)),
        );
        let security = source.security.as_ref().or(self.document.security.as_ref());
        let servers = if source.servers.is_empty() {
            &item.servers
        } else {
            &source.servers
        };
        Operation {
            id: unique_id.clone(),
            pointer: pointer.clone(),
            method: method.clone(),
            path: (*path).to_owned(),
            docs: Docs {
                summary: source
                    .summary
                    .clone()
                    .or_else(|| extension::title(&source.extensions))
                    .or_else(|| item.summary.clone()),
                description: source.description.clone(),
                deprecated: source.deprecated,
            },
            function: placeholder(),
            builder,
            parameters,
            body_required: body.as_ref().is_some_and(|(body, _)| body.required),
            body_fixed: body.is_some_and(|(body, _)| {
                extension::visibility(&body.extensions) == Visibility::Internal
            }),
            bodies,
            output: answers.output,
            stream: answers.stream,
            stream_flag: None,
            accept: answers.accept,
            errors: answers.errors,
            headers: answers.headers,
            security: security.map(|alternatives| self.requirements(alternatives)),
            servers: servers.iter().map(super::security::server).collect(),
            extensions: OperationExtensions {
                visibility: extension::visibility(&source.extensions),
                annotation: extension::annotation(&source.extensions),
                ..OperationExtensions::default()
            },
        }
    }
}

/// What a tag says about itself: its short text, its description, and the tag that it belongs to.
fn about_tag(tag: &openapiv3::Tag) -> Option<String> {
    let text = |name: &str| extension::text(&tag.extensions, name);
    let summary = text(TAG_SUMMARY).map(str::to_owned);
    let parent = text(TAG_PARENT).map(|parent| format!("Belongs to `{parent}`."));
    let said: Vec<String> = [summary, tag.description.clone(), parent]
        .into_iter()
        .flatten()
        .collect();
    (!said.is_empty()).then(|| said.join("\n\n"))
}
