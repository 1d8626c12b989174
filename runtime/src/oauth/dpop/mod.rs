//! Tokens that are worth nothing without a key: each request proves that its sender has the key (DPoP, RFC 9449).
//!
//! The key is made with the first tokens of a connection and is kept with them: a server binds the refresh tokens of public
//! clients to it (section 5).

#[cfg(feature = "jwt")]
mod key;
#[cfg(not(feature = "jwt"))]
#[path = "unavailable.rs"]
mod key;

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use url::{Origin, Url};

pub(crate) use self::key::DpopKey;
use crate::credential::Outgoing;
use crate::error::{Error, Result};
use crate::token::Tokens;

/// The header with the proof (section 4.1).
pub(crate) const PROOF: HeaderName = HeaderName::from_static("dpop");

/// The error code with which a server asks for a nonce (sections 8 and 9).
pub(crate) const NONCE_WANTED: &str = "use_dpop_nonce";

const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A SHA-256 hash in base64url.
fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// The key of an access token that is bound to one.
pub(crate) struct Binding {
    key: DpopKey,
    /// `ath`: the hash of the access token.
    token_hash: String,
}

impl Binding {
    /// The binding of an access token; a bearer token has none.
    ///
    /// # Errors
    /// When the key is not usable here.
    pub(crate) fn of(tokens: &Tokens) -> Result<Option<Self>> {
        let Some(secret) = tokens.dpop_key.as_ref().filter(|_| tokens.dpop_bound) else {
            return Ok(None);
        };
        Ok(Some(Self {
            key: DpopKey::read(secret)?,
            token_hash: hash(tokens.access_token.expose_secret()),
        }))
    }

    /// Adds a proof for this one request (section 7.1).
    pub(crate) fn prove(&self, request: &mut Outgoing<'_>, nonces: &Nonces) -> Result<()> {
        let nonce = nonces.of(request.url);
        let proof = self.key.proof(
            request.method,
            request.url,
            Some(&self.token_hash),
            nonce.as_deref(),
        )?;
        request.headers.insert(PROOF, header(&proof)?);
        Ok(())
    }
}

/// A proof as a header. It is kept out of logs: whoever is fast enough may use it a second time.
pub(crate) fn header(proof: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(proof)
        .map_err(|_| Error::credential("the DPoP proof cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The nonces that servers want in proofs, by origin: the last one of each (section 8.2).
#[derive(Default)]
pub(crate) struct Nonces(Mutex<Vec<(Origin, String)>>);

impl Nonces {
    fn all(&self) -> MutexGuard<'_, Vec<(Origin, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The nonce for a request to this URL.
    pub(crate) fn of(&self, url: &Url) -> Option<String> {
        let (all, origin) = (self.all(), url.origin());
        let known = all.iter().find(|(known, _)| *known == origin);
        known.map(|(_, nonce)| nonce.clone())
    }

    /// Remembers the nonce in an answer from this URL, if there is one.
    pub(crate) fn learn(&self, url: &Url, answer: &HeaderMap) -> bool {
        let nonce = answer.get(NONCE).and_then(|value| value.to_str().ok());
        let Some(nonce) = nonce.filter(|nonce| !nonce.is_empty()) else {
            return false;
        };
        let (mut all, origin) = (self.all(), url.origin());
        match all.iter_mut().find(|(known, _)| *known == origin) {
            Some((_, known)) => nonce.clone_into(known),
            None => all.push((origin, nonce.to_owned())),
        }
        true
    }

    /// Whether the API refused a proof for its nonce only, and has given a new one (section 9). It is remembered.
    pub(crate) fn is_challenge(&self, request: &Outgoing<'_>, answer: &HeaderMap) -> bool {
        if !request.headers.contains_key(PROOF) || !self.learn(request.url, answer) {
            return false;
        }
        // No other scheme has this code, so it need not be known whose challenge it is in.
        let mut challenges = answer.get_all(WWW_AUTHENTICATE).iter();
        challenges.any(|value| {
            value
                .to_str()
                .is_ok_and(|challenge| challenge.contains(NONCE_WANTED))
        })
    }
}

#[cfg(test)]
#[cfg(feature = "sign-in")]
mod tests;
