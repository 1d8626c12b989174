//! Events with their type.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::ops::Deref;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::HeaderMap;
use serde_json::{Map, Value};

use super::event_decoder::RawEvent;
use super::listener::{Listener, Reconnect};
use crate::codec::{Decode, DecodeError};
use crate::error::{Error, Result, parse_json};
use crate::response::{Output, Received, request_id};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<T> {
    /// The last id that the server gave, to this event or one before.
    pub id: Option<String>,
    /// What kind of event it is: `message`, if the server does not say.
    pub name: String,
    /// What it says.
    pub data: T,
}

impl<T> Deref for Event<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

/// Events from the server, as they come (server-sent events).
///
/// A connection that breaks is made again as [`Reconnect`] says; by default, only that of a GET. Then the server is told the last id
/// that it gave (`Last-Event-ID`), after the pause that it asked for (`retry`) or one of a second, which doubles with each attempt
/// that brings no event; after five of those, the error that broke the connection ends the stream. Credentials are applied anew each
/// time. What the server answers then counts as it does for the first call: status 204 ends the stream, 401 renews a token.
///
/// Where the data is JSON, an event whose data is `[DONE]` ends the stream, as APIs for language models send it.
#[must_use = "events come when .next() is called"]
pub struct Events<T> {
    listener: Listener,
    format: Format,
    end_marker: Option<String>,
    item: PhantomData<fn() -> T>,
}

/// What is decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// The data as JSON; text that is none is a string.
    Json,
    /// The data as it is.
    Text,
    /// The event as an object with the members `event`, `data` and `id`.
    Object,
}

impl<T: Decode> Events<T> {
    fn new(response: Received, format: Format) -> Result<Self> {
        Ok(Self {
            listener: Listener::new(response)?,
            format,
            end_marker: (format != Format::Text).then(|| "[DONE]".to_owned()),
            item: PhantomData,
        })
    }

    /// When to connect again.
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.listener.reconnect = reconnect;
        self
    }

    /// How many connections in a row may bring no event, before the stream ends; 5 by default.
    pub fn reconnect_attempts(mut self, attempts: u32) -> Self {
        self.listener.max_attempts = attempts;
        self
    }

    /// How long nothing may come over the connection, before it counts as broken. Comments, which servers send to keep it open,
    /// do count as something. By default it is what [`RequestOptions::idle_timeout`](crate::RequestOptions::idle_timeout) says, or
    /// there is no limit.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.listener.idle_timeout = Some(limit);
        self
    }

    /// How large an event may be, in bytes; 64 MiB by default. A larger one is an error, and skipped.
    pub fn max_event_size(mut self, limit: usize) -> Self {
        self.listener.decoder.set_limit(limit);
        self
    }

    /// The data that stands for the end of the stream, in place of `[DONE]`; with `None`, all data is data.
    pub fn end_marker(mut self, marker: Option<&str>) -> Self {
        self.end_marker = marker.map(str::to_owned);
        self
    }

    /// The next event; `None` after the last one. Giving up this future loses no event.
    pub async fn next(&mut self) -> Option<Result<Event<T>>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// All events that are left.
    ///
    /// # Errors
    /// The first error on the way; what came before it is lost.
    pub async fn collect(mut self) -> Result<Vec<Event<T>>> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event?);
        }
        Ok(all)
    }

    /// The last id that the server gave. To go on there in another call, send it as the header `Last-Event-ID`.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        Some(self.listener.decoder.last_id()).filter(|id| !id.is_empty())
    }

    /// The headers that the last connection began with.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.listener.head.headers
    }

    /// The id that the server gave the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers())
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event<T>>>> {
        let Some(event) = ready!(self.listener.poll_event(cx)) else {
            return Poll::Ready(None);
        };
        let event = match event {
            Ok(event) => event,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        if self.end_marker.as_deref() == Some(event.data.trim()) {
            self.listener.close();
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.decode(event)))
    }

    fn decode(&self, event: RawEvent) -> Result<Event<T>> {
        let reading = &self.listener.reading;
        let decode = |data: Value| {
            let reported = reports_error(&event.name, &data);
            let value = match self.format {
                Format::Object => object(&event, data),
                Format::Json | Format::Text => data,
            };
            // What is missing in the report of an error is not forgiven: it is no event of the documented type.
            match reported {
                true => T::decode(value),
                false => reading.decode_part(value),
            }
        };
        let decoded = match self.format {
            Format::Json | Format::Object => decode_json(&event.data, decode),
            Format::Text => decode(Value::from(event.data.as_str())),
        };
        let RawEvent { id, name, data } = event;
        match decoded {
            Ok(value) => Ok(Event {
                id: Some(id).filter(|id| !id.is_empty()),
                name: match name.is_empty() {
                    true => "message".to_owned(),
                    false => name,
                },
                data: value,
            }),
            Err(error) => Err(
                Error::event(&name, error, self.listener.head.clone(), data.into())
                    .in_call(reading.operation),
            ),
        }
    }
}

/// Whether an event is the report of an error, by its name or a member: APIs tell so what goes wrong in the middle.
pub(crate) fn reports_error(name: &str, data: &Value) -> bool {
    name == "error" || data.get("error").is_some_and(|error| !error.is_null())
}

/// Decodes text as JSON, or as a string if it is none or does not have the type.
fn decode_json<T>(
    text: &str,
    decode: impl Fn(Value) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let error = match parse_json(text.as_bytes()).and_then(&decode) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    decode(Value::from(text)).map_err(|_| error)
}

/// The event as OpenAPI 3.2 describes it (section 4.14.4).
fn object(event: &RawEvent, data: Value) -> Value {
    let mut object = Map::new();
    if !event.name.is_empty() {
        object.insert("event".to_owned(), Value::from(event.name.as_str()));
    }
    object.insert("data".to_owned(), data);
    if !event.id.is_empty() {
        object.insert("id".to_owned(), Value::from(event.id.as_str()));
    }
    Value::Object(object)
}

#[cfg(feature = "stream")]
impl<T: Decode> futures_core::Stream for Events<T> {
    type Item = Result<Event<T>>;

    fn poll_next(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}

impl<T> fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("decoder", &self.listener.decoder)
            .finish_non_exhaustive()
    }
}

/// Events with JSON for data.
#[derive(Debug)]
pub struct JsonEvents<T>(PhantomData<T>);

/// Events with text for data.
#[derive(Debug)]
pub struct TextEvents;

/// Events that are decoded as objects with the members `event`, `data` and `id`, since the document describes several kinds of them.
#[derive(Debug)]
pub struct EventObjects<T>(PhantomData<T>);

impl<T: Decode + 'static> Output for JsonEvents<T> {
    type Value = Events<T>;

    const STREAMED: bool = true;

    #[inline]
    fn read(response: Received) -> Result<Events<T>> {
        response.events()
    }
}

impl Output for TextEvents {
    type Value = Events<String>;

    const STREAMED: bool = true;

    #[inline]
    fn read(response: Received) -> Result<Events<String>> {
        response.text_events()
    }
}

impl<T: Decode + 'static> Output for EventObjects<T> {
    type Value = Events<T>;

    const STREAMED: bool = true;

    #[inline]
    fn read(response: Received) -> Result<Events<T>> {
        response.event_objects()
    }
}

impl Received {
    /// Reads the body as events with JSON for data.
    ///
    /// # Errors
    /// When the answer says that it is something else.
    pub fn events<T: Decode>(self) -> Result<Events<T>> {
        Events::new(self, Format::Json)
    }

    /// Reads the body as events with text for data.
    ///
    /// # Errors
    /// When the answer says that it is something else.
    pub fn text_events(self) -> Result<Events<String>> {
        Events::new(self, Format::Text)
    }

    /// Reads the body as events, each an object with the members `event`, `data` and `id`.
    ///
    /// # Errors
    /// When the answer says that it is something else.
    pub fn event_objects<T: Decode>(self) -> Result<Events<T>> {
        Events::new(self, Format::Object)
    }
}
