//! Signatures over the body of a call.

use std::fmt;

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

/// HMAC-SHA256 over the body as it came, in a header, with a secret that the API shares.
#[derive(Clone)]
pub struct Signature {
    secret: SecretString,
    header: String,
    prefix: String,
    base64: bool,
}

impl Signature {
    /// A signature in hexadecimal in the header `X-Signature`.
    #[must_use]
    pub fn hmac_sha256(secret: impl Into<SecretString>) -> Self {
        Self {
            secret: secret.into(),
            header: "x-signature".to_owned(),
            prefix: String::new(),
            base64: false,
        }
    }

    /// The header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.header = name.into();
        self
    }

    /// What stands before the signature in the header, such as `sha256=`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The signature is in base64.
    #[must_use]
    pub fn base64(mut self) -> Self {
        self.base64 = true;
        self
    }

    pub(super) fn verify(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let header = headers
            .get(self.header.as_str())
            .and_then(|value| value.to_str().ok());
        let Some(text) = header.and_then(|text| text.trim().strip_prefix(self.prefix.as_str()))
        else {
            return false;
        };
        let tag = if self.base64 {
            LENIENT.decode(text).ok()
        } else {
            hex(text)
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.expose_secret().as_bytes());
        tag.is_some_and(|tag| hmac::verify(&key, body, &tag).is_ok())
    }
}

/// With and without `=` at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| u8::try_from(c.to_digit(16)?).ok())
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}

/// Whether two secrets are the same, in a time that does not tell where they differ, or how long they are.
pub(super) fn same(given: &[u8], secret: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"webhook");
    hmac::verify(&key, given, hmac::sign(&key, secret).as_ref()).is_ok()
}

/// Leaves out the secret.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    /// RFC 4231, test case 2.
    const HEX: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    fn verify(signature: &Signature, value: &str, body: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("x-signature", HeaderValue::from_str(value).unwrap());
        signature.verify(&headers, body.as_bytes())
    }

    #[test]
    fn signature_is_checked_over_the_body() {
        let body = "what do ya want for nothing?";
        let signature = Signature::hmac_sha256("Jefe");
        assert!(verify(&signature, HEX, body));
        assert!(verify(&signature, &HEX.to_uppercase(), body));
        assert!(!verify(&signature, HEX, "what do ya want"));
        assert!(!verify(&signature, &HEX[..62], body));
        assert!(!verify(&signature, "", body));
        assert!(!verify(&signature, "zz", body));
        assert!(!signature.verify(&HeaderMap::new(), body.as_bytes()));
        assert!(!verify(&Signature::hmac_sha256("jefe"), HEX, body));
    }

    #[test]
    fn prefix_and_base64_are_as_configured() {
        let body = "what do ya want for nothing?";
        let prefixed = Signature::hmac_sha256("Jefe").prefix("sha256=");
        assert!(verify(&prefixed, &format!("sha256={HEX}"), body));
        assert!(!verify(&prefixed, HEX, body));
        let bytes = hex(HEX).unwrap();
        let text = LENIENT.encode(bytes);
        let base64 = Signature::hmac_sha256("Jefe").base64();
        assert!(verify(&base64, &text, body));
        assert!(verify(&base64, text.trim_end_matches('='), body));
    }

    #[test]
    fn secrets_are_the_same_only_as_a_whole() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"ab", b"abc"));
        assert!(!same(b"", b"abc"));
    }
}
