//! `components`, and its counterparts at the top of a Swagger 2.0 document.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use openapiv3::{ReferenceOr, Response};
use serde_json::{Map, Value};

use super::at::At;
use super::read::extensions;
use super::references::Section;
use super::schema::dangling_schema;
use super::{Dialect, Normalizer};
use crate::diagnostics::Code;

impl Normalizer<'_> {
    /// Reads all components.
    pub(super) fn read_components(&mut self, root: &mut Map<String, Value>, at: &At<'_>) {
        if self.dialect == Dialect::Swagger20 {
            for section in [
                Section::Schemas,
                Section::Parameters,
                Section::Responses,
                Section::SecuritySchemes,
            ] {
                let name = section.swagger_name().unwrap_or_default();
                if let Some(value) = root.shift_remove(name) {
                    self.section(section, value, &at.key(name));
                }
            }
        }
        let Some(components) = root.shift_remove("components") else {
            return;
        };
        let at = at.key("components");
        let mut components = self.mapping(components, &at);
        self.components.extensions = extensions(&mut components);
        if let Some(examples) = components.shift_remove("examples") {
            self.share_examples(examples);
        }
        for (name, value) in components {
            let at = at.key(&name);
            match name.as_str() {
                "schemas" => self.section(Section::Schemas, value, &at),
                "responses" => self.section(Section::Responses, value, &at),
                "parameters" => self.section(Section::Parameters, value, &at),
                "requestBodies" => self.section(Section::RequestBodies, value, &at),
                "headers" => self.section(Section::Headers, value, &at),
                "securitySchemes" => self.section(Section::SecuritySchemes, value, &at),
                // Nothing is generated from these, or they are read where they are used.
                "links" | "callbacks" | "pathItems" | "mediaTypes" => {}
                _ => {
                    let message = format!("`{name}` is no section of `components`");
                    self.diagnostics
                        .note(Code::KeywordIgnored, &at.pointer(), message);
                }
            }
        }
    }

    fn section(&mut self, section: Section, value: Value, at: &At<'_>) {
        for (key, value) in self.mapping(value, at) {
            self.component(section, &key, value, &at.key(&key));
        }
    }

    fn component(&mut self, section: Section, key: &str, value: Value, at: &At<'_>) {
        let key = key.to_owned();
        self.owner.clone_from(&key);
        match section {
            Section::Schemas => {
                let schema = self.schema(value, at);
                self.components.schemas.insert(key, schema);
            }
            Section::Responses => {
                let response = self.response(value, at, &[]);
                self.components.responses.insert(key, response);
            }
            Section::Parameters if self.references.is_shared_body(&key) => {}
            Section::Parameters => {
                if let Some(parameter) = self.shared_parameter(value, at) {
                    self.components.parameters.insert(key, parameter);
                }
            }
            Section::RequestBodies => {
                if let Some(body) = self.shared_request_body(value, at) {
                    self.components.request_bodies.insert(key, body);
                }
            }
            Section::Headers => {
                if let Some(header) = self.header(value, at) {
                    self.components.headers.insert(key, header);
                }
            }
            Section::SecuritySchemes => {
                if let Some(scheme) = self.security_scheme(value, at) {
                    self.components.security_schemes.insert(key, scheme);
                }
            }
        }
    }

    /// Reads a schema that an extension of the canonical form refers to: one that stands in place becomes a component like
    /// `wanted`, so that later stages see a schema like all others. Returns the reference.
    pub(super) fn schema_component(&mut self, value: Value, wanted: &str, at: &At<'_>) -> String {
        let schema = self.schema(value, at);
        self.place_component(schema, wanted, at.pointer())
    }

    /// Makes components of the copied places. Each may refer to further places, so this goes on until none is left.
    pub(super) fn copy_hoisted(&mut self) {
        while let Some((section, key, pointer, value)) = self.references.next_hoisted() {
            self.origins.insert(section.pointer(&key), pointer.clone());
            self.component(section, &key, value, &At::root(&pointer));
        }
    }

    /// Makes every component that is only a reference point to content, so that no later stage meets a chain or
    /// a circle of references.
    pub(super) fn settle_aliases(&mut self) {
        for (key, reference) in settle(&mut self.components.schemas, Section::Schemas) {
            self.circular(Section::Schemas, &key);
            self.components
                .schemas
                .insert(key, ReferenceOr::Item(dangling_schema(&reference)));
        }
        for (key, _) in settle(&mut self.components.responses, Section::Responses) {
            self.circular(Section::Responses, &key);
            self.components
                .responses
                .insert(key, ReferenceOr::Item(Response::default()));
        }
        // A parameter or body without content cannot be replaced; operations that use it will not find it.
        for (key, _) in settle(&mut self.components.parameters, Section::Parameters) {
            self.circular(Section::Parameters, &key);
            self.components.parameters.shift_remove(&key);
        }
        for (key, _) in settle(&mut self.components.request_bodies, Section::RequestBodies) {
            self.circular(Section::RequestBodies, &key);
            self.components.request_bodies.shift_remove(&key);
        }
        for (key, _) in settle(&mut self.components.headers, Section::Headers) {
            self.circular(Section::Headers, &key);
            self.components.headers.shift_remove(&key);
        }
        for (key, _) in settle(
            &mut self.components.security_schemes,
            Section::SecuritySchemes,
        ) {
            self.circular(Section::SecuritySchemes, &key);
            self.components.security_schemes.shift_remove(&key);
        }
    }

    fn circular(&mut self, section: Section, key: &str) {
        let source = self.origins.to_source(&section.pointer(key));
        let message = format!("`{key}` refers to itself without ever reaching content");
        self.diagnostics
            .warn(Code::CircularReference, &source, message);
    }
}

/// Points every alias in a section to the content at the end of its chain; returns those that never reach any.
fn settle<T>(
    section: &mut IndexMap<String, ReferenceOr<T>>,
    kind: Section,
) -> Vec<(String, String)> {
    let aliases: Vec<usize> = (0..section.len())
        .filter(|index| {
            matches!(
                section.get_index(*index),
                Some((_, ReferenceOr::Reference { .. }))
            )
        })
        .collect();
    let mut broken = BTreeSet::new();
    for index in aliases {
        let (chain, content) = chain_from(section, kind, index, &broken);
        let Some(content) = content else {
            broken.extend(chain);
            continue;
        };
        for link in chain {
            if let Some((_, component)) = section.get_index_mut(link) {
                *component = ReferenceOr::Reference {
                    reference: content.clone(),
                };
            }
        }
    }
    let broken = broken.into_iter().filter_map(|index| {
        let (key, component) = section.get_index(index)?;
        match component {
            ReferenceOr::Reference { reference } => Some((key.clone(), reference.clone())),
            ReferenceOr::Item(_) => None,
        }
    });
    broken.collect()
}

/// Follows an alias: the aliases on the way, itself first, and the reference to content at the end. Those that are `broken` lead
/// to none.
fn chain_from<T>(
    section: &IndexMap<String, ReferenceOr<T>>,
    kind: Section,
    start: usize,
    broken: &BTreeSet<usize>,
) -> (Vec<usize>, Option<String>) {
    let prefix = format!("#/components/{}/", kind.name());
    let mut seen = HashSet::new();
    let mut chain = Vec::new();
    let mut at = start;
    while !broken.contains(&at) && seen.insert(at) {
        let Some((_, ReferenceOr::Reference { reference })) = section.get_index(at) else {
            break;
        };
        chain.push(at);
        let key = reference
            .strip_prefix(&prefix)
            .map(|key| key.replace("~1", "/").replace("~0", "~"));
        match key.and_then(|key| section.get_full(&key)) {
            Some((_, _, ReferenceOr::Item(_))) => return (chain, Some(reference.clone())),
            Some((next, _, ReferenceOr::Reference { .. })) => at = next,
            None => break,
        }
    }
    (chain, None)
}
