//! Redirects back, good and bad.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::ExposeSecret as _;
use tokio::sync::Notify;

use super::*;
use crate::body::ByteStream;
use crate::transport::{BoxFuture, Transport, TransportError};

#[tokio::test]
async fn code_is_exchanged_for_tokens() {
    let mock = MockTransport::new();
    mock.reply(tokens());
    let server = server_of(&mock, provider()).await;
    let mut request = BTreeMap::new();
    let (result, shown) = signing_in(server.sign_in().scopes(["read"]), async |page| {
        request = page.query.clone();
        get(&page.approved()).await
    })
    .await;
    let signed_in = result.unwrap();
    assert_eq!(signed_in.tokens.access_token.expose_secret(), "a");
    assert_eq!(signed_in.notice(), None);
    assert_eq!(shown.status, 200);
    assert!(shown.body.contains("You can close this window"));
    assert!(!shown.body.contains("the-code"));

    let sent = form(&mock.requests()[0]);
    assert_eq!(sent["grant_type"], "authorization_code");
    assert_eq!(sent["code"], "the-code");
    assert_eq!(sent["redirect_uri"], request["redirect_uri"]);
    // The challenge in the request is the hash of what is handed in with the code.
    let digest = ring::digest::digest(&ring::digest::SHA256, sent["code_verifier"].as_bytes());
    assert_eq!(
        request["code_challenge"],
        crate::oauth::jwt::base64url(digest)
    );
    assert_eq!(request["code_challenge_method"], "S256");
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn answer_with_a_wrong_state_leaves_the_sign_in_waiting() {
    let mock = MockTransport::new();
    mock.reply(tokens());
    let server = server_of(&mock, provider()).await;
    let (result, ()) = signing_in(server.sign_in(), async |page| {
        let longer = format!("{}x", page.state());
        let foreign = [
            page.back(&[("code", "stolen"), ("state", "guess")]),
            page.back(&[("code", "stolen"), ("state", &longer)]),
            page.back(&[("code", "stolen")]),
            page.back(&[
                ("code", "stolen"),
                ("state", page.state()),
                ("state", "guess"),
            ]),
            page.back(&[("error", "access_denied"), ("state", "<script>")]),
            page.back(&[]),
        ];
        for url in foreign {
            let shown = get(&url).await;
            assert_eq!(shown.status, 400, "{url}");
            assert!(shown.body.contains("Not the sign-in"), "{url}");
            assert!(!shown.body.contains("<script>alert") && !shown.body.contains("stolen"));
        }
        assert_eq!(get(&page.approved()).await.status, 200);
    })
    .await;
    result.unwrap();
    assert_eq!(form(&mock.requests()[0])["code"], "the-code");
    assert_eq!(mock.requests().len(), 1);
}

/// A token endpoint that answers when it is told to.
#[derive(Default)]
struct Held {
    requests: std::sync::atomic::AtomicUsize,
    arrived: Notify,
    answer: Notify,
}

struct HeldTransport(Arc<Held>);

impl Transport for HeldTransport {
    fn send(
        &self,
        _: http::Request<ByteStream>,
    ) -> BoxFuture<'_, std::result::Result<http::Response<ByteStream>, TransportError>> {
        Box::pin(async {
            self.0
                .requests
                .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            self.0.arrived.notify_one();
            self.0.answer.notified().await;
            let body = r#"{"access_token": "a", "token_type": "bearer"}"#;
            Ok(http::Response::new(Bytes::from(body).into()))
        })
    }
}

#[tokio::test]
async fn repeated_answer_is_not_exchanged_again() {
    let held = Arc::new(Held::default());
    let client = OAuthClient::public("client").provider(provider());
    let server = AuthorizationServer::builder(client)
        .transport(HeldTransport(Arc::clone(&held)))
        .build()
        .await
        .unwrap();
    let (result, ()) = signing_in(server.sign_in(), async |page| {
        let url = page.approved();
        let (first, second) = tokio::join!(get(&url), async {
            held.arrived.notified().await;
            let shown = get(&url).await;
            held.answer.notify_one();
            shown
        });
        assert_eq!(first.status, 200);
        assert_eq!(second.status, 400);
        assert!(second.body.contains("This sign-in is over"));
    })
    .await;
    result.unwrap();
    assert_eq!(held.requests.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn two_sign_ins_at_once_do_not_mix() {
    let mock = MockTransport::new();
    mock.handler(|_| tokens());
    let server = server_of(&mock, provider()).await;
    let (sender, other) = oneshot::channel();
    let first = signing_in(server.sign_in(), async |page| {
        // The answer of one window at the listener of the other.
        let state: String = other.await.unwrap();
        let crossed = page.back(&[("code", "crossed"), ("state", &state)]);
        let crossed = get(&crossed).await.status;
        (crossed, get(&page.approved()).await.status)
    });
    let second = signing_in(server.sign_in(), async |page| {
        sender.send(page.state().to_owned()).unwrap();
        get(&page.approved()).await.status
    });
    let ((first, statuses), (second, status)) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!((statuses, status), ((400, 200), 200));
    let mut codes = mock
        .requests()
        .into_iter()
        .map(|request| form(&request)["code"].clone());
    assert!(codes.all(|code| code == "the-code"));
}

#[tokio::test]
async fn refusal_ends_the_sign_in_with_its_reason() {
    let mock = MockTransport::new();
    let server = server_of(&mock, provider()).await;
    let (result, shown) = signing_in(server.sign_in(), async |page| {
        get(&page.back(&[
            ("error", "access_denied"),
            ("error_description", "not\ntoday <b>"),
            ("state", page.state()),
        ]))
        .await
    })
    .await;
    let error = result.unwrap_err();
    assert!(error.is_credential());
    let message = error.to_string();
    assert!(
        message.contains("access_denied (not today <b>)"),
        "{message}"
    );
    assert!(!shown.body.contains("today"));
    assert!(shown.body.contains("Not signed in"));
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn answer_must_have_one_code() {
    for parameters in [
        &[("x", "y")][..],
        &[("code", "")],
        &[("code", "a"), ("code", "b")],
    ] {
        let mock = MockTransport::new();
        let server = server_of(&mock, provider()).await;
        let (result, _) = signing_in(server.sign_in(), async |page| {
            let mut all = parameters.to_vec();
            all.push(("state", page.state()));
            get(&page.back(&all)).await
        })
        .await;
        assert!(result.unwrap_err().to_string().contains("`code`"));
        assert!(mock.requests().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_for_ever() {
    let mock = MockTransport::new();
    let server = server_of(&mock, provider()).await;
    let started = tokio::time::Instant::now();
    let sign_in = server.sign_in().open_with(|_| Ok(()));
    let error = sign_in.run().await.unwrap_err();
    assert!(error.is_timeout());
    assert!(
        error.to_string().contains("registered as a redirect URI"),
        "{error}"
    );
    assert_eq!(started.elapsed(), PATIENCE);
}

#[tokio::test]
async fn refused_code_is_told_on_the_page_too() {
    let mock = MockTransport::new();
    mock.reply(Reply::json(
        400,
        &serde_json::json!({"error": "invalid_grant"}),
    ));
    let server = server_of(&mock, provider()).await;
    let (result, shown) =
        signing_in(server.sign_in(), async |page| get(&page.approved()).await).await;
    assert!(result.unwrap_err().to_string().contains("invalid_grant"));
    assert!(shown.body.contains("Not signed in"));
}

#[tokio::test]
async fn other_requests_of_browsers_do_no_harm() {
    let mock = MockTransport::new();
    mock.reply(tokens());
    let server = server_of(&mock, provider()).await;
    let sign_in = server.sign_in().redirect_uri("http://127.0.0.1/callback");
    let (result, ()) = signing_in(sign_in, async |page| {
        let url = page.approved();
        // Connections that browsers open in advance.
        let mut silent = Vec::new();
        for _ in 0..8 {
            silent.push(
                TcpStream::connect(("127.0.0.1", url.port().unwrap()))
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(
            send(&url, "GET /favicon.ico HTTP/1.1", "").await.status,
            404
        );
        let looked_at = format!("HEAD {}?{} HTTP/1.1", url.path(), url.query().unwrap());
        assert_eq!(send(&url, &looked_at, "").await.body, "");
        assert_eq!(send(&url, "\u{16}\u{3}\u{1}", "").await.status, 400);
        assert_eq!(get(&url).await.status, 200);
    })
    .await;
    result.unwrap();
}

#[tokio::test]
async fn answer_may_be_a_form() {
    let mock = MockTransport::new();
    mock.reply(tokens());
    let server = server_of(&mock, provider()).await;
    let sign_in = server.sign_in().parameter("response_mode", "form_post");
    let (result, shown) = signing_in(sign_in, async |page| {
        assert_eq!(page.query["response_mode"], "form_post");
        let body = format!("code=the-code&state={}", page.state());
        let head = format!(
            "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}",
            body.len()
        );
        send(&page.approved(), &head, &body).await
    })
    .await;
    result.unwrap();
    assert_eq!(shown.status, 200);
}

#[tokio::test]
async fn answer_can_come_by_a_redirect_uri_of_the_programs_own() {
    let mock = MockTransport::new();
    mock.reply(tokens());
    let server = server_of(&mock, provider()).await;
    let redirect_uri = "https://program.example/back";
    let authorization = server.authorization(redirect_uri, &[]).unwrap();
    let page = Page::of(authorization.url());
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let foreign = [pair("code", "c"), pair("state", "guess")];
    let error = server.complete(&authorization, &foreign).await.unwrap_err();
    assert!(error.to_string().contains("another sign-in"));
    let answer = [pair("code", "c"), pair("state", page.state())];
    server.complete(&authorization, &answer).await.unwrap();
    assert_eq!(form(&mock.requests()[0])["redirect_uri"], redirect_uri);
    let error = server.complete(&authorization, &answer).await.unwrap_err();
    assert!(error.to_string().contains("already"));
    assert!(!format!("{authorization:?}").contains(page.state()));
}

#[tokio::test]
async fn browser_that_cannot_be_opened_ends_the_sign_in() {
    let mock = MockTransport::new();
    let server = server_of(&mock, provider()).await;
    let sign_in = server
        .sign_in()
        .open_with(|_| Err(Error::credential("no screen")));
    assert_eq!(sign_in.run().await.unwrap_err().to_string(), "no screen");
}

#[tokio::test]
async fn no_error_quotes_what_was_secret() {
    let answers = [
        Reply::text(200, "{\"access_token\": \"canary-token\""),
        Reply::json(200, &serde_json::json!({"refresh_token": "canary-token"})),
        Reply::text(500, "canary-token"),
        Reply::json(400, &serde_json::json!({"error": "invalid_grant"})),
    ];
    for answer in answers {
        let mock = MockTransport::new();
        mock.handler(move |_| answer.clone());
        let client = OAuthClient::new("client", "canary-secret").provider(provider());
        let builder = AuthorizationServer::builder(client).transport(mock.clone());
        let server = builder.build().await.unwrap();
        let (result, shown) = signing_in(server.sign_in(), async |page| {
            let state = page.state();
            get(&page.back(&[("code", "canary-code"), ("state", state)])).await
        })
        .await;
        let verifier = form(&mock.requests()[0])["code_verifier"].clone();
        let error = result.unwrap_err();
        let mut texts = vec![format!("{error:?}"), shown.body, format!("{server:?}")];
        let mut source: Option<&dyn std::error::Error> = Some(&error);
        while let Some(cause) = source {
            texts.push(format!("{cause} {cause:?}"));
            source = cause.source();
        }
        for text in texts {
            assert!(
                !text.contains("canary") && !text.contains(&verifier),
                "{text}"
            );
        }
    }
}
