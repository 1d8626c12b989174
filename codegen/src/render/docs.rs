//! Rustdoc made of text that comes from outside.
//!
//! Descriptions are Markdown, HTML or neither. What is printed must read well, must not run as a doctest, must
//! not make rustdoc warn, and must stay inside its comment.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Docs;

/// Longer descriptions are cut: they are manuals, not reference.
const MAX_LENGTH: usize = 6_000;

/// Doc attributes for lines that are Markdown of our own making.
pub(super) fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> TokenStream {
    let lines = lines.into_iter().map(|line| {
        if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        }
    });
    quote!(#(#[doc = #lines])*)
}

/// Doc attributes for one paragraph of our own and whatever the document says.
pub(super) fn outer(docs: &Docs, extra: &[String]) -> TokenStream {
    let text = text(docs, extra);
    lines(text.iter().map(String::as_str))
}

/// Prose of the document as lines; none if there is none.
pub(super) fn prose(text: Option<&str>) -> Vec<String> {
    text.map(sanitize).unwrap_or_default()
}

/// The lines of a thing's documentation: summary, description, then `extra`.
pub(super) fn text(docs: &Docs, extra: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    let summary = prose(docs.summary.as_deref());
    let description = prose(docs.description.as_deref());
    let repeated = matches!((summary.as_slice(), description.first()), ([title], Some(first)) if says_again(title, first));
    append(&mut all, if repeated { Vec::new() } else { summary });
    append(&mut all, description);
    if docs.deprecated {
        append(&mut all, vec!["**Deprecated.**".to_owned()]);
    }
    append(&mut all, extra.to_vec());
    all
}

/// Adds a paragraph.
pub(super) fn append(all: &mut Vec<String>, paragraph: Vec<String>) {
    if paragraph.is_empty() {
        return;
    }
    if !all.is_empty() {
        all.push(String::new());
    }
    all.extend(paragraph);
}

/// One line of outside text, for use inside a sentence of our own.
pub(super) fn inline(text: &str) -> String {
    sanitize(text)
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Title and description in one line, for use in a list behind the name.
pub(super) fn sentence(docs: &Docs, name: &str) -> Option<String> {
    let line = |text: &Option<String>| {
        let text = text.as_deref().map(inline);
        text.filter(|text| !text.is_empty())
    };
    match (line(&docs.summary), line(&docs.description)) {
        (Some(title), Some(text)) if says_again(&title, &text) || says_again(&title, name) => {
            Some(text)
        }
        (Some(title), Some(text)) => {
            Some(format!("{}: {text}", title.trim_end_matches(['.', ':'])))
        }
        (title, text) => text.or(title),
    }
}

/// Whether a text is its title once more, but for signs and case.
fn says_again(title: &str, text: &str) -> bool {
    let plain = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    plain(title) == plain(text)
}

/// A value as code.
pub(super) fn code(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| {
            if is_plain(c) && c != '\n' && c != '\r' {
                c
            } else {
                ' '
            }
        })
        .collect();
    let plain = plain.trim();
    if plain.is_empty() {
        return "`\"\"`".to_owned();
    }
    // A span ends at the first run of as many backticks as it began with (CommonMark, section 6.1).
    let longest = plain.split(|c| c != '`').map(str::len).max();
    match longest.unwrap_or_default() {
        0 => format!("`{plain}`"),
        run => {
            let fence = "`".repeat(run + 1);
            format!("{fence} {plain} {fence}")
        }
    }
}

/// The article that goes before a name.
pub(super) fn article(name: &str) -> &'static str {
    if name.starts_with(['A', 'E', 'I', 'O']) {
        "An"
    } else {
        "A"
    }
}

/// Makes outside text safe to stand in a doc comment, line by line.
pub(super) fn sanitize(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut fenced = false;
    let (text, cut) = match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    };
    let broken_up = break_html(text);
    for line in broken_up.lines() {
        let line: String = line
            .chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .filter(|c| is_plain(*c))
            .collect();
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            // A fence without a language would be compiled as Rust.
            lines.push(if fenced { "```" } else { "```text" }.to_owned());
            fenced = !fenced;
        } else if fenced {
            lines.push(line.trim_end().to_owned());
        } else {
            // Four spaces would make a code block, which rustdoc takes for Rust.
            let indent = (line.len() - trimmed.len()).min(3);
            let escaped = escape(trimmed.trim_end());
            if !(escaped.is_empty() && lines.last().is_none_or(String::is_empty)) {
                lines.push(if escaped.is_empty() {
                    escaped
                } else {
                    format!("{}{escaped}", " ".repeat(indent))
                });
            }
        }
    }
    if fenced {
        lines.push("```".to_owned());
    }
    if cut {
        lines.push("…".to_owned());
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    // The first line must not look like the inner doc comment `//!` or an indented block.
    if let Some(first) = lines.first_mut() {
        *first = first.trim_start().to_owned();
    }
    lines
}

/// Control characters and those that turn text around (Unicode TR 36) never pass.
pub(super) fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// HTML that means a line break becomes one; other known tags go.
fn break_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(tag) = Tag::parse(rest) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        out.push_str(tag.replacement());
        rest = &rest[tag.length..];
    }
    out.push_str(rest);
    out
}

/// An HTML tag that descriptions use.
struct Tag<'a> {
    name: &'a str,
    closing: bool,
    length: usize,
}

impl<'a> Tag<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let end = text.char_indices().take(400).find(|(_, c)| *c == '>')?.0;
        let inner = &text[1..end];
        let closing = inner.starts_with('/');
        let name = inner.trim_start_matches('/');
        let name = &name[..name
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(name.len())];
        const KNOWN: &[&str] = &[
            "a",
            "b",
            "blockquote",
            "br",
            "code",
            "details",
            "div",
            "em",
            "font",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "img",
            "li",
            "ol",
            "p",
            "pre",
            "small",
            "span",
            "strong",
            "sub",
            "summary",
            "sup",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "tt",
            "u",
            "ul",
        ];
        KNOWN
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
            .then_some(Self {
                name,
                closing,
                length: end + 1,
            })
    }

    fn replacement(&self) -> &'static str {
        match (self.name.to_ascii_lowercase().as_str(), self.closing) {
            ("br" | "tr" | "hr", _) | ("p" | "div" | "ul" | "ol" | "table", false) => "\n",
            (
                "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table"
                | "blockquote",
                true,
            ) => "\n\n",
            ("li", false) => "\n- ",
            ("td" | "th", true) => " ",
            _ => "",
        }
    }
}

/// Escapes what Markdown would turn into links, tags or code by mistake.
fn escape(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        match c {
            '`' => {
                let run = rest.len() - rest.trim_start_matches('`').len();
                let fence = &rest[..run];
                let code = rest[run..].find(fence).map(|end| run + end + run);
                match code {
                    Some(end) => {
                        out.push_str(&rest[..end]);
                        rest = &rest[end..];
                    }
                    None => {
                        out.push_str(&"\\`".repeat(run));
                        rest = &rest[run..];
                    }
                }
                continue;
            }
            '[' => {
                if let Some((link, length)) = link(rest) {
                    out.push_str(&link);
                    rest = &rest[length..];
                    continue;
                }
                out.push_str("\\[");
            }
            ']' => out.push_str("\\]"),
            '<' => out.push_str("\\<"),
            '\\' => out.push_str("\\\\"),
            'h' if starts_url(rest) && !out.ends_with(|c: char| c.is_alphanumeric()) => {
                let length = url_length(rest);
                out.push('<');
                out.push_str(&rest[..length]);
                out.push('>');
                rest = &rest[length..];
                continue;
            }
            _ => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// An inline link to an absolute URL, and its length; others keep their text only.
fn link(text: &str) -> Option<(String, usize)> {
    let close = text.find("](")?;
    let label = &text[1..close];
    if label.contains(['[', ']', '`', '<', '\\']) || label.is_empty() {
        return None;
    }
    let target_start = close + 2;
    let target_length = text[target_start..].find(')')?;
    let target = text[target_start..target_start + target_length]
        .split_whitespace()
        .next()
        .unwrap_or_default();
    let length = target_start + target_length + 1;
    if starts_url(target)
        && !target.contains(['<', '>', '(', '[', '`', '"', '\\'])
        && !starts_url(label)
    {
        return Some((format!("[{label}]({target})"), length));
    }
    Some((escape(label), length))
}

fn starts_url(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://"))
        && url_length(text) > "https://".len()
}

fn url_length(text: &str) -> usize {
    let end = text
        .find(|c: char| {
            c.is_whitespace()
                || !c.is_ascii()
                || matches!(
                    c,
                    '<' | '>'
                        | ')'
                        | '('
                        | ']'
                        | '['
                        | '"'
                        | '\''
                        | '`'
                        | '|'
                        | '\\'
                        | '{'
                        | '}'
                        | '*'
                )
        })
        .unwrap_or(text.len());
    text[..end]
        .trim_end_matches(['.', ',', ';', ':', '!', '?', '_'])
        .len()
}

#[cfg(test)]
mod tests {
    use super::{code, sanitize};

    fn one(text: &str) -> String {
        sanitize(text).join("\n")
    }

    #[test]
    fn brackets_and_tags_are_escaped() {
        assert_eq!(
            one("see [Foo] and <T> or `[x]<y>`"),
            "see \\[Foo\\] and \\<T> or `[x]<y>`"
        );
    }

    #[test]
    fn code_spans_hold_any_run_of_backticks() {
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("a``<b>"), "``` a``<b> ```");
        assert_eq!(code("a\nb"), "`a b`");
    }

    #[test]
    fn code_without_a_language_is_text() {
        assert_eq!(
            one("a\n```\nlet x = 1;\n```"),
            "a\n```text\nlet x = 1;\n```"
        );
        assert_eq!(one("```\nnever closed"), "```text\nnever closed\n```");
    }

    #[test]
    fn indented_text_is_no_code_block() {
        assert_eq!(one("a\n\n        panic!()"), "a\n\n   panic!()");
    }

    #[test]
    fn urls_become_links() {
        assert_eq!(one("at https://acme.com/x."), "at <https://acme.com/x>.");
        assert_eq!(one("[docs](https://acme.com)"), "[docs](https://acme.com)");
        assert_eq!(one("[docs](/relative)"), "docs");
    }

    #[test]
    fn html_becomes_text() {
        assert_eq!(
            one("<p>One<br/>two</p><ul><li>three</li></ul>"),
            "One\ntwo\n\n- three"
        );
    }

    #[test]
    fn control_and_bidi_characters_are_dropped() {
        assert_eq!(one("a\u{202e}b\u{0}c\rd\u{2028}e"), "abcde");
    }
}
