//! JSON: parsing, and finding places in the text.

use memchr::{memchr, memchr_iter, memchr2};

use super::SourceError;
use super::build::{Builder, Parsed};
use super::locate::{Position, Trie};
use super::place::place_of;
use super::repair::repair;
use crate::diagnostics::{Code, Diagnostics, Pointer};

/// Parses strictly; if that fails, once more with the mistakes repaired that leave no doubt about what was meant.
pub(super) fn parse(
    name: &str,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Result<Parsed, SourceError> {
    let error = match parse_strictly(text) {
        Ok(parsed) => return Ok(parsed),
        Err(error) => error,
    };
    let Some(repair) = repair(text) else {
        return Err(syntax_error(name, text, offset_of(text, &error), &error));
    };
    match parse_strictly(&repair.text) {
        Ok(parsed) => {
            repair.report(name, text, diagnostics);
            Ok(parsed)
        }
        Err(error) => {
            let offset = repair.to_original(offset_of(&repair.text, &error));
            let failure = match repair.unclosed_string(text, offset) {
                Some(start) => unclosed_string(name, text, start),
                None => syntax_error(name, text, offset, &error),
            };
            Err(failure)
        }
    }
}

fn parse_strictly(text: &str) -> Result<Parsed, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Builder::new(usize::MAX)
        .build(&mut deserializer)
        .and_then(|parsed| deserializer.end().map(|()| parsed))
}

/// The byte offset that the parser stopped at. It counts columns in bytes.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let mut breaks = memchr_iter(b'\n', text.as_bytes());
    let line = match error.line() {
        0 | 1 => 0,
        line => breaks.nth(line - 2).map_or(text.len(), |at| at + 1),
    };
    let end = memchr(b'\n', &text.as_bytes()[line..]).map_or(text.len(), |length| line + length);
    let mut offset = (line + error.column().saturating_sub(1)).min(end);
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn unclosed_string(name: &str, text: &str, start: usize) -> SourceError {
    let message = "this is not valid JSON: a string does not end in its line".to_owned();
    let place = place_of(text, start);
    SourceError::located(Code::SyntaxInvalid, name, place, message, text)
        .with_hint("the quotation mark at its end is missing")
}

fn syntax_error(name: &str, text: &str, offset: usize, error: &serde_json::Error) -> SourceError {
    let full = error.to_string();
    let reason = full.split(" at line ").next().unwrap_or(&full);
    let last = text.trim_end().char_indices().next_back();
    let offset = match last {
        // The end is shown by what stands there.
        Some((last, _)) if reason.starts_with("EOF") => last.min(offset),
        _ => offset,
    };
    let place = place_of(text, offset);
    if reason.starts_with("recursion limit") {
        let message = "values are nested more than 128 levels deep here".to_owned();
        return SourceError::located(Code::NestedTooDeep, name, place, message, text);
    }
    let message = format!("this is not valid JSON: {reason}");
    let failure = SourceError::located(Code::SyntaxInvalid, name, place, message, text);
    match reason {
        "trailing comma" => failure.with_hint("remove the comma before the closing bracket"),
        _ if reason.starts_with("EOF") => failure.with_hint(match innermost_open(text) {
            Some((bracket, at)) => {
                let (line, column) = place_of(text, at);
                format!("`{bracket}` at {line}:{column} is not closed, or the end of the file is missing")
            }
            None => "the end of the file is missing".to_owned(),
        }),
        "trailing characters" => failure.with_hint(
            "the value that the file holds ends before this: a bracket is closed too early, or a second document starts",
        ),
        "key must be a string" => {
            failure.with_hint("a key in quotation marks belongs here; JSON knows neither comments nor keys without them")
        }
        "expected `,` or `}`" | "expected `,` or `]`" => {
            failure.with_hint("a comma or a closing bracket is missing before this")
        }
        _ if reason.starts_with("control character") => {
            failure.with_hint("write line breaks in strings as `\\n`")
        }
        _ => failure,
    }
}

/// The last bracket that is opened and not closed, and its offset. The parser has seen that they aren't many.
fn innermost_open(text: &str) -> Option<(char, usize)> {
    let mut open = Vec::new();
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    while let Some(byte) = scanner.peek() {
        match byte {
            b'"' => {
                scanner.skip_string();
                continue;
            }
            b'{' | b'[' => open.push((char::from(byte), scanner.at)),
            b'}' | b']' => {
                open.pop();
            }
            _ => {}
        }
        scanner.at += 1;
    }
    open.pop()
}

/// Finds the places of `pointers` in a text that was parsed before.
pub(super) fn locate(text: &str, pointers: &[Pointer]) -> Vec<Option<(usize, usize)>> {
    let mut trie = Trie::new(pointers);
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    scanner.skip_space();
    trie.place(Trie::ROOT, Position::Byte(scanner.at));
    scanner.value(&mut trie, Trie::ROOT);
    trie.positions(pointers, text)
}

/// Walks over valid JSON, looking only into the values that lead to a wanted place. It is lenient rather than
/// strict: the parser has judged the text already, and on anything unexpected the walk just ends.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self, trie: &mut Trie, node: usize) {
        match self.peek() {
            Some(b'{') if trie.has_children(node) => self.object(trie, node),
            Some(b'[') if trie.has_children(node) => self.array(trie, node),
            _ => self.skip_value(),
        }
    }

    fn object(&mut self, trie: &mut Trie, node: usize) {
        self.at += 1;
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                self.at += 1;
                return;
            }
            let start = self.at;
            let child = self.key().and_then(|key| trie.child(node, &key));
            self.skip_space();
            self.at += 1; // the colon
            self.skip_space();
            match child {
                Some(child) => {
                    trie.place(child, Position::Byte(start));
                    self.value(trie, child);
                }
                None => self.skip_value(),
            }
            if !self.more() {
                return;
            }
        }
    }

    fn array(&mut self, trie: &mut Trie, node: usize) {
        self.at += 1;
        for index in 0.. {
            self.skip_space();
            if matches!(self.peek(), Some(b']') | None) {
                self.at += 1;
                return;
            }
            match trie.child(node, &index.to_string()) {
                Some(child) => {
                    trie.place(child, Position::Byte(self.at));
                    self.value(trie, child);
                }
                None => self.skip_value(),
            }
            if !self.more() {
                return;
            }
        }
    }

    /// Passes what follows a member or item; says whether another one comes.
    fn more(&mut self) -> bool {
        self.skip_space();
        let separator = self.peek();
        self.at += 1;
        separator == Some(b',')
    }

    fn key(&mut self) -> Option<String> {
        let start = self.at;
        self.skip_string();
        serde_json::from_slice(self.bytes.get(start..self.at)?).ok()
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(rest) = self.bytes.get(self.at..) {
            let Some(next) = memchr2(b'"', b'\\', rest) else {
                self.at = self.bytes.len();
                return;
            };
            self.at += next + 1;
            if rest[next] == b'"' {
                return;
            }
            self.at += 1; // what is escaped
        }
    }

    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.skip_string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' | b',' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                return;
            }
        }
    }
}
