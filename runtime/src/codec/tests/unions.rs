//! Leniency does not decide which variant a value is.

use serde_json::{Value, json};

use super::leniently;
use crate::codec::{
    DateTime, Decode, DecodeError, Decoding, Encode, Kinds, Object, OrEmpty, Shape, UnknownVariant,
    decode_tagged, decode_union,
};

#[derive(Debug, PartialEq)]
enum Amount {
    Exact(i64),
    Named(String),
    Since(DateTime),
    Unknown(UnknownVariant),
}

impl Encode for Amount {
    fn encode(&self) -> Value {
        match self {
            Self::Exact(number) => json!({ "value": number }),
            Self::Named(name) => json!({ "value": name }),
            Self::Since(time) => json!({ "value": time.encode() }),
            Self::Unknown(value) => value.encode(),
        }
    }
}

/// An object with a number, one with a name, or one with a date-time, all under `value`; a variant for each.
struct Held<const SHAPES: usize>(Amount);

fn variant(index: usize, value: Value) -> Result<Amount, DecodeError> {
    let mut object = Object::from_value(value, "Amount")?;
    match index {
        0 => object.required("value").map(Amount::Exact),
        1 => object.required("value").map(Amount::Named),
        _ => object.required("value").map(Amount::Since),
    }
}

const SHAPE: Shape = Shape::of(Kinds::OBJECT)
    .required(&["value"])
    .known(&["value"]);
static ALL: [Shape; 3] = [SHAPE, SHAPE, SHAPE];
static ONE: [Shape; 1] = [SHAPE];

impl Decode for Held<3> {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        decode_union(value, "Amount", &ALL, variant, Amount::Unknown).map(Self)
    }
}

impl Decode for Held<1> {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        decode_union(value, "Amount", &ONE, variant, Amount::Unknown).map(Self)
    }
}

#[test]
fn a_variant_that_fits_exactly_comes_before_one_that_could_be_forgiven() {
    let (held, told) = leniently::<Held<3>>(json!({"value": "3"})).unwrap();
    assert_eq!((held.0, told.len()), (Amount::Named("3".to_owned()), 0));
    let (held, told) = leniently::<Held<3>>(json!({"value": 3})).unwrap();
    assert_eq!((held.0, told.len()), (Amount::Exact(3), 0));
}

#[test]
fn nothing_is_guessed_between_variants_that_fit_equally_well() {
    let value = json!({"value": null});
    let (held, told) = leniently::<Held<3>>(value.clone()).unwrap();
    assert_eq!((held.0, told.len()), (Amount::Unknown(value.into()), 0));
}

#[test]
fn the_variant_that_fits_best_is_forgiven() {
    let (held, told) = leniently::<Vec<Held<1>>>(json!([{"value": "3"}])).unwrap();
    assert_eq!(held[0].0, Amount::Exact(3));
    assert_eq!(
        told,
        ["expected a 64-bit integer at $[0].value, found a string"]
    );
    let strict = Decoding::Strict
        .decode::<Held<1>>(&json!({"value": "3"}))
        .unwrap()
        .0;
    assert!(matches!(strict.0, Amount::Unknown(_)));
}

#[test]
fn date_times_without_zone_lead_where_they_lead_without_leniency() {
    static DATED: [Shape; 2] = [
        Shape::of(Kinds::OBJECT)
            .required(&["value"])
            .known(&["value"]),
        Shape::of(Kinds::OBJECT).known(&["value"]),
    ];
    struct Dated(Amount);
    impl Decode for Dated {
        fn decode(value: Value) -> Result<Self, DecodeError> {
            let variant = |index, value| variant(2 - index, value);
            decode_union(value, "Dated", &DATED, variant, Amount::Unknown).map(Self)
        }
    }
    let value = json!({"value": "2024-05-01T10:00:00"});
    let (dated, told) = leniently::<Dated>(value.clone()).unwrap();
    assert!(matches!(dated.0, Amount::Since(_)));
    assert_eq!(told.len(), 1);
    assert_eq!(dated.0, Dated::decode(value).unwrap().0);
}

#[test]
fn what_a_failed_variant_noted_is_forgotten() {
    let value = json!([{"value": "2024-05-01T10:00:00", "x": 1}, {"value": "3"}]);
    let (held, told) = leniently::<Vec<Held<3>>>(value).unwrap();
    assert!(matches!(held[0].0, Amount::Named(_)));
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn the_variant_that_a_tag_names_is_forgiven() {
    struct Tagged(Amount);
    impl Decode for Tagged {
        fn decode(value: Value) -> Result<Self, DecodeError> {
            let tags: &'static [(&str, usize)] = &[("exact", 0), ("named", 1)];
            decode_tagged(value, "Tagged", "kind", tags, variant, Amount::Unknown).map(Self)
        }
    }
    let (tagged, told) = leniently::<Tagged>(json!({"kind": "named", "value": 3})).unwrap();
    assert_eq!((tagged.0, told.len()), (Amount::Named("3".to_owned()), 1));
    let (tagged, told) = leniently::<Vec<Tagged>>(json!([null])).unwrap();
    assert_eq!(tagged[0].0, Amount::Unknown(Value::Null.into()));
    assert_eq!(told, ["expected an object at $[0], found null"]);
}

#[test]
fn a_value_or_the_empty_string_is_exact_first() {
    let (value, told) = leniently::<OrEmpty<i64>>(json!("3")).unwrap();
    assert_eq!((value, told.len()), (OrEmpty::Value(3), 1));
    let (value, told) = leniently::<OrEmpty<i64>>(json!("none")).unwrap();
    assert_eq!((value.value(), told.len()), (None, 0));
}
