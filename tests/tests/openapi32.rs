//! What OpenAPI 3.2 and JSON Schema 2020-12 add, as it goes over the wire. Prism does not read 3.2.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use openapi32::Client;
use openapi32::models::{Catalogue, Search, ThingPage};
use openapi32::runtime::mock::{CapturedRequest, MockTransport, Reply};
use openapi32::runtime::{Decode as _, Encode as _};
use serde_json::json;

/// A client whose requests go nowhere, and what remembers them.
fn mocked(body: &'static str) -> (Client, MockTransport) {
    let mock = MockTransport::new();
    mock.handler(move |_| Reply::bytes(200, "application/json", body));
    let client = Client::builder().transport(mock.clone()).build().unwrap();
    (client, mock)
}

fn last(mock: &MockTransport) -> CapturedRequest {
    mock.last_request().unwrap()
}

fn search() -> Search {
    Search::new("a b&c").labels(["x", "y"]).limit(3)
}

#[tokio::test]
async fn a_query_is_sent_with_its_body() {
    let (client, mock) = mocked(r#"{"items":[{"id":"1"}]}"#);
    let page = client
        .shelf()
        .search_things(&search())
        .send()
        .await
        .unwrap();
    assert_eq!(page.items[0].id, "1");
    let request = last(&mock);
    assert_eq!((request.method(), request.path()), ("QUERY", "/things"));
    assert_eq!(
        request.json(),
        json!({"text": "a b&c", "labels": ["x", "y"], "limit": 3})
    );
}

#[tokio::test]
async fn a_query_is_repeated_as_it_changes_nothing() {
    let mock = MockTransport::new();
    mock.reply(Reply::status(503));
    mock.reply(Reply::bytes(200, "application/json", r#"{"items":[]}"#));
    let client = Client::builder().transport(mock.clone()).build().unwrap();
    client
        .shelf()
        .search_things(&search())
        .send()
        .await
        .unwrap();
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn one_parameter_is_the_whole_query() {
    let (client, mock) = mocked("[]");
    client.shelf().find_things(&search()).send().await.unwrap();
    assert_eq!(last(&mock).raw_query(), "text=a+b%26c&labels=x%2Cy&limit=3");

    let (client, mock) = mocked("");
    let call = client.shelf().purge_things().selection(&Search::new("é"));
    call.send().await.unwrap();
    let request = last(&mock);
    assert_eq!(request.method(), "PURGE");
    assert_eq!(request.raw_query(), "%7B%22text%22%3A%22%C3%A9%22%7D");
}

#[tokio::test]
async fn paths_keep_their_slashes_and_cookies_their_escapes() {
    let (client, mock) = mocked("text");
    let call = client.shelf().read_file("a/b c").session("x%20y");
    call.send().await.unwrap();
    let request = last(&mock);
    assert_eq!(request.path(), "/files/a/b%20c");
    assert_eq!(request.header("cookie"), Some("session=x%20y"));
}

#[test]
fn what_json_schema_says_is_decoded_and_encoded_again() {
    let value = json!({
        "root": {"name": "a", "children": [{"name": "b"}]},
        "position": [1.5, -2.0],
        "row": ["total", 1, 2],
        "translations": {"de": "Ding", "en": "thing"},
        "settings": "{\"text\":\"a\"}",
        "payment": {"kind": "card", "number": "4711", "expiry": "12/30"},
        "ids": ["first", "second"],
        "anything": {"a": [1]},
        "odd": 3,
    });
    let catalogue = Catalogue::decode(value.clone()).unwrap();
    assert_eq!(catalogue.position, (1.5, -2.0));
    assert_eq!(
        catalogue.payment.as_ref().unwrap().number.as_deref(),
        Some("4711")
    );
    assert_eq!(catalogue.encode(), value);
}

#[test]
fn a_page_is_one_of_what_fills_it_in() {
    let page = ThingPage::decode(json!({"items": [{"id": "1", "size": "large"}]})).unwrap();
    assert_eq!(page.items[0].id, "1");
}
