//! The life of a token that rotates: who refreshes, what is stored when, what failures mean.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_runtime::jiff::{SignedDuration, Timestamp};
use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::oauth::{Provider, SignGrant};
use connector_runtime::secrecy::ExposeSecret as _;
use connector_runtime::token::{
    Commit, Failure, FailureClass, Lease, MemoryStore, TokenHash, TokenKey, TokenRecord,
    TokenStore, Tokens,
};
use connector_runtime::transport::{BoxFuture, TransportErrorKind};
use connector_runtime::{
    Client, Empty, Error, OAuthClient, OAuthCredential, Request, RequestOptions, Result,
    RetryPolicy, SecretString,
};
use serde_json::json;
use tokio::task::JoinSet;

use super::acme::{API, SECURED};

mod store;

fn key() -> TokenKey {
    TokenKey::new("c1", "oauth")
}

/// Tokens that were granted an hour ago, for `lifetime` seconds in all.
fn tokens(refresh: Option<&str>, lifetime: i64) -> Tokens {
    let mut tokens = Tokens::new("a0");
    tokens.granted_at = Timestamp::now() - SignedDuration::from_hours(1);
    tokens.expires_at = Some(tokens.granted_at + SignedDuration::from_secs(lifetime));
    tokens.refresh_token = refresh.map(Into::into);
    tokens
}

const DEAD: i64 = 3600;

/// A server that rotates: each refresh token is good once, and `a1`, `a2`, … follow each other.
#[derive(Clone, Default)]
struct Rotating {
    spent: Arc<Mutex<Vec<String>>>,
    reused: Arc<AtomicUsize>,
}

impl Rotating {
    fn answer(&self, request: &CapturedRequest) -> Reply {
        let form = request.form();
        let field = |name: &str| {
            form.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let token = field("refresh_token").unwrap_or_default();
        let mut spent = self.spent.lock().unwrap();
        if spent.contains(&token) {
            self.reused.fetch_add(1, Ordering::SeqCst);
            return Reply::json(400, &json!({"error": "invalid_grant"}));
        }
        spent.push(token);
        let number = spent.len();
        let body = json!({"access_token": format!("a{number}"), "refresh_token": format!("r{number}"), "expires_in": 3600});
        Reply::json(200, &body).delay(Duration::from_millis(30))
    }

    fn refreshes(&self) -> usize {
        self.spent.lock().unwrap().len()
    }
}

fn client(mock: &MockTransport, store: &Arc<dyn TokenStore>) -> Client {
    let credential = OAuthCredential::stored(OAuthClient::public("id"), store.clone(), key());
    Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.into())
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

async fn call(client: &Client) -> Result<()> {
    Request::new(client, &SECURED).send::<Empty>().await
}

fn api(mock: &MockTransport, server: impl Fn(&CapturedRequest) -> Reply + Send + Sync + 'static) {
    mock.handler(move |request| match request.operation() {
        None => server(request),
        Some(_) => Reply::status(204),
    });
}

async fn stored(tokens: Tokens) -> Arc<dyn TokenStore> {
    let store = MemoryStore::new();
    store.put(&key(), tokens).await.unwrap();
    Arc::new(store)
}

async fn record(store: &Arc<dyn TokenStore>) -> TokenRecord {
    store.load(&key()).await.unwrap().unwrap()
}

fn sent(mock: &MockTransport) -> String {
    mock.last_request()
        .unwrap()
        .header("authorization")
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn clients_that_share_a_store_spend_a_refresh_token_once() {
    let server = Rotating::default();
    let store = stored(tokens(Some("r0"), DEAD)).await;
    let mut calls = JoinSet::new();
    let mut mocks = Vec::new();
    for _ in 0..8 {
        let (mock, answers) = (MockTransport::new(), server.clone());
        api(&mock, move |request| answers.answer(request));
        let client = client(&mock, &store);
        mocks.push(mock);
        for _ in 0..50 {
            let client = client.clone();
            calls.spawn(async move { call(&client).await });
        }
    }
    while let Some(result) = calls.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!(
        (server.refreshes(), server.reused.load(Ordering::SeqCst)),
        (1, 0)
    );
    assert!(mocks.iter().all(|mock| sent(mock) == "Bearer a1"));
    let kept = record(&store).await.tokens.unwrap();
    assert_eq!(kept.refresh_hash(), Some(TokenHash::of(&"r1".into())));
}

#[tokio::test]
async fn live_token_is_used_while_it_cannot_be_renewed() {
    let mock = MockTransport::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = attempts.clone();
    api(&mock, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Reply::status(503)
    });
    // A minute is left, which is less than the margin of an hour and a minute.
    let store = stored(tokens(Some("r0"), 3660)).await;
    let client = client(&mock, &store);
    for _ in 0..20 {
        call(&client).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(sent(&mock), "Bearer a0");
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    let failure = record(&store).await.failure.unwrap();
    assert_eq!(failure.class, FailureClass::Unavailable);
    assert!(failure.next_attempt_at.is_some());
}

#[tokio::test]
async fn proven_invalid_grant_asks_for_a_person_and_a_new_consent_mends_it() {
    let mock = MockTransport::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = attempts.clone();
    api(&mock, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Reply::json(
            400,
            &json!({"error": "invalid_grant", "error_description": "revoked"}),
        )
    });
    let store = stored(tokens(Some("r0"), DEAD)).await;
    let one = client(&mock, &store);
    for _ in 0..3 {
        let error = call(&one).await.unwrap_err().to_string();
        assert!(
            error.contains("sign in again") && error.contains("invalid_grant (revoked)"),
            "{error}"
        );
    }
    // Other processes do not ask again.
    let error = call(&client(&mock, &store)).await.unwrap_err().to_string();
    assert!(error.contains("sign in again"), "{error}");
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    assert!(record(&store).await.needs_consent());

    let mut fresh = Tokens::new("new");
    fresh.refresh_token = Some("r9".into());
    store.put(&key(), fresh).await.unwrap();
    call(&client(&mock, &store)).await.unwrap();
    assert_eq!(sent(&mock), "Bearer new");
}

#[tokio::test]
async fn code_on_the_page_of_a_broken_server_proves_nothing() {
    let mock = MockTransport::new();
    api(&mock, |_| {
        Reply::json(500, &json!({"error": "invalid_grant"}))
    });
    let store = stored(tokens(Some("r0"), DEAD)).await;
    let error = call(&client(&mock, &store)).await.unwrap_err();
    assert!(error.to_string().contains("500"), "{error}");
    let kept = record(&store).await;
    assert_eq!(kept.failure.unwrap().class, FailureClass::Unavailable);
    assert!(kept.tokens.unwrap().refresh_token.is_some());
}

#[tokio::test]
async fn refused_client_does_not_break_the_connection() {
    let mock = MockTransport::new();
    api(&mock, |_| {
        Reply::json(401, &json!({"error": "invalid_client"}))
    });
    let store = stored(tokens(Some("r0"), DEAD)).await;
    call(&client(&mock, &store)).await.unwrap_err();
    let kept = record(&store).await;
    assert!(!kept.needs_consent());
    assert_eq!(kept.failure.unwrap().class, FailureClass::InvalidClient);
}

#[tokio::test]
async fn consent_during_a_refresh_wins_and_the_new_tokens_are_dropped() {
    let mock = MockTransport::new();
    let store = stored(tokens(Some("r0"), DEAD)).await;
    api(&mock, |_| {
        Reply::json(
            200,
            &json!({"access_token": "late", "refresh_token": "r1", "expires_in": 3600}),
        )
        .delay(Duration::from_millis(300))
    });
    let client = client(&mock, &store);
    let refresh = tokio::spawn({
        let client = client.clone();
        async move { call(&client).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut consent = Tokens::new("consent");
    consent.refresh_token = Some("r9".into());
    store.put(&key(), consent).await.unwrap();
    refresh.await.unwrap().unwrap();
    assert_eq!(sent(&mock), "Bearer consent");
    let kept = record(&store).await.tokens.unwrap();
    assert_eq!(kept.refresh_hash(), Some(TokenHash::of(&"r9".into())));
}

#[tokio::test]
async fn removal_during_a_refresh_is_an_error_and_not_a_revival() {
    let mock = MockTransport::new();
    let store = stored(tokens(Some("r0"), DEAD)).await;
    api(&mock, |_| {
        Reply::json(200, &json!({"access_token": "late", "expires_in": 3600}))
            .delay(Duration::from_millis(300))
    });
    let client = client(&mock, &store);
    let refresh = tokio::spawn(async move { call(&client).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    store.remove("c1").await.unwrap();
    let error = refresh.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("removed or changed"), "{error}");
    assert!(store.load(&key()).await.unwrap().is_none());
}

#[tokio::test]
async fn answer_without_a_refresh_token_keeps_the_old_one() {
    let mock = MockTransport::new();
    api(&mock, |_| {
        Reply::json(
            200,
            &json!({"access_token": "a1", "refresh_token": null, "expires_in": 3600}),
        )
    });
    let mut old = tokens(Some("r0"), DEAD);
    old.values
        .insert("instance_url".to_owned(), "https://eu".to_owned());
    let store = stored(old).await;
    call(&client(&mock, &store)).await.unwrap();
    let kept = record(&store).await.tokens.unwrap();
    assert_eq!(kept.refresh_hash(), Some(TokenHash::of(&"r0".into())));
    assert_eq!(kept.values["instance_url"], "https://eu");
}

#[tokio::test]
async fn expired_token_without_a_refresh_token_needs_a_person() {
    let mock = MockTransport::new();
    api(&mock, |_| Reply::status(500));
    let store = stored(tokens(None, DEAD)).await;
    let error = call(&client(&mock, &store)).await.unwrap_err().to_string();
    assert!(
        error.contains("sign in again: there is no refresh token"),
        "{error}"
    );
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn refused_token_is_refreshed_once_and_the_other_client_takes_over_the_new_one() {
    let server = Rotating::default();
    let store = stored(tokens(Some("r0"), 24 * 3600)).await;
    let mut clients = Vec::new();
    for _ in 0..2 {
        let (mock, answers) = (MockTransport::new(), server.clone());
        mock.handler(
            move |request| match (request.operation(), request.header("authorization")) {
                (None, _) => answers.answer(request),
                (Some(_), Some("Bearer a0")) => Reply::status(401),
                (Some(_), _) => Reply::status(204),
            },
        );
        clients.push(client(&mock, &store));
    }
    for client in &clients {
        call(client).await.unwrap();
    }
    assert_eq!(server.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_after_keeps_everybody_away() {
    let mock = MockTransport::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = attempts.clone();
    api(&mock, move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::json(429, &json!({"error": "slow_down"})).header("retry-after", "30"),
        _ => Reply::json(200, &json!({"access_token": "a1", "expires_in": 3600})),
    });
    let credential = OAuthCredential::client_credentials(OAuthClient::new("id", "secret"));
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.into())
        .build()
        .unwrap();
    for _ in 0..5 {
        call(&client).await.unwrap_err();
        tokio::time::advance(Duration::from_secs(5)).await;
    }
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn lost_answer_is_asked_for_once_more() {
    let mock = MockTransport::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = attempts.clone();
    api(&mock, move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::error(TransportErrorKind::Broken),
        _ => Reply::json(
            200,
            &json!({"access_token": "a1", "refresh_token": "r1", "expires_in": 3600}),
        ),
    });
    let store = stored(tokens(Some("r0"), DEAD)).await;
    let credential = OAuthCredential::stored(OAuthClient::public("id"), store.clone(), key());
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.into())
        .retry(RetryPolicy::new().pauses(Duration::from_millis(1), Duration::from_millis(1)))
        .build()
        .unwrap();
    call(&client).await.unwrap();
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
}

/// A key of the program that has a bug.
struct Buggy(Arc<AtomicUsize>);

impl SignGrant for Buggy {
    #[allow(clippy::panic, reason = "what is tested")]
    fn assertion(&self, _: &str, _: &[String]) -> Result<SecretString> {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("a bug of the program");
    }
}

#[tokio::test(start_paused = true)]
async fn panic_of_the_programs_key_is_an_error_and_no_endless_renewal() {
    let signed = Arc::new(AtomicUsize::new(0));
    let mock = MockTransport::new();
    mock.handler(|_| Reply::status(204));
    let credential = OAuthCredential::jwt_bearer(OAuthClient::public("id"), Buggy(signed.clone()));
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.into())
        .build()
        .unwrap();
    for _ in 0..3 {
        let call = tokio::time::timeout(Duration::from_secs(60), call(&client));
        let error = call.await.unwrap().unwrap_err().to_string();
        assert!(error.contains("panicked"), "{error}");
    }
    assert_eq!(signed.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn clock_that_was_set_back_does_not_keep_anybody_away() {
    let mock = MockTransport::new();
    let server = Rotating::default();
    let answering = server.clone();
    api(&mock, move |request| answering.answer(request));
    let store = stored(tokens(Some("r0"), DEAD)).await;
    let version = record(&store).await.version;
    let lease = store.lease(&key(), version, Duration::from_secs(60)).await;
    let mut failure = Failure::new(FailureClass::Unavailable, "no answer");
    failure.next_attempt_at = Some(Timestamp::now() + SignedDuration::from_hours(24));
    let lease = lease.unwrap().unwrap();
    store.fail(&key(), &lease, failure).await.unwrap();
    call(&client(&mock, &store)).await.unwrap();
    assert_eq!(server.refreshes(), 1);
}

async fn patient(client: &Client) -> Result<()> {
    let mut request = Request::new(client, &SECURED);
    request.options(RequestOptions::new().attempt_timeout(Duration::from_secs(600)));
    request.send::<Empty>().await
}

#[tokio::test(start_paused = true)]
async fn repetitions_end_before_the_lease_does() {
    let mock = MockTransport::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = attempts.clone();
    api(&mock, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Reply::error(TransportErrorKind::Connect).delay(Duration::from_secs(20))
    });
    let store = stored(tokens(Some("r0"), DEAD)).await;
    let credential = OAuthCredential::stored(OAuthClient::public("id"), store.clone(), key());
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.into())
        .retry(RetryPolicy::new().max_retries(9))
        .build()
        .unwrap();
    let started = tokio::time::Instant::now();
    patient(&client).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(90));
    assert!(attempts.load(Ordering::SeqCst) > 1);
}

#[tokio::test]
async fn provider_says_how_tokens_are_refreshed_and_sent() {
    let provider: Provider = serde_json::from_value(json!({
        "token_url": "https://login.acme.example/token",
        "refresh_url": "https://login.acme.example/{tenant}/renew",
        "parameters": {"tenant": {"default": "common"}},
        "refresh": {"format": "json", "rename": {"refresh_token": "token"}, "parameters": {"scope": "{scope}"}},
        "response": {"access_token": "data.key", "expires": "data.until", "expires_unit": "at"},
        "access_token": {"header": "x-acme-token", "prefix": ""},
    }))
    .unwrap();
    let mock = MockTransport::new();
    api(&mock, |_| {
        Reply::json(
            200,
            &json!({"data": {"key": "a1", "until": "2999-01-01T00:00:00Z"}}),
        )
    });
    let store = stored(tokens(Some("r0"), DEAD)).await;
    let oauth = OAuthClient::public("id")
        .provider(provider)
        .scopes(["a", "b"])
        .value("tenant", "contoso");
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", OAuthCredential::stored(oauth, store, key()).into())
        .build()
        .unwrap();
    call(&client).await.unwrap();
    let asked = &mock.requests()[0];
    assert_eq!(asked.url(), "https://login.acme.example/contoso/renew");
    assert_eq!(
        asked.json(),
        json!({"grant_type": "refresh_token", "token": "r0", "client_id": "id", "scope": "a b"})
    );
    assert_eq!(
        mock.last_request().unwrap().header("x-acme-token"),
        Some("a1")
    );
    assert_eq!(mock.last_request().unwrap().header("authorization"), None);
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let mock = MockTransport::new();
    api(&mock, |_| {
        Reply::json(
            400,
            &json!({
                "error": "invalid_request", "access_token": "canary-answer",
                "error_description": "what is canary-refresh, and why canary-secret?",
            }),
        )
    });
    let store = stored(tokens(Some("canary-refresh"), DEAD)).await;
    let oauth = OAuthClient::new("id", "canary-secret");
    let credential = OAuthCredential::stored(oauth, store.clone(), key());
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.clone().into())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let error = call(&client).await.unwrap_err();
    let mut texts = vec![
        format!("{credential:?} {client:?} {error:?} {error}"),
        format!("{:?}", record(&store).await),
    ];
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        texts.push(format!("{cause} {cause:?}"));
        source = cause.source();
    }
    assert!(
        texts.iter().all(|text| !text.contains("canary")),
        "{texts:?}"
    );
}
