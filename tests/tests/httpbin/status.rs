//! Statuses that mean that something went wrong, or that nothing has changed.

use connector_tests::Httpbin;
use httpbin::runtime::{RequestOptions, RetryPolicy};

use crate::client_of;

#[tokio::test]
async fn every_status_is_told() {
    let httpbin = Httpbin::start().unwrap();
    let client = client_of(&httpbin);
    client.status().get(200).send().await.unwrap();
    for status in [
        400, 401, 403, 404, 406, 409, 410, 418, 429, 500, 502, 503, 504,
    ] {
        let once = RequestOptions::new().retry(RetryPolicy::none());
        let call = client.status().get(status).with(once);
        let error = call.send().await.unwrap_err();
        assert_eq!(error.status(), Some(status as u16), "{error}");
    }
}

#[tokio::test]
async fn conditions_are_told_from_errors() {
    let httpbin = Httpbin::start().unwrap();
    let formats = client_of(&httpbin).formats();
    let fresh = formats.get_etag("abc").send_with_response().await.unwrap();
    assert_eq!(fresh.headers()["etag"], "abc");
    let same = formats.get_etag("abc").if_none_match("\"abc\"");
    assert_eq!(same.send().await.unwrap_err().status(), Some(304));
    let changed = formats.get_etag("abc").if_match("\"abd\"");
    assert_eq!(changed.send().await.unwrap_err().status(), Some(412));
}

#[tokio::test]
async fn headers_of_answers_can_be_read() {
    let httpbin = Httpbin::start().unwrap();
    let headers = [
        ("X-One".to_owned(), "a b".to_owned()),
        ("X-Two".to_owned(), "é".to_owned()),
    ];
    let call = client_of(&httpbin).formats().get_response_headers();
    let answer = call.headers(&headers.into()).send_with_response().await;
    let answer = answer.unwrap();
    assert_eq!(answer.headers()["x-one"], "a b");
    // Python writes headers in Latin-1.
    assert_eq!(answer.headers()["x-two"].as_bytes(), b"\xe9");
    assert_eq!(answer.body()["X-One"], "a b");
}
