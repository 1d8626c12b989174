use std::time::{Duration, Instant};

use connector_runtime::{Empty, Json, Request, RequestOptions, RetryPolicy, Value};

use super::acme::{CREATE, REPLACE, get};
use super::server::{Reaction, Server, answer, with_header};

fn quick() -> RetryPolicy {
    RetryPolicy::new().pauses(Duration::from_millis(1), Duration::from_millis(5))
}

#[tokio::test]
async fn dropped_connections_are_retried() {
    let server = Server::start(|number, _| match number {
        0 => Reaction::HangUp,
        1 => Reaction::BreakOff,
        _ => answer(200, r#"{"id": "t1"}"#),
    })
    .await;
    let client = server.client(|builder| builder.retry(quick()));
    let response = get(&client)
        .send_with_response::<Json<Value>>()
        .await
        .unwrap();
    assert_eq!(response["id"], "t1");
    assert_eq!(response.attempts(), 3);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn passing_statuses_are_retried_and_others_are_not() {
    for (status, attempts) in [
        (408, 3),
        (429, 3),
        (500, 3),
        (502, 3),
        (503, 3),
        (504, 3),
        (400, 1),
        (404, 1),
        (501, 1),
    ] {
        let server = Server::start(move |_, _| answer(status, "")).await;
        let client = server.client(|builder| builder.retry(quick()));
        let error = get(&client).send::<Empty>().await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert_eq!(server.seen().len(), attempts, "{status}");
    }
}

#[tokio::test]
async fn post_is_retried_only_with_an_idempotency_key() {
    let server = Server::start(|_, _| answer(503, "")).await;
    let client = server.client(|builder| builder.retry(quick()));
    let mut request = Request::new(&client, &CREATE);
    request.json(0, &1);
    request.clone().send::<Empty>().await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
    request.options(RequestOptions::new().idempotency_key("k1"));
    request.send::<Empty>().await.unwrap_err();
    let keys: Vec<_> = server.seen()[1..]
        .iter()
        .map(|seen| seen.header("idempotency-key").unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["k1", "k1", "k1"]);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let server = Server::start(|number, _| match number {
        0 => with_header(503, "Retry-After", "0.3"),
        _ => answer(200, "1"),
    })
    .await;
    let client = server.client(|builder| builder.retry(quick()));
    let start = Instant::now();
    get(&client).send::<Json<i64>>().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn long_retry_after_is_left_to_the_caller() {
    let server = Server::start(|_, _| with_header(429, "Retry-After", "3600")).await;
    let client = server.client(|builder| builder.retry(quick()));
    let error = get(&client).send::<Empty>().await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn body_is_sent_again() {
    let server = Server::start(|number, _| {
        if number == 0 {
            answer(503, "")
        } else {
            answer(200, "")
        }
    })
    .await;
    let client = server.client(|builder| builder.retry(quick()));
    let mut request = Request::new(&client, &REPLACE);
    request.raw(0, vec![1_u8, 2, 3]);
    request.send::<Empty>().await.unwrap();
    assert!(server.seen().iter().all(|seen| seen.body == [1, 2, 3]));
}

#[tokio::test]
async fn policy_of_the_call_wins() {
    let server = Server::start(|_, _| answer(503, "")).await;
    let client = server.client(|builder| builder.retry(quick()));
    let mut request = get(&client);
    request.options(RequestOptions::new().retry(RetryPolicy::none()));
    request.send::<Empty>().await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn budget_stops_retries_during_an_outage() {
    let server = Server::start(|_, _| answer(503, "")).await;
    let client = server.client(|builder| builder.retry(quick()));
    for _ in 0..60 {
        get(&client).send::<Empty>().await.unwrap_err();
    }
    // 60 first attempts, and 100 retries that the budget pays for instead of 120.
    assert_eq!(server.seen().len(), 160);
}

#[tokio::test]
async fn refused_connection_is_a_connect_error() {
    let server = Server::start(|_, _| answer(200, "")).await;
    let url = server.url.clone();
    drop(server);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let client = connector_runtime::Client::builder(&super::acme::API)
        .base_url(&url)
        .retry(quick())
        .build()
        .unwrap();
    let error = get(&client).send::<Empty>().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("getThing: no connection to {url}")
    );
}
