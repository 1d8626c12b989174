//! `dynamichosturl`.

use connector_runtime::policy::{Action, Piece, Policy};
use connector_runtime::{ClientBuilder, Credential};

use super::{Case, case, text};

const HOST: Piece = Piece::ConnectionParameter("host", None);
const SITE: Piece = Piece::ConnectionParameter("site", Some(""));
const HTTPS: Piece = Piece::Text("https://");

fn host(pieces: &'static [Piece]) -> Case {
    case(vec![Policy::request(Action::SetHost { url: text(pieces) })])
}

#[tokio::test]
async fn host_and_base_path_come_from_the_connection() {
    for (pieces, value, expected) in [
        (
            &[HTTPS, HOST, Piece::Text(".acme.com")][..],
            "eu",
            "https://eu.acme.com/things/7",
        ),
        (
            &[HTTPS, HOST, Piece::Text(".acme.com/api/")],
            "eu",
            "https://eu.acme.com/api/things/7",
        ),
        (
            &[HTTPS, Piece::Text("api"), HOST],
            "-eu.acme.com",
            "https://api-eu.acme.com/things/7",
        ),
        (
            &[HOST],
            "https://acme.com/v9",
            "https://acme.com/v9/things/7",
        ),
        (&[HOST], "acme.com", "https://acme.com/things/7"),
        (
            &[HOST],
            "http://acme.com:8080/v9/",
            "http://acme.com:8080/v9/things/7",
        ),
        (
            &[HOST, Piece::Text("/api")],
            "https://acme.com/",
            "https://acme.com/api/things/7",
        ),
        (
            &[HOST, Piece::Text(".acme.com")],
            "eu",
            "https://eu.acme.com/things/7",
        ),
        (
            &[HTTPS, HOST],
            "10.0.0.1:8443",
            "https://10.0.0.1:8443/things/7",
        ),
        (
            &[HTTPS, HOST],
            "acme.com/tenant/",
            "https://acme.com/tenant/things/7",
        ),
        // What people paste.
        (
            &[HTTPS, HOST, Piece::Text("/v1")],
            "https://acme.com/",
            "https://acme.com/v1/things/7",
        ),
        (
            &[HTTPS, HOST, Piece::Text("/"), SITE],
            "acme.com",
            "https://acme.com/things/7",
        ),
        (
            &[HTTPS, Piece::Text("acme.com/t/"), HOST],
            "a-b",
            "https://acme.com/t/a-b/things/7",
        ),
        (
            &[Piece::Text("acme.com/x")],
            "",
            "https://acme.com/x/things/7",
        ),
        (
            &[Piece::ConnectionParameter(
                "none",
                Some("https://d.acme.com"),
            )],
            "",
            "https://d.acme.com/things/7",
        ),
    ] {
        let sent = host(pieces).parameter("host", value).sent().await;
        assert_eq!(sent.unwrap().url(), expected, "{pieces:?} {value}");
    }
}

#[tokio::test]
async fn value_cannot_lead_elsewhere() {
    for (pieces, value) in [
        (&[HTTPS, HOST, Piece::Text(".acme.com")][..], "evil.com/"),
        (&[HTTPS, HOST, Piece::Text(".acme.com")], "a@b"),
        (&[HTTPS, HOST, Piece::Text(".acme.com")], "evil.com#"),
        (&[HTTPS, HOST, Piece::Text(".acme.com")], "evil.com?"),
        (&[HTTPS, HOST, Piece::Text(".acme.com")], "evil.com\\"),
        (&[HTTPS, HOST, Piece::Text(".acme.com")], "evil.com:80"),
        (&[HOST, Piece::Text(".acme.com")], "https://evil.com/"),
        (&[HTTPS, Piece::Text("acme"), HOST], ".com@evil.com"),
        (&[HTTPS, Piece::Text("acme.com/t/"), HOST], "../x"),
        (&[HTTPS, Piece::Text("acme.com/t/"), HOST], "x?y"),
        (&[HTTPS, HOST], "user@evil.com"),
        (&[HTTPS, HOST], "http://evil.com"),
        (&[HTTPS, HOST, Piece::Text("/v1")], "evil.com/?"),
        (&[HOST, Piece::Text("/v1")], "https://evil.com/#"),
        (&[HOST], "ftp://acme.com"),
        (&[HOST], "https://user:hush@acme.com"),
    ] {
        let message = host(pieces).parameter("host", value).refused().await;
        assert!(!message.contains(value), "{pieces:?} {value}: {message}");
    }
}

#[tokio::test]
async fn missing_value_is_an_error_that_names_it() {
    for (piece, name) in [
        (&[HTTPS, HOST][..], "parameter `host`"),
        (&[HTTPS, Piece::Header("region")], "header `region`"),
        (&[Piece::Query("hostUrl")], "query parameter `hostUrl`"),
    ] {
        let message = host(piece).refused().await;
        assert!(message.contains(name), "{message}");
    }
}

#[tokio::test]
async fn base_url_of_the_connection_wins() {
    let local = |builder: ClientBuilder| builder.base_url("http://127.0.0.1:9/x");
    let sent = host(&[HTTPS, HOST]).with(local).sent().await.unwrap();
    assert_eq!(sent.url(), "http://127.0.0.1:9/x/things/7");
}

#[tokio::test]
async fn host_that_the_request_names_must_be_https() {
    let sent = host(&[HTTPS, Piece::Query("q"), Piece::Text(".acme.com")]);
    let sent = sent.query("eu").sent().await.unwrap();
    // What the policy read stays in the request.
    assert_eq!(sent.url(), "https://eu.acme.com/things/7?q=eu");
    let sent = host(&[Piece::Header("x-own")]).header("https://acme.com");
    assert_eq!(
        sent.sent().await.unwrap().url(),
        "https://acme.com/things/7"
    );
    let refused = host(&[Piece::Header("x-own")]).header("http://127.0.0.1:9");
    assert!(refused.refused().await.contains("not https"));
}

#[tokio::test]
async fn credential_is_not_sent_in_the_clear_to_another_host() {
    let key = |builder: ClientBuilder| builder.credential("key", Credential::api_key("hush"));
    let refused = host(&[HOST]).parameter("host", "http://acme.com").with(key);
    assert!(refused.refused().await.contains("not encrypted"));
    let sent = host(&[HOST])
        .parameter("host", "https://acme.com")
        .with(key);
    assert_eq!(
        sent.sent().await.unwrap().header("authorization"),
        Some("hush")
    );
}

#[tokio::test]
async fn key_in_the_query_moves_along() {
    let key = |builder: ClientBuilder| builder.credential("query_key", Credential::api_key("k"));
    let sent = host(&[HOST])
        .parameter("host", "https://acme.com/x")
        .with(key);
    let sent = sent.query("a").sent().await.unwrap();
    assert_eq!(sent.url(), "https://acme.com/x/things/7?q=a&api_key=k");
}
