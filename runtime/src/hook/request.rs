//! A request in the hands of a hook.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Response};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::body::{Body, ByteStream};
use crate::client::{self, Client, header};
use crate::connection::is_local;
use crate::error::{Error, ErrorKind, Result};
use crate::request::Request;
use crate::send::transport_error;

/// The time limit of a hook's own request, unless the connection says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How much of the answer to a hook's own request is read.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A request that is about to leave.
pub struct HookRequest<'a> {
    client: &'a Client,
    operation: Option<&'static str>,
    method: &'a mut Method,
    url: &'a mut Url,
    headers: &'a mut HeaderMap,
    body: &'a mut Body,
    secret: bool,
}

impl<'a> HookRequest<'a> {
    pub(crate) fn new(
        call: &'a Request,
        (method, url): (&'a mut Method, &'a mut Url),
        headers: &'a mut HeaderMap,
        body: &'a mut Body,
    ) -> Self {
        Self {
            client: &call.client,
            operation: call.operation().map(|operation| operation.id()),
            method,
            url,
            headers,
            body,
            secret: false,
        }
    }

    pub(crate) fn holds_secret(&self) -> bool {
        self.secret
    }

    /// The id of the operation; `None` for a call that the document does not describe.
    #[must_use]
    pub fn operation_id(&self) -> Option<&'static str> {
        self.operation
    }

    /// The value of a connection parameter. Names are compared without regard to case.
    #[must_use]
    pub fn connection_parameter(&self, name: &str) -> Option<&str> {
        let parameters = &self.client.connection().parameters;
        let value = parameters.get(&name.to_ascii_lowercase())?;
        Some(value.expose_secret())
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.method
    }

    /// Sets the method.
    ///
    /// # Errors
    /// When it is no method of HTTP.
    pub fn set_method(&mut self, method: &str) -> Result<()> {
        *self.method = client::method(method)?;
        Ok(())
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.url
    }

    /// Sets the URL; a relative one refers to the URL so far.
    ///
    /// # Errors
    /// When it is not valid, not http or https, or holds a user name or password.
    pub fn set_url(&mut self, url: &str) -> Result<()> {
        *self.url = checked(self.url.join(url))?;
        Ok(())
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// A header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Sets a header.
    ///
    /// # Errors
    /// When name or value cannot be in a header.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = header(name, value)?;
        self.headers.insert(name, value);
        Ok(())
    }

    /// Sets a header to a secret: it is kept out of logs, and not sent unencrypted.
    ///
    /// # Errors
    /// When name or value cannot be in a header.
    pub fn set_secret_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, mut value) = header(name, value)?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self.secret = true;
        Ok(())
    }

    /// Removes a header.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.remove(name);
    }

    /// The body; `None` if it is a stream or a file.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_bytes().map(|bytes| &bytes[..])
    }

    /// Sets the body.
    ///
    /// # Errors
    /// When the media type cannot be in a header.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) -> Result<()> {
        self.set_header(CONTENT_TYPE.as_str(), content_type)?;
        self.replace_body(body.into());
        Ok(())
    }

    /// The body as JSON; `None` if it is something else.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body()?).ok()
    }

    /// Sets the body to JSON. A media type that is there already stays if it is one of JSON.
    pub fn set_json(&mut self, body: &Value) {
        let text = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        if !text.contains("json") {
            let json = HeaderValue::from_static("application/json");
            self.headers.insert(CONTENT_TYPE, json);
        }
        self.replace_body(body.to_string().into());
    }

    fn replace_body(&mut self, body: Bytes) {
        *self.body = body.into();
        // The transport counts anew.
        self.headers.remove(CONTENT_LENGTH);
    }

    /// Makes another request first, over the client's way to the network. It gets no headers and credentials but its own, and
    /// redirects are not followed.
    ///
    /// # Errors
    /// When it cannot be sent, when it is not encrypted (unless the connection allows that, or it stays on this machine), when
    /// there is no answer in time, or when the answer is longer than 16 MiB.
    pub async fn send(&self, request: http::Request<Bytes>) -> Result<Response<Bytes>> {
        let (parts, body) = request.into_parts();
        let url = checked(Url::parse(&parts.uri.to_string()))?;
        let connection = self.client.connection();
        if url.scheme() != "https" && !is_local(&url) && !connection.insecure_credentials {
            return Err(Error::credential(format!(
                "{} is not encrypted, so nothing is sent there: use https, or allow it on the connection",
                url.origin().ascii_serialization()
            )));
        }
        let limit = connection.attempt_timeout.unwrap_or(TIMEOUT);
        let request = http::Request::from_parts(parts, ByteStream::from(body));
        let exchange = async {
            let transport = &self.client.0.transport;
            let answer = transport.send(request).await;
            let (parts, body) = answer
                .map_err(|error| transport_error(error, &url))?
                .into_parts();
            let body = body.bytes_up_to(LONGEST_ANSWER + 1).await?;
            if body.len() > LONGEST_ANSWER {
                return Err(Error::new(ErrorKind::Body, "the answer is too long"));
            }
            Ok(Response::from_parts(parts, body))
        };
        match timeout(limit, exchange).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!("no answer within {limit:?}"),
            )),
        }
    }
}

fn checked(url: std::result::Result<Url, url::ParseError>) -> Result<Url> {
    let url = url.map_err(|error| Error::request(format!("the URL is not valid: {error}")))?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || !matches!(url.scheme(), "http" | "https") {
        return Err(Error::request(
            "the URL is neither http nor https, or holds a user name or password",
        ));
    }
    Ok(url)
}

/// Leaves out what may be secret.
impl fmt::Debug for HookRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookRequest")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
