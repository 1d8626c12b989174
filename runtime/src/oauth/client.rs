//! The identity of an application towards an authorization server.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::dpop::DpopKey;
use super::{ClientAuthentication, Provider};
use crate::connection::ExchangeValues;
use crate::descriptor::SecurityScheme;
use crate::error::Result;

/// Signs assertions with which a client proves who it is (RFC 7523 section 2.2).
pub trait SignAssertion: Send + Sync {
    /// An assertion for one token request. `audience` is the issuer if it is known, else the token endpoint.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn client_assertion(&self, client_id: &str, audience: &str) -> Result<SecretString>;
}

/// An OAuth 2.0 client (RFC 6749 section 2), and what is particular about its authorization server.
#[derive(Clone)]
pub struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: Option<SecretString>,
    pub(crate) key: Option<Arc<dyn SignAssertion>>,
    pub(crate) authentication: Option<ClientAuthentication>,
    /// Tokens are bound to a key, whatever the provider's data say.
    pub(crate) dpop: bool,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) provider: Provider,
    /// The parameters of the connection, for the provider's templates.
    pub(crate) values: BTreeMap<String, String>,
}

impl OAuthClient {
    /// A client by its id and secret.
    pub fn new(id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self {
            secret: Some(secret.into()),
            ..Self::public(id)
        }
    }

    /// A client without a secret, such as a program on a person's machine (RFC 6749 section 2.1).
    pub fn public(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: None,
            key: None,
            authentication: None,
            dpop: false,
            scopes: None,
            parameters: Vec::new(),
            provider: Provider::default(),
            values: BTreeMap::new(),
        }
    }

    /// A client that proves who it is by a signature: `private_key_jwt`.
    pub fn with_key(id: impl Into<String>, key: impl SignAssertion + 'static) -> Self {
        Self {
            key: Some(Arc::new(key)),
            ..Self::public(id)
        }
    }

    /// What is particular about the authorization server. Its endpoints take the place of those in the document.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// The token endpoint, in place of the one in the document.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.provider.token_url = Some(url.into());
        self
    }

    /// The scopes to ask for. Without this, a token is fetched for the scopes that the operation needs.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// How the client proves who it is. By default: with its key if it has one, else its secret in `Authorization: Basic`.
    #[must_use]
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = Some(authentication);
        self
    }

    /// Asks for tokens that are bound to a key of the connection, so that stolen ones are worth nothing (DPoP, RFC 9449). The key
    /// is made with the first tokens and kept with them. A server that does not know DPoP grants bearer tokens, which are used
    /// as such. `dpop = true` in the provider's data does the same.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn dpop(mut self) -> Self {
        self.dpop = true;
        self
    }

    /// Another parameter of the token requests, such as `audience` or `resource` (RFC 8707).
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// A value for `{name}` in the provider's URLs and requests, such as the tenant. Names are compared without regard to case.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// How the client proves who it is.
    pub(crate) fn method(&self) -> ClientAuthentication {
        let chosen = self.authentication.or(self.provider.client_authentication);
        chosen.unwrap_or(match (&self.key, &self.secret) {
            (Some(_), _) => ClientAuthentication::PrivateKeyJwt,
            (None, Some(_)) => ClientAuthentication::Basic,
            (None, None) => ClientAuthentication::None,
        })
    }

    /// Whether tokens are to be bound to a key.
    pub(crate) fn asks_for_dpop(&self) -> bool {
        self.dpop || self.provider.dpop
    }

    /// A new key for the tokens of a connection, if they are to be bound to one.
    pub(crate) fn dpop_key(&self) -> Result<Option<DpopKey>> {
        match self.asks_for_dpop() {
            true => DpopKey::generate().map(Some),
            false => Ok(None),
        }
    }

    /// A parameter of the connection, or its default.
    pub(crate) fn lookup(&self, name: &str) -> Option<String> {
        let parameters = &self.provider.parameters;
        let default = || named(parameters, name)?.default.clone();
        named(&self.values, name).cloned().or_else(default)
    }

    /// The client for a scheme: with what the connector says about the authorization server, and the values of the connection
    /// for those that have none.
    pub(crate) fn for_scheme(
        mut self,
        scheme: &SecurityScheme,
        values: &ExchangeValues,
    ) -> Result<Self> {
        if let Some(provider) = Provider::of(scheme)? {
            self.provider = std::mem::take(&mut self.provider).over(provider);
        }
        for (name, value) in values.of(scheme.name()) {
            if named(&self.values, name).is_none() {
                self.values
                    .insert(name.to_owned(), value.expose_secret().to_owned());
            }
        }
        Ok(self)
    }

    /// All scopes of a request: the provider's own behind those that are asked for.
    pub(crate) fn all_scopes(&self, asked: &[String]) -> Vec<String> {
        let mut scopes = asked.to_vec();
        let missing = |scope: &&String| !asked.contains(scope);
        scopes.extend(self.provider.scopes.iter().filter(missing).cloned());
        scopes
    }
}

/// The entry of this name; another spelling counts if there is none.
fn named<'a, T>(entries: &'a BTreeMap<String, T>, name: &str) -> Option<&'a T> {
    let same = |(known, _): &(&String, &T)| known.eq_ignore_ascii_case(name);
    let respelled = || entries.iter().find(same).map(|(_, entry)| entry);
    entries.get(name).or_else(respelled)
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthClient")
            .field("id", &self.id)
            .field("authentication", &self.method())
            .field("scopes", &self.scopes)
            .field("token_url", &self.provider.token_url)
            .finish_non_exhaustive()
    }
}
