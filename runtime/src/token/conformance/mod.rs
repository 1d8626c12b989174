//! Checks that an implementation of [`TokenStore`] does what the refresh of tokens relies on.
//!
//! ```
//! # use std::sync::Arc;
//! # use connector_runtime::token::{MemoryStore, TokenStore, conformance};
//! # async fn test() {
//! let checked = conformance::check(async || Arc::new(MemoryStore::new()) as Arc<dyn TokenStore>).await;
//! checked.unwrap();
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
//! ```
//!
//! Leases lapse while it runs, so it takes a second or so, and needs a clock that runs.

mod commits;
mod leases;
mod races;
mod records;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Commit, Lease, TokenKey, TokenRecord, TokenStore, Tokens};
use crate::error::{Error, Result};

/// A rule that a store breaks.
#[derive(Clone, Debug)]
pub struct Violation {
    rule: &'static str,
    what: String,
}

impl Violation {
    /// The rule's name.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

impl std::error::Error for Violation {}

/// Checks all rules, each on a new, empty store.
///
/// # Errors
/// The first rule that does not hold. An error of the store is a violation too.
pub async fn check(
    make: impl AsyncFn() -> Arc<dyn TokenStore>,
) -> std::result::Result<(), Violation> {
    macro_rules! rules {
        ($($module:ident: $($rule:ident)*;)*) => {$($({
            let store = make().await;
            let checked = $module::$rule(&store).await;
            checked.map_err(|broken| Violation { rule: stringify!($rule), what: broken.0 })?;
        })*)*};
    }
    rules! {
        records: unknown_key_has_no_record put_makes_a_record values_survive_exactly keys_are_apart
            put_begins_a_generation remove_gives_the_tokens_of_one_connection numbers_never_come_back
            failure_is_kept_until_tokens_come;
        leases: first_lease_makes_an_empty_record one_lease_at_a_time lease_wants_the_version
            lapsed_lease_makes_way stale_lease_cannot_fail put_ends_a_lease failure_ends_a_lease;
        commits: commit_replaces_tokens commit_may_be_repeated lapsed_lease_commits_if_nobody_else_leased
            lapsed_lease_commits_while_its_token_is_unspent lapsed_lease_is_superseded_once_its_token_is_spent
            lapsed_lease_without_a_spent_token_is_superseded consent_supersedes_a_refresh removal_supersedes_a_refresh;
        races: one_of_many_gets_the_lease no_refresh_token_is_spent_twice fences_grow_while_leases_lapse
            no_refresh_outlives_its_generation;
    }
    Ok(())
}

/// Long enough that no lease lapses by itself.
const LONG: Duration = Duration::from_secs(600);

/// Short enough to wait for its end.
const SHORT: Duration = Duration::from_millis(20);

/// What a rule found.
struct Broken(String);

type Checked<T = ()> = std::result::Result<T, Broken>;

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self(format!("the store failed: {error}"))
    }
}

fn broken<T>(what: impl Into<String>) -> Checked<T> {
    Err(Broken(what.into()))
}

fn ensure(holds: bool, what: impl Into<String>) -> Checked {
    if holds { Ok(()) } else { broken(what) }
}

fn key() -> TokenKey {
    TokenKey::new("connection", "scheme")
}

/// Tokens that can be told apart by a name.
fn tokens(name: &str) -> Tokens {
    let mut tokens = Tokens::new(format!("access {name}"));
    tokens.refresh_token = Some(refresh_token(name).into());
    tokens.granted_at = Timestamp::UNIX_EPOCH;
    tokens
}

fn refresh_token(name: &str) -> String {
    format!("refresh {name}")
}

async fn load(store: &Arc<dyn TokenStore>, key: &TokenKey) -> Checked<TokenRecord> {
    match store.load(key).await? {
        Some(record) => Ok(record),
        None => broken("the record is gone"),
    }
}

async fn lease(store: &Arc<dyn TokenStore>, version: u64, duration: Duration) -> Checked<Lease> {
    match store.lease(&key(), version, duration).await? {
        Some(lease) => Ok(lease),
        None => broken("there is no lease, though no other runs and the version is right"),
    }
}

/// A lease after one that lapses.
async fn lease_after_lapse(store: &Arc<dyn TokenStore>, version: u64) -> Checked<Lease> {
    let patience = std::time::Instant::now();
    while patience.elapsed() < Duration::from_secs(30) {
        if let Some(lease) = store.lease(&key(), version, LONG).await? {
            return Ok(lease);
        }
        tokio::time::sleep(SHORT / 4).await;
    }
    broken("a short lease has not lapsed after 30 seconds")
}

/// The record has these tokens, all of them and nothing else.
fn has(record: &TokenRecord, expected: &Tokens) -> Checked {
    match &record.tokens {
        Some(tokens) if tokens.to_json() == expected.to_json() => Ok(()),
        Some(_) => broken("the record has other tokens than those that were stored last"),
        None => broken("the record has no tokens"),
    }
}

fn stored(commit: Result<Commit>) -> Checked<TokenRecord> {
    match commit? {
        Commit::Stored(record) => Ok(record),
        Commit::Superseded(_) => broken("the commit was superseded"),
    }
}

fn superseded(commit: Result<Commit>) -> Checked<Option<TokenRecord>> {
    match commit? {
        Commit::Superseded(record) => Ok(record),
        Commit::Stored(_) => broken("the commit was stored"),
    }
}

#[cfg(test)]
mod tests;
