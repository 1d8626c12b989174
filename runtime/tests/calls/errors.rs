use connector_runtime::mock::Reply;
use connector_runtime::transport::TransportErrorKind;
use connector_runtime::{Empty, ErrorKind, Json, Map, Operation, Request, RetryPolicy, Value};
use serde_json::json;

use super::acme::{get, mocked};

#[tokio::test]
async fn status_error_keeps_what_the_server_said() {
    let (client, mock) = mocked(|builder| builder);
    mock.reply(
        Reply::json(409, &json!({"message": "taken", "field": "name"}))
            .header("X-Request-Id", "r-1"),
    );
    let error = get(&client).send::<Json<Value>>().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.operation()),
        (ErrorKind::Status, Some(409), Some("getThing"))
    );
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(error.headers().unwrap()["content-type"], "application/json");
    assert_eq!(
        error.body_as::<Map<String>>().unwrap().unwrap()["field"],
        "name"
    );
    assert_eq!(
        error.to_string(),
        "getThing: the server answered 409 Conflict: taken"
    );
}

#[tokio::test]
async fn decode_error_names_the_place_and_keeps_the_body() {
    let (client, mock) = mocked(|builder| builder);
    mock.reply(Reply::text(200, r#"{"items": [1, "x"]}"#));
    let error = get(&client)
        .send::<Json<Map<Vec<i64>>>>()
        .await
        .unwrap_err();
    assert!(error.is_decode());
    assert_eq!(error.decode_path().as_deref(), Some("$.items[1]"));
    assert_eq!(error.status(), Some(200));
    assert_eq!(error.body().unwrap(), r#"{"items": [1, "x"]}"#);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        source,
        "expected a 64-bit integer at $.items[1], found a string"
    );
}

#[tokio::test]
async fn answers_that_are_not_json_are_decode_errors() {
    let (client, mock) = mocked(|builder| builder);
    mock.reply(Reply::bytes(200, "text/html", "<html>"))
        .reply(Reply::status(200));
    let error = get(&client).send::<Json<Value>>().await.unwrap_err();
    assert!(error.is_decode(), "{error:?}");
    let error = get(&client).send::<Json<Value>>().await.unwrap_err();
    assert!(error.is_decode(), "{error:?}");
}

#[tokio::test]
async fn documented_statuses_outside_2xx_are_results() {
    static CACHED: Operation = Operation::new("cached", "GET", "/cached").success(&[304]);
    let (client, mock) = mocked(|builder| builder);
    mock.reply(Reply::status(304));
    let response = Request::new(&client, &CACHED)
        .send_with_response::<Empty>()
        .await
        .unwrap();
    assert_eq!(response.status(), 304);
}

#[tokio::test]
async fn errors_do_not_show_the_query() {
    let (client, mock) = mocked(|builder| builder.retry(RetryPolicy::none()));
    mock.reply(Reply::error(TransportErrorKind::Broken));
    let mut request = get(&client);
    request.set(1, "secret");
    let error = request.send::<Empty>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(!format!("{error} {error:?}").contains("secret"));
}
