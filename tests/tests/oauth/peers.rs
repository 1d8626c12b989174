//! The authorization servers themselves, asked by hand: what the tests of the client may count on.

use std::collections::BTreeMap;

use connector_tests::{
    Answer, Browser, FaultServer, JupyterHub, NanoIdp, OAuthMock, OidcOptions, OidcProvider,
};
use serde_json::{Value, json};
use url::Url;

/// The example of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Sends a form and reads the JSON that comes back.
fn post(url: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let mut answer = agent.post(url).send_form(form.iter().copied()).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let body = serde_json::from_str(&text).unwrap_or_default();
    (answer.status().as_u16(), body)
}

/// Where a browser ends up, with the parameters that the server sent it back with.
pub fn sign_in(
    browser: &Browser,
    authorize: &str,
    client: &str,
    scope: &str,
) -> BTreeMap<String, String> {
    let application = FaultServer::start().unwrap();
    application.on("/callback", Answer::text(200, "text/html", "welcome"));
    let parameters = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", &application.at("/callback")),
        ("scope", scope),
        ("state", "a state"),
        ("prompt", "consent"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let url = Url::parse_with_params(authorize, parameters).unwrap();
    let page = browser.sign_in(url.as_str()).unwrap();
    assert!(page.html == "welcome", "{page:?}");
    let mut sent = application.requests("/callback").remove(0).query();
    sent.insert("redirect_uri".to_owned(), application.at("/callback"));
    assert_eq!(sent["state"], "a state");
    sent
}

pub fn exchange(token_url: &str, sent: &BTreeMap<String, String>) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "native"),
        ("code", &sent["code"]),
        ("redirect_uri", &sent["redirect_uri"]),
        ("code_verifier", VERIFIER),
    ];
    let (status, tokens) = post(token_url, &form);
    assert_eq!(status, 200, "{tokens}");
    tokens
}

fn refresh(token_url: &str, token: &Value) -> (u16, Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "native"),
        ("refresh_token", token.as_str().unwrap()),
    ];
    post(token_url, &form)
}

#[test]
fn oidc_provider_revokes_the_grant_when_a_refresh_token_is_used_twice() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let at = |path: &str| format!("{}{path}", provider.issuer());
    let browser = Browser::of("ada", "secret");
    let sent = sign_in(
        &browser,
        &at("/auth"),
        "native",
        "openid offline_access read",
    );
    assert_eq!(sent["iss"], provider.issuer());

    let first = exchange(&at("/token"), &sent);
    let (_, second) = refresh(&at("/token"), &first["refresh_token"]);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(refresh(&at("/token"), &first["refresh_token"]).0, 400);
    provider.wait_for("grant.error", 1).unwrap();
    assert_eq!(provider.count("grant.revoked"), 1);
    let (status, answer) = refresh(&at("/token"), &second["refresh_token"]);
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    assert_eq!(provider.grants("refresh_token"), 1);
}

#[test]
fn oidc_provider_serves_devices() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let at = |path: &str| format!("{}{path}", provider.issuer());
    let (_, device) = post(
        &at("/device/auth"),
        &[("client_id", "native"), ("scope", "openid read")],
    );
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", "native"),
        ("device_code", device["device_code"].as_str().unwrap()),
    ];
    assert_eq!(
        post(&at("/token"), &form).1["error"],
        "authorization_pending"
    );

    let browser =
        Browser::of("ada", "secret").fill("user_code", device["user_code"].as_str().unwrap());
    let page = browser
        .sign_in(device["verification_uri"].as_str().unwrap())
        .unwrap();
    assert!(page.html.contains("Sign-in Success"), "{}", page.html);
    let (status, tokens) = post(&at("/token"), &form);
    assert_eq!((status, &tokens["token_type"]), (200, &json!("Bearer")));
}

#[test]
fn oidc_providers_api_takes_its_tokens_with_their_scopes() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "body"),
        ("client_secret", "body-secret"),
        ("scope", "read"),
    ];
    let (_, tokens) = post(&format!("{}/token", provider.issuer()), &form);
    let token = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let call = |path: &str, token: &str| {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.build().into();
        let request = agent.get(format!("{}{path}", provider.url()));
        request
            .header("Authorization", token)
            .call()
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(call("/oauth/read", &token), 200);
    assert_eq!(call("/oauth/write", &token), 403);
    assert_eq!(call("/oauth/read", "Bearer wrong"), 401);
}

#[test]
fn nanoidp_rotates_refresh_tokens_and_serves_devices() {
    let server = NanoIdp::start().unwrap();
    let at = |path: &str| format!("{}{path}", server.url());
    let browser = Browser::of("ada", "secret");
    let sent = sign_in(
        &browser,
        &at("/authorize"),
        "native",
        "openid offline_access read",
    );
    let first = exchange(&at("/token"), &sent);
    let (status, second) = refresh(&at("/token"), &first["refresh_token"]);
    assert_eq!(status, 200, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(
        refresh(&at("/token"), &first["refresh_token"]).1["error"],
        "invalid_grant"
    );

    let (_, device) = post(
        &at("/device_authorization"),
        &[("client_id", "native"), ("scope", "openid")],
    );
    let page = browser
        .sign_in(device["verification_uri_complete"].as_str().unwrap())
        .unwrap();
    assert!(
        page.html.to_lowercase().contains("authorized"),
        "{}",
        page.html
    );
}

#[test]
fn nanoidp_can_say_that_it_is_somebody_else() {
    let server = NanoIdp::start_with_issuer("http://127.0.0.1:1").unwrap();
    let page = Browser::new()
        .open(&format!(
            "{}/.well-known/openid-configuration",
            server.url()
        ))
        .unwrap();
    let metadata: Value = serde_json::from_str(&page.html).unwrap();
    assert_eq!(metadata["issuer"], "http://127.0.0.1:1");
}

#[test]
fn oauth2_mock_server_spoils_its_answers_in_turn() {
    let answers = [
        json!({"set": {"expires_in": "3600"}, "remove": ["token_type"]}),
        json!({"status": 429, "body": {"error": "slow_down"}}),
    ];
    let server = OAuthMock::start(&answers).unwrap();
    let ask = || {
        let form = [("grant_type", "client_credentials"), ("scope", "read")];
        post(&format!("{}/token", server.url()), &form)
    };
    let (status, tokens) = ask();
    assert_eq!((status, &tokens["expires_in"]), (200, &json!("3600")));
    assert_eq!(tokens.get("token_type"), None);
    for _ in 0..2 {
        assert_eq!(ask(), (429, json!({"error": "slow_down"})));
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn jupyterhub_signs_in_for_an_application() {
    let application = FaultServer::start().unwrap();
    application.on("/callback", Answer::text(200, "text/html", "welcome"));
    let hub = JupyterHub::start_for(&application.at("/callback")).unwrap();
    let parameters = [
        ("response_type", "code"),
        ("client_id", connector_tests::HUB_APPLICATION),
        ("redirect_uri", &application.at("/callback")),
        ("state", "a state"),
    ];
    let authorize = format!("{}/hub/api/oauth2/authorize", hub.url());
    let url = Url::parse_with_params(&authorize, parameters).unwrap();
    let page = Browser::of("ada", "").sign_in(url.as_str()).unwrap();
    assert!(page.html == "welcome", "{page:?}");
    let code = &application.requests("/callback")[0].query()["code"];
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", connector_tests::HUB_APPLICATION),
        ("client_secret", connector_tests::HUB_APPLICATION_SECRET),
        ("code", code),
        ("redirect_uri", &application.at("/callback")),
    ];
    let (status, tokens) = post(&format!("{}/hub/api/oauth2/token", hub.url()), &form);
    assert_eq!(status, 200, "{tokens}");
    assert!(tokens["access_token"].is_string());
}
