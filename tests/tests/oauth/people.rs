//! People who sign in at oidc-provider, by browser or by device code.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_runtime::oauth::{AuthorizationServer, SignedIn, SigningKey};
use connector_tests::{Answer, Browser, OidcOptions, OidcProvider};
use rcgen::KeyPair;
use security::runtime::oauth::{ClientAuthentication, OAuthClient, OAuthCredential};
use security::runtime::token::Tokens;
use security::runtime::{Error, Result};
use serde_json::{Value, json};

use super::setup::{client, in_full, provider, read, read_at_last, stage};

fn oidc() -> OidcProvider {
    OidcProvider::start(&OidcOptions::default()).unwrap()
}

/// The server of an issuer, and an application that it knows.
pub async fn server(issuer: &str, app: OAuthClient) -> AuthorizationServer {
    let found = provider(json!({
        "issuer": issuer,
        "authorization": {"parameters": {"prompt": "consent"}},
    }));
    AuthorizationServer::builder(app.provider(found))
        .build()
        .await
        .unwrap()
}

pub async fn native(issuer: &str) -> AuthorizationServer {
    server(issuer, OAuthClient::public("native")).await
}

pub const SCOPES: [&str; 3] = ["openid", "offline_access", "read"];

/// Ada signs in with her browser.
pub async fn sign_in(server: &AuthorizationServer) -> Result<SignedIn> {
    sign_in_with(server, Browser::of("ada", "secret"), &SCOPES).await
}

pub async fn sign_in_with(
    server: &AuthorizationServer,
    browser: Browser,
    scopes: &[&str],
) -> Result<SignedIn> {
    let open = move |url: &str| {
        let url = url.to_owned();
        thread::spawn(move || browser.sign_in(&url).unwrap());
        Ok(())
    };
    server
        .sign_in()
        .scopes(scopes.iter().copied())
        .open_with(open)
        .run()
        .await
}

/// A client of the provider's API for whoever has signed in.
fn caller(
    provider: &OidcProvider,
    server: &AuthorizationServer,
    tokens: Tokens,
) -> security::Client {
    client(
        &provider.url(),
        OAuthCredential::signed_in(server.client().clone(), tokens),
    )
}

pub fn says(error: &Error, text: &str) {
    assert!(error.to_string().contains(text), "{error}");
}

#[tokio::test]
async fn person_signs_in_at_oidc_provider_and_calls_the_api() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let signed_in = sign_in(&server).await.unwrap();
    assert_eq!(signed_in.notice(), None);
    let identity = signed_in.identity.as_ref().unwrap();
    assert_eq!(
        (identity.subject(), identity.issuer()),
        ("ada", provider.issuer())
    );
    assert_eq!(
        read(&caller(&provider, &server, signed_in.tokens))
            .await
            .unwrap(),
        "ada"
    );
}

#[tokio::test]
async fn two_sign_ins_in_one_browser_do_not_mix() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    // She has two tabs, and turns to one after the other.
    let browser = Arc::new(Mutex::new(Browser::of("ada", "secret")));
    let begin = || {
        let browser = Arc::clone(&browser);
        let open = move |url: &str| {
            let url = url.to_owned();
            thread::spawn(move || browser.lock().unwrap().sign_in(&url).unwrap());
            Ok(())
        };
        server.sign_in().scopes(SCOPES).open_with(open).run()
    };
    let (one, other) = tokio::join!(begin(), begin());
    for signed_in in [one.unwrap(), other.unwrap()] {
        assert_eq!(
            read(&caller(&provider, &server, signed_in.tokens))
                .await
                .unwrap(),
            "ada"
        );
    }
}

#[tokio::test]
async fn confidential_applications_sign_people_in_at_oidc_provider() {
    let provider = oidc();
    for (id, method) in [
        ("basic", ClientAuthentication::Basic),
        ("body", ClientAuthentication::Body),
    ] {
        let app = OAuthClient::new(id, format!("{id}-secret")).authentication(method);
        let server = server(provider.issuer(), app).await;
        let tokens = sign_in(&server).await.unwrap().tokens;
        assert_eq!(
            read(&caller(&provider, &server, tokens)).await.unwrap(),
            "ada",
            "{id}"
        );
    }
}

#[tokio::test]
async fn refresh_tokens_rotate_at_oidc_provider_and_none_is_used_twice() {
    let options = OidcOptions {
        access_token_seconds: 1,
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let server = native(provider.issuer()).await;
    let tokens = sign_in(&server).await.unwrap().tokens;
    let client = caller(&provider, &server, tokens);
    while provider.grants("refresh_token") < 3 {
        assert_eq!(read(&client).await.unwrap(), "ada");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        (
            provider.count("grant.error"),
            provider.count("grant.revoked")
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn refresh_token_that_was_stolen_and_used_ends_the_sign_in_at_oidc_provider() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let mut tokens = sign_in(&server).await.unwrap().tokens;
    let hour = security::runtime::jiff::SignedDuration::from_hours(1);
    let past = tokens.granted_at - hour;
    (tokens.granted_at, tokens.expires_at) = (past - hour, Some(past));
    let (thief, owner) = (
        caller(&provider, &server, tokens.clone()),
        caller(&provider, &server, tokens),
    );
    assert_eq!(read(&thief).await.unwrap(), "ada");
    says(&read(&owner).await.unwrap_err(), "sign in again");
    assert_eq!(provider.count("grant.revoked"), 1);
    // The thief's tokens are gone as well.
    says(&read(&thief).await.unwrap_err(), "sign in again");
}

#[tokio::test]
async fn issuer_counts_more_than_the_document_for_refreshes_too() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let mut tokens = sign_in(&server).await.unwrap().tokens;
    tokens.expires_at = Some(tokens.granted_at);
    // The document has a refresh URL of its own.
    let found = super::setup::provider(json!({"issuer": provider.issuer()}));
    let app = OAuthClient::public("native").provider(found);
    let client = client(&provider.url(), OAuthCredential::signed_in(app, tokens));
    assert_eq!(read(&client).await.unwrap(), "ada");
}

#[tokio::test]
async fn access_token_that_oidc_provider_revoked_is_refreshed() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let tokens = sign_in(&server).await.unwrap().tokens;
    let client = caller(&provider, &server, tokens);
    assert_eq!(read(&client).await.unwrap(), "ada");
    provider.revoke_access_tokens().unwrap();
    assert_eq!(read(&client).await.unwrap(), "ada");
    assert_eq!(provider.grants("refresh_token"), 1);
}

#[tokio::test]
async fn tokens_are_given_back_to_oidc_provider() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let tokens = sign_in(&server).await.unwrap().tokens;
    assert!(server.revoke(&tokens).await.unwrap());
    let error = read(&caller(&provider, &server, tokens.clone()))
        .await
        .unwrap_err();
    says(&error, "sign in again");
    assert!(
        server.revoke(&tokens).await.unwrap(),
        "a second time does no harm"
    );
}

#[tokio::test]
async fn person_who_never_comes_is_not_waited_for_without_end() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let sign_in = server
        .sign_in()
        .timeout(Duration::from_millis(100))
        .open_with(|_| Ok(()));
    let error = sign_in.run().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

/// What a browser brings back from the sign-in page.
async fn answer(
    server: &AuthorizationServer,
    changed: &[(&str, Option<&str>)],
) -> Result<SignedIn> {
    let application = stage();
    application.on("/callback", Answer::text(200, "text/html", "welcome"));
    let scopes = SCOPES.map(str::to_owned);
    let authorization = server.authorization(&application.at("/callback"), &scopes)?;
    Browser::of("ada", "secret")
        .sign_in(authorization.url())
        .unwrap();
    let mut parameters = application.requests("/callback").remove(0).query();
    for (name, value) in changed {
        parameters.remove(*name);
        if let Some(value) = value {
            parameters.insert((*name).to_owned(), (*value).to_owned());
        }
    }
    let parameters: Vec<_> = parameters.into_iter().collect();
    let result = server.complete(&authorization, &parameters).await;
    let again = server.complete(&authorization, &parameters).await;
    assert!(again.is_err(), "an answer is good for one time");
    result
}

#[tokio::test]
async fn answer_of_oidc_provider_is_taken_once() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    answer(&server, &[]).await.unwrap();
    assert_eq!(provider.grants("authorization_code"), 1);
    assert_eq!(provider.count("grant.error"), 0);
}

#[tokio::test]
async fn answer_that_names_another_issuer_or_none_is_not_used() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let error = answer(&server, &[("iss", Some("https://evil.example"))])
        .await
        .unwrap_err();
    says(&error, "comes from the issuer `https://evil.example`");
    let error = answer(&server, &[("iss", None)]).await.unwrap_err();
    says(&error, "does not name its issuer");
    assert_eq!(provider.grants("authorization_code"), 0);
    assert_eq!(provider.count("grant.error"), 0, "the code went nowhere");
}

#[tokio::test]
async fn answer_with_the_state_of_another_sign_in_is_not_used() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    for state in [None, Some(""), Some("another")] {
        let error = answer(&server, &[("state", state)]).await.unwrap_err();
        says(&error, "belongs to another sign-in");
    }
    assert_eq!(provider.grants("authorization_code"), 0);
}

#[tokio::test]
async fn code_that_was_injected_is_refused_by_oidc_provider() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    // The thief's code comes with another verifier than the one it was asked for with.
    let stolen = {
        let application = stage();
        application.on("/callback", Answer::text(200, "text/html", "welcome"));
        let theirs = server
            .authorization(&application.at("/callback"), &SCOPES.map(str::to_owned))
            .unwrap();
        Browser::of("eve", "secret").sign_in(theirs.url()).unwrap();
        application
            .requests("/callback")
            .remove(0)
            .query()
            .remove("code")
            .unwrap()
    };
    let error = answer(&server, &[("code", Some(&stolen))])
        .await
        .unwrap_err();
    says(&error, "invalid_grant");
    assert!(!in_full(&error).contains(&stolen));
}

#[tokio::test]
async fn device_signs_in_at_oidc_provider() {
    let provider = oidc();
    let server = native(provider.issuer()).await;
    let device = server.device_sign_in().scopes(SCOPES);
    let signed_in = device
        .run(|prompt| {
            type_in(
                &prompt.user_code,
                &prompt.verification_url,
                Browser::of("ada", "secret"),
            )
        })
        .await;
    let signed_in = signed_in.unwrap();
    assert_eq!(
        read(&caller(&provider, &server, signed_in.tokens))
            .await
            .unwrap(),
        "ada"
    );
    assert_eq!(
        provider.grants("urn:ietf:params:oauth:grant-type:device_code"),
        1
    );
}

/// Somebody types a code into a browser elsewhere.
pub fn type_in(code: &str, url: &str, browser: Browser) {
    let browser = browser.fill("user_code", code);
    let url = url.to_owned();
    thread::spawn(move || browser.sign_in(&url).unwrap());
}

#[tokio::test]
async fn device_code_of_oidc_provider_expires() {
    let options = OidcOptions {
        device_code_seconds: 1,
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let server = native(provider.issuer()).await;
    let error = server
        .device_sign_in()
        .scopes(SCOPES)
        .run(|_| ())
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    says(&error, "sign in again");
}

fn key_pair() -> KeyPair {
    KeyPair::generate().unwrap()
}

/// The set of keys with the public part of this one.
fn jwks(key: &KeyPair) -> Value {
    let point = key.public_key_raw();
    let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    // An uncompressed point of P-256.
    let (x, y) = (coordinate(&point[1..33]), coordinate(&point[33..65]));
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "k1", "alg": "ES256", "use": "sig"});
    json!({"keys": [jwk]})
}

/// A new key, and the set with its public part.
pub fn signing_key() -> (SigningKey, Value) {
    let pair = key_pair();
    let key = SigningKey::from_pem(pair.serialize_pem()).unwrap();
    (key.key_id("k1"), jwks(&pair))
}

#[tokio::test]
async fn application_that_signs_is_taken_by_oidc_provider() {
    let (key, jwks) = signing_key();
    let options = OidcOptions {
        jwks: Some(jwks),
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let server = server(provider.issuer(), OAuthClient::with_key("signed", key)).await;
    let credential = OAuthCredential::client_credentials(server.client().clone());
    let client = client(&provider.url(), credential);
    // Two requests, each with an assertion of its own: the provider takes none twice.
    assert_eq!(read(&client).await.unwrap(), "signed");
    assert_eq!(
        client.single().oauth_write().send().await.unwrap().subject,
        "signed"
    );

    let tokens = sign_in(&server).await.unwrap().tokens;
    assert_eq!(
        read(&caller(&provider, &server, tokens.clone()))
            .await
            .unwrap(),
        "ada"
    );
    assert!(server.revoke(&tokens).await.unwrap());
}

#[tokio::test]
async fn application_that_signs_with_the_wrong_key_is_refused_by_oidc_provider() {
    let (_, jwks) = signing_key();
    let (other, _) = signing_key();
    let options = OidcOptions {
        jwks: Some(jwks),
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let server = server(provider.issuer(), OAuthClient::with_key("signed", other)).await;
    let credential = OAuthCredential::client_credentials(server.client().clone());
    let error = read(&client(&provider.url(), credential))
        .await
        .unwrap_err();
    says(&error, "refused: invalid_client");
}

#[tokio::test]
async fn signing_key_that_was_replaced_on_disk_is_used_at_once() {
    let new = key_pair();
    let options = OidcOptions {
        jwks: Some(jwks(&new)),
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), key_pair().serialize_pem()).unwrap();
    let key = SigningKey::from_file(file.path()).key_id("k1");
    let server = server(provider.issuer(), OAuthClient::with_key("signed", key)).await;
    let credential = OAuthCredential::client_credentials(server.client().clone());
    let client = client(&provider.url(), credential);
    says(&read(&client).await.unwrap_err(), "refused: invalid_client");
    std::fs::write(file.path(), new.serialize_pem()).unwrap();
    assert_eq!(read_at_last(&client).await, "signed");
}
