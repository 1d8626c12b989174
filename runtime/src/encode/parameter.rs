//! Parameters in queries, headers, and cookies; path parameters are in [`path`](super::path).

use serde_json::Value;

use super::form::{form, nested};
use super::percent::Escape;
use super::value::{Parts, scalar_text};
use crate::descriptor::{Parameter, Style, essence};

const FORM: &str = "application/x-www-form-urlencoded";

/// The escaped names and values of a query parameter.
pub(crate) fn query_pairs(parameter: &Parameter, value: &Value) -> Vec<(String, String)> {
    let escape = if parameter.allow_reserved {
        Escape::ReservedQuery
    } else {
        Escape::Component
    };
    let name = || Escape::Component.apply(parameter.name);
    if let Some(media_type) = parameter.content {
        return content_text(media_type, value)
            .map(|text| (name(), escape.apply(&text)))
            .into_iter()
            .collect();
    }
    if parameter.style == Style::DeepObject {
        let mut pairs = Vec::new();
        nested(parameter.name, value, &mut |name, text| {
            pairs.push((Escape::Component.apply(name), escape.apply(text)));
        });
        return pairs;
    }
    styled_pairs(
        parameter.name,
        Parts::of(value),
        parameter.style,
        parameter.explode,
        escape,
    )
}

/// The escaped text of a parameter that is the whole query: a form as in a body, anything else as one escaped text (OpenAPI 3.2.0
/// section 4.12.1). `None` if there is nothing to send.
pub(crate) fn query_string(parameter: &Parameter, value: &Value) -> Option<String> {
    let media_type = parameter.content.unwrap_or(FORM);
    let essence = essence(media_type);
    let text = if value.is_null() {
        return None;
    } else if essence.eq_ignore_ascii_case(FORM) {
        form(parameter.encodings, value)
    } else if value.is_string() && !essence.ends_with("json") {
        Escape::Component.apply(&scalar_text(value))
    } else {
        Escape::Component.apply(&value.to_string())
    };
    Some(text).filter(|text| !text.is_empty())
}

/// `form` and its relatives with other delimiters. Exploded, all of them are the same.
pub(super) fn styled_pairs(
    name: &str,
    parts: Option<Parts>,
    style: Style,
    explode: bool,
    escape: Escape,
) -> Vec<(String, String)> {
    let delimiter = match style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        Style::TabDelimited => "%09",
        _ => ",",
    };
    let escaped_name = || Escape::Component.apply(name);
    match parts {
        None => Vec::new(),
        Some(Parts::Scalar(text)) => vec![(escaped_name(), escape.apply(&text))],
        Some(Parts::List(items)) if explode => items
            .iter()
            .map(|item| (escaped_name(), escape.apply(item)))
            .collect(),
        Some(Parts::Members(members)) if explode => members
            .iter()
            .map(|(name, text)| (Escape::Component.apply(name), escape.apply(text)))
            .collect(),
        Some(parts) => vec![(escaped_name(), joined(&parts, false, delimiter, escape))],
    }
}

/// A list or an object as one text: `a,b` or, exploded, `name=a,name=b`.
pub(super) fn joined(parts: &Parts, explode: bool, delimiter: &str, escape: Escape) -> String {
    let items: Vec<String> = match parts {
        Parts::Scalar(text) => return escape.apply(text),
        Parts::List(items) => items.iter().map(|item| escape.apply(item)).collect(),
        Parts::Members(members) => {
            let between = if explode { "=" } else { delimiter };
            let member = |(name, text): &(String, String)| {
                format!("{}{between}{}", escape.apply(name), escape.apply(text))
            };
            members.iter().map(member).collect()
        }
    };
    items.join(delimiter)
}

/// The text of a header parameter (style `simple`); `None` if there is nothing to send.
pub(crate) fn header_text(parameter: &Parameter, value: &Value) -> Option<String> {
    if let Some(media_type) = parameter.content {
        return content_text(media_type, value);
    }
    Some(joined(
        &Parts::of(value)?,
        parameter.explode,
        ",",
        Escape::None,
    ))
}

/// The text of a cookie parameter: one or several `name=value`, separated by `; ` where it is exploded. (OpenAPI would have
/// `&` there, which no server reads as several cookies.)
pub(crate) fn cookie_text(parameter: &Parameter, value: &Value) -> Option<String> {
    let named = |name: &str, text: &str| format!("{name}={text}");
    // The style `cookie` leaves escaping to the caller.
    let (escape, escape_name) = match parameter.style {
        Style::Cookie => (Escape::None, Escape::None),
        _ => (Escape::Cookie, Escape::Component),
    };
    if let Some(media_type) = parameter.content {
        return content_text(media_type, value)
            .map(|text| named(parameter.name, &escape.apply(&text)));
    }
    let cookies: Vec<String> = match Parts::of(value)? {
        Parts::List(items) if parameter.explode => items
            .iter()
            .map(|item| named(parameter.name, &escape.apply(item)))
            .collect(),
        Parts::Members(members) if parameter.explode => members
            .iter()
            .map(|(name, text)| named(&escape_name.apply(name), &escape.apply(text)))
            .collect(),
        parts => vec![named(parameter.name, &joined(&parts, false, ",", escape))],
    };
    Some(cookies.join("; "))
}

/// A value in a media type: text for `text/*`, JSON for everything else.
pub(super) fn content_text(media_type: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        value if media_type.starts_with("text/") => Some(scalar_text(value)),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::Encoding;
    use serde_json::json;

    fn query(parameter: Parameter, value: Value) -> String {
        let pairs = query_pairs(&parameter, &value);
        pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&")
    }

    /// The values of the table in OpenAPI 3.0.4 section 4.7.12.4.
    fn colors() -> [Value; 4] {
        [
            json!(""),
            json!("blue"),
            json!(["blue", "black", "brown"]),
            json!({"R": 100, "G": 200, "B": 150}),
        ]
    }

    #[test]
    fn query_styles_follow_the_table() {
        use Style::{DeepObject, Form, PipeDelimited, SpaceDelimited, TabDelimited};
        let rows = [
            (
                Form,
                false,
                [
                    "color=",
                    "color=blue",
                    "color=blue,black,brown",
                    "color=R,100,G,200,B,150",
                ],
            ),
            (
                Form,
                true,
                [
                    "color=",
                    "color=blue",
                    "color=blue&color=black&color=brown",
                    "R=100&G=200&B=150",
                ],
            ),
            (
                SpaceDelimited,
                false,
                [
                    "color=",
                    "color=blue",
                    "color=blue%20black%20brown",
                    "color=R%20100%20G%20200%20B%20150",
                ],
            ),
            (
                PipeDelimited,
                false,
                [
                    "color=",
                    "color=blue",
                    "color=blue%7Cblack%7Cbrown",
                    "color=R%7C100%7CG%7C200%7CB%7C150",
                ],
            ),
            (
                TabDelimited,
                false,
                [
                    "color=",
                    "color=blue",
                    "color=blue%09black%09brown",
                    "color=R%09100%09G%09200%09B%09150",
                ],
            ),
            (
                DeepObject,
                true,
                [
                    "color=",
                    "color=blue",
                    "color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown",
                    "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
                ],
            ),
        ];
        for (style, explode, expected) in rows {
            for (value, expected) in colors().into_iter().zip(expected) {
                assert_eq!(
                    query(
                        Parameter::query("color").style(style).explode(explode),
                        value
                    ),
                    expected,
                    "{style:?}"
                );
            }
        }
    }

    #[test]
    fn a_parameter_can_be_the_whole_query() {
        static ENCODINGS: [Encoding; 1] = [Encoding::new("ids").style(Style::Form).explode(false)];
        let of = |media_type, value: Value| {
            let parameter = Parameter::query_string("q")
                .content(media_type)
                .encoding(&ENCODINGS);
            query_string(&parameter, &value)
        };
        let value = || json!({"a": "x y&z", "ids": [1, 2], "b": [true]});
        assert_eq!(
            of("application/x-www-form-urlencoded", value()).as_deref(),
            Some("a=x+y%26z&ids=1%2C2&b=true")
        );
        assert_eq!(
            of("application/json", json!({"a": "é"})).as_deref(),
            Some("%7B%22a%22%3A%22%C3%A9%22%7D")
        );
        assert_eq!(
            of("application/jsonpath", json!("$.a[0]")).as_deref(),
            Some("%24.a%5B0%5D")
        );
        assert_eq!(of("application/x-www-form-urlencoded", json!({})), None);
        assert_eq!(of("application/json", Value::Null), None);
    }

    #[test]
    fn the_style_cookie_leaves_values_as_they_are() {
        let cookie = |value| cookie_text(&Parameter::cookie("c").style(Style::Cookie), &value);
        assert_eq!(cookie(json!("a%20b")).as_deref(), Some("c=a%20b"));
        assert_eq!(cookie(json!(["x/y", "z"])).as_deref(), Some("c=x/y; c=z"));
    }

    #[test]
    fn delimiters_are_literal_and_values_are_encoded() {
        let ids = || Parameter::query("ids").explode(false);
        assert_eq!(query(ids(), json!(["a,b", "c d"])), "ids=a%2Cb,c%20d");
        assert_eq!(
            query(Parameter::query("a[]"), json!(["x", "y"])),
            "a%5B%5D=x&a%5B%5D=y"
        );
        assert_eq!(
            query(Parameter::query("q").allow_reserved(), json!("a/b?c&d")),
            "q=a/b?c%26d"
        );
        assert_eq!(query(ids(), json!([])), "");
        assert_eq!(query(ids(), json!(null)), "");
    }

    #[test]
    fn deep_objects_nest() {
        let value = json!({"a": {"b": [1, {"c": true}]}, "n": null});
        let expected = "f%5Ba%5D%5Bb%5D%5B0%5D=1&f%5Ba%5D%5Bb%5D%5B1%5D%5Bc%5D=true&f%5Bn%5D=";
        assert_eq!(
            query(Parameter::query("f").style(Style::DeepObject), value),
            expected
        );
    }

    #[test]
    fn content_is_json() {
        let filter = Parameter::query("filter").content("application/json");
        assert_eq!(
            query(filter, json!({"a": "b c"})),
            "filter=%7B%22a%22%3A%22b%20c%22%7D"
        );
        let header = Parameter::header("x").content("application/json");
        assert_eq!(
            header_text(&header, &json!({"a": [1]})).unwrap(),
            r#"{"a":[1]}"#
        );
    }

    #[test]
    fn headers_are_simple_and_not_escaped() {
        let [empty, scalar, list, object] = colors();
        let header =
            |explode, value: &Value| header_text(&Parameter::header("x").explode(explode), value);
        assert_eq!(header(false, &empty).unwrap(), "");
        assert_eq!(header(false, &scalar).unwrap(), "blue");
        assert_eq!(header(true, &list).unwrap(), "blue,black,brown");
        assert_eq!(header(false, &object).unwrap(), "R,100,G,200,B,150");
        assert_eq!(header(true, &object).unwrap(), "R=100,G=200,B=150");
        assert_eq!(header(false, &json!("a b/c")).unwrap(), "a b/c");
        assert_eq!(header(false, &json!(null)), None);
    }

    #[test]
    fn cookies_are_form() {
        let [_, scalar, list, object] = colors();
        let cookie =
            |explode, value| cookie_text(&Parameter::cookie("c").explode(explode), value).unwrap();
        assert_eq!(cookie(true, &scalar), "c=blue");
        assert_eq!(cookie(false, &list), "c=blue,black,brown");
        assert_eq!(cookie(true, &list), "c=blue; c=black; c=brown");
        assert_eq!(cookie(false, &object), "c=R,100,G,200,B,150");
        assert_eq!(cookie(true, &object), "R=100; G=200; B=150");
        let (text, names) = (json!("a;b"), json!({"x=1; y": "z"}));
        assert_eq!(cookie(true, &text), "c=a%3Bb");
        assert_eq!(cookie(true, &names), "x%3D1%3B%20y=z");
    }
}
