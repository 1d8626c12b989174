//! Planner, which is Microsoft Graph: most of all policies. Paths are virtual, bodies take another form, and a value is fetched
//! before a change.

use connector_runtime::Credential;
use connector_runtime::mock::{MockTransport, Reply};
use planner::Client;
use planner::connection::ConnectionParameters;
use planner::models::{
    AssignUsersRequest, CreateTaskRequestV3, UpdateTaskDetailsRequest,
    UpdateTaskDetailsRequestChecklistItem, UpdateTaskDetailsRequestReference,
};
use serde_json::json;

use crate::wire::{assert_sent, sent, server};

const USER: &str = "fbab97d0-4932-4511-b675-204639209557";
const TASK: &str = "01gzSlKkIUSUl6DF_EilrmQAKDhh";
const TAG: &str = "W/\"JzEtVGFzayAgQEBAQEBAQEBAQEBAQEBAWCc=\"";

fn client(server: &MockTransport) -> Client {
    Client::builder()
        .parameters(ConnectionParameters::new(Credential::bearer("token")))
        .transport(server.clone())
        .build()
        .unwrap()
}

/// `POST /v1.0/planner/tasks` with an object of assignments by user:
/// <https://learn.microsoft.com/en-us/graph/api/planner-post-tasks>. The connector takes people as text between semicolons, and
/// sends the plan's group as well, which Graph does not document.
#[tokio::test]
async fn a_task_is_created_with_people_assigned() {
    let server = server();
    let task = CreateTaskRequestV3::new(
        "group",
        "xqQg5FS2LkCp935s-FIFm2QAFkHM",
        "Update client list",
    )
    .assignments(format!("{USER};ada.l@contoso.com"));
    let request = sent(
        &server,
        client(&server).planner().create_task_v3(&task).send(),
    )
    .await;
    assert_sent(
        &request,
        "POST",
        "https://graph.microsoft.com/v1.0/planner/tasks",
        &[
            ("authorization", "Bearer token"),
            ("content-type", "application/json"),
            ("prefer", "return=representation"),
        ],
    );
    let assignment =
        json!({ "orderHint": " !", "@odata.type": "microsoft.graph.plannerAssignment" });
    assert_eq!(
        request.json(),
        json!({
            "groupId": "group",
            "planId": "xqQg5FS2LkCp935s-FIFm2QAFkHM",
            "title": "Update client list",
            // Names of an open type can't hold `@` or `.`:
            // <https://learn.microsoft.com/en-us/graph/api/resources/plannerexternalreferences>.
            "assignments": { USER: assignment, "ada%2El%40contoso%2Ecom": assignment },
        })
    );
}

/// Assignments are read as a list, under another name, and stay what they were.
#[tokio::test]
async fn the_answer_lists_assignments() {
    let server = MockTransport::new();
    let assignments =
        json!({ USER: { "assignedDateTime": "2015-03-25T18:36:49Z", "orderHint": "RWk1" } });
    server.reply(Reply::json(
        200,
        &json!({ "id": TASK, "assignments": assignments }),
    ));
    let task = client(&server)
        .planner()
        .get_task_v2(TASK)
        .send()
        .await
        .unwrap();
    let assigned = task.assignments.unwrap();
    assert_eq!(assigned.len(), 1);
    assert_eq!(assigned[0].user_id.as_deref(), Some(USER));
}

/// The tag of the task is read first, and `If-Match` is required:
/// <https://learn.microsoft.com/en-us/graph/api/plannertask-update>
#[tokio::test]
async fn people_are_assigned_to_the_task_as_it_is() {
    let server = MockTransport::new();
    server.reply(Reply::json(200, &json!({ "@odata.etag": TAG, "id": TASK })));
    server.reply(Reply::json(200, &json!({ "id": TASK })));
    let people = AssignUsersRequest::new(USER);
    let call = client(&server).planner().assign_users(TASK, &people);
    call.send().await.unwrap();
    let [read, change] = server.requests().try_into().unwrap();
    let url = format!("https://graph.microsoft.com/v1.0/planner/tasks/{TASK}");
    assert_eq!((read.method(), read.url()), ("GET", url.as_str()));
    assert_eq!(read.header("authorization"), Some("Bearer token"));
    assert!(read.body().is_empty());
    assert_sent(
        &change,
        "PATCH",
        &url,
        &[
            ("authorization", "Bearer token"),
            ("content-type", "application/json"),
            ("if-match", TAG),
            ("prefer", "return=representation"),
        ],
    );
    let assignment =
        json!({ "orderHint": " !", "@odata.type": "microsoft.graph.plannerAssignment" });
    assert_eq!(
        change.json(),
        json!({ "assignments": { USER: assignment } })
    );
}

/// References by their encoded address, a checklist by ids: <https://learn.microsoft.com/en-us/graph/api/plannertaskdetails-update>
#[tokio::test]
async fn details_are_changed() {
    let server = MockTransport::new();
    server.reply(Reply::json(200, &json!({ "@odata.etag": TAG })));
    server.handler(|_| Reply::json(200, &json!({})));
    let link = UpdateTaskDetailsRequestReference::new("http://developer.microsoft.com")
        .alias("Documentation");
    let item = UpdateTaskDetailsRequestChecklistItem::new(
        "95e27074-6c4a-447a-aa24-9d718a0b86fa",
        "Update task details",
        true,
    );
    let details = UpdateTaskDetailsRequest::new()
        .references(vec![link])
        .checklist(vec![item]);
    let call = client(&server)
        .planner()
        .update_task_details_v2(TASK, &details);
    call.send().await.unwrap();
    let [read, change] = server.requests().try_into().unwrap();
    let url = format!("https://graph.microsoft.com/v1.0/planner/tasks/{TASK}/details");
    assert_eq!((read.method(), read.url()), ("GET", url.as_str()));
    assert_sent(
        &change,
        "PATCH",
        &url,
        &[
            ("authorization", "Bearer token"),
            ("content-type", "application/json"),
            ("if-match", TAG),
            ("prefer", "return=representation"),
        ],
    );
    assert_eq!(
        change.json(),
        json!({
            "references": {
                "http%3A//developer%2Emicrosoft%2Ecom": {
                    "@odata.type": "microsoft.graph.plannerExternalReference",
                    "alias": "Documentation",
                    "previewPriority": " !",
                },
            },
            "checklist": {
                "95e27074-6c4a-447a-aa24-9d718a0b86fa": {
                    "@odata.type": "microsoft.graph.plannerChecklistItem",
                    "title": "Update task details",
                    "isChecked": true,
                },
            },
        })
    );
}

/// What is read back has lists, with the addresses as they were given.
#[tokio::test]
async fn details_are_read() {
    let server = MockTransport::new();
    let details = json!({
        "references": { "http%3A//developer%2Emicrosoft%2Ecom": { "alias": "Documentation", "type": "Other" } },
        "checklist": { "95e27074": { "title": "Update task details", "isChecked": true } },
    });
    server.reply(Reply::json(200, &details));
    let details = client(&server)
        .planner()
        .get_task_details_v2(TASK)
        .send()
        .await
        .unwrap();
    let (links, items) = (details.references.unwrap(), details.checklist.unwrap());
    assert_eq!(links[0].resource_link, "http://developer.microsoft.com");
    assert_eq!(items[0].id, "95e27074");
}

/// Memberships cast to groups, with `$filter` and `$select`: <https://learn.microsoft.com/en-us/graph/api/user-list-memberof>. The
/// `$` in the path is the connector's; Graph documents the cast without it, and wants `ConsistencyLevel` and `$count` with filters.
#[tokio::test]
async fn groups_are_filtered() {
    let server = server();
    let request = sent(&server, client(&server).me().list_groups().send()).await;
    assert_eq!(request.path(), "/v1.0/me/memberOf/$/microsoft.graph.group");
    let query = [
        ("$filter", "groupTypes/any(c:c eq 'Unified')"),
        ("$select", "id,displayName"),
    ];
    assert_eq!(
        request.query(),
        query.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
}

/// The next page is wherever `@odata.nextLink` leads, with the same token: <https://learn.microsoft.com/en-us/graph/paging>. Tasks
/// of all pages list their assignments.
#[tokio::test]
async fn pages_are_followed() {
    const NEXT: &str = "https://graph.microsoft.com/v1.0/me/planner/tasks?$skiptoken=a%2Bb";
    let server = MockTransport::new();
    let task = |id: &str| json!({ "id": id, "assignments": { USER: { "orderHint": "RWk1" } } });
    let page = json!({ "value": [task("1")], "@odata.nextLink": NEXT });
    server.reply(Reply::json(200, &page));
    server.reply(Reply::json(200, &json!({ "value": [task("2")] })));
    let mut tasks = client(&server).me().list_my_tasks_v2().items();
    let mut found = Vec::new();
    while let Some(task) = tasks.next().await {
        let task = task.unwrap();
        found.push((task.id.unwrap(), task.assignments.unwrap().len()));
    }
    assert_eq!(found, [("1".to_owned(), 1), ("2".to_owned(), 1)]);
    let [first, second] = server.requests().try_into().unwrap();
    let token = [("authorization", "Bearer token")];
    let url = "https://graph.microsoft.com/v1.0/me/planner/tasks";
    assert_sent(&first, "GET", url, &token);
    assert_sent(&second, "GET", NEXT, &token);
}
