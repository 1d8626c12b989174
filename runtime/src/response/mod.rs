//! Responses: what came back, and how it becomes the documented type.

mod answer;
mod output;
mod reading;
mod received;

use std::fmt;
use std::ops::Deref;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

pub(crate) use self::answer::Answer;
pub use self::output::{Empty, Json, Output, Stream, Text};
pub(crate) use self::reading::{Reading, Report};
pub use self::received::Received;
use crate::codec::{Decode, DecodeError, Decoding, Deviations};
use crate::error::Result;

/// Everything about a response but its body.
#[derive(Clone)]
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Without query and fragment, which may hold secrets.
    pub(crate) url: String,
    /// The origin that was called first, where the connection's credentials belong; that of `url` if nothing redirected the call.
    pub(crate) origin: Option<String>,
    pub(crate) attempts: u32,
    /// How forgiving it is read.
    pub(crate) decoding: Decoding,
}

impl ResponseHead {
    #[cfg(test)]
    pub(crate) fn of(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            url: String::new(),
            origin: None,
            attempts: 1,
            decoding: Decoding::default(),
        }
    }
}

/// A result together with what the server said around it.
#[derive(Clone)]
pub struct Response<T> {
    head: ResponseHead,
    body: T,
    deviations: Deviations,
}

impl<T> Response<T> {
    pub(crate) fn new(head: ResponseHead, body: T, report: &Report) -> Self {
        Self {
            head,
            body,
            deviations: report.get().cloned().unwrap_or_default(),
        }
    }

    /// Where the body was read although it does not have its documented type. What is a stream or comes in pages does not count in.
    #[must_use]
    pub fn deviations(&self) -> &Deviations {
        &self.deviations
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header as the documented type; `None` if it is not there. Numbers and booleans are read from their text, an array
    /// from a comma-separated list (style `simple`).
    ///
    /// # Errors
    /// The inner result is an error when the header's text does not fit the type.
    pub fn header_as<H: Decode>(&self, name: &str) -> Option<Result<H>> {
        let text = header_text(&self.head.headers, name)?;
        let decoded = decode_header(&text, self.head.decoding);
        Some(decoded.map_err(|error| error.in_header(name).into()))
    }

    /// The id that the server gave the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.head.headers)
    }

    /// The URL that answered, after redirects, without its query.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.head.url
    }

    /// How many attempts it took, the successful one included.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.head.attempts
    }

    /// The result.
    #[must_use]
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The result by itself.
    #[must_use]
    pub fn into_body(self) -> T {
        self.body
    }

    /// The same response with another result.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        Response {
            head: self.head,
            body: f(self.body),
            deviations: self.deviations,
        }
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.head.status)
            .field("url", &self.head.url)
            .field("attempts", &self.head.attempts)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// Several header lines of one name are one list (RFC 9110 section 5.3).
fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// A header is text: what type it stands for is known only to the type that is asked for. So the readings are tried, the
/// plain text first. A lenient reading comes last, and is one of the text alone: text is what all of these are made of.
fn decode_header<T: Decode>(text: &str, decoding: Decoding) -> Result<T, DecodeError> {
    let text = text.trim();
    let read = |decoding: Decoding, value: &Value| decoding.decode(value).map(|(value, _)| value);
    let plain = Value::from(text);
    let first = match read(Decoding::Strict, &plain) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let scalar = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let items = || text.split(',').map(str::trim);
    let readings: [&dyn Fn() -> Value; 3] = [
        &|| scalar(text),
        &|| items().map(Value::from).collect(),
        &|| items().map(scalar).collect(),
    ];
    for reading in readings {
        if let Ok(value) = read(Decoding::Strict, &reading()) {
            return Ok(value);
        }
    }
    match decoding {
        Decoding::Lenient if !text.is_empty() => read(decoding, &plain).map_err(|_| first),
        _ => Err(first),
    }
}

/// The headers in which servers tell the id of a request, in the order of how specific they are.
const REQUEST_ID: [&str; 9] = [
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-ms-request-id",
    "x-github-request-id",
    "x-goog-request-id",
    "x-correlation-id",
    "x-trace-id",
];

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_ID
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
}

/// `404 Not Found`.
pub(crate) fn reason(status: u16) -> String {
    match StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
    {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn response() -> Response<()> {
        let mut head = ResponseHead::of(200);
        head.headers
            .insert("x-count", HeaderValue::from_static("5"));
        head.headers
            .insert("x-flag", HeaderValue::from_static("true"));
        head.headers
            .insert("x-list", HeaderValue::from_static("1, 2"));
        head.headers.append("x-list", HeaderValue::from_static("3"));
        head.headers
            .insert("request-id", HeaderValue::from_static("r1"));
        Response::new(head, (), &Report::default())
    }

    #[test]
    fn headers_are_read_as_the_type_asked_for() {
        let response = response();
        assert_eq!(response.header_as::<i64>("x-count").unwrap().unwrap(), 5);
        assert_eq!(
            response.header_as::<String>("x-count").unwrap().unwrap(),
            "5"
        );
        assert!(response.header_as::<bool>("x-flag").unwrap().unwrap());
        assert_eq!(
            response.header_as::<Vec<i64>>("x-list").unwrap().unwrap(),
            [1, 2, 3]
        );
        assert_eq!(
            response
                .header_as::<Vec<String>>("x-list")
                .unwrap()
                .unwrap(),
            ["1", "2", "3"]
        );
        assert!(response.header_as::<i64>("gone").is_none());
        assert!(response.header_as::<i64>("x-flag").unwrap().is_err());
        assert_eq!(response.request_id(), Some("r1"));
    }
}
