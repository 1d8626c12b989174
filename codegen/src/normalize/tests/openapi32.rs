//! What OpenAPI 3.2 adds.

use super::*;

/// The operation `GET /things` with these members, in OpenAPI 3.2; `rest` is the end of the document.
fn things(members: &str, rest: &str) -> Outcome {
    document(&format!(
        "openapi: 3.2.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /things:\n    get: {members}\n{rest}"
    ))
}

const CONTENT: &str = "/paths/~1things/get/responses/200/content";

#[test]
fn the_schema_of_a_streams_items_is_a_component_named_after_the_operation() {
    let outcome = things(
        "{operationId: watch, responses: {'200': {description: d, content: {application/jsonl: {itemSchema: {type: object, properties: {a: {type: string}}}}}}}}",
        "",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome.at(&format!("{CONTENT}/application~1jsonl")),
        json!({"x-connector-item-schema": {"$ref": "#/components/schemas/watchItem"}})
    );
    assert_eq!(
        outcome.at("/components/schemas/watchItem"),
        json!({"type": "object", "properties": {"a": {"type": "string"}}})
    );
    let origin = outcome
        .normalized
        .origins
        .to_source(&Pointer::parse("/components/schemas/watchItem/properties/a").unwrap());
    assert_eq!(
        origin.to_string(),
        format!("{CONTENT}/application~1jsonl/itemSchema/properties/a")
    );
}

#[test]
fn an_item_schema_that_is_a_reference_stays_one() {
    let outcome = things(
        "{responses: {'200': {description: d, content: {text/event-stream: {itemSchema: {$ref: '#/components/schemas/Pet'}}}}}}",
        "components: {schemas: {Pet: {type: object}}}\n",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome.at(&format!(
            "{CONTENT}/text~1event-stream/x-connector-item-schema"
        )),
        pet()
    );
}

#[test]
fn shared_media_types_are_read_where_they_are_used() {
    let outcome = things(
        "{responses: {'200': {description: d, content: {application/json: {$ref: '#/components/mediaTypes/Pet'}}}}}",
        "components: {schemas: {Pet: {type: object}}, mediaTypes: {Pet: {$ref: '#/components/mediaTypes/Real'}, Real: {schema: {$ref: '#/components/schemas/Pet'}}}}\n",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome.at(&format!("{CONTENT}/application~1json")),
        json!({"schema": pet()})
    );
}

#[test]
fn media_types_that_refer_to_each_other_are_reported() {
    let outcome = things(
        "{responses: {'200': {description: d, content: {application/json: {$ref: '#/components/mediaTypes/A'}}}}}",
        "components: {mediaTypes: {A: {$ref: '#/components/mediaTypes/B'}, B: {$ref: '#/components/mediaTypes/A'}}}\n",
    );
    assert_eq!(
        outcome.findings(),
        [format!(
            "dangling-reference {CONTENT}/application~1json/$ref"
        )]
    );
}

#[test]
fn encodings_by_position_and_nested_ones_are_noted() {
    let outcome = things(
        "{responses: {'200': {description: d, content: {multipart/mixed: {prefixEncoding: [{}], itemEncoding: {}}, multipart/form-data: {schema: {type: object}, encoding: {a: {encoding: {}}}}}}}}",
        "",
    );
    assert_eq!(
        outcome.findings(),
        [
            format!("keyword-ignored {CONTENT}/multipart~1mixed/itemEncoding"),
            format!("keyword-ignored {CONTENT}/multipart~1mixed/prefixEncoding"),
            format!("keyword-ignored {CONTENT}/multipart~1form-data/encoding/a/encoding"),
        ]
    );
}

/// Paths of OpenAPI 3.2.
fn paths(members: &str) -> Outcome {
    document(&format!(
        "openapi: 3.2.0\ninfo: {{title: T, version: '1'}}\npaths: {members}\n"
    ))
}

#[test]
fn operations_of_other_methods_are_path_items_of_their_own() {
    let outcome = paths(
        "{'/t/{id}': {servers: [{url: 'https://a.example'}], parameters: [{name: id, in: path, required: true, schema: {type: string}}], get: {responses: {'204': {description: d}}}, query: {operationId: search, responses: {'204': {description: d}}}, additionalOperations: {COPY: {operationId: copy, responses: {'204': {description: d}}}}}}",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    for (method, id, place) in [
        ("QUERY", "search", "query"),
        ("COPY", "copy", "additionalOperations/COPY"),
    ] {
        let key = format!("/paths/~1t~1{{id}}#x-connector-{method}");
        assert_eq!(outcome.at(&format!("{key}/x-connector-path")), "/t/{id}");
        assert_eq!(
            outcome.at(&format!("{key}/servers/0/url")),
            "https://a.example"
        );
        assert_eq!(outcome.at(&format!("{key}/parameters/0/name")), "id");
        assert_eq!(outcome.at(&format!("{key}/post/operationId")), id);
        assert_eq!(
            outcome.at(&format!("{key}/post/x-connector-method")),
            method
        );
        let source = |below: &str| {
            let place = Pointer::parse(&format!("{key}{below}")).unwrap();
            outcome.normalized.origins.to_source(&place).to_string()
        };
        assert_eq!(
            source("/post/responses"),
            format!("/paths/~1t~1{{id}}/{place}/responses")
        );
        assert_eq!(source("/parameters/0"), "/paths/~1t~1{id}/parameters/0");
    }
}

#[test]
fn methods_that_cannot_be_sent_or_stand_twice_are_left_out() {
    let done = "responses: {'204': {description: d}}";
    let outcome = paths(&format!(
        "{{/a: {{query: {{{done}}}, additionalOperations: {{QUERY: {{{done}}}, 'A B': {{{done}}}, GET: {{{done}}}}}}}}}"
    ));
    let at = |method: &str| format!("method-unknown /paths/~1a/additionalOperations/{method}");
    assert_eq!(outcome.findings(), [at("QUERY"), at("A B"), at("GET")]);
    assert_eq!(
        outcome.at("/paths/~1a#x-connector-GET/post/x-connector-method"),
        "GET"
    );
}

#[test]
fn a_parameter_can_be_the_whole_query_string() {
    let outcome = things(
        "{parameters: [{name: q, in: querystring, required: true, content: {application/x-www-form-urlencoded: {schema: {type: object}}}}], responses: {'204': {description: d}}}",
        "",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    let parameter = outcome.at("/paths/~1things/get/parameters/0");
    assert_eq!(parameter["in"], "query");
    assert_eq!(parameter["x-connector-in"], "querystring");
    assert_eq!(
        parameter.pointer("/content/application~1x-www-form-urlencoded/schema/type"),
        Some(&json!("object"))
    );
}

#[test]
fn the_whole_query_string_leaves_no_room_for_others() {
    let outcome = things(
        "{parameters: [{name: q, in: querystring, content: {application/json: {}}}, {name: a, in: query, schema: {type: string}}], responses: {'204': {description: d}}}",
        "",
    );
    assert_eq!(
        outcome.findings(),
        ["parameter-invalid /paths/~1things/get/parameters"]
    );
}

#[test]
fn cookies_as_they_are_and_reserved_characters_in_paths_are_kept() {
    let outcome = paths(
        "{'/t/{id}': {get: {parameters: [{name: id, in: path, required: true, allowReserved: true, schema: {type: string}}, {name: c, in: cookie, style: cookie, schema: {type: string}}], responses: {'204': {description: d}}}}}",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    let parameter =
        |index: usize| outcome.at(&format!("/paths/~1t~1{{id}}/get/parameters/{index}"));
    assert_eq!(parameter(0)["x-connector-allow-reserved"], true);
    assert_eq!(parameter(1)["x-connector-style"], "cookie");
}
