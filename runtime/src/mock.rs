//! A transport for tests: it answers from a script and remembers what it was asked.
//!
//! It sits below credentials and retries, so that a test sees the very requests that a server would.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::body::ByteStream;
use crate::codec::Encode;
use crate::descriptor::Operation;
use crate::transport::{BoxFuture, Transport, TransportError, TransportErrorKind};

/// A transport that sends nothing. Clones share their script and memory.
///
/// For every request it takes the first that there is: a reply for the operation ([`reply_to`](Self::reply_to)), the next of the
/// queue ([`reply`](Self::reply)), an answer of the [`handler`](Self::handler). With none of them, the request fails.
#[derive(Clone, Default)]
pub struct MockTransport(Arc<Mutex<Script>>);

type Handler = Arc<dyn Fn(&CapturedRequest) -> Reply + Send + Sync>;

#[derive(Default)]
struct Script {
    for_operations: Vec<(String, Reply)>,
    queue: VecDeque<Reply>,
    handler: Option<Handler>,
    captured: Vec<CapturedRequest>,
}

impl MockTransport {
    /// A transport without replies.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues a reply for the next request of any operation.
    pub fn reply(&self, reply: Reply) -> &Self {
        self.script().queue.push_back(reply);
        self
    }

    /// Queues a reply for the next request of one operation, by its id in the document.
    pub fn reply_to(&self, operation: impl Into<String>, reply: Reply) -> &Self {
        self.script().for_operations.push((operation.into(), reply));
        self
    }

    /// Answers every request for which no reply is queued.
    pub fn handler(
        &self,
        handler: impl Fn(&CapturedRequest) -> Reply + Send + Sync + 'static,
    ) -> &Self {
        self.script().handler = Some(Arc::new(handler));
        self
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<CapturedRequest> {
        self.script().captured.clone()
    }

    /// The last request.
    #[must_use]
    pub fn last_request(&self) -> Option<CapturedRequest> {
        self.script().captured.last().cloned()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: CapturedRequest) -> Option<Reply> {
        let mut script = self.script();
        script.captured.push(request.clone());
        let listed = script
            .for_operations
            .iter()
            .position(|(id, _)| Some(id.as_str()) == request.operation());
        if let Some(at) = listed {
            return Some(script.for_operations.remove(at).1);
        }
        if let Some(reply) = script.queue.pop_front() {
            return Some(reply);
        }
        let handler = script.handler.clone()?;
        // A handler may look at the transport.
        drop(script);
        Some(handler(&request))
    }
}

impl Transport for MockTransport {
    fn send(
        &self,
        request: Request<ByteStream>,
    ) -> BoxFuture<'_, Result<Response<ByteStream>, TransportError>> {
        Box::pin(async move {
            let captured = CapturedRequest::read(request).await?;
            let name = captured.operation().unwrap_or("the request").to_owned();
            let unscripted = || {
                TransportError::new(
                    TransportErrorKind::Unsendable,
                    format!("no reply for {name}"),
                )
            };
            let reply = self.answer(captured).ok_or_else(unscripted)?;
            tokio::time::sleep(reply.delay).await;
            reply.into_response()
        })
    }
}

impl fmt::Debug for MockTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.script();
        f.debug_struct("MockTransport")
            .field("requests", &script.captured.len())
            .field(
                "queued",
                &(script.queue.len() + script.for_operations.len()),
            )
            .finish_non_exhaustive()
    }
}

/// What a [`MockTransport`] answers.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    delay: Duration,
    error: Option<TransportErrorKind>,
}

impl Reply {
    /// A status without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
            error: None,
        }
    }

    /// A status with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &(impl Encode + ?Sized)) -> Self {
        Self::bytes(status, "application/json", body.encode().to_string())
    }

    /// A status with a text body.
    #[must_use]
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::bytes(status, "text/plain; charset=utf-8", body.into())
    }

    /// A status with any body.
    #[must_use]
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::status(status).header("content-type", content_type);
        reply.body = body.into();
        reply
    }

    /// No response at all.
    #[must_use]
    pub fn error(kind: TransportErrorKind) -> Self {
        let mut reply = Self::status(0);
        reply.error = Some(kind);
        reply
    }

    /// Adds a header. One whose name or value no header can have is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let parsed = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        if let (Ok(name), Ok(value)) = parsed {
            self.headers.append(name, value);
        }
        self
    }

    /// Waits before answering.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn into_response(self) -> Result<Response<ByteStream>, TransportError> {
        if let Some(kind) = self.error {
            return Err(TransportError::new(kind, "scripted error"));
        }
        let status = StatusCode::from_u16(self.status)
            .map_err(|error| TransportError::new(TransportErrorKind::Unsendable, error))?;
        let mut response = Response::new(ByteStream::from(self.body));
        *response.status_mut() = status;
        *response.headers_mut() = self.headers;
        Ok(response)
    }
}

/// A request as it would have left.
#[derive(Clone, Debug)]
pub struct CapturedRequest {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    operation: Option<&'static str>,
}

impl CapturedRequest {
    async fn read(request: Request<ByteStream>) -> Result<Self, TransportError> {
        let (head, body) = request.into_parts();
        let body = body
            .bytes()
            .await
            .map_err(|error| TransportError::new(TransportErrorKind::Unsendable, error))?;
        let operation = head
            .extensions
            .get::<&'static Operation>()
            .map(|operation| operation.id());
        Ok(Self {
            method: head.method,
            url: head.uri.to_string(),
            headers: head.headers,
            body,
            operation,
        })
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The path, with its escapes.
    #[must_use]
    pub fn path(&self) -> &str {
        let after_scheme = self
            .url
            .split_once("://")
            .map_or(self.url.as_str(), |(_, rest)| rest);
        let path = after_scheme.find('/').map_or("/", |at| &after_scheme[at..]);
        path.split('?').next().unwrap_or(path)
    }

    /// The query as it is in the URL.
    #[must_use]
    pub fn raw_query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }

    /// The names and values of the query, without escapes.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        Url::parse(&self.url)
            .map(|url| url.query_pairs().into_owned().collect())
            .unwrap_or_default()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, `Null` if it is something else.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The names and values of a form body (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body)
            .into_owned()
            .collect()
    }

    /// The id of the operation that the request belongs to; `None` for token requests and undocumented calls.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.operation
    }
}
