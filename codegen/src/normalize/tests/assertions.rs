//! Keywords of JSON Schema 2020-12 that 3.0 has no place for.

use super::*;

/// The canonical form of a schema of OpenAPI 3.1, and where it causes diagnostics.
fn noted(schema: &str) -> (Value, Vec<String>) {
    let outcome = with_schema("openapi: 3.1.0", schema);
    let base = "/components/schemas/X";
    let findings = outcome.findings().into_iter();
    let findings = findings.map(|finding| finding.replace(&format!(" {base}"), " "));
    (outcome.at(base), findings.collect())
}

#[test]
fn what_only_validates_is_kept_with_canonical_references() {
    let (found, notes) = noted(
        "{type: array, not: {const: a}, contains: {$ref: '#/components/schemas/Pet'}, minContains: 2, maxContains: 3}",
    );
    assert_eq!(
        found,
        json!({
            "type": "array", "items": {},
            "x-connector-not": {"type": "string", "enum": ["a"]},
            "x-connector-contains": pet(),
            "x-connector-min-contains": 2,
            "x-connector-max-contains": 3,
        })
    );
    assert_eq!(
        notes,
        [
            "schema-keyword-ignored /not",
            "schema-keyword-ignored /contains"
        ]
    );
    let (found, _) =
        noted("{type: object, propertyNames: {pattern: '^a'}, dependentRequired: {a: [b]}}");
    assert_eq!(
        found,
        json!({
            "type": "object",
            "x-connector-property-names": {"type": "string", "pattern": "^a"},
            "x-connector-dependent-required": {"a": ["b"]},
        })
    );
}

#[test]
fn properties_of_branches_are_optional_ones_of_the_object() {
    let (found, notes) = noted(
        "{required: [kind], properties: {kind: {type: string}}, if: {properties: {kind: {const: cat}}}, then: {required: [lives], properties: {lives: {type: integer}, kind: {const: cat}}}, else: {properties: {bark: {type: boolean}}}}",
    );
    assert_eq!(found["type"], "object");
    assert_eq!(found["required"], json!(["kind"]));
    assert_eq!(
        found["properties"],
        json!({"kind": {"type": "string"}, "lives": {"type": "integer"}, "bark": {"type": "boolean"}})
    );
    assert_eq!(found["x-connector-then"]["required"], json!(["lives"]));
    assert!(found["x-connector-if"].is_object() && found["x-connector-else"].is_object());
    assert_eq!(
        notes,
        [
            "schema-keyword-ignored /if",
            "schema-keyword-ignored /then",
            "schema-keyword-ignored /else"
        ]
    );
}

#[test]
fn dependencies_of_older_drafts_are_told_apart() {
    let (found, _) =
        noted("{type: object, dependencies: {a: [b], c: {properties: {d: {type: string}}}}}");
    assert_eq!(found["x-connector-dependent-required"], json!({"a": ["b"]}));
    assert_eq!(
        found["x-connector-dependent-schemas"],
        json!({"c": {"type": "object", "properties": {"d": {"type": "string"}}}})
    );
    assert_eq!(found["properties"], json!({"d": {"type": "string"}}));
}

#[test]
fn pattern_properties_are_additional_properties() {
    assert_eq!(
        schema("{patternProperties: {'^a': {type: string}}, additionalProperties: false}"),
        json!({
            "type": "object", "additionalProperties": {"type": "string"},
            "x-connector-patterns": ["^a"], "x-connector-closed": true,
        })
    );
    assert_eq!(
        schema("{patternProperties: {'^a': {type: string}, '^b': {type: integer}}}"),
        json!({
            "type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "x-connector-patterns": ["^a", "^b"],
        })
    );
}

#[test]
fn items_behind_positions_make_a_list_of_both() {
    let expected = json!({
        "type": "array", "x-connector-prefix": 1,
        "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    });
    assert_eq!(
        schema("{prefixItems: [{type: string}], items: {type: integer}}"),
        expected
    );
    assert_eq!(
        schema("{items: [{type: string}], additionalItems: {type: integer}}"),
        expected
    );
    assert_eq!(
        schema("{prefixItems: [{type: string}], items: false}"),
        json!({
            "type": "array", "x-connector-tuple": true, "x-connector-closed": true,
            "items": {"oneOf": [{"type": "string"}]},
        })
    );
}

#[test]
fn what_is_unevaluated_is_additional_where_nothing_is_composed() {
    assert_eq!(
        schema("{properties: {a: {type: string}}, unevaluatedProperties: {type: integer}}"),
        json!({
            "type": "object", "properties": {"a": {"type": "string"}},
            "additionalProperties": {"type": "integer"},
        })
    );
    assert_eq!(
        schema("{type: array, unevaluatedItems: {type: integer}}"),
        json!({"type": "array", "items": {"type": "integer"}})
    );
    let (found, notes) = noted("{$ref: '#/components/schemas/Pet', unevaluatedProperties: false}");
    assert_eq!(
        found,
        json!({"allOf": [pet()], "x-connector-unevaluated-properties": {"x-connector-never": true}})
    );
    assert_eq!(notes, ["schema-keyword-ignored /unevaluatedProperties"]);
}

#[test]
fn text_that_holds_json_stays_text() {
    let (found, notes) = noted(
        "{type: string, contentMediaType: application/json, contentSchema: {$ref: '#/components/schemas/Pet'}}",
    );
    assert_eq!(
        found,
        json!({
            "type": "string",
            "x-connector-content-media-type": "application/json",
            "x-connector-content-schema": pet(),
        })
    );
    assert_eq!(notes, ["schema-keyword-ignored /contentSchema"]);
}

#[test]
fn values_of_collections_are_kept() {
    let (found, notes) = noted("{type: object, const: {a: 1}}");
    assert_eq!(
        found,
        json!({"type": "object", "x-connector-enum": [{"a": 1}]})
    );
    assert_eq!(notes, ["schema-keyword-ignored /enum"]);
}

#[test]
fn nested_assertions_end_somewhere() {
    let mut value = json!({"type": "string"});
    for _ in 0..60 {
        value = json!({"type": "object", "not": {"const": 1}, "if": value.clone(), "then": {"properties": {"a": value}}});
        if value.to_string().len() > 200_000 {
            break;
        }
    }
    let root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}, "components": {"schemas": {"X": value}}});
    let before = root.to_string().len();
    let mut diagnostics = Diagnostics::new();
    let normalized = normalize(root, &Options::default(), &mut diagnostics).unwrap();
    let after = serde_json::to_string(&normalized.openapi).unwrap().len();
    assert!(after < 20 * before, "{before} bytes became {after}");
}
