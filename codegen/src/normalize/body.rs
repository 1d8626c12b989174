//! Request bodies: `requestBody` of OpenAPI 3, body and form parameters of Swagger 2.0.

use indexmap::IndexMap;
use openapiv3::{
    Content, Encoding, MediaType, ObjectType, QueryStyle, ReferenceOr, RequestBody, Schema,
    SchemaData, SchemaKind, Type,
};
use serde_json::Value;

use super::Normalizer;
use super::at::At;
use super::media::query_style;
use super::parameter::BodyPart;
use super::read::extensions;
use super::references::{Section, Target};
use super::schema::any_schema;
use crate::diagnostics::Code;

const JSON: &str = "application/json";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

impl Normalizer<'_> {
    /// The body of an operation; none when it has no content.
    ///
    /// # Errors
    /// When it refers to nothing; with the reason.
    pub(super) fn request_body(
        &mut self,
        value: Value,
        at: &At<'_>,
    ) -> Result<Option<ReferenceOr<RequestBody>>, String> {
        let mut members = self.mapping(value, at);
        if let Some(reference) = self.string_at(&mut members, "$ref", at) {
            return self.request_body_reference(&reference, at).map(Some);
        }
        let description = self.string_at(&mut members, "description", at);
        let required = self.boolean_at(&mut members, "required", at);
        let mut content = match members.shift_remove("content") {
            Some(content) => self.content(content, &at.key("content")),
            None => Content::new(),
        };
        if content.is_empty() {
            let Some(schema) = members.shift_remove("schema") else {
                let message = "a request body without content is ignored";
                self.diagnostics
                    .warn(Code::RequestBodyInvalid, &at.pointer(), message);
                return Ok(None);
            };
            let message = "a request body has `content`, not `schema`; JSON is taken";
            self.diagnostics
                .warn(Code::RequestBodyInvalid, &at.pointer(), message);
            let schema = self.schema(schema, &at.key("schema"));
            content = Self::content_of(&[JSON.to_owned()], schema);
        }
        let extensions = extensions(&mut members);
        Ok(Some(ReferenceOr::Item(RequestBody {
            description,
            content,
            required,
            extensions,
        })))
    }

    fn request_body_reference(
        &mut self,
        reference: &str,
        at: &At<'_>,
    ) -> Result<ReferenceOr<RequestBody>, String> {
        if let Target::Component(Section::Schemas, key) =
            self.references.resolve(reference, Section::RequestBodies)
        {
            self.schema_instead("a request body", at);
            let schema = ReferenceOr::Reference {
                reference: Section::Schemas.reference(&key),
            };
            let content = Self::content_of(&[JSON.to_owned()], schema);
            return Ok(ReferenceOr::Item(RequestBody {
                content,
                required: true,
                ..RequestBody::default()
            }));
        }
        match self.canonical_reference(reference, Section::RequestBodies) {
            Ok(reference) => Ok(ReferenceOr::Reference { reference }),
            Err(reason) => {
                self.dangling(reference, reason.clone(), at);
                Err(reason)
            }
        }
    }

    /// A body among the components; an empty one is kept, because operations refer to it.
    pub(super) fn shared_request_body(
        &mut self,
        value: Value,
        at: &At<'_>,
    ) -> Option<ReferenceOr<RequestBody>> {
        match self.request_body(value, at) {
            Ok(body) => Some(body.unwrap_or_else(|| ReferenceOr::Item(RequestBody::default()))),
            Err(_) => None,
        }
    }

    /// Makes a request body of body and form parameters.
    pub(super) fn body_from_parameters(
        &mut self,
        parts: Vec<BodyPart>,
        consumes: &[String],
    ) -> Option<RequestBody> {
        let (fields, mut bodies): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|part| part.is_form_field);
        if let Some(extra) = bodies
            .get(1)
            .or(fields.first().filter(|_| !bodies.is_empty()))
        {
            let message = "an operation has one body parameter or form fields, not more; the first body is taken";
            self.diagnostics
                .warn(Code::RequestBodyInvalid, &extra.pointer, message);
        }
        if !bodies.is_empty() {
            return Some(self.body_parameter(bodies.swap_remove(0), consumes));
        }
        (!fields.is_empty()).then(|| self.form(fields, consumes))
    }

    fn body_parameter(&mut self, part: BodyPart, consumes: &[String]) -> RequestBody {
        let at = At::root(&part.pointer);
        let mut members = part.members;
        let name = self.string_at(&mut members, "name", &at);
        let description = self.string_at(&mut members, "description", &at);
        let required = self.boolean_at(&mut members, "required", &at);
        let mut extensions = extensions(&mut members);
        members.shift_remove("in");
        let schema = match members.shift_remove("schema") {
            Some(schema) => self.schema(schema, &at.key("schema")),
            None => self.inline_schema(&mut members, &at).unwrap_or_else(|| {
                let message = "a body parameter without a schema; anything is taken";
                self.diagnostics
                    .warn(Code::RequestBodyInvalid, &at.pointer(), message);
                ReferenceOr::Item(any_schema())
            }),
        };
        if let Some(name) = name {
            extensions.insert("x-connector-body-name".to_owned(), Value::String(name));
        }
        let content = if consumes.is_empty() {
            Self::content_of(&[JSON.to_owned()], schema)
        } else {
            Self::content_of(consumes, schema)
        };
        RequestBody {
            description,
            content,
            required,
            extensions,
        }
    }

    fn form(&mut self, fields: Vec<BodyPart>, consumes: &[String]) -> RequestBody {
        let has_file = fields
            .iter()
            .any(|field| field.members.get("type").is_some_and(|name| name == "file"));
        let consumes = |name: &str| {
            consumes
                .iter()
                .any(|media_type| media_type.starts_with(name))
        };
        let is_multipart = has_file || (consumes(MULTIPART) && !consumes(URLENCODED));
        let mut object = ObjectType::default();
        let mut encoding = IndexMap::new();
        for field in fields {
            let at = At::root(&field.pointer);
            let mut members = field.members;
            let Some(name) = self.string_at(&mut members, "name", &at) else {
                self.diagnostics.warn(
                    Code::ParameterInvalid,
                    &at.pointer(),
                    "a form field without a name is ignored",
                );
                continue;
            };
            members.shift_remove("in");
            if self.boolean_at(&mut members, "required", &at) {
                object.required.push(name.clone());
            }
            if let Some(field_encoding) = self.field_encoding(&mut members, &at) {
                encoding.insert(name.clone(), field_encoding);
            }
            let schema = match members.shift_remove("schema") {
                Some(schema) => self.boxed_schema(schema, &at.key("schema")),
                None => self.boxed_schema_of(members, &at),
            };
            object.properties.insert(name, schema);
        }
        let required = !object.required.is_empty();
        let schema_kind = SchemaKind::Type(Type::Object(object));
        let schema = Schema {
            schema_data: SchemaData::default(),
            schema_kind,
        };
        let media_type = MediaType {
            schema: Some(ReferenceOr::Item(schema)),
            encoding,
            ..MediaType::default()
        };
        let name = if is_multipart { MULTIPART } else { URLENCODED };
        let content = Content::from_iter([(name.to_owned(), media_type)]);
        RequestBody {
            content,
            required,
            ..RequestBody::default()
        }
    }

    /// How the items of an array in a form are written.
    fn field_encoding(
        &mut self,
        members: &mut serde_json::Map<String, Value>,
        at: &At<'_>,
    ) -> Option<Encoding> {
        let is_array = members.get("type").is_some_and(|name| name == "array");
        let (style, explode, separator) = self.serialization(members, "formData", at);
        if !is_array {
            return None;
        }
        let mut encoding = Encoding {
            style: Some(
                style
                    .and_then(|style| query_style(&style))
                    .unwrap_or(QueryStyle::Form),
            ),
            explode: explode.unwrap_or(true),
            ..Encoding::default()
        };
        if let Some(separator) = separator {
            encoding.extensions.insert(
                "x-connector-collection-format".to_owned(),
                Value::String(separator),
            );
        }
        Some(encoding)
    }
}
