//! An entry of the journal, and how it is written down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::key::Key;
use super::ring::KeyRing;
use super::seal::{self, Place, Sealed};
use crate::error::Result;
use crate::token::{Lease, TokenHash, TokenKey, Tokens};

/// What an entry holds: the arguments of a commit.
pub(super) struct Entry {
    pub(super) key: TokenKey,
    pub(super) lease: Lease,
    pub(super) spent: Option<TokenHash>,
    pub(super) tokens: Tokens,
}

/// An entry, its tokens still sealed.
pub(super) struct Written {
    key: TokenKey,
    lease: Lease,
    spent: Option<TokenHash>,
    pub(super) sealed: Sealed,
}

/// The beginning of the names of a key's files. Names of connections may have characters that file names can't have.
pub(super) fn prefix(key: &TokenKey) -> String {
    let place = Place::new("journal name")
        .text(key.connection())
        .text(key.slot());
    let digest = digest(&SHA256, place.bytes());
    let bytes = digest.as_ref()[..16].iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

impl Entry {
    pub(super) fn seal(&self, key: &Key) -> Result<Written> {
        let place = place(&self.key, &self.lease, self.spent.as_ref());
        Ok(Written {
            key: self.key.clone(),
            lease: self.lease.clone(),
            spent: self.spent.clone(),
            sealed: seal::seal(key, &place, &self.tokens.to_json())?,
        })
    }
}

impl Written {
    pub(super) fn open(self, ring: &KeyRing) -> Result<Entry> {
        let place = place(&self.key, &self.lease, self.spent.as_ref());
        let json = seal::open(ring, &place, &self.sealed)?;
        Ok(Entry {
            tokens: Tokens::from_json(&json)?,
            key: self.key,
            lease: self.lease,
            spent: self.spent,
        })
    }

    pub(super) fn to_text(&self) -> String {
        let spent = self.spent.as_ref().map(TokenHash::as_str);
        let members: [(&str, Value); 8] = [
            ("connection", self.key.connection().into()),
            ("slot", self.key.slot().into()),
            ("generation", self.lease.generation.into()),
            ("fence", self.lease.fence.into()),
            ("spent", spent.into()),
            ("key_id", self.sealed.key_id.as_str().into()),
            ("key", STANDARD.encode(&self.sealed.key).into()),
            ("value", STANDARD.encode(&self.sealed.value).into()),
        ];
        let members = members.into_iter();
        let members: Map<String, Value> = members.map(|(name, it)| (name.to_owned(), it)).collect();
        Value::Object(members).to_string()
    }

    /// Reads what [`Written::to_text`] wrote.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let text = |name: &str| value.get(name)?.as_str();
        let number = |name: &str| value.get(name)?.as_u64();
        let bytes = |name: &str| STANDARD.decode(text(name)?).ok();
        Some(Self {
            key: TokenKey::new(text("connection")?, text("slot")?),
            lease: Lease::new(number("generation")?, number("fence")?),
            spent: text("spent").map(TokenHash::from_text),
            sealed: Sealed {
                key_id: text("key_id")?.to_owned(),
                key: bytes("key")?,
                value: bytes("value")?,
            },
        })
    }
}

/// What an entry's tokens are bound to.
fn place(key: &TokenKey, lease: &Lease, spent: Option<&TokenHash>) -> Place {
    let place = Place::new("journal")
        .text(key.connection())
        .text(key.slot())
        .number(lease.generation)
        .number(lease.fence);
    match spent {
        Some(spent) => place.number(1).text(spent.as_str()),
        None => place.number(0),
    }
}
