//! What an authorization server granted.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::{Error, ErrorKind, Result};

/// Tokens as an authorization server granted them (RFC 6749 section 5.1). Secrets are wiped from memory when they are dropped
/// and never appear in `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// What calls are made with.
    pub access_token: SecretString,
    /// What new tokens are asked for with.
    pub refresh_token: Option<SecretString>,
    /// Who signed in (OpenID Connect Core section 2).
    pub id_token: Option<SecretString>,
    /// When they were granted.
    pub granted_at: Timestamp,
    /// When the access token expires; unknown where the server does not say.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token expires, where the server says so.
    pub refresh_expires_at: Option<Timestamp>,
    /// The granted scopes, where the server lists them.
    pub scopes: Option<Vec<String>>,
    /// The private key to which the tokens are bound (DPoP, RFC 9449), where they are: PKCS#8 in base64url. Refresh tokens may be
    /// bound where access tokens are not.
    pub dpop_key: Option<SecretString>,
    /// Whether the access token is bound to that key; else it is a bearer token.
    pub dpop_bound: bool,
    /// Other values of the answer that the connection needs, such as the address of the tenant.
    pub values: BTreeMap<String, String>,
}

impl Tokens {
    /// An access token that is granted now and does not say when it expires.
    pub fn new(access_token: impl Into<SecretString>) -> Self {
        Self {
            access_token: access_token.into(),
            refresh_token: None,
            id_token: None,
            granted_at: Timestamp::now(),
            expires_at: None,
            refresh_expires_at: None,
            scopes: None,
            dpop_key: None,
            dpop_bound: false,
            values: BTreeMap::new(),
        }
    }

    /// Identifies the refresh token without giving it away.
    #[must_use]
    pub fn refresh_hash(&self) -> Option<TokenHash> {
        self.refresh_token.as_ref().map(TokenHash::of)
    }

    /// Whether these are the same tokens of the same grant: an access token is issued once.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
            && self.refresh_hash() == other.refresh_hash()
            && self.granted_at == other.granted_at
    }

    /// The tokens as JSON, secrets included: what a store encrypts.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let mut members = Map::new();
        let mut text = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.into());
            }
        };
        text("access_token", Some(self.access_token.expose_secret()));
        text(
            "refresh_token",
            self.refresh_token
                .as_ref()
                .map(|token| token.expose_secret()),
        );
        text(
            "id_token",
            self.id_token.as_ref().map(|token| token.expose_secret()),
        );
        text(
            "dpop_key",
            self.dpop_key.as_ref().map(|key| key.expose_secret()),
        );
        text("token_type", self.dpop_bound.then_some("DPoP"));
        text("granted_at", Some(&self.granted_at.to_string()));
        let written = |at: &Option<Timestamp>| at.map(|at| at.to_string());
        text("expires_at", written(&self.expires_at).as_deref());
        text(
            "refresh_expires_at",
            written(&self.refresh_expires_at).as_deref(),
        );
        if let Some(scopes) = &self.scopes {
            members.insert("scopes".to_owned(), scopes.clone().into());
        }
        if !self.values.is_empty() {
            let values = self.values.iter();
            let values: Map<String, Value> = values
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect();
            members.insert("values".to_owned(), values.into());
        }
        let value = Value::Object(members);
        let json = text_of(&value);
        wipe(value);
        json
    }

    /// Reads what [`Tokens::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is something else. The message does not quote it.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let unreadable = || Error::new(ErrorKind::Store, "stored tokens cannot be read");
        let mut value: Value = serde_json::from_slice(json).map_err(|_| unreadable())?;
        let tokens = Self::read(&value).ok_or_else(unreadable);
        wipe(value.take());
        tokens
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let secret = |name: &str| text(name).map(SecretString::from);
        let time = |name: &str| text(name).map(str::parse::<Timestamp>).transpose().ok();
        let texts = |value: &Value| -> Option<Vec<String>> {
            let items = value.as_array()?.iter();
            items.map(|item| item.as_str().map(str::to_owned)).collect()
        };
        Some(Self {
            access_token: secret("access_token")?,
            refresh_token: secret("refresh_token"),
            id_token: secret("id_token"),
            granted_at: time("granted_at")??,
            expires_at: time("expires_at")?,
            refresh_expires_at: time("refresh_expires_at")?,
            scopes: value.get("scopes").and_then(texts),
            dpop_key: secret("dpop_key"),
            dpop_bound: text("token_type") == Some("DPoP"),
            values: value
                .get("values")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
        })
    }
}

/// The text of a JSON value, in a place that is large enough from the start: one that grows leaves copies behind.
fn text_of(value: &Value) -> Zeroizing<Vec<u8>> {
    struct Length(usize);

    impl io::Write for Length {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut length = Length(0);
    // Neither a length nor a vector fails to be written to, and a value always is JSON.
    let _ = serde_json::to_writer(&mut length, value);
    let mut json = Zeroizing::new(Vec::with_capacity(length.0));
    let _ = serde_json::to_writer(&mut *json, value);
    json
}

/// Wipes the texts of a JSON value.
fn wipe(value: Value) {
    match value {
        Value::String(text) => drop(Zeroizing::new(text)),
        Value::Array(items) => items.into_iter().for_each(wipe),
        Value::Object(members) => members.into_iter().for_each(|(_, value)| wipe(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("refreshable", &self.refresh_token.is_some())
            .field("granted_at", &self.granted_at)
            .field("expires_at", &self.expires_at)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// A refresh token's identity. Enough to tell whether it is still the same one, and useless to everybody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// The SHA-256 of a token, in hexadecimal.
    #[must_use]
    pub fn of(token: &SecretString) -> Self {
        use sha2::{Digest as _, Sha256};
        let digest = Sha256::digest(token.expose_secret().as_bytes());
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As a store wrote it down.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For a store to write down.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What tokens are kept under: a connection, and what of it they are good for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenKey {
    connection: String,
    slot: String,
}

impl TokenKey {
    /// The tokens of a connection for a security scheme, where one set serves all calls: a person signed in.
    pub fn new(connection: impl Into<String>, scheme: impl Into<String>) -> Self {
        Self {
            connection: connection.into(),
            slot: scheme.into(),
        }
    }

    /// The tokens for certain scopes only, where each set of scopes has tokens of its own: client credentials.
    #[must_use]
    pub fn for_scopes(&self, scopes: &[String]) -> Self {
        let list: String = form_urlencoded::byte_serialize(scopes.join(" ").as_bytes()).collect();
        Self {
            connection: self.connection.clone(),
            slot: format!("{}?scope={list}", self.slot),
        }
    }

    /// The connection's id in its environment.
    #[must_use]
    pub fn connection(&self) -> &str {
        &self.connection
    }

    /// The scheme's name, and the scopes if tokens are kept by them.
    #[must_use]
    pub fn slot(&self) -> &str {
        &self.slot
    }
}
