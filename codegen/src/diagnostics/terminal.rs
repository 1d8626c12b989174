//! Diagnostics as text for a terminal, with an excerpt of the source.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Location, Severity};

/// How many characters of a long line are shown before and after the place: minified JSON is one line.
const CONTEXT: usize = 60;

/// The text of a line around a place, cut to what fits a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    /// Byte range of the marked place in `text`.
    mark: std::ops::Range<usize>,
    line: usize,
    /// Whether the line's beginning is left out.
    is_cut: bool,
}

impl Excerpt {
    /// Cuts the line of `location` out of `text`; none when the text has no such line.
    #[must_use]
    pub fn of(text: &str, location: &Location) -> Option<Self> {
        let line = text.lines().nth(location.line.checked_sub(1)?)?;
        let column = location.column.saturating_sub(1);
        let skipped = column.saturating_sub(CONTEXT);
        let mut shown = String::new();
        let mut mark = None;
        for (position, character) in line.chars().enumerate().skip(skipped).take(2 * CONTEXT) {
            if position == column {
                mark = Some(shown.len());
            }
            // Control characters in a hostile document must not reach the terminal.
            shown.push(if character.is_control() {
                ' '
            } else {
                character
            });
        }
        let start = mark.unwrap_or(shown.len());
        let length = marked_length(&shown[start..]);
        Some(Self {
            text: shown,
            mark: start..start + length,
            line: location.line,
            is_cut: skipped > 0,
        })
    }
}

/// The length in bytes of the key or value that starts at the beginning of `text`.
fn marked_length(text: &str) -> usize {
    let mut characters = text.char_indices();
    match characters.next() {
        None => 0,
        Some((_, quote @ ('"' | '\''))) => characters
            .find(|(_, c)| *c == quote)
            .map_or(text.len(), |(at, c)| at + c.len_utf8()),
        Some((_, first)) => {
            let end =
                characters.find(|(_, c)| c.is_whitespace() || matches!(c, ':' | ',' | '}' | ']'));
            end.map_or(text.len(), |(at, _)| at.max(first.len_utf8()))
        }
    }
}

/// Renders diagnostics for people.
#[derive(Clone, Debug)]
pub struct Terminal {
    renderer: Renderer,
    short: bool,
}

impl Terminal {
    /// Renders with source excerpts; `color` adds ANSI escapes.
    #[must_use]
    pub fn new(color: bool) -> Self {
        Self {
            renderer: if color {
                Renderer::styled()
            } else {
                Renderer::plain()
            },
            short: false,
        }
    }

    /// Renders one line per diagnostic, as compilers do for editors.
    #[must_use]
    pub fn short(mut self) -> Self {
        self.short = true;
        self
    }

    /// Renders one diagnostic; `source` is the text of the file that its location names.
    #[must_use]
    pub fn render(&self, diagnostic: &Diagnostic, source: Option<&str>) -> String {
        if self.short {
            return one_line(diagnostic);
        }
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level
            .primary_title(printable(&diagnostic.message))
            .id(diagnostic.code.as_str());
        let mut group = Group::with_title(title);
        if let Some(location) = &diagnostic.location {
            let excerpt = source.and_then(|text| Excerpt::of(text, location));
            group = with_place(group, location, excerpt);
        }
        if !diagnostic.pointer.is_root() {
            group = group.element(
                Level::NOTE
                    .with_name("at")
                    .message(printable(diagnostic.pointer.as_str())),
            );
        }
        if let Some(hint) = &diagnostic.hint {
            group = group.element(Level::HELP.with_name("hint").message(printable(hint)));
        }
        let mut text = self.renderer.render(&[group]);
        text.push('\n');
        text
    }
}

/// Adds the origin and the excerpt.
fn with_place<'a>(group: Group<'a>, location: &Location, excerpt: Option<Excerpt>) -> Group<'a> {
    let file = printable(&location.file);
    let origin = Origin::path(file.clone())
        .line(location.line)
        .char_column(location.column);
    let Some(excerpt) = excerpt else {
        return group.element(origin);
    };
    let snippet = Snippet::source(excerpt.text)
        .line_start(excerpt.line)
        .annotation(AnnotationKind::Primary.span(excerpt.mark));
    // The library computes the column from the snippet, which is wrong when the line was cut.
    if excerpt.is_cut {
        group.element(origin).element(snippet)
    } else {
        group.element(snippet.path(file))
    }
}

fn one_line(diagnostic: &Diagnostic) -> String {
    let mut line = String::new();
    // Writing to a String cannot fail.
    let _ = match &diagnostic.location {
        Some(location) => write!(line, "{location}: "),
        None => write!(line, "#{}: ", diagnostic.pointer),
    };
    let _ = writeln!(
        line,
        "{}[{}]: {}",
        diagnostic.severity.as_str(),
        diagnostic.code,
        diagnostic.message
    );
    printable(line.trim_end()) + "\n"
}

/// Text from the document without control characters, which could rewrite the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Code, Pointer};

    fn diagnostic(line: usize, column: usize) -> Diagnostic {
        Diagnostic {
            code: Code::DanglingReference,
            severity: Severity::Warning,
            pointer: Pointer::parse("/paths/~1pets").unwrap(),
            location: Some(Location {
                file: "api.yaml".into(),
                line,
                column,
            }),
            message: "`#/components/schemas/Pet` does not exist".into(),
            hint: Some("declare it".into()),
        }
    }

    #[test]
    fn the_excerpt_marks_the_key() {
        let text = "openapi: 3.0.0\npaths:\n  /pets: {}\n";
        let shown = Terminal::new(false).render(&diagnostic(3, 3), Some(text));
        insta::assert_snapshot!(shown, @r"
        warning[dangling-reference]: `#/components/schemas/Pet` does not exist
         --> api.yaml:3:3
          |
        3 |   /pets: {}
          |   ^^^^^
          |
          = at: /paths/~1pets
          = hint: declare it
        ");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!(
            "{{\"a\":\"{}\",\"paths\":{{}},\"b\":\"{}\"}}",
            "x".repeat(100_000),
            "y".repeat(100_000)
        );
        let at = Location {
            file: "a.json".into(),
            line: 1,
            column: text.find("\"paths\"").unwrap() + 1,
        };
        let excerpt = Excerpt::of(&text, &at).unwrap();
        assert_eq!(&excerpt.text[excerpt.mark], "\"paths\"");
        assert!(excerpt.text.chars().count() <= 2 * CONTEXT);
    }

    #[test]
    fn the_short_form_is_one_line() {
        let mut diagnostic = diagnostic(3, 3);
        diagnostic.message.push_str("\u{1b}[2J\nfake");
        let shown = Terminal::new(false).short().render(&diagnostic, None);
        assert_eq!(
            shown,
            "api.yaml:3:3: warning[dangling-reference]: `#/components/schemas/Pet` does not exist [2J fake\n"
        );
    }

    #[test]
    fn a_place_beyond_the_text_has_no_excerpt() {
        assert_eq!(
            Excerpt::of(
                "a: 1\n",
                &Location {
                    file: String::new(),
                    line: 9,
                    column: 1
                }
            ),
            None
        );
        let past_end = Excerpt::of(
            "ä: 1",
            &Location {
                file: String::new(),
                line: 1,
                column: 99,
            },
        );
        assert!(past_end.is_some());
    }
}
