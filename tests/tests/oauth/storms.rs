//! Many tasks and many processes at once, some of which are killed.
//!
//! `CONNECTOR_STORM_SECONDS` says how long the storms of processes last; 10 by default.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connector_runtime::store::{KeyRing, SqliteStore};
use connector_runtime::transport::{BoxFuture, ReqwestTransport, Transport, TransportError};
use connector_tests::{Browser, FaultServer, OidcOptions, OidcProvider};
use security::Client;
use security::runtime::mock::{MockTransport, Reply};
use security::runtime::oauth::{OAuthClient, OAuthCredential};
use security::runtime::token::{TokenKey, TokenStore, Tokens};
use security::runtime::{Connection, Credential, Operation, http};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::peers::{exchange, sign_in};
use super::setup::{app, client, expired, grant, read, refusal, stage};

const TASKS: usize = 10_000;
const PROCESSES: usize = 8;

fn duration() -> Duration {
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

fn key() -> TokenKey {
    TokenKey::new("ada's", "oauth")
}

async fn open(folder: &Path) -> SqliteStore {
    let ring = KeyRing::from_file(folder.join("key"));
    SqliteStore::open(folder.join("store.sqlite"), ring)
        .await
        .unwrap()
}

/// Somebody signs in by a browser, and the tokens go into a store.
async fn signed_in(provider: &OidcProvider, folder: &Path) {
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
fn process(issuer: &str, folder: &Path, end: Duration) -> Child {
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
    let store: Arc<dyn TokenStore> = Arc::new(open(&folder).await);
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
    // A token is renewed after four fifths of its life or later, and is alive at every moment.
    let refreshed = provider.grants("refresh_token") as u64;
    let seconds = duration().as_secs();
    assert!(refreshed >= seconds / 3, "{refreshed} in {seconds} s");
    assert!(refreshed <= seconds + 2, "{refreshed} in {seconds} s");
}

/// A server that rotates refresh tokens. Like many, it takes the last one once more, since its answer may have been lost; any
/// other one that was used before ends the grant.
struct Rotation {
    server: FaultServer,
    state: Arc<Mutex<Rotated>>,
}

#[derive(Default)]
struct Rotated {
    current: u64,
    previous: u64,
    repeated: u64,
    is_broken: bool,
}

/// How long the server keeps its answer back.
const ANSWER: Duration = Duration::from_millis(60);

impl Rotation {
    fn start() -> Self {
        let (server, state) = (stage(), Arc::new(Mutex::new(Rotated::default())));
        let rotated = state.clone();
        server.handle("/token", move |seen| {
            let mut state = rotated.lock().unwrap();
            let token: u64 = seen.form()["refresh_token"].parse().unwrap();
            if token != state.current && token != state.previous {
                state.is_broken = true;
            }
            if state.is_broken {
                return refusal(400, "invalid_grant");
            }
            state.repeated += u64::from(token != state.current);
            (state.previous, state.current) = (token, state.current + 1);
            let next = state.current.to_string();
            let more = json!({"refresh_token": next, "expires_in": 1});
            grant(&format!("t{next}"), more).after(ANSWER)
        });
        Self { server, state }
    }

    fn asked(&self) -> usize {
        self.server.requests("/token").len()
    }
}

/// Ends the lease of a process that is gone. It lapses by itself, after longer than a test should take.
fn let_the_lease_lapse(folder: &Path) {
    let sql = rusqlite::Connection::open(folder.join("store.sqlite")).unwrap();
    sql.busy_timeout(Duration::from_secs(10)).unwrap();
    sql.execute(
        "UPDATE tokens SET leased_at = NULL, leased_until = NULL",
        [],
    )
    .unwrap();
}

#[tokio::test]
async fn connection_survives_processes_that_are_killed_while_they_refresh() {
    let rotation = Rotation::start();
    let folder = TempDir::new().unwrap();
    let store: Arc<dyn TokenStore> = Arc::new(open(folder.path()).await);
    store.put(&key(), expired("0")).await.unwrap();
    let issuer = rotation.server.at("");
    let rounds = duration().as_secs();
    for round in 0..rounds {
        let asked = rotation.asked();
        let mut process = process(&issuer, folder.path(), Duration::from_secs(60));
        while rotation.asked() == asked {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let life = ANSWER.mul_f64(1.5 * fastrand::f64());
        tokio::time::sleep(life).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let_the_lease_lapse(folder.path());
        let app = OAuthClient::public("native").token_url(rotation.server.at("/token"));
        let client = client(&issuer, OAuthCredential::stored(app, store.clone(), key()));
        if let Err(error) = read(&client).await {
            panic!("round {round}, killed after {life:?}: {error}");
        }
    }
    let state = rotation.state.lock().unwrap();
    assert!(!state.is_broken);
    assert!(
        state.repeated > 0,
        "no process was killed before its answer was stored"
    );
}
