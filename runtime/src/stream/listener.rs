//! The connection that events come over, and what happens when it ends. Nothing here depends on the type of the events.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Method;
use tokio::time::{Sleep, sleep};

use super::event_decoder::{EventDecoder, RawEvent};
use super::{DEFAULT_LIMIT, quiet_too_long, refused};
use crate::body::{ByteStream, read_error};
use crate::connection::RetryPolicy;
use crate::error::{Error, ErrorKind, Result};
use crate::request::{Request, Sending};
use crate::response::{Output, Reading, Received, ResponseHead};

const LAST_EVENT_ID: &str = "Last-Event-ID";

/// The pause before another connection, if the server does not name one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Pauses do not grow beyond this, unless the server wants longer ones.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// When a stream of events connects again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reconnect {
    /// Not at all: the default, unless the call is a GET. A connection that breaks is an error, and the stream ends.
    Never,
    /// When the connection broke and nothing is lost by it: the server gives its events ids, or none has come yet. The default of a
    /// GET. An end that the server means ends the stream.
    Resume,
    /// Whenever the connection ends, however it ends, as browsers do. What a server without ids sends in between is lost, and what
    /// it repeats comes again. Only status 204 ends the stream, or an error.
    Always,
}

/// The answer as it is.
struct Arrival;

impl Output for Arrival {
    type Value = Received;

    const STREAMED: bool = true;

    fn read(response: Received) -> Result<Received> {
        Ok(response)
    }
}

pub(super) struct Listener {
    request: Option<Box<Request>>,
    pub(super) head: ResponseHead,
    pub(super) reading: Reading,
    pub(super) decoder: EventDecoder,
    state: State,
    pub(super) reconnect: Reconnect,
    /// How many connections in a row may bring nothing.
    pub(super) max_attempts: u32,
    attempts: u32,
    has_begun: bool,
    pub(super) idle_timeout: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
}

enum State {
    Open(ByteStream),
    Pausing(Pin<Box<Sleep>>),
    Connecting(Sending<Received>),
    Closed,
}

impl Listener {
    /// Listens to an answer.
    ///
    /// # Errors
    /// When it is something else than a stream.
    pub(super) fn new(response: Received) -> Result<Self> {
        if let Some(error) = refused(&response, "events") {
            return Err(error);
        }
        let Received {
            head,
            body,
            reading,
            request,
        } = response;
        let is_get = request.as_ref().is_some_and(|request| {
            let operation = request.operation();
            operation.is_some_and(|operation| operation.method() == Method::GET.as_str())
        });
        Ok(Self {
            state: state(&head, body),
            idle_timeout: request
                .as_ref()
                .and_then(|request| request.options.idle_timeout),
            request,
            head,
            reading,
            decoder: EventDecoder::new(DEFAULT_LIMIT),
            reconnect: if is_get {
                Reconnect::Resume
            } else {
                Reconnect::Never
            },
            max_attempts: 5,
            attempts: 0,
            has_begun: false,
            timer: None,
        })
    }

    /// Closes the connection, for good.
    pub(super) fn close(&mut self) {
        self.state = State::Closed;
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RawEvent>>> {
        loop {
            match &mut self.state {
                State::Open(_) => match ready!(self.poll_open(cx)) {
                    Some(event) => return Poll::Ready(Some(event)),
                    // The state has changed.
                    None => continue,
                },
                State::Pausing(pause) => {
                    ready!(pause.as_mut().poll(cx));
                    self.connect();
                }
                State::Connecting(sending) => {
                    let received = ready!(Pin::new(sending).poll(cx));
                    if let Err(error) = received.and_then(|received| self.connected(received))
                        && let Some(error) = self.ended(Some(error))
                    {
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                State::Closed => return Poll::Ready(None),
            }
        }
    }

    /// The next event, or error, of the open connection; `None` when it is open no more.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RawEvent>>> {
        loop {
            if let Some(event) = self.decoder.next_event() {
                self.has_begun = true;
                self.attempts = 0;
                return Poll::Ready(Some(event.map_err(|error| {
                    Error::new(ErrorKind::Body, format!("an event cannot be read: {error}"))
                        .with_source(error)
                        .in_call(self.reading.operation)
                })));
            }
            let State::Open(body) = &mut self.state else {
                return Poll::Ready(None);
            };
            let error = match body.poll_chunk(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.timer = None;
                    self.decoder.push(chunk);
                    continue;
                }
                Poll::Ready(Some(Err(error))) => Some(read_error(error)),
                Poll::Ready(None) => None,
                Poll::Pending => Some(ready!(quiet_too_long(
                    self.idle_timeout,
                    &mut self.timer,
                    cx
                ))),
            };
            self.timer = None;
            return Poll::Ready(self.ended(error).map(Err));
        }
    }

    /// Decides what follows the end of a connection, or an attempt to get one: a pause, or the end of the stream, with the error that
    /// is to be told.
    fn ended(&mut self, error: Option<Error>) -> Option<Error> {
        self.state = State::Closed;
        let passing = error.as_ref().is_none_or(|error| {
            error.is_retryable() || error.kind() == ErrorKind::Body && error.status().is_none()
        });
        let wanted = match self.reconnect {
            Reconnect::Never => false,
            Reconnect::Resume => {
                error.is_some() && (!self.has_begun || !self.decoder.last_id().is_empty())
            }
            Reconnect::Always => true,
        };
        if !passing || !wanted || self.request.is_none() || self.attempts >= self.max_attempts {
            return error.map(|error| error.in_call(self.reading.operation));
        }
        let pause = self.pause(error.as_ref());
        tracing::debug!(
            error = error.as_ref().map(tracing::field::display),
            pause = ?pause,
            "connecting to the stream again"
        );
        self.attempts += 1;
        self.state = State::Pausing(Box::pin(sleep(pause)));
        None
    }

    /// The time that the server asks for, or one that grows; with jitter, so that clients do not all come back at once.
    fn pause(&self, error: Option<&Error>) -> Duration {
        let first = self.decoder.retry().unwrap_or(FIRST_PAUSE);
        let grown = first.saturating_mul(1 << self.attempts.min(16));
        let pause = grown.min(first.max(LONGEST_PAUSE));
        let asked = error.and_then(Error::retry_after).unwrap_or_default();
        let jitter = pause.min(LONGEST_PAUSE).mul_f64(fastrand::f64() / 4.0);
        pause.max(asked).saturating_add(jitter)
    }

    fn connect(&mut self) {
        self.state = match &self.request {
            Some(request) => {
                let mut request = Request::clone(request);
                // Pauses and their number are decided here.
                request.options.retry = Some(RetryPolicy::none());
                let id = self.decoder.last_id();
                if crate::client::header_value(id).is_ok() && !id.is_empty() {
                    let headers = &mut request.options.headers;
                    headers.retain(|(name, _)| !name.eq_ignore_ascii_case(LAST_EVENT_ID));
                    headers.push((LAST_EVENT_ID.to_owned(), id.to_owned()));
                }
                State::Connecting(request.send::<Arrival>())
            }
            None => State::Closed,
        };
    }

    fn connected(&mut self, received: Received) -> Result<()> {
        if let Some(error) = refused(&received, "events") {
            return Err(error);
        }
        self.decoder.restart();
        self.state = state(&received.head, received.body);
        self.head = received.head;
        Ok(())
    }
}

/// Status 204 is how a server says that there will be no more.
fn state(head: &ResponseHead, body: ByteStream) -> State {
    match head.status {
        204 | 205 => State::Closed,
        _ => State::Open(body),
    }
}
