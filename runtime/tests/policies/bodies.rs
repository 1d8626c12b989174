//! Policies on bodies, by the examples of their documentation and the connectors that have them.

use connector_runtime::policy::{Action, Path, Piece, Policy, Template};
use connector_runtime::{RequestOptions, Value};

use super::{at, case, json, text};

const BODY: Path = Path::body(&[]);

/// The body that leaves.
async fn sent(actions: Vec<Action>, body: &str) -> Value {
    let policies = actions.into_iter().map(Policy::request).collect();
    let sent = case(policies).body(json(body)).sent().await.unwrap();
    json(&sent.text())
}

fn set(parent: Path, name: &'static [&'static str], pieces: &'static [Piece]) -> Action {
    Action::SetProperty {
        parent,
        name: Path::here(name),
        value: text(pieces),
    }
}

const FIRST: Piece = Piece::Path(Path::body(&["f"]));
const LAST: Piece = Piece::Path(Path::body(&["l"]));
const OWN: Piece = Piece::Path(Path::item(&["n"]));
const NUMBER: Piece = Piece::Path(Path::body(&["n"]));
const PAYMENTS: Piece = Piece::Path(Path::body(&["payments"]));

#[tokio::test]
async fn property_is_set_on_an_object_or_on_each_element() {
    let people = Path::body(&["people"]);
    for (parent, name, pieces, body, expected) in [
        // The three examples of the documentation.
        (
            people,
            &["location"][..],
            &[Piece::Text("USA")][..],
            r#"{"people": {"a": 1}}"#,
            r#"{"people": {"a": 1, "location": "USA"}}"#,
        ),
        (
            people,
            &["age"],
            &[Piece::Text("30")],
            r#"{"people": [{"n": 1}, {"n": 2}]}"#,
            r#"{"people": [{"n": 1, "age": "30"}, {"n": 2, "age": "30"}]}"#,
        ),
        (
            BODY,
            &["name"],
            &[FIRST, Piece::Text(" "), LAST],
            r#"{"f": "John", "l": "Smith"}"#,
            r#"{"f": "John", "l": "Smith", "name": "John Smith"}"#,
        ),
        // Each element's own value.
        (
            people,
            &["id"],
            &[OWN, Piece::Text("-x")],
            r#"{"people": [{"n": 1}, {"n": "b"}]}"#,
            r#"{"people": [{"n": 1, "id": "1-x"}, {"n": "b", "id": "b-x"}]}"#,
        ),
        // Text that reads as a list.
        (
            BODY,
            &["topics"],
            &[Piece::Text(r#"["a", "b"]"#)],
            "{}",
            r#"{"topics": ["a", "b"]}"#,
        ),
        (
            BODY,
            &["payments"],
            &[Piece::Text("["), PAYMENTS, Piece::Text("]")],
            r#"{"payments": {"a": "x"}}"#,
            r#"{"payments": [{"a": "x"}]}"#,
        ),
        (
            BODY,
            &["payments"],
            &[Piece::Text("["), PAYMENTS, Piece::Text("]")],
            r#"{"b": 1}"#,
            r#"{"b": 1}"#,
        ),
        // An expression by itself keeps its type.
        (
            BODY,
            &["copy"],
            &[NUMBER],
            r#"{"n": 1.5}"#,
            r#"{"n": 1.5, "copy": 1.5}"#,
        ),
        (
            BODY,
            &["copy"],
            &[NUMBER],
            r#"{"n": null}"#,
            r#"{"n": null}"#,
        ),
        (
            BODY,
            &["a", "b"],
            &[Piece::Text("x")],
            "{}",
            r#"{"a": {"b": "x"}}"#,
        ),
        // Nothing is made for a part that was left out.
        (
            people,
            &["x"],
            &[Piece::Text("x")],
            r#"{"b": 1}"#,
            r#"{"b": 1}"#,
        ),
        (
            people,
            &["x"],
            &[Piece::Text("x")],
            r#"{"people": "b"}"#,
            r#"{"people": "b"}"#,
        ),
    ] {
        let sent = sent(vec![set(parent, name, pieces)], body).await;
        assert_eq!(sent, json(expected), "{name:?} in {body}");
    }
}

#[tokio::test]
async fn text_is_replaced() {
    let replace = |from, to, target| Action::ReplaceText {
        parent: Path::body(&["invoices"]),
        name: Path::here(&["url"]),
        from,
        to,
        target,
    };
    let body = r#"{"invoices": [{"url": "https://x/9"}, {"url": 5}, {}]}"#;
    let sent_body = sent(vec![replace("https://x/", "", Path::item(&["id"]))], body).await;
    let expected = r#"{"invoices": [{"url": "https://x/9", "id": "9"}, {"url": 5}, {}]}"#;
    assert_eq!(sent_body, json(expected));
    let same = sent(vec![replace("", "x", Path::item(&["url"]))], body).await;
    assert_eq!(same, json(body));
    // The path from the body means the element too.
    let from_body = vec![replace("https://x/", "", Path::body(&["invoices", "url"]))];
    let expected = r#"{"invoices": [{"url": "9"}, {"url": 5}, {}]}"#;
    assert_eq!(sent(from_body, body).await, json(expected));
}

#[tokio::test]
async fn object_becomes_an_array() {
    let convert = |parent, name, target| Action::ObjectToArray {
        parent,
        name: Path::here(name),
        target,
        key: "Name",
        value: "Details",
    };
    for (action, body, expected) in [
        (
            convert(BODY, &["o"], Path::body(&["list"])),
            r#"{"o": {"X": {"A": 1}, "Y": 2}}"#,
            r#"{"o": {"X": {"A": 1}, "Y": 2}, "list": [{"Name": "X", "Details": {"A": 1}}, {"Name": "Y", "Details": 2}]}"#,
        ),
        (
            convert(BODY, &["o"], Path::body(&["o"])),
            r#"{"o": {"X": 1}}"#,
            r#"{"o": [{"Name": "X", "Details": 1}]}"#,
        ),
        (
            convert(Path::body(&["v"]), &["o"], Path::item(&["p"])),
            r#"{"v": [{"o": {"X": 1}}, {}]}"#,
            r#"{"v": [{"o": {"X": 1}, "p": [{"Name": "X", "Details": 1}]}, {}]}"#,
        ),
        (
            convert(BODY, &[], Path::body(&["z"])),
            r#"{"X": 1}"#,
            r#"{"X": 1, "z": [{"Name": "X", "Details": 1}]}"#,
        ),
        (
            convert(BODY, &["o"], Path::body(&["list"])),
            r#"{"o": [1]}"#,
            r#"{"o": [1]}"#,
        ),
    ] {
        assert_eq!(sent(vec![action], body).await, json(expected), "{body}");
    }
}

#[tokio::test]
async fn array_becomes_an_object() {
    let convert = |retain_key, name| Action::ArrayToObject {
        parent: BODY,
        name: Path::here(name),
        target: Path::body(&["o"]),
        key: Path::here(&["id"]),
        retain_key,
    };
    for (retain_key, body, expected) in [
        (
            true,
            r#"{"o": [{"id": "a", "n": 1}, {"id": 2}]}"#,
            r#"{"o": {"a": {"id": "a", "n": 1}, "2": {"id": 2}}}"#,
        ),
        (
            false,
            r#"{"o": [{"id": "a", "n": 1}]}"#,
            r#"{"o": {"a": {"n": 1}}}"#,
        ),
        (false, r#"{"o": [{"id": "a"}]}"#, r#"{"o": {"a": null}}"#),
        (false, r#"{"o": []}"#, r#"{"o": {}}"#),
        // Without a key, nothing is lost.
        (
            false,
            r#"{"o": [{"id": "a"}, {"n": 1}]}"#,
            r#"{"o": [{"id": "a"}, {"n": 1}]}"#,
        ),
        (false, r#"{"o": ["a"]}"#, r#"{"o": ["a"]}"#),
        (false, r#"{"o": {"a": 1}}"#, r#"{"o": {"a": 1}}"#),
    ] {
        assert_eq!(
            sent(vec![convert(retain_key, &["o"])], body).await,
            json(expected),
            "{body}"
        );
    }
    let whole = Action::ArrayToObject {
        parent: Path::body(&["o"]),
        name: Path::here(&[]),
        target: Path::body(&["o"]),
        key: Path::here(&["id"]),
        retain_key: false,
    };
    let expected = json(r#"{"o": {"a": {"n": 1}}}"#);
    assert_eq!(
        sent(vec![whole], r#"{"o": [{"id": "a", "n": 1}]}"#).await,
        expected
    );
}

#[tokio::test]
async fn text_becomes_an_array() {
    let convert = |child| Action::TextToArray {
        parent: BODY,
        name: Path::here(&["p", "x", "age"]),
        target: Path::body(&["p", "x", "age"]),
        delimiters: ";,",
        child,
    };
    for (child, body, expected) in [
        (
            "w",
            r#"{"p": {"x": {"age": "3;0"}}}"#,
            r#"{"p": {"x": {"age": [{"w": "3"}, {"w": "0"}]}}}"#,
        ),
        (
            "w",
            r#"{"p": {"x": {"age": " 3, ;"}}}"#,
            r#"{"p": {"x": {"age": [{"w": "3"}]}}}"#,
        ),
        (
            "",
            r#"{"p": {"x": {"age": "3;0"}}}"#,
            r#"{"p": {"x": {"age": ["3", "0"]}}}"#,
        ),
        (
            "w",
            r#"{"p": {"x": {"age": 3}}}"#,
            r#"{"p": {"x": {"age": 3}}}"#,
        ),
        ("w", r#"{"p": {}}"#, r#"{"p": {}}"#),
    ] {
        assert_eq!(
            sent(vec![convert(child)], body).await,
            json(expected),
            "{body}"
        );
    }
}

#[tokio::test]
async fn text_is_percent_encoded() {
    let encode = Action::EncodeText {
        parent: Path::body(&["a"]),
        name: Path::here(&["id"]),
        target: Path::item(&["id"]),
    };
    let sent = sent(vec![encode], r#"{"a": [{"id": "ada b@x.y"}]}"#).await;
    assert_eq!(sent, json(r#"{"a": [{"id": "ada%20b%40x.y"}]}"#));
}

#[tokio::test]
async fn properties_move() {
    let all = |only, target| Action::MoveProperties {
        source: Path::body(&["custom"]),
        target: Path::body(target),
        only,
    };
    for (action, body, expected) in [
        (
            all(&[], &[]),
            r#"{"a": 1, "custom": {"b": 2, "c": 3}}"#,
            r#"{"a": 1, "b": 2, "c": 3}"#,
        ),
        (
            all(&["b"], &[]),
            r#"{"custom": {"b": 2, "c": 3}}"#,
            r#"{"custom": {"c": 3}, "b": 2}"#,
        ),
        (
            all(&[], &["new"]),
            r#"{"custom": {"b": 2}}"#,
            r#"{"new": {"b": 2}}"#,
        ),
        (
            all(&[], &["a"]),
            r#"{"a": 1, "custom": {"b": 2}}"#,
            r#"{"a": 1, "custom": {"b": 2}}"#,
        ),
        (all(&[], &[]), r#"{"custom": "x"}"#, r#"{"custom": "x"}"#),
    ] {
        assert_eq!(sent(vec![action], body).await, json(expected), "{body}");
    }
    let whole = Action::MoveProperties {
        source: BODY,
        target: Path::body(&["in"]),
        only: &["x"],
    };
    assert_eq!(
        sent(vec![whole], r#"{"x": 1}"#).await,
        json(r#"{"in": {"x": 1}}"#)
    );
}

#[tokio::test]
async fn body_that_is_no_json_stays_as_it_is() {
    let policies = || vec![Policy::request(set(BODY, &["a"], &[Piece::Text("x")]))];
    let sent = case(policies()).sent().await.unwrap();
    assert_eq!(sent.text(), "");
    assert_eq!(sent.header("content-length"), Some("0"));
    let mut broken = case(policies());
    let mock = broken.mock.clone();
    mock.reply(connector_runtime::mock::Reply::json(200, "x"));
    broken.body = Some(Value::Null);
    let mut request = broken.request().unwrap();
    request.raw(0, "{broken");
    request.send::<connector_runtime::Empty>().await.unwrap();
    assert_eq!(mock.requests()[0].text(), "{broken");
}

#[tokio::test]
async fn body_that_is_not_called_json_stays_as_it_is() {
    let policies = vec![Policy::request(set(BODY, &["a"], &[Piece::Text("x")]))];
    let case = case(policies).body(json(r#"{"b": 1.10}"#));
    let mock = case.mock.clone();
    mock.reply(connector_runtime::mock::Reply::json(200, "x"));
    let mut request = case.request().unwrap();
    request.options(RequestOptions::new().content_type("text/plain"));
    request.send::<connector_runtime::Empty>().await.unwrap();
    assert_eq!(mock.requests()[0].text(), r#"{"b":1.1}"#);
}

#[tokio::test]
async fn header_can_be_made_from_the_body() {
    let value: Template = at(Path::body(&["tenant"]));
    let header = Action::SetHeader {
        name: "x-tenant",
        value,
        exists: connector_runtime::policy::Exists::Override,
    };
    let case = case(vec![Policy::request(header)]).body(json(r#"{"tenant": 5}"#));
    assert_eq!(case.sent().await.unwrap().header("x-tenant"), Some("5"));
}
