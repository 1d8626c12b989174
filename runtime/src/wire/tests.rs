//! A right request passes, and each way to be wrong is found.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::*;
use crate::codec::{Map, Value as Json};
use crate::descriptor::{Encoding, MediaType, Operation, Parameter, Requirement, SecurityScheme};
use crate::request::Request;
use crate::response::Json as Answer;

static API: Api =
    Api::new("wire", "1").security_schemes(&[SecurityScheme::api_key_query("key", "key")]);

static CREATE: Operation = Operation::new("create", "POST", "/things/{id}")
    .parameters(&[
        Parameter::path("id"),
        Parameter::query("tags").explode(false),
        Parameter::header("X-Trace"),
        Parameter::cookie("session"),
    ])
    .bodies(&[
        MediaType::new("application/json"),
        MediaType::new("application/x-www-form-urlencoded"),
        MediaType::new("multipart/form-data")
            .encoding(&[Encoding::new("photo").content_type("image/png")]),
    ])
    .security(&[&[Requirement::new("key", &[])]]);

/// A case that is right for [`make`].
fn right() -> Value {
    json!({
        "method": "POST",
        "credentials": [{"query": "key"}],
        "cases": [{
            "name": "required",
            "arguments": {"id": "a/b", "tags": ["x,y", "z"], "trace": "t", "session": "s p"},
            "body": {"media": 0, "value": {"size": 5.0, "list": [1]}},
            "sent": {
                "path": "/things/a%2Fb",
                "query": "tags=x%2Cy,z",
                "unspecified": ["key"],
                "headers": {"X-Trace": "t"},
                "cookies": [["session", "s p"]],
                "type": "application/json",
            },
        }],
        "answers": [{"status": 201, "type": "application/json", "json": {"n": "x"}}],
    })
}

fn make(client: Client, case: &Case<'_>) -> Result<Call, Undecodable> {
    let mut request = Request::new(&client, &CREATE);
    request.set(0, &case.required::<String>("id")?);
    for (index, name) in [(1, "tags"), (2, "trace"), (3, "session")] {
        if let Some(value) = case.optional::<Json>(name)? {
            request.set(index, &value);
        }
    }
    match case.media() {
        Some(0) => request.json(0, &case.body::<Json>()?),
        Some(1) => request.form(1, &case.body::<Json>()?),
        Some(2) => {
            let form = crate::body::Multipart::new().file("photo", case.file("photo")?);
            request.multipart(2, form.value("title", &case.part::<String>("title")?));
        }
        _ => {}
    }
    Ok(request.send::<Answer<Map<String>>>().into())
}

fn cases(test: &Value) -> Cases {
    let json = json!({ "create": test }).to_string();
    Cases::new(json.leak())
}

/// What is wrong with the calls of a test in this process.
fn wrong(test: &Value) -> String {
    failures(&API, &cases(test), "create", &make).join("\n")
}

/// The right test with another value at a pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut test = right();
    *test.pointer_mut(pointer).unwrap() = value;
    test
}

#[test]
fn a_right_request_passes() {
    assert_eq!(wrong(&right()), "");
}

#[test]
fn each_part_of_a_request_is_compared() {
    for (pointer, value, expected) in [
        (
            "/method",
            json!("PUT"),
            "the method is `POST`, expected `PUT`",
        ),
        (
            "/cases/0/sent/path",
            json!("/things/a/b"),
            "the path is `/things/a%2Fb`",
        ),
        (
            "/cases/0/sent/query",
            json!("tags=x,y,z"),
            "the query is `tags=x%2Cy,z`",
        ),
        (
            "/cases/0/sent/headers",
            json!({"X-Trace": "u"}),
            "the header `X-Trace` is `t`",
        ),
        (
            "/cases/0/sent/headers",
            json!({"X-Other": "t"}),
            "the header `X-Other` is `(nothing)`",
        ),
        (
            "/cases/0/sent/cookies",
            json!([["session", "s"]]),
            "the cookie `session` is `s p`",
        ),
        (
            "/cases/0/sent/type",
            json!("text/plain"),
            "the media type is `application/json`",
        ),
        ("/cases/0/sent/type", json!(""), "there is a body"),
        (
            "/credentials",
            json!([{"header": "Authorization"}]),
            "the credential is missing",
        ),
        ("/answers/0/json", json!({"n": 1}), "the answer: "),
        ("/cases/0/arguments/id", json!(5), "undecodable: `id`"),
        ("/cases/0/arguments/id", json!(""), "nothing was sent"),
    ] {
        let found = wrong(&with(pointer, value.clone()));
        assert!(found.contains(expected), "{pointer} {value}: {found}");
    }
}

#[test]
fn json_is_compared_by_its_meaning() {
    let mut test = right();
    test["cases"][0]["body"] = json!({"media": 0, "value": {"list": [1.0], "size": 5}});
    assert_eq!(wrong(&test), "");
}

#[test]
fn an_unknown_operation_is_no_success() {
    let failures = failures(&API, &cases(&right()), "other", &make);
    assert_eq!(failures, ["there are no calls of `other`"]);
}

fn form_test(text: &str, exact: bool) -> Value {
    let mut test = right();
    let case = &mut test["cases"][0];
    case["body"] = json!({"media": 1, "value": {"a": "b c", "o": {"p": 1}}});
    case["sent"]["type"] = json!("application/x-www-form-urlencoded");
    case["sent"]["form"] = json!({"text": text, "exact": exact, "unspecified": ["o"]});
    test
}

#[test]
fn forms_are_compared_escape_by_escape_or_pair_by_pair() {
    assert_eq!(wrong(&form_test("a=b+c", true)), "");
    assert!(wrong(&form_test("a=b%20c", true)).contains("the form is `a=b+c`"));
    assert_eq!(wrong(&form_test("a=b%20c", false)), "");
    assert!(wrong(&form_test("a=d", false)).contains("the form is"));
}

fn parts_test(parts: Value) -> Value {
    let mut test = right();
    let case = &mut test["cases"][0];
    case["body"] = json!({"media": 2, "value": {"photo": "bytes", "title": "t"}});
    case["sent"]["type"] = json!("multipart/form-data");
    case["sent"]["parts"] = parts;
    test
}

#[test]
fn parts_are_compared_one_by_one() {
    let photo = json!({"name": "photo", "file": "file.bin", "type": "image/png", "text": "bytes"});
    let title = json!({"name": "title", "text": "t"});
    assert_eq!(wrong(&parts_test(json!([photo, title]))), "");
    assert!(wrong(&parts_test(json!([photo]))).contains("there are 2 parts, expected 1"));
    for (key, value, expected) in [
        ("name", "picture", "a part is Some(\"photo\")"),
        ("file", "other.bin", "the file of the part `photo`"),
        (
            "type",
            "image/gif",
            "the media type of the part `photo` is `image/png`",
        ),
        ("text", "other", "the part `photo` is `bytes`"),
    ] {
        let mut changed = photo.clone();
        changed[key] = json!(value);
        let found = wrong(&parts_test(json!([changed, title])));
        assert!(found.contains(expected), "{key}: {found}");
    }
}

/// Answers one request.
fn server(status: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

fn judged(status: &str, body: &str, test: &Value) -> Verdict {
    let cases = cases(test);
    let tests = cases.of("create").unwrap();
    let case = tests.cases().next().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let connection = credentials::made_up(&API);
    let address = server(status, body);
    runtime.block_on(server::call_over(
        connection.base_url(address),
        &API,
        &tests,
        &case,
        &make,
    ))
}

#[test]
fn answers_are_judged_by_what_they_say_about_the_request() {
    let prism =
        r#"{"type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY", "title": "x"}"#;
    for (status, body, expected) in [
        ("201 Created", r#"{"n": "x"}"#, Outcome::Accepted),
        ("201 Created", r#"{"n": 1}"#, Outcome::Failed),
        ("400 Bad Request", "{}", Outcome::Rejected),
        ("401 Unauthorized", "{}", Outcome::Rejected),
        ("404 Not Found", "{}", Outcome::Rejected),
        ("409 Conflict", "{}", Outcome::Accepted),
        ("415 Unsupported Media Type", "{}", Outcome::Rejected),
        ("422 Unprocessable Content", "{}", Outcome::Rejected),
        ("500 Internal Server Error", "{}", Outcome::Failed),
        ("500 Internal Server Error", prism, Outcome::Rejected),
    ] {
        let verdict = judged(status, body, &right());
        assert_eq!(verdict.outcome, expected, "{status}: {verdict}");
        let code = status.split(' ').next().unwrap().parse().ok();
        assert_eq!(verdict.status, code, "{status}");
    }
}

#[test]
fn calls_do_not_follow_redirects_to_other_servers() {
    let status = "302 Found\r\nlocation: https://elsewhere.invalid/x";
    let verdict = judged(status, "", &right());
    assert_eq!(verdict.outcome, Outcome::Unanswered, "{verdict}");
    assert_eq!(verdict.status, Some(302));
}

#[test]
fn things_that_are_not_there_are_no_fault_where_the_document_knows_of_them() {
    let mut test = right();
    test["statuses"] = json!([404]);
    assert_eq!(
        judged("404 Not Found", "{}", &test).outcome,
        Outcome::Accepted
    );
    let prism = r#"{"type": "https://stoplight.io/prism/errors#NO_PATH_MATCHED"}"#;
    assert_eq!(
        judged("404 Not Found", prism, &test).outcome,
        Outcome::Rejected
    );
}

#[test]
fn prism_may_find_nothing_wrong_and_have_no_answer() {
    let problem = |name: &str| {
        json!({"type": format!("https://stoplight.io/prism/errors#{name}")}).to_string()
    };
    let said = |text: &str| format!("500 Internal Server Error\r\nsl-violations: {text}");
    let of = |place: &str| format!(r#"[{{"location":["{place}","body"],"severity":"Error"}}]"#);
    for (status, name, expected) in [
        (said("[]"), "NOT_ACCEPTABLE", Outcome::Unanswered),
        (said(&of("response")), "VIOLATIONS", Outcome::Unanswered),
        (said(&of("request")), "VIOLATIONS", Outcome::Rejected),
        (
            said(&format!("Too many violations! {}", &of("request")[..30])),
            "VIOLATIONS",
            Outcome::Rejected,
        ),
        (
            said(&format!("Too many violations! {}", &of("response")[..30])),
            "VIOLATIONS",
            Outcome::Unanswered,
        ),
        // These come where a request is wrong as well.
        (said("[]"), "UNKNOWN", Outcome::Rejected),
        (said("[]"), "SCHEMA_TOO_COMPLEX", Outcome::Rejected),
    ] {
        let verdict = judged(&status, &problem(name), &right());
        assert_eq!(verdict.outcome, expected, "{status}: {verdict}");
    }
}

#[test]
fn every_answer_is_read() {
    let mut test = right();
    let answer = |n: Value| json!({"status": 201, "type": "application/json", "json": {"n": n}});
    test["answers"] = json!([answer(json!("x")), answer(json!(1))]);
    assert!(
        wrong(&test).contains("`n`") || wrong(&test).contains("string"),
        "{}",
        wrong(&test)
    );
}

#[test]
fn operations_with_the_same_answers_name_each_other() {
    let mut other = right();
    other["answers"] = json!("first");
    let mut first = right();
    first["answers"] = json!([{"status": 201, "type": "application/json", "json": {"n": 1}}]);
    let json = json!({"first": first, "create": other}).to_string();
    let failures = failures(&API, &Cases::new(json.leak()), "create", &make);
    assert_eq!(failures.len(), 1, "{failures:?}");
}

#[test]
fn credentials_of_an_unknown_kind_are_refused() {
    assert!(server::connection(&API, "made-up").is_ok());
    let reason = server::connection(&API, "made_up").unwrap_err();
    assert!(
        reason.contains("`made_up`: it may be `made-up`"),
        "{reason}"
    );
}
