//! Types that contain themselves.

use super::received;
use crate::diagnostics::Code;

#[test]
fn a_struct_holds_itself_in_a_box() {
    let of = received("X: {type: object, properties: {next: {$ref: '#/components/schemas/X'}}}");
    assert_eq!(of.fields("X"), ["next: Box<X>?"]);
}

#[test]
fn lists_and_maps_need_no_box() {
    let of = received(
        "X: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/X'}}, named: {type: object, additionalProperties: {$ref: '#/components/schemas/X'}}}}",
    );
    assert_eq!(of.fields("X"), ["children: Vec<X>?", "named: Map<X>?"]);
}

#[test]
fn every_edge_of_a_circle_is_boxed_and_no_other() {
    let of = received(
        "X: {type: object, required: [y, z], properties: {y: {$ref: '#/components/schemas/Y'}, z: {$ref: '#/components/schemas/Z'}}}\nY: {type: object, properties: {x: {$ref: '#/components/schemas/X'}}}\nZ: {type: object, properties: {a: {type: string}}}",
    );
    assert_eq!(of.fields("X"), ["y: Box<Y>", "z: Z"]);
    assert_eq!(of.fields("Y"), ["x: Box<X>?"]);
}

#[test]
fn a_union_that_holds_itself_is_boxed() {
    let of = received(
        "X: {oneOf: [{type: string}, {$ref: '#/components/schemas/Not'}]}\nNot: {type: object, required: [of], properties: {of: {$ref: '#/components/schemas/X'}}}",
    );
    assert_eq!(of.variants("X"), ["String(String)", "Not(Box<Not>)"]);
    assert_eq!(of.fields("Not"), ["of: X"]);
}

#[test]
fn a_circle_through_an_alias_is_boxed() {
    let of = received(
        "X: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}\nA: {allOf: [{$ref: '#/components/schemas/X'}]}",
    );
    assert_eq!(of.fields("X"), ["a: Box<A>?"]);
    assert_eq!(of.alias("A"), "Box<X>");
}

#[test]
fn a_tuple_that_holds_its_owner_is_boxed() {
    let of = received(
        "X: {type: object, properties: {pair: {type: array, prefixItems: [{type: string}, {$ref: '#/components/schemas/X'}], items: false}}}",
    );
    assert_eq!(of.fields("X"), ["pair: (String, Box<X>)?"]);
}

#[test]
fn an_alias_of_nothing_but_itself_is_any_json() {
    let of = received("X: {type: array, items: {$ref: '#/components/schemas/X'}}");
    assert_eq!(of.alias("X"), "Value");
    assert!(of.has(Code::AliasCircular));
}

#[test]
fn aliases_of_each_other_are_any_json() {
    let of = received(
        "X: {type: array, items: {$ref: '#/components/schemas/Y'}}\nY: {type: object, additionalProperties: {$ref: '#/components/schemas/X'}}",
    );
    assert_eq!([of.alias("X"), of.alias("Y")], ["Value", "Value"]);
}

#[test]
fn nesting_counts_models_inside_models() {
    let of = received(
        "X: {type: object, properties: {y: {$ref: '#/components/schemas/Y'}}}\nY: {type: object, properties: {z: {type: array, items: {$ref: '#/components/schemas/Z'}}}}\nZ: {type: object, properties: {a: {type: string}}}",
    );
    assert_eq!(of.api.nesting, 3);
}

#[test]
fn a_schema_in_place_that_extends_its_owner_contains_itself() {
    let of = received(
        "X: {type: object, properties: {child: {allOf: [{$ref: '#/components/schemas/X'}, {type: object, properties: {extra: {type: string}}}]}}}",
    );
    assert_eq!(of.fields("X"), ["child: XChild?"]);
    assert_eq!(
        of.fields("XChild"),
        ["child: Box<XChild>?", "extra: String?"]
    );
}

#[test]
fn schemas_in_place_that_all_extend_their_owner_are_made_once() {
    let property = |n: usize| {
        format!(
            "p{n}: {{allOf: [{{$ref: '#/components/schemas/X'}}, {{type: object, properties: {{e{n}: {{type: string}}}}}}]}}"
        )
    };
    let properties: Vec<String> = (0..30).map(property).collect();
    let of = received(&format!(
        "X: {{type: object, properties: {{{}}}}}",
        properties.join(", ")
    ));
    assert_eq!(of.api.models.len(), 31);
}

#[test]
fn schemas_in_place_that_double_at_each_level_stay_few() {
    let level = |n: usize| {
        let next = n + 1;
        format!(
            "L{n}: {{type: object, properties: {{a: {{allOf: [{{$ref: '#/components/schemas/L{next}'}}, {{type: object, properties: {{x: {{type: string}}}}}}]}}, b: {{allOf: [{{$ref: '#/components/schemas/L{next}'}}, {{type: object, properties: {{y: {{type: string}}}}}}]}}}}}}\n"
        )
    };
    let levels: String = (0..40).map(level).collect();
    let of = received(&format!(
        "{levels}L40: {{type: string}}\nX: {{$ref: '#/components/schemas/L0'}}"
    ));
    assert!(of.api.models.len() < 1_000, "{}", of.api.models.len());
}

#[test]
fn a_property_described_twice_that_extends_its_owner_ends() {
    let of = received(
        "X: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {child: {allOf: [{$ref: '#/components/schemas/X'}]}}}]}\nBase: {type: object, properties: {child: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {a: {type: string}}}]}}}",
    );
    assert!(of.api.models.len() < 50);
}
