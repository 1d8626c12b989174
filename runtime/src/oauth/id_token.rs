//! ID tokens: who signed in (OpenID Connect Core sections 2 and 3.1.3.7).

use std::fmt;

use jiff::Timestamp;
use ring::digest;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::jwt::{Algorithm, Verified, base64url};

/// How far clocks may be apart, in seconds.
const LEEWAY: i64 = 60;

/// Who signed in, as the authorization server attests. Signature, issuer, audience and times have been checked.
#[derive(Clone, PartialEq)]
pub struct IdToken {
    subject: String,
    claims: Map<String, Value>,
}

impl IdToken {
    /// The account's id at its issuer (`sub`): never given to another account.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer (`iss`).
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.text("iss").unwrap_or_default()
    }

    /// A claim that is text, such as `email` or `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// All claims.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// Without what the server tells about the person.
impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// What an ID token has to say.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// Of the authorization request, if it had one.
    pub(crate) nonce: Option<&'a str>,
    /// The access token that came with it.
    pub(crate) access_token: &'a SecretString,
}

/// Checks what a token with a good signature says. The error completes "the ID token …".
pub(crate) fn check(
    verified: Verified,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<IdToken, String> {
    let claims = &verified.claims;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    match text("iss") {
        Some(issuer) if issuer == expected.issuer => {}
        issuer => {
            return Err(format!(
                "is from `{}`, not from `{}`",
                issuer.unwrap_or_default(),
                expected.issuer
            ));
        }
    }
    check_audience(claims, expected.client_id)?;
    check_times(claims, now.as_second())?;
    if let Some(nonce) = expected.nonce
        && text("nonce") != Some(nonce)
    {
        return Err("does not belong to this sign-in: its `nonce` is another one".to_owned());
    }
    if let Some(hash) = text("at_hash")
        && hash != access_token_hash(verified.algorithm, expected.access_token)
    {
        return Err("does not belong to the access token: its `at_hash` is another one".to_owned());
    }
    match text("sub") {
        Some(subject) if !subject.is_empty() => Ok(IdToken {
            subject: subject.to_owned(),
            claims: verified.claims,
        }),
        _ => Err("does not say who signed in: it has no `sub`".to_owned()),
    }
}

fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), String> {
    let audiences = match claims.get("aud") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    if !audiences.contains(&client_id.into()) {
        return Err(format!(
            "is for somebody else than the client `{client_id}`"
        ));
    }
    // Among several audiences, this client is only believed to be meant if it is the authorized party.
    match claims.get("azp").and_then(Value::as_str) {
        Some(party) if party == client_id => Ok(()),
        None if audiences.len() == 1 => Ok(()),
        _ => Err(format!(
            "was given to somebody else than the client `{client_id}`"
        )),
    }
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), String> {
    // Numbers may have a fraction (RFC 7519 section 2, NumericDate).
    let time = |name: &str| {
        let number = claims.get(name)?.as_f64()?;
        Some(number as i64)
    };
    let clock = "is this machine's clock right?";
    match time("exp") {
        None => return Err("does not say when it expires".to_owned()),
        Some(at) if now >= at.saturating_add(LEEWAY) => {
            return Err(format!(
                "expired {} seconds ago: {clock}",
                now.saturating_sub(at)
            ));
        }
        Some(_) => {}
    }
    if time("iat").is_none() {
        return Err("does not say when it was issued".to_owned());
    }
    for name in ["iat", "nbf"] {
        if let Some(at) = time(name)
            && at > now.saturating_add(LEEWAY)
        {
            return Err(format!(
                "is from the future, by {} seconds: {clock}",
                at.saturating_sub(now)
            ));
        }
    }
    Ok(())
}

/// `at_hash`: the left half of the hash that the signature uses (OpenID Connect Core section 3.1.3.6).
fn access_token_hash(algorithm: Algorithm, token: &SecretString) -> String {
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &digest::SHA256,
        Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &digest::SHA384,
        Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::EdDsa => &digest::SHA512,
    };
    let digest = digest::digest(hash, token.expose_secret().as_bytes());
    let bytes = digest.as_ref();
    base64url(&bytes[..bytes.len() / 2])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn result(change: impl FnOnce(&mut Value)) -> Result<IdToken, String> {
        let mut claims = json!({
            "iss": "https://issuer.example",
            "sub": "ada",
            "aud": "client",
            "exp": NOW + 300,
            "iat": NOW,
            "nonce": "n",
            // Of the access token below, from the example in OpenID Connect Core appendix A.3.
            "at_hash": "77QmUPtjPfzWtF2AnpK9RQ",
        });
        change(&mut claims);
        let Value::Object(claims) = claims else {
            unreachable!("still an object")
        };
        let verified = Verified {
            algorithm: Algorithm::Rs256,
            claims,
        };
        let expected = Expected {
            issuer: "https://issuer.example",
            client_id: "client",
            nonce: Some("n"),
            access_token: &"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y".into(),
        };
        check(verified, &expected, Timestamp::from_second(NOW).unwrap())
    }

    fn refusal(change: impl FnOnce(&mut Value)) -> String {
        result(change).unwrap_err()
    }

    #[test]
    fn complete_token_is_believed() {
        let token = result(|_| ()).unwrap();
        assert_eq!(token.subject(), "ada");
        assert_eq!(token.issuer(), "https://issuer.example");
        assert_eq!(token.text("nonce"), Some("n"));
    }

    #[test]
    fn issuer_must_be_the_expected_one() {
        assert!(
            refusal(|claims| claims["iss"] = "https://issuer.example/".into()).contains("is from")
        );
        assert!(refusal(|claims| claims["iss"] = Value::Null).contains("is from"));
    }

    #[test]
    fn audience_must_be_the_client() {
        assert!(refusal(|claims| claims["aud"] = "other".into()).contains("somebody else"));
        assert!(refusal(|claims| claims["aud"] = json!([])).contains("somebody else"));
        assert!(result(|claims| claims["aud"] = json!(["client"])).is_ok());
        assert!(refusal(|claims| claims["aud"] = json!(["client", "other"])).contains("given to"));
        assert!(refusal(|claims| claims["azp"] = "other".into()).contains("given to"));
        let both = |claims: &mut Value| {
            claims["aud"] = json!(["client", "other"]);
            claims["azp"] = "client".into();
        };
        assert!(result(both).is_ok());
    }

    #[test]
    fn clocks_may_be_a_minute_apart() {
        assert!(result(|claims| claims["exp"] = (NOW - 59).into()).is_ok());
        assert!(refusal(|claims| claims["exp"] = (NOW - 60).into()).contains("expired 60"));
        assert!(result(|claims| claims["iat"] = (NOW + 60).into()).is_ok());
        assert!(refusal(|claims| claims["iat"] = (NOW + 61).into()).contains("future"));
        assert!(refusal(|claims| claims["nbf"] = (NOW + 61).into()).contains("future"));
        assert!(refusal(|claims| claims["exp"] = "soon".into()).contains("when it expires"));
        assert!(refusal(|claims| claims["exp"] = json!(-1e300)).contains("expired"));
        assert!(refusal(|claims| claims["nbf"] = json!(1e300)).contains("future"));
        assert!(refusal(|claims| claims["iat"] = Value::Null).contains("when it was issued"));
        assert!(result(|claims| claims["exp"] = json!(NOW as f64 + 0.5)).is_ok());
    }

    #[test]
    fn nonce_binds_the_token_to_the_sign_in() {
        assert!(refusal(|claims| claims["nonce"] = "other".into()).contains("nonce"));
        assert!(refusal(|claims| claims["nonce"] = Value::Null).contains("nonce"));
    }

    #[test]
    fn hash_binds_the_token_to_the_access_token() {
        assert!(refusal(|claims| claims["at_hash"] = "other".into()).contains("at_hash"));
        assert!(result(|claims| claims["at_hash"] = Value::Null).is_ok());
    }

    #[test]
    fn somebody_must_have_signed_in() {
        assert!(refusal(|claims| claims["sub"] = Value::Null).contains("sub"));
        assert!(refusal(|claims| claims["sub"] = "".into()).contains("sub"));
    }
}
