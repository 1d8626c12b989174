//! The private key of an application.

use std::fmt;
use std::path::PathBuf;

use ring::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::{Algorithm, base64url};
use crate::error::{Error, Result};

/// A private key that assertions are signed with: RSA (2048 bits or more), P-256, P-384 or Ed25519, in PEM: PKCS#8, PKCS#1 or
/// SEC 1, not encrypted.
///
/// If the text also has the key's certificate, its thumbprint goes into the header (`x5t`, `x5t#S256`: RFC 7515 section 4.1.7),
/// by which some servers find the key.
#[derive(Clone)]
pub struct SigningKey {
    source: Source,
    algorithm: Option<Algorithm>,
    key_id: Option<String>,
}

#[derive(Clone)]
enum Source {
    Pem(SecretString),
    File(PathBuf),
}

impl SigningKey {
    /// The key in this text.
    ///
    /// # Errors
    /// When there is no usable key in it. The message does not quote it.
    pub fn from_pem(pem: impl Into<SecretString>) -> Result<Self> {
        let pem = pem.into();
        Material::read(pem.expose_secret().as_bytes())
            .map_err(|reason| Error::configuration(format!("the signing key {reason}")))?;
        Ok(Self::new(Source::Pem(pem)))
    }

    /// The key in this file. It is read for every assertion, so that a key which was replaced is used at once.
    #[must_use]
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::File(path.into()))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            algorithm: None,
            key_id: None,
        }
    }

    /// The key's id in the server's registration (`kid`: RFC 7515 section 4.1.4).
    #[must_use]
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = Some(id.into());
        self
    }

    /// The algorithm. By default the one that every server knows for this kind of key: RS256, ES256, ES384 or EdDSA.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Signs claims: the token in its compact form (RFC 7515 section 7.1).
    ///
    /// # Errors
    /// When the file cannot be read, or the key is not one for the algorithm.
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<SecretString> {
        let material = self.read()?;
        let algorithm = self.algorithm.unwrap_or(material.key.preferred());
        let mut header = Map::from_iter([
            ("alg".to_owned(), algorithm.as_str().into()),
            ("typ".to_owned(), "JWT".into()),
        ]);
        if let Some(id) = &self.key_id {
            header.insert("kid".to_owned(), id.clone().into());
        }
        if let Some(certificate) = &material.certificate {
            let thumbprint = |digest: Digest| Value::from(base64url(digest));
            let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
            header.insert("x5t".to_owned(), thumbprint(sha1));
            header.insert(
                "x5t#S256".to_owned(),
                thumbprint(digest(&SHA256, certificate)),
            );
        }
        let signed = [header, claims.clone()]
            .map(|part| base64url(Value::Object(part).to_string()))
            .join(".");
        let signature = material
            .key
            .sign(algorithm, signed.as_bytes())
            .map_err(|reason| self.unusable(reason))?;
        Ok(format!("{signed}.{}", base64url(signature)).into())
    }

    fn read(&self) -> Result<Material> {
        match &self.source {
            Source::Pem(pem) => Material::read(pem.expose_secret().as_bytes()),
            Source::File(path) => {
                let text = std::fs::read(path).map(Zeroizing::new).map_err(|error| {
                    Error::credential(format!(
                        "the signing key cannot be read from {}: {error}",
                        path.display()
                    ))
                })?;
                Material::read(&text)
            }
        }
        .map_err(|reason| self.unusable(reason))
    }

    fn unusable(&self, reason: &str) -> Error {
        Error::credential(match &self.source {
            Source::Pem(_) => format!("the signing key {reason}"),
            Source::File(path) => format!("the signing key in {} {reason}", path.display()),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("SigningKey");
        if let Source::File(path) = &self.source {
            debug.field("file", path);
        }
        debug
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// What stands in a PEM text.
struct Material {
    key: PrivateKey,
    certificate: Option<Vec<u8>>,
}

enum PrivateKey {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

type Reason = &'static str;

const UNUSABLE: Reason =
    "is of no supported kind: RSA with 2048 to 4096 bits, P-256, P-384 and Ed25519 are";

impl Material {
    fn read(pem: &[u8]) -> Result<Self, Reason> {
        let mut key = None;
        let mut certificate = None;
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem) {
            let (kind, der) = section.map_err(|_| "is not valid PEM")?;
            let der = Zeroizing::new(der);
            match kind {
                SectionKind::PrivateKey => key = Some(PrivateKey::from_pkcs8(&der)?),
                SectionKind::RsaPrivateKey => {
                    let pair = RsaKeyPair::from_der(&der).map_err(|_| UNUSABLE)?;
                    key = Some(PrivateKey::Rsa(Box::new(pair)));
                }
                SectionKind::EcPrivateKey => key = Some(PrivateKey::from_sec1(&der)?),
                // The first certificate of a chain is that of the key.
                SectionKind::Certificate if certificate.is_none() => {
                    certificate = Some(der.to_vec());
                }
                _ => {}
            }
        }
        if key.is_none() && pem.windows(9).any(|text| text == b"ENCRYPTED") {
            return Err(
                "is encrypted: remove its passphrase, or keep it where only this program reads it",
            );
        }
        let key = key.ok_or("is missing: there is no `PRIVATE KEY` in PEM")?;
        Ok(Self { key, certificate })
    }
}

impl PrivateKey {
    fn from_pkcs8(der: &[u8]) -> Result<Self, Reason> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            return Ok(Self::Rsa(Box::new(pair)));
        }
        // OpenSSL leaves the public half out (RFC 5958, version 1).
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self::Ed25519(pair));
        }
        let elliptic =
            |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der, &SystemRandom::new()).ok();
        elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map(Self::P256)
            .or_else(|| elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Self::P384))
            .ok_or(UNUSABLE)
    }

    /// SEC 1 (RFC 5915) by way of PKCS#8, which is the same with the name of the curve in front.
    fn from_sec1(der: &[u8]) -> Result<Self, Reason> {
        /// id-ecPublicKey and prime256v1.
        const P256: &[u8] = &[
            0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
            0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
        ];
        /// id-ecPublicKey and secp384r1.
        const P384: &[u8] = &[
            0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
            0x81, 0x04, 0x00, 0x22,
        ];
        let elliptic = |curve: &[u8], algorithm: &'static EcdsaSigningAlgorithm| {
            let version: &[u8] = &[0x02, 0x01, 0x00];
            let key = tagged(0x04, der)?;
            let wrapped = tagged(0x30, &Zeroizing::new([version, curve, &key].concat()))?;
            EcdsaKeyPair::from_pkcs8(algorithm, &wrapped, &SystemRandom::new()).ok()
        };
        elliptic(P256, &ECDSA_P256_SHA256_FIXED_SIGNING)
            .map(Self::P256)
            .or_else(|| elliptic(P384, &ECDSA_P384_SHA384_FIXED_SIGNING).map(Self::P384))
            .ok_or(UNUSABLE)
    }

    fn preferred(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::P384(_) => Algorithm::Es384,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, Reason> {
        const REFUSED: Reason = "could not sign";
        let random = SystemRandom::new();
        match (self, algorithm) {
            (Self::Rsa(pair), _) => {
                let encoding = rsa_encoding(algorithm).ok_or(
                    "is an RSA key: its algorithms are RS256, RS384, RS512, PS256, PS384 and PS512",
                )?;
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &random, message, &mut signature)
                    .map_err(|_| REFUSED)?;
                Ok(signature)
            }
            (Self::P256(pair), Algorithm::Es256) | (Self::P384(pair), Algorithm::Es384) => {
                let signature = pair.sign(&random, message).map_err(|_| REFUSED)?;
                Ok(signature.as_ref().to_vec())
            }
            (Self::Ed25519(pair), Algorithm::EdDsa) => Ok(pair.sign(message).as_ref().to_vec()),
            (Self::P256(_), _) => Err("is on the curve P-256: its algorithm is ES256"),
            (Self::P384(_), _) => Err("is on the curve P-384: its algorithm is ES384"),
            (Self::Ed25519(_), _) => Err("is an Ed25519 key: its algorithm is EdDSA"),
        }
    }
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &RSA_PSS_SHA256,
        Algorithm::Ps384 => &RSA_PSS_SHA384,
        Algorithm::Ps512 => &RSA_PSS_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}

/// A DER value with its tag and length; `None` for lengths that no key of these curves has.
fn tagged(tag: u8, contents: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = u8::try_from(contents.len()).ok()?;
    let head: &[u8] = match length {
        0..0x80 => &[tag, length],
        _ => &[tag, 0x81, length],
    };
    Some(Zeroizing::new([head, contents].concat()))
}
