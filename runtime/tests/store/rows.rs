//! Rows, and what somebody can do with the file.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use connector_runtime::store::{Journal, SqliteStore, StoredConnection};
use connector_runtime::token::{Commit, Lease, TokenStore, Tokens};
use rusqlite::{Connection, params};

use super::{Folder, open, ring, same, token_key, tokens};

/// Runs SQL on the file, as somebody does who has no key.
fn sql(folder: &Folder, statement: &str) -> usize {
    let database = Connection::open(folder.join("store.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database.execute(statement, []).unwrap()
}

/// The bytes of all files, also those in folders.
fn files(folder: &Folder) -> Vec<(PathBuf, Vec<u8>)> {
    let mut folders = vec![folder.path().to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for found in fs::read_dir(folder).unwrap() {
            let path = found.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push((path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    files
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn no_secret_is_in_any_file() {
    const CANARY: &str = "cAnArY-7f3a";
    let folder = Folder::new();
    let store = open(&folder).await;
    let journal = Journal::open(folder.join("journal"), ring()).await.unwrap();
    let secret = |name: &str| format!("{CANARY}-{name}");
    let mut tokens = Tokens::new(secret("access"));
    tokens.refresh_token = Some(secret("refresh").into());
    tokens.id_token = Some(secret("id").into());
    tokens.scopes = Some(vec![secret("scope")]);
    tokens.values.insert("tenant".into(), secret("value"));
    let key = token_key("a");
    store.put(&key, tokens.clone()).await.unwrap();
    let lease = store.load(&key).await.unwrap().unwrap();
    let lease = store.lease(&key, lease.version, Duration::from_secs(60));
    let lease = lease.await.unwrap().unwrap();
    let entry = journal.write(&key, &lease, None, &tokens).await.unwrap();
    let definition = secret("definition");
    let connection = StoredConnection::new("a", "acme", "work", definition.clone());
    store.insert_connection(connection).await.unwrap();

    let found = files(&folder);
    let names: Vec<_> = found.iter().map(|(path, _)| path.file_name()).collect();
    assert!(found.len() >= 3, "no log, or no journal: {names:?}");
    for (path, bytes) in &found {
        assert!(!contains(bytes, CANARY), "{}", path.display());
    }
    assert!(!format!("{store:?} {journal:?} {entry:?}").contains(CANARY));
    let found = store.connection("acme", "work").await.unwrap().unwrap();
    assert_eq!(found.definition.as_slice(), definition.as_bytes());
    assert!(!format!("{found:?}").contains(CANARY));
}

#[tokio::test]
async fn swapped_rows_do_not_open() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let (a, b) = (token_key("a"), token_key("b"));
    let of_a = tokens("a");
    store.put(&a, of_a.clone()).await.unwrap();
    store.put(&b, tokens("b")).await.unwrap();
    for columns in [
        "value_key, value",
        "value",
        "value_key",
        "generation, version, value_key, value",
    ] {
        let statement = format!(
            "UPDATE tokens SET ({columns}) = (SELECT {columns} FROM tokens WHERE connection = 'a') WHERE connection = 'b'"
        );
        assert_eq!(sql(&folder, &statement), 1);
        let error = store.load(&b).await.unwrap_err().to_string();
        assert!(
            error.contains("`b`") && error.contains("Signing in again"),
            "{error}"
        );
        let unreadable = store.unreadable().await.unwrap();
        assert_eq!(unreadable.len(), 1, "{unreadable:?}");
        assert_eq!(unreadable[0].connection, "b");

        // The others are well, and a new consent mends the row.
        let record = store.load(&a).await.unwrap().unwrap();
        assert!(same(record.tokens.as_ref(), &of_a));
        store.put(&b, tokens("b")).await.unwrap();
        assert!(store.load(&b).await.unwrap().unwrap().tokens.is_some());
        assert!(store.unreadable().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_old_value_does_not_open_in_its_own_row() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let key = token_key("a");
    let old = store.put(&key, tokens("old")).await.unwrap();
    assert_eq!(sql(&folder, "CREATE TABLE old AS SELECT * FROM tokens"), 0);
    let lease = store
        .lease(&key, old.version, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let spent = tokens("old").refresh_hash();
    let commit = store
        .commit(&key, &lease, spent.as_ref(), tokens("new"))
        .await
        .unwrap();
    assert!(matches!(commit, Commit::Stored(_)));
    sql(
        &folder,
        "UPDATE tokens SET (value_key, value) = (SELECT value_key, value FROM old)",
    );
    store.load(&key).await.unwrap_err();
}

#[tokio::test]
async fn definitions_are_bound_to_their_connection() {
    let folder = Folder::new();
    let store = open(&folder).await;
    for name in ["one", "two"] {
        let new = StoredConnection::new(name, "acme", name, format!("definition of {name}"));
        store.insert_connection(new).await.unwrap();
    }
    sql(
        &folder,
        "UPDATE connections SET (value_key, value) = (SELECT value_key, value FROM connections WHERE id = 'one')
         WHERE id = 'two'",
    );
    let error = store
        .connection("acme", "two")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("`two` of `acme`"), "{error}");
    // A definition does not open as another connection's by renaming either.
    sql(
        &folder,
        "UPDATE connections SET name = 'three' WHERE id = 'one'",
    );
    store.connection("acme", "three").await.unwrap_err();
    assert_eq!(store.connections().await.unwrap().len(), 2);
    assert_eq!(store.unreadable().await.unwrap().len(), 2);
    assert!(
        store
            .update_connection("two", b"mended".to_vec().into())
            .await
            .unwrap()
    );
    let mended = store.connection_by_id("two").await.unwrap().unwrap();
    assert_eq!(mended.definition.as_slice(), b"mended");
}

#[tokio::test]
async fn a_commit_mends_tokens_that_do_not_open() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let key = token_key("a");
    let record = store.put(&key, tokens("a")).await.unwrap();
    let lease = store
        .lease(&key, record.version, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    sql(&folder, "UPDATE tokens SET value = x'0100'");
    let stale = Lease::new(lease.generation, lease.fence - 1);
    let spent = tokens("a").refresh_hash();
    let commit = store
        .commit(&key, &stale, spent.as_ref(), tokens("b"))
        .await
        .unwrap();
    assert!(matches!(commit, Commit::Stored(_)));
    let record = store.load(&key).await.unwrap().unwrap();
    assert!(
        record
            .tokens
            .is_some_and(|it| it.refresh_hash() == tokens("b").refresh_hash())
    );
}

#[tokio::test]
async fn connections_have_a_life() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let new = |id: &str, name: &str| StoredConnection::new(id, "acme", name, "one");
    store.insert_connection(new("1", "work")).await.unwrap();
    for double in [new("2", "work"), new("1", "home")] {
        let error = store.insert_connection(double).await.unwrap_err();
        assert!(error.to_string().contains("already"), "{error}");
    }
    store.insert_connection(new("3", "home")).await.unwrap();
    let names: Vec<_> = store
        .connections()
        .await
        .unwrap()
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["home", "work"]);

    assert!(
        store
            .update_connection("1", b"two".to_vec().into())
            .await
            .unwrap()
    );
    assert!(
        !store
            .update_connection("9", b"two".to_vec().into())
            .await
            .unwrap()
    );
    let found = store.connection("acme", "work").await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.definition.as_slice()),
        ("1", b"two".as_slice())
    );
    assert!(found.last_used_at.is_none());

    store.touch_connection("1").await.unwrap();
    let first = store
        .connection_by_id("1")
        .await
        .unwrap()
        .unwrap()
        .last_used_at;
    assert!(first.is_some());
    store.touch_connection("1").await.unwrap();
    store.touch_connection("9").await.unwrap();
    let second = store
        .connection_by_id("1")
        .await
        .unwrap()
        .unwrap()
        .last_used_at;
    assert_eq!(first, second, "written twice within a minute");
    sql(
        &folder,
        "UPDATE connections SET last_used_at = last_used_at - 61000",
    );
    store.touch_connection("1").await.unwrap();
    let third = store
        .connection_by_id("1")
        .await
        .unwrap()
        .unwrap()
        .last_used_at;
    assert!(third >= second, "not written after a minute");

    store.put(&token_key("1"), tokens("a")).await.unwrap();
    store.put(&token_key("3"), tokens("b")).await.unwrap();
    let removed = store.remove_connection("1").await.unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].0, token_key("1"));
    assert!(store.connection("acme", "work").await.unwrap().is_none());
    assert!(store.load(&token_key("1")).await.unwrap().is_none());
    assert!(store.load(&token_key("3")).await.unwrap().is_some());
    assert!(store.remove_connection("1").await.unwrap().is_empty());
}

#[tokio::test]
async fn removed_values_leave_no_bytes() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let key = token_key("a");
    store.put(&key, tokens("a")).await.unwrap();
    store
        .insert_connection(StoredConnection::new("a", "acme", "work", "definition"))
        .await
        .unwrap();
    let database = Connection::open(folder.join("store.db")).unwrap();
    let mut sealed = Vec::new();
    for table in ["tokens", "connections"] {
        let statement = format!("SELECT value_key, value FROM {table}");
        let row = database.query_row(&statement, params![], |row| Ok((row.get(0)?, row.get(1)?)));
        let (one, other): (Vec<u8>, Vec<u8>) = row.unwrap();
        sealed.extend([one, other]);
    }
    drop(database);
    let holds = |sealed: &[u8]| {
        let holds = |bytes: &[u8]| bytes.windows(sealed.len()).any(|part| part == sealed);
        files(&folder).iter().any(|(_, bytes)| holds(bytes))
    };
    assert!(sealed.iter().all(|sealed| holds(sealed)));
    store.remove_connection("a").await.unwrap();
    assert!(
        !sealed.iter().any(|sealed| holds(sealed)),
        "it could be restored from the file"
    );
}

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    let folder = Folder::new();
    drop(open(&folder).await);
    sql(&folder, "PRAGMA user_version = 99");
    let opened = SqliteStore::open(folder.join("store.db"), ring()).await;
    let error = opened.unwrap_err().to_string();
    assert!(
        error.contains("newer version") && error.contains("99"),
        "{error}"
    );
}

#[tokio::test]
async fn files_of_others_are_left_alone() {
    let folder = Folder::new();
    fs::write(
        folder.join("text"),
        "just some text, and long enough to have a header: ".repeat(20),
    )
    .unwrap();
    let error = SqliteStore::open(folder.join("text"), ring())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no SQLite database"), "{error}");

    sql(&folder, "CREATE TABLE theirs (a)");
    let error = SqliteStore::open(folder.join("store.db"), ring())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("another program"), "{error}");
    let error = SqliteStore::open(folder.path(), ring()).await.unwrap_err();
    assert!(error.to_string().contains("not a file"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let inner = folder.join("inner/deep");
    let store = SqliteStore::open(inner.join("store.db"), ring())
        .await
        .unwrap();
    let journal = Journal::open(inner.join("journal"), ring()).await.unwrap();
    let lease = Lease::new(1, 1);
    let _entry = journal
        .write(&token_key("a"), &lease, None, &tokens("a"))
        .await
        .unwrap();
    store.put(&token_key("a"), tokens("a")).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for path in [folder.join("inner"), inner.clone(), inner.join("journal")] {
        assert_eq!(mode(&path), 0o700, "{}", path.display());
    }
    let found = files(&folder);
    assert!(found.len() >= 4, "{}", found.len());
    for (path, _) in found {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    // One that was made readable is closed again.
    drop(store);
    let path = inner.join("store.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = SqliteStore::open(&path, ring()).await.unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn a_clock_set_back_does_not_keep_a_lease() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let key = token_key("a");
    let record = store.put(&key, tokens("a")).await.unwrap();
    let minute = Duration::from_secs(60);
    store
        .lease(&key, record.version, minute)
        .await
        .unwrap()
        .unwrap();
    sql(
        &folder,
        "UPDATE tokens SET leased_at = leased_at + 3600000, leased_until = leased_until + 3600000",
    );
    assert!(
        store
            .load(&key)
            .await
            .unwrap()
            .unwrap()
            .leased_for
            .is_none()
    );
    assert!(
        store
            .lease(&key, record.version, minute)
            .await
            .unwrap()
            .is_some()
    );
}
