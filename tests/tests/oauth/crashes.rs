//! Processes that are killed while they refresh.
//!
//! What is lost with a process is its memory. A refresh token that was spent there is lost with it, unless the server takes it once
//! more or its successor was written down before.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_runtime::store::Journaled;
use connector_tests::{FaultServer, OidcOptions, OidcProvider};
use security::Client;
use security::runtime::oauth::{OAuthClient, OAuthCredential};
use security::runtime::token::TokenStore as _;
use serde_json::json;
use tempfile::TempDir;

use super::setup::{client, expired, grant, read, read_at_last, refusal, stage};
use super::storms::{ARRIVED, duration, journal, key, open, process, signed_in};

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

/// A client as the next process has it.
async fn successor(issuer: &str, folder: &Path) -> Client {
    let store = Journaled::new(open(folder).await, journal(folder).await);
    let app = OAuthClient::public("native").token_url(format!("{issuer}/token"));
    client(issuer, OAuthCredential::stored(app, Arc::new(store), key()))
}

#[tokio::test]
async fn connection_survives_processes_that_are_killed_at_any_moment_of_a_refresh() {
    let rotation = Rotation::start();
    let folder = TempDir::new().unwrap();
    open(folder.path())
        .await
        .put(&key(), expired("0"))
        .await
        .unwrap();
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
        let client = successor(&issuer, folder.path()).await;
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

#[tokio::test]
async fn connection_survives_processes_that_are_killed_when_their_answer_has_arrived() {
    let options = OidcOptions {
        access_token_seconds: 1,
        ..OidcOptions::default()
    };
    // It takes no refresh token twice, whatever the reason.
    let provider = OidcProvider::start(&options).unwrap();
    let folder = TempDir::new().unwrap();
    signed_in(&provider, folder.path()).await;
    for round in 0..duration().as_secs() {
        let mut process = process(provider.issuer(), folder.path(), Duration::from_secs(60));
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let arrived = lines.map_while(Result::ok).any(|line| line == ARRIVED);
        assert!(arrived, "the process ended without a refresh");
        // Before the commit, in the middle of it, or after it.
        let life = Duration::from_millis(fastrand::u64(0..30));
        tokio::time::sleep(life).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let_the_lease_lapse(folder.path());
        let client = successor(provider.issuer(), folder.path()).await;
        if let Err(error) = read(&client).await {
            panic!("round {round}, killed after {life:?}: {error}");
        }
    }
    let client = successor(provider.issuer(), folder.path()).await;
    // What is in the store has expired by then.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(read_at_last(&client).await, "ada");
    assert_eq!(
        provider.count("grant.revoked"),
        0,
        "a refresh token was used twice"
    );
    assert_eq!(provider.count("grant.error"), 0);
}
