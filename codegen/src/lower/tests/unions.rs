//! `oneOf` and `anyOf`.

use super::{received, sent};
use crate::model::Dispatch;

#[test]
fn scalars_are_variants_of_their_kind() {
    let of = received(
        "X: {oneOf: [{type: string}, {type: integer}, {type: boolean}, {type: array, items: {type: string}}]}",
    );
    assert_eq!(
        of.variants("X"),
        [
            "String(String)",
            "Integer(i64)",
            "Boolean(bool)",
            "StringArray(Vec<String>)"
        ]
    );
}

#[test]
fn an_open_enum_of_strings_is_an_enum() {
    let of = received("X: {anyOf: [{type: string}, {type: string, enum: [a, b]}]}");
    assert_eq!(of.values("X"), ["A a", "B b"]);
}

#[test]
fn enums_of_several_arms_are_joined() {
    let of = received("X: {oneOf: [{type: string, enum: [a, b]}, {type: string, enum: [b, c]}]}");
    assert_eq!(of.values("X"), ["A a", "B b", "C c"]);
}

#[test]
fn an_enum_or_any_string_is_the_enum_of_that_name() {
    let of = received(
        "Known: {type: string, enum: [a, b]}\nX: {anyOf: [{$ref: '#/components/schemas/Known'}, {type: string}]}",
    );
    assert_eq!(of.alias("X"), "Known");
}

#[test]
fn strings_of_different_formats_are_a_string() {
    let of =
        received("X: {oneOf: [{type: string, format: date}, {type: string, format: date-time}]}");
    assert_eq!(of.alias("X"), "String");
    let of = received("X: {oneOf: [{type: string, format: date}, {type: string, format: date}]}");
    assert_eq!(of.alias("X"), "Date");
}

#[test]
fn integers_and_numbers_are_one_number() {
    let of = received("X: {oneOf: [{type: integer}, {type: number}]}");
    assert_eq!(of.alias("X"), "f64");
}

#[test]
fn grouped_arms_look_like_any_of_them() {
    let of = received("X: {oneOf: [{type: integer}, {type: boolean}, {type: number}]}");
    assert_eq!(of.variants("X"), ["Number(f64)", "Boolean(bool)"]);
    let Dispatch::Shape(shapes) = &of.union("X").dispatch else {
        panic!("by shape");
    };
    assert_eq!(shapes[0].kinds, ["INTEGER", "NUMBER"]);
}

#[test]
fn arms_of_one_type_are_that_type() {
    let of = received(
        "Y: {type: object, properties: {a: {type: string}}}\nX: {oneOf: [{$ref: '#/components/schemas/Y'}, {allOf: [{$ref: '#/components/schemas/Y'}]}]}",
    );
    assert_eq!(of.alias("X"), "Y");
}

#[test]
fn an_arm_of_any_json_makes_all_any_json() {
    assert_eq!(
        received("X: {oneOf: [{type: string}, {}]}").alias("X"),
        "Value"
    );
}

#[test]
fn no_arms_are_any_json() {
    assert_eq!(received("X: {oneOf: []}").alias("X"), "Value");
    assert_eq!(received("X: {oneOf: [{oneOf: []}]}").alias("X"), "Value");
}

#[test]
fn unions_inside_unions_are_flattened() {
    let of = received("X: {oneOf: [{type: string}, {anyOf: [{type: integer}, {type: boolean}]}]}");
    assert_eq!(
        of.variants("X"),
        ["String(String)", "Integer(i64)", "Boolean(bool)"]
    );
}

#[test]
fn structs_are_boxed_and_named_after_component_or_title() {
    let of = received(
        "cat_v1: {type: object, properties: {a: {type: string}}}\nX: {oneOf: [{$ref: '#/components/schemas/cat_v1'}, {title: A dog, type: object, properties: {b: {type: string}}}, {type: object, properties: {c: {type: string}}}]}",
    );
    assert_eq!(
        of.variants("X"),
        [
            "CatV1(Box<CatV1>)",
            "ADog(Box<XADog>)",
            "Variant3(Box<XVariant3>)"
        ]
    );
}

#[test]
fn null_among_the_arms_makes_the_field_nullable() {
    let of = sent(
        "X: {type: object, required: [v], properties: {v: {oneOf: [{type: string}, {type: integer}, {type: 'null'}]}}}",
    );
    assert_eq!(of.fields("X"), ["v: XV|null"]);
    assert_eq!(of.variants("XV"), ["String(String)", "Integer(i64)"]);
}

#[test]
fn variants_keep_clear_of_unknown() {
    let of = received(
        "Unknown: {type: object, properties: {a: {type: string}}}\nX: {oneOf: [{$ref: '#/components/schemas/Unknown'}, {type: string}]}",
    );
    assert_eq!(
        of.variants("X"),
        ["UnknownValue(Box<Unknown>)", "String(String)"]
    );
}

#[test]
fn something_or_the_empty_string_is_named_after_its_property() {
    let of = sent(
        "X: {type: object, properties: {v: {anyOf: [{title: A part, type: object, properties: {a: {type: string}}}, {type: string, enum: ['']}]}, w: {anyOf: [{type: string, enum: ['']}, {type: array, items: {type: string}}]}}}",
    );
    assert_eq!(
        of.fields("X"),
        ["v: OrEmpty<XV>?", "w: OrEmpty<Vec<String>>?"]
    );
    assert_eq!(of.fields("XV"), ["a: String?"]);
}

#[test]
fn one_of_several_or_the_empty_string_is_a_union_or_empty() {
    let of = sent(
        "X: {type: object, properties: {v: {anyOf: [{type: integer}, {type: string, enum: ['']}, {type: boolean}]}}}",
    );
    assert_eq!(of.fields("X"), ["v: OrEmpty<XV>?"]);
    assert_eq!(of.variants("XV"), ["Integer(i64)", "Boolean(bool)"]);
}

#[test]
fn a_string_or_the_empty_string_is_a_string() {
    let of = sent(
        "X: {type: object, properties: {v: {anyOf: [{type: string, minLength: 1}, {type: string, enum: ['']}]}}}",
    );
    assert_eq!(of.fields("X"), ["v: String?"]);
}

#[test]
fn a_component_that_may_be_empty_keeps_its_name() {
    let of = received(
        "X: {anyOf: [{type: object, properties: {x: {$ref: '#/components/schemas/X'}}}, {type: string, enum: ['']}]}",
    );
    assert_eq!(of.alias("X"), "OrEmpty<Box<XValue>>");
    assert_eq!(of.fields("XValue"), ["x: Box<X>?"]);
}
