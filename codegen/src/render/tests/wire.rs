//! The wire tests: the Rust that makes the calls, and the calls.

use serde_json::{Value, json};

use crate::write::FileSet;
use crate::{Generator, RuntimeDependency};

const SHOP: &str = r#"
openapi: 3.0.3
info: {title: Shop, version: '1'}
security: [{key: []}]
paths:
  /things/{id}:
    parameters:
    - {name: id, in: path, required: true, schema: {type: string, enum: ['a/b']}}
    put:
      operationId: putThing
      tags: [things]
      parameters:
      - {name: tier, in: query, required: true, schema: {type: string, enum: [free, gold]}}
      - {name: tags, in: query, explode: false, schema: {type: array, items: {type: string, enum: ['x,y']}}}
      - {name: X-Trace, in: header, schema: {type: string, enum: [t]}}
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Thing'}}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Thing'}}
          multipart/form-data:
            schema:
              type: object
              required: [photo]
              properties:
                photo: {type: string, format: binary}
                size: {type: integer, enum: [3]}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '404': {description: none}
  /notes:
    post:
      operationId: addNote
      tags: [notes]
      deprecated: true
      security: []
      requestBody: {content: {text/plain: {schema: {type: string, enum: ["\u202e"]}}}}
      responses: {'204': {description: d}}
    get:
      operationId: listNotes
      tags: [notes]
      security: []
      responses: {'204': {description: d}}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: key}
  schemas:
    Thing:
      type: object
      required: [name]
      properties:
        name: {type: string, enum: ['a b']}
        size: {type: integer, enum: [3]}
"#;

fn generated(yaml: &str, tests: bool) -> FileSet {
    let generator = Generator::from_bytes("shop.yaml", yaml).tests(tests);
    generator
        .generate(RuntimeDependency::default())
        .unwrap()
        .files
}

fn file<'f>(files: &'f FileSet, path: &str) -> &'f str {
    files.get(path).unwrap_or_else(|| panic!("no `{path}`"))
}

fn calls(files: &FileSet, tag: &str) -> Value {
    serde_json::from_str(file(files, &format!("tests/wire/{tag}.json"))).unwrap()
}

#[test]
fn a_test_makes_all_calls_of_an_operation() {
    let files = generated(SHOP, true);
    insta::assert_snapshot!("wire-root", file(&files, "tests/wire.rs"));
    insta::assert_snapshot!("wire-things", file(&files, "tests/wire/things.rs"));
    insta::assert_snapshot!("wire-notes", file(&files, "tests/wire/notes.rs"));
}

#[test]
fn calls_say_what_must_be_sent() {
    let calls = calls(&generated(SHOP, true), "things");
    let case = |name: &str| {
        let cases = calls["putThing"]["cases"].as_array().unwrap();
        cases.iter().find(|case| case["name"] == name).unwrap()
    };
    let required = case("required");
    assert_eq!(required["arguments"], json!({"id": "a/b", "tier": "free"}));
    assert_eq!(required["sent"]["path"], "/things/a%2Fb");
    assert_eq!(required["sent"]["query"], "tier=free");
    let everything = case("everything");
    assert_eq!(everything["sent"]["query"], "tier=free&tags=x%2Cy");
    assert_eq!(everything["sent"]["headers"], json!({"X-Trace": "t"}));
    let form = case("as application/x-www-form-urlencoded");
    assert_eq!(
        form["sent"]["form"],
        json!({"text": "name=a+b&size=3", "exact": true})
    );
    let sent = &case("as multipart/form-data")["sent"]["parts"];
    assert_eq!(sent[0]["file"], "file.bin");
    assert_eq!(sent[0]["type"], "application/octet-stream");
    assert_eq!(sent[1], json!({"name": "size", "text": "3"}));
    assert_eq!(calls["putThing"]["credentials"], json!([{"query": "key"}]));
    assert_eq!(calls["putThing"]["statuses"], json!([404]));
}

#[test]
fn every_value_of_an_enum_is_sent() {
    let calls = calls(&generated(SHOP, true), "things");
    let cases = calls["putThing"]["cases"].as_array().unwrap();
    for tier in ["free", "gold"] {
        assert!(
            cases.iter().any(|case| case["arguments"]["tier"] == tier),
            "{tier}"
        );
    }
    assert!(cases.len() <= 8);
}

#[test]
fn signs_that_hide_others_are_escaped() {
    let files = generated(SHOP, true);
    let text = file(&files, "tests/wire/notes.json");
    assert!(!text.contains('\u{202e}'));
    let calls = calls(&files, "notes");
    let cases = calls["addNote"]["cases"].as_array().unwrap();
    assert!(cases.iter().any(|case| case["body"]["text"] == "\u{202e}"));
}

#[test]
fn an_operation_without_a_value_is_said_to_be_not_callable() {
    let yaml = r#"
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{name: id, in: path, required: true, schema: {type: string, enum: ['..']}}]
      responses: {'204': {description: d}}
"#;
    let files = generated(yaml, true);
    let code = file(&files, "tests/wire/things.rs");
    assert!(code.contains("wire::not_callable("), "{code}");
    assert!(
        code.contains("no value for the required parameter `id`"),
        "{code}"
    );
}

#[test]
fn a_crate_has_tests_only_if_they_are_asked_for() {
    let without = generated(SHOP, false);
    assert!(without.iter().all(|(path, _)| !path.starts_with("tests/")));
    assert!(!file(&without, "Cargo.toml").contains("dev-dependencies"));
    assert!(!file(&without, "README.md").contains("CONNECTOR_TEST_SERVER"));
    let with = generated(SHOP, true);
    let manifest = file(&with, "Cargo.toml");
    assert!(manifest.contains("\"tests/**\""), "{manifest}");
    assert!(manifest.contains("features = [\"wire\"]"), "{manifest}");
    assert!(file(&with, "README.md").contains("CONNECTOR_TEST_SERVER"));
}

#[test]
fn tests_are_the_same_each_time() {
    assert_eq!(generated(SHOP, true), generated(SHOP, true));
}

#[test]
fn each_call_and_each_answer_has_a_line() {
    let files = generated(SHOP, true);
    insta::assert_snapshot!("wire-calls", file(&files, "tests/wire/notes.json"));
    // Both answer with nothing, which is said once.
    let calls = calls(&files, "notes");
    assert_eq!(calls["addNote"]["answers"], "listNotes");
}

#[test]
fn a_form_that_is_a_text_is_sent_as_it_is() {
    let yaml = r#"
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /things:
    post:
      operationId: addThing
      tags: [things]
      requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: string}, example: a=b}}}
      responses: {'204': {description: d}}
"#;
    let calls = calls(&generated(yaml, true), "things");
    let cases = calls["addThing"]["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["body"]["text"] == "a=b");
    assert_eq!(
        case.unwrap()["sent"]["type"],
        "application/x-www-form-urlencoded"
    );
}
