//! Looking things up in the canonical document, where every reference leads to a component.

use openapiv3::{
    MediaType, OpenAPI, Operation, Parameter, PathItem, ReferenceOr, RequestBody, Response,
    Responses, StatusCode,
};

use super::super::schema::{component_key, unescape};
use crate::model::{self, Location};

/// An operation as the document has it.
pub(super) struct Source<'a> {
    document: &'a OpenAPI,
    item: &'a PathItem,
    pub(super) operation: &'a Operation,
}

impl<'a> Source<'a> {
    /// Finds the operation that was lowered to `operation`.
    pub(super) fn of(document: &'a OpenAPI, operation: &model::Operation) -> Option<Self> {
        // Paths and methods of their own have another place in the canonical form.
        let tokens: Vec<_> = operation.pointer.tokens().collect();
        let [paths, key, slot] = tokens.as_slice() else {
            return None;
        };
        let item = document
            .paths
            .paths
            .get(&**key)
            .filter(|_| paths == "paths");
        let item = item?.as_item()?;
        let (_, source) = item.iter().find(|(method, _)| method == slot)?;
        Some(Self {
            document,
            item,
            operation: source,
        })
    }

    /// The parameter of this name and place: the operation's own or else that of its path.
    pub(super) fn parameter(&self, wanted: &model::Parameter) -> Option<&'a Parameter> {
        let all = self
            .operation
            .parameters
            .iter()
            .chain(&self.item.parameters);
        let mut all = all.filter_map(|parameter| match parameter {
            ReferenceOr::Item(item) => Some(item),
            ReferenceOr::Reference { reference } => {
                let components = self.document.components.as_ref()?;
                let key = unescape(component_key(reference));
                components.parameters.get(&*key)?.as_item()
            }
        });
        all.find(|parameter| {
            let location = match parameter {
                Parameter::Path { .. } => Location::Path,
                Parameter::Query { .. } if wanted.location == Location::QueryString => {
                    Location::QueryString
                }
                Parameter::Query { .. } => Location::Query,
                Parameter::Header { .. } => Location::Header,
                Parameter::Cookie { .. } => Location::Cookie,
            };
            location == wanted.location
                && parameter.parameter_data_ref().name == wanted.wire.as_str()
        })
    }

    /// The request body.
    pub(super) fn body(&self) -> Option<&'a RequestBody> {
        match self.operation.request_body.as_ref()? {
            ReferenceOr::Item(item) => Some(item),
            ReferenceOr::Reference { reference } => {
                let components = self.document.components.as_ref()?;
                let key = unescape(component_key(reference));
                components.request_bodies.get(&*key)?.as_item()
            }
        }
    }

    /// The successful responses by their statuses, or what comes in their place.
    pub(super) fn successes(&self) -> Vec<(u16, &'a Response)> {
        let Responses {
            default, responses, ..
        } = &self.operation.responses;
        let mut found: Vec<_> = responses
            .iter()
            .filter_map(|(code, response)| {
                let status = match code {
                    StatusCode::Code(code) => *code,
                    StatusCode::Range(2) => 200,
                    StatusCode::Range(_) => return None,
                };
                let success = (200..300).contains(&status);
                Some((status, self.response(response)?)).filter(|_| success)
            })
            .collect();
        found.sort_by_key(|(status, _)| *status);
        if found.is_empty() {
            let default = default.as_ref().and_then(|of| self.response(of));
            found.extend(default.map(|response| (200, response)));
        }
        found
    }

    fn response(&self, response: &'a ReferenceOr<Response>) -> Option<&'a Response> {
        match response {
            ReferenceOr::Item(item) => Some(item),
            ReferenceOr::Reference { reference } => {
                let components = self.document.components.as_ref()?;
                let key = unescape(component_key(reference));
                components.responses.get(&*key)?.as_item()
            }
        }
    }
}

/// The media types of a body that a lowered one may be made of: of the same kind, in the document's order.
pub(super) fn media<'a>(
    body: &'a RequestBody,
    lowered: &model::Body,
    is_alike: impl Fn(&str) -> bool,
) -> Option<&'a MediaType> {
    let exact = body.content.get(&lowered.media_type);
    let alike = || {
        let mut all = body.content.iter();
        all.find(|(name, _)| is_alike(name)).map(|(_, media)| media)
    };
    exact.or_else(alike)
}
