//! HTTP Digest in the eyes of httpbin, which challenges and checks.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use connector_tests::Httpbin;
use security::Client;
use security::runtime::{Json, Map, Value};

fn client_of(httpbin: &Httpbin, password: &str) -> Client {
    Client::builder()
        .base_url(httpbin.url())
        .digest("ada", password)
        .build()
        .unwrap()
}

async fn get(client: &Client, path: &str) -> security::Result<Map<Value>> {
    let request = client.runtime().request("GET", path);
    request.send::<Json<Map<Value>>>().await
}

#[tokio::test]
async fn challenges_of_every_kind_are_answered() {
    let httpbin = Httpbin::start().unwrap();
    // "either" stands for no `qop` that httpbin knows: it offers both.
    for path in [
        "/digest-auth/auth/ada/secret/MD5",
        "/digest-auth/auth/ada/secret/SHA-256",
        "/digest-auth/auth-int/ada/secret/MD5",
        "/digest-auth/auth-int/ada/secret/SHA-256",
        "/digest-auth/either/ada/secret/SHA-256",
    ] {
        let client = client_of(&httpbin, "secret");
        let answer = get(&client, path).await.unwrap();
        assert_eq!(answer["authenticated"], true, "{path}");
    }
}

#[tokio::test]
async fn a_challenge_is_answered_in_advance_from_then_on() {
    let httpbin = Httpbin::start().unwrap();
    let client = client_of(&httpbin, "secret");
    let path = "/digest-auth/auth/ada/secret/SHA-256";
    get(&client, path).await.unwrap();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { get(&client, path).await.unwrap() })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let output = httpbin.output();
    assert_eq!(output.matches(" 401 ").count(), 1, "{output}");
    assert_eq!(output.matches(path).count(), 22, "{output}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_after_one_answer() {
    let httpbin = Httpbin::start().unwrap();
    let client = client_of(&httpbin, "wrong");
    let path = "/digest-auth/auth/ada/secret/MD5";
    let error = get(&client, path).await.unwrap_err();
    assert!(
        error.is_credential() && error.status() == Some(401),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("wrong"));
    assert_eq!(httpbin.output().matches(path).count(), 2);
}
