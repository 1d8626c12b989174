//! `allOf` and whatever else holds at once.

use super::{received, sent};
use crate::diagnostics::Code;

const BASE: &str = "Base: {type: object, required: [id], properties: {id: {type: string}}}";

fn with_base(x: &str) -> super::Lowered {
    received(&format!("{BASE}\nX: {x}"))
}

#[test]
fn all_of_becomes_one_struct() {
    let of = with_base(
        "{allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [n], properties: {n: {type: integer}}}]}",
    );
    assert_eq!(of.fields("X"), ["id: String", "n: i64"]);
}

#[test]
fn properties_beside_all_of_count_too() {
    let of = with_base(
        "{allOf: [{$ref: '#/components/schemas/Base'}], properties: {n: {type: integer}}}",
    );
    assert_eq!(of.fields("X"), ["n: i64?", "id: String"]);
}

#[test]
fn a_later_part_can_make_a_property_required() {
    let of = received(
        "Base: {type: object, properties: {id: {type: string}}}\nX: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [id]}]}",
    );
    assert_eq!(of.fields("X"), ["id: String"]);
}

#[test]
fn a_property_that_only_requires_more_keeps_the_type_it_names() {
    let of = received(
        "Base: {type: object, properties: {id: {type: string}}}\nX: {type: object, properties: {base: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [id]}]}}}",
    );
    assert_eq!(of.fields("X"), ["base: Base?"]);
}

#[test]
fn all_of_with_one_arm_is_that_arm() {
    let of = with_base("{allOf: [{$ref: '#/components/schemas/Base'}], description: d}");
    assert_eq!(of.alias("X"), "Base");
}

#[test]
fn a_property_described_twice_satisfies_both() {
    let of = received(
        "X: {allOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {a: {type: string, enum: [p, q]}}}]}",
    );
    assert_eq!(of.fields("X"), ["a: XA?"]);
    assert_eq!(of.values("XA"), ["P p", "Q q"]);
}

#[test]
fn objects_described_twice_are_merged() {
    let of = received(
        "X: {allOf: [{type: object, properties: {a: {type: object, properties: {p: {type: string}}}}}, {type: object, properties: {a: {type: object, properties: {q: {type: string}}}}}]}",
    );
    assert_eq!(of.fields("XA"), ["p: String?", "q: String?"]);
}

#[test]
fn an_object_wins_over_a_scalar_with_a_note() {
    let of = with_base("{allOf: [{$ref: '#/components/schemas/Base'}, {type: string}]}");
    assert_eq!(of.fields("X"), ["id: String"]);
    assert!(of.has(Code::CompositionMixed));
}

#[test]
fn scalars_that_hold_at_once_are_the_one_that_lists_values() {
    let of = received("X: {allOf: [{type: string, maxLength: 3}, {type: string, enum: [a, b]}]}");
    assert_eq!(of.values("X"), ["A a", "B b"]);
}

#[test]
fn a_circle_of_all_of_ends() {
    let of = received(
        "X: {allOf: [{$ref: '#/components/schemas/Y'}, {type: object, properties: {x: {type: string}}}]}\nY: {allOf: [{$ref: '#/components/schemas/X'}, {type: object, properties: {y: {type: string}}}]}",
    );
    let mut fields = of.fields("X");
    fields.sort();
    assert_eq!(fields, ["x: String?", "y: String?"]);
}

#[test]
fn a_union_beside_properties_becomes_structs_with_both() {
    let of = sent(
        "X: {type: object, required: [id], properties: {id: {type: string}}, oneOf: [{title: Card, type: object, required: [pan], properties: {pan: {type: string}}}, {title: Bank, type: object, required: [iban], properties: {iban: {type: string}}}]}",
    );
    assert_eq!(of.variants("X"), ["Card(Box<XCard>)", "Bank(Box<XBank>)"]);
    assert_eq!(of.fields("XCard"), ["id: String", "pan: String"]);
    assert_eq!(of.fields("XBank"), ["id: String", "iban: String"]);
}

#[test]
fn structs_made_of_a_union_keep_the_words_of_their_arms() {
    let of = sent(
        "X: {type: object, properties: {id: {type: string}}, oneOf: [{title: Card, description: Paid by card., type: object, properties: {pan: {type: string}}}, {title: Bank, type: object, properties: {iban: {type: string}}}]}",
    );
    let docs = &of.model("XCard").docs;
    assert_eq!(docs.description.as_deref(), Some("Paid by card."));
}

#[test]
fn arms_that_only_require_something_leave_the_struct_alone() {
    let of = received(
        "X: {type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {required: [b]}]}",
    );
    assert_eq!(of.fields("X"), ["a: String?", "b: String?"]);
}

#[test]
fn two_unions_at_once_make_their_properties_optional() {
    let of = received(
        "X: {allOf: [{oneOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}, {oneOf: [{type: object, properties: {c: {type: string}}}, {type: object, properties: {d: {type: string}}}]}]}",
    );
    assert_eq!(
        of.fields("X"),
        ["a: String?", "b: String?", "c: String?", "d: String?"]
    );
    assert!(of.has(Code::CompositionMixed));
}

const ALTERNATIVES: &str = "X: {type: object, required: [kind], allOf: [{oneOf: [{type: object, properties: {kind: {type: string, enum: [a]}, n: {type: integer}}}, {type: object, properties: {kind: {type: string, enum: [b]}, n: {type: boolean}}}]}, {oneOf: [{type: object, properties: {c: {type: string}}}, {type: object, properties: {d: {type: string}}}]}]}";

#[test]
fn what_only_one_arm_says_of_a_property_does_not_bind_the_others() {
    let of = sent(ALTERNATIVES);
    assert_eq!(of.values("XKind"), ["A a", "B b"]);
    assert_eq!(of.field("X", "kind").constant, None);
    assert_eq!(of.variants("XN"), ["Integer(i64)", "Boolean(bool)"]);
}

#[test]
fn a_base_that_lists_its_children_is_only_its_properties_to_them() {
    let of = received(
        "X: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {x: {type: string}}}]}\nBase: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: kind}, oneOf: [{$ref: '#/components/schemas/X'}]}",
    );
    assert_eq!(of.fields("X"), ["kind: String", "x: String?"]);
}

#[test]
fn a_scalar_beside_a_union_stays_what_it_is() {
    let of = received(
        "X: {type: object, properties: {a: {allOf: [{oneOf: [{type: integer}, {type: string, format: date-time}]}, {type: string}]}}}",
    );
    assert_eq!(of.fields("X"), ["a: String?"]);
}

#[test]
fn of_several_unions_of_scalars_one_is_taken() {
    let of = received(
        "X: {type: object, properties: {a: {allOf: [{oneOf: [{type: string}, {type: boolean}]}, {oneOf: [{type: string}, {type: integer}]}]}}}",
    );
    assert_eq!(of.fields("X"), ["a: XA?"]);
    assert_eq!(of.variants("XA"), ["String(String)", "Boolean(bool)"]);
}
