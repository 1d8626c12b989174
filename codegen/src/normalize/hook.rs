//! Webhooks and callbacks: requests that the API sends (OpenAPI 3.1.1, section 4.8.1; 3.0.4, section 4.8.18; `x-webhooks`, as
//! documents of 3.0 have it).
//!
//! Their path items are read like those of paths and kept as extensions. Schemas of their contents are components, so that
//! later stages see schemas like all others.

use openapiv3::{Content, Operation, ReferenceOr, Schema};
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use super::path::Route;
use super::read::extensions;
use super::references::{Section, Target};
use crate::diagnostics::{Code, Pointer};

/// The extension of the canonical document that has the webhooks: path items by name.
pub(crate) const WEBHOOKS: &str = "x-connector-webhooks";

/// The extension of a canonical operation that has its callbacks: path items by name and expression.
pub(crate) const CALLBACKS: &str = "x-connector-callbacks";

/// How many references a callback may lead through.
const MAX_HOPS: usize = 16;

impl Normalizer<'_> {
    /// The webhooks of the document.
    pub(super) fn webhooks(&mut self, value: Value, at: &At<'_>) -> Value {
        let section = Pointer::from_tokens([WEBHOOKS]);
        let members = self.mapping(value, at);
        let mut webhooks = Map::new();
        self.in_hook = true;
        for (name, value) in members {
            let at = at.key(&name);
            self.hook(&name, &name, value, &section, &mut webhooks, &at);
        }
        self.in_hook = false;
        Value::Object(webhooks)
    }

    /// The callbacks of the operation at `canonical`; none inside of another webhook or callback.
    pub(super) fn callbacks(
        &mut self,
        value: Value,
        canonical: &Pointer,
        at: &At<'_>,
    ) -> Option<Value> {
        // Components may lead back to themselves, and nobody answers an answer.
        if std::mem::replace(&mut self.in_hook, true) {
            return None;
        }
        let owner = self.owner.clone();
        let mut callbacks = Map::new();
        for (name, value) in self.mapping(value, at) {
            let at = at.key(&name);
            let section = canonical.join(CALLBACKS).join(&name);
            let Some((expressions, source)) = self.callback(value, &at) else {
                continue;
            };
            self.origins.insert(section.clone(), source.clone());
            let at = At::root(&source);
            let mut items = Map::new();
            for (expression, value) in expressions {
                let at = at.key(&expression);
                self.hook(&expression, &name, value, &section, &mut items, &at);
            }
            callbacks.insert(name, Value::Object(items));
        }
        self.owner = owner;
        self.in_hook = false;
        Some(Value::Object(callbacks))
    }

    /// The path items of a callback by expression, and where they stand; from the target of a reference.
    fn callback(&mut self, value: Value, at: &At<'_>) -> Option<(Map<String, Value>, Pointer)> {
        let mut members = self.mapping(value, at);
        let mut source = at.pointer();
        for _ in 0..MAX_HOPS {
            let Some(reference) = members
                .shift_remove("$ref")
                .and_then(|value| self.string(value, at))
            else {
                extensions(&mut members);
                return Some((members, source));
            };
            // Nothing is hoisted under this section; it only says what is wanted.
            let reason = match self.references.resolve(&reference, Section::RequestBodies) {
                Target::Elsewhere(pointer) => match self.references.take_copy(&pointer) {
                    Some(Value::Object(copy)) => {
                        members = copy;
                        source = pointer;
                        continue;
                    }
                    _ => format!("`{reference}` is no callback"),
                },
                Target::Nowhere(reason) => reason,
                Target::Component(..) => format!("`{reference}` is no callback"),
            };
            self.dangling(&reference, reason, at);
            return None;
        }
        let message = "the callback refers to itself without ever reaching content";
        self.diagnostics
            .warn(Code::CircularReference, &at.pointer(), message);
        None
    }

    /// Adds the path item of a webhook or callback to `items`.
    fn hook(
        &mut self,
        key: &str,
        name: &str,
        value: Value,
        section: &Pointer,
        items: &mut Map<String, Value>,
        at: &At<'_>,
    ) {
        let route = Route {
            key,
            section: section.clone(),
            hook: Some(name),
        };
        for (key, item) in self.path_item(value, &route, at) {
            // Maps have text for keys here, so this cannot fail.
            if let Ok(item) = serde_json::to_value(item) {
                items.insert(key, item);
            }
        }
    }

    /// Makes the schemas in the contents of a webhook's or callback's operation components.
    pub(super) fn hoist_contents(&mut self, operation: &mut Operation, canonical: &Pointer) {
        if let Some(ReferenceOr::Item(body)) = &mut operation.request_body {
            let place = canonical.join("requestBody").join("content");
            self.hoist_content(&mut body.content, "Event", &place);
        }
        let place = canonical.join("responses");
        let responses = &mut operation.responses;
        if let Some(ReferenceOr::Item(response)) = &mut responses.default {
            let place = place.join("default").join("content");
            self.hoist_content(&mut response.content, "Reply", &place);
        }
        for (status, response) in &mut responses.responses {
            if let ReferenceOr::Item(response) = response {
                let place = place.join(&status.to_string()).join("content");
                self.hoist_content(&mut response.content, "Reply", &place);
            }
        }
    }

    fn hoist_content(&mut self, content: &mut Content, suffix: &str, place: &Pointer) {
        let wanted = match self.owner.ends_with(suffix) {
            true => self.owner.clone(),
            false => format!("{}{suffix}", self.owner),
        };
        for (media_type, media) in content {
            if let Some(schema @ ReferenceOr::Item(_)) = &mut media.schema {
                let place = place.join(media_type).join("schema");
                let source = self.origins.to_source(&place);
                let reference = self.place_component(
                    std::mem::replace(
                        schema,
                        ReferenceOr::Reference {
                            reference: String::new(),
                        },
                    ),
                    &wanted,
                    source,
                );
                *schema = ReferenceOr::Reference { reference };
            }
        }
    }

    /// Makes a schema a component, unless it is a reference; returns the reference.
    pub(super) fn place_component(
        &mut self,
        schema: ReferenceOr<Schema>,
        wanted: &str,
        source: Pointer,
    ) -> String {
        if let ReferenceOr::Reference { reference } = schema {
            return reference;
        }
        let key = self.references.claim(Section::Schemas, wanted, "");
        self.origins.insert(Section::Schemas.pointer(&key), source);
        let reference = Section::Schemas.reference(&key);
        self.components.schemas.insert(key, schema);
        reference
    }
}
