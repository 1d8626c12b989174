//! What lenient decodings make of answers that are not what their document says.

mod forgiven;
mod unions;

use serde_json::{Value, json};

use crate::codec::{Decode, DecodeError, Decoding, Encode, Object};

/// What became of a value, and what was told: `path: expected, found`.
fn leniently<T: Decode>(value: Value) -> Result<(T, Vec<String>), DecodeError> {
    let (decoded, deviations) = Decoding::Lenient.decode(&value)?;
    let told = deviations.as_slice().iter().map(ToString::to_string);
    assert_eq!(told.len(), deviations.count());
    Ok((decoded, told.collect()))
}

/// Reads a value that only a lenient decoding reads.
fn forgiven<T: Decode>(value: Value) -> T {
    assert!(Decoding::Strict.decode::<T>(&value).is_err(), "{value}");
    let (decoded, told) = leniently(value.clone()).unwrap();
    assert_eq!(told.len(), 1, "{value}");
    decoded
}

/// Expects that a value is an error in every way to decode it.
fn unforgiven<T: Decode>(value: Value) {
    assert!(T::decode(value.clone()).is_err(), "{value}");
    assert!(Decoding::Lenient.decode::<T>(&value).is_err(), "{value}");
}

struct Order {
    id: i64,
    number: String,
    lines: Vec<Line>,
    buyer: Option<Buyer>,
}

struct Line {
    article: String,
    count: i32,
}

#[derive(Debug)]
struct Buyer {
    name: String,
    address: Address,
}

#[derive(Debug)]
struct Address {
    city: String,
    codes: Vec<i64>,
}

macro_rules! model {
    ($ty:ident: $($name:ident),+) => {
        impl Decode for $ty {
            fn decode(value: Value) -> Result<Self, DecodeError> {
                let ($($name),+) = Object::decode(value, stringify!($ty), [$(stringify!($name)),+])?;
                Ok(Self { $($name),+ })
            }
        }
    };
}

model!(Order: id, number, lines, buyer);
model!(Line: article, count);
model!(Buyer: name, address);
model!(Address: city, codes);

#[test]
fn places_are_told_with_what_was_expected_and_found() {
    let value = json!({
        "id": "7",
        "number": 12,
        "lines": [{"article": "a", "count": 1}, {"article": null, "count": "2"}],
        "buyer": {"name": "Ada", "address": {"city": "Paris", "codes": 75001}},
    });
    let (order, told): (Order, _) = leniently(value).unwrap();
    assert_eq!((order.id, order.number.as_str()), (7, "12"));
    assert_eq!(order.lines[1].count, 2);
    assert_eq!(order.buyer.unwrap().address.codes, [75001]);
    assert_eq!(
        told,
        [
            "expected a 64-bit integer at $.id, found a string",
            "expected a string at $.number, found a number",
            "expected a string at $.lines[1].article, found null",
            "expected a 32-bit integer at $.lines[1].count, found a string",
            "expected an array at $.buyer.address.codes, found a number",
        ]
    );
}

#[test]
fn answers_as_documented_deviate_nowhere() {
    let value = json!({"id": 7, "number": "12", "lines": [{"article": "a", "count": 3.0}]});
    let (order, told): (Order, _) = leniently(value).unwrap();
    assert_eq!(
        (order.lines[0].article.as_str(), order.lines[0].count),
        ("a", 3)
    );
    assert!(told.is_empty());
}

#[test]
fn excerpts_leave_out_secrets() {
    let value = json!({"access_token": 5, "id": 6});
    let (_, deviations) = Decoding::Lenient
        .decode::<crate::Map<String>>(&value)
        .unwrap();
    let excerpts: Vec<_> = deviations
        .as_slice()
        .iter()
        .map(|it| it.excerpt())
        .collect();
    assert_eq!(excerpts, [None, Some("6")]);
}

#[test]
fn many_deviations_are_counted_and_few_kept() {
    let value = Value::from(vec!["1"; 10_000]);
    let (_, deviations) = Decoding::Lenient.decode::<Vec<i64>>(&value).unwrap();
    assert_eq!(deviations.count(), 10_000);
    assert_eq!(deviations.as_slice().len(), 64);
    assert_eq!(deviations.as_slice()[63].path(), "$[63]");
}

#[test]
fn decoding_without_a_word_stays_exact_after_a_lenient_one() {
    assert_eq!(Decoding::Lenient.decode::<i64>(&json!("3")).unwrap().0, 3);
    assert!(i64::decode(json!("3")).is_err());
    assert!(Decoding::Lenient.decode::<i64>(&json!("x")).is_err());
    assert!(i64::decode(json!("3")).is_err());
}

#[test]
fn a_decoding_inside_another_one_is_its_own() {
    struct Inner(i64);
    impl Decode for Inner {
        fn decode(value: Value) -> Result<Self, DecodeError> {
            assert!(Decoding::Strict.decode::<i64>(&value).is_err());
            i64::decode(value).map(Self)
        }
    }
    let (inner, told) =
        leniently::<Vec<Inner>>(json!([1.0, 2, "3"]).as_array().unwrap()[2..].into()).unwrap();
    assert_eq!(inner[0].0, 3);
    assert_eq!(told, ["expected a 64-bit integer at $[0], found a string"]);
}

#[test]
fn values_read_exactly_are_written_as_before() {
    for text in ["2024-05-01T12:00:00+02:00", "2024-05-01 10:00:00Z"] {
        let (value, told) = leniently::<crate::DateTime>(json!(text)).unwrap();
        assert_eq!((value.encode(), told.len()), (json!(text), 0));
    }
}
