//! Parameters.

use super::{operation, paths};
use crate::model::{Location, Style};

const DONE: &str = "responses: {'204': {description: d}}";

fn with_parameters(list: &str) -> super::Lowered {
    operation(&format!("parameters:\n{list}\n{DONE}"))
}

/// `name location style explode required type` of each parameter.
fn described(of: &super::Lowered) -> Vec<String> {
    of.operation()
        .parameters
        .iter()
        .map(|parameter| {
            format!(
                "{} {:?} {:?}{}{} {}",
                parameter.name,
                parameter.location,
                parameter.style,
                if parameter.explode { "*" } else { "" },
                if parameter.required { "!" } else { "" },
                of.show(&parameter.ty)
            )
        })
        .collect()
}

#[test]
fn each_location_has_its_default_style() {
    let of = with_parameters(
        "- {name: id, in: path, required: true, schema: {type: integer}}
- {name: q, in: query, schema: {type: array, items: {type: string}}}
- {name: X-Trace, in: header, schema: {type: string}}
- {name: session, in: cookie, schema: {type: string}}",
    );
    assert_eq!(
        described(&of),
        [
            "id Path Simple! i64",
            "q Query Form* Vec<String>",
            "x_trace Header Simple String",
            "session Cookie Form* String"
        ]
    );
}

#[test]
fn styles_are_kept() {
    let of = with_parameters(
        "- {name: id, in: path, required: true, style: matrix, explode: true, schema: {type: string}}
- {name: a, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}
- {name: b, in: query, style: deepObject, schema: {type: object, additionalProperties: {type: string}}}
- {name: c, in: query, explode: false, allowReserved: true, schema: {type: array, items: {type: string}}}",
    );
    assert_eq!(
        described(&of),
        [
            "id Path Matrix*! String",
            "a Query PipeDelimited Vec<String>",
            "b Query DeepObject* Map<String>",
            "c Query Form Vec<String>"
        ]
    );
    assert!(of.operation().parameters[3].allow_reserved);
}

#[test]
fn required_parameters_come_first_in_the_order_of_the_path() {
    let of = paths(
        &format!(
            "/a/{{one}}/b/{{two}}: {{get: {{operationId: x, parameters: [{{name: opt, in: query, schema: {{type: string}}}}, {{name: must, in: query, required: true, schema: {{type: string}}}}, {{name: two, in: path, required: true, schema: {{type: string}}}}, {{name: one, in: path, required: true, schema: {{type: string}}}}], {DONE}}}}}"
        ),
        "schemas: {}",
    );
    let names: Vec<_> = of
        .operation()
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    assert_eq!(names, ["one", "two", "must", "opt"]);
}

#[test]
fn the_operations_own_parameter_replaces_that_of_its_path() {
    let of = paths(
        &format!(
            "/a:\n  parameters: [{{name: q, in: query, schema: {{type: string}}}}, {{name: r, in: query, schema: {{type: string}}}}]\n  get: {{operationId: x, parameters: [{{name: q, in: query, schema: {{type: integer}}}}], {DONE}}}"
        ),
        "schemas: {}",
    );
    assert_eq!(
        described(&of),
        ["q Query Form* i64", "r Query Form* String"]
    );
}

#[test]
fn parameters_of_one_name_in_two_places_are_both_there() {
    let of = with_parameters(
        "- {name: id, in: path, required: true, schema: {type: string}}\n- {name: id, in: query, schema: {type: string}}",
    );
    assert_eq!(
        described(&of),
        ["id Path Simple! String", "id2 Query Form* String"]
    );
}

#[test]
fn a_path_parameter_that_no_one_declares_is_a_string() {
    let of = operation(DONE);
    assert_eq!(described(&of), ["id Path Simple! String"]);
}

#[test]
fn a_path_parameter_that_the_path_lacks_is_left_out() {
    let of = with_parameters(
        "- {name: id, in: path, required: true, schema: {type: string}}\n- {name: other, in: path, required: true, schema: {type: string}}",
    );
    assert_eq!(described(&of), ["id Path Simple! String"]);
}

#[test]
fn headers_that_the_runtime_sets_are_no_parameters() {
    let of = with_parameters(
        "- {name: Accept, in: header, schema: {type: string}}\n- {name: authorization, in: header, schema: {type: string}}\n- {name: Content-Type, in: header, schema: {type: string}}",
    );
    let headers = of.operation().parameters.iter();
    assert_eq!(
        headers.filter(|p| p.location == Location::Header).count(),
        0
    );
}

#[test]
fn content_parameters_keep_their_media_type() {
    let of = with_parameters(
        "- {name: filter, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}",
    );
    let filter = &of.operation().parameters[1];
    assert_eq!(filter.content.as_deref(), Some("application/json"));
    assert_eq!(of.show(&filter.ty), "Pet");
}

#[test]
fn a_parameter_of_any_type_is_text() {
    let of = with_parameters("- {name: q, in: query, schema: {}}");
    assert_eq!(described(&of)[1], "q Query Form* String");
}

#[test]
fn tab_separated_lists_of_swagger_are_kept() {
    let of = super::document(
        "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {operationId: x, parameters: [{name: q, in: query, type: array, items: {type: string}, collectionFormat: tsv}], responses: {'204': {description: d}}}}}",
    );
    assert_eq!(of.operation().parameters[0].style, Style::TabDelimited);
}

#[test]
fn setters_keep_clear_of_what_calls_have() {
    let of = with_parameters(
        "- {name: send, in: query, schema: {type: string}}\n- {name: with, in: query, schema: {type: string}}\n- {name: body, in: query, schema: {type: string}}",
    );
    let names: Vec<_> = of.operation().parameters[1..]
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    assert_eq!(names, ["send_param", "with_param", "body_param"]);
}

#[test]
fn a_form_can_be_the_whole_query_string() {
    let of = with_parameters(
        "- {name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Pet'}, encoding: {tags: {style: form, explode: false}}}}}",
    );
    let parameter = &of.operation().parameters[1];
    assert_eq!(parameter.location, Location::QueryString);
    assert_eq!(
        parameter.content.as_deref(),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(of.show(&parameter.ty), "Pet");
    assert_eq!(parameter.encodings[0].explode, Some(false));
}
