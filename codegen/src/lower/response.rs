//! Responses: what a success is decoded into, what an error carries.

use std::collections::HashSet;

use openapiv3::{
    Header, MediaType, ParameterSchemaOrContent, ReferenceOr, Response, Responses, StatusCode,
};

use super::Lowering;
use super::format::format_name;
use super::media::{MediaKind, essence, media_kind};
use super::names::Scope;
use super::schema::{Place, SchemaRef, Seen, component_key, unescape};
use crate::diagnostics::Pointer;
use crate::model::{
    ErrorBody, Outcome, Output, ResponseHeader, Scalar, Status, StreamedAnswer, Type, WireName,
};

/// What an operation answers.
pub(super) struct Answers {
    pub output: Output,
    /// The stream that comes when it is asked for.
    pub stream: Option<StreamedAnswer>,
    pub accept: String,
    pub errors: Vec<ErrorBody>,
    pub headers: Vec<ResponseHeader>,
}

impl<'a> Lowering<'a> {
    /// Lowers the responses of an operation.
    pub fn answers(
        &mut self,
        responses: &'a Responses,
        method: &str,
        place: &Place,
        types: &mut Scope,
    ) -> Answers {
        let pointer = place.pointer.join("responses");
        let mut listed: Vec<(Status, &'a Response, Pointer)> = Vec::new();
        for (code, response) in &responses.responses {
            let status = match code {
                StatusCode::Code(code) => Status::Code(*code),
                StatusCode::Range(range) => Status::Range(*range),
            };
            if let Some((response, pointer)) =
                self.response_source(response, pointer.join(&code.to_string()))
            {
                listed.push((status, response, pointer));
            }
        }
        let default = responses
            .default
            .as_ref()
            .and_then(|response| self.response_source(response, pointer.join("default")))
            .map(|(response, pointer)| (Status::Default, response, pointer));
        listed.sort_by_key(|(status, ..)| *status);
        let (mut successes, mut errors): (Vec<_>, Vec<_>) = listed
            .into_iter()
            .partition(|(status, ..)| is_success(*status));
        match default {
            Some(default)
                if successes.is_empty()
                    && !errors.iter().any(|(status, ..)| is_redirect(*status)) =>
            {
                successes.push(default)
            }
            Some(default) => errors.push(default),
            None => {}
        }
        let mut accept = Vec::new();
        // Following the redirect that is the documented answer leads to content of any kind. Nor is it known what
        // comes where no success is documented, but whoever reads wants it.
        let unknown = successes.is_empty()
            && (method == "GET" || errors.iter().any(|(status, ..)| is_redirect(*status)));
        let outcomes = self.outcomes(&successes, method, place, &mut accept);
        let answers: Vec<_> = successes.iter().map(|(_, response, _)| *response).collect();
        let stream = self.alternative(&answers, &pointer, place);
        let headers = self.headers(&successes, place);
        let errors = self.errors(&errors, place, &mut accept);
        let output = if unknown {
            Output::One(Outcome::Stream)
        } else {
            output(outcomes, place, types)
        };
        Answers {
            output,
            stream,
            accept: if unknown {
                "*/*".to_owned()
            } else {
                accept.join(", ")
            },
            errors,
            headers,
        }
    }

    pub(super) fn response_source(
        &self,
        response: &'a ReferenceOr<Response>,
        pointer: Pointer,
    ) -> Option<(&'a Response, Pointer)> {
        match response {
            ReferenceOr::Item(item) => Some((item, pointer)),
            ReferenceOr::Reference { reference } => {
                let key = unescape(component_key(reference));
                let pointer = Pointer::from_tokens(["components", "responses"]).join(&key);
                match self.document.components.as_ref()?.responses.get(&*key)? {
                    ReferenceOr::Item(item) => Some((item, pointer)),
                    ReferenceOr::Reference { .. } => None,
                }
            }
        }
    }

    fn outcomes(
        &mut self,
        successes: &[(Status, &'a Response, Pointer)],
        method: &str,
        place: &Place,
        accept: &mut Vec<String>,
    ) -> Vec<(Status, Outcome)> {
        let mut outcomes = Vec::new();
        let mut seen = Seen::default();
        let mut schemas = successes
            .iter()
            .filter_map(|(_, response, _)| chosen(response)?.1.schema.as_ref());
        let first = schemas.next();
        let alike = schemas.all(|schema| Some(schema) == first);
        let mut labelled = alike;
        for (status, response, pointer) in successes {
            let bodiless = method == "HEAD" || matches!(status, Status::Code(204 | 205));
            let outcome = match chosen(response) {
                Some((media_type, media)) if !bodiless => {
                    if !accept.contains(media_type) {
                        accept.push(media_type.clone());
                    }
                    // The first is the answer; others say when they come.
                    let label = match std::mem::replace(&mut labelled, true) && !alike {
                        true => status_label(*status),
                        false => String::new(),
                    };
                    let part = Place::new(
                        format!("{}{label}Response", place.name),
                        pointer.join("content").join(media_type).join("schema"),
                    );
                    self.outcome(media_type, media, &part, &mut seen)
                }
                _ => Outcome::Empty,
            };
            outcomes.push((*status, outcome));
        }
        outcomes
    }

    fn outcome(
        &mut self,
        media_type: &str,
        media: &'a MediaType,
        place: &Place,
        seen: &mut Seen<'a>,
    ) -> Outcome {
        let schema = media.schema.as_ref().map(SchemaRef::new);
        let binary = schema.is_some_and(|schema| self.is_binary(schema));
        match media_kind(media_type) {
            MediaKind::Events | MediaKind::Lines => self
                .streamed(media_type, media, place)
                .unwrap_or(Outcome::Stream),
            MediaKind::Json if binary && essence(media_type) != "application/json" => {
                Outcome::Stream
            }
            MediaKind::Json => match &media.schema {
                Some(schema) => Outcome::Json(self.content_type(schema, place, seen)),
                None => Outcome::Json(Type::Value),
            },
            MediaKind::Text | MediaKind::Form if !binary => Outcome::Text,
            _ => Outcome::Stream,
        }
    }

    pub fn is_binary(&self, schema: SchemaRef<'a>) -> bool {
        self.resolve(schema).is_some_and(|schema| {
            matches!(&schema.schema_kind,
                openapiv3::SchemaKind::Type(openapiv3::Type::String(string)) if format_name(&string.format) == "binary")
        })
    }

    fn errors(
        &mut self,
        errors: &[(Status, &'a Response, Pointer)],
        place: &Place,
        accept: &mut Vec<String>,
    ) -> Vec<ErrorBody> {
        let mut bodies = Vec::new();
        for (status, response, pointer) in errors {
            let ty = match chosen(response) {
                Some((media_type, media)) if media_kind(media_type) == MediaKind::Json => {
                    if !accept.contains(media_type) {
                        accept.push(media_type.clone());
                    }
                    let part = Place::new(
                        format!("{}{}Error", place.name, status_label(*status)),
                        pointer.join("content").join(media_type).join("schema"),
                    );
                    media
                        .schema
                        .as_ref()
                        .map(|schema| self.schema_type(SchemaRef::new(schema), &part).into_type())
                }
                _ => None,
            };
            bodies.push(ErrorBody {
                status: *status,
                ty,
                description: response.description.clone(),
            });
        }
        bodies
    }

    /// The headers of all successes, each once.
    fn headers(
        &mut self,
        successes: &[(Status, &'a Response, Pointer)],
        place: &Place,
    ) -> Vec<ResponseHeader> {
        let mut headers: Vec<ResponseHeader> = Vec::new();
        let mut known = HashSet::from(["content-type".to_owned()]);
        for (_, response, pointer) in successes {
            for (name, header) in &response.headers {
                let Some(header) = self.header_source(header) else {
                    continue;
                };
                if !known.insert(name.to_ascii_lowercase()) {
                    continue;
                }
                let ty = match &header.format {
                    ParameterSchemaOrContent::Schema(schema) => {
                        let part =
                            place.part(name, pointer.join("headers").join(name).join("schema"));
                        self.schema_type(SchemaRef::new(schema), &part).ty
                    }
                    ParameterSchemaOrContent::Content(_) => Type::Scalar(Scalar::String),
                };
                headers.push(ResponseHeader {
                    wire: WireName::new(name),
                    ty,
                    description: header.description.clone(),
                });
            }
        }
        headers
    }

    pub(super) fn header_source(&self, header: &'a ReferenceOr<Header>) -> Option<&'a Header> {
        match header {
            ReferenceOr::Item(item) => Some(item),
            ReferenceOr::Reference { reference } => {
                let key = unescape(component_key(reference));
                match self.document.components.as_ref()?.headers.get(&*key)? {
                    ReferenceOr::Item(item) => Some(item),
                    ReferenceOr::Reference { .. } => None,
                }
            }
        }
    }
}

/// The media type that is asked for: JSON, then text, then bytes, the first of its kind; streams if there is nothing else.
pub(super) fn chosen(response: &Response) -> Option<(&String, &MediaType)> {
    let rank = |media_type: &str| match media_kind(media_type) {
        MediaKind::Json => 0,
        MediaKind::Text | MediaKind::Form => 1,
        MediaKind::Multipart | MediaKind::Binary => 2,
        MediaKind::Lines => 3,
        MediaKind::Events => 4,
    };
    response
        .content
        .iter()
        .min_by_key(|(media_type, _)| rank(media_type))
}

fn output(outcomes: Vec<(Status, Outcome)>, place: &Place, types: &mut Scope) -> Output {
    let same = outcomes.windows(2).all(|pair| pair[0].1 == pair[1].1);
    if same {
        return Output::One(
            outcomes
                .into_iter()
                .next()
                .map_or(Outcome::Empty, |(_, outcome)| outcome),
        );
    }
    let mut variants = Scope::variants();
    Output::ByStatus {
        name: types.claim_type(&format!("{}Output", place.name)),
        outcomes: outcomes
            .into_iter()
            .map(|(status, outcome)| (status, variants.claim_type(&status_label(status)), outcome))
            .collect(),
    }
}

fn is_success(status: Status) -> bool {
    matches!(status, Status::Code(200..=299) | Status::Range(2))
}

fn is_redirect(status: Status) -> bool {
    matches!(
        status,
        Status::Code(301 | 302 | 303 | 307 | 308) | Status::Range(3)
    )
}

/// A word for a status: its reason phrase (RFC 9110, section 15), or its number.
fn status_label(status: Status) -> String {
    let label = match status {
        Status::Code(200) => "Ok",
        Status::Code(201) => "Created",
        Status::Code(202) => "Accepted",
        Status::Code(203) => "NonAuthoritative",
        Status::Code(204) => "NoContent",
        Status::Code(205) => "ResetContent",
        Status::Code(206) => "PartialContent",
        Status::Code(207) => "MultiStatus",
        Status::Code(400) => "BadRequest",
        Status::Code(401) => "Unauthorized",
        Status::Code(403) => "Forbidden",
        Status::Code(404) => "NotFound",
        Status::Code(409) => "Conflict",
        Status::Code(422) => "UnprocessableContent",
        Status::Code(429) => "TooManyRequests",
        Status::Code(500) => "InternalServerError",
        Status::Code(503) => "ServiceUnavailable",
        Status::Code(code) => return format!("Status{code}"),
        Status::Range(2) => "Success",
        Status::Range(4) => "ClientError",
        Status::Range(5) => "ServerError",
        Status::Range(range) => return format!("Status{range}xx"),
        Status::Default => "Default",
    };
    label.to_owned()
}
