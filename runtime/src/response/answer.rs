//! An answer whose JSON is read by place rather than by type.

use bytes::Bytes;
use http::HeaderMap;
use http::header::LOCATION;
use serde_json::Value;
use url::Url;

use super::{Output, Reading, Received, ResponseHead};
use crate::codec::{Decode, DecodeError};
use crate::error::{Error, ErrorKind, Result, parse_json};

/// Status, headers and body of a success.
pub(crate) struct Answer {
    head: ResponseHead,
    body: Bytes,
    reading: Reading,
}

impl Output for Answer {
    type Value = Self;

    fn read(response: Received) -> Result<Self> {
        let Received {
            head,
            body,
            reading,
            ..
        } = response;
        Ok(Self {
            head,
            body: body.full().unwrap_or_default(),
            reading,
        })
    }
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The origin that was called, after policies and before redirects.
    pub(crate) fn origin(&self) -> String {
        let url = || Url::parse(&self.head.url).map(|url| url.origin().ascii_serialization());
        let first = self.head.origin.clone();
        // The URL comes from a parsed one.
        first.unwrap_or_else(|| url().unwrap_or_default())
    }

    /// The body as JSON; `None` if there is no body.
    pub(crate) fn json(&self) -> Result<Option<Value>> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        parse_json(&self.body)
            .map(Some)
            .map_err(|error| self.undecodable(error))
    }

    /// How values of the answer are decoded.
    pub(crate) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Decodes what [`json`](Self::json) gave, as a whole.
    pub(crate) fn decode<T: Decode>(&self, body: Value) -> Result<T> {
        let again = || parse_json(&self.body).ok();
        let decoded = self.reading.decode(body, &again);
        decoded.map_err(|error| self.undecodable(error))
    }

    /// The error for JSON in the answer that does not have its type.
    pub(crate) fn undecodable(&self, error: DecodeError) -> Error {
        Error::decode(error, self.head.clone(), self.body.clone()).in_call(self.reading.operation)
    }

    /// The error for an answer that can't be followed.
    pub(crate) fn refused(&self, message: String) -> Error {
        Error::new(ErrorKind::Decode, message)
            .with_response(self.head.clone(), self.body.clone())
            .in_call(self.reading.operation)
    }

    /// Where the `Location` header leads.
    pub(crate) fn location(&self) -> Result<Option<Url>> {
        let Some(location) = self.head.headers.get(LOCATION) else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(location.as_bytes());
        self.link(&text).map(Some)
    }

    /// A link in the answer, which may be relative to what was called.
    pub(crate) fn link(&self, text: &str) -> Result<Url> {
        let url = Url::parse(&self.head.url).and_then(|base| base.join(text.trim()));
        let usable = url.ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
        });
        let mut url =
            usable.ok_or_else(|| self.refused("the link in the answer is no usable URL".into()))?;
        url.set_fragment(None);
        Ok(url)
    }

    /// A link in the answer that the connection's credentials may follow.
    pub(crate) fn link_within(&self, url: Url, origin: &str) -> Result<Url> {
        let there = url.origin().ascii_serialization();
        if there == origin {
            return Ok(url);
        }
        Err(self.refused(format!(
            "the answer leads to {there}, but the connection is to {origin}: credentials do not follow"
        )))
    }
}
