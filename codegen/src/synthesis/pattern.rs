//! Texts that match the regular expression of `pattern`.
//!
//! Patterns are those of ECMA 262. Of its lookaheads, those that a pattern begins with are understood, as in `^(?!x-)[a-z-]+$`. What
//! the syntax here cannot read gives no text, and matches everything.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_lite::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::work::Work;

/// A text longer than this is given up.
const MAX_LENGTH: usize = 4_096;

/// So many parts of an expression are looked at for one text.
const MAX_STEPS: usize = 20_000;

/// A pattern longer than this, or with groups nested deeper than 50, is not looked into.
const MAX_PATTERN: usize = 4_096;

/// A pattern that takes more bytes when it is compiled matches everything.
const MAX_COMPILED: usize = 1 << 20;

/// So many parts of an expression are tried, at one character each, in a step.
const TRIALS_PER_STEP: usize = 16;

/// Reading a pattern takes so many steps, beside those for its parts.
const STEPS_TO_READ: usize = 50;

/// The patterns of a document that have been read, and the texts made of them, each once: both take long.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    read: RefCell<HashMap<String, Rc<Pattern>>>,
    texts: RefCell<HashMap<Vec<String>, Rc<[String]>>>,
}

impl Patterns {
    /// The pattern, read.
    pub(super) fn read(&self, pattern: &str, work: &Work<'_>) -> Rc<Pattern> {
        if let Some(known) = self.read.borrow().get(pattern) {
            return Rc::clone(known);
        }
        let read = Rc::new(Pattern::read(pattern));
        work.spend(STEPS_TO_READ + read.size / TRIALS_PER_STEP);
        let mut all = self.read.borrow_mut();
        all.insert(pattern.to_owned(), Rc::clone(&read));
        read
    }

    /// The texts that match all of `patterns`.
    pub(super) fn texts(
        &self,
        patterns: &[&str],
        make: impl FnOnce() -> Vec<String>,
    ) -> Rc<[String]> {
        let key: Vec<String> = patterns.iter().map(|of| (*of).to_owned()).collect();
        if let Some(known) = self.texts.borrow().get(&key) {
            return Rc::clone(known);
        }
        let texts: Rc<[String]> = make().into();
        self.texts.borrow_mut().insert(key, Rc::clone(&texts));
        texts
    }
}

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What a text begins with, or must not where the flag is set.
    lookaheads: Vec<(bool, Regex)>,
    /// Everything else; none where it can't be read.
    rest: Option<Regex>,
    /// About how many parts it has, repeated ones as often as they may be repeated.
    size: usize,
}

impl Pattern {
    fn read(pattern: &str) -> Self {
        let mut read = Self {
            lookaheads: Vec::new(),
            rest: None,
            size: 0,
        };
        if pattern.len() > MAX_PATTERN {
            return read;
        }
        let (lookaheads, rest) = split(pattern);
        for lookahead in lookaheads {
            let expression = format!("^(?:{})", lookahead.pattern);
            let regex = read.compile(&expression);
            read.lookaheads
                .extend(regex.map(|regex| (lookahead.is_negative, regex)));
        }
        read.rest = read.compile(&rest);
        read
    }

    /// None where the expression can't be read or is too large.
    fn compile(&mut self, expression: &str) -> Option<Regex> {
        let regex = RegexBuilder::new(&translated(expression))
            .nest_limit(50)
            .size_limit(MAX_COMPILED)
            .build();
        let regex = regex.ok()?;
        self.size += parse(expression).map_or(0, |expression| size(&expression));
        Some(regex)
    }

    /// How much it is to look whether `text` matches.
    pub(super) fn steps(&self, text: &str) -> usize {
        1 + self.size.saturating_mul(text.len()) / TRIALS_PER_STEP
    }

    /// Whether `text` matches; what can't be read matches everything.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut lookaheads = self.lookaheads.iter();
        lookaheads.all(|(is_negative, regex)| regex.is_match(text) != *is_negative)
            && self.rest.as_ref().is_none_or(|rest| rest.is_match(text))
    }
}

/// About how many parts an expression has when it is compiled.
fn size(expression: &Hir) -> usize {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1));
            size(&repetition.sub).saturating_mul(times as usize)
        }
        HirKind::Capture(capture) => size(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(size).fold(1, usize::saturating_add)
        }
    }
}

/// Texts that match all of `patterns`, shorter ones first, as far as repetitions go; fewer when it is too much to do.
pub(super) fn texts(patterns: &[&str], work: &Work<'_>) -> Vec<String> {
    let expression = patterns.first().and_then(|first| parse(&split(first).1));
    let Some(expression) = expression else {
        return Vec::new();
    };
    let plain = texts_in(&expression, patterns, false, work);
    match plain.is_empty() {
        true => texts_in(&expression, patterns, true, work),
        false => plain,
    }
}

fn texts_in(expression: &Hir, patterns: &[&str], is_mixed: bool, work: &Work<'_>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for extra in [0, 1, 2, 3, 5, 8, 13, 30, 62, 126, 254] {
        for taste in 0..3 {
            let mut writer = Writer {
                extra,
                taste,
                is_mixed,
                steps: 0,
                text: String::new(),
            };
            let is_done = writer.write(expression) && writer.text.len() <= MAX_LENGTH;
            if !work.spend(1 + writer.steps / TRIALS_PER_STEP) {
                return texts;
            }
            let is_new = is_done && !texts.contains(&writer.text);
            if is_new
                && patterns
                    .iter()
                    .all(|pattern| work.matches(pattern, &writer.text))
            {
                texts.push(writer.text);
            }
        }
    }
    texts
}

/// What has to follow, or must not, where a pattern begins.
struct Lookahead<'p> {
    is_negative: bool,
    pattern: &'p str,
}

/// The lookaheads that a pattern begins with, if that is where a text begins, and the pattern without them.
fn split(pattern: &str) -> (Vec<Lookahead<'_>>, Cow<'_, str>) {
    let mut lookaheads = Vec::new();
    let Some(mut rest) = pattern.strip_prefix('^') else {
        return (lookaheads, pattern.into());
    };
    while let Some(inside) = rest
        .strip_prefix("(?!")
        .or_else(|| rest.strip_prefix("(?="))
    {
        let Some(end) = find_outside(inside, b')') else {
            break;
        };
        lookaheads.push(Lookahead {
            is_negative: rest.starts_with("(?!"),
            pattern: &inside[..end],
        });
        rest = &inside[end + 1..];
    }
    // They are not for all that the pattern matches.
    if lookaheads.is_empty() || find_outside(rest, b'|').is_some() {
        return (Vec::new(), pattern.into());
    }
    (lookaheads, format!("^{rest}").into())
}

/// Where a byte is that stands in no group and no class.
fn find_outside(text: &str, wanted: u8) -> Option<usize> {
    let mut open = 0_usize;
    let mut is_class = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'[' => is_class = true,
            b']' => is_class = false,
            _ if is_class => {}
            _ if byte == wanted && open == 0 => return Some(at),
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn parse(pattern: &str) -> Option<Hir> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let mut parser = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(50)
        .build();
    parser.parse(&translated(pattern)).ok()
}

/// What ECMA 262 writes differently: `\/`, letters by their Unicode property, and brackets that need no backslash.
fn translated(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut is_class = false;
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let property = [("\\p{L}", "A-Za-z"), ("\\p{N}", "0-9"), ("\\/", "/")];
        if let Some((written, meant)) = property
            .iter()
            .find(|(written, _)| rest.starts_with(written))
        {
            let is_range = meant.len() > 1 && !is_class;
            text.push_str(if is_range { "[" } else { "" });
            text.push_str(meant);
            text.push_str(if is_range { "]" } else { "" });
            rest = &rest[written.len()..];
            continue;
        }
        let length = match next {
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => next.len_utf8(),
        };
        if is_class && matches!(next, '[' | '&' | '~') {
            text.push('\\');
        }
        match next {
            '[' => is_class = true,
            ']' => is_class = false,
            _ => {}
        }
        text.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    text
}

/// Walks through an expression and writes what it matches.
struct Writer {
    /// How often more than needed things are repeated.
    extra: u32,
    /// Which of several possibilities is taken.
    taste: usize,
    /// Whether the characters of a class alternate, as passwords want it.
    is_mixed: bool,
    steps: usize,
    text: String,
}

impl Writer {
    /// Whether there is such a text.
    fn write(&mut self, expression: &Hir) -> bool {
        self.steps += 1;
        if self.text.len() > MAX_LENGTH || self.steps > MAX_STEPS {
            return false;
        }
        match expression.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => {
                    self.text.push_str(text);
                    true
                }
                Err(_) => false,
            },
            HirKind::Class(class) => self.one_of(class),
            HirKind::Repetition(repetition) => {
                let most = repetition.max.unwrap_or(u32::MAX);
                let times = repetition.min.saturating_add(self.extra).min(most);
                (0..times).all(|_| self.write(&repetition.sub))
            }
            HirKind::Capture(capture) => self.write(&capture.sub),
            HirKind::Concat(parts) => parts.iter().all(|part| self.write(part)),
            HirKind::Alternation(arms) => {
                let chosen = self.taste % arms.len().max(1);
                arms.get(chosen).is_some_and(|arm| self.write(arm))
            }
        }
    }

    fn one_of(&mut self, class: &Class) -> bool {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(class) => class
                .iter()
                .map(|range| (range.start(), range.end()))
                .collect(),
            Class::Bytes(class) => {
                let ranges = class.iter().filter(|range| range.start() < 0x80);
                ranges
                    .map(|range| (range.start() as char, range.end().min(0x7F) as char))
                    .collect()
            }
        };
        let has = |wanted: char| {
            ranges
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&wanted))
        };
        let favourites = ["a1A-_", "1aA-.", "Z9z_ "][self.taste % 3];
        let turn = if self.is_mixed {
            self.text.len() % 4
        } else {
            0
        };
        let printable = || (' '..='~').find(|wanted| has(*wanted));
        let first = || ranges.first().map(|(from, _)| *from);
        let mut favourites = favourites.chars().cycle().skip(turn).take(5);
        let chosen = favourites
            .find(|wanted| has(*wanted))
            .or_else(printable)
            .or_else(first);
        self.text.extend(chosen);
        chosen.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::work::Shared;

    #[test]
    fn lookaheads_at_the_beginning_hold() {
        for (pattern, good, bad) in [
            ("^(?!CLOUD.*$)[A-Z]+$", "CLOD", "CLOUDY"),
            (r"^(?=.*\d)(?=.*[a-z])[a-z\d]{4,}$", "abc1", "abcd"),
            (
                r"^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[-_]).{8,}$",
                "aA1-aaaa",
                "aA1aaaaa",
            ),
            (r"^(?![)(]|\))[^a]+$", "b)", ")b"),
        ] {
            let shared = Shared::default();
            let work = Work::new(&shared);
            assert!(work.matches(pattern, good), "{pattern} {good}");
            assert!(!work.matches(pattern, bad), "{pattern} {bad}");
            let made = work.texts(&[pattern]);
            assert!(!made.is_empty(), "{pattern}");
            assert!(
                made.iter().all(|text| work.matches(pattern, text)),
                "{made:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_matches_everything_and_gives_nothing() {
        for pattern in ["^a(?!b)c", "^(?!a", "(?<=a)b", "^(?!a)b|c"] {
            let shared = Shared::default();
            let work = Work::new(&shared);
            assert!(work.matches(pattern, "x"), "{pattern}");
            assert!(work.texts(&[pattern]).is_empty(), "{pattern}");
        }
    }
}
