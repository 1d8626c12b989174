//! Which calls of an operation are worth a test.

use std::collections::HashSet;

use openapiv3::{MediaType, Parameter};
use serde_json::{Value, json};

use super::body;
use super::document::{Source, media};
use super::parameter::as_text;
use super::request::{Target, is_usable};
use crate::lower::media::{essence, media_kind};
use crate::model::wire::{Body, Case, Content, SentBody};
use crate::model::{Api, BodyKind, Location, ModelKind, Scalar, StreamFlag, Type};
use crate::synthesis::{Direction, Instance, Synthesis};

/// How many calls an operation gets at most.
pub(super) const MAX_CASES: usize = 8;

/// What there is to choose from.
struct Choices<'a> {
    api: &'a Api,
    target: &'a Target<'a>,
    /// Values by the index of the parameter.
    values: Vec<Vec<Instance>>,
    /// Bodies by their index.
    bodies: Vec<(&'a MediaType, Vec<Instance>)>,
}

/// The calls of an operation.
///
/// # Errors
/// Why it can't be called.
pub(super) fn cases<'a>(
    api: &'a Api,
    target: &'a Target<'a>,
    source: &Source<'a>,
    synthesis: &Synthesis<'a>,
) -> Result<Vec<Case>, String> {
    let choices = Choices::of(api, target, source, synthesis);
    choices.check()?;
    let mut cases: Vec<Case> = Vec::new();
    let mut names = HashSet::new();
    let mut refused = None;
    for (name, arguments, body) in choices.calls() {
        let known = cases
            .iter()
            .any(|case| case.arguments == arguments && case.body == body);
        if known || cases.len() == MAX_CASES {
            continue;
        }
        match choices.case(arguments, body) {
            Ok(mut case) => {
                case.name = unique(name, &mut names);
                cases.push(case);
            }
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    match (cases.is_empty(), refused) {
        (true, Some(reason)) => Err(reason),
        (true, None) => Err("no call could be made up".to_owned()),
        (false, _) => Ok(cases),
    }
}

/// Some calls differ in more than one way, and some instances have the same name.
fn unique(name: String, names: &mut HashSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while !names.insert(candidate.clone()) {
        candidate = format!("{name} {number}");
        number += 1;
    }
    candidate
}

type Call = (String, Vec<(usize, Value)>, Option<Body>);

impl<'a> Choices<'a> {
    fn of(
        api: &'a Api,
        target: &'a Target<'a>,
        source: &Source<'a>,
        synthesis: &Synthesis<'a>,
    ) -> Self {
        let parameters = target.operation.parameters.iter().zip(&target.parameters);
        let values = parameters.map(|(lowered, parameter)| match parameter {
            // They say what the runtime says by itself, and another value would be another request.
            _ if lowered.location == Location::Header
                && is_about_content(lowered.wire.as_str()) =>
            {
                Vec::new()
            }
            Some(parameter) => values(api, &lowered.ty, parameter, synthesis),
            None => Vec::new(),
        });
        let request = source.body();
        let bodies = target.operation.bodies.iter().map_while(|lowered| {
            let alike = |name: &str| media_kind(name) == media_kind(&lowered.media_type);
            let media = media(request?, lowered, alike)?;
            Some((media, contents(media, &lowered.kind, synthesis)))
        });
        Self {
            values: values.collect(),
            bodies: bodies.collect(),
            api,
            target,
        }
    }

    /// Whether there is something for all that is required.
    fn check(&self) -> Result<(), String> {
        let operation = self.target.operation;
        for (parameter, values) in operation.parameters.iter().zip(&self.values) {
            if parameter.required && values.is_empty() {
                return Err(format!(
                    "no value for the required parameter `{}` could be made up that can be sent",
                    parameter.wire.as_str()
                ));
            }
        }
        let body = self
            .bodies
            .iter()
            .any(|(_, instances)| !instances.is_empty());
        if operation.body_required && !body {
            return Err("no body could be made up that its schema allows".to_owned());
        }
        Ok(())
    }

    /// The calls in the order of their worth: little, all, each media type, then each value that there is. Values of several
    /// parameters vary side by side, since each combination of them would be too much.
    fn calls(&self) -> Vec<Call> {
        let operation = self.target.operation;
        let preferred = self.bodies.iter().position(|(_, all)| !all.is_empty());
        let required = operation.body_required || operation.body_fixed;
        let body = preferred.filter(|_| required);
        let mut calls = vec![(
            "required".to_owned(),
            self.arguments(0, true),
            body.and_then(|index| self.body(index, "required", 0)),
        )];
        let everything =
            |index: Option<usize>| index.and_then(|index| self.body(index, "everything", 1));
        calls.push((
            "everything".to_owned(),
            self.everything(),
            everything(preferred),
        ));
        for (index, lowered) in operation.bodies.iter().enumerate() {
            if Some(index) != preferred
                && self
                    .bodies
                    .get(index)
                    .is_some_and(|(_, all)| !all.is_empty())
            {
                let name = format!("as {}", essence(&lowered.media_type));
                calls.push((name, self.everything(), everything(Some(index))));
            }
        }
        let of_body = preferred.and_then(|index| self.bodies.get(index));
        let most = self.values.iter().map(Vec::len).max().unwrap_or_default();
        let most = most.max(of_body.map_or(0, |(_, instances)| instances.len()));
        for at in 0..most {
            let name = of_body
                .and_then(|(_, instances)| instances.get(at))
                .map_or_else(|| format!("values {}", at + 1), |of| of.name.clone());
            let body = preferred.and_then(|index| self.body(index, "", at));
            calls.push((name, self.arguments(at, false), body));
        }
        calls
    }

    /// A value for each parameter, or for those that are required.
    fn arguments(&self, at: usize, required_only: bool) -> Vec<(usize, Value)> {
        self.chosen(required_only, |instances| {
            instances.get(at % instances.len().max(1))
        })
    }

    fn everything(&self) -> Vec<(usize, Value)> {
        self.chosen(false, |instances| named(instances, "everything", 0))
    }

    fn chosen(
        &self,
        required_only: bool,
        choose: impl Fn(&[Instance]) -> Option<&Instance>,
    ) -> Vec<(usize, Value)> {
        let parameters = self.target.operation.parameters.iter();
        parameters
            .zip(&self.values)
            .enumerate()
            .filter(|(_, (parameter, _))| parameter.required || !required_only)
            .filter_map(|(index, (_, instances))| Some((index, choose(instances)?.value.clone())))
            .collect()
    }

    /// The body of this name, or else at this place.
    fn body(&self, index: usize, name: &str, at: usize) -> Option<Body> {
        let (_, instances) = self.bodies.get(index)?;
        let instance = named(instances, name, at)?;
        let content = match self.target.operation.bodies.get(index)?.kind {
            BodyKind::Text | BodyKind::Binary => Content::Text(super::value::text(&instance.value)),
            BodyKind::Json(_) => Content::Value(self.with_stream_flag(&instance.value)),
            _ => Content::Value(instance.value.clone()),
        };
        Some(Body { index, content })
    }

    /// A call with what it must send.
    fn case(&self, arguments: Vec<(usize, Value)>, body: Option<Body>) -> Result<Case, String> {
        let mut sent = self.target.sent(&arguments)?;
        if let Some(body) = &body {
            let lowered = &self.target.operation.bodies[body.index];
            let media = self.bodies[body.index].0;
            sent.media_type = Some(lowered.media_type.clone());
            sent.body = match (&body.content, &lowered.kind) {
                (Content::Value(value), BodyKind::Form(_)) => {
                    Some(SentBody::Form(body::form(media, value)))
                }
                (Content::Value(value), BodyKind::Multipart(id)) => {
                    let form = id.map(|id| &self.api.model(id).kind);
                    let form = match form {
                        Some(ModelKind::Form(form)) => Some(form),
                        _ => None,
                    };
                    Some(SentBody::Parts(body::parts(media, form, value)))
                }
                (Content::Value(_) | Content::Text(_), _) => None,
            };
        }
        Ok(Case {
            name: String::new(),
            arguments,
            body,
            sent,
        })
    }

    /// The body of an operation that answers in a stream alone, which would be made to ask for one: what is given is what is sent.
    fn with_stream_flag(&self, value: &Value) -> Value {
        let operation = self.target.operation;
        let is_asked = operation.stream.is_none()
            && operation.stream_flag == Some(StreamFlag::Body)
            && value.get("stream").is_none_or(Value::is_null);
        let mut value = value.clone();
        if is_asked && let Some(members) = value.as_object_mut() {
            members.insert("stream".to_owned(), Value::Bool(true));
        }
        value
    }
}

/// The instance of this name, or the one at this place, counted around.
fn named<'i>(instances: &'i [Instance], name: &str, at: usize) -> Option<&'i Instance> {
    let mut all = instances.iter();
    let found = all.find(|instance| instance.name == name);
    found.or_else(|| instances.get(at % instances.len().max(1)))
}

fn is_about_content(header: &str) -> bool {
    let known = ["accept", "content-type", "content-length"];
    known.iter().any(|known| header.eq_ignore_ascii_case(known))
}

/// The values for a parameter that its type takes and that can stand in its place.
fn values(api: &Api, ty: &Type, parameter: &Parameter, synthesis: &Synthesis<'_>) -> Vec<Instance> {
    let instances = synthesis.instances_of_parameter(parameter.parameter_data_ref());
    let mut fit: Vec<Instance> = Vec::new();
    for mut instance in instances {
        let Some(value) = taken(api, ty, &instance.value) else {
            continue;
        };
        instance.value = value;
        let known = fit.iter().any(|other| other.value == instance.value);
        if !known && is_usable(parameter, &instance.value) {
            fit.push(instance);
        }
    }
    fit
}

/// A value as the setter takes it: where a schema allows for anything, that is text.
fn taken(api: &Api, ty: &Type, value: &Value) -> Option<Value> {
    if value.is_null() {
        return None;
    }
    let ty = match ty {
        Type::Option(inner) | Type::Boxed(inner) => inner.as_ref(),
        other => other,
    };
    match api.resolved(ty) {
        Type::Scalar(Scalar::String) => as_text(value),
        Type::Vec(item) if *api.resolved(item) == Type::STRING => {
            value.as_array()?.iter().map(as_text).collect()
        }
        _ => Some(value.clone()),
    }
}

/// The bodies of a media type that its function takes.
fn contents(media: &MediaType, kind: &BodyKind, synthesis: &Synthesis<'_>) -> Vec<Instance> {
    let instances = synthesis.instances_of_media_type(media, Direction::Request);
    let plain = |name: &str, value: Value| Instance {
        name: name.to_owned(),
        value,
    };
    match kind {
        BodyKind::Json(_) if media.schema.is_none() => {
            vec![plain("required", Value::Object(serde_json::Map::new()))]
        }
        // A value that is null is no value to the setter.
        BodyKind::Json(Type::Option(_)) => {
            let given = instances.into_iter().filter(|of| !of.value.is_null());
            given.collect()
        }
        BodyKind::Json(_) => instances,
        BodyKind::Form(_) | BodyKind::Multipart(_) => {
            let objects = instances.into_iter().filter(|of| of.value.is_object());
            let objects: Vec<_> = objects.collect();
            // Whatever the document has it for, a body in parts has parts.
            if objects.is_empty() && *kind == BodyKind::Multipart(None) {
                return vec![plain("required", json!({"part": "text"}))];
            }
            // Of an empty form nothing is left on the wire, which reads as no body at all.
            let is_full = |of: &Instance| of.value.as_object().is_some_and(|form| !form.is_empty());
            match objects.iter().any(is_full) {
                true => objects.into_iter().filter(is_full).collect(),
                false => objects,
            }
        }
        BodyKind::Text | BodyKind::Binary => {
            let texts = instances.into_iter().filter(|of| of.value.is_string());
            let texts: Vec<_> = texts.collect();
            match texts.is_empty() {
                true => vec![plain("required", "text".into())],
                false => texts,
            }
        }
    }
}
