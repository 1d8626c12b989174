//! Answers that come bit by bit, over connections that do all that connections do, and from a server that others wrote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

mod peer;
mod server;

use std::io::Write as _;
use std::time::{Duration, Instant};

use server::{Part, Server, bytewise, chunk, events};
use streams::answers::AskLaterOutput;
use streams::models::*;
use streams::runtime::RequestOptions;
use streams::runtime::stream::{Events, Reconnect};

/// The prices that are left, and the error at the end if there is one.
async fn prices(events: &mut Events<Price>) -> (Vec<i64>, Option<String>) {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => all.push(event.cents),
            Err(error) => return (all, Some(error.to_string())),
        }
    }
    (all, None)
}

#[tokio::test]
async fn events_are_the_same_wherever_the_body_is_cut() {
    let body = "\u{feff}: hello\r\nid: 1\r\nevent: price\r\ndata: {\"symbol\": \"ä€\",\r\ndata: \"cents\": 5}\r\n\r\n\
                data: {\"symbol\": \"b\", \"cents\": 6}\r\rdata: {\"symbol\": \"c\", \"cents\": 7}\n\n";
    let server = Server::start(vec![events(bytewise(body)), events(vec![chunk(body)])]).await;
    for _ in 0..2 {
        let events = server.client().feeds().watch_prices().send().await.unwrap();
        let all = events.collect().await.unwrap();
        let cents: Vec<i64> = all.iter().map(|event| event.cents).collect();
        assert_eq!(cents, [5, 6, 7]);
        assert_eq!(
            (all[0].name.as_str(), all[1].name.as_str()),
            ("price", "message")
        );
        assert_eq!(
            (all[0].symbol.as_str(), all[2].id.as_deref()),
            ("ä€", Some("1"))
        );
    }
}

#[tokio::test]
async fn cut_connection_is_resumed_behind_the_last_event() {
    let price =
        |id: u32| format!("retry: 10\nid: {id}\ndata: {{\"symbol\": \"a\", \"cents\": {id}}}\n\n");
    let server = Server::start(vec![
        events(vec![chunk(price(1)), chunk("data: {\"symbol\""), Part::Cut]),
        (503, "text/plain", Vec::new()),
        events(vec![chunk(price(2)), Part::Cut]),
        events(vec![chunk(price(3))]),
    ])
    .await;
    let client = server.client();
    let mut events = client
        .feeds()
        .watch_prices()
        .symbol("a")
        .send()
        .await
        .unwrap();
    assert_eq!(prices(&mut events).await, (vec![1, 2, 3], None));
    assert_eq!(events.last_event_id(), Some("3"));
    let seen = server.seen();
    let ids: Vec<_> = seen
        .iter()
        .map(|seen| seen.header("last-event-id"))
        .collect();
    assert_eq!(ids, [None, Some("1"), Some("1"), Some("2")]);
    for seen in &seen {
        assert_eq!(seen.path, "/feeds/prices?symbol=a");
        assert_eq!(seen.header("authorization"), Some("Bearer secret"));
        assert_eq!(
            seen.header("accept"),
            Some("text/event-stream, application/json")
        );
    }
}

#[tokio::test]
async fn stream_goes_on_until_204_where_that_is_wanted() {
    let price = || {
        events(vec![chunk(
            "retry: 5\ndata: {\"symbol\": \"a\", \"cents\": 1}\n\n",
        )])
    };
    // What comes then is 204.
    let server = Server::start(vec![price(), price()]).await;
    let events = server.client().feeds().watch_prices().send().await.unwrap();
    let mut events = events.reconnect(Reconnect::Always);
    assert_eq!(prices(&mut events).await, (vec![1, 1], None));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn refusal_has_its_status_and_body() {
    let problem = || {
        (
            403,
            "application/json",
            vec![chunk("{\"message\": \"not yours\"}")],
        )
    };
    let broken = events(vec![
        chunk("retry: 5\nid: 1\ndata: {\"symbol\": \"a\", \"cents\": 1}\n\n"),
        Part::Cut,
    ]);
    let server = Server::start(vec![problem(), broken, problem()]).await;
    let client = server.client();
    let error = client.feeds().watch_prices().send().await.unwrap_err();
    let expected = "watchPrices: the server answered 403 Forbidden: not yours";
    assert_eq!(error.to_string(), expected);
    let mut events = client.feeds().watch_prices().send().await.unwrap();
    assert_eq!(
        prices(&mut events).await,
        (vec![1], Some(expected.to_owned()))
    );
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn quiet_server_is_left_and_comments_are_signs_of_life() {
    let pause = || Part::Pause(Duration::from_millis(120));
    let server = Server::start(vec![events(vec![
        chunk("data: {\"symbol\": \"a\", \"cents\": 1}\n\n"),
        pause(),
        chunk(": alive\n"),
        pause(),
        chunk("data: {\"symbol\": \"a\", \"cents\": 2}\n\n"),
        Part::Pause(Duration::from_secs(60)),
    ])])
    .await;
    let options = RequestOptions::new().idle_timeout(Duration::from_millis(200));
    let call = server.client().feeds().watch_prices().with(options);
    let mut events = call.send().await.unwrap();
    let (prices, error) = prices(&mut events).await;
    assert_eq!(prices, [1, 2]);
    assert!(
        error
            .unwrap()
            .contains("nothing came over the stream for 200ms")
    );
}

#[tokio::test]
async fn bad_events_are_errors_and_the_next_ones_come() {
    let large = format!("data: \"{}\"\n\n", "x".repeat(100_000));
    let server = Server::start(vec![events(vec![
        chunk("data: 5\n\n"),
        chunk(b"data: {\"symbol\": \"\xff\", \"cents\": 2}\n\n"),
        chunk("data: {\n\n"),
        chunk(large),
        chunk("event: error\ndata: {\"message\": \"overloaded\"}\n\ndata: {\"symbol\": \"a\", \"error\": {\"message\": \"late\"}}\n\ndata: {\"symbol\": \"a\", \"cents\": 3}\n\n"),
    ])])
    .await;
    let events = server.client().feeds().watch_prices().send().await.unwrap();
    let mut events = events.max_event_size(10_000);
    let mut found = Vec::new();
    while let Some(event) = events.next().await {
        found.push(match event {
            Ok(event) => format!("{} {}", event.symbol, event.cents),
            Err(error) => error.to_string(),
        });
    }
    let wrong = "watchPrices: the event does not have the documented type";
    let expected = [
        wrong,
        "\u{fffd} 2",
        wrong,
        "watchPrices: an event cannot be read: it is larger than 10000 bytes",
        "watchPrices: the server reports an error: overloaded",
        "watchPrices: the server reports an error: late",
        "a 3",
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn text_is_not_taken_for_json() {
    let server = Server::start(vec![events(vec![chunk(
        "data: 12\n\ndata: \"q\"\n\ndata: [DONE]\n\n",
    )])])
    .await;
    let all = server
        .client()
        .feeds()
        .follow_log()
        .send()
        .await
        .unwrap()
        .collect()
        .await;
    let lines: Vec<String> = all.unwrap().into_iter().map(|event| event.data).collect();
    assert_eq!(lines, ["12", "\"q\"", "[DONE]"]);
}

#[tokio::test]
async fn kinds_of_events_are_told_apart_by_their_names() {
    let server = Server::start(vec![events(vec![chunk(
        "event: added\nid: 7\ndata: {\"name\": \"a\"}\n\nevent: removed\ndata: a\n\nevent: other\ndata: 1\n\n",
    )])])
    .await;
    let all = server
        .client()
        .feeds()
        .watch_changes()
        .send()
        .await
        .unwrap()
        .collect()
        .await;
    let all = all.unwrap();
    assert!(
        matches!(&all[0].data, WatchChangesItem::ThingAdded(event) if event.data.name == "a" && event.id.as_deref() == Some("7"))
    );
    assert!(matches!(&all[1].data, WatchChangesItem::ThingRemoved(event) if event.data == "a"));
    assert!(matches!(&all[2].data, WatchChangesItem::Unknown(_)));
}

#[tokio::test]
async fn operation_answers_as_a_whole_or_in_bits_as_it_is_asked() {
    let words = || {
        events(vec![chunk(
            "data: {\"text\": \"Hello\"}\n\ndata: {\"text\": \"!\", \"last\": true}\n\ndata: [DONE]\n\n",
        )])
    };
    let whole = || {
        (
            200,
            "application/json",
            vec![chunk("{\"text\": \"Hello!\"}")],
        )
    };
    let server = Server::start(vec![whole(), words(), words(), words(), whole()]).await;
    let client = server.client();
    let question = Question::new("?");
    let answer = client.answers().ask(&question).send().await.unwrap();
    assert_eq!(answer.text, "Hello!");
    let words = client.answers().ask(&question).stream().await.unwrap();
    let text: Vec<_> = words
        .collect()
        .await
        .unwrap()
        .into_iter()
        .map(|word| word.data.text)
        .collect();
    assert_eq!(text, ["Hello", "!"]);
    let words = client
        .answers()
        .ask(&question.clone().stream(false))
        .stream()
        .await
        .unwrap();
    assert_eq!(words.collect().await.unwrap().len(), 2);
    let words = client.answers().speak(&question).send().await.unwrap();
    assert_eq!(words.collect().await.unwrap().len(), 2);
    // A caller who says no to the flag of an operation that only streams is taken at his word.
    let error = client
        .answers()
        .speak(&question.stream(false))
        .send()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("application/json, not a stream"),
        "{error}"
    );
    let seen = server.seen();
    let bodies: Vec<_> = seen.iter().map(|seen| seen.body.as_str()).collect();
    assert_eq!(
        bodies,
        [
            r#"{"text":"?"}"#,
            r#"{"text":"?","stream":true}"#,
            r#"{"text":"?","stream":true}"#,
            r#"{"text":"?","stream":true}"#,
            r#"{"text":"?","stream":false}"#,
        ]
    );
    assert_eq!(seen[0].header("accept"), Some("application/json"));
    assert_eq!(seen[1].header("accept"), Some("text/event-stream"));
}

#[tokio::test]
async fn status_decides_between_a_stream_and_a_whole_answer() {
    let server = Server::start(vec![
        events(vec![
            chunk("data: {\"text\": \"a\"}\n\n"),
            Part::Pause(Duration::from_secs(60)),
        ]),
        (
            202,
            "application/json",
            vec![chunk("{\"text\":"), chunk(" \"later\"}")],
        ),
    ])
    .await;
    let client = server.client();
    let question = Question::new("?");
    match client.answers().ask_later(&question).send().await.unwrap() {
        AskLaterOutput::Ok(mut words) => assert_eq!(words.next().await.unwrap().unwrap().text, "a"),
        other => panic!("{other:?}"),
    }
    match client.answers().ask_later(&question).send().await.unwrap() {
        AskLaterOutput::Accepted(answer) => assert_eq!(answer.text, "later"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn parameter_asks_for_the_stream_unless_it_is_set() {
    let server = Server::start(vec![events(Vec::new()), events(Vec::new())]).await;
    let feeds = server.client().feeds();
    drop(feeds.watch_legacy().send().await.unwrap());
    drop(feeds.watch_legacy().stream(false).send().await.unwrap());
    let paths: Vec<_> = server.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(
        paths,
        ["/feeds/legacy?stream=true", "/feeds/legacy?stream=false"]
    );
}

#[tokio::test]
async fn lines_and_sequences_are_items() {
    let lines = || {
        bytewise("{\"name\": \"a\"}\n{\"name\": \"b\",\"count\":2}\r\n\n{\"nam\n{\"name\": \"ü\"}")
    };
    let server = Server::start(vec![
        (200, "application/jsonl", lines()),
        (
            200,
            "application/json-seq",
            bytewise("\u{1e}{\n\"name\": \"a\"\n}\n\u{1e}{\"name\": \"b\"}\n"),
        ),
        (200, "application/x-ndjson", lines()),
        (200, "application/json", vec![chunk("[{\"name\": \"a\"}]")]),
        (
            200,
            "application/jsonl",
            vec![chunk("{\"name\": \"a\"}\n{\"name\""), Part::Cut],
        ),
    ])
    .await;
    let exports = server.client().exports();
    let mut things = exports.things().send().await.unwrap();
    let mut found = Vec::new();
    while let Some(thing) = things.next().await {
        found.push(thing.map_or_else(|error| error.to_string(), |thing| thing.name));
    }
    let wrong = "exportThings: item 3: the answer does not have the documented type";
    assert_eq!(found, ["a", "b", wrong, "ü"]);
    let things = exports
        .sequence()
        .send()
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert_eq!(things.len(), 2);
    let mut things = exports.list().stream().await.unwrap();
    assert_eq!(things.next().await.unwrap().unwrap().name, "a");
    assert_eq!(exports.list().send().await.unwrap().len(), 1);
    let mut things = exports.things().send().await.unwrap();
    assert_eq!(things.next().await.unwrap().unwrap().name, "a");
    let error = things.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("broke off"), "{error}");
    assert!(things.next().await.is_none());
}

#[tokio::test]
async fn nothing_is_read_that_nobody_asks_for_and_dropping_closes_the_connection() {
    let line = format!("{{\"name\": \"{}\"}}\n", "x".repeat(10_000));
    let server = Server::start(vec![(
        200,
        "application/jsonl",
        vec![Part::Forever(line.into())],
    )])
    .await;
    let mut things = server.client().exports().things().send().await.unwrap();
    for _ in 0..3 {
        assert_eq!(things.next().await.unwrap().unwrap().name.len(), 10_000);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let sent = server.sent();
    tokio::time::sleep(Duration::from_millis(200)).await;
    // What is on the way fits the buffers of both ends; then the server waits.
    assert_eq!(server.sent(), sent);
    assert!(sent < 50 << 20, "{sent}");
    assert_eq!(server.open(), 1);
    drop(things);
    for _ in 0..100 {
        if server.open() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the connection is still open");
}

#[tokio::test]
async fn compressed_events_arrive_one_by_one() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut compressed = |cents: i64| {
        write!(gzip, "data: {{\"symbol\": \"a\", \"cents\": {cents}}}\n\n").unwrap();
        gzip.flush().unwrap();
        chunk(std::mem::take(gzip.get_mut()))
    };
    let parts = vec![
        compressed(1),
        Part::Pause(Duration::from_millis(300)),
        compressed(2),
    ];
    let server = Server::start(vec![events(parts)]).await;
    let mut events = server.client().feeds().watch_prices().send().await.unwrap();
    let start = Instant::now();
    assert_eq!(events.next().await.unwrap().unwrap().cents, 1);
    assert!(start.elapsed() < Duration::from_millis(250));
    assert_eq!(events.next().await.unwrap().unwrap().cents, 2);
    assert!(
        server.seen()[0]
            .header("accept-encoding")
            .unwrap()
            .contains("gzip")
    );
}

#[tokio::test]
async fn events_are_a_futures_stream_too() {
    let server = Server::start(vec![events(vec![chunk(
        "data: {\"symbol\": \"a\", \"cents\": 1}\n\n",
    )])])
    .await;
    let mut events = server.client().feeds().watch_prices().send().await.unwrap();
    let next = std::future::poll_fn(|cx| {
        let events = std::pin::Pin::new(&mut events);
        futures_core::Stream::poll_next(events, cx)
    });
    assert_eq!(next.await.unwrap().unwrap().cents, 1);
}
