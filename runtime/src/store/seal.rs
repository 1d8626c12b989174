//! Sealing: AES-256-GCM (NIST SP 800-38D) with a key per value, which a key of the ring seals in turn.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::zeroize::Zeroizing;

use super::key::{KEY_LENGTH, Key, random};
use super::ring::KeyRing;
use crate::error::{Error, Result};

/// The form of what is sealed. Others may come.
const FORM: u8 = 1;

/// A sealed value, as it is written down.
pub(super) struct Sealed {
    /// The id of the key that seals the value's key.
    pub(super) key_id: String,
    /// The sealed key of the value.
    pub(super) key: Vec<u8>,
    /// The form, and the sealed value.
    pub(super) value: Vec<u8>,
}

/// What a value is bound to: it opens nowhere else.
pub(super) struct Place(Vec<u8>);

impl Place {
    pub(super) fn new(kind: &str) -> Self {
        Self(Vec::new()).text("connector-store").text(kind)
    }

    /// With its length before it, so that no two places read alike.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What is authenticated along with the value's key.
    fn of_key(&self, key_id: &str) -> Vec<u8> {
        Self(vec![FORM]).text("key").text(key_id).with(self)
    }

    /// What is authenticated along with the value.
    fn of_value(&self) -> Vec<u8> {
        Self(vec![FORM]).text("value").with(self)
    }

    fn with(mut self, place: &Self) -> Vec<u8> {
        self.0.extend_from_slice(&place.0);
        self.0
    }
}

/// Seals a value with a key of its own.
pub(super) fn seal(key: &Key, place: &Place, value: &[u8]) -> Result<Sealed> {
    let own = random::<KEY_LENGTH>()?;
    let mut sealed = vec![FORM];
    encrypt(&own, &place.of_value(), value, &mut sealed)?;
    Ok(Sealed {
        key: wrap(key, place, &own)?,
        key_id: key.id().to_owned(),
        value: sealed,
    })
}

/// Opens a value.
pub(super) fn open(ring: &KeyRing, place: &Place, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
    let own = unwrap(ring, place, sealed)?;
    let Some((&FORM, value)) = sealed.value.split_first() else {
        return Err(Error::store(
            "it was sealed by a newer version of this program, or is damaged",
        ));
    };
    decrypt(&own, &place.of_value(), value).ok_or_else(|| foreign(&sealed.key_id))
}

/// Seals the value's key with another key; the value stays as it is.
pub(super) fn rewrap(ring: &KeyRing, to: &Key, place: &Place, sealed: &Sealed) -> Result<Vec<u8>> {
    wrap(to, place, &*unwrap(ring, place, sealed)?)
}

fn wrap(key: &Key, place: &Place, own: &[u8; KEY_LENGTH]) -> Result<Vec<u8>> {
    let mut wrapped = Vec::new();
    encrypt(key.bytes(), &place.of_key(key.id()), own, &mut wrapped)?;
    Ok(wrapped)
}

fn unwrap(ring: &KeyRing, place: &Place, sealed: &Sealed) -> Result<Zeroizing<[u8; KEY_LENGTH]>> {
    let id = &sealed.key_id;
    let Some(key) = ring.get(id)? else {
        let text = format!("its key `{id}` is not in the {}", ring.place());
        return Err(Error::store(text));
    };
    let own = decrypt(key.bytes(), &place.of_key(id), &sealed.key).ok_or_else(|| foreign(id))?;
    match own.as_slice().try_into() {
        Ok(own) => Ok(Zeroizing::new(own)),
        Err(_) => Err(foreign(id)),
    }
}

fn foreign(id: &str) -> Error {
    Error::store(format!(
        "it is damaged, was copied from elsewhere, or the key `{id}` is another one than it was sealed with"
    ))
}

fn cipher(key: &[u8; KEY_LENGTH]) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key);
    let key = key.map_err(|_| Error::store("AES-256-GCM takes keys of 32 bytes"))?;
    Ok(LessSafeKey::new(key))
}

/// Appends nonce, ciphertext and tag. Random nonces are safe here: a value's key seals one value, and a key of the ring far
/// fewer than 2^32 keys.
fn encrypt(key: &[u8; KEY_LENGTH], aad: &[u8], plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let nonce = *random::<NONCE_LEN>()?;
    let mut buffer = Zeroizing::new(plain.to_vec());
    let tag = cipher(key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(aad),
            &mut buffer,
        )
        .map_err(|_| Error::store("a value is too long to be sealed"))?;
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&buffer);
    out.extend_from_slice(tag.as_ref());
    Ok(())
}

fn decrypt(key: &[u8; KEY_LENGTH], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let opened = cipher(key).ok()?;
    let length = opened
        .open_in_place(nonce, Aad::from(aad), &mut buffer)
        .ok()?
        .len();
    buffer.truncate(length);
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(field: &str, version: u64) -> Place {
        Place::new("test").text(field).number(version)
    }

    #[test]
    fn a_value_opens_in_its_place_only() {
        let key = Key::from_bytes(&[1; 32]);
        let ring = KeyRing::new([key.clone()]);
        let sealed = seal(&key, &place("a", 1), b"secret").unwrap();
        let opened = open(&ring, &place("a", 1), &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"secret");
        for other in [place("b", 1), place("a", 2), place("a", 1).text("")] {
            assert!(open(&ring, &other, &sealed).is_err());
        }
    }

    #[test]
    fn places_do_not_run_into_each_other() {
        let bytes = |first: &str, second: &str| Place::new("t").text(first).text(second).0;
        assert_ne!(bytes("ab", "c"), bytes("a", "bc"));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = Key::from_bytes(&[1; 32]);
        let ring = KeyRing::new([key.clone()]);
        let good = seal(&key, &place("a", 1), b"secret").unwrap();
        for n in 0..good.value.len() + good.key.len() {
            let mut bad = Sealed {
                key_id: good.key_id.clone(),
                key: good.key.clone(),
                value: good.value.clone(),
            };
            match n.checked_sub(bad.value.len()) {
                None => bad.value[n] ^= 1,
                Some(n) => bad.key[n] ^= 1,
            }
            assert!(open(&ring, &place("a", 1), &bad).is_err(), "byte {n}");
        }
        for cut in 0..good.value.len() {
            let value = good.value[..cut].to_vec();
            let (key, key_id) = (good.key.clone(), good.key_id.clone());
            let bad = Sealed { key_id, key, value };
            assert!(open(&ring, &place("a", 1), &bad).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn another_key_takes_over_without_touching_the_value() {
        let (old, new) = (Key::from_bytes(&[1; 32]), Key::from_bytes(&[2; 32]));
        let both = KeyRing::new([old.clone(), new.clone()]);
        let place = place("a", 1);
        let mut sealed = seal(&old, &place, b"secret").unwrap();
        sealed.key = rewrap(&both, &new, &place, &sealed).unwrap();
        sealed.key_id = new.id().to_owned();
        let opened = open(&KeyRing::new([new]), &place, &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"secret");
        let error = open(&KeyRing::new([old]), &place, &sealed).err().unwrap();
        assert!(error.to_string().contains("is not in the"), "{error}");
    }

    #[test]
    fn equal_values_do_not_look_equal() {
        let key = Key::from_bytes(&[1; 32]);
        let one = seal(&key, &place("a", 1), b"secret").unwrap();
        let other = seal(&key, &place("a", 1), b"secret").unwrap();
        assert_ne!(one.value, other.value);
        assert_ne!(one.key, other.key);
    }
}
