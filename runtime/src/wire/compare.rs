//! Calls that stay in the process: what was sent is compared with what the document asks for.

use serde_json::Value;

use super::case::{Case, Tests, list};
use super::report::{Outcome, Verdict};
use super::value::{is_same, text, unescaped};
use super::{Make, credentials, parts};
use crate::client::Client;
use crate::codec::Decoding;
use crate::descriptor::{Api, essence};
use crate::mock::{CapturedRequest, MockTransport, Reply};

/// An origin that credentials go to, and that there is none of (RFC 6761).
const BASE_URL: &str = "https://wire.invalid";

/// Makes a call and compares it.
pub(super) async fn call(
    api: &'static Api,
    tests: &Tests<'_>,
    case: &Case<'_>,
    make: Make<'_>,
) -> Verdict {
    let mock = MockTransport::new();
    mock.reply(reply(case.answer));
    let connection = credentials::made_up(api).base_url(BASE_URL);
    // What was made up from the document has its types.
    let builder = Client::builder(api)
        .connection(connection)
        .decoding(Decoding::Strict);
    let client = match builder.transport(mock.clone()).build() {
        Ok(client) => client,
        Err(error) => return Verdict::new(Outcome::Failed, error.to_string()),
    };
    let call = match make(client, case) {
        Ok(call) => call,
        Err(error) => return Verdict::new(Outcome::Undecodable, error.to_string()),
    };
    let result = call.0.await;
    let requests = mock.requests();
    let [request] = requests.as_slice() else {
        let reason = match &result {
            Err(error) => format!("nothing was sent: {}", super::server::chain(error)),
            Ok(()) => format!("{} requests were sent", requests.len()),
        };
        return Verdict::new(Outcome::Failed, reason);
    };
    let differences = match tests.is("rewritten") {
        true => Vec::new(),
        false => differences(tests, case, request),
    };
    if !differences.is_empty() {
        return Verdict::new(Outcome::Rejected, differences.join("; "));
    }
    match result {
        Ok(()) => Verdict::new(Outcome::Accepted, ""),
        Err(error) => {
            let reason = super::server::chain(&error);
            Verdict::new(Outcome::Failed, format!("the answer: {reason}")).status(error.status())
        }
    }
}

/// The answer of the mock.
fn reply(answer: Option<&Value>) -> Reply {
    let status = answer.and_then(|answer| answer.get("status")?.as_u64());
    let status = status.and_then(|status| u16::try_from(status).ok());
    let status = status.unwrap_or(200);
    let media_type = answer.and_then(|answer| answer.get("type")?.as_str());
    let Some((answer, media_type)) = answer.zip(media_type) else {
        return Reply::status(status);
    };
    let body = match answer.get("json") {
        Some(json) => json.to_string(),
        None => answer.get("text").map(text).unwrap_or_default(),
    };
    Reply::bytes(status, media_type, body)
}

/// What differs between a request and what is expected of it.
fn differences(tests: &Tests<'_>, case: &Case<'_>, request: &CapturedRequest) -> Vec<String> {
    let sent = case.sent();
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: &str, actual: &str| {
        if expected != actual {
            found.push(format!("{what} is `{actual}`, expected `{expected}`"));
        }
    };
    compare("the method", tests.text("method"), request.method());
    let path = member(sent, "path");
    let path = if path.is_empty() { "/" } else { path };
    compare("the path", path, request.path());
    let hidden = names(sent, "unspecified");
    let query = without(request.raw_query(), &hidden);
    compare("the query", member(sent, "query"), &query);
    let headers = sent.get("headers").and_then(Value::as_object);
    for (name, value) in headers.into_iter().flatten() {
        let actual = request.header(name).unwrap_or("(nothing)");
        compare(&format!("the header `{name}`"), &text(value), actual);
    }
    let cookies = cookies(request);
    for pair in list(sent, "cookies") {
        let (name, value) = (part(pair, 0), part(pair, 1));
        let actual = cookies.iter().find(|(known, _)| *known == name);
        let actual = actual.map_or("(nothing)", |(_, value)| value.as_str());
        compare(&format!("the cookie `{name}`"), &value, actual);
    }
    found.extend(missing_credentials(tests, request, &cookies));
    found.extend(body(case, request));
    found
}

fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn names(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().map(text).collect()
}

fn part(pair: &Value, index: usize) -> String {
    pair.get(index).map(text).unwrap_or_default()
}

/// A query or form without some names, and without what is in brackets behind them.
fn without(pairs: &str, names: &[String]) -> String {
    let is_hidden = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = unescaped(name, true);
        names.iter().any(|hidden| {
            let rest = name.strip_prefix(hidden.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        })
    };
    let kept = pairs.split('&').filter(|pair| !is_hidden(pair));
    kept.collect::<Vec<_>>().join("&")
}

fn cookies(request: &CapturedRequest) -> Vec<(String, String)> {
    let all = request.header("cookie").unwrap_or_default();
    let pairs = all.split("; ").filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (unescaped(name, false), unescaped(value, false)))
        .collect()
}

/// What credentials should have left in the request and didn't.
fn missing_credentials(
    tests: &Tests<'_>,
    request: &CapturedRequest,
    cookies: &[(String, String)],
) -> Vec<String> {
    let is_missing = |place: &&Value| {
        let (header, query, cookie) = (
            member(place, "header"),
            member(place, "query"),
            member(place, "cookie"),
        );
        !(request.headers().contains_key(header)
            || request.query().iter().any(|(name, _)| name == query)
            || cookies.iter().any(|(name, _)| name == cookie))
    };
    let missing = tests.list("credentials").iter().filter(is_missing);
    missing
        .map(|place| format!("the credential is missing: {place}"))
        .collect()
}

/// What is wrong with the body.
fn body(case: &Case<'_>, request: &CapturedRequest) -> Option<String> {
    let sent = case.sent();
    let media_type = member(sent, "type");
    let actual = request.header("content-type").unwrap_or_default();
    if media_type.is_empty() {
        let empty = request.body().is_empty();
        return (!empty).then(|| format!("there is a body: `{}`", request.text()));
    }
    // Parameters of a media type, such as the boundary, are the client's business.
    if !essence(actual).eq_ignore_ascii_case(essence(media_type)) {
        return Some(format!(
            "the media type is `{actual}`, expected `{media_type}`"
        ));
    }
    let given = |name: &str| case.body_member(name).unwrap_or(&Value::Null);
    let mismatch = |expected: &str| {
        let actual = request.text();
        (actual != expected).then(|| format!("the body is `{actual}`, expected `{expected}`"))
    };
    match (sent.get("form"), sent.get("parts")) {
        (Some(form), _) => form_differs(form, &request.text()),
        (None, Some(parts)) => parts::differ(parts, actual, request.body()),
        (None, None) if case.body_member("text").is_some() => mismatch(&text(given("text"))),
        (None, None) => {
            let same = is_same(given("value"), &request.json());
            (!same).then(|| {
                format!(
                    "the body is `{}`, expected `{}`",
                    request.text(),
                    given("value")
                )
            })
        }
    }
}

fn form_differs(form: &Value, actual: &str) -> Option<String> {
    let actual = without(actual, &names(form, "unspecified"));
    let expected = member(form, "text");
    let pairs = |form: &str| -> Vec<(String, String)> {
        let pairs = form.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (unescaped(name, true), unescaped(value, true))
            })
            .collect()
    };
    let same = match form.get("exact") == Some(&Value::Bool(true)) {
        true => actual == expected,
        false => pairs(&actual) == pairs(expected),
    };
    (!same).then(|| format!("the form is `{actual}`, expected `{expected}`"))
}
