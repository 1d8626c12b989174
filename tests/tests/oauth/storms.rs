//! Many tasks and many processes at once.
//!
//! `CONNECTOR_STORM_SECONDS` says how long the storms of processes last; 10 by default.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_runtime::store::{Journal, Journaled, KeyRing, SqliteStore};
use connector_runtime::transport::{BoxFuture, ReqwestTransport, Transport, TransportError};
use connector_tests::{Browser, OidcOptions, OidcProvider};
use security::Client;
use security::runtime::mock::{MockTransport, Reply};
use security::runtime::oauth::{OAuthClient, OAuthCredential};
use security::runtime::token::{TokenKey, TokenStore, Tokens};
use security::runtime::{Connection, Credential, Operation, http};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::intercepted::Intercepted;
use super::peers::{exchange, sign_in};
use super::setup::{app, client, expired, grant, read, stage};

const TASKS: usize = 10_000;
const PROCESSES: usize = 8;

pub fn duration() -> Duration {
    let seconds = env::var("CONNECTOR_STORM_SECONDS").ok();
    let seconds = seconds
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(10);
    Duration::from_secs(seconds)
}

/// The API in this process, everything else over the network.
struct Split(MockTransport, ReqwestTransport);

impl Transport for Split {
    fn send(
        &self,
        request: http::Request<connector_runtime::ByteStream>,
    ) -> BoxFuture<'_, Result<http::Response<connector_runtime::ByteStream>, TransportError>> {
        match request.extensions().get::<&'static Operation>() {
            Some(_) => self.0.send(request),
            None => self.1.send(request),
        }
    }
}

/// Calls from many tasks at the same time; gives the caller that the API saw in all of them.
async fn storm(credential: impl Into<Credential>) -> String {
    let api = MockTransport::new();
    api.handler(|request| {
        let caller = request.header("authorization").unwrap_or_default();
        Reply::bytes(
            200,
            "application/json",
            json!({"subject": caller}).to_string(),
        )
    });
    let network = ReqwestTransport::new(&Connection::new()).unwrap();
    let client = Client::builder()
        .base_url("http://127.0.0.1:1")
        .transport(Split(api, network))
        .with(|client| client.credential("oauth", credential.into()))
        .build()
        .unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..TASKS {
        let client = client.clone();
        calls.spawn(async move { read(&client).await });
    }
    let mut callers = Vec::new();
    while let Some(call) = calls.join_next().await {
        callers.push(call.unwrap().unwrap());
    }
    callers.dedup();
    assert_eq!(callers.len(), 1, "{callers:?}");
    callers.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_tasks_that_find_the_token_expired_refresh_it_once() {
    let server = stage();
    let answer = grant("t2", json!({"refresh_token": "r2"}));
    server.on("/token", answer.after(Duration::from_millis(300)));
    let credential = OAuthCredential::signed_in(app(&server), expired("r1"));
    assert_eq!(storm(credential).await, "Bearer t2");
    assert_eq!(server.requests("/token").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_tasks_of_an_application_fetch_one_token() {
    let server = stage();
    server.on(
        "/token",
        grant("t", json!({})).after(Duration::from_millis(300)),
    );
    let credential = OAuthCredential::client_credentials(app(&server));
    assert_eq!(storm(credential).await, "Bearer t");
    assert_eq!(server.requests("/token").len(), 1);
}

/// What a process needs to know, in its environment.
const STORE: &str = "CONNECTOR_STORM_STORE";
const PROVIDER: &str = "CONNECTOR_STORM_PROVIDER";
const END: &str = "CONNECTOR_STORM_END";

/// The line of a process that has an answer, which is in its journal and not yet in the store.
pub const ARRIVED: &str = "arrived";

pub fn key() -> TokenKey {
    TokenKey::new("ada's", "oauth")
}

pub async fn open(folder: &Path) -> SqliteStore {
    let ring = KeyRing::from_file(folder.join("key"));
    SqliteStore::open(folder.join("store.sqlite"), ring)
        .await
        .unwrap()
}

pub async fn journal(folder: &Path) -> Journal {
    let ring = KeyRing::from_file(folder.join("key"));
    Journal::open(folder.join("journal"), ring).await.unwrap()
}

/// Somebody signs in by a browser, and the tokens go into a store.
pub async fn signed_in(provider: &OidcProvider, folder: &Path) {
    let at = |path: &str| format!("{}{path}", provider.issuer());
    let browser = Browser::of("ada", "secret");
    let sent = sign_in(
        &browser,
        &at("/auth"),
        "native",
        "openid offline_access read",
    );
    let granted = exchange(&at("/token"), &sent);
    let mut tokens = Tokens::new(granted["access_token"].as_str().unwrap());
    tokens.refresh_token = granted["refresh_token"].as_str().map(Into::into);
    let life = granted["expires_in"].as_i64().unwrap();
    let life = security::runtime::jiff::SignedDuration::from_secs(life);
    tokens.expires_at = Some(tokens.granted_at + life);
    open(folder).await.put(&key(), tokens).await.unwrap();
}

/// This test program again, as another process that shares the store. `issuer` has the API, and tokens at `/token`.
pub fn process(issuer: &str, folder: &Path, end: Duration) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "storms::process_of_a_storm",
            "--ignored",
            "--nocapture",
        ])
        .env(STORE, folder)
        .env(PROVIDER, issuer)
        .env(END, end.as_millis().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
#[ignore = "the storms start it"]
async fn process_of_a_storm() {
    let setting = |name: &str| {
        env::var(name).unwrap_or_else(|_| panic!("{name} is not set: the storms start this test"))
    };
    let (folder, issuer) = (PathBuf::from(setting(STORE)), setting(PROVIDER));
    let end = Instant::now() + Duration::from_millis(setting(END).parse().unwrap());
    let (store, journal) = (open(&folder).await, journal(&folder).await);
    journal.replay(&store).await.unwrap();
    let arrived = || -> BoxFuture<'static, _> {
        println!("{ARRIVED}");
        let pause = Duration::from_millis(fastrand::u64(0..20));
        Box::pin(async move {
            tokio::time::sleep(pause).await;
            Ok(())
        })
    };
    let store = Intercepted::new(Arc::new(store), Box::new(arrived));
    let store = Arc::new(Journaled::new(store, journal));
    let app = OAuthClient::public("native").token_url(format!("{issuer}/token"));
    let client = client(&issuer, OAuthCredential::stored(app, store, key()));
    let (mut calls, mut failures) = (0, Vec::new());
    while Instant::now() < end {
        match read(&client).await {
            Ok(_) => calls += 1,
            Err(error) => failures.push(error.to_string()),
        }
        let pause = Duration::from_millis(fastrand::u64(5..40));
        tokio::time::sleep(pause).await;
    }
    println!("{}", json!({"calls": calls, "failures": failures}));
}

/// What a process has to say at its end.
fn report(process: Child) -> Value {
    let output = process.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with('{'));
    serde_json::from_str(line.unwrap_or_else(|| panic!("no report: {text}"))).unwrap()
}

#[tokio::test]
async fn processes_that_share_a_store_never_spend_a_refresh_token_twice() {
    let options = OidcOptions {
        access_token_seconds: 2,
        answer_delay: Duration::from_millis(50),
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let folder = TempDir::new().unwrap();
    signed_in(&provider, folder.path()).await;
    let processes: Vec<_> = (0..PROCESSES)
        .map(|_| process(provider.issuer(), folder.path(), duration()))
        .collect();
    let mut calls = 0;
    for process in processes {
        let report = report(process);
        assert_eq!(report["failures"], json!([]), "{report}");
        calls += report["calls"].as_u64().unwrap();
    }
    assert!(calls > PROCESSES as u64, "{calls}");
    assert_eq!(
        provider.count("grant.revoked"),
        0,
        "a refresh token was used twice"
    );
    assert_eq!(provider.count("grant.error"), 0);
    // A token is renewed when most of its life is over, by one process.
    let refreshed = provider.grants("refresh_token") as u64;
    let seconds = duration().as_secs();
    assert!(
        (2..=seconds + 2).contains(&refreshed),
        "{refreshed} in {seconds} s"
    );
}
