//! How parameters are written: the style table of OpenAPI (3.0.4, section 4.7.12.4; 3.1.1 and 3.2.0 have the same), over RFC 6570.

use openapiv3::{Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, QueryStyle};
use serde_json::Value;

use super::percent::Escape;
use super::value::{Parts, content, text};
use crate::model::Style;
use crate::normalize::ALLOW_RESERVED;

/// What is said about how a parameter is written.
#[derive(Debug, Clone)]
pub(super) struct Manner<'a> {
    name: &'a str,
    style: Style,
    explode: bool,
    escape: Escape,
    content: Option<&'a str>,
    doubled: bool,
}

/// What a parameter becomes in a query or in cookies.
#[derive(Debug, PartialEq)]
pub(super) enum Pairs {
    /// These names and values; none if there is nothing to send.
    Exactly(Vec<(String, String)>),
    /// Something that no specification says.
    Unspecified,
}

impl<'a> Manner<'a> {
    /// Reads the canonical parameter.
    pub(super) fn of(parameter: &'a Parameter) -> Self {
        let data = parameter.parameter_data_ref();
        let extension = |name: &str| data.extensions.get(name);
        let mut style = match parameter {
            Parameter::Query { style, .. } => match style {
                QueryStyle::Form => Style::Form,
                QueryStyle::SpaceDelimited => Style::SpaceDelimited,
                QueryStyle::PipeDelimited => Style::PipeDelimited,
                QueryStyle::DeepObject => Style::DeepObject,
            },
            Parameter::Path { style, .. } => match style {
                PathStyle::Simple => Style::Simple,
                PathStyle::Label => Style::Label,
                PathStyle::Matrix => Style::Matrix,
            },
            Parameter::Header { .. } => Style::Simple,
            Parameter::Cookie { .. } => Style::Form,
        };
        if extension("x-connector-collection-format").and_then(Value::as_str) == Some("tsv") {
            style = Style::TabDelimited;
        }
        let reserved = matches!(
            parameter,
            Parameter::Query {
                allow_reserved: true,
                ..
            }
        ) || is_true(extension("x-ms-skip-url-encoding"))
            || is_true(extension(ALLOW_RESERVED));
        let escape = match (parameter, reserved) {
            (Parameter::Header { .. } | Parameter::Cookie { .. }, _) => Escape::Nothing,
            (_, false) => Escape::Unreserved,
            (Parameter::Path { .. }, true) => Escape::ReservedInPath,
            (Parameter::Query { .. }, true) => Escape::ReservedInQuery,
        };
        let doubled = matches!(parameter, Parameter::Path { .. })
            && extension("x-ms-url-encoding").and_then(Value::as_str) == Some("double");
        Self {
            name: &data.name,
            // The default of `explode` is that of the style (section 4.7.12.2.2).
            explode: data
                .explode
                .unwrap_or(matches!(style, Style::Form | Style::DeepObject)),
            style,
            escape,
            content: media_type(data),
            doubled,
        }
    }

    /// The text that takes the place of a variable in the path; `None` where there is none, or where it names another resource.
    pub(super) fn in_path(&self, value: &Value) -> Option<String> {
        let escape = |text: &str| self.escape.of(text);
        if let Some(media_type) = self.content {
            return Some(self.once_more(escape(&content(media_type, value))));
        }
        let between = match (self.style, self.explode) {
            (Style::Label, true) => ".",
            (Style::Matrix, true) => ";",
            _ => ",",
        };
        let name = Escape::Unreserved.of(self.name);
        let written = match Parts::of(value)? {
            Parts::Deep => return None,
            Parts::One(text) => match self.style {
                _ if text.is_empty() => return None,
                Style::Label => format!(".{}", escape(&text)),
                Style::Matrix => format!(";{name}={}", escape(&text)),
                _ => escape(&text),
            },
            Parts::List(items) if items.iter().all(String::is_empty) => return None,
            Parts::List(items) => {
                let items: Vec<_> = items.iter().map(|item| escape(item)).collect();
                match (self.style, self.explode) {
                    (Style::Label, _) => format!(".{}", items.join(between)),
                    (Style::Matrix, false) => format!(";{name}={}", items.join(",")),
                    (Style::Matrix, true) => {
                        items.iter().map(|item| format!(";{name}={item}")).collect()
                    }
                    _ => items.join(","),
                }
            }
            Parts::Members(members) => {
                let equals = if self.explode { "=" } else { "," };
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, text)| format!("{}{equals}{}", escape(name), escape(text)))
                    .collect();
                let joined = members.join(between);
                match (self.style, self.explode) {
                    (Style::Label, _) => format!(".{joined}"),
                    (Style::Matrix, true) => format!(";{joined}"),
                    (Style::Matrix, false) => format!(";{name}={joined}"),
                    _ => joined,
                }
            }
        };
        Some(self.once_more(written))
    }

    /// The escaped names and values in the query.
    pub(super) fn in_query(&self, value: &Value) -> Pairs {
        let escape = |text: &str| self.escape.of(text);
        let name = Escape::Unreserved.of(self.name);
        if let Some(media_type) = self.content {
            return Pairs::Exactly(vec![(name, escape(&content(media_type, value)))]);
        }
        let Some(parts) = Parts::of(value) else {
            return Pairs::Exactly(Vec::new());
        };
        let delimiter = match self.style {
            Style::SpaceDelimited => "%20",
            Style::PipeDelimited => "%7C",
            Style::TabDelimited => "%09",
            _ => ",",
        };
        let one = |text: String| Pairs::Exactly(vec![(name.clone(), text)]);
        match (parts, self.style) {
            (Parts::Deep, _) => Pairs::Unspecified,
            (Parts::Members(members), Style::DeepObject) => Pairs::Exactly(
                members
                    .iter()
                    .map(|(member, text)| {
                        (
                            format!("{name}%5B{}%5D", Escape::Unreserved.of(member)),
                            escape(text),
                        )
                    })
                    .collect(),
            ),
            // The table has no form for these.
            (Parts::List(_), Style::DeepObject) => Pairs::Unspecified,
            (Parts::One(text), _) => one(escape(&text)),
            (Parts::List(items), _) if self.explode => Pairs::Exactly(
                items
                    .iter()
                    .map(|item| (name.clone(), escape(item)))
                    .collect(),
            ),
            (Parts::Members(members), _) if self.explode => Pairs::Exactly(
                members
                    .iter()
                    .map(|(name, text)| (Escape::Unreserved.of(name), escape(text)))
                    .collect(),
            ),
            (Parts::List(items), _) => {
                let items: Vec<_> = items.iter().map(|item| escape(item)).collect();
                one(items.join(delimiter))
            }
            (Parts::Members(members), _) => {
                let members = members
                    .iter()
                    .flat_map(|(name, text)| [escape(name), escape(text)]);
                one(members.collect::<Vec<_>>().join(delimiter))
            }
        }
    }

    /// The text of a header. Nothing is escaped (OpenAPI 3.1.1, appendix D). `None` if there is nothing to send, or nothing that a
    /// header can hold.
    pub(super) fn in_header(&self, value: &Value) -> Option<String> {
        let written = match self.content {
            Some(media_type) => content(media_type, value),
            None => match Parts::of(value)? {
                Parts::Deep => return None,
                Parts::One(text) => text,
                Parts::List(items) => items.join(","),
                Parts::Members(members) => {
                    let equals = if self.explode { "=" } else { "," };
                    let members = members
                        .iter()
                        .map(|(name, text)| format!("{name}{equals}{text}"));
                    members.collect::<Vec<_>>().join(",")
                }
            },
        };
        let visible = |c: char| c.is_ascii_graphic() || c == ' ';
        (written.chars().all(visible) && written.trim() == written).then_some(written)
    }

    /// The names and values of cookies, without escapes, which no specification settles. Neither does one say how several
    /// cookies of one parameter are told apart: OpenAPI's `&` is none of RFC 6265.
    pub(super) fn in_cookie(&self, value: &Value) -> Pairs {
        let one = |text: String| Pairs::Exactly(vec![(self.name.to_owned(), text)]);
        if let Some(media_type) = self.content {
            return one(content(media_type, value));
        }
        match Parts::of(value) {
            None => Pairs::Exactly(Vec::new()),
            Some(Parts::One(text)) => one(text),
            Some(Parts::List(items)) if !self.explode => one(items.join(",")),
            Some(Parts::Members(members)) if !self.explode => {
                let members = members.into_iter().flat_map(|(name, text)| [name, text]);
                one(members.collect::<Vec<_>>().join(","))
            }
            Some(_) => Pairs::Unspecified,
        }
    }

    fn once_more(&self, written: String) -> String {
        if self.doubled {
            written.replace('%', "%25")
        } else {
            written
        }
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(on)) => *on,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// The media type of a parameter that has `content` in place of a schema.
fn media_type(data: &ParameterData) -> Option<&str> {
    match &data.format {
        ParameterSchemaOrContent::Schema(_) => None,
        ParameterSchemaOrContent::Content(content) => content.keys().next().map(String::as_str),
    }
}

/// A value for a parameter whose type is text, though its schema allows for other things.
pub(super) fn as_text(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Bool(_) | Value::Number(_) => Some(Value::String(text(value))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parameter(yaml: &str) -> Parameter {
        let yaml = format!("{{name: color, schema: {{}}, {yaml}}}");
        serde_yaml::from_str(&yaml).unwrap()
    }

    /// The values of the table.
    fn values() -> [Value; 4] {
        [
            json!(""),
            json!("blue"),
            json!(["blue", "black", "brown"]),
            json!({"R": 100, "G": 200, "B": 150}),
        ]
    }

    fn query(parameter: &Parameter, value: &Value) -> Option<String> {
        match Manner::of(parameter).in_query(value) {
            Pairs::Exactly(pairs) => Some(
                pairs
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect::<Vec<_>>()
                    .join("&"),
            ),
            Pairs::Unspecified => None,
        }
    }

    #[test]
    fn queries_follow_the_table() {
        for (said, expected) in [
            (
                "in: query, style: form, explode: false",
                [
                    "color=",
                    "color=blue",
                    "color=blue,black,brown",
                    "color=R,100,G,200,B,150",
                ],
            ),
            (
                "in: query, style: form, explode: true",
                [
                    "color=",
                    "color=blue",
                    "color=blue&color=black&color=brown",
                    "R=100&G=200&B=150",
                ],
            ),
            (
                "in: query, style: spaceDelimited, explode: false",
                [
                    "color=",
                    "color=blue",
                    "color=blue%20black%20brown",
                    "color=R%20100%20G%20200%20B%20150",
                ],
            ),
            (
                "in: query, style: pipeDelimited, explode: false",
                [
                    "color=",
                    "color=blue",
                    "color=blue%7Cblack%7Cbrown",
                    "color=R%7C100%7CG%7C200%7CB%7C150",
                ],
            ),
        ] {
            for (value, expected) in values().iter().zip(expected) {
                assert_eq!(
                    query(&parameter(said), value).as_deref(),
                    Some(expected),
                    "{said}"
                );
            }
        }
        let deep = parameter("in: query, style: deepObject, explode: true");
        assert_eq!(
            query(&deep, &values()[3]).as_deref(),
            Some("color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150")
        );
    }

    #[test]
    fn what_the_table_leaves_open_is_not_expected() {
        let deep = parameter("in: query, style: deepObject, explode: true");
        assert_eq!(query(&deep, &json!({"a": {"b": 1}})), None);
        assert_eq!(query(&deep, &json!(["a"])), None);
        assert_eq!(query(&parameter("in: query"), &json!([{"a": 1}])), None);
    }

    #[test]
    fn paths_follow_the_table() {
        for (said, expected) in [
            (
                "style: matrix, explode: false",
                [
                    ";color=blue",
                    ";color=blue,black,brown",
                    ";color=R,100,G,200,B,150",
                ],
            ),
            (
                "style: matrix, explode: true",
                [
                    ";color=blue",
                    ";color=blue;color=black;color=brown",
                    ";R=100;G=200;B=150",
                ],
            ),
            (
                "style: label, explode: false",
                [".blue", ".blue,black,brown", ".R,100,G,200,B,150"],
            ),
            (
                "style: label, explode: true",
                [".blue", ".blue.black.brown", ".R=100.G=200.B=150"],
            ),
            (
                "style: simple, explode: false",
                ["blue", "blue,black,brown", "R,100,G,200,B,150"],
            ),
            (
                "style: simple, explode: true",
                ["blue", "blue,black,brown", "R=100,G=200,B=150"],
            ),
        ] {
            let parameter = parameter(&format!("in: path, required: true, {said}"));
            for (value, expected) in values()[1..].iter().zip(expected) {
                let written = Manner::of(&parameter).in_path(value);
                assert_eq!(written.as_deref(), Some(expected), "{said}");
            }
        }
    }

    #[test]
    fn headers_and_cookies_are_not_escaped() {
        let header = parameter("in: header, explode: true");
        assert_eq!(
            Manner::of(&header).in_header(&values()[3]).as_deref(),
            Some("R=100,G=200,B=150")
        );
        assert_eq!(
            Manner::of(&header).in_header(&json!("a b/c")).as_deref(),
            Some("a b/c")
        );
        assert_eq!(Manner::of(&header).in_header(&json!("é")), None);
        let cookie = parameter("in: cookie, explode: false");
        assert_eq!(
            Manner::of(&cookie).in_cookie(&values()[2]),
            Pairs::Exactly(vec![("color".to_owned(), "blue,black,brown".to_owned())])
        );
        let spread = parameter("in: cookie");
        assert_eq!(
            Manner::of(&spread).in_cookie(&values()[2]),
            Pairs::Unspecified
        );
    }

    #[test]
    fn delimiters_in_values_are_escaped() {
        let list = parameter("in: query, explode: false");
        assert_eq!(
            query(&list, &json!(["a,b", "c d"])).as_deref(),
            Some("color=a%2Cb,c%20d")
        );
    }
}
