//! Token requests: the `oauth2` crate for the protocol.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AccessToken, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, ExtraTokenFields, IntrospectionUrl, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, ResourceOwnerPassword, ResourceOwnerUsername, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::answer::BOUND;
use super::dpop::{DpopKey, Nonces};
use super::exchange::Exchange;
use super::failure::TokenFailure;
use super::http::Http;
use super::shape::Pairs;
use super::{ClientAuthentication, Grant, OAuthClient, template};
use crate::connection::RetryPolicy;
use crate::error::{Error, Result};
use crate::token::{FailureClass, Tokens};

/// After this long, a request is not repeated: together with the last attempt it must end before the lease of a refresh does.
const PATIENCE: Duration = Duration::from_secs(35);

/// Longer than any server needs for a token that it has just made.
const INTROSPECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a client gets its tokens.
pub(super) struct Endpoint {
    pub(super) client: OAuthClient,
    pub(super) http: Http,
    pub(super) retry: RetryPolicy,
    pub(super) token_url: Url,
    pub(super) refresh_url: Url,
    /// What the server wants in DPoP proofs.
    pub(super) nonces: Nonces,
}

/// What our normalised answers have beside the standard members.
#[derive(Deserialize, Serialize)]
struct Extra {
    id_token: Option<String>,
    refresh_expires_in: Option<u64>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

impl ExtraTokenFields for Extra {}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Extra(redacted)")
    }
}

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

impl Endpoint {
    /// Requests tokens. Passing failures are retried as long as nothing can have been spent; a request that may have been
    /// answered is repeated once, since servers that rotate refresh tokens commonly accept the old one for a moment.
    pub(super) async fn request(
        &self,
        grant: &Grant,
        scopes: &[String],
        key: Option<&SecretString>,
    ) -> std::result::Result<Tokens, TokenFailure> {
        let key = match key {
            Some(key) => DpopKey::read(key).map(Some),
            None => self.client.dpop_key(),
        };
        let key = key.map_err(TokenFailure::unsendable)?;
        let started = Instant::now();
        let mut retries = 0;
        loop {
            let failure = match self.attempt(grant, scopes, key.as_ref(), started).await {
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
            if retries >= limit || started.elapsed() > PATIENCE {
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
        key: Option<&DpopKey>,
        started: Instant,
    ) -> std::result::Result<Tokens, TokenFailure> {
        let scopes = self.client.all_scopes(scopes);
        let exchange = Exchange {
            endpoint: self,
            grant,
            scope: scopes.join(self.separator()),
            status: AtomicU16::new(0),
            key,
            nonce_wanted: AtomicBool::new(false),
        };
        let mut asked_at = Timestamp::now();
        let mut answer = self.ask(&exchange, &scopes).await;
        // Made anew rather than sent again: an assertion of the client is good for one request.
        if exchange.nonce_wanted.load(Ordering::Relaxed) && started.elapsed() <= PATIENCE {
            asked_at = Timestamp::now();
            answer = self.ask(&exchange, &scopes).await;
        }
        match answer {
            Ok(granted) => Ok(self.with_expiry(tokens(&granted, asked_at, key)).await),
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

    /// Asks for the expiry where only that tells it (RFC 7662). Without an answer, a 401 will tell.
    async fn with_expiry(&self, mut tokens: Tokens) -> Tokens {
        if let (None, Some(template)) = (tokens.expires_at, &self.client.provider.introspection_url)
        {
            match self.introspect(template, &tokens).await {
                Ok(expires_at) => tokens.expires_at = expires_at,
                Err(error) => tracing::debug!(error = %error, "the expiry of a token is not known"),
            }
        }
        tokens
    }

    async fn introspect(&self, template: &str, tokens: &Tokens) -> Result<Option<Timestamp>> {
        let lookup = |name: &str| self.client.lookup(name);
        let url = template::fill_url(template, &lookup, self.http.insecure)?;
        let failed = |what: &str| Error::credential(format!("the introspection endpoint {what}"));
        let token = AccessToken::new(tokens.access_token.expose_secret().to_owned());
        let client = self
            .protocol()
            .set_introspection_url(IntrospectionUrl::from_url(url));
        let mut request = client.introspect(&token);
        let extra = self
            .extra_parameters()
            .map_err(|_| failed("needs a key of the client"))?;
        for (name, value) in &extra {
            request = request.add_extra_param(name, value);
        }
        let answer = timeout(INTROSPECTION_TIMEOUT, request.request_async(&self.http)).await;
        let answer = answer.map_err(|_| failed("did not answer in time"))?;
        let answer = answer.map_err(|_| failed("did not answer as RFC 7662 says"))?;
        let expires = answer.exp().map(|at| at.timestamp());
        let expires = expires.and_then(|at| Timestamp::from_second(at).ok());
        // Some write 0 for "never"; a token that is dead already would be asked for again and again.
        Ok(expires.filter(|at| *at > tokens.granted_at))
    }

    fn separator(&self) -> &str {
        self.client
            .provider
            .scope_separator
            .as_deref()
            .unwrap_or(" ")
    }

    /// What a server says, without the secrets that it was sent: some servers quote them.
    fn redacted(&self, text: &str, grant: &Grant) -> String {
        let secrets = grant.secrets().into_iter().chain(&self.client.secret);
        let secrets = secrets.map(|secret| secret.expose_secret());
        secrets
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }

    fn explain(&self, error: TokenError, exchange: &Exchange<'_>) -> TokenFailure {
        let origin = self.token_url.origin().ascii_serialization();
        match error {
            RequestTokenError::ServerResponse(refusal) => {
                let status = exchange.status.load(Ordering::Relaxed);
                let description = refusal.error_description();
                let description = description.map(|text| self.redacted(text, exchange.grant));
                let code = self.redacted(refusal.error().as_ref(), exchange.grant);
                TokenFailure::refusal(&origin, &code, description.as_deref(), status)
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

/// Shorter ones would make words of a message disappear.
const SHORTEST_SECRET: usize = 6;

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

fn tokens(granted: &Granted, asked_at: Timestamp, key: Option<&DpopKey>) -> Tokens {
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
    if let Some(key) = key {
        tokens.dpop_key = Some(key.secret().clone());
        tokens.dpop_bound =
            matches!(granted.token_type(), BasicTokenType::Extension(name) if name == BOUND);
    }
    tokens.values.clone_from(&extra.values);
    tokens
}
