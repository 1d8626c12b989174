//! Texts that match the regular expression of `pattern`.
//!
//! Patterns are those of ECMA 262. Of its lookaheads, those that a pattern begins with are understood, as in `^(?!x-)[a-z-]+$`. What
//! the syntax here cannot read gives no text, and matches everything.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use regex_lite::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{Ast, RepetitionKind, RepetitionRange};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::work::Work;

/// A text longer than this is given up.
const MAX_LENGTH: usize = 4_096;

/// So many parts of an expression are looked at for one text.
const MAX_STEPS: usize = 20_000;

/// A pattern longer than this, or with groups nested deeper, is not looked into.
const MAX_PATTERN: usize = 4_096;
const MAX_NESTING: u32 = 50;

/// Nor is one of more parts, or one that takes more bytes when it is compiled.
const MAX_SIZE: usize = 100_000;
const MAX_COMPILED: usize = 1 << 20;

/// Patterns of so many parts together are kept.
const MAX_KEPT: usize = 200_000;

/// So many parts of an expression are tried, at one character each, in a step.
const TRIALS_PER_STEP: usize = 32;

/// So many parts of an expression are written in a step.
const PARTS_PER_STEP: usize = 8;

/// Reading a pattern takes so many steps, beside those for its parts.
const STEPS_TO_READ: usize = 50;

/// The patterns of a document that have been read, which takes long.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    read: RefCell<HashMap<String, Rc<Pattern>>>,
    /// How many parts they have.
    size: Cell<usize>,
}

impl Patterns {
    /// The pattern, read.
    pub(super) fn read(&self, pattern: &str, work: &Work<'_>) -> Rc<Pattern> {
        if pattern.len() > MAX_PATTERN {
            return Rc::default();
        }
        if let Some(known) = self.read.borrow().get(pattern) {
            return Rc::clone(known);
        }
        let read = Rc::new(Pattern::read(pattern));
        work.spend(STEPS_TO_READ + read.size / TRIALS_PER_STEP);
        let mut all = self.read.borrow_mut();
        if self.size.get().saturating_add(read.size) > MAX_KEPT {
            all.clear();
            self.size.set(0);
        }
        self.size.set(self.size.get().saturating_add(read.size));
        all.insert(pattern.to_owned(), Rc::clone(&read));
        read
    }
}

/// A pattern that was read.
#[derive(Debug, Default)]
pub(super) struct Pattern {
    /// What a text begins with, or must not where the flag is set.
    lookaheads: Vec<(bool, Regex)>,
    /// Everything else; none where it can't be read.
    rest: Option<Regex>,
    /// What texts are made by; none where it can't be read.
    expression: Option<Hir>,
    /// All of it, to know how much it is to match a text.
    parsed: Vec<Ast>,
    /// How many parts there are, repeated ones as often as they may be repeated.
    size: usize,
}

impl Pattern {
    fn read(pattern: &str) -> Self {
        let mut read = Self::default();
        let (lookaheads, rest) = split(pattern);
        for lookahead in lookaheads {
            let expression = format!("^(?:{})", lookahead.pattern);
            let regex = read.compile(&expression);
            read.lookaheads
                .extend(regex.map(|regex| (lookahead.is_negative, regex)));
        }
        read.rest = read.compile(&rest);
        read.expression = expression(&rest);
        read
    }

    /// None where the expression can't be read, or all are too large.
    fn compile(&mut self, expression: &str) -> Option<Regex> {
        let expression = translated(expression);
        let parsed = parse(&expression)?;
        let size = self.size.saturating_add(size(&parsed, usize::MAX).0);
        if size > MAX_SIZE {
            return None;
        }
        self.size = size;
        self.parsed.push(parsed);
        RegexBuilder::new(&expression)
            .nest_limit(MAX_NESTING)
            .size_limit(MAX_COMPILED)
            .build()
            .ok()
    }

    /// How much it is at most to look whether `text` matches.
    pub(super) fn steps(&self, text: &str) -> usize {
        let sizes = self.parsed.iter().map(|parsed| size(parsed, text.len()).0);
        let size = sizes.fold(0, usize::saturating_add);
        1 + size.saturating_mul(text.len() + 1) / TRIALS_PER_STEP
    }

    /// Whether `text` matches; what can't be read matches everything.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut lookaheads = self.lookaheads.iter();
        lookaheads.all(|(is_negative, regex)| regex.is_match(text) != *is_negative)
            && self.rest.as_ref().is_none_or(|rest| rest.is_match(text))
    }
}

/// About how many parts of a compiled expression are tried for texts of up to `length` characters, and whether it takes a character at
/// least. What takes one is not tried more often than there are characters; no other part is left out, however little it matches.
fn size(expression: &Ast, length: usize) -> (usize, bool) {
    match expression {
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => (1, false),
        Ast::Literal(_) | Ast::Dot(_) | Ast::ClassUnicode(_) => (1, true),
        Ast::ClassPerl(_) => (2, true),
        // Ranges are looked at one after the other.
        Ast::ClassBracketed(class) => {
            let written = class.span.end.offset - class.span.start.offset;
            (1 + written / 4, true)
        }
        Ast::Repetition(repetition) => {
            let (least, most) = match &repetition.op.kind {
                RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => (0, 1),
                RepetitionKind::OneOrMore => (1, 1),
                RepetitionKind::Range(
                    RepetitionRange::Exactly(times) | RepetitionRange::AtLeast(times),
                ) => (*times, *times),
                RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, *most),
            };
            let (size, takes_some) = size(&repetition.ast, length);
            let reached = if takes_some { length } else { usize::MAX };
            let times = (most as usize).min(reached.saturating_add(1)).max(1);
            (
                size.saturating_mul(times).saturating_add(1),
                takes_some && least > 0,
            )
        }
        Ast::Group(group) => size(&group.ast, length),
        Ast::Alternation(alternation) => {
            let arms = alternation.asts.iter().map(|arm| size(arm, length));
            arms.fold((1, true), |(all, each_takes), (size, takes_some)| {
                (all.saturating_add(size), each_takes && takes_some)
            })
        }
        Ast::Concat(concat) => {
            let parts = concat.asts.iter().map(|part| size(part, length));
            parts.fold((1, false), |(all, one_takes), (size, takes_some)| {
                (all.saturating_add(size), one_takes || takes_some)
            })
        }
    }
}

/// Up to `wanted` texts that match a pattern and are good, shorter ones first, as far as repetitions go; fewer when it is too much to
/// do.
pub(super) fn texts(
    pattern: &str,
    wanted: usize,
    work: &Work<'_>,
    is_good: impl Fn(&str) -> bool,
) -> Vec<String> {
    let read = work.pattern(pattern);
    let Some(expression) = read.as_ref().and_then(|read| read.expression.as_ref()) else {
        return Vec::new();
    };
    let is_good = |text: &str| is_good(text) && work.matches(pattern, text) == Some(true);
    let plain = texts_in(expression, false, wanted, work, is_good);
    match plain.is_empty() {
        true => texts_in(expression, true, wanted, work, is_good),
        false => plain,
    }
}

fn texts_in(
    expression: &Hir,
    is_mixed: bool,
    wanted: usize,
    work: &Work<'_>,
    is_good: impl Fn(&str) -> bool,
) -> Vec<String> {
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
            if texts.len() == wanted {
                return texts;
            }
            let is_done = writer.write(expression) && writer.text.len() <= MAX_LENGTH;
            if !work.spend(1 + writer.steps / PARTS_PER_STEP) {
                return texts;
            }
            if is_done && !texts.contains(&writer.text) && is_good(&writer.text) {
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

/// What a text of the pattern is made by.
fn expression(pattern: &str) -> Option<Hir> {
    let pattern = translated(pattern);
    let mut translator = TranslatorBuilder::new().unicode(false).utf8(false).build();
    translator.translate(&pattern, &parse(&pattern)?).ok()
}

fn parse(pattern: &str) -> Option<Ast> {
    let mut parser = ParserBuilder::new().nest_limit(MAX_NESTING).build();
    parser.parse(pattern).ok()
}

/// What ECMA 262 writes differently: `\/`, letters by their Unicode property, and brackets that need no backslash. Nobody asks what
/// groups have captured, which takes memory, so they don't.
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
        let is_group = !is_class && next == '(';
        match next {
            '[' => is_class = true,
            ']' => is_class = false,
            _ => {}
        }
        text.push_str(&rest[..length]);
        rest = &rest[length..];
        if is_group {
            let name = rest.strip_prefix("?<").or_else(|| rest.strip_prefix("?P<"));
            let name = name.filter(|name| !name.starts_with(['=', '!']));
            if let Some((_, inside)) = name.and_then(|name| name.split_once('>')) {
                rest = inside;
            }
            text.push_str(if rest.starts_with('?') { "" } else { "?:" });
        }
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
        self.steps += ranges.len();
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
        // Ranges are in order.
        let printable = || {
            let mut printable = ranges.iter().map(|(from, to)| ((*from).max(' '), *to));
            printable.find_map(|(from, to)| (from <= to.min('~')).then_some(from))
        };
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

    fn with_work<T>(act: impl FnOnce(&Work<'_>) -> T) -> T {
        act(&Work::new(&Shared::new(usize::MAX)))
    }

    #[track_caller]
    fn matches(pattern: &str, text: &str) -> bool {
        with_work(|work| work.matches(pattern, text).unwrap())
    }

    fn texts_of(pattern: &str) -> Vec<String> {
        with_work(|work| texts(pattern, 50, work, |_| true))
    }

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
            assert!(matches(pattern, good), "{pattern} {good}");
            assert!(!matches(pattern, bad), "{pattern} {bad}");
            let made = texts_of(pattern);
            assert!(!made.is_empty(), "{pattern}");
            assert!(made.iter().all(|text| matches(pattern, text)), "{made:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_matches_everything_and_gives_nothing() {
        for pattern in ["^a(?!b)c", "^(?!a", "(?<=a)b", "^(?!a)b|c"] {
            assert!(matches(pattern, "x"), "{pattern}");
            assert!(texts_of(pattern).is_empty(), "{pattern}");
        }
    }

    #[test]
    fn groups_do_not_capture_whatever_they_are_called() {
        for (pattern, translation) in [
            ("(a)(?:b)", "(?:a)(?:b)"),
            ("(?<year>[(]\\()-(?P<m>1)", "(?:[(]\\()-(?:1)"),
            ("(?i)(?<=a)(?<!b)(?=c)", "(?i)(?<=a)(?<!b)(?=c)"),
        ] {
            assert_eq!(translated(pattern), translation);
        }
        assert!(matches("^(?<year>[0-9]{4})$", "2024"));
    }

    /// Whatever the parts of a pattern match, they are walked through.
    #[test]
    fn the_size_of_a_pattern_counts_all_that_is_repeated() {
        for (pattern, least) in [
            ("(){9000}b", 9_000),
            ("((a|b|c){20}){30}", 1_800),
            ("([éa]{99}){200}", 19_800),
            ("x{0,3900}", 3_900),
            ("(a{4000000000}){4000000000}", 1 << 60),
        ] {
            let (size, _) = size(&parse(&translated(pattern)).unwrap(), usize::MAX);
            assert!(size >= least, "{pattern} {size}");
        }
    }

    /// Texts that are shorter than a pattern has parts do not lead through all of them.
    #[test]
    fn parts_that_take_characters_are_tried_as_often_as_there_are_some() {
        for (pattern, length, expected) in [
            ("a{1,8000}", 3, 5),
            ("(a|bc){1,8000}", 3, 21),
            ("(a{0,5}b){900}", 1, 11),
            // These lead on without any.
            ("(a?){800}", 3, 1_601),
            ("(a*|b){100}", 3, 401),
        ] {
            let (size, _) = size(&parse(&translated(pattern)).unwrap(), length);
            assert_eq!(size, expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_that_are_too_much_to_do_match_nobody_knows_what() {
        let shared = Shared::new(1_000_000);
        let work = Work::new(&shared);
        let costly = "^(a|b){4000}$";
        assert_eq!(
            work.surely(|| work.matches("^a$", "a") == Some(true)),
            Some(true)
        );
        assert_eq!(work.matches(costly, &"a".repeat(4000)), None);
        assert_eq!(
            work.surely(|| work.matches(costly, &"a".repeat(4000)).is_none()),
            None
        );
        // What is not done costs nothing.
        assert_eq!(work.matches("^a$", "a"), Some(true));
        assert!(!work.spend(1_000_000));
        assert_eq!(work.matches("^a$", "a"), None);
        assert!(texts("^a$", 1, &work, |_| true).is_empty());
    }

    #[test]
    fn lookaheads_are_bounded_together() {
        let pattern = format!("^{}b", "(?=a{30000})".repeat(300));
        let read = Pattern::read(&pattern);
        assert!(read.size <= MAX_SIZE, "{}", read.size);
        assert!(read.lookaheads.len() < 10);
    }

    #[test]
    fn characters_of_large_classes_cost_more() {
        let letters: String = ('\u{400}'..'\u{7ff}').step_by(2).collect();
        let pattern = format!("^(?u)[{letters}]{{4000}}$");
        let expression = expression(&pattern).unwrap();
        let mut writer = Writer {
            extra: 0,
            taste: 0,
            is_mixed: false,
            steps: 0,
            text: String::new(),
        };
        assert!(!writer.write(&expression));
        assert!(writer.text.chars().count() < 100);
    }

    #[test]
    fn patterns_are_not_kept_without_end() {
        with_work(|work| {
            let patterns = Patterns::default();
            for number in 0..100 {
                patterns.read(&format!("^a{{5000}}{number}$"), work);
            }
            assert!(patterns.size.get() <= MAX_KEPT);
            assert!(patterns.read.borrow().len() < 50);
        });
    }
}
