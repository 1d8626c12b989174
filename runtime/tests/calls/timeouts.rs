use std::time::{Duration, Instant};

use connector_runtime::hook::{Hook, HookRequest, HookResponse};
use connector_runtime::transport::BoxFuture;
use connector_runtime::{
    Client, ClientBuilder, Empty, Request, RequestOptions, Result, RetryPolicy, Stream,
};

use super::acme::{CREATE, get};
use super::server::{Reaction, Server, answer};

const LATE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn attempt_that_takes_too_long_is_retried() {
    let server = Server::start(|number, _| {
        if number == 0 {
            Reaction::Late(LATE)
        } else {
            answer(200, "")
        }
    })
    .await;
    let client = server.client(|builder| builder.attempt_timeout(Duration::from_millis(100)));
    get(&client).send::<Empty>().await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn post_that_takes_too_long_is_a_timeout_error() {
    let server = Server::start(|_, _| Reaction::Late(LATE)).await;
    let client = server.client(|builder| builder.attempt_timeout(Duration::from_millis(100)));
    let error = Request::new(&client, &CREATE)
        .send::<Empty>()
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn total_limit_ends_retries() {
    let server = Server::start(|_, _| answer(503, "")).await;
    let policy = RetryPolicy::new().max_retries(100).pauses(LATE, LATE);
    let client = server.client(|builder| builder.retry(policy));
    let mut request = get(&client);
    request.options(RequestOptions::new().timeout(Duration::from_millis(200)));
    let start = Instant::now();
    let error = request.send::<Empty>().await.unwrap_err();
    assert!(error.is_timeout());
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(
        error.to_string(),
        "getThing: the call took longer than 200ms"
    );
}

#[tokio::test]
async fn stream_may_take_longer_than_an_attempt() {
    let server =
        Server::start(|_, _| Reaction::Chunks(vec!["a", "b", "c"], Duration::from_millis(80)))
            .await;
    let client = server.client(|builder| builder.attempt_timeout(Duration::from_millis(150)));
    let stream = get(&client).send::<Stream>().await.unwrap();
    assert_eq!(stream.text().await.unwrap(), "abc");
}

/// A server whose errors never end, and a client that has little time.
async fn stalling(setup: impl FnOnce(ClientBuilder) -> ClientBuilder) -> (Server, Client) {
    let server = Server::start(|_, _| Reaction::Stall(500, "so far")).await;
    let client = server.client(|builder| {
        let builder = builder.attempt_timeout(Duration::from_millis(100));
        setup(builder.retry(RetryPolicy::none()))
    });
    (server, client)
}

#[tokio::test]
async fn body_of_an_error_that_never_ends_is_not_waited_for() {
    let (_server, client) = stalling(|builder| builder).await;
    let error = get(&client).send::<Empty>().await.unwrap_err();
    assert_eq!(error.status(), Some(500));
    assert_eq!(error.body().unwrap(), "so far");
    let error = get(&client).send::<Stream>().await.unwrap_err();
    assert_eq!(error.status(), Some(500));
}

/// Does nothing.
struct Watch;

impl Hook for Watch {
    fn request<'a>(&'a self, _: &'a mut HookRequest<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn response<'a>(&'a self, _: &'a mut HookResponse<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn hooks_see_what_has_come_of_an_error_that_never_ends() {
    let (_server, client) = stalling(|builder| builder.hook(Watch)).await;
    let error = get(&client).send::<Empty>().await.unwrap_err();
    assert_eq!(error.status(), Some(500));
    assert_eq!(error.body().unwrap(), "so far");
}
