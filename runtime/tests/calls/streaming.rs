use std::time::Duration;

use connector_runtime::{Body, Empty, FilePart, Multipart, Request, RetryPolicy, Stream};

use super::acme::{CREATE, REPLACE, get};
use super::server::{Reaction, Server, answer};

#[tokio::test]
async fn chunks_arrive_while_the_server_still_sends() {
    let server =
        Server::start(|_, _| Reaction::Chunks(vec!["one", "two"], Duration::from_millis(50))).await;
    let client = server.client(|builder| builder);
    let response = get(&client).send_with_response::<Stream>().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut stream = response.into_body();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "one");
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "two");
    assert!(stream.chunk().await.is_none());
}

#[tokio::test]
async fn broken_stream_is_an_error() {
    let server = Server::start(|_, _| Reaction::BreakOff).await;
    let client = server.client(|builder| builder);
    let stream = get(&client).send::<Stream>().await.unwrap();
    assert!(
        stream
            .bytes()
            .await
            .unwrap_err()
            .to_string()
            .contains("broke off")
    );
}

#[tokio::test]
async fn error_of_a_streamed_operation_has_its_body() {
    let server = Server::start(|_, _| answer(404, r#"{"message": "no such thing"}"#)).await;
    let client = server.client(|builder| builder);
    let error = get(&client).send::<Stream>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "getThing: the server answered 404 Not Found: no such thing"
    );
}

#[tokio::test]
async fn files_are_sent_with_their_length_and_again_after_a_failure() {
    let path =
        std::env::temp_dir().join(format!("connector-runtime-upload-{}", std::process::id()));
    let content = vec![b'x'; 200_000];
    std::fs::write(&path, &content).unwrap();
    let server = Server::start(|number, _| {
        if number == 0 {
            answer(503, "")
        } else {
            answer(200, "")
        }
    })
    .await;
    let client = server
        .client(|builder| builder.retry(RetryPolicy::new().pauses(Duration::ZERO, Duration::ZERO)));
    let mut request = Request::new(&client, &REPLACE);
    request.raw(0, Body::file(&path));
    request.send::<Empty>().await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter()
            .all(|seen| seen.body == content && seen.header("content-length") == Some("200000"))
    );
}

#[tokio::test]
async fn multipart_with_a_file_has_a_length() {
    let path = std::env::temp_dir().join(format!("connector-runtime-part-{}", std::process::id()));
    std::fs::write(&path, "content").unwrap();
    let server = Server::start(|_, _| answer(200, "")).await;
    let client = server.client(|builder| builder);
    let mut request = Request::new(&client, &CREATE);
    let file = FilePart::new("a.txt", Body::file(&path)).content_type("text/plain");
    request.multipart(2, Multipart::new().value("name", "Ada").file("file", file));
    request.send::<Empty>().await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let seen = server.seen().pop().unwrap();
    assert!(
        seen.header("content-type")
            .unwrap()
            .starts_with("multipart/form-data; boundary=")
    );
    assert_eq!(
        seen.header("content-length").unwrap(),
        seen.body.len().to_string()
    );
    let text = String::from_utf8(seen.body).unwrap();
    assert!(
        text.contains("filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n--"),
        "{text}"
    );
}

#[cfg(feature = "stream")]
#[tokio::test]
async fn streams_are_sent_once() {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    struct Letters(std::vec::IntoIter<&'static str>);
    impl futures_core::Stream for Letters {
        type Item = Result<&'static str, std::io::Error>;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.next().map(Ok))
        }
    }

    let server = Server::start(|_, _| answer(503, "")).await;
    let client = server.client(|builder| builder);
    let mut request = Request::new(&client, &REPLACE);
    request.raw(0, Body::stream(Letters(vec!["a", "b"].into_iter())));
    let again = request.clone();
    assert_eq!(
        request.send::<Empty>().await.unwrap_err().status(),
        Some(503)
    );
    assert_eq!(server.seen().len(), 1);
    assert_eq!(server.seen()[0].body, b"ab");
    assert!(
        again
            .send::<Empty>()
            .await
            .unwrap_err()
            .to_string()
            .contains("sent before")
    );
}
