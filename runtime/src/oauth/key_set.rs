//! The published keys of an authorization server, fetched when they are needed.

use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderValue, Request};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::http::Http;
use super::jwt::{Algorithm, JwkSet, Verified, VerifyError, verify};
use crate::error::{Error, Result};

/// Keys are fetched again after this long, so that one which was withdrawn is not believed for ever.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// A token with an unknown key makes them be fetched again, but not more often than this: anybody can make up such tokens.
const PAUSE: Duration = Duration::from_secs(60);

/// The keys behind a `jwks_uri` (RFC 8414 section 2).
pub(crate) struct KeySet {
    url: Url,
    http: Http,
    // Held while they are fetched, so that many tokens cause one request.
    known: Mutex<Option<Known>>,
}

struct Known {
    keys: JwkSet,
    /// When they were last asked for, with or without success.
    asked_at: Instant,
    fetched_at: Instant,
}

impl KeySet {
    pub(crate) fn new(url: Url, http: Http) -> Self {
        Self {
            url,
            http,
            known: Mutex::new(None),
        }
    }

    /// Checks a token's signature.
    ///
    /// # Errors
    /// When the keys cannot be fetched, or none of them signed the token.
    pub(crate) async fn verify(&self, token: &str, allowed: &[Algorithm]) -> Result<Verified> {
        let mut slot = self.known.lock().await;
        let usable = slot.take_if(|known| known.fetched_at.elapsed() < MAX_AGE);
        let known = match usable {
            Some(known) => slot.insert(known),
            None => {
                let keys = self.fetch().await?;
                let now = Instant::now();
                slot.insert(Known {
                    keys,
                    asked_at: now,
                    fetched_at: now,
                })
            }
        };
        let mut result = verify(token, &known.keys, allowed);
        if matches!(result, Err(VerifyError::UnknownKey)) && known.asked_at.elapsed() >= PAUSE {
            known.asked_at = Instant::now();
            known.keys = self.fetch().await?;
            known.fetched_at = known.asked_at;
            result = verify(token, &known.keys, allowed);
        }
        result.map_err(|error| Error::credential(format!("the ID token is not believed: {error}")))
    }

    async fn fetch(&self) -> Result<JwkSet> {
        let origin = self.url.origin().ascii_serialization();
        let failed = |reason: String| {
            Error::credential(format!(
                "the keys of the authorization server at {origin} cannot be fetched: {reason}"
            ))
        };
        let mut request = Request::get(self.url.as_str())
            .body(Vec::new())
            .map_err(|error| failed(error.to_string()))?;
        let json = HeaderValue::from_static("application/json, application/jwk-set+json");
        request.headers_mut().insert(ACCEPT, json);
        let response = self.http.send(request).await;
        let response = response.map_err(|error| failed(error.to_string()).with_source(error))?;
        if !response.status().is_success() {
            return Err(failed(format!("the answer was {}", response.status())));
        }
        JwkSet::from_json(response.body())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use secrecy::ExposeSecret as _;
    use serde_json::Map;

    use super::*;
    use crate::connection::Connection;
    use crate::mock::{MockTransport, Reply};
    use crate::oauth::SigningKey;

    const JWKS: &str = include_str!("jwt/fixtures/jwks.json");

    fn key_set(mock: &MockTransport) -> KeySet {
        let url = Url::parse("https://issuer.example/jwks").unwrap();
        KeySet::new(url, Http::new(Arc::new(mock.clone()), &Connection::new()))
    }

    fn token(key_id: &str) -> String {
        let key = SigningKey::from_pem(include_str!("jwt/fixtures/p256.pkcs8.pem")).unwrap();
        let token = key.key_id(key_id).sign(&Map::new()).unwrap();
        token.expose_secret().to_owned()
    }

    fn jwks(text: &str) -> Reply {
        Reply::bytes(200, "application/json", text.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn keys_are_fetched_once_and_again_after_an_hour() {
        let mock = MockTransport::new();
        mock.handler(|_| jwks(JWKS));
        let keys = key_set(&mock);
        for _ in 0..3 {
            keys.verify(&token("p256"), &Algorithm::ALL).await.unwrap();
        }
        assert_eq!(mock.requests().len(), 1);
        tokio::time::advance(MAX_AGE).await;
        keys.verify(&token("p256"), &Algorithm::ALL).await.unwrap();
        assert_eq!(mock.requests().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn rotated_key_is_found_and_made_up_ones_cause_no_flood() {
        let mock = MockTransport::new();
        mock.reply(jwks(JWKS));
        let rotated = JWKS.replace("\"p256\"", "\"new\"");
        mock.handler(move |_| jwks(&rotated));
        let keys = key_set(&mock);
        keys.verify(&token("p256"), &Algorithm::ALL).await.unwrap();
        // Within the pause the new key is not looked for.
        assert!(keys.verify(&token("new"), &Algorithm::ALL).await.is_err());
        tokio::time::advance(PAUSE).await;
        keys.verify(&token("new"), &Algorithm::ALL).await.unwrap();
        assert_eq!(mock.requests().len(), 2);
        for id in ["x", "y", "z"] {
            assert!(keys.verify(&token(id), &Algorithm::ALL).await.is_err());
        }
        assert_eq!(mock.requests().len(), 2);
    }

    #[tokio::test]
    async fn failed_fetch_is_no_lasting_failure() {
        let mock = MockTransport::new();
        mock.reply(Reply::status(503)).reply(jwks(JWKS));
        let keys = key_set(&mock);
        let error = keys.verify(&token("p256"), &Algorithm::ALL).await;
        assert!(error.unwrap_err().to_string().contains("503"));
        keys.verify(&token("p256"), &Algorithm::ALL).await.unwrap();
    }
}
