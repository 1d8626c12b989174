use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::client::Client;
use crate::descriptor::{Api, Operation, Parameter, Requirement, SecurityScheme, Server};
use crate::error::{Error, ErrorKind};
use crate::mock::{MockTransport, Reply};
use crate::request::Request;

static API: Api = Api::new("acme", "1")
    .servers(&[Server::new("https://api.acme.example/v1")])
    .security_schemes(&[SecurityScheme::bearer("token")]);
static PUT: Operation = Operation::new("putMachine", "PUT", "/machines/a")
    .parameters(&[Parameter::query("api-version")])
    .security(&[&[Requirement::new("token", &[])]]);
static POST: Operation = Operation::new("restart", "POST", "/machines/a/restart");

fn poller(mock: &MockTransport, operation: &'static Operation, job: Job) -> Poller<Value> {
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("token", crate::Credential::bearer("secret"))
        .build()
        .unwrap();
    let mut request = Request::new(&client, operation);
    if operation.id() == "putMachine" {
        request.set(0, "1");
    }
    Poller::new(request, job)
}

fn accepted(header: &str, url: &str) -> Reply {
    Reply::status(202).header(header, url)
}

fn status(word: &str) -> Reply {
    Reply::json(200, &json!({ "status": word }))
}

fn calls(mock: &MockTransport) -> Vec<String> {
    let sent = mock.requests();
    let calls = sent
        .iter()
        .map(|call| format!("{} {}", call.method(), call.url()));
    calls
        .map(|call| call.replace("https://api.acme.example/v1", ""))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_monitor_is_asked_until_the_end_and_the_resource_read() {
    let mock = MockTransport::new();
    mock.reply(accepted("azure-asyncoperation", "/v1/operations/7"))
        .reply(Reply::status(202))
        .reply(status("InProgress"))
        .reply(status("Succeeded"))
        .reply(Reply::json(200, &json!({"name": "a"})));
    let result = poller(&mock, &PUT, Job::new()).until_done().await;
    assert_eq!(result.unwrap(), json!({"name": "a"}));
    assert_eq!(
        calls(&mock),
        [
            "PUT /machines/a?api-version=1",
            "GET /operations/7",
            "GET /operations/7",
            "GET /operations/7",
            "GET /machines/a?api-version=1"
        ]
    );
    for request in mock.requests() {
        assert_eq!(request.header("authorization"), Some("Bearer secret"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_location_answers_202_until_it_has_the_result() {
    let mock = MockTransport::new();
    mock.reply(accepted("location", "/v1/results/7"))
        .reply(accepted("location", "/v1/results/8"))
        .reply(Reply::status(202))
        .reply(Reply::json(200, &json!({"restarted": true})));
    let result = poller(&mock, &POST, Job::new()).until_done().await;
    assert_eq!(result.unwrap(), json!({"restarted": true}));
    assert_eq!(
        calls(&mock)[1..],
        ["GET /results/7", "GET /results/8", "GET /results/8"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_resource_says_that_it_is_being_made() {
    let state = |word: &str| json!({"properties": {"provisioningState": word}});
    let mock = MockTransport::new();
    mock.reply(Reply::json(201, &state("Creating")))
        .reply(Reply::json(200, &state("Updating")))
        .reply(Reply::json(200, &state("Succeeded")));
    let result = poller(&mock, &PUT, Job::new()).until_done().await;
    assert_eq!(result.unwrap(), state("Succeeded"));
    assert_eq!(calls(&mock)[1], "GET /machines/a?api-version=1");
    let mock = MockTransport::new();
    mock.reply(Reply::json(200, &json!({"name": "a"})));
    let result = poller(&mock, &PUT, Job::new()).until_done().await;
    assert_eq!(result.unwrap()["name"], "a", "done at once");
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_result_is_where_the_document_says() {
    let start = || {
        let mock = MockTransport::new();
        mock.reply(
            accepted("operation-location", "/v1/operations/7").header("location", "/v1/results/7"),
        )
        .reply(Reply::json(
            200,
            &json!({"status": "succeeded", "result": 1, "data": {"out": 2}}),
        ))
        .reply(Reply::json(200, &json!(3)));
        mock
    };
    let end = |job: Job| async move {
        let mock = start();
        let result = poller(&mock, &PUT, job).until_done().await.unwrap();
        (result, calls(&mock).get(2).cloned())
    };
    let last = |call: &str| Some(format!("GET {call}"));
    let at = |state| Job::new().final_state(state);
    assert_eq!(
        end(at(FinalState::Location)).await,
        (json!(3), last("/results/7"))
    );
    assert_eq!(
        end(at(FinalState::OriginalUri)).await,
        (json!(3), last("/machines/a?api-version=1"))
    );
    assert_eq!(end(at(FinalState::Monitor)).await, (json!(1), None));
    let place = at(FinalState::Monitor).result("data.out");
    assert_eq!(end(place).await, (json!(2), None));
}

#[tokio::test(start_paused = true)]
async fn failure_is_an_error_with_what_the_api_says() {
    for word in ["Failed", "Canceled"] {
        let mock = MockTransport::new();
        mock.reply(accepted("operation-location", "/v1/operations/7"))
            .reply(Reply::json(
                200,
                &json!({"status": word, "error": {"code": "Quota", "message": "no\nroom"}}),
            ));
        let error = poller(&mock, &POST, Job::new())
            .until_done()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operation);
        assert_eq!(
            error.to_string(),
            format!("restart: the operation ended as `{word}`: no room")
        );
        let body = error.body_as::<Value>().unwrap().unwrap();
        assert_eq!(body["error"]["code"], "Quota");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_up_to_a_limit() {
    let mock = MockTransport::new();
    mock.reply(accepted("location", "/v1/results/7").header("retry-after", "20"))
        .reply(Reply::status(202).header("retry-after", "99999999"))
        .reply(Reply::status(204));
    let start = Instant::now();
    let mut poller = poller(&mock, &POST, Job::new()).retry_after_limit(Duration::from_secs(100));
    assert!(poller.next_status().await.unwrap().is_some());
    assert!(poller.next_status().await.unwrap().is_some());
    let first = start.elapsed().as_secs_f64();
    assert!((20.0..23.0).contains(&first), "{first}");
    assert!(poller.next_status().await.unwrap().is_none());
    let second = start.elapsed().as_secs_f64() - first;
    assert!((100.0..113.0).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_ends_the_waiting_and_not_the_poller() {
    let mock = MockTransport::new();
    mock.handler(|request| match request.method() {
        "POST" => accepted("location", "/v1/results/7"),
        _ => Reply::status(202),
    });
    let mut poller = poller(&mock, &POST, Job::new()).time_limit(Duration::from_secs(60));
    let start = Instant::now();
    let error = poller.until_done().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(start.elapsed().as_secs(), 60);
    mock.handler(|_| Reply::json(200, &json!(1)));
    assert_eq!(poller.until_done().await.unwrap(), json!(1));
}

#[tokio::test(start_paused = true)]
async fn a_saved_state_goes_on_without_the_call_being_sent_again() {
    let mock = MockTransport::new();
    mock.reply(accepted("operation-location", "/v1/operations/7"))
        .reply(Reply::status(403))
        .reply(status("Succeeded"))
        .reply(Reply::json(200, &json!({"name": "a"})));
    let mut first = poller(&mock, &PUT, Job::new());
    assert!(!first.state().is_started());
    assert!(first.next_status().await.unwrap().is_some());
    assert!(first.next_status().await.is_err());
    let saved = first.state().save();
    drop(first);
    let state = JobState::restore(&saved).unwrap();
    assert!(state.is_started() && !state.is_done());
    let mut second = poller(&mock, &PUT, Job::new()).resume(state).unwrap();
    assert_eq!(second.until_done().await.unwrap()["name"], "a");
    let sent = calls(&mock);
    assert_eq!(
        sent.iter().filter(|call| call.starts_with("PUT")).count(),
        1
    );
    // The result is part of the state as well.
    let state = JobState::restore(&second.state().save()).unwrap();
    let mut third = poller(&mock, &PUT, Job::new()).resume(state).unwrap();
    assert_eq!(third.until_done().await.unwrap()["name"], "a");
    assert_eq!(mock.requests().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn other_origins_and_other_operations_are_refused() {
    for name in ["location", "operation-location"] {
        let mock = MockTransport::new();
        mock.reply(accepted(name, "https://evil.example/x"));
        let error = poller(&mock, &POST, Job::new())
            .until_done()
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("credentials do not follow"),
            "{error}"
        );
        assert_eq!(mock.requests().len(), 1);
    }
    let mock = MockTransport::new();
    mock.reply(accepted("location", "/v1/x"));
    let mut of_post = poller(&mock, &POST, Job::new());
    of_post.next_status().await.unwrap();
    let saved = of_post.state().save();
    let state = JobState::restore(&saved).unwrap();
    assert!(poller(&mock, &PUT, Job::new()).resume(state).is_err());
    let moved = saved.replace("api.acme.example", "evil.example");
    let state = JobState::restore(&moved).unwrap();
    assert!(poller(&mock, &POST, Job::new()).resume(state).is_err());
    assert!(JobState::restore("{\"stage\": \"later\"}").is_err());
}

#[tokio::test(start_paused = true)]
async fn answers_that_lead_nowhere_are_errors() {
    let undone = |error: Error| error.to_string();
    let mock = MockTransport::new();
    mock.reply(Reply::status(202));
    let error = poller(&mock, &POST, Job::new()).until_done().await;
    assert!(undone(error.unwrap_err()).contains("nothing says where to ask on"));
    let mock = MockTransport::new();
    mock.reply(accepted("operation-location", "/v1/o"))
        .reply(Reply::json(200, &json!({"state": "x"})));
    let error = poller(&mock, &POST, Job::new()).until_done().await;
    assert!(undone(error.unwrap_err()).contains("does not say how"));
}

#[tokio::test(start_paused = true)]
async fn only_an_operation_with_a_url_of_its_own_is_cancelled() {
    let mock = MockTransport::new();
    mock.reply(accepted("operation-location", "/v1/operations/7"))
        .reply(Reply::status(204))
        .reply(status("Canceled"));
    let mut of_monitor = poller(&mock, &POST, Job::new());
    assert!(of_monitor.cancel().await.is_err(), "nothing has begun");
    of_monitor.next_status().await.unwrap();
    of_monitor.cancel().await.unwrap();
    assert_eq!(calls(&mock)[1], "DELETE /operations/7");
    assert!(of_monitor.until_done().await.is_err());
    let mock = MockTransport::new();
    mock.reply(accepted("location", "/v1/machines/b"));
    let mut of_location = poller(&mock, &POST, Job::new());
    of_location.next_status().await.unwrap();
    assert!(of_location.cancel().await.is_err());
    assert_eq!(mock.requests().len(), 1);
}
