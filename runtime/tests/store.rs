//! The encrypted store in one process: what it keeps, what others see of it, what it refuses.

#![cfg(all(feature = "environment", feature = "conformance"))]
#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

#[path = "store/folder.rs"]
mod folder;
#[path = "store/journal.rs"]
mod journal;
#[path = "store/keys.rs"]
mod keys;
#[path = "store/rows.rs"]
mod rows;

use std::sync::Arc;

use connector_runtime::store::{Key, KeyRing, SqliteStore};
use connector_runtime::token::{TokenKey, TokenStore, Tokens, conformance};
use folder::Folder;

fn ring() -> KeyRing {
    KeyRing::new([Key::from_bytes(&[7; 32]).with_id("first").unwrap()])
}

async fn open(folder: &Folder) -> SqliteStore {
    SqliteStore::open(folder.join("store.db"), ring())
        .await
        .unwrap()
}

fn token_key(connection: &str) -> TokenKey {
    TokenKey::new(connection, "oauth")
}

fn tokens(name: &str) -> Tokens {
    let mut tokens = Tokens::new(format!("access-{name}"));
    tokens.refresh_token = Some(format!("refresh-{name}").into());
    tokens
}

fn same(one: Option<&Tokens>, other: &Tokens) -> bool {
    one.is_some_and(|one| one.is_same(other))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_store_keeps_the_rules() {
    let folder = Folder::new();
    let make = async || {
        let path = folder.join(&format!("{:x}.db", random()));
        let store = SqliteStore::open(path, ring()).await.unwrap();
        Arc::new(store) as Arc<dyn TokenStore>
    };
    conformance::check(make).await.unwrap();
}

/// Enough randomness for a file's name.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0)
}
