//! A server whose answers come in the parts that a test wants.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};

/// What comes over a connection.
#[derive(Clone)]
pub enum Part {
    Chunk(Vec<u8>),
    Pause(Duration),
    /// The connection is cut.
    Cut,
    /// The chunk comes again and again.
    Forever(Vec<u8>),
}

pub fn chunk(bytes: impl AsRef<[u8]>) -> Part {
    Part::Chunk(bytes.as_ref().to_vec())
}

/// One chunk for each byte.
pub fn bytewise(bytes: impl AsRef<[u8]>) -> Vec<Part> {
    bytes.as_ref().iter().map(|byte| chunk([*byte])).collect()
}

/// Status, media type, and body.
pub type Answer = (u16, &'static str, Vec<Part>);

pub fn events(parts: Vec<Part>) -> Answer {
    (200, "text/event-stream", parts)
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Answers in their order; stops when it is dropped.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    counts: Arc<Counts>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    sent: AtomicUsize,
    open: AtomicUsize,
}

impl Server {
    pub async fn start(answers: Vec<Answer>) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let counts = Arc::new(Counts::default());
        let (log, answers, counted) = (
            seen.clone(),
            Arc::new(Mutex::new(VecDeque::from(answers))),
            counts.clone(),
        );
        let router = Router::new().fallback(move |request: Request| {
            let (log, answers, counts) = (log.clone(), answers.clone(), counted.clone());
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
                log.lock().unwrap().push(Seen {
                    path: head.uri.to_string(),
                    headers: head.headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                });
                let next = answers.lock().unwrap().pop_front();
                let (status, media_type, parts) = next.unwrap_or((204, "text/plain", Vec::new()));
                let response = Response::builder()
                    .status(status)
                    .header("content-type", media_type);
                let is_gzip = matches!(parts.first(), Some(Part::Chunk(first)) if first.starts_with(&[0x1f, 0x8b]));
                let response = match is_gzip {
                    true => response.header("content-encoding", "gzip"),
                    false => response,
                };
                response
                    .body(Body::from_stream(Parts::new(parts, counts)))
                    .unwrap()
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            seen,
            counts,
            serving,
        }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many bytes of bodies were sent so far.
    pub fn sent(&self) -> usize {
        self.counts.sent.load(Ordering::SeqCst)
    }

    /// How many answers are under way.
    pub fn open(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }

    pub fn client(&self) -> streams::Client {
        let builder = streams::Client::builder().base_url(&self.url);
        builder.token("secret").build().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Parts {
    parts: VecDeque<Part>,
    pause: Option<Pin<Box<Sleep>>>,
    counts: Arc<Counts>,
}

impl Parts {
    fn new(parts: Vec<Part>, counts: Arc<Counts>) -> Self {
        counts.open.fetch_add(1, Ordering::SeqCst);
        // What was sent before a cut is to arrive: hyper drops what it has not written.
        let slow_cut = |part| match part {
            Part::Cut => vec![Part::Pause(Duration::from_millis(50)), Part::Cut],
            part => vec![part],
        };
        Self {
            parts: parts.into_iter().flat_map(slow_cut).collect(),
            pause: None,
            counts,
        }
    }

    fn sent(&self, bytes: Vec<u8>) -> Poll<Option<Result<Vec<u8>, String>>> {
        self.counts.sent.fetch_add(bytes.len(), Ordering::SeqCst);
        Poll::Ready(Some(Ok(bytes)))
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.counts.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl futures_core::Stream for Parts {
    type Item = Result<Vec<u8>, String>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        if let Some(Part::Forever(bytes)) = self.parts.front() {
            let bytes = bytes.clone();
            return self.sent(bytes);
        }
        match self.parts.pop_front() {
            Some(Part::Chunk(bytes)) => self.sent(bytes),
            Some(Part::Pause(time)) => {
                self.pause = Some(Box::pin(sleep(time)));
                self.poll_next(cx)
            }
            Some(Part::Cut) => Poll::Ready(Some(Err("cut".to_owned()))),
            Some(Part::Forever(_)) | None => Poll::Ready(None),
        }
    }
}
