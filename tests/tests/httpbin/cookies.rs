//! Cookies that are sent, and those that a server sets.

use connector_tests::Httpbin;
use httpbin::models::{Person, Point};
use serde_json::json;

use crate::client_of;

#[tokio::test]
async fn cookies_arrive_in_their_style() {
    let httpbin = Httpbin::start().unwrap();
    let sent = client_of(&httpbin)
        .cookies()
        .get()
        .text("a/b=c:d")
        .integer(7)
        .list(["a", "b"])
        .object(&Point::new().x(1).y(2))
        .exploded(&Person::new("Ada").age(36))
        .send()
        .await
        .unwrap();
    let cookies: serde_json::Value = sent
        .cookies
        .into_iter()
        .map(|(name, value)| (name, json!(value)))
        .collect();
    assert_eq!(
        cookies,
        json!({
            "text": "a/b=c:d", "integer": "7", "list": "a,b", "object": "x,1,y,2", "name": "Ada", "age": "36",
        })
    );
}

#[tokio::test]
async fn what_no_cookie_may_hold_is_escaped() {
    let httpbin = Httpbin::start().unwrap();
    let cookies = client_of(&httpbin).cookies();
    let sent = cookies.get().text("a;b,c \"d\\é%").json(&Point::new().x(1));
    let sent = sent.send().await.unwrap().cookies;
    assert_eq!(sent["text"], "a%3Bb%2Cc%20%22d%5C%C3%A9%25");
    let json = percent_encoding::percent_decode_str(&sent["json"]);
    assert_eq!(json.decode_utf8().unwrap(), r#"{"x":1}"#);
}

/// An API's client is nobody's browser: what a server wants to be told again, it says in its document.
#[tokio::test]
async fn cookies_that_a_server_sets_are_not_kept() {
    let httpbin = Httpbin::start().unwrap();
    let cookies = client_of(&httpbin).cookies();
    let set = cookies
        .set()
        .cookies(&[("a".to_owned(), "1".to_owned())].into());
    // It leads to the list of those that arrive.
    assert!(set.send().await.unwrap().cookies.is_empty());
    assert!(cookies.get().send().await.unwrap().cookies.is_empty());
}
