//! The encrypted store between processes: this test starts itself again as a worker.

#![cfg(feature = "environment")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

#[path = "store/folder.rs"]
mod folder;

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use connector_runtime::store::{Journal, Key, KeyRing, SqliteStore, StoredConnection};
use connector_runtime::token::{Commit, Lease, TokenKey, TokenRecord, TokenStore, Tokens};
use folder::Folder;
use secrecy::ExposeSecret as _;

const ROLE: &str = "CONNECTOR_STORE_TEST_ROLE";
const PLACE: &str = "CONNECTOR_STORE_TEST_FOLDER";

/// Long enough that no lease lapses while its owner lives.
const LONG: Duration = Duration::from_secs(60);

fn token_key() -> TokenKey {
    TokenKey::new("shared", "oauth")
}

/// Tokens whose refresh token is a number, which the next one exceeds by one.
fn tokens(number: u64) -> Tokens {
    let mut tokens = Tokens::new(format!("access {number}"));
    tokens.refresh_token = Some(number.to_string().into());
    tokens
}

fn number(record: &TokenRecord) -> u64 {
    let tokens = record.tokens.as_ref().unwrap();
    let token = tokens.refresh_token.as_ref().unwrap();
    token.expose_secret().parse().unwrap()
}

async fn open(folder: &Path) -> (SqliteStore, Journal) {
    let ring = KeyRing::from_file(folder.join("key"));
    let store = SqliteStore::open(folder.join("store.db"), ring.clone()).await;
    let journal = Journal::open(folder.join("journal"), ring).await;
    (store.unwrap(), journal.unwrap())
}

/// An authorization server that all processes share: a refresh token may be spent once.
fn spend(folder: &Path, number: u64) -> Tokens {
    let spent = folder.join("spent");
    fs::create_dir_all(&spent).unwrap();
    let mut options = OpenOptions::new();
    let mark = options
        .write(true)
        .create_new(true)
        .open(spent.join(number.to_string()));
    assert!(mark.is_ok(), "the refresh token {number} was spent twice");
    tokens(number + 1)
}

/// A worker that is killed with this.
struct Worker(Child);

impl Worker {
    fn start(role: &str, folder: &Path) -> Self {
        let child = Self::command(role, folder).stdout(Stdio::piped()).spawn();
        Self(child.unwrap())
    }

    fn command(role: &str, folder: &Path) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["worker", "--exact", "--nocapture"])
            .env(ROLE, role)
            .env(PLACE, folder);
        command
    }

    /// Waits until the worker says this, or has nothing more to say.
    fn wait_for(&mut self, word: &str) -> bool {
        let mut lines = BufReader::new(self.0.stdout.as_mut().unwrap()).lines();
        lines.any(|line| line.unwrap().ends_with(word))
    }

    fn succeeds(mut self) {
        // Read it all, so that the worker does not wait for a full pipe.
        self.wait_for("\0");
        assert!(
            self.0.wait().unwrap().success(),
            "a worker failed: see above"
        );
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Not a test by itself: what the workers do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker() {
    let Ok(role) = env::var(ROLE) else { return };
    let folder = PathBuf::from(env::var_os(PLACE).unwrap());
    match role.as_str() {
        "refresh" => refresh_many(&folder).await,
        "refresh once" => refresh_once(&folder, false).await,
        "stop before the commit" => refresh_once(&folder, true).await,
        "use" => use_until_stopped(&folder).await,
        "tell" => tell(&folder).await,
        "rotate" => rotate(&folder).await,
        "replace the key" => replace_key(&folder).await,
        role => panic!("{role}"),
    }
}

const REFRESHES: u64 = 200;

/// Refreshes in several tasks, until there are enough of all processes.
async fn refresh_many(folder: &Path) {
    let (store, journal) = open(folder).await;
    let tasks = (0..4).map(|_| {
        let (store, journal, folder) = (store.clone(), journal.clone(), folder.to_owned());
        tokio::spawn(async move { while refresh(&store, &journal, &folder).await {} })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// Refreshes if it gets the lease. Says whether there is more to do.
async fn refresh(store: &SqliteStore, journal: &Journal, folder: &Path) -> bool {
    let key = token_key();
    let record = store.load(&key).await.unwrap().unwrap();
    let current = number(&record);
    if current >= REFRESHES {
        return false;
    }
    let Some(lease) = store.lease(&key, record.version, LONG).await.unwrap() else {
        tokio::time::sleep(Duration::from_millis(1)).await;
        return true;
    };
    let new = spend(folder, current);
    let spent = record.tokens.and_then(|tokens| tokens.refresh_hash());
    let entry = journal
        .write(&key, &lease, spent.as_ref(), &new)
        .await
        .unwrap();
    let commit = store
        .commit(&key, &lease, spent.as_ref(), new)
        .await
        .unwrap();
    assert!(
        matches!(commit, Commit::Stored(_)),
        "somebody else committed"
    );
    entry.remove().await.unwrap();
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_refresh_one_token_and_lose_nothing() {
    let folder = Folder::new();
    let (store, _) = open(folder.path()).await;
    store.put(&token_key(), tokens(0)).await.unwrap();
    let workers: Vec<_> = (0..4)
        .map(|_| Worker::start("refresh", folder.path()))
        .collect();
    tokio::task::spawn_blocking(|| workers.into_iter().for_each(Worker::succeeds))
        .await
        .unwrap();
    let record = store.load(&token_key()).await.unwrap().unwrap();
    assert_eq!(number(&record), REFRESHES);
    assert_eq!(
        fs::read_dir(folder.join("spent")).unwrap().count() as u64,
        REFRESHES
    );
    assert_eq!(fs::read_dir(folder.join("journal")).unwrap().count(), 0);
}

/// One refresh, by the rules: recover, spend, write down, commit. It stays alive afterwards, to be killed.
async fn refresh_once(folder: &Path, stop_before_commit: bool) {
    let (store, journal) = open(folder).await;
    let key = token_key();
    let (lease, mut record) = wait_for_lease(&store).await;
    if let Some(recovered) = journal.recover(&key, &store).await.unwrap() {
        println!("recovered");
        record = recovered;
    }
    let new = spend(folder, number(&record));
    let spent = record.tokens.and_then(|tokens| tokens.refresh_hash());
    let entry = journal
        .write(&key, &lease, spent.as_ref(), &new)
        .await
        .unwrap();
    println!("written");
    if !stop_before_commit {
        let commit = store
            .commit(&key, &lease, spent.as_ref(), new)
            .await
            .unwrap();
        assert!(
            matches!(commit, Commit::Stored(_)),
            "somebody else committed"
        );
        entry.remove().await.unwrap();
    }
    std::future::pending().await
}

/// A short lease: its owner does not live long.
async fn wait_for_lease(store: &SqliteStore) -> (Lease, TokenRecord) {
    let key = token_key();
    loop {
        let record = store.load(&key).await.unwrap().unwrap();
        let lease = store
            .lease(&key, record.version, Duration::from_millis(50))
            .await;
        if let Some(lease) = lease.unwrap() {
            return (lease, record);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_answer_and_commit_loses_nothing() {
    const KILLS: u64 = 24;
    let folder = Folder::new();
    let (store, journal) = open(folder.path()).await;
    store.put(&token_key(), tokens(0)).await.unwrap();
    let mut recovered = 0;
    for round in 0..KILLS {
        // Every other worker is killed before its commit for certain, the others somewhere around it.
        let certain = round % 2 == 0;
        let role = if certain {
            "stop before the commit"
        } else {
            "refresh once"
        };
        let folder = folder.path().to_owned();
        let first = tokio::task::spawn_blocking(move || {
            let mut worker = Worker::start(role, &folder);
            let mut lines = BufReader::new(worker.0.stdout.take().unwrap()).lines();
            let mut line = || lines.find_map(|line| Some(line.unwrap()).filter(|it| is_word(it)));
            let first = line().unwrap_or_default();
            let written = first.ends_with("written") || line().is_some();
            assert!(written, "a worker failed: see above");
            thread::sleep(Duration::from_millis(round / 2));
            drop(worker);
            first
        });
        recovered += usize::from(first.await.unwrap().ends_with("recovered"));
    }
    // The workers that came after one that never committed.
    assert!(
        recovered as u64 >= KILLS / 2 - 1 && recovered > 0,
        "{recovered}"
    );
    let revoke = journal.replay(&store).await.unwrap();
    assert!(revoke.is_empty());
    let record = store.load(&token_key()).await.unwrap().unwrap();
    assert_eq!(number(&record), KILLS);
}

/// The test harness prints too.
fn is_word(line: &str) -> bool {
    line.ends_with("recovered") || line.ends_with("written")
}

/// Opens the store with the usual keys, and tells which.
async fn tell(folder: &Path) {
    let ring = KeyRing::standard(folder);
    let place = ring.place();
    match SqliteStore::open(folder.join("store.db"), ring).await {
        Ok(store) => {
            let key = store.key_in_use().await.unwrap();
            let tokens = store.load(&token_key()).await.unwrap();
            if tokens.is_none() {
                store.put(&token_key(), self::tokens(0)).await.unwrap();
            }
            println!("key {key} from {place}, and tokens: {}", tokens.is_some());
        }
        Err(error) => println!("{error}"),
    }
}

/// Takes the key `b` into use, and gives up `a`.
async fn rotate(folder: &Path) {
    let ring = KeyRing::standard(folder);
    let store = SqliteStore::open(folder.join("store.db"), ring)
        .await
        .unwrap();
    let refused = store
        .rotate_key(Key::generate().unwrap())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains(KeyRing::VARIABLE), "{refused}");
    store.rotate_to("b").await.unwrap();
    let journal = store.journal().await.unwrap();
    store.retire_key("a", &journal).await.unwrap();
}

/// Takes a new key into use, and gives up the old one.
async fn replace_key(folder: &Path) {
    let ring = KeyRing::standard(folder);
    let store = SqliteStore::open(folder.join("store.db"), ring)
        .await
        .unwrap();
    let (old, new) = (store.key_in_use().await.unwrap(), Key::generate().unwrap());
    println!("from {old} to {}", new.id());
    store.rotate_key(new).await.unwrap();
    let journal = store.journal().await.unwrap();
    store.retire_key(&old, &journal).await.unwrap();
}

/// What a worker says that has other keys.
fn told(role: &str, folder: &Path, keys: &str) -> String {
    let output = Worker::command(role, folder)
        .env(KeyRing::VARIABLE, keys)
        // No keyring for this one.
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .output()
        .unwrap();
    assert!(output.status.success(), "a worker failed: see above");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn keys_in_a_variable_are_rotated_there() {
    let folder = Folder::new();
    let (a, b) = (BASE64[0], BASE64[1]);
    let (a, b) = (format!("a:{a}"), format!("b:{b}"));
    let both = format!("{b},{a}");
    assert!(told("tell", folder.path(), &a).contains("key a from environment variable"));
    let said = told("tell", folder.path(), &b);
    assert!(
        said.contains("its key `a`, which was in the environment variable"),
        "{said}"
    );
    // Which key is in use is up to the store, not to the order.
    let said = told("tell", folder.path(), &both);
    assert!(
        said.contains("key a") && said.contains("tokens: true"),
        "{said}"
    );
    told("rotate", folder.path(), &both);
    for keys in [&both, &b] {
        let said = told("tell", folder.path(), keys);
        assert!(
            said.contains("key b") && said.contains("tokens: true"),
            "{said}"
        );
    }
    let said = told("tell", folder.path(), &a);
    assert!(said.contains("its key `b`"), "{said}");
    assert!(!said.contains(BASE64[0]), "{said}");
}

/// Two keys.
const BASE64: [&str; 2] = [
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
];

/// A session of its own, with a Secret Service of its own.
#[cfg(all(target_os = "linux", feature = "keyring"))]
#[test]
#[ignore = "needs dbus-run-session and gnome-keyring-daemon"]
fn the_keyring_of_the_operating_system_has_the_key() {
    const SCRIPT: &str = "printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null && \
                          exec \"$0\" worker --exact --nocapture";
    let folder = Folder::new();
    let in_session = |role: &str| {
        let output = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", SCRIPT])
            .arg(env::current_exe().unwrap())
            .env(ROLE, role)
            .env(PLACE, folder.path())
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_RUNTIME_DIR", folder.path())
            .env_remove(KeyRing::VARIABLE)
            .output()
            .unwrap();
        assert!(output.status.success(), "a worker failed: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let said = in_session("tell");
    assert!(
        said.contains("from keyring") && said.contains("tokens: false"),
        "{said}"
    );
    let said = in_session("replace the key");
    let (_, new) = said
        .lines()
        .find_map(|line| line.split_once(" to "))
        .unwrap();
    let said = in_session("tell");
    assert!(said.contains(&format!("key {new} from keyring")), "{said}");
    assert!(said.contains("tokens: true"), "{said}");
    assert!(!folder.join("key").exists());
}

/// Elsewhere the keyring of the operating system can't be hidden from a process.
#[cfg(target_os = "linux")]
#[test]
fn without_variable_and_keyring_there_is_a_key_file() {
    let folder = Folder::new();
    let said = told("tell", folder.path(), "");
    let place = format!("from key file {}", folder.join("key").display());
    assert!(said.contains(&place), "{said}");
    let said = told("tell", folder.path(), "");
    assert!(
        said.contains(&place) && said.contains("tokens: true"),
        "{said}"
    );
    fs::remove_file(folder.join("key")).unwrap();
    let said = told("tell", folder.path(), "");
    assert!(said.contains("bring it back"), "{said}");
    let tells = said.contains("the keyring of the operating system can't be used");
    assert_eq!(tells, cfg!(feature = "keyring"), "{said}");
    assert!(!folder.join("key").exists());
}

/// Reads and writes without a pause until there is a file `stop`; any failure ends it.
async fn use_until_stopped(folder: &Path) {
    let (store, journal) = open(folder).await;
    let own = TokenKey::new(format!("worker {}", std::process::id()), "oauth");
    let mut record = store.put(&own, tokens(0)).await.unwrap();
    println!("started");
    while !folder.join("stop").exists() {
        let shared = store.load(&token_key()).await.unwrap().unwrap();
        assert_eq!(number(&shared), 0);
        let connection = store.connection("acme", "work").await.unwrap().unwrap();
        assert_eq!(connection.definition.as_slice(), b"definition");

        let lease = store
            .lease(&own, record.version, LONG)
            .await
            .unwrap()
            .unwrap();
        let spent = record.tokens.as_ref().and_then(Tokens::refresh_hash);
        let new = tokens(number(&record) + 1);
        let entry = journal
            .write(&own, &lease, spent.as_ref(), &new)
            .await
            .unwrap();
        match store
            .commit(&own, &lease, spent.as_ref(), new)
            .await
            .unwrap()
        {
            Commit::Stored(stored) => record = stored,
            Commit::Superseded(_) => panic!("an update was lost"),
        }
        entry.remove().await.unwrap();
        let loaded = store.load(&own).await.unwrap().unwrap();
        assert_eq!(loaded.version, record.version);
        assert_eq!(number(&loaded), number(&record));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_rotated_while_other_processes_read_and_write() {
    const ROTATIONS: usize = 5;
    let folder = Folder::new();
    let (store, journal) = open(folder.path()).await;
    store.put(&token_key(), tokens(0)).await.unwrap();
    let connection = StoredConnection::new("shared", "acme", "work", "definition");
    store.insert_connection(connection).await.unwrap();
    for n in 0..150 {
        let key = TokenKey::new(n.to_string(), "oauth");
        store.put(&key, tokens(n)).await.unwrap();
    }
    let mut workers: Vec<_> = (0..3)
        .map(|_| Worker::start("use", folder.path()))
        .collect();
    for worker in &mut workers {
        assert!(worker.wait_for("started"));
    }
    for _ in 0..ROTATIONS {
        let old = store.key_in_use().await.unwrap();
        let rotation = store.rotate_key(Key::generate().unwrap()).await.unwrap();
        assert!(
            rotation.rewrapped > 150 && rotation.unreadable.is_empty(),
            "{rotation:?}"
        );
        // A refresh may use the old key for a moment.
        while let Err(error) = store.retire_key(&old, &journal).await {
            let error = error.to_string();
            let passes = error.contains("journal") || error.contains("under way");
            assert!(passes, "{error}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    fs::write(folder.join("stop"), "").unwrap();
    tokio::task::spawn_blocking(|| workers.into_iter().for_each(Worker::succeeds))
        .await
        .unwrap();
    let ring = KeyRing::from_file(folder.join("key"));
    assert_eq!(ring.ids().unwrap(), [store.key_in_use().await.unwrap()]);
    assert!(store.unreadable().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_make_a_new_store_together() {
    let folder = Folder::new();
    fs::write(folder.join("stop"), "").unwrap();
    let workers: Vec<_> = (0..6)
        .map(|_| Worker::start("use", folder.path()))
        .collect();
    tokio::task::spawn_blocking(|| workers.into_iter().for_each(Worker::succeeds))
        .await
        .unwrap();
    let (store, _) = open(folder.path()).await;
    assert!(store.unreadable().await.unwrap().is_empty());
    assert_eq!(
        KeyRing::from_file(folder.join("key")).ids().unwrap().len(),
        1
    );
}
