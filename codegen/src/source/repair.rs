//! Repairs of what people and their tools get wrong in JSON: a comma before a closing bracket, a control character in
//! a string.
//!
//! Both leave no doubt about what was meant. The repaired text is for the parser only: places are those of the text
//! as it is.

use std::fmt::Write as _;

use super::place::places_of;
use crate::diagnostics::{Code, Diagnostics, Location};

/// How many mistakes are repaired; a text with more of them is something else than JSON with mistakes.
const MAX_REPAIRS: usize = 100_000;

/// A repaired text, and what was wrong.
#[derive(Debug, Default)]
pub(super) struct Repair {
    pub(super) text: String,
    /// Where the commas before closing brackets are.
    commas: Vec<usize>,
    /// The strings that hold control characters.
    strings: Vec<Unescaped>,
    /// What was put in: the offset in `text` and how many bytes longer than before it is from there on.
    longer: Vec<(usize, usize)>,
}

/// A string with control characters in it. All are byte offsets in the text before the repair.
#[derive(Debug)]
struct Unescaped {
    start: usize,
    /// The first control character.
    at: usize,
    end: usize,
}

/// Repairs a text that is no JSON; none if there is nothing to repair, or too much.
pub(super) fn repair(text: &str) -> Option<Repair> {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        at: 0,
        repair: Repair::default(),
        copied: 0,
    };
    scan.run(text);
    let Scan {
        mut repair, copied, ..
    } = scan;
    let count = repair.commas.len() + repair.longer.len();
    if count == 0 || count > MAX_REPAIRS {
        return None;
    }
    repair.text.push_str(&text[copied..]);
    Some(repair)
}

/// The walk over the text.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    repair: Repair,
    /// How much of the text is in the repaired one.
    copied: usize,
}

impl Scan<'_> {
    fn run(&mut self, text: &str) {
        // The comma that the last thing outside of strings was, if it stood after a value.
        let mut comma = None;
        let mut after_value = false;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            if self.repair.commas.len() + self.repair.longer.len() > MAX_REPAIRS {
                return;
            }
            match byte {
                b'"' => self.string(text),
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    if let Some(at) = comma {
                        self.replace(text, at, " ");
                        self.repair.commas.push(at);
                    }
                    self.at += 1;
                }
                _ => self.at += 1,
            }
            comma = (byte == b',' && after_value).then(|| self.at - 1);
            after_value = !matches!(byte, b',' | b':' | b'{' | b'[');
        }
    }

    /// Passes a string and escapes what is in it.
    fn string(&mut self, text: &str) {
        let start = self.at;
        let mut first = None;
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' => self.at += 1,
                0..0x20 => {
                    first.get_or_insert(self.at);
                    self.escape(text, byte);
                    if self.repair.longer.len() > MAX_REPAIRS {
                        return;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
        if let Some(at) = first {
            let end = self.at;
            self.repair.strings.push(Unescaped { start, at, end });
        }
    }

    fn escape(&mut self, text: &str, byte: u8) {
        let mut escaped = String::new();
        // Writing to a String cannot fail.
        let _ = match byte {
            b'\n' => escaped.write_str("\\n"),
            b'\r' => escaped.write_str("\\r"),
            b'\t' => escaped.write_str("\\t"),
            _ => write!(escaped, "\\u{byte:04x}"),
        };
        self.replace(text, self.at, &escaped);
        let before = self.repair.longer.last().map_or(0, |(_, more)| *more);
        let more = before + escaped.len() - 1;
        self.repair.longer.push((self.repair.text.len(), more));
    }

    /// Puts `new` in place of the byte at `at`, which is ASCII.
    fn replace(&mut self, text: &str, at: usize, new: &str) {
        self.repair.text.push_str(&text[self.copied..at]);
        self.repair.text.push_str(new);
        self.copied = at + 1;
    }
}

impl Repair {
    /// The offset in the text before the repair.
    pub(super) fn to_original(&self, offset: usize) -> usize {
        let passed = self.longer.partition_point(|(at, _)| *at <= offset);
        let more = match passed {
            0 => 0,
            _ => self.longer[passed - 1].1,
        };
        offset.saturating_sub(more)
    }

    /// The start of the string that ends just before `offset` in a later line than it began: most likely its closing
    /// quotation mark is missing, and it ended where the next string should have begun.
    pub(super) fn unclosed_string(&self, text: &str, offset: usize) -> Option<usize> {
        let passed = self.strings.partition_point(|string| string.end <= offset);
        let string = &self.strings[passed.checked_sub(1)?];
        let between = text.get(string.end..offset)?;
        let is_next = between.trim_start().is_empty();
        let has_line_break = text.get(string.start..string.end)?.contains('\n');
        (is_next && has_line_break).then_some(string.start)
    }

    /// Tells about every mistake at its place in the `original` text.
    pub(super) fn report(&self, name: &str, original: &str, diagnostics: &mut Diagnostics) {
        let strings = self.strings.iter().map(|string| string.at);
        let offsets = self.commas.iter().copied().chain(strings);
        let places = places_of(original, offsets.collect());
        let location = |offset: &usize| {
            let (line, column) = places.get(offset).copied().unwrap_or((1, 1));
            Location {
                file: name.to_owned(),
                line,
                column,
            }
        };
        for comma in &self.commas {
            let message = "JSON has no comma before a closing bracket; it was ignored";
            diagnostics
                .warn_at(Code::TrailingComma, location(comma), message)
                .hint("remove the comma");
        }
        for string in &self.strings {
            let (what, escape) = match original.as_bytes().get(string.at) {
                Some(b'\n' | b'\r') => ("a line break", "\\n".to_owned()),
                Some(b'\t') => ("a tab", "\\t".to_owned()),
                other => (
                    "a control character",
                    format!("\\u{:04x}", other.copied().unwrap_or_default()),
                ),
            };
            let message = format!("{what} in a string has to be escaped; it was kept");
            diagnostics
                .warn_at(Code::ControlCharacter, location(&string.at), message)
                .hint(format!("write {what} as `{escape}`"));
        }
    }
}
