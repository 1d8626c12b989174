//! Responses.

use openapiv3::{Content, ReferenceOr, Response, Responses, StatusCode};
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use super::read::extensions;
use super::references::{Section, Target};
use crate::diagnostics::Code;

const JSON: &str = "application/json";
/// Of a file in a document that has no media type for it. Whoever asks for `application/octet-stream` may be told that there is
/// none, only an image.
const FILE: &str = "*/*";

/// What the key of a response means.
enum Key {
    Default,
    Status(StatusCode),
}

impl Normalizer<'_> {
    /// The responses of an operation. `produces` are the media types that Swagger 2.0 keeps elsewhere.
    pub(super) fn responses(
        &mut self,
        value: Option<Value>,
        at: &At<'_>,
        produces: &[String],
    ) -> Responses {
        let mut responses = Responses::default();
        let place = at.key("responses");
        let mut members = value
            .map(|value| self.mapping(value, &place))
            .unwrap_or_default();
        responses.extensions = extensions(&mut members);
        if members.is_empty() {
            let message = "the operation declares no responses; any success is taken";
            self.diagnostics
                .warn(Code::ResponsesMissing, &at.pointer(), message);
        }
        for (key, value) in members {
            let at = place.key(&key);
            let Some(meant) = self.response_key(&key, &at) else {
                continue;
            };
            let response = self.response(value, &at, produces);
            match meant {
                Key::Default => {
                    responses.default.get_or_insert(response);
                }
                Key::Status(status) => {
                    responses.responses.entry(status).or_insert(response);
                }
            }
        }
        responses
    }

    /// Reads the key of a response: `200`, `4XX`, `default`, and what authors write instead.
    fn response_key(&mut self, key: &str, at: &At<'_>) -> Option<Key> {
        let cleaned = key.trim().trim_matches(['"', '\'']).trim();
        let meant = if cleaned.eq_ignore_ascii_case("default") {
            Some(Key::Default)
        } else {
            let word = cleaned
                .split(|c: char| c.is_whitespace() || matches!(c, '-' | ':' | ',' | '/' | '_'))
                .next();
            status(word.unwrap_or_default()).map(Key::Status)
        };
        let is_exact = match &meant {
            Some(Key::Default) => key == "default",
            Some(Key::Status(StatusCode::Range(_))) => key.len() == 3,
            Some(Key::Status(status)) => key == status.to_string(),
            None => false,
        };
        if !is_exact {
            let message = match &meant {
                Some(Key::Default) => format!("`{key}` is read as `default`"),
                Some(Key::Status(status)) => {
                    format!("`{key}` is no status code; it is read as `{status}`")
                }
                None => format!("`{key}` is no status code; the response is ignored"),
            };
            self.diagnostics
                .warn(Code::ResponseKeyInvalid, &at.pointer(), message);
        }
        meant
    }

    /// One response; what refers to nothing becomes an empty one.
    pub(super) fn response(
        &mut self,
        value: Value,
        at: &At<'_>,
        produces: &[String],
    ) -> ReferenceOr<Response> {
        let mut members = match value {
            // Only a description.
            Value::String(description) => {
                let response = Response {
                    description,
                    ..Response::default()
                };
                self.wrong_type(at, "a response", &Value::String(String::new()));
                return ReferenceOr::Item(response);
            }
            other => self.mapping(other, at),
        };
        if let Some(reference) = self.string_at(&mut members, "$ref", at) {
            return self.response_reference(&reference, at);
        }
        // Since 3.2 either will do.
        let summary = self.string_at(&mut members, "summary", at);
        let description = self
            .string_at(&mut members, "description", at)
            .or(summary)
            .unwrap_or_default();
        let headers = members
            .shift_remove("headers")
            .map(|value| self.headers(value, &at.key("headers")));
        let content = members
            .shift_remove("content")
            .map(|value| self.content(value, &at.key("content")));
        let content = match content {
            Some(content) => content,
            None => {
                let examples = members.shift_remove("examples");
                let mut content = self.response_schema(&mut members, at, produces);
                self.response_examples(examples, &mut content);
                content
            }
        };
        let headers = headers.unwrap_or_default();
        let extensions = extensions(&mut members);
        ReferenceOr::Item(Response {
            description,
            headers,
            content,
            extensions,
            ..Response::default()
        })
    }

    fn response_reference(&mut self, reference: &str, at: &At<'_>) -> ReferenceOr<Response> {
        if let Target::Component(Section::Schemas, key) =
            self.references.resolve(reference, Section::Responses)
        {
            self.schema_instead("a response", at);
            let schema = ReferenceOr::Reference {
                reference: Section::Schemas.reference(&key),
            };
            let content = Self::content_of(&[JSON.to_owned()], schema);
            return ReferenceOr::Item(Response {
                content,
                ..Response::default()
            });
        }
        match self.canonical_reference(reference, Section::Responses) {
            Ok(reference) => ReferenceOr::Reference { reference },
            Err(reason) => {
                self.dangling(reference, reason, at);
                ReferenceOr::Item(Response::default())
            }
        }
    }

    /// The content of a Swagger 2.0 response: its schema in every media type that the operation produces.
    fn response_schema(
        &mut self,
        members: &mut Map<String, Value>,
        at: &At<'_>,
        produces: &[String],
    ) -> Content {
        let Some(schema) = members.shift_remove("schema") else {
            return Content::new();
        };
        let is = |key: &str, value: &str| schema.get(key).is_some_and(|found| found == value);
        // JSON can't hold any sequence of octets, whatever the document says is produced.
        let is_file = is("type", "file") || is("type", "string") && is("format", "binary");
        let schema = self.schema(schema, &at.key("schema"));
        let only_json = produces
            .iter()
            .all(|media_type| media_type.contains("json"));
        match (is_file, produces) {
            (true, _) if only_json => Self::content_of(&[FILE.to_owned()], schema),
            // A shared response doesn't know which operation uses it, and JSON is what all but a few produce.
            (false, []) if self.produces.is_empty() => Self::content_of(&[JSON.to_owned()], schema),
            (false, []) => Self::content_of(&self.produces.clone(), schema),
            (_, produces) => Self::content_of(produces, schema),
        }
    }
}

/// `200`, or `2XX` in any case.
fn status(text: &str) -> Option<StatusCode> {
    let bytes = text.as_bytes();
    let [class @ b'1'..=b'5', tens, ones] = bytes else {
        return None;
    };
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        return text.parse().ok().map(StatusCode::Code);
    }
    let is_wildcard = |byte: &u8| matches!(byte, b'x' | b'X' | b'*');
    (is_wildcard(tens) && is_wildcard(ones)).then(|| StatusCode::Range(u16::from(class - b'0')))
}
