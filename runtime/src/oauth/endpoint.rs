//! Where a client gets its tokens.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::OnceCell;
use url::Url;

use super::dpop::Nonces;
use super::failure::TokenFailure;
use super::http::Http;
use super::protocol::Endpoint;
use super::{Grant, OAuthClient, template};
use crate::connection::RetryPolicy;
use crate::error::{Error, Result};
use crate::token::Tokens;

/// The token endpoint of a client. Where only the server's metadata says where it is, that is read before the first request.
pub(crate) struct TokenEndpoint {
    client: OAuthClient,
    #[cfg(feature = "sign-in")]
    http: Http,
    #[cfg(feature = "sign-in")]
    retry: RetryPolicy,
    documented: Documented,
    ready: OnceCell<Arc<Endpoint>>,
}

/// What the API's definition says about the authorization server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documented {
    pub(crate) token_url: Option<Url>,
    pub(crate) refresh_url: Option<Url>,
    /// The URL of the server's metadata.
    pub(crate) configuration_url: Option<String>,
}

impl TokenEndpoint {
    /// The endpoint of a client.
    ///
    /// # Errors
    /// When nobody says where it is, or its URL is not fit for secrets.
    pub(crate) fn new(
        client: OAuthClient,
        documented: Documented,
        http: Http,
        retry: RetryPolicy,
    ) -> Result<Self> {
        check_parameters(&client)?;
        let provider = &client.provider;
        let names_server = provider.issuer.is_some() || provider.configuration_url.is_some();
        // Whoever names a server means its endpoints, whatever stands in the document.
        let ask_first = names_server && provider.token_url.is_none() && cfg!(feature = "sign-in");
        let ready = match ask_first {
            true => None,
            false => located(&client, &documented, &http, &retry)?,
        };
        let discoverable = names_server || documented.configuration_url.is_some();
        if ready.is_none() && !(discoverable && cfg!(feature = "sign-in")) {
            return Err(Error::configuration(match discoverable {
                true => {
                    "reading the metadata of the authorization server needs the feature `sign-in` of connector-runtime: turn it on, or set the token URL"
                }
                false => {
                    "neither the document nor the provider has a token endpoint: set the token URL"
                }
            }));
        }
        Ok(Self {
            client,
            #[cfg(feature = "sign-in")]
            http,
            #[cfg(feature = "sign-in")]
            retry,
            documented,
            ready: OnceCell::new_with(ready.map(Arc::new)),
        })
    }

    /// The client, as it was given.
    pub(crate) fn client(&self) -> &OAuthClient {
        &self.client
    }

    /// Tells endpoints apart.
    pub(crate) fn identity(&self) -> String {
        let provider = &self.client.provider;
        let place = self.ready.get().map(|ready| ready.token_url.to_string());
        let configuration = provider
            .configuration_url
            .as_ref()
            .or(self.documented.configuration_url.as_ref());
        let elsewhere = configuration.or(provider.issuer.as_ref()).cloned();
        place.or(elsewhere).unwrap_or_default()
    }

    /// The URL.
    ///
    /// # Errors
    /// When it is in the server's metadata, and that cannot be read.
    pub(crate) async fn token_url(&self) -> std::result::Result<Url, TokenFailure> {
        self.ready()
            .await
            .map(|endpoint| endpoint.token_url.clone())
    }

    /// Requests tokens, bound to this key; if there is none, to a new one where the client wants it.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub(crate) async fn request(
        &self,
        grant: &Grant,
        scopes: &[String],
        key: Option<&SecretString>,
    ) -> std::result::Result<Tokens, TokenFailure> {
        self.ready().await?.request(grant, scopes, key).await
    }

    #[cfg(not(feature = "sign-in"))]
    async fn ready(&self) -> std::result::Result<Arc<Endpoint>, TokenFailure> {
        // Without discovery, `new` has found it.
        self.ready.get().cloned().ok_or_else(|| {
            TokenFailure::unsendable(Error::configuration("there is no token endpoint"))
        })
    }

    #[cfg(feature = "sign-in")]
    async fn ready(&self) -> std::result::Result<Arc<Endpoint>, TokenFailure> {
        let ready = self.ready.get_or_try_init(|| self.discover()).await?;
        Ok(ready.clone())
    }

    #[cfg(feature = "sign-in")]
    async fn discover(&self) -> std::result::Result<Arc<Endpoint>, TokenFailure> {
        use crate::token::FailureClass;

        let mut client = self.client.clone();
        let documented = self.documented.configuration_url.as_deref();
        let found = super::server::discover(&client, &self.http, documented).await;
        match found {
            Ok(Some(metadata)) => metadata.complete(&mut client),
            Ok(None) => {}
            Err(error) => {
                return Err(TokenFailure {
                    source: Some(Arc::new(error)),
                    ..TokenFailure::new(
                        FailureClass::Unavailable,
                        "the metadata of the authorization server cannot be read",
                    )
                });
            }
        }
        let located = located(&client, &self.documented, &self.http, &self.retry);
        let endpoint = located.map_err(TokenFailure::unsendable)?.ok_or_else(|| {
            TokenFailure::unsendable(Error::configuration(
                "the authorization server publishes no metadata that names a token endpoint: set the token URL",
            ))
        })?;
        Ok(Arc::new(endpoint))
    }

    /// Gives tokens back that nobody will use, in the background.
    pub(crate) fn revoke_later(&self, tokens: Tokens) {
        #[cfg(feature = "sign-in")]
        if let Some(endpoint) = self.ready.get() {
            let server = super::AuthorizationServer::of(
                endpoint.client.clone(),
                self.http.clone(),
                self.retry.clone(),
            );
            tokio::spawn(async move {
                if let Err(error) = server.revoke(&tokens).await {
                    tracing::warn!(error = %error, "unused tokens are not revoked");
                }
            });
        }
        #[cfg(not(feature = "sign-in"))]
        drop(tokens);
    }
}

/// The endpoint, if client, provider or document say where it is.
fn located(
    client: &OAuthClient,
    documented: &Documented,
    http: &Http,
    retry: &RetryPolicy,
) -> Result<Option<Endpoint>> {
    let lookup = |name: &str| client.lookup(name);
    let url = |template: &Option<String>| match template {
        Some(template) => template::fill_url(template, &lookup, http.insecure).map(Some),
        None => Ok(None),
    };
    let mut refresh_url = url(&client.provider.refresh_url)?;
    let token_url = match (url(&client.provider.token_url)?, &documented.token_url) {
        (Some(token_url), _) => token_url,
        (None, Some(token_url)) => {
            refresh_url = refresh_url.or(documented.refresh_url.clone());
            token_url.clone()
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(Endpoint {
        refresh_url: refresh_url.unwrap_or_else(|| token_url.clone()),
        token_url,
        client: client.clone(),
        http: http.clone(),
        retry: retry.clone(),
        nonces: Nonces::default(),
    }))
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
