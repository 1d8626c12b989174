//! Who signed in, and with which server.

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

use super::*;
use crate::oauth::SigningKey;

const ISSUER: &str = "https://issuer.example";
const JWKS: &str = include_str!("../../jwt/fixtures/jwks.json");

/// A server that publishes metadata and keys. `mint` makes its token answer.
fn issuer(mint: impl Fn(&CapturedRequest) -> Value + Send + Sync + 'static) -> MockTransport {
    let mock = MockTransport::new();
    mock.handler(move |request| match request.path() {
        "/.well-known/openid-configuration" => Reply::json(
            200,
            &json!({
                "issuer": ISSUER,
                "authorization_endpoint": "https://issuer.example/authorize",
                "token_endpoint": "https://issuer.example/token",
                "revocation_endpoint": "https://issuer.example/revoke",
                "jwks_uri": "https://issuer.example/jwks",
                "scopes_supported": ["openid", "offline_access"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "authorization_response_iss_parameter_supported": true,
            }),
        ),
        "/jwks" => Reply::bytes(200, "application/json", JWKS),
        "/token" => Reply::json(200, &mint(request)),
        _ => Reply::status(200),
    });
    mock
}

fn by_issuer() -> Provider {
    Provider {
        issuer: Some(ISSUER.to_owned()),
        ..Provider::default()
    }
}

fn id_token(nonce: &str) -> String {
    let now = Timestamp::now().as_second();
    let claims = json!({
        "iss": ISSUER, "sub": "ada", "aud": "client", "iat": now, "exp": now + 60,
        "nonce": nonce, "email": "ada@acme.example",
    });
    let claims: Map<String, Value> = claims.as_object().unwrap().clone();
    let key = SigningKey::from_pem(include_str!("../../jwt/fixtures/p256.pkcs8.pem")).unwrap();
    let token = key.key_id("p256").sign(&claims).unwrap();
    token.expose_secret().to_owned()
}

/// Signs in; the server's nonce and the answer's issuer are as given.
async fn signed_in(
    nonce: Option<&'static str>,
    answered_by: Option<&str>,
) -> (Result<SignedIn>, MockTransport) {
    let known = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let minted = std::sync::Arc::clone(&known);
    let mock = issuer(move |_| {
        let nonce = nonce.map_or_else(|| minted.lock().unwrap().clone(), str::to_owned);
        json!({"access_token": "a", "token_type": "bearer", "expires_in": 60, "id_token": id_token(&nonce)})
    });
    let server = server_of(&mock, by_issuer()).await;
    let (result, _) = signing_in(server.sign_in().scopes(["openid"]), async |page| {
        known.lock().unwrap().clone_from(&page.query["nonce"]);
        let mut url = page.approved();
        if let Some(issuer) = answered_by {
            url.query_pairs_mut().append_pair("iss", issuer);
        }
        get(&url).await
    })
    .await;
    (result, mock)
}

#[tokio::test]
async fn id_token_says_who_signed_in() {
    let (result, _) = signed_in(None, Some(ISSUER)).await;
    let signed_in = result.unwrap();
    let identity = signed_in.identity.as_ref().unwrap();
    assert_eq!(identity.subject(), "ada");
    assert_eq!(identity.text("email"), Some("ada@acme.example"));
    assert!(!format!("{signed_in:?}").contains("acme.example"));
    let notice = signed_in.notice().unwrap();
    assert!(
        notice.starts_with("no refresh token: signed in until"),
        "{notice}"
    );
    assert!(notice.contains("offline_access"), "{notice}");
}

#[tokio::test]
async fn id_token_of_another_sign_in_is_refused_and_its_tokens_are_given_back() {
    let (result, mock) = signed_in(Some("another"), Some(ISSUER)).await;
    assert!(result.unwrap_err().to_string().contains("nonce"));
    let last = mock.last_request().unwrap();
    assert_eq!(last.path(), "/revoke");
    assert_eq!(form(&last)["token"], "a");
}

#[tokio::test]
async fn code_of_another_issuer_is_not_handed_in() {
    for issuer in [
        Some("https://evil.example"),
        Some("https://issuer.example/"),
        None,
    ] {
        let (result, mock) = signed_in(None, issuer).await;
        let message = result.unwrap_err().to_string();
        assert!(message.contains("the code is not used"), "{message}");
        assert!(
            mock.requests()
                .iter()
                .all(|request| request.path() != "/token")
        );
    }
}
