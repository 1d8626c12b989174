//! A feed that is polled by processes that end at any moment.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector_tests::{Answer, FaultServer};
use serde_json::{Value, json};
use triggers::models::{Comment, Ticket};
use triggers::runtime::Value as Json;
use triggers::runtime::trigger::{PollState, Poller};

use super::client;

const SOON: Duration = Duration::from_millis(2);

/// A feed of comments 1 to `last`, three at a time, by the protocol with `Location`. Every other answer is a bad one.
fn feed(server: &FaultServer, last: u64) {
    let asked = AtomicUsize::new(0);
    server.handle("/v1/comments/feed", move |seen| {
        let from: u64 = seen
            .query()
            .get("from")
            .map_or(1, |from| from.parse().unwrap());
        let to = last.min(from + 2);
        let comments: Vec<Value> = (from..=to)
            .map(|id| json!({"id": id, "text": "t"}))
            .collect();
        let next = format!("/v1/comments/feed?from={}", to + 1);
        let good = if comments.is_empty() {
            Answer::text(202, "text/plain", "")
        } else {
            Answer::json(200, &comments.into())
        };
        let good = good.header("Location", &next);
        match asked.fetch_add(1, Ordering::SeqCst) % 10 {
            1 => Answer::text(503, "text/plain", "").header("Retry-After", "0"),
            3 => Answer::nothing(),
            5 => good.cut(5),
            7 => Answer::text(429, "text/plain", "").header("Retry-After", "0"),
            9 => Answer::text(200, "text/html", "<html>"),
            _ => good,
        }
    });
}

/// A poller as a process makes it that finds this on its disk.
fn resumed(server: &FaultServer, saved: Option<&str>) -> Poller<Comment> {
    let poller = client(server).tickets().when_comment_arrives().poll();
    let poller = poller.interval(SOON);
    match saved {
        Some(saved) => poller.resume(PollState::restore(saved).unwrap()).unwrap(),
        None => poller,
    }
}

#[tokio::test]
async fn restarts_between_all_steps_lose_and_double_nothing() {
    let server = FaultServer::start().unwrap();
    feed(&server, 20);
    let mut disk: Option<String> = None;
    let (mut done, mut errors) = (Vec::new(), 0);
    for step in 0.. {
        if done.len() == 20 {
            break;
        }
        let mut poller = resumed(&server, disk.as_deref());
        let event = match poller.next_event().await {
            Ok(event) => event,
            Err(_) => {
                // The process may end here, with the state saved or not.
                errors += 1;
                if step % 2 == 0 {
                    disk = Some(poller.state().save());
                }
                continue;
            }
        };
        if step % 3 == 0 {
            // The process ends before the event is worked on, after what is known was saved.
            disk = Some(poller.state().save());
            continue;
        }
        // Work and state are stored together.
        done.push(event.id);
        poller.commit();
        disk = Some(poller.state().save());
    }
    assert_eq!(done, (1..=20).collect::<Vec<_>>());
    assert!(errors > 3, "{errors}");
}

#[tokio::test]
async fn crash_before_the_state_is_saved_repeats_but_loses_nothing() {
    let server = FaultServer::start().unwrap();
    feed(&server, 6);
    let mut disk: Option<String> = None;
    let mut seen = Vec::new();
    for step in 0..200 {
        if seen.contains(&6) {
            break;
        }
        let mut poller = resumed(&server, disk.as_deref());
        let Ok(events) = poller.next().await else {
            continue;
        };
        seen.extend(events.iter().map(|event| event.id));
        if step % 2 == 0 {
            poller.commit();
            disk = Some(poller.state().save());
        }
    }
    let mut unique = seen.clone();
    unique.dedup_by(|a, b| a == b);
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique, (1..=6).collect::<Vec<_>>());
}

#[tokio::test]
async fn location_at_another_origin_is_refused_and_the_state_stays() {
    let (server, other) = (FaultServer::start().unwrap(), FaultServer::start().unwrap());
    let comments = json!([{"id": 1, "text": "t"}]);
    let answer = |location: &str| Answer::json(200, &comments).header("Location", location);
    server.script(
        "/v1/comments/feed",
        [answer(&other.at("/steal")), answer("?from=2")],
    );
    let mut poller = resumed(&server, None);
    let error = poller.next().await.unwrap_err().to_string();
    assert!(error.contains("credentials do not follow"), "{error}");
    assert!(other.requests("/steal").is_empty());
    assert_eq!(poller.next().await.unwrap()[0].id, 1);
}

/// An API that is asked for what changed since a time, and gives the last change again.
#[tokio::test]
async fn policy_keeps_the_time_of_the_last_answer_across_restarts() {
    let server = FaultServer::start().unwrap();
    let clock = AtomicUsize::new(0);
    server.handle("/v1/tickets/changed", move |seen| {
        let now = clock.fetch_add(1, Ordering::SeqCst) + 1;
        let since: usize = seen
            .query()
            .get("since")
            .map_or(0, |since| since.parse().unwrap());
        let changed: Vec<Value> = (since.max(1)..=now)
            .rev()
            .map(|time| json!({"id": time, "changed": time.to_string()}))
            .collect();
        Answer::json(200, &json!({"labels": [], "tickets": changed}))
    });
    let mut disk: Option<String> = None;
    let mut ids = Vec::new();
    while ids.len() < 5 {
        let poller: Poller<Ticket> = client(&server)
            .tickets()
            .when_ticket_changed()
            .board(7)
            .poll();
        let mut poller = poller.interval(SOON);
        if let Some(saved) = &disk {
            poller = poller.resume(PollState::restore(saved).unwrap()).unwrap();
        }
        ids.extend(poller.next().await.unwrap().iter().map(|ticket| ticket.id));
        poller.commit();
        disk = Some(poller.state().save());
    }
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    let asked = server.requests("/v1/tickets/changed");
    assert_eq!(asked[0].query, "board=7");
    assert_eq!(asked[2].query, "since=2&board=7");
}

#[tokio::test]
async fn poller_is_a_stream() {
    use futures_core::Stream;
    fn is_stream<S: Stream<Item = triggers::runtime::Result<T>>, T>(_: &S) {}
    let server = FaultServer::start().unwrap();
    let mut poller = std::pin::pin!(resumed(&server, None));
    is_stream(&*poller);
    server.on(
        "/v1/comments/feed",
        Answer::json(200, &json!([{"id": 1, "text": "t"}])),
    );
    let next = std::future::poll_fn(|cx| poller.as_mut().poll_next(cx)).await;
    assert_eq!(next.unwrap().unwrap().id, 1);
    let _: &[Json] = poller.state().pending();
}
