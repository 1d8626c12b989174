//! Operations of a server that fails every other time, and processes that end between all steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector_tests::{Answer, FaultServer};
use pages::models::Machine;
use pages::runtime::ErrorKind;
use pages::runtime::job::JobState;
use serde_json::json;

use super::client;

const SOON: Duration = Duration::from_millis(2);

/// Every other answer is a bad one.
fn badly(server: &FaultServer, path: &str, good: impl Fn(usize) -> Answer + Send + Sync + 'static) {
    let asked = AtomicUsize::new(0);
    server.handle(path, move |_| {
        let count = asked.fetch_add(1, Ordering::SeqCst);
        match count % 6 {
            1 => Answer::nothing(),
            3 => Answer::text(503, "text/plain", "").header("Retry-After", "0"),
            5 => good(count / 2).cut(3),
            _ => good(count / 2),
        }
    });
}

#[tokio::test]
async fn a_machine_is_made_once_although_processes_end_between_all_steps() {
    let server = FaultServer::start().unwrap();
    let made = Arc::new(AtomicUsize::new(0));
    let operation = server.at("/v1/operations/7");
    server.handle("/v1/machines/a", {
        let made = Arc::clone(&made);
        move |seen| match seen.method.as_str() {
            "PUT" => {
                made.fetch_add(1, Ordering::SeqCst);
                Answer::json(201, &json!({"size": "S"})).header("Azure-AsyncOperation", &operation)
            }
            _ => {
                assert_eq!(seen.query, "api-version=1");
                Answer::json(200, &json!({"size": "XL"}))
            }
        }
    });
    badly(&server, "/v1/operations/7", |step| match step {
        0 => Answer::text(202, "text/plain", ""),
        1 | 2 => Answer::json(200, &json!({"status": "InProgress", "percentComplete": 50})),
        _ => Answer::json(200, &json!({"status": "Succeeded"})),
    });
    let mut disk: Option<String> = None;
    for process in 0.. {
        assert!(process < 50, "there is no end");
        let client = client(&server);
        let call = client.jobs().put_machine("a", &Machine::new("S"));
        let mut poller = call.api_version("1").poller().interval(SOON);
        if let Some(saved) = &disk {
            poller = poller.resume(JobState::restore(saved).unwrap()).unwrap();
        }
        // One answer, good or bad, and the process ends.
        let status = poller.next_status().await;
        disk = Some(poller.state().save());
        if let Ok(None) = status {
            assert_eq!(poller.until_done().await.unwrap().size, "XL");
            break;
        }
    }
    assert_eq!(made.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_export_is_where_its_location_says() {
    let server = FaultServer::start().unwrap();
    let there = server.at("/v1/results/7");
    let accepted = Answer::text(202, "text/plain", "").header("Location", &there);
    server.on("/v1/exports", accepted.header("Retry-After", "0"));
    badly(&server, "/v1/results/7", |step| match step {
        0..4 => Answer::text(202, "text/plain", "").header("Retry-After", "0"),
        _ => Answer::json(200, &json!({"count": 3})),
    });
    let mut poller = client(&server).jobs().export().poller().interval(SOON);
    let (count, failures) = persistent(&mut poller).await;
    assert_eq!(count, 3);
    assert!(failures >= 3, "{failures} bad answers");
    assert_eq!(server.requests("/v1/exports").len(), 1);
    for seen in server.requests("/v1/results/7") {
        assert_eq!(seen.header("authorization"), Some("Bearer t0ken"));
    }
}

/// Asks again after each error; the count of the export, and of the errors.
async fn persistent(
    poller: &mut pages::runtime::job::Poller<pages::models::Export>,
) -> (i64, usize) {
    for errors in 0..50 {
        if let Ok(export) = poller.until_done().await {
            return (export.count, errors);
        }
    }
    (0, 50)
}

#[tokio::test]
async fn settings_say_where_status_and_result_are() {
    let server = FaultServer::start().unwrap();
    let operation = server.at("/v1/operations/8");
    let accepted = Answer::json(200, &json!({"count": 0}));
    server.on(
        "/v1/imports",
        accepted.header("Operation-Location", &operation),
    );
    server.script(
        "/v1/operations/8",
        [
            Answer::json(200, &json!({"state": "running"})),
            Answer::json(200, &json!({"state": "done", "output": {"count": 5}})),
        ],
    );
    let mut poller = client(&server).jobs().import().poller().interval(SOON);
    assert_eq!(poller.until_done().await.unwrap().count, 5);

    server.on(
        "/v1/operations/8",
        Answer::json(
            200,
            &json!({"state": "failed", "error": {"message": "no room"}}),
        ),
    );
    let mut poller = client(&server).jobs().import().poller().interval(SOON);
    let error = poller.until_done().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operation);
    assert!(error.to_string().ends_with("`failed`: no room"), "{error}");
}

#[tokio::test]
async fn an_operation_elsewhere_is_not_asked() {
    let (server, foreign) = (FaultServer::start().unwrap(), FaultServer::start().unwrap());
    let there = foreign.at("/v1/results/7");
    let accepted = Answer::text(202, "text/plain", "").header("Location", &there);
    server.on("/v1/exports", accepted);
    let error = client(&server).jobs().export().poller().until_done().await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("credentials do not follow")
    );
    assert!(foreign.requests("/v1/results/7").is_empty());
}
