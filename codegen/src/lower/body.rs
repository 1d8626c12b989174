//! Request bodies: one way to call per media type that differs.

use openapiv3::{
    MediaType, ParameterSchemaOrContent, ReferenceOr, RequestBody, Schema, SchemaKind,
};

use super::Lowering;
use super::media::{MediaKind, media_kind};
use super::names::{placeholder, type_name, value_name};
use super::parameter::query_style;
use super::schema::{Place, SchemaRef, Seen, component_key, docs, unescape};
use crate::diagnostics::Pointer;
use crate::model::{Body, BodyKind, Docs, Encoding, ModelKind, Scalar, Type, WireName};

impl<'a> Lowering<'a> {
    /// Resolves the request body of an operation.
    pub fn body_source(
        &self,
        body: &'a ReferenceOr<RequestBody>,
        pointer: Pointer,
    ) -> Option<(&'a RequestBody, Pointer)> {
        match body {
            ReferenceOr::Item(item) => Some((item, pointer)),
            ReferenceOr::Reference { reference } => {
                let key = unescape(component_key(reference));
                let pointer = Pointer::from_tokens(["components", "requestBodies"]).join(&key);
                match self
                    .document
                    .components
                    .as_ref()?
                    .request_bodies
                    .get(&*key)?
                {
                    ReferenceOr::Item(item) => Some((item, pointer)),
                    ReferenceOr::Reference { .. } => None,
                }
            }
        }
    }

    /// The bodies that an operation takes: per kind and type one, JSON first.
    pub fn bodies(
        &mut self,
        source: &'a RequestBody,
        pointer: &Pointer,
        place: &Place,
    ) -> Vec<Body> {
        let pointer = pointer.join("content");
        let mut content: Vec<(&'a String, &'a MediaType)> = source.content.iter().collect();
        // What is sent for a range such as `*/*` may be listed as well.
        content.sort_by_key(|(media_type, _)| {
            (rank(media_kind(media_type)), media_type.contains('*'))
        });
        let mut bodies: Vec<Body> = Vec::new();
        let mut seen = Seen::default();
        for (media_type, media) in content {
            let part = Place::new(
                format!("{}Request", place.name),
                pointer.join(media_type).join("schema"),
            );
            let body = self.body(media_type, media, &part, &mut seen);
            let known = bodies.iter().any(|other| {
                let is_alike = other.kind == body.kind && other.kind != BodyKind::Binary;
                is_alike || other.media_type == body.media_type
            });
            if !known {
                bodies.push(body);
            }
        }
        bodies
    }

    fn body(
        &mut self,
        media_type: &str,
        media: &'a MediaType,
        place: &Place,
        seen: &mut Seen<'a>,
    ) -> Body {
        let schema = media.schema.as_ref().map(SchemaRef::new);
        let encodings: Vec<Encoding> = media
            .encoding
            .iter()
            .map(|(property, source)| self.encoding(property, source))
            .collect();
        let mut typed = |lowering: &mut Self| match &media.schema {
            Some(schema) => lowering.content_type(schema, place, seen),
            None => Type::Value,
        };
        let kind = match media_kind(media_type) {
            MediaKind::Json => BodyKind::Json(typed(self)),
            MediaKind::Form => match typed(self) {
                // The document has the whole form for a text, which the caller writes.
                Type::Scalar(Scalar::String) => BodyKind::Text,
                ty => BodyKind::Form(ty),
            },
            MediaKind::Multipart => BodyKind::Multipart(
                schema.and_then(|schema| self.multipart(schema, &encodings, place)),
            ),
            MediaKind::Text => BodyKind::Text,
            MediaKind::Binary | MediaKind::Events | MediaKind::Lines => BodyKind::Binary,
        };
        let media_type = if media_type.contains('*') || media_type.is_empty() {
            wildcard(&kind)
        } else {
            media_type
        };
        Body {
            media_type: media_type.to_owned(),
            kind,
            encodings,
            function: placeholder(),
        }
    }

    pub(super) fn encoding(&self, property: &str, source: &'a openapiv3::Encoding) -> Encoding {
        let headers = source.headers.iter();
        // `Content-Type` is said by `contentType` (OpenAPI 3.0.4, section 4.7.15).
        let headers = headers.filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        let fixed = headers.filter_map(|(name, header)| {
            let header = self.header_source(header)?;
            let ParameterSchemaOrContent::Schema(schema) = &header.format else {
                return None;
            };
            let value = only_value(self.resolve(SchemaRef::new(schema))?)?;
            Some((WireName::new(name), value.to_owned()))
        });
        Encoding {
            property: WireName::new(property),
            style: source.style.as_ref().map(query_style),
            explode: source.style.is_some().then_some(source.explode),
            allow_reserved: source.allow_reserved,
            content_type: source.content_type.clone(),
            headers: fixed.collect(),
        }
    }

    /// The form of a multipart body, shared by all operations that name the same component.
    fn multipart(
        &mut self,
        schema: SchemaRef<'a>,
        encodings: &[Encoding],
        place: &Place,
    ) -> Option<crate::model::ModelId> {
        let (name, key) = match schema {
            SchemaRef::Component(key) => (format!("{}Form", type_name(&unescape(key))), Some(key)),
            SchemaRef::Inline(_) => (
                format!(
                    "{}Form",
                    place.name.strip_suffix("Request").unwrap_or(&place.name)
                ),
                None,
            ),
        };
        if let Some(id) = key.and_then(|key| self.forms.get(key)) {
            return Some(*id);
        }
        let form = self.form(schema, encodings, place)?;
        let about = self
            .resolve(schema)
            .map_or_else(Docs::default, |schema| docs(&schema.schema_data));
        let id = self.add_model(&name, about, ModelKind::Form(form));
        if let Some(key) = key {
            self.forms.insert(key, id);
        }
        Some(id)
    }
}

/// The suffix of the method that takes a body of this media type.
pub(super) fn method_suffix(kind: &BodyKind, media_type: &str, taken: &[String]) -> String {
    let plain = match kind {
        BodyKind::Json(_) => "json",
        BodyKind::Form(_) => "form",
        BodyKind::Multipart(_) => "multipart",
        BodyKind::Text => "text",
        BodyKind::Binary => "bytes",
    };
    if taken.iter().any(|suffix| suffix == plain) {
        value_name(media_type.rsplit('/').next().unwrap_or(media_type))
    } else {
        plain.to_owned()
    }
}

/// JSON is typed best, then forms; text and bytes come last.
fn rank(kind: MediaKind) -> u8 {
    match kind {
        MediaKind::Json => 0,
        MediaKind::Form => 1,
        MediaKind::Multipart => 2,
        MediaKind::Text => 3,
        MediaKind::Binary | MediaKind::Events | MediaKind::Lines => 4,
    }
}

/// What is sent where the document allows any media type.
fn wildcard(kind: &BodyKind) -> &'static str {
    match kind {
        BodyKind::Json(_) => "application/json",
        BodyKind::Form(_) => "application/x-www-form-urlencoded",
        BodyKind::Multipart(_) => "multipart/form-data",
        BodyKind::Text => "text/plain",
        BodyKind::Binary => "application/octet-stream",
    }
}

/// The value of a schema that allows no other.
fn only_value(schema: &Schema) -> Option<&str> {
    let SchemaKind::Type(openapiv3::Type::String(string)) = &schema.schema_kind else {
        return None;
    };
    match string.enumeration.as_slice() {
        [Some(value)] => Some(value),
        _ => None,
    }
}
