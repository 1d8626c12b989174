//! Assertions: signed statements in place of a secret or of a person (RFC 7523).

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{SigningKey, random};
use crate::error::Result;
use crate::oauth::{SignAssertion, SignGrant};

/// The longest lifetime of an assertion. Servers refuse much longer ones, and nobody needs them: each request gets its own.
const MAX_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// What an assertion says. Each one that is signed has an id of its own (`jti`) and expires after five minutes at most.
///
/// ```
/// use connector_runtime::oauth::{Assertion, OAuthClient, OAuthCredential, SigningKey};
///
/// // A service account that acts for a person.
/// let key = SigningKey::from_file("/etc/acme/robot.pem").key_id("2026-1");
/// let grant = Assertion::grant("robot@acme.example").subject("ada@acme.example").signed_by(key);
/// let credential = OAuthCredential::jwt_bearer(OAuthClient::public("robot"), grant);
/// ```
#[derive(Clone, Debug)]
pub struct Assertion {
    issuer: String,
    subject: Option<String>,
    audience: Option<String>,
    lifetime: Duration,
    claims: Map<String, Value>,
}

impl Assertion {
    /// A client says who it is: `private_key_jwt` (RFC 7523 section 2.2, OpenID Connect Core section 9). A [`SigningKey`] alone
    /// makes such assertions; this is for those that say more.
    #[must_use]
    pub fn client(client_id: &str) -> Self {
        Self::grant(client_id).subject(client_id)
    }

    /// A grant that is signed rather than given by a person: the JWT bearer grant (RFC 7523 section 2.1).
    pub fn grant(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: None,
            audience: None,
            lifetime: MAX_LIFETIME,
            claims: Map::new(),
        }
    }

    /// Who is to believe it. By default the issuer of the authorization server for a client's assertion if it is known, else the
    /// token endpoint.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Whom it is about: the account that is acted for.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Another claim. It takes the place of a standard one of the same name.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// How long it is good for: five minutes, unless this is shorter.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.min(MAX_LIFETIME);
        self
    }

    /// Signs new ones with a key, whenever one is needed.
    #[must_use]
    pub fn signed_by(self, key: SigningKey) -> AssertionSigner {
        AssertionSigner {
            assertion: self,
            key,
        }
    }

    fn claims_now(&self, audience: &str) -> Result<Map<String, Value>> {
        let now = Timestamp::now().as_second();
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let audience = self.audience.as_deref().unwrap_or(audience);
        let mut claims: Map<String, Value> = Map::from_iter([
            ("iss".to_owned(), self.issuer.clone().into()),
            ("aud".to_owned(), audience.into()),
            ("iat".to_owned(), now.into()),
            ("exp".to_owned(), now.saturating_add(lifetime).into()),
            ("jti".to_owned(), random::<16>()?.into()),
        ]);
        if let Some(subject) = &self.subject {
            claims.insert("sub".to_owned(), subject.clone().into());
        }
        claims.extend(self.claims.clone());
        Ok(claims)
    }
}

/// Signs assertions of one kind.
#[derive(Clone, Debug)]
pub struct AssertionSigner {
    assertion: Assertion,
    key: SigningKey,
}

impl SignAssertion for AssertionSigner {
    fn client_assertion(&self, _: &str, audience: &str) -> Result<SecretString> {
        self.key.sign(&self.assertion.claims_now(audience)?)
    }
}

impl SignGrant for AssertionSigner {
    /// The scopes are in the assertion too: some servers read them there, and none has to (RFC 7523 section 3).
    fn assertion(&self, token_url: &str, scopes: &[String]) -> Result<SecretString> {
        let mut claims = self.assertion.claims_now(token_url)?;
        if !scopes.is_empty() {
            claims
                .entry("scope")
                .or_insert_with(|| scopes.join(" ").into());
        }
        self.key.sign(&claims)
    }
}

impl SignAssertion for SigningKey {
    fn client_assertion(&self, client_id: &str, audience: &str) -> Result<SecretString> {
        self.sign(&Assertion::client(client_id).claims_now(audience)?)
    }
}
