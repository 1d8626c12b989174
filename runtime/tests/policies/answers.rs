//! Policies on answers.

use connector_runtime::mock::Reply;
use connector_runtime::policy::{Action, Exists, Path, Piece, Policy};
use connector_runtime::{Credential, Json, Stream, Value};

use super::{at, case, json, text};

fn next_link() -> Policy {
    Policy::response(Action::SetProperty {
        parent: Path::body(&[]),
        name: Path::here(&["nextLink"]),
        value: at(Path::body(&["next"])),
    })
}

fn header(name: &'static str, pieces: &'static [Piece]) -> Policy {
    Policy::response(Action::SetHeader {
        name,
        value: text(pieces),
        exists: Exists::Override,
    })
}

#[tokio::test]
async fn answer_is_changed_before_it_is_decoded() {
    let reply = Reply::bytes(200, "application/json", r#"{"next": "/2"}"#);
    let answer = case(vec![next_link()]).reply(reply).answer().await.unwrap();
    assert_eq!(answer, json(r#"{"next": "/2", "nextLink": "/2"}"#));
}

#[tokio::test]
async fn headers_of_the_answer_are_changed() {
    let location = &[
        Piece::Text("https://"),
        Piece::ConnectionParameter("host", None),
        Piece::Text("/hooks/"),
        Piece::Header("x-id"),
    ];
    let case = case(vec![next_link(), header("location", location)])
        .parameter("host", "acme.com")
        .reply(Reply::bytes(200, "application/json", r#"{"next": 1}"#).header("x-id", "5"));
    let sending = case.request().unwrap().send_with_response::<Json<Value>>();
    let response = sending.await.unwrap();
    assert_eq!(response.headers()["location"], "https://acme.com/hooks/5");
    assert_eq!(response.body()["nextLink"], 1);
}

#[tokio::test]
async fn broken_or_other_answers_stay_as_they_are() {
    for (media, body) in [
        ("application/json", "{broken"),
        ("application/json", ""),
        ("text/plain", r#"{"next": 1}"#),
        ("application/json", "[1.10]"),
    ] {
        let case = case(vec![next_link()]).reply(Reply::bytes(200, media, body));
        let sending = case.request().unwrap().send::<connector_runtime::Text>();
        assert_eq!(sending.await.unwrap(), body);
    }
}

#[tokio::test]
async fn streamed_answers_stay_as_they_are() {
    let body = r#"{"next": 1}"#;
    let case = case(vec![next_link(), header("x-new", &[Piece::Text("1")])]);
    let case = case.reply(Reply::bytes(200, "application/json", body));
    let sending = case.request().unwrap().send_with_response::<Stream>();
    let response = sending.await.unwrap();
    assert_eq!(response.headers()["x-new"], "1");
    let read = response.into_body().text().await.unwrap();
    assert_eq!(read, body);
}

#[tokio::test]
async fn policies_of_other_operations_leave_answers_alone() {
    let policy = next_link().operations(&["other"]);
    let reply = Reply::bytes(200, "application/json", r#"{"next": "/2"}"#);
    let answer = case(vec![policy]).reply(reply).answer().await.unwrap();
    assert_eq!(answer, json(r#"{"next": "/2"}"#));
}

#[tokio::test]
async fn status_that_means_a_bad_credential_is_an_error_of_the_credential() {
    let policy = || Policy::response(Action::Unauthenticated { status: 403 });
    let reply = || Reply::bytes(403, "application/json", r#"{"message": "key expired"}"#);
    let error = case(vec![policy()])
        .reply(reply())
        .answer()
        .await
        .unwrap_err();
    assert!(error.is_credential());
    assert_eq!(error.status(), Some(403));
    assert!(error.to_string().contains("key expired"));
    let error = case(vec![]).reply(reply()).answer().await.unwrap_err();
    assert!(!error.is_credential());
}

/// Says on every refusal that another attempt is worthwhile.
struct Renewing(std::sync::atomic::AtomicU32);

impl connector_runtime::Authorize for Renewing {
    fn authorize<'a>(
        &'a self,
        request: &'a mut connector_runtime::Outgoing<'_>,
    ) -> connector_runtime::transport::BoxFuture<'a, connector_runtime::Result<()>> {
        let token = self
            .0
            .load(std::sync::atomic::Ordering::Relaxed)
            .to_string();
        Box::pin(async move { request.set_header("authorization", &token) })
    }

    fn rejected<'a>(
        &'a self,
        request: &'a connector_runtime::Outgoing<'_>,
        _: &'a connector_runtime::http::HeaderMap,
    ) -> connector_runtime::transport::BoxFuture<'a, bool> {
        // It knows its token again, although a policy changed the header.
        let own = request.headers()["authorization"] == "0";
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Box::pin(std::future::ready(own))
    }
}

#[tokio::test]
async fn credential_hears_of_a_refusal_and_policies_run_again() {
    let bearer = &[Piece::Text("Bearer "), Piece::Header("Authorization")];
    let policies = vec![
        Policy::response(Action::Unauthenticated { status: 403 }),
        Policy::request(Action::SetHeader {
            name: "Authorization",
            value: text(bearer),
            exists: Exists::Override,
        }),
    ];
    let case = case(policies).with(|builder| {
        let credential = Credential::custom(Renewing(0.into()));
        builder.credential("key", credential)
    });
    let mock = case.mock.clone();
    let case = case.reply(Reply::status(403)).reply(Reply::json(200, "x"));
    case.answer().await.unwrap();
    let sent: Vec<_> = mock
        .requests()
        .iter()
        .map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(
        sent,
        [Some("Bearer 0".to_owned()), Some("Bearer 1".to_owned())]
    );
}
