//! Keys: where they come from, how one follows another.

use connector_runtime::store::{Journal, Key, KeyRing, SqliteStore, StoredConnection};
use connector_runtime::token::{Lease, TokenStore};

use super::{Folder, open, ring, token_key, tokens};

async fn refused(folder: &Folder, ring: KeyRing) -> String {
    let opened = SqliteStore::open(folder.join("store.db"), ring).await;
    opened.unwrap_err().to_string()
}

#[tokio::test]
async fn a_store_opens_with_its_own_key_only() {
    let folder = Folder::new();
    let store = open(&folder).await;
    store.put(&token_key("a"), tokens("a")).await.unwrap();
    drop(store);

    let other = Key::from_bytes(&[8; 32]);
    let error = refused(&folder, KeyRing::new([other.clone()])).await;
    assert!(
        error.contains("`first`") && error.contains("bring it back"),
        "{error}"
    );
    let error = refused(
        &folder,
        KeyRing::new([other.clone().with_id("first").unwrap()]),
    )
    .await;
    assert!(
        error.contains("not the one that the store was written with"),
        "{error}"
    );
    let file = folder.join("key");
    let error = refused(&folder, KeyRing::from_file(&file)).await;
    assert!(error.contains("key file"), "{error}");
    assert!(
        !file.exists(),
        "a new key was made for a store that has one"
    );
    let error = refused(&folder, KeyRing::from_env("CONNECTOR_TEST_UNSET_KEY")).await;
    assert!(error.contains("CONNECTOR_TEST_UNSET_KEY"), "{error}");

    // With the right key among others, it is as if nothing had been.
    let first = Key::from_bytes(&[7; 32]).with_id("first").unwrap();
    let both = KeyRing::new([other, first]);
    let store = SqliteStore::open(folder.join("store.db"), both)
        .await
        .unwrap();
    assert!(
        store
            .load(&token_key("a"))
            .await
            .unwrap()
            .unwrap()
            .tokens
            .is_some()
    );
    assert_eq!(store.key_in_use().await.unwrap(), "first");
}

#[tokio::test]
async fn a_new_store_makes_its_key_file() {
    let folder = Folder::new();
    let path = folder.join("key");
    let opening =
        (0..4).map(|_| SqliteStore::open(folder.join("store.db"), KeyRing::from_file(&path)));
    let opening: Vec<_> = opening.map(tokio::spawn).collect();
    for store in opening {
        let store = store.await.unwrap().unwrap();
        let key = store.key_in_use().await.unwrap();
        store.put(&token_key(&key), tokens("a")).await.unwrap();
    }
    let ring = KeyRing::from_file(&path);
    let ids = ring.ids().unwrap();
    assert_eq!(ids.len(), 1);
    let store = SqliteStore::open(folder.join("store.db"), ring)
        .await
        .unwrap();
    assert!(store.load(&token_key(&ids[0])).await.unwrap().is_some());
}

#[tokio::test]
async fn a_new_key_follows_the_old_one() {
    let folder = Folder::new();
    let file = folder.join("key");
    let path = folder.join("store.db");
    let store = SqliteStore::open(&path, KeyRing::from_file(&file))
        .await
        .unwrap();
    let bystander = SqliteStore::open(&path, KeyRing::from_file(&file))
        .await
        .unwrap();
    let journal = Journal::open(folder.join("journal"), KeyRing::from_file(&file))
        .await
        .unwrap();
    let old = store.key_in_use().await.unwrap();
    for n in 0..120 {
        let n = n.to_string();
        store.put(&token_key(&n), tokens(&n)).await.unwrap();
        let connection = StoredConnection::new(&n, "acme", &n, n.as_str());
        store.insert_connection(connection).await.unwrap();
    }
    let error = store.retire_key(&old, &journal).await.unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");

    let entry = journal
        .write(&token_key("0"), &Lease::new(1, 1), None, &tokens("j"))
        .await
        .unwrap();
    let new = Key::generate().unwrap();
    let rotation = store.rotate_key(new.clone()).await.unwrap();
    assert_eq!((rotation.rewrapped, rotation.unreadable.len()), (240, 0));
    assert_eq!(bystander.key_in_use().await.unwrap(), new.id());
    for n in 0..120 {
        let n = n.to_string();
        assert!(
            bystander
                .load(&token_key(&n))
                .await
                .unwrap()
                .unwrap()
                .tokens
                .is_some()
        );
        assert!(bystander.connection("acme", &n).await.unwrap().is_some());
    }
    bystander
        .put(&token_key("new"), tokens("new"))
        .await
        .unwrap();

    let error = store.retire_key(&old, &journal).await.unwrap_err();
    assert!(error.to_string().contains("journal"), "{error}");
    entry.remove().await.unwrap();
    store.retire_key(&old, &journal).await.unwrap();
    assert_eq!(KeyRing::from_file(&file).ids().unwrap(), [new.id()]);

    let alone = KeyRing::new([new]);
    let store = SqliteStore::open(&path, alone).await.unwrap();
    assert!(store.unreadable().await.unwrap().is_empty());
    assert!(store.load(&token_key("new")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_key_that_a_row_uses_is_not_retired() {
    let folder = Folder::new();
    let ring = ring();
    let store = SqliteStore::open(folder.join("store.db"), ring.clone())
        .await
        .unwrap();
    let journal = Journal::open(folder.join("journal"), ring).await.unwrap();
    store.put(&token_key("a"), tokens("a")).await.unwrap();
    store.put(&token_key("b"), tokens("b")).await.unwrap();
    let database = rusqlite::Connection::open(folder.join("store.db")).unwrap();
    database
        .execute(
            "UPDATE tokens SET value_key = x'00' WHERE connection = 'a'",
            [],
        )
        .unwrap();
    drop(database);
    let rotation = store.rotate_key(Key::generate().unwrap()).await.unwrap();
    assert_eq!(rotation.rewrapped, 1);
    assert_eq!(rotation.unreadable.len(), 1);
    assert_eq!(rotation.unreadable[0].connection, "a");
    assert_eq!(rotation.unreadable[0].slot.as_deref(), Some("oauth"));
    let error = store.retire_key("first", &journal).await.unwrap_err();
    assert!(error.to_string().contains("1 rows"), "{error}");
    store.put(&token_key("a"), tokens("a")).await.unwrap();
    store.retire_key("first", &journal).await.unwrap();
}

#[tokio::test]
async fn one_lost_key_costs_its_rows_only() {
    let folder = Folder::new();
    let path = folder.join("store.db");
    let store = open(&folder).await;
    store.put(&token_key("a"), tokens("a")).await.unwrap();
    store.put(&token_key("b"), tokens("b")).await.unwrap();
    // As after a rotation that stopped half-way, and the old key is lost.
    let database = rusqlite::Connection::open(&path).unwrap();
    database
        .execute(
            "CREATE TABLE old AS SELECT * FROM tokens WHERE connection = 'a'",
            [],
        )
        .unwrap();
    let second = Key::from_bytes(&[9; 32]).with_id("second").unwrap();
    store.rotate_key(second.clone()).await.unwrap();
    let restore = "UPDATE tokens SET (key_id, value_key) = (SELECT key_id, value_key FROM old) WHERE connection = 'a'";
    assert_eq!(database.execute(restore, []).unwrap(), 1);
    drop((database, store));

    let store = SqliteStore::open(&path, KeyRing::new([second]))
        .await
        .unwrap();
    assert!(store.load(&token_key("b")).await.unwrap().is_some());
    let error = store.load(&token_key("a")).await.unwrap_err().to_string();
    assert!(error.contains("its key `first` is not in the"), "{error}");
    assert_eq!(store.unreadable().await.unwrap().len(), 1);
    store.put(&token_key("a"), tokens("a")).await.unwrap();
    assert!(store.unreadable().await.unwrap().is_empty());
}

#[tokio::test]
async fn keys_in_a_variable_are_changed_there() {
    // Variables can't be set safely in a test, so this one is what cargo sets anyway, and no key.
    let folder = Folder::new();
    let error = refused(&folder, KeyRing::from_env("CARGO_PKG_NAME")).await;
    assert!(
        error.contains("CARGO_PKG_NAME") && !error.contains("connector-runtime"),
        "{error}"
    );

    let store = open(&folder).await;
    let error = store.rotate_to("unknown").await.unwrap_err();
    assert!(error.to_string().contains("`unknown`"), "{error}");
}
