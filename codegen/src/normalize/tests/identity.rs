//! `$id`, `$self`, anchors and dynamic references.

use super::*;

/// The schemas of a document of OpenAPI 3.2 that starts with `header`; it must cause no diagnostics.
fn schemas(header: &str, schemas: &str) -> Value {
    let outcome = document(&format!(
        "openapi: 3.2.0\n{header}\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas: {schemas}\n"
    ));
    assert_eq!(outcome.findings(), [""; 0]);
    outcome.at("/components/schemas")
}

#[test]
fn references_start_from_the_documents_own_uri() {
    let found = schemas(
        "$self: https://api.example/v1/openapi.yaml",
        "{Pet: {type: string}, A: {$ref: 'openapi.yaml#/components/schemas/Pet'}, B: {$ref: 'https://api.example/v1/openapi.yaml#/components/schemas/Pet'}}",
    );
    assert_eq!((&found["A"], &found["B"]), (&pet(), &pet()));
}

#[test]
fn references_start_from_the_id_around_them() {
    let found = schemas(
        "",
        "{Pet: {$id: 'https://a.example/pets/pet', type: object, properties: {name: {$ref: '#/$defs/name'}, tag: {$ref: '#tag'}, other: {$ref: toy}, self: {$ref: '#'}, root: {$ref: '#/components/schemas/Name'}}, $defs: {name: {type: string}, t: {$anchor: tag, type: integer}}}, Toy: {$id: 'https://a.example/pets/toy', type: boolean}, Name: {type: string}}",
    );
    let component = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    assert_eq!(
        found["Pet"]["properties"],
        json!({
            "name": component("Pet_name"),
            "tag": component("Pet_t"),
            "other": component("Toy"),
            "self": component("Pet"),
            "root": component("Name"),
        })
    );
    assert_eq!(found["Pet_t"], json!({"type": "integer"}));
}

#[test]
fn a_dynamic_reference_leads_to_its_own_anchor() {
    let found = schemas(
        "",
        "{Tree: {$dynamicAnchor: node, type: object, properties: {children: {type: array, items: {$dynamicRef: '#node'}}}}}",
    );
    assert_eq!(
        found["Tree"]["properties"]["children"]["items"],
        json!({"$ref": "#/components/schemas/Tree"})
    );
}

#[test]
fn a_schema_that_fills_in_an_anchor_is_a_copy_with_its_own() {
    let found = schemas(
        "",
        "{Page: {$id: page, type: object, $defs: {item: {$dynamicAnchor: item, type: string}}, properties: {items: {type: array, items: {$dynamicRef: '#item'}}}}, Pets: {$id: pets, $ref: page, $defs: {item: {$dynamicAnchor: item, type: integer}}}, Texts: {$ref: page}}",
    );
    let items = |schema: &Value| schema.pointer("/properties/items/items/$ref").cloned();
    assert_eq!(
        items(&found["Page"]),
        Some(json!("#/components/schemas/Page_item"))
    );
    assert_eq!(
        items(&found["Pets"]["allOf"][0]),
        Some(json!("#/components/schemas/Pets_item"))
    );
    assert_eq!(found["Pets_item"]["type"], "integer");
    assert_eq!(found["Texts"], json!({"$ref": "#/components/schemas/Page"}));
}

#[test]
fn a_recursive_reference_leads_to_the_schema_around_it() {
    let found = schemas(
        "",
        "{Tree: {$recursiveAnchor: true, type: object, properties: {child: {$recursiveRef: '#'}}}}",
    );
    assert_eq!(
        found["Tree"]["properties"]["child"],
        json!({"$ref": "#/components/schemas/Tree"})
    );
}

#[test]
fn a_dynamic_reference_to_nothing_is_noted() {
    let outcome = with_schema("openapi: 3.1.0", "{items: {$dynamicRef: '#nowhere'}}");
    assert_eq!(
        outcome.findings(),
        ["schema-keyword-ignored /components/schemas/X/items/$dynamicRef"]
    );
}
