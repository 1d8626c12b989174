//! Request bodies.

use super::operation;
use crate::model::{BodyKind, FormFieldKind, ModelKind};

const DONE: &str = "responses: {'204': {description: d}}";

fn with_body(body: &str) -> super::Lowered {
    operation(&format!(
        "operationId: makeRequest\nrequestBody: {body}\n{DONE}"
    ))
}

/// `function media-type kind` of each body.
fn bodies(of: &super::Lowered) -> Vec<String> {
    let kind = |kind: &BodyKind| match kind {
        BodyKind::Json(ty) => format!("json {}", of.show(ty)),
        BodyKind::Form(ty) => format!("form {}", of.show(ty)),
        BodyKind::Multipart(Some(id)) => format!("multipart {}", of.api.model(*id).name),
        BodyKind::Multipart(None) => "multipart".to_owned(),
        BodyKind::Text => "text".to_owned(),
        BodyKind::Binary => "binary".to_owned(),
    };
    of.operation()
        .bodies
        .iter()
        .map(|body| format!("{} {} {}", body.function, body.media_type, kind(&body.kind)))
        .collect()
}

/// `name kind required` of each part of a form.
fn parts(of: &super::Lowered, name: &str) -> Vec<String> {
    let ModelKind::Form(form) = &of.model(name).kind else {
        panic!("`{name}` is no form");
    };
    form.fields
        .iter()
        .map(|field| {
            let kind = match &field.kind {
                FormFieldKind::File => "file".to_owned(),
                FormFieldKind::Files => "files".to_owned(),
                FormFieldKind::Value(ty) => of.show(ty),
            };
            format!(
                "{} {kind}{}",
                field.name,
                if field.required { "!" } else { "" }
            )
        })
        .collect()
}

#[test]
fn json_comes_first_and_others_get_a_method_each() {
    let of = with_body(
        "{required: true, content: {text/plain: {}, application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Pet'}}, application/json: {schema: {$ref: '#/components/schemas/Pet'}}, image/png: {}}}",
    );
    assert_eq!(
        bodies(&of),
        [
            "make_request application/json json Pet",
            "make_request_as_form application/x-www-form-urlencoded form Pet",
            "make_request_as_text text/plain text",
            "make_request_as_bytes image/png binary"
        ]
    );
    assert!(of.operation().body_required);
}

#[test]
fn bodies_are_optional_unless_required() {
    let of =
        with_body("{content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}");
    assert!(!of.operation().body_required);
}

#[test]
fn two_media_types_of_one_type_are_one_body() {
    let of = with_body(
        "{content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}, application/vnd.acme+json: {schema: {$ref: '#/components/schemas/Pet'}}}}",
    );
    assert_eq!(bodies(&of), ["make_request application/json json Pet"]);
}

#[test]
fn the_same_schema_in_two_media_types_is_one_model() {
    let of = with_body(
        "{content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}, application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}}}",
    );
    assert_eq!(
        bodies(&of),
        [
            "make_request application/json json MakeRequestRequest",
            "make_request_as_form application/x-www-form-urlencoded form MakeRequestRequest"
        ]
    );
    assert_eq!(of.model_names(), ["MakeRequestRequest"]);
}

#[test]
fn media_types_of_one_kind_are_told_apart_by_their_names() {
    let of = with_body("{required: true, content: {image/png: {}, image/jpeg: {}}}");
    assert_eq!(
        bodies(&of),
        [
            "make_request image/png binary",
            "make_request_as_jpeg image/jpeg binary"
        ]
    );
}

#[test]
fn any_media_type_becomes_one_that_can_be_sent() {
    let of = with_body("{content: {'*/*': {schema: {$ref: '#/components/schemas/Pet'}}}}");
    assert_eq!(bodies(&of), ["make_request application/json json Pet"]);
}

#[test]
fn what_a_range_of_media_types_becomes_is_listed_once() {
    let of = with_body(
        "{content: {'*/*': {schema: {type: object}}, application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}",
    );
    assert_eq!(bodies(&of), ["make_request application/json json Pet"]);
}

#[test]
fn multipart_bodies_are_forms_with_files() {
    let of = with_body(
        "{required: true, content: {multipart/form-data: {schema: {type: object, required: [file], properties: {file: {type: string, format: binary}, more: {type: array, items: {type: string, format: binary}}, note: {type: string}, about: {$ref: '#/components/schemas/Pet'}, id: {type: string, readOnly: true}}}}}}",
    );
    assert_eq!(
        bodies(&of),
        ["make_request multipart/form-data multipart MakeRequestForm"]
    );
    assert_eq!(
        parts(&of, "MakeRequestForm"),
        ["file file!", "more files", "note String", "about Pet"]
    );
}

#[test]
fn an_encoding_can_make_a_part_a_file() {
    let of = with_body(
        "{content: {multipart/form-data: {schema: {type: object, properties: {picture: {type: string}, note: {type: string}}}, encoding: {picture: {contentType: image/png}, note: {contentType: text/plain}}}}}",
    );
    assert_eq!(
        parts(&of, "MakeRequestForm"),
        ["picture file", "note String"]
    );
}

#[test]
fn an_encoding_can_let_reserved_characters_through() {
    let of = with_body(
        "{content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}, b: {type: string}}}, encoding: {a: {allowReserved: true}, b: {}}}}}",
    );
    let encodings = &of.operation().bodies[0].encodings;
    let allowed: Vec<_> = encodings
        .iter()
        .map(|encoding| encoding.allow_reserved)
        .collect();
    assert_eq!(allowed, [true, false]);
}

#[test]
fn a_header_of_a_part_with_one_value_is_fixed() {
    let of = with_body(
        "{content: {multipart/form-data: {schema: {type: object, properties: {a: {type: string}}}, encoding: {a: {headers: {X-Kind: {schema: {type: string, enum: [photo]}}, X-Free: {schema: {type: string}}, Content-Type: {schema: {type: string, enum: [a/b]}}}}}}}}",
    );
    let encoding = &of.operation().bodies[0].encodings[0];
    let headers: Vec<_> = encoding
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {value}", name.as_str()))
        .collect();
    assert_eq!(headers, ["X-Kind: photo"]);
}

#[test]
fn a_multipart_body_without_declared_parts_is_free() {
    let of = with_body("{content: {multipart/form-data: {schema: {type: object}}}}");
    assert_eq!(bodies(&of), ["make_request multipart/form-data multipart"]);
}

#[test]
fn a_form_made_of_a_component_is_shared() {
    let form = "{content: {multipart/form-data: {schema: {$ref: '#/components/schemas/Pet'}}}}";
    let of = super::paths(
        &format!(
            "/a: {{post: {{operationId: a, requestBody: {form}, {DONE}}}}}\n/b: {{post: {{operationId: b, requestBody: {form}, {DONE}}}}}"
        ),
        "schemas: {Pet: {type: object, properties: {name: {type: string}}}}",
    );
    assert_eq!(of.model_names(), ["PetForm"]);
}

#[test]
fn a_form_that_the_document_has_for_a_text_is_written_by_the_caller() {
    let of = with_body(
        "{required: true, content: {application/x-www-form-urlencoded: {schema: {type: string}}}}",
    );
    assert_eq!(
        bodies(&of),
        ["make_request application/x-www-form-urlencoded text"]
    );
}
