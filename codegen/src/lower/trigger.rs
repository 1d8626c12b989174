//! `x-ms-trigger`: operations that start something when the API has news.

use openapiv3::{Operation as Source, PathItem, SchemaKind, Type as Kind};
use serde_json::Value;

use super::Lowering;
use super::names::Scope;
use super::paging::{self, element, member, object, success};
use super::schema::{SchemaRef, component_key};
use crate::model::{
    Action, Api, BodyKind, Location, Model, ModelKind, Operation, Parameter, Presence, Trigger,
    TriggerKind, Type, UrlStep, WireName,
};
use crate::normalize::NOTIFICATION;

/// The URL is looked for no deeper in a body.
const MAX_DEPTH: usize = 8;

impl<'a> Lowering<'a> {
    /// Fills in what the extensions of an operation say about its life beyond one call.
    pub fn extend(&mut self, operation: &mut Operation, item: &'a PathItem, source: &'a Source) {
        operation.extensions.job = self.job(operation, source);
        operation.extensions.paging = self.paging(operation, item, source);
        operation.extensions.trigger = self.trigger(operation, item, source);
        self.choices(operation, item, source);
    }

    fn trigger(
        &mut self,
        operation: &Operation,
        item: &'a PathItem,
        source: &'a Source,
    ) -> Option<Trigger> {
        let mode = source.extensions.get("x-ms-trigger")?.as_str()?;
        let batch = mode.eq_ignore_ascii_case("batch");
        let hint = source.extensions.get("x-ms-trigger-hint");
        let event = item.extensions.get(NOTIFICATION).and_then(Value::as_str);
        let url = self.url_in_body(source);
        let kind = if event.is_some() || url.is_some() {
            TriggerKind::Webhook {
                event: self.event(event),
                url: url.unwrap_or_default(),
                unsubscribe: None,
            }
        } else {
            TriggerKind::Polling {
                event: Type::Value,
                items: batch.then(Vec::new),
            }
        };
        // Without a place for the URL, nobody can be told of it; without a body, there is none.
        if let TriggerKind::Webhook { url, .. } = &kind
            && (url.is_empty() || !takes_json(operation))
        {
            return None;
        }
        Some(Trigger {
            batch,
            hint: hint.and_then(Value::as_str).map(str::to_owned),
            kind,
        })
    }

    fn event(&mut self, reference: Option<&'a str>) -> Type {
        let model = reference.and_then(|reference| self.component(component_key(reference)));
        model.map_or(Type::Value, Type::Model)
    }

    /// The schema of the body that an operation prefers.
    pub fn body_schema(&self, source: &'a Source) -> Option<SchemaRef<'a>> {
        let body = source.request_body.as_ref()?;
        let (body, _) = self.body_source(body, crate::diagnostics::Pointer::root())?;
        let mut media = body.content.iter();
        let json = media.find(|(name, _)| name.contains("json"));
        let (_, media) = json.or(body.content.first())?;
        media.schema.as_ref().map(SchemaRef::new)
    }

    fn url_in_body(&self, source: &'a Source) -> Option<Vec<UrlStep>> {
        let schema = self.body_schema(source)?;
        let mut steps = Vec::new();
        let mut budget = 4096;
        self.find_url(schema, &mut steps, &mut budget)
            .then_some(steps)
    }

    /// Searches depth first; `budget` bounds the number of schemas.
    fn find_url(
        &self,
        schema: SchemaRef<'a>,
        steps: &mut Vec<UrlStep>,
        budget: &mut usize,
    ) -> bool {
        if *budget == 0 || steps.len() > MAX_DEPTH {
            return false;
        }
        *budget -= 1;
        if self.is_marked(schema, "x-ms-notification-url") {
            return true;
        }
        if let Some(items) = self.items_of(schema) {
            steps.push(UrlStep::Element);
            if self.find_url(items, steps, budget) {
                return true;
            }
            steps.pop();
        }
        for (name, parts) in self.properties_of(schema) {
            steps.push(UrlStep::Property(WireName::new(name)));
            let mut parts = parts.into_iter();
            if parts.any(|part| self.find_url(part, steps, budget)) {
                return true;
            }
            steps.pop();
        }
        false
    }

    fn is_marked(&self, schema: SchemaRef<'a>, extension: &str) -> bool {
        match self.extension(schema, extension) {
            Some(Value::Bool(marked)) => *marked,
            Some(Value::String(text)) => text.trim().eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// An extension of a schema or of one that it wraps.
    pub fn extension(&self, schema: SchemaRef<'a>, name: &str) -> Option<&'a Value> {
        let own = self.resolve(schema)?.schema_data.extensions.get(name);
        own.or_else(|| self.unwrapped(schema)?.schema_data.extensions.get(name))
    }

    /// The schema of the elements of a list.
    pub fn items_of(&self, schema: SchemaRef<'a>) -> Option<SchemaRef<'a>> {
        match &self.unwrapped(schema)?.schema_kind {
            SchemaKind::Type(Kind::Array(array)) => array.items.as_ref().map(SchemaRef::boxed),
            SchemaKind::Any(any) => any.items.as_ref().map(SchemaRef::boxed),
            _ => None,
        }
    }

    /// The properties of an object.
    pub fn properties_of(&self, schema: SchemaRef<'a>) -> Vec<(&'a str, Vec<SchemaRef<'a>>)> {
        let properties = self.object_parts(schema).map(|parts| parts.properties);
        let properties = properties.unwrap_or_default().into_iter();
        properties
            .map(|(name, parts)| (name, parts.into_iter().map(|(part, _)| part).collect()))
            .collect()
    }
}

fn takes_json(operation: &Operation) -> bool {
    let kind = operation.bodies.first().map(|body| &body.kind);
    matches!(kind, Some(BodyKind::Json(_) | BodyKind::Form(_)))
}

/// Finishes what needs all operations and models: the types of elements, and which operation ends a subscription.
pub(super) fn settle(api: &mut Api) {
    let positions: Vec<(usize, usize)> = api
        .tags
        .iter()
        .enumerate()
        .flat_map(|(tag, of)| (0..of.operations.len()).map(move |operation| (tag, operation)))
        .collect();
    for (tag, index) in positions {
        let operation = &api.tags[tag].operations[index];
        let mut trigger = operation.extensions.trigger.clone();
        match trigger.as_mut().map(|trigger| &mut trigger.kind) {
            Some(TriggerKind::Webhook {
                url, unsubscribe, ..
            }) => {
                *unsubscribe = deletion(api, operation);
                let body = operation.bodies.first().map(|body| body.kind.clone());
                if let Some(BodyKind::Json(ty) | BodyKind::Form(ty)) = body {
                    loosen(&mut api.models, &ty, url);
                }
            }
            Some(TriggerKind::Polling { event, items }) => polled(api, operation, event, items),
            None => {}
        }
        api.tags[tag].operations[index].extensions.trigger = trigger;
    }
}

/// Where a polled answer has its events, and their type: as the connector's policy says, else by the shape of the answer.
fn polled(api: &Api, operation: &Operation, event: &mut Type, items: &mut Option<Vec<String>>) {
    let answer = success(&operation.output);
    if let Some(data) = data_of(api, &operation.id) {
        let mut list = answer;
        for step in &data {
            list = list.and_then(|list| member(&api.models, list, step));
        }
        let item = list.and_then(|list| element(&api.models, list));
        *event = item.cloned().unwrap_or(Type::Value);
        *items = Some(data);
        return;
    }
    let Some(answer) = answer else {
        return;
    };
    if items.is_none() {
        *event = answer.clone();
        return;
    }
    if let Some(item) = element(&api.models, answer) {
        *event = item.clone();
        return;
    }
    // An object with one list in it.
    let fields = object(&api.models, answer).map_or(&[][..], |object| &object.fields);
    let mut lists = fields
        .iter()
        .filter_map(|field| Some((&field.wire, element(&api.models, &field.ty)?)));
    if let (Some((name, item)), None) = (lists.next(), lists.next()) {
        *event = item.clone();
        *items = Some(vec![name.as_str().to_owned()]);
    }
}

/// What the policy for polling says about an operation.
fn data_of(api: &Api, operation: &str) -> Option<Vec<String>> {
    let policies = &api.connector.as_ref()?.policies;
    policies.iter().find_map(|policy| match &policy.action {
        Action::Poll { data, .. }
            if policy.operations.is_empty()
                || policy
                    .operations
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(operation)) =>
        {
            Some(data.steps.clone())
        }
        _ => None,
    })
}

/// The operation that ends a subscription: the one that deletes what is below the path of the trigger, else the only one that
/// deletes hooks at all and that nobody is meant to see.
fn deletion(api: &Api, trigger: &Operation) -> Option<(String, usize)> {
    let fitting = |found: &&Operation| found.method == "DELETE";
    let below = |found: &&Operation| {
        let path = trigger.path.trim_end_matches('/');
        let rest = found.path.strip_prefix(path);
        let id = rest.and_then(|rest| rest.strip_prefix('/'));
        id.is_some_and(|id| {
            let id = id.trim_end_matches('/');
            id.starts_with('{') && id.ends_with('}') && !id.contains('/')
        })
    };
    let hidden = |found: &&Operation| {
        let text = format!("{} {}", found.id, found.path).to_lowercase();
        let words = ["hook", "subscri", "trigger", "notif", "callback"];
        found.extensions.visibility == crate::model::Visibility::Internal
            && words.iter().any(|word| text.contains(word))
    };
    let only = |found: Vec<(&Operation, usize)>| match found[..] {
        [(operation, id)] => Some((operation.id.clone(), id)),
        _ => None,
    };
    let named = |filter: &dyn Fn(&&Operation) -> bool| {
        let found = api.operations().filter(fitting).filter(filter);
        found
            .filter_map(|found| Some((found, id_of(found, trigger)?)))
            .collect()
    };
    only(named(&below)).or_else(|| only(named(&hidden)))
}

/// The one parameter of a deleting operation that the trigger does not know: the id.
fn id_of(operation: &Operation, trigger: &Operation) -> Option<usize> {
    if operation.body_required {
        return None;
    }
    let known = |parameter: &Parameter| {
        let mut paths = trigger.parameters.iter();
        parameter.location == Location::Path
            && paths.any(|of| of.location == Location::Path && of.wire == parameter.wire)
    };
    let mut open = operation
        .parameters
        .iter()
        .enumerate()
        .filter(|(_, parameter)| parameter.required && !known(parameter));
    match (open.next(), open.next()) {
        (Some((index, id)), None) if id.location == Location::Path => Some(index),
        _ => None,
    }
}

/// Lets a body be made without the URL, which `subscribe` fills in.
fn loosen(models: &mut [Model], body: &Type, url: &[UrlStep]) {
    let Some((UrlStep::Property(last), way)) = url.split_last() else {
        return;
    };
    let mut ty = Some(body);
    for step in way {
        ty = ty.and_then(|ty| match step {
            UrlStep::Property(name) => member(models, ty, name.as_str()),
            UrlStep::Element => element(models, ty),
        });
    }
    let Some(Type::Model(id)) = ty.map(|ty| paging::plain(models, ty)) else {
        return;
    };
    let id = *id;
    let ModelKind::Struct(object) = &mut models[id.index()].kind else {
        return;
    };
    let mut setters = Scope::builder();
    for field in &object.fields {
        if let Some(setter) = &field.setter {
            setters.claim_value(setter.as_str());
        }
    }
    let found = object.fields.iter_mut().find(|field| field.wire == *last);
    if let Some(field) = found.filter(|field| field.in_new) {
        field.in_new = false;
        field.presence = Presence::Optional;
        field.setter = Some(setters.claim_value(last.as_str()));
    }
}
