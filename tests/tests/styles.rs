//! Every style of parameter, as bytes and in the eyes of Prism.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use connector_tests::Prism;
use styles::Client;
use styles::models::{Color, Object};
use styles::runtime::mock::{CapturedRequest, MockTransport, Reply};

/// A client whose requests go nowhere, and what remembers them.
fn mocked() -> (Client, MockTransport) {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::bytes(200, "application/json", r#"{"accepted":true}"#));
    let client = Client::builder().transport(mock.clone()).build().unwrap();
    (client, mock)
}

fn object() -> Object {
    Object::new(100).g(200)
}

fn last(mock: &MockTransport) -> CapturedRequest {
    mock.last_request().unwrap()
}

#[tokio::test]
async fn path_parameters_are_written_as_their_style_says() {
    let (client, mock) = mocked();
    let path = client.path();
    let list = ["a,b", "c d"];

    path.simple("a/b", list).send().await.unwrap();
    assert_eq!(last(&mock).path(), "/path/simple/a%2Fb/a%2Cb,c%20d");
    path.simple_exploded("a/b", list).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/simple-exploded/a%2Fb/a%2Cb,c%20d"
    );
    path.label("blue", list).send().await.unwrap();
    assert_eq!(last(&mock).path(), "/path/label/.blue/.a%2Cb,c%20d");
    path.label_exploded("blue", list).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/label-exploded/.blue/.a%2Cb.c%20d"
    );
    path.matrix("blue", list).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/matrix/;primitive=blue/;array=a%2Cb,c%20d"
    );
    path.matrix_exploded("blue", list).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/matrix-exploded/;primitive=blue/;array=a%2Cb;array=c%20d"
    );

    path.simple_object(&object()).send().await.unwrap();
    assert_eq!(last(&mock).path(), "/path/simple-object/r,100,g,200");
    path.simple_exploded_object(&object()).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/simple-exploded-object/r=100,g=200"
    );
    path.label_object(&object()).send().await.unwrap();
    assert_eq!(last(&mock).path(), "/path/label-object/.r,100,g,200");
    path.label_exploded_object(&object()).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/label-exploded-object/.r=100.g=200"
    );
    path.matrix_object(&object()).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/matrix-object/;object=r,100,g,200"
    );
    path.matrix_exploded_object(&object()).send().await.unwrap();
    assert_eq!(
        last(&mock).path(),
        "/path/matrix-exploded-object/;r=100;g=200"
    );
}

#[tokio::test]
async fn query_parameters_are_written_as_their_style_says() {
    let (client, mock) = mocked();
    let query = client.query();
    let list = ["a,b", "c"];

    query
        .form()
        .primitive("a&b")
        .array(list)
        .object(&object())
        .send()
        .await
        .unwrap();
    assert_eq!(
        last(&mock).raw_query(),
        "primitive=a%26b&array=a%2Cb,c&object=r,100,g,200"
    );
    query
        .form_exploded()
        .primitive("a")
        .array(list)
        .object(&object())
        .send()
        .await
        .unwrap();
    assert_eq!(
        last(&mock).raw_query(),
        "primitive=a&array=a%2Cb&array=c&r=100&g=200"
    );
    query.space_delimited().array(list).send().await.unwrap();
    assert_eq!(last(&mock).raw_query(), "array=a%2Cb%20c");
    query
        .space_delimited_exploded()
        .array(list)
        .send()
        .await
        .unwrap();
    assert_eq!(last(&mock).raw_query(), "array=a%2Cb&array=c");
    query.pipe_delimited().array(list).send().await.unwrap();
    assert_eq!(last(&mock).raw_query(), "array=a%2Cb%7Cc");
    query
        .pipe_delimited_exploded()
        .array(list)
        .send()
        .await
        .unwrap();
    assert_eq!(last(&mock).raw_query(), "array=a%2Cb&array=c");
    query.deep_object().object(&object()).send().await.unwrap();
    assert_eq!(
        last(&mock).query(),
        [
            ("object[r]".into(), "100".into()),
            ("object[g]".into(), "200".into())
        ]
    );
    query
        .reserved()
        .open("a/b?c:d")
        .closed("a/b")
        .opens(["x/y", "z"])
        .send()
        .await
        .unwrap();
    assert_eq!(
        last(&mock).raw_query(),
        "open=a/b?c:d&closed=a%2Fb&opens=x/y,z"
    );
    query.empty().marker("").send().await.unwrap();
    assert_eq!(last(&mock).raw_query(), "marker=");
    query.form().send().await.unwrap();
    assert_eq!(last(&mock).raw_query(), "", "what isn't set isn't sent");
}

#[tokio::test]
async fn headers_and_cookies_are_written_as_their_style_says() {
    let (client, mock) = mocked();
    let list = ["blue", "black"];

    client
        .header()
        .simple("a")
        .x_array(list)
        .x_object(&object())
        .send()
        .await
        .unwrap();
    let headers = |name: &str| last(&mock).header(name).map(str::to_owned);
    assert_eq!(headers("x-primitive").as_deref(), Some("a"));
    assert_eq!(headers("x-array").as_deref(), Some("blue,black"));
    assert_eq!(headers("x-object").as_deref(), Some("r,100,g,200"));
    client
        .header()
        .simple_exploded("a")
        .x_array(list)
        .x_object(&object())
        .send()
        .await
        .unwrap();
    assert_eq!(headers("x-object").as_deref(), Some("r=100,g=200"));

    client
        .cookie()
        .form("a;b")
        .array(list)
        .object(&object())
        .send()
        .await
        .unwrap();
    assert_eq!(
        headers("cookie").as_deref(),
        Some("primitive=a%3Bb; array=blue,black; object=r,100,g,200")
    );
    client
        .cookie()
        .form_exploded("a")
        .array(list)
        .object(&object())
        .send()
        .await
        .unwrap();
    assert_eq!(
        headers("cookie").as_deref(),
        Some("primitive=a; array=blue; array=black; r=100; g=200")
    );
}

#[tokio::test]
async fn documents_in_parameters_are_serialized() {
    let (client, mock) = mocked();
    let small = Object::new(1);
    client
        .content()
        .json(&small)
        .filter(&small)
        .x_context(&small)
        .session(&small)
        .send()
        .await
        .unwrap();
    let sent = last(&mock);
    assert_eq!(sent.path(), "/content/%7B%22r%22%3A1%7D");
    assert_eq!(sent.query(), [("filter".into(), r#"{"r":1}"#.into())]);
    assert_eq!(sent.header("x-context"), Some(r#"{"r":1}"#));
    assert_eq!(sent.header("cookie"), Some("session={%22r%22:1}"));
    client.content().text("a b").send().await.unwrap();
    assert_eq!(last(&mock).raw_query(), "note=a%20b");
}

#[tokio::test]
async fn templates_keep_the_text_around_their_variables() {
    let (client, mock) = mocked();
    client
        .template()
        .two_in_one("report", "pdf")
        .send()
        .await
        .unwrap();
    assert_eq!(last(&mock).path(), "/template/report.pdf");
    client.template().prefix("2").send().await.unwrap();
    assert_eq!(last(&mock).path(), "/template/v2/items");
    client.template().verb("7").send().await.unwrap();
    assert_eq!(last(&mock).path(), "/template/items/7:archive");
}

/// Prism reads neither a list nor an object with a comma in the path: lists have one item here, and the objects that
/// need commas are left to the tests above.
#[tokio::test]
async fn prism_accepts_every_path_style() {
    let prism = Prism::serve("styles.yaml").unwrap();
    let path = client_of(&prism).path();
    let object = Object::new(100);
    let receipts = [
        path.simple("blue", ["black"]).send().await,
        path.simple_exploded("blue", ["black"]).send().await,
        path.simple_exploded_object(&object).send().await,
        path.label("blue", ["black"]).send().await,
        path.label_exploded("blue", ["black", "brown"]).send().await,
        path.label_exploded_object(&object).send().await,
        path.matrix("blue", ["black"]).send().await,
        path.matrix_exploded("blue", ["black", "brown"])
            .send()
            .await,
        path.matrix_exploded_object(&object.g(200)).send().await,
    ];
    for receipt in receipts {
        assert!(receipt.unwrap().accepted);
    }
    let template = client_of(&prism).template();
    assert!(
        template
            .two_in_one("report", "pdf")
            .send()
            .await
            .unwrap()
            .accepted
    );
    assert!(template.prefix("2").send().await.unwrap().accepted);
    assert!(template.verb("7").send().await.unwrap().accepted);
    assert!(
        template
            .shared("a b")
            .limit("10")
            .send()
            .await
            .unwrap()
            .accepted
    );
}

#[tokio::test]
async fn prism_accepts_every_other_style() {
    let prism = Prism::serve("styles.yaml").unwrap();
    let client = client_of(&prism);
    let (list, object) = (["blue", "black"], object());
    let query = client.query();
    let full = query
        .defaults("a b & c")
        .count(12)
        .ratio(1.5)
        .flag(true)
        .since("2024-05-01T10:00:00Z".parse().unwrap())
        .day("2024-05-01".parse().unwrap())
        .color(Color::LightBlue)
        .colors([Color::Blue, Color::from("a/b")])
        .numbers([1, -2])
        .filter_name("x");
    let receipts = [
        query
            .form()
            .primitive("a")
            .array(list)
            .object(&object)
            .send()
            .await,
        query
            .form_exploded()
            .primitive("a")
            .array(list)
            .object(&object)
            .send()
            .await,
        query.space_delimited().array(list).send().await,
        query.space_delimited_exploded().array(list).send().await,
        query.pipe_delimited().array(list).send().await,
        query.pipe_delimited_exploded().array(list).send().await,
        query.deep_object().object(&object).send().await,
        full.send().await,
        query
            .reserved()
            .open("a/b?c")
            .closed("a/b")
            .opens(["x/y", "z"])
            .send()
            .await,
        query.empty().marker("").send().await,
        client
            .header()
            .simple("a")
            .x_array(list)
            .x_object(&object)
            .send()
            .await,
        client
            .header()
            .simple_exploded("a")
            .x_array(list)
            .x_object(&object)
            .send()
            .await,
        client
            .cookie()
            .form("a")
            .array(list)
            .object(&object)
            .send()
            .await,
        client
            .cookie()
            .form_exploded("a")
            .array(list)
            .object(&object)
            .send()
            .await,
        client
            .content()
            .json(&object)
            .filter(&object)
            .x_context(&object)
            .session(&object)
            .send()
            .await,
        client.content().text("a b").send().await,
    ];
    for receipt in receipts {
        assert!(receipt.unwrap().accepted);
    }
}

#[tokio::test]
async fn prism_refuses_what_breaks_the_document() {
    let prism = Prism::serve("styles.yaml").unwrap();
    let unknown = Color::from("no color of the document");
    let refused = client_of(&prism)
        .query()
        .defaults("a")
        .color(unknown)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        refused.status(),
        Some(422),
        "otherwise these tests prove nothing"
    );
}

fn client_of(prism: &Prism) -> Client {
    Client::builder().base_url(prism.url()).build().unwrap()
}
