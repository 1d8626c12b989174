//! A store whose commits go through a journal.

use std::fmt;
use std::time::Duration;

use super::Journal;
use crate::error::Result;
use crate::token::{Commit, Failure, Lease, TokenHash, TokenKey, TokenRecord, TokenStore, Tokens};
use crate::transport::BoxFuture;

/// A store whose commits go through a journal, so that tokens survive a crash between the server's answer and the commit, and a
/// store that can't be written for a while.
#[derive(Clone)]
pub struct Journaled<S> {
    store: S,
    journal: Journal,
}

impl<S: TokenStore> Journaled<S> {
    /// Puts a journal before a store.
    #[must_use]
    pub fn new(store: S, journal: Journal) -> Self {
        Self { store, journal }
    }

    async fn lease_after_recovery(
        &self,
        key: &TokenKey,
        version: u64,
        duration: Duration,
    ) -> Result<Option<Lease>> {
        let Some(lease) = self.store.lease(key, version, duration).await? else {
            return Ok(None);
        };
        // Whoever had the lease before may have died with new tokens in the journal; the refresh token in the store is spent then.
        match self.journal.recover(key, &self.store).await? {
            Some(record) if record.version != version => Ok(None),
            _ => Ok(Some(lease)),
        }
    }

    async fn commit_after_writing(
        &self,
        key: &TokenKey,
        lease: &Lease,
        spent: Option<&TokenHash>,
        tokens: Tokens,
    ) -> Result<Commit> {
        let entry = match self.journal.write(key, lease, spent, &tokens).await {
            Ok(entry) => Some(entry),
            // The store may still take them.
            Err(error) => {
                tracing::warn!(error = %error, "new tokens could not be written to the journal");
                None
            }
        };
        let committed = self.store.commit(key, lease, spent, tokens.clone()).await;
        match (committed, entry) {
            (Ok(commit), entry) => {
                if let Some(entry) = entry
                    && let Err(error) = entry.remove().await
                {
                    tracing::warn!(error = %error, "an entry of the journal could not be removed");
                }
                Ok(commit)
            }
            (Err(error), None) => Err(error),
            (Err(error), Some(_)) => {
                tracing::warn!(error = %error, "new tokens are in the journal only, until the store can be written");
                let record = TokenRecord::new(Some(tokens), lease.generation, u64::MAX);
                Ok(Commit::Stored(record))
            }
        }
    }
}

impl<S: TokenStore> TokenStore for Journaled<S> {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenRecord>>> {
        self.store.load(key)
    }

    fn put<'a>(&'a self, key: &'a TokenKey, tokens: Tokens) -> BoxFuture<'a, Result<TokenRecord>> {
        self.store.put(key, tokens)
    }

    fn lease<'a>(
        &'a self,
        key: &'a TokenKey,
        version: u64,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>>> {
        Box::pin(self.lease_after_recovery(key, version, duration))
    }

    fn commit<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        spent: Option<&'a TokenHash>,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Commit>> {
        Box::pin(self.commit_after_writing(key, lease, spent, tokens))
    }

    fn fail<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        failure: Failure,
    ) -> BoxFuture<'a, Result<()>> {
        self.store.fail(key, lease, failure)
    }

    fn remove<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Vec<(TokenKey, Tokens)>>> {
        self.store.remove(connection)
    }
}

impl<S> fmt::Debug for Journaled<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journaled")
    }
}
