use serde_json::json;

use super::*;
use crate::diagnostics::{Diagnostic, Severity};

/// Parses bytes that need repair; what was said about them is `code line:column`.
fn repaired(bytes: &[u8]) -> (Value, Vec<String>) {
    let mut diagnostics = Diagnostics::new();
    let document = Document::parse("api", bytes.to_vec(), &mut diagnostics).unwrap();
    let said = |found: &Diagnostic| {
        assert!(found.severity < Severity::Error);
        let place = found.location.as_ref().unwrap();
        format!("{} {}:{}", found.code, place.line, place.column)
    };
    (document.root, diagnostics.iter().map(said).collect())
}

fn shown(text: &str) -> String {
    let error = failure(text);
    Terminal::new(false).render(error.diagnostic(), error.text())
}

#[test]
fn a_comma_before_a_closing_bracket_is_ignored_with_a_warning() {
    let (root, said) = repaired(b"{\"swagger\": [1, \"a,]\" , \n\t],\n \"b\": {\"c\": {},},\n}\n");
    assert_eq!(root, json!({"swagger": [1, "a,]"], "b": {"c": {}}}));
    assert_eq!(
        said,
        [
            "trailing-comma 1:23",
            "trailing-comma 3:15",
            "trailing-comma 3:17"
        ]
    );
}

#[test]
fn commas_that_stand_after_no_value_are_not_repaired() {
    for text in [
        "{\"swagger\": [,]}",
        "{\"swagger\": [1,,]}",
        "{\"swagger\": {,}}",
        "{\"swagger\":,}",
        "{\"swagger\": 1},",
    ] {
        assert_eq!(
            failure(text).diagnostic().code,
            Code::SyntaxInvalid,
            "{text}"
        );
    }
}

#[test]
fn control_characters_in_strings_are_kept_with_a_warning_for_each_string() {
    let (root, said) =
        repaired(b"{\"swagger\": \"ab\r\n\tc\\\\\",\n \"\x07k\": \"no \\\" end\x1f\"}");
    assert_eq!(
        root,
        json!({"swagger": "ab\r\n\tc\\", "\u{7}k": "no \" end\u{1f}"})
    );
    assert_eq!(
        said,
        [
            "control-character 1:16",
            "control-character 3:3",
            "control-character 3:18"
        ]
    );
}

#[test]
fn places_are_those_of_the_text_before_the_repair() {
    let mut diagnostics = Diagnostics::new();
    let text = "{\"swagger\": \"a\n\n\tb\", \"x\": [1,\n], \"y\": {\"z\": 1}}";
    let document = Document::parse("api", text.into(), &mut diagnostics).unwrap();
    assert_eq!(places(&document, &["/x", "/y/z"]), [(3, 6), (4, 10)]);
    // An error that remains, after an escape that made the text longer.
    let error = failure("{\"swagger\": \"a\n\n\tb\", \"x\": [1,], \"y\" 2}");
    assert_eq!(
        error.to_string(),
        "api:3:21: this is not valid JSON: expected `:`"
    );
}

#[test]
fn a_string_without_its_end_is_told_apart_from_one_with_a_line_break() {
    insta::assert_snapshot!(
        shown("{\n \"swagger\": \"2.0\",\n \"host\": \"a.com,\n \"basePath\": \"/\"\n}\n"), @r#"
    error[syntax-invalid]: this is not valid JSON: a string does not end in its line
     --> api:3:10
      |
    3 |  "host": "a.com,
      |          ^^^^^^^
      |
      = hint: the quotation mark at its end is missing
    "#);
    insta::assert_snapshot!(shown("{\n \"swagger\": \"2.0\n}\n"), @r#"
    error[syntax-invalid]: this is not valid JSON: a string does not end in its line
     --> api:2:13
      |
    2 |  "swagger": "2.0
      |             ^^^^
      |
      = hint: the quotation mark at its end is missing
    "#);
}

#[test]
fn what_is_truly_broken_is_shown_with_its_line() {
    insta::assert_snapshot!(shown("{\n \"swagger\": \"2.0\"\n \"paths\": {},\n}\n"), @r#"
    error[syntax-invalid]: this is not valid JSON: expected `,` or `}`
     --> api:3:2
      |
    3 |  "paths": {},
      |  ^^^^^^^
      |
      = hint: a comma or a closing bracket is missing before this
    "#);
    insta::assert_snapshot!(shown("{\n \"swagger\": [1, {\"]\": \"}\"},\n"), @r#"
    error[syntax-invalid]: this is not valid JSON: EOF while parsing a value
     --> api:2:27
      |
    2 |  "swagger": [1, {"]": "}"},
      |                           ^
      |
      = hint: `[` at 2:13 is not closed, or the end of the file is missing
    "#);
    insta::assert_snapshot!(shown("{\n \"swagger\": {}},\n \"paths\": {}\n}\n"), @r#"
    error[syntax-invalid]: this is not valid JSON: trailing characters
     --> api:2:16
      |
    2 |  "swagger": {}},
      |                ^
      |
      = hint: the value that the file holds ends before this: a bracket is closed too early, or a second document starts
    "#);
}

#[test]
fn bytes_of_windows_1252_are_read_as_such_with_a_warning() {
    for (text, place) in [
        (
            &b"{\"swagger\": \"\xc3\xa4 \xf8 \x93x\x94\"}"[..],
            "encoding-repaired 1:16",
        ),
        (
            &b"swagger: \"\xc3\xa4 \xf8 \x93x\x94\""[..],
            "encoding-repaired 1:13",
        ),
    ] {
        let (root, said) = repaired(text);
        assert_eq!(root, json!({"swagger": "ä ø “x”"}));
        assert_eq!(said, [place]);
    }
}

#[test]
fn bytes_of_no_known_encoding_are_located() {
    let bytes = b"openapi: 3\npaths: \x81".to_vec();
    let error = Document::parse("api", bytes, &mut Diagnostics::new()).unwrap_err();
    assert_eq!(error.diagnostic().code, Code::EncodingInvalid);
    assert_eq!(
        error.to_string(),
        "api:2:8: the document is not valid UTF-8 here"
    );
}

#[test]
fn a_byte_order_mark_before_json_is_noted() {
    let (_, said) = repaired(b"\xef\xbb\xbf {\"swagger\": 1}");
    assert_eq!(said, ["byte-order-mark 1:1"]);
    let (_, said) = repaired(b"\xef\xbb\xbfswagger: 1");
    assert!(said.is_empty());
}

#[test]
fn repairs_are_bounded() {
    let started = std::time::Instant::now();
    for text in [
        format!("{{\"swagger\": [{}]}}", "[1,],".repeat(2_000_000)),
        format!("{{\"swagger\": \"{}\"}}", "\n".repeat(10_000_000)),
        format!("{{\"swagger\": {}", "\"\n\":[1,],".repeat(1_000_000)),
        format!("{{\"swagger\": [{}", "\"\n".repeat(1_000_000)),
        format!("{{\"swagger\": [{}1]}}", "\"\n\",".repeat(90_000)),
    ] {
        let mut diagnostics = Diagnostics::new();
        let _ = Document::parse("api", text.into_bytes(), &mut diagnostics);
        assert!(diagnostics.iter().count() <= 500);
    }
    assert!(started.elapsed().as_secs() < 30);
}
