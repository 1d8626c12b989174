//! The public keys of an authorization server (RFC 7517).

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

use super::{Algorithm, from_base64url};
use crate::error::{Error, ErrorKind, Result};

/// More keys than any server has at a time.
const MAX_KEYS: usize = 100;

/// A set of public keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct JwkSet(Vec<Jwk>);

/// A public key that signatures are checked with.
#[derive(Clone, Debug)]
pub(super) struct Jwk {
    id: Option<String>,
    /// The only algorithm that it is for, if the set says so.
    algorithm: Option<Algorithm>,
    key: PublicKey,
}

#[derive(Clone, Debug)]
enum PublicKey {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The point, uncompressed.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl JwkSet {
    /// Reads a set. Keys for encryption and of kinds that are not known are left out, as RFC 7517 section 5 says.
    ///
    /// # Errors
    /// When the text is no JSON object with `keys`.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self> {
        let set: Value = serde_json::from_slice(json).unwrap_or_default();
        let Some(keys) = set.get("keys").and_then(Value::as_array) else {
            return Err(Error::new(
                ErrorKind::Credential,
                "the keys of the authorization server are not a JWK set (RFC 7517 section 5)",
            ));
        };
        Ok(Self(
            keys.iter().take(MAX_KEYS).filter_map(Jwk::read).collect(),
        ))
    }

    /// The keys that a token with this header may be signed with.
    pub(super) fn candidates(&self, algorithm: Algorithm, id: Option<&str>) -> Vec<&Jwk> {
        let is_named = |key: &Jwk| match (id, key.id.as_deref()) {
            (Some(wanted), Some(id)) => wanted == id,
            // A set with one key may leave its id out.
            (Some(_), None) => self.0.len() == 1,
            (None, _) => true,
        };
        let keys = self.0.iter();
        keys.filter(|key| is_named(key) && key.fits(algorithm))
            .collect()
    }
}

impl Jwk {
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).and_then(from_base64url);
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let operations = value.get("key_ops").and_then(Value::as_array);
        if operations.is_some_and(|list| !list.contains(&"verify".into())) {
            return None;
        }
        let point = |length: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            let complete = x.len() == length && y.len() == length;
            complete.then(|| [&[4], &x[..], &y[..]].concat())
        };
        let key = match (text("kty")?, text("crv")) {
            ("RSA", _) => PublicKey::Rsa {
                modulus: without_zeros(bytes("n")?),
                exponent: without_zeros(bytes("e")?),
            },
            ("EC", Some("P-256")) => PublicKey::P256(point(32)?),
            ("EC", Some("P-384")) => PublicKey::P384(point(48)?),
            ("OKP", Some("Ed25519")) => PublicKey::Ed25519(bytes("x")?),
            _ => return None,
        };
        let algorithm = match text("alg") {
            Some(name) => Some(Algorithm::from_name(name)?),
            None => None,
        };
        Some(Self {
            id: text("kid").map(str::to_owned),
            algorithm,
            key,
        })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match self.key {
            PublicKey::Rsa { .. } => rsa(algorithm).is_some(),
            PublicKey::P256(_) => algorithm == Algorithm::Es256,
            PublicKey::P384(_) => algorithm == Algorithm::Es384,
            PublicKey::Ed25519(_) => algorithm == Algorithm::EdDsa,
        };
        kind && self.algorithm.is_none_or(|only| only == algorithm)
    }

    /// Whether the key's owner signed the message.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        let plain = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key)
                .verify(message, signature)
                .is_ok()
        };
        match &self.key {
            PublicKey::Rsa { modulus, exponent } => rsa(algorithm).is_some_and(|parameters| {
                let key = RsaPublicKeyComponents {
                    n: modulus,
                    e: exponent,
                };
                key.verify(parameters, message, signature).is_ok()
            }),
            PublicKey::P256(point) => plain(&ECDSA_P256_SHA256_FIXED, point),
            PublicKey::P384(point) => plain(&ECDSA_P384_SHA384_FIXED, point),
            PublicKey::Ed25519(key) => plain(&ED25519, key),
        }
    }
}

/// Some servers write numbers with a leading zero byte, which RFC 7518 section 6.3.1.1 forbids and ring refuses.
fn without_zeros(bytes: Vec<u8>) -> Vec<u8> {
    match bytes.iter().position(|byte| *byte != 0) {
        Some(zeros) => bytes[zeros..].to_vec(),
        None => bytes,
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}
