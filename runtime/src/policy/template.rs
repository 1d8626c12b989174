//! Templates and their values.

use std::borrow::Cow;

use http::HeaderMap;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::path;
use crate::connection::Connection;
use crate::descriptor::policy::{Path, Piece, Root, Template};
use crate::descriptor::{
    Api, ConnectionParameterKind, Location, Operation, Parameter, ParameterSet,
};
use crate::encode::scalar_text;

/// What a call brings along for its policies, from its beginning to its end.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) api: &'static Api,
    pub(crate) connection: &'a Connection,
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) arguments: &'a [(usize, Value)],
    /// The URL is one that an answer named: it is complete.
    pub(crate) is_link: bool,
}

/// What expressions can see: the message as it stands.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) context: Context<'a>,
    /// The method before any policy.
    pub(super) method: &'a str,
    pub(super) headers: &'a HeaderMap,
    /// As it is in the URL.
    pub(super) query: &'a str,
    pub(super) body: Option<&'a Value>,
    pub(super) item: Option<&'a Value>,
}

/// What a template comes to.
pub(super) struct Filled {
    pub(super) text: String,
    /// Whether a secret is in it.
    pub(super) secret: bool,
}

/// What an expression comes to.
pub(super) struct Found<'a> {
    pub(super) value: Cow<'a, Value>,
    pub(super) secret: bool,
}

impl<'a> Scope<'a> {
    /// The value of an expression; `None` for text, and for what is not there or null.
    pub(super) fn find(&self, piece: &Piece) -> Option<Found<'a>> {
        let text = |text: String, secret| Found {
            value: Cow::Owned(Value::String(text)),
            secret,
        };
        match piece {
            Piece::Text(_) => None,
            Piece::ConnectionParameter(name, default) => match self.context.parameter(name) {
                Some((value, secret)) => Some(text(value.to_owned(), secret)),
                None => default.map(|default| text(default.to_owned(), false)),
            },
            Piece::Header(name) => {
                header_text(self.headers, name).map(|(value, secret)| text(value, secret))
            }
            Piece::Query(name) => query_text(self.query, name).map(|value| text(value, false)),
            Piece::Method => Some(text(self.method.to_owned(), false)),
            Piece::PathParameter(name) => {
                let (_, value) = self.context.argument(name)?;
                Some(Found {
                    value: Cow::Borrowed(value),
                    secret: false,
                })
            }
            Piece::Path(path) => self.at(path).map(|value| Found {
                value: Cow::Borrowed(value),
                secret: false,
            }),
        }
    }

    fn at(&self, path: &Path) -> Option<&'a Value> {
        let from = match path.root {
            Root::Body | Root::TriggerBody => self.body,
            Root::Item | Root::Here => self.item.or(self.body),
        };
        path::value(from?, path.steps)
    }

    /// A template as text. `None` if it has expressions and comes to nothing: none has a value, or the whole is empty.
    pub(super) fn text(&self, template: &Template) -> Option<Filled> {
        let mut filled = Filled {
            text: String::new(),
            secret: false,
        };
        let (mut expressions, mut values) = (0, 0);
        for piece in template.0 {
            if let Piece::Text(text) = piece {
                filled.text.push_str(text);
                continue;
            }
            expressions += 1;
            if let Some(found) = self.find(piece) {
                values += 1;
                filled.secret |= found.secret;
                push(&mut filled.text, &found.value);
            }
        }
        let nothing = expressions > 0 && (values == 0 || filled.text.is_empty());
        (!nothing).then_some(filled)
    }

    /// A template as JSON. An expression by itself keeps its type. Text is text, unless it reads as a list or an object.
    pub(super) fn json(&self, template: &Template) -> Option<Value> {
        if let [piece] = template.0
            && !matches!(piece, Piece::Text(_))
        {
            return self.find(piece).map(|found| found.value.into_owned());
        }
        let text = self.text(template)?.text;
        let structured = serde_json::from_str(&text)
            .ok()
            .filter(|value: &Value| value.is_array() || value.is_object());
        Some(structured.unwrap_or(Value::String(text)))
    }
}

impl<'a> Context<'a> {
    /// The value of a connection parameter, and whether it is secret.
    fn parameter(&self, name: &str) -> Option<(&'a str, bool)> {
        let value = self
            .connection
            .parameters
            .get(&name.to_ascii_lowercase())?
            .expose_secret();
        let declared = self
            .api
            .parameter_set_list()
            .iter()
            .find_map(|set: &ParameterSet| set.parameter(name));
        let public =
            declared.is_some_and(|parameter| parameter.kind() == ConnectionParameterKind::Text);
        Some((value, !public))
    }

    /// A parameter of the operation and its argument, those in the path first. Policies often differ from the document in case.
    pub(super) fn argument(&self, name: &str) -> Option<(&'static Parameter, &'a Value)> {
        let parameters = self.operation?.parameters.iter().enumerate();
        let (index, parameter) = parameters
            .filter(|(_, parameter)| parameter.name.eq_ignore_ascii_case(name))
            .max_by_key(|(_, parameter)| {
                (parameter.location == Location::Path, parameter.name == name)
            })?;
        let argument = self.arguments.iter().find(|(set, _)| *set == index)?;
        Some((parameter, &argument.1))
    }
}

/// Adds a value to a text: strings as they are, everything else as JSON.
pub(super) fn push(text: &mut String, value: &Value) {
    match value {
        Value::String(string) => text.push_str(string),
        other => text.push_str(&scalar_text(other)),
    }
}

/// A header as one text, and whether it is marked as secret.
fn header_text(headers: &HeaderMap, name: &str) -> Option<(String, bool)> {
    let values = headers.get_all(name);
    let mut texts = values.iter().map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (text, value.is_sensitive())
    });
    let first = texts.next()?;
    Some(texts.fold(first, |(all, secret), (text, more)| {
        (format!("{all}, {text}"), secret || more)
    }))
}

/// A query parameter; several of its name are separated by commas. Policies often differ from the document in case.
fn query_text(query: &str, name: &str) -> Option<String> {
    let find = |matches: &dyn Fn(&str) -> bool| {
        let values: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(each, _)| matches(each))
            .map(|(_, value)| value.into_owned())
            .collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    find(&|each| each == name).or_else(|| find(&|each| each.eq_ignore_ascii_case(name)))
}
