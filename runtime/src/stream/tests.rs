//! Streams over scripted connections, with a clock that does not wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request as HttpRequest, Response as HttpResponse};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::body::ByteStream;
use crate::client::Client;
use crate::codec::{Decode, DecodeError, Object};
use crate::credential::Credential;
use crate::descriptor::{Api, MediaType, Operation, Requirement, SecurityScheme, Server};
use crate::error::Result;
use crate::request::{Request, RequestOptions};
use crate::transport::{BoxFuture, Transport, TransportError, TransportErrorKind};

static API: Api = Api::new("acme", "1")
    .servers(&[Server::new("https://api.acme.example")])
    .security_schemes(&[SecurityScheme::bearer("token")]);
static WATCH: Operation =
    Operation::new("watch", "GET", "/events").security(&[&[Requirement::new("token", &[])]]);
static ASK: Operation =
    Operation::new("ask", "POST", "/answers").bodies(&[MediaType::new("application/json")]);

/// What comes over a connection.
enum Part {
    Chunk(&'static [u8]),
    Broken,
    /// Nothing more comes.
    Quiet,
}

enum Connection {
    Refused,
    Answer(u16, &'static str, Vec<Part>),
}

/// Connections in the order in which they are asked for.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<Played>>);

/// The connections to come, and the requests that there were.
type Played = (VecDeque<Connection>, Vec<HttpRequest<Bytes>>);

impl Script {
    fn then(self, connection: Connection) -> Self {
        self.0.lock().unwrap().0.push_back(connection);
        self
    }

    fn events(self, parts: Vec<Part>) -> Self {
        self.then(Connection::Answer(200, "text/event-stream", parts))
    }

    fn status(self, status: u16) -> Self {
        self.then(Connection::Answer(status, "text/plain", Vec::new()))
    }

    /// The last ids that the server was told, one for each connection.
    fn asked(&self) -> Vec<Option<String>> {
        let script = self.0.lock().unwrap();
        let id = |request: &HttpRequest<Bytes>| {
            assert!(request.headers().get_all("last-event-id").iter().count() < 2);
            let id = request.headers().get("last-event-id")?;
            Some(String::from_utf8_lossy(id.as_bytes()).into_owned())
        };
        script.1.iter().map(id).collect()
    }

    fn client(&self) -> Client {
        Client::builder(&API)
            .transport(self.clone())
            .credential("token", Credential::bearer("secret"))
            .build()
            .unwrap()
    }

    async fn watch(&self) -> Events<Value> {
        let request = Request::new(&self.client(), &WATCH);
        request.send::<JsonEvents<Value>>().await.unwrap()
    }

    async fn lines(parts: Vec<Part>) -> Lines<i64> {
        let script = Self::default().then(Connection::Answer(200, "application/jsonl", parts));
        let request = Request::new(&script.client(), &WATCH);
        request.send::<JsonLines<i64>>().await.unwrap()
    }
}

impl Transport for Script {
    fn send(
        &self,
        request: HttpRequest<ByteStream>,
    ) -> BoxFuture<'_, Result<HttpResponse<ByteStream>, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.bytes().await.unwrap();
            let next = {
                let mut script = self.0.lock().unwrap();
                script.1.push(HttpRequest::from_parts(head, body));
                script.0.pop_front()
            };
            match next {
                Some(Connection::Answer(status, media_type, parts)) => {
                    let body = ByteStream::from_chunks(Parts(parts.into()), None);
                    let response = HttpResponse::builder()
                        .status(status)
                        .header("content-type", media_type);
                    Ok(response.body(body).unwrap())
                }
                _ => Err(TransportError::new(TransportErrorKind::Connect, "refused")),
            }
        })
    }
}

struct Parts(VecDeque<Part>);

impl futures_core::Stream for Parts {
    type Item = std::result::Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.front() {
            Some(Part::Quiet) => return Poll::Pending,
            Some(Part::Broken) => return Poll::Ready(Some(Err("reset".into()))),
            _ => {}
        }
        Poll::Ready(match self.0.pop_front() {
            Some(Part::Chunk(bytes)) => Some(Ok(Bytes::from_static(bytes))),
            _ => None,
        })
    }
}

fn chunk(text: &'static str) -> Part {
    Part::Chunk(text.as_bytes())
}

/// The data of all events that are left, and the error at the end if there is one.
async fn rest(events: &mut Events<Value>) -> (Vec<Value>, Option<String>) {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => all.push(event.data),
            Err(error) => return (all, Some(error.to_string())),
        }
    }
    (all, None)
}

#[tokio::test(start_paused = true)]
async fn events_have_their_id_name_and_data() {
    let script = Script::default().events(vec![
        chunk("id: 1\nevent: add\nda"),
        chunk("ta: {\"a\": 1}\n\ndata: plain\n\n"),
    ]);
    let mut events = script.watch().await;
    let first = events.next().await.unwrap().unwrap();
    assert_eq!(
        (first.id.as_deref(), first.name.as_str()),
        (Some("1"), "add")
    );
    assert_eq!(first["a"], 1);
    let second = events.next().await.unwrap().unwrap();
    assert_eq!(
        (second.id.as_deref(), second.name.as_str()),
        (Some("1"), "message")
    );
    assert_eq!(second.data, "plain");
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn done_ends_the_stream_unless_told_otherwise() {
    let parts = || vec![chunk("data: 1\n\ndata: [DONE]\n\ndata: 2\n\n")];
    let script = Script::default().events(parts()).events(parts());
    assert_eq!(
        rest(&mut script.watch().await).await,
        (vec![json!(1)], None)
    );
    let mut events = script.watch().await.end_marker(None);
    let all = rest(&mut events).await;
    assert_eq!(all, (vec![json!(1), json!("[DONE]"), json!(2)], None));
}

#[tokio::test(start_paused = true)]
async fn text_and_whole_events_are_decoded_as_such() {
    let parts = || vec![chunk("event: add\ndata: 12\n\ndata: [DONE]\n\n")];
    let script = Script::default().events(parts()).events(parts());
    let request = || Request::new(&script.client(), &WATCH);
    let text = request()
        .send::<TextEvents>()
        .await
        .unwrap()
        .collect()
        .await;
    let text: Vec<String> = text.unwrap().into_iter().map(|event| event.data).collect();
    assert_eq!(text, ["12", "[DONE]"]);
    let objects = request().send::<EventObjects<Value>>().await.unwrap();
    let objects = objects.collect().await.unwrap();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].data, json!({"event": "add", "data": 12}));
}

#[tokio::test(start_paused = true)]
async fn broken_connection_is_resumed_behind_the_last_event() {
    let script = Script::default()
        .events(vec![
            chunk("retry: 3000\nid: a\ndata: 1\n\nid: b\ndata: lost"),
            Part::Broken,
        ])
        .then(Connection::Refused)
        .status(503)
        .events(vec![chunk("data: 2\n\n"), Part::Broken])
        .events(vec![chunk("id: c\ndata: 3\n\n")]);
    let start = Instant::now();
    let mut events = script.watch().await;
    assert_eq!(
        rest(&mut events).await,
        (vec![json!(1), json!(2), json!(3)], None)
    );
    let a = || Some("a".to_owned());
    assert_eq!(script.asked(), [None, a(), a(), a(), a()]);
    assert_eq!(events.last_event_id(), Some("c"));
    // 3, 6 and 12 seconds, and 3 again after the event; a quarter more at most.
    let passed = start.elapsed();
    assert!(
        passed >= Duration::from_secs(24) && passed < Duration::from_secs(31),
        "{passed:?}"
    );
    let script = script.0.lock().unwrap();
    assert!(
        script
            .1
            .iter()
            .all(|sent| sent.headers()["authorization"] == "Bearer secret")
    );
}

#[tokio::test(start_paused = true)]
async fn stream_is_not_resumed_where_events_would_be_lost() {
    let script = Script::default().events(vec![chunk("data: 1\n\n"), Part::Broken]);
    let (events, error) = rest(&mut script.watch().await).await;
    assert_eq!(events, [1]);
    assert!(error.unwrap().contains("broke off"));
    assert_eq!(script.asked().len(), 1);
    // Nothing had come yet, so nothing is lost.
    let script = Script::default()
        .events(vec![Part::Broken])
        .events(vec![chunk("data: 1\n\n")]);
    assert_eq!(
        rest(&mut script.watch().await).await,
        (vec![json!(1)], None)
    );
}

#[tokio::test(start_paused = true)]
async fn attempts_without_progress_are_bounded() {
    let script = Script::default().events(vec![chunk("id: 1\ndata: 1\n\n"), Part::Broken]);
    let (events, error) = rest(&mut script.watch().await).await;
    assert_eq!(events.len(), 1);
    assert!(error.unwrap().contains("no connection"));
    assert_eq!(script.asked().len(), 1 + 5);
    let script = Script::default().events(vec![Part::Broken]);
    let mut events = script.watch().await.reconnect_attempts(2);
    assert!(rest(&mut events).await.1.is_some());
    assert_eq!(script.asked().len(), 3);
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn refusal_ends_the_stream_at_once() {
    let script = Script::default()
        .events(vec![chunk("id: 1\ndata: 1\n\n"), Part::Broken])
        .status(403);
    let mut events = script.watch().await;
    assert!(events.next().await.unwrap().is_ok());
    assert!(events.next().await.unwrap().unwrap_err().is_forbidden());
    assert!(events.next().await.is_none());
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn always_goes_on_until_204() {
    let script = Script::default()
        .events(vec![chunk("data: 1\n\n")])
        .events(vec![chunk("data: 2\n\n"), Part::Broken])
        .status(204);
    let mut events = script.watch().await.reconnect(Reconnect::Always);
    assert_eq!(rest(&mut events).await, (vec![json!(1), json!(2)], None));
    assert_eq!(script.asked().len(), 3);
    let script = Script::default().status(204);
    assert!(script.watch().await.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn post_is_repeated_only_when_asked_for() {
    let parts = || vec![chunk("id: 1\ndata: 1\n\n"), Part::Broken];
    let script = Script::default()
        .events(parts())
        .events(parts())
        .events(vec![chunk("data: 2\n\n")]);
    let ask = || {
        let mut request = Request::new(&script.client(), &ASK);
        request.json(0, &json!({"question": "?"}));
        request.turn_on("stream");
        request.accept("text/event-stream");
        request.send::<JsonEvents<Value>>()
    };
    assert!(rest(&mut ask().await.unwrap()).await.1.is_some());
    let mut events = ask().await.unwrap().reconnect(Reconnect::Resume);
    assert_eq!(rest(&mut events).await, (vec![json!(1), json!(2)], None));
    let sent = &script.0.lock().unwrap().1;
    assert_eq!(sent.len(), 3);
    for request in sent {
        assert_eq!(request.body(), r#"{"question":"?","stream":true}"#);
        assert_eq!(request.headers()["accept"], "text/event-stream");
    }
}

#[tokio::test(start_paused = true)]
async fn quiet_connection_counts_as_broken() {
    let script = Script::default().events(vec![chunk("data: 1\n\n: still there\n"), Part::Quiet]);
    let mut request = Request::new(&script.client(), &WATCH);
    request.options(RequestOptions::new().idle_timeout(Duration::from_secs(30)));
    let mut events = request.send::<JsonEvents<Value>>().await.unwrap();
    assert!(events.next().await.unwrap().is_ok());
    assert!(events.next().await.unwrap().unwrap_err().is_timeout());
    assert!(events.next().await.is_none());
    let mut lines = Script::lines(vec![chunk("1\n"), Part::Quiet])
        .await
        .idle_timeout(Duration::from_secs(1));
    assert_eq!(lines.next().await.unwrap().unwrap(), 1);
    assert!(lines.next().await.unwrap().unwrap_err().is_timeout());
    assert!(lines.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn bad_event_is_an_error_and_the_next_one_comes() {
    let script = Script::default().events(vec![
        chunk("data: {\n\ndata: \"x\"\n\nevent: error\ndata: {\"message\": \"overloaded\"}\n\n"),
        chunk("data: {\"error\": {\"message\": \"no\"}}\n\ndata: 123456789012\n\ndata: 5\n\n"),
    ]);
    let request = Request::new(&script.client(), &WATCH);
    let events = request.send::<JsonEvents<i64>>().await.unwrap();
    let mut events = events.max_event_size(40);
    let mut messages = Vec::new();
    while let Some(event) = events.next().await {
        messages.push(match event {
            Ok(event) => event.data.to_string(),
            Err(error) => error.to_string(),
        });
    }
    let wrong = "watch: the event does not have the documented type";
    let expected = [
        wrong,
        wrong,
        "watch: the server reports an error: overloaded",
        "watch: the server reports an error: no",
        "123456789012",
        "5",
    ];
    assert_eq!(messages, expected);
}

/// An event as a whole, with two members in its data.
#[derive(Debug)]
struct Whole;

impl Decode for Whole {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let data = Object::from_value(value, "Whole")?.required("data")?;
        let mut data = Object::from_value(data, "Data")?;
        data.required::<String>("model")?;
        data.required::<i64>("count")?;
        Ok(Self)
    }
}

#[tokio::test(start_paused = true)]
async fn what_reports_an_error_is_not_forgiven_in_whole_events_either() {
    let script = Script::default().events(vec![
        chunk("data: {\"model\": \"m\"}\n\n"),
        chunk("data: {\"model\": \"m\", \"error\": {\"message\": \"no\"}}\n\n"),
    ]);
    let request = Request::new(&script.client(), &WATCH);
    let mut events = request.send::<EventObjects<Whole>>().await.unwrap();
    assert!(events.next().await.unwrap().is_ok());
    assert_eq!(
        events.next().await.unwrap().unwrap_err().to_string(),
        "watch: the server reports an error: no"
    );
}

#[tokio::test(start_paused = true)]
async fn answer_that_is_no_stream_is_an_error() {
    for media_type in ["application/json", "text/html", "application/problem+json"] {
        let script = Script::default().then(Connection::Answer(200, media_type, Vec::new()));
        let request = Request::new(&script.client(), &WATCH);
        let error = request.send::<JsonEvents<Value>>().await.unwrap_err();
        assert!(
            error.is_decode() && error.to_string().contains(media_type),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn lines_are_items_and_errors_name_theirs() {
    let mut lines = Script::lines(vec![chunk("1\n\n\"x"), chunk("\"\n{\n3")]).await;
    assert_eq!(lines.next().await.unwrap().unwrap(), 1);
    let error = lines.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "watch: item 2: the answer does not have the documented type"
    );
    assert_eq!(error.body().unwrap(), "\"x\"");
    assert!(lines.next().await.unwrap().unwrap_err().is_decode());
    assert_eq!(lines.next().await.unwrap().unwrap(), 3);
    assert!(lines.next().await.is_none());
    assert!(lines.next().await.is_none());
    let sequence = Script::lines(vec![chunk("\u{1e}1\n\u{1e}"), chunk("2\n")]).await;
    assert_eq!(sequence.collect().await.unwrap(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn line_that_broke_off_is_no_item() {
    let mut lines = Script::lines(vec![chunk("1\n12"), Part::Broken]).await;
    assert_eq!(lines.next().await.unwrap().unwrap(), 1);
    assert!(
        lines
            .next()
            .await
            .unwrap()
            .unwrap_err()
            .to_string()
            .contains("broke off")
    );
    assert!(lines.next().await.is_none());
}
