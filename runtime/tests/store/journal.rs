//! Tokens that were granted and not yet committed.

use std::fs;
use std::time::Duration;

use connector_runtime::jiff::SignedDuration;
use connector_runtime::store::{Journal, Key, KeyRing, SqliteStore};
use connector_runtime::token::{Commit, Lease, MemoryStore, TokenRecord, TokenStore, Tokens};

use super::{Folder, open, ring, same, token_key, tokens};

const MINUTE: Duration = Duration::from_secs(60);

async fn journal(folder: &Folder) -> Journal {
    Journal::open(folder.join("journal"), ring()).await.unwrap()
}

/// A record of these tokens, and a lease on it.
async fn leased(store: &dyn TokenStore, tokens: Tokens) -> (TokenRecord, Lease) {
    let key = token_key("a");
    let record = store.put(&key, tokens).await.unwrap();
    let lease = store
        .lease(&key, record.version, MINUTE)
        .await
        .unwrap()
        .unwrap();
    (record, lease)
}

fn files(folder: &Folder) -> Vec<String> {
    let files = fs::read_dir(folder.join("journal")).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn what_was_not_committed_is_recovered() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let key = token_key("a");
    let (old, new) = (tokens("old"), tokens("new"));
    let spent = old.refresh_hash();
    let (_, lease) = leased(&store, old).await;
    drop(
        journal(&folder)
            .await
            .write(&key, &lease, spent.as_ref(), &new)
            .await
            .unwrap(),
    );

    // Another program, much later.
    let journal = journal(&folder).await;
    assert_eq!(journal.pending().await.unwrap(), std::slice::from_ref(&key));
    assert!(
        journal
            .recover(&token_key("b"), &store)
            .await
            .unwrap()
            .is_none()
    );
    let record = journal.recover(&key, &store).await.unwrap().unwrap();
    assert!(same(record.tokens.as_ref(), &new));
    assert!(journal.recover(&key, &store).await.unwrap().is_none());
    assert!(files(&folder).is_empty());

    // The first program was only slow: its commit succeeds, and it does not revoke its own tokens.
    let commit = store
        .commit(&key, &lease, spent.as_ref(), new)
        .await
        .unwrap();
    assert!(matches!(commit, Commit::Stored(again) if again.version == record.version));
}

#[tokio::test]
async fn the_next_lease_recovers_before_it_spends() {
    let folder = Folder::new();
    let (store, journal) = (MemoryStore::new(), journal(&folder).await);
    let key = token_key("a");
    let record = store.put(&key, tokens("old")).await.unwrap();
    let short = Duration::from_millis(1);
    let first = store
        .lease(&key, record.version, short)
        .await
        .unwrap()
        .unwrap();
    let (spent, new) = (tokens("old").refresh_hash(), tokens("new"));
    drop(
        journal
            .write(&key, &first, spent.as_ref(), &new)
            .await
            .unwrap(),
    );
    let second = loop {
        if let Some(lease) = store.lease(&key, record.version, MINUTE).await.unwrap() {
            break lease;
        }
        tokio::task::yield_now().await;
    };
    assert!(second.fence > first.fence);
    let record = journal.recover(&key, &store).await.unwrap().unwrap();
    assert!(same(record.tokens.as_ref(), &new));
}

#[tokio::test]
async fn tokens_that_came_too_late_are_given_back_to_be_revoked() {
    let folder = Folder::new();
    let (store, journal) = (open(&folder).await, journal(&folder).await);
    let key = token_key("a");
    let (_, lease) = leased(&store, tokens("old")).await;
    let (spent, late) = (tokens("old").refresh_hash(), tokens("late"));
    drop(
        journal
            .write(&key, &lease, spent.as_ref(), &late)
            .await
            .unwrap(),
    );
    let consent = store.put(&key, tokens("consent")).await.unwrap();

    assert!(journal.recover(&key, &store).await.unwrap().is_none());
    assert!(journal.pending().await.unwrap().is_empty());
    let revoke = journal.replay(&store).await.unwrap();
    assert_eq!(revoke.len(), 1);
    assert_eq!(revoke[0].0, key);
    assert!(same(Some(&revoke[0].1), &late));
    assert!(journal.replay(&store).await.unwrap().is_empty());
    assert!(files(&folder).is_empty());
    assert_eq!(
        store.load(&key).await.unwrap().unwrap().version,
        consent.version
    );
}

#[tokio::test]
async fn old_entries_do_not_replace_newer_tokens() {
    let folder = Folder::new();
    let (store, journal) = (open(&folder).await, journal(&folder).await);
    let key = token_key("a");
    // A server that does not rotate: the refresh token is always the same.
    let constant = |name: &str, age: i64| {
        let mut tokens = tokens(name);
        tokens.refresh_token = Some("constant".into());
        tokens.granted_at -= SignedDuration::from_secs(age);
        tokens
    };
    let spent = constant("", 0).refresh_hash();
    let (_, lease) = leased(&store, constant("1", 30)).await;
    let second = constant("2", 20);
    // Committed, but the program ended before it removed the entry.
    drop(
        journal
            .write(&key, &lease, spent.as_ref(), &second)
            .await
            .unwrap(),
    );
    let commit = store
        .commit(&key, &lease, spent.as_ref(), second)
        .await
        .unwrap();
    let Commit::Stored(record) = commit else {
        panic!("not stored")
    };
    let lease = store
        .lease(&key, record.version, MINUTE)
        .await
        .unwrap()
        .unwrap();
    let third = constant("3", 10);
    store
        .commit(&key, &lease, spent.as_ref(), third.clone())
        .await
        .unwrap();

    // Not to be revoked either: the record lives from the same refresh token.
    assert!(journal.replay(&store).await.unwrap().is_empty());
    assert!(files(&folder).is_empty());
    let record = store.load(&key).await.unwrap().unwrap();
    assert!(same(record.tokens.as_ref(), &third));
}

#[tokio::test]
async fn damaged_entries_are_set_aside() {
    let folder = Folder::new();
    let (store, journal) = (open(&folder).await, journal(&folder).await);
    let key = token_key("a");
    let (_, lease) = leased(&store, tokens("old")).await;
    let spent = tokens("old").refresh_hash();
    let write = async |name: &str| {
        drop(
            journal
                .write(&key, &lease, spent.as_ref(), &tokens(name))
                .await
                .unwrap(),
        );
    };
    write("good").await;
    let good = folder.join("journal").join(&files(&folder)[0]);
    let text = fs::read_to_string(&good).unwrap();
    let damage: [(&str, Vec<u8>); 5] = [
        ("cut", text.as_bytes()[..text.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("binary", vec![0xFF; 100]),
        (
            "moved",
            text.replacen(r#""connection":"a""#, r#""connection":"b""#, 1)
                .into_bytes(),
        ),
        (
            "fence",
            text.replacen(r#""fence":"#, r#""fence":1"#, 1).into_bytes(),
        ),
    ];
    let name = good.file_name().unwrap().to_str().unwrap();
    let (prefix, _) = name.split_once('-').unwrap();
    for (name, bytes) in &damage {
        assert_ne!(bytes, text.as_bytes());
        let path = folder
            .join("journal")
            .join(format!("{prefix}-000000000000-{name}.entry"));
        fs::write(path, bytes).unwrap();
    }
    let record = journal.recover(&key, &store).await.unwrap().unwrap();
    assert!(
        record
            .tokens
            .is_some_and(|it| it.refresh_hash() == tokens("good").refresh_hash())
    );
    let left = files(&folder);
    assert_eq!(left.len(), damage.len());
    assert!(
        left.iter().all(|name| name.ends_with(".damaged")),
        "{left:?}"
    );
    assert!(journal.replay(&store).await.unwrap().is_empty());
}

#[tokio::test]
async fn entries_wait_for_their_key() {
    let folder = Folder::new();
    let (store, journal) = (open(&folder).await, journal(&folder).await);
    let key = token_key("a");
    let (_, lease) = leased(&store, tokens("old")).await;
    let spent = tokens("old").refresh_hash();
    drop(
        journal
            .write(&key, &lease, spent.as_ref(), &tokens("new"))
            .await
            .unwrap(),
    );
    let without = KeyRing::new([Key::from_bytes(&[8; 32])]);
    let without = Journal::open(folder.join("journal"), without)
        .await
        .unwrap();
    assert!(without.recover(&key, &store).await.unwrap().is_none());
    assert!(without.replay(&store).await.unwrap().is_empty());
    assert!(journal.recover(&key, &store).await.unwrap().is_some());
}

#[tokio::test]
async fn a_journal_needs_a_key() {
    let folder = Folder::new();
    let path = folder.join("key");
    let journal = Journal::open(folder.join("journal"), KeyRing::from_file(&path))
        .await
        .unwrap();
    let write = async || {
        journal
            .write(&token_key("a"), &Lease::new(1, 1), None, &tokens("a"))
            .await
    };
    let error = write().await.unwrap_err();
    assert!(
        error.to_string().contains("open the store first"),
        "{error}"
    );
    let ring = KeyRing::from_file(&path);
    let _store = SqliteStore::open(folder.join("store.db"), ring)
        .await
        .unwrap();
    write().await.unwrap().remove().await.unwrap();
}
