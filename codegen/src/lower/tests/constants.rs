//! What is sent without asking, and what stays out of the way.

use serde_json::json;

use super::{Lowered, document, sent};
use crate::diagnostics::Code;
use crate::model::Visibility;

/// A Swagger 2.0 operation `POST /things` with these parameters.
fn swagger(members: &str, parameters: &str) -> Lowered {
    document(&format!(
        "swagger: '2.0'\ninfo: {{title: T, version: '1'}}\nconsumes: [application/json]\nproduces: [application/json]\npaths:\n  /things:\n    post:\n      operationId: Post\n      responses: {{'200': {{description: d, schema: {{type: object, properties: {{a: {{type: string}}}}}}}}}}\n      {members}\n      parameters: [{parameters}]\n"
    ))
}

/// `name required fixed` of each parameter.
fn described(of: &Lowered) -> Vec<String> {
    let parameters = of.operation().parameters.iter();
    parameters
        .map(|parameter| {
            let fixed = parameter.fixed.as_ref();
            let fixed = fixed.map_or("-".to_owned(), ToString::to_string);
            format!("{} {} {fixed}", parameter.name, parameter.required)
        })
        .collect()
}

const INTERNAL: &str = "x-ms-visibility: internal";

#[test]
fn an_internal_parameter_with_a_default_is_no_argument() {
    let of = swagger(
        "",
        &format!(
            "{{name: a, in: query, required: true, type: string, default: x, {INTERNAL}}}, {{name: b, in: query, required: true, type: string, default: x}}, {{name: c, in: query, type: string, default: x, {INTERNAL}}}, {{name: d, in: query, required: true, type: string, {INTERNAL}}}"
        ),
    );
    assert_eq!(
        described(&of),
        ["b true -", "d true -", "a false \"x\"", "c false -"]
    );
    let visibility: Vec<_> = of
        .operation()
        .parameters
        .iter()
        .map(|p| p.visibility)
        .collect();
    assert_eq!(visibility[0], Visibility::Normal);
    assert_eq!(visibility[2], Visibility::Internal);
}

#[test]
fn an_accept_parameter_says_what_is_accepted() {
    let of = swagger(
        "",
        &format!(
            "{{name: accept, in: header, required: true, type: string, default: text/x, {INTERNAL}}}"
        ),
    );
    assert_eq!(of.operation().accept, "text/x");
    assert_eq!(described(&of), ["accept false -"]);
}

#[test]
fn an_accept_parameter_without_a_value_is_left_out() {
    let of = swagger(
        "",
        "{name: Accept, in: header, required: true, type: string}",
    );
    assert_eq!(of.operation().accept, "application/json");
    assert_eq!(described(&of), [""; 0]);
}

#[test]
fn a_content_type_parameter_names_a_body_of_its_kind_only() {
    let body = "{name: b, in: body, required: true, schema: {type: object, properties: {a: {type: string}}}}";
    for (media_type, expected) in [
        ("application/vnd.x+json", "application/vnd.x+json"),
        ("text/csv", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("json", "application/json"),
    ] {
        let of = swagger(
            "",
            &format!(
                "{{name: Content-Type, in: header, required: true, type: string, default: '{media_type}', {INTERNAL}}}, {body}"
            ),
        );
        assert_eq!(of.operation().bodies[0].media_type, expected);
        assert_eq!(described(&of), [""; 0], "{media_type}");
    }
}

#[test]
fn a_content_type_without_a_body_is_sent_as_a_header() {
    let of = swagger(
        "",
        "{name: Content-Type, in: header, required: true, type: string, default: application/json}",
    );
    assert_eq!(described(&of), ["content_type false \"application/json\""]);
}

#[test]
fn the_type_of_bytes_can_be_chosen() {
    let of = swagger(
        "consumes: [image/png]",
        "{name: Content-Type, in: header, required: true, type: string, default: image/jpeg}, {name: b, in: body, required: true, schema: {type: string, format: binary}}",
    );
    assert_eq!(of.operation().bodies[0].media_type, "image/jpeg");
    assert_eq!(described(&of), ["content_type false -"]);
}

/// `name in_new fixed` of the fields of `X`.
fn fields(of: &Lowered) -> Vec<String> {
    let fields = of.object("X").fields.iter();
    fields
        .map(|field| {
            let fixed = field.fixed.as_ref();
            let fixed = fixed.map_or("-".to_owned(), ToString::to_string);
            format!("{} {} {fixed}", field.name, field.in_new)
        })
        .collect()
}

#[test]
fn defaults_of_internal_properties_are_filled_in_with_their_type() {
    let of = sent(
        "X: {type: object, required: [s, i, b, f, l, e, w], properties: {\
         s: {type: string, default: 1, x-ms-visibility: internal}, \
         i: {type: integer, default: '1', x-ms-visibility: internal}, \
         b: {type: boolean, default: 'False', x-ms-visibility: internal}, \
         f: {type: number, default: '1.5', x-ms-visibility: internal}, \
         l: {type: array, items: {type: integer}, default: ['1', 2], x-ms-visibility: internal}, \
         e: {type: string, enum: [p, q], default: q, x-ms-visibility: internal}, \
         w: {type: integer, default: many, x-ms-visibility: internal}}}",
    );
    assert_eq!(
        fields(&of),
        [
            "s false \"1\"",
            "i false 1",
            "b false false",
            "f false 1.5",
            "l false [1,2]",
            "e false \"q\"",
            "w true -"
        ]
    );
    assert!(of.has(Code::DefaultMismatch));
}

#[test]
fn objects_that_nobody_has_a_say_in_are_filled_in() {
    let inner =
        "required: [k], properties: {k: {type: string, default: v, x-ms-visibility: internal}}";
    let of = sent(&format!(
        "X: {{type: object, required: [a, b, c, d], properties: {{\
         a: {{type: object, {inner}}}, \
         b: {{type: object, x-ms-visibility: internal, required: [y], properties: {{y: {{type: object, {inner}}}, z: {{type: string}}}}}}, \
         c: {{type: object, properties: {{z: {{type: string}}}}}}, \
         d: {{type: object, x-ms-visibility: internal, required: [z], properties: {{z: {{type: string}}}}}}}}}}"
    ));
    assert_eq!(
        fields(&of),
        ["a false {}", "b false {}", "c true -", "d true -"]
    );
}

#[test]
fn an_object_that_contains_itself_is_asked_for() {
    let of = sent(
        "X: {type: object, required: [x], properties: {x: {allOf: [{$ref: '#/components/schemas/X'}], x-ms-visibility: internal}}}",
    );
    assert_eq!(fields(&of), ["x true -"]);
}

#[test]
fn the_notification_url_is_no_argument() {
    let of = sent(
        "X: {type: object, required: [url], properties: {url: {type: string, x-ms-visibility: internal, x-ms-notification-url: true}}}",
    );
    assert_eq!(of.fields("X"), ["url: String?"]);
    assert_eq!(fields(&of), ["url false -"]);
    assert!(of.field("X", "url").setter.is_some());
}

#[test]
fn an_internal_body_without_arguments_is_sent_without_asking() {
    let body = |extra: &str| {
        format!(
            "{{name: b, in: body, required: true, {INTERNAL}, schema: {{type: object, required: [k], properties: {{k: {{type: string, {extra}}}}}}}}}"
        )
    };
    let of = swagger("", &body(&format!("default: v, {INTERNAL}")));
    assert!(of.operation().body_fixed && !of.operation().body_required);
    let of = swagger("", &body("default: v"));
    assert!(!of.operation().body_fixed && of.operation().body_required);
}

#[test]
fn internal_parts_of_forms_are_filled_in() {
    let of = swagger(
        "consumes: [multipart/form-data]",
        &format!(
            "{{name: kind, in: formData, required: true, type: string, default: doc, {INTERNAL}}}, {{name: file, in: formData, required: true, type: file}}"
        ),
    );
    let crate::model::ModelKind::Form(form) = &of.model("PostForm").kind else {
        panic!("no form")
    };
    let fixed: Vec<_> = form
        .fields
        .iter()
        .map(|field| field.fixed.clone())
        .collect();
    assert_eq!(fixed, [Some(json!("doc")), None]);
}
