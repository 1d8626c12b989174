//! A credential whose tokens come from an authorization server.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use url::Url;

use super::endpoint::{Documented, TokenEndpoint};
use super::http::Http;
use super::{OAuthClient, template};
use crate::connection::{CLIENT_ID, CLIENT_SECRET, means};
use crate::credential::{Authorizer, Credential, Environment, Kind};
use crate::descriptor::{OAuthFlow, OAuthFlowKind, SecurityScheme};
use crate::error::{Error, Result};
use crate::token::{Grants, MemoryStore, SignGrant, TokenKey, TokenSource, TokenStore, Tokens};

/// OAuth 2.0: tokens are fetched, kept, and renewed before they expire. Clones share them.
///
/// ```
/// # use connector_runtime::oauth::{OAuthClient, OAuthCredential};
/// # use connector_runtime::Credential;
/// let client = OAuthClient::new("id", "secret").scopes(["read"]);
/// let credential: Credential = OAuthCredential::client_credentials(client).into();
/// ```
#[derive(Clone)]
pub struct OAuthCredential {
    client: OAuthClient,
    grants: Grants,
    store: Arc<dyn TokenStore>,
    key: Option<TokenKey>,
    /// What the clones of this credential share, by token endpoint, values, and provider.
    sources: Arc<Mutex<Vec<(String, Authorizer)>>>,
    /// Tokens to begin with.
    first: Option<Tokens>,
}

impl OAuthCredential {
    /// The application itself calls (RFC 6749 section 4.4).
    #[must_use]
    pub fn client_credentials(client: OAuthClient) -> Self {
        Self::new(client, Grants::ClientCredentials)
    }

    /// The application knows the person's password (RFC 6749 section 4.3): only where a server offers nothing better (RFC 9700
    /// section 2.4).
    pub fn password(
        client: OAuthClient,
        username: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        let grants = Grants::Password {
            username: username.into(),
            password: password.into(),
        };
        Self::new(client, grants)
    }

    /// A signed statement says who is calling (RFC 7523 section 2.1), as with service accounts.
    #[must_use]
    pub fn jwt_bearer(client: OAuthClient, key: impl SignGrant + 'static) -> Self {
        Self::new(client, Grants::JwtBearer(Arc::new(key)))
    }

    /// A person has signed in and these are the tokens. They live as long as the process, unless they are
    /// [`kept_in`](Self::kept_in) a store.
    #[must_use]
    pub fn signed_in(client: OAuthClient, tokens: Tokens) -> Self {
        Self {
            first: Some(tokens),
            ..Self::new(client, Grants::SignedIn)
        }
    }

    /// A person has signed in and the tokens are in a store, which several processes may share.
    #[must_use]
    pub fn stored(client: OAuthClient, store: Arc<dyn TokenStore>, key: TokenKey) -> Self {
        Self::new(client, Grants::SignedIn).kept_in(store, key)
    }

    /// A person signs in, and the tokens will be in a store.
    #[cfg(feature = "environment")]
    pub(crate) fn interactive(client: OAuthClient) -> Self {
        Self::new(client, Grants::SignedIn)
    }

    fn new(client: OAuthClient, grants: Grants) -> Self {
        Self {
            client,
            grants,
            store: Arc::new(MemoryStore::new()),
            key: None,
            sources: Arc::default(),
            first: None,
        }
    }

    /// Keeps the tokens in a store, so that processes share them and the next one finds them.
    ///
    /// Those of a sign-in are put there with the first call, unless the store has newer ones.
    #[must_use]
    pub fn kept_in(mut self, store: Arc<dyn TokenStore>, key: TokenKey) -> Self {
        (self.store, self.key) = (store, Some(key));
        self
    }

    /// The source of tokens for a scheme: the same one for all that share this credential.
    pub(crate) fn authorizer(
        &self,
        scheme: &'static SecurityScheme,
        environment: &Environment<'_>,
    ) -> Result<Authorizer> {
        let connection = environment.connection;
        let http = Http::new(Arc::clone(environment.transport), connection);
        let flow = self.flow(scheme);
        let documented = |url: fn(&OAuthFlow) -> Option<&'static str>| match flow.and_then(url) {
            Some(text) => located(text, environment.base_url, http.insecure).map(Some),
            None => Ok(None),
        };
        let client = self.client.clone();
        let mut client = client.for_scheme(scheme, environment.exchange)?;
        let own = client.provider.token_url.is_some();
        let documented = match own {
            true => Documented::default(),
            false => Documented {
                token_url: documented(OAuthFlow::token_url)?,
                refresh_url: documented(OAuthFlow::refresh_endpoint)?,
                // What the document says itself needs no metadata.
                configuration_url: match scheme
                    .metadata_url()
                    .filter(|_| flow.and_then(OAuthFlow::token_url).is_none())
                {
                    Some(url) => Some(located(url, environment.base_url, http.insecure)?.into()),
                    None => None,
                },
            },
        };
        if let Some(text) = &client.provider.token_url
            && text.starts_with('/')
        {
            client.provider.token_url = Some(template::absolute(text, environment.base_url)?);
        }
        let values = format!("{:?}", client.values);
        let endpoint = TokenEndpoint::new(client, documented, http, connection.retry.clone())
            .map_err(|error| {
                Error::configuration(format!("the scheme `{}`: {error}", scheme.name()))
            })?;

        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let provider = scheme.provider_json().unwrap_or_default();
        let identity = format!("{} {values} {provider}", endpoint.identity());
        let known = sources.iter().find(|(known, _)| *known == identity);
        if let Some((_, source)) = known {
            return Ok(source.clone());
        }
        let source = self.source(scheme, endpoint)?;
        sources.push((identity, source.clone()));
        Ok(source)
    }

    /// Whether it needs no value of this name from the connection.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let is_own = means(name, CLIENT_ID) || means(name, CLIENT_SECRET);
        let provider = &self.client.provider;
        is_own
            || provider.token_url.is_some()
            || provider.issuer.is_some()
            || provider.configuration_url.is_some()
            || self.client.lookup(name).is_some()
    }

    fn source(
        &self,
        scheme: &'static SecurityScheme,
        endpoint: TokenEndpoint,
    ) -> Result<Authorizer> {
        let (key, store): (TokenKey, Arc<dyn TokenStore>) = match &self.key {
            Some(key) => (key.clone(), self.store.clone()),
            // Tokens of another endpoint, or for other values, are not to be found there.
            None => (
                TokenKey::new("", scheme.name()),
                Arc::new(MemoryStore::new()),
            ),
        };
        let first = self.first.clone();
        let source = TokenSource::new(endpoint, self.grants.clone(), store, key, first)?;
        Ok(Arc::new(source))
    }

    /// The flow of the document that fits, else the first one with a token endpoint.
    fn flow(&self, scheme: &'static SecurityScheme) -> Option<&'static OAuthFlow> {
        let wanted = match self.grants {
            Grants::ClientCredentials | Grants::JwtBearer(_) => OAuthFlowKind::ClientCredentials,
            Grants::Password { .. } => OAuthFlowKind::Password,
            Grants::SignedIn => OAuthFlowKind::AuthorizationCode,
        };
        let flows = || {
            scheme
                .flow_list()
                .iter()
                .filter(|flow| flow.token_url().is_some())
        };
        flows()
            .find(|flow| flow.kind() == wanted)
            .or_else(|| flows().next())
    }
}

/// A URL of the document that secrets may be sent to.
fn located(text: &str, base: Option<&Url>, insecure: bool) -> Result<Url> {
    template::checked_url(&template::absolute(text, base)?, insecure)
}

impl From<OAuthCredential> for Credential {
    fn from(credential: OAuthCredential) -> Self {
        Self(Kind::OAuth(Box::new(credential)))
    }
}

impl fmt::Debug for OAuthCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthCredential")
            .field("client", &self.client)
            .field("grant", &self.grants)
            .finish_non_exhaustive()
    }
}
