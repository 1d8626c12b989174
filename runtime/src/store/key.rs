//! One key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::zeroize::Zeroizing;

use crate::error::{Error, Result};

pub(super) const KEY_LENGTH: usize = 32;

/// A key that seals the keys of values. It is wiped from memory when it is dropped, and never appears in `Debug`.
#[derive(Clone)]
pub struct Key {
    id: String,
    bytes: Zeroizing<[u8; KEY_LENGTH]>,
}

impl Key {
    /// A new key.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn generate() -> Result<Self> {
        Ok(Self::from_bytes(&*random::<KEY_LENGTH>()?))
    }

    /// A key of 32 random bytes. Its id is made from them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; KEY_LENGTH]) -> Self {
        let text = [b"connector key id\0".as_slice(), bytes].concat();
        let fingerprint = digest(&SHA256, &Zeroizing::new(text));
        let id = fingerprint.as_ref()[..6].iter();
        Self {
            id: id.map(|byte| format!("{byte:02x}")).collect(),
            bytes: Zeroizing::new(*bytes),
        }
    }

    /// Another id, by which stores refer to the key: up to 64 letters, digits, `-`, `_`, `.`.
    ///
    /// # Errors
    /// When the id has other characters, or none.
    pub fn with_id(mut self, id: impl Into<String>) -> Result<Self> {
        self.id = id.into();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(fits) {
            return Err(Error::store(
                "the id of a key is made of 1 to 64 letters, digits, `-`, `_`, `.`",
            ));
        }
        Ok(self)
    }

    /// The id by which stores refer to the key. It is no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.bytes
    }

    /// Reads `id:base64`, or the Base64 alone.
    fn parse(text: &str) -> Result<Self> {
        let (id, encoded) = match text.split_once(':') {
            Some((id, encoded)) => (Some(id.trim()), encoded.trim()),
            None => (None, text),
        };
        let wrong = || Error::store("a key is 32 bytes in Base64, with `id:` before it or not");
        let decoded = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| wrong())?);
        let bytes: &[u8; KEY_LENGTH] = decoded.as_slice().try_into().map_err(|_| wrong())?;
        let key = Self::from_bytes(bytes);
        match id {
            Some(id) => key.with_id(id),
            None => Ok(key),
        }
    }

    /// Reads keys with commas or line ends between them.
    pub(super) fn parse_all(text: &str) -> Result<Vec<Self>> {
        let texts = text.split([',', '\n']).map(str::trim);
        let keys: Vec<Self> = texts
            .filter(|text| !text.is_empty())
            .map(Self::parse)
            .collect::<Result<_>>()?;
        let repeated = |(n, key): (usize, &Self)| keys[..n].iter().any(|other| other.id == key.id);
        if let Some((_, key)) = keys.iter().enumerate().find(|&pair| repeated(pair)) {
            return Err(Error::store(format!("two keys have the id `{}`", key.id)));
        }
        Ok(keys)
    }

    /// Writes what [`Key::parse_all`] reads.
    pub(super) fn write_all(keys: &[Self]) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(keys.len() * 128));
        for key in keys {
            let encoded = Zeroizing::new(STANDARD.encode(key.bytes.as_slice()));
            for part in [&key.id, ":", encoded.as_str(), "\n"] {
                text.push_str(part);
            }
        }
        text
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new()
        .fill(bytes.as_mut_slice())
        .map_err(|_| Error::store("the operating system gives no random numbers"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_keys_are_read_back() {
        let keys = [
            Key::generate().unwrap(),
            Key::generate().unwrap().with_id("next").unwrap(),
        ];
        let read = Key::parse_all(&Key::write_all(&keys)).unwrap();
        assert_eq!(read.len(), 2);
        for (key, read) in keys.iter().zip(&read) {
            assert_eq!((key.id(), key.bytes()), (read.id(), read.bytes()));
        }
    }

    #[test]
    fn a_bare_key_gets_the_same_id_everywhere() {
        let text = STANDARD.encode([7; 32]);
        let keys = Key::parse_all(&text).unwrap();
        assert_eq!(keys[0].id(), Key::from_bytes(&[7; 32]).id());
        assert_ne!(keys[0].id(), Key::from_bytes(&[8; 32]).id());
    }

    #[test]
    fn bad_keys_are_refused_without_being_quoted() {
        let good = STANDARD.encode([7; 32]);
        for bad in [
            "hunter2".to_owned(),
            STANDARD.encode([7; 31]),
            format!("a b:{good}"),
            format!("{good},x:{good},x:{good}"),
        ] {
            let error = Key::parse_all(&bad).unwrap_err().to_string();
            assert!(
                !error.contains("hunter2") && !error.contains(&good),
                "{error}"
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let debug = format!("{:?}", Key::from_bytes(&[0xAB; 32]));
        assert!(
            !debug.contains("171") && !debug.to_lowercase().contains("abab"),
            "{debug}"
        );
    }
}
