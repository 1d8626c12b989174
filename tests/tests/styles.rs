//! Every style of parameter, as bytes and in the eyes of Prism.

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod coverage;

use connector_tests::Prism;
use coverage::Ledger;
use styles::Client;
use styles::models::{Color, Object, Receipt};
use styles::runtime::Empty;
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

/// What Prism lets through unread, so that a script looks at the bytes.
const UNJUDGED: [(&str, &str); 3] = [
    ("GET /cookie/form", "Prism reads no cookie but an API key"),
    (
        "GET /cookie/form-exploded",
        "Prism reads no cookie but an API key",
    ),
    (
        "GET /content/{document}",
        "Prism has no schema for a parameter with content",
    ),
];

/// Prism ends when a path parameter has a comma, so that commas are escaped on the way to it; the tests above show what
/// is sent otherwise.
#[tokio::test]
async fn prism_accepts_every_operation() {
    let prism = Prism::serve("styles.yaml").unwrap();
    let ledger = Ledger::of("styles.yaml");
    let client = Client::builder()
        .base_url(prism.url())
        .transport(ledger.judged().with_commas_escaped())
        .build()
        .unwrap();
    let (_, script) = mocked();
    let scripted = Client::builder().transport(ledger.unjudged(script.clone()));
    let scripted = scripted.build().unwrap();
    let receipts = [
        lists_in_paths(&client).await,
        objects_in_paths(&client).await,
        queries(&client).await,
        headers(&client).await,
        cookies_and_documents(&client).await,
        texts_and_templates(&client).await,
        cookies_and_documents(&scripted).await,
    ];
    assert!(receipts.concat().iter().all(|receipt| receipt.accepted));
    let cookies: Vec<_> = script.requests();
    let cookies = cookies.iter().map(|sent| sent.header("cookie").unwrap());
    assert_eq!(
        cookies.collect::<Vec<_>>(),
        [
            "primitive=a; array=blue,black; object=r,100,g,200",
            "primitive=a; array=blue; array=black; r=100; g=200",
            "session={%22r%22:100%2C%22g%22:200}",
        ]
    );
    let document = last(&script);
    assert_eq!(
        document.path(),
        "/content/%7B%22r%22%3A100%2C%22g%22%3A200%7D"
    );
    assert_eq!(document.query()[0].1, r#"{"r":100,"g":200}"#);
    assert_eq!(document.header("x-context"), Some(r#"{"r":100,"g":200}"#));
    ledger.assert_complete(&UNJUDGED);
}

const LIST: [&str; 2] = ["blue", "black"];

async fn lists_in_paths(client: &Client) -> Vec<Receipt> {
    let path = client.path();
    let calls = [
        path.simple("blue", LIST).send().await,
        path.simple_exploded("blue", LIST).send().await,
        path.label("blue", LIST).send().await,
        path.label_exploded("blue", LIST).send().await,
        path.matrix("blue", LIST).send().await,
        path.matrix_exploded("blue", LIST).send().await,
    ];
    calls.map(Result::unwrap).into()
}

async fn objects_in_paths(client: &Client) -> Vec<Receipt> {
    let path = client.path();
    // Prism splits exploded labels at commas rather than at dots, so that it can read one member.
    let one = Object::new(100);
    let calls = [
        path.simple_object(&object()).send().await,
        path.simple_exploded_object(&object()).send().await,
        path.label_object(&object()).send().await,
        path.label_exploded_object(&one).send().await,
        path.matrix_object(&object()).send().await,
        path.matrix_exploded_object(&object()).send().await,
    ];
    calls.map(Result::unwrap).into()
}

async fn queries(client: &Client) -> Vec<Receipt> {
    let query = client.query();
    let defaults = query
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
    let object = object();
    let form = query.form().primitive("a").array(LIST).object(&object);
    let exploded = query.form_exploded();
    let exploded = exploded.primitive("a").array(LIST).object(&object);
    let reserved = query.reserved().open("a/b?c").closed("a/b");
    let calls = [
        form.send().await,
        exploded.send().await,
        query.space_delimited().array(LIST).send().await,
        query.space_delimited_exploded().array(LIST).send().await,
        query.pipe_delimited().array(LIST).send().await,
        query.pipe_delimited_exploded().array(LIST).send().await,
        query.deep_object().object(&object).send().await,
        defaults.send().await,
        reserved.opens(["x/y", "z"]).send().await,
        query.empty().marker("").send().await,
    ];
    calls.map(Result::unwrap).into()
}

async fn headers(client: &Client) -> Vec<Receipt> {
    let (header, object) = (client.header(), object());
    let simple = header.simple("a").x_array(LIST).x_object(&object);
    let exploded = header.simple_exploded("a").x_array(LIST);
    let exploded = exploded.x_object(&object);
    let calls = [simple.send().await, exploded.send().await];
    calls.map(Result::unwrap).into()
}

async fn cookies_and_documents(client: &Client) -> Vec<Receipt> {
    let (cookie, object) = (client.cookie(), object());
    let form = cookie.form("a").array(LIST).object(&object);
    let exploded = cookie.form_exploded("a").array(LIST).object(&object);
    let json = client.content().json(&object).filter(&object);
    let json = json.x_context(&object).session(&object);
    let calls = [form.send().await, exploded.send().await, json.send().await];
    calls.map(Result::unwrap).into()
}

async fn texts_and_templates(client: &Client) -> Vec<Receipt> {
    let template = client.template();
    let calls = [
        client.content().text("a b").send().await,
        template.two_in_one("report", "pdf").send().await,
        template.prefix("2").send().await,
        template.verb("7").send().await,
        template.shared("a b").limit("10").send().await,
    ];
    calls.map(Result::unwrap).into()
}

/// Otherwise it proves nothing that Prism accepts a request.
#[tokio::test]
async fn prism_refuses_what_breaks_the_document() {
    let prism = Prism::serve("styles.yaml").unwrap();
    let client = Client::builder().base_url(prism.url()).build().unwrap();
    let unknown = Color::from("no color of the document");
    let call = client.query().defaults("a").color(unknown);
    assert_eq!(call.send().await.unwrap_err().status(), Some(422));
    for target in [
        "/path/simple-object/r%2Cx",
        "/path/simple-exploded-object/r=x",
        "/path/label-object/.r%2Cx",
        "/path/label-exploded-object/.r=x",
        "/path/matrix-object/;object=r%2Cx",
        "/path/matrix-exploded-object/;r=x",
        "/query/form?object=r,x",
        "/query/form-exploded?r=x",
        "/query/deep-object?object%5Br%5D=x",
        "/query/defaults?text=a&numbers=1,x",
        "/content",
    ] {
        let refused = client.runtime().request("GET", target).send::<Empty>();
        let refused = refused.await.unwrap_err();
        assert_eq!(refused.status(), Some(422), "{target}");
    }
}
