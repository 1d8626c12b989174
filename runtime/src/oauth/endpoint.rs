//! The token endpoint: the `oauth2` crate for the protocol, the connection's transport for HTTP, and between them what is
//! particular about the provider.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, ResourceOwnerPassword, ResourceOwnerUsername, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::sleep;
use url::Url;

use super::answer::{self, Answer, Received};
use super::failure::TokenFailure;
use super::http::Http;
use super::shape::{self, Pairs};
use super::{BasicEncoding, ClientAuthentication, Grant, OAuthClient, TokenRequest, template};
use crate::connection::RetryPolicy;
use crate::error::{Error, Result};
use crate::send::retry_after;
use crate::token::{FailureClass, Tokens};
use crate::transport::{BoxFuture, TransportError, TransportErrorKind};

/// Where a client gets its tokens.
pub(crate) struct TokenEndpoint {
    pub(crate) client: OAuthClient,
    pub(crate) http: Http,
    token_url: Url,
    refresh_url: Url,
    retry: RetryPolicy,
}

/// What our normalised answers have beside the standard members.
#[derive(Debug, Deserialize, Serialize)]
struct Extra {
    id_token: Option<String>,
    refresh_expires_in: Option<u64>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

impl ExtraTokenFields for Extra {}

type Granted = StandardTokenResponse<Extra, BasicTokenType>;

type Protocol = Client<
    BasicErrorResponse,
    Granted,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type TokenError = RequestTokenError<TokenFailure, BasicErrorResponse>;

impl TokenEndpoint {
    /// The endpoint of a client. `documented` are the token and refresh URLs of the API's definition.
    pub(crate) fn new(
        client: OAuthClient,
        documented: (Option<&Url>, Option<&Url>),
        http: Http,
        retry: RetryPolicy,
    ) -> Result<Self> {
        let url = |template: &Option<String>| match template {
            Some(template) => {
                template::fill_url(template, &|name| client.lookup(name), http.insecure).map(Some)
            }
            None => Ok(None),
        };
        let token_url = url(&client.provider.token_url)?.or(documented.0.cloned());
        let refresh_url = url(&client.provider.refresh_url)?.or(documented.1.cloned());
        let Some(token_url) = token_url else {
            return Err(Error::configuration(
                "neither the document nor the provider has a token endpoint: set the token URL",
            ));
        };
        for url in [Some(&token_url), refresh_url.as_ref()]
            .into_iter()
            .flatten()
        {
            template::checked_url(url.as_str(), http.insecure)?;
        }
        check_parameters(&client)?;
        Ok(Self {
            refresh_url: refresh_url.unwrap_or_else(|| token_url.clone()),
            token_url,
            client,
            http,
            retry,
        })
    }

    /// Where tokens come from; tells sources apart.
    pub(crate) fn token_url(&self) -> &Url {
        &self.token_url
    }

    /// Requests tokens. Passing failures are retried as long as nothing can have been spent; a request that may have been
    /// answered is repeated once, since servers that rotate refresh tokens commonly accept the old one for a moment.
    pub(crate) async fn request(
        &self,
        grant: &Grant,
        scopes: &[String],
    ) -> std::result::Result<Tokens, TokenFailure> {
        let mut retries = 0;
        loop {
            let failure = match self.attempt(grant, scopes).await {
                Ok(tokens) => return Ok(tokens),
                Err(failure) => failure,
            };
            let limit = match grant {
                _ if failure.class != FailureClass::Unavailable => 0,
                // A code is good for one request; a poll has its own rhythm.
                Grant::AuthorizationCode { .. } | Grant::DeviceCode(_)
                    if failure.may_have_reached =>
                {
                    0
                }
                _ if failure.retry_after.is_some() => 0,
                Grant::Refresh(_) if failure.may_have_reached => self.retry.max_retries.min(1),
                _ => self.retry.max_retries,
            };
            if retries >= limit {
                return Err(failure);
            }
            sleep(self.retry.pause(retries)).await;
            retries += 1;
        }
    }

    async fn attempt(
        &self,
        grant: &Grant,
        scopes: &[String],
    ) -> std::result::Result<Tokens, TokenFailure> {
        let scopes = self.client.all_scopes(scopes);
        let exchange = Exchange {
            endpoint: self,
            grant,
            scope: scopes.join(self.separator()),
            status: Mutex::new(0),
        };
        let asked_at = Timestamp::now();
        match self.ask(&exchange, &scopes).await {
            Ok(granted) => Ok(tokens(&granted, asked_at)),
            Err(error) => Err(self.explain(error, &exchange)),
        }
    }

    /// The standard request, by the `oauth2` crate.
    async fn ask(
        &self,
        exchange: &Exchange<'_>,
        scopes: &[String],
    ) -> std::result::Result<Granted, TokenError> {
        let client = self.protocol();
        let extra = self.extra_parameters()?;
        let scopes = scopes.iter().cloned().map(Scope::new);
        macro_rules! send {
            ($request:expr) => {{
                let mut request = $request;
                for (name, value) in &extra {
                    request = request.add_extra_param(name, value);
                }
                request.request_async(exchange).await
            }};
        }
        match exchange.grant {
            Grant::ClientCredentials => {
                send!(client.exchange_client_credentials().add_scopes(scopes))
            }
            Grant::AuthorizationCode {
                code,
                redirect_uri,
                code_verifier,
            } => {
                let code = AuthorizationCode::new(code.expose_secret().to_owned());
                let client = client.set_redirect_uri(redirect(redirect_uri)?);
                let mut request = client.exchange_code(code);
                if let Some(verifier) = code_verifier {
                    let verifier = PkceCodeVerifier::new(verifier.expose_secret().to_owned());
                    request = request.set_pkce_verifier(verifier);
                }
                send!(request)
            }
            Grant::Password { username, password } => {
                let username = ResourceOwnerUsername::new(username.clone());
                let password = ResourceOwnerPassword::new(password.expose_secret().to_owned());
                send!(
                    client
                        .exchange_password(&username, &password)
                        .add_scopes(scopes)
                )
            }
            // Without `scope`: the server keeps the scopes of the grant (RFC 6749 section 6).
            Grant::Refresh(token) => {
                let token = RefreshToken::new(token.expose_secret().to_owned());
                send!(client.exchange_refresh_token(&token))
            }
            // The crate has no single request for these; of two grant types, `shape` takes the last.
            Grant::DeviceCode(_) | Grant::JwtBearer(_) => {
                let mut request = client.exchange_client_credentials();
                if matches!(exchange.grant, Grant::JwtBearer(_)) {
                    request = request.add_scopes(scopes);
                }
                request = request.add_extra_param("grant_type", exchange.grant.name());
                for (name, value) in exchange.grant.parameters() {
                    request = request.add_extra_param(name, value);
                }
                send!(request)
            }
        }
    }

    fn protocol(&self) -> Protocol {
        let client = Client::new(ClientId::new(self.client.id.clone()))
            .set_token_uri(TokenUrl::from_url(self.token_url.clone()));
        let method = self.client.method();
        let client = client.set_auth_type(match method {
            ClientAuthentication::Basic => AuthType::BasicAuth,
            _ => AuthType::RequestBody,
        });
        let with_secret = matches!(
            method,
            ClientAuthentication::Basic | ClientAuthentication::Body
        );
        match &self.client.secret {
            Some(secret) if with_secret => {
                client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            _ => client,
        }
    }

    /// The connection's own parameters, and the assertion of a client that signs.
    fn extra_parameters(&self) -> std::result::Result<Pairs, TokenError> {
        let mut extra = self.client.parameters.clone();
        if self.client.method() == ClientAuthentication::PrivateKeyJwt {
            let Some(key) = &self.client.key else {
                let message =
                    "the client is to authenticate with `private_key_jwt`, but has no key";
                return Err(unsendable(Error::configuration(message)));
            };
            let audience = self.client.provider.issuer.as_deref();
            let audience = audience.unwrap_or(self.token_url.as_str());
            let assertion = key
                .client_assertion(&self.client.id, audience)
                .map_err(unsendable)?;
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            extra.push(("client_assertion_type".to_owned(), kind.to_owned()));
            extra.push((
                "client_assertion".to_owned(),
                assertion.expose_secret().to_owned(),
            ));
        }
        Ok(extra)
    }

    /// Gives tokens back that nobody will use, in the background.
    pub(crate) fn revoke_later(&self, tokens: Tokens) {
        drop(tokens);
    }

    pub(crate) fn separator(&self) -> &str {
        self.client
            .provider
            .scope_separator
            .as_deref()
            .unwrap_or(" ")
    }

    fn explain(&self, error: TokenError, exchange: &Exchange<'_>) -> TokenFailure {
        let origin = self.token_url.origin().ascii_serialization();
        match error {
            RequestTokenError::ServerResponse(refusal) => {
                let status = *exchange.status();
                let description = refusal.error_description().map(String::as_str);
                TokenFailure::refusal(&origin, refusal.error().as_ref(), description, status)
            }
            RequestTokenError::Request(failure) => failure,
            // The parser's error may quote the answer, and the answer may hold a token.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => TokenFailure {
                may_have_reached: true,
                ..TokenFailure::new(
                    FailureClass::Unavailable,
                    format!(
                        "the token endpoint at {origin} did not answer with a token (RFC 6749 section 5.1)"
                    ),
                )
            },
        }
    }
}

fn unsendable(error: Error) -> TokenError {
    RequestTokenError::Request(TokenFailure::unsendable(error))
}

fn redirect(uri: &str) -> std::result::Result<RedirectUrl, TokenError> {
    RedirectUrl::new(uri.to_owned()).map_err(|_| {
        unsendable(Error::configuration(format!(
            "the redirect URI `{uri}` is not valid"
        )))
    })
}

/// Values of parameters that only allow certain ones.
fn check_parameters(client: &OAuthClient) -> Result<()> {
    for (name, parameter) in &client.provider.parameters {
        let Some(value) = client.lookup(name) else {
            continue;
        };
        if !parameter.values.is_empty() && !parameter.values.contains(&value) {
            return Err(Error::configuration(format!(
                "the parameter `{name}` is `{value}`, but must be one of `{}`",
                parameter.values.join("`, `")
            )));
        }
    }
    Ok(())
}

fn tokens(granted: &Granted, asked_at: Timestamp) -> Tokens {
    let extra = granted.extra_fields();
    let after = |life: Duration| {
        let life = SignedDuration::try_from(life).ok()?;
        asked_at.checked_add(life).ok()
    };
    let mut tokens = Tokens::new(granted.access_token().secret().as_str());
    tokens.granted_at = asked_at;
    tokens.expires_at = granted.expires_in().and_then(after);
    tokens.refresh_token = granted
        .refresh_token()
        .map(|token| token.secret().as_str().into());
    tokens.refresh_expires_at = extra
        .refresh_expires_in
        .map(Duration::from_secs)
        .and_then(after);
    tokens.id_token = extra.id_token.as_deref().map(Into::into);
    let texts = |scopes: &Vec<Scope>| scopes.iter().map(|scope| scope.to_string()).collect();
    tokens.scopes = granted.scopes().map(texts);
    tokens.values.clone_from(&extra.values);
    tokens
}

/// One token request on its way through the adapter between the `oauth2` crate and the transport.
struct Exchange<'a> {
    endpoint: &'a TokenEndpoint,
    grant: &'a Grant,
    scope: String,
    /// Of the answer, which the crate does not hand on.
    status: Mutex<u16>,
}

impl<'c> AsyncHttpClient<'c> for Exchange<'_> {
    type Error = TokenFailure;
    type Future = BoxFuture<'c, std::result::Result<HttpResponse, TokenFailure>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.run(request))
    }
}

impl Exchange<'_> {
    fn status(&self) -> MutexGuard<'_, u16> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

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
        let request = shape::request(wanted, url, pairs, headers, &|name| {
            self.value(name, previous)
        })
        .map_err(TokenFailure::unsendable)?;
        let response = self.endpoint.http.send(request).await;
        let response = response.map_err(|error| unreachable(&origin, error))?;
        *self.status() = response.status().as_u16();
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
