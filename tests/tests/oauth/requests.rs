//! How token endpoints want to be asked, beside what RFC 6749 has.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_runtime::oauth::{Assertion, SigningKey};
use connector_tests::{Answer, FaultServer, Seen};
use security::runtime::oauth::{ClientAuthentication, OAuthClient, OAuthCredential};
use security::runtime::{Credential, Error};
use serde_json::{Value, json};

use super::setup::{
    SECRET, app, app_of, client, expired, fetched, grant, lifetime, provider, read, stage,
};

/// How a server that is particular in this way is asked by an application on its own behalf.
async fn asked(particular: Value) -> Seen {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    fetched(&server, app_of(&server, particular)).await.unwrap();
    server.requests("/token").remove(0)
}

/// How a server that is particular in this way is asked for later tokens.
async fn asked_again(particular: Value) -> Seen {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let credential = OAuthCredential::signed_in(app_of(&server, particular), expired("r1"));
    assert_eq!(
        read(&client(&server.at(""), credential)).await.unwrap(),
        "Bearer t"
    );
    server.requests("/token").remove(0)
}

async fn refused(app: OAuthClient) -> Error {
    let credential = Credential::oauth2_client_credentials(app);
    let built = security::Client::builder()
        .base_url("http://127.0.0.1:1")
        .with(|client| client.credential("oauth", credential))
        .build();
    built.unwrap_err()
}

/// `app:canary-client-secret` in Base64.
const BASIC: &str = "Basic YXBwOmNhbmFyeS1jbGllbnQtc2VjcmV0";

#[tokio::test]
async fn secret_goes_into_the_authorization_header() {
    let seen = asked(json!({})).await;
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.header("authorization"), Some(BASIC));
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let form = seen.form();
    assert_eq!(
        (form["grant_type"].as_str(), form["scope"].as_str()),
        ("client_credentials", "read")
    );
    assert!(
        !form.contains_key("client_secret"),
        "a client authenticates in one way (RFC 6749 section 2.3)"
    );
}

#[tokio::test]
async fn secret_may_go_into_the_body() {
    let seen = asked(json!({"client_authentication": "body"})).await;
    assert_eq!(seen.header("authorization"), None);
    let form = seen.form();
    assert_eq!(
        (form["client_id"].as_str(), form["client_secret"].as_str()),
        ("app", SECRET)
    );
}

#[tokio::test]
async fn secret_is_form_encoded_or_raw_in_the_authorization_header() {
    for (encoding, expected) in [
        ("form", "Basic YXBwOmElMkJiKyUyNg=="),
        ("raw", "Basic YXBwOmErYiAm"),
    ] {
        let server = stage();
        server.on("/token", grant("t", json!({})));
        let particular = json!({"token_url": server.at("/token"), "basic_encoding": encoding});
        let app = OAuthClient::new("app", "a+b &").provider(provider(particular));
        fetched(&server, app).await.unwrap();
        let seen = server.requests("/token").remove(0);
        assert_eq!(seen.header("authorization"), Some(expected), "{encoding}");
    }
}

#[tokio::test]
async fn public_client_sends_only_its_id() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let app = OAuthClient::public("app").token_url(server.at("/token"));
    let credential = OAuthCredential::signed_in(app, expired("r1"));
    read(&client(&server.at(""), credential)).await.unwrap();
    let seen = server.requests("/token").remove(0);
    assert_eq!(seen.header("authorization"), None);
    let form = seen.form();
    assert_eq!(form["client_id"], "app");
    assert!(!form.contains_key("client_secret"));
}

#[tokio::test]
async fn application_may_override_how_the_provider_wants_it() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let app = app_of(&server, json!({"client_authentication": "basic"}));
    fetched(&server, app.authentication(ClientAuthentication::Body))
        .await
        .unwrap();
    assert_eq!(server.requests("/token")[0].header("authorization"), None);
}

#[tokio::test]
async fn scopes_may_have_commas_between_them() {
    let particular = json!({"scope_separator": ",", "scopes": ["offline"]});
    assert_eq!(asked(particular).await.form()["scope"], "read,offline");
}

#[tokio::test]
async fn parameters_may_be_json() {
    let seen = asked(json!({"client_authentication": "body", "token": {"format": "json"}})).await;
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let expected = json!({"grant_type": "client_credentials", "scope": "read", "client_id": "app", "client_secret": SECRET});
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn parameters_may_be_a_query_with_get() {
    let seen = asked(json!({"token": {"format": "query", "method": "GET"}})).await;
    assert_eq!((seen.method.as_str(), seen.body.len()), ("GET", 0));
    assert_eq!(seen.query()["grant_type"], "client_credentials");
}

#[tokio::test]
async fn body_may_be_xml() {
    let token = json!({
        "content_type": "application/xml",
        "body": "<login><id>{client_id}</id><key>{client_secret}</key></login>",
    });
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let particular = json!({"token_url": server.at("/token"), "token": token});
    let app = OAuthClient::new("a<b", "c&d").provider(provider(particular));
    fetched(&server, app).await.unwrap();
    let seen = server.requests("/token").remove(0);
    assert_eq!(seen.header("content-type"), Some("application/xml"));
    let body = String::from_utf8(seen.body).unwrap();
    assert_eq!(body, "<login><id>a&lt;b</id><key>c&amp;d</key></login>");
}

#[tokio::test]
async fn parameters_may_be_added_removed_and_renamed() {
    let token = json!({
        "parameters": {"account": "{client_id}", "grant_type": ""},
        "rename": {"scope": "permissions"},
    });
    let form = asked(json!({"token": token})).await.form();
    assert_eq!(
        (form["account"].as_str(), form["permissions"].as_str()),
        ("app", "read")
    );
    assert!(
        !form.contains_key("grant_type") && !form.contains_key("scope"),
        "{form:?}"
    );
}

#[tokio::test]
async fn headers_may_be_added_from_the_credentials() {
    let token = json!({"headers": {"X-Key": "{client_id}", "Authorization": "Basic {base64(client_secret:client_id)}"}});
    let seen = asked(json!({"token": token})).await;
    assert_eq!(seen.header("x-key"), Some("app"));
    assert_eq!(
        seen.header("authorization"),
        Some("Basic Y2FuYXJ5LWNsaWVudC1zZWNyZXQ6YXBw")
    );
}

#[tokio::test]
async fn audience_and_resource_are_sent() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let app = app(&server)
        .parameter("audience", "https://api.example/")
        .parameter("resource", "urn:x");
    fetched(&server, app).await.unwrap();
    let form = server.requests("/token").remove(0).form();
    assert_eq!(
        (form["audience"].as_str(), form["resource"].as_str()),
        ("https://api.example/", "urn:x")
    );
}

#[tokio::test]
async fn url_may_have_the_connections_parameters_in_it() {
    let server = stage();
    server.on("/acme/token", grant("t", json!({})));
    let particular = json!({"token_url": server.at("/{tenant}/token"), "parameters": {"tenant": {"default": "common"}}});
    let app = OAuthClient::new("app", SECRET).provider(provider(particular));
    fetched(&server, app.value("tenant", "acme")).await.unwrap();
    assert_eq!(server.requests("/acme/token").len(), 1);
}

#[tokio::test]
async fn url_takes_the_first_parameter_that_has_a_value() {
    let server = stage();
    server.on("/common/token", grant("t", json!({})));
    let particular = json!({"token_url": server.at("/{tenant || realm}/token"), "parameters": {"realm": {"default": "common"}}});
    fetched(
        &server,
        OAuthClient::new("app", SECRET).provider(provider(particular)),
    )
    .await
    .unwrap();
    assert_eq!(server.requests("/common/token").len(), 1);
}

#[tokio::test]
async fn parameters_cannot_move_the_request_to_another_host() {
    let particular =
        json!({"token_url": "https://{tenant}.login.example/token", "parameters": {"tenant": {}}});
    for tenant in [
        "evil.example/",
        "evil.example?",
        "evil.example#",
        "a@evil.example",
        "evil.example\\",
        "",
        "a:b",
    ] {
        let app = OAuthClient::new("app", SECRET).provider(provider(particular.clone()));
        let error = refused(app.value("tenant", tenant)).await.to_string();
        assert!(error.contains("tenant"), "{tenant}: {error}");
    }
}

#[tokio::test]
async fn parameter_must_be_one_of_the_allowed_values() {
    let region = json!({"description": "Where the account is", "values": ["eu", "us"]});
    let particular = json!({"token_url": "https://{region}.login.example/token", "parameters": {"region": region}});
    let app = OAuthClient::new("app", SECRET).provider(provider(particular));
    let error = refused(app.value("region", "mars")).await.to_string();
    assert!(
        error.contains("`region` is `mars`, but must be one of `eu`, `us`"),
        "{error}"
    );
}

#[tokio::test]
async fn secret_is_not_sent_over_plain_http() {
    let app = OAuthClient::new("app", SECRET).token_url("http://login.example/token");
    let error = refused(app).await.to_string();
    assert!(error.contains("not https"), "{error}");
}

#[tokio::test]
async fn login_may_come_before_the_token() {
    let server = FaultServer::start().unwrap();
    server.on(
        "/login",
        Answer::json(200, &json!({"data": {"ticket": "one-way ticket"}})),
    );
    server.on(
        "/exchange",
        Answer::json(200, &json!({"result": {"jwt": "t"}})),
    );
    server.handle("/oauth/read", |seen| {
        Answer::json(200, &json!({"subject": seen.header("authorization")}))
    });
    let particular = json!({
        "token_url": server.at("/login"),
        "token": {
            "format": "json",
            "body": r#"{"user": "{username}", "pass": "{password}"}"#,
            "then": [{
                "url": server.at("/exchange"),
                "format": "json",
                "body": r#"{"ticket": "{answer.data.ticket}"}"#,
                "headers": {"X-Ticket": "{answer.data.ticket}"},
            }],
        },
        "response": {"access_token": "result.jwt", "default_lifetime": 3600},
    });
    let app = OAuthClient::public("app").provider(provider(particular));
    let credential = OAuthCredential::password(app, "ada", r#"pass"word"#);
    assert_eq!(
        read(&client(&server.at(""), credential)).await.unwrap(),
        "Bearer t"
    );
    let login = server.requests("/login").remove(0).json();
    assert_eq!(login, json!({"user": "ada", "pass": "pass\"word"}));
    let exchange = server.requests("/exchange").remove(0);
    assert_eq!(exchange.header("x-ticket"), Some("one-way ticket"));
    assert_eq!(exchange.json(), json!({"ticket": "one-way ticket"}));
}

#[tokio::test]
async fn name_and_password_may_have_other_names() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let token = json!({"rename": {"username": "login", "password": "pin"}, "parameters": {"grant_type": "custom"}});
    let credential =
        OAuthCredential::password(app_of(&server, json!({"token": token})), "ada", "1234");
    read(&client(&server.at(""), credential)).await.unwrap();
    let form = server.requests("/token").remove(0).form();
    assert_eq!(
        (form["login"].as_str(), form["pin"].as_str()),
        ("ada", "1234")
    );
    assert_eq!(form["grant_type"], "custom");
}

#[tokio::test]
async fn refresh_is_a_request_without_scope() {
    let form = asked_again(json!({})).await.form();
    assert_eq!(
        (form["grant_type"].as_str(), form["refresh_token"].as_str()),
        ("refresh_token", "r1")
    );
    assert!(
        !form.contains_key("scope"),
        "the server keeps the scopes of the grant"
    );
}

#[tokio::test]
async fn refresh_may_need_the_scope() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let app = app_of(
        &server,
        json!({"refresh": {"parameters": {"scope": "{scope}"}}}),
    );
    let credential = OAuthCredential::signed_in(app.scopes(["read", "write"]), expired("r1"));
    read(&client(&server.at(""), credential)).await.unwrap();
    assert_eq!(server.requests("/token")[0].form()["scope"], "read write");
}

#[tokio::test]
async fn refresh_may_have_parameters_of_its_own() {
    let refresh =
        json!({"parameters": {"access_type": "offline"}, "rename": {"refresh_token": "token"}});
    let form = asked_again(json!({"refresh": refresh})).await.form();
    assert_eq!(
        (form["access_type"].as_str(), form["token"].as_str()),
        ("offline", "r1")
    );
}

#[tokio::test]
async fn refresh_may_happen_elsewhere() {
    let server = stage();
    server.on("/renew", grant("t", json!({})));
    let app = app_of(&server, json!({"refresh_url": server.at("/renew")}));
    let credential = OAuthCredential::signed_in(app, expired("r1"));
    assert_eq!(
        read(&client(&server.at(""), credential)).await.unwrap(),
        "Bearer t"
    );
    assert_eq!(server.requests("/renew").len(), 1);
    assert_eq!(server.requests("/token").len(), 0);
}

#[tokio::test]
async fn refresh_token_may_be_a_bearer_token() {
    let refresh = json!({
        "headers": {"Authorization": "Bearer {refresh_token}"},
        "parameters": {"refresh_token": "", "grant_type": ""},
    });
    let seen = asked_again(json!({"refresh": refresh})).await;
    assert_eq!(seen.header("authorization"), Some("Bearer r1"));
    assert!(!seen.form().contains_key("refresh_token"));
}

#[tokio::test]
async fn expiry_may_be_had_only_by_asking_for_it() {
    let server = stage();
    server.on("/token", grant("t", json!({"expires_in": null})));
    let expires = security::runtime::jiff::Timestamp::now().as_second() + 1800;
    server.on(
        "/introspect",
        Answer::json(200, &json!({"active": true, "exp": expires})),
    );
    let app = app_of(
        &server,
        json!({"introspection_url": server.at("/introspect")}),
    );
    let tokens = fetched(&server, app).await.unwrap();
    assert!(
        (1790..=1800).contains(&lifetime(&tokens).unwrap()),
        "{tokens:?}"
    );
    let seen = server.requests("/introspect").remove(0);
    assert_eq!(
        (seen.form()["token"].as_str(), seen.header("authorization")),
        ("t", Some(BASIC))
    );
}

#[tokio::test]
async fn signed_statement_may_be_the_grant() {
    let server = stage();
    server.on("/token", grant("t", json!({})));
    let key = SigningKey::from_pem(rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let robot = Assertion::grant("robot@acme.example")
        .subject("ada@acme.example")
        .signed_by(key);
    let app = OAuthClient::public("robot").token_url(server.at("/token"));
    let client = client(&server.at(""), OAuthCredential::jwt_bearer(app, robot));
    assert_eq!(read(&client).await.unwrap(), "Bearer t");
    let form = server.requests("/token").remove(0).form();
    assert_eq!(
        form["grant_type"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    );
    assert_eq!(form["scope"], "read");
    let claims = form["assertion"].split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["iss"], "robot@acme.example");
    assert_eq!(claims["sub"], "ada@acme.example");
    assert_eq!(claims["aud"], server.at("/token"));
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(life <= 300, "{claims}");
    assert!(claims["jti"].as_str().unwrap().len() >= 16, "{claims}");
}
