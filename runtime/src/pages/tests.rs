use super::*;
use crate::client::Client;
use crate::descriptor::MediaType;
use crate::descriptor::{Api, Operation, Parameter, Requirement, SecurityScheme, Server};
use crate::mock::{MockTransport, Reply};
use serde_json::json;

static API: Api = Api::new("acme", "1")
    .servers(&[Server::new("https://api.acme.example/v1")])
    .security_schemes(&[SecurityScheme::bearer("token")]);
static LIST: Operation = Operation::new("list", "GET", "/things")
    .parameters(&[
        Parameter::query("top"),
        Parameter::header("Prefer"),
        Parameter::query("page"),
    ])
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
    let link = pages.position().unwrap();
    assert!(pages.next().await.unwrap().is_err());
    assert_eq!(pages.next().await.unwrap().unwrap()["value"], json!([2]));
    assert!(pages.next().await.is_none());

    mock.reply(page(&[2], ""));
    let again = Items::<i64>::new(request(&mock), PAGING).resume(&link);
    assert_eq!(again.unwrap().collect().await.unwrap(), [2]);
    let elsewhere = Items::<i64>::new(request(&mock), PAGING).resume("https://evil.example/");
    assert!(elsewhere.is_err());
}

static SEARCH: Operation =
    Operation::new("search", "POST", "/search").bodies(&[MediaType::new("application/json")]);

/// The URLs that were asked for, without what is common.
fn asked(mock: &MockTransport) -> Vec<String> {
    let sent = mock.requests();
    let urls = sent.iter().map(|request| request.url().to_owned());
    urls.map(|url| url.replace("https://api.acme.example/v1/things", ""))
        .collect()
}

fn things(ids: &[i64], rest: Value) -> Reply {
    let data: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let mut body = json!({ "data": data });
    body.as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    Reply::json(200, &body)
}

async fn ids(mock: &MockTransport, paging: Paging) -> Result<Vec<i64>> {
    let items = Items::<crate::Map<i64>>::new(request(mock), paging.items("data"));
    let all = items.collect().await?;
    Ok(all.iter().map(|item| item["id"]).collect())
}

#[tokio::test]
async fn link_headers_lead_on() {
    let mock = MockTransport::new();
    let next = |reply: Reply, link: &str| reply.header("link", link);
    mock.reply(next(
        Reply::json(200, &json!([1])),
        "<?page=1>; rel=prev, <?page=2>; rel=\"next\"",
    ))
    .reply(Reply::json(200, &json!([2])));
    let items = Items::<i64>::new(request(&mock), Paging::link_header());
    assert_eq!(items.collect().await.unwrap(), [1, 2]);
    assert_eq!(asked(&mock), ["?top=2", "?page=2"]);
}

#[tokio::test]
async fn cursors_go_into_the_query_until_there_is_none() {
    let paging = Paging::cursor("meta.next", "after");
    for end in [
        json!({}),
        json!({"meta": {"next": null}}),
        json!({"meta": {"next": " "}}),
        json!({"meta": {"next": 0}}),
    ] {
        let mock = MockTransport::new();
        mock.reply(things(&[1], json!({"meta": {"next": "a&b"}})))
            .reply(things(&[], json!({"meta": {"next": 7}})))
            .reply(things(&[2], end));
        assert_eq!(ids(&mock, paging).await.unwrap(), [1, 2]);
        assert_eq!(
            asked(&mock),
            ["?top=2", "?top=2&after=a%26b", "?top=2&after=7"]
        );
    }
}

#[tokio::test]
async fn flags_end_lists_and_contradictions_are_errors() {
    let paging = Paging::cursor("next", "after").more("has_more");
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({"next": "a", "has_more": false})));
    assert_eq!(ids(&mock, paging).await.unwrap(), [1]);
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({"next": null, "has_more": true})));
    let error = ids(&mock, paging).await.unwrap_err().to_string();
    assert!(error.contains("there is more, but `next`"), "{error}");
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({"next": "a", "done": false})))
        .reply(things(&[2], json!({"next": "b", "done": true})));
    let paging = Paging::cursor("next", "after").done("done");
    assert_eq!(ids(&mock, paging).await.unwrap(), [1, 2]);
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({"next": ["a"]})));
    assert!(ids(&mock, paging).await.unwrap_err().is_decode());
}

#[tokio::test]
async fn cursors_that_come_again_are_circles() {
    let mock = MockTransport::new();
    mock.handler(|_| things(&[1], json!({"next": "a"})));
    let error = ids(&mock, Paging::cursor("next", "after")).await;
    assert!(error.unwrap_err().to_string().contains("circle"));
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn the_last_element_leads_on() {
    let mock = MockTransport::new();
    mock.reply(things(&[1, 2], json!({"has_more": true})))
        .reply(things(&[3], json!({"has_more": false})));
    let paging = Paging::last_item("id", "starting_after").more("has_more");
    assert_eq!(ids(&mock, paging).await.unwrap(), [1, 2, 3]);
    assert_eq!(asked(&mock), ["?top=2", "?top=2&starting_after=2"]);
}

#[tokio::test]
async fn offsets_count_what_came_and_not_what_was_asked_for() {
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({})))
        .reply(things(&[2, 3], json!({})))
        .reply(things(&[], json!({})));
    assert_eq!(ids(&mock, Paging::offset("skip")).await.unwrap(), [1, 2, 3]);
    assert_eq!(asked(&mock), ["?top=2", "?top=2&skip=1", "?top=2&skip=3"]);

    let mock = MockTransport::new();
    mock.reply(things(&[1, 2], json!({"total": 3})))
        .reply(things(&[3], json!({"total": 3})));
    let paging = Paging::offset("skip").total("total");
    assert_eq!(ids(&mock, paging).await.unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn pages_are_numbered_from_where_the_call_begins() {
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({})))
        .reply(things(&[], json!({})));
    let mut call = request(&mock);
    call.set(2, &4);
    let mut pages = Pages::<Value>::new(call, Paging::page("page").items("data"));
    assert!(pages.next().await.unwrap().is_ok());
    assert_eq!(pages.position().as_deref(), Some("5"));
    assert!(pages.next().await.unwrap().is_ok());
    assert!(pages.next().await.is_none() && pages.is_done());
    assert_eq!(asked(&mock), ["?top=2&page=4", "?top=2&page=5"]);
}

#[tokio::test]
async fn totals_spare_the_empty_page() {
    for (paging, rest) in [
        (Paging::page("page").total("total"), json!({"total": 3})),
        (
            Paging::page("page").total_pages("pages"),
            json!({"pages": "2"}),
        ),
        (
            Paging::page("page").first(0).total_pages("pages"),
            json!({"pages": 2}),
        ),
    ] {
        let mock = MockTransport::new();
        mock.reply(things(&[1, 2], rest.clone()))
            .reply(things(&[3], rest));
        assert_eq!(ids(&mock, paging).await.unwrap(), [1, 2, 3]);
        assert_eq!(mock.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_page_is_noticed() {
    let mock = MockTransport::new();
    mock.handler(|_| things(&[1, 2], json!({})));
    let error = ids(&mock, Paging::page("page")).await.unwrap_err();
    assert!(error.to_string().contains("the same page"), "{error}");
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn positions_are_kept_and_strange_ones_refused() {
    let paging = Paging::cursor("next", "after").items("data");
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({"next": "a\"b"})))
        .reply(Reply::status(403))
        .reply(things(&[2], json!({})));
    let mut pages = Pages::<Value>::new(request(&mock), paging);
    assert!(pages.next().await.unwrap().is_ok());
    let position = pages.position().unwrap();
    assert!(pages.next().await.unwrap().is_err());
    assert_eq!(pages.position().as_ref(), Some(&position));
    drop(pages);
    let again = Items::<crate::Map<i64>>::new(request(&mock), paging).resume(&position);
    assert_eq!(again.unwrap().collect().await.unwrap()[0]["id"], 2);
    assert!(asked(&mock)[2].contains("after=a%22b"));
    for strange in ["", "a", "{}", "null"] {
        let pages = Pages::<Value>::new(request(&mock), paging);
        assert!(pages.resume(strange).is_err(), "{strange}");
    }
    for strange in ["\"a\"", "-1", "1.5"] {
        let pages = Pages::<Value>::new(request(&mock), Paging::page("page"));
        assert!(pages.resume(strange).is_err(), "{strange}");
    }
}

#[tokio::test]
async fn cursors_go_into_the_body_beside_what_is_in_it() {
    let mock = MockTransport::new();
    mock.reply(things(&[1], json!({"next": "a"})))
        .reply(things(&[2], json!({})));
    let client = Client::builder(&API)
        .transport(mock.clone())
        .build()
        .unwrap();
    let mut call = Request::new(&client, &SEARCH);
    call.json(0, &json!({"query": "x", "page": {"size": 1}}));
    let paging = Paging::cursor("next", "page.after").in_body().items("data");
    let items = Items::<Value>::new(call, paging);
    assert_eq!(items.collect().await.unwrap().len(), 2);
    let bodies: Vec<Value> = mock
        .requests()
        .iter()
        .map(|request| request.json())
        .collect();
    assert_eq!(
        bodies[1],
        json!({"query": "x", "page": {"size": 1, "after": "a"}})
    );
}
