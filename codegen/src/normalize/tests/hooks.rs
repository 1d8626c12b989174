//! Webhooks and callbacks.

use super::*;

fn webhooks(members: &str) -> Outcome {
    document(&format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\nwebhooks: {members}\ncomponents:\n  schemas: {{Pet: {{type: object}}}}\n  pathItems: {{New: {{post: {{requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Pet'}}}}}}}}}}}}}}\n"
    ))
}

#[test]
fn the_schemas_of_a_webhook_are_components_named_after_it() {
    let outcome = webhooks(
        "{newPet: {post: {requestBody: {content: {application/json: {schema: {type: [object, 'null']}}}}, responses: {'200': {description: d, content: {application/json: {schema: {type: string}}}}}}}}",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    let operation = outcome.at("/x-connector-webhooks/newPet/post");
    assert_eq!(
        operation.pointer("/requestBody/content/application~1json/schema/$ref"),
        Some(&json!("#/components/schemas/newPetEvent"))
    );
    assert_eq!(
        operation.pointer("/responses/200/content/application~1json/schema/$ref"),
        Some(&json!("#/components/schemas/newPetReply"))
    );
    assert_eq!(
        outcome.at("/components/schemas/newPetEvent"),
        json!({"type": "object", "nullable": true})
    );
    let source = |place: &str| {
        let place = Pointer::parse(place).unwrap();
        outcome.normalized.origins.to_source(&place).to_string()
    };
    assert_eq!(
        source("/components/schemas/newPetEvent/type"),
        "/webhooks/newPet/post/requestBody/content/application~1json/schema/type"
    );
    assert_eq!(
        source("/x-connector-webhooks/newPet/post/responses"),
        "/webhooks/newPet/post/responses"
    );
}

#[test]
fn an_extension_has_the_webhooks_of_openapi_3_0() {
    let outcome = document(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\nx-webhooks: {newPet: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/paths/~1shapes/get/x'}}}}}}}\npaths: {/shapes: {get: {x: {type: object}, responses: {}}}}\n",
    );
    let schema = "/x-connector-webhooks/newPet/post/requestBody/content/application~1json/schema";
    let reference = outcome.at(&format!("{schema}/$ref"));
    let component = reference.as_str().and_then(|text| text.strip_prefix('#'));
    assert_eq!(outcome.at(component.unwrap()), json!({"type": "object"}));
    let source = outcome
        .normalized
        .origins
        .to_source(&Pointer::parse("/x-connector-webhooks/newPet/post").unwrap());
    assert_eq!(source.to_string(), "/x-webhooks/newPet/post");
}

#[test]
fn a_webhook_may_be_a_shared_path_item() {
    let outcome = webhooks("{newPet: {$ref: '#/components/pathItems/New'}}");
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome
            .at("/x-connector-webhooks/newPet/post/requestBody/content/application~1json/schema"),
        pet()
    );
}

#[test]
fn mistakes_in_webhooks_are_reported_where_they_stand() {
    let outcome = webhooks(
        "{newPet: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/No'}}}}}}}",
    );
    assert_eq!(
        outcome.findings(),
        [
            "dangling-reference /webhooks/newPet/post/requestBody/content/application~1json/schema/$ref",
        ]
    );
}

#[test]
fn callbacks_are_path_items_by_name_and_expression() {
    let outcome = operation(
        "{operationId: subscribe, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'204': {description: d}}, callbacks: {changed: {'{$request.body#/url}': {post: {requestBody: {content: {application/json: {schema: {type: object}}}}}}}}}",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome.at(&format!("{OPERATION}/x-connector-callbacks/changed")),
        json!({"{$request.body#/url}": {"post": {
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/changedEvent"}}}},
            "responses": {},
        }}})
    );
}

#[test]
fn shared_callbacks_that_lead_back_to_themselves_are_read_once() {
    let outcome = document(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {post: {responses: {'204': {description: d}}, callbacks: {on: {$ref: '#/components/callbacks/On'}}}}}\ncomponents: {callbacks: {On: {'{$url}': {post: {callbacks: {on: {$ref: '#/components/callbacks/On'}}}}}}}\n",
    );
    assert_eq!(
        outcome.at("/paths/~1a/post/x-connector-callbacks/on"),
        json!({"{$url}": {"post": {"responses": {}}}})
    );
    let origin = outcome.normalized.origins.to_source(
        &Pointer::parse("/paths/~1a/post/x-connector-callbacks/on/{$url}/post").unwrap(),
    );
    assert_eq!(origin.to_string(), "/components/callbacks/On/{$url}/post");
}

#[test]
fn a_callback_that_is_only_a_reference_to_itself_is_reported() {
    let outcome = document(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {post: {responses: {'204': {description: d}}, callbacks: {on: {$ref: '#/components/callbacks/On'}}}}}\ncomponents: {callbacks: {On: {$ref: '#/components/callbacks/On'}}}\n",
    );
    assert!(outcome.has(Code::CircularReference));
}
