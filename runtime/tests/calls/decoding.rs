//! Answers that are not what their document says.

use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::pages::{Items, Pages, Paging};
use connector_runtime::{
    Api, Client, DateTime, Decoding, Json, Map, Operation, Request, Server, Value,
};
use serde_json::json;

static SERVERS: &[Server] = &[Server::new("https://api.acme.example")];
static API: Api = Api::new("acme", "1").servers(SERVERS);
static STRICT: Api = Api::new("acme", "1")
    .servers(SERVERS)
    .decoding(Decoding::Strict);
static LIST: Operation = Operation::new("listThings", "GET", "/things").accept("application/json");

type Counts = Json<Map<i64>>;

fn request(api: &'static Api, decoding: Option<Decoding>, reply: Reply) -> Request {
    let mock = MockTransport::new();
    mock.reply(reply);
    let builder = Client::builder(api).transport(mock);
    let builder = match decoding {
        Some(decoding) => builder.decoding(decoding),
        None => builder,
    };
    Request::new(&builder.build().unwrap(), &LIST)
}

fn counts() -> Reply {
    Reply::json(200, &json!({"a": "1", "b": 2, "c": null}))
}

#[tokio::test]
async fn responses_tell_what_was_forgiven() {
    let call = request(&API, None, counts()).send_with_response::<Counts>();
    let response = call.await.unwrap();
    assert_eq!(response["a"], 1);
    let deviations = response.deviations();
    let told: Vec<String> = deviations
        .as_slice()
        .iter()
        .map(|it| it.to_string())
        .collect();
    assert_eq!(
        told,
        [
            "expected a 64-bit integer at $.a, found a string",
            "expected a 64-bit integer at $.c, found null"
        ]
    );
    assert_eq!(deviations.as_slice()[0].excerpt(), Some("\"1\""));
    let plain = request(&API, None, counts()).send::<Counts>();
    assert_eq!(plain.await.unwrap()["c"], 0);
}

#[tokio::test]
async fn answers_as_documented_have_no_deviations() {
    let call = request(&API, None, Reply::json(200, &json!({"a": 1})));
    let response = call.send_with_response::<Counts>().await.unwrap();
    assert!(response.deviations().is_empty());
    assert!(response.map(|counts| counts.len()).deviations().is_empty());
}

#[tokio::test]
async fn plain_text_is_a_string() {
    let read = async |media_type: &str, body: &str| {
        let reply = Reply::bytes(200, media_type, body.to_owned());
        let call = request(&STRICT, None, reply).send::<Json<String>>();
        call.await.map_err(|error| error.to_string())
    };
    let plain = "text/plain; charset=utf-8";
    assert_eq!(read(plain, "pg/ml").await.as_deref(), Ok("pg/ml"));
    assert_eq!(read(plain, "\"pg/ml\"").await.as_deref(), Ok("pg/ml"));
    assert!(read("application/json", "pg/ml").await.is_err());
    assert!(read("text/html", "<p>").await.is_err());
    let reply = Reply::text(200, "busy");
    let error = request(&API, None, reply)
        .send::<Counts>()
        .await
        .unwrap_err();
    assert!(error.is_decode());
}

#[tokio::test]
async fn clients_and_crates_can_be_strict() {
    for (api, decoding, strict) in [
        (&API, Some(Decoding::Strict), true),
        (&STRICT, None, true),
        (&STRICT, Some(Decoding::Lenient), false),
    ] {
        let call = request(api, decoding, counts()).send::<Counts>();
        assert_eq!(call.await.is_err_and(|error| error.is_decode()), strict);
    }
    let call = request(
        &STRICT,
        None,
        Reply::json(200, &json!("2024-05-01T10:00:00")),
    );
    assert!(call.send::<Json<DateTime>>().await.is_err());
}

#[tokio::test]
async fn bodies_of_errors_are_read_as_leniently() {
    let reply = || Reply::json(400, &json!({"code": "7"}));
    let error = request(&API, None, reply())
        .send::<Counts>()
        .await
        .unwrap_err();
    assert_eq!(error.body_as::<Map<i64>>().unwrap().unwrap()["code"], 7);
    let error = request(&STRICT, None, reply())
        .send::<Counts>()
        .await
        .unwrap_err();
    assert!(error.body_as::<Map<i64>>().unwrap().is_err());
}

#[tokio::test]
async fn errors_show_values_on_demand_only() {
    let reply = || Reply::json(200, &json!({"a": "hunter2"}));
    let error = request(&API, None, reply())
        .send::<Counts>()
        .await
        .unwrap_err();
    let printed = format!(
        "{error:?} {error} {}",
        std::error::Error::source(&error).unwrap()
    );
    assert!(printed.contains("expected a 64-bit integer at $.a, found a string"));
    assert!(!printed.contains("hunter2"), "{printed}");
    let decode = error.decode_error().unwrap();
    assert_eq!(decode.expected_type(), Some("a 64-bit integer"));
    assert_eq!(decode.excerpt(), Some("\"hunter2\""));
}

#[tokio::test]
async fn headers_are_read_in_the_mode_of_the_client_and_named_in_errors() {
    let reply = || {
        Reply::json(200, &json!({}))
            .header("x-flag", "True")
            .header("x-since", "Wed, 01 May 2024 10:00:00 GMT")
            .header("x-count", "many")
    };
    let call = request(&API, None, reply()).send_with_response::<Json<Value>>();
    let response = call.await.unwrap();
    assert!(response.header_as::<bool>("x-flag").unwrap().unwrap());
    let since: DateTime = response.header_as("x-since").unwrap().unwrap();
    assert_eq!(since.timestamp().as_second(), 1_714_557_600);
    let error = response.header_as::<i64>("x-count").unwrap().unwrap_err();
    let decode = error.decode_error().unwrap();
    assert_eq!(
        decode.to_string(),
        "expected a 64-bit integer at $ of the header `x-count`, found a string"
    );
    let call = request(&STRICT, None, reply()).send_with_response::<Json<Value>>();
    let strict = call.await.unwrap();
    assert!(strict.header_as::<bool>("x-flag").unwrap().is_err());
}

#[tokio::test]
async fn pages_and_their_elements_are_read_as_leniently() {
    let reply = || Reply::json(200, &json!({"value": ["1", 2, "x", 4]}));
    let mut items = Items::<i64>::new(request(&API, None, reply()), Paging::next_link("next"));
    assert_eq!(items.next().await.unwrap().unwrap(), 1);
    assert_eq!(items.next().await.unwrap().unwrap(), 2);
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!(error.decode_path().as_deref(), Some("$[2]"));
    assert_eq!(
        (error.operation(), error.status()),
        (Some("listThings"), Some(200))
    );
    assert_eq!(items.next().await.unwrap().unwrap(), 4);
    let call = request(&API, None, Reply::json(200, &json!({"value": "3"})));
    let mut pages = Pages::<Map<i64>>::new(call, Paging::next_link("next"));
    assert_eq!(pages.next().await.unwrap().unwrap()["value"], 3);
}
