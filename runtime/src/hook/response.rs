//! An answer in the hands of a hook.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::Value;

use crate::client::header;
use crate::error::Result;
use crate::response::Received;

/// An answer that has just arrived.
pub struct HookResponse<'a> {
    received: &'a mut Received,
    sent: &'a HeaderMap,
    again: bool,
}

impl<'a> HookResponse<'a> {
    pub(crate) fn new(received: &'a mut Received, sent: &'a HeaderMap) -> Self {
        Self {
            received,
            sent,
            again: false,
        }
    }

    pub(crate) fn wants_another_attempt(&self) -> bool {
        self.again
    }

    /// The id of the operation; `None` for a call that the document does not describe.
    #[must_use]
    pub fn operation_id(&self) -> Option<&'static str> {
        self.received.reading.operation
    }

    /// The headers of the request as it left.
    #[must_use]
    pub fn request_headers(&self) -> &HeaderMap {
        self.sent
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.received.status()
    }

    /// Sets the status: whether the call succeeds depends on it.
    pub fn set_status(&mut self, status: u16) {
        self.received.head.status = status;
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.received.headers()
    }

    /// Sets a header.
    ///
    /// # Errors
    /// When name or value cannot be in a header.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = header(name, value)?;
        self.received.head.headers.insert(name, value);
        Ok(())
    }

    /// The body; `None` if it is streamed to the caller.
    #[must_use]
    pub fn body(&self) -> Option<Bytes> {
        self.received.body.full()
    }

    /// Sets the body.
    ///
    /// # Errors
    /// When the media type cannot be in a header.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) -> Result<()> {
        self.set_header(CONTENT_TYPE.as_str(), content_type)?;
        self.received.head.headers.remove(CONTENT_LENGTH);
        self.received.body = body.into().into();
        Ok(())
    }

    /// The body as JSON; `None` if it is something else.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body()?).ok()
    }

    /// Sets the body to JSON.
    ///
    /// # Errors
    /// None today.
    pub fn set_json(&mut self, body: &Value) -> Result<()> {
        self.set_body("application/json", body.to_string())
    }

    /// Asks for another attempt in place of this answer, with hooks and policies anew. There is one at most, in a call, and none
    /// if the body can be sent only once.
    pub fn send_again(&mut self) {
        self.again = true;
    }
}

/// Leaves out what may be secret.
impl fmt::Debug for HookResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookResponse")
            .field("operation", &self.operation_id())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
