//! Server-sent events from bytes (HTML Living Standard, section 9.2.6).
//!
//! Own code: the crates for it either keep as much of an event in memory as a server sends, or end the stream at one that is too large.

use std::fmt;
use std::time::Duration;

use bytes::{Buf as _, Bytes};

use super::{BYTE_ORDER_MARK, append};

/// Makes events of the chunks of a body, wherever they are cut.
///
/// ```
/// use connector_runtime::stream::EventDecoder;
///
/// let mut decoder = EventDecoder::new(1024);
/// decoder.push("id: 7\nevent: greeting\ndata: hel".into());
/// assert!(decoder.next_event().is_none());
/// decoder.push("lo\n\n".into());
/// let event = decoder.next_event().unwrap().unwrap();
/// assert_eq!((event.id.as_str(), event.name.as_str(), event.data.as_str()), ("7", "greeting", "hello"));
/// ```
///
/// Bytes that are not UTF-8 become U+FFFD, as the standard asks.
pub struct EventDecoder {
    limit: usize,
    /// What was pushed and not looked at.
    input: Bytes,
    /// The line so far.
    line: Vec<u8>,
    /// Whether the rest of the line counts for nothing: of a comment, or of what is too large.
    line_is_skipped: bool,
    /// A line feed that comes next belongs to the carriage return before it.
    after_return: bool,
    is_first_line: bool,
    data: Vec<u8>,
    name: String,
    /// The id that counts from the end of this event on.
    next_id: String,
    id: String,
    retry: Option<Duration>,
    /// Whether the event was given up as too large.
    is_too_large: bool,
}

/// An event as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawEvent {
    /// The last id that the server gave, to this event or one before; empty if none.
    pub id: String,
    /// The name of the kind of event; empty if it has none, which stands for `message`.
    pub name: String,
    /// The data, its lines joined by line feeds.
    pub data: String,
}

/// Why an event or item can't be had. What comes behind it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemError {
    /// It is larger than this, which the decoder was told to keep at most.
    TooLarge(usize),
    /// Its end is missing, and nobody can tell.
    Truncated,
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "it is larger than {limit} bytes"),
            Self::Truncated => f.write_str("it is cut short"),
        }
    }
}

impl std::error::Error for ItemError {}

impl EventDecoder {
    /// A decoder at the start of a body, for events of up to `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            input: Bytes::new(),
            line: Vec::new(),
            line_is_skipped: false,
            after_return: false,
            is_first_line: true,
            data: Vec::new(),
            name: String::new(),
            next_id: String::new(),
            id: String::new(),
            retry: None,
            is_too_large: false,
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes a chunk. What the one before left is read first.
    pub fn push(&mut self, chunk: Bytes) {
        append(&mut self.input, chunk);
    }

    /// The next event that is complete; `None` when more bytes are needed. What is incomplete at the end of a body is no event.
    ///
    /// # Errors
    /// As soon as an event grows too large. It is skipped, and the next call goes on behind it.
    pub fn next_event(&mut self) -> Option<Result<RawEvent, ItemError>> {
        while !self.input.is_empty() {
            if std::mem::take(&mut self.after_return) && self.input[0] == b'\n' {
                self.input.advance(1);
                continue;
            }
            let end = self.input.iter().position(|b| matches!(b, b'\r' | b'\n'));
            let part = self.input.split_to(end.unwrap_or(self.input.len()));
            if self.extend_line(&part) {
                return Some(Err(ItemError::TooLarge(self.limit)));
            }
            if end.is_some() {
                self.after_return = self.input[0] == b'\r';
                self.input.advance(1);
                if let Some(event) = self.end_line() {
                    return Some(Ok(event));
                }
            }
        }
        None
    }

    /// The last id that the server gave with a complete event; empty if none.
    #[must_use]
    pub fn last_id(&self) -> &str {
        &self.id
    }

    /// How long the server wants its clients to wait before they connect again.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Begins with another body of the same source: what is incomplete is dropped, the last id stays.
    pub fn restart(&mut self) {
        let fresh = Self::new(self.limit);
        let old = std::mem::replace(self, fresh);
        self.next_id.clone_from(&old.id);
        self.id = old.id;
        self.retry = old.retry;
    }

    /// Adds to the line, and tells whether that made the event too large.
    fn extend_line(&mut self, part: &[u8]) -> bool {
        if self.line_is_skipped || part.is_empty() {
            return false;
        }
        // Comments keep connections open, and may be as long as they like.
        if self.line.is_empty() && part[0] == b':' {
            self.line_is_skipped = true;
            return false;
        }
        let size = self.data.len() + self.name.len() + self.line.len();
        if size.saturating_add(part.len()) <= self.limit {
            self.line.extend_from_slice(part);
            return false;
        }
        self.line = Vec::new();
        self.line_is_skipped = true;
        self.data = Vec::new();
        !std::mem::replace(&mut self.is_too_large, true)
    }

    fn end_line(&mut self) -> Option<RawEvent> {
        let mut line = std::mem::take(&mut self.line);
        let skipped = std::mem::take(&mut self.line_is_skipped);
        if std::mem::take(&mut self.is_first_line) && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        let mut event = None;
        if !skipped && line.is_empty() {
            event = self.dispatch();
        } else if !skipped {
            self.field(&line);
        }
        // Its room serves the next line.
        line.clear();
        self.line = line;
        event
    }

    fn field(&mut self, line: &[u8]) {
        let (name, value) = match line.iter().position(|b| *b == b':') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" if !self.is_too_large => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) => {
                self.next_id = String::from_utf8_lossy(value).into_owned();
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                // More digits than fit are a time that never passes.
                let text = String::from_utf8_lossy(value);
                self.retry = Some(Duration::from_millis(text.parse().unwrap_or(u64::MAX)));
            }
            _ => {}
        }
    }

    fn dispatch(&mut self) -> Option<RawEvent> {
        if self.id != self.next_id {
            self.id.clone_from(&self.next_id);
        }
        let (mut data, name) = (
            std::mem::take(&mut self.data),
            std::mem::take(&mut self.name),
        );
        if std::mem::take(&mut self.is_too_large) || data.is_empty() {
            return None;
        }
        data.pop();
        let data = String::from_utf8(data)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Some(RawEvent {
            id: self.id.clone(),
            name,
            data,
        })
    }
}

/// Says how much is waiting, not what.
impl fmt::Debug for EventDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventDecoder")
            .field("input", &self.input.len())
            .field("incomplete", &(self.line.len() + self.data.len()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 100;

    /// The events of a body in chunks of `size` bytes: `id|name|data`, or `too large`.
    fn events(body: &[u8], size: usize) -> Vec<String> {
        let mut decoder = EventDecoder::new(LIMIT);
        let mut all = Vec::new();
        for chunk in body.chunks(size) {
            decoder.push(Bytes::copy_from_slice(chunk));
            while let Some(event) = decoder.next_event() {
                all.push(match event {
                    Ok(event) => format!("{}|{}|{}", event.id, event.name, event.data),
                    Err(_) => "too large".to_owned(),
                });
            }
        }
        all
    }

    /// The same events wherever the body is cut.
    #[track_caller]
    fn check(body: impl AsRef<[u8]>, expected: &[&str]) {
        let body = body.as_ref();
        for size in [1, 2, 3, 5, 7, 1000] {
            assert_eq!(events(body, size), expected, "chunks of {size}");
        }
    }

    #[test]
    fn fields_are_read_as_the_standard_says() {
        check(
            ": comment\n\ndata: YHOO\ndata: +2\ndata:  10\n\n",
            &["||YHOO\n+2\n 10"],
        );
        check(
            "data: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n",
            &["1||first", "||second", "|| third"],
        );
        check("data\n\ndata\ndata\n\ndata:", &["||", "||\n"]);
        check("data:test\n\ndata: test\n\n", &["||test", "||test"]);
        check(
            "event: a\nevent: b\ndata: x\n\ndata: y\n\n",
            &["|b|x", "||y"],
        );
        check("Data: x\n data: y\nunknown: z\n\n", &[]);
        check("data: a:b: c\n\n", &["||a:b: c"]);
    }

    #[test]
    fn lines_end_with_any_of_three() {
        check(
            "data: a\rdata: b\r\rdata: c\r\n\r\ndata: d\n\r\n",
            &["||a\nb", "||c", "||d"],
        );
        // The event is there with its carriage return; the line feed may never come.
        let mut decoder = EventDecoder::new(LIMIT);
        decoder.push("data: a\r\r".into());
        assert!(decoder.next_event().is_some());
        decoder.push("\ndata: b\r\n\r".into());
        assert_eq!(decoder.next_event().unwrap().unwrap().data, "b");
    }

    #[test]
    fn one_byte_order_mark_is_dropped() {
        check(
            "\u{feff}data: a\n\n\u{feff}data: b\n\ndata: \u{feff}c\n\n",
            &["||a", "||\u{feff}c"],
        );
    }

    #[test]
    fn ids_last_until_another_comes_and_count_with_their_event() {
        check("id: 1\ndata: a\n\ndata: b\n\n", &["1||a", "1||b"]);
        check(
            b"id: 1\ndata: a\n\nid: \x002\ndata: b\n\n",
            &["1||a", "1||b"],
        );
        let mut decoder = EventDecoder::new(LIMIT);
        decoder.push("id: 1\n\nid: 2\ndata: incomplete".into());
        assert!(decoder.next_event().is_none());
        assert_eq!(decoder.last_id(), "1");
        decoder.restart();
        decoder.push("\u{feff}data: b\n\n".into());
        let event = decoder.next_event().unwrap().unwrap();
        assert_eq!((event.id.as_str(), event.data.as_str()), ("1", "b"));
    }

    #[test]
    fn retry_is_digits() {
        for (text, expected) in [
            ("retry: 1500\n", Some(Duration::from_millis(1500))),
            ("retry: 1.5\n", None),
            ("retry: -1\n", None),
            ("retry\n", None),
            (
                "retry: 99999999999999999999999\n",
                Some(Duration::from_millis(u64::MAX)),
            ),
        ] {
            let mut decoder = EventDecoder::new(LIMIT);
            decoder.push(text.into());
            assert!(decoder.next_event().is_none());
            assert_eq!(decoder.retry(), expected, "{text}");
        }
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        check(b"data: a\xffb\nevent: \xc3\n\n", &["|\u{fffd}|a\u{fffd}b"]);
        check("data: ä€😀\n\n", &["||ä€😀"]);
    }

    #[test]
    fn event_that_is_too_large_is_skipped_at_once() {
        let long = "x".repeat(200);
        check(
            format!("data: a\n\nid: 2\ndata: {long}\ndata: more\n\ndata: b\n\n"),
            &["||a", "too large", "2||b"],
        );
        let many = "data: 0123456789\n".repeat(20);
        check(format!("{many}\ndata: b\n\n"), &["too large", "||b"]);
        check(
            format!("event: {long}\ndata: a\n\ndata: b\n\n"),
            &["too large", "||b"],
        );
        check(format!(": {long}\ndata: a\n\n"), &["||a"]);
    }

    #[test]
    fn incomplete_event_is_none() {
        check("data: a\n\ndata: b\n", &["||a"]);
        check("data: a\n\ndata: b", &["||a"]);
    }
}
