//! What OAuth keeps to itself: no secret is in a trace at any level, in an error, or in `Debug`.
//!
//! A process of its own: whether a trace is wanted is remembered for all threads.

#![allow(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use connector_runtime::oauth::{AuthorizationServer, OAuthClient, OAuthCredential, Provider};
use connector_runtime::token::{MemoryStore, TokenKey, TokenStore as _, Tokens};
use connector_runtime::{Error, RetryPolicy};
use connector_tests::{Answer, FaultServer};
use security::Client;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use url::Url;

/// In every secret.
const CANARY: &str = "canary";

/// Everything that is said, in one text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn add(&self, what: impl Debug) {
        write!(self.0.lock().unwrap(), "{what:?}\n{what:#?}\n").unwrap();
    }

    fn add_error(&self, error: &Error) {
        let mut next: Option<&dyn std::error::Error> = Some(error);
        while let Some(error) = next {
            write!(self.0.lock().unwrap(), "{error}\n{error:?}\n").unwrap();
            next = error.source();
        }
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        write!(self.0.lock().unwrap(), "\n{}", span.metadata().name()).unwrap();
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        write!(self.0.lock().unwrap(), "\n{}", event.metadata().target()).unwrap();
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn tokens() -> Value {
    json!({
        "access_token": "canary-access",
        "refresh_token": "canary-refresh",
        "expires_in": 1,
        "tenant": "acme",
    })
}

/// Answers that an authorization server may give, with secrets where none belongs.
fn answers() -> Vec<Answer> {
    let page = "<html>canary-page canary-refresh</html>";
    vec![
        Answer::nothing(),
        Answer::text(200, "text/html", page),
        Answer::text(500, "text/html", page),
        Answer::redirect(302, "http://127.0.0.1:1/?token=canary-redirect"),
        Answer::json(
            200,
            &json!({"access_token": {"canary-nested": "canary-nested"}}),
        ),
        Answer::json(200, &json!({"access_token": "canary\r\nbroken"})),
        Answer::json(
            400,
            &json!({"error": "invalid_request", "refresh_token": "canary-refresh"}),
        ),
        Answer::json(200, &tokens()).cut(30),
        Answer::json(400, &json!({"error": "invalid_grant"})),
    ]
}

async fn signed_in(server: &FaultServer, log: &Log) -> AuthorizationServer {
    let provider: Provider = serde_json::from_value(json!({
        "authorization_url": server.at("/authorize"),
        "token_url": server.at("/token"),
        "revocation_url": server.at("/revoke"),
        "response": {"values": {"tenant": "tenant"}},
    }))
    .unwrap();
    let app = OAuthClient::new("app", "canary-secret").provider(provider);
    let authorization_server = AuthorizationServer::builder(app).build().await.unwrap();
    let authorization = authorization_server
        .authorization("http://127.0.0.1:7777/", &["read".to_owned()])
        .unwrap();
    let url = Url::parse(authorization.url()).unwrap();
    let state = url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let answer = [("code", "canary-code".to_owned()), ("state", state)];
    let answer = answer.map(|(name, value)| (name.to_owned(), value));
    let signed_in = authorization_server
        .complete(&authorization, &answer)
        .await
        .unwrap();
    log.add(&signed_in);
    log.add(&authorization);
    log.add_error(
        &authorization_server
            .complete(&authorization, &answer)
            .await
            .unwrap_err(),
    );
    authorization_server
        .revoke(&signed_in.tokens)
        .await
        .unwrap();
    authorization_server
}

#[tokio::test]
async fn no_secret_is_seen_anywhere_but_on_the_wire() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let server = FaultServer::start().unwrap();
    server.on("/token", Answer::json(200, &tokens()));
    server.script(
        "/revoke",
        [
            Answer::text(503, "text/plain", ""),
            Answer::text(200, "text/plain", ""),
        ],
    );
    server.on("/oauth/read", Answer::json(401, &json!({"reason": "no"})));
    let authorization_server = signed_in(&server, &log).await;
    log.add(&authorization_server);

    for answer in answers() {
        let store = Arc::new(MemoryStore::new());
        let key = TokenKey::new("ada's", "oauth");
        store.put(&key, expired()).await.unwrap();
        server.on("/token", answer);
        let app = authorization_server.client().clone();
        let credential = OAuthCredential::stored(app, store.clone(), key.clone());
        log.add(&credential);
        let client = Client::builder()
            .base_url(server.at(""))
            .with(|client| {
                let client = client.retry(RetryPolicy::none());
                client.credential("oauth", credential.into())
            })
            .build()
            .unwrap();
        log.add(&client);
        log.add_error(&client.single().oauth_read().send().await.unwrap_err());
        log.add(store.load(&key).await.unwrap());
        log.add(&store);
    }
    drop(guard);
    let text = log.0.lock().unwrap();
    assert!(text.contains("token request"), "nothing was traced");
    let leak = text.lines().find(|line| line.contains(CANARY));
    assert_eq!(leak, None);
    let seen = server.requests("/token");
    assert!(seen.len() > answers().len(), "nothing was sent");
}

/// Tokens of somebody whose access token has expired.
fn expired() -> Tokens {
    let mut tokens = Tokens::new("canary-expired");
    tokens.refresh_token = Some("canary-refresh".into());
    tokens.id_token = Some("canary-id".into());
    tokens.expires_at = Some(tokens.granted_at);
    tokens
}
