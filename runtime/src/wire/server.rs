//! Calls to a server, which judges them.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use http::header::LOCATION;
use http::{HeaderMap, Request, Response, Uri};
use serde_json::{Value, json};

use super::case::{Case, Tests};
use super::report::{Outcome, Verdict};
use super::{Make, credentials};
use crate::body::ByteStream;
use crate::client::Client;
use crate::codec::Decoding;
use crate::connection::{Connection, RetryPolicy};
use crate::descriptor::Api;
use crate::error::{Error, Result};
use crate::transport::{BoxFuture, ReqwestTransport, Transport, TransportError};

/// Names the server that calls are sent to.
const SERVER: &str = "CONNECTOR_TEST_SERVER";
/// Says which credentials calls have.
const CREDENTIALS: &str = "CONNECTOR_TEST_CREDENTIALS";
/// How the types of Prism's errors begin.
const PRISM: &str = "/prism/errors#";
/// Prism's errors that only come once it has found nothing wrong with the request, or has said so in the header of violations.
const WITHOUT_ANSWER: [&str; 4] = [
    "NOT_ACCEPTABLE",
    "NO_RESPONSE_RESPONSE_DEFINED",
    "NO_COMPLEX_OBJECT_TEXT",
    "VIOLATIONS",
];
/// The header in which Prism says what is wrong.
const VIOLATIONS: &str = "sl-violations";
/// How much of an answer a reason shows.
const EXCERPT: usize = 2_000;

/// The server to call, if there is one.
pub(super) fn address() -> Option<String> {
    let address = std::env::var(SERVER).ok();
    address.filter(|address| !address.is_empty())
}

/// Sends a call and reads what the server says about it.
pub(super) async fn call(
    api: &'static Api,
    server: &str,
    tests: &Tests<'_>,
    case: &Case<'_>,
    make: Make<'_>,
) -> Verdict {
    let wanted = std::env::var_os(CREDENTIALS).unwrap_or_default();
    match connection(api, &wanted.to_string_lossy()) {
        Ok(connection) => call_over(connection.base_url(server), api, tests, case, make).await,
        Err(reason) => Verdict::new(Outcome::Failed, reason),
    }
}

/// A connection with credentials of the kind that is wanted; none in particular means those of the crate's variables.
pub(super) fn connection(
    api: &'static Api,
    wanted: &str,
) -> std::result::Result<Connection, String> {
    match wanted {
        "" => Connection::from_env(api).map_err(|error| chain(&error)),
        "made-up" => Ok(credentials::made_up(api)),
        _ => Err(format!(
            "{CREDENTIALS} is `{wanted}`: it may be `made-up`, or unset for the credentials of the crate's own variables"
        )),
    }
}

/// Sends a call over a connection.
pub(super) async fn call_over(
    connection: Connection,
    api: &'static Api,
    tests: &Tests<'_>,
    case: &Case<'_>,
    make: Make<'_>,
) -> Verdict {
    let status = Arc::new(AtomicU16::new(0));
    let client = match client(connection, api, &status) {
        Ok(client) => client,
        Err(error) => return Verdict::new(Outcome::Failed, chain(&error)),
    };
    let call = match make(client, case) {
        Ok(call) => call,
        Err(error) => return Verdict::new(Outcome::Undecodable, error.to_string()),
    };
    let result = call.0.await;
    let answered = Some(status.load(Ordering::Relaxed)).filter(|status| *status > 0);
    match result {
        Ok(()) => Verdict::new(Outcome::Accepted, "").status(answered),
        Err(error) => verdict(&error, tests).status(error.status().or(answered)),
    }
}

fn client(connection: Connection, api: &'static Api, status: &Arc<AtomicU16>) -> Result<Client> {
    // What a test sees is the first answer.
    let connection = connection.retry(RetryPolicy::none());
    let transport = Watching {
        transport: ReqwestTransport::new(&connection)?,
        status: status.clone(),
    };
    // A test is there to tell of answers that others are forgiven.
    let builder = Client::builder(api)
        .connection(connection)
        .decoding(Decoding::Strict);
    builder.transport(transport).build()
}

/// Remembers the status of the last answer, and keeps to the server: an example may well lead to somebody else's.
struct Watching {
    transport: ReqwestTransport,
    status: Arc<AtomicU16>,
}

impl Transport for Watching {
    fn send(
        &self,
        request: Request<ByteStream>,
    ) -> BoxFuture<'_, Result<Response<ByteStream>, TransportError>> {
        Box::pin(async move {
            let origin = request.uri().clone();
            let mut response = self.transport.send(request).await?;
            self.status
                .store(response.status().as_u16(), Ordering::Relaxed);
            if response.status().is_redirection() && leads_away(&origin, response.headers()) {
                response.headers_mut().remove(LOCATION);
            }
            Ok(response)
        })
    }
}

/// Whether a redirect leads to another server.
fn leads_away(origin: &Uri, headers: &HeaderMap) -> bool {
    let location = headers.get(LOCATION).and_then(|it| it.to_str().ok());
    let location = location.and_then(|it| it.parse::<Uri>().ok());
    let authority = location.and_then(|it| it.authority().cloned());
    authority.is_some_and(|authority| Some(&authority) != origin.authority())
}

/// What an error says about the call.
fn verdict(error: &Error, tests: &Tests<'_>) -> Verdict {
    let body = error.body().map(|body| &body[..]).unwrap_or_default();
    let problem: Option<Value> = serde_json::from_slice(body).ok();
    let problem_type = problem
        .as_ref()
        .and_then(|problem| problem.get("type")?.as_str());
    let violations = violations(error);
    let prisms = problem_type.and_then(|name| Some(name.split_once(PRISM)?.1));
    let is_documented = |status: u16| {
        let mut all = tests.list("statuses").iter();
        all.any(|known| known.as_u64() == Some(u64::from(status)))
    };
    let outcome = match error.status() {
        Some(_) if violations.is_some() => Outcome::Rejected,
        Some(_) if prisms.is_some_and(|name| WITHOUT_ANSWER.contains(&name)) => Outcome::Unanswered,
        Some(_) if prisms.is_some() => Outcome::Rejected,
        // It found nothing wrong, and sends the caller elsewhere.
        Some(300..400) => Outcome::Unanswered,
        None | Some(..300) => Outcome::Failed,
        Some(404) if is_documented(404) => Outcome::Accepted,
        Some(400 | 401 | 403..=407 | 411 | 413..=415 | 417 | 422 | 431 | 501) => Outcome::Rejected,
        Some(500..) => Outcome::Failed,
        // It understood, and has reasons of its own.
        Some(_) => Outcome::Accepted,
    };
    let text = String::from_utf8_lossy(body);
    let reason = match body.is_empty() || error.status().is_none_or(|status| status < 400) {
        true => chain(error),
        // Whoever reads the report wants all of it.
        false if prisms.is_some() => text.into_owned(),
        false => excerpt(&text),
    };
    Verdict::new(outcome, violations.unwrap_or(reason))
}

/// What Prism finds wrong with a request that it answers with an error of the document, as it says it in its own errors.
fn violations(error: &Error) -> Option<String> {
    let header = error.headers()?.get(VIOLATIONS)?;
    let Ok(violations) = serde_json::from_slice::<Value>(header.as_bytes()) else {
        // A long list is cut off. What is wrong with the request is said before what is wrong with the answer.
        let text = String::from_utf8_lossy(header.as_bytes());
        let problem = json!({"type": format!("{PRISM}DOCUMENTED"), "detail": text});
        return text
            .contains(r#"[{"location":["request""#)
            .then(|| problem.to_string());
    };
    let is_wrong = |violation: &&Value| {
        let place = violation.get("location").and_then(|place| place.get(0));
        violation.get("severity").and_then(Value::as_str) == Some("Error")
            && place.and_then(Value::as_str) == Some("request")
    };
    let wrong: Vec<_> = violations.as_array()?.iter().filter(is_wrong).collect();
    let problem = json!({"type": format!("{PRISM}DOCUMENTED"), "validation": wrong});
    (!wrong.is_empty()).then(|| problem.to_string())
}

fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

/// An error with its causes.
pub(super) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    excerpt(&text)
}
