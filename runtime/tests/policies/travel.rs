//! Policies, signatures, and redirects.

use connector_runtime::mock::Reply;
use connector_runtime::policy::{Action, Exists, Path, Piece, Policy, Target};
use connector_runtime::transport::BoxFuture;
use connector_runtime::{Authorize, Credential, Outgoing, Result};

use super::{Case, at, case, json, text};

fn header(name: &'static str, pieces: &'static [Piece], exists: Exists) -> Policy {
    Policy::request(Action::SetHeader {
        name,
        value: text(pieces),
        exists,
    })
}

const BEARER: &[Piece] = &[Piece::Text("Bearer "), Piece::Header("Authorization")];

fn secrets() -> Case {
    case(vec![
        header("Authorization", BEARER, Exists::Override),
        header(
            "x-key",
            &[Piece::ConnectionParameter("api_key", None)],
            Exists::Override,
        ),
        header("x-own", &[Piece::Text("more")], Exists::Append),
        Policy::request(Action::SetFromUrl {
            url: text(&[Piece::Text("/etag")]),
            method: None,
            value: at(Path::body(&["e"])),
            target: Target::Header("if-match"),
        }),
        Policy::request(Action::Route {
            path: text(&[Piece::Text("/real")]),
            method: Some(text(&[Piece::Text("PUT")])),
        }),
    ])
    .parameter("api_key", "k")
    .header("own")
    .body(json("{}"))
    .with(|builder| builder.credential("key", Credential::api_key("hush")))
    .reply(Reply::bytes(200, "application/json", r#"{"e": "5"}"#))
}

#[tokio::test]
async fn redirect_within_the_origin_gets_the_headers_again() {
    let case = secrets().reply(Reply::status(307).header("location", "/v1/other?x=1"));
    let mock = case.mock.clone();
    case.reply(Reply::json(200, "x")).answer().await.unwrap();
    let requests = mock.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[1].url(), "https://api.acme.example/v1/real");
    assert_eq!(requests[2].url(), "https://api.acme.example/v1/other?x=1");
    for request in &requests[1..] {
        assert_eq!(request.method(), "PUT");
        assert_eq!(request.header("authorization"), Some("Bearer hush"));
        assert_eq!(request.header("x-key"), Some("k"));
        assert_eq!(request.header("if-match"), Some("5"));
        assert_eq!(request.headers().get_all("x-own").iter().count(), 2);
    }
}

#[tokio::test]
async fn redirect_to_another_origin_gets_no_secret() {
    let case = secrets().reply(Reply::status(307).header("location", "https://b.example/"));
    let mock = case.mock.clone();
    case.reply(Reply::json(200, "x")).answer().await.unwrap();
    let last = mock.last_request().unwrap();
    assert_eq!(last.url(), "https://b.example/");
    for name in ["authorization", "x-key", "x-own", "if-match"] {
        assert_eq!(last.header(name), None, "{name}");
    }
}

/// Signs what it sees.
struct Signature {
    signs: bool,
}

impl Authorize for Signature {
    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        let body = request
            .body()
            .map(String::from_utf8_lossy)
            .unwrap_or_default();
        let seen = format!("{} {} {body}", request.method(), request.url());
        Box::pin(async move { request.set_header("x-signature", &seen) })
    }

    fn signs(&self) -> bool {
        self.signs
    }
}

#[tokio::test]
async fn credential_that_signs_sees_what_policies_made() {
    for (signs, expected) in [
        (true, r#"PUT https://api.acme.example/v1/real {"a":"x"}"#),
        (false, "POST https://api.acme.example/v1/things/7 {}"),
    ] {
        let case = case(vec![
            Policy::request(Action::Route {
                path: text(&[Piece::Text("real")]),
                method: Some(text(&[Piece::Text("PUT")])),
            }),
            Policy::request(Action::SetProperty {
                parent: Path::body(&[]),
                name: Path::here(&["a"]),
                value: text(&[Piece::Text("x")]),
            }),
        ])
        .body(json("{}"))
        .with(|builder| builder.credential("key", Credential::custom(Signature { signs })));
        let sent = case.sent().await.unwrap();
        assert_eq!(sent.header("x-signature"), Some(expected));
        assert_eq!(sent.text(), r#"{"a":"x"}"#);
    }
}

#[tokio::test]
async fn call_that_became_unsafe_is_not_repeated() {
    static READ: connector_runtime::Operation =
        connector_runtime::Operation::new("read", "GET", "/read");
    let attempts = async |method: &'static [Piece]| {
        let mut case = case(vec![Policy::request(Action::Route {
            path: text(&[Piece::Text("/real")]),
            method: Some(text(method)),
        })]);
        let mock = case.mock.clone();
        mock.handler(|_| Reply::status(503).header("retry-after", "0"));
        let client = case.builder.take().unwrap().build().unwrap();
        let request = connector_runtime::Request::new(&client, &READ);
        request
            .send::<connector_runtime::Empty>()
            .await
            .unwrap_err();
        mock.requests().len()
    };
    assert_eq!(attempts(&[Piece::Text("POST")]).await, 1);
    assert!(attempts(&[Piece::Method]).await > 1);
}

#[tokio::test]
async fn retries_run_the_policies_anew() {
    let sign = header("x-own", &[Piece::Text("more")], Exists::Append);
    let case = case(vec![sign]).header("own");
    let mock = case.mock.clone();
    let case = case
        .reply(Reply::status(503).header("retry-after", "0"))
        .reply(Reply::json(200, "x"));
    let mut request = case.request().unwrap();
    request.options(connector_runtime::RequestOptions::new().idempotency_key("1"));
    request.send::<connector_runtime::Empty>().await.unwrap();
    for request in mock.requests() {
        assert_eq!(request.headers().get_all("x-own").iter().count(), 2);
    }
}

#[tokio::test]
async fn undocumented_calls_get_what_is_for_all_operations() {
    let mut case = case(vec![
        header("x-all", &[Piece::Text("1")], Exists::Override),
        header("x-one", &[Piece::Text("1")], Exists::Override).operations(&["doThing"]),
    ]);
    let mock = case.mock.clone();
    mock.reply(Reply::status(204));
    let client = case.builder.take().unwrap().build().unwrap();
    client
        .request("GET", "/other?a=1")
        .send::<connector_runtime::Empty>()
        .await
        .unwrap();
    let sent = mock.last_request().unwrap();
    assert_eq!(sent.url(), "https://api.acme.example/v1/other?a=1");
    assert_eq!(
        (sent.header("x-all"), sent.header("x-one")),
        (Some("1"), None)
    );
}
