//! A Power Platform connector: three ways to authenticate, and policies that change requests and answers.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use policies::connection::{ApiKey, BasicAuth, ConnectionParameters, Oauth, Region};
use policies::models::Note;
use policies::runtime::environment::ConnectorDescription;
use policies::runtime::mock::{CapturedRequest, MockTransport, Reply};
use policies::{Client, Credential};

const README: &str = include_str!("../../generated-samples/policies/README.md");

fn client(mock: &MockTransport, parameters: impl Into<ConnectionParameters>) -> Client {
    let builder = Client::builder().transport(mock.clone());
    builder.parameters(parameters).build().unwrap()
}

/// The request of a call that every connection can make.
async fn who_am_i(parameters: impl Into<ConnectionParameters>) -> CapturedRequest {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/json", r#"{"name":"Ada"}"#));
    let client = client(&mock, parameters);
    let account = client.account().who_am_i().send().await.unwrap();
    assert_eq!(account.name, "Ada");
    mock.last_request().unwrap()
}

#[tokio::test]
async fn key_is_sent_with_its_word_to_the_region_of_the_site() {
    let sent = who_am_i(ApiKey::new("hush", "kew")).await;
    assert_eq!(
        sent.url(),
        "https://kew.eu.greenhouse.example/api/v2/me?lang=en"
    );
    assert_eq!(sent.header("authorization"), Some("Key hush"));

    let parameters = ApiKey::new("hush", "kew")
        .region(Region::UnitedStates)
        .language("de");
    let sent = who_am_i(parameters).await;
    assert_eq!(
        sent.url(),
        "https://kew.us.greenhouse.example/api/v2/me?lang=de"
    );
}

#[tokio::test]
async fn user_name_and_password_are_http_basic() {
    let sent = who_am_i(BasicAuth::new("ada", "hush", "kew")).await;
    assert_eq!(
        sent.url(),
        "https://kew.eu.greenhouse.example/api/v2/me?lang=en"
    );
    assert_eq!(sent.header("authorization"), Some("Basic YWRhOmh1c2g="));
}

#[tokio::test]
async fn access_token_is_a_bearer_token() {
    let sent = who_am_i(Oauth::new("acme", "kew", Credential::bearer("access"))).await;
    assert_eq!(
        sent.url(),
        "https://kew.eu.greenhouse.example/api/v2/me?lang=en"
    );
    assert_eq!(sent.header("authorization"), Some("Bearer access"));
}

#[tokio::test]
async fn note_goes_another_way_in_another_form() {
    let mock = MockTransport::new();
    mock.reply(Reply::bytes(201, "application/json", r#"{"text":"dry"}"#));
    let client = client(&mock, ApiKey::new("hush", "kew"));
    let note = Note::new("dry\r\nwet");
    client.beds().add_note("b 1", &note).send().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.method(), "POST");
    assert_eq!(sent.path(), "/api/v2/beds/b%201/log");
    assert_eq!(sent.text(), r#"{"text":"dry\nwet","form":"v2"}"#);
}

#[tokio::test]
async fn answer_is_what_the_definition_says_once_policies_are_through() {
    let mock = MockTransport::new();
    let body = r#"{"id":"b1","sensors":{"heat":21.5,"light":3}}"#;
    mock.reply(Reply::bytes(200, "application/json", body));
    let client = client(&mock, ApiKey::new("hush", "kew"));
    let answer = client.beds().get("b1").send_with_response().await.unwrap();
    assert_eq!(answer.headers()["x-greenhouse"], "kew");
    let sensors = answer.into_body().sensors.unwrap();
    let read: Vec<_> = sensors
        .iter()
        .map(|one| (one.name.as_str(), one.reading))
        .collect();
    assert_eq!(read, [("heat", 21.5), ("light", 3.0)]);
}

#[tokio::test]
async fn connection_is_tested_whatever_the_answer_looks_like() {
    let mock = MockTransport::new();
    let client = client(&mock, ApiKey::new("hush", "kew"));
    mock.reply(Reply::bytes(200, "application/json", "[]"));
    client.test_connection().await.unwrap();
    mock.reply(Reply::status(401));
    assert!(client.test_connection().await.unwrap_err().is_credential());
}

#[test]
fn secrets_are_not_printed() {
    let parameters: ConnectionParameters = ApiKey::new("hush", "kew").into();
    let printed = format!("{parameters:?}");
    assert!(
        printed.contains("kew") && !printed.contains("hush"),
        "{printed}"
    );
    let printed = format!(
        "{:?}",
        Oauth::new("acme", "kew", Credential::bearer("hush"))
    );
    assert!(
        printed.contains("acme") && !printed.contains("hush"),
        "{printed}"
    );
}

#[test]
fn what_is_missing_is_asked_for_by_the_variable_that_the_readme_names() {
    let build = |set: &str| {
        Client::builder()
            .with(|builder| builder.parameter_set(set))
            .build()
    };
    for (set, variables) in [
        ("apiKey", ["POLICIES_API_KEY", "POLICIES_SITE"]),
        ("basic-auth", ["POLICIES_USERNAME", "POLICIES_PASSWORD"]),
        ("oauth", ["POLICIES_TENANT_ID", "POLICIES_SITE"]),
    ] {
        let error = build(set).unwrap_err().to_string();
        for variable in variables {
            assert!(error.contains(variable), "{variable}: {error}");
            assert!(README.contains(&format!("`{variable}`")), "{variable}");
        }
    }
}

#[test]
fn declaration_in_the_readme_is_one_that_the_environment_reads() {
    use policies::runtime::environment::ConnectionDefinition;
    use std::collections::BTreeMap;

    let block = README.split("```toml\n").last().unwrap();
    let block = block.split("```").next().unwrap();
    let declared: BTreeMap<String, BTreeMap<String, ConnectionDefinition>> =
        toml::from_str(block).unwrap();
    let work = &declared["policies"]["work"];
    assert_eq!(work.parameter_set.as_deref(), Some("apiKey"));
    assert_eq!(work.parameters["site"], "example");
    assert!(work.secrets.contains_key("api_key"));
}

#[test]
fn description_says_what_each_parameter_is_for() {
    let text = include_str!("../../generated-samples/policies/connector.json");
    let read: ConnectorDescription = serde_json::from_str(text).unwrap();
    let mut known = ConnectorDescription::of(&policies::API);
    let mut described = 0;
    for (known, read) in known.parameter_sets.iter_mut().zip(&read.parameter_sets) {
        for (known, read) in known.parameters.iter_mut().zip(&read.parameters) {
            // The crate has it as documentation.
            known.description.clone_from(&read.description);
            described += usize::from(read.description.is_some());
        }
    }
    assert_eq!(described, 11);
    assert_eq!(read, known);
}
