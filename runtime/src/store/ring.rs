//! The keys that a process knows.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(test)]
use super::file;
use super::key::Key;
use super::source::Source;
use crate::error::{Error, Result};

/// The keys of a store, by id. They are read when they are needed, and again when a value is sealed with a key that is not among
/// them: another process may have made it.
///
/// Copies share their keys.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    source: Source,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    known: Vec<Key>,
    /// The one in use, as the store says.
    primary: Option<String>,
}

impl KeyRing {
    /// The environment variable where [`KeyRing::standard`] looks first.
    pub const VARIABLE: &'static str = "CONNECTOR_KEY";

    /// The name of the key file of [`KeyRing::standard`].
    pub const FILE: &'static str = "key";

    /// Keys of the program; a new store begins with the first. They last as long as the ring.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Self {
        let ring = Self::of(Source::Memory);
        ring.keys().known = keys.into_iter().collect();
        ring
    }

    /// Keys in an environment variable: 32 bytes in Base64 each, with commas between keys; `id:` may stand before one. A new
    /// store begins with the first.
    #[must_use]
    pub fn from_env(variable: impl Into<String>) -> Self {
        Self::of(Source::Variable(variable.into()))
    }

    /// Keys in a file with mode 0600, one a line, written as in [`KeyRing::from_env`]. If it is not there, a new store makes it.
    #[must_use]
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::of(Source::File { path, note: None })
    }

    /// Keys in the keyring of the operating system, under the service `connector` and this account. If they are not there, a new
    /// store makes one.
    #[cfg(feature = "keyring")]
    #[must_use]
    pub fn from_keyring(account: impl Into<String>) -> Self {
        let account = account.into();
        Self::of(Source::Keyring { account })
    }

    /// The keys of the store in a folder: from `CONNECTOR_KEY` if it is set, from the file `key` in the folder if it is there,
    /// from the keyring of the operating system if the feature `keyring` is on and there is one, and from the file otherwise.
    ///
    /// It asks the keyring, which may take a while or show a dialog.
    #[must_use]
    pub fn standard(folder: &Path) -> Self {
        if std::env::var_os(Self::VARIABLE).is_some_and(|value| !value.is_empty()) {
            return Self::from_env(Self::VARIABLE);
        }
        let path = folder.join(Self::FILE);
        if path.exists() {
            return Self::from_file(path);
        }
        #[cfg(feature = "keyring")]
        let note = {
            // By the folder: stores that shared a list of keys would retire each other's.
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
            let keyring = Source::Keyring {
                account: folder.to_string_lossy().into_owned(),
            };
            match keyring.read() {
                Ok(_) => return Self::of(keyring),
                Err(error) => Some(error.to_string()),
            }
        };
        #[cfg(not(feature = "keyring"))]
        let note = None;
        Self::of(Source::File { path, note })
    }

    fn of(source: Source) -> Self {
        let keys = Mutex::default();
        Self(Arc::new(Ring { source, keys }))
    }

    /// Where the keys are, for people.
    #[must_use]
    pub fn place(&self) -> String {
        self.0.source.to_string()
    }

    /// More for people when a key is missing: empty, or a sentence.
    pub(super) fn note(&self) -> &str {
        self.0.source.note()
    }

    /// The ids of all keys where they are kept.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn ids(&self) -> Result<Vec<String>> {
        let listed = self.listed()?;
        Ok(listed.iter().map(|key| key.id().to_owned()).collect())
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key with this id.
    pub(super) fn get(&self, id: &str) -> Result<Option<Key>> {
        if let Some(key) = self.keys().find(id) {
            return Ok(Some(key));
        }
        self.reload()?;
        Ok(self.keys().find(id))
    }

    /// The key in use: the one that the store named, or the first.
    pub(super) fn primary(&self) -> Result<Option<Key>> {
        let named = self.keys().primary.clone();
        if let Some(id) = named {
            return self.get(&id);
        }
        let first = || self.keys().known.first().cloned();
        if let Some(key) = first() {
            return Ok(Some(key));
        }
        self.reload()?;
        Ok(first())
    }

    /// The store says which key is in use.
    pub(super) fn set_primary(&self, id: &str) {
        let mut keys = self.keys();
        if keys.primary.as_deref() != Some(id) {
            keys.primary = Some(id.to_owned());
        }
    }

    /// The first key for a new store, made if there is none.
    pub(super) fn first(&self) -> Result<Key> {
        if let Some(key) = self.primary()? {
            return Ok(key);
        }
        let source = &self.0.source;
        if !source.is_writable() {
            return Err(Error::store(format!("there is no key in the {source}")));
        }
        let key = Key::generate()?;
        source.create(&key)?;
        if matches!(source, Source::Memory) {
            self.keys().known.push(key);
        }
        self.primary()?
            .ok_or_else(|| Error::store(format!("a new key does not stay in the {source}")))
    }

    /// Adds a key, here and where the keys are kept. The caller keeps other processes from doing so at the same time.
    pub(super) fn add(&self, key: Key) -> Result<()> {
        let mut listed = self.listed()?;
        match listed.iter().find(|other| other.id() == key.id()) {
            Some(other) if other.bytes() == key.bytes() => return Ok(()),
            Some(_) => {
                let id = key.id();
                let text = format!("another key has the id `{id}` already");
                return Err(Error::store(text));
            }
            // Before the others: a program that reads the keys anew takes the first.
            None => listed.insert(0, key),
        }
        self.0.source.write(&listed)?;
        self.keys().take(listed);
        Ok(())
    }

    /// Forgets a key where the keys are kept, if that is possible.
    pub(super) fn forget(&self, id: &str) -> Result<()> {
        let mut listed = self.listed()?;
        let before = listed.len();
        listed.retain(|key| key.id() != id);
        match &self.0.source {
            Source::Memory => self.keys().known = listed,
            source if source.is_writable() && listed.len() < before => source.write(&listed)?,
            _ => {}
        }
        Ok(())
    }

    /// The keys where they are kept.
    fn listed(&self) -> Result<Vec<Key>> {
        match self.0.source {
            Source::Memory => Ok(self.keys().known.clone()),
            ref source => Ok(source.read()?.unwrap_or_default()),
        }
    }

    fn reload(&self) -> Result<()> {
        let listed = self.listed()?;
        self.keys().take(listed);
        Ok(())
    }
}

impl Keys {
    /// Keys that are listed no more stay known: a value may have been read just before its key was retired.
    fn take(&mut self, mut listed: Vec<Key>) {
        let is_new = |key: &Key| listed.iter().all(|other| other.id() != key.id());
        let mut unlisted: Vec<Key> = std::mem::take(&mut self.known)
            .into_iter()
            .filter(is_new)
            .collect();
        listed.append(&mut unlisted);
        self.known = listed;
    }

    fn find(&self, id: &str) -> Option<Key> {
        self.known.iter().find(|key| key.id() == id).cloned()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("place", &self.place())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_key_is_found_when_it_is_needed() {
        let folder = file::tests::Folder::new();
        let path = folder.path().join("key");
        let one = KeyRing::from_file(&path);
        let first = one.first().unwrap();
        let other = KeyRing::from_file(&path);
        assert_eq!(other.first().unwrap().id(), first.id());

        let second = Key::generate().unwrap();
        one.add(second.clone()).unwrap();
        let found = other.get(second.id()).unwrap().unwrap();
        assert_eq!(found.bytes(), second.bytes());
        one.forget(first.id()).unwrap();
        assert_eq!(KeyRing::from_file(&path).ids().unwrap(), [second.id()]);
    }

    #[test]
    fn an_id_stands_for_one_key() {
        let key = Key::from_bytes(&[1; 32]).with_id("a").unwrap();
        let ring = KeyRing::new([key.clone()]);
        ring.add(key).unwrap();
        let other = Key::from_bytes(&[2; 32]).with_id("a").unwrap();
        assert!(ring.add(other).is_err());
    }

    #[test]
    fn an_unset_variable_has_no_key() {
        let ring = KeyRing::from_env("CONNECTOR_TEST_UNSET_KEY");
        let error = ring.first().unwrap_err().to_string();
        assert!(error.contains("CONNECTOR_TEST_UNSET_KEY"), "{error}");
    }

    #[test]
    fn without_a_keyring_the_key_file_serves() {
        let folder = file::tests::Folder::new();
        let path = folder.path().join(KeyRing::FILE);
        file::replace(
            &path,
            Key::write_all(&[Key::generate().unwrap()]).as_bytes(),
        )
        .unwrap();
        let place = KeyRing::standard(folder.path()).place();
        assert_eq!(place, format!("key file {}", path.display()));
    }
}
