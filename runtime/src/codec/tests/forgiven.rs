//! Each leniency, and where it ends.

use serde_json::{Value, json};

use super::{Address, Buyer, Line, Order, forgiven, leniently, unforgiven};
use crate::codec::{Base64, Date, DateTime, Decode, Encode, Map, OrEmpty, Patch, Time, Uuid};

#[test]
fn date_times_may_lack_the_zone_or_be_spelled_otherwise() {
    for text in [
        "2024-05-01T10:00:00",
        "2024-05-01 10:00:00",
        "2024-05-01T10:00",
    ] {
        let value: DateTime = forgiven(json!(text));
        assert_eq!(value.timestamp().as_second(), 1_714_557_600, "{text}");
        assert_eq!(value.encode(), json!(text));
        // What was written can be read again.
        assert_eq!(DateTime::decode(json!(text)).unwrap(), value);
    }
    let http: DateTime = forgiven(json!("Wed, 01 May 2024 10:00:00 GMT"));
    assert_eq!(http.encode(), json!("2024-05-01T10:00:00Z"));
    for text in ["2024-05-01T12:00:00+0200", "2024-05-01 10:00:00+00:00"] {
        let (value, _) = leniently::<DateTime>(json!(text)).unwrap();
        assert_eq!(value.timestamp().as_second(), 1_714_557_600, "{text}");
    }
    for value in [json!(null), json!(""), json!(1_714_557_600), json!("soon")] {
        unforgiven::<DateTime>(value);
    }
}

#[test]
fn dates_and_times_may_be_date_times() {
    let date: Date = forgiven(json!("2024-05-01T00:00:00"));
    assert_eq!(date.encode(), json!("2024-05-01"));
    let time: Time = forgiven(json!("2024-05-01T10:15:30Z"));
    assert_eq!(time.encode(), json!("10:15:30Z"));
    for value in [
        json!("2024-05-01T"),
        json!("2024-05-01 or later"),
        json!(null),
        json!("ééééééé"),
    ] {
        unforgiven::<Date>(value);
    }
    unforgiven::<Time>(json!("noon T10:15"));
}

#[test]
fn numbers_may_be_text() {
    assert_eq!(forgiven::<i64>(json!(" -7 ")), -7);
    assert_eq!(forgiven::<i32>(json!("3.0")), 3);
    assert_eq!(forgiven::<u64>(json!("18446744073709551615")), u64::MAX);
    assert_eq!(forgiven::<f64>(json!("1.5e3")), 1500.0);
    assert_eq!(forgiven::<f64>(json!("-Infinity")), f64::NEG_INFINITY);
    assert!(forgiven::<f64>(json!("NaN")).is_nan());
    for value in [
        json!("3.5"),
        json!(3.5),
        json!("0x3"),
        json!("1,000"),
        json!([3]),
        json!(true),
    ] {
        unforgiven::<i64>(value);
    }
    unforgiven::<i32>(json!("3000000000"));
    unforgiven::<u32>(json!("-1"));
    unforgiven::<f64>(json!("1.5 km"));
}

#[test]
fn text_may_be_numbers_and_booleans() {
    assert_eq!(forgiven::<String>(json!(12)), "12");
    assert_eq!(forgiven::<String>(json!(1.25)), "1.25");
    assert_eq!(forgiven::<String>(json!(u64::MAX)), u64::MAX.to_string());
    assert_eq!(forgiven::<String>(json!(false)), "false");
    // Its last digits are gone.
    unforgiven::<String>(serde_json::from_str("184467440737095516150").unwrap());
    unforgiven::<String>(json!({"a": 1}));
}

#[test]
fn booleans_may_be_text_and_numbers() {
    for value in [json!("true"), json!("True"), json!("1"), json!(1)] {
        assert!(forgiven::<bool>(value));
    }
    for value in [json!("FALSE"), json!("0"), json!(0), json!(""), json!(null)] {
        assert!(!forgiven::<bool>(value));
    }
    for value in [json!("yes"), json!(2), json!(0.5), json!([])] {
        unforgiven::<bool>(value);
    }
}

#[test]
fn null_is_the_empty_value() {
    assert_eq!(forgiven::<String>(Value::Null), "");
    assert_eq!(forgiven::<i64>(Value::Null), 0);
    assert_eq!(forgiven::<f64>(json!("")), 0.0);
    assert!(forgiven::<Vec<i64>>(Value::Null).is_empty());
    assert_eq!(forgiven::<Map<i64>>(Value::Null), Map::new());
    assert_eq!(forgiven::<Base64>(Value::Null), Base64::default());
    assert_eq!(forgiven::<Uuid>(Value::Null), Uuid::nil());
    assert_eq!(forgiven::<OrEmpty<i64>>(Value::Null), OrEmpty::Empty);
    assert_eq!(forgiven::<Vec<i64>>(json!([1, null])), [1, 0]);
}

#[test]
fn null_in_place_of_an_object_is_one_with_empty_members() {
    let (buyers, told) = leniently::<Vec<Buyer>>(json!([null])).unwrap();
    assert_eq!(
        (
            buyers[0].name.as_str(),
            buyers[0].address.city.as_str(),
            buyers[0].address.codes.len()
        ),
        ("", "", 0)
    );
    assert_eq!(told, ["expected an object at $[0], found null"]);
    // The answer as a whole is not made up.
    unforgiven::<Buyer>(Value::Null);
}

#[test]
fn objects_that_contain_themselves_are_not_made_up() {
    #[derive(Debug)]
    struct Endless(#[expect(dead_code, reason = "never made")] Box<[Endless; 1]>);
    impl Decode for Endless {
        fn decode(value: Value) -> Result<Self, crate::DecodeError> {
            let (a, b): (Box<Self>, Box<Self>) =
                crate::Object::decode(value, "Endless", ["a", "b"])?;
            drop(b);
            Ok(Self(Box::new([*a])))
        }
    }
    unforgiven::<Vec<Endless>>(json!([null]));
    unforgiven::<Vec<Endless>>(json!([{"a": {}}]));
}

#[test]
fn as_many_objects_are_made_up_and_no_more() {
    let nulls = Value::from(vec![Value::Null; 20_000]);
    unforgiven::<Vec<Address>>(nulls);
}

#[test]
fn a_missing_member_is_the_empty_value_where_the_object_is_recognized() {
    let (line, told) = leniently::<Line>(json!({"count": 1})).unwrap();
    assert_eq!((line.article.as_str(), line.count), ("", 1));
    assert_eq!(told, ["expected a string at $.article, found nothing"]);
    let (order, told) = leniently::<Order>(json!({"id": 1})).unwrap();
    assert_eq!((order.lines.len(), told.len()), (0, 2));
    // Nothing says that this is a line.
    for value in [json!({}), json!({"error": "busy"}), json!([])] {
        unforgiven::<Line>(value);
    }
    let error = leniently::<Line>(json!({"error": "busy"})).err().unwrap();
    assert_eq!(error.to_string(), "$.article is missing");
}

#[test]
fn a_missing_member_without_an_empty_value_is_an_error() {
    #[derive(Debug)]
    struct Event;
    impl Decode for Event {
        fn decode(value: Value) -> Result<Self, crate::DecodeError> {
            let (_, _): (i64, DateTime) = crate::Object::decode(value, "Event", ["id", "at"])?;
            Ok(Self)
        }
    }
    let error = leniently::<Event>(json!({"id": 1})).unwrap_err();
    assert_eq!(error.to_string(), "$.at is missing");
}

#[test]
fn one_value_may_stand_for_a_list() {
    assert_eq!(forgiven::<Vec<String>>(json!("a")), ["a"]);
    assert_eq!(
        forgiven::<Vec<Address>>(json!({"city": "Paris", "codes": []})).len(),
        1
    );
    let error = leniently::<Vec<Line>>(json!({"error": "busy"}))
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "expected an array at $, found an object");
    unforgiven::<String>(json!(["a"]));
}

#[test]
fn an_empty_array_may_stand_for_an_empty_object() {
    assert_eq!(forgiven::<Map<i64>>(json!([])), Map::new());
    unforgiven::<Map<i64>>(json!([1]));
}

#[test]
fn an_empty_text_may_stand_for_none() {
    assert_eq!(forgiven::<Option<DateTime>>(json!("")), None);
    assert_eq!(forgiven::<Option<i64>>(json!("")), None);
    assert_eq!(forgiven::<Patch<Date>>(json!("")), Patch::Null);
    assert!(forgiven::<Option<Box<Address>>>(json!("")).is_none());
    let (text, told) = leniently::<Option<String>>(json!("")).unwrap();
    assert_eq!((text.as_deref(), told.len()), (Some(""), 0));
}
