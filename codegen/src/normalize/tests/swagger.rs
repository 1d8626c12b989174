use serde_json::json;

use super::*;
use crate::diagnostics::Pointer;

fn swagger(yaml: &str) -> Outcome {
    document(&format!(
        "swagger: '2.0'\ninfo: {{title: T, version: '1'}}\n{yaml}"
    ))
}

fn post(members: &str) -> Outcome {
    let outcome = swagger(&format!(
        "paths: {{/a: {{post: {{responses: {{200: {{description: ok}}}}, {members}}}}}}}\ndefinitions: {{Pet: {{type: object}}}}"
    ));
    assert_eq!(outcome.findings(), [""; 0]);
    outcome
}

#[test]
fn host_base_path_and_schemes_are_servers() {
    let servers = |text: &str| swagger(&format!("paths: {{}}\n{text}")).at("/servers");
    let expected = json!([{"url": "https://e.com/v1"}, {"url": "http://e.com/v1"}]);
    assert_eq!(
        servers("host: e.com\nbasePath: /v1/\nschemes: [http, https, wss]"),
        expected
    );
    assert_eq!(servers("host: e.com"), json!([{"url": "https://e.com"}]));
    assert_eq!(servers("basePath: v1"), json!([{"url": "/v1"}]));
    assert_eq!(servers("basePath: /"), json!(null));
}

#[test]
fn an_azure_host_template_has_server_variables() {
    let outcome = swagger(
        "paths: {}\nbasePath: /v1\nx-ms-parameterized-host: {hostTemplate: '{account}.e.com'}",
    );
    assert_eq!(outcome.at("/servers/0/url"), "https://{account}.e.com/v1");
    assert!(outcome.at("/servers/0/variables/account").is_object());
}

#[test]
fn a_body_parameter_is_the_request_body() {
    let outcome = post(
        "consumes: [application/json, text/json], parameters: [{name: q, in: query, type: string}, {name: pet, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}]",
    );
    let media = json!({"schema": pet()});
    let expected = json!({
        "content": {"application/json": media, "text/json": media}, "required": true, "x-connector-body-name": "pet",
    });
    assert_eq!(outcome.at("/paths/~1a/post/requestBody"), expected);
    let canonical = Pointer::parse("/paths/~1a/post/requestBody").unwrap();
    assert_eq!(
        outcome.normalized.origins.to_source(&canonical).as_str(),
        "/paths/~1a/post/parameters/1"
    );
}

#[test]
fn form_parameters_are_an_urlencoded_body() {
    let outcome = post(
        "parameters: [{name: a, in: formData, required: true, type: string}, {name: b, in: formData, type: array, items: {type: integer}, collectionFormat: multi, description: d}]",
    );
    let expected = json!({
        "required": true,
        "content": {"application/x-www-form-urlencoded": {
            "schema": {"type": "object", "required": ["a"], "properties": {
                "a": {"type": "string"}, "b": {"type": "array", "items": {"type": "integer"}, "description": "d"},
            }},
            "encoding": {"b": {"contentType": null, "style": "form", "explode": true}},
        }},
    });
    assert_eq!(outcome.at("/paths/~1a/post/requestBody"), expected);
}

#[test]
fn a_form_with_a_file_is_multipart() {
    let outcome =
        post("consumes: [multipart/form-data], parameters: [{name: f, in: formData, type: file}]");
    let expected =
        json!({"type": "object", "properties": {"f": {"type": "string", "format": "binary"}}});
    assert_eq!(
        outcome.at("/paths/~1a/post/requestBody/content/multipart~1form-data/schema"),
        expected
    );
}

#[test]
fn collection_formats_are_styles() {
    let parameter = |place: &str, format: &str| {
        let outcome = post(&format!(
            "parameters: [{{name: q, in: {place}, type: array, items: {{type: string}}, {format}}}]"
        ));
        let parameter = outcome.at("/paths/~1a/post/parameters/0");
        (
            parameter["style"].clone(),
            parameter["explode"].clone(),
            parameter["x-connector-collection-format"].clone(),
        )
    };
    let expected = |style: &str, explode: bool| (json!(style), json!(explode), json!(null));
    assert_eq!(parameter("query", ""), expected("form", false));
    assert_eq!(
        parameter("query", "collectionFormat: csv"),
        expected("form", false)
    );
    assert_eq!(
        parameter("query", "collectionFormat: multi"),
        expected("form", true)
    );
    assert_eq!(
        parameter("query", "collectionFormat: ssv"),
        expected("spaceDelimited", false)
    );
    assert_eq!(
        parameter("query", "collectionFormat: pipes"),
        expected("pipeDelimited", false)
    );
    assert_eq!(
        parameter("query", "collectionFormat: tsv"),
        (json!("form"), json!(false), json!("tsv"))
    );
    assert_eq!(
        parameter("header", "collectionFormat: csv"),
        expected("simple", false)
    );
}

#[test]
fn produces_is_the_content_of_responses() {
    let outcome = swagger(
        "produces: [application/json]
paths:
  /a:
    get:
      responses: {200: {description: ok, schema: {$ref: '#/definitions/Pet'}}, 204: {description: none}}
    post:
      produces: [application/xml, application/json]
      responses: {200: {description: ok, schema: {type: string}}, 201: {description: file, schema: {type: file}}}
    put:
      responses: {200: {description: file, schema: {type: file}}}
    patch:
      responses: {200: {description: image, schema: {type: string, format: binary}}}
definitions: {Pet: {type: object}}
",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome.at("/paths/~1a/get/responses/200/content"),
        json!({"application/json": {"schema": pet()}})
    );
    assert!(outcome.at("/paths/~1a/get/responses/204/content").is_null());
    assert_eq!(
        outcome
            .at("/paths/~1a/post/responses/200/content")
            .as_object()
            .unwrap()
            .len(),
        2
    );
    let binary = json!({"*/*": {"schema": {"type": "string", "format": "binary"}}});
    assert_eq!(outcome.at("/paths/~1a/put/responses/200/content"), binary);
    assert_eq!(outcome.at("/paths/~1a/patch/responses/200/content"), binary);
}

#[test]
fn security_definitions_are_security_schemes() {
    let outcome = swagger(
        "paths: {}
securityDefinitions:
  basic: {type: basic}
  key: {type: apiKey, in: header, name: X-Key}
  app: {type: oauth2, flow: application, tokenUrl: 'https://e.com/t', scopes: {a: A}}
  code: {type: oauth2, flow: accessCode, authorizationUrl: 'https://e.com/a', tokenUrl: 'https://e.com/t', x-a: 1}
security: [{basic: []}, {app: [a]}]
",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    let schemes = outcome.at("/components/securitySchemes");
    assert_eq!(schemes["basic"], json!({"type": "http", "scheme": "basic"}));
    assert_eq!(
        schemes["key"],
        json!({"type": "apiKey", "in": "header", "name": "X-Key"})
    );
    assert_eq!(
        schemes["app"]["flows"],
        json!({"clientCredentials": {"tokenUrl": "https://e.com/t", "scopes": {"a": "A"}}})
    );
    assert_eq!(
        schemes["code"]["flows"]["authorizationCode"]["authorizationUrl"],
        "https://e.com/a"
    );
    assert_eq!(schemes["code"]["x-a"], 1);
}

#[test]
fn shared_parameters_and_responses_are_components() {
    let outcome = swagger(
        "parameters:
  Limit: {name: limit, in: query, type: integer, format: int32}
  Body: {name: body, in: body, schema: {type: string}}
responses: {Gone: {description: gone, schema: {$ref: '#/definitions/Pet'}}}
definitions: {Pet: {type: object}}
paths:
  /a:
    post:
      parameters: [{$ref: '#/parameters/Limit'}, {$ref: '#/parameters/Body'}]
      responses: {200: {description: ok}, 410: {$ref: '#/responses/Gone'}}
",
    );
    assert_eq!(outcome.findings(), [""; 0]);
    assert_eq!(
        outcome.at("/paths/~1a/post/parameters"),
        json!([{"$ref": "#/components/parameters/Limit"}])
    );
    assert_eq!(
        outcome
            .at("/components/parameters")
            .as_object()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        outcome.at("/components/parameters/Limit/schema"),
        json!({"type": "integer", "format": "int32"})
    );
    assert_eq!(
        outcome.at("/paths/~1a/post/requestBody/content/application~1json/schema"),
        json!({"type": "string"})
    );
    assert_eq!(
        outcome.at("/paths/~1a/post/responses/410"),
        json!({"$ref": "#/components/responses/Gone"})
    );
    let canonical = Pointer::parse("/paths/~1a/post/requestBody").unwrap();
    assert_eq!(
        outcome.normalized.origins.to_source(&canonical).as_str(),
        "/parameters/Body"
    );
}

#[test]
fn body_parameters_of_a_path_belong_to_its_operations() {
    let outcome = swagger(
        "paths: {/a: {parameters: [{name: b, in: body, schema: {type: string}}], post: {responses: {200: {description: ok}}}}}",
    );
    assert!(
        outcome
            .at("/paths/~1a/post/requestBody/content/application~1json")
            .is_object()
    );
}

#[test]
fn a_discriminator_is_just_a_name() {
    let outcome = swagger("paths: {}\ndefinitions: {A: {type: object, discriminator: kind}}");
    assert_eq!(
        outcome.at("/components/schemas/A/discriminator"),
        json!({"propertyName": "kind"})
    );
}

#[test]
fn azure_paths_are_paths() {
    let get = "{get: {responses: {200: {description: ok}}}}";
    let outcome = swagger(&format!(
        "paths: {{/a: {get}}}\nx-ms-paths: {{'/a?b=c': {get}}}"
    ));
    assert!(outcome.at("/paths/~1a?b=c/get").is_object());
    let canonical = Pointer::parse("/paths/~1a?b=c/get").unwrap();
    assert_eq!(
        outcome.normalized.origins.to_source(&canonical).as_str(),
        "/x-ms-paths/~1a?b=c/get"
    );
}
