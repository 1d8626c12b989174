use serde_json::json;

use super::*;
use crate::diagnostics::Pointer;

const HEADER: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";

fn references(yaml: &str) -> Outcome {
    document(&format!("{HEADER}{yaml}"))
}

#[test]
fn a_reference_with_a_description_is_composed() {
    let reference = "$ref: '#/components/schemas/Pet'";
    assert_eq!(
        schema(&format!("{{{reference}, description: d}}")),
        json!({"description": "d", "allOf": [pet()]})
    );
    assert_eq!(schema(&format!("{{{reference}, example: e}}")), pet());
    let with_shape = json!({"allOf": [pet()], "required": ["a"]});
    assert_eq!(
        schema(&format!("{{{reference}, required: [a]}}")),
        with_shape
    );
}

#[test]
fn a_type_beside_a_reference_is_ignored() {
    let (found, codes) = repaired("{$ref: '#/components/schemas/Pet', type: object}");
    assert_eq!((found, codes), (pet(), vec!["reference-siblings-ignored"]));
}

#[test]
fn targets_outside_of_components_are_copied_once() {
    let outcome = references(
        "paths:
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        200: {description: ok, content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}
components:
  schemas:
    A: {type: object, properties: {owner: {type: object, title: O}}}
    B: {$ref: '#/paths/~1pets~1%7Bid%7D/get/responses/200/content/application~1json/schema'}
    C: {items: {$ref: '#/components/schemas/A/properties/owner'}}
    D: {items: {$ref: '#/components/schemas/A/properties/owner'}}
",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    let reference = |key: &str| json!({"$ref": format!("#/components/schemas/{key}")});
    assert_eq!(
        outcome.at("/components/schemas/B"),
        reference("pets_id_get_200")
    );
    assert_eq!(
        outcome.at("/components/schemas/C/items"),
        reference("A_owner")
    );
    assert_eq!(
        outcome.at("/components/schemas/D/items"),
        reference("A_owner")
    );
    assert_eq!(
        outcome.at("/components/schemas/A_owner"),
        json!({"type": "object", "title": "O"})
    );
    let canonical = Pointer::parse("/components/schemas/A_owner/title").unwrap();
    let source = outcome.normalized.origins.to_source(&canonical);
    assert_eq!(
        source.as_str(),
        "/components/schemas/A/properties/owner/title"
    );
}

#[test]
fn pointers_lead_through_references() {
    let outcome = references(
        "paths: {}
components:
  schemas:
    A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}}}
    B: {type: object, properties: {c: {type: integer}}}
    C: {items: {$ref: '#/components/schemas/A/properties/b/properties/c'}}
",
    );
    assert_eq!(
        outcome.at("/components/schemas/A_b_c"),
        json!({"type": "integer"})
    );
}

#[test]
fn definitions_inside_of_schemas_become_components() {
    let outcome = references(
        "paths: {}
$defs: {Top: {type: string}}
components:
  schemas:
    A: {$defs: {Id: {type: string}}, properties: {a: {$ref: '#/components/schemas/A/$defs/Id'}, b: {$ref: '#/$defs/Top'}}}
",
    );
    assert_eq!(
        outcome.at("/components/schemas/A_Id"),
        json!({"type": "string"})
    );
    assert_eq!(
        outcome.at("/components/schemas/Top"),
        json!({"type": "string"})
    );
}

#[test]
fn anchors_and_ids_are_found() {
    let outcome = references(
        "paths: {}
components:
  schemas:
    A: {$anchor: here, type: string}
    B: {$id: 'https://e.com/b.json', type: integer}
    C: {items: {$ref: '#here'}}
    D: {items: {$ref: 'https://e.com/b.json'}}
",
    );
    assert_eq!(
        outcome.at("/components/schemas/C/items"),
        json!({"$ref": "#/components/schemas/A"})
    );
    assert_eq!(
        outcome.at("/components/schemas/D/items"),
        json!({"$ref": "#/components/schemas/B"})
    );
}

#[test]
fn keys_are_escaped_in_references() {
    let outcome = references(
        "paths: {}
components:
  schemas:
    'a/b c': {type: string}
    X: {items: {$ref: '#/components/schemas/a~1b%20c'}}
",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome.at("/components/schemas/X/items"),
        json!({"$ref": "#/components/schemas/a~1b c"})
    );
}

#[test]
fn chains_are_cut_and_circles_are_broken() {
    let outcome = references(
        "paths: {}
components:
  schemas:
    A: {$ref: '#/components/schemas/B'}
    B: {$ref: '#/components/schemas/C'}
    C: {type: string}
    L: {$ref: '#/components/schemas/M'}
    M: {$ref: '#/components/schemas/L'}
",
    );
    assert_eq!(
        outcome.at("/components/schemas/A"),
        json!({"$ref": "#/components/schemas/C"})
    );
    assert_eq!(
        outcome.at("/components/schemas/L"),
        json!({"x-connector-dangling": "#/components/schemas/M"})
    );
    assert!(
        outcome
            .at("/components/schemas/M")
            .get("x-connector-dangling")
            .is_some()
    );
    let circular = |key: &str| format!("circular-reference /components/schemas/{key}");
    assert_eq!(outcome.findings(), [circular("L"), circular("M")]);
}

#[test]
fn a_schema_reference_to_nothing_is_the_marked_any_schema() {
    let outcome = with_schema(
        "openapi: 3.0.3",
        "{items: {$ref: '#/components/schemas/Nope'}}",
    );
    assert_eq!(
        outcome.at("/components/schemas/X/items"),
        json!({"x-connector-dangling": "#/components/schemas/Nope"})
    );
    assert_eq!(
        outcome.findings(),
        ["dangling-reference /components/schemas/X/items/$ref"]
    );
}

#[test]
fn external_references_dangle_unless_the_document_has_the_target() {
    let outcome = with_schema("openapi: 3.0.3", "{items: {$ref: 'other.yaml#/Thing'}}");
    assert_eq!(
        outcome.findings(),
        ["external-reference /components/schemas/X/items/$ref"]
    );
    assert_eq!(
        schema("{items: {$ref: 'api.yaml#/components/schemas/Pet'}}")["items"],
        pet()
    );
}

#[test]
fn a_component_named_in_another_dialects_way_is_found() {
    assert_eq!(
        schema("{items: {$ref: '#/definitions/Pet'}}")["items"],
        pet()
    );
    assert_eq!(schema("{items: {$ref: 'Pet'}}")["items"], pet());
    assert_eq!(
        schema("{items: {$ref: '#components/schemas/Pet'}}")["items"],
        pet()
    );
}

#[test]
fn a_dangling_parameter_or_body_skips_the_operation() {
    for members in [
        "{parameters: [{$ref: '#/components/parameters/Nope'}], responses: {200: {description: ok}}}",
        "{requestBody: {$ref: '#/components/requestBodies/Nope'}, responses: {200: {description: ok}}}",
    ] {
        let outcome = operation(members);
        assert!(
            outcome
                .at(&format!("{OPERATION}/x-connector-skip"))
                .is_string(),
            "{members}"
        );
        assert!(outcome.has(Code::OperationSkipped) && outcome.has(Code::DanglingReference));
    }
}

#[test]
fn a_dangling_response_is_empty() {
    let outcome = operation("{responses: {200: {$ref: '#/components/responses/Nope'}}}");
    assert_eq!(
        outcome.at(&format!("{OPERATION}/responses/200")),
        json!({"description": ""})
    );
    assert!(
        outcome
            .at(&format!("{OPERATION}/x-connector-skip"))
            .is_null()
    );
}

#[test]
fn path_items_are_inlined() {
    let outcome = references(
        "paths:
  /a: {$ref: '#/components/pathItems/Shared', description: own}
  /b: {$ref: '#/paths/~1a'}
  /c: {$ref: '#/paths/~1c'}
components:
  pathItems:
    Shared: {description: theirs, get: {operationId: shared, responses: {200: {description: ok}}}}
",
    );
    for path in ["/paths/~1a", "/paths/~1b"] {
        assert_eq!(outcome.at(path)["get"]["operationId"], "shared");
        assert_eq!(outcome.at(path)["description"], "own");
    }
    assert_eq!(outcome.at("/paths/~1c"), json!({}));
    let canonical = Pointer::parse("/paths/~1a/get").unwrap();
    let source = outcome.normalized.origins.to_source(&canonical);
    assert_eq!(source.as_str(), "/components/pathItems/Shared/get");
}

#[test]
fn a_reference_to_the_whole_document_dangles() {
    let outcome = with_schema("openapi: 3.0.3", "{items: {$ref: '#'}}");
    assert_eq!(
        outcome.findings(),
        ["dangling-reference /components/schemas/X/items/$ref"]
    );
}

#[test]
fn references_to_ever_larger_parts_are_copied_within_bounds() {
    let mut schemas = String::new();
    for index in 0..200 {
        schemas += &format!(
            "    S{index}: {{items: {{$ref: '#/components/schemas/S{}/items'}}}}\n",
            (index + 1) % 200
        );
    }
    let outcome = references(&format!("paths: {{}}\ncomponents:\n  schemas:\n{schemas}"));
    assert!(outcome.document.to_string().len() < 200_000);
}
