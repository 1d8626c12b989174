use std::sync::Arc;

use secrecy::SecretString;

use super::*;
use crate::descriptor::{Api, Operation, Requirement, SecurityScheme, Server};
use crate::mock::{MockTransport, Reply};
use crate::oauth::{
    AuthorizationServer, OAuthClient, OAuthCredential, Provider, SignAssertion, jwt,
};
use crate::token::{MemoryStore, TokenKey, TokenStore as _};
use crate::{Client, Empty, Request, RetryPolicy};

static API: Api = Api::new("acme", "1.0")
    .servers(&[Server::new("https://api.example/v1")])
    .security_schemes(&[SecurityScheme::oauth2("oauth")]);

static LIST: Operation = Operation::new("listThings", "GET", "/things")
    .security(&[&[Requirement::new("oauth", &["read"])]]);

const TOKEN_URL: &str = "https://issuer.example/token?tenant=1";

fn app() -> OAuthClient {
    OAuthClient::new("app", "secret").token_url(TOKEN_URL)
}

fn granted(token: &str, kind: &str) -> Reply {
    let body = json!({
        "access_token": token, "token_type": kind, "expires_in": 3600, "refresh_token": "r2",
    });
    Reply::json(200, &body)
}

/// The token endpoint wants a nonce.
fn nonce_wanted() -> Reply {
    Reply::json(400, &json!({ "error": NONCE_WANTED }))
}

/// The API refuses.
fn refused(challenge: &str) -> Reply {
    Reply::status(401).header("www-authenticate", challenge)
}

const API_WANTS_NONCE: &str = r#"DPoP error="use_dpop_nonce", algs="ES256""#;

fn scripted(replies: impl IntoIterator<Item = Reply>) -> MockTransport {
    let mock = MockTransport::new();
    for reply in replies {
        mock.reply(reply);
    }
    mock
}

fn client(mock: &MockTransport, credential: OAuthCredential) -> Client {
    Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.into())
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

async fn call(client: &Client) -> Result<()> {
    let sending = Request::new(client, &LIST).send::<Empty>();
    sending.await.map(drop)
}

/// What an application's call leads to, with the nonce in each proof; `-` is a request without proof.
async fn exchange(replies: Vec<Reply>) -> (Result<()>, Vec<CapturedRequest>, Vec<String>) {
    let mock = scripted(replies);
    let credential = OAuthCredential::client_credentials(app().dpop());
    let result = call(&client(&mock, credential)).await;
    let requests = mock.requests();
    let nonces = requests.iter().map(|request| match request.header("dpop") {
        Some(proof) => Proof::of(proof).nonce().unwrap_or_default().to_owned(),
        None => "-".to_owned(),
    });
    let nonces = nonces.collect();
    (result, requests, nonces)
}

#[tokio::test]
async fn token_and_call_are_proved_with_the_same_key() {
    let (result, requests, _) = exchange(vec![granted("t1", "DPoP"), Reply::status(204)]).await;
    result.unwrap();
    let [asked, called] = &requests[..] else {
        panic!("{requests:?}");
    };
    let (first, second) = (Proof::in_request(asked), Proof::in_request(called));
    assert_eq!(first.claims["htm"], "POST");
    assert_eq!(first.claims["htu"], "https://issuer.example/token");
    assert!(!first.claims.contains_key("ath"));
    assert_eq!(second.claims["htm"], "GET");
    assert_eq!(second.claims["htu"], "https://api.example/v1/things");
    assert_eq!(second.claims["ath"], hash("t1"));
    assert_eq!(first.thumbprint(), second.thumbprint());
    assert_ne!(first.claims["jti"], second.claims["jti"]);
    assert_eq!(called.header("authorization"), Some("DPoP t1"));
    assert!(called.headers()["dpop"].is_sensitive());
    assert!(called.headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn bearer_token_is_used_as_such() {
    let (result, requests, nonces) =
        exchange(vec![granted("t1", "Bearer"), Reply::status(204)]).await;
    result.unwrap();
    assert_eq!(nonces, ["", "-"]);
    assert_eq!(requests[1].header("authorization"), Some("Bearer t1"));
}

#[tokio::test]
async fn client_that_does_not_ask_for_it_proves_nothing() {
    let mock = scripted([granted("t1", "DPoP"), Reply::status(204)]);
    let credential = OAuthCredential::client_credentials(app());
    call(&client(&mock, credential)).await.unwrap();
    for request in mock.requests() {
        assert_eq!(request.header("dpop"), None);
    }
    let called = mock.last_request().unwrap();
    assert_eq!(called.header("authorization"), Some("Bearer t1"));
}

#[tokio::test]
async fn provider_can_ask_for_it() {
    let provider: Provider =
        serde_json::from_value(json!({ "token_url": TOKEN_URL, "dpop": true })).unwrap();
    let mock = scripted([granted("t1", "dpop"), Reply::status(204)]);
    let app = OAuthClient::new("app", "secret").provider(provider);
    let credential = OAuthCredential::client_credentials(app);
    call(&client(&mock, credential)).await.unwrap();
    let called = mock.last_request().unwrap();
    assert_eq!(called.header("authorization"), Some("DPoP t1"));
}

#[tokio::test]
async fn nonce_that_the_token_endpoint_wants_is_sent_once() {
    let challenge = || nonce_wanted().header("dpop-nonce", "n1");
    let (result, requests, nonces) =
        exchange(vec![challenge(), granted("t1", "DPoP"), Reply::status(204)]).await;
    result.unwrap();
    // The API is another server, and has its own nonces.
    assert_eq!(nonces, ["", "n1", ""]);
    let id = |at: usize| Proof::in_request(&requests[at]).claims["jti"].clone();
    assert_ne!(id(0), id(1));

    let (result, _, nonces) =
        exchange(vec![challenge(), nonce_wanted().header("dpop-nonce", "n2")]).await;
    let error = result.unwrap_err().to_string();
    assert!(error.contains("refused: use_dpop_nonce"), "{error}");
    assert_eq!(nonces, ["", "n1"]);
}

#[tokio::test]
async fn refusal_without_a_nonce_is_not_repeated() {
    let empty = nonce_wanted().header("dpop-nonce", "");
    let other = Reply::json(400, &json!({ "error": "invalid_dpop_proof" }));
    for reply in [nonce_wanted(), empty, other.header("dpop-nonce", "n1")] {
        let (result, requests, _) = exchange(vec![reply]).await;
        assert!(result.unwrap_err().is_credential());
        assert_eq!(requests.len(), 1);
    }
}

#[tokio::test]
async fn nonce_that_the_api_wants_is_sent_once_with_the_same_token() {
    let challenge = |nonce: &str| refused(API_WANTS_NONCE).header("dpop-nonce", nonce);
    let (result, requests, nonces) = exchange(vec![
        granted("t1", "DPoP"),
        challenge("n1"),
        Reply::status(204),
    ])
    .await;
    result.unwrap();
    assert_eq!(nonces, ["", "", "n1"]);
    assert_eq!(requests[2].header("authorization"), Some("DPoP t1"));

    let (result, _, nonces) = exchange(vec![
        granted("t1", "DPoP"),
        challenge("n1"),
        challenge("n2"),
    ])
    .await;
    assert_eq!(result.unwrap_err().status(), Some(401));
    assert_eq!(nonces, ["", "", "n1"]);
}

#[tokio::test]
async fn nonces_are_used_until_there_are_newer_ones() {
    let mock = scripted([
        nonce_wanted().header("dpop-nonce", "as1"),
        // Granted with the nonce for the next time.
        granted("t1", "DPoP").header("dpop-nonce", "as2"),
        refused(API_WANTS_NONCE).header("dpop-nonce", "api1"),
        Reply::status(204),
        // The next call: the nonce is still good, the token is not.
        refused(r#"DPoP error="invalid_token""#).header("dpop-nonce", "api2"),
        granted("t2", "DPoP"),
        Reply::status(204),
    ]);
    let credential = OAuthCredential::client_credentials(app().dpop());
    let client = client(&mock, credential);
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    let nonces: Vec<String> = mock
        .requests()
        .iter()
        .map(|request| {
            Proof::in_request(request)
                .nonce()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(nonces, ["", "as1", "", "api1", "api1", "as2", "api2"]);
}

#[tokio::test]
async fn refused_token_is_renewed_with_the_key_it_is_bound_to() {
    let invalid = refused(r#"DPoP error="invalid_token", error_description="revoked""#);
    let (result, requests, _) = exchange(vec![
        granted("t1", "DPoP"),
        invalid,
        granted("t2", "DPoP"),
        Reply::status(204),
    ])
    .await;
    result.unwrap();
    let keys: BTreeSet<String> = requests
        .iter()
        .map(|request| Proof::in_request(request).thumbprint())
        .collect();
    assert_eq!((requests.len(), keys.len()), (4, 1));
    assert_eq!(requests[3].header("authorization"), Some("DPoP t2"));
}

#[tokio::test]
async fn key_lives_as_long_as_the_sign_in() {
    let key = DpopKey::generate().unwrap();
    let mut tokens = Tokens::new("t1");
    tokens.refresh_token = Some("r1".into());
    tokens.expires_at = Some(tokens.granted_at);
    (tokens.dpop_key, tokens.dpop_bound) = (Some(key.secret().clone()), true);
    let name = TokenKey::new("c1", "oauth");
    // From a process to the next one.
    let tokens = Tokens::from_json(&tokens.to_json()).unwrap();
    let store = Arc::new(MemoryStore::new());
    store.put(&name, tokens).await.unwrap();

    // Tokens that are bound stay so, whatever the configuration says by now.
    let mock = scripted([granted("t2", "DPoP"), Reply::status(204)]);
    let credential = OAuthCredential::stored(app(), store.clone(), name.clone());
    call(&client(&mock, credential)).await.unwrap();
    for request in mock.requests() {
        assert_eq!(Proof::in_request(&request).thumbprint(), key.thumbprint());
    }
    let kept = store.load(&name).await.unwrap().unwrap().tokens.unwrap();
    assert_eq!(kept.access_token.expose_secret(), "t2");
    let kept_key = kept.dpop_key.unwrap();
    assert_eq!(kept_key.expose_secret(), key.secret().expose_secret());
    assert!(kept.dpop_bound);
}

#[tokio::test]
async fn connections_have_keys_of_their_own() {
    let key = async || {
        let (_, requests, _) = exchange(vec![granted("t", "DPoP"), Reply::status(204)]).await;
        Proof::in_request(&requests[0]).thumbprint()
    };
    assert_ne!(key().await, key().await);
}

/// Makes assertions that can be told apart.
struct Numbered;

impl SignAssertion for Numbered {
    fn client_assertion(&self, _: &str, _: &str) -> Result<SecretString> {
        jwt::random::<16>().map(Into::into)
    }
}

#[tokio::test]
async fn assertion_of_the_client_is_not_used_twice() {
    let mock = scripted([
        nonce_wanted().header("dpop-nonce", "n1"),
        granted("t1", "DPoP"),
        Reply::status(204),
    ]);
    let app = OAuthClient::with_key("app", Numbered).token_url(TOKEN_URL);
    let credential = OAuthCredential::client_credentials(app.dpop());
    call(&client(&mock, credential)).await.unwrap();
    let assertions: BTreeSet<String> = mock.requests()[..2]
        .iter()
        .flat_map(CapturedRequest::form)
        .filter(|(name, _)| name == "client_assertion")
        .map(|(_, value)| value)
        .collect();
    assert_eq!(assertions.len(), 2);
}

async fn server(mock: &MockTransport) -> AuthorizationServer {
    let provider: Provider = serde_json::from_value(json!({
        "authorization_url": "https://issuer.example/authorize",
        "device_authorization_url": "https://issuer.example/device",
        "token_url": TOKEN_URL,
    }))
    .unwrap();
    AuthorizationServer::builder(OAuthClient::public("app").provider(provider).dpop())
        .transport(mock.clone())
        .build()
        .await
        .unwrap()
}

fn key_of(tokens: &Tokens) -> String {
    let key = DpopKey::read(tokens.dpop_key.as_ref().unwrap()).unwrap();
    key.thumbprint().to_owned()
}

#[tokio::test]
async fn code_is_bound_to_the_key_before_there_are_tokens() {
    let mock = scripted([
        nonce_wanted().header("dpop-nonce", "n1"),
        granted("t1", "DPoP"),
    ]);
    let server = server(&mock).await;
    let authorization = server
        .authorization("https://app.example/callback", &[])
        .unwrap();
    let asked = Url::parse(authorization.url()).unwrap();
    let asked = |name: &str| {
        let mut pairs = asked.query_pairs();
        let found = pairs.find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned()).unwrap()
    };
    let answer = [("code", "c".to_owned()), ("state", asked("state"))];
    let answer = answer.map(|(name, value)| (name.to_owned(), value));
    let tokens = server
        .complete(&authorization, &answer)
        .await
        .unwrap()
        .tokens;
    assert_eq!(key_of(&tokens), asked("dpop_jkt"));
    assert!(tokens.dpop_bound);
    for request in mock.requests() {
        assert_eq!(Proof::in_request(&request).thumbprint(), asked("dpop_jkt"));
    }
}

#[tokio::test(start_paused = true)]
async fn device_proves_each_question_with_one_key() {
    let begun = json!({
        "device_code": "d", "user_code": "u", "verification_uri": "https://issuer.example/d",
        "expires_in": 60, "interval": 5,
    });
    let pending = Reply::json(400, &json!({ "error": "authorization_pending" }));
    let mock = scripted([
        Reply::json(200, &begun),
        nonce_wanted().header("dpop-nonce", "n1"),
        pending,
        granted("t1", "DPoP"),
    ]);
    let server = server(&mock).await;
    let signed_in = server.device_sign_in().run(|_| ()).await.unwrap();
    let requests = mock.requests();
    assert_eq!(requests[0].header("dpop"), None);
    let proofs: Vec<Proof> = requests[1..].iter().map(Proof::in_request).collect();
    let nonces: Vec<_> = proofs.iter().map(Proof::nonce).collect();
    assert_eq!(nonces, [None, Some("n1"), Some("n1")]);
    for proof in &proofs {
        assert_eq!(proof.thumbprint(), key_of(&signed_in.tokens));
    }
}
