//! Enums of strings and integers.

use super::received;
use crate::model::ModelKind;

#[test]
fn strings_become_variants_once_each() {
    let of = received("X: {type: string, enum: [free, gold, free, 'not yet']}");
    assert_eq!(of.values("X"), ["Free free", "Gold gold", "NotYet not yet"]);
}

#[test]
fn integers_become_variants() {
    let of = received("X: {type: integer, enum: [1, -1, 20]}");
    assert_eq!(of.values("X"), ["Value1 1", "Minus1 -1", "Value20 20"]);
}

#[test]
fn one_value_is_a_plain_string() {
    assert_eq!(
        received("X: {type: string, enum: [only]}").alias("X"),
        "String"
    );
}

#[test]
fn too_many_values_are_data() {
    let values: Vec<String> = (0..2_001).map(|n| format!("v{n}")).collect();
    let of = received(&format!(
        "X: {{type: string, enum: [{}]}}",
        values.join(", ")
    ));
    assert_eq!(of.alias("X"), "String");
}

#[test]
fn extensions_name_and_describe_values() {
    let of = received(
        "X: {type: integer, enum: [0, 1], x-enum-varnames: [off, on], x-enum-descriptions: [Not lit., Lit.]}",
    );
    assert_eq!(of.values("X"), ["Off 0", "On 1"]);
    let ModelKind::IntegerEnum(values) = &of.model("X").kind else {
        panic!("an enum of integers");
    };
    assert_eq!(values.values[1].description.as_deref(), Some("Lit."));
}

#[test]
fn values_of_several_kinds_are_any_json() {
    assert_eq!(received("X: {enum: [1, a]}").alias("X"), "Value");
}

#[test]
fn values_that_are_all_numbers_are_numbers() {
    assert_eq!(received("X: {enum: [1.5, 2]}").alias("X"), "f64");
    assert_eq!(received("X: {enum: [true, false]}").alias("X"), "bool");
}

#[test]
fn variants_keep_clear_of_what_enums_have() {
    let of =
        received("X: {type: string, enum: [unknown, Unknown, self, err, '', '*', object, values]}");
    assert_eq!(
        of.values("X"),
        [
            "UnknownValue unknown",
            "UnknownValue2 Unknown",
            "SelfValue self",
            "Err err",
            "Empty ",
            "Star *",
            "Object object",
            "Values values"
        ]
    );
}
