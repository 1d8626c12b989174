//! A server that answers as badly as it is told to.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use url::form_urlencoded;

/// How long an answer that never comes is waited for before the connection is closed after all.
const NEVER: Duration = Duration::from_secs(300);

/// A server for authorization servers and APIs that do what they must not.
///
/// It answers each request on a connection of its own and keeps what it was asked.
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    handlers: Mutex<BTreeMap<String, Handler>>,
    seen: Mutex<Vec<Seen>>,
}

type Handler = Arc<dyn Fn(&Seen) -> Answer + Send + Sync>;

impl FaultServer {
    /// Starts a server that answers 404 to everything.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&serving);
                // A client that hangs up is what many tests are about.
                thread::spawn(move || shared.serve(stream).unwrap_or_default());
            }
        });
        Ok(Self { address, shared })
    }

    /// The address of a path.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers every request to a path in this way.
    pub fn on(&self, path: &str, answer: Answer) {
        self.handle(path, move |_| answer.clone());
    }

    /// Gives these answers one after the other, the last one for ever.
    pub fn script(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut answers: Vec<Answer> = answers.into_iter().collect();
        answers.reverse();
        let left = Mutex::new(answers);
        self.handle(path, move |_| {
            let mut left = locked(&left);
            let next = if left.len() > 1 {
                left.pop()
            } else {
                left.last().cloned()
            };
            next.unwrap_or_else(Answer::nothing)
        });
    }

    /// Answers requests to a path by their contents.
    pub fn handle(&self, path: &str, handler: impl Fn(&Seen) -> Answer + Send + Sync + 'static) {
        locked(&self.shared.handlers).insert(path.to_owned(), Arc::new(handler));
    }

    /// What was asked for at a path so far.
    #[must_use]
    pub fn requests(&self, path: &str) -> Vec<Seen> {
        let seen = locked(&self.shared.seen);
        let here = seen.iter().filter(|seen| seen.path == path);
        here.cloned().collect()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let seen = Seen::read(&mut reader)?;
        let handler = locked(&self.handlers).get(&seen.path).cloned();
        let answer = match handler {
            Some(handler) => handler(&seen),
            None => Answer::text(404, "text/plain", "nothing is here"),
        };
        locked(&self.seen).push(seen);
        answer.write(stream)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request as the server received it.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, still encoded; empty if there is none.
    pub query: String,
    /// The names of the headers, in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Seen {
    fn read(reader: &mut impl BufRead) -> io::Result<Self> {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut seen = Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            let header = (name.to_ascii_lowercase(), value.trim().to_owned());
            seen.headers.push(header);
        }
        let length = seen.header("content-length").map_or(Ok(0), str::parse);
        let length: u64 = length.map_err(io::Error::other)?;
        reader.take(length).read_to_end(&mut seen.body)?;
        Ok(seen)
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The parameters of the query.
    #[must_use]
    pub fn query(&self) -> BTreeMap<String, String> {
        pairs(self.query.as_bytes())
    }

    /// The parameters of a form in the body.
    #[must_use]
    pub fn form(&self) -> BTreeMap<String, String> {
        pairs(&self.body)
    }

    /// The JSON in the body; null if it is something else.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// What a server does with a request.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    ending: Ending,
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Whole,
    /// Nothing at all: the connection is closed.
    Nothing,
    /// The connection is closed after so many bytes of the body, although more were announced.
    Cut(usize),
}

impl Answer {
    /// JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// A body of this media type.
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
            delay: Duration::ZERO,
            ending: Ending::Whole,
        }
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::text(status, "text/plain", "").header("Location", location)
    }

    /// Reads the request and closes the connection.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            ending: Ending::Nothing,
            ..Self::text(200, "text/plain", "")
        }
    }

    /// Reads the request and lets the client wait.
    #[must_use]
    pub fn never() -> Self {
        Self::nothing().after(NEVER)
    }

    /// Another header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Lets the client wait first.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Closes the connection after so many bytes of the body.
    #[must_use]
    pub fn cut(mut self, bytes: usize) -> Self {
        self.ending = Ending::Cut(bytes);
        self
    }

    fn write(&self, mut stream: TcpStream) -> io::Result<()> {
        thread::sleep(self.delay);
        let sent = match self.ending {
            Ending::Whole => self.body.len(),
            Ending::Cut(bytes) => bytes.min(self.body.len()),
            Ending::Nothing => return Ok(()),
        };
        write!(stream, "HTTP/1.1 {} Told So\r\n", self.status)?;
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        let length = self.body.len();
        write!(
            stream,
            "Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        stream.write_all(&self.body[..sent])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::Browser;

    #[test]
    fn answers_follow_each_other_and_the_last_one_stays() {
        let server = FaultServer::start().unwrap();
        server.script(
            "/a",
            [
                Answer::text(500, "text/html", "one"),
                Answer::json(200, &2.into()),
            ],
        );
        let browser = Browser::new();
        let statuses = [(); 3].map(|()| browser.open(&server.at("/a?b=%26")).unwrap().status);
        assert_eq!(statuses, [500, 200, 200]);
        assert_eq!(server.requests("/a").len(), 3);
        assert_eq!(server.requests("/a")[0].query()["b"], "&");
        assert_eq!(browser.open(&server.at("/b")).unwrap().status, 404);
    }

    #[test]
    fn answers_can_break_off() {
        let server = FaultServer::start().unwrap();
        server.on("/cut", Answer::text(200, "text/plain", "0123456789").cut(3));
        server.on("/nothing", Answer::nothing());
        let browser = Browser::new();
        assert!(browser.open(&server.at("/cut")).is_err());
        assert!(browser.open(&server.at("/nothing")).is_err());
    }
}
