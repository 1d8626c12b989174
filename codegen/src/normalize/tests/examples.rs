//! Examples are kept when asked for, and then all of them.

use serde_json::{Value, json};

use crate::diagnostics::Diagnostics;
use crate::normalize::{Options, normalize};

fn canonical(root: Value, examples: bool) -> Value {
    let normalized = normalize(root, &Options { examples }, &mut Diagnostics::new()).unwrap();
    serde_json::to_value(&normalized.openapi).unwrap()
}

fn third() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/things": {"get": {
            "parameters": [{"name": "id", "in": "query", "schema": {"type": "string"}, "example": "a"}],
            "responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Thing"},
                "examples": {"shared": {"$ref": "#/components/examples/Shared"}, "own": {"value": 2}, "elsewhere": {"externalValue": "x.json"}}
            }}}}
        }}},
        "components": {
            "examples": {"Shared": {"value": 1}},
            "schemas": {"Thing": {"type": "integer", "examples": [3, 4], "example": 5}}
        }
    })
}

#[test]
fn examples_are_dropped_unless_asked_for() {
    let text = canonical(third(), false).to_string();
    assert!(!text.contains("example"), "{text}");
}

#[test]
fn examples_of_schemas_parameters_and_media_types_are_kept() {
    let document = canonical(third(), true);
    let thing = &document["components"]["schemas"]["Thing"];
    assert_eq!(thing["example"], json!(5));
    assert_eq!(thing["x-connector-examples"], json!([3, 4]));
    let operation = &document["paths"]["/things"]["get"];
    assert_eq!(operation["parameters"][0]["example"], json!("a"));
}

#[test]
fn shared_examples_stand_where_they_are_used() {
    let document = canonical(third(), true);
    let content = &document["paths"]["/things"]["get"]["responses"]["200"]["content"];
    let examples = &content["application/json"]["examples"];
    assert_eq!(
        *examples,
        json!({"shared": {"value": 1}, "own": {"value": 2}})
    );
}

#[test]
fn examples_of_swagger_responses_belong_to_media_types() {
    let root = json!({
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "produces": ["application/json"],
        "paths": {"/things": {"get": {
            "parameters": [{"name": "id", "in": "query", "type": "string", "x-example": "a"}],
            "responses": {"200": {"description": "", "schema": {"type": "integer"}, "examples": {"application/json": 7}}}
        }}}
    });
    let document = canonical(root, true);
    let operation = &document["paths"]["/things"]["get"];
    let content = &operation["responses"]["200"]["content"];
    assert_eq!(content["application/json"]["example"], json!(7));
    assert_eq!(operation["parameters"][0]["example"], json!("a"));
}
