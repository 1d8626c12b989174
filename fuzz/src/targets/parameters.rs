//! Parameters in all styles, decoded again by a reader that knows the specifications, not the runtime.
//!
//! The input is a list in JSON of `{"in", "name", "style", "explode", "reserved", "json", "value"}`; each is a call of its own.

use std::fmt::Write as _;

use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::{Api, Client, Empty, Operation, Parameter, Request, Server, Style, Value};

use super::{block_on, leak};

pub(super) const PIECES: &[&str] = &[
    "query",
    "path",
    "header",
    "cookie",
    "in",
    "name",
    "style",
    "simple",
    "label",
    "matrix",
    "form",
    "spaceDelimited",
    "pipeDelimited",
    "tabDelimited",
    "deepObject",
    "explode",
    "reserved",
    "json",
    "value",
    "a&b=c",
    "?",
    "#",
    "%2F",
    "%",
    "+",
    " ",
    "..",
    "/",
    "é",
    "\\u0000",
    ",",
    ";",
    "[x]",
    "😀",
];

static API: Api = Api::new("fuzz", "1").servers(&[Server::new("https://api.acme.example/v1")]);

pub(super) fn run(input: &[u8]) -> String {
    let Ok(Value::Array(parameters)) = serde_json::from_slice(input) else {
        return "no list".to_owned();
    };
    let mut said = String::new();
    for parameter in parameters.iter().take(8) {
        if let Some(parameter) = Case::read(parameter) {
            let _ = write!(said, "{} ", parameter.check());
        }
    }
    said + "."
}

struct Case<'v> {
    place: &'v str,
    name: String,
    style: Style,
    explode: bool,
    reserved: bool,
    json: bool,
    value: &'v Value,
}

/// A value as styles see it.
#[derive(Debug, PartialEq)]
enum Shape {
    Nothing,
    One(String),
    List(Vec<String>),
    Members(Vec<(String, String)>),
}

impl<'v> Case<'v> {
    fn read(parameter: &'v Value) -> Option<Self> {
        let text = |member: &str| parameter.get(member).and_then(Value::as_str);
        let flag = |member: &str| parameter.get(member).and_then(Value::as_bool);
        let place = text("in").unwrap_or("query");
        let style = match (place, text("style")) {
            ("path", Some("label")) => Style::Label,
            ("path", Some("matrix")) => Style::Matrix,
            ("path" | "header", _) => Style::Simple,
            ("query", Some("spaceDelimited")) => Style::SpaceDelimited,
            ("query", Some("pipeDelimited")) => Style::PipeDelimited,
            ("query", Some("tabDelimited")) => Style::TabDelimited,
            ("query", Some("deepObject")) => Style::DeepObject,
            ("query" | "cookie", _) => Style::Form,
            _ => return None,
        };
        Some(Self {
            place,
            name: match place {
                // A template can't have any name, nor can a header or cookie.
                "query" => text("name").unwrap_or("p").to_owned(),
                _ => "x-p".to_owned(),
            },
            style,
            explode: flag("explode").unwrap_or(style == Style::Form),
            reserved: flag("reserved").unwrap_or(false) && matches!(place, "query" | "path"),
            json: flag("json").unwrap_or(false),
            value: parameter.get("value").unwrap_or(&Value::Null),
        })
    }

    fn check(&self) -> String {
        let found = match self.send() {
            Ok(found) => found,
            Err(error) => return self.refused(&error),
        };
        let Some(shape) = self.shape() else {
            return "float".to_owned();
        };
        if !self.is_ambiguous(&shape) {
            let read = match self.place {
                "query" => self.query(&found),
                "path" => self.path(&found),
                "header" => self.header(&found),
                _ => self.cookie(&found),
            };
            assert_eq!(
                read,
                self.expected(shape),
                "{} of {}",
                self.place,
                self.value
            );
        }
        format!("{} {:?} {}", self.place, self.style, self.explode)
    }

    fn send(&self) -> Result<CapturedRequest, connector_runtime::Error> {
        let mock = MockTransport::new();
        mock.reply(Reply::status(204));
        let client = Client::builder(&API).transport(mock.clone()).build();
        let mut request = Request::new(&client.expect("a client"), self.operation());
        request.set(0, self.value);
        block_on(request.send::<Empty>())?;
        Ok(mock.last_request().expect("a request"))
    }

    fn operation(&self) -> &'static Operation {
        let name: &str = leak(self.name.as_str());
        let mut parameter = match self.place {
            "query" => Parameter::query(name),
            "path" => Parameter::path(name),
            "header" => Parameter::header(name),
            _ => Parameter::cookie(name),
        };
        parameter = parameter.style(self.style).explode(self.explode);
        if self.reserved {
            parameter = parameter.allow_reserved();
        }
        if self.json {
            parameter = parameter.content("application/json");
        }
        let path = match self.place {
            "path" => "/a/{x-p}/z",
            _ => "/a/z",
        };
        let parameters: &[Parameter] = leak(vec![parameter]);
        leak(Operation::new("fuzz", "GET", path).parameters(parameters))
    }

    /// Only what can't be sent is refused.
    fn refused(&self, error: &connector_runtime::Error) -> String {
        let texts = match self.shape() {
            Some(Shape::One(text)) => vec![text],
            _ => Vec::new(),
        };
        let can_be_sent = texts.iter().any(|text| match self.place {
            "path" => !text
                .split('/')
                .any(|segment| matches!(unescape(segment).as_str(), "" | "." | "..")),
            "header" => !text.chars().any(char::is_control),
            _ => true,
        });
        assert!(!can_be_sent, "{}: {error}", self.value);
        format!("refused {}", self.place)
    }

    /// None for numbers that can be written in several ways.
    fn shape(&self) -> Option<Shape> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if number.is_f64() => None,
            other => Some(other.to_string()),
        };
        Some(match self.value {
            Value::Null => Shape::Nothing,
            value if self.json => Shape::One(value.to_string()),
            Value::Array(items) => {
                let items = items.iter().filter(|item| !item.is_null()).map(text);
                Shape::List(items.collect::<Option<_>>()?)
            }
            Value::Object(members) => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                let members = members.map(|(name, value)| Some((name.clone(), text(value)?)));
                Shape::Members(members.collect::<Option<_>>()?)
            }
            other => Shape::One(text(other)?),
        })
    }

    /// Whether what is sent can be read in more than one way, by the specification.
    fn is_ambiguous(&self, shape: &Shape) -> bool {
        let is_deep = |value: &Value| value.is_array() || value.is_object();
        let holds_deep = match self.value {
            Value::Array(items) => items.iter().any(is_deep),
            Value::Object(members) => members.values().any(|it| is_deep(it) || it.is_null()),
            _ => false,
        };
        if self.style == Style::DeepObject && !self.json && (holds_deep || self.value.is_array()) {
            return true;
        }
        let mut special = match (self.place, self.style) {
            (_, Style::SpaceDelimited) => vec![' '],
            (_, Style::PipeDelimited) => vec!['|'],
            (_, Style::TabDelimited) => vec!['\t'],
            // A dot needs no escape, and the label's dots are between the elements.
            (_, Style::Label) => vec!['.'],
            // Headers know no escapes.
            ("header", _) => vec![',', '='],
            _ => Vec::new(),
        };
        if self.reserved {
            special.extend(['%', ',', '=', ';', '/', '.', '&', '+']);
        }
        // White space around the value of a header is not part of it (RFC 9110, section 5.5).
        let is_trimmed = |text: &str| self.place == "header" && text.trim() != text;
        let is_special = |text: &String| text.contains(special.as_slice()) || is_trimmed(text);
        match shape {
            Shape::Nothing => false,
            Shape::One(text) => is_trimmed(text) || self.reserved && text.contains(['%', '/']),
            Shape::List(items) => items.iter().any(is_special),
            Shape::Members(members) => members
                .iter()
                .any(|(name, text)| is_special(name) || is_special(text)),
        }
    }

    /// What a reader can see of a shape: where it can't be told from a list, a list of names and values, and so on.
    fn expected(&self, shape: Shape) -> Vec<(String, String)> {
        let named = |text: String| (self.name.clone(), text);
        match shape {
            Shape::Nothing => Vec::new(),
            Shape::One(text) => vec![named(text)],
            Shape::List(items) => items.into_iter().map(named).collect(),
            Shape::Members(members) if self.style == Style::DeepObject => members
                .into_iter()
                .map(|(member, text)| (format!("{}[{member}]", self.name), text))
                .collect(),
            Shape::Members(members) if self.explode => members,
            Shape::Members(members) => members
                .into_iter()
                .flat_map(|(member, text)| [named(member), named(text)])
                .collect(),
        }
    }

    fn query(&self, request: &CapturedRequest) -> Vec<(String, String)> {
        let query = request.raw_query();
        is_url_text(query);
        let delimiter = match self.style {
            Style::SpaceDelimited => "%20",
            Style::PipeDelimited => "%7C",
            Style::TabDelimited => "%09",
            _ => ",",
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .flat_map(|pair| {
                let (name, value) = pair.split_once('=').expect("name and value");
                let values = match self.is_joined() {
                    true => value.split(delimiter).collect(),
                    false => vec![value],
                };
                let name = unescape(name);
                values
                    .into_iter()
                    .map(move |value| (name.clone(), unescape(value)))
            })
            .collect()
    }

    /// Whether several values are one text.
    fn is_joined(&self) -> bool {
        !self.json && !self.explode && (self.value.is_array() || self.value.is_object())
    }

    fn cookie(&self, request: &CapturedRequest) -> Vec<(String, String)> {
        let Some(cookies) = request.header("cookie") else {
            return Vec::new();
        };
        let cookies = cookies.split("; ").flat_map(|cookie| {
            let (name, value) = cookie.split_once('=').expect("name and value");
            let values = match self.is_joined() {
                true => value.split(',').collect(),
                false => vec![value],
            };
            values
                .into_iter()
                .map(move |value| (unescape(name), unescape(value)))
        });
        cookies.collect()
    }

    fn header(&self, request: &CapturedRequest) -> Vec<(String, String)> {
        let Some(text) = request.header("x-p") else {
            return Vec::new();
        };
        self.elements(text, ",", str::to_owned)
    }

    fn path(&self, request: &CapturedRequest) -> Vec<(String, String)> {
        let path = request.path();
        is_url_text(path);
        let text = path
            .strip_prefix("/v1/a/")
            .and_then(|it| it.strip_suffix("/z"));
        let text = text.expect("the literal text of the template");
        assert!(
            self.reserved || !text.contains('/'),
            "{path} has more segments"
        );
        if self.json {
            return vec![(self.name.clone(), unescape(text))];
        }
        match self.style {
            Style::Label => {
                let text = text.strip_prefix('.').expect("a label");
                self.elements(text, if self.explode { "." } else { "," }, unescape)
            }
            Style::Matrix if self.explode && self.value.is_object() => {
                let text = text.strip_prefix(';').expect("a matrix");
                self.elements(text, ";", unescape)
            }
            Style::Matrix => {
                let text = text.strip_prefix(";x-p=").expect("a matrix");
                let between = if self.explode { ";x-p=" } else { "," };
                self.elements(text, between, unescape)
            }
            _ => self.elements(text, ",", unescape),
        }
    }

    fn elements(
        &self,
        text: &str,
        between: &str,
        read: impl Fn(&str) -> String,
    ) -> Vec<(String, String)> {
        let is_many = !self.json && (self.value.is_array() || self.value.is_object());
        if !is_many {
            return vec![(self.name.clone(), read(text))];
        }
        let elements = text
            .split(between)
            .map(|element| match element.split_once('=') {
                Some((name, value)) if self.explode && self.value.is_object() => {
                    (read(name), read(value))
                }
                _ => (self.name.clone(), read(element)),
            });
        elements.collect()
    }
}

/// Nothing may be in a URL that would be another part of it, or that needs an escape.
fn is_url_text(text: &str) {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_triplet = || {
            let digits = bytes.get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let is_fine = match byte {
            b'%' => is_triplet(),
            byte => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(byte),
        };
        assert!(is_fine, "{text} holds {byte:#x}");
    }
}

/// Percent-decoding (RFC 3986 section 2.1).
pub(super) fn unescape(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.get(..2).filter(|_| *first == b'%');
        let escaped = escaped.and_then(|it| std::str::from_utf8(it).ok());
        match escaped.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
