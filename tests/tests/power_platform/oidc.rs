//! oidc-provider behind a server that writes down what it is asked: sign-ins and refreshes follow the templates of the connector.

use std::fs;
use std::sync::Arc;
use std::thread;

use connector_tests::{Answer, Browser, FaultServer, OidcOptions, OidcProvider, Seen};
use oidc_connector::connection::{ConnectionParameters, Key, SignIn};
use oidc_connector::runtime::environment::{
    ConnectionDefinition, ConnectionStatus, ConnectorDescription, Environment,
};
use oidc_connector::runtime::oauth::{AuthorizationServer, OAuthClient, OAuthCredential, SignedIn};
use oidc_connector::runtime::store::KeyRing;
use oidc_connector::runtime::token::{MemoryStore, TokenKey};
use oidc_connector::{API, Client, Result};
use serde_json::json;
use tempfile::TempDir;

const SCHEME: &str = "sign_in";

/// The application at the provider, which sends its secret in the body.
const ID: &str = "body";
const SECRET: &str = "body-secret";

/// Where the templates lead: the provider's endpoints under addresses of their own, so that what arrives there can be looked at.
fn front(provider: &OidcProvider) -> FaultServer {
    let front = FaultServer::start().unwrap();
    let sign_in = format!("{}/auth", provider.url());
    front.handle("/auth", move |seen| {
        Answer::redirect(302, &format!("{sign_in}?{}", seen.query))
    });
    for path in ["/token", "/token/refresh"] {
        let url = format!("{}/token", provider.url());
        front.handle(path, move |seen| passed_on(&url, seen));
    }
    front
}

fn passed_on(url: &str, seen: &Seen) -> Answer {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let mut request = agent.post(url);
    for name in ["content-type", "authorization"] {
        if let Some(value) = seen.header(name) {
            request = request.header(name, value);
        }
    }
    let mut answer = request.send(seen.body.as_slice()).unwrap();
    let body = answer.body_mut().read_to_vec().unwrap();
    Answer::text(answer.status().as_u16(), "application/json", body)
}

fn open(url: &str) -> Result<()> {
    let url = url.to_owned();
    thread::spawn(move || Browser::of("ada", "secret").sign_in(&url).unwrap());
    Ok(())
}

/// Ada signs in with her browser.
async fn signed_in(front: &FaultServer) -> (OAuthClient, SignedIn) {
    let application = OAuthClient::new(ID, SECRET).value("Issuer", front.at(""));
    let server = AuthorizationServer::builder(application).api(&API, SCHEME);
    let server = server.build().await.unwrap();
    let signed_in = server.sign_in().open_with(open).run().await.unwrap();
    (server.client().clone(), signed_in)
}

fn client(parameters: impl Into<ConnectionParameters>) -> Client {
    Client::builder().parameters(parameters).build().unwrap()
}

/// As whom the API knows the caller.
async fn read(client: &Client) -> Result<String> {
    let answer = client.access().read().send().await?;
    Ok(answer.subject)
}

#[track_caller]
fn assert_no_trouble(provider: &OidcProvider) {
    let troubles = ["grant.error", "grant.revoked"].map(|event| provider.count(event));
    assert_eq!(troubles, [0, 0], "{:?}", provider.events());
}

/// What a form holds, but for values that differ each time.
#[track_caller]
fn assert_form(seen: &Seen, expected: &[(&str, &str)], others: &[&str]) {
    let mut form = seen.form();
    for (name, value) in expected {
        assert_eq!(form.remove(*name).as_deref(), Some(*value), "{name}");
    }
    for name in others {
        assert!(form.remove(*name).is_some_and(|value| !value.is_empty()));
    }
    assert_eq!(form.into_iter().collect::<Vec<_>>(), []);
    assert_eq!(seen.header("authorization"), None);
}

#[tokio::test]
async fn sign_in_and_refreshes_follow_the_templates() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let front = front(&provider);
    let (application, signed_in) = signed_in(&front).await;

    let asked = front.requests("/auth")[0].query();
    let expected = [
        ("client_id", ID),
        ("response_type", "code"),
        ("scope", "offline_access read"),
        ("prompt", "consent"),
    ];
    for (name, value) in expected {
        assert_eq!(asked[name], value, "{name}");
    }
    let first = front.requests("/token");
    assert_eq!(first.len(), 1);
    let expected = [
        ("grant_type", "authorization_code"),
        ("client_id", ID),
        ("client_secret", SECRET),
        ("redirect_uri", &asked["redirect_uri"]),
        ("step", "first"),
    ];
    assert_form(&first[0], &expected, &["code", "code_verifier"]);

    let (store, key) = (Arc::new(MemoryStore::new()), TokenKey::new("work", SCHEME));
    let first = OAuthCredential::signed_in(application.clone(), signed_in.tokens)
        .kept_in(store.clone(), key.clone());
    let first = client(SignIn::new(front.at(""), provider.url(), first));
    assert_eq!(read(&first).await.unwrap(), "ada");
    let process = || {
        let credential = OAuthCredential::stored(application.clone(), store.clone(), key.clone());
        client(SignIn::new(front.at(""), provider.url(), credential))
    };
    assert_eq!(read(&process()).await.unwrap(), "ada");

    // A token that is refused is replaced, each time with the refresh token of the time before, which is all that is kept.
    for _ in 0..3 {
        provider.revoke_access_tokens().unwrap();
        assert_eq!(read(&process()).await.unwrap(), "ada");
    }

    let refreshes = front.requests("/token/refresh");
    assert_eq!((refreshes.len(), front.requests("/token").len()), (3, 1));
    let mut spent = Vec::new();
    for refresh in &refreshes {
        let expected = [
            ("grant_type", "refresh_token"),
            ("client_id", ID),
            ("client_secret", SECRET),
            ("scope", "offline_access read"),
            ("step", "again"),
        ];
        assert_form(refresh, &expected, &["refresh_token"]);
        spent.push(refresh.form()["refresh_token"].clone());
    }
    spent.sort();
    spent.dedup();
    assert_eq!(spent.len(), 3, "each refresh token is used once");
    assert_no_trouble(&provider);
}

#[tokio::test]
async fn connection_that_is_kept_is_signed_in_in_every_process() {
    let options = OidcOptions {
        access_token_seconds: 1,
        ..OidcOptions::default()
    };
    let provider = OidcProvider::start(&options).unwrap();
    let front = front(&provider);
    let definition = json!({
        "parameter_set": "signIn",
        "parameters": {"token:issuer": front.at(""), "api_url": provider.url()},
        "credentials": {SCHEME: {
            "type": "oauth2",
            "grant": "authorization_code",
            "client_id": ID,
            "client_secret": "file:secret",
        }},
    });
    let mut definition: ConnectionDefinition = serde_json::from_value(definition).unwrap();
    definition.description = Some(ConnectorDescription::of(&API));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("secret"), SECRET).unwrap();
    let environment = async || {
        let ring = KeyRing::from_file(folder.path().join("key"));
        Environment::open_with(folder.path(), ring).await.unwrap()
    };
    let first = environment().await;
    first.add("oidc", "work", &definition).await.unwrap();
    let status = async || first.info("oidc", "work").await.unwrap().status;
    assert_eq!(status().await, ConnectionStatus::NeedsSignIn);

    let server = first.authorization_server("oidc", "work", SCHEME).await;
    let signed_in = server.unwrap().sign_in().open_with(open).run().await;
    let signed_in = signed_in.unwrap();
    let kept = first.signed_in("oidc", "work", SCHEME, &signed_in).await;
    kept.unwrap();
    assert_eq!(status().await, ConnectionStatus::Ready);

    while front.requests("/token/refresh").len() < 3 {
        for environment in [&first, &environment().await] {
            let connection = environment.connection(&API, "oidc", "work").await.unwrap();
            let client = Client::builder().connection(connection).build().unwrap();
            assert_eq!(read(&client).await.unwrap(), "ada");
        }
    }
    assert_no_trouble(&provider);
}

#[tokio::test]
async fn token_of_the_other_set_stands_in_for_a_sign_in() {
    let provider = OidcProvider::start(&OidcOptions::default()).unwrap();
    let front = front(&provider);
    let (_, signed_in) = signed_in(&front).await;
    let key = signed_in.tokens.access_token.clone();
    let holder = client(Key::new(key, provider.url()));
    holder.test_connection().await.unwrap();
    assert_eq!(read(&holder).await.unwrap(), "ada");
    let error = holder.access().write().send().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");

    let stranger = client(Key::new("canary-wrong-key", provider.url()));
    let error = read(&stranger).await.unwrap_err();
    assert!(error.is_credential(), "{error}");
    assert_eq!(error.status(), Some(401));
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
    assert_eq!(front.requests("/token/refresh").len(), 0);
}
