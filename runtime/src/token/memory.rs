//! Tokens for the life of one process.

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Commit, Failure, Lease, TokenHash, TokenKey, TokenRecord, TokenStore, Tokens};
use crate::error::Result;
use crate::transport::BoxFuture;

/// Keeps tokens in memory, for one process.
#[derive(Default)]
pub struct MemoryStore(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    rows: BTreeMap<TokenKey, Row>,
    /// The last generation or version. It outlives removed rows, so that neither fits their successors.
    last_number: u64,
}

struct Row {
    record: TokenRecord,
    fence: u64,
    leased_until: Option<Instant>,
}

impl Row {
    fn record(&self) -> TokenRecord {
        let left = |until: Instant| until.checked_duration_since(Instant::now());
        TokenRecord {
            leased_for: self.leased_until.and_then(left),
            ..self.record.clone()
        }
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn insert(&mut self, key: &TokenKey, tokens: Option<Tokens>) -> TokenRecord {
        let generation = self.next_number();
        let version = if tokens.is_some() { generation } else { 0 };
        let fence = self.rows.get(key).map_or(0, |row| row.fence);
        let row = Row {
            record: TokenRecord::new(tokens, generation, version),
            fence,
            leased_until: None,
        };
        let record = row.record();
        self.rows.insert(key.clone(), row);
        record
    }

    fn lease(&mut self, key: &TokenKey, version: u64, duration: Duration) -> Option<Lease> {
        if version == 0 && !self.rows.contains_key(key) {
            self.insert(key, None);
        }
        let row = self.rows.get_mut(key)?;
        let record = row.record();
        if record.version != version || record.leased_for.is_some() {
            return None;
        }
        row.fence += 1;
        row.leased_until = Some(Instant::now() + duration);
        Some(Lease::new(record.generation, row.fence))
    }

    fn commit(
        &mut self,
        key: &TokenKey,
        lease: &Lease,
        spent: Option<&TokenHash>,
        tokens: Tokens,
    ) -> Commit {
        let version = self.next_number();
        let Some(row) = self.rows.get_mut(key) else {
            return Commit::Superseded(None);
        };
        let current = row.record.tokens.as_ref();
        let in_generation = row.record.generation == lease.generation;
        if in_generation && current.is_some_and(|current| current.is_same(&tokens)) {
            return Commit::Stored(row.record());
        }
        let current = current.and_then(Tokens::refresh_hash);
        let unspent = spent.is_some() && current.as_ref() == spent;
        if !in_generation || (row.fence != lease.fence && !unspent) {
            return Commit::Superseded(Some(row.record()));
        }
        row.record = TokenRecord::new(Some(tokens), lease.generation, version);
        row.leased_until = None;
        Commit::Stored(row.record())
    }

    fn fail(&mut self, key: &TokenKey, lease: &Lease, failure: Failure) {
        let holds =
            |row: &&mut Row| row.record.generation == lease.generation && row.fence == lease.fence;
        if let Some(row) = self.rows.get_mut(key).filter(holds) {
            row.record.failure = Some(failure);
            row.leased_until = None;
        }
    }

    fn remove(&mut self, connection: &str) -> Vec<(TokenKey, Tokens)> {
        let (removed, kept) = std::mem::take(&mut self.rows)
            .into_iter()
            .partition(|(key, _)| key.connection() == connection);
        self.rows = kept;
        let removed: BTreeMap<TokenKey, Row> = removed;
        removed
            .into_iter()
            .filter_map(|(key, row)| Some((key, row.record.tokens?)))
            .collect()
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenRecord>>> {
        let record = self.kept().rows.get(key).map(Row::record);
        Box::pin(ready(Ok(record)))
    }

    fn put<'a>(&'a self, key: &'a TokenKey, tokens: Tokens) -> BoxFuture<'a, Result<TokenRecord>> {
        let record = self.kept().insert(key, Some(tokens));
        Box::pin(ready(Ok(record)))
    }

    fn lease<'a>(
        &'a self,
        key: &'a TokenKey,
        version: u64,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>>> {
        let lease = self.kept().lease(key, version, duration);
        Box::pin(ready(Ok(lease)))
    }

    fn commit<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        spent: Option<&'a TokenHash>,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Commit>> {
        let commit = self.kept().commit(key, lease, spent, tokens);
        Box::pin(ready(Ok(commit)))
    }

    fn fail<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        failure: Failure,
    ) -> BoxFuture<'a, Result<()>> {
        self.kept().fail(key, lease, failure);
        Box::pin(ready(Ok(())))
    }

    fn remove<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Vec<(TokenKey, Tokens)>>> {
        let removed = self.kept().remove(connection);
        Box::pin(ready(Ok(removed)))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}
