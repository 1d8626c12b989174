//! HTTP Digest: when a challenge is answered, and when not.

use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::{Client, Credential, Empty, Operation, Request, Requirement};

use super::acme::mocked;

static GET: Operation =
    Operation::new("op", "GET", "/op").security(&[&[Requirement::new("basicAuth", &[])]]);

static PUT: Operation = Operation::new("put", "PUT", "/op")
    .bodies(&[connector_runtime::MediaType::new(
        "application/octet-stream",
    )])
    .security(&[&[Requirement::new("basicAuth", &[])]]);

/// A client that knows the password.
fn client() -> (Client, MockTransport) {
    mocked(|builder| builder.credential("basicAuth", Credential::digest("ada", "hush")))
}

fn challenge(nonce: &str, more: &str) -> Reply {
    let value = format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"{more}");
    Reply::status(401).header("www-authenticate", &value)
}

fn ok() -> Reply {
    Reply::status(204)
}

async fn call(client: &Client) -> connector_runtime::Result<()> {
    Request::new(client, &GET).send::<Empty>().await
}

/// Which nonce a request answers, and which time.
fn answered(request: &CapturedRequest) -> Option<(String, u32)> {
    let header = request.header("authorization")?;
    let value = |name: &str| {
        let after = header.split_once(&format!("{name}="))?.1;
        let end = after.find(',').unwrap_or(after.len());
        Some(after[..end].trim_matches('"').to_owned())
    };
    let count = u32::from_str_radix(&value(" nc")?, 16).ok()?;
    Some((value(" nonce")?, count))
}

fn all_answered(mock: &MockTransport) -> Vec<Option<(String, u32)>> {
    mock.requests().iter().map(answered).collect()
}

fn answer(nonce: &str, count: u32) -> Option<(String, u32)> {
    Some((nonce.to_owned(), count))
}

#[tokio::test]
async fn a_challenge_serves_until_it_is_stale() {
    let (client, mock) = client();
    mock.reply(challenge("one", "")).reply(ok()).reply(ok());
    mock.reply(challenge("two", ", stale=true")).reply(ok());
    for _ in 0..3 {
        call(&client).await.unwrap();
    }
    assert_eq!(
        all_answered(&mock),
        [
            None,
            answer("one", 1),
            answer("one", 2),
            answer("one", 3),
            answer("two", 1)
        ]
    );
    let last = mock.last_request().unwrap();
    assert!(last.headers()["authorization"].is_sensitive());
    assert!(!last.header("authorization").unwrap().contains("hush"));
}

#[tokio::test]
async fn a_refused_answer_is_not_repeated() {
    let (client, mock) = client();
    mock.handler(|_| challenge("n", ""));
    let error = call(&client).await.unwrap_err();
    assert!(error.is_credential(), "{error}");
    assert_eq!(mock.requests().len(), 2);
    assert!(!format!("{error:?} {client:?}").contains("hush"));
    // The known challenge is answered at once, and its refusal is final.
    call(&client).await.unwrap_err();
    assert_eq!(mock.requests().len(), 3);
}

#[tokio::test]
async fn other_challenges_are_left_alone() {
    let (client, mock) = client();
    mock.handler(|_| Reply::status(401).header("www-authenticate", "Basic realm=\"r\""));
    call(&client).await.unwrap_err();
    assert_eq!(
        all_answered(&mock),
        [None],
        "the password is not sent as it is"
    );
}

#[tokio::test]
async fn callers_share_a_challenge_and_count_each_answer_once() {
    let (client, mock) = client();
    mock.handler(|request| match answered(request) {
        None => challenge("n", ""),
        Some(_) => ok(),
    });
    let calls: Vec<_> = (0..30)
        .map(|_| tokio::spawn(Request::new(&client, &GET).send::<Empty>()))
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let mut counts: Vec<u32> = all_answered(&mock)
        .into_iter()
        .flatten()
        .map(|(_, count)| count)
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=30).collect::<Vec<_>>());
}

#[cfg(feature = "stream")]
#[tokio::test]
async fn a_stream_is_not_sent_twice_but_the_next_one_goes_through() {
    use connector_runtime::{ByteStream, Bytes};

    let (client, mock) = client();
    mock.reply(challenge("n", "")).reply(ok());
    let put = || {
        let mut request = Request::new(&client, &PUT);
        request.raw(0, ByteStream::from(Bytes::from_static(b"once")));
        request.send::<Empty>()
    };
    assert_eq!(put().await.unwrap_err().status(), Some(401));
    put().await.unwrap();
    assert_eq!(all_answered(&mock), [None, answer("n", 1)]);
}

#[tokio::test]
async fn a_redirect_is_answered_for_where_it_leads() {
    let (client, mock) = client();
    let moved = Reply::status(303).header("location", "/v1/elsewhere");
    mock.reply(challenge("n", "")).reply(moved).reply(ok());
    let mut request = Request::new(&client, &PUT);
    request.raw(0, "text");
    request.send::<Empty>().await.unwrap();
    let last = mock.last_request().unwrap();
    let header = last.header("authorization").unwrap();
    assert!(header.contains("uri=\"/v1/elsewhere\""), "{header}");
    assert_eq!((last.method(), answered(&last)), ("GET", answer("n", 2)));
}

#[tokio::test]
async fn another_origin_may_not_challenge() {
    let (client, mock) = client();
    let elsewhere = Reply::status(302).header("location", "https://evil.example/");
    mock.reply(elsewhere)
        .reply(challenge("evil", ""))
        .reply(ok());
    assert_eq!(call(&client).await.unwrap_err().status(), Some(401));
    call(&client).await.unwrap();
    assert_eq!(all_answered(&mock), [None, None, None]);
}
