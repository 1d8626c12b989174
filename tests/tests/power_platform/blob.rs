//! Azurite: an account and its key sign requests, as they are once policies are through with them.

use blob_connector::connection::ConnectionParameters;
use blob_connector::runtime::mock::{MockTransport, Reply};
use blob_connector::{Client, Error};
use connector_tests::{AZURITE_ACCOUNT, AZURITE_KEY, Azurite};

use super::program;

/// A key that is none.
const WRONG_KEY: &str = "Y2FuYXJ5LXdyb25nLWtleQ==";

/// A client for the account where Azurite has it.
fn client(azurite: &Azurite, key: &str) -> Client {
    let parameters = ConnectionParameters::new(AZURITE_ACCOUNT, key);
    let builder = Client::builder().base_url(azurite.url());
    builder.parameters(parameters).build().unwrap()
}

fn code(error: &Error) -> Option<&str> {
    error.headers()?.get("x-ms-error-code")?.to_str().ok()
}

#[tokio::test]
async fn key_of_the_account_signs_what_policies_have_made_of_a_request() {
    let azurite = Azurite::blobs().unwrap();
    let client = client(&azurite, AZURITE_KEY);
    client.test_connection().await.unwrap();
    let (containers, blobs) = (client.containers(), client.blobs());
    containers.create("box").send().await.unwrap();
    let names = ["plain.txt", "a b+c.txt", "größe & (1)~.txt"];
    for name in names {
        blobs.put("box", name, name).send().await.unwrap();
        let read = blobs.get("box", name).send_with_response().await.unwrap();
        // A policy put it there, and Azurite checks signatures over it.
        assert_eq!(read.headers()["x-ms-meta-account"], AZURITE_ACCOUNT);
        assert_eq!(read.into_body().text().await.unwrap(), name);
    }
    let listed = blobs.list("box").send().await.unwrap();
    assert_eq!(listed.matches("<Name>").count(), names.len(), "{listed}");
    let listed = blobs.list("box").prefix("pl").send().await.unwrap();
    assert!(listed.contains("<Name>plain.txt</Name>"), "{listed}");
    assert_eq!(listed.matches("<Name>").count(), 1, "{listed}");

    blobs.delete("box", "plain.txt").send().await.unwrap();
    let gone = blobs.get("box", "plain.txt").send().await.unwrap_err();
    assert_eq!(
        (gone.status(), code(&gone)),
        (Some(404), Some("BlobNotFound"))
    );
    containers.delete("box").send().await.unwrap();
    let log = azurite.output();
    let request = "\"PUT /devstoreaccount1/box/plain.txt?timeout=30 ";
    assert!(log.contains(request), "no `{request}`:\n{log}");
}

#[tokio::test]
async fn wrong_key_is_refused() {
    let azurite = Azurite::blobs().unwrap();
    let stranger = client(&azurite, WRONG_KEY);
    let error = stranger.test_connection().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(code(&error), Some("AuthorizationFailure"));
    assert!(!format!("{error} {error:?}").contains(WRONG_KEY));

    let parameters = ConnectionParameters::new(AZURITE_ACCOUNT, "no base64");
    let error = Client::builder().parameters(parameters).build();
    let error = error.map(|_| ()).unwrap_err().to_string();
    assert!(!error.contains("no base64"), "{error}");
}

#[tokio::test]
async fn account_is_a_part_of_the_host_in_the_cloud() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/xml", "<Containers/>"));
    let sent = async |parameters: ConnectionParameters| {
        let builder = Client::builder().transport(mock.clone());
        let client = builder.parameters(parameters).build().unwrap();
        client.containers().list().send().await.unwrap();
        mock.last_request().unwrap()
    };
    let parameters = ConnectionParameters::new("acme", AZURITE_KEY);
    let request = sent(parameters.clone()).await;
    let url = "https://acme.blob.core.windows.net/?comp=list&timeout=30";
    assert_eq!(request.url(), url);
    assert_eq!(request.header("x-ms-version"), Some("2023-11-03"));
    let signature = request.header("authorization").unwrap();
    assert!(signature.starts_with("SharedKey acme:"), "{signature}");
    let request = sent(parameters.endpoint_suffix("core.example")).await;
    let url = "https://acme.blob.core.example/?comp=list&timeout=30";
    assert_eq!(request.url(), url);
}

#[tokio::test]
#[ignore = "a program that other tests start"]
async fn program_with_variables() {
    let client = Client::from_env().unwrap();
    client.containers().create("box").send().await.unwrap();
    println!("{}", client.containers().list().send().await.unwrap());
}

#[test]
fn account_and_key_come_from_the_environment() {
    let azurite = Azurite::blobs().unwrap();
    let variables = [
        ("BLOB_CONNECTOR_BASE_URL", &*azurite.url()),
        ("BLOB_CONNECTOR_ACCOUNT_NAME", AZURITE_ACCOUNT),
        ("BLOB_CONNECTOR_ACCESS_KEY", AZURITE_KEY),
    ];
    let said = program("blob::program_with_variables", &variables);
    assert!(said.contains("<Name>box</Name>"), "{said}");
}
