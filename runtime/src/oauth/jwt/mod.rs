//! JSON Web Tokens (RFC 7515, 7519): what this side signs to prove who it is, and the check of what an authorization server signed.
//!
//! The signatures are ring's, which is in the tree for TLS anyway; what is left is base64 and JSON. `jsonwebtoken` would bring
//! aws-lc-rs or the RustCrypto implementations beside it.

mod assertion;
#[cfg(feature = "sign-in")]
mod jwks;
mod key;
#[cfg(test)]
#[cfg(feature = "sign-in")]
mod tests;
#[cfg(feature = "sign-in")]
mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};

pub use self::assertion::{Assertion, AssertionSigner};
#[cfg(feature = "sign-in")]
pub(crate) use self::jwks::JwkSet;
pub use self::key::SigningKey;
#[cfg(feature = "sign-in")]
pub(crate) use self::verify::{Verified, VerifyError, verify};
use crate::error::{Error, Result};

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037).
///
/// `none` and the algorithms with a shared secret are not among them, so no token can talk this side into one of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// The name in the header of a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        // RFC 9864 calls EdDSA with this curve by its own name.
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
    }
}

/// Base64url without padding (RFC 7515 section 2).
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// `N` bytes that nobody can guess, in base64url.
pub(crate) fn random<const N: usize>() -> Result<String> {
    let mut bytes = [0_u8; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::credential("the system has no random numbers"))?;
    Ok(base64url(bytes))
}
