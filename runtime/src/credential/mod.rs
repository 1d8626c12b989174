//! Credentials: who is calling.
//!
//! A credential is not a token but a set of edits on the request that is about to leave. [`Authorize`] is the seam: the built-in
//! credentials go through it, and so does everything that a program brings along, such as a signature over the body.

mod built_in;
#[cfg(feature = "digest")]
mod digest;
mod outgoing;
#[cfg(feature = "shared-key")]
mod shared_key;
#[cfg(any(feature = "digest", feature = "shared-key", feature = "sigv4"))]
mod signature;
#[cfg(feature = "sigv4")]
mod sigv4;

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use secrecy::SecretString;

pub(crate) use self::built_in::{Authorizer, Environment, authorizer};
pub use self::outgoing::Outgoing;
#[cfg(feature = "shared-key")]
pub(crate) use self::signature::hmac_sha256;
#[cfg(feature = "sigv4")]
pub use self::sigv4::AwsAccessKey;
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
    #[cfg(feature = "digest")]
    Digest {
        username: String,
        password: SecretString,
    },
    #[cfg(feature = "shared-key")]
    SharedKey {
        account: String,
        key: SecretString,
        table: bool,
    },
    #[cfg(feature = "sigv4")]
    AwsSigV4(AwsAccessKey),
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

    /// User name and password for HTTP Digest (RFC 7616). Fits schemes of the kinds `digest` and `basic`: some documents say
    /// `basic` where the server asks for Digest.
    ///
    /// The first call learns the server's challenge from a 401 and is sent again; later ones answer the challenge at once. So a
    /// first call whose body is a stream fails with that 401, and the next one goes through.
    #[cfg(feature = "digest")]
    pub fn digest(username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self(Kind::Digest {
            username: username.into(),
            password: password.into(),
        })
    }

    /// The name of an Azure Storage account and one of its access keys, in Base64 as the portal shows it ("Shared Key" of the Blob,
    /// Queue, and File services). Fits schemes of the kinds `azureSharedKey` and `http` with the scheme `SharedKey`, and API keys
    /// in the header `Authorization`.
    ///
    /// Requests get `x-ms-date`, and `x-ms-version` if they have none.
    #[cfg(feature = "shared-key")]
    pub fn shared_key(account: impl Into<String>, key: impl Into<SecretString>) -> Self {
        Self(Kind::SharedKey {
            account: account.into(),
            key: key.into(),
            table: false,
        })
    }

    /// Like [`Credential::shared_key`], for the Table service, which signs less of a request. Needed only where the host does not
    /// say so itself: `ACCOUNT.table.core.windows.net` does, an emulator or a domain of one's own does not.
    #[cfg(feature = "shared-key")]
    pub fn shared_key_for_table(account: impl Into<String>, key: impl Into<SecretString>) -> Self {
        Self(Kind::SharedKey {
            account: account.into(),
            key: key.into(),
            table: true,
        })
    }

    /// An access key of AWS: requests are signed with Signature Version 4. Fits schemes of the kind `awsSigV4`, and API keys in the
    /// header `Authorization`.
    #[cfg(feature = "sigv4")]
    #[must_use]
    pub fn aws_sigv4(key: AwsAccessKey) -> Self {
        Self(Kind::AwsSigV4(key))
    }

    /// Whether it comes from a token endpoint.
    pub(crate) fn fetches_tokens(&self) -> bool {
        #[cfg(feature = "oauth2")]
        return matches!(self.0, Kind::OAuth(_));
        #[cfg(not(feature = "oauth2"))]
        false
    }

    /// Whether it needs no value of this name from the connection parameters to come to its tokens.
    pub(crate) fn exchanges(&self, name: &str) -> bool {
        match &self.0 {
            #[cfg(feature = "oauth2")]
            Kind::OAuth(credential) => credential.knows(name),
            _ => {
                let _ = name;
                true
            }
        }
    }

    /// Anything else.
    pub fn custom(authorize: impl Authorize + 'static) -> Self {
        Self(Kind::Custom(Arc::new(authorize)))
    }
}

#[cfg(feature = "oauth2")]
impl From<OAuthClient> for Credential {
    fn from(client: OAuthClient) -> Self {
        Self::oauth2_client_credentials(client)
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
            #[cfg(feature = "digest")]
            Kind::Digest { .. } => "Credential(digest, redacted)",
            #[cfg(feature = "shared-key")]
            Kind::SharedKey { .. } => "Credential(shared key, redacted)",
            #[cfg(feature = "sigv4")]
            Kind::AwsSigV4(_) => "Credential(AWS access key, redacted)",
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

    /// Whether it signs the request: whether what it sets depends on URL, headers, or body. Such a credential is applied last,
    /// after the [policies](crate::policy) and [hooks](crate::hook) that change the request.
    fn signs(&self) -> bool {
        false
    }

    /// The server that the connection names answered 401 to this request, with these headers. Says whether another attempt with a
    /// renewed credential is worthwhile; there will be one at most, and none if the body can be sent only once.
    fn rejected<'a>(
        &'a self,
        request: &'a Outgoing<'_>,
        response: &'a HeaderMap,
    ) -> BoxFuture<'a, bool> {
        let _ = (request, response);
        Box::pin(std::future::ready(false))
    }
}
