//! `setheader` and `setqueryparameter`.

use connector_runtime::policy::{Action, Exists, Piece, Policy};
use connector_runtime::{ClientBuilder, Credential};

use super::{case, text};

const KEY: Piece = Piece::ConnectionParameter("api_key", None);

fn set_header(name: &'static str, pieces: &'static [Piece], exists: Exists) -> Policy {
    Policy::request(Action::SetHeader {
        name,
        value: text(pieces),
        exists,
    })
}

fn set_query(name: &'static str, pieces: &'static [Piece], exists: Exists) -> Policy {
    Policy::request(Action::SetQuery {
        name,
        value: text(pieces),
        exists,
    })
}

const NEW: &[Piece] = &[Piece::Text("new")];

#[tokio::test]
async fn header_that_exists_is_replaced_kept_or_joined() {
    for (exists, given, expected) in [
        (Exists::Override, Some("old"), &["new"][..]),
        (Exists::Skip, Some("old"), &["old"]),
        (Exists::Append, Some("old"), &["old", "new"]),
        (Exists::Override, None, &["new"]),
        (Exists::Skip, None, &["new"]),
        (Exists::Append, None, &["new"]),
    ] {
        let mut case = case(vec![set_header("x-own", NEW, exists)]);
        if let Some(given) = given {
            case = case.header(given);
        }
        let sent = case.sent().await.unwrap();
        let values: Vec<&str> = sent
            .headers()
            .get_all("x-own")
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert_eq!(values, expected, "{exists:?}, {given:?}");
    }
}

#[tokio::test]
async fn query_parameter_that_exists_is_replaced_kept_or_added() {
    for (exists, given, expected) in [
        (Exists::Override, Some("a b"), "q=new"),
        (Exists::Skip, Some("a b"), "q=a%20b"),
        (Exists::Append, Some("a b"), "q=a%20b&q=new"),
        (Exists::Override, None, "q=new"),
        (Exists::Skip, None, "q=new"),
    ] {
        let mut case = case(vec![set_query("q", NEW, exists)]);
        if let Some(given) = given {
            case = case.query(given);
        }
        let sent = case.sent().await.unwrap();
        assert_eq!(sent.raw_query(), expected, "{exists:?}, {given:?}");
    }
}

#[tokio::test]
async fn query_is_escaped_and_its_name_may_be_already() {
    let filter = &[Piece::Text("groupTypes/any(c:c eq 'Unified')")];
    let sent = case(vec![
        set_query("$filter", filter, Exists::Override),
        set_query("%24filter", NEW, Exists::Skip),
    ])
    .sent()
    .await
    .unwrap();
    let expected = (
        "$filter".to_owned(),
        "groupTypes/any(c:c eq 'Unified')".to_owned(),
    );
    assert_eq!(sent.query(), [expected]);
}

#[tokio::test]
async fn nothing_is_set_without_a_value() {
    let gone = &[Piece::Text("Bearer "), Piece::Header("gone")];
    let empty = &[Piece::ConnectionParameter("tenant", Some(""))];
    let sent = case(vec![
        set_header("x-gone", gone, Exists::Override),
        set_header("x-empty", empty, Exists::Override),
        set_query("empty", empty, Exists::Override),
        set_header("x-own", gone, Exists::Override),
    ])
    .header("kept")
    .sent()
    .await
    .unwrap();
    assert_eq!(sent.header("x-gone"), None);
    assert_eq!(sent.header("x-empty"), None);
    assert_eq!(sent.header("x-own"), Some("kept"));
    assert_eq!(sent.raw_query(), "");
}

#[tokio::test]
async fn one_missing_value_of_several_is_empty() {
    let pair = &[
        KEY,
        Piece::Text(";"),
        Piece::ConnectionParameter("url_instance", Some("")),
    ];
    let sent = case(vec![set_header("x-api-key", pair, Exists::Override)])
        .parameter("api_key", "k")
        .sent()
        .await
        .unwrap();
    assert_eq!(sent.header("x-api-key"), Some("k;"));
}

#[tokio::test]
async fn policy_reads_and_replaces_what_a_credential_placed() {
    let bearer = &[Piece::Text("Bearer "), Piece::Header("Authorization")];
    let with_key =
        |builder: ClientBuilder| builder.credential("key", Credential::api_key("secret"));
    let sent = case(vec![set_header("authorization", bearer, Exists::Override)])
        .with(with_key)
        .sent()
        .await
        .unwrap();
    assert_eq!(sent.header("authorization"), Some("Bearer secret"));
    assert!(sent.headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn headers_made_of_secrets_are_sensitive_and_others_are_not() {
    let host = &[Piece::ConnectionParameter("host", None)];
    let sent = case(vec![
        set_header("x-secret", &[KEY], Exists::Override),
        set_header("x-copy", &[Piece::Header("x-secret")], Exists::Override),
        set_header("x-host", host, Exists::Override),
    ])
    .parameter("API_KEY", "secret")
    .parameter("host", "eu")
    .sent()
    .await
    .unwrap();
    assert_eq!(sent.header("x-copy"), Some("secret"));
    assert!(sent.headers()["x-secret"].is_sensitive());
    assert!(sent.headers()["x-copy"].is_sensitive());
    assert!(!sent.headers()["x-host"].is_sensitive());
}

#[tokio::test]
async fn secret_of_a_policy_is_not_sent_in_the_clear() {
    let policies = || vec![set_header("x-key", &[KEY], Exists::Override)];
    let plain = |builder: ClientBuilder| builder.base_url("http://api.acme.example");
    let refused = case(policies()).parameter("api_key", "hush").with(plain);
    let message = refused.refused().await;
    assert!(
        message.contains("not encrypted") && !message.contains("hush"),
        "{message}"
    );
    let local = |builder: ClientBuilder| builder.base_url("http://127.0.0.1:9");
    let sent = case(policies()).parameter("api_key", "hush").with(local);
    assert_eq!(sent.sent().await.unwrap().header("x-key"), Some("hush"));
    let allowed = |builder: ClientBuilder| plain(builder).allow_insecure_credentials();
    let sent = case(policies()).parameter("api_key", "hush").with(allowed);
    assert_eq!(sent.sent().await.unwrap().header("x-key"), Some("hush"));
    // Without a value there is no secret.
    assert!(case(policies()).with(plain).sent().await.is_ok());
}

#[tokio::test]
async fn value_that_no_header_can_have_is_an_error_that_does_not_show_it() {
    let message = case(vec![set_header("x-key", &[KEY], Exists::Override)])
        .parameter("api_key", "hu\nsh")
        .refused()
        .await;
    assert!(
        message.contains("`x-key`") && !message.contains("hu"),
        "{message}"
    );
}

#[tokio::test]
async fn policies_run_in_order_and_only_for_their_operations() {
    let own = &[Piece::Header("x-own"), Piece::Text("+")];
    let sent = case(vec![
        set_header("x-own", NEW, Exists::Override).operations(&["other", "DOTHING"]),
        set_header("x-own", own, Exists::Override),
        set_header("x-own", NEW, Exists::Override).operations(&["other"]),
    ])
    .header("old")
    .sent()
    .await
    .unwrap();
    assert_eq!(sent.header("x-own"), Some("new+"));
}
