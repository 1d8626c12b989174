use serde_json::json;

use super::*;
use crate::diagnostics::Terminal;

mod external;
mod folder;
mod overlay;
mod repair;

fn parse(text: &str) -> Document {
    Document::parse("api", text.as_bytes().to_vec(), &mut Diagnostics::new()).unwrap()
}

fn failure(text: &str) -> SourceError {
    Document::parse("api", text.as_bytes().to_vec(), &mut Diagnostics::new()).unwrap_err()
}

fn places(document: &Document, pointers: &[&str]) -> Vec<(usize, usize)> {
    let pointers: Vec<_> = pointers
        .iter()
        .map(|text| Pointer::parse(text).unwrap())
        .collect();
    document
        .locate(&pointers)
        .into_iter()
        .map(|place| place.map_or((0, 0), |at| (at.line, at.column)))
        .collect()
}

#[test]
fn json_and_yaml_are_told_apart_by_content() {
    assert_eq!(
        parse(r#" {"openapi": "3.0.0"}"#).definition().format,
        Some(Format::Json)
    );
    assert_eq!(
        parse("openapi: 3.0.0").definition().format,
        Some(Format::Yaml)
    );
    assert_eq!(
        parse("{openapi: 3.0.0, paths: {}}").definition().format,
        Some(Format::Yaml)
    );
    assert_eq!(
        parse("# comment\n---\nopenapi: 3.0.0").root,
        json!({"openapi": "3.0.0"})
    );
}

#[test]
fn an_endless_stream_of_no_text_is_refused_by_its_start() {
    let mut diagnostics = Diagnostics::new();
    let error = Document::read("api", std::io::repeat(0), &mut diagnostics).unwrap_err();
    assert_eq!(error.diagnostic().code, Code::EncodingInvalid);
    assert!(error.to_string().contains("binary data"), "{error}");
}

#[test]
fn a_stream_is_read_beyond_its_start() {
    let text = format!("openapi: 3.0.0\nx-long: {}\nx-end: 1\n", "a".repeat(10_000));
    let mut diagnostics = Diagnostics::new();
    let document = Document::read("api", text.as_bytes(), &mut diagnostics).unwrap();
    assert_eq!(document.root["x-end"], 1);
}

#[test]
fn member_order_is_kept() {
    let document = parse(r#"{"paths": 1, "openapi": 2, "a": 3}"#);
    let keys: Vec<_> = document.root.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["paths", "openapi", "a"]);
}

#[test]
fn byte_order_marks_and_utf_16_are_understood() {
    let text = "{\"openapi\": \"3.0.0\", \"ä\": 1}";
    let expected = json!({"openapi": "3.0.0", "ä": 1});
    let mut with_mark = vec![0xEF, 0xBB, 0xBF];
    with_mark.extend(text.as_bytes());
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    for bytes in [with_mark, little, big] {
        let document = Document::parse("api", bytes, &mut Diagnostics::new()).unwrap();
        assert_eq!(document.root, expected);
    }
}

#[test]
fn yaml_keys_that_are_no_strings_become_strings() {
    let document = parse("openapi: 3.0.0\nresponses:\n  200: ok\n  true: yes\n  1.5: x\n");
    assert_eq!(
        document.root["responses"],
        json!({"200": "ok", "true": "yes", "1.5": "x"})
    );
}

#[test]
fn yaml_merge_keys_add_what_is_missing() {
    let document =
        parse("openapi: &b {a: 1, b: 2}\npaths: {<<: *b, b: 3}\nx: {<<: [*b, {c: 4}], a: 5}\n");
    assert_eq!(document.root["paths"], json!({"b": 3, "a": 1}));
    assert_eq!(document.root["x"], json!({"a": 5, "b": 2, "c": 4}));
}

#[test]
fn yaml_tags_are_dropped_and_numbers_stay_numbers() {
    let document = parse("openapi: !custom {a: !x 1}\nbig: 18446744073709551615\nnan: .nan\n");
    assert_eq!(document.root["openapi"], json!({"a": 1}));
    assert_eq!(document.root["big"], json!(18_446_744_073_709_551_615_u64));
    assert_eq!(document.root["nan"], json!(null));
}

#[test]
fn duplicate_keys_are_reported_at_their_place() {
    for text in [
        "{\"paths\": {\"/a\": [0, {\"get\": 1,\n\"get\": 2}]}}",
        "paths:\n  /a: [0, {get: 1, get: 2}]",
    ] {
        let mut diagnostics = Diagnostics::new();
        let document = Document::parse("api", text.as_bytes().to_vec(), &mut diagnostics).unwrap();
        let pointers: Vec<_> = diagnostics.iter().map(|d| d.pointer.as_str()).collect();
        assert_eq!(pointers, ["/paths/~1a/1/get"]);
        assert_eq!(document.root["paths"]["/a"][1]["get"], 2);
        document.locate_all(&mut diagnostics);
        assert_eq!(
            diagnostics
                .iter()
                .next()
                .unwrap()
                .location
                .as_ref()
                .unwrap()
                .line,
            2
        );
    }
}

#[test]
fn pointers_are_located_in_json() {
    let document = parse(
        "{\n  \"openapi\": \"3\",\n  \"päths\": {\"/a\": {\"x\": [1, {\"y\\u0041\": 2}]}}\n}",
    );
    let found = places(
        &document,
        &[
            "",
            "/openapi",
            "/päths/~1a/x",
            "/päths/~1a/x/1/yA",
            "/päths/missing/z",
            "/nope",
        ],
    );
    assert_eq!(found, [(1, 1), (2, 3), (3, 20), (3, 30), (3, 3), (1, 1)]);
}

#[test]
fn pointers_are_located_in_yaml() {
    let document = parse(
        "openapi: '3'\npaths:\n  /a:\n    x:\n      - 1\n      - y: {z: 1}\n  200: &q\n    k: v\nr: *q\n",
    );
    let found = places(
        &document,
        &[
            "",
            "/paths/~1a/x/1/y/z",
            "/paths/200/k",
            "/paths/200/none",
            "/r/k",
        ],
    );
    assert_eq!(found, [(1, 1), (6, 13), (8, 5), (7, 3), (9, 1)]);
}

#[test]
fn a_yaml_syntax_error_is_shown_with_its_line() {
    let error = failure("openapi: 3.0.0\npaths:\n\t/pets: {}\n");
    insta::assert_snapshot!(Terminal::new(false).render(error.diagnostic(), error.text()), @r"
    error[syntax-invalid]: this is not valid YAML: found character that cannot start any token
     --> api:3:1
      |
    3 |  /pets: {}
      | ^^^^^^
      |
      = hint: YAML is indented with spaces, never tabs; text with special characters needs quotes
    ");
}

#[test]
fn other_content_is_refused_with_a_hint() {
    for text in [
        "",
        " \n",
        "<!DOCTYPE html><title>openapi</title>",
        "hello: world",
        "{\"a\": 1}",
    ] {
        assert_eq!(
            failure(text).diagnostic().code,
            Code::NotADefinition,
            "{text}"
        );
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text =
        String::from("openapi: 3.0.0\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![alias; 9].join(", "));
    }
    assert_eq!(failure(&text).diagnostic().code, Code::AliasExpansion);
}

#[test]
fn a_wide_alias_bomb_is_refused() {
    let text = format!(
        "openapi: &a {}\nb: [{}]\n",
        "x".repeat(1_000_000),
        vec!["*a"; 5_000].join(", ")
    );
    assert_eq!(failure(&text).diagnostic().code, Code::AliasExpansion);
}

#[test]
fn an_alias_to_itself_is_refused() {
    assert_eq!(
        failure("openapi: &a [*a]\n").diagnostic().code,
        Code::NestedTooDeep
    );
}

#[test]
fn deep_nesting_is_refused() {
    let depth = 200_000;
    for text in [
        format!("{{\"openapi\": {}", "[".repeat(depth)),
        format!("openapi: {}", "[".repeat(depth)),
        format!("openapi: {}{}", "[".repeat(depth), "]".repeat(depth)),
        format!("openapi: {}1", "{a: ".repeat(depth)),
        format!("openapi:\n {}1", "- ".repeat(10_000)),
    ] {
        let error = failure(&text);
        assert_eq!(
            error.diagnostic().code,
            Code::NestedTooDeep,
            "{}",
            error.diagnostic().message
        );
    }
}

#[test]
fn brackets_in_text_are_not_nesting() {
    let document = parse(&format!(
        "openapi: 3.0.0\ndescription: '{}'\n",
        "x[31m".repeat(1_000)
    ));
    assert_eq!(document.root["description"].as_str().unwrap().len(), 5_000);
}

#[test]
fn yaml_with_millions_of_values_is_refused() {
    for text in [
        format!("openapi: [{}]", "a,".repeat(4_000_000)),
        format!(
            "openapi:\n{}",
            format!("{}x\n", "- ".repeat(120)).repeat(15_000)
        ),
    ] {
        let error = failure(&text);
        assert_eq!(error.diagnostic().code, Code::FileTooLarge);
    }
}

#[test]
fn tag_directives_are_refused() {
    let prefix = "x".repeat(200_000);
    let error = failure(&format!(
        "%TAG !e! tag:{prefix}\n---\nopenapi:\n{}",
        "- !e!a b\n".repeat(30_000)
    ));
    assert_eq!(error.diagnostic().code, Code::SyntaxInvalid);
    assert!(error.to_string().starts_with("api:1:1: "), "{error}");
}
