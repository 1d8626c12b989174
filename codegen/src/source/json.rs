//! JSON: parsing, and finding places in the text.

use memchr::memchr2;

use super::SourceError;
use super::build::{Builder, Parsed};
use super::locate::{Position, Trie};
use crate::diagnostics::{Code, Pointer};

pub(super) fn parse(name: &str, text: &str) -> Result<Parsed, SourceError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Builder::new(usize::MAX)
        .build(&mut deserializer)
        .and_then(|parsed| deserializer.end().map(|()| parsed));
    parsed.map_err(|error| syntax_error(name, text, &error))
}

fn syntax_error(name: &str, text: &str, error: &serde_json::Error) -> SourceError {
    let position = character_position(text, error.line(), error.column());
    let full = error.to_string();
    let reason = full.split(" at line ").next().unwrap_or(&full);
    if reason.starts_with("recursion limit") {
        let message = "values are nested more than 128 levels deep here".to_owned();
        return SourceError::located(Code::NestedTooDeep, name, position, message, text);
    }
    let message = format!("this is not valid JSON: {reason}");
    let failure = SourceError::located(Code::SyntaxInvalid, name, position, message, text);
    match reason {
        "trailing comma" => failure.with_hint("remove the comma before the closing bracket"),
        _ if reason.starts_with("EOF") => failure.with_hint("the end of the file is missing"),
        "trailing characters" => {
            failure.with_hint("a second document starts here; a file holds one")
        }
        "key must be a string" => {
            failure.with_hint("JSON allows neither comments nor keys without quotes")
        }
        _ if reason.starts_with("control character") => {
            failure.with_hint("write line breaks in strings as `\\n`")
        }
        _ => failure,
    }
}

/// The parser counts columns in bytes.
fn character_position(text: &str, line: usize, byte_column: usize) -> (usize, usize) {
    let content = text
        .split('\n')
        .nth(line.saturating_sub(1))
        .unwrap_or_default();
    let before = &content.as_bytes()[..byte_column.saturating_sub(1).min(content.len())];
    (
        line.max(1),
        String::from_utf8_lossy(before).chars().count() + 1,
    )
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
