//! The check of a signed token (RFC 7515 section 5.2, RFC 8725).

use std::fmt;

use serde_json::{Map, Value};

use super::{Algorithm, JwkSet, from_base64url};

/// Longer than any ID token.
const MAX_TOKEN: usize = 128 * 1024;

/// What a token says about its signature.
struct Header {
    algorithm: Algorithm,
    key_id: Option<String>,
}

/// A token whose signature is good. Nothing is known yet about what it says.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) algorithm: Algorithm,
    pub(crate) claims: Map<String, Value>,
}

/// Why a token is not believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum VerifyError {
    /// It is no signed token.
    Malformed(&'static str),
    /// Its algorithm is not allowed.
    Algorithm(String),
    /// No key of the set is the one it names: the keys may have been replaced.
    UnknownKey,
    /// The key it names did not sign it.
    Signature,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => f.write_str(reason),
            Self::Algorithm(name) => {
                write!(f, "its signature algorithm `{name}` is not allowed here")
            }
            Self::UnknownKey => f.write_str("the server publishes no key that it is signed with"),
            Self::Signature => f.write_str("its signature is wrong"),
        }
    }
}

/// Checks a token's signature. The token chooses among the allowed algorithms, and only a key of that kind is tried.
pub(crate) fn verify(
    token: &str,
    keys: &JwkSet,
    allowed: &[Algorithm],
) -> Result<Verified, VerifyError> {
    let parts = Parts::of(token)?;
    let header = parts.header()?;
    if !allowed.contains(&header.algorithm) {
        return Err(VerifyError::Algorithm(header.algorithm.as_str().to_owned()));
    }
    let signature = from_base64url(parts.signature)
        .ok_or(VerifyError::Malformed("its signature is not base64url"))?;
    let candidates = keys.candidates(header.algorithm, header.key_id.as_deref());
    let signed = parts.signed.as_bytes();
    let signer = candidates
        .iter()
        .find(|key| key.verifies(header.algorithm, signed, &signature));
    match signer {
        Some(_) => Ok(Verified {
            algorithm: header.algorithm,
            claims: parts.claims()?,
        }),
        // Without an id, the right key may be one that was published since.
        None if candidates.is_empty() || header.key_id.is_none() => Err(VerifyError::UnknownKey),
        None => Err(VerifyError::Signature),
    }
}

struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// What the signature is over.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, VerifyError> {
        let malformed = VerifyError::Malformed;
        if token.len() > MAX_TOKEN {
            return Err(malformed("it is too long"));
        }
        match token.bytes().filter(|byte| *byte == b'.').count() {
            2 => {}
            4 => return Err(malformed("it is encrypted, which is not supported")),
            _ => return Err(malformed("it is not a signed JWT")),
        }
        let not_three = || malformed("it is not a signed JWT");
        let (signed, signature) = token.rsplit_once('.').ok_or_else(not_three)?;
        let (header, payload) = signed.split_once('.').ok_or_else(not_three)?;
        Ok(Self {
            header,
            payload,
            signature,
            signed,
        })
    }

    fn header(&self) -> Result<Header, VerifyError> {
        let header = object(self.header).ok_or(VerifyError::Malformed("its header is not JSON"))?;
        // Extensions that must be understood (RFC 7515 section 4.1.11). None is.
        if header.contains_key("crit") {
            return Err(VerifyError::Malformed(
                "its header has `crit` extensions, none of which is known",
            ));
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let name = text("alg").ok_or(VerifyError::Malformed("its header has no `alg`"))?;
        Ok(Header {
            algorithm: Algorithm::from_name(name)
                .ok_or_else(|| VerifyError::Algorithm(name.chars().take(20).collect()))?,
            key_id: text("kid").map(str::to_owned),
        })
    }

    fn claims(&self) -> Result<Map<String, Value>, VerifyError> {
        object(self.payload).ok_or(VerifyError::Malformed("its claims are not a JSON object"))
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&from_base64url(text)?).ok()
}
