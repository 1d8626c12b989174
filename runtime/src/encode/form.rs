//! `application/x-www-form-urlencoded` bodies, and the bracket notation that they share with `deepObject`.

use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use super::parameter::content_text;
use super::percent::Escape;
use super::value::{Parts, scalar_text};
use crate::descriptor::{Encoding, MediaType, Style};

/// Writes a form (WHATWG URL, "application/x-www-form-urlencoded": space is `+`).
///
/// Without an encoding in the document, scalars are `name=value`, lists of scalars repeat the name, and everything deeper uses
/// [bracket notation](nested). A body that is not an object has no names to write and gives an empty form.
pub(crate) fn form_body(media: &MediaType, body: &Value) -> String {
    form(media.encodings, body)
}

/// The same with the encodings alone.
pub(super) fn form(encodings: &'static [Encoding], body: &Value) -> String {
    let mut out = String::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        let encoding = encodings.iter().find(|encoding| encoding.name == *name);
        let reserved = encoding.is_some_and(|encoding| encoding.allow_reserved);
        for (name, text) in member_pairs(name, value, encoding) {
            if !out.is_empty() {
                out.push('&');
            }
            out.extend(byte_serialize(name.as_bytes()));
            out.push('=');
            if reserved {
                Escape::ReservedForm.append(&mut out, &text);
            } else {
                out.extend(byte_serialize(text.as_bytes()));
            }
        }
    }
    out
}

/// The pairs of one member, not yet escaped.
fn member_pairs(name: &str, value: &Value, encoding: Option<&Encoding>) -> Vec<(String, String)> {
    let style = encoding.and_then(|encoding| encoding.style);
    let explode = encoding.and_then(|encoding| encoding.explode);
    // The content type counts only where no style is given, nor what goes with one (OpenAPI 3.0.4 section 4.7.15.1).
    if let Some(media_type) = encoding.and_then(|encoding| encoding.content_type)
        && style.is_none()
        && explode.is_none()
        && !encoding.is_some_and(|encoding| encoding.allow_reserved)
        && (!value.is_array() || media_type.contains("json"))
    {
        return content_text(media_type, value)
            .map(|text| (name.to_owned(), text))
            .into_iter()
            .collect();
    }
    let flat = match style {
        Some(Style::DeepObject) => false,
        Some(_) => true,
        None => explode.is_some() || is_flat_list(value),
    };
    if !flat || is_deep(value) {
        let mut pairs = Vec::new();
        nested(name, value, &mut |name, text| {
            pairs.push((name.to_owned(), text.to_owned()))
        });
        return pairs;
    }
    let style = style.unwrap_or(Style::Form);
    styled(name, value, style, explode.unwrap_or(style == Style::Form))
}

fn styled(name: &str, value: &Value, style: Style, explode: bool) -> Vec<(String, String)> {
    let delimiter = match style {
        Style::SpaceDelimited => " ",
        Style::PipeDelimited => "|",
        Style::TabDelimited => "\t",
        _ => ",",
    };
    let one = |text: String| vec![(name.to_owned(), text)];
    match Parts::of(value) {
        None if value.is_null() => one(String::new()),
        None => Vec::new(),
        Some(Parts::Scalar(text)) => one(text),
        Some(Parts::List(items)) if explode => items
            .into_iter()
            .map(|item| (name.to_owned(), item))
            .collect(),
        Some(Parts::List(items)) => one(items.join(delimiter)),
        Some(Parts::Members(members)) if explode => members,
        Some(Parts::Members(members)) => one(members
            .into_iter()
            .flat_map(|(name, text)| [name, text])
            .collect::<Vec<_>>()
            .join(delimiter)),
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

fn is_flat_list(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().all(is_scalar))
}

/// Whether the value has levels that only bracket notation can say.
fn is_deep(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.iter().all(is_scalar),
        Value::Object(members) => !members.values().all(is_scalar),
        _ => false,
    }
}

/// Bracket notation: `a[b][c]=1` for members and `a[0]=1` for elements.
///
/// OpenAPI defines `deepObject` for one level of scalars only. For the rest this follows what Stripe's API, qs (Express), PHP
/// and Rack read alike. Elements carry their index, because `a[][b]=1&a[][c]=2` leaves open how many elements there are. Null is
/// written as an empty value, which is how such APIs clear a member.
pub(super) fn nested(name: &str, value: &Value, pair: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                nested(&format!("{name}[{index}]"), item, pair);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                nested(&format!("{name}[{member}]"), value, pair);
            }
        }
        scalar => pair(name, &scalar_text(scalar)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(encodings: &'static [Encoding], body: Value) -> String {
        let media = MediaType::new("application/x-www-form-urlencoded").encoding(encodings);
        form_body(&media, &body)
            .replace("%5B", "[")
            .replace("%5D", "]")
    }

    #[test]
    fn default_is_brackets_for_objects_and_repetition_for_lists() {
        let body = json!({"a": "x y", "b": [1, 2], "c": {"d": {"e": true}}, "f": [{"g": 1}], "h": null, "i": 5.0});
        assert_eq!(
            form(&[], body),
            "a=x+y&b=1&b=2&c[d][e]=true&f[0][g]=1&h=&i=5"
        );
    }

    #[test]
    fn encodings_decide_per_member() {
        static ENCODINGS: [Encoding; 6] = [
            Encoding::new("expand")
                .style(Style::DeepObject)
                .explode(true),
            Encoding::new("ids").style(Style::Form).explode(false),
            Encoding::new("items")
                .style(Style::DeepObject)
                .explode(true),
            Encoding::new("json").content_type("application/json"),
            Encoding::new("pipes").style(Style::PipeDelimited),
            Encoding::new("point").style(Style::Form).explode(true),
        ];
        let body = json!({
            "expand": ["a", "b"],
            "ids": [1, 2],
            "items": [{"price": "p"}],
            "json": {"a": [1]},
            "pipes": ["x", "y"],
            "point": {"lat": 1, "lon": 2},
        });
        let expected = "expand[0]=a&expand[1]=b&ids=1%2C2&items[0][price]=p&json=%7B%22a%22%3A[1]%7D&pipes=x%7Cy&lat=1&lon=2";
        assert_eq!(form(&ENCODINGS, body), expected);
    }

    #[test]
    fn reserved_characters_stay_where_the_encoding_allows_them() {
        static ENCODINGS: [Encoding; 3] = [
            Encoding::new("ids")
                .style(Style::Form)
                .explode(false)
                .allow_reserved(),
            Encoding::new("open").allow_reserved(),
            Encoding::new("deep")
                .style(Style::DeepObject)
                .allow_reserved(),
        ];
        let body = json!({
            "open": "https://a.b/c?d=e&f g",
            "closed": "a/b",
            "ids": ["x/y", "z"],
            "deep": {"a": "/"},
        });
        let expected = "open=https://a.b/c?d=e%26f%20g&closed=a%2Fb&ids=x/y,z&deep[a]=/";
        assert_eq!(form(&ENCODINGS, body), expected);
    }

    #[test]
    fn flat_style_with_deep_value_falls_back_to_brackets() {
        static ENCODINGS: [Encoding; 1] = [Encoding::new("a").style(Style::Form).explode(true)];
        assert_eq!(form(&ENCODINGS, json!({"a": {"b": {"c": 1}}})), "a[b][c]=1");
    }
}
