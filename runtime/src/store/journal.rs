//! Tokens between the answer of the authorization server and the commit.

use std::fmt;
use std::fs;
use std::io::ErrorKind as IoError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::entry::{Entry, Written, prefix};
use super::ring::KeyRing;
use super::{blocking, file};
use crate::error::{Error, Result};
use crate::token::{Commit, Lease, TokenHash, TokenKey, TokenRecord, TokenStore, Tokens};

/// The ends of file names: entries that wait, entries whose tokens came too late, files that are not entries.
const WAITING: &str = ".entry";
const SUPERSEDED: &str = ".superseded";
const DAMAGED: &str = ".damaged";

/// Half-written files are left by a crash; younger ones may be under way.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// Keeps tokens on disk, sealed, until a store has them.
///
/// A refresh token that is rotated exists nowhere else between the answer of the authorization server and the commit. It goes
/// like this:
///
/// 1. [`write`](Journal::write) right after the answer; when it returns, the tokens are on disk.
/// 2. [`TokenStore::commit`].
/// 3. [`JournalEntry::remove`].
///
/// After a crash, whoever leases next calls [`recover`](Journal::recover) before spending a refresh token; at its start, a program
/// calls [`replay`](Journal::replay). Any process may commit the entries of any other: a commit is a compare-and-set, and one that
/// is repeated has no effect.
#[derive(Clone)]
pub struct Journal(Arc<Folder>);

struct Folder {
    path: PathBuf,
    ring: KeyRing,
}

/// Tokens in the journal. They stay there when this is dropped.
#[must_use = "the entry stays in the journal until it is removed"]
pub struct JournalEntry {
    path: PathBuf,
}

impl JournalEntry {
    /// Removes the entry: the store has the tokens, or they are revoked.
    ///
    /// # Errors
    /// When the file can't be removed. An entry that is gone is no error: another process committed it.
    pub async fn remove(self) -> Result<()> {
        blocking(move || remove(&self.path)).await
    }
}

impl fmt::Debug for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalEntry")
            .field("path", &self.path)
            .finish()
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("folder", &self.0.path)
            .finish_non_exhaustive()
    }
}

/// What became of an entry.
enum Outcome {
    Stored(TokenRecord),
    Superseded(TokenKey, Tokens),
    /// Another process was faster, it can't be read, or there is nothing to do about it.
    Gone,
}

impl Journal {
    /// The journal in a folder, which is made with mode 0700 on Unix if it is not there. The ring is a copy of the store's, which
    /// knows the key in use; see also [`SqliteStore::journal`](super::SqliteStore::journal).
    ///
    /// # Errors
    /// When the folder can't be made or read.
    pub async fn open(folder: impl Into<PathBuf>, ring: KeyRing) -> Result<Self> {
        let path = folder.into();
        blocking(move || {
            let journal = Self(Arc::new(Folder { path, ring }));
            let made = file::make_folder(&journal.0.path);
            made.map_err(|error| journal.0.failed("can't be made", error))?;
            journal.0.sweep()?;
            Ok(journal)
        })
        .await
    }

    /// Writes tokens down; they are on disk when this returns. Call it before the commit, with the same arguments.
    ///
    /// # Errors
    /// When the disk can't be written, or there is no key. The tokens are still good: go on and commit them.
    pub async fn write(
        &self,
        key: &TokenKey,
        lease: &Lease,
        spent: Option<&TokenHash>,
        tokens: &Tokens,
    ) -> Result<JournalEntry> {
        let folder = self.0.clone();
        let entry = Entry {
            key: key.clone(),
            lease: lease.clone(),
            spent: spent.cloned(),
            tokens: tokens.clone(),
        };
        blocking(move || folder.write(&entry)).await
    }

    /// Whose tokens wait in the journal.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn pending(&self) -> Result<Vec<TokenKey>> {
        let folder = self.0.clone();
        blocking(move || {
            let mut keys = Vec::new();
            for path in folder.files(&[WAITING], "")? {
                keys.extend(folder.read(&path)?.map(|entry| entry.key));
            }
            keys.sort();
            keys.dedup();
            Ok(keys)
        })
        .await
    }

    /// Commits the tokens of this key that wait in the journal, and gives the record that has them. To be called with a lease in
    /// hand, before the refresh token of the record is spent. `None` if there were none, or they came too late.
    ///
    /// # Errors
    /// When journal or store can't be read or written.
    pub async fn recover(
        &self,
        key: &TokenKey,
        store: &dyn TokenStore,
    ) -> Result<Option<TokenRecord>> {
        let folder = self.0.clone();
        let prefix = prefix(key);
        let paths = blocking(move || folder.files(&[WAITING], &prefix)).await?;
        let mut recovered = None;
        for path in paths {
            match self.settle(&path, store).await? {
                Outcome::Stored(record) => recovered = Some(record),
                // To be revoked, which is the business of `replay`.
                Outcome::Superseded(..) => {
                    blocking(move || set_aside(&path, SUPERSEDED)).await?;
                }
                Outcome::Gone => {}
            }
        }
        Ok(recovered)
    }

    /// Commits all tokens that wait in the journal. Gives those that came too late, to be revoked; the journal has forgotten them
    /// then.
    ///
    /// # Errors
    /// When journal or store can't be read or written. Entries that are sealed with an unknown key stay.
    pub async fn replay(&self, store: &dyn TokenStore) -> Result<Vec<(TokenKey, Tokens)>> {
        let folder = self.0.clone();
        let paths = blocking(move || folder.files(&[WAITING, SUPERSEDED], "")).await?;
        let mut superseded = Vec::new();
        for path in paths {
            if let Outcome::Superseded(key, tokens) = self.settle(&path, store).await? {
                JournalEntry { path }.remove().await?;
                superseded.push((key, tokens));
            }
        }
        Ok(superseded)
    }

    /// Whether an entry is sealed with this key; blocks.
    pub(super) fn uses(&self, key_id: &str) -> Result<bool> {
        for path in self.0.files(&[WAITING, SUPERSEDED], "")? {
            let written = self.0.text(&path)?;
            let written = written.and_then(|text| Written::parse(&text));
            if written.is_some_and(|written| written.sealed.key_id == key_id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Commits an entry. It is removed unless it came too late.
    async fn settle(&self, path: &Path, store: &dyn TokenStore) -> Result<Outcome> {
        let (folder, from) = (self.0.clone(), path.to_owned());
        let Some(entry) = blocking(move || folder.read(&from)).await? else {
            return Ok(Outcome::Gone);
        };
        let outcome = commit(entry, store).await?;
        if !matches!(outcome, Outcome::Superseded(..)) {
            let path = path.to_owned();
            JournalEntry { path }.remove().await?;
        }
        Ok(outcome)
    }
}

async fn commit(entry: Entry, store: &dyn TokenStore) -> Result<Outcome> {
    let Entry { key, tokens, .. } = &entry;
    // A record that can't be decrypted is mended by the commit.
    let current = store.load(key).await.ok().flatten();
    let is_current = |record: &TokenRecord| record.generation == entry.lease.generation;
    let newer = current
        .filter(is_current)
        .and_then(|record| record.tokens)
        .is_some_and(|current| current.granted_at > tokens.granted_at);
    let record = if newer {
        // Where refresh tokens stay the same, an old access token must not replace a newer one.
        store.load(key).await?
    } else {
        let spent = entry.spent.as_ref();
        match store
            .commit(key, &entry.lease, spent, tokens.clone())
            .await?
        {
            Commit::Stored(record) => {
                let connection = key.connection();
                tracing::info!(connection, "tokens from the journal were stored");
                return Ok(Outcome::Stored(record));
            }
            Commit::Superseded(record) => record,
        }
    };
    let in_record = record.and_then(|record| record.tokens?.refresh_hash());
    // Revoking a refresh token that the record has would break the connection.
    if in_record.is_some() && in_record == tokens.refresh_hash() {
        return Ok(Outcome::Gone);
    }
    Ok(Outcome::Superseded(entry.key, entry.tokens))
}

impl Folder {
    fn write(&self, entry: &Entry) -> Result<JournalEntry> {
        let Some(key) = self.ring.primary()? else {
            return Err(Error::store(format!(
                "there is no key in the {}: open the store first",
                self.ring.place()
            )));
        };
        let text = entry.seal(&key)?.to_text();
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.map_or(0, |since| since.as_millis());
        // In the order in which they were written.
        let name = format!(
            "{}-{millis:012x}-{:016x}{WAITING}",
            prefix(&entry.key),
            fastrand::u64(..)
        );
        let path = self.path.join(name);
        let written = file::replace(&path, text.as_bytes());
        written.map_err(|error| self.failed("can't be written", error))?;
        Ok(JournalEntry { path })
    }

    /// The files with one of these ends, the oldest first.
    fn files(&self, ends: &[&str], prefix: &str) -> Result<Vec<PathBuf>> {
        let unreadable = |error| self.failed("can't be read", error);
        let mut files = Vec::new();
        for found in fs::read_dir(&self.path).map_err(unreadable)? {
            let found = found.map_err(unreadable)?;
            let name = found.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(prefix) && ends.iter().any(|end| name.ends_with(end)) {
                files.push(found.path());
            }
        }
        files.sort();
        Ok(files)
    }

    /// Reads a file; `None` if it is gone.
    fn text(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == IoError::NotFound => Ok(None),
            Err(error) => Err(self.failed("can't be read", error)),
        }
    }

    /// Opens an entry; `None` if it is gone or of no use now.
    fn read(&self, path: &Path) -> Result<Option<Entry>> {
        let Some(text) = self.text(path)? else {
            return Ok(None);
        };
        let damaged = |reason: &str| {
            let path = path.display();
            tracing::warn!(%path, reason, "a file in the journal is damaged, and is set aside");
        };
        let Some(written) = Written::parse(&text) else {
            damaged("it is not an entry");
            return set_aside(path, DAMAGED).map(|()| None);
        };
        let key_id = &written.sealed.key_id;
        if self.ring.get(key_id)?.is_none() {
            let path = path.display();
            tracing::warn!(%path, key = key_id, "the key of an entry in the journal is missing; it stays");
            return Ok(None);
        }
        match written.open(&self.ring) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) => {
                damaged(&error.to_string());
                set_aside(path, DAMAGED).map(|()| None)
            }
        }
    }

    /// Removes what a crash left half-written.
    fn sweep(&self) -> Result<()> {
        for path in self.files(&[file::TEMPORARY], "")? {
            let age = fs::metadata(&path)
                .and_then(|about| about.modified())
                .map(|modified| modified.elapsed().unwrap_or_default());
            if age.is_ok_and(|age| age > ABANDONED_AFTER) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn failed(&self, what: &str, error: std::io::Error) -> Error {
        let folder = self.path.display();
        Error::store(format!("the journal {folder} {what}: {error}")).with_source(error)
    }
}

fn remove(path: &Path) -> Result<()> {
    gone_is_fine(fs::remove_file(path), path)
}

fn set_aside(path: &Path, end: &str) -> Result<()> {
    gone_is_fine(fs::rename(path, path.with_extension(&end[1..])), path)
}

/// Another process was faster.
fn gone_is_fine(result: std::io::Result<()>, path: &Path) -> Result<()> {
    match result {
        Err(error) if error.kind() != IoError::NotFound => {
            let path = path.display();
            let text = format!("the entry {path} of the journal can't be removed: {error}");
            Err(Error::store(text).with_source(error))
        }
        _ => Ok(()),
    }
}
