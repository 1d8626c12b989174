//! Connections and tokens on this machine, encrypted.
//!
//! A [`SqliteStore`] is one SQLite file that several processes share. Every value is sealed with AES-256-GCM by a key of its own,
//! which is sealed by a key of the [`KeyRing`]; both are bound to their row, so a value that is copied elsewhere, or an old value
//! that is put back, does not open. What the file shows is which connections there are, when they were used, and why a refresh
//! failed.
//!
//! The [`Journal`] keeps tokens between the answer of the authorization server and the commit: a refresh token that was rotated
//! survives a crash in between.
//!
//! # Keys
//!
//! [`KeyRing::standard`] looks for the keys in the environment variable `CONNECTOR_KEY`, then in the key file beside the store,
//! then in the keyring of the operating system (feature `keyring`); without a keyring, it makes the key file. A store remembers
//! which of the keys is in use. [`SqliteStore::rotate_key`] takes another one into use while other processes go on, and
//! [`SqliteStore::retire_key`] gives up the old one.
//!
//! Not covered: whoever can write the file can put back a whole older row or file, or remove rows.

mod connections;
mod database;
mod entry;
mod file;
mod journal;
mod journaled;
mod key;
mod ring;
mod rotation;
mod schema;
mod seal;
mod source;
mod sqlite;
mod tokens;

pub use self::connections::{ConnectionSummary, StoredConnection};
pub use self::journal::{Journal, JournalEntry};
pub use self::journaled::Journaled;
pub use self::key::Key;
pub use self::ring::KeyRing;
pub use self::rotation::{Rotation, Unreadable};
#[cfg(feature = "keyring")]
pub(crate) use self::source::keyring_reason;
pub use self::sqlite::SqliteStore;

use crate::error::{Error, Result};

/// Runs work that blocks (SQLite, files, the keyring) where it holds up nobody. It goes on to its end even if nobody waits any
/// more.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::store("the work on the store broke off").with_source(error)),
    }
}
