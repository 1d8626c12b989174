use serde_json::json;

use super::*;

#[test]
fn a_type_list_with_null_is_nullable() {
    assert_eq!(
        schema("{type: [string, 'null'], format: date}"),
        json!({"type": "string", "format": "date", "nullable": true})
    );
    assert_eq!(schema("{type: [string]}"), json!({"type": "string"}));
}

#[test]
fn an_enum_with_null_is_nullable() {
    assert_eq!(
        schema("{type: string, enum: [a, null]}"),
        json!({"type": "string", "enum": ["a"], "nullable": true})
    );
    assert_eq!(
        schema("{enum: [null]}"),
        json!({"nullable": true, "x-connector-null": true})
    );
}

#[test]
fn vendor_extensions_for_null_are_nullable() {
    assert_eq!(
        schema("{type: string, x-nullable: true}"),
        json!({"type": "string", "nullable": true})
    );
    assert_eq!(
        schema("{type: string, x-isnullable: true}"),
        json!({"type": "string", "nullable": true})
    );
}

#[test]
fn a_choice_between_a_reference_and_null_is_the_nullable_reference() {
    let expected = json!({"nullable": true, "description": "d", "allOf": [pet()]});
    for keyword in ["anyOf", "oneOf"] {
        let text = format!(
            "{{description: d, {keyword}: [{{$ref: '#/components/schemas/Pet'}}, {{type: 'null'}}]}}"
        );
        assert_eq!(schema(&text), expected);
    }
}

#[test]
fn a_choice_between_an_inline_schema_and_null_is_that_schema() {
    let expected = json!({"type": "string", "maxLength": 3, "nullable": true, "title": "outer", "description": "inner"});
    let text = "{title: outer, anyOf: [{type: 'null'}, {type: string, maxLength: 3, title: t, description: inner}]}";
    assert_eq!(schema(text), expected);
}

#[test]
fn null_is_taken_out_of_larger_choices() {
    let expected = json!({"nullable": true, "anyOf": [{"type": "string"}, {"type": "integer"}]});
    assert_eq!(
        schema("{anyOf: [{type: string}, {type: integer}, {type: 'null'}]}"),
        expected
    );
}

#[test]
fn an_arm_that_is_only_nullable_means_null() {
    let expected = json!({"nullable": true, "allOf": [pet()]});
    let (found, _) = repaired("{oneOf: [{$ref: '#/components/schemas/Pet'}, {nullable: true}]}");
    assert_eq!(found, expected);
    let (found, _) = repaired("{allOf: [{$ref: '#/components/schemas/Pet'}, {nullable: true}]}");
    assert_eq!(found, expected);
}

#[test]
fn only_null_is_the_marked_any_schema() {
    let expected = json!({"nullable": true, "x-connector-null": true});
    assert_eq!(schema("{type: 'null'}"), expected);
    assert_eq!(schema("{const: null}"), expected);
}

#[test]
fn several_types_are_a_choice_with_the_keywords_that_concern_each() {
    let expected = json!({
        "nullable": true,
        "anyOf": [
            {"type": "string", "format": "date", "maxLength": 3},
            {"type": "integer", "minimum": 1},
            {"type": "array", "items": {"type": "string"}},
        ],
    });
    let text = "{type: [integer, 'null', string, array], format: date, maxLength: 3, minimum: 1, items: {type: string}}";
    assert_eq!(schema(text), expected);
}

#[test]
fn number_includes_integer() {
    assert_eq!(
        schema("{type: [number, integer]}"),
        json!({"type": "number"})
    );
}

#[test]
fn all_types_together_are_any() {
    assert_eq!(
        schema("{type: [string, number, boolean, array, object, 'null']}"),
        json!({"nullable": true})
    );
}

#[test]
fn a_constant_is_an_enum_of_one_value() {
    assert_eq!(
        schema("{const: a}"),
        json!({"type": "string", "enum": ["a"]})
    );
    assert_eq!(
        schema("{const: 1, type: integer}"),
        json!({"type": "integer", "enum": [1]})
    );
}

#[test]
fn the_type_of_an_enum_is_that_of_its_values() {
    assert_eq!(
        schema("{enum: [a, b, a]}"),
        json!({"type": "string", "enum": ["a", "b"]})
    );
    assert_eq!(
        schema("{enum: [1, 2]}"),
        json!({"type": "integer", "enum": [1, 2]})
    );
    assert_eq!(schema("{enum: [1, a]}"), json!({"enum": [1, "a"]}));
}

#[test]
fn names_of_enum_values_stay_as_extensions() {
    let found = schema("{enum: [1], x-enum-varnames: [One], x-ms-enum: {name: N}}");
    assert_eq!(found["x-enum-varnames"], json!(["One"]));
    assert_eq!(found["x-ms-enum"], json!({"name": "N"}));
}

#[test]
fn missing_types_are_inferred() {
    assert_eq!(
        schema("{properties: {a: {}}}"),
        json!({"type": "object", "properties": {"a": {}}})
    );
    assert_eq!(
        schema("{additionalProperties: {}}"),
        json!({"type": "object", "additionalProperties": true})
    );
    assert_eq!(
        schema("{items: {type: string}}"),
        json!({"type": "array", "items": {"type": "string"}})
    );
    assert_eq!(
        schema("{format: int64}"),
        json!({"type": "integer", "format": "int64"})
    );
    assert_eq!(schema("{}"), json!({}));
}

#[test]
fn a_combinator_alone_is_its_kind_and_with_shape_it_is_any() {
    use openapiv3::{ReferenceOr, SchemaKind};
    let kind = |text: &str| {
        let outcome = with_schema("openapi: 3.0.3", text);
        let schema = outcome
            .normalized
            .openapi
            .components
            .unwrap()
            .schemas
            .swap_remove("X")
            .unwrap();
        match schema {
            ReferenceOr::Item(schema) => schema.schema_kind,
            ReferenceOr::Reference { .. } => panic!("a reference"),
        }
    };
    assert!(matches!(
        kind("{allOf: [{type: object}, {}], description: d}"),
        SchemaKind::AllOf { .. }
    ));
    assert!(matches!(
        kind("{oneOf: [{type: object}, {type: string}]}"),
        SchemaKind::OneOf { .. }
    ));
    assert!(matches!(
        kind("{anyOf: [{type: object}, {type: string}]}"),
        SchemaKind::AnyOf { .. }
    ));
    for both in [
        "{allOf: [{}], properties: {a: {}}}",
        "{oneOf: [{}, {}], type: object}",
        "{oneOf: [{}, {}], anyOf: [{}, {}]}",
    ] {
        assert!(matches!(kind(both), SchemaKind::Any(_)), "{both}");
    }
}

#[test]
fn a_tuple_is_an_array_of_its_positions() {
    let expected = json!({
        "type": "array", "x-connector-tuple": true,
        "items": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    });
    assert_eq!(
        schema("{type: array, prefixItems: [{type: string}, {type: integer}]}"),
        expected
    );
    assert_eq!(
        schema("{items: [{type: string}, {type: integer}]}"),
        expected
    );
}

#[test]
fn numeric_exclusive_bounds_become_flags() {
    let expected = json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 9});
    assert_eq!(
        schema("{type: integer, exclusiveMinimum: 0, maximum: 9}"),
        expected
    );
    let (found, _) = repaired("{type: integer, minimum: 0, exclusiveMinimum: true, maximum: 9}");
    assert_eq!(found, expected);
}

#[test]
fn boolean_schemas_allow_anything_or_nothing() {
    let found = schema("{type: object, properties: {a: true, b: false}}");
    assert_eq!(
        found["properties"],
        json!({"a": {}, "b": {"x-connector-never": true}})
    );
}

#[test]
fn content_keywords_become_formats() {
    assert_eq!(
        schema("{type: string, contentEncoding: base64}"),
        json!({"type": "string", "format": "byte"})
    );
    let binary = json!({"type": "string", "format": "binary"});
    assert_eq!(
        schema("{contentMediaType: application/octet-stream}"),
        binary
    );
    assert_eq!(
        schema("{type: string, contentMediaType: application/json}"),
        json!({"type": "string", "x-connector-content-media-type": "application/json"})
    );
}

#[test]
fn examples_are_left_out_and_extensions_kept() {
    assert_eq!(
        schema("{type: string, example: a, examples: [b], x-a: 1}"),
        json!({"type": "string", "x-a": 1})
    );
}

#[test]
fn unknown_types_become_what_they_mean() {
    for (name, expected) in [
        ("int", json!({"type": "integer"})),
        ("long", json!({"type": "integer", "format": "int64"})),
        ("float", json!({"type": "number", "format": "float"})),
        ("datetime", json!({"type": "string", "format": "date-time"})),
        ("date", json!({"type": "string", "format": "date"})),
        ("file", json!({"type": "string", "format": "binary"})),
        ("String", json!({"type": "string"})),
        ("any", json!({})),
        ("Pet", pet()),
    ] {
        let (found, codes) = repaired(&format!("{{type: {name}}}"));
        assert_eq!(found, expected, "{name}");
        assert_eq!(codes, ["schema-type-unknown"], "{name}");
    }
}

#[test]
fn required_that_is_no_list_is_repaired_or_ignored() {
    let (found, codes) =
        repaired("{type: object, required: a, properties: {a: {type: string, required: true}}}");
    assert_eq!(
        found,
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}})
    );
    assert_eq!(codes, ["required-not-a-list"; 2]);
}

#[test]
fn values_of_keywords_with_the_wrong_type_are_converted() {
    let (found, codes) =
        repaired("{type: string, maxLength: '10', description: 5, readOnly: 'true'}");
    assert_eq!(
        found,
        json!({"type": "string", "maxLength": 10, "description": "5", "readOnly": true})
    );
    assert_eq!(codes, ["wrong-type"; 3]);
}

#[test]
fn an_array_without_items_has_any_items() {
    let (found, codes) = repaired("{type: array}");
    assert_eq!(found, json!({"type": "array", "items": {}}));
    assert_eq!(codes, ["schema-type-missing"]);
}

#[test]
fn an_enum_that_is_wrong_is_repaired() {
    let (found, codes) = repaired("{type: string, enum: [1, true, a]}");
    assert_eq!(
        (found, codes),
        (
            json!({"type": "string", "enum": ["1", "true", "a"]}),
            vec!["enum-invalid"]
        )
    );
    let (found, codes) = repaired("{type: integer, enum: [a, b]}");
    assert_eq!(
        (found, codes),
        (
            json!({"type": "string", "enum": ["a", "b"]}),
            vec!["enum-invalid"]
        )
    );
    let (found, codes) = repaired("{type: string, enum: {a: 1}}");
    assert_eq!(
        (found, codes),
        (json!({"type": "string"}), vec!["enum-invalid"])
    );
    let (found, codes) = repaired("{type: array, enum: [a], items: {type: string}}");
    let expected = json!({"type": "array", "items": {"type": "string", "enum": ["a"]}});
    assert_eq!((found, codes), (expected, vec!["enum-invalid"]));
}

#[test]
fn a_discriminator_maps_to_canonical_references() {
    let found = schema(
        "{oneOf: [{$ref: '#/components/schemas/Pet'}, {type: string}], discriminator: {propertyName: k, mapping: {a: Pet, b: '#/components/schemas/Pet'}}}",
    );
    let pet = "#/components/schemas/Pet";
    assert_eq!(
        found["discriminator"],
        json!({"propertyName": "k", "mapping": {"a": pet, "b": pet}})
    );
    let (_, codes) = repaired("{discriminator: {mapping: {a: Pet}}}");
    assert_eq!(codes, ["discriminator-invalid"]);
}

#[test]
fn nonsense_in_every_keyword_is_survived() {
    let keywords = [
        "$ref",
        "type",
        "format",
        "enum",
        "const",
        "properties",
        "patternProperties",
        "additionalProperties",
        "required",
        "items",
        "prefixItems",
        "allOf",
        "oneOf",
        "anyOf",
        "pattern",
        "minimum",
        "exclusiveMinimum",
        "multipleOf",
        "minLength",
        "uniqueItems",
        "title",
        "description",
        "default",
        "readOnly",
        "externalDocs",
        "discriminator",
        "not",
        "then",
        "contains",
        "minContains",
        "propertyNames",
        "dependentSchemas",
        "dependentRequired",
        "dependencies",
        "unevaluatedProperties",
        "unevaluatedItems",
        "additionalItems",
        "contentSchema",
        "xml",
        "nullable",
        "contentEncoding",
    ];
    for keyword in keywords {
        for value in [
            "null",
            "true",
            "-1.5",
            "''",
            "[]",
            "{}",
            "[null, 1, [], {}]",
            "{a: null, b: [1]}",
        ] {
            with_schema("openapi: 3.1.0", &format!("{{'{keyword}': {value}}}"));
        }
    }
}

#[test]
fn schemas_that_are_no_mappings_are_any() {
    for value in ["[]", "text", "5"] {
        let (found, codes) = repaired(value);
        assert_eq!((found, codes), (json!({}), vec!["wrong-type"]));
    }
}

#[test]
fn deep_nesting_ends_in_the_any_schema() {
    let mut value = json!({"type": "string"});
    for _ in 0..1_000 {
        value = json!({"items": value});
    }
    let root = json!({"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": {}, "components": {"schemas": {"X": value}}});
    let mut diagnostics = Diagnostics::new();
    normalize(root, &Options::default(), &mut diagnostics).unwrap();
    assert_eq!(
        diagnostics.counts_by_code().get(&Code::NestedTooDeep),
        Some(&1)
    );
}

#[test]
fn integers_that_only_an_unsigned_type_holds_say_so() {
    let format = |text: &str| schema(text).get("format").cloned();
    let beyond = "type: integer, maximum: 9223372036854776000";
    assert_eq!(
        format(&format!("{{{beyond}, minimum: 0}}")),
        Some(json!("uint64"))
    );
    assert_eq!(format(&format!("{{{beyond}}}")), None);
    assert_eq!(format("{type: integer, minimum: 0, maximum: 9}"), None);
    let default = "type: integer, default: 9223372036854776000";
    assert_eq!(format(&format!("{{{default}}}")), Some(json!("uint64")));
    assert_eq!(format(&format!("{{{default}, minimum: -1}}")), None);
}
