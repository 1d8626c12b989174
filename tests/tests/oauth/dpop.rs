//! Tokens that are bound to a key of the connection (RFC 9449), at oidc-provider. Its API checks proofs with another library.

use std::sync::Arc;
use std::time::Duration;

use connector_runtime::oauth::AuthorizationServer;
use connector_tests::{Browser, OidcOptions, OidcProvider};
use security::Client;
use security::runtime::oauth::{OAuthClient, OAuthCredential};
use security::runtime::secrecy::ExposeSecret as _;
use security::runtime::token::{MemoryStore, TokenKey, TokenStore as _, Tokens};

use super::people::{SCOPES, says, server, sign_in, signing_key, type_in};
use super::setup::{client, read};
use super::storms::open;

fn started(options: OidcOptions) -> OidcProvider {
    OidcProvider::start(&options).unwrap()
}

/// A provider that wants nonces in proofs.
fn with_nonces() -> OidcProvider {
    started(OidcOptions {
        dpop_nonces: true,
        ..OidcOptions::default()
    })
}

fn application(provider: &OidcProvider) -> OAuthClient {
    OAuthClient::new("basic", "basic-secret")
        .token_url(format!("{}/token", provider.issuer()))
        .dpop()
}

async fn native(provider: &OidcProvider) -> AuthorizationServer {
    server(provider.issuer(), OAuthClient::public("native").dpop()).await
}

fn caller(provider: &OidcProvider, server: &AuthorizationServer, tokens: Tokens) -> Client {
    client(
        &provider.url(),
        OAuthCredential::signed_in(server.client().clone(), tokens),
    )
}

/// The codes with which the token endpoint has refused.
fn refusals(provider: &OidcProvider) -> Vec<String> {
    let events = provider.events();
    let refused = events
        .iter()
        .filter(|event| event["event"] == "grant.error");
    refused
        .map(|event| event["error"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// What the API had against proofs.
fn faults(provider: &OidcProvider) -> Vec<String> {
    let events = provider.events();
    let found = events
        .iter()
        .filter(|event| event["event"] == "proof.error");
    found
        .map(|event| event["why"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn application_proves_that_it_has_the_key_of_its_token() {
    let provider = started(OidcOptions::default());
    let store = Arc::new(MemoryStore::new());
    let name = TokenKey::new("c1", "oauth");
    let credential = OAuthCredential::client_credentials(application(&provider).scopes(["read"]));
    let client = client(
        &provider.url(),
        credential.kept_in(store.clone(), name.clone()),
    );
    for _ in 0..3 {
        assert_eq!(read(&client).await.unwrap(), "basic");
    }
    let tokens = store.load(&name).await.unwrap().unwrap().tokens.unwrap();
    assert!(tokens.dpop_bound && tokens.dpop_key.is_some());
    assert_eq!(provider.grants("client_credentials"), 1);
    assert!(refusals(&provider).is_empty() && faults(&provider).is_empty());
}

#[tokio::test]
async fn nonces_are_learned_from_both_servers_and_kept() {
    let provider = with_nonces();
    let credential = OAuthCredential::client_credentials(application(&provider));
    let client = client(&provider.url(), credential);
    assert_eq!(read(&client).await.unwrap(), "basic");
    // Another token, for other scopes.
    client.single().oauth_write().send().await.unwrap();
    assert_eq!(provider.grants("client_credentials"), 2);
    assert_eq!(refusals(&provider), ["use_dpop_nonce"]);
    assert_eq!(faults(&provider), ["use_dpop_nonce"]);

    provider.renew_nonce().unwrap();
    assert_eq!(read(&client).await.unwrap(), "basic");
    assert_eq!(faults(&provider), ["use_dpop_nonce"; 2]);
    assert_eq!(
        provider.grants("client_credentials"),
        2,
        "the token was good"
    );
}

#[tokio::test]
async fn application_that_signs_makes_a_new_assertion_for_the_proof_with_a_nonce() {
    let (key, jwks) = signing_key();
    let provider = started(OidcOptions {
        dpop_nonces: true,
        jwks: Some(jwks),
        ..OidcOptions::default()
    });
    let app = OAuthClient::with_key("signed", key).dpop();
    let server = server(provider.issuer(), app).await;
    let credential = OAuthCredential::client_credentials(server.client().clone());
    let client = client(&provider.url(), credential);
    assert_eq!(read(&client).await.unwrap(), "signed");
    assert_eq!(refusals(&provider), ["use_dpop_nonce"]);
}

#[tokio::test]
async fn key_of_a_sign_in_is_kept_with_its_tokens_and_refreshes_them() {
    let provider = started(OidcOptions {
        dpop_nonces: true,
        access_token_seconds: 1,
        ..OidcOptions::default()
    });
    let server = native(&provider).await;
    let tokens = sign_in(&server).await.unwrap().tokens;
    assert!(tokens.dpop_bound);
    let folder = tempfile::tempdir().unwrap();
    let key = TokenKey::new("c1", "oauth");
    let store = open(folder.path()).await;
    store.put(&key, tokens.clone()).await.unwrap();
    drop(store);

    // Two programs, one after the other, with the encrypted store between them.
    for refreshes in [2, 4] {
        let store = Arc::new(open(folder.path()).await);
        let stored = OAuthCredential::stored(server.client().clone(), store, key.clone());
        let client = client(&provider.url(), stored);
        while provider.grants("refresh_token") < refreshes {
            assert_eq!(read(&client).await.unwrap(), "ada");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // One for the sign-in, one for each program.
    assert_eq!(refusals(&provider), ["use_dpop_nonce"; 3]);
    assert_eq!(provider.count("grant.revoked"), 0);
    let store = open(folder.path()).await;
    let kept = store.load(&key).await.unwrap().unwrap().tokens.unwrap();
    assert_ne!(kept.refresh_hash(), tokens.refresh_hash());
    assert_eq!(key_text(&kept), key_text(&tokens));
}

fn key_text(tokens: &Tokens) -> &str {
    tokens.dpop_key.as_ref().unwrap().expose_secret()
}

#[tokio::test]
async fn bound_token_that_was_revoked_is_refreshed() {
    let provider = with_nonces();
    let server = native(&provider).await;
    let tokens = sign_in(&server).await.unwrap().tokens;
    let client = caller(&provider, &server, tokens);
    assert_eq!(read(&client).await.unwrap(), "ada");
    provider.revoke_access_tokens().unwrap();
    assert_eq!(read(&client).await.unwrap(), "ada");
    assert_eq!(provider.grants("refresh_token"), 1);
}

#[tokio::test]
async fn device_gets_tokens_that_are_bound() {
    let provider = with_nonces();
    let server = native(&provider).await;
    let device = server.device_sign_in().scopes(SCOPES);
    let signed_in = device
        .run(|prompt| {
            let browser = Browser::of("ada", "secret");
            type_in(&prompt.user_code, &prompt.verification_url, browser);
        })
        .await
        .unwrap();
    assert!(signed_in.tokens.dpop_bound);
    let client = caller(&provider, &server, signed_in.tokens);
    assert_eq!(read(&client).await.unwrap(), "ada");
}

#[tokio::test]
async fn stolen_tokens_are_worth_nothing_with_another_key_or_none() {
    let provider = started(OidcOptions::default());
    let server = native(&provider).await;
    let tokens = sign_in(&server).await.unwrap().tokens;
    let thief = sign_in(&server).await.unwrap().tokens;

    let mut stolen = tokens.clone();
    stolen.dpop_key = thief.dpop_key;
    let error = read(&caller(&provider, &server, stolen)).await.unwrap_err();
    says(&error, "sign in again");
    assert_eq!(faults(&provider), ["invalid_dpop_proof: key"]);
    assert_eq!(refusals(&provider), ["invalid_grant"]);

    let mut bare = tokens.clone();
    (bare.dpop_key, bare.dpop_bound) = (None, false);
    let thief = OAuthClient::public("native").token_url(format!("{}/token", provider.issuer()));
    let thief = client(&provider.url(), OAuthCredential::signed_in(thief, bare));
    says(&read(&thief).await.unwrap_err(), "sign in again");
    assert_eq!(refusals(&provider), ["invalid_grant"; 2]);

    assert_eq!(
        read(&caller(&provider, &server, tokens)).await.unwrap(),
        "ada",
        "its owner can use it"
    );
}
