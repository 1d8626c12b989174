//! `routerequesttoendpoint`.

use connector_runtime::ClientBuilder;
use connector_runtime::policy::{Action, Piece, Policy};

use super::{Case, case, text};

fn route(pieces: &'static [Piece], method: Option<&'static [Piece]>) -> Case {
    case(vec![Policy::request(Action::Route {
        path: text(pieces),
        method: method.map(text),
    })])
}

const ID: Piece = Piece::PathParameter("ID");

#[tokio::test]
async fn path_is_relative_to_the_base_path() {
    for (pieces, expected) in [
        (&[Piece::Text("/real/")][..], "/v1/real/?q=a%26b"),
        (&[Piece::Text("real")], "/v1/real?q=a%26b"),
        (&[Piece::Text("/real/"), ID], "/v1/real/x%2Fy?q=a%26b"),
        (
            &[Piece::Text("/r("), ID, Piece::Text(")/$ref")],
            "/v1/r(x%2Fy)/$ref?q=a%26b",
        ),
        (&[Piece::Text("/r?kind=1")], "/v1/r?kind=1&q=a%26b"),
        (
            &[Piece::Text("/r?"), Piece::Query("Q"), Piece::Text("="), ID],
            "/v1/r?a%26b=x%2Fy&q=a%26b",
        ),
        (
            &[
                Piece::Text("/%40"),
                Piece::ConnectionParameter("user", None),
            ],
            "/v1/%40me%3F?q=a%26b",
        ),
        (
            &[Piece::Text("/r?x="), Piece::Header("gone")],
            "/v1/r?x=&q=a%26b",
        ),
    ] {
        let case = route(pieces, None)
            .id("x/y")
            .query("a&b")
            .parameter("user", "me?");
        let sent = case.sent().await.unwrap();
        let expected = format!("https://api.acme.example{expected}");
        assert_eq!(sent.url(), expected, "{pieces:?}");
        assert_eq!(sent.method(), "POST");
    }
}

#[tokio::test]
async fn base_path_is_that_of_the_policies_before() {
    let sent = case(vec![
        Policy::request(Action::SetHost {
            url: text(&[Piece::Text("https://other.example/base/")]),
        }),
        Policy::request(Action::Route {
            path: text(&[Piece::Text("/real")]),
            method: None,
        }),
    ]);
    assert_eq!(
        sent.sent().await.unwrap().url(),
        "https://other.example/base/real"
    );
}

#[tokio::test]
async fn base_url_of_the_connection_is_kept() {
    let local = |builder: ClientBuilder| builder.base_url("http://127.0.0.1:9/x/?fixed=1");
    let sent = route(&[Piece::Text("/real")], None).with(local).query("a");
    assert_eq!(
        sent.sent().await.unwrap().url(),
        "http://127.0.0.1:9/x/real?fixed=1&q=a"
    );
}

#[tokio::test]
async fn method_is_replaced_or_stays() {
    for (method, expected) in [
        (Some(&[Piece::Method][..]), "POST"),
        (Some(&[Piece::Text("Patch")]), "PATCH"),
        (Some(&[]), "POST"),
        (None, "POST"),
    ] {
        let sent = route(&[Piece::Text("/real")], method).sent().await.unwrap();
        assert_eq!(sent.method(), expected);
    }
}

#[tokio::test]
async fn value_cannot_leave_its_segment() {
    let up = route(
        &[Piece::Text("/a/"), Piece::Query("q"), Piece::Text("/b")],
        None,
    );
    assert!(up.query("..").refused().await.contains("segment"));
    let missing = route(&[Piece::Text("/a/"), Piece::Query("q")], None)
        .refused()
        .await;
    assert!(missing.contains("query parameter `q`"), "{missing}");
}
