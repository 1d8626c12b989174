//! The calls of a tag as JSON, beside the tests that make them.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::model::wire::{
    Answer, Body, Case, Content, Credential, Form, Operation, Part, Sent, SentBody,
};
use crate::model::{self, Api, Status};
use crate::render::docs;

/// The file of a tag: a line for each call and each answer, so that a difference shows which of them it is in. An operation that
/// answers like one before names it.
pub(super) fn file(api: &Api, tests: &[&Operation]) -> String {
    let mut text = String::new();
    let mut known: Vec<(&Operation, &str)> = Vec::new();
    let called = tests.iter().filter(|test| test.not_callable.is_none());
    for test in called {
        let Some(operation) = super::operation(api, test) else {
            continue;
        };
        text.push_str(if text.is_empty() { "{\n" } else { ",\n" });
        add(&mut text, &json!(operation.id));
        text.push_str(": {\n");
        for (name, value) in described(operation, test) {
            let _ = write!(text, "\"{name}\": ");
            add(&mut text, &value);
            text.push_str(",\n");
        }
        let cases = test.cases.iter().map(|of| case(operation, of));
        lines(&mut text, "cases", cases);
        text.push_str(",\n");
        match known
            .iter()
            .find(|(other, _)| other.answers == test.answers)
        {
            Some((_, same)) => {
                text.push_str("\"answers\": ");
                add(&mut text, &json!(same));
            }
            None => {
                lines(&mut text, "answers", test.answers.iter().map(answer));
                known.push((test, operation.id.as_str()));
            }
        }
        text.push_str("\n}");
    }
    text.push_str(if text.is_empty() { "{}\n" } else { "\n}\n" });
    text
}

/// Adds a list, each element in its line.
fn lines(text: &mut String, name: &str, values: impl Iterator<Item = Value>) {
    let _ = write!(text, "\"{name}\": [");
    for (index, value) in values.enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        add(text, &value);
    }
    text.push_str("\n]");
}

/// Adds a value in plain characters. What isn't plain is only ever inside strings.
fn add(text: &mut String, value: &Value) {
    for c in value.to_string().chars() {
        if docs::is_plain(c) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
}

/// What is the same for all calls of an operation.
fn described(operation: &model::Operation, test: &Operation) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("method".into(), json!(operation.method));
    let knows_404 = operation.errors.iter().any(|error| {
        matches!(
            error.status,
            Status::Code(404) | Status::Range(4) | Status::Default
        )
    });
    if knows_404 {
        members.insert("statuses".into(), json!([404]));
    }
    if !test.credentials.is_empty() {
        let credentials = test.credentials.iter().map(credential);
        members.insert("credentials".into(), credentials.collect());
    }
    if test.rewritten {
        members.insert("rewritten".into(), json!(true));
    }
    members
}

fn credential(credential: &Credential) -> Value {
    match credential {
        Credential::Header(name) => json!({ "header": name }),
        Credential::Query(name) => json!({ "query": name }),
        Credential::Cookie(name) => json!({ "cookie": name }),
    }
}

fn case(operation: &model::Operation, case: &Case) -> Value {
    let mut members = Map::new();
    members.insert("name".into(), json!(case.name));
    let arguments: Map<String, Value> = case
        .arguments
        .iter()
        .filter_map(|(index, value)| {
            let parameter = operation.parameters.get(*index)?;
            Some((parameter.name.as_str().to_owned(), value.clone()))
        })
        .collect();
    if !arguments.is_empty() {
        members.insert("arguments".into(), Value::Object(arguments));
    }
    members.extend(case.body.as_ref().map(|of| ("body".to_owned(), body(of))));
    members.insert("sent".into(), sent(&case.sent));
    Value::Object(members)
}

fn body(body: &Body) -> Value {
    match &body.content {
        Content::Value(value) => json!({ "media": body.index, "value": value }),
        Content::Text(text) => json!({ "media": body.index, "text": text }),
    }
}

/// What must be sent. A body that is sent as it was given isn't repeated.
fn sent(sent: &Sent) -> Value {
    let mut members = Map::new();
    members.insert("path".into(), json!(sent.path));
    let mut add = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    if !sent.query.is_empty() {
        add("query", json!(sent.query));
    }
    if !sent.unspecified.is_empty() {
        add("unspecified", json!(sent.unspecified));
    }
    if !sent.headers.is_empty() {
        let headers = sent.headers.iter();
        let headers: Map<String, Value> = headers
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        add("headers", Value::Object(headers));
    }
    if !sent.cookies.is_empty() {
        add("cookies", json!(sent.cookies));
    }
    if let Some(media_type) = &sent.media_type {
        add("type", json!(media_type));
    }
    match &sent.body {
        Some(SentBody::Form(form)) => add("form", described_form(form)),
        Some(SentBody::Parts(parts)) => add("parts", parts.iter().map(part).collect()),
        None => {}
    }
    Value::Object(members)
}

fn described_form(form: &Form) -> Value {
    let mut members = Map::new();
    members.insert("text".into(), json!(form.text));
    if form.exact {
        members.insert("exact".into(), json!(true));
    }
    if !form.unspecified.is_empty() {
        members.insert("unspecified".into(), json!(form.unspecified));
    }
    Value::Object(members)
}

fn part(part: &Part) -> Value {
    let mut members = Map::new();
    members.insert("name".into(), json!(part.name));
    if let Some(name) = &part.file_name {
        members.insert("file".into(), json!(name));
    }
    if let Some(media_type) = &part.media_type {
        members.insert("type".into(), json!(media_type));
    }
    let (name, content) = content(&part.content);
    members.insert(name.into(), content);
    Value::Object(members)
}

fn answer(answer: &Answer) -> Value {
    let mut members = Map::new();
    members.insert("status".into(), json!(answer.status));
    if let Some((media_type, body)) = &answer.body {
        members.insert("type".into(), json!(media_type));
        let (name, content) = content(body);
        members.insert(name.into(), content);
    }
    Value::Object(members)
}

fn content(content: &Content) -> (&'static str, Value) {
    match content {
        Content::Value(value) => ("json", value.clone()),
        Content::Text(text) => ("text", json!(text)),
    }
}
