//! How bodies are written: forms (OpenAPI 3.0.4, section 4.7.15 and the URL standard) and parts (RFC 7578).

use openapiv3::{Encoding, MediaType, QueryStyle};
use serde_json::Value;

use super::super::media::essence;
use super::percent::form_component;
use super::value::{Parts, content, text};
use crate::model::wire::{Content, Form, Part};
use crate::model::{self, FormFieldKind};

/// The name that files get in the tests.
pub(super) const FILE_NAME: &str = "file.bin";

/// Writes an object as a form.
pub(super) fn form(media: &MediaType, value: &Value) -> Form {
    let mut form = Form {
        exact: true,
        ..Form::default()
    };
    let mut written = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let encoding = media.encoding.get(name);
        match pairs(name, value, encoding) {
            Some(pairs) => written.extend(pairs),
            None => form.unspecified.push(name.clone()),
        }
        // With a style, escapes are those of RFC 6570; how they go with those of forms is left open (appendix E).
        form.exact &= encoding.is_none_or(|encoding| !has_style(encoding));
    }
    let written: Vec<_> = written
        .iter()
        .map(|(name, text)| format!("{}={}", form_component(name), form_component(text)))
        .collect();
    form.text = written.join("&");
    form
}

/// Whether the encoding is about styles, so that its content type does not count.
fn has_style(encoding: &Encoding) -> bool {
    encoding.style.is_some() || encoding.allow_reserved
}

/// The names and values of a member; `None` if no specification says them.
///
/// Objects without an encoding would be JSON by the letter, and nested arrays nothing at all; APIs that take such forms read
/// brackets. So neither is expected.
fn pairs(name: &str, value: &Value, encoding: Option<&Encoding>) -> Option<Vec<(String, String)>> {
    let named = |text: String| (name.to_owned(), text);
    let Some(encoding) = encoding else {
        return match Parts::of(value) {
            Some(Parts::One(text)) => Some(vec![named(text)]),
            Some(Parts::List(items)) => Some(items.into_iter().map(named).collect()),
            None if value.is_null() => None,
            None => Some(Vec::new()),
            Some(Parts::Members(_) | Parts::Deep) => None,
        };
    };
    if let Some(media_type) = &encoding.content_type
        && !has_style(encoding)
    {
        return match value {
            Value::Null | Value::Array(_) => None,
            value => Some(vec![named(content(media_type, value))]),
        };
    }
    let style = encoding.style.clone().unwrap_or(QueryStyle::Form);
    let delimiter = match style {
        QueryStyle::SpaceDelimited => " ",
        QueryStyle::PipeDelimited => "|",
        QueryStyle::Form | QueryStyle::DeepObject => ",",
    };
    let explode = encoding.explode;
    match (Parts::of(value)?, &style) {
        (Parts::One(text), _) => Some(vec![named(text)]),
        (Parts::Members(members), QueryStyle::DeepObject) => Some(
            members
                .into_iter()
                .map(|(member, text)| (format!("{name}[{member}]"), text))
                .collect(),
        ),
        (Parts::List(items), QueryStyle::Form) if explode => {
            Some(items.into_iter().map(named).collect())
        }
        (Parts::Members(members), QueryStyle::Form) if explode => Some(members),
        // The table has no other form for what is spread.
        (Parts::Deep, _) | (_, QueryStyle::DeepObject) => None,
        _ if explode => None,
        (Parts::List(items), _) => Some(vec![named(items.join(delimiter))]),
        (Parts::Members(members), _) => {
            let members = members.into_iter().flat_map(|(name, text)| [name, text]);
            Some(vec![named(members.collect::<Vec<_>>().join(delimiter))])
        }
    }
}

/// The parts of a form, in the order of its fields. Members without a field are none of its parts.
pub(super) fn parts(media: &MediaType, form: Option<&model::Form>, value: &Value) -> Vec<Part> {
    let members = value.as_object();
    let member = |name: &str| members.and_then(|members| members.get(name));
    match form {
        Some(form) => form
            .fields
            .iter()
            .filter_map(|field| Some((field, member(field.wire.as_str())?)))
            .flat_map(|(field, value)| {
                let name = field.wire.as_str();
                let encoding = media.encoding.get(name);
                match field.kind {
                    FormFieldKind::File => vec![file(name, value, encoding)],
                    FormFieldKind::Files => {
                        let files = value.as_array().into_iter().flatten();
                        files.map(|value| file(name, value, encoding)).collect()
                    }
                    FormFieldKind::Value(_) => values(name, value, encoding),
                }
            })
            .collect(),
        None => members
            .into_iter()
            .flatten()
            .flat_map(|(name, value)| values(name, value, media.encoding.get(name)))
            .collect(),
    }
}

fn file(name: &str, value: &Value, encoding: Option<&Encoding>) -> Part {
    Part {
        name: name.to_owned(),
        file_name: Some(FILE_NAME.to_owned()),
        media_type: Some(
            said(encoding)
                .unwrap_or("application/octet-stream")
                .to_owned(),
        ),
        content: Content::Text(text(value)),
    }
}

/// A value: a part for each element of an array, JSON for objects, text for the rest (section 4.7.15.1.1).
fn values(name: &str, value: &Value, encoding: Option<&Encoding>) -> Vec<Part> {
    let part = |value: &Value| {
        let said = said(encoding);
        let json = value.is_object() || value.is_array() || said.is_some_and(is_json);
        Part {
            name: name.to_owned(),
            file_name: None,
            media_type: said
                .or(json.then_some("application/json"))
                .map(str::to_owned),
            content: match json {
                true => Content::Value(value.clone()),
                false => Content::Text(text(value)),
            },
        }
    };
    match value {
        Value::Null => Vec::new(),
        // A list that the document calls JSON is one: whoever wants a part for each item doesn't say so.
        Value::Array(items) if !said(encoding).is_some_and(is_json) => {
            items.iter().map(part).collect()
        }
        value => vec![part(value)],
    }
}

/// The media type of a part in the document: the first that is one.
fn said(encoding: Option<&Encoding>) -> Option<&str> {
    let list = encoding?.content_type.as_deref()?;
    let mut list = list.split(',').map(str::trim);
    list.find(|name| !name.is_empty() && !name.contains('*'))
}

fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == "application/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn media(yaml: &str) -> MediaType {
        serde_yaml::from_str(yaml).unwrap()
    }

    #[test]
    fn a_form_without_encodings_is_that_of_the_url_standard() {
        let form = form(
            &media("{}"),
            &json!({"a b": "c&d", "list": [1, 2], "yes": true, "none": []}),
        );
        assert_eq!(form.text, "a+b=c%26d&list=1&list=2&yes=true");
        assert!(form.exact && form.unspecified.is_empty());
    }

    #[test]
    fn what_no_specification_says_about_forms_is_not_expected() {
        let form = form(
            &media("{}"),
            &json!({"a": {"b": 1}, "c": null, "d": [[1]], "e": 2}),
        );
        assert_eq!(form.text, "e=2");
        assert_eq!(form.unspecified, ["a", "c", "d"]);
    }

    /// The example of OpenAPI 3.0.4, section 4.7.15.2.2: an address as JSON.
    #[test]
    fn encodings_of_forms_decide_per_member() {
        let media = media(
            "encoding: {address: {contentType: application/json}, ids: {style: pipeDelimited, explode: false}, at: {style: deepObject, explode: true}, point: {style: form, explode: true}}",
        );
        let address = json!({"streetAddress": "123 Example Dr.", "city": "Somewhere"});
        let form = form(
            &media,
            &json!({"address": address, "ids": ["a", "b"], "at": {"x": 1}, "point": {"y": 2}}),
        );
        assert_eq!(
            form.text,
            "address=%7B%22streetAddress%22%3A%22123+Example+Dr.%22%2C%22city%22%3A%22Somewhere%22%7D&ids=a%7Cb&at%5Bx%5D=1&y=2"
        );
        assert!(!form.exact);
    }

    #[test]
    fn parts_have_the_types_that_openapi_gives_them() {
        let media = media(
            "encoding: {photo: {contentType: 'image/*, image/png'}, j: {contentType: application/json}}",
        );
        let value = json!({"id": 1, "tags": ["a", "b"], "address": {"x": 1}, "photo": "p", "j": ["k"], "n": null});
        let found: Vec<_> = parts(&media, None, &value)
            .into_iter()
            .map(|part| (part.name, part.media_type, part.content))
            .collect();
        let text = |text: &str| Content::Text(text.to_owned());
        let json = || Some("application/json".to_owned());
        assert_eq!(
            found,
            [
                ("id".to_owned(), None, text("1")),
                ("tags".to_owned(), None, text("a")),
                ("tags".to_owned(), None, text("b")),
                (
                    "address".to_owned(),
                    json(),
                    Content::Value(json!({"x": 1}))
                ),
                ("photo".to_owned(), Some("image/png".to_owned()), text("p")),
                ("j".to_owned(), json(), Content::Value(json!(["k"]))),
            ]
        );
    }
}
