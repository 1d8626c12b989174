use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::oauth::ClientAuthentication;
use connector_runtime::{Client, Credential, Empty, OAuthClient, Request, RetryPolicy};
use serde_json::json;
use tokio::task::JoinSet;

use super::acme::{API, SECURED};
use super::server::{Reaction, Server, answer};

fn oauth() -> OAuthClient {
    OAuthClient::new("id", "s&cret")
}

fn client(mock: &MockTransport, oauth: OAuthClient) -> Client {
    Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", Credential::oauth2_client_credentials(oauth))
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

/// A token endpoint that numbers its tokens, and an API that takes those which `accepted` takes.
fn script(
    mock: &MockTransport,
    expires_in: u64,
    accepted: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Arc<AtomicUsize> {
    let issued = Arc::new(AtomicUsize::new(0));
    let count = issued.clone();
    mock.handler(move |request| {
        if request.operation().is_none() {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let token = json!({"access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": expires_in});
            return Reply::json(200, &token).delay(Duration::from_millis(50));
        }
        let token = request.header("authorization").unwrap_or_default();
        if accepted(token) { Reply::status(204) } else { Reply::status(401) }
    });
    issued
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_callers_share_one_token_request() {
    let mock = MockTransport::new();
    let issued = script(&mock, 3600, |token| token == "Bearer t1");
    let client = client(&mock, oauth());
    let mut calls = JoinSet::new();
    for _ in 0..10_000 {
        calls.spawn(Request::new(&client, &SECURED).send::<Empty>());
    }
    while let Some(result) = calls.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!(issued.load(Ordering::SeqCst), 1);
    let asked = mock
        .requests()
        .into_iter()
        .find(|request| request.operation().is_none())
        .unwrap();
    assert_eq!(asked.url(), "https://login.acme.example/token");
    assert_eq!(
        asked.header("authorization"),
        Some("Basic aWQ6cyUyNmNyZXQ=")
    );
    assert_eq!(asked.text(), "grant_type=client_credentials&scope=read");
}

#[tokio::test(start_paused = true)]
async fn callers_that_give_up_do_not_abort_the_request() {
    let mock = MockTransport::new();
    let issued = script(&mock, 3600, |_| true);
    let client = client(&mock, oauth());
    let call = || Request::new(&client, &SECURED).send::<Empty>();
    tokio::time::timeout(Duration::from_millis(10), call())
        .await
        .unwrap_err();
    call().await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_renewed_before_they_expire() {
    let mock = MockTransport::new();
    let issued = script(&mock, 1000, |_| true);
    let client = client(&mock, oauth());
    let call = || Request::new(&client, &SECURED).send::<Empty>();
    call().await.unwrap();
    tokio::time::advance(Duration::from_secs(700)).await;
    call().await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 1);
    tokio::time::advance(Duration::from_secs(150)).await;
    // The old token is still good, so this call does not wait for the new one.
    call().await.unwrap();
    assert_eq!(
        mock.last_request().unwrap().header("authorization"),
        Some("Bearer t1")
    );
    tokio::time::sleep(Duration::from_secs(1)).await;
    call().await.unwrap();
    assert_eq!(
        mock.last_request().unwrap().header("authorization"),
        Some("Bearer t2")
    );
    assert_eq!(issued.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn refused_token_is_renewed_once() {
    let mock = MockTransport::new();
    let issued = script(&mock, 3600, |token| token == "Bearer t2");
    let refused = client(&mock, oauth());
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        calls.spawn(Request::new(&refused, &SECURED).send::<Empty>());
    }
    while let Some(result) = calls.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!(issued.load(Ordering::SeqCst), 2);

    let mock = MockTransport::new();
    let issued = script(&mock, 3600, |_| false);
    let error = Request::new(&client(&mock, oauth()), &SECURED)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert!(error.is_credential());
    assert_eq!(issued.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn forbidden_does_not_renew() {
    let mock = MockTransport::new();
    mock.reply(Reply::json(
        200,
        &json!({"access_token": "t", "expires_in": "60"}),
    ))
    .reply(Reply::status(403));
    let error = Request::new(&client(&mock, oauth()), &SECURED)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(403));
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn refusal_is_shared_and_explained() {
    let mock = MockTransport::new();
    mock.handler(|_| {
        Reply::json(
            401,
            &json!({"error": "invalid_client", "error_description": "unknown"}),
        )
    });
    let client = client(&mock, oauth());
    let error = Request::new(&client, &SECURED)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert!(error.is_credential());
    assert_eq!(
        error.to_string(),
        "listThings: the token endpoint at https://login.acme.example refused: invalid_client (unknown)"
    );
    assert!(!format!("{error:?}").contains("s&cret"));
}

#[tokio::test(start_paused = true)]
async fn client_may_authenticate_in_the_body_with_its_own_scopes() {
    let mock = MockTransport::new();
    script(&mock, 3600, |_| true);
    let oauth = oauth()
        .authentication(ClientAuthentication::Body)
        .scopes(["a", "b"])
        .token_url("https://other.example/t")
        .parameter("audience", "x");
    Request::new(&client(&mock, oauth), &SECURED)
        .send::<Empty>()
        .await
        .unwrap();
    let asked = &mock.requests()[0];
    assert_eq!(asked.url(), "https://other.example/t");
    assert_eq!(asked.header("authorization"), None);
    let mut form = asked.form();
    form.sort();
    let expected = [
        ("audience", "x"),
        ("client_id", "id"),
        ("client_secret", "s&cret"),
        ("grant_type", "client_credentials"),
        ("scope", "a b"),
    ];
    assert_eq!(
        form,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test(start_paused = true)]
async fn relative_token_url_is_at_the_api() {
    let mock = MockTransport::new();
    script(&mock, 3600, |_| true);
    let client = client(&mock, oauth().token_url("/oauth/token"));
    Request::new(&client, &SECURED)
        .send::<Empty>()
        .await
        .unwrap();
    assert_eq!(
        mock.requests()[0].url(),
        "https://api.acme.example/oauth/token"
    );
}

#[test]
fn client_secret_is_not_sent_in_the_clear() {
    let oauth = oauth().token_url("http://login.acme.example/token");
    let built = Client::builder(&API)
        .transport(MockTransport::new())
        .credential("oauth", Credential::oauth2_client_credentials(oauth))
        .build();
    assert!(built.unwrap_err().to_string().contains("not https"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_calls_over_tcp_share_one_token_request() {
    let server = Server::start(|_, seen| match seen.target.as_str() {
        "/token" => answer(
            200,
            r#"{"access_token": "t", "token_type": "bearer", "expires_in": 3600}"#,
        ),
        _ if seen.header("authorization") == Some("Bearer t") => answer(200, ""),
        _ => answer(401, ""),
    })
    .await;
    let oauth = oauth().token_url(format!("{}/token", server.url));
    let client = server.client(|builder| {
        builder.credential("oauth", Credential::oauth2_client_credentials(oauth))
    });
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        calls.spawn(Request::new(&client, &SECURED).send::<Empty>());
    }
    while let Some(result) = calls.join_next().await {
        result.unwrap().unwrap();
    }
    let asked = server
        .seen()
        .iter()
        .filter(|seen| seen.target == "/token")
        .count();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn token_request_survives_a_dropped_connection() {
    let server = Server::start(|number, seen| match seen.target.as_str() {
        "/token" if number == 0 => Reaction::HangUp,
        "/token" => answer(200, r#"{"access_token": "t", "token_type": "bearer"}"#),
        _ => answer(200, ""),
    })
    .await;
    let oauth = oauth().token_url(format!("{}/token", server.url));
    let client = server.client(|builder| {
        builder.credential("oauth", Credential::oauth2_client_credentials(oauth))
    });
    Request::new(&client, &SECURED)
        .send::<Empty>()
        .await
        .unwrap();
}
