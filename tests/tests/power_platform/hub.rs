//! JupyterHub: the connection says where it is, a policy sends the key, others lead to paths that the connector made up.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use connector_tests::{HUB_TOKEN, JupyterHub};
use hub_connector::Client;
use hub_connector::connection::ConnectionParameters;
use hub_connector::models::{CallerKind, CreateUsersRequest, Refusal, RenameUserRequest};
use tempfile::TempDir;

use super::program;

/// How long the hub's log may be behind its answers.
const PATIENCE: Duration = Duration::from_secs(10);

fn client(hub: &JupyterHub, key: &str) -> Client {
    let parameters = ConnectionParameters::new(hub.url(), key);
    Client::builder().parameters(parameters).build().unwrap()
}

/// The hub has answered this, by its own account.
#[track_caller]
fn assert_logged(hub: &JupyterHub, line: &str) {
    let start = Instant::now();
    while !hub.output().contains(line) {
        assert!(start.elapsed() < PATIENCE, "no `{line}`:\n{}", hub.output());
        thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn users_are_managed_through_policies() {
    let hub = JupyterHub::start().unwrap();
    let client = client(&hub, HUB_TOKEN);
    client.test_connection().await.unwrap();
    let users = client.users();
    let me = users.who_am_i().send().await.unwrap();
    assert_eq!((me.name.as_str(), me.kind), ("tests", CallerKind::Service));

    let wanted = CreateUsersRequest::new(["ada", "bob", "a b"]);
    let made = users.create(&wanted).send().await.unwrap();
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|user| user.admin == Some(false)));
    let ada = users.get("ada").send().await.unwrap();
    assert!(ada.created.is_some());

    let choices = users.options_for_get_name().send().await.unwrap();
    let choices: Vec<_> = choices.iter().map(|one| one.value.as_str()).collect();
    assert_eq!(choices, ["ada", "bob", "a b"]);

    // The constant `state` goes along to the path that there is: without it, everybody would be listed.
    let ready = users.list_ready_users().send().await.unwrap();
    assert_eq!(ready, []);
    assert_eq!(users.list().limit(2).send().await.unwrap().len(), 2);

    let renamed = users.rename("a b", &RenameUserRequest::new("eve"));
    assert_eq!(renamed.send().await.unwrap().name, "eve");
    assert_logged(&hub, "200 PATCH /hub/api/users/a%20b");

    users.delete("bob").send().await.unwrap();
    assert_logged(&hub, "204 DELETE /hub/api/users/bob");
    let left = users.list().send().await.unwrap();
    let left: Vec<_> = left.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(left, ["ada", "eve"]);

    let gone = users.get("bob").send().await.unwrap_err();
    assert_eq!(gone.status(), Some(404));
    let body = gone.body_as::<Refusal>().unwrap().unwrap();
    assert_eq!(body.status, Some(404));
}

#[tokio::test]
async fn wrong_key_is_told_from_what_is_forbidden() {
    let hub = JupyterHub::start().unwrap();
    let stranger = client(&hub, "canary-wrong-key");
    // The hub has one status for both; a policy says what it means here.
    let error = stranger.test_connection().await.unwrap_err();
    assert!(error.is_credential(), "{error}");
    assert_eq!(error.status(), Some(403));
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
    let error = stranger.users().list().send().await.unwrap_err();
    assert!(error.is_forbidden() && !error.is_credential(), "{error}");

    // Without a key, nothing is sent.
    let nobody = Client::builder().with(|client| client.parameter("hub_url", hub.url()));
    let error = nobody.build().unwrap_err().to_string();
    assert!(error.contains("HUB_CONNECTOR_API_KEY"), "{error}");
}

#[tokio::test]
#[ignore = "a program that other tests start"]
async fn program_with_variables() {
    let client = Client::from_env().unwrap();
    let me = client.users().who_am_i().send().await.unwrap();
    println!("I am {}.", me.name);
}

#[tokio::test]
#[ignore = "a program that other tests start"]
async fn program_with_a_named_connection() {
    let client = Client::connect("hub", "work").await.unwrap();
    let me = client.users().who_am_i().send().await.unwrap();
    println!("I am {}.", me.name);
}

#[test]
fn connection_comes_from_the_environment() {
    let hub = JupyterHub::start().unwrap();
    let variables = [
        ("HUB_CONNECTOR_HUB_URL", &*hub.url()),
        ("HUB_CONNECTOR_API_KEY", HUB_TOKEN),
    ];
    let said = program("hub::program_with_variables", &variables);
    assert!(said.contains("I am tests."), "{said}");
}

#[test]
fn connection_comes_by_its_name() {
    let hub = JupyterHub::start().unwrap();
    let home = TempDir::new().unwrap();
    let declared = format!(
        "[hub.work]\nparameters = {{ HUB_URL = \"{}\" }}\nsecrets = {{ api_key = \"env:KEY_OF_THE_HUB\" }}\n",
        hub.url()
    );
    fs::write(home.path().join("connections.toml"), declared).unwrap();
    let variables = [
        ("CONNECTOR_HOME", home.path().to_str().unwrap()),
        ("KEY_OF_THE_HUB", HUB_TOKEN),
    ];
    let said = program("hub::program_with_a_named_connection", &variables);
    assert!(said.contains("I am tests."), "{said}");
}
