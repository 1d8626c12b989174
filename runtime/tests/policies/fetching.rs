//! `setvaluefromurl`.

use connector_runtime::mock::Reply;
use connector_runtime::policy::{Action, Exists, Path, Piece, Policy, Target};
use connector_runtime::{Credential, ErrorKind};

use super::{Case, case, json, text};

const ETAG: &[Piece] = &[Piece::Path(Path::body(&["@odata.etag"]))];

fn fetch(url: &'static [Piece], method: Option<&'static [Piece]>, target: Target) -> Policy {
    Policy::request(Action::SetFromUrl {
        url: text(url),
        method: method.map(text),
        value: text(ETAG),
        target,
    })
}

fn etag() -> Policy {
    let url = &[
        Piece::Text("/details/"),
        Piece::PathParameter("id"),
        Piece::Text("?x=1"),
    ];
    fetch(url, None, Target::Header("If-Match"))
}

fn found() -> Reply {
    Reply::bytes(200, "application/json", r#"{"@odata.etag": "W/\"5\""}"#)
}

fn with_key(case: Case) -> Case {
    case.with(|builder| builder.credential("key", Credential::api_key("hush")))
}

#[tokio::test]
async fn value_is_fetched_first_with_the_credential_of_the_call() {
    let case = with_key(case(vec![etag()])).query("q").body(json("{}"));
    let mock = case.mock.clone();
    case.reply(found())
        .reply(Reply::json(200, "x"))
        .answer()
        .await
        .unwrap();
    let [first, second] = &mock.requests()[..] else {
        unreachable!("two requests leave");
    };
    assert_eq!(
        (first.method(), first.url()),
        ("GET", "https://api.acme.example/v1/details/7?x=1")
    );
    assert_eq!(first.header("authorization"), Some("hush"));
    assert_eq!(first.header("content-type"), None);
    assert_eq!(first.text(), "");
    assert_eq!(first.operation(), None);
    assert_eq!(second.url(), "https://api.acme.example/v1/things/7?q=q");
    assert_eq!(second.header("if-match"), Some("W/\"5\""));
    assert_eq!(second.header("authorization"), Some("hush"));
    assert_eq!(second.text(), "{}");
}

#[tokio::test]
async fn value_goes_to_the_query_by_any_method() {
    let url = &[Piece::Text("/token?grant_type=client_credentials")];
    let policy = fetch(
        url,
        Some(&[Piece::Text("POST")]),
        Target::Query("access token"),
    );
    let case = case(vec![policy]);
    let mock = case.mock.clone();
    case.reply(found())
        .reply(Reply::json(200, "x"))
        .answer()
        .await
        .unwrap();
    assert_eq!(mock.requests()[0].method(), "POST");
    assert_eq!(mock.requests()[0].header("content-length"), Some("0"));
    assert_eq!(mock.requests()[1].raw_query(), "access%20token=W%2F%225%22");
}

/// As one connector does: a token from one host, the call to another.
#[tokio::test]
async fn order_of_the_policies_says_where_a_value_is_from() {
    let host = |pieces| Policy::request(Action::SetHost { url: text(pieces) });
    let header = |pieces| {
        Policy::request(Action::SetHeader {
            name: "Authorization",
            value: text(pieces),
            exists: Exists::Override,
        })
    };
    let key = &[
        Piece::Text("Basic "),
        Piece::ConnectionParameter("api_key", None),
    ];
    let case = case(vec![
        host(&[Piece::Text("https://auth.acme.example")]),
        header(key),
        fetch(
            &[Piece::Text("/token")],
            None,
            Target::Header("Authorization"),
        ),
        header(&[Piece::Text("Bearer "), Piece::Header("Authorization")]),
        host(&[Piece::Text("https://api2.acme.example/v2")]),
    ])
    .parameter("api_key", "k");
    let mock = case.mock.clone();
    case.reply(found())
        .reply(Reply::json(200, "x"))
        .answer()
        .await
        .unwrap();
    let requests = mock.requests();
    assert_eq!(requests[0].url(), "https://auth.acme.example/token");
    assert_eq!(requests[0].header("authorization"), Some("Basic k"));
    assert_eq!(requests[1].url(), "https://api2.acme.example/v2/things/7");
    assert_eq!(requests[1].header("authorization"), Some("Bearer W/\"5\""));
    assert!(requests[1].headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn failure_is_that_of_the_call_and_says_what_for() {
    let reply = Reply::bytes(404, "application/json", r#"{"message": "no such task"}"#);
    let error = case(vec![etag()]).reply(reply).answer().await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    let message = error.to_string();
    let expected = "the value for the header `If-Match` could not be fetched: the server answered 404 Not Found: no such task";
    assert!(message.contains(expected), "{message}");
}

#[tokio::test]
async fn answer_without_the_value_is_an_error() {
    for body in ["{}", "broken", r#"{"@odata.etag": null}"#] {
        let case = case(vec![etag()]);
        let mock = case.mock.clone();
        let reply = Reply::bytes(200, "application/json", body);
        let error = case.reply(reply).answer().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert!(
            error
                .to_string()
                .contains("the value for the header `If-Match`")
        );
        assert_eq!(mock.requests().len(), 1);
    }
}

#[tokio::test]
async fn transient_failure_is_tried_again_where_the_call_can_be() {
    let case = case(vec![etag()]);
    let mock = case.mock.clone();
    let case = case
        .reply(Reply::status(503).header("retry-after", "0"))
        .reply(found())
        .reply(Reply::json(200, "x"));
    let mut request = case.request().unwrap();
    request.options(connector_runtime::RequestOptions::new().idempotency_key("1"));
    request.send::<connector_runtime::Empty>().await.unwrap();
    assert_eq!(mock.requests().len(), 3);
}
