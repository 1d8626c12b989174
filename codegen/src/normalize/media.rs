//! `content`: media types, encodings, and response headers.

use indexmap::IndexMap;
use openapiv3::{
    Content, Encoding, Header, HeaderStyle, MediaType, ParameterSchemaOrContent, QueryStyle,
    ReferenceOr, Schema,
};
use serde_json::{Map, Value, json};

use super::Normalizer;
use super::at::At;
use super::read::extensions;
use super::references::{Section, Target};
use super::schema::any_schema;
use crate::diagnostics::Code;

/// The extension of the canonical media type that has the schema of a stream's items.
pub(crate) const ITEM_SCHEMA: &str = "x-connector-item-schema";

/// How many references a media type may lead through.
const MAX_HOPS: usize = 16;

impl Normalizer<'_> {
    pub(super) fn content(&mut self, value: Value, at: &At<'_>) -> Content {
        let mut members = self.mapping(value, at);
        let is_nameless = |name: &String| name.trim().is_empty();
        if !members.keys().all(is_nameless) {
            let nameless: Vec<_> = members
                .keys()
                .filter(|key| is_nameless(key))
                .cloned()
                .collect();
            for name in nameless {
                members.shift_remove(&name);
                let message =
                    "content without a media type is left out, since there is other content";
                self.diagnostics
                    .warn(Code::KeywordIgnored, &at.key(&name).pointer(), message);
            }
        }
        let entry = |(name, value): (String, Value)| {
            let media_type = self.media_type(value, &at.key(&name));
            (name.trim().to_owned(), media_type)
        };
        members.into_iter().map(entry).collect()
    }

    fn media_type(&mut self, value: Value, at: &At<'_>) -> MediaType {
        let mut members = self.mapping(value, at);
        let Some(reference) = self.string_at(&mut members, "$ref", at) else {
            return self.media_type_of(members, at);
        };
        let mut reason = format!("`{reference}` is no media type");
        let mut wanted = reference.clone();
        for _ in 0..MAX_HOPS {
            // Nothing is hoisted under this section; it only says what is wanted.
            let pointer = match self.references.resolve(&wanted, Section::RequestBodies) {
                Target::Elsewhere(pointer) => pointer,
                Target::Component(..) => break,
                Target::Nowhere(why) => {
                    reason = why;
                    break;
                }
            };
            let Some(Value::Object(copy)) = self.references.take_copy(&pointer) else {
                break;
            };
            match copy.get("$ref").and_then(Value::as_str) {
                Some(next) => wanted = next.to_owned(),
                None => return self.media_type_of(copy, &At::root(&pointer)),
            }
        }
        self.dangling(&reference, reason, at);
        MediaType::default()
    }

    fn media_type_of(&mut self, mut members: Map<String, Value>, at: &At<'_>) -> MediaType {
        let schema = members
            .shift_remove("schema")
            .map(|value| self.schema(value, &at.key("schema")));
        let encoding = members
            .shift_remove("encoding")
            .map(|value| self.encodings(value, &at.key("encoding")));
        for keyword in ["itemEncoding", "prefixEncoding"] {
            if members.contains_key(keyword) {
                self.encoding_ignored(keyword, at);
            }
        }
        let mut extensions = extensions(&mut members);
        if let Some(value) = members.shift_remove("itemSchema") {
            let wanted = format!("{}Item", self.owner);
            let reference = self.schema_component(value, &wanted, &at.key("itemSchema"));
            extensions.insert(ITEM_SCHEMA.to_owned(), json!({ "$ref": reference }));
        }
        let (example, examples) = self.take_examples(&mut members);
        MediaType {
            schema,
            example,
            examples,
            encoding: encoding.unwrap_or_default(),
            extensions,
        }
    }

    /// Notes that the parts of a body are encoded in a way that is not carried out.
    fn encoding_ignored(&mut self, keyword: &str, at: &At<'_>) {
        let message = format!("`{keyword}` does not affect the generated code");
        self.diagnostics
            .note(Code::KeywordIgnored, &at.key(keyword).pointer(), message);
    }

    fn encodings(&mut self, value: Value, at: &At<'_>) -> IndexMap<String, Encoding> {
        let members = self.mapping(value, at);
        let entry = |(name, value): (String, Value)| {
            let encoding = self.encoding(value, &at.key(&name));
            (name, encoding)
        };
        members.into_iter().map(entry).collect()
    }

    fn encoding(&mut self, value: Value, at: &At<'_>) -> Encoding {
        let mut members = self.mapping(value, at);
        let headers = members
            .shift_remove("headers")
            .map(|value| self.headers(value, &at.key("headers")));
        let style = self
            .string_at(&mut members, "style", at)
            .and_then(|style| query_style(&style));
        // `explode` defaults to true for `form`, and `form` is the default style.
        let default = matches!(style, None | Some(QueryStyle::Form));
        let explode = members
            .shift_remove("explode")
            .map(|value| self.boolean(&value, &at.key("explode")));
        for keyword in ["encoding", "itemEncoding", "prefixEncoding"] {
            if members.contains_key(keyword) {
                self.encoding_ignored(keyword, at);
            }
        }
        Encoding {
            content_type: self.string_at(&mut members, "contentType", at),
            headers: headers.unwrap_or_default(),
            style,
            explode: explode.unwrap_or(default),
            allow_reserved: self.boolean_at(&mut members, "allowReserved", at),
            extensions: extensions(&mut members),
        }
    }

    pub(super) fn headers(
        &mut self,
        value: Value,
        at: &At<'_>,
    ) -> IndexMap<String, ReferenceOr<Header>> {
        let members = self.mapping(value, at);
        let entry = |(name, value): (String, Value)| {
            Some((name.clone(), self.header(value, &at.key(&name))?))
        };
        members.into_iter().filter_map(entry).collect()
    }

    /// A header; none when it refers to nothing.
    pub(super) fn header(&mut self, value: Value, at: &At<'_>) -> Option<ReferenceOr<Header>> {
        let mut members = self.mapping(value, at);
        if let Some(reference) = self.string_at(&mut members, "$ref", at) {
            return match self.canonical_reference(&reference, Section::Headers) {
                Ok(reference) => Some(ReferenceOr::Reference { reference }),
                Err(reason) => {
                    self.dangling(&reference, reason, at);
                    None
                }
            };
        }
        let description = self.string_at(&mut members, "description", at);
        let required = self.boolean_at(&mut members, "required", at);
        let deprecated = members
            .shift_remove("deprecated")
            .map(|value| self.boolean(&value, &at.key("deprecated")));
        for ignored in ["style", "explode", "name", "in", "allowEmptyValue"] {
            members.shift_remove(ignored);
        }
        let (example, examples) = self.take_examples(&mut members);
        let format = self.schema_or_content(&mut members, at);
        Some(ReferenceOr::Item(Header {
            description,
            style: HeaderStyle::Simple,
            required,
            deprecated,
            format: format.unwrap_or_else(|| {
                ParameterSchemaOrContent::Schema(ReferenceOr::Item(any_schema()))
            }),
            example,
            examples,
            extensions: extensions(&mut members),
        }))
    }

    /// The `schema` or `content` of a parameter or header. In Swagger 2.0, and by mistake elsewhere, the schema's
    /// keywords stand among the others.
    pub(super) fn schema_or_content(
        &mut self,
        members: &mut Map<String, Value>,
        at: &At<'_>,
    ) -> Option<ParameterSchemaOrContent> {
        if let Some(schema) = members.shift_remove("schema") {
            let schema = self.schema(schema, &at.key("schema"));
            members.shift_remove("content");
            return Some(ParameterSchemaOrContent::Schema(schema));
        }
        if let Some(content) = members.shift_remove("content") {
            let content = self.content(content, &at.key("content"));
            if !content.is_empty() {
                return Some(ParameterSchemaOrContent::Content(content));
            }
        }
        self.inline_schema(members, at)
            .map(ParameterSchemaOrContent::Schema)
    }

    /// A schema whose keywords stand among those of its parameter; none when there are none.
    pub(super) fn inline_schema(
        &mut self,
        members: &mut Map<String, Value>,
        at: &At<'_>,
    ) -> Option<ReferenceOr<Schema>> {
        let concerns_values = |key: &str| {
            matches!(
                key,
                "x-ms-enum" | "x-ms-enum-values" | "x-nullable" | "x-isnullable" | "x-enumNames"
            ) || key.starts_with("x-enum-")
        };
        let keys: Vec<String> = members
            .keys()
            .filter(|key| !key.starts_with("x-") || concerns_values(key))
            .cloned()
            .collect();
        let schema: Map<String, Value> = keys
            .into_iter()
            .filter_map(|key| members.shift_remove_entry(&key))
            .collect();
        if schema.keys().all(|key| key.starts_with("x-")) {
            return None;
        }
        Some(self.schema_of(schema, at))
    }

    /// Content of one schema in several media types.
    pub(super) fn content_of(media_types: &[String], schema: ReferenceOr<Schema>) -> Content {
        let entry = |name: &String| {
            (
                name.clone(),
                MediaType {
                    schema: Some(schema.clone()),
                    ..MediaType::default()
                },
            )
        };
        media_types.iter().map(entry).collect()
    }

    /// Warns that a reference to a schema stands where something that has one belongs.
    pub(super) fn schema_instead(&mut self, expected: &str, at: &At<'_>) {
        let message = format!(
            "a reference to a schema stands where {expected} belongs; JSON of that schema is taken"
        );
        self.diagnostics
            .warn(Code::WrongType, &at.pointer(), message);
    }
}

/// The style for queries and form fields with this name.
pub(super) fn query_style(name: &str) -> Option<QueryStyle> {
    match name.trim() {
        "form" => Some(QueryStyle::Form),
        "spaceDelimited" => Some(QueryStyle::SpaceDelimited),
        "pipeDelimited" => Some(QueryStyle::PipeDelimited),
        "deepObject" => Some(QueryStyle::DeepObject),
        _ => None,
    }
}
