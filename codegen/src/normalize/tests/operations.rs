use serde_json::json;

use super::*;

const RESPONSES: &str = "responses: {200: {description: ok}}";
const ID: &str = "{name: id, in: path, required: true, schema: {type: string}}";

fn with_parameter(parameter: &str) -> Outcome {
    operation(&format!("{{parameters: [{ID}, {parameter}], {RESPONSES}}}"))
}

#[test]
fn parameters_keep_their_style() {
    let outcome = with_parameter(
        "{name: q, in: query, style: deepObject, explode: true, schema: {type: object}}",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    let expected = json!({"name": "q", "in": "query", "style": "deepObject", "explode": true, "schema": {"type": "object"}});
    assert_eq!(outcome.at(&format!("{OPERATION}/parameters/1")), expected);
}

#[test]
fn content_without_a_media_type_gives_way_to_other_content() {
    let of = |content: &str| {
        operation(&format!(
            "{{parameters: [{ID}], requestBody: {{content: {content}}}, {RESPONSES}}}"
        ))
    };
    let content = format!("{OPERATION}/requestBody/content");
    let outcome = of("{'': {schema: {type: string}}, application/json: {}}");
    assert_eq!(outcome.at(&content), json!({"application/json": {}}));
    assert_eq!(outcome.findings().len(), 1);
    let outcome = of("{'': {schema: {type: string}}}");
    assert_eq!(
        outcome.at(&content),
        json!({"": {"schema": {"type": "string"}}})
    );
    assert_eq!(outcome.findings(), [""; 0]);
}

#[test]
fn a_parameter_without_place_or_schema_is_completed() {
    let outcome = with_parameter("{name: q}");
    let expected =
        json!({"name": "q", "in": "query", "style": "form", "schema": {"type": "string"}});
    assert_eq!(outcome.at(&format!("{OPERATION}/parameters/1")), expected);
    assert_eq!(outcome.findings().len(), 2);
}

#[test]
fn a_parameter_without_a_name_is_left_out_unless_it_is_required() {
    assert!(
        with_parameter("{in: query}")
            .at(&format!("{OPERATION}/parameters/1"))
            .is_null()
    );
    let outcome = with_parameter("{in: query, required: true}");
    assert!(
        outcome
            .at(&format!("{OPERATION}/x-connector-skip"))
            .is_string()
    );
}

#[test]
fn path_parameters_agree_with_the_path() {
    let outcome = operation(&format!(
        "{{parameters: [{{name: other, in: path, required: true, schema: {{}}}}], {RESPONSES}}}"
    ));
    let expected = json!([{"name": "id", "in": "path", "required": true, "style": "simple", "schema": {"type": "string"}}]);
    assert_eq!(outcome.at(&format!("{OPERATION}/parameters")), expected);
    assert_eq!(
        outcome.findings(),
        [
            format!("parameter-invalid {OPERATION}/parameters/0"),
            format!("parameter-invalid {OPERATION}")
        ]
    );
}

#[test]
fn a_path_parameter_is_required() {
    let outcome = operation(&format!(
        "{{parameters: [{{name: id, in: path, schema: {{type: string}}}}], {RESPONSES}}}"
    ));
    assert_eq!(
        outcome.at(&format!("{OPERATION}/parameters/0/required")),
        true
    );
    assert!(outcome.has(Code::ParameterNotRequired));
}

#[test]
fn parameters_of_the_path_stay_there() {
    let outcome = document(&format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths:\n  /a/{{id}}:\n    parameters: [{ID}]\n    get: {{{RESPONSES}}}\n"
    ));
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(outcome.at("/paths/~1a~1{id}/parameters/0/name"), "id");
    assert!(outcome.at("/paths/~1a~1{id}/get/parameters").is_null());
}

#[test]
fn keys_of_responses_are_read_leniently() {
    let outcome = operation(
        "{responses: {'200 OK': {description: a}, '\"5xx\"': {description: b}, 'default ': {description: c}, 4XX: {description: d}, oops: {description: e}}}",
    );
    let responses = outcome.at(&format!("{OPERATION}/responses"));
    assert_eq!(
        responses,
        json!({"default": {"description": "c"}, "200": {"description": "a"}, "5XX": {"description": "b"}, "4XX": {"description": "d"}})
    );
    assert_eq!(
        outcome.diagnostics.counts_by_code()[&Code::ResponseKeyInvalid],
        4
    );
}

#[test]
fn missing_responses_are_warned_about() {
    let outcome = operation(&format!("{{parameters: [{ID}]}}"));
    assert_eq!(
        outcome.findings(),
        [format!("responses-missing {OPERATION}")]
    );
}

#[test]
fn a_reference_to_a_schema_is_json_of_it() {
    let outcome = document(
        "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    post:
      requestBody: {$ref: '#/components/schemas/Pet'}
      responses: {200: {$ref: '#/components/schemas/Pet'}}
components: {schemas: {Pet: {type: object}}}
",
    );
    let content = json!({"application/json": {"schema": pet()}});
    assert_eq!(outcome.at("/paths/~1a/post/requestBody/content"), content);
    assert_eq!(outcome.at("/paths/~1a/post/responses/200/content"), content);
}

#[test]
fn a_body_without_content_is_left_out_or_json() {
    let outcome = operation(&format!(
        "{{parameters: [{ID}], requestBody: {{}}, {RESPONSES}}}"
    ));
    assert!(outcome.at(&format!("{OPERATION}/requestBody")).is_null());
    let outcome = operation(&format!(
        "{{parameters: [{ID}], requestBody: {{schema: {{type: string}}}}, {RESPONSES}}}"
    ));
    let content = json!({"application/json": {"schema": {"type": "string"}}});
    assert_eq!(
        outcome.at(&format!("{OPERATION}/requestBody/content")),
        content
    );
}

#[test]
fn encodings_explode_by_default_when_their_style_is_form() {
    let outcome = operation(&format!(
        "{{parameters: [{ID}], {RESPONSES}, requestBody: {{content: {{application/x-www-form-urlencoded: {{schema: {{type: object}}, encoding: {{a: {{style: deepObject}}, b: {{style: form}}}}}}}}}}}}"
    ));
    let encoding = outcome.at(&format!(
        "{OPERATION}/requestBody/content/application~1x-www-form-urlencoded/encoding"
    ));
    assert_eq!(encoding["a"].get("explode"), None);
    assert_eq!(encoding["b"]["explode"], true);
}

#[test]
fn tags_that_are_written_out_count_by_name() {
    let outcome = operation(&format!(
        "{{parameters: [{ID}], tags: [{{name: a}}, b], {RESPONSES}}}"
    ));
    assert_eq!(outcome.at(&format!("{OPERATION}/tags")), json!(["a", "b"]));
    assert_eq!(
        outcome.findings(),
        [format!("wrong-type {OPERATION}/tags/0")]
    );
}

#[test]
fn an_undeclared_security_scheme_is_kept() {
    let outcome = operation(&format!(
        "{{parameters: [{ID}], security: [{{nope: [a]}}, {{}}], {RESPONSES}}}"
    ));
    assert_eq!(
        outcome.at(&format!("{OPERATION}/security")),
        json!([{"nope": ["a"]}, {}])
    );
    assert_eq!(
        outcome.findings(),
        [format!(
            "security-scheme-undeclared {OPERATION}/security/0/nope"
        )]
    );
}

#[test]
fn nonsense_in_every_part_of_an_operation_is_survived() {
    let keywords = [
        "tags",
        "summary",
        "description",
        "externalDocs",
        "operationId",
        "parameters",
        "requestBody",
        "responses",
        "callbacks",
        "deprecated",
        "security",
        "servers",
        "consumes",
        "produces",
        "x-a",
    ];
    for keyword in keywords {
        for value in [
            "null",
            "true",
            "1",
            "''",
            "[]",
            "{}",
            "[null, 1, [], {}]",
            "{a: null, b: [1], 200: 5}",
        ] {
            operation(&format!("{{{keyword}: {value}}}"));
        }
    }
}

#[test]
fn signatures_of_our_own_extension_are_known_by_name() {
    let found = |scheme: &str| {
        let outcome = document(&format!(
            "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents: {{securitySchemes: {{s: {scheme}}}}}"
        ));
        outcome
            .findings()
            .iter()
            .any(|found| found.ends_with("/s/x-connector-scheme"))
    };
    assert!(!found(
        "{type: apiKey, in: header, name: Authorization, x-connector-scheme: azureSharedKey}"
    ));
    assert!(!found(
        "{type: http, scheme: custom, x-connector-scheme: awsSigv4}"
    ));
    assert!(found(
        "{type: http, scheme: bearer, x-connector-scheme: hmac}"
    ));
    assert!(found(
        "{type: oauth2, flows: {}, x-connector-scheme: awsSigv4}"
    ));
}
