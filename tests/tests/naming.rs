//! The obstacle course of names: whatever a thing is called in Rust, it keeps its name on the wire.

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod coverage;

use std::collections::BTreeSet;
use std::fs;

use connector_tests::Prism;
use coverage::Ledger;
use naming::Client;
use naming::models::{self, Everything, Properties, Values};
use naming::runtime::mock::{MockTransport, Reply};
use naming::runtime::{Decode, Encode, Value};

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(connector_tests::root().join("specs/naming.yaml")).unwrap();
    let document: Value = serde_yaml::from_str(&text).unwrap();
    document["components"]["schemas"][name].clone()
}

#[test]
fn every_property_keeps_its_name() {
    let names = schema("Properties")["properties"]
        .as_object()
        .unwrap()
        .clone();
    let value: Value = names
        .keys()
        .map(|name| (name.clone(), Value::from(format!("<{name}>"))))
        .collect();
    assert_eq!(Properties::decode(value.clone()).unwrap().encode(), value);
}

#[test]
fn every_value_of_an_enum_keeps_its_name_and_has_a_variant() {
    let values = schema("Values")["enum"].as_array().unwrap().clone();
    let mut variants = BTreeSet::new();
    for value in &values {
        let decoded = Values::decode(value.clone()).unwrap();
        assert_eq!(decoded.as_str(), value.as_str().unwrap());
        assert_eq!(decoded.encode(), *value);
        variants.insert(format!("{decoded:?}"));
    }
    assert_eq!(variants.len(), values.len(), "{variants:?}");
    let unlisted = format!("{:?}", Values::from("not listed"));
    assert!(
        !variants.contains(&unlisted),
        "the listed value `unknown` isn't the unlisted one"
    );
}

#[test]
fn every_schema_keeps_its_members() {
    let members = schema("Everything")["properties"]
        .as_object()
        .unwrap()
        .clone();
    let mut sent = serde_json::Map::new();
    for (name, member) in members {
        let target = member["$ref"]
            .as_str()
            .map(|path| path.rsplit('/').next().unwrap().to_owned());
        let shape = target.map_or(member, |target| schema(&target));
        let has_text = |(_, inner): &(&String, &Value)| inner["type"] == "string";
        let inner = shape["properties"]
            .as_object()
            .and_then(|all| all.iter().find(has_text));
        if let (Some((inner, _)), None) = (inner, shape["required"].as_array()) {
            let object = [(inner.clone(), Value::from("text"))].into_iter().collect();
            sent.insert(name, Value::Object(object));
        }
    }
    assert!(sent.len() > 30);
    let sent = Value::Object(sent);
    assert_eq!(Everything::decode(sent.clone()).unwrap().encode(), sent);
}

#[tokio::test]
async fn every_parameter_keeps_its_name() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::status(204));
    let client = Client::builder().transport(mock.clone()).build().unwrap();
    let call = client
        .client_api()
        .parameters("t", "s")
        .page_size(1)
        .filter("f")
        .user_id("u")
        .value("v");
    call.send().await.unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.path(), "/parameters/t/s");
    let names: BTreeSet<_> = sent.query().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["$filter", "page[size]", "user-id", "value"]
            .map(str::to_owned)
            .into()
    );
}

#[tokio::test]
async fn prism_accepts_every_operation() {
    let prism = Prism::serve("naming.yaml").unwrap();
    let ledger = Ledger::of("naming.yaml");
    let client = Client::builder()
        .base_url(prism.url())
        .transport(ledger.judged())
        .build()
        .unwrap();
    // A macro, because each call is a type of its own.
    macro_rules! call {
        ($($group:ident: $($operation:ident)*;)*) => {
            $($(client.$group().$operation().send().await.unwrap();)*)*
        };
    }
    call! {
        client_api: send new_value with client clone_value builder from_env;
        models_api: type_ match_;
        std_api: async_;
        self_: self_ self_2;
        crate_: crate_;
        super_: super_;
        runtime_api: runtime;
        core_api: option;
        user_groups: get_user getuser get_user2 get_user3;
        value_2fa: enable users_get_roles_v2 star_star_star;
        größe_höhe: größe_lesen 取得;
        untagged: get;
        default: get;
    }
    parameters(&client).await;

    let everything = Everything::new().values(Values::from("+1"));
    let call = client.models_api().schemas(&everything);
    let received = call.send().await.unwrap();
    assert_eq!(received.values.unwrap().as_str(), "+1");
    assert_eq!(received.option.unwrap().some, Some(1));
    ledger.assert_complete(&[]);
}

async fn parameters(client: &Client) {
    let api = client.client_api();
    let call = api.parameters("t", "s").send_param("1").with_param("2");
    let call = call.request_param("3").body_param("4").value("5");
    let call = call.clone_param("6").into_param("7").type_2("8");
    let call = call.page_size(9).page_number(10).filter("11").odata("12");
    let call = call.value_1st("13").user_id("14").user_id2("15");
    let call = call.user_id3("16").minus("17").id("18").id2("19").id3("20");
    call.send().await.unwrap();
    let body = models::Request::new().request("r");
    let call = api.required("a", "b", "c", &body);
    call.send().await.unwrap();
}
