//! Access tokens over their whole life: kept, shared, refreshed, given up.
//!
//! A [`TokenStore`] keeps the tokens of connections for many tasks and processes. What is kept under a [`TokenKey`] is a
//! [`TokenRecord`]: the tokens, and what it takes to refresh them once and not twice. [`MemoryStore`] keeps them for one process.
//!
//! A refresh goes like this, whoever does it (RFC 9700 section 4.14 on rotation):
//!
//! 1. [`TokenStore::lease`] with the version that was read. One caller gets the lease; the others wait for a new version.
//! 2. The refresh token is spent at the authorization server.
//! 3. [`TokenStore::commit`] stores the new tokens before anybody uses them; [`TokenStore::fail`] stores why there are none.

#[cfg(feature = "conformance")]
pub mod conformance;
mod memory;
mod record;
mod renewal;
mod schedule;
mod source;
mod tokens;

pub use self::memory::MemoryStore;
pub use self::record::{Commit, Failure, FailureClass, Lease, TokenRecord, TokenStore};
pub(crate) use self::renewal::Grants;
pub use self::renewal::SignGrant;
pub(crate) use self::source::TokenSource;
pub use self::tokens::{TokenHash, TokenKey, Tokens};
