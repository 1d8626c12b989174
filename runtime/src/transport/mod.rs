//! The way to the network, below credentials and retries.
//!
//! A [`Transport`] sends one HTTP request and gives back one response: it follows no redirects, retries nothing, adds no
//! credentials. [`ReqwestTransport`] is the one for production; [`MockTransport`](crate::mock::MockTransport) is for tests.

mod reqwest;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;

use http::{Request, Response};

pub use self::reqwest::ReqwestTransport;
use crate::body::ByteStream;

/// A future on the heap.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends one request.
///
/// The request's extensions hold the `&'static Operation` that it belongs to, if there is one.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and waits for the head of the response; the body follows in chunks.
    fn send(
        &self,
        request: Request<ByteStream>,
    ) -> BoxFuture<'_, Result<Response<ByteStream>, TransportError>>;
}

/// Why a request could not be sent or its response not be received.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Box<dyn StdError + Send + Sync>,
}

/// Kinds of [`TransportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the server has not seen the request.
    Connect,
    /// A time limit of the transport passed.
    Timeout,
    /// The connection broke, or what came back was not HTTP.
    Broken,
    /// The server wants a client certificate, or does not take the one that it got.
    ClientIdentity,
    /// The request cannot be sent at all, now or later.
    Unsendable,
}

impl TransportError {
    /// An error and its cause.
    pub fn new(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: source.into(),
        }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    pub(crate) fn into_source(self) -> Box<dyn StdError + Send + Sync> {
        self.source
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection to the server",
            TransportErrorKind::Timeout => "the time limit passed",
            TransportErrorKind::Broken => "the connection broke",
            TransportErrorKind::ClientIdentity => "the server does not take the client certificate",
            TransportErrorKind::Unsendable => "the request cannot be sent",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
