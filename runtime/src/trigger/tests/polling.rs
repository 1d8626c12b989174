use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::codec::{Decode as _, Encode as _};

static BY_TIME: Operation = Operation::new("polledByTime", "GET", "/documents")
    .parameters(&[Parameter::query("since"), Parameter::query("folder")])
    .security(SECURITY);
static BY_LINK: Operation = Operation::new("polledByLink", "GET", "/feed").security(SECURITY);

static BY_HOST: Operation = Operation::new("polledAtHost", "GET", "/feed");

fn by_time(mock: &MockTransport) -> Poller<i64> {
    let mut request = Request::new(&client(mock), &BY_TIME);
    request.set(1, "x");
    Poller::new(request, Events::List(&[]))
}

fn by_link(mock: &MockTransport) -> Poller<i64> {
    let request = Request::new(&client(mock), &BY_LINK);
    Poller::new(request, Events::List(&[])).interval(Duration::from_secs(10))
}

fn again<E: crate::Decode>(poller: Poller<E>, fresh: Poller<E>) -> Poller<E> {
    let saved = poller.state().save();
    fresh.resume(PollState::restore(&saved).unwrap()).unwrap()
}

fn url(mock: &MockTransport) -> String {
    mock.last_request().unwrap().url().to_owned()
}

fn feed(events: Value, next: &str) -> Reply {
    Reply::json(200, &events).header("location", next)
}

#[tokio::test(start_paused = true)]
async fn location_and_retry_after_are_followed() {
    let mock = MockTransport::new();
    mock.reply(
        Reply::text(202, "nothing")
            .header("location", "/v1/feed?at=1")
            .header("retry-after", "30"),
    )
    .reply(Reply::json(200, &json!([])))
    .reply(feed(json!([1, 2]), "?at=2"));
    let start = Instant::now();
    let mut poller = by_link(&mock);
    assert_eq!(poller.next().await.unwrap(), [1, 2]);
    assert_eq!(start.elapsed().as_secs(), 40);
    assert_eq!(url(&mock), "https://api.acme.example/v1/feed?at=1");
    mock.reply(feed(json!([3]), "?at=3"));
    assert_eq!(poller.next().await.unwrap(), [3]);
    assert_eq!(url(&mock), "https://api.acme.example/v1/feed?at=2");
    let authorized = mock.last_request().unwrap();
    assert_eq!(authorized.header("authorization"), Some("Bearer secret"));
}

#[tokio::test(start_paused = true)]
async fn restart_between_any_two_steps_loses_and_doubles_nothing() {
    let mock = MockTransport::new();
    mock.reply(feed(json!([1, 2, 3]), "/v1/feed?at=1"))
        .reply(feed(json!([4]), "/v1/feed?at=2"));
    let mut poller = by_link(&mock);
    let mut done = Vec::new();
    while done.len() < 4 {
        // A crash before anything was handed out, and one after it, before it was done.
        poller = again(poller, by_link(&mock));
        let event = poller.next_event().await.unwrap();
        poller = again(poller, by_link(&mock));
        assert_eq!(poller.next_event().await.unwrap(), event);
        done.push(event);
        poller.commit();
    }
    assert_eq!(done, [1, 2, 3, 4]);
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn policy_makes_the_next_question_from_the_last_answer() {
    let mock = MockTransport::new();
    let page = |ids: Value| Reply::json(200, &json!({"more": [], "documents": ids}));
    let document = |id: i64| json!({"id": id, "mtime": id * 10});
    mock.reply(page(json!([document(2), document(1)])))
        .reply(page(json!([])))
        // What changed at the same time comes again.
        .reply(page(json!([document(3), document(2)])));
    let mut request = Request::new(&client(&mock), &BY_TIME);
    request.set(0, "start");
    let mut poller = Poller::<crate::Map<i64>>::new(request, Events::One);
    let ids = |events: Vec<crate::Map<i64>>| -> Vec<i64> {
        events.iter().map(|event| event["id"]).collect()
    };
    assert_eq!(ids(poller.next().await.unwrap()), [2, 1]);
    assert_eq!(
        url(&mock),
        "https://api.acme.example/v1/documents?since=start"
    );
    assert_eq!(ids(poller.next().await.unwrap()), [3]);
    assert_eq!(
        url(&mock),
        "https://api.acme.example/v1/documents?since=t20&per_page=1"
    );
    assert_eq!(mock.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn errors_leave_the_state_and_pause_the_poller() {
    let mock = MockTransport::new();
    mock.reply(feed(json!([1]), "/v1/feed?at=1"));
    let mut poller = by_link(&mock);
    assert_eq!(poller.next().await.unwrap(), [1]);
    poller.commit();
    let before = (poller.state().clone().save(), Instant::now());
    mock.reply(Reply::status(403))
        .reply(Reply::text(200, "<html>"))
        .reply(feed(json!([2]), "https://evil.example/"));
    for _ in 0..3 {
        assert!(poller.next().await.is_err());
        assert_eq!(url(&mock), "https://api.acme.example/v1/feed?at=1");
        assert!(poller.state().pending().is_empty());
    }
    assert_eq!(before.1.elapsed().as_secs(), 30);
    mock.reply(feed(json!([2]), "/v1/feed?at=2"));
    assert_eq!(poller.next().await.unwrap(), [2]);
}

#[tokio::test(start_paused = true)]
async fn event_of_another_type_stays_until_it_is_dropped() {
    let mock = MockTransport::new();
    mock.reply(feed(json!([1, "two", 3]), "/v1/feed?at=1"));
    let mut poller = by_link(&mock);
    assert_eq!(poller.next_event().await.unwrap(), 1);
    assert!(poller.next_event().await.unwrap_err().is_decode());
    poller = again(poller, by_link(&mock));
    assert!(poller.next_event().await.is_err());
    assert_eq!(poller.skip_undecodable(), Some(json!("two")));
    assert_eq!(poller.next_event().await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn asking_once_does_not_wait_and_existing_events_can_be_skipped() {
    let mock = MockTransport::new();
    mock.reply(feed(json!([1]), "/v1/feed?at=1"))
        .reply(Reply::status(202))
        .reply(feed(json!([2]), "/v1/feed?at=2"));
    let mut poller = by_link(&mock).skip_existing();
    let start = Instant::now();
    assert_eq!(poller.try_next().await.unwrap(), None);
    assert_eq!(poller.try_next().await.unwrap(), None);
    assert_eq!(poller.try_next().await.unwrap(), Some(vec![2]));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn state_is_held_against_the_host_that_a_policy_sets() {
    let mock = MockTransport::new();
    mock.reply(feed(json!([1]), "/v2/feed?at=1"))
        .reply(feed(json!([2]), "/v2/feed?at=2"));
    let hosted = |tenant: &str| {
        let client = Client::builder(&HOSTED)
            .transport(mock.clone())
            .parameter("tenant", tenant)
            .build()
            .unwrap();
        Poller::<i64>::new(Request::new(&client, &BY_HOST), Events::List(&[]))
    };
    let mut poller = hosted("a");
    assert_eq!(poller.next().await.unwrap(), [1]);
    assert_eq!(url(&mock), "https://a.acme.example/v2/feed");
    poller.commit();
    let state = poller.state().clone();
    assert!(hosted("b").resume(state.clone()).is_err());
    let mut poller = hosted("a").resume(state).unwrap();
    assert_eq!(poller.next().await.unwrap(), [2]);
    assert_eq!(url(&mock), "https://a.acme.example/v2/feed?at=1");
}

#[tokio::test]
async fn state_of_another_trigger_or_place_is_refused() {
    let mock = MockTransport::new();
    let other = by_time(&mock).state().clone();
    assert!(by_link(&mock).resume(other).is_err());
    let mut elsewhere = by_link(&mock).state().encode();
    elsewhere["location"] = json!("https://evil.example/");
    let elsewhere = PollState::decode(elsewhere).unwrap();
    assert!(by_link(&mock).resume(elsewhere).is_err());
    assert!(PollState::restore("{}").is_err());
}
