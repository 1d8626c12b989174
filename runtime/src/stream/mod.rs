//! Answers that come bit by bit: server-sent events, JSON lines, JSON text sequences.
//!
//! An operation that answers so gives a stream of its items:
//!
//! ```no_run
//! # use connector_runtime as runtime;
//! # async fn example(mut events: runtime::stream::Events<runtime::Value>) -> runtime::Result<()> {
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     println!("{}: {:?}", event.name, event.data);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `stream`, it is a `futures_core::Stream` too. Items are read as they arrive, one at a time, and no more than one
//! is kept: what the caller does not ask for stays with the server. Dropping the stream closes its connection.
//!
//! # Errors in the middle
//!
//! An item that is not of the documented type, or is too large, is an error, and the next call goes on behind it. A connection that
//! breaks, or is quiet for longer than the idle timeout, is an error too if [`Events`] do not connect again; it is the last item.
//!
//! # Not read
//!
//! `multipart/mixed` as a sequence of items (OpenAPI 3.2): such an answer is handed over as its bytes.

mod event_decoder;
mod events;
mod item_decoder;
mod lines;
mod listener;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Sleep, sleep};

pub use self::event_decoder::{EventDecoder, ItemError, RawEvent};
pub(crate) use self::events::reports_error;
pub use self::events::{Event, EventObjects, Events, JsonEvents, TextEvents};
pub use self::item_decoder::ItemDecoder;
pub use self::lines::{JsonLines, Lines};
pub use self::listener::Reconnect;
use crate::error::{Error, ErrorKind};
use crate::response::Received;

/// How large an event or item may be: images come in them, and answers as a whole at the end of a stream of their parts.
const DEFAULT_LIMIT: usize = 64 * 1024 * 1024;

/// What may stand before a text in UTF-8, and says nothing.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Adds a chunk to what is not read yet, which mostly is nothing.
fn append(input: &mut Bytes, chunk: Bytes) {
    *input = match input.is_empty() {
        true => chunk,
        false => [&input[..], &chunk[..]].concat().into(),
    };
}

/// Waits until nothing has come for too long; forever, if there is no limit.
fn quiet_too_long(
    limit: Option<Duration>,
    timer: &mut Option<Pin<Box<Sleep>>>,
    cx: &mut Context<'_>,
) -> Poll<Error> {
    let Some(limit) = limit else {
        return Poll::Pending;
    };
    let timer = timer.get_or_insert_with(|| Box::pin(sleep(limit)));
    ready!(timer.as_mut().poll(cx));
    Poll::Ready(Error::new(
        ErrorKind::Timeout,
        format!("nothing came over the stream for {limit:?}"),
    ))
}

/// The error for an answer that says that it is something else than a stream: one JSON document, or a page for people.
fn refused(response: &Received, what: &str) -> Option<Error> {
    let media_type = response.media_type()?;
    let is_other = media_type == "application/json"
        || media_type.ends_with("+json") && media_type != "application/stream+json"
        || media_type == "text/html";
    is_other.then(|| {
        Error::new(
            ErrorKind::Decode,
            format!("the answer is {media_type}, not a stream of {what}"),
        )
        .with_response(response.head.clone(), Bytes::new())
        .in_call(response.reading.operation)
    })
}
