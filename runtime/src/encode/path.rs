//! Path templates.

use serde_json::Value;

use super::parameter::{joined, query_pairs};
use super::percent::{self, Escape};
use super::value::Parts;
use crate::descriptor::{Location, Parameter, Style};
use crate::error::{Error, Result};

/// A path template with its values filled in.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Target {
    /// Starts with `/` or is empty.
    pub(crate) path: String,
    /// The fixed query of the template.
    pub(crate) query: String,
    /// The parameters that the template used up, by index.
    pub(crate) used: Vec<usize>,
}

impl Target {
    /// Adds an escaped pair to the query.
    pub(crate) fn push_query(&mut self, name: &str, value: &str) {
        self.push_text(name);
        self.query.push('=');
        self.query.push_str(value);
    }

    /// Adds an escaped text to the query.
    pub(crate) fn push_text(&mut self, text: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(text);
    }
}

/// A path that is no template: braces mean nothing in it.
pub(crate) fn literal(path: &str) -> Result<Target> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut target = Target::default();
    if !path.starts_with('/') && !path.is_empty() {
        target.path.push('/');
    }
    percent::path_literal(&mut target.path, path);
    percent::query_literal(&mut target.query, query);
    refuse_dot_segments(&target.path)?;
    Ok(target)
}

/// Looks the value of a parameter up by its index.
pub(crate) type Values<'a> = &'a dyn Fn(usize) -> Option<&'a Value>;

/// Expands a template in one pass: what a value brings in is never read as a template.
pub(crate) fn expand(
    template: &str,
    parameters: &[Parameter],
    values: Values<'_>,
) -> Result<Target> {
    let template = outside_braces(template, '#').0;
    let (path, query) = outside_braces(template, '?');
    let mut target = Target::default();
    if !path.starts_with('/') && !path.is_empty() {
        target.path.push('/');
    }
    for piece in pieces(path) {
        match piece {
            Piece::Literal(text) => percent::path_literal(&mut target.path, text),
            Piece::Variable(name) => {
                let (index, parameter) = find(parameters, name, &[Location::Path], template)?;
                target.path.push_str(&path_text(parameter, values(index))?);
                target.used.push(index);
            }
        }
    }
    for piece in pieces(query) {
        match piece {
            Piece::Literal(text) => percent::query_literal(&mut target.query, text),
            Piece::Variable(name) => {
                let (index, parameter) = find(
                    parameters,
                    name,
                    &[Location::Path, Location::Query],
                    template,
                )?;
                let value = values(index).ok_or_else(|| missing(parameter))?;
                let pairs = query_pairs(parameter, value);
                let texts: Vec<String> = pairs.into_iter().map(|(_, text)| text).collect();
                target.query.push_str(&texts.join(","));
                target.used.push(index);
            }
        }
    }
    refuse_dot_segments(&target.path)?;
    Ok(target)
}

enum Piece<'a> {
    Literal(&'a str),
    Variable(&'a str),
}

/// Splits a template into literals and variables. A brace without a partner is a literal.
fn pieces(mut template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some(start) = template.find('{') {
        let Some(length) = template[start..].find('}') else {
            break;
        };
        pieces.push(Piece::Literal(&template[..start]));
        pieces.push(Piece::Variable(&template[start + 1..start + length]));
        template = &template[start + length + 1..];
    }
    pieces.push(Piece::Literal(template));
    pieces
}

/// Splits at the first `separator` that is not part of a variable's name.
fn outside_braces(template: &str, separator: char) -> (&str, &str) {
    let mut inside = false;
    for (at, c) in template.char_indices() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            c if c == separator && !inside => return (&template[..at], &template[at + 1..]),
            _ => {}
        }
    }
    (template, "")
}

fn find<'a>(
    parameters: &'a [Parameter],
    name: &str,
    locations: &[Location],
    template: &str,
) -> Result<(usize, &'a Parameter)> {
    locations
        .iter()
        .find_map(|location| {
            parameters
                .iter()
                .enumerate()
                .find(|(_, it)| it.location == *location && it.name == name)
        })
        .ok_or_else(|| {
            Error::request(format!(
                "no parameter fills `{{{name}}}` in the path `{template}`"
            ))
        })
}

fn missing(parameter: &Parameter) -> Error {
    Error::request(format!(
        "the path parameter `{}` is missing or empty",
        parameter.name
    ))
}

/// The text of a path parameter; what its escapes are written with may need another escape.
pub(crate) fn path_text(parameter: &Parameter, value: Option<&Value>) -> Result<String> {
    let text = styled_text(parameter, value)?;
    Ok(if parameter.double_encoded {
        text.replace('%', "%25")
    } else {
        text
    })
}

/// The text of a path parameter, in the styles `simple`, `label`, `matrix`.
fn styled_text(parameter: &Parameter, value: Option<&Value>) -> Result<String> {
    let value = value.ok_or_else(|| missing(parameter))?;
    let escape = if parameter.allow_reserved {
        Escape::ReservedPath
    } else {
        Escape::Component
    };
    if let Some(media_type) = parameter.content {
        let text =
            super::parameter::content_text(media_type, value).ok_or_else(|| missing(parameter))?;
        return Ok(escape.apply(&text));
    }
    let parts = match Parts::of(value) {
        // An empty segment is another path: `/users//posts` does not name a user.
        None => return Err(missing(parameter)),
        Some(Parts::Scalar(text)) if text.is_empty() => return Err(missing(parameter)),
        Some(Parts::List(items)) if items.iter().all(String::is_empty) => {
            return Err(missing(parameter));
        }
        Some(parts) => parts,
    };
    let explode = parameter.explode;
    Ok(match parameter.style {
        Style::Label => format!(
            ".{}",
            joined(&parts, explode, if explode { "." } else { "," }, escape)
        ),
        Style::Matrix => matrix(parameter.name, &parts, explode, escape),
        _ => joined(&parts, explode, ",", escape),
    })
}

/// RFC 6570 section 3.2.7.
fn matrix(name: &str, parts: &Parts, explode: bool, escape: Escape) -> String {
    let name = Escape::Component.apply(name);
    match parts {
        Parts::List(items) if explode => items
            .iter()
            .map(|item| format!(";{name}={}", escape.apply(item)))
            .collect(),
        Parts::Members(_) if explode => format!(";{}", joined(parts, true, ";", escape)),
        parts => format!(";{name}={}", joined(parts, false, ",", escape)),
    }
}

/// `.` and `..` name another resource, and no escape helps: URL parsers read `%2E` as a dot (WHATWG URL, "double-dot path segment").
pub(crate) fn refuse_dot_segments(path: &str) -> Result<()> {
    let is_dots = |segment: &str| {
        matches!(
            segment.to_ascii_lowercase().replace("%2e", ".").as_str(),
            "." | ".."
        )
    };
    if path.split('/').any(is_dots) {
        return Err(Error::request(
            "a path parameter makes a `.` or `..` segment, which would lead to another resource",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(template: &str, parameters: &[Parameter], values: &[Value]) -> Result<String> {
        expand(template, parameters, &|index| values.get(index)).map(|target| target.path)
    }

    #[test]
    fn a_value_may_be_encoded_twice() {
        let id = [Parameter::path("id").double_encoded()];
        let expanded = path("/a b/{id}", &id, &[json!("x/y z%")]).unwrap();
        assert_eq!(expanded, "/a%20b/x%252Fy%2520z%2525");
    }

    #[test]
    fn path_styles_follow_the_table() {
        let list = json!(["blue", "black"]);
        let object = json!({"R": 100, "G": 200});
        let rows = [
            (Style::Simple, false, ["blue", "blue,black", "R,100,G,200"]),
            (Style::Simple, true, ["blue", "blue,black", "R=100,G=200"]),
            (
                Style::Label,
                false,
                [".blue", ".blue,black", ".R,100,G,200"],
            ),
            (Style::Label, true, [".blue", ".blue.black", ".R=100.G=200"]),
            (
                Style::Matrix,
                false,
                [";c=blue", ";c=blue,black", ";c=R,100,G,200"],
            ),
            (
                Style::Matrix,
                true,
                [";c=blue", ";c=blue;c=black", ";R=100;G=200"],
            ),
        ];
        for (style, explode, expected) in rows {
            for (value, expected) in [json!("blue"), list.clone(), object.clone()]
                .into_iter()
                .zip(expected)
            {
                let parameters = [Parameter::path("c").style(style).explode(explode)];
                assert_eq!(
                    path("/x/{c}", &parameters, &[value]).unwrap(),
                    format!("/x/{expected}")
                );
            }
        }
    }

    #[test]
    fn values_stay_in_their_segment() {
        let id = [Parameter::path("id")];
        assert_eq!(
            path("/a/{id}/b", &id, &[json!("x/y?z#é %")]).unwrap(),
            "/a/x%2Fy%3Fz%23%C3%A9%20%25/b"
        );
        assert_eq!(
            path(
                "/a/{id}",
                &[Parameter::path("id").allow_reserved()],
                &[json!("x/y:z")]
            )
            .unwrap(),
            "/a/x/y:z"
        );
    }

    #[test]
    fn values_are_not_read_as_templates() {
        let parameters = [Parameter::path("a"), Parameter::path("b")];
        let values = [json!("{b}"), json!("secret")];
        assert_eq!(
            path("/{a}/{b}", &parameters, &values).unwrap(),
            "/%7Bb%7D/secret"
        );
    }

    #[test]
    fn empty_and_dot_segments_are_refused() {
        let id = || [Parameter::path("id")];
        for value in [json!(""), json!(null), json!([]), json!("."), json!("..")] {
            assert!(
                path("/a/{id}/b", &id(), std::slice::from_ref(&value)).is_err(),
                "{value}"
            );
        }
        assert!(path("/a/{id}", &id(), &[]).is_err());
        assert!(path("/a/.{id}", &id(), &[json!(".")]).is_err());
        assert!(
            path(
                "/a/{id}",
                &[Parameter::path("id").allow_reserved()],
                &[json!("x/%2e%2E/y")]
            )
            .is_err()
        );
        assert_eq!(path("/a/{id}", &id(), &[json!("...")]).unwrap(), "/a/...");
    }

    #[test]
    fn templates_hold_more_than_segments() {
        let parameters = [
            Parameter::path("a"),
            Parameter::path("b"),
            Parameter::query("v"),
        ];
        let values = [json!("1"), json!("2"), json!("x y")];
        assert_eq!(
            path("/p/{a}.{b}:verb", &parameters, &values).unwrap(),
            "/p/1.2:verb"
        );
        let target = expand("/p/{a}?action=list&v={v}#second", &parameters, &|index| {
            values.get(index)
        })
        .unwrap();
        assert_eq!(target.query, "action=list&v=x%20y");
        assert_eq!(target.used, [0, 2]);
        assert_eq!(path("/#X-Amz-Target=Foo", &[], &[]).unwrap(), "/");
        assert_eq!(path("/a b/(c)", &[], &[]).unwrap(), "/a%20b/(c)");
        assert_eq!(path("", &[], &[]).unwrap(), "");
        let error = path("/{gone}", &[], &[]).unwrap_err().to_string();
        assert!(error.contains("no parameter fills `{gone}`"), "{error}");
    }
}
