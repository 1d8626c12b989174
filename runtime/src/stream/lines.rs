//! JSON texts with their type.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Sleep;

use super::event_decoder::ItemError;
use super::item_decoder::ItemDecoder;
use super::{DEFAULT_LIMIT, quiet_too_long, refused};
use crate::body::{ByteStream, read_error};
use crate::codec::Decode;
use crate::error::{Error, ErrorKind, Result, parse_json};
use crate::response::{Output, Reading, Received, ResponseHead, request_id};

/// JSON values from the server, as they come: JSON lines, or a JSON text sequence (RFC 7464).
///
/// Errors name the item, counted from 1. The last item need not have a line feed behind it.
#[must_use = "items come when .next() is called"]
pub struct Lines<T> {
    source: Source,
    item: PhantomData<fn() -> T>,
}

/// What does not depend on the type of the items.
struct Source {
    head: ResponseHead,
    reading: Reading,
    /// None after its end.
    body: Option<ByteStream>,
    decoder: ItemDecoder,
    count: u64,
    idle_timeout: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<T: Decode> Lines<T> {
    fn new(response: Received) -> Result<Self> {
        if let Some(error) = refused(&response, "JSON lines") {
            return Err(error);
        }
        let options = response.request.as_ref().map(|request| &request.options);
        let idle_timeout = options.and_then(|options| options.idle_timeout);
        Ok(Self {
            source: Source {
                head: response.head,
                reading: response.reading,
                body: Some(response.body),
                decoder: ItemDecoder::new(DEFAULT_LIMIT),
                count: 0,
                idle_timeout,
                timer: None,
            },
            item: PhantomData,
        })
    }

    /// How long nothing may come over the connection, before it counts as broken. By default it is what
    /// [`RequestOptions::idle_timeout`](crate::RequestOptions::idle_timeout) says, or there is no limit.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.source.idle_timeout = Some(limit);
        self
    }

    /// How large an item may be, in bytes; 64 MiB by default. A larger one is an error, and skipped.
    pub fn max_item_size(mut self, limit: usize) -> Self {
        self.source.decoder.set_limit(limit);
        self
    }

    /// The next item; `None` after the last one. Giving up this future loses no item.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// All items that are left.
    ///
    /// # Errors
    /// The first error on the way; what came before it is lost.
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    /// The headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.source.head.headers
    }

    /// The id that the server gave the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers())
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let item = match ready!(self.source.poll_item(cx)) {
            Some(Ok(item)) => item,
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(None),
        };
        let decoded = parse_json(&item).and_then(|value| {
            let reading = &self.source.reading;
            reading.decode(value, &|| parse_json(&item).ok())
        });
        Poll::Ready(Some(decoded.map_err(|error| {
            let source = &self.source;
            source.in_item(Error::decode(error, source.head.clone(), item))
        })))
    }
}

impl Source {
    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            if let Some(item) = self.decoder.next_item() {
                return Poll::Ready(Some(self.item(item)));
            }
            let Some(body) = &mut self.body else {
                return Poll::Ready(None);
            };
            let error = match body.poll_chunk(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.timer = None;
                    self.decoder.push(chunk);
                    continue;
                }
                Poll::Ready(None) => {
                    self.body = None;
                    let last = self.decoder.finish();
                    return Poll::Ready(last.map(|item| self.item(item)));
                }
                Poll::Ready(Some(Err(error))) => read_error(error),
                Poll::Pending => ready!(quiet_too_long(self.idle_timeout, &mut self.timer, cx)),
            };
            self.body = None;
            return Poll::Ready(Some(Err(error.in_call(self.reading.operation))));
        }
    }

    fn item(&mut self, item: Result<Bytes, ItemError>) -> Result<Bytes> {
        self.count += 1;
        item.map_err(|error| {
            let message = format!("it cannot be read: {error}");
            self.in_item(Error::new(ErrorKind::Body, message).with_source(error))
        })
    }

    fn in_item(&self, error: Error) -> Error {
        error
            .in_context(&format!("item {}", self.count))
            .in_call(self.reading.operation)
    }
}

#[cfg(feature = "stream")]
impl<T: Decode> futures_core::Stream for Lines<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<T> fmt::Debug for Lines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("decoder", &self.source.decoder)
            .finish_non_exhaustive()
    }
}

/// A body of JSON lines, or a JSON text sequence.
#[derive(Debug)]
pub struct JsonLines<T>(PhantomData<T>);

impl<T: Decode + 'static> Output for JsonLines<T> {
    type Value = Lines<T>;

    const STREAMED: bool = true;

    #[inline]
    fn read(response: Received) -> Result<Lines<T>> {
        response.lines()
    }
}

impl Received {
    /// Reads the body as JSON lines, or as a JSON text sequence.
    ///
    /// # Errors
    /// When the answer says that it is something else.
    pub fn lines<T: Decode>(self) -> Result<Lines<T>> {
        Lines::new(self)
    }
}
