//! Redirects: which method, body and headers go where.

use connector_tests::Httpbin;
use httpbin::models::{Echo, Person};
use httpbin::{Client, Result};

use crate::client_of;

#[tokio::test]
async fn redirects_are_followed_relative_and_absolute() {
    let httpbin = Httpbin::start().unwrap();
    let redirects = client_of(&httpbin).redirects();
    for absolute in [false, true] {
        let call = redirects.redirect(5).absolute(absolute);
        let last = call.send_with_response().await.unwrap();
        assert!(last.body().url.ends_with("/get"), "{}", last.body().url);
        assert_eq!(last.url(), format!("{}/get", httpbin.url()));
    }
    let endless = redirects.redirect(60).send().await.unwrap_err();
    assert!(endless.to_string().contains("redirect"), "{endless}");
}

/// How a request with a body arrives behind a redirect with this status.
async fn post_and_put(client: &Client, status: i64) -> [Result<Echo>; 2] {
    let ada = Person::new("Ada");
    let redirects = client.redirects();
    [
        redirects
            .post("/anything")
            .status_code(status)
            .body(&ada)
            .send()
            .await,
        redirects
            .put("/anything")
            .status_code(status)
            .body(&ada)
            .send()
            .await,
    ]
}

#[tokio::test]
async fn method_and_body_follow_the_status() {
    let httpbin = Httpbin::start().unwrap();
    let client = client_of(&httpbin);
    // RFC 9110 section 15.4: 303 asks for GET, 307 and 308 for the same again; POST becomes GET for historical reasons.
    for (status, methods) in [
        (301, ["GET", "PUT"]),
        (302, ["GET", "PUT"]),
        (303, ["GET", "GET"]),
        (307, ["POST", "PUT"]),
        (308, ["POST", "PUT"]),
    ] {
        for (arrived, method) in post_and_put(&client, status).await.into_iter().zip(methods) {
            let arrived = arrived.unwrap();
            assert_eq!(arrived.method.as_deref(), Some(method), "{status}");
            let (data, content_type) = match method {
                "GET" => ("", None),
                _ => (r#"{"name":"Ada"}"#, Some("application/json")),
            };
            assert_eq!(arrived.data.as_deref(), Some(data), "{status} {method}");
            let sent = arrived.headers.get("Content-Type").map(String::as_str);
            assert_eq!(sent, content_type, "{status} {method}");
        }
    }
}

#[tokio::test]
async fn another_origin_sees_no_credentials() {
    let httpbin = Httpbin::start().unwrap();
    let other = Httpbin::start().unwrap();
    let client = Client::builder()
        .base_url(httpbin.url())
        .bearer("secret")
        .build()
        .unwrap();
    for (server, secret) in [(&httpbin, Some("Bearer secret")), (&other, None)] {
        let call = client
            .redirects()
            .delete(&format!("{}/anything", server.url()));
        let arrived = call.status_code(307).send().await.unwrap();
        assert!(arrived.url.starts_with(&server.url()), "{}", arrived.url);
        assert_eq!(arrived.method.as_deref(), Some("DELETE"));
        let sent = arrived.headers.get("Authorization").map(String::as_str);
        assert_eq!(sent, secret);
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_answer() {
    let httpbin = Httpbin::start().unwrap();
    for url in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://u:p@127.0.0.1/",
    ] {
        let redirects = client_of(&httpbin).redirects();
        let refused = redirects.get(url).send().await.unwrap_err();
        assert_eq!(refused.status(), Some(302), "{url}: {refused}");
    }
}
