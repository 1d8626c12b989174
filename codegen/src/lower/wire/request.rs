//! What a call must put into method, path, query, headers and cookies.

use openapiv3::{Parameter, ParameterSchemaOrContent};
use serde_json::Value;

use super::super::media::essence;
use super::parameter::{Manner, Pairs};
use super::percent::{Escape, path_literal, query_literal};
use crate::model::wire::{Credential, Sent};
use crate::model::{Location, Operation};

/// An operation's parameters, as lowered and as the document has them.
pub(super) struct Target<'a> {
    pub(super) operation: &'a Operation,
    /// By the index of the lowered parameter.
    pub(super) parameters: Vec<Option<&'a Parameter>>,
    pub(super) credentials: &'a [Credential],
}

impl Target<'_> {
    /// What is sent for these arguments, apart from the body.
    ///
    /// # Errors
    /// Why nothing can be sent for them.
    pub(super) fn sent(&self, arguments: &[(usize, Value)]) -> Result<Sent, String> {
        let mut sent = Sent::default();
        let mut query = Vec::new();
        let used = self.template(arguments, &mut sent, &mut query)?;
        for (index, lowered) in self.operation.parameters.iter().enumerate() {
            let (Some(source), Some(value)) = (
                self.parameters.get(index).copied().flatten(),
                self.value(index, arguments),
            ) else {
                continue;
            };
            let manner = Manner::of(source);
            let name = lowered.wire.as_str();
            match lowered.location {
                Location::Query if !used.contains(&index) => match manner.in_query(value) {
                    Pairs::Exactly(pairs) => query.extend(pairs.iter().map(joined)),
                    Pairs::Unspecified => sent.unspecified.push(name.to_owned()),
                },
                Location::Path | Location::Query => {}
                Location::QueryString => {
                    let (text, unspecified) = query_string(source, value);
                    query.extend(text);
                    sent.unspecified.extend(unspecified);
                }
                Location::Header => sent.headers.extend(
                    manner
                        .in_header(value)
                        .filter(|_| !self.is_overwritten(name))
                        .map(|text| (name.to_owned(), text)),
                ),
                Location::Cookie => match manner.in_cookie(value) {
                    Pairs::Exactly(pairs) => sent.cookies.extend(pairs),
                    Pairs::Unspecified => {}
                },
            }
        }
        sent.query = query.join("&");
        Ok(sent)
    }

    /// The value of a parameter: what the call sets, or else what is sent without asking.
    fn value<'v>(&'v self, index: usize, arguments: &'v [(usize, Value)]) -> Option<&'v Value> {
        let set = arguments.iter().find(|(at, _)| *at == index);
        let fixed = || self.operation.parameters.get(index)?.fixed.as_ref();
        set.map(|(_, value)| value).or_else(fixed)
    }

    /// Fills in the path template; gives the parameters that it used up.
    fn template(
        &self,
        arguments: &[(usize, Value)],
        sent: &mut Sent,
        query: &mut Vec<String>,
    ) -> Result<Vec<usize>, String> {
        let mut used = Vec::new();
        let (path, fixed) = split(&self.operation.path);
        if !path.is_empty() && !path.starts_with('/') {
            sent.path.push('/');
        }
        for piece in pieces(path) {
            match piece {
                Piece::Literal(text) => sent.path.push_str(&path_literal(text)),
                Piece::Variable(name) => {
                    let index = self.find(name, &[Location::Path])?;
                    let (manner, value) = self.argument(index, name, arguments)?;
                    let text = manner
                        .in_path(value)
                        .ok_or_else(|| format!("the value for `{name}` has no place in a path"))?;
                    sent.path.push_str(&text);
                    used.push(index);
                }
            }
        }
        let mut literal = String::new();
        for piece in pieces(fixed) {
            match piece {
                Piece::Literal(text) => literal.push_str(&query_literal(text)),
                Piece::Variable(name) => {
                    let index = self.find(name, &[Location::Path, Location::Query])?;
                    let (manner, value) = self.argument(index, name, arguments)?;
                    let Pairs::Exactly(pairs) = manner.in_query(value) else {
                        return Err(format!("the value for `{name}` has no place in a query"));
                    };
                    let texts: Vec<_> = pairs.into_iter().map(|(_, text)| text).collect();
                    literal.push_str(&texts.join(","));
                    used.push(index);
                }
            }
        }
        if !literal.is_empty() {
            query.push(literal);
        }
        if sent.path.split('/').any(is_dots) {
            return Err("a `.` or `..` in the path leads to another resource".to_owned());
        }
        Ok(used)
    }

    fn find(&self, name: &str, locations: &[Location]) -> Result<usize, String> {
        let position = |location: &Location| {
            let mut all = self.operation.parameters.iter();
            all.position(|of| of.location == *location && of.wire.as_str() == name)
        };
        locations
            .iter()
            .find_map(position)
            .ok_or_else(|| format!("no parameter fills `{{{name}}}` in the path"))
    }

    fn argument<'v>(
        &'v self,
        index: usize,
        name: &str,
        arguments: &'v [(usize, Value)],
    ) -> Result<(Manner<'v>, &'v Value), String> {
        let source = self.parameters.get(index).copied().flatten();
        let value = self.value(index, arguments);
        let both = source.map(Manner::of).zip(value);
        both.ok_or_else(|| format!("there is no value for `{name}`"))
    }

    /// Whether a credential has the header for itself.
    fn is_overwritten(&self, name: &str) -> bool {
        self.credentials.iter().any(|credential| {
            matches!(credential, Credential::Header(header) if header.eq_ignore_ascii_case(name))
        })
    }
}

fn joined((name, text): &(String, String)) -> String {
    format!("{name}={text}")
}

/// Whether a segment is one that URLs resolve (RFC 3986, section 5.2.4; escapes of dots count in the URL standard).
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(plain.as_str(), "." | "..")
}

/// The path and the query of a template, without its fragment. Braces keep what is between them together.
fn split(template: &str) -> (&str, &str) {
    let mut depth = false;
    let mut query = None;
    for (at, c) in template.char_indices() {
        match c {
            '{' => depth = true,
            '}' => depth = false,
            '?' if !depth && query.is_none() => query = Some(at),
            '#' if !depth => {
                let whole = &template[..at];
                return query.map_or((whole, ""), |at| (&whole[..at], &whole[at + 1..]));
            }
            _ => {}
        }
    }
    query.map_or((template, ""), |at| (&template[..at], &template[at + 1..]))
}

enum Piece<'a> {
    Literal(&'a str),
    Variable(&'a str),
}

/// Literals and variables in turn; a brace without a partner is a literal.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        pieces.push(Piece::Literal(before));
        pieces.push(Piece::Variable(name));
        rest = after;
    }
    pieces.push(Piece::Literal(rest));
    pieces
}

/// Whether a value can stand in the place of a parameter, as far as one can tell without the others.
pub(super) fn is_usable(parameter: &Parameter, value: &Value) -> bool {
    let manner = Manner::of(parameter);
    match parameter {
        // A value that is all dots makes a segment that URLs resolve.
        Parameter::Path { .. } => manner
            .in_path(value)
            .is_some_and(|text| !text.is_empty() && !is_dots(&text)),
        Parameter::Header { .. } => manner.in_header(value).is_some(),
        // A list without elements leaves no trace (RFC 6570 section 2.3).
        Parameter::Query { .. } | Parameter::Cookie { .. } => {
            let required = parameter.parameter_data_ref().required;
            !(value.is_null() || required && value.as_array().is_some_and(Vec::is_empty))
        }
    }
}

/// The query that a parameter is all of (OpenAPI 3.2.0, section 4.12.1), and the names in it that no specification writes.
fn query_string(parameter: &Parameter, value: &Value) -> (Option<String>, Vec<String>) {
    let ParameterSchemaOrContent::Content(content) = &parameter.parameter_data_ref().format else {
        return (None, Vec::new());
    };
    let Some((media_type, media)) = content.first() else {
        return (None, Vec::new());
    };
    if essence(media_type) != "application/x-www-form-urlencoded" {
        let text = match value {
            Value::String(text) if !essence(media_type).ends_with("json") => text.clone(),
            value => value.to_string(),
        };
        return (Some(Escape::Unreserved.of(&text)), Vec::new());
    }
    let form = super::body::form(media, value);
    let text = Some(form.text).filter(|text| !text.is_empty());
    (text, form.unspecified)
}

/// The name of a query parameter with its escapes.
pub(super) fn query_name(name: &str) -> String {
    Escape::Unreserved.of(name)
}
