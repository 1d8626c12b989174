//! Pages, options, schemas.

use connector_tests::Answer;
use connector_tests::FaultServer;
use serde_json::json;
use triggers::runtime::Choice;

use super::client;

#[tokio::test]
async fn items_come_from_all_pages_although_one_fails() {
    let server = FaultServer::start().unwrap();
    let second = server.at("/v1/tickets?page=2");
    server.handle("/v1/tickets", {
        let failed = std::sync::atomic::AtomicBool::new(false);
        move |seen| match seen.query().get("page") {
            None => Answer::json(
                200,
                &json!({"value": [{"id": 1}], "@odata.nextLink": second}),
            ),
            Some(_) if !failed.swap(true, std::sync::atomic::Ordering::SeqCst) => Answer::nothing(),
            Some(_) => Answer::json(200, &json!({"value": [{"id": 2}, {"id": 3}]})),
        }
    });
    let mut items = client(&server).tickets().list().top(1).items();
    let (mut ids, mut errors) = (Vec::new(), 0);
    while let Some(item) = items.next().await {
        match item {
            Ok(ticket) => ids.push(ticket.id),
            Err(_) => errors += 1,
        }
    }
    assert_eq!((ids, errors), (vec![1, 2, 3], 1));
    let asked = server.requests("/v1/tickets");
    let queries: Vec<&str> = asked.iter().map(|seen| seen.query.as_str()).collect();
    assert_eq!(queries, ["%24top=1", "page=2", "page=2"]);
    for seen in &asked {
        assert_eq!(seen.header("x-api-key"), Some("k3y"));
    }
}

#[tokio::test]
async fn options_and_schemas_come_from_the_api() {
    let server = FaultServer::start().unwrap();
    server.on(
        "/v1/boards",
        Answer::json(
            200,
            &json!({"boards": [{"id": "7", "name": "Seven"}, {"id": 8}]}),
        ),
    );
    server.on(
        "/v1/priorities/7",
        Answer::json(
            200,
            &json!({"data": {"items": [{"id": 1, "title": "High"}]}}),
        ),
    );
    server.on(
        "/v1/schema",
        Answer::json(200, &json!({"schema": {"type": "object"}})),
    );
    let client = client(&server);
    let hooks = client.hooks();
    let boards = hooks
        .options_for_when_ticket_opened_board("red")
        .send()
        .await;
    let choice = |value, title: &str| Choice {
        value,
        title: title.to_owned(),
    };
    assert_eq!(boards.unwrap(), [choice(7, "Seven"), choice(8, "8")]);
    let asked = server.requests("/v1/boards").remove(0).query();
    assert_eq!(
        (asked["archived"].as_str(), asked["team"].as_str()),
        ("false", "red")
    );

    let priorities = client
        .tickets()
        .options_for_create_priority(7)
        .send()
        .await
        .unwrap();
    assert_eq!(priorities[0].value, "1");
    assert_eq!(priorities[0].title, "High");
    let schema = client
        .tickets()
        .schema_for_create_fields(7)
        .send()
        .await
        .unwrap();
    assert_eq!(schema, json!({"type": "object"}));
}
