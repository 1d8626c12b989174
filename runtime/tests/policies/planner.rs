//! The richest of the connectors: what its policies make of a call is what Microsoft Graph documents for `plannerTask` and
//! `plannerTaskDetails`.

use connector_runtime::mock::Reply;
use connector_runtime::policy::{Action, Exists, Path, Piece, Policy, Target, Template};

use super::{Case, at, case, json, text};

const ORIGINAL: Option<Template> = Some(Template::new(&[Piece::Method]));

fn assignments() -> Vec<Policy> {
    let parent = Path::body(&["assignments"]);
    let user = Path::item(&["userId"]);
    let name = Path::here(&["userId"]);
    let set = |name, value| Action::SetProperty {
        parent,
        name,
        value,
    };
    let body = Path::body(&[]);
    vec![
        Policy::request(Action::TextToArray {
            parent: body,
            name: Path::here(&["assignments"]),
            target: parent,
            delimiters: ";",
            child: "userId",
        }),
        Policy::request(set(Path::here(&["orderHint"]), text(&[Piece::Text(" !")])))
            .operations(&["doThing"]),
        Policy::request(set(
            Path::here(&["@odata.type"]),
            text(&[Piece::Text("microsoft.graph.plannerAssignment")]),
        ))
        .operations(&["doThing"]),
        Policy::request(Action::EncodeText {
            parent,
            name,
            target: user,
        }),
        Policy::request(Action::ReplaceText {
            parent,
            name,
            from: ".",
            to: "%2E",
            target: user,
        }),
        Policy::request(Action::ArrayToObject {
            parent: body,
            name: Path::here(&["assignments"]),
            target: parent,
            key: Path::here(&["userId"]),
            retain_key: false,
        }),
    ]
}

#[tokio::test]
async fn assigned_users_become_an_open_type_of_graph() {
    let case =
        case(assignments()).body(json(r#"{"title": "t", "assignments": "6af1;ada@x.org;"}"#));
    let expected = r##"{"title": "t", "assignments": {
        "6af1": {"orderHint": " !", "@odata.type": "microsoft.graph.plannerAssignment"},
        "ada%40x%2Eorg": {"orderHint": " !", "@odata.type": "microsoft.graph.plannerAssignment"}
    }}"##;
    assert_eq!(case.sent().await.unwrap().json(), json(expected));
}

/// Graph takes a user off a task whose assignment is null.
#[tokio::test]
async fn unassigned_users_become_null() {
    let mut policies = assignments();
    policies.drain(1..3);
    let case = case(policies).body(json(r#"{"assignments": "6af1"}"#));
    assert_eq!(
        case.sent().await.unwrap().json(),
        json(r#"{"assignments": {"6af1": null}}"#)
    );
}

#[tokio::test]
async fn task_without_assignments_stays_without() {
    let case = case(assignments()).body(json(r#"{"title": "t"}"#));
    assert_eq!(case.sent().await.unwrap().json(), json(r#"{"title": "t"}"#));
}

fn details() -> Case {
    let references = Path::body(&["references"]);
    let link = Path::here(&["resourceLink"]);
    let mut policies = vec![
        Policy::request(Action::Route {
            path: text(&[
                Piece::Text("/v1.0/planner/tasks/"),
                Piece::PathParameter("id"),
                Piece::Text("/details"),
            ]),
            method: ORIGINAL,
        }),
        Policy::request(Action::SetFromUrl {
            url: text(&[
                Piece::Text("/v1.0/planner/tasks/"),
                Piece::PathParameter("id"),
                Piece::Text("/details"),
            ]),
            method: Some(text(&[Piece::Text("GET")])),
            value: at(Path::body(&["@odata.etag"])),
            target: Target::Header("If-Match"),
        }),
        Policy::request(Action::SetProperty {
            parent: references,
            name: Path::here(&["previewPriority"]),
            value: text(&[Piece::Text(" !")]),
        }),
    ];
    for (from, to) in [
        ("%", "%25"),
        (".", "%2E"),
        (":", "%3A"),
        ("@", "%40"),
        ("#", "%23"),
    ] {
        policies.push(Policy::request(Action::ReplaceText {
            parent: references,
            name: link,
            from,
            to,
            target: Path::item(&["resourceLink"]),
        }));
    }
    policies.push(Policy::request(Action::ArrayToObject {
        parent: Path::body(&[]),
        name: Path::here(&["references"]),
        target: references,
        key: link,
        retain_key: false,
    }));
    policies.push(Policy::response(Action::ObjectToArray {
        parent: Path::body(&[]),
        name: Path::here(&["references"]),
        target: references,
        key: "resourceLink",
        value: "value",
    }));
    for (from, to) in [
        ("%2E", "."),
        ("%3A", ":"),
        ("%25", "%"),
        ("%40", "@"),
        ("%23", "#"),
    ] {
        policies.push(Policy::response(Action::ReplaceText {
            parent: references,
            name: link,
            from,
            to,
            target: Path::item(&["resourceLink"]),
        }));
    }
    case(policies)
}

#[tokio::test]
async fn references_are_keyed_by_their_links_both_ways() {
    let case = details()
        .body(json(
            r#"{"references": [{"alias": "a", "resourceLink": "http://x.org/%20"}]}"#,
        ))
        .reply(Reply::bytes(
            200,
            "application/json",
            r#"{"@odata.etag": "W/1"}"#,
        ))
        .reply(Reply::bytes(
            200,
            "application/json",
            r#"{"references": {"http%3A//x%2Eorg/%2520": {"alias": "a"}}}"#,
        ));
    let mock = case.mock.clone();
    let answer = case.answer().await.unwrap();
    let requests = mock.requests();
    let url = "https://api.acme.example/v1/v1.0/planner/tasks/7/details";
    assert_eq!((requests[0].method(), requests[0].url()), ("GET", url));
    assert_eq!((requests[1].method(), requests[1].url()), ("POST", url));
    assert_eq!(requests[1].header("if-match"), Some("W/1"));
    let expected =
        r#"{"references": {"http%3A//x%2Eorg/%2520": {"alias": "a", "previewPriority": " !"}}}"#;
    assert_eq!(requests[1].json(), json(expected));
    let expected =
        r#"{"references": [{"resourceLink": "http://x.org/%20", "value": {"alias": "a"}}]}"#;
    assert_eq!(answer, json(expected));
}

#[tokio::test]
async fn lists_are_filtered_and_their_elements_converted() {
    let filter = &[Piece::Text("groupTypes/any(c:c eq 'Unified')")];
    let case = case(vec![
        Policy::request(Action::SetQuery {
            name: "$filter",
            value: text(filter),
            exists: Exists::Override,
        }),
        Policy::response(Action::ObjectToArray {
            parent: Path::body(&["value"]),
            name: Path::here(&["assignments"]),
            target: Path::item(&["_assignments"]),
            key: "userId",
            value: "value",
        }),
    ])
    .reply(Reply::bytes(
        200,
        "application/json",
        r#"{"value": [{"assignments": {"u": 1}}, {"assignments": {}}]}"#,
    ));
    let answer = case.answer().await.unwrap();
    let expected = r#"{"value": [
        {"assignments": {"u": 1}, "_assignments": [{"userId": "u", "value": 1}]},
        {"assignments": {}, "_assignments": []}
    ]}"#;
    assert_eq!(answer, json(expected));
}
