//! What the tests begin with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_tests::{Answer, FaultServer};
use security::Client;
use security::runtime::oauth::{OAuthClient, OAuthCredential, Provider};
use security::runtime::token::{MemoryStore, TokenKey, TokenStore as _, Tokens};
use security::runtime::{Credential, Error, Result, RetryPolicy, jiff};
use serde_json::{Value, json};

/// What must not be seen anywhere but on the wire.
pub const SECRET: &str = "canary-client-secret";

/// How long something may take that happens sooner or later.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with the API of `specs/security.yaml`: whoever calls is called by what they send as `Authorization`.
pub fn stage() -> FaultServer {
    let server = FaultServer::start().unwrap();
    for path in ["/oauth/read", "/oauth/write"] {
        server.handle(path, |seen| {
            let caller = seen.header("authorization").unwrap_or("nobody");
            Answer::json(200, &json!({"subject": caller}))
        });
    }
    server
}

/// An answer with a token, and with whatever else the members of `more` say.
pub fn grant(token: &str, more: Value) -> Answer {
    let mut body = json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    Answer::json(200, &body)
}

/// A refusal of the token endpoint.
pub fn refusal(status: u16, code: &str) -> Answer {
    let body = json!({"error": code, "error_description": "because"});
    Answer::json(status, &body)
}

/// An application that gets its tokens at `/token`.
pub fn app(server: &FaultServer) -> OAuthClient {
    OAuthClient::new("app", SECRET).token_url(server.at("/token"))
}

/// The same, at a server that differs from the standard.
pub fn app_of(server: &FaultServer, mut particular: Value) -> OAuthClient {
    particular["token_url"] = server.at("/token").into();
    OAuthClient::new("app", SECRET).provider(provider(particular))
}

/// What is particular about a server.
pub fn provider(data: Value) -> Provider {
    serde_json::from_value(data).unwrap()
}

/// A client of the API at `url`. It retries, and loses no time with it.
pub fn client(url: &str, credential: impl Into<Credential>) -> Client {
    let retry = RetryPolicy::new().pauses(Duration::from_millis(1), Duration::from_millis(5));
    Client::builder()
        .base_url(url)
        .with(|client| client.retry(retry).credential("oauth", credential.into()))
        .build()
        .unwrap()
}

/// As what the API knows the caller.
pub async fn read(client: &Client) -> Result<String> {
    client
        .single()
        .oauth_read()
        .send()
        .await
        .map(|identity| identity.subject)
}

/// Calls until it works.
pub async fn read_at_last(client: &Client) -> String {
    let start = Instant::now();
    loop {
        match read(client).await {
            Ok(caller) => return caller,
            Err(error) if start.elapsed() > PATIENCE => panic!("it never works: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The tokens that a call fetches for an application, as they are kept.
pub async fn fetched(server: &FaultServer, app: OAuthClient) -> Result<Tokens> {
    let store = Arc::new(MemoryStore::new());
    let key = TokenKey::new("connection", "oauth");
    let credential = OAuthCredential::client_credentials(app.scopes(["read"]));
    let client = client(
        &server.at(""),
        credential.kept_in(store.clone(), key.clone()),
    );
    read(&client).await?;
    let record = store.load(&key).await?.unwrap();
    Ok(record.tokens.unwrap())
}

/// How many seconds the access token was granted for.
pub fn lifetime(tokens: &Tokens) -> Option<i64> {
    Some(
        tokens
            .expires_at?
            .duration_since(tokens.granted_at)
            .as_secs(),
    )
}

/// Tokens of somebody who signed in an hour ago, with an access token that has expired.
pub fn expired(refresh_token: &str) -> Tokens {
    let mut tokens = Tokens::new("canary-expired-access-token");
    tokens.refresh_token = Some(refresh_token.into());
    let ago = |minutes: i64| jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
    (tokens.granted_at, tokens.expires_at) = (ago(60), Some(ago(30)));
    tokens
}

/// An error with all that stands behind it, as people and logs see it.
pub fn in_full(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("\n{cause}\n{cause:?}"));
        source = cause.source();
    }
    text
}
