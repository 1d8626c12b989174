//! Extensions of Power Platform connectors: what is sent without asking, once each, and how to say otherwise.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use extensions::Client;
use extensions::models::{
    NewItem, NewItemMode, SubscribeRequest, SubscribeRequestConfig, UploadForm,
};
use extensions::runtime::RequestOptions;
use extensions::runtime::mock::{MockTransport, Reply};
use serde_json::json;

fn client(reply: &'static str) -> (Client, MockTransport) {
    let mock = MockTransport::new();
    mock.handler(move |_| Reply::bytes(200, "application/json", reply));
    let client = Client::builder().transport(mock.clone()).build().unwrap();
    (client, mock)
}

/// The values of a header, each that was sent.
fn header(mock: &MockTransport, name: &str) -> Vec<String> {
    let sent = mock.last_request().unwrap();
    let values = sent.headers().get_all(name).iter();
    values
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn constants_are_sent_once_in_all_places() {
    let (client, mock) = client("{}");
    client.constants().get_item("a/b").send().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.path(), "/api/v2%2Fbeta/items/a%252Fb");
    assert_eq!(sent.raw_query(), "api-version=3&expand=owner,parts");
    assert_eq!(header(&mock, "x-client"), ["connector"]);
    assert_eq!(header(&mock, "accept"), ["application/json;odata=verbose"]);
    assert_eq!(header(&mock, "content-type"), ["application/json"]);
}

#[tokio::test]
async fn setters_override_constants() {
    let (client, mock) = client("{}");
    let call = client.constants().get_item("k");
    let call = call.version("v1").api_version(4).expand(["x"]);
    let call = call
        .x_client("me")
        .accept("text/json")
        .content_type("text/x");
    call.language("de").depth(2).send().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.path(), "/api/v1/items/k");
    assert_eq!(
        sent.raw_query(),
        "api-version=4&expand=x&depth=2&language=de"
    );
    assert_eq!(header(&mock, "x-client"), ["me"]);
    assert_eq!(header(&mock, "accept"), ["text/json"]);
    assert_eq!(header(&mock, "content-type"), ["text/x"]);
}

#[tokio::test]
async fn constructors_fill_in_constants() {
    let (client, mock) = client("{}");
    let item = NewItem::new("t", 7);
    client.constants().create_item(&item).send().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(
        sent.json(),
        json!({
            "title": "t", "type": "item", "count": 1, "ratio": 2.0, "draft": false, "labels": ["new"],
            "mode": "slow", "extra": {"a": [1, null]}, "owner": {"kind": "user"},
            "tenant": "00000000-0000-0000-0000-000000000001", "level": 7
        })
    );
    assert_eq!(
        header(&mock, "content-type"),
        ["application/vnd.extensions+json"]
    );
    let item = item
        .type_("other")
        .count(2)
        .mode(NewItemMode::Fast)
        .debug(true);
    client.constants().create_item(&item).send().await.unwrap();
    let sent = mock.last_request().unwrap().json();
    assert_eq!(sent["type"], "other");
    assert_eq!(sent["count"], 2);
    assert_eq!(sent["mode"], "fast");
    assert_eq!(sent["debug"], true);
}

#[tokio::test]
async fn a_body_that_is_all_constants_is_no_argument() {
    let (client, mock) = client("");
    client.constants().refresh().send().await.unwrap();
    assert_eq!(
        mock.last_request().unwrap().json(),
        json!({"command": "refresh"})
    );
}

#[tokio::test]
async fn a_form_keeps_its_boundary_and_has_its_constants() {
    let (client, mock) = client("");
    let form = UploadForm::new("content".as_bytes().to_vec());
    client.constants().upload(form).send().await.unwrap();
    let types = header(&mock, "content-type");
    assert_eq!(types.len(), 1);
    assert!(
        types[0].starts_with("multipart/form-data; boundary="),
        "{types:?}"
    );
    let body = String::from_utf8_lossy(mock.last_request().unwrap().body()).into_owned();
    assert_eq!(body.matches("name=\"kind\"").count(), 1);
    assert!(body.contains("\r\n\r\ndocument\r\n"), "{body}");
}

#[tokio::test]
async fn the_type_of_a_file_has_a_default_and_a_setter() {
    let (client, mock) = client("");
    let photo = client.constants().set_photo("bytes");
    photo.clone().send().await.unwrap();
    assert_eq!(header(&mock, "content-type"), ["image/jpeg"]);
    photo
        .clone()
        .content_type("image/webp")
        .send()
        .await
        .unwrap();
    assert_eq!(header(&mock, "content-type"), ["image/webp"]);
    let options = RequestOptions::new().content_type("image/gif");
    photo
        .content_type("image/webp")
        .with(options)
        .send()
        .await
        .unwrap();
    assert_eq!(header(&mock, "content-type"), ["image/gif"]);
}

#[tokio::test]
async fn what_is_accepted_can_be_chosen() {
    let (client, mock) = client("");
    client.constants().get_captions().send().await.unwrap();
    assert_eq!(header(&mock, "accept"), ["application/x-subrip"]);
    client
        .constants()
        .get_captions()
        .accept("text/vtt")
        .send()
        .await
        .unwrap();
    assert_eq!(header(&mock, "accept"), ["text/vtt"]);
}

#[tokio::test]
async fn the_notification_url_is_not_asked_for() {
    let (client, mock) = client("");
    let body = SubscribeRequest::new(["created"]);
    client.constants().subscribe(&body).send().await.unwrap();
    let expected = json!({"config": {"format": "json"}, "events": ["created"]});
    assert_eq!(mock.last_request().unwrap().json(), expected);
    let body = body
        .callback("https://me.example")
        .config(SubscribeRequestConfig::new().format("xml"));
    client.constants().subscribe(&body).send().await.unwrap();
    let expected = json!({"callback": "https://me.example", "config": {"format": "xml"}, "events": ["created"]});
    assert_eq!(mock.last_request().unwrap().json(), expected);
}
