//! A response before it has its type.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::{Reading, Report, ResponseHead, reason};
use crate::body::ByteStream;
use crate::codec::{Decode, DecodeError};
use crate::descriptor::essence;
use crate::error::{Error, ErrorKind, Result, parse_json};
use crate::request::Request;

/// A response with a documented success status, for an [`Output`](crate::Output) to read.
pub struct Received {
    pub(crate) head: ResponseHead,
    pub(crate) body: ByteStream,
    pub(crate) reading: Reading,
    /// The call, for an answer that is streamed: the stream may want it again.
    pub(crate) request: Option<Box<Request>>,
}

impl Received {
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

    /// The media type of the body, in lower case and without parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        media_type(&self.head)
    }

    /// Reads the body as JSON. An empty body is what a missing member would be: an error, unless the type can be absent. What is no
    /// JSON, and comes as `text/plain`, is a string: documents with the media type `*/*` allow both.
    ///
    /// # Errors
    /// When the body is not JSON of that type, and the client's [`Decoding`](crate::Decoding) does not forgive it.
    pub fn json<T: Decode>(self) -> Result<T> {
        let (head, body, reading) = self.buffered();
        let decoded = if body.is_empty() {
            T::absent()
        } else {
            let parse = || parse_json_or_text(&head, &body);
            parse().and_then(|value| reading.decode(value, &|| parse().ok()))
        };
        match decoded {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::decode(error, head, body).in_call(reading.operation)),
        }
    }

    /// Reads the body as text. A byte order mark is dropped.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn text(self) -> Result<String> {
        let (head, body, reading) = self.buffered();
        match std::str::from_utf8(&body) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
            Err(error) => Err(
                Error::new(ErrorKind::Decode, "the answer is not UTF-8 text")
                    .with_source(error)
                    .with_response(head, body)
                    .in_call(reading.operation),
            ),
        }
    }

    /// Ignores the body.
    ///
    /// # Errors
    /// None today.
    pub fn empty(self) -> Result<()> {
        Ok(())
    }

    /// Gives the body away as it arrives.
    ///
    /// # Errors
    /// None today.
    pub fn stream(self) -> Result<ByteStream> {
        Ok(self.body)
    }

    /// The error for a status that the document does not name.
    #[must_use]
    pub fn unexpected(self) -> Error {
        let (head, body, reading) = self.buffered();
        let message = format!(
            "the document does not name the status {} as a result",
            reason(head.status)
        );
        Error::new(ErrorKind::Status, message)
            .with_response(head, body)
            .in_call(reading.operation)
    }

    /// What a [`Response`](super::Response) has beside the result, and where the reading will tell what it forgave.
    pub(crate) fn reported(&mut self) -> (ResponseHead, Report) {
        let report = Report::default();
        self.reading.report = Some(report.clone());
        (self.head.clone(), report)
    }

    /// What is in memory; a body that is still under way counts as empty.
    fn buffered(self) -> (ResponseHead, Bytes, Reading) {
        let body = self.body.full().unwrap_or_default();
        (self.head, body, self.reading)
    }
}

fn media_type(head: &ResponseHead) -> Option<String> {
    let value = head.headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(essence(value).to_ascii_lowercase())
}

fn parse_json_or_text(head: &ResponseHead, body: &[u8]) -> Result<Value, DecodeError> {
    parse_json(body).or_else(|error| match std::str::from_utf8(body) {
        Ok(text) if media_type(head).as_deref() == Some("text/plain") => Ok(text.into()),
        _ => Err(error),
    })
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("status", &self.head.status)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
