//! What else a sign-in can be like at servers that others wrote: refused, short, with a key, at another address.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::thread;

use connector_runtime::oauth::{
    AuthorizationServer, OAuthClient, Provider, SignIn, SignedIn, SigningKey,
};
use connector_runtime::{Error, Result};
use connector_tests::{Browser, NanoIdp, OidcOptions, OidcProvider, Page};

/// The keys of the runtime's own tests, and what a server needs to know of them.
const JWKS: &str = include_str!("../../runtime/src/oauth/jwt/fixtures/jwks.json");
const KEYS: [(&str, &str); 3] = [
    (
        "rsa",
        include_str!("../../runtime/src/oauth/jwt/fixtures/rsa.pkcs1.pem"),
    ),
    (
        "p256",
        include_str!("../../runtime/src/oauth/jwt/fixtures/p256.sec1.pem"),
    ),
    (
        "ed25519",
        include_str!("../../runtime/src/oauth/jwt/fixtures/ed25519.pkcs8.pem"),
    ),
];

async fn server(client: OAuthClient, issuer: &str) -> Result<AuthorizationServer> {
    let mut provider = Provider::default();
    provider.issuer = Some(issuer.to_owned());
    AuthorizationServer::builder(client.provider(provider))
        .build()
        .await
}

/// Signs in while `person` is at the browser; the result, and the last page.
async fn signed_in(
    sign_in: SignIn<'_>,
    person: impl FnOnce(&str) -> Page + Send + 'static,
) -> (Result<SignedIn>, Page) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sign_in = sign_in.open_with(move |url| {
        let url = url.to_owned();
        thread::spawn(move || sender.send(person(&url)));
        Ok(())
    });
    let result = sign_in.run().await;
    (result, receiver.recv().unwrap())
}

fn ada(url: &str) -> Page {
    Browser::of("ada", "secret").sign_in(url).unwrap()
}

#[tokio::test]
async fn connection_that_will_end_says_so() {
    let options = OidcOptions {
        offline_scope_needed: true,
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let client = OAuthClient::public("native").scopes(["openid", "read"]);
    let server = server(client, provider.issuer()).await.unwrap();
    let (result, _) = signed_in(server.sign_in(), ada).await;
    let notice = result.unwrap().notice().unwrap();
    assert!(
        notice.contains("no refresh token: signed in until"),
        "{notice}"
    );
    assert!(
        notice.contains("ask for the scope `offline_access`"),
        "{notice}"
    );
}

#[tokio::test]
async fn every_registered_redirect_uri_works() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let client = OAuthClient::new("basic", "basic-secret").scopes(["openid"]);
    let server = server(client, provider.issuer()).await.unwrap();
    for uri in [
        "http://localhost/callback",
        "http://127.0.0.1/oauth/callback",
    ] {
        let (result, page) = signed_in(server.sign_in().redirect_uri(uri), ada).await;
        result.unwrap();
        assert_eq!(page.status, 200, "{page:?}");
    }
}

#[tokio::test]
async fn person_can_say_no() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let client = OAuthClient::public("native").scopes(["openid"]);
    let server = server(client, provider.issuer()).await.unwrap();
    let (result, page) = signed_in(server.sign_in(), |url| {
        let browser = Browser::new();
        let page = browser.open(url).unwrap();
        browser.open(&format!("{}/abort", page.url)).unwrap()
    })
    .await;
    let error = result.unwrap_err();
    assert!(error.is_credential());
    assert!(error.to_string().contains("access_denied"), "{error}");
    assert!(page.html.contains("Not signed in"), "{page:?}");
}

#[tokio::test]
async fn client_can_sign_instead_of_having_a_secret() {
    let options = OidcOptions {
        jwks: Some(serde_json::from_str(JWKS).unwrap()),
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    for (id, pem) in KEYS {
        let key = SigningKey::from_pem(pem).unwrap().key_id(id);
        let client = OAuthClient::with_key("signed", key).scopes(["openid"]);
        let server = server(client, provider.issuer()).await.unwrap();
        let (result, _) = signed_in(server.sign_in(), ada).await;
        let tokens = result
            .unwrap_or_else(|error| panic!("{id}: {error}"))
            .tokens;
        assert!(server.revoke(&tokens).await.unwrap());
    }
    // Somebody else's key.
    let key = SigningKey::from_pem(KEYS[0].1).unwrap().key_id("p256");
    let client = OAuthClient::with_key("signed", key).scopes(["openid"]);
    let server = server(client, provider.issuer()).await.unwrap();
    let (result, _) = signed_in(server.sign_in(), ada).await;
    assert!(result.unwrap_err().to_string().contains("invalid_client"));
}

#[tokio::test]
async fn issuer_that_is_somebody_else_is_not_believed() {
    let idp = NanoIdp::start_with_issuer("https://issuer.example").unwrap();
    let result = server(OAuthClient::public("native"), &idp.url()).await;
    let message = result.as_ref().map_err(Error::to_string).unwrap_err();
    assert!(message.contains("https://issuer.example"), "{message}");
}
