//! JSON texts one after the other: JSON lines and JSON text sequences.

use std::fmt;

use bytes::{Buf as _, Bytes};

use super::event_decoder::ItemError;
use super::{BYTE_ORDER_MARK, append};

/// Stands before each text of a JSON text sequence (RFC 7464 section 2.2). Lines of JSON can't contain it.
const RECORD_SEPARATOR: u8 = 0x1e;

/// Makes items of the chunks of a body, wherever they are cut: JSON lines (also called NDJSON), or a JSON text sequence (RFC 7464),
/// which is told by its first byte.
///
/// ```
/// use connector_runtime::stream::ItemDecoder;
///
/// let mut decoder = ItemDecoder::new(1024);
/// decoder.push("{\"a\":1}\n{\"a\":".into());
/// assert_eq!(decoder.next_item().unwrap().unwrap(), "{\"a\":1}");
/// assert!(decoder.next_item().is_none());
/// decoder.push("2}".into());
/// assert_eq!(decoder.finish().unwrap().unwrap(), "{\"a\":2}");
/// ```
///
/// Lines without content are no items.
pub struct ItemDecoder {
    limit: usize,
    input: Bytes,
    /// The item so far.
    item: Vec<u8>,
    /// Whether the rest of the item is dropped, since it is too large.
    is_skipped: bool,
    form: Form,
    nesting: Nesting,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Unknown,
    Lines,
    Sequence,
}

/// Where in a JSON text the decoder is: texts of a sequence may have line feeds inside.
#[derive(Clone, Copy, Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

impl Nesting {
    fn read(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    fn is_outside(self) -> bool {
        self.depth == 0 && !self.in_string
    }
}

impl ItemDecoder {
    /// A decoder at the start of a body, for items of up to `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            input: Bytes::new(),
            item: Vec::new(),
            is_skipped: false,
            form: Form::Unknown,
            nesting: Nesting::default(),
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes a chunk. What the one before left is read first.
    pub fn push(&mut self, chunk: Bytes) {
        append(&mut self.input, chunk);
    }

    /// The next item that is complete; `None` when more bytes are needed.
    ///
    /// # Errors
    /// As soon as an item grows too large. It is skipped, and the next call goes on behind it.
    pub fn next_item(&mut self) -> Option<Result<Bytes, ItemError>> {
        self.begin();
        while !self.input.is_empty() {
            let end = self.end();
            let part = self.input.split_to(end.unwrap_or(self.input.len()));
            let mut found = None;
            if self.is_skipped {
                // Nothing to keep.
            } else if self.item.len().saturating_add(part.len()) > self.limit {
                self.item = Vec::new();
                self.is_skipped = true;
                found = Some(Err(ItemError::TooLarge(self.limit)));
            } else if end.is_some() && self.item.is_empty() {
                found = self.content(part, self.input[0]);
            } else {
                self.item.extend_from_slice(&part);
            }
            if end.is_some() {
                let terminator = self.input[0];
                self.input.advance(1);
                self.nesting = Nesting::default();
                let item = std::mem::take(&mut self.item);
                if !std::mem::take(&mut self.is_skipped) && found.is_none() {
                    found = self.content(item.into(), terminator);
                }
            }
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The item that the end of the body completes.
    ///
    /// # Errors
    /// When nobody can tell whether it is whole. Other items that are cut short are no JSON.
    pub fn finish(&mut self) -> Option<Result<Bytes, ItemError>> {
        if let Some(item) = self.next_item() {
            return Some(item);
        }
        let item = std::mem::take(&mut self.item);
        self.content(item.into(), RECORD_SEPARATOR)
    }

    /// An item without the blanks around it; none if that is all there is.
    fn content(&self, item: Bytes, terminator: u8) -> Option<Result<Bytes, ItemError>> {
        let text = item.trim_ascii();
        // Some writers begin a file with a byte order mark.
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let first = *text.first()?;
        // `12` may have been `123`, so such texts must be followed by a blank (RFC 7464 section 2.4).
        let is_open = !matches!(first, b'{' | b'[' | b'"')
            && self.form == Form::Sequence
            && terminator == RECORD_SEPARATOR
            && !item.last().is_some_and(u8::is_ascii_whitespace);
        Some(match is_open {
            true => Err(ItemError::Truncated),
            false => Ok(item.slice_ref(text)),
        })
    }

    /// Tells a sequence by its first byte.
    fn begin(&mut self) {
        if self.form == Form::Unknown
            && let Some(first) = self.input.first()
        {
            self.form = match *first {
                RECORD_SEPARATOR => Form::Sequence,
                _ => Form::Lines,
            };
        }
    }

    /// Where the item ends in the input, if it does.
    fn end(&mut self) -> Option<usize> {
        if self.form != Form::Sequence {
            return self.input.iter().position(|byte| *byte == b'\n');
        }
        let nesting = &mut self.nesting;
        self.input.iter().position(|byte| {
            // Live sequences are read as soon as a text has its line feed, not when the next one begins.
            let ends = *byte == RECORD_SEPARATOR || *byte == b'\n' && nesting.is_outside();
            if !ends {
                nesting.read(*byte);
            }
            ends
        })
    }
}

/// Says how much is waiting, not what.
impl fmt::Debug for ItemDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemDecoder")
            .field("input", &self.input.len())
            .field("incomplete", &self.item.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(body: &[u8], size: usize) -> Vec<String> {
        let mut decoder = ItemDecoder::new(50);
        let mut all = Vec::new();
        let show = |item: Result<Bytes, ItemError>| match item {
            Ok(item) => String::from_utf8_lossy(&item).into_owned(),
            Err(ItemError::TooLarge(_)) => "too large".to_owned(),
            Err(error) => error.to_string(),
        };
        for chunk in body.chunks(size) {
            decoder.push(Bytes::copy_from_slice(chunk));
            while let Some(item) = decoder.next_item() {
                all.push(show(item));
            }
        }
        all.extend(decoder.finish().map(show));
        all
    }

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        for size in [1, 2, 3, 5, 7, 1000] {
            assert_eq!(items(body.as_bytes(), size), expected, "chunks of {size}");
        }
    }

    #[test]
    fn lines_end_with_a_line_feed_or_with_the_body() {
        check(
            "1\n{\"a\": \"x\"}\r\n\n  \n\"b\"",
            &["1", "{\"a\": \"x\"}", "\"b\""],
        );
        check("1\n2\n", &["1", "2"]);
        check("\u{feff}1\n2\n", &["1", "2"]);
        check("", &[]);
    }

    #[test]
    fn texts_of_a_sequence_may_have_lines() {
        check(
            "\x1e{\n\"a\": \"}\\\"\n{\"}\n\x1e[1,\n2]\n\x1e3\n",
            &["{\n\"a\": \"}\\\"\n{\"}", "[1,\n2]", "3"],
        );
        check(
            "\x1e\x1e\n\x1etrue\n\x1e{\"a\": \x1e4\n",
            &["true", "{\"a\":", "4"],
        );
    }

    #[test]
    fn text_of_a_sequence_that_may_be_cut_short_is_an_error() {
        check(
            "\x1e12\x1e[1]\x1e\"a\"\x1etrue",
            &["it is cut short", "[1]", "\"a\"", "it is cut short"],
        );
        check("12", &["12"]);
    }

    #[test]
    fn text_of_a_sequence_is_there_with_its_line_feed() {
        let mut decoder = ItemDecoder::new(50);
        decoder.push("\x1e{\n}\n".into());
        assert_eq!(decoder.next_item().unwrap().unwrap(), "{\n}");
    }

    #[test]
    fn item_that_is_too_large_is_skipped_at_once() {
        let long = "x".repeat(60);
        check(&format!("1\n{long}\n2\n"), &["1", "too large", "2"]);
        check(
            &format!("\x1e1\n\x1e\"{long}\"\n\x1e2\n"),
            &["1", "too large", "2"],
        );
        check(&format!("1\n{long}"), &["1", "too large"]);
        let mut decoder = ItemDecoder::new(50);
        decoder.push(long.into());
        assert!(decoder.next_item().unwrap().is_err());
    }
}
