//! What ties an answer to the sign-in that asked for it: `state` (RFC 6749 section 10.12) and PKCE (RFC 7636).

use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::Result;
use crate::oauth::jwt::{base64url, random};

/// 256 bits for everything that must not be guessed.
const BYTES: usize = 32;

/// A `state` that is waited for. Only its hash is kept; comparing hashes takes the same time for all wrong values that anybody
/// could try.
#[derive(Debug)]
pub(super) struct State([u8; 32]);

impl State {
    /// A new one, and its text for the request.
    pub(super) fn new() -> Result<(Self, String)> {
        let text = random::<BYTES>()?;
        Ok((Self(sha256(&text)), text))
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.0 == sha256(text)
    }
}

/// A PKCE verifier. The request has only its hash, so a code that was caught on the way is worth nothing.
pub(super) struct Verifier(SecretString);

impl Verifier {
    pub(super) fn new() -> Result<Self> {
        Ok(Self(random::<BYTES>()?.into()))
    }

    /// `code_challenge` for the method `S256`.
    pub(super) fn challenge(&self) -> String {
        base64url(sha256(self.0.expose_secret()))
    }

    pub(super) fn into_text(self) -> SecretString {
        self.0
    }
}

fn sha256(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_that_of_the_rfc() {
        // RFC 7636 appendix B.
        let verifier = Verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn state_is_long_and_never_the_same() {
        let (state, text) = State::new().unwrap();
        assert_eq!(text.len(), 43);
        assert!(state.is(&text));
        assert!(!state.is(&text[1..]));
        assert!(!state.is(&State::new().unwrap().1));
    }

    #[test]
    fn verifier_has_the_length_that_servers_want() {
        let text = Verifier::new().unwrap().into_text();
        assert!((43..=128).contains(&text.expose_secret().len()));
    }
}
