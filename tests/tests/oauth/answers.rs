//! What token endpoints answer, beside what RFC 6749 section 5.1 has.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_tests::{Answer, FaultServer};
use security::runtime::SecretString;
use security::runtime::token::Tokens;
use serde_json::{Value, json};

use super::setup::{app_of, client, fetched, grant, lifetime, read, stage};
use secrecy::ExposeSecret as _;

/// The tokens in this answer, read as the provider's data says.
async fn tokens_of(particular: Value, answer: Answer) -> Tokens {
    let server = stage();
    server.on("/token", answer);
    fetched(&server, app_of(&server, particular)).await.unwrap()
}

async fn lifetime_of(particular: Value, more: Value) -> Option<i64> {
    lifetime(&tokens_of(particular, grant("t", more)).await)
}

fn text(secret: &SecretString) -> &str {
    secret.expose_secret()
}

#[tokio::test]
async fn expires_in_may_be_a_string() {
    assert_eq!(
        lifetime_of(json!({}), json!({"expires_in": "7200"})).await,
        Some(7200)
    );
}

#[tokio::test]
async fn expires_in_may_be_zero_and_then_says_nothing() {
    assert_eq!(lifetime_of(json!({}), json!({"expires_in": 0})).await, None);
    assert_eq!(
        lifetime_of(json!({}), json!({"expires_in": null})).await,
        None
    );
}

#[tokio::test]
async fn expires_in_may_be_a_fraction() {
    assert_eq!(
        lifetime_of(json!({}), json!({"expires_in": 3599.2})).await,
        Some(3600)
    );
}

#[tokio::test]
async fn expires_in_may_be_in_milliseconds() {
    let particular = json!({"response": {"expires_unit": "milliseconds"}});
    assert_eq!(
        lifetime_of(particular, json!({"expires_in": 90_000})).await,
        Some(90)
    );
}

#[tokio::test]
async fn expires_in_may_be_spelled_with_a_unit() {
    assert_eq!(
        lifetime_of(json!({}), json!({"expires_in": "2h"})).await,
        Some(7200)
    );
}

#[tokio::test]
async fn expires_in_beyond_all_reason_is_bounded() {
    let ten_years = 10 * 365 * 24 * 3600;
    assert_eq!(
        lifetime_of(json!({}), json!({"expires_in": 1e300})).await,
        Some(ten_years)
    );
    let capped = json!({"response": {"max_lifetime": 600}});
    assert_eq!(
        lifetime_of(capped, json!({"expires_in": 86_400})).await,
        Some(600)
    );
}

#[tokio::test]
async fn expiry_may_be_a_moment_by_a_clock_that_is_wrong() {
    let particular = json!({"response": {"expires": "expires_at", "expires_unit": "at"}});
    for moment in [
        json!("1994-11-15T09:12:31Z"),
        json!(784_890_751),
        json!("784890751000"),
    ] {
        let answer = grant("t", json!({"expires_at": moment}));
        let answer = answer.header("Date", "Tue, 15 Nov 1994 08:12:31 GMT");
        let tokens = tokens_of(particular.clone(), answer).await;
        assert_eq!(lifetime(&tokens), Some(3600));
    }
}

#[tokio::test]
async fn expiry_may_have_another_name() {
    let particular = json!({"response": {"expires": "data.valid_for"}});
    let more = json!({"expires_in": null, "data": {"valid_for": 60}});
    assert_eq!(lifetime_of(particular, more).await, Some(60));
}

#[tokio::test]
async fn expiry_may_stand_only_in_a_token_that_is_a_jwt() {
    let claims = URL_SAFE_NO_PAD.encode(r#"{"iat": 1000, "exp": 1900}"#);
    let answer = grant(&format!("e30.{claims}.sig"), json!({"expires_in": null}));
    assert_eq!(lifetime(&tokens_of(json!({}), answer).await), Some(900));
}

#[tokio::test]
async fn expiry_that_nobody_tells_comes_from_the_providers_data() {
    let particular = json!({"response": {"default_lifetime": 3300}});
    assert_eq!(
        lifetime_of(particular, json!({"expires_in": null})).await,
        Some(3300)
    );
}

#[tokio::test]
async fn tokens_may_live_for_ever() {
    let particular = json!({"response": {"expires_unit": "never"}});
    assert_eq!(
        lifetime_of(particular, json!({"expires_in": 1})).await,
        None
    );
}

#[tokio::test]
async fn token_type_may_be_missing_or_strange() {
    for kind in [
        json!(null),
        json!("bearer"),
        json!("BEARER"),
        json!("JWT"),
        json!(1),
    ] {
        let server = stage();
        server.on("/token", grant("t", json!({"token_type": kind})));
        let tokens = fetched(&server, app_of(&server, json!({}))).await.unwrap();
        assert_eq!(text(&tokens.access_token), "t");
        let sent = &server.requests("/oauth/read")[0];
        assert_eq!(sent.header("authorization"), Some("Bearer t"), "{kind}");
    }
}

#[tokio::test]
async fn success_may_have_any_status_below_300() {
    for status in [200, 201, 202, 203] {
        let answer = Answer::json(status, &json!({"access_token": "t"}));
        assert_eq!(text(&tokens_of(json!({}), answer).await.access_token), "t");
    }
}

#[tokio::test]
async fn content_type_may_be_wrong() {
    for content_type in [
        "text/html",
        "text/plain; charset=utf-8",
        "application/octet-stream",
    ] {
        let answer = Answer::text(200, content_type, r#"{"access_token":"t"}"#);
        assert_eq!(text(&tokens_of(json!({}), answer).await.access_token), "t");
    }
}

#[tokio::test]
async fn answer_may_be_a_form() {
    let body = "access_token=t&expires_in=60&scope=read%2Cwrite&refresh_token=r";
    let answer = Answer::text(200, "application/x-www-form-urlencoded", body);
    let tokens = tokens_of(json!({}), answer).await;
    assert_eq!(
        (text(&tokens.access_token), lifetime(&tokens)),
        ("t", Some(60))
    );
    assert_eq!(tokens.scopes.unwrap(), ["read", "write"]);
}

#[tokio::test]
async fn answer_may_have_a_byte_order_mark_and_a_line_break() {
    let json = "\u{feff}{\"access_token\":\"t\",\"expires_in\":60}\r\n";
    let form = "access_token=t&expires_in=60\n";
    for (media_type, body) in [
        ("application/json", json),
        ("application/x-www-form-urlencoded", form),
    ] {
        let tokens = tokens_of(json!({}), Answer::text(200, media_type, body)).await;
        assert_eq!(
            (text(&tokens.access_token), lifetime(&tokens)),
            ("t", Some(60)),
            "{media_type}"
        );
    }
}

#[tokio::test]
async fn answer_may_be_nothing_but_the_token() {
    let answer = Answer::json(200, &json!("t"));
    assert_eq!(text(&tokens_of(json!({}), answer).await.access_token), "t");
}

#[tokio::test]
async fn tokens_may_be_nested() {
    let particular = json!({"response": {
        "access_token": "authed_user.access_token",
        "refresh_token": "authed_user.refresh_token",
        "success": "ok",
    }});
    let body = json!({"ok": true, "authed_user": {"access_token": "t", "refresh_token": "r"}});
    let tokens = tokens_of(particular, Answer::json(200, &body)).await;
    assert_eq!(text(&tokens.access_token), "t");
    assert_eq!(tokens.refresh_token.as_ref().map(text), Some("r"));
}

#[tokio::test]
async fn tokens_may_have_another_name() {
    let particular = json!({"response": {"access_token": "ticket"}});
    let answer = Answer::json(200, &json!({"ticket": "t"}));
    assert_eq!(text(&tokens_of(particular, answer).await.access_token), "t");
}

#[tokio::test]
async fn token_may_be_in_a_header() {
    let particular = json!({"response": {"access_token_header": "X-Subject-Token"}});
    let answer = Answer::json(201, &json!({})).header("X-Subject-Token", "t");
    assert_eq!(text(&tokens_of(particular, answer).await.access_token), "t");
}

#[tokio::test]
async fn token_may_be_a_cookie() {
    let particular = json!({"response": {"access_token_cookie": "sid"}});
    let answer = Answer::text(204, "text/plain", "")
        .header("Set-Cookie", "lang=en")
        .header("Set-Cookie", "sid=t; Path=/; HttpOnly");
    assert_eq!(text(&tokens_of(particular, answer).await.access_token), "t");
}

#[tokio::test]
async fn scopes_may_be_a_list_or_have_commas() {
    for scope in [json!(["a", "b"]), json!("a,b"), json!("a b")] {
        let tokens = tokens_of(json!({}), grant("t", json!({"scope": scope}))).await;
        assert_eq!(tokens.scopes.unwrap(), ["a", "b"]);
    }
}

#[tokio::test]
async fn values_of_the_answer_are_kept() {
    let particular =
        json!({"response": {"values": {"instance_url": "instance_url", "team": "team.id"}}});
    let more = json!({"instance_url": "https://eu1.example", "team": {"id": 7}});
    let tokens = tokens_of(particular, grant("t", more)).await;
    assert_eq!(tokens.values["instance_url"], "https://eu1.example");
    assert_eq!(tokens.values["team"], "7");
}

#[tokio::test]
async fn refresh_tokens_may_tell_their_own_expiry() {
    for name in ["refresh_expires_in", "refresh_token_expires_in"] {
        let more = json!({"refresh_token": "r", name: 86_400});
        let tokens = tokens_of(json!({}), grant("t", more)).await;
        let life = tokens
            .refresh_expires_at
            .unwrap()
            .duration_since(tokens.granted_at);
        assert_eq!(life.as_secs(), 86_400);
    }
}

#[tokio::test]
async fn token_may_go_into_a_header_of_its_own() {
    let server = FaultServer::start().unwrap();
    server.on("/token", grant("t", json!({})));
    server.on("/oauth/read", Answer::json(200, &json!({"subject": "ada"})));
    let particular = json!({"access_token": {"header": "X-Shopify-Access-Token", "prefix": ""}});
    let app = app_of(&server, particular);
    let client = client(
        &server.at(""),
        security::runtime::Credential::oauth2_client_credentials(app),
    );
    read(&client).await.unwrap();
    let sent = &server.requests("/oauth/read")[0];
    assert_eq!(sent.header("x-shopify-access-token"), Some("t"));
    assert_eq!(sent.header("authorization"), None);
}

#[tokio::test]
async fn token_in_a_header_of_its_own_stays_with_the_api_when_it_redirects() {
    let (server, elsewhere) = (FaultServer::start().unwrap(), FaultServer::start().unwrap());
    server.on("/token", grant("t", json!({})));
    server.on(
        "/oauth/read",
        Answer::redirect(302, &elsewhere.at("/stolen")),
    );
    elsewhere.on("/stolen", Answer::json(200, &json!({"subject": "eve"})));
    let particular = json!({"access_token": {"header": "X-Shopify-Access-Token", "prefix": ""}});
    let app = app_of(&server, particular);
    let client = client(
        &server.at(""),
        security::runtime::Credential::oauth2_client_credentials(app),
    );
    read(&client).await.unwrap();
    let seen = elsewhere.requests("/stolen").remove(0);
    assert_eq!(seen.header("x-shopify-access-token"), None);
}
