//! One attempt: credentials, policies, hooks, the way over redirects, the answer.

use http::{HeaderMap, Method, Request, Response, Uri};
use url::Url;

use super::rewrite::{Outcome, Rewrite};
use super::security::Turn;
use super::{Attempt, Call, origin, redirect};
use crate::body::{Body, ByteStream};
use crate::error::{Error, ErrorKind, Result};
use crate::response::{Reading, Received, ResponseHead};
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

/// What a request is for, and who gives it its headers.
pub(super) enum Errand {
    /// The call itself; credentials are all there is to add.
    Call,
    /// The call itself, changed by policies and hooks.
    Rewritten(Box<Rewrite>),
    /// A value that a policy wants first. Its headers are those of the call.
    Value,
}

/// The answer at the end of all redirects.
pub(super) struct Arrival {
    pub(super) response: Response<ByteStream>,
    /// The URL that gave it, before credentials.
    pub(super) last: Url,
    /// The request as it left.
    pub(super) sent: Hop,
    /// The origin that was called first, if there were redirects.
    redirected_from: Option<String>,
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
        let mut errand = Errand::Call;
        if self.is_rewritten {
            // Boxed, so that calls without policies and hooks do not carry the room for them.
            match Box::pin(self.rewrite(&mut hop, attempts)).await? {
                Outcome::Ready(rewrite) => errand = Errand::Rewritten(rewrite),
                Outcome::Failed(attempt) => return Ok(*attempt),
            }
        }
        let arrival = self.travel(hop, &mut errand).await?;
        let mut received = self
            .receive(arrival.response, &arrival.last, attempts)
            .await?;
        received.head.origin = arrival.redirected_from;
        Ok(Attempt {
            received,
            sent: arrival.sent,
            placed: match errand {
                Errand::Rewritten(rewrite) => Some(rewrite.placed),
                _ => None,
            },
            purpose: None,
        })
    }

    /// Sends a request and follows its redirects.
    pub(super) async fn travel(&self, mut hop: Hop, errand: &mut Errand) -> Result<Arrival> {
        let mut redirects = 0;
        let mut redirected_from = None;
        loop {
            let (mut url, mut headers) = (hop.url.clone(), hop.headers.clone());
            // Opened first: signatures cover its length.
            let body = hop.body.open().await?;
            if hop.trusted {
                self.equip(&hop, errand, (&mut url, &mut headers), body.length())
                    .await?;
            }
            let response = self
                .dispatch(&hop.method, &url, &headers, (body, errand))
                .await?;
            let status = response.status().as_u16();
            if !self.is_wanted(status, errand)
                && redirects < MAX_REDIRECTS
                && let Some(next) = redirect::next(&hop, &response)
            {
                tracing::debug!(http.response.status_code = status, "following a redirect");
                redirected_from.get_or_insert_with(|| origin(&hop.url));
                hop = next;
                redirects += 1;
                continue;
            }
            let last = std::mem::replace(&mut hop.url, url);
            let sent = Hop { headers, ..hop };
            return Ok(Arrival {
                response,
                last,
                sent,
                redirected_from,
            });
        }
    }

    /// Adds credentials, and what policies and hooks added.
    async fn equip(
        &self,
        hop: &Hop,
        errand: &mut Errand,
        (url, headers): (&mut Url, &mut HeaderMap),
        length: Option<u64>,
    ) -> Result<()> {
        match errand {
            Errand::Call => self.authorize(Turn::All, hop, (url, headers), length).await,
            Errand::Value => {
                self.authorize(Turn::Signing, hop, (url, headers), length)
                    .await
            }
            Errand::Rewritten(rewrite) => {
                match rewrite.first.take() {
                    Some(first) => *headers = first,
                    None => {
                        self.authorize(Turn::Placing, hop, (url, headers), length)
                            .await?;
                        rewrite.placed = headers.clone();
                        self.headers_again(rewrite, headers)?;
                    }
                }
                self.authorize(Turn::Signing, hop, (url, headers), length)
                    .await
            }
        }
    }

    pub(super) async fn authorize(
        &self,
        turn: Turn,
        hop: &Hop,
        (url, headers): (&mut Url, &mut HeaderMap),
        length: Option<u64>,
    ) -> Result<()> {
        for grant in self.grants.iter().filter(|grant| turn.includes(grant)) {
            let mut outgoing = grant.outgoing(&hop.method, url, headers, (&hop.body, length));
            grant.authorizer.authorize(&mut outgoing).await?;
        }
        Ok(())
    }

    /// Whether an answer is not to be redirected.
    fn is_wanted(&self, status: u16, errand: &Errand) -> bool {
        match errand {
            Errand::Value => (200..300).contains(&status),
            _ => self.is_success(status),
        }
    }

    async fn dispatch(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        (body, errand): (ByteStream, &Errand),
    ) -> Result<Response<ByteStream>> {
        let mut request = Request::new(body);
        *request.method_mut() = method.clone();
        *request.uri_mut() = url
            .as_str()
            .parse::<Uri>()
            .map_err(|_| Error::request(format!("the URL at {} cannot be sent", origin(url))))?;
        *request.headers_mut() = headers.clone();
        if let Some(operation) = self.request.operation()
            && !matches!(errand, Errand::Value)
        {
            request.extensions_mut().insert(operation);
        }
        let transport = &self.request.client.0.transport;
        transport
            .send(request)
            .await
            .map_err(|error| transport_error(error, url))
    }

    /// Reads the body, unless the caller wants to read it.
    pub(super) async fn receive(
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
            origin: None,
            attempts,
            decoding: self.request.client.0.decoding,
        };
        let success = self.is_success(status);
        let body = match (success, self.is_streamed(status)) {
            (true, true) => body,
            (true, false) => body.bytes().await.map_err(broke_off)?.into(),
            // Read when the error is made: an answer that is retried need not be read to its end.
            (false, _) => body,
        };
        let reading = Reading {
            decoding: head.decoding,
            operation: self.request.operation().map(|operation| operation.id()),
            report: None,
        };
        Ok(Received {
            head,
            body,
            reading,
            request: None,
        })
    }
}

pub(super) fn broke_off(error: Error) -> Error {
    Error::new(
        ErrorKind::Transport,
        "the connection broke while the answer was under way",
    )
    .with_source(error)
}

pub(crate) fn transport_error(error: TransportError, url: &Url) -> Error {
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
