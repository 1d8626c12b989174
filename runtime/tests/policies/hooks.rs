//! Hooks.

use std::time::Duration;

use connector_runtime::hook::{Hook, HookRequest, HookResponse, Input, TokenExchange};
use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::policy::{Action, Exists, Piece, Policy};
use connector_runtime::transport::BoxFuture;
use connector_runtime::{Credential, Empty, Json, Result, Value};

use super::{Case, case, json, text};

/// Adds its name to a header and to a list in the body, both ways.
struct Mark(&'static str);

impl Hook for Mark {
    fn request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let own = request.header("x-own").unwrap_or_default();
            request.set_header("x-own", &format!("{own}{}", self.0))
        })
    }

    fn response<'a>(&'a self, response: &'a mut HookResponse<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let before = response.json().unwrap_or_default();
            let before = before.as_str().unwrap_or_default();
            response.set_json(&Value::from(format!("{before}{}", self.0)))
        })
    }
}

#[tokio::test]
async fn hooks_run_in_order_after_policies_and_answers_pass_in_reverse() {
    let policy = Policy::request(Action::SetHeader {
        name: "x-own",
        value: text(&[Piece::Text("policy-")]),
        exists: Exists::Override,
    });
    let case = case(vec![policy]).with(|builder| builder.hook(Mark("a")).hook(Mark("b")));
    let mock = case.mock.clone();
    let answer = case.reply(Reply::json(200, "x")).answer().await.unwrap();
    assert_eq!(mock.requests()[0].header("x-own"), Some("policy-ab"));
    assert_eq!(answer, Value::from("xba"));
}

/// Rewrites everything.
struct Rewrite;

impl Hook for Rewrite {
    fn request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            assert_eq!(request.operation_id(), Some("doThing"));
            assert_eq!(request.body(), Some(&b"{}"[..]));
            let host = request.connection_parameter("HOST").unwrap().to_owned();
            request.set_url(&format!("https://{host}/deep/path?a=1"))?;
            request.set_method("PUT")?;
            request.remove_header("x-own");
            request.set_json(&json(r#"{"wrapped": true}"#));
            assert!(request.set_url("ftp://x").is_err());
            assert!(request.set_url("https://user@x/").is_err());
            Ok(())
        })
    }

    fn response<'a>(&'a self, response: &'a mut HookResponse<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if response.status() == 404 {
                response.set_status(200);
                response.set_json(&Value::Null)?;
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn hook_can_change_all_of_a_request_and_its_answer() {
    let case = case(vec![])
        .parameter("host", "acme.com")
        .header("own")
        .body(json("{}"))
        .with(|builder| builder.hook(Rewrite));
    let mock = case.mock.clone();
    let case = case.reply(Reply::bytes(404, "application/json", "{}"));
    let answer = case.request().unwrap().send::<Json<Option<Value>>>().await;
    assert_eq!(answer.unwrap(), None);
    let sent = mock.last_request().unwrap();
    assert_eq!(
        (sent.method(), sent.url()),
        ("PUT", "https://acme.com/deep/path?a=1")
    );
    assert_eq!(sent.header("x-own"), None);
    assert_eq!(sent.text(), r#"{"wrapped":true}"#);
}

/// Sends the call in the clear.
struct Downgrade;

impl Hook for Downgrade {
    fn request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { request.set_url("http://acme.com/") })
    }
}

#[tokio::test]
async fn hook_cannot_send_credentials_in_the_clear() {
    let with_key = case(vec![]).with(|builder| {
        let key = Credential::api_key("hush");
        builder.credential("key", key).hook(Downgrade)
    });
    assert!(with_key.refused().await.contains("not encrypted"));
    let without = case(vec![]).with(|builder| builder.hook(Downgrade));
    assert_eq!(without.sent().await.unwrap().url(), "http://acme.com/");
}

fn login() -> TokenExchange {
    TokenExchange::new("https://login.acme.example/login")
        .field("user", Input::parameter("user"))
        .field("secret", Input::parameter("api_key"))
        .request_header("x-version", Input::text("2"))
        .token_at(["data", "token"])
        .lifetime_at(["data", "ttl"])
        .into_header("X-Session", "Session ")
}

fn session(hook: TokenExchange) -> Case {
    case(vec![])
        .parameter("user", "ada")
        .parameter("api_key", "hush")
        .with(|builder| builder.hook(hook))
}

/// Hands out numbered tokens; the API takes those that `accepts` says.
fn server(mock: &MockTransport, accepts: fn(&str) -> bool) {
    let count = std::sync::atomic::AtomicU32::new(0);
    mock.handler(move |request: &CapturedRequest| {
        if request.url().starts_with("https://login.") {
            let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            let answer = format!(r#"{{"data": {{"token": "t{number}", "ttl": "600"}}}}"#);
            return Reply::bytes(200, "application/json", answer).delay(Duration::from_millis(5));
        }
        match request.header("x-session").is_some_and(accepts) {
            true => Reply::status(204),
            false => Reply::status(401),
        }
    });
}

fn logins(mock: &MockTransport) -> Vec<CapturedRequest> {
    let mut requests = mock.requests();
    requests.retain(|request| request.url().starts_with("https://login."));
    requests
}

#[tokio::test(start_paused = true)]
async fn token_is_fetched_once_for_all_calls_until_it_expires() {
    let case = session(login());
    let mock = case.mock.clone();
    server(&mock, |_| true);
    let request = case.request().unwrap();
    let send = || request.clone().send::<Empty>();
    let (first, second, third) = tokio::join!(send(), send(), send());
    first.and(second).and(third).unwrap();
    send().await.unwrap();
    let posted = logins(&mock);
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].method(), "POST");
    assert_eq!(
        posted[0].json(),
        json(r#"{"user": "ada", "secret": "hush"}"#)
    );
    assert_eq!(posted[0].header("x-version"), Some("2"));
    let last = mock.last_request().unwrap();
    assert_eq!(last.header("x-session"), Some("Session t1"));
    assert!(last.headers()["x-session"].is_sensitive());
    tokio::time::advance(Duration::from_secs(539)).await;
    send().await.unwrap();
    assert_eq!(logins(&mock).len(), 1);
    tokio::time::advance(Duration::from_secs(2)).await;
    send().await.unwrap();
    assert_eq!(logins(&mock).len(), 2);
}

#[tokio::test]
async fn refused_token_is_replaced_and_the_call_repeated_once() {
    let case = session(login());
    let mock = case.mock.clone();
    server(&mock, |token| token != "Session t1");
    let request = case.request().unwrap();
    request.clone().send::<Empty>().await.unwrap();
    assert_eq!(logins(&mock).len(), 2);
    assert_eq!(mock.requests().len(), 4);

    let case = session(login());
    let mock = case.mock.clone();
    server(&mock, |_| false);
    let error = case.request().unwrap().send::<Empty>().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(logins(&mock).len(), 2);
}

#[tokio::test]
async fn values_can_be_a_form_made_of_headers_that_stay_behind() {
    let hook = TokenExchange::new("/token")
        .form()
        .field("grant type", Input::text("a&b"))
        .field("key", Input::header("X-Own"));
    let case = case(vec![]).header("k").with(|builder| builder.hook(hook));
    let mock = case.mock.clone();
    mock.reply(Reply::bytes(
        200,
        "application/json",
        r#"{"access_token": "t"}"#,
    ));
    mock.reply(Reply::status(204));
    case.request().unwrap().send::<Empty>().await.unwrap();
    let requests = mock.requests();
    assert_eq!(requests[0].url(), "https://api.acme.example/token");
    assert_eq!(requests[0].text(), "grant%20type=a%26b&key=k");
    assert_eq!(requests[1].header("authorization"), Some("Bearer t"));
    assert_eq!(requests[1].header("x-own"), None);
}

#[tokio::test]
async fn exchange_that_fails_is_an_error_of_the_credential() {
    for (reply, expected) in [
        (Reply::status(403), "answered 403"),
        (Reply::text(200, "no"), "is no JSON"),
        (Reply::json(200, "t"), "has none at `data.token`"),
    ] {
        let case = session(login()).reply(reply);
        let error = case.answer().await.unwrap_err();
        assert!(error.is_credential());
        let message = error.to_string();
        assert!(
            message.contains(expected) && !message.contains("hush"),
            "{message}"
        );
    }
    let missing = case(vec![]).with(|builder| builder.hook(login()));
    assert!(missing.refused().await.contains("parameter `user`"));
    let plain = TokenExchange::new("http://login.acme.example/");
    assert!(session(plain).refused().await.contains("not encrypted"));
}
