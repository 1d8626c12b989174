//! What goes wrong at the token endpoint of an application that calls on its own behalf.

use std::io::Write as _;
use std::time::Duration;

use connector_tests::{Answer, FaultServer};
use flate2::Compression;
use flate2::write::GzEncoder;
use security::runtime::{Credential, Error};
use serde_json::json;
use tokio::task::JoinSet;

use super::setup::{
    SECRET, app, app_of, client, grant, in_full, read, read_at_last, refusal, stage,
};

fn caller(server: &FaultServer) -> security::Client {
    client(
        &server.at(""),
        Credential::oauth2_client_credentials(app(server)),
    )
}

/// The error of a call when the token endpoint answers in this way, for ever.
async fn error_of(answer: Answer) -> Error {
    let server = stage();
    server.on("/token", answer);
    let error = read(&caller(&server)).await.unwrap_err();
    assert_eq!(
        server.requests("/oauth/read").len(),
        0,
        "no call without a token"
    );
    assert!(error.is_credential(), "{error}");
    assert!(!in_full(&error).contains(SECRET));
    error
}

/// The token endpoint answers in this way once and then as it should: the next call works.
async fn passes(answer: Answer) {
    let server = stage();
    server.script("/token", [answer, grant("t", json!({}))]);
    assert_eq!(read_at_last(&caller(&server)).await, "Bearer t");
    assert_eq!(server.requests("/token").len(), 2);
}

#[tokio::test]
async fn error_with_status_200_is_an_error() {
    let error = error_of(refusal(200, "bad_verification_code"))
        .await
        .to_string();
    assert!(
        error.contains("refused: bad_verification_code (because)"),
        "{error}"
    );
}

#[tokio::test]
async fn token_beside_a_failure_is_not_used() {
    let server = stage();
    let body = json!({"ok": false, "error": "invalid_code", "access_token": "no"});
    server.on("/token", Answer::json(200, &body));
    let app = app_of(&server, json!({"response": {"success": "ok"}}));
    let client = client(&server.at(""), Credential::oauth2_client_credentials(app));
    let error = read(&client).await.unwrap_err().to_string();
    assert!(error.contains("refused: invalid_code"), "{error}");
}

#[tokio::test]
async fn error_may_be_an_object_with_another_name() {
    let server = stage();
    let body = json!({"fault": {"kind": "expired"}, "message": "too late"});
    server.on("/token", Answer::json(400, &body));
    let response = json!({"error": "fault.kind", "error_codes": {"expired": "invalid_client"}});
    let app = app_of(&server, json!({"response": response}));
    let client = client(&server.at(""), Credential::oauth2_client_credentials(app));
    let error = read(&client).await.unwrap_err().to_string();
    assert!(
        error.contains("refused: invalid_client (too late)"),
        "{error}"
    );
}

#[tokio::test]
async fn error_may_be_nested() {
    let body = json!({"error": {"code": "invalid_client", "message": "no such app"}});
    let error = error_of(Answer::json(400, &body)).await.to_string();
    assert!(
        error.contains("refused: invalid_client (no such app)"),
        "{error}"
    );
}

#[tokio::test]
async fn page_instead_of_json_passes() {
    passes(Answer::text(
        200,
        "text/html",
        "<html>We are working on it</html>",
    ))
    .await;
    let error = error_of(Answer::text(200, "text/html", "<html>canary-page</html>")).await;
    assert!(
        !in_full(&error).contains("canary-page"),
        "an answer may hold a token"
    );
}

#[tokio::test]
async fn empty_answer_passes() {
    passes(Answer::text(200, "application/json", "")).await;
    passes(Answer::text(204, "application/json", "")).await;
}

#[tokio::test]
async fn answer_that_breaks_off_passes() {
    passes(grant("t", json!({})).cut(20)).await;
}

#[tokio::test]
async fn connection_that_is_closed_without_an_answer_passes() {
    passes(Answer::nothing()).await;
}

#[tokio::test]
async fn server_errors_pass() {
    for status in [500, 502, 503, 504] {
        passes(Answer::text(status, "text/html", "<h1>Oops</h1>")).await;
    }
}

#[tokio::test]
async fn answer_without_end_is_cut_off() {
    // Whoever reads to the end finds a token there.
    let mut body = vec![b' '; 3 << 20];
    body.extend_from_slice(br#"{"access_token":"t"}"#);
    error_of(Answer::text(200, "application/json", body)).await;
}

#[tokio::test]
async fn compressed_bomb_is_not_unpacked() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..256 {
        gzip.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    gzip.write_all(br#"{"access_token":"t"}"#).unwrap();
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "or it is refused for its own size");
    error_of(Answer::text(200, "application/json", bomb).header("Content-Encoding", "gzip")).await;
}

#[tokio::test]
async fn nesting_without_end_is_no_answer() {
    error_of(Answer::text(200, "application/json", "[".repeat(100_000))).await;
}

#[tokio::test]
async fn token_that_breaks_a_header_is_refused() {
    for token in ["a\r\nX-Evil: 1", "a\u{0}b", "a\nb"] {
        let error = error_of(grant(token, json!({}))).await;
        assert!(error.to_string().contains("no header may have"), "{error}");
    }
}

#[tokio::test]
async fn redirect_of_the_token_endpoint_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let (server, thief) = (stage(), FaultServer::start().unwrap());
        server.on("/token", Answer::redirect(status, &thief.at("/token")));
        let error = read(&caller(&server)).await.unwrap_err();
        assert!(error.to_string().contains("redirects"), "{error}");
        assert_eq!(
            thief.requests("/token").len(),
            0,
            "secrets went to another host"
        );
        assert_eq!(server.requests("/token").len(), 1);
    }
}

#[tokio::test]
async fn refusal_of_the_application_is_explained_and_not_repeated() {
    let server = stage();
    server.on("/token", refusal(401, "invalid_client"));
    let client = caller(&server);
    for _ in 0..10 {
        let error = read(&client).await.unwrap_err().to_string();
        assert!(
            error.contains("refused: invalid_client (because)"),
            "{error}"
        );
    }
    assert_eq!(server.requests("/token").len(), 1);
}

#[tokio::test]
async fn words_of_the_server_are_kept_short_and_in_one_line() {
    let body =
        json!({"error": "e\u{1b}[31m\n".repeat(100), "error_description": "d\r\n".repeat(10_000)});
    let error = error_of(Answer::json(400, &body)).await.to_string();
    assert!(error.len() < 600, "{}", error.len());
    assert!(!error.contains(['\n', '\r', '\u{1b}']), "{error:?}");
}

#[tokio::test]
async fn failure_is_shared_by_all_who_wait() {
    let server = stage();
    let slow = Duration::from_millis(200);
    server.on("/token", refusal(400, "invalid_scope").after(slow));
    let client = caller(&server);
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let client = client.clone();
        calls.spawn(async move { read(&client).await });
    }
    while let Some(call) = calls.join_next().await {
        let error = call.unwrap().unwrap_err().to_string();
        assert!(error.contains("invalid_scope"), "{error}");
    }
    assert_eq!(server.requests("/token").len(), 1);
}

#[tokio::test]
async fn server_that_is_too_busy_is_left_alone_for_as_long_as_it_asks() {
    let server = stage();
    let busy = refusal(429, "slow_down").header("Retry-After", "3600");
    server.script("/token", [busy, grant("t", json!({}))]);
    let client = caller(&server);
    for _ in 0..20 {
        read(&client).await.unwrap_err();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.requests("/token").len(), 1);
}

#[tokio::test]
async fn server_that_was_busy_is_asked_again() {
    let server = stage();
    let busy = Answer::text(429, "text/plain", "busy").header("Retry-After", "1");
    server.script("/token", [busy, grant("t", json!({}))]);
    assert_eq!(read_at_last(&caller(&server)).await, "Bearer t");
}

#[tokio::test]
async fn failure_does_not_last_for_ever() {
    let server = stage();
    // Even what looks final: somebody may have mended the registration.
    server.script(
        "/token",
        [refusal(401, "invalid_client"), grant("t", json!({}))],
    );
    let client = caller(&server);
    read(&client).await.unwrap_err();
    assert_eq!(read_at_last(&client).await, "Bearer t");
}

#[tokio::test]
async fn caller_who_gives_up_does_not_abort_the_request() {
    let server = stage();
    server.on(
        "/token",
        grant("t", json!({})).after(Duration::from_secs(2)),
    );
    let client = caller(&server);
    let impatient = tokio::time::timeout(Duration::from_millis(50), read(&client));
    impatient.await.unwrap_err();
    assert_eq!(read(&client).await.unwrap(), "Bearer t");
    assert_eq!(server.requests("/token").len(), 1);
}

#[tokio::test]
async fn token_with_a_short_life_is_used_for_it() {
    let server = stage();
    server.on("/token", grant("t", json!({"expires_in": 30})));
    let client = caller(&server);
    for _ in 0..20 {
        read(&client).await.unwrap();
    }
    assert_eq!(server.requests("/token").len(), 1);
}

#[tokio::test]
async fn token_that_has_expired_is_replaced_in_the_same_client() {
    let server = stage();
    server.script(
        "/token",
        [
            grant("t1", json!({"expires_in": 3})),
            grant("t2", json!({})),
        ],
    );
    let client = caller(&server);
    assert_eq!(read(&client).await.unwrap(), "Bearer t1");
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert_eq!(read(&client).await.unwrap(), "Bearer t2");
}

#[tokio::test]
async fn token_that_is_refused_is_renewed_once() {
    let server = stage();
    server.script("/token", [grant("t1", json!({})), grant("t2", json!({}))]);
    server.handle("/oauth/read", |seen| match seen.header("authorization") {
        Some("Bearer t2") => Answer::json(200, &json!({"subject": "ada"})),
        _ => Answer::json(401, &json!({"reason": "revoked"})),
    });
    assert_eq!(read(&caller(&server)).await.unwrap(), "ada");
    assert_eq!(server.requests("/token").len(), 2);
    assert_eq!(server.requests("/oauth/read").len(), 2);
}

#[tokio::test]
async fn token_that_does_not_say_when_it_expires_is_used_until_it_is_refused() {
    let server = stage();
    let unknown = json!({"expires_in": null});
    server.script(
        "/token",
        [grant("t1", unknown.clone()), grant("t2", unknown)],
    );
    let client = caller(&server);
    for _ in 0..5 {
        assert_eq!(read(&client).await.unwrap(), "Bearer t1");
    }
    server.handle("/oauth/read", |seen| match seen.header("authorization") {
        Some("Bearer t2") => Answer::json(200, &json!({"subject": "ada"})),
        _ => Answer::json(401, &json!({"reason": "expired"})),
    });
    assert_eq!(read(&client).await.unwrap(), "ada");
}

#[tokio::test]
async fn refusals_without_end_do_not_lead_to_renewals_without_end() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    server.on("/oauth/read", Answer::json(401, &json!({"reason": "no"})));
    let client = caller(&server);
    for _ in 0..10 {
        let error = read(&client).await.unwrap_err();
        assert_eq!(error.status(), Some(401));
    }
    assert_eq!(server.requests("/token").len(), 2);
}

#[tokio::test]
async fn forbidden_call_does_not_renew_the_token() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    server.on("/oauth/read", Answer::json(403, &json!({"reason": "no"})));
    let error = read(&caller(&server)).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    assert_eq!(server.requests("/token").len(), 1);
}

#[tokio::test]
async fn each_set_of_scopes_has_a_token_of_its_own() {
    let server = stage();
    server.handle("/token", |seen| {
        let scope = seen.form()["scope"].replace(' ', "+");
        grant(&format!("token-for-{scope}"), json!({}))
    });
    let client = caller(&server);
    for _ in 0..2 {
        assert_eq!(read(&client).await.unwrap(), "Bearer token-for-read");
        let write = client.single().oauth_write().send().await.unwrap();
        assert_eq!(write.subject, "Bearer token-for-read+write");
    }
    assert_eq!(server.requests("/token").len(), 2);
}

#[tokio::test]
async fn token_requests_go_through_the_connections_proxy() {
    let (proxy, there) = (FaultServer::start().unwrap(), "http://login.example/token");
    proxy.on(there, grant("t", json!({})));
    proxy.on(
        "http://api.example/oauth/read",
        Answer::json(200, &json!({"subject": "ada"})),
    );
    let app = security::runtime::OAuthClient::new("app", SECRET).token_url(there);
    let client = security::Client::builder()
        .base_url("http://api.example")
        .with(|client| client.proxy(proxy.at("")).allow_insecure_credentials())
        .oauth(app)
        .build()
        .unwrap();
    assert_eq!(read(&client).await.unwrap(), "ada");
    assert_eq!(proxy.requests(there).len(), 1);
}
