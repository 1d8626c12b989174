//! One behaviour each: a schema in, its instances out. What is checked here is checked by the round-trip run with a
//! validator of others as well.

use std::time::{Duration, Instant};

use openapiv3::OpenAPI;
use serde_json::{Value, json};

use super::{Direction, Instance, Synthesis};
use crate::diagnostics::Diagnostics;
use crate::normalize::{Options, normalize};

fn canonical(schemas: Value) -> OpenAPI {
    let root = json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas}
    });
    let options = Options { examples: true };
    normalize(root, &options, &mut Diagnostics::new())
        .unwrap()
        .openapi
}

/// The instances of the component `X`.
fn of_components(schemas: Value, direction: Direction) -> Vec<Instance> {
    let document = canonical(schemas);
    let schema = &document.components.as_ref().unwrap().schemas["X"];
    let synthesis = Synthesis::new(&document);
    let instances = synthesis.instances(schema, direction);
    assert_eq!(instances, synthesis.instances(schema, direction));
    instances
}

fn of(schema: Value) -> Vec<Instance> {
    of_components(json!({ "X": schema }), Direction::Any)
}

fn values(schema: Value) -> Vec<Value> {
    let instances = of(schema);
    instances.into_iter().map(|found| found.value).collect()
}

fn named(instances: &[Instance], name: &str) -> Value {
    let found = instances.iter().find(|instance| instance.name == name);
    found
        .unwrap_or_else(|| panic!("no `{name}` among {instances:?}"))
        .value
        .clone()
}

#[test]
fn required_properties_come_alone_and_with_all_others() {
    let instances = of(json!({
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}
    }));
    assert_eq!(named(&instances, "required"), json!({"id": 1}));
    assert_eq!(
        named(&instances, "everything"),
        json!({"id": 1, "name": "text"})
    );
}

#[test]
fn examples_and_defaults_count_only_when_valid() {
    let instances =
        of(json!({"type": "integer", "example": "seven", "examples": [7, 8.5], "default": 9}));
    assert_eq!(named(&instances, "example"), json!(7));
    assert_eq!(named(&instances, "default"), json!(9));
    assert!(instances.iter().all(|instance| instance.value.is_i64()));
}

#[test]
fn every_value_of_an_enumeration_comes_up() {
    let values = values(json!({
        "type": "object",
        "properties": {
            "size": {"type": "string", "enum": ["s", "m", "l", "xl"]},
            "list": {"type": "array", "items": {"enum": [1, 2, 3]}}
        }
    }));
    for size in ["s", "m", "l", "xl"] {
        assert!(values.iter().any(|value| value["size"] == size), "{size}");
    }
    for number in 1..=3 {
        let has = |value: &Value| {
            value["list"]
                .as_array()
                .is_some_and(|list| list.contains(&json!(number)))
        };
        assert!(values.iter().any(has), "{number}");
    }
}

#[test]
fn numbers_respect_bounds_and_multiples() {
    for schema in [
        json!({"type": "integer", "minimum": 10, "maximum": 12}),
        json!({"type": "integer", "exclusiveMinimum": 10, "exclusiveMaximum": 12}),
        json!({"type": "integer", "minimum": 100, "multipleOf": 7}),
        json!({"type": "number", "minimum": 0.1, "maximum": 0.2}),
        json!({"type": "number", "multipleOf": 0.01, "minimum": 3}),
        json!({"type": "integer", "maximum": -5}),
        json!({"type": "integer", "format": "int32", "minimum": 2_147_483_647}),
    ] {
        let found = values(schema.clone());
        assert!(!found.is_empty(), "{schema}");
        let (low, high) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        for value in found.iter().filter_map(Value::as_f64) {
            assert!(low.is_none_or(|low| value >= low), "{value} for {schema}");
            assert!(
                high.is_none_or(|high| value <= high),
                "{value} for {schema}"
            );
        }
    }
}

#[test]
fn exclusive_bounds_leave_the_number_between() {
    let found = values(json!({"type": "integer", "exclusiveMinimum": 10, "exclusiveMaximum": 12}));
    assert_eq!(found, [json!(11)]);
}

#[test]
fn strings_match_patterns() {
    for (pattern, length) in [
        ("^[A-Z]{2}[0-9]{6,8}$", None),
        ("^(cat|dog)-[a-f0-9]+$", None),
        ("^\\d{4}-\\d{2}$", None),
        ("^[\\w.-]+@[\\w.-]+$", None),
        ("^a+$", Some(30)),
        ("^https?:\\/\\/", None),
    ] {
        let mut schema = json!({"type": "string", "pattern": pattern});
        if let Some(length) = length {
            schema["minLength"] = json!(length);
        }
        let found = values(schema);
        assert!(!found.is_empty(), "{pattern}");
        let expression = regex_lite::Regex::new(&pattern.replace("\\/", "/")).unwrap();
        for value in found {
            let text = value.as_str().unwrap();
            assert!(expression.is_match(text), "{text} for {pattern}");
            assert!(text.len() >= length.unwrap_or_default());
        }
    }
}

#[test]
fn texts_of_a_pattern_are_of_the_format_as_well() {
    let schema = json!({"type": "string", "format": "email", "pattern": "^.+@.+$"});
    for value in values(schema) {
        let text = value.as_str().unwrap();
        assert!(
            super::format::allows_text(Some("email"), text) && text.contains('.'),
            "{text}"
        );
    }
}

#[test]
fn lookahead_falls_back_to_the_example() {
    let instances =
        of(json!({"type": "string", "pattern": "^(?=.*\\d)[a-z\\d]+$", "example": "abc1"}));
    assert_eq!(named(&instances, "example"), json!("abc1"));
}

#[test]
fn lengths_are_kept() {
    let found = values(json!({"type": "string", "minLength": 3, "maxLength": 6}));
    let lengths: Vec<_> = found
        .iter()
        .map(|text| text.as_str().unwrap().len())
        .collect();
    assert!(lengths.contains(&3) && lengths.contains(&6), "{lengths:?}");
    assert!(lengths.iter().all(|length| (3..=6).contains(length)));
}

#[test]
fn unique_items_differ() {
    for items in [
        json!({"type": "string"}),
        json!({"type": "integer", "minimum": 1}),
        json!({"type": "string", "enum": ["a", "b", "c"]}),
        json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}}),
    ] {
        let found =
            values(json!({"type": "array", "items": items, "minItems": 3, "uniqueItems": true}));
        assert!(!found.is_empty(), "{items}");
        for list in found {
            let list = list.as_array().unwrap().clone();
            let texts: std::collections::HashSet<_> = list.iter().map(Value::to_string).collect();
            assert!(list.len() >= 3 && texts.len() == list.len(), "{list:?}");
        }
    }
}

#[test]
fn tuples_have_a_value_for_each_position() {
    let found =
        values(json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]}));
    assert!(found.contains(&json!(["text", 1])), "{found:?}");
}

#[test]
fn each_variant_has_its_tag() {
    let animal = |more: &str| json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, more: {"type": "string"}}});
    let instances = of_components(
        json!({
            "X": {
                "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
                "discriminator": {"propertyName": "kind", "mapping": {"meow": "#/components/schemas/Cat"}}
            },
            "Cat": animal("lives"),
            "Dog": animal("tricks")
        }),
        Direction::Any,
    );
    // Without looking at the tag, both arms allow for both values: the nearest thing is what there is.
    assert_eq!(instances[0].value["kind"], "meow");
}

#[test]
fn arms_that_overlap_give_values_of_one_only() {
    let instances = of(json!({"oneOf": [
        {"title": "Small", "type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        {"title": "Large", "type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "additionalProperties": false},
        {"title": "Number", "type": "integer"}
    ]}));
    assert!(
        instances
            .iter()
            .any(|found| found.value == json!({"a": "text"}))
    );
    assert!(instances.iter().any(|found| found.value.is_i64()));
    assert!(
        !instances
            .iter()
            .any(|found| found.value == json!({"a": "text", "b": "text"}))
    );
}

#[test]
fn composed_schemas_are_all_satisfied() {
    let instances = of_components(
        json!({
            "X": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["name"], "properties": {"name": {"minLength": 6}}}]},
            "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string", "maxLength": 8}}}
        }),
        Direction::Any,
    );
    let required = named(&instances, "required");
    assert_eq!(required["id"], 1);
    assert_eq!(required["name"].as_str().unwrap().len(), 6);
}

#[test]
fn a_child_of_a_base_with_a_discriminator_names_itself() {
    let instances = of_components(
        json!({
            "X": {"allOf": [{"$ref": "#/components/schemas/Base"}]},
            "Base": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}
        }),
        Direction::Any,
    );
    assert_eq!(named(&instances, "required"), json!({"kind": "X"}));
}

#[test]
fn null_is_an_instance_where_it_is_allowed() {
    let instances = of(json!({"type": ["string", "null"]}));
    assert_eq!(named(&instances, "null"), Value::Null);
    let found =
        values(json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}}}));
    assert!(found.contains(&json!({"a": null})), "{found:?}");
}

#[test]
fn described_members_of_free_names_are_included() {
    let found = values(
        json!({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2}),
    );
    for value in found {
        let members = value.as_object().unwrap();
        assert!(members.len() >= 2 && members.values().all(Value::is_i64));
    }
}

#[test]
fn where_some_member_is_asked_for_it_is_one_with_a_name() {
    let found = values(json!({
        "type": "object",
        "minProperties": 1,
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    }));
    assert!(found.len() > 1, "{found:?}");
    for value in found {
        let members = value.as_object().unwrap();
        assert!(
            members.contains_key("a") || members.contains_key("b"),
            "{value}"
        );
        assert!(
            members.keys().all(|name| !name.starts_with("extra")),
            "{value}"
        );
    }
}

#[test]
fn properties_of_the_other_direction_are_left_out() {
    let schema = json!({"X": {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {"id": {"type": "integer", "readOnly": true}, "secret": {"type": "string", "writeOnly": true}}
    }});
    let request = of_components(schema.clone(), Direction::Request);
    assert_eq!(named(&request, "required"), json!({"secret": "text"}));
    let response = of_components(schema, Direction::Response);
    assert_eq!(named(&response, "required"), json!({"id": 1}));
}

#[test]
fn recursion_ends() {
    let instances = of_components(
        json!({"X": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"},
            "parent": {"$ref": "#/components/schemas/X"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/X"}}
        }}}),
        Direction::Any,
    );
    let everything = named(&instances, "everything");
    assert!(everything["parent"].is_object() && everything["children"][0].is_object());
    assert!(everything.to_string().len() < 10_000);
}

#[test]
fn unknown_values_replace_those_listed() {
    let document = canonical(json!({"X": {"type": "object", "properties": {
        "size": {"type": "string", "enum": ["s", "m"]},
        "kind": {"type": "string", "enum": ["only"]}
    }}, "Y": {"type": "string"}}));
    let schemas = &document.components.as_ref().unwrap().schemas;
    let synthesis = Synthesis::new(&document);
    let found = synthesis.unknown_values(&schemas["X"], Direction::Any);
    assert_eq!(found.len(), 1);
    assert!(!["s", "m"].contains(&found[0].value["size"].as_str().unwrap()));
    assert_eq!(found[0].value["kind"], "only");
    assert!(!synthesis.is_instance(&schemas["X"], &found[0].value, Direction::Any));
    assert!(
        synthesis
            .unknown_values(&schemas["Y"], Direction::Any)
            .is_empty()
    );
}

#[test]
fn unknown_kinds_and_members_come_where_types_keep_them() {
    let document = canonical(json!({
        "X": {"type": "object", "properties": {
            "pet": {"oneOf": [
                {"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}
            ], "discriminator": {"propertyName": "kind"}},
            "free": {"type": "object"},
            "open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true},
            "plain": {"type": "object", "properties": {"a": {"type": "string"}}},
            "closed": {"type": "object", "additionalProperties": false}
        }},
        "Cat": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "Dog": {"type": "object", "properties": {"kind": {"type": "string"}}}
    }));
    let schemas = &document.components.as_ref().unwrap().schemas;
    let synthesis = Synthesis::new(&document);
    let found = synthesis.unknown_values(&schemas["X"], Direction::Any);
    let kinds = named(&found, "unknown kinds");
    assert_eq!(kinds["pet"]["kind"], "a kind that is not listed");
    assert!(kinds["pet"]["content"].is_object());
    let members = named(&found, "unknown members");
    let has = |name: &str| members[name].get("a name of its own").is_some();
    assert_eq!(
        ["free", "open", "plain", "closed"].map(has),
        [true, true, false, false]
    );
}

#[test]
fn a_discriminator_yields_to_the_values_of_the_property() {
    let arm = |tag: &str| {
        json!({"type": "object", "required": ["type"], "properties": {
            "type": {"type": "string", "enum": [tag]}
        }})
    };
    let schemas = json!({
        "X": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
            "discriminator": {"propertyName": "type"}},
        "A": arm("a"),
        "B": arm("b")
    });
    let values: Vec<Value> = of_components(schemas, Direction::Any)
        .into_iter()
        .map(|instance| instance.value)
        .collect();
    assert_eq!(values, [json!({"type": "a"}), json!({"type": "b"})]);
}

#[test]
fn numbers_with_the_format_of_an_integer_have_no_fraction() {
    let found = of(json!({"type": "number", "format": "int64", "examples": [1.5, 7]}));
    assert_eq!(named(&found, "example"), json!(7));
}

/// What is made of a schema that wants too much: nothing, but soon.
#[test]
fn hostile_schemas_take_little_time_and_memory() {
    let wide: Vec<Value> = (0..300).map(|n| json!({"type": "object", "properties": {format!("p{n}"): {"$ref": "#/components/schemas/X"}}})).collect();
    let mut deep = json!({"type": "string"});
    for _ in 0..100 {
        deep = json!({"oneOf": [{"type": "object", "properties": {"a": deep}}, {"type": "object", "properties": {"b": deep}}]});
        if deep.to_string().len() > 200_000 {
            break;
        }
    }
    for schema in [
        json!({"type": "array", "items": {"type": "string"}, "minItems": 1_000_000_000}),
        json!({"type": "string", "minLength": 1_000_000_000}),
        json!({"type": "object", "minProperties": 1_000_000_000}),
        json!({"type": "string", "pattern": "^((a{1000}){1000}){1000}$"}),
        json!({"type": "string", "pattern": "(){4000000000}"}),
        json!({"type": "string", "pattern": "(".repeat(5_000)}),
        json!({"oneOf": wide}),
        json!({"anyOf": wide}),
        deep,
        json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "#/components/schemas/X"}, "b": {"$ref": "#/components/schemas/X"}}}),
        json!({"type": "array", "minItems": 900, "items": {"type": "array", "minItems": 900, "items": {"type": "string", "pattern": "^[a-z]{50}$"}}}),
    ] {
        let began = Instant::now();
        let found = of(schema.clone());
        let size: usize = found
            .iter()
            .map(|found| found.value.to_string().len())
            .sum();
        let text: String = schema.to_string().chars().take(100).collect();
        // Twice, in a debug build on a busy machine.
        assert!(began.elapsed() < Duration::from_secs(60), "{text}");
        assert!(size < 20_000_000, "{size} bytes for {text}");
    }
}

#[test]
fn what_2020_12_says_about_values_holds() {
    for (schema, good, bad) in [
        (
            json!({"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": false}),
            json!({"x-a": 1}),
            json!({"extra1": 1}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}, "minItems": 2}),
            json!(["a", 1]),
            json!(["a", "b"]),
        ),
        (
            json!({"type": "string", "not": {"const": "text"}}),
            json!("a"),
            json!("text"),
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "dependentRequired": {"a": ["b"]}}),
            json!({"b": "c"}),
            json!({"a": "c"}),
        ),
        (
            json!({"type": "object", "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "string"}}, "if": {"required": ["a"], "properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}}),
            json!({"a": "y"}),
            json!({"a": "x"}),
        ),
        (
            json!({"type": "array", "items": {"type": "integer"}, "contains": {"const": 2}}),
            json!([1, 2]),
            json!([1]),
        ),
    ] {
        let document = canonical(json!({ "X": schema }));
        let component = &document.components.as_ref().unwrap().schemas["X"];
        let synthesis = Synthesis::new(&document);
        assert!(
            synthesis.is_instance(component, &good, Direction::Any),
            "{good} for {schema}"
        );
        assert!(
            !synthesis.is_instance(component, &bad, Direction::Any),
            "{bad} for {schema}"
        );
        let found = synthesis.instances(component, Direction::Any);
        let is_fine =
            |found: &Instance| synthesis.is_instance(component, &found.value, Direction::Any);
        assert!(
            !found.is_empty() && found.iter().all(is_fine),
            "{found:?} for {schema}"
        );
    }
}

const SHARED: &str = r##"{
    "Pet": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer"},
            "kind": {"type": "string", "enum": ["cat", "dog", "fish"]},
            "owner": {"$ref": "#/components/schemas/Owner"}
        }
    },
    "Owner": {"type": "object", "properties": {"name": {"type": "string", "enum": ["Ann"]}}},
    "Pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
    "Either": {"oneOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "boolean"}]}
}"##;

/// The values of components, one after the other, by one synthesis that spares.
fn spared(names: &[&str], direction: Direction) -> Vec<Vec<Value>> {
    let document = canonical(serde_json::from_str(SHARED).unwrap());
    let schemas = &document.components.as_ref().unwrap().schemas;
    let synthesis = Synthesis::sparing(&document, 8);
    let of = |name: &&str| {
        let instances = synthesis.instances(&schemas[*name], direction);
        instances.into_iter().map(|found| found.value).collect()
    };
    names.iter().map(of).collect()
}

#[test]
fn what_is_read_is_shown_once_for_the_whole_document() {
    let found = spared(&["Pet", "Pets", "Either", "Pet"], Direction::Response);
    assert_eq!(
        found[0],
        [
            json!({"id": 1}),
            json!({"id": 1, "kind": "cat", "owner": {"name": "Ann"}}),
            json!({"id": 1, "kind": "dog"}),
            json!({"id": 1, "kind": "fish"}),
        ]
    );
    assert_eq!(found[1], [json!([{"id": 1}])]);
    assert_eq!(found[2], [json!({"id": 1}), json!(true)]);
    assert_eq!(found[3], [json!({"id": 1})]);
}

#[test]
fn what_is_sent_has_every_member_each_time_and_each_value_once() {
    let all = json!({"id": 1, "kind": "cat", "owner": {"name": "Ann"}});
    let found = spared(&["Pet", "Pet"], Direction::Request);
    assert_eq!(found[0][..2], [json!({"id": 1}), all.clone()]);
    assert!(
        found[0]
            .iter()
            .any(|pet| pet["kind"] == "fish" && pet["owner"].is_null())
    );
    assert_eq!(found[1], [json!({"id": 1}), all]);
}

#[test]
fn no_schema_has_more_instances_than_are_wanted() {
    let values: Vec<i32> = (0..20).collect();
    let document = canonical(json!({"X": {"type": "integer", "enum": values}}));
    let schema = &document.components.as_ref().unwrap().schemas["X"];
    let few = Synthesis::sparing(&document, 3).instances(schema, Direction::Request);
    assert_eq!(few.len(), 3);
    assert_eq!(
        Synthesis::new(&document)
            .instances(schema, Direction::Request)
            .len(),
        20
    );
}
