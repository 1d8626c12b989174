//! Server-sent events, JSON lines and JSON text sequences: what comes out must not depend on where the bytes are cut.
//!
//! The first line says what is read (`events`, `text`, `objects` or `lines`), when it connects again (`never`, `resume` or `always`),
//! how large an item may be, and how long chunks are. Each part is what comes over one connection; its title is the status, and
//! `broken`, `quiet` or `refused` unless the connection ends well.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use connector_runtime::http::{Request as HttpRequest, Response};
use connector_runtime::stream::{
    EventDecoder, EventObjects, Events, ItemDecoder, JsonEvents, JsonLines, Reconnect, TextEvents,
};
use connector_runtime::transport::{BoxFuture, Transport, TransportError, TransportErrorKind};
use connector_runtime::{
    Api, ByteStream, Bytes, Client, Decode, Error, Operation, Output, Request, RequestOptions,
    Server, Value,
};
use futures_core::Stream;

use super::block_on;
use crate::sections::{self, Section};

pub(super) const PIECES: &[&str] = &[
    "data: ",
    "data",
    "data:{\"a\":1}",
    "event: error",
    "id: 7",
    "id",
    "id: \0",
    "retry: 10",
    "retry: 18446744073709551616",
    ":",
    "\r",
    "\r\n",
    "\n\n",
    "\n",
    "\u{feff}",
    "\u{1e}",
    "\u{1e}{\"a\":\n1}\n",
    "[DONE]",
    "\u{ff}",
    "{\"a\":\"\\\"\n",
    "12",
    "\n=== 200\n",
    "\n=== 200 broken\n",
    "\n=== 503\n",
    "always",
    "lines",
];

/// As many items are read.
const ITEMS: usize = 500;

static API: Api = Api::new("fuzz", "1").servers(&[Server::new("https://api.acme.example")]);
static WATCH: Operation = Operation::new("watch", "GET", "/events");

pub(super) fn run(input: &[u8]) -> String {
    let (head, connections) = sections::split(input);
    let plan = Plan::read(&String::from_utf8_lossy(head));
    let mut last_id = String::new();
    for connection in &connections {
        events_are_those_of_the_standard(connection.body, &plan, &mut last_id);
        lines_are_items(connection.body, &plan);
    }
    let expected = block_on(plan.play(&connections, &[usize::MAX]));
    for cuts in [&plan.cuts[..], &[1]] {
        let found = block_on(plan.play(&connections, cuts));
        assert_eq!(found, expected, "cut at {cuts:?}");
    }
    summary(&expected)
}

/// How a stream is read.
struct Plan {
    kind: String,
    reconnect: Reconnect,
    limit: usize,
    cuts: Vec<usize>,
}

impl Plan {
    fn read(head: &str) -> Self {
        let numbers = head.split_whitespace().filter_map(|word| word.parse().ok());
        let mut numbers = numbers.map(|number: usize| number.max(1));
        Self {
            kind: head
                .split_whitespace()
                .next()
                .unwrap_or("events")
                .to_owned(),
            reconnect: match head {
                head if head.contains("always") => Reconnect::Always,
                head if head.contains("never") => Reconnect::Never,
                _ => Reconnect::Resume,
            },
            limit: numbers.next().unwrap_or(1000),
            cuts: numbers.chain([7]).collect(),
        }
    }

    /// Reads all that comes: the items or errors, and the last ids that the server was told.
    async fn play(
        &self,
        connections: &[Section<'_>],
        cuts: &[usize],
    ) -> (Vec<String>, Vec<String>) {
        let script = Script::new(connections, cuts);
        let client = Client::builder(&API)
            .transport(script.clone())
            .retry(connector_runtime::RetryPolicy::none())
            .build()
            .expect("a client");
        let mut request = Request::new(&client, &WATCH);
        request.options(RequestOptions::new().idle_timeout(Duration::from_secs(60)));
        let items = match self.kind.as_str() {
            "lines" => self.lines(request).await,
            "text" => self.events::<TextEvents, String>(request).await,
            "objects" => self.events::<EventObjects<Value>, Value>(request).await,
            _ => self.events::<JsonEvents<Value>, Value>(request).await,
        };
        let asked = script.0.lock().expect("a script").asked.clone();
        // Five connections in a row may bring nothing.
        assert!(asked.len() <= 6 * (connections.len() + 1), "it never ends");
        (items, asked)
    }

    async fn lines(&self, request: Request) -> Vec<String> {
        let mut lines = match request.send::<JsonLines<Value>>().await {
            Ok(lines) => lines.max_item_size(self.limit),
            Err(error) => return vec![failed(&error)],
        };
        let mut all = Vec::new();
        while let Some(item) = lines.next().await
            && all.len() < ITEMS
        {
            all.push(item.map_or_else(|error| failed(&error), |item| item.to_string()));
        }
        all
    }

    async fn events<O, T>(&self, request: Request) -> Vec<String>
    where
        O: Output<Value = Events<T>>,
        T: Decode + std::fmt::Debug,
    {
        let mut events = match request.send::<O>().await {
            Ok(events) => events.max_event_size(self.limit).reconnect(self.reconnect),
            Err(error) => return vec![failed(&error)],
        };
        let mut all = Vec::new();
        while let Some(event) = events.next().await
            && all.len() < ITEMS
        {
            all.push(match event {
                Ok(event) => format!("{:?} {} {:?}", event.id, event.name, event.data),
                Err(error) => failed(&error),
            });
        }
        all.push(format!("{:?}", events.last_event_id()));
        all
    }
}

fn failed(error: &Error) -> String {
    format!("error {error}")
}

/// What is new in an outcome: how many items and connections there are, and which errors.
fn summary((items, asked): &(Vec<String>, Vec<String>)) -> String {
    let mut said = format!("{} {} ", items.len().min(5), asked.len().min(9));
    let told = asked.iter().filter(|id| !id.is_empty()).count();
    let _ = write!(said, "{} ", told.min(3));
    for error in items
        .iter()
        .filter(|item| item.starts_with("error"))
        .take(3)
    {
        let words = error
            .chars()
            .filter(|c| c.is_ascii_alphabetic() || *c == ' ');
        said.extend(words.take(60));
    }
    said
}

/// Connections in the order in which they are asked for; after the last one, nobody answers.
#[derive(Clone)]
struct Script(Arc<Mutex<Played>>);

struct Played {
    connections: VecDeque<Connection>,
    asked: Vec<String>,
}

struct Connection {
    status: u16,
    end: End,
    chunks: VecDeque<Bytes>,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Good,
    Broken,
    /// Nothing more comes.
    Quiet,
    /// There is no connection.
    Refused,
}

impl Script {
    fn new(connections: &[Section<'_>], cuts: &[usize]) -> Self {
        let connections = connections.iter().map(|section| {
            let mut words = section.title.split_whitespace();
            let status = words.next().and_then(|word| word.parse().ok());
            Connection {
                status: status.filter(|it| (200..600).contains(it)).unwrap_or(200),
                end: match words.next() {
                    Some("broken") => End::Broken,
                    Some("quiet") => End::Quiet,
                    Some("refused") => End::Refused,
                    _ => End::Good,
                },
                chunks: chunks(section.body, cuts),
            }
        });
        Self(Arc::new(Mutex::new(Played {
            connections: connections.collect(),
            asked: Vec::new(),
        })))
    }
}

fn chunks(mut body: &[u8], cuts: &[usize]) -> VecDeque<Bytes> {
    let mut chunks = VecDeque::new();
    for length in cuts.iter().cycle() {
        if body.is_empty() {
            break;
        }
        let (chunk, rest) = body.split_at((*length).min(body.len()));
        chunks.push_back(Bytes::copy_from_slice(chunk));
        body = rest;
    }
    chunks
}

impl Transport for Script {
    fn send(
        &self,
        request: HttpRequest<ByteStream>,
    ) -> BoxFuture<'_, Result<Response<ByteStream>, TransportError>> {
        Box::pin(async move {
            let mut played = self.0.lock().expect("a script");
            let id = request.headers().get("last-event-id");
            let id = id.map_or(&[][..], |id| id.as_bytes());
            played.asked.push(String::from_utf8_lossy(id).into_owned());
            let next = played.connections.pop_front();
            let Some(connection) = next.filter(|next| next.end != End::Refused) else {
                return Err(TransportError::new(TransportErrorKind::Connect, "refused"));
            };
            let response = Response::builder().status(connection.status);
            let body = ByteStream::from_stream(connection);
            Ok(response.body(body).expect("a response"))
        })
    }
}

impl Stream for Connection {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        match self.end {
            End::Good | End::Refused => Poll::Ready(None),
            End::Broken => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
            End::Quiet => Poll::Pending,
        }
    }
}

/// Compares the decoder with the steps of the standard (HTML, section 9.2.6), taken one after the other over the whole body.
fn events_are_those_of_the_standard(body: &[u8], plan: &Plan, last_id: &mut String) {
    // A byte that is no UTF-8 becomes three.
    let mut decoder = EventDecoder::new(3 * body.len() + last_id.len() + 8);
    let mut given = last_id.clone();
    decoder.push(format!("id: {given}\n\n").into_bytes().into());
    assert!(decoder.next_event().is_none());
    decoder.restart();
    let mut found = Vec::new();
    for chunk in chunks(body, &plan.cuts) {
        decoder.push(chunk);
        while let Some(event) = decoder.next_event() {
            let event = event.expect("nothing is larger than the whole");
            found.push([event.id, event.name, event.data]);
        }
    }
    assert_eq!(found, standard_events(body, &mut given));
    assert_eq!(decoder.last_id(), given);
    *last_id = given;
}

fn standard_events(body: &[u8], last_id: &mut String) -> Vec<[String; 3]> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut events = Vec::new();
    let (mut id, mut name, mut data) = (last_id.clone(), String::new(), String::new());
    let mut lines: Vec<&str> = text.split('\n').collect();
    // What stands behind the last end of a line is no line.
    lines.pop();
    for line in lines {
        if line.is_empty() {
            last_id.clone_from(&id);
            if let Some(data) = data.strip_suffix('\n') {
                events.push([id.clone(), std::mem::take(&mut name), data.to_owned()]);
            }
            name.clear();
            data.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => data += &format!("{value}\n"),
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            _ => {}
        }
    }
    events
}

/// Lines that are JSON are the items of JSON lines.
fn lines_are_items(body: &[u8], plan: &Plan) {
    if body.starts_with(b"\x1e") {
        return;
    }
    let mut decoder = ItemDecoder::new(body.len());
    let mut found = Vec::new();
    for chunk in chunks(body, &plan.cuts) {
        decoder.push(chunk);
        while let Some(item) = decoder.next_item() {
            found.push(item);
        }
    }
    found.extend(decoder.finish());
    let found = found.into_iter().map(|item| {
        let item = item.expect("nothing is larger than the whole");
        serde_json::from_slice::<Value>(&item).ok()
    });
    let lines = body.split(|byte| *byte == b'\n');
    // Blanks around an item are forgiven, those that JSON does not know among them.
    let expected = lines.map(|line| serde_json::from_slice::<Value>(line.trim_ascii()).ok());
    assert!(
        found.flatten().eq(expected.flatten()) || body.contains(&0xef),
        "lines are items"
    );
}
