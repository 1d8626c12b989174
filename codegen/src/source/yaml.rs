//! YAML: parsing within bounds, merge keys, and finding places in the text.

use saphyr_parser::{Event, Marker, Parser, ScanError};
use serde_json::{Map, Value};

use super::SourceError;
use super::build::{Builder, EXPANDS_TOO_FAR, Parsed};
use super::locate::{Position, Trie};
use crate::diagnostics::{Code, Pointer};

/// The largest YAML text that is parsed, in bytes: the parser holds every event in memory.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// How many values a YAML text may have: in memory, the parser's events for a value of one byte take hundreds. The
/// largest known document has a fifth.
const MAX_VALUES: usize = 3_000_000;

/// How deep collections may be nested; the parser's own limit.
const MAX_DEPTH: usize = 128;

/// How many brackets may be open at once, and how many `- ` may follow each other. The parser notices deep nesting
/// only after it has read everything, and each token costs it time proportional to the number of open brackets.
const MAX_OPEN: usize = 256;

/// `most` is what the tree may weigh at most.
pub(super) fn parse(name: &str, text: &str, most: usize) -> Result<Parsed, SourceError> {
    if text.len() > MAX_BYTES {
        let message = format!(
            "a YAML document may have at most {} MiB",
            MAX_BYTES / (1024 * 1024)
        );
        return Err(too_large(name, message));
    }
    if values_at_most(text) > MAX_VALUES {
        let message = format!("a YAML document may have at most {MAX_VALUES} values");
        return Err(too_large(name, message));
    }
    refuse_deep_nesting(name, text)?;
    refuse_tag_directives(name, text)?;
    // Aliases are legitimate; a tree of a few times its text, and some megabytes for small texts, is plenty.
    let budget = text
        .len()
        .saturating_mul(8)
        .saturating_add(16 * 1024 * 1024)
        .min(most);
    let mut parsed = Builder::new(budget)
        .build(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| syntax_error(name, text, &error))?;
    if text.contains("<<") {
        merge(&mut parsed.root);
    }
    Ok(parsed)
}

fn syntax_error(name: &str, text: &str, error: &serde_yaml::Error) -> SourceError {
    let position = error
        .location()
        .map_or((1, 1), |at| (at.line().max(1), at.column().max(1)));
    let full = error.to_string();
    let reason = full.split(" at line ").next().unwrap_or(&full);
    if reason.contains(EXPANDS_TOO_FAR) || reason.contains("repetition limit") {
        return SourceError::located(
            Code::AliasExpansion,
            name,
            position,
            EXPANDS_TOO_FAR.to_owned(),
            text,
        );
    }
    if reason.contains("recursion limit") {
        return too_deep(name, position, text);
    }
    let message = format!("this is not valid YAML: {reason}");
    let failure = SourceError::located(Code::SyntaxInvalid, name, position, message, text);
    if reason.contains("cannot start any token") {
        failure.with_hint(
            "YAML is indented with spaces, never tabs; text with special characters needs quotes",
        )
    } else if reason.contains("mapping values are not allowed") {
        failure.with_hint("text with `: ` in it needs quotes")
    } else if reason.contains("more than one document") {
        failure.with_hint("a file holds one document; split it at `---`")
    } else if reason.contains("did not find expected") {
        failure.with_hint("check the indentation and the quotes of this line and the one before")
    } else {
        failure
    }
}

fn too_large(name: &str, message: String) -> SourceError {
    let failure = SourceError::located(Code::FileTooLarge, name, (1, 1), message, "");
    failure.with_hint("convert it to JSON, which is read much faster")
}

fn too_deep(name: &str, position: (usize, usize), text: &str) -> SourceError {
    let message = format!("values are nested more than {MAX_DEPTH} levels deep here");
    SourceError::located(Code::NestedTooDeep, name, position, message, text)
}

/// At least as many values as the parser will find.
fn values_at_most(text: &str) -> usize {
    let mut previous = b' ';
    let weigh = |byte: u8| {
        let weight = match byte {
            b',' | b':' | b'\n' | b'[' | b'{' => 1,
            // `- - a` opens and closes a collection for each dash.
            b' ' if matches!(previous, b'-' | b'?') => 2,
            _ => 0,
        };
        previous = byte;
        weight
    };
    text.bytes().map(weigh).sum()
}

/// Refuses `%TAG` directives. The parser looks through all of them for each one, and copies the prefix that they
/// stand for to each value: half a megabyte of text would fill the memory. OpenAPI has no use for them.
fn refuse_tag_directives(name: &str, text: &str) -> Result<(), SourceError> {
    // YAML 1.1 knows more line breaks than one, and skips a byte order mark.
    const BEFORE: [char; 6] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'];
    let starts_line = |at: &usize| *at == 0 || text[..*at].ends_with(BEFORE);
    let mut directives = text.match_indices("%TAG").map(|(at, _)| at);
    let Some(at) = directives.find(starts_line) else {
        return Ok(());
    };
    let message = "`%TAG` directives are not supported".to_owned();
    let place = line_and_column(text, at);
    let failure = SourceError::located(Code::SyntaxInvalid, name, place, message, text);
    Err(failure.with_hint("remove it; tags of its own mean nothing to OpenAPI"))
}

/// Refuses deeply nested collections (`[[[[…` and `- - - -…`) before the parser sees them. A bracket inside of text
/// counts too, if it stands where one could open a collection, but no sane text leaves hundreds of them open.
fn refuse_deep_nesting(name: &str, text: &str) -> Result<(), SourceError> {
    let mut depth = 0_usize;
    let mut dashes = 0_usize;
    let mut previous = b'\n';
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'-' | b'?' if previous.is_ascii_whitespace() => dashes += 1,
            b' ' | b'\t' => {}
            _ => dashes = 0,
        }
        if dashes > MAX_OPEN {
            return Err(too_deep(name, line_and_column(text, at), text));
        }
        match byte {
            b'[' | b'{' if previous.is_ascii_whitespace() || b"[{,:-?".contains(&previous) => {
                depth += 1;
                if depth > MAX_OPEN {
                    return Err(too_deep(name, line_and_column(text, at), text));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = byte;
    }
    Ok(())
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

fn position(mark: Marker) -> (usize, usize) {
    (mark.line().max(1), mark.col() + 1)
}

/// Applies merge keys (`<<: *base`): the members of the merged mappings that the mapping itself lacks.
fn merge(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(merge),
        Value::Object(members) => {
            members.values_mut().for_each(merge);
            match members.get("<<") {
                Some(Value::Object(_)) => {}
                Some(Value::Array(bases)) if bases.iter().all(Value::is_object) => {}
                _ => return,
            }
            match members.shift_remove("<<") {
                Some(Value::Object(base)) => add_missing(members, base),
                Some(Value::Array(bases)) => {
                    for base in bases {
                        if let Value::Object(base) = base {
                            add_missing(members, base);
                        }
                    }
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn add_missing(members: &mut Map<String, Value>, base: Map<String, Value>) {
    for (key, value) in base {
        members.entry(key).or_insert(value);
    }
}

/// Finds the places of `pointers`. What lies behind an alias gets the place of the alias.
pub(super) fn locate(text: &str, pointers: &[Pointer]) -> Vec<Option<(usize, usize)>> {
    let mut trie = Trie::new(pointers);
    let mut walk = Walk {
        trie: &mut trie,
        levels: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        if walk.event(event).is_none() {
            break;
        }
    }
    trie.positions(pointers, text)
}

/// An open collection: which node it is, if it leads to a wanted place, and what comes next in it.
enum Level {
    Sequence {
        node: Option<usize>,
        next: usize,
    },
    Mapping {
        node: Option<usize>,
        awaiting: Awaiting,
    },
}

enum Awaiting {
    Key,
    Value(Option<usize>),
}

struct Walk<'a> {
    trie: &'a mut Trie,
    levels: Vec<Level>,
}

impl Walk<'_> {
    /// Takes one event; none when the walk is over.
    fn event(&mut self, event: Result<(Event<'_>, saphyr_parser::Span), ScanError>) -> Option<()> {
        let (event, span) = event.ok()?;
        let start = position(span.start);
        match event {
            Event::SequenceStart(..) => {
                let node = self.enter(start, None);
                self.levels.push(Level::Sequence { node, next: 0 });
            }
            Event::MappingStart(..) => {
                let node = self.enter(start, None);
                self.levels.push(Level::Mapping {
                    node,
                    awaiting: Awaiting::Key,
                });
            }
            Event::Scalar(text, ..) => {
                self.enter(start, Some(&text));
            }
            Event::Alias(_) => {
                self.enter(start, None);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.levels.pop();
            }
            Event::DocumentEnd => return None,
            _ => {}
        }
        Some(())
    }

    /// Passes over a key, or enters a value and gives its node.
    fn enter(&mut self, start: (usize, usize), scalar: Option<&str>) -> Option<usize> {
        let here = Position::Line(start.0, start.1);
        match self.levels.last_mut() {
            None => {
                self.trie.place(Trie::ROOT, here);
                Some(Trie::ROOT)
            }
            Some(Level::Sequence { node, next }) => {
                let child = node.and_then(|node| self.trie.child(node, &next.to_string()));
                *next += 1;
                if let Some(child) = child {
                    self.trie.place(child, here);
                }
                child
            }
            Some(Level::Mapping { node, awaiting }) => {
                match std::mem::replace(awaiting, Awaiting::Key) {
                    Awaiting::Key => {
                        let child = node
                            .zip(scalar)
                            .and_then(|(node, key)| self.trie.child(node, key));
                        if let Some(child) = child {
                            self.trie.place(child, here);
                        }
                        *awaiting = Awaiting::Value(child);
                        None
                    }
                    Awaiting::Value(child) => child,
                }
            }
        }
    }
}
