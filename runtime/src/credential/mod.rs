//! Credentials: who is calling.
//!
//! A credential is not a token but a set of edits on the request that is about to leave. [`Authorize`] is the seam: the built-in
//! credentials go through it, and so does everything that a program brings along, such as a signature over the body.

mod built_in;
mod outgoing;

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

pub(crate) use self::built_in::{Authorizer, Environment, authorizer};
pub use self::outgoing::Outgoing;
use crate::error::Result;
#[cfg(feature = "oauth2")]
use crate::oauth::{OAuthClient, OAuthCredential};
use crate::transport::BoxFuture;

/// A credential for one security scheme. Secrets are wiped from memory when it is dropped and never appear in `Debug`.
#[derive(Clone)]
pub struct Credential(pub(crate) Kind);

#[derive(Clone)]
pub(crate) enum Kind {
    None,
    Basic {
        username: String,
        password: SecretString,
    },
    Bearer(SecretString),
    ApiKey(SecretString),
    #[cfg(feature = "oauth2")]
    OAuth(Box<OAuthCredential>),
    Custom(Arc<dyn Authorize>),
}

impl Credential {
    /// Sends nothing for the scheme, and counts as satisfying it: something on the way adds the credential.
    #[must_use]
    pub fn none() -> Self {
        Self(Kind::None)
    }

    /// User name and password (RFC 7617).
    pub fn basic(username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self(Kind::Basic {
            username: username.into(),
            password: password.into(),
        })
    }

    /// A token as it is (RFC 6750); also an access token for OAuth 2.0 and OpenID Connect that the program renews itself.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self(Kind::Bearer(token.into()))
    }

    /// A key, sent where the scheme wants it.
    pub fn api_key(key: impl Into<SecretString>) -> Self {
        Self(Kind::ApiKey(key.into()))
    }

    /// OAuth 2.0 client credentials (RFC 6749 section 4.4): tokens are fetched, cached, and renewed.
    /// [`OAuthCredential`] has the other grants.
    #[cfg(feature = "oauth2")]
    #[must_use]
    pub fn oauth2_client_credentials(client: OAuthClient) -> Self {
        OAuthCredential::client_credentials(client).into()
    }

    /// Anything else.
    pub fn custom(authorize: impl Authorize + 'static) -> Self {
        Self(Kind::Custom(Arc::new(authorize)))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::None => "Credential(none)",
            Kind::Basic { .. } => "Credential(basic, redacted)",
            Kind::Bearer(_) => "Credential(bearer, redacted)",
            Kind::ApiKey(_) => "Credential(api key, redacted)",
            #[cfg(feature = "oauth2")]
            Kind::OAuth(_) => "Credential(OAuth 2.0, redacted)",
            Kind::Custom(_) => "Credential(custom)",
        })
    }
}

/// Turns a credential into edits on a request.
pub trait Authorize: Send + Sync {
    /// Edits the request before an attempt. It is called for every attempt anew, so that signatures stay fresh.
    ///
    /// # Errors
    /// When there is no usable credential; use [`Error::credential`](crate::Error::credential).
    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>>;

    /// The server answered 401 to this request. Says whether another attempt with a renewed credential is worthwhile; there
    /// will be one at most.
    fn rejected<'a>(&'a self, request: &'a Outgoing<'_>) -> BoxFuture<'a, bool> {
        let _ = request;
        Box::pin(std::future::ready(false))
    }
}
