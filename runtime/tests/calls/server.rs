//! An HTTP/1.1 server on a free port of the loopback address that also knows how to misbehave.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_runtime::{Client, ClientBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does about a request.
pub enum Reaction {
    /// Status, header lines, body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// Closes the connection without a word.
    HangUp,
    /// Announces more than it sends.
    BreakOff,
    /// Announces more than it sends with this status, and keeps the connection open.
    Stall(u16, &'static str),
    /// Waits before it answers with an empty 200.
    Late(Duration),
    /// Sends chunks with pauses between them.
    Chunks(Vec<&'static str>, Duration),
}

pub fn answer(status: u16, body: &str) -> Reaction {
    Reaction::Answer(status, Vec::new(), body.as_bytes().to_vec())
}

pub fn with_header(status: u16, name: &str, value: &str) -> Reaction {
    Reaction::Answer(
        status,
        vec![(name.to_owned(), value.to_owned())],
        Vec::new(),
    )
}

/// A request as it arrived; the header lines are in lower case.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

type Handler = dyn Fn(usize, &Seen) -> Reaction + Send + Sync;

/// Stops when it is dropped.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Starts a server; the handler gets the number of the request, counted from 0.
    pub async fn start(handler: impl Fn(usize, &Seen) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (handler, log): (Arc<Handler>, _) = (Arc::new(handler), seen.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, handler.clone(), log.clone()));
            }
        });
        Self {
            url,
            seen,
            accepting,
        }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn client(&self, setup: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        setup(Client::builder(&super::acme::API).base_url(&self.url))
            .build()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One connection, kept alive.
async fn serve(
    mut stream: TcpStream,
    handler: Arc<Handler>,
    log: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    loop {
        let seen = read_request(&mut stream).await?;
        let number = {
            let mut log = log.lock().unwrap();
            log.push(seen.clone());
            log.len() - 1
        };
        match handler(number, &seen) {
            Reaction::HangUp => return None,
            Reaction::Answer(status, headers, body) => {
                let headers: String = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}\r\n"))
                    .collect();
                let head = format!(
                    "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n",
                    body.len()
                );
                stream
                    .write_all(&[head.as_bytes(), &body].concat())
                    .await
                    .ok()?;
            }
            Reaction::BreakOff => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
                    .await
                    .ok()?;
                return None;
            }
            Reaction::Stall(status, body) => {
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 100\r\n\r\n{body}");
                stream.write_all(head.as_bytes()).await.ok()?;
                std::future::pending::<()>().await;
            }
            Reaction::Late(pause) => {
                tokio::time::sleep(pause).await;
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .await
                    .ok()?;
            }
            Reaction::Chunks(chunks, pause) => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                    .await
                    .ok()?;
                for chunk in chunks {
                    stream
                        .write_all(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes())
                        .await
                        .ok()?;
                    tokio::time::sleep(pause).await;
                }
                stream.write_all(b"0\r\n\r\n").await.ok()?;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let head = read_until(stream, b"\r\n\r\n").await?;
    let mut lines = head.trim_end().split("\r\n");
    let mut start = lines.next()?.split(' ');
    let (method, target) = (start.next()?.to_owned(), start.next()?.to_owned());
    let headers: Vec<String> = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            format!("{}: {value}", name.to_ascii_lowercase())
        })
        .collect();
    let mut seen = Seen {
        method,
        target,
        headers,
        body: Vec::new(),
    };
    if let Some(length) = seen
        .header("content-length")
        .map(|length| length.parse().unwrap())
    {
        seen.body = vec![0; length];
        stream.read_exact(&mut seen.body).await.ok()?;
    } else if seen.header("transfer-encoding").is_some() {
        loop {
            let size = read_until(stream, b"\r\n").await?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).await.ok()?;
            if size == 0 {
                break;
            }
            seen.body.extend_from_slice(&chunk[..size]);
        }
    }
    Some(seen)
}

async fn read_until(stream: &mut TcpStream, end: &[u8]) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end) {
        bytes.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(bytes).ok()
}
