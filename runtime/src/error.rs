//! The one error of every call.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::codec::{Decode, DecodeError};
use crate::response::{Reading, ResponseHead, reason, request_id};
use crate::stream::reports_error;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn StdError + Send + Sync>;

/// Why a call failed.
///
/// It is one pointer wide and names no type of the HTTP library. Ask the predicates ([`Error::is_timeout`], …) or
/// [`Error::status`]; read the body that the server sent with the error through [`Error::body_as`].
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    response: Option<(ResponseHead, Bytes)>,
    decode: Option<DecodeError>,
    source: Option<Source>,
    retry_after: Option<Duration>,
}

/// The stage at which a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client or its connection is not set up right: no base URL, an unknown server variable, a bad header.
    Configuration,
    /// The request cannot be sent as it is: a missing or unusable parameter or body.
    Request,
    /// No usable credential, or the token endpoint did not give one.
    Credential,
    /// The place where connections or tokens are kept can't be read or written.
    Store,
    /// No connection to the server.
    Connect,
    /// A time limit passed.
    Timeout,
    /// The connection broke while the request was under way.
    Transport,
    /// The server answered with a status that is not a success.
    Status,
    /// The server's answer does not have the documented type.
    Decode,
    /// A body could not be read to its end.
    Body,
    /// A long-running operation that the server had accepted has failed or was canceled.
    Operation,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            response: None,
            decode: None,
            source: None,
            retry_after: None,
        }))
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Request, message)
    }

    /// A credential that cannot be applied; for implementations of [`Authorize`](crate::Authorize).
    #[must_use]
    pub fn credential(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Credential, message)
    }

    /// Connections or tokens that can't be read or written; for implementations of a store.
    #[must_use]
    pub fn store(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Store, message)
    }

    pub(crate) fn status_error(
        head: ResponseHead,
        body: Bytes,
        retry_after: Option<Duration>,
    ) -> Self {
        let mut message = format!("the server answered {}", reason(head.status));
        if let Some(detail) = server_message(&body) {
            message.push_str(": ");
            message.push_str(&detail);
        }
        let mut error = Self::new(ErrorKind::Status, message);
        error.0.retry_after = retry_after;
        error.with_response(head, body)
    }

    pub(crate) fn decode(error: DecodeError, head: ResponseHead, body: Bytes) -> Self {
        let mut result = Self::new(
            ErrorKind::Decode,
            "the answer does not have the documented type",
        );
        result.0.source = Some(Arc::new(error.clone()));
        result.0.decode = Some(error);
        result.with_response(head, body)
    }

    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The error for an event that does not have the documented type.
    pub(crate) fn event(name: &str, error: DecodeError, head: ResponseHead, data: Bytes) -> Self {
        let json = serde_json::from_slice(&data).unwrap_or(Value::Null);
        let reported = reports_error(name, &json);
        let detail = server_message(&data).filter(|_| reported);
        let mut result = Self::decode(error, head, data);
        if let Some(detail) = detail {
            result.0.message = format!("the server reports an error: {detail}");
        } else if reported {
            result.0.message = "the server reports an error".to_owned();
        } else {
            result.0.message = "the event does not have the documented type".to_owned();
        }
        result
    }

    pub(crate) fn with_response(mut self, head: ResponseHead, body: Bytes) -> Self {
        self.0.response = Some((head, body));
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    #[cfg(feature = "oauth2")]
    pub(crate) fn with_shared_source(mut self, source: Source) -> Self {
        self.0.source = Some(source);
        self
    }

    /// Puts the circumstances in front of the message.
    pub(crate) fn in_context(mut self, context: &str) -> Self {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }

    /// The server's answer means that it does not take the credential.
    pub(crate) fn refused(mut self) -> Self {
        if self.status() != Some(401) {
            self.0.kind = ErrorKind::Credential;
        }
        self
    }

    /// Names the operation, unless it is named already.
    pub(crate) fn in_call(mut self, operation: Option<&'static str>) -> Self {
        self.0.operation = self.0.operation.or(operation);
        self
    }

    /// The stage at which the call failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The id of the operation, as the document has it.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The status, if the server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.head().map(|head| head.status)
    }

    /// The response headers, if the server answered.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.head().map(|head| &head.headers)
    }

    /// The id that the server gave the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.headers().and_then(request_id)
    }

    /// The response body, if the server answered. Long bodies of error answers are cut.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.response.as_ref().map(|(_, body)| body)
    }

    /// The response body as one of the documented error types; `None` if the server did not answer.
    ///
    /// # Errors
    /// The inner result is an error when the body is not of that type.
    pub fn body_as<T: Decode>(&self) -> Option<Result<T, DecodeError>> {
        let (head, body) = self.0.response.as_ref()?;
        let value = match parse_json(body) {
            Ok(value) => value,
            Err(error) => return Some(Err(error)),
        };
        let reading = Reading {
            decoding: head.decoding,
            operation: self.0.operation,
            report: None,
        };
        Some(reading.decode(value, &|| parse_json(body).ok()))
    }

    /// Where in the response body decoding failed, as a JSONPath (RFC 9535).
    #[must_use]
    pub fn decode_path(&self) -> Option<String> {
        self.0.decode.as_ref().map(DecodeError::path)
    }

    /// What failed to decode: its place, what was expected, and an excerpt of what was there.
    #[must_use]
    pub fn decode_error(&self) -> Option<&DecodeError> {
        self.0.decode.as_ref()
    }

    /// How long the server asks to wait before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether a time limit passed: for connecting, for one attempt, or for the call as a whole. The server may have done what
    /// was asked.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether there was no connection. The server has not seen the request.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.0.kind == ErrorKind::Connect
    }

    /// Whether the server's answer does not have the documented type; see [`Error::decode_error`].
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    /// Whether the server asks for fewer calls (429); see [`Error::retry_after`].
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether credentials are missing, or the token endpoint or the server refuses them (401, or the status that a connector
    /// names for that).
    #[must_use]
    pub fn is_credential(&self) -> bool {
        self.0.kind == ErrorKind::Credential || self.status() == Some(401)
    }

    /// Whether the server refuses to do this for whoever calls (403). Services that check signatures, such as those of Azure and
    /// AWS, answer so to a wrong key as well.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the same call may succeed later. The runtime has already retried, where that was safe.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport => true,
            ErrorKind::Status => self.status().is_some_and(is_transient),
            _ => false,
        }
    }

    fn head(&self) -> Option<&ResponseHead> {
        self.0.response.as_ref().map(|(head, _)| head)
    }
}

/// Statuses that say "not now": RFC 9110 sections 15.5.9 and 15.6, RFC 6585 section 4.
pub(crate) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

pub(crate) fn parse_json(body: &[u8]) -> Result<Value, DecodeError> {
    serde_json::from_slice(body).map_err(|error| DecodeError::not_json(body, &error))
}

/// The sentence for people in an error body, as common formats have it: RFC 9457, RFC 6749, and `message` in its variations.
fn server_message(body: &[u8]) -> Option<String> {
    const NAMES: [&str; 7] = [
        "detail",
        "message",
        "error_description",
        "title",
        "error",
        "Message",
        "errors",
    ];
    const LIMIT: usize = 200;
    let value: Value = serde_json::from_slice(body).ok()?;
    let text = find_text(&value, &NAMES, 3)?;
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LIMIT)
        .collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

fn find_text<'a>(value: &'a Value, names: &[&str], depth: usize) -> Option<&'a str> {
    if depth == 0 {
        return None;
    }
    match value {
        Value::Object(members) => names.iter().find_map(|name| match members.get(*name)? {
            Value::String(text) => Some(text.as_str()),
            nested => find_text(nested, names, depth - 1),
        }),
        Value::Array(items) => items.first().and_then(|item| match item {
            Value::String(text) => Some(text.as_str()),
            nested => find_text(nested, names, depth - 1),
        }),
        _ => None,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug
            .field("kind", &self.0.kind)
            .field("message", &self.0.message);
        if let Some(operation) = self.0.operation {
            debug.field("operation", &operation);
        }
        if let Some(status) = self.status() {
            debug.field("status", &status);
        }
        if let Some(id) = self.request_id() {
            debug.field("request_id", &id);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        let mut result = Self::new(
            ErrorKind::Decode,
            "the JSON does not have the documented type",
        );
        result.0.source = Some(Arc::new(error.clone()));
        result.0.decode = Some(error);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &'static str) -> Error {
        Error::status_error(
            ResponseHead::of(status),
            Bytes::from_static(body.as_bytes()),
            None,
        )
        .in_call(Some("getThing"))
    }

    #[test]
    fn message_says_what_the_server_said() {
        assert_eq!(
            answered(404, "").to_string(),
            "getThing: the server answered 404 Not Found"
        );
        let problem = answered(422, r#"{"title": "Invalid", "detail": "name is\ntaken"}"#);
        assert_eq!(
            problem.to_string(),
            "getThing: the server answered 422 Unprocessable Entity: name is taken"
        );
        let nested = answered(400, r#"{"error": {"code": 7, "message": "bad"}}"#);
        assert_eq!(
            nested.to_string(),
            "getThing: the server answered 400 Bad Request: bad"
        );
    }

    #[test]
    fn body_is_decoded_on_demand() {
        let error = answered(409, r#"{"a": 1}"#);
        assert_eq!(error.body_as::<crate::Map<i64>>().unwrap().unwrap()["a"], 1);
        assert!(error.body_as::<Vec<i64>>().unwrap().is_err());
        assert!(answered(500, "<html>").body_as::<Value>().unwrap().is_err());
        assert!(Error::request("x").body_as::<Value>().is_none());
    }

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
