//! The key, and what is signed with it.

use http::Method;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use crate::error::{Error, Result};
use crate::oauth::jwt::{base64url, from_base64url, random};

/// The key of one connection: P-256, for ES256, which every server knows that knows DPoP.
pub(crate) struct DpopKey {
    pair: EcdsaKeyPair,
    secret: SecretString,
    /// The header of its proofs, encoded.
    header: String,
    /// The public key as in a set of keys.
    #[cfg(feature = "sign-in")]
    thumbprint: String,
}

impl DpopKey {
    /// A new key.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn generate() -> Result<Self> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let der = made.map_err(|_| Error::credential("a key for DPoP cannot be made"))?;
        Self::read(&base64url(&der).into())
    }

    /// The key that [`secret`](Self::secret) wrote.
    ///
    /// # Errors
    /// When the text is something else. The message does not quote it.
    pub(crate) fn read(secret: &SecretString) -> Result<Self> {
        let der = from_base64url(secret.expose_secret()).map(Zeroizing::new);
        let pair = der.and_then(|der| {
            let random = SystemRandom::new();
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random).ok()
        });
        let pair = pair.ok_or_else(|| {
            Error::credential("the key to which the tokens are bound cannot be read: sign in again")
        })?;
        // An uncompressed point: 4, x, y.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = public_key(&base64url(x), &base64url(y));
        #[cfg(feature = "sign-in")]
        let thumbprint = super::hash(&jwk.to_string());
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
        Ok(Self {
            pair,
            secret: secret.clone(),
            header: base64url(header.to_string()),
            #[cfg(feature = "sign-in")]
            thumbprint,
        })
    }

    /// The key as it is kept: PKCS#8 in base64url.
    pub(crate) fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Identifies the public key (RFC 7638).
    #[cfg(feature = "sign-in")]
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A proof for one request (RFC 9449 section 4.2).
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn proof(
        &self,
        method: &Method,
        url: &Url,
        token_hash: Option<&str>,
        nonce: Option<&str>,
    ) -> Result<String> {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let mut claims = Map::from_iter([
            ("jti".to_owned(), Value::from(random::<16>()?)),
            ("htm".to_owned(), method.as_str().into()),
            ("htu".to_owned(), target.as_str().into()),
            ("iat".to_owned(), Timestamp::now().as_second().into()),
        ]);
        for (name, value) in [("ath", token_hash), ("nonce", nonce)] {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value.into());
            }
        }
        let signed = format!(
            "{}.{}",
            self.header,
            base64url(Value::Object(claims).to_string())
        );
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Error::credential("the DPoP key could not sign"))?;
        Ok(format!("{signed}.{}", base64url(signature)))
    }
}

/// As in a set of keys (RFC 7518 section 6.2.1); the members stand in the order of the thumbprint (RFC 7638 section 3.2).
pub(super) fn public_key(x: &str, y: &str) -> Value {
    json!({ "crv": "P-256", "kty": "EC", "x": x, "y": y })
}
