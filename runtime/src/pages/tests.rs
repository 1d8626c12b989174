use super::*;
use crate::client::Client;
use crate::descriptor::{Api, Operation, Parameter, Requirement, SecurityScheme, Server};
use crate::mock::{MockTransport, Reply};
use serde_json::json;

static API: Api = Api::new("acme", "1")
    .servers(&[Server::new("https://api.acme.example/v1")])
    .security_schemes(&[SecurityScheme::bearer("token")]);
static LIST: Operation = Operation::new("list", "GET", "/things")
    .parameters(&[Parameter::query("top"), Parameter::header("Prefer")])
    .security(&[&[Requirement::new("token", &[])]]);
const PAGING: Paging = Paging::next_link("@odata.nextLink");

fn request(mock: &MockTransport) -> Request {
    let client = Client::builder(&API)
        .transport(mock.clone())
        .credential("token", crate::Credential::bearer("secret"))
        .build()
        .unwrap();
    let mut request = Request::new(&client, &LIST);
    request.set(0, &2);
    request.set(1, "x");
    request
}

fn page(items: &[i64], next: &str) -> Reply {
    Reply::json(200, &json!({"value": items, "@odata.nextLink": next}))
}

#[tokio::test]
async fn items_come_from_all_pages_with_headers_and_credentials() {
    let mock = MockTransport::new();
    mock.reply(page(
        &[1, 2],
        "https://api.acme.example/v1/things?skip=2&top=2",
    ))
    .reply(page(&[], "/v1/things/?skip=3"))
    .reply(page(&[3], ""));
    let items = Items::<i64>::new(request(&mock), PAGING);
    assert_eq!(items.collect().await.unwrap(), [1, 2, 3]);
    let sent = mock.requests();
    let urls: Vec<&str> = sent.iter().map(|request| request.url()).collect();
    assert_eq!(
        urls,
        [
            "https://api.acme.example/v1/things?top=2",
            "https://api.acme.example/v1/things?skip=2&top=2",
            "https://api.acme.example/v1/things/?skip=3"
        ]
    );
    for request in &sent {
        assert_eq!(request.header("authorization"), Some("Bearer secret"));
        assert_eq!(request.header("prefer"), Some("x"));
    }
}

#[tokio::test]
async fn another_origin_and_circles_end_the_list() {
    for (link, message) in [
        ("https://evil.example/", "credentials do not follow"),
        (
            "http://api.acme.example/v1/things",
            "credentials do not follow",
        ),
        ("https://u:p@api.acme.example/", "no usable URL"),
    ] {
        let mock = MockTransport::new();
        mock.reply(page(&[1], link));
        let mut pages = Pages::<Value>::new(request(&mock), PAGING);
        let error = pages.next().await.unwrap().unwrap_err().to_string();
        assert!(error.contains(message), "{link}: {error}");
        assert!(pages.next().await.is_none());
        assert_eq!(mock.requests().len(), 1);
    }
    let mock = MockTransport::new();
    mock.handler(|_| page(&[1], "/v1/things?skip=1"));
    let error = Items::<i64>::new(request(&mock), PAGING).collect().await;
    assert!(error.unwrap_err().to_string().contains("circle"));
}

#[tokio::test]
async fn endless_empty_pages_end_with_an_error() {
    let mock = MockTransport::new();
    let count = std::sync::atomic::AtomicU32::new(0);
    mock.handler(move |_| {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        page(&[], &format!("/v1/things?skip={n}"))
    });
    let error = Items::<i64>::new(request(&mock), PAGING).collect().await;
    assert!(error.unwrap_err().to_string().contains("empty"));
    assert_eq!(mock.requests().len(), 100);
}

#[tokio::test]
async fn page_that_failed_is_asked_for_again_and_a_link_resumes() {
    let mock = MockTransport::new();
    mock.reply(page(&[1], "/v1/things?skip=1"))
        .reply(Reply::status(403))
        .reply(page(&[2], ""));
    let mut pages = Pages::<crate::Map<Value>>::new(request(&mock), PAGING);
    assert_eq!(pages.next().await.unwrap().unwrap()["value"], json!([1]));
    let link = pages.link().unwrap().to_owned();
    assert!(pages.next().await.unwrap().is_err());
    assert_eq!(pages.next().await.unwrap().unwrap()["value"], json!([2]));
    assert!(pages.next().await.is_none());

    mock.reply(page(&[2], ""));
    let again = Items::<i64>::new(request(&mock), PAGING).resume(&link);
    assert_eq!(again.unwrap().collect().await.unwrap(), [2]);
    let elsewhere = Items::<i64>::new(request(&mock), PAGING).resume("https://evil.example/");
    assert!(elsewhere.is_err());
}
