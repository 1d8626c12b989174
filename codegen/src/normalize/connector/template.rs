//! The expressions in policies: `https://@connectionParameters('region').acme.com/@{body().id}`.
//!
//! Six functions read a value: `connectionParameters`, `headers`, `queryParameters`, `body`, `triggerBody`, `item`, in any letter
//! case. The last three may go on with a path (`.a.b`, `['a']`, `[0]`). They stand in text as they are, as `@{…}` or as `{@…}`, whose
//! braces are no part of the text. `@@` is an `@`. An `@` that begins nothing of this is text, as in `@odata.nextLink`.

use super::distance::is_one_edit_away;
use crate::model::{Path, Piece, Root, Template};

/// The functions, by the names that the documentation uses.
const FUNCTIONS: [(&str, Function); 6] = [
    ("connectionParameters", Function::ConnectionParameter),
    ("headers", Function::Header),
    ("queryParameters", Function::Query),
    ("body", Function::Path(Root::Body)),
    ("triggerBody", Function::Path(Root::TriggerBody)),
    ("item", Function::Path(Root::Item)),
];

/// The method of the request, as it came.
const METHOD: &str = "Request.OriginalHTTPMethod";

/// The longest template that is searched for expressions; published ones have some hundred characters.
const MAX_LENGTH: usize = 8192;

#[derive(Clone, Copy)]
enum Function {
    ConnectionParameter,
    Header,
    Query,
    Path(Root),
}

/// Something in a template that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A function that is not known; what stands there is text.
    Unknown(String),
    /// A function that is not known, and the one that was taken for it.
    Misspelled(String, &'static str),
    /// A known function whose arguments can't be read; what stands there is text.
    Arguments(String),
    /// A template that is too long to be searched; it is text.
    TooLong,
}

impl Problem {
    /// What is wrong, and what to do.
    pub(super) fn explain(&self) -> (String, String) {
        match self {
            Self::Unknown(name) => {
                let names: Vec<&str> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
                (
                    format!("`@{name}(…)` is no function of policies; it is sent as text"),
                    format!("the functions are `{}`", names.join("`, `")),
                )
            }
            Self::Misspelled(name, meant) => (
                format!("`@{name}(…)` is no function of policies; it is taken for `@{meant}(…)`"),
                format!("write `@{meant}(…)`"),
            ),
            Self::Arguments(name) => (
                format!("the arguments of `@{name}(…)` can't be read; it is sent as text"),
                "an argument is a text in single quotes".to_owned(),
            ),
            Self::TooLong => (
                "a template of this length is not searched for expressions; it is sent as text"
                    .to_owned(),
                format!("templates may have {MAX_LENGTH} bytes"),
            ),
        }
    }
}

/// Takes a template apart. In a path, `{name}` stands for a parameter of the operation; elsewhere such braces are text.
pub(super) fn parse(text: &str, is_path: bool, problems: &mut Vec<Problem>) -> Template {
    let mut parser = Parser {
        pieces: Vec::new(),
        problems,
    };
    if text.len() > MAX_LENGTH {
        report(parser.problems, Problem::TooLong);
        parser.text(text);
        return Template(parser.pieces);
    }
    let mut rest = text;
    while let Some(at) = rest.find(['@', '{']) {
        let (before, from) = rest.split_at(at);
        parser.text(before);
        rest = if from.starts_with('@') {
            parser.at_sign(from)
        } else {
            parser.brace(from, is_path)
        };
    }
    parser.text(rest);
    Template(parser.pieces)
}

/// Takes a path apart: `@body().a['b']`, `body()`, or a bare name such as `userId`. `null` and nothing are the place itself.
pub(super) fn parse_path(text: &str, problems: &mut Vec<Problem>) -> Path {
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        report(problems, Problem::TooLong);
        return Path {
            root: Root::Here,
            steps: vec![text.to_owned()],
        };
    }
    let inner = ["@{", "{@", "@", ""].iter().find_map(|prefix| {
        let inner = text.strip_prefix(prefix)?;
        match prefix.contains('{') {
            true => inner.strip_suffix('}').map(str::trim),
            false => Some(inner),
        }
    });
    let inner = inner.unwrap_or(text);
    if let Some((Piece::Path(path), "")) = expression(inner, problems) {
        return path;
    }
    let steps = match text {
        "" | "null" => Vec::new(),
        // A name that only looks like an expression, such as `@odata.id`.
        name if name.starts_with('@') => vec![name.to_owned()],
        name => bare_steps(name),
    };
    Path {
        root: Root::Here,
        steps,
    }
}

struct Parser<'p> {
    pieces: Vec<Piece>,
    problems: &'p mut Vec<Problem>,
}

impl Parser<'_> {
    /// Adds text, to the text before if there is some.
    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Text(before)) = self.pieces.last_mut() {
            before.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    /// Reads what begins with `@`; gives back what follows.
    fn at_sign<'t>(&mut self, from: &'t str) -> &'t str {
        let after = &from[1..];
        if let Some(after) = after.strip_prefix('@') {
            self.text("@");
            return after;
        }
        if let Some(inner) = after.strip_prefix('{')
            && let Some(after) = self.braced(inner)
        {
            return after;
        }
        match expression(after, self.problems) {
            Some((piece, after)) => {
                self.pieces.push(piece);
                after
            }
            None => {
                self.text("@");
                after
            }
        }
    }

    /// Reads what begins with `{`; gives back what follows.
    fn brace<'t>(&mut self, from: &'t str, is_path: bool) -> &'t str {
        let inner = &from[1..];
        if let Some(expression) = inner.trim_start().strip_prefix('@')
            && let Some(after) = self.braced(expression)
        {
            return after;
        }
        if is_path
            && let Some((name, after)) = inner.split_once('}')
            && !name.is_empty()
            && !name.contains(['{', '@', '/'])
        {
            self.pieces.push(Piece::PathParameter(name.to_owned()));
            return after;
        }
        self.text("{");
        inner
    }

    /// Reads an expression that a `}` ends.
    fn braced<'t>(&mut self, inner: &'t str) -> Option<&'t str> {
        let (piece, after) = expression(inner.trim_start(), self.problems)?;
        let after = after.trim_start().strip_prefix('}')?;
        self.pieces.push(piece);
        Some(after)
    }
}

/// Reads an expression without its `@`; gives back what follows.
fn expression<'t>(text: &'t str, problems: &mut Vec<Problem>) -> Option<(Piece, &'t str)> {
    if let Some(start) = text.get(..METHOD.len())
        && start.eq_ignore_ascii_case(METHOD)
    {
        return Some((Piece::Method, &text[METHOD.len()..]));
    }
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start().strip_prefix('(')?;
    let function = function(name, problems)?;
    let read = arguments(rest).and_then(|(arguments, after)| piece(function, arguments, after));
    if read.is_none() {
        report(problems, Problem::Arguments(name.to_owned()));
    }
    read
}

fn function(name: &str, problems: &mut Vec<Problem>) -> Option<Function> {
    let known = |(known, _): &&(&str, Function)| known.eq_ignore_ascii_case(name);
    if let Some((_, function)) = FUNCTIONS.iter().find(known) {
        return Some(*function);
    }
    if name.is_empty() {
        return None;
    }
    let close = |(known, _): &&(&str, Function)| is_one_edit_away(known, name);
    match FUNCTIONS.iter().find(close) {
        Some((meant, function)) => {
            report(problems, Problem::Misspelled(name.to_owned(), meant));
            Some(*function)
        }
        None => {
            report(problems, Problem::Unknown(name.to_owned()));
            None
        }
    }
}

/// A place may be read twice, as more than one thing.
fn report(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

fn piece(function: Function, arguments: Vec<String>, after: &str) -> Option<(Piece, &str)> {
    let mut arguments = arguments.into_iter();
    let (first, second) = (arguments.next(), arguments.next());
    match function {
        Function::ConnectionParameter => Some((Piece::ConnectionParameter(first?, second), after)),
        Function::Header => Some((Piece::Header(first?), after)),
        Function::Query => Some((Piece::Query(first?), after)),
        Function::Path(root) => {
            let (steps, after) = steps(after);
            Some((Piece::Path(Path { root, steps }), after))
        }
    }
}

/// Reads texts in quotes up to `)`; the typographic quotes of word processors count too.
fn arguments(mut text: &str) -> Option<(Vec<String>, &str)> {
    let mut arguments = Vec::new();
    loop {
        text = text.trim_start();
        if let Some(after) = text.strip_prefix(')') {
            return Some((arguments, after));
        }
        if !arguments.is_empty() {
            text = text.strip_prefix(',')?.trim_start();
        }
        let (argument, after) = quoted(text)?;
        arguments.push(argument);
        text = after;
    }
}

/// Reads a text in quotes; two single quotes in it are one.
fn quoted(text: &str) -> Option<(String, &str)> {
    let closing = match text.chars().next()? {
        '\'' => '\'',
        '"' => '"',
        '‘' | '’' => '’',
        '“' | '”' => '”',
        _ => return None,
    };
    let mut rest = &text[text.chars().next()?.len_utf8()..];
    let mut value = String::new();
    loop {
        let (before, after) = rest.split_once(closing)?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) if closing == '\'' => {
                value.push('\'');
                rest = after;
            }
            _ => return Some((value, after)),
        }
    }
}

/// Reads the steps of a path; stops at what is none.
fn steps(mut text: &str) -> (Vec<String>, &str) {
    let mut steps = Vec::new();
    loop {
        // `?` says that the value may be missing, which it always may.
        let from = text.strip_prefix('?').unwrap_or(text);
        let Some((step, after)) = dotted(from).or_else(|| bracketed(from)) else {
            return (steps, text);
        };
        steps.push(step);
        text = after;
    }
}

fn dotted(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('.')?;
    let end = text
        .find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$'))
        .unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

fn bracketed(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('[')?.trim_start();
    let (step, after) = match quoted(text) {
        Some(found) => found,
        None => {
            let end = text
                .find(|c: char| !c.is_ascii_digit())
                .filter(|end| *end > 0)?;
            (text[..end].to_owned(), &text[end..])
        }
    };
    Some((step, after.trim_start().strip_prefix(']')?))
}

/// The steps of a path without a beginning: `a.b`, `['a']`. What can't be read as steps is one name.
fn bare_steps(name: &str) -> Vec<String> {
    let dotted = match name.starts_with('[') {
        true => name.to_owned(),
        false => format!(".{name}"),
    };
    match steps(&dotted) {
        (steps, "") => steps,
        _ => vec![name.to_owned()],
    }
}

#[cfg(test)]
mod tests;
