//! One attempt: credentials, the way over redirects, the answer.

use http::{HeaderMap, Method, Request, Response, Uri};
use url::Url;

use super::{Attempt, Call, origin, redirect};
use crate::body::{Body, ByteStream};
use crate::error::{Error, ErrorKind, Result};
use crate::response::{Received, ResponseHead};
use crate::transport::{TransportError, TransportErrorKind};

/// As many as browsers follow before they give up, by and large.
const MAX_REDIRECTS: usize = 10;

/// One request on the way, before its credentials.
#[derive(Clone)]
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    /// Still at the origin that the connection names, and never left it.
    pub(super) trusted: bool,
}

impl Call {
    pub(super) async fn attempt(&self, attempts: u32) -> Result<Attempt> {
        let prepared = &self.prepared;
        let mut hop = Hop {
            method: prepared.method.clone(),
            url: prepared.url.clone(),
            headers: prepared.headers.clone(),
            body: prepared.body.clone(),
            trusted: self.request.is_trusted(),
        };
        if !hop.trusted {
            hop.headers = redirect::harmless(&hop.headers);
        }
        // Set when the first hop leaves: until then, its address may change.
        let mut called = None;
        let mut redirects = 0;
        loop {
            let (mut url, mut headers) = (hop.url.clone(), hop.headers.clone());
            // Opened first: signatures cover its length.
            let body = hop.body.open().await?;
            if hop.trusted {
                let payload = (&hop.body, body.length());
                for grant in &self.grants {
                    let mut outgoing = grant.outgoing(&hop.method, &mut url, &mut headers, payload);
                    grant.authorizer.authorize(&mut outgoing).await?;
                }
            }
            called.get_or_insert_with(|| origin(&url));
            let response = self.dispatch(&hop.method, &url, &headers, body).await?;
            let status = response.status().as_u16();
            if !self.is_success(status)
                && redirects < MAX_REDIRECTS
                && let Some(next) = redirect::next(&hop, &response)
            {
                tracing::debug!(http.response.status_code = status, "following a redirect");
                hop = next;
                redirects += 1;
                continue;
            }
            let mut received = self.receive(response, &hop.url, attempts).await?;
            received.head.origin = called.unwrap_or_default();
            let sent = Hop {
                url,
                headers,
                ..hop
            };
            return Ok(Attempt { received, sent });
        }
    }

    async fn dispatch(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: ByteStream,
    ) -> Result<Response<ByteStream>> {
        let mut request = Request::new(body);
        *request.method_mut() = method.clone();
        *request.uri_mut() = url
            .as_str()
            .parse::<Uri>()
            .map_err(|_| Error::request(format!("the URL at {} cannot be sent", origin(url))))?;
        *request.headers_mut() = headers.clone();
        if let Some(operation) = self.request.operation() {
            request.extensions_mut().insert(operation);
        }
        let transport = &self.request.client.0.transport;
        transport
            .send(request)
            .await
            .map_err(|error| transport_error(error, url))
    }

    /// Reads the body, unless the caller wants to read it.
    async fn receive(
        &self,
        response: Response<ByteStream>,
        url: &Url,
        attempts: u32,
    ) -> Result<Received> {
        let (parts, body) = response.into_parts();
        let status = parts.status.as_u16();
        let head = ResponseHead {
            status,
            headers: parts.headers,
            url: without_query(url),
            origin: String::new(),
            attempts,
        };
        let success = self.is_success(status);
        let body = match (success, self.streamed) {
            (true, true) => body,
            (true, false) => body.bytes().await.map_err(broke_off)?.into(),
            // Read when the error is made: an answer that is retried need not be read to its end.
            (false, _) => body,
        };
        let operation = self.request.operation().map(|operation| operation.id());
        Ok(Received {
            head,
            body,
            operation,
        })
    }
}

fn broke_off(error: Error) -> Error {
    Error::new(
        ErrorKind::Transport,
        "the connection broke while the answer was under way",
    )
    .with_source(error)
}

fn transport_error(error: TransportError, url: &Url) -> Error {
    let server = origin(url);
    let (kind, message) = match error.kind() {
        TransportErrorKind::Connect => (ErrorKind::Connect, format!("no connection to {server}")),
        TransportErrorKind::Timeout => (
            ErrorKind::Timeout,
            format!("no answer from {server} in time"),
        ),
        TransportErrorKind::Broken => (
            ErrorKind::Transport,
            format!("the connection to {server} broke"),
        ),
        TransportErrorKind::ClientIdentity => (
            ErrorKind::Credential,
            format!(
                "{server} wants a client certificate that it trusts: set the client identity of the connection"
            ),
        ),
        TransportErrorKind::Unsendable => {
            (ErrorKind::Request, "the request cannot be sent".to_owned())
        }
    };
    Error::new(kind, message).with_source(error.into_source())
}

fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}
