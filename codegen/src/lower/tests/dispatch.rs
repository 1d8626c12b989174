//! How the arms of unions are told apart.

use super::{received, sent};
use crate::model::Dispatch;

const PETS: &str = "Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
Dog: {type: object, properties: {kind: {type: string}, barks: {type: boolean}}}
";

#[test]
fn a_discriminator_without_mapping_takes_the_names_of_the_components() {
    let of = received(&format!(
        "{PETS}X: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind}}}}"
    ));
    assert_eq!(of.tags("X"), ["kind", "Cat Cat", "Dog Dog"]);
}

#[test]
fn a_mapping_may_be_references_or_bare_names() {
    let of = received(&format!(
        "{PETS}X: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind, mapping: {{cat: '#/components/schemas/Cat', kitten: Cat, dog: Dog}}}}}}"
    ));
    assert_eq!(of.tags("X"), ["kind", "cat Cat", "kitten Cat", "dog Dog"]);
}

#[test]
fn a_mapping_of_definitions_is_understood() {
    let of = super::document(
        "swagger: '2.0'
info: {title: T, version: '1'}
paths: {}
definitions:
  Cat: {type: object, required: [kind], properties: {kind: {type: string}}}
  Dog: {type: object, required: [kind], properties: {kind: {type: string}, barks: {type: boolean}}}
  X: {oneOf: [{$ref: '#/definitions/Cat'}, {$ref: '#/definitions/Dog'}], discriminator: {propertyName: kind, mapping: {cat: '#/definitions/Cat', dog: '#/definitions/Dog'}}}
",
    );
    assert_eq!(of.tags("X"), ["kind", "cat Cat", "dog Dog"]);
}

#[test]
fn the_tag_is_added_where_the_content_does_not_have_it_for_sure() {
    let of = sent(&format!(
        "{PETS}X: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind}}}}"
    ));
    let Dispatch::Tag { implied, .. } = &of.union("X").dispatch else {
        panic!("by tag");
    };
    assert_eq!(*implied, [None, Some("Dog".to_owned())]);
}

#[test]
fn a_required_tag_that_no_one_declares_is_added() {
    let of = sent(
        "Cat: {type: object, required: [kind], properties: {a: {type: string}}}\nDog: {type: object, required: [kind], properties: {b: {type: string}}}\nX: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind}}",
    );
    let Dispatch::Tag { implied, .. } = &of.union("X").dispatch else {
        panic!("by tag");
    };
    assert_eq!(*implied, [Some("Cat".to_owned()), Some("Dog".to_owned())]);
}

#[test]
fn inline_arms_give_the_values_of_their_tag() {
    let of = received(
        "X: {discriminator: {propertyName: t}, oneOf: [{type: object, required: [t], properties: {t: {type: string, enum: [a]}}}, {type: object, required: [t], properties: {t: {type: string, enum: [b, c]}}}]}",
    );
    assert_eq!(of.tags("X"), ["t", "a A", "b Variant2", "c Variant2"]);
}

#[test]
fn a_discriminator_over_scalars_is_no_use() {
    let of = received(
        "X: {discriminator: {propertyName: t}, oneOf: [{type: string}, {type: object, properties: {t: {type: string}}}]}",
    );
    assert_eq!(of.tags("X"), [""; 0]);
}

#[test]
fn a_property_with_distinct_constants_is_found_without_a_discriminator() {
    let of = received(
        "X: {oneOf: [{type: object, required: [object], properties: {object: {const: list}}}, {type: object, required: [object], properties: {object: {const: item}}}]}",
    );
    assert_eq!(of.tags("X"), ["object", "list List", "item Item"]);
}

#[test]
fn constants_that_may_lack_are_a_hint_only() {
    let of = received(
        "X: {oneOf: [{type: object, properties: {object: {const: list}}}, {type: object, required: [object], properties: {object: {const: item}}}]}",
    );
    let Dispatch::Shape(shapes) = &of.union("X").dispatch else {
        panic!("by shape");
    };
    assert_eq!(
        shapes[0].tags,
        [("object".to_owned(), vec!["list".to_owned()])]
    );
    assert_eq!(shapes[1].required, ["object"]);
}

#[test]
fn shapes_list_only_what_sets_arms_apart() {
    let of = received(
        "X: {anyOf: [{type: object, required: [id, a], properties: {id: {type: string}, a: {type: string}}}, {type: object, required: [id], properties: {id: {type: string}, b: {type: string}}}]}",
    );
    let Dispatch::Shape(shapes) = &of.union("X").dispatch else {
        panic!("by shape");
    };
    assert_eq!(shapes[0].kinds, ["OBJECT"]);
    assert_eq!(shapes[0].required, ["a"]);
    assert_eq!(shapes[0].known, ["a"]);
    assert_eq!(shapes[1].required, [""; 0]);
    assert_eq!(shapes[1].known, ["b"]);
}

#[test]
fn the_discriminator_of_a_union_beside_properties_still_rules() {
    let of = sent(&format!(
        "{PETS}X: {{type: object, properties: {{id: {{type: string}}}}, oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind, mapping: {{c: Cat, d: Dog}}}}}}"
    ));
    assert_eq!(of.tags("X"), ["kind", "c Cat", "d Dog"]);
    assert_eq!(
        of.fields("XCat"),
        ["id: String?", "kind: String", "lives: i64?"]
    );
}

#[test]
fn integers_tell_arms_apart_as_strings_do() {
    let arm = |value: u8| {
        format!(
            "{{type: object, required: [t], properties: {{t: {{type: integer, enum: [{value}]}}}}}}"
        )
    };
    let of = received(&format!(
        "A: {}\nB: {}\nX: {{oneOf: [{{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/B'}}]}}",
        arm(1),
        arm(2)
    ));
    assert_eq!(of.tags("X"), ["t", "1 A", "2 B"]);
}

#[test]
fn an_arm_that_is_a_union_knows_what_its_arms_declare() {
    let part = |name: &str| {
        format!("{{type: object, required: [{name}], properties: {{{name}: {{type: string}}}}}}")
    };
    let of = received(&format!(
        "Any: {{oneOf: [{}, {}]}}\nPlain: {{type: object, properties: {{c: {{type: string}}}}}}\nX: {{anyOf: [{{$ref: '#/components/schemas/Plain'}}, {{$ref: '#/components/schemas/Any'}}]}}",
        part("a"),
        part("b")
    ));
    let Dispatch::Shape(shapes) = &of.union("X").dispatch else {
        panic!("by shape");
    };
    assert_eq!(shapes[0].known, ["c"]);
    assert_eq!(shapes[1].known, ["a", "b"]);
    assert!(shapes[1].required.is_empty());
}

#[test]
fn a_discriminator_that_arms_share_a_value_of_gives_way_to_their_looks() {
    let arm = |role: &str| {
        format!(
            "{{type: object, required: [type, role], properties: {{type: {{type: string, enum: [message]}}, role: {{type: string, enum: [{role}]}}}}}}"
        )
    };
    let of = received(&format!(
        "A: {}\nB: {}\nX: {{oneOf: [{{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/B'}}], discriminator: {{propertyName: type}}}}",
        arm("user"),
        arm("system")
    ));
    assert_eq!(of.tags("X"), ["role", "user A", "system B"]);
}
