//! Structs, maps, tuples, scalars.

use super::{document, received, sent};
use crate::diagnostics::Code;

#[test]
fn null_and_absent_are_told_apart_in_requests() {
    let x = "X: {type: object, required: [a, b], properties: {a: {type: string}, b: {type: [string, 'null']}, c: {type: string}, d: {type: [string, 'null']}}}";
    assert_eq!(
        sent(x).fields("X"),
        [
            "a: String",
            "b: String|null",
            "c: String?",
            "d: String?|null"
        ]
    );
}

#[test]
fn null_and_absent_are_one_in_responses() {
    let x = "X: {type: object, properties: {d: {type: [string, 'null']}}}";
    assert_eq!(received(x).fields("X"), ["d: String?"]);
}

#[test]
fn a_reference_to_something_nullable_is_nullable() {
    let of = sent(
        "N: {type: [string, 'null'], enum: [a, b, null]}\nX: {type: object, required: [n], properties: {n: {$ref: '#/components/schemas/N'}}}",
    );
    assert_eq!(of.fields("X"), ["n: N|null"]);
    assert_eq!(of.values("N"), ["A a", "B b"]);
}

#[test]
fn one_of_with_null_is_nullable_not_a_union() {
    let of = sent(
        "Y: {type: object, properties: {a: {type: string}}}\nX: {type: object, required: [y], properties: {y: {oneOf: [{$ref: '#/components/schemas/Y'}, {type: 'null'}]}}}",
    );
    assert_eq!(of.fields("X"), ["y: Y|null"]);
}

#[test]
fn read_only_members_are_not_asked_for() {
    let of = sent(
        "X: {type: object, required: [id, name], properties: {id: {type: string, readOnly: true}, name: {type: string}}}",
    );
    assert_eq!(of.fields("X"), ["id: String?", "name: String"]);
    let id = of.field("X", "id");
    assert!(!id.in_new);
    assert_eq!(id.setter, None);
    assert!(of.field("X", "name").in_new);
}

#[test]
fn read_only_members_are_plain_where_they_are_only_received() {
    let of = received(
        "X: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}}",
    );
    assert_eq!(of.fields("X"), ["id: String"]);
}

#[test]
fn write_only_members_may_lack_in_responses() {
    let of = received(
        "X: {type: object, required: [secret], properties: {secret: {type: string, writeOnly: true}}}",
    );
    assert_eq!(of.fields("X"), ["secret: String?"]);
}

#[test]
fn a_required_constant_is_filled_in() {
    let of = sent(
        "X: {type: object, required: [object, n], properties: {object: {const: list}, n: {type: integer}}}",
    );
    let object = of.field("X", "object");
    assert_eq!(object.constant.as_deref(), Some("list"));
    assert!(object.is_filled_in() && !object.in_new);
}

#[test]
fn scalar_defaults_are_documented() {
    let of = received(
        "X: {type: object, properties: {n: {type: integer, default: 20}, s: {type: string, default: a}, w: {type: integer, default: many}}}",
    );
    assert_eq!(of.field("X", "n").default.as_deref(), Some("20"));
    assert_eq!(of.field("X", "s").default.as_deref(), Some("\"a\""));
    assert_eq!(of.field("X", "w").default, None);
    assert!(of.has(Code::DefaultMismatch));
}

#[test]
fn an_object_without_properties_is_a_map() {
    let of = received(
        "X: {type: object, properties: {any: {type: object}, ints: {type: object, additionalProperties: {type: integer}}, maybe: {type: object, additionalProperties: {type: [string, 'null']}}}}",
    );
    assert_eq!(
        of.fields("X"),
        [
            "any: Map<Value>?",
            "ints: Map<i64>?",
            "maybe: Map<Option<String>>?"
        ]
    );
}

#[test]
fn additional_properties_beside_declared_ones_get_a_field() {
    let of = received(
        "X: {type: object, properties: {a: {type: string}, additional_properties: {type: string}}, additionalProperties: {type: integer}}",
    );
    let (name, ty) = of.object("X").rest.as_ref().unwrap();
    assert_eq!(name.as_str(), "additional_properties2");
    assert_eq!(of.show(ty), "i64");
}

#[test]
fn additional_properties_false_adds_nothing() {
    let of =
        received("X: {type: object, properties: {a: {type: string}}, additionalProperties: false}");
    assert!(of.object("X").rest.is_none());
}

#[test]
fn a_required_member_that_no_one_declares_can_be_set() {
    let of = sent("X: {type: object, required: [b], properties: {a: {type: string}}}");
    assert_eq!(of.fields("X"), ["a: String?", "b: Value?"]);
    assert!(of.has(Code::RequiredUndeclared));
}

#[test]
fn prefix_items_are_a_tuple() {
    let of = received(
        "X: {type: object, properties: {t: {type: array, prefixItems: [{type: string}, {type: [integer, 'null']}], items: false}}}",
    );
    assert_eq!(of.fields("X"), ["t: (String, Option<i64>)?"]);
}

#[test]
fn a_tuple_that_is_too_long_is_a_list_of_json() {
    let positions = ["{type: string}"; 9].join(", ");
    let of = received(&format!(
        "X: {{type: object, properties: {{t: {{type: array, prefixItems: [{positions}], items: false}}}}}}"
    ));
    assert_eq!(of.fields("X"), ["t: Vec<Value>?"]);
    assert!(of.has(Code::TupleTooLong));
}

#[test]
fn formats_choose_scalars() {
    let properties: Vec<String> = [
        "string",
        "string/date-time",
        "string/date",
        "string/time",
        "string/uuid",
        "string/byte",
        "string/email",
        "integer",
        "integer/int32",
        "integer/uint32",
        "integer/uint64",
        "number",
        "number/int64",
        "boolean",
    ]
    .iter()
    .enumerate()
    .map(|(index, text)| {
        let (ty, format) = text.split_once('/').unwrap_or((text, ""));
        let format = if format.is_empty() {
            String::new()
        } else {
            format!(", format: {format}")
        };
        format!("f{index}: {{type: {ty}{format}}}")
    })
    .collect();
    let of = received(&format!(
        "X: {{type: object, properties: {{{}}}}}",
        properties.join(", ")
    ));
    let types: Vec<String> = of
        .object("X")
        .fields
        .iter()
        .map(|field| of.show(&field.ty))
        .collect();
    assert_eq!(
        types,
        [
            "String", "DateTime", "Date", "Time", "Uuid", "Base64", "String", "i64", "i32", "u32",
            "u64", "f64", "i64", "bool"
        ]
    );
}

#[test]
fn a_schema_that_says_nothing_is_any_json() {
    let of = received("X: {type: object, properties: {a: {}, b: true, c: {type: array}}}");
    assert_eq!(of.fields("X"), ["a: Value?", "b: Value?", "c: Vec<Value>?"]);
}

#[test]
fn models_keep_title_and_description() {
    let of = document(
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents: {schemas: {X: {title: An X, description: Marks a spot., deprecated: true, type: object, properties: {a: {type: string}}}}}",
    );
    let docs = &of.model("X").docs;
    assert_eq!(docs.summary.as_deref(), Some("An X"));
    assert_eq!(docs.description.as_deref(), Some("Marks a spot."));
    assert!(docs.deprecated);
}
