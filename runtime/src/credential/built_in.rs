//! The credentials of HTTP itself: Basic, Bearer, API keys.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{Authorize, Credential, Kind, Outgoing};
use crate::connection::{Connection, ExchangeValues};
use crate::descriptor::{SchemeKind, SecurityScheme};
use crate::error::{Error, Result};
use crate::transport::{BoxFuture, Transport};

/// A credential made ready for the scheme that wants it.
pub(crate) type Authorizer = Arc<dyn Authorize>;

/// What credentials that make requests of their own need.
#[cfg_attr(
    not(feature = "oauth2"),
    expect(dead_code, reason = "only token requests need it")
)]
pub(crate) struct Environment<'a> {
    pub(crate) transport: &'a Arc<dyn Transport>,
    pub(crate) connection: &'a Connection,
    /// The API's address, which relative URLs in the document refer to.
    pub(crate) base_url: Option<&'a Url>,
    /// What the connection parameters say about the exchange of tokens.
    pub(crate) exchange: &'a ExchangeValues,
}

/// Makes a credential ready for a scheme.
pub(crate) fn authorizer(
    credential: &Credential,
    scheme: &'static SecurityScheme,
    #[cfg_attr(
        not(feature = "oauth2"),
        expect(unused_variables, reason = "only tokens come from elsewhere")
    )]
    environment: &Environment<'_>,
) -> Result<Authorizer> {
    let kind = scheme.kind();
    let built_in = match &credential.0 {
        Kind::None => Some(BuiltIn::None),
        Kind::Custom(custom) => return Ok(custom.clone()),
        Kind::Basic { username, password } if kind == SchemeKind::Basic => {
            Some(BuiltIn::Authorization(basic(username, password)))
        }
        Kind::Bearer(token) => {
            http_scheme(kind).map(|name| BuiltIn::Authorization(prefixed(name, token)))
        }
        Kind::ApiKey(key) => match kind {
            SchemeKind::ApiKeyHeader(name) => Some(BuiltIn::Header(name, key.clone())),
            SchemeKind::ApiKeyQuery(name) => Some(BuiltIn::Query(name, key.clone())),
            SchemeKind::ApiKeyCookie(name) => Some(BuiltIn::Cookie(name, key.clone())),
            _ => None,
        },
        #[cfg(feature = "oauth2")]
        // Many documents describe a bearer token and leave it to prose where the token comes from.
        Kind::OAuth(credential)
            if matches!(
                kind,
                SchemeKind::OAuth2 | SchemeKind::OpenIdConnect(_) | SchemeKind::Bearer
            ) || scheme.provider_json().is_some() =>
        {
            return credential.authorizer(scheme, environment);
        }
        #[cfg(feature = "digest")]
        Kind::Digest { username, password }
            if matches!(kind, SchemeKind::Digest | SchemeKind::Basic) =>
        {
            return Ok(Arc::new(super::digest::Digest::new(username, password)));
        }
        #[cfg(feature = "shared-key")]
        Kind::SharedKey {
            account,
            key,
            table,
        } if kind == SchemeKind::AzureSharedKey || takes_signature(kind, "SharedKey") => {
            let key = super::shared_key::SharedKey::new(account, key, *table)?;
            return Ok(Arc::new(key));
        }
        #[cfg(feature = "sigv4")]
        Kind::AwsSigV4(key)
            if kind == SchemeKind::AwsSigV4 || takes_signature(kind, "AWS4-HMAC-SHA256") =>
        {
            return Ok(Arc::new(super::sigv4::SigV4(key.clone())));
        }
        _ => None,
    };
    match built_in {
        Some(built_in) => Ok(Arc::new(built_in)),
        None => Err(Error::configuration(format!(
            "{credential:?} does not fit the security scheme `{}`, which wants {}",
            scheme.name(),
            wanted(kind)
        ))),
    }
}

/// Whether the scheme has the `Authorization` header to itself, as documents describe signatures that OpenAPI has no word for.
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
fn takes_signature(kind: SchemeKind, http_name: &str) -> bool {
    match kind {
        SchemeKind::ApiKeyHeader(header) => header.eq_ignore_ascii_case("authorization"),
        SchemeKind::Http(name) => name.eq_ignore_ascii_case(http_name),
        _ => false,
    }
}

/// What a scheme wants, for messages.
fn wanted(kind: SchemeKind) -> &'static str {
    match kind {
        SchemeKind::Basic => "a user name and password",
        SchemeKind::Bearer | SchemeKind::Http(_) => "a token",
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            "an API key"
        }
        SchemeKind::OAuth2 | SchemeKind::OpenIdConnect(_) => {
            "OAuth 2.0 client credentials or an access token"
        }
        SchemeKind::Digest => "a user name and password for Digest (feature `digest`)",
        SchemeKind::AzureSharedKey => "a storage account and its key (feature `shared-key`)",
        SchemeKind::AwsSigV4 => "an access key of AWS (feature `sigv4`)",
        SchemeKind::MutualTls => "a client identity on the connection, not a credential",
    }
}

/// The name in the `Authorization` header of schemes that send a token there.
fn http_scheme(kind: SchemeKind) -> Option<&'static str> {
    match kind {
        SchemeKind::Bearer | SchemeKind::OAuth2 | SchemeKind::OpenIdConnect(_) => Some("Bearer"),
        SchemeKind::Http(name) => Some(name),
        _ => None,
    }
}

enum BuiltIn {
    None,
    /// The whole value of the `Authorization` header.
    Authorization(SecretString),
    Header(&'static str, SecretString),
    Query(&'static str, SecretString),
    Cookie(&'static str, SecretString),
}

impl BuiltIn {
    fn apply(&self, request: &mut Outgoing<'_>) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Authorization(value) => {
                request.set_header("authorization", value.expose_secret())
            }
            Self::Header(name, key) => request.set_header(name, key.expose_secret()),
            Self::Cookie(name, key) => request.set_cookie(name, key.expose_secret()),
            Self::Query(name, key) => {
                request.set_query(name, key.expose_secret());
                Ok(())
            }
        }
    }
}

impl Authorize for BuiltIn {
    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(self.apply(request)))
    }
}

fn basic(username: &str, password: &SecretString) -> SecretString {
    let pair = Zeroizing::new(format!("{username}:{}", password.expose_secret()));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    format!("Basic {}", encoded.as_str()).into()
}

fn prefixed(scheme: &str, token: &SecretString) -> SecretString {
    format!("{scheme} {}", token.expose_secret()).into()
}
