//! Text of the document that would like to be code.

use super::{MODELS, THINGS, document, operation, schemas};

/// Ends comments, strings, attributes and blocks of Markdown.
const HOSTILE: &str = r##"*/ } "#]\n/// ```\nfn evil() {} // <script>alert(1)</script> [x](javascript:alert(1)) \u{202e}"##;

/// Whether a file has functions of its own; generated code has methods only.
fn has_functions(text: &str) -> bool {
    let items = syn::parse_file(text).unwrap().items;
    items.iter().any(|item| matches!(item, syn::Item::Fn(_)))
}

#[test]
fn text_stays_in_comments_and_literals_everywhere() {
    let text = serde_json::to_string(HOSTILE).unwrap();
    let of = document(&format!(
        "{{\"openapi\": \"3.0.3\", \"info\": {{\"title\": {text}, \"version\": {text}, \"description\": {text}}},
          \"servers\": [{{\"url\": \"https://acme.com/\", \"description\": {text}}}],
          \"tags\": [{{\"name\": {text}, \"description\": {text}}}],
          \"paths\": {{\"/x\": {{\"get\": {{\"tags\": [{text}], \"operationId\": {text}, \"summary\": {text}, \"description\": {text},
            \"parameters\": [{{\"name\": {text}, \"in\": \"query\", \"description\": {text}, \"schema\": {{\"type\": \"string\", \"enum\": [{text}, \"b\"]}}}}],
            \"responses\": {{\"200\": {{\"description\": {text}, \"headers\": {{\"X\": {{\"description\": {text}, \"schema\": {{\"type\": \"string\"}}}}}},
              \"content\": {{\"application/json\": {{\"schema\": {{\"type\": \"object\", \"title\": {text}, \"description\": {text}, \"properties\": {{{text}: {{\"type\": \"string\", \"default\": {text}, \"description\": {text}}}}}}}}}}}}},
              \"400\": {{\"description\": {text}}}}}}}}}}}, 
          \"components\": {{\"securitySchemes\": {{{text}: {{\"type\": \"apiKey\", \"in\": \"header\", \"name\": {text}, \"description\": {text}}}}}}}}}"
    ));
    for (path, contents) in of.0.iter() {
        if path.ends_with(".rs") {
            assert!(!has_functions(contents), "{path}");
            assert!(!contents.contains('\u{202e}'), "{path}");
        }
        if path.ends_with("Cargo.toml") {
            contents.parse::<toml::Table>().unwrap();
        }
    }
}

#[test]
fn a_code_block_of_a_description_is_no_doctest() {
    let of = operation(
        "description: \"Try:\\n```\\npanic!()\\n```\\n\"\nresponses: {'204': {description: d}}",
    );
    assert!(
        of.item(THINGS, "pub fn post_things_by_id")
            .contains("/// ```text\n/// panic!()\n/// ```")
    );
}

#[test]
fn brackets_are_no_links() {
    let of = schemas(
        "X: {type: object, description: 'see [Foo] and Vec<T>', properties: {a: {type: string}}}",
    );
    assert!(
        of.item(MODELS, "pub struct X")
            .starts_with("/// see \\[Foo\\] and Vec\\<T>")
    );
}

#[test]
fn wire_names_are_literals() {
    let of = schemas(r#"X: {type: object, properties: {'a"b\c': {type: string}}}"#);
    assert!(of.file(MODELS).contains(r#""a\"b\\c""#));
}
