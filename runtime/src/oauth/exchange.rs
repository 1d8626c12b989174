//! The adapter between the `oauth2` crate and the transport, where what is particular about the provider is applied.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response, StatusCode};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use url::Url;

use super::answer::{self, Answer, Received};
use super::dpop::{self, DpopKey};
use super::failure::TokenFailure;
use super::http::Http;
use super::protocol::Endpoint;
use super::shape::{self, Pairs};
use super::{BasicEncoding, Grant, TokenRequest, template};
use crate::error::Result;
use crate::send::retry_after;
use crate::token::FailureClass;
use crate::transport::{BoxFuture, TransportError, TransportErrorKind};

/// One token request on its way through the adapter between the `oauth2` crate and the transport.
pub(super) struct Exchange<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) grant: &'a Grant,
    /// The scopes as they are sent.
    pub(super) scope: String,
    /// Of the answer, which the crate does not hand on.
    pub(super) status: AtomicU16,
    /// What the tokens are to be bound to.
    pub(super) key: Option<&'a DpopKey>,
    /// The server wants a nonce in the proof, and has given one.
    pub(super) nonce_wanted: AtomicBool,
}

impl<'c> AsyncHttpClient<'c> for Exchange<'_> {
    type Error = TokenFailure;
    type Future = BoxFuture<'c, std::result::Result<HttpResponse, TokenFailure>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.run(request))
    }
}

impl Exchange<'_> {
    async fn run(&self, request: HttpRequest) -> std::result::Result<HttpResponse, TokenFailure> {
        let provider = &self.endpoint.client.provider;
        let is_refresh = matches!(self.grant, Grant::Refresh(_));
        let wanted = match &provider.refresh {
            Some(refresh) if is_refresh => refresh,
            _ => &provider.token,
        };
        let url = if is_refresh {
            &self.endpoint.refresh_url
        } else {
            &self.endpoint.token_url
        };
        let mut pairs = shape::parameters(request.body());
        if pairs.iter().any(|(name, _)| name == "scope") {
            shape::set(&mut pairs, "scope", self.scope.clone());
        }
        let mut headers = request.headers().clone();
        self.raw_basic(&mut headers)
            .map_err(TokenFailure::unsendable)?;
        let mut response = self
            .step(wanted, url.clone(), pairs, &headers, &Value::Null)
            .await?;
        for next in &wanted.then {
            let previous = answer::parse(response.body());
            let failed = !response.status().is_success();
            if failed || matches!(self.read(&response), Answer::Refusal(_)) {
                break;
            }
            let url = self
                .url_of(next, &previous)
                .map_err(TokenFailure::unsendable)?;
            response = self
                .step(next, url, Pairs::new(), &HeaderMap::new(), &previous)
                .await?;
        }
        self.normalised(&response)
    }

    fn raw_basic(&self, headers: &mut HeaderMap) -> Result<()> {
        let client = &self.endpoint.client;
        let is_raw = client.provider.basic_encoding == BasicEncoding::Raw;
        if let (true, true, Some(secret)) =
            (is_raw, headers.contains_key(AUTHORIZATION), &client.secret)
        {
            headers.insert(
                AUTHORIZATION,
                shape::raw_basic(&client.id, secret.expose_secret())?,
            );
        }
        Ok(())
    }

    fn url_of(&self, request: &TokenRequest, previous: &Value) -> Result<Url> {
        match &request.url {
            Some(url) => template::fill_url(
                url,
                &|name| self.value(name, previous),
                self.endpoint.http.insecure,
            ),
            None => Ok(self.endpoint.token_url.clone()),
        }
    }

    async fn step(
        &self,
        wanted: &TokenRequest,
        url: Url,
        pairs: Pairs,
        headers: &HeaderMap,
        previous: &Value,
    ) -> std::result::Result<Response<Bytes>, TokenFailure> {
        let origin = url.origin().ascii_serialization();
        let mut request = shape::request(wanted, url.clone(), pairs, headers, &|name| {
            self.value(name, previous)
        })
        .map_err(TokenFailure::unsendable)?;
        if let Some(key) = self.key {
            self.prove(key, &mut request, &url)
                .map_err(TokenFailure::unsendable)?;
        }
        let response = self.endpoint.http.send(request).await;
        let response = response.map_err(|error| unreachable(&origin, error))?;
        self.status
            .store(response.status().as_u16(), Ordering::Relaxed);
        if self.key.is_some() {
            self.learn(&url, &response);
        }
        if response.status().is_redirection() {
            return Err(TokenFailure::new(
                FailureClass::Refused,
                format!(
                    "the token endpoint at {origin} redirects, which would carry secrets away: set the token URL to where it leads"
                ),
            ));
        }
        Ok(response)
    }

    /// Adds a proof that the sender has the key (RFC 9449 section 5).
    fn prove(&self, key: &DpopKey, request: &mut Request<Vec<u8>>, url: &Url) -> Result<()> {
        let nonce = self.endpoint.nonces.of(url);
        let proof = key.proof(request.method(), url, None, nonce.as_deref())?;
        request
            .headers_mut()
            .insert(dpop::PROOF, dpop::header(&proof)?);
        Ok(())
    }

    /// Remembers the nonce that the server wants in the next proof, and whether it refuses for want of it (section 8).
    fn learn(&self, url: &Url, response: &Response<Bytes>) {
        let is_new = self.endpoint.nonces.learn(url, response.headers());
        let wanted = |body: &Value| body["error"] == dpop::NONCE_WANTED;
        let refused = matches!(self.read(response), Answer::Refusal(body) if wanted(&body));
        self.nonce_wanted
            .store(is_new && refused, Ordering::Relaxed);
    }

    /// What a template's name stands for.
    fn value(&self, name: &str, previous: &Value) -> Option<String> {
        if let Some(path) = name.strip_prefix("answer.") {
            return answer::member(previous, path).and_then(answer::text);
        }
        let client = &self.endpoint.client;
        match name {
            "client_id" => Some(client.id.clone()),
            "client_secret" => client
                .secret
                .as_ref()
                .map(|secret| secret.expose_secret().to_owned()),
            "scope" => Some(self.scope.clone()),
            _ => {
                let mut own = self.grant.parameters().into_iter();
                let own = own.find(|(known, _)| *known == name);
                own.map(|(_, value)| value.to_owned())
                    .or_else(|| client.lookup(name))
            }
        }
    }

    fn normalised(
        &self,
        response: &Response<Bytes>,
    ) -> std::result::Result<HttpResponse, TokenFailure> {
        let status = response.status().as_u16();
        let (status, body) = match self.read(response) {
            Answer::Tokens(body) => (200, body),
            Answer::Refusal(_) if matches!(status, 408 | 429 | 500..) => {
                return Err(self.unusable(response));
            }
            Answer::Refusal(body) => (400, body),
            Answer::Unusable => return Err(self.unusable(response)),
        };
        let mut normal = Response::new(body.to_string().into_bytes());
        *normal.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        Ok(normal)
    }

    fn read(&self, response: &Response<Bytes>) -> Answer {
        let received = Received {
            status: response.status().as_u16(),
            headers: response.headers(),
            body: answer::parse(response.body()),
        };
        answer::read(&self.endpoint.client.provider.response, &received)
    }

    fn unusable(&self, response: &Response<Bytes>) -> TokenFailure {
        let origin = self.endpoint.token_url.origin().ascii_serialization();
        let status = response.status();
        let said = match status.is_success() {
            true => "did not answer with a token (RFC 6749 section 5.1)".to_owned(),
            false => format!("answered {}", crate::response::reason(status.as_u16())),
        };
        // Page or not, these say that the client is not let in.
        let class = match status.as_u16() {
            401 | 403 => FailureClass::InvalidClient,
            404 | 405 | 410 => FailureClass::Refused,
            _ => FailureClass::Unavailable,
        };
        TokenFailure {
            retry_after: retry_after(response.headers(), SystemTime::now()),
            may_have_reached: true,
            ..TokenFailure::new(class, format!("the token endpoint at {origin} {said}"))
        }
    }
}

fn unreachable(origin: &str, error: TransportError) -> TokenFailure {
    let class = match error.kind() {
        TransportErrorKind::Unsendable => FailureClass::Refused,
        _ => FailureClass::Unavailable,
    };
    TokenFailure {
        may_have_reached: error.kind() != TransportErrorKind::Connect,
        source: Some(Arc::new(error)),
        ..TokenFailure::new(
            class,
            format!("the token endpoint at {origin} cannot be reached"),
        )
    }
}

/// Requests other than for tokens, as they are.
impl<'c> AsyncHttpClient<'c> for Http {
    type Error = TransportError;
    type Future = BoxFuture<'c, std::result::Result<HttpResponse, TransportError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { Ok(self.send(request).await?.map(Vec::from)) })
    }
}
