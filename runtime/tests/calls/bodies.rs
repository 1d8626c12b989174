use connector_runtime::mock::Reply;
use connector_runtime::{Empty, Multipart, Request, RequestOptions};
use serde_json::json;

use super::acme::{CREATE, mocked};
use super::server::{Server, answer};

#[tokio::test]
async fn json_and_forms_say_what_they_are() {
    let (client, mock) = mocked(|builder| builder);
    mock.handler(|_| Reply::status(204));
    let mut request = Request::new(&client, &CREATE);
    request.json(0, &json!({"a": [1, null]}));
    request.clone().send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.json(), json!({"a": [1, null]}));

    request.form(1, &json!({"a": "x y", "b": {"c": [1]}}));
    request.clone().send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(
        sent.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(sent.text(), "a=x+y&b%5Bc%5D%5B0%5D=1");
    assert_eq!(sent.form()[0], ("a".to_owned(), "x y".to_owned()));

    request.multipart(2, Multipart::new().value("a", "b"));
    request.clone().send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert!(
        sent.header("content-type")
            .unwrap()
            .starts_with("multipart/form-data; boundary=")
    );

    request.raw(3, "text");
    request.options(RequestOptions::new().content_type("text/csv"));
    request.send::<Empty>().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(
        (sent.header("content-type"), sent.text().as_str()),
        (Some("text/csv"), "text")
    );
}

#[tokio::test]
async fn post_without_a_body_has_length_zero() {
    let server = Server::start(|_, _| answer(200, "")).await;
    let client = server.client(|builder| builder);
    Request::new(&client, &CREATE)
        .send::<Empty>()
        .await
        .unwrap();
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.header("content-length"), Some("0"));
    assert_eq!(seen.header("content-type"), None);
    client.request("GET", "/").send::<Empty>().await.unwrap();
    assert_eq!(server.seen().pop().unwrap().header("content-length"), None);
}
