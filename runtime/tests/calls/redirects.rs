use connector_runtime::{Credential, Empty, Json, Request, Value};

use super::acme::{CREATE, KEYED, get};
use super::server::{Server, answer, with_header};

#[tokio::test]
async fn credentials_follow_to_the_same_origin_only() {
    let elsewhere = Server::start(|_, _| answer(200, "1")).await;
    let target = format!("{}/final", elsewhere.url);
    let server = Server::start(move |number, _| match number {
        0 => with_header(302, "Location", "/moved"),
        _ => with_header(307, "Location", &target),
    })
    .await;
    let client = server.client(|builder| {
        builder
            .credential("key", Credential::api_key("secret"))
            .header("X-Own", "1")
    });
    let response = Request::new(&client, &KEYED)
        .send_with_response::<Json<i64>>()
        .await
        .unwrap();
    assert_eq!(response.url(), format!("{}/final", elsewhere.url));
    assert_eq!(response.attempts(), 1);

    let here = server.seen();
    assert_eq!(here[1].target, "/moved");
    assert!(
        here.iter()
            .all(|seen| seen.header("x-api-key") == Some("secret"))
    );
    let there = &elsewhere.seen()[0];
    assert_eq!(there.header("x-api-key"), None);
    assert_eq!(there.header("x-own"), None);
    assert!(there.header("user-agent").is_some());
}

#[tokio::test]
async fn post_is_answered_elsewhere_with_get_after_303_and_repeated_after_308() {
    for (status, method, body) in [(303, "GET", ""), (308, "POST", "{\"a\":1}")] {
        let server = Server::start(move |number, _| match number {
            0 => with_header(status, "Location", "result"),
            _ => answer(200, "{}"),
        })
        .await;
        let client = server.client(|builder| builder);
        let mut request = Request::new(&client, &CREATE);
        request.json(0, &serde_json::json!({"a": 1}));
        request.send::<Json<Value>>().await.unwrap();
        let last = server.seen().pop().unwrap();
        assert_eq!(
            (last.method.as_str(), last.target.as_str()),
            (method, "/result")
        );
        assert_eq!(last.body, body.as_bytes());
    }
}

#[tokio::test]
async fn endless_redirects_end_as_an_error() {
    let server = Server::start(|_, _| with_header(302, "Location", "/again")).await;
    let client = server.client(|builder| builder);
    let error = get(&client).send::<Empty>().await.unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert_eq!(server.seen().len(), 11);
}
