//! Connections of an environment: what a sign-in leaves behind for other processes, and what becomes of it.

use std::fs;
use std::path::Path;
use std::thread;

use connector_runtime::environment::{ConnectionDefinition, ConnectionStatus, Environment};
use connector_runtime::store::KeyRing;
use connector_tests::{Answer, Browser, FaultServer, OidcOptions, OidcProvider};
use security::Client;
use security::runtime::Result;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use super::setup::{grant, read, refusal, stage};

const CONNECTOR: &str = "security";
const NAME: &str = "work";
const SCHEME: &str = "oauth";

/// The environment in a folder, as one process has it.
async fn environment(folder: &Path) -> Environment {
    let ring = KeyRing::from_file(folder.join("key"));
    Environment::open_with(folder, ring).await.unwrap()
}

/// An environment with one connection, of somebody who signs in at `provider`.
async fn connected(folder: &Path, base_url: Option<&str>, provider: Value) -> Environment {
    let oauth = json!({
        "type": "oauth2",
        "grant": "authorization_code",
        "client_id": "native",
        "scopes": ["openid", "offline_access", "read"],
        "provider": provider,
    });
    let mut definition = json!({"credentials": {SCHEME: oauth}});
    if let Some(url) = base_url {
        definition["base_url"] = url.into();
    }
    let definition: ConnectionDefinition = serde_json::from_value(definition).unwrap();
    let environment = environment(folder).await;
    environment.add(CONNECTOR, NAME, &definition).await.unwrap();
    environment
}

async fn client(environment: &Environment) -> Result<Client> {
    let connection = environment
        .connection(&security::API, CONNECTOR, NAME)
        .await?;
    Client::builder().connection(connection).build()
}

async fn status(environment: &Environment) -> ConnectionStatus {
    environment.info(CONNECTOR, NAME).await.unwrap().status
}

/// Ada signs in with her browser.
async fn sign_in(environment: &Environment) {
    let server = environment
        .authorization_server(CONNECTOR, NAME, SCHEME)
        .await
        .unwrap();
    let open = |url: &str| {
        let url = url.to_owned();
        thread::spawn(move || Browser::of("ada", "secret").sign_in(&url).unwrap());
        Ok(())
    };
    let signed_in = server.sign_in().open_with(open).run().await.unwrap();
    environment
        .signed_in(CONNECTOR, NAME, SCHEME, &signed_in)
        .await
        .unwrap();
}

fn oidc_data(provider: &OidcProvider) -> Value {
    json!({"issuer": provider.issuer(), "authorization": {"parameters": {"prompt": "consent"}}})
}

#[tokio::test]
async fn person_who_signed_in_once_is_served_in_every_process() {
    let options = OidcOptions {
        access_token_seconds: 1,
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let folder = TempDir::new().unwrap();
    let first = connected(folder.path(), Some(&provider.url()), oidc_data(&provider)).await;
    assert_eq!(status(&first).await, ConnectionStatus::NeedsSignIn);
    sign_in(&first).await;
    assert_eq!(status(&first).await, ConnectionStatus::Ready);

    let processes = [
        environment(folder.path()).await,
        environment(folder.path()).await,
        first,
    ];
    while provider.grants("refresh_token") < 3 {
        for process in &processes {
            // Each time as a process that has just begun.
            assert_eq!(read(&client(process).await.unwrap()).await.unwrap(), "ada");
        }
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
async fn connection_that_is_removed_gives_its_tokens_back() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let folder = TempDir::new().unwrap();
    let environment = connected(folder.path(), Some(&provider.url()), oidc_data(&provider)).await;
    sign_in(&environment).await;
    let client_before = client(&environment).await.unwrap();
    assert_eq!(read(&client_before).await.unwrap(), "ada");
    let left = environment.remove(CONNECTOR, NAME).await.unwrap();
    assert_eq!(left, Vec::<String>::new());
    provider.wait_for("refresh_token.destroyed", 1).unwrap();
    read(&client_before).await.unwrap_err();
    let error = client(&environment).await.unwrap_err().to_string();
    assert!(error.contains(NAME), "{error}");
}

/// Signs in at a server that lets everybody in and asks nobody.
async fn sign_in_at_once(environment: &Environment) {
    let server = environment
        .authorization_server(CONNECTOR, NAME, SCHEME)
        .await
        .unwrap();
    let authorization = server.authorization("http://127.0.0.1:7777/", &[]).unwrap();
    let url = Url::parse(authorization.url()).unwrap();
    let state = url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let answer = [("code", "c".to_owned()), ("state", state)];
    let answer = answer.map(|(name, value)| (name.to_owned(), value));
    let signed_in = server.complete(&authorization, &answer).await.unwrap();
    environment
        .signed_in(CONNECTOR, NAME, SCHEME, &signed_in)
        .await
        .unwrap();
}

fn data(server: &FaultServer, more: Value) -> Value {
    let mut data = json!({
        "authorization_url": server.at("/authorize"),
        "token_url": server.at("/token"),
    });
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
    data
}

#[tokio::test]
async fn address_of_the_api_may_depend_on_who_signed_in() {
    let server = stage();
    let more = json!({"instance_url": server.at("")});
    server.on("/token", grant("t", more));
    let folder = TempDir::new().unwrap();
    let particular = json!({
        "base_url": "{instance_url}",
        "response": {"values": {"instance_url": "instance_url"}},
    });
    let environment = connected(folder.path(), None, data(&server, particular)).await;
    sign_in_at_once(&environment).await;
    let client = client(&environment).await.unwrap();
    assert_eq!(read(&client).await.unwrap(), "Bearer t");
}

#[tokio::test]
async fn connection_whose_grant_is_gone_asks_for_a_person_and_is_served_again_then() {
    let server = stage();
    let tokens = |access: &str| grant(access, json!({"refresh_token": "r", "expires_in": 1}));
    server.on("/token", tokens("t1"));
    let folder = TempDir::new().unwrap();
    let environment = connected(
        folder.path(),
        Some(&server.at("")),
        data(&server, json!({})),
    )
    .await;
    sign_in_at_once(&environment).await;
    server.on("/token", refusal(400, "invalid_grant"));
    server.on(
        "/oauth/read",
        Answer::json(401, &json!({"reason": "expired"})),
    );
    let error = read(&client(&environment).await.unwrap())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("sign in again"), "{error}");
    assert_eq!(status(&environment).await, ConnectionStatus::NeedsSignIn);

    server.on("/token", tokens("t2"));
    sign_in_at_once(&environment).await;
    assert_eq!(status(&environment).await, ConnectionStatus::Ready);
    server.on("/oauth/read", Answer::json(200, &json!({"subject": "ada"})));
    assert_eq!(
        read(&client(&environment).await.unwrap()).await.unwrap(),
        "ada"
    );
}

#[tokio::test]
async fn application_is_declared_in_a_file_with_its_secret_elsewhere() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let folder = TempDir::new().unwrap();
    let declared = format!(
        r#"
[security.work]
base_url = "{}"

[security.work.credentials.oauth]
type = "oauth2"
grant = "client_credentials"
client_id = "basic"
client_secret = "file:secret"
provider = {{ issuer = "{}" }}
"#,
        provider.url(),
        provider.issuer()
    );
    fs::write(folder.path().join("connections.toml"), declared).unwrap();
    fs::write(folder.path().join("secret"), "basic-secret\n").unwrap();
    for _ in 0..3 {
        let environment = environment(folder.path()).await;
        assert_eq!(
            read(&client(&environment).await.unwrap()).await.unwrap(),
            "basic"
        );
    }
    assert_eq!(
        provider.grants("client_credentials"),
        1,
        "processes share the token"
    );
}
