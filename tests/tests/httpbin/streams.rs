//! Answers that come in pieces, slowly, or in part.

use std::time::Duration;

use connector_tests::Httpbin;
use httpbin::runtime::{RequestOptions, RetryPolicy, Value};

use crate::client_of;

#[tokio::test]
async fn lines_arrive_one_after_the_other() {
    let httpbin = Httpbin::start().unwrap();
    let dynamic = client_of(&httpbin).dynamic();
    let lines = dynamic.stream_lines(20).send().await.unwrap();
    let ids: Vec<Value> = lines
        .text()
        .await
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone())
        .collect();
    assert_eq!(ids, (0..20).map(Value::from).collect::<Vec<_>>());
}

#[tokio::test]
async fn bytes_arrive_whole_however_they_are_cut() {
    let httpbin = Httpbin::start().unwrap();
    let dynamic = client_of(&httpbin).dynamic();
    let mut read = Vec::new();
    for chunk_size in [1000, 100_000] {
        let call = dynamic.stream_bytes(100_000).seed(1).chunk_size(chunk_size);
        let stream = call.send().await.unwrap();
        assert_eq!(stream.length(), None);
        read.push(stream.bytes().await.unwrap());
    }
    assert_eq!(read[0].len(), 100_000);
    assert_eq!(read[0], read[1]);
}

#[tokio::test]
async fn a_slow_answer_is_handed_on_as_it_comes() {
    let httpbin = Httpbin::start().unwrap();
    let dynamic = client_of(&httpbin).dynamic();
    let call = dynamic.drip().duration(1.0).numbytes(5);
    let mut slow = call.send().await.unwrap();
    assert_eq!(slow.length(), Some(5));
    let mut chunks = Vec::new();
    while let Some(chunk) = slow.chunk().await {
        chunks.push(chunk.unwrap());
    }
    assert!(chunks.len() > 1, "{chunks:?}");
    assert_eq!(chunks.concat(), b"*****");
}

#[tokio::test]
async fn parts_of_an_answer_can_be_asked_for() {
    let httpbin = Httpbin::start().unwrap();
    let dynamic = client_of(&httpbin).dynamic();
    let part = dynamic.get_range(1000).range("bytes=26-51");
    let part = part.send_with_response().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 26-51/1000");
    let text = part.into_body().text().await.unwrap();
    assert_eq!(text, "abcdefghijklmnopqrstuvwxyz");
    let beyond = dynamic.get_range(1000).range("bytes=2000-").send().await;
    assert_eq!(beyond.unwrap_err().status(), Some(416));
}

#[tokio::test]
async fn time_limits_end_what_takes_too_long() {
    let httpbin = Httpbin::start().unwrap();
    let dynamic = client_of(&httpbin).dynamic();
    dynamic.delay(0.2).send().await.unwrap();
    let limited = || {
        RequestOptions::new()
            .timeout(Duration::from_millis(300))
            .retry(RetryPolicy::none())
    };
    let late = dynamic.delay(8.0).with(limited()).send().await.unwrap_err();
    assert!(late.is_timeout(), "{late}");
}
