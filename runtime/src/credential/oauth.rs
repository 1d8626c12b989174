//! The identity of an application towards an OAuth 2.0 authorization server.

use std::fmt;

use secrecy::SecretString;

/// An OAuth 2.0 client (RFC 6749 section 2).
#[derive(Clone)]
#[cfg_attr(
    not(feature = "oauth2"),
    expect(dead_code, reason = "only a token request reads the secret")
)]
pub struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) token_url: Option<String>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) auth_style: AuthStyle,
    pub(crate) parameters: Vec<(String, String)>,
}

/// How a client proves who it is at the token endpoint (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthStyle {
    /// `Authorization: Basic`, which every server must support.
    #[default]
    Basic,
    /// `client_id` and `client_secret` in the body.
    Body,
}

impl OAuthClient {
    /// A client by its id and secret.
    pub fn new(id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            token_url: None,
            scopes: None,
            auth_style: AuthStyle::default(),
            parameters: Vec::new(),
        }
    }

    /// The token endpoint, in place of the one in the document.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// The scopes to ask for. Without this, a token is fetched for the scopes that the operation needs.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// How the client proves who it is.
    #[must_use]
    pub fn auth_style(mut self, style: AuthStyle) -> Self {
        self.auth_style = style;
        self
    }

    /// Another parameter of the token request, such as `audience` or `resource` (RFC 8707).
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthClient")
            .field("id", &self.id)
            .field("token_url", &self.token_url)
            .finish_non_exhaustive()
    }
}
