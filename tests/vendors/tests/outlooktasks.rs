//! Outlook Tasks: routes below a base path, a default for a query parameter, quotes in paths.

use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::oauth::OAuthCredential;
use connector_runtime::token::Tokens;
use connector_runtime::{Credential, OAuthClient};
use outlooktasks::Client;
use outlooktasks::connection::ConnectionParameters;
use outlooktasks::models::{
    CreateTaskOs, RequestDateTimeTimeZoneTimeZone, RequestTaskOsDueDateTime,
};
use serde_json::json;

use crate::wire::{assert_sent, sent, server};

fn client(server: &MockTransport) -> Client {
    Client::builder()
        .parameters(ConnectionParameters::new(Credential::bearer("token")))
        .transport(server.clone())
        .build()
        .unwrap()
}

// All of <https://learn.microsoft.com/en-us/previous-versions/office/office-365-api/api/version-2.0/task-rest-operations>.

/// `GET https://outlook.office.com/api/v2.0/me/tasks`; the connector's path has a `/v2` in front that its policy takes away.
#[tokio::test]
async fn tasks_are_listed_fifty_at_a_time() {
    let server = server();
    let request = sent(&server, client(&server).tasks().get_all_tasks_v2().send()).await;
    assert_sent(
        &request,
        "GET",
        "https://outlook.office.com/api/v2.0/me/tasks?%24top=50",
        &[("authorization", "Bearer token")],
    );
}

/// `$top` and `$filter` of the caller, and none but them.
#[tokio::test]
async fn a_callers_number_of_tasks_stays() {
    let server = server();
    let call = client(&server)
        .tasks()
        .get_tasks_in_folder_v2("AAMkADIyAAAhrbPXAAA=")
        .filter("Status eq 'Completed'")
        .top(5);
    let request = sent(&server, call.send()).await;
    let path = request.path().replace("%27", "'").replace("%3D", "=");
    assert_eq!(
        path,
        "/api/v2.0/me/taskfolders('AAMkADIyAAAhrbPXAAA=')/tasks"
    );
    let query = [("$filter", "Status eq 'Completed'"), ("$top", "5")];
    assert_eq!(
        request.query(),
        query.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
}

/// `POST /me/tasks` with `Subject` and dates with their zones.
#[tokio::test]
async fn a_task_is_created() {
    let server = server();
    let due = RequestTaskOsDueDateTime::new(
        "2016-05-12".parse().unwrap(),
        RequestDateTimeTimeZoneTimeZone::PacificStandardTime,
    );
    let task = CreateTaskOs::new("Shop for children's weekend").due_date_time(due);
    let request = sent(
        &server,
        client(&server).tasks().create_task_v3(&task).send(),
    )
    .await;
    assert_sent(
        &request,
        "POST",
        "https://outlook.office.com/api/v2.0/me/tasks",
        &[
            ("authorization", "Bearer token"),
            ("content-type", "application/json"),
        ],
    );
    assert_eq!(
        request.json(),
        json!({
            "Subject": "Shop for children's weekend",
            "DueDateTime": { "DateTime": "2016-05-12", "TimeZone": "Pacific Standard Time" },
        })
    );
}

/// `POST /me/tasks('{task_id}')/complete`, without a body.
#[tokio::test]
async fn a_task_is_completed() {
    let server = server();
    let call = client(&server)
        .tasks()
        .complete_task_v2("AAMkADA1MTHgwAAA=");
    let request = sent(&server, call.send()).await;
    let path = request.path().replace("%27", "'").replace("%3D", "=");
    assert_eq!(
        (request.method(), path.as_str()),
        ("POST", "/api/v2.0/me/tasks('AAMkADA1MTHgwAAA=')/complete")
    );
    assert!(request.body().is_empty(), "{}", request.text());
}

/// `POST /common/oauth2/v2.0/token` with a form of client, scopes, refresh token, and secret:
/// <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow>. The connector has it as templates of
/// `oauth2generic`, which want the redirect as well; without one, as here, it stays out.
#[tokio::test]
async fn a_token_is_renewed() {
    let server = MockTransport::new();
    let fresh = json!({ "access_token": "fresh", "token_type": "Bearer", "expires_in": 3600 });
    server.reply(Reply::json(200, &fresh));
    server.handler(|_| Reply::json(200, &json!({})));
    let mut tokens = Tokens::new("stale");
    tokens.refresh_token = Some("refresh".into());
    tokens.expires_at = Some(tokens.granted_at);
    let credential = OAuthCredential::signed_in(OAuthClient::new("app", "secret"), tokens);
    let client = Client::builder()
        .parameters(ConnectionParameters::new(credential))
        .transport(server.clone())
        .build()
        .unwrap();
    let outcome = client.tasks().delete_task_v1("AAMk").send().await;
    let [renewal, call] = server
        .requests()
        .try_into()
        .unwrap_or_else(|_| panic!("{outcome:?}"));
    assert_eq!(
        (renewal.method(), renewal.url()),
        (
            "POST",
            "https://login.microsoftonline.com/common/oauth2/v2.0/token"
        )
    );
    assert_eq!(renewal.header("authorization"), None);
    let mut form = renewal.form();
    form.sort();
    let expected = [
        ("client_id", "app"),
        ("client_secret", "secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh"),
        (
            "scope",
            "offline_access https://outlook.office.com/tasks.readwrite",
        ),
    ];
    assert_eq!(form, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert_eq!(
        (call.method(), call.header("authorization")),
        ("DELETE", Some("Bearer fresh"))
    );
}
