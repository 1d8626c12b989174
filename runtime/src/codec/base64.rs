//! Bytes inside JSON (`format: byte`).

use std::fmt;
use std::ops::Deref;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use serde_json::Value;

use super::{Decode, DecodeError, Encode, forgive};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Bytes that travel as base64 text.
///
/// Reads the standard and the URL-safe alphabet (RFC 4648 sections 4 and 5), with or without padding; writes the standard one
/// with padding.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Base64(pub Vec<u8>);

impl Base64 {
    /// Gives the bytes away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Deref for Base64 {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Base64 {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Base64 {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

/// Writes the base64 text.
impl fmt::Display for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&general_purpose::STANDARD.encode(&self.0))
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl Decode for Base64 {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        value
            .as_str()
            .and_then(parse)
            .map(Self)
            .map_or_else(|| forgive::bytes(&value, "base64 text"), Ok)
    }
}

impl Encode for Base64 {
    fn encode(&self) -> Value {
        Value::String(self.to_string())
    }
}

fn parse(text: &str) -> Option<Vec<u8>> {
    let url_safe = text.contains(['-', '_']);
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    // MIME encoders (RFC 2045) break lines every 76 characters.
    if text.contains(['\r', '\n']) {
        let joined: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        return engine.decode(joined).ok();
    }
    engine.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_alphabets_with_and_without_padding_are_read() {
        for text in ["+/8=", "+/8", "-_8=", "-_8", "+/\r\n8="] {
            assert_eq!(
                Base64::decode(json!(text)).unwrap().0,
                [0xfb, 0xff],
                "{text}"
            );
        }
        assert!(Base64::decode(json!("a*")).is_err());
        assert!(Base64::decode(json!(1)).is_err());
    }

    #[test]
    fn standard_alphabet_with_padding_is_written() {
        assert_eq!(Base64(vec![0xfb, 0xff]).encode(), json!("+/8="));
    }
}
