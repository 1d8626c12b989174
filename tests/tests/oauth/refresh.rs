//! The tokens of somebody who has signed in: what happens to them when they are refreshed, and what must not.

use std::sync::Arc;
use std::time::Duration;

use connector_tests::{Answer, FaultServer};
use secrecy::ExposeSecret as _;
use security::Client;
use security::runtime::oauth::OAuthCredential;
use security::runtime::token::{
    Commit, FailureClass, Lease, MemoryStore, TokenKey, TokenRecord, TokenStore, Tokens,
};
use security::runtime::transport::BoxFuture;
use security::runtime::{Error, ErrorKind};
use serde_json::{Value, json};

use super::intercepted::Intercepted;
use super::setup::{app, app_of, client, expired, grant, in_full, read, refusal, stage};

/// Somebody whose access token has expired and whose refresh token is `r1`.
struct Person {
    server: FaultServer,
    store: Arc<MemoryStore>,
    key: TokenKey,
}

impl Person {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let key = TokenKey::new("ada's", "oauth");
        store.put(&key, expired("r1")).await.unwrap();
        let server = stage();
        Self { server, store, key }
    }

    /// A client as another process would have it.
    fn client(&self) -> Client {
        self.client_with(self.store.clone())
    }

    fn client_with(&self, store: Arc<dyn TokenStore>) -> Client {
        let credential = OAuthCredential::stored(app(&self.server), store, self.key.clone());
        client(&self.server.at(""), credential)
    }

    async fn record(&self) -> TokenRecord {
        self.store.load(&self.key).await.unwrap().unwrap()
    }

    async fn refresh_token(&self) -> Option<String> {
        let token = self.record().await.tokens?.refresh_token?;
        Some(token.expose_secret().to_owned())
    }

    fn asked(&self) -> usize {
        self.server.requests("/token").len()
    }
}

fn rotated(access: &str, refresh: &str) -> Answer {
    grant(access, json!({"refresh_token": refresh}))
}

#[tokio::test]
async fn rotated_refresh_token_takes_the_place_of_the_old_one() {
    let ada = Person::new().await;
    ada.server.on("/token", rotated("t2", "r2"));
    assert_eq!(read(&ada.client()).await.unwrap(), "Bearer t2");
    assert_eq!(ada.refresh_token().await.as_deref(), Some("r2"));
    assert_eq!(
        ada.server.requests("/token")[0].form()["refresh_token"],
        "r1"
    );
}

#[tokio::test]
async fn refresh_token_stays_when_the_answer_has_none() {
    for missing in [
        json!({}),
        json!({"refresh_token": null}),
        json!({"refresh_token": ""}),
    ] {
        let ada = Person::new().await;
        ada.server.on("/token", grant("t2", missing));
        read(&ada.client()).await.unwrap();
        assert_eq!(ada.refresh_token().await.as_deref(), Some("r1"));
    }
}

#[tokio::test]
async fn what_the_answer_leaves_out_stays_as_it_was() {
    let ada = Person::new().await;
    let mut tokens = expired("r1");
    tokens.scopes = Some(vec!["read".to_owned()]);
    tokens.id_token = Some("an id token".into());
    tokens.values.insert("tenant".to_owned(), "acme".to_owned());
    ada.store.put(&ada.key, tokens).await.unwrap();
    ada.server.on("/token", rotated("t2", "r2"));
    read(&ada.client()).await.unwrap();
    let tokens = ada.record().await.tokens.unwrap();
    assert_eq!(tokens.scopes.unwrap(), ["read"]);
    assert_eq!(tokens.values["tenant"], "acme");
    assert!(tokens.id_token.is_some());
}

#[tokio::test]
async fn answer_that_is_lost_after_a_rotation_is_asked_for_once_more() {
    let ada = Person::new().await;
    ada.server
        .script("/token", [Answer::nothing(), rotated("t2", "r2")]);
    assert_eq!(read(&ada.client()).await.unwrap(), "Bearer t2");
    let asked = ada.server.requests("/token");
    assert_eq!(asked.len(), 2);
    assert!(
        asked
            .iter()
            .all(|seen| seen.form()["refresh_token"] == "r1")
    );
}

#[tokio::test]
async fn refresh_token_is_not_spent_over_and_over_when_answers_are_lost() {
    let ada = Person::new().await;
    ada.server.on("/token", Answer::nothing());
    let client = ada.client();
    read(&client).await.unwrap_err();
    assert_eq!(ada.asked(), 2);
    assert!(!ada.record().await.needs_consent());
}

#[tokio::test]
async fn grant_that_is_gone_needs_a_person_and_nothing_else_is_tried() {
    let ada = Person::new().await;
    ada.server.on("/token", refusal(400, "invalid_grant"));
    let client = ada.client();
    for _ in 0..5 {
        let error = read(&client).await.unwrap_err();
        assert!(error.to_string().contains("sign in again"), "{error}");
        assert!(error.is_credential());
    }
    // Another process finds it out from the store.
    read(&ada.client()).await.unwrap_err();
    assert_eq!(ada.asked(), 1);
    assert!(ada.record().await.needs_consent());
}

#[tokio::test]
async fn person_who_signs_in_again_is_served_again() {
    let ada = Person::new().await;
    ada.server.script(
        "/token",
        [refusal(400, "invalid_grant"), rotated("t3", "r3")],
    );
    let client = ada.client();
    read(&client).await.unwrap_err();
    let mut tokens = Tokens::new("t2");
    tokens.refresh_token = Some("r2".into());
    ada.store.put(&ada.key, tokens).await.unwrap();
    assert_eq!(super::setup::read_at_last(&client).await, "Bearer t2");
    assert_eq!(read(&ada.client()).await.unwrap(), "Bearer t2");
}

#[tokio::test]
async fn error_code_on_a_page_about_a_broken_server_proves_nothing() {
    for status in [429, 500, 503] {
        let ada = Person::new().await;
        ada.server.on("/token", refusal(status, "invalid_grant"));
        read(&ada.client()).await.unwrap_err();
        let failure = ada.record().await.failure.unwrap();
        assert_eq!(failure.class, FailureClass::Unavailable, "{status}");
    }
}

#[tokio::test]
async fn application_that_is_refused_does_not_break_the_connection() {
    for code in ["invalid_client", "unauthorized_client"] {
        let ada = Person::new().await;
        ada.server.on("/token", refusal(401, code));
        read(&ada.client()).await.unwrap_err();
        let record = ada.record().await;
        assert_eq!(
            record.failure.as_ref().unwrap().class,
            FailureClass::InvalidClient
        );
        assert!(!record.needs_consent());
        assert_eq!(ada.refresh_token().await.as_deref(), Some("r1"));
    }
}

#[tokio::test]
async fn codes_of_the_providers_own_mean_what_its_data_says() {
    let server = stage();
    server.on("/token", refusal(200, "bad_refresh_token"));
    let particular = json!({"response": {"error_codes": {"bad_refresh_token": "invalid_grant"}}});
    let credential = OAuthCredential::signed_in(app_of(&server, particular), expired("r1"));
    let error = read(&client(&server.at(""), credential)).await.unwrap_err();
    assert!(error.to_string().contains("sign in again"), "{error}");
}

#[tokio::test]
async fn access_token_without_a_refresh_token_is_used_and_then_missed() {
    let ada = Person::new().await;
    ada.store.put(&ada.key, Tokens::new("t1")).await.unwrap();
    assert_eq!(read(&ada.client()).await.unwrap(), "Bearer t1");
    let mut tokens = expired("");
    tokens.refresh_token = None;
    ada.store.put(&ada.key, tokens).await.unwrap();
    let error = read(&ada.client()).await.unwrap_err().to_string();
    assert!(error.contains("there is no refresh token"), "{error}");
    assert_eq!(ada.asked(), 0);
}

#[tokio::test]
async fn token_that_still_works_is_used_while_the_server_is_away() {
    let ada = Person::new().await;
    let mut tokens = expired("r1");
    // Due, and far from dead.
    let moment = security::runtime::jiff::Timestamp::now();
    let minutes = security::runtime::jiff::SignedDuration::from_mins;
    (tokens.granted_at, tokens.expires_at) = (moment - minutes(58), Some(moment + minutes(2)));
    tokens.access_token = "t1".into();
    ada.store.put(&ada.key, tokens).await.unwrap();
    ada.server
        .on("/token", Answer::text(503, "text/html", "away"));
    let client = ada.client();
    for _ in 0..20 {
        assert_eq!(read(&client).await.unwrap(), "Bearer t1");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(ada.asked() > 0, "nobody has tried");
}

#[tokio::test]
async fn processes_that_share_a_store_refresh_once() {
    let ada = Person::new().await;
    let slow = Duration::from_millis(300);
    ada.server.script(
        "/token",
        [
            rotated("t2", "r2").after(slow),
            refusal(400, "invalid_grant"),
        ],
    );
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = ada.client();
            tokio::spawn(async move { read(&client).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), "Bearer t2");
    }
    assert_eq!(ada.asked(), 1);
}

#[tokio::test]
async fn answer_that_takes_long_is_waited_for_by_all_and_asked_for_once() {
    let ada = Person::new().await;
    // Longer than many a lock lasts.
    let slow = Duration::from_secs(12);
    ada.server.script(
        "/token",
        [
            rotated("t2", "r2").after(slow),
            refusal(400, "invalid_grant"),
        ],
    );
    let (one, other) = (ada.client(), ada.client());
    let (one, other) = tokio::join!(read(&one), read(&other));
    assert_eq!(
        (one.unwrap(), other.unwrap()),
        ("Bearer t2".to_owned(), "Bearer t2".to_owned())
    );
    assert_eq!(ada.asked(), 1);
}

#[tokio::test]
async fn refresh_token_that_somebody_else_has_spent_is_replaced_by_theirs() {
    let ada = Person::new().await;
    let (store, key) = (ada.store.clone(), ada.key.clone());
    // While this process waits for its refusal, another one, whose lease is not known here, stores what it got.
    ada.server.handle("/token", move |_| {
        let lease = Lease::new(1, 1);
        let mut theirs = Tokens::new("theirs");
        theirs.refresh_token = Some("r2".into());
        let commit = store.commit(&key, &lease, None, theirs);
        let done = now(commit).unwrap();
        assert!(matches!(done, Commit::Stored(_)), "{done:?}");
        refusal(400, "invalid_grant")
    });
    assert_eq!(read(&ada.client()).await.unwrap(), "Bearer theirs");
    assert!(!ada.record().await.needs_consent());
}

#[tokio::test]
async fn sign_in_during_a_refresh_wins() {
    let ada = Person::new().await;
    let (store, key) = (ada.store.clone(), ada.key.clone());
    ada.server.handle("/token", move |_| {
        let mut new = Tokens::new("signed in anew");
        new.refresh_token = Some("r9".into());
        now(store.put(&key, new)).unwrap();
        rotated("t2", "r2")
    });
    assert_eq!(read(&ada.client()).await.unwrap(), "Bearer signed in anew");
    assert_eq!(ada.refresh_token().await.as_deref(), Some("r9"));
}

#[tokio::test]
async fn tokens_that_came_too_late_are_given_back() {
    let ada = Person::new().await;
    ada.server
        .on("/revoke", Answer::text(200, "text/plain", ""));
    let (store, key) = (ada.store.clone(), ada.key.clone());
    ada.server.handle("/token", move |_| {
        now(store.put(&key, Tokens::new("signed in anew"))).unwrap();
        rotated("t2", "r2")
    });
    let app = app_of(
        &ada.server,
        json!({"revocation_url": ada.server.at("/revoke")}),
    );
    let credential = OAuthCredential::stored(app, ada.store.clone(), ada.key.clone());
    let client = client(&ada.server.at(""), credential);
    assert_eq!(read(&client).await.unwrap(), "Bearer signed in anew");
    while ada.server.requests("/revoke").len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let given_back = ada.server.requests("/revoke");
    let given_back: Vec<_> = given_back
        .iter()
        .map(|seen| seen.form()["token"].clone())
        .collect();
    assert_eq!(given_back, ["r2", "t2"]);
}

#[tokio::test]
async fn connection_that_is_removed_during_a_refresh_stays_removed() {
    let ada = Person::new().await;
    let (store, key) = (ada.store.clone(), ada.key.clone());
    ada.server.handle("/token", move |_| {
        now(store.remove(key.connection())).unwrap();
        rotated("t2", "r2")
    });
    let error = read(&ada.client()).await.unwrap_err().to_string();
    assert!(error.contains("removed or changed"), "{error}");
    assert!(ada.store.load(&ada.key).await.unwrap().is_none());
    assert_eq!(ada.server.requests("/oauth/read").len(), 0);
}

#[tokio::test]
async fn new_tokens_are_not_used_before_they_are_kept() {
    let ada = Person::new().await;
    ada.server.on("/token", rotated("t2", "r2"));
    let full = || -> BoxFuture<'static, _> {
        Box::pin(async { Err(Error::credential("the disk is full")) })
    };
    let store = Intercepted::new(ada.store.clone(), Box::new(full));
    let client = ada.client_with(Arc::new(store));
    let error = read(&client).await.unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(ada.server.requests("/oauth/read").len(), 0);
}

#[tokio::test]
async fn person_is_not_told_secrets_by_errors() {
    let canaries = [
        "canary-refresh",
        "canary-expired-access-token",
        super::setup::SECRET,
    ];
    let answers: [Value; 3] = [
        json!({"error": "invalid_request", "refresh_token": "canary-refresh"}),
        json!({"access_token": ["canary-refresh"]}),
        json!(["canary-refresh"]),
    ];
    for answer in answers {
        let ada = Person::new().await;
        ada.store
            .put(&ada.key, expired("canary-refresh"))
            .await
            .unwrap();
        ada.server.on("/token", Answer::json(400, &answer));
        let client = ada.client();
        let error = read(&client).await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Status);
        let text = format!(
            "{}{client:?}{:?}{:?}",
            in_full(&error),
            ada.record().await,
            ada.store
        );
        for canary in canaries {
            assert!(!text.contains(canary), "{text}");
        }
    }
}

/// Waits for a future of the memory store, which is ready at once, outside of the executor.
fn now<T>(future: impl Future<Output = T>) -> T {
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the memory store never waits"),
    }
}
