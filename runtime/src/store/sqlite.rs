//! The store as others see it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::database::Database;
use super::journal::Journal;
use super::ring::KeyRing;
use super::{blocking, tokens};
use crate::error::Result;
use crate::token::{Commit, Failure, Lease, TokenHash, TokenKey, TokenRecord, TokenStore, Tokens};
use crate::transport::BoxFuture;

/// Connections and tokens in one SQLite file, encrypted, for any number of processes.
///
/// Copies share the file. What is written is on disk when the call returns; a call that nobody waits for any more goes on to its
/// end. Needs a tokio runtime.
#[derive(Clone)]
pub struct SqliteStore(Arc<Database>);

impl SqliteStore {
    /// Opens the store, or makes it: its folder with mode 0700 and its file with mode 0600 on Unix. A new store takes the first
    /// key of the ring, which is made if there is none.
    ///
    /// # Errors
    /// When the file can't be read or written, was written by a newer version or by another program, or when the key it was
    /// written with is not in the ring.
    pub async fn open(path: impl Into<PathBuf>, ring: KeyRing) -> Result<Self> {
        let path = path.into();
        blocking(move || Ok(Self(Arc::new(Database::open(&path, ring)?)))).await
    }

    /// The journal beside the store: in the folder of the same name with `.journal` after it.
    ///
    /// # Errors
    /// When the folder can't be made or read.
    pub async fn journal(&self) -> Result<Journal> {
        let mut folder = self.path().as_os_str().to_owned();
        folder.push(".journal");
        Journal::open(folder, self.0.ring().clone()).await
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let database = self.0.clone();
        blocking(move || work(&database)).await
    }
}

impl TokenStore for SqliteStore {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenRecord>>> {
        let key = key.clone();
        Box::pin(self.run(move |database| tokens::load(database, &key)))
    }

    fn put<'a>(&'a self, key: &'a TokenKey, tokens: Tokens) -> BoxFuture<'a, Result<TokenRecord>> {
        let key = key.clone();
        Box::pin(self.run(move |database| tokens::put(database, &key, tokens)))
    }

    fn lease<'a>(
        &'a self,
        key: &'a TokenKey,
        version: u64,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>>> {
        let key = key.clone();
        Box::pin(self.run(move |database| tokens::lease(database, &key, version, duration)))
    }

    fn commit<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        spent: Option<&'a TokenHash>,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Commit>> {
        let (key, lease, spent) = (key.clone(), lease.clone(), spent.cloned());
        Box::pin(
            self.run(move |database| {
                tokens::commit(database, &key, &lease, spent.as_ref(), tokens)
            }),
        )
    }

    fn fail<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        failure: Failure,
    ) -> BoxFuture<'a, Result<()>> {
        let (key, lease) = (key.clone(), lease.clone());
        Box::pin(self.run(move |database| tokens::fail(database, &key, &lease, &failure)))
    }

    fn remove<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Vec<(TokenKey, Tokens)>>> {
        let connection = connection.to_owned();
        Box::pin(self.run(move |database| {
            let removed = database.write(|sql| tokens::remove(database, sql, &connection))?;
            database.forget_log();
            Ok(removed)
        }))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
