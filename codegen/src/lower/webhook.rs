//! Webhooks and callbacks: what the API sends, as events.

use serde_json::Value;

use super::Lowering;
use super::media::{MediaKind, media_kind};
use super::names::{Scope, type_name};
use super::schema::{Place, component_key, unescape};
use crate::diagnostics::{Code, Pointer};
use crate::model::{BodyKind, Callback, Docs, Operation, Tag, Type, Webhook, Webhooks};
use crate::normalize::{CALLBACKS, METHOD, WEBHOOKS};
use crate::source::METHODS;

/// A request that the API sends, as the canonical document has it.
struct Found<'a> {
    name: &'a str,
    /// What its type is called after.
    wanted: String,
    method: String,
    source: &'a Value,
    pointer: Pointer,
    callback: Option<Callback>,
}

impl<'a> Lowering<'a> {
    /// Lowers all webhooks, and the callbacks of the operations in `tags`. Their module and feature get what names the operations left.
    pub fn webhooks(
        &mut self,
        tags: &[Tag],
        modules: &mut Scope,
        features: &mut Scope,
    ) -> Option<Webhooks> {
        let mut found = self.found_webhooks();
        for operation in tags.iter().flat_map(|tag| &tag.operations) {
            found.extend(self.found_callbacks(operation));
        }
        let mut types = Scope::types();
        let all: Vec<Webhook> = found
            .into_iter()
            .filter_map(|found| self.webhook(found, &mut types))
            .collect();
        (!all.is_empty()).then(|| Webhooks {
            module: modules.claim_value("webhooks"),
            feature: features.claim_feature("webhooks"),
            all,
        })
    }

    fn found_webhooks(&self) -> Vec<Found<'a>> {
        let items = members(self.document.extensions.get(WEBHOOKS));
        let found = items.flat_map(|(name, item)| {
            let pointer = Pointer::from_tokens([WEBHOOKS, name]);
            requests(name, name, item, &pointer, None)
        });
        found.collect()
    }

    fn found_callbacks(&self, operation: &Operation) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        let pointer = operation.pointer.join(CALLBACKS);
        for (name, expressions) in members(self.callbacks_at(&operation.pointer)) {
            let pointer = pointer.join(name);
            let wanted = format!("{}_{name}", operation.id);
            for (expression, item) in members(Some(expressions)) {
                let callback = Callback {
                    operation: operation.id.clone(),
                    expression: expression.clone(),
                };
                let pointer = pointer.join(expression);
                found.extend(requests(name, &wanted, item, &pointer, Some(&callback)));
            }
        }
        found
    }

    /// The callbacks of the operation at `pointer`.
    fn callbacks_at(&self, pointer: &Pointer) -> Option<&'a Value> {
        let mut tokens = pointer.tokens().skip(1);
        let (path, slot) = (tokens.next()?, tokens.next()?);
        let item = self.document.paths.paths.get(&*path)?.as_item()?;
        let mut operations = item.iter();
        let (_, operation) = operations.find(|(method, _)| *method == slot)?;
        operation.extensions.get(CALLBACKS)
    }

    fn webhook(&mut self, found: Found<'a>, types: &mut Scope) -> Option<Webhook> {
        let Some((event, is_form)) = self.event_of(&found) else {
            let message = format!(
                "no code is generated for `{}`: only JSON and forms are read as events",
                found.name
            );
            self.diagnostics
                .note(Code::WebhookSkipped, &found.pointer, message);
            return None;
        };
        let text = |key: &str| found.source.get(key).and_then(Value::as_str);
        Some(Webhook {
            docs: Docs {
                summary: text("summary").map(str::to_owned),
                description: text("description").map(str::to_owned),
                deprecated: found.source.get("deprecated") == Some(&Value::Bool(true)),
            },
            ty: types.claim_type(&found.wanted),
            name: found.name.to_owned(),
            pointer: found.pointer,
            method: found.method,
            event,
            is_form,
            callback: found.callback,
        })
    }

    /// The type of the body and whether it is a form; `None` where there is no body, or nothing that can be read.
    fn event_of(&mut self, found: &Found<'a>) -> Option<(Type, bool)> {
        let body = found.source.get("requestBody")?;
        if let Some(reference) = body.get("$ref").and_then(Value::as_str) {
            let components = self.document.components.as_ref()?;
            let key = unescape(component_key(reference));
            let body = components.request_bodies.get(&*key)?.as_item()?;
            let pointer = Pointer::from_tokens(["components", "requestBodies", &*key]);
            let place = Place::new(type_name(&found.wanted), pointer.clone());
            let bodies = self.bodies(body, &pointer, &place);
            return bodies.into_iter().find_map(|body| match body.kind {
                BodyKind::Json(ty) => Some((ty, false)),
                BodyKind::Form(ty) => Some((ty, true)),
                _ => None,
            });
        }
        let content = body.get("content")?.as_object()?;
        let of_kind = |kind| {
            let mut content = content.iter();
            content.find(|(media_type, _)| media_kind(media_type) == kind)
        };
        let json = of_kind(MediaKind::Json);
        let (_, media) = json.or_else(|| of_kind(MediaKind::Form))?;
        // Normalizing has made components of the schemas.
        let reference = media.pointer("/schema/$ref").and_then(Value::as_str);
        let model = reference.and_then(|reference| self.component(component_key(reference)));
        Some((model.map_or(Type::Value, Type::Model), json.is_none()))
    }
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// The requests of a path item: called as is wanted, and after their methods where there are several.
fn requests<'a>(
    name: &'a str,
    wanted: &str,
    item: &'a Value,
    pointer: &Pointer,
    callback: Option<&Callback>,
) -> Vec<Found<'a>> {
    let is_operation = |(key, _): &(&String, &Value)| METHODS.contains(&key.as_str());
    let operations: Vec<_> = members(Some(item)).filter(is_operation).collect();
    let is_only = operations.len() == 1;
    let found = operations.into_iter().map(|(method, source)| Found {
        name,
        wanted: match is_only {
            true => wanted.to_owned(),
            false => format!("{wanted}_{method}"),
        },
        method: method_name(method, source),
        source,
        pointer: pointer.join(method),
        callback: callback.cloned(),
    });
    found.collect()
}

/// The method that an operation is sent with: some methods have no place of their own in the canonical document.
fn method_name(slot: &str, source: &Value) -> String {
    let other = source.get(METHOD).and_then(Value::as_str);
    other.map_or_else(|| slot.to_uppercase(), str::to_owned)
}
