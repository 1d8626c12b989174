//! The request to the token endpoint: the `oauth2` crate for the protocol, the connection's transport for HTTP.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse,
    RequestTokenError, Scope, TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use url::Url;

use super::{AuthStyle, Environment, OAuthClient};
use crate::body::ByteStream;
use crate::connection::{RetryPolicy, is_local};
use crate::descriptor::{OAuthFlowKind, SecurityScheme};
use crate::error::{Error, Result, is_transient};
use crate::transport::{BoxFuture, Transport, TransportError, TransportErrorKind};

/// The time limit of one token request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// More than any token response; what is longer is none.
const MAX_RESPONSE: usize = 1024 * 1024;

/// Where a client gets its tokens.
pub(super) struct TokenEndpoint {
    client: OAuthClient,
    url: Url,
    transport: Arc<dyn Transport>,
    retry: RetryPolicy,
    user_agent: Option<String>,
}

/// A token as the server granted it.
pub(super) struct Granted {
    pub(super) access_token: SecretString,
    pub(super) lifetime: Option<Duration>,
}

type TokenError = RequestTokenError<TransportError, BasicErrorResponse>;

impl TokenEndpoint {
    pub(super) fn new(
        client: &OAuthClient,
        scheme: &'static SecurityScheme,
        environment: &Environment<'_>,
    ) -> Result<Self> {
        let Environment {
            transport,
            connection,
            ..
        } = environment;
        let url = token_url(client, scheme, environment)?;
        Ok(Self {
            client: client.clone(),
            url,
            transport: Arc::clone(transport),
            retry: connection.retry.clone(),
            user_agent: connection.user_agent.clone(),
        })
    }

    /// Requests a token. Asking twice does no harm, so passing failures are retried.
    pub(super) async fn request(&self, scopes: &[String]) -> Result<Granted> {
        let mut retries = 0;
        loop {
            match self.attempt(scopes).await {
                Ok(granted) => return Ok(granted),
                Err(error) if retries < self.retry.max_retries && is_passing(&error) => {
                    sleep(self.retry.pause(retries)).await;
                    retries += 1;
                }
                Err(error) => return Err(self.explain(error)),
            }
        }
    }

    async fn attempt(&self, scopes: &[String]) -> std::result::Result<Granted, TokenError> {
        let secret = ClientSecret::new(self.client.secret.expose_secret().to_owned());
        let client = BasicClient::new(ClientId::new(self.client.id.clone()))
            .set_client_secret(secret)
            .set_token_uri(TokenUrl::from_url(self.url.clone()))
            .set_auth_type(match self.client.auth_style {
                AuthStyle::Basic => AuthType::BasicAuth,
                AuthStyle::Body => AuthType::RequestBody,
            });
        let mut request = client
            .exchange_client_credentials()
            .add_scopes(scopes.iter().cloned().map(Scope::new));
        for (name, value) in &self.client.parameters {
            request = request.add_extra_param(name, value);
        }
        let response = request.request_async(self).await?;
        Ok(Granted {
            access_token: response.access_token().secret().clone().into(),
            lifetime: response.expires_in(),
        })
    }

    async fn send(
        &self,
        request: HttpRequest,
    ) -> std::result::Result<HttpResponse, TransportError> {
        let mut request: Request<ByteStream> = request.map(|body| bytes::Bytes::from(body).into());
        if let Some(agent) = self
            .user_agent
            .as_deref()
            .and_then(|agent| agent.parse().ok())
        {
            request
                .headers_mut()
                .insert(http::header::USER_AGENT, agent);
        }
        if let Some(authorization) = request.headers_mut().get_mut(http::header::AUTHORIZATION) {
            authorization.set_sensitive(true);
        }
        let exchange = async {
            let (head, body) = self.transport.send(request).await?.into_parts();
            let broken = |error| TransportError::new(TransportErrorKind::Broken, error);
            let body = body.bytes_up_to(MAX_RESPONSE).await.map_err(broken)?;
            let body = if head.status.is_success() {
                normalized(&body)
            } else {
                body.into()
            };
            Ok(Response::from_parts(head, body))
        };
        let response: HttpResponse = timeout(TIMEOUT, exchange)
            .await
            .map_err(|elapsed| TransportError::new(TransportErrorKind::Timeout, elapsed))??;
        if is_transient(response.status().as_u16()) {
            let status = crate::response::reason(response.status().as_u16());
            return Err(TransportError::new(
                TransportErrorKind::Broken,
                format!("the answer was {status}"),
            ));
        }
        Ok(response)
    }

    fn explain(&self, error: TokenError) -> Error {
        let endpoint = self.url.origin().ascii_serialization();
        match error {
            RequestTokenError::ServerResponse(refusal) => {
                let reason = refusal.error();
                let description = refusal
                    .error_description()
                    .map(|text| format!(" ({text})"))
                    .unwrap_or_default();
                Error::credential(format!(
                    "the token endpoint at {endpoint} refused: {reason}{description}"
                ))
            }
            RequestTokenError::Request(error) => Error::credential(format!(
                "the token endpoint at {endpoint} cannot be reached: {error}"
            ))
            .with_source(error.into_source()),
            // The parser's error may quote the answer, and the answer may hold a token.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                Error::credential(format!(
                    "the token endpoint at {endpoint} did not answer with a token (RFC 6749 section 5.1)"
                ))
            }
        }
    }
}

/// The adapter between the `oauth2` crate and the transport.
impl<'c> AsyncHttpClient<'c> for TokenEndpoint {
    type Error = TransportError;
    type Future = BoxFuture<'c, std::result::Result<HttpResponse, TransportError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn is_passing(error: &TokenError) -> bool {
    matches!(error, RequestTokenError::Request(error) if error.kind() != TransportErrorKind::Unsendable)
}

/// The token endpoint: from the client, else from the document.
fn token_url(
    client: &OAuthClient,
    scheme: &'static SecurityScheme,
    environment: &Environment<'_>,
) -> Result<Url> {
    let flows = scheme
        .flow_list()
        .iter()
        .filter(|flow| flow.kind() == OAuthFlowKind::ClientCredentials);
    let documented = flows.filter_map(|flow| flow.token_url()).next();
    let Some(text) = client.token_url.as_deref().or(documented) else {
        return Err(Error::configuration(format!(
            "the scheme `{}` has no client credentials flow in the document: set the token URL",
            scheme.name()
        )));
    };
    let invalid = |reason: &str| Error::configuration(format!("the token URL `{text}` {reason}"));
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => match environment.base_url {
            Some(base) => base.join(text).map_err(|_| invalid("is not valid"))?,
            None => {
                return Err(invalid(
                    "is only a path: set the base URL or the whole token URL",
                ));
            }
        },
        Err(_) => return Err(invalid("is not valid")),
    };
    if url.scheme() != "https" && !is_local(&url) && !environment.connection.insecure_credentials {
        return Err(invalid(
            "is not https, so the client secret is not sent there",
        ));
    }
    Ok(url)
}

/// Repairs what servers commonly get wrong in a token response: no `token_type`, `expires_in` as a string.
fn normalized(body: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else {
        return body.to_vec();
    };
    if members.contains_key("access_token") {
        members
            .entry("token_type")
            .or_insert_with(|| Value::from("bearer"));
        if let Some(expires_in) = members.get_mut("expires_in") {
            let seconds = match &*expires_in {
                Value::String(text) => text.trim().parse::<f64>().ok(),
                other => other.as_f64(),
            };
            *expires_in = seconds
                .filter(|seconds| *seconds >= 0.0)
                .map_or(Value::Null, |seconds| Value::from(seconds as u64));
        }
    }
    Value::Object(members).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn common_mistakes_in_token_responses_are_repaired() {
        let repair = |body: Value| {
            serde_json::from_slice::<Value>(&normalized(body.to_string().as_bytes())).unwrap()
        };
        let expected = json!({"access_token": "t", "token_type": "bearer", "expires_in": 3600});
        assert_eq!(
            repair(json!({"access_token": "t", "expires_in": "3600"})),
            expected
        );
        assert_eq!(
            repair(json!({"access_token": "t", "expires_in": 3600.5})),
            expected
        );
        assert_eq!(
            repair(json!({"access_token": "t", "expires_in": null}))["expires_in"],
            Value::Null
        );
        assert_eq!(normalized(b"oops"), b"oops");
    }
}
