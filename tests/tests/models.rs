//! Every shape of schema: decoded, encoded, sent to Prism and received again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

mod coverage;

use std::fs;

use connector_tests::Prism;
use coverage::Ledger;
use models::Client;
use models::models::*;
use models::runtime::{Decode, Encode, Patch, Value};
use serde_json::json;

/// The examples of the document, by path and method.
fn example(path: &str, method: &str) -> Value {
    let text = fs::read_to_string(connector_tests::root().join("specs/models.yaml")).unwrap();
    let document: Value = serde_yaml::from_str(&text).unwrap();
    document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["example"]
        .clone()
}

fn round_trip<T: Decode + Encode>(value: &Value) -> Value {
    T::decode(value.clone()).unwrap().encode()
}

#[test]
fn what_was_decoded_is_encoded_again() {
    let check = |path: &str, round_trip: fn(&Value) -> Value| {
        let example = example(path, "post");
        assert!(example.is_object(), "{path}");
        assert_eq!(round_trip(&example), example, "{path}");
    };
    check("/objects", round_trip::<Person>);
    check("/enums", round_trip::<Paint>);
    check("/compositions", round_trip::<Manager>);
    check("/unions", round_trip::<Unions>);
    check("/recursion", round_trip::<Recursion>);
    check("/maps", round_trip::<Maps>);
    check("/tuples", round_trip::<Arrays>);
    check("/formats", round_trip::<Formats>);
    check("/access", round_trip::<Account>);
    check("/free", round_trip::<Free>);
    assert_eq!(
        round_trip::<Nulls>(&example("/nulls", "patch")),
        example("/nulls", "patch")
    );
}

#[test]
fn large_integers_keep_every_digit() {
    let value = json!({ "large": i64::MIN, "huge": u64::MAX });
    assert_eq!(round_trip::<Formats>(&value), value);
}

#[test]
fn models_are_serde_types_too() {
    let person: Person = serde_json::from_value(example("/objects", "post")).unwrap();
    assert_eq!(person.address.as_ref().unwrap().street, "Via Roma 1");
    assert_eq!(
        serde_json::to_value(&person).unwrap(),
        example("/objects", "post")
    );
}

#[test]
fn unknown_values_survive() {
    let paint = Paint::decode(json!({ "color": "chartreuse", "grade": 77 })).unwrap();
    assert_eq!(paint.color.as_str(), "chartreuse");
    assert!(matches!(paint.color, Color::Unknown(_)));
    assert_eq!(
        paint.encode(),
        json!({ "color": "chartreuse", "grade": 77 })
    );

    let fish = json!({ "kind": "fish", "fins": [1, 2] });
    let pet = Pet::decode(fish.clone()).unwrap();
    assert!(matches!(pet, Pet::Unknown(_)));
    assert_eq!(pet.encode(), fish);
}

#[test]
fn unions_are_told_apart() {
    let decode = |member: &str, value: Value| {
        let mut object = serde_json::Map::new();
        object.insert(member.to_owned(), value);
        Unions::decode(Value::Object(object)).unwrap()
    };
    let dog = decode("mapped", json!({ "kind": "dog", "barks": true })).mapped;
    assert!(matches!(dog, Some(Pet::Dog(dog)) if dog.barks));
    let square = decode("named", json!({ "shape": "Square", "side": 1.5 })).named;
    assert!(matches!(square, Some(Figure::Square(square)) if square.side == 1.5));
    let transfer = decode("inline", json!({ "type": "transfer", "iban": "IT60" })).inline;
    assert!(matches!(transfer, Some(Payment::Transfer(transfer)) if transfer.iban == "IT60"));
    let rectangle = decode("shaped", json!({ "width": 1, "height": 2 })).shaped;
    assert!(matches!(rectangle, Some(Extent::Rectangle(rectangle)) if rectangle.height == 2.0));
    let flag = decode("scalar", json!(true)).scalar;
    assert!(matches!(flag, Some(Scalar::Boolean(true))));
    let one = decode("listed", json!("one")).listed;
    assert!(matches!(one, Some(UnionsListed::String(one)) if one == "one"));
    let expanded = decode("reference", json!({ "id": 7 })).reference;
    assert!(matches!(expanded, Some(UnionsReference::Resource(resource)) if resource.id == 7));
}

#[test]
fn absent_null_and_present_are_three_things() {
    let nulls = Nulls::new("here", None);
    assert_eq!(
        nulls.encode(),
        json!({ "required": "here", "required_nullable": null })
    );
    let cleared = nulls.clone().optional_nullable(Patch::Null);
    assert_eq!(cleared.encode()["optional_nullable"], Value::Null);
    assert!(
        cleared
            .encode()
            .as_object()
            .unwrap()
            .contains_key("optional_nullable")
    );
    let set = nulls.optional_nullable(Patch::Value("x".to_owned()));
    assert_eq!(set.encode()["optional_nullable"], "x");
}

#[test]
fn a_mistake_is_found_by_its_path() {
    let mistake = json!({ "tree": { "label": "a", "children": [{ "label": "b", "children": [{ "label": 7 }] }] } });
    let error = Recursion::decode(mistake).unwrap_err().to_string();
    assert!(
        error.contains("tree.children[0].children[0].label"),
        "{error}"
    );
}

#[tokio::test]
async fn prism_accepts_and_answers_every_schema() {
    let prism = Prism::serve("models.yaml").unwrap();
    let ledger = Ledger::of("models.yaml");
    let client = Client::builder()
        .base_url(prism.url())
        .transport(ledger.judged())
        .build()
        .unwrap();
    let api = client.models_api();
    macro_rules! check {
        ($operation:ident, $model:ty, $path:literal, $method:literal) => {
            let sent = <$model>::decode(example($path, $method)).unwrap();
            let received = api.$operation(&sent).send().await.unwrap();
            assert_eq!(received, sent, $path);
        };
    }
    check!(objects, Person, "/objects", "post");
    check!(enums, Paint, "/enums", "post");
    check!(compositions, Manager, "/compositions", "post");
    check!(unions, Unions, "/unions", "post");
    check!(recursion, Recursion, "/recursion", "post");
    check!(maps, Maps, "/maps", "post");
    check!(nulls, Nulls, "/nulls", "patch");
    check!(formats, Formats, "/formats", "post");
    check!(tuples, Arrays, "/tuples", "post");
    check!(free, Free, "/free", "post");

    // The password is sent and not received, the id received and not sent.
    let account = Account::new("ada", "hunter2").plan(AccountPlan::Paid);
    let received = api.access(&account).send().await.unwrap();
    assert_eq!((received.id, received.password), (Some(7), None));
    ledger.assert_complete(&[]);
}
