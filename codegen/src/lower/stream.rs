//! Answers that come bit by bit: what their items are, how an operation is asked for them.
//!
//! OpenAPI 3.2 describes the items of a stream by `itemSchema`. Before, practice differs: under `text/event-stream`, `schema` is the
//! data of an event, or the event as an object; under JSON lines, it is an item, or an array of them. What is meant can be told:
//! an object is an event if it has `data`, and nothing that an event can't have.

use openapiv3::{MediaType, ReferenceOr, Response, Schema, SchemaKind, Type as Kind};

use super::Lowering;
use super::media::{MediaKind, media_kind};
use super::paging::{object, plain};
use super::schema::{Place, SchemaRef, component_key};
use crate::diagnostics::Pointer;
use crate::model::{
    Api, BodyKind, Location, Model, ModelKind, Operation, Outcome, Output, Scalar, StreamFlag,
    StreamedAnswer, Type,
};
use crate::normalize::ITEM_SCHEMA;

/// The extension of a canonical string that has the schema of the JSON in it.
const CONTENT_SCHEMA: &str = "x-connector-content-schema";

/// The property or parameter by which operations are asked for a stream.
const FLAG: &str = "stream";

/// What the members of an event are called (HTML Living Standard, section 9.2.6).
const MEMBERS: [&str; 5] = ["data", "event", "id", "retry", "comment"];

/// What a schema says about events.
enum Described<'a> {
    /// Their data is of this schema.
    Data(SchemaRef<'a>),
    /// They are objects of this schema, of several kinds.
    Objects(SchemaRef<'a>),
}

impl<'a> Lowering<'a> {
    /// What a stream of a media type gives; none if its content is bytes or text to the document.
    pub fn streamed(
        &mut self,
        media_type: &str,
        media: &'a MediaType,
        place: &Place,
    ) -> Option<Outcome> {
        let item = media
            .extensions
            .get(ITEM_SCHEMA)
            .and_then(reference)
            .map(SchemaRef::Component);
        let schema = item.or(media.schema.as_ref().map(SchemaRef::new));
        let is_lines = media_kind(media_type) == MediaKind::Lines;
        let Some(schema) = schema else {
            return Some(match is_lines {
                true => Outcome::Lines(Type::Value),
                false => Outcome::Events(Type::Value),
            });
        };
        if item.is_none() && (self.is_binary(schema) || is_lines && self.is_text(schema)) {
            return None;
        }
        if is_lines {
            let part = stream_place(place, "Item");
            let element = self.element(schema).filter(|_| item.is_none());
            let ty = self
                .schema_type(element.unwrap_or(schema), &part)
                .into_type();
            return Some(Outcome::Lines(ty));
        }
        let part = stream_place(place, "Event");
        Some(match self.described(schema, item.is_some()) {
            Described::Data(data) => {
                Outcome::Events(self.schema_type(self.content(data), &part).into_type())
            }
            Described::Objects(objects) => {
                Outcome::EventObjects(self.schema_type(objects, &part).into_type())
            }
        })
    }

    /// What a schema under `text/event-stream` says. What `itemSchema` has is an event, whatever else it declares.
    fn described(&self, schema: SchemaRef<'a>, is_item: bool) -> Described<'a> {
        let of_events = self
            .element(schema)
            .filter(|element| self.event_data(*element, false).is_some());
        let schema = of_events.unwrap_or(schema);
        if let Some(data) = self.event_data(schema, is_item) {
            return Described::Data(data);
        }
        let arms = self.unwrapped(schema).map(arms).unwrap_or_default();
        let are_events = !arms.is_empty()
            && arms.iter().all(|arm| {
                let properties = self.unwrapped(SchemaRef::new(arm)).map(properties);
                properties.is_some_and(|names| !names.is_empty() && is_event(&names))
            });
        match are_events {
            true => Described::Objects(schema),
            false => Described::Data(schema),
        }
    }

    /// The schema of an event's data, if the schema is that of an event.
    fn event_data(&self, schema: SchemaRef<'a>, is_item: bool) -> Option<SchemaRef<'a>> {
        let schema = self.unwrapped(schema)?;
        if !arms(schema).is_empty() {
            return None;
        }
        let names = properties(schema);
        if !is_item && !is_event(&names) {
            return None;
        }
        let (_, data) = names.into_iter().find(|(name, _)| *name == "data")?;
        Some(SchemaRef::boxed(data))
    }

    /// The schema of the JSON in a string, if there is one.
    fn content(&self, schema: SchemaRef<'a>) -> SchemaRef<'a> {
        let inner = self.unwrapped(schema).and_then(|schema| {
            let inner = schema.schema_data.extensions.get(CONTENT_SCHEMA)?;
            reference(inner)
        });
        inner.map_or(schema, SchemaRef::Component)
    }

    fn element(&self, schema: SchemaRef<'a>) -> Option<SchemaRef<'a>> {
        match &self.unwrapped(schema)?.schema_kind {
            SchemaKind::Type(Kind::Array(array)) => array.items.as_ref().map(SchemaRef::boxed),
            _ => None,
        }
    }

    fn is_text(&self, schema: SchemaRef<'a>) -> bool {
        self.unwrapped(schema)
            .is_some_and(|schema| matches!(schema.schema_kind, SchemaKind::Type(Kind::String(_))))
    }

    /// The stream that an operation gives when it is asked for it, beside its other answer.
    pub fn alternative(
        &mut self,
        successes: &[&'a Response],
        pointer: &Pointer,
        place: &Place,
    ) -> Option<StreamedAnswer> {
        let found = successes.iter().find_map(|response| {
            let chosen = super::response::chosen(response)?.0;
            let mut streams: Vec<_> = response
                .content
                .iter()
                .filter(|(media_type, _)| *media_type != chosen && is_stream(media_type))
                .collect();
            // Events can be resumed.
            streams.sort_by_key(|(media_type, _)| media_kind(media_type) == MediaKind::Lines);
            streams.first().copied()
        });
        let (media_type, media) = found?;
        let part = Place::new(format!("{}Response", place.name), pointer.clone());
        Some(StreamedAnswer {
            outcome: self.streamed(media_type, media, &part)?,
            accept: media_type.clone(),
        })
    }
}

/// Whether a media type is a stream of items.
pub(super) fn is_stream(media_type: &str) -> bool {
    matches!(media_kind(media_type), MediaKind::Events | MediaKind::Lines)
}

/// Whether an operation has a stream beside another answer, and so a method `stream`.
pub(super) fn has_alternative<'r>(mut responses: impl Iterator<Item = &'r Response>) -> bool {
    responses.any(|response| {
        response.content.len() > 1 && response.content.keys().any(|name| is_stream(name))
    })
}

/// An item is called after its operation, not after the answer that it is a part of.
fn stream_place(place: &Place, suffix: &str) -> Place {
    let name = place.name.strip_suffix("Response").unwrap_or(&place.name);
    Place {
        name: format!("{name}{suffix}"),
        ..place.clone()
    }
}

fn reference(extension: &serde_json::Value) -> Option<&str> {
    Some(component_key(extension.get("$ref")?.as_str()?))
}

type Property<'a> = (&'a str, &'a ReferenceOr<Box<Schema>>);

fn properties(schema: &Schema) -> Vec<Property<'_>> {
    let properties = match &schema.schema_kind {
        SchemaKind::Type(Kind::Object(object)) => &object.properties,
        SchemaKind::Any(any) => &any.properties,
        _ => return Vec::new(),
    };
    properties
        .iter()
        .map(|(name, schema)| (name.as_str(), schema))
        .collect()
}

fn is_event(properties: &[Property<'_>]) -> bool {
    properties.iter().all(|(name, _)| MEMBERS.contains(name))
}

fn arms(schema: &Schema) -> &[ReferenceOr<Schema>] {
    match &schema.schema_kind {
        SchemaKind::OneOf { one_of: arms }
        | SchemaKind::AnyOf { any_of: arms }
        | SchemaKind::AllOf { all_of: arms } => arms,
        SchemaKind::Any(any) => [&any.one_of, &any.any_of, &any.all_of]
            .into_iter()
            .find(|arms| !arms.is_empty())
            .map_or(&[], Vec::as_slice),
        _ => &[],
    }
}

/// Finds how operations are asked for their streams, once all models are known.
pub(super) fn settle(api: &mut Api) {
    let models = &api.models;
    for operation in api.tags.iter_mut().flat_map(|tag| &mut tag.operations) {
        let is_only = matches!(
            operation.output,
            Output::One(Outcome::Events(_) | Outcome::EventObjects(_) | Outcome::Lines(_))
        );
        if operation.stream.is_none() && !is_only {
            continue;
        }
        operation.stream_flag = flag(operation, models);
        // It is sent unless the caller says something else.
        if let (None, Some(StreamFlag::Query(index))) = (&operation.stream, operation.stream_flag)
            && let Some(parameter) = operation.parameters.get_mut(index)
            && !parameter.required
        {
            parameter.fixed = Some(serde_json::Value::Bool(true));
        }
    }
}

fn flag(operation: &Operation, models: &[Model]) -> Option<StreamFlag> {
    let is_flag = |ty: &Type| *plain(models, ty) == Type::Scalar(Scalar::Bool);
    let in_query = operation.parameters.iter().position(|parameter| {
        parameter.location == Location::Query
            && parameter.wire.as_str() == FLAG
            && is_flag(&parameter.ty)
    });
    if let Some(index) = in_query {
        return Some(StreamFlag::Query(index));
    }
    let in_body = operation.bodies.iter().any(|body| match &body.kind {
        BodyKind::Json(ty) | BodyKind::Form(ty) => object(models, ty).is_some_and(|object| {
            let mut fields = object.fields.iter();
            fields.any(|field| field.wire.as_str() == FLAG && is_flag(&field.ty))
        }),
        BodyKind::Multipart(Some(id)) => match &models[id.index()].kind {
            ModelKind::Form(form) => form.fields.iter().any(|field| field.wire.as_str() == FLAG),
            _ => false,
        },
        _ => false,
    });
    in_body.then_some(StreamFlag::Body)
}
