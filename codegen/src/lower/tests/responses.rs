//! Responses: what a success is, what errors carry.

use super::{operation, paths};
use crate::model::Status;

const PET: &str = "content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}";

fn with_responses(responses: &str) -> super::Lowered {
    operation(&format!("operationId: x\nresponses:\n{responses}"))
}

fn errors(of: &super::Lowered) -> Vec<(Status, Option<String>)> {
    let errors = of.operation().errors.iter();
    errors
        .map(|error| (error.status, error.ty.as_ref().map(|ty| of.show(ty))))
        .collect()
}

#[test]
fn one_success_is_its_type() {
    let of = with_responses(&format!("  '200': {{description: d, {PET}}}"));
    assert_eq!(of.output(), ["Pet"]);
    assert_eq!(of.operation().accept, "application/json");
}

#[test]
fn successes_of_one_type_are_that_type() {
    let of = with_responses(&format!(
        "  '200': {{description: d, {PET}}}\n  '201': {{description: d, {PET}}}"
    ));
    assert_eq!(of.output(), ["Pet"]);
}

#[test]
fn the_same_schema_under_two_statuses_is_one_type() {
    let schema =
        "content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}";
    let of = with_responses(&format!(
        "  '200': {{description: d, {schema}}}\n  '201': {{description: d, {schema}}}"
    ));
    assert_eq!(of.output(), ["XResponse"]);
}

#[test]
fn successes_of_several_types_are_told_apart_by_status() {
    let of = with_responses(&format!(
        "  '200': {{description: d, {PET}}}\n  '202': {{description: d, content: {{text/plain: {{}}}}}}\n  '204': {{description: d}}\n  2XX: {{description: d, content: {{image/png: {{}}}}}}"
    ));
    assert_eq!(
        of.output(),
        [
            "Code(200) Ok: Pet",
            "Code(202) Accepted: text",
            "Code(204) NoContent: empty",
            "Range(2) Success: stream"
        ]
    );
}

#[test]
fn a_lone_default_is_the_success() {
    let of = with_responses(&format!("  default: {{description: d, {PET}}}"));
    assert_eq!(of.output(), ["Pet"]);
    assert_eq!(errors(&of), []);
}

#[test]
fn beside_a_success_default_is_an_error() {
    let of = with_responses(&format!(
        "  '204': {{description: d}}\n  4XX: {{description: d}}\n  default: {{description: d, {PET}}}"
    ));
    assert_eq!(of.output(), ["empty"]);
    assert_eq!(
        errors(&of),
        [
            (Status::Range(4), None),
            (Status::Default, Some("Pet".to_owned()))
        ]
    );
    assert_eq!(of.operation().accept, "application/json");
}

#[test]
fn an_operation_that_only_redirects_gives_what_is_found_there() {
    let of = with_responses("  '302': {description: d}");
    assert_eq!(of.output(), ["stream"]);
    assert_eq!(of.operation().accept, "*/*");
}

#[test]
fn a_204_has_no_body_whatever_it_says() {
    let of = with_responses(&format!("  '204': {{description: d, {PET}}}"));
    assert_eq!(of.output(), ["empty"]);
}

#[test]
fn head_has_no_body() {
    let of = paths(
        &format!(
            "/x: {{head: {{operationId: x, responses: {{'200': {{description: d, {PET}}}}}}}}}"
        ),
        "schemas: {Pet: {type: object, properties: {name: {type: string}}}}",
    );
    assert_eq!(of.output(), ["empty"]);
}

#[test]
fn json_is_chosen_among_media_types() {
    let of = with_responses(
        "  '200': {description: d, content: {application/xml: {}, text/csv: {}, application/json: {schema: {type: array, items: {type: string}}}}}",
    );
    assert_eq!(of.output(), ["Vec<String>"]);
    assert_eq!(of.operation().accept, "application/json");
}

#[test]
fn nullable_answers_are_options() {
    let of = with_responses(
        "  '200': {description: d, content: {application/json: {schema: {type: [string, 'null']}}}}",
    );
    assert_eq!(of.output(), ["Option<String>"]);
}

#[test]
fn headers_of_all_successes_are_listed_once() {
    let of = with_responses(
        "  '200': {description: d, headers: {X-Total: {description: How many., schema: {type: integer}}, Content-Type: {schema: {type: string}}}}\n  '201': {description: d, headers: {x-total: {schema: {type: integer}}, Location: {schema: {type: string}}}}",
    );
    let headers: Vec<_> = of
        .operation()
        .headers
        .iter()
        .map(|header| header.wire.as_str())
        .collect();
    assert_eq!(headers, ["X-Total", "Location"]);
}

#[test]
fn inline_answers_are_named_after_operation_and_status() {
    let schema =
        "content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}";
    let other =
        "content: {application/json: {schema: {type: object, properties: {b: {type: string}}}}}";
    let of = with_responses(&format!(
        "  '200': {{description: d, {schema}}}\n  '201': {{description: d, {other}}}\n  '404': {{description: d, {schema}}}"
    ));
    assert_eq!(
        of.output(),
        [
            "Code(200) Ok: XResponse",
            "Code(201) Created: XCreatedResponse"
        ]
    );
    assert_eq!(
        errors(&of),
        [(Status::Code(404), Some("XNotFoundError".to_owned()))]
    );
}
