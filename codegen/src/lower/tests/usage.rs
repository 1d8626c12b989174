//! Which models exist, where they are used, what follows from it.

use super::{Options, document_with, paths};

const DOCUMENT: &str = "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    post:
      tags: [a]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/In'}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Out'}}}}
        '400': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}}
  /b:
    get:
      tags: [b]
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Part'}}}}
components:
  schemas:
    In: {type: object, properties: {part: {$ref: '#/components/schemas/Part'}}}
    Out: {type: object, properties: {part: {$ref: '#/components/schemas/Part'}}}
    Part: {type: object, properties: {a: {type: string}}}
    Problem: {type: object, properties: {a: {type: string}}}
    Unused: {type: object, properties: {a: {type: string}}}
";

#[test]
fn models_know_their_directions_and_tags() {
    let of = document_with(DOCUMENT, &Options::default());
    let uses: Vec<_> = ["In", "Out", "Part", "Problem"]
        .iter()
        .map(|name| {
            let model = of.model(name);
            (model.in_request, model.in_response, model.tags.clone())
        })
        .collect();
    assert_eq!(
        uses,
        [
            (true, false, vec![0]),
            (false, true, vec![0]),
            (true, true, vec![0, 1]),
            (false, true, vec![0]),
        ]
    );
}

#[test]
fn what_no_operation_reaches_is_left_out() {
    let of = document_with(DOCUMENT, &Options::default());
    assert!(of.find("Unused").is_none());
}

#[test]
fn what_no_operation_reaches_can_be_asked_for() {
    let options = Options {
        all_models: true,
        ..Options::default()
    };
    let unused = document_with(DOCUMENT, &options);
    assert!(unused.model("Unused").tags.is_empty());
    assert!(unused.model("Unused").is_constructed());
}

#[test]
fn a_document_without_operations_is_all_models() {
    let of = paths(
        "/x: {}",
        "schemas: {X: {type: object, properties: {a: {type: string}}}}",
    );
    assert_eq!(of.model_names(), ["X"]);
}

#[test]
fn an_unused_component_keeps_its_name_from_others() {
    let of = paths(
        "/x: {get: {operationId: x, responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/x_y'}}}}}}}",
        "schemas: {XY: {type: object, properties: {a: {type: string}}}, x_y: {type: object, properties: {a: {type: string}}}}",
    );
    assert_eq!(of.model_names(), ["XY2"]);
}
