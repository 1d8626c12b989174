//! sse-starlette on uvicorn: events as an implementation that others wrote sends them.

use connector_tests::SseStarlette;

#[tokio::test(flavor = "multi_thread")]
async fn events_of_sse_starlette_are_read_and_resumed() {
    let peer = SseStarlette::start().unwrap();
    let client = streams::Client::builder()
        .base_url(peer.url())
        .token("secret")
        .build()
        .unwrap();
    // It breaks the first connection off after the second event, and goes on behind the id that it is told.
    let mut events = client.feeds().watch_prices().send().await.unwrap();
    let mut found = Vec::new();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        found.push((
            event.id.clone().unwrap(),
            event.name.clone(),
            event.symbol.clone(),
            event.cents,
        ));
    }
    let expected: Vec<_> = (1..=4)
        .map(|n| {
            (
                n.to_string(),
                "price".to_owned(),
                "multi\nline ä".to_owned(),
                n,
            )
        })
        .collect();
    assert_eq!(found, expected);

    let lines = client.feeds().follow_log().send().await.unwrap();
    let lines = lines.collect().await.unwrap();
    let lines: Vec<&str> = lines.iter().map(|event| event.data.as_str()).collect();
    assert_eq!(lines, ["one\ntwo", " indented", "three"]);
}
