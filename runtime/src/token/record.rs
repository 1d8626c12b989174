//! What a store keeps of a connection's tokens, and what a store has to be able to do.

use std::time::Duration;

use jiff::Timestamp;

use super::{TokenHash, TokenKey, Tokens};
use crate::error::Result;
use crate::transport::BoxFuture;

/// What is kept under a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenRecord {
    /// The tokens; none before the first grant, and none that are worth anything after [`FailureClass::InvalidGrant`].
    pub tokens: Option<Tokens>,
    /// Grows when a person signs in anew or the configuration changes: a refresh that began before is void.
    pub generation: u64,
    /// Grows whenever tokens are replaced. No other tokens of the key ever have it, also after a removal.
    pub version: u64,
    /// How long the lease of the refresh under way still runs, by the store's clock.
    pub leased_for: Option<Duration>,
    /// Why the last refresh failed, until one succeeds.
    pub failure: Option<Failure>,
}

impl TokenRecord {
    /// A record of these tokens, as after a first consent.
    #[must_use]
    pub fn new(tokens: Option<Tokens>, generation: u64, version: u64) -> Self {
        Self {
            tokens,
            generation,
            version,
            leased_for: None,
            failure: None,
        }
    }

    /// Whether only a new consent helps.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        self.failure
            .as_ref()
            .is_some_and(|failure| failure.class == FailureClass::InvalidGrant)
    }
}

/// Why there are no new tokens. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What it means for the connection.
    pub class: FailureClass,
    /// For people.
    pub message: String,
    /// How many refreshes in a row have failed.
    pub attempts: u32,
    /// No refresh before this moment.
    pub next_attempt_at: Option<Timestamp>,
}

impl Failure {
    /// The first failure in a row.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            attempts: 1,
            next_attempt_at: None,
        }
    }
}

/// What a failed token request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureClass {
    /// The server proved that the grant is gone (`invalid_grant`): a person has to sign in again.
    InvalidGrant,
    /// The application is refused (`invalid_client`, `unauthorized_client`): its registration has to be mended. The connection
    /// itself is not broken.
    InvalidClient,
    /// Another refusal of the request, such as `invalid_scope`.
    Refused,
    /// No usable answer: network, 408, 429, 5xx, a page instead of JSON. It may pass.
    Unavailable,
}

impl FailureClass {
    /// A word for stores and reports: `invalid_grant`, `invalid_client`, `refused`, `unavailable`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidClient => "invalid_client",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }

    /// The class of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::InvalidGrant,
            Self::InvalidClient,
            Self::Refused,
            Self::Unavailable,
        ]
        .into_iter()
        .find(|class| class.as_str() == word)
    }
}

/// The right to refresh, for a while.
///
/// A lease can lapse while its owner still waits for an answer. The fence tells the store which lease is the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The record's generation when the lease was given.
    pub generation: u64,
    /// The number of this lease; each is greater than the one before.
    pub fence: u64,
}

impl Lease {
    /// A lease, as stores give it.
    #[must_use]
    pub const fn new(generation: u64, fence: u64) -> Self {
        Self { generation, fence }
    }
}

/// What became of new tokens.
#[derive(Clone, Debug)]
pub enum Commit {
    /// They are stored.
    Stored(TokenRecord),
    /// They are not: somebody else's tokens are in the record, or it is gone. The new ones should be revoked.
    Superseded(Option<TokenRecord>),
}

/// Keeps tokens for many tasks and processes. The functions of the feature `conformance` check an implementation.
///
/// Each function is atomic, also between processes. Errors are [`ErrorKind::Store`](crate::ErrorKind::Store).
pub trait TokenStore: Send + Sync + 'static {
    /// Reads a record.
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenRecord>>>;

    /// Replaces tokens after a consent, or makes the record. The generation and the version grow; lease and failure are gone.
    fn put<'a>(&'a self, key: &'a TokenKey, tokens: Tokens) -> BoxFuture<'a, Result<TokenRecord>>;

    /// Gives the lease for `duration` if the record still has `version` and no other lease runs; makes an empty record if there
    /// is none and `version` is 0.
    fn lease<'a>(
        &'a self,
        key: &'a TokenKey,
        version: u64,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>>>;

    /// Stores the tokens that a refresh brought and ends the lease.
    ///
    /// They are stored if the generation is that of the lease, and its fence is the newest or the refresh token in the record is
    /// still the one that was `spent`: then the lease lapsed, but nobody else has refreshed. The version grows, the failure is
    /// gone.
    ///
    /// A commit may be repeated: tokens that the record already has count as stored, and nothing changes. Otherwise a refresh
    /// would take its own tokens, which another process found in a journal, for somebody else's, and revoke them.
    fn commit<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        spent: Option<&'a TokenHash>,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Commit>>;

    /// Ends the lease with a failure, if it is the newest and the generation is its own. The tokens stay.
    fn fail<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        failure: Failure,
    ) -> BoxFuture<'a, Result<()>>;

    /// Removes all records of a connection, and gives their tokens, to be revoked.
    fn remove<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Vec<(TokenKey, Tokens)>>>;
}
