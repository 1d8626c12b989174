//! Forms that occur in published connectors, and those that must not be misread.

use super::{Problem, parse, parse_path};
use crate::model::{Path, Piece, Root, Template};

/// A template in one line: text as it is, everything else in `⟨⟩`.
fn show(template: &Template) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::ConnectionParameter(name, None) => format!("⟨connection {name}⟩"),
        Piece::ConnectionParameter(name, Some(default)) => {
            format!("⟨connection {name} or `{default}`⟩")
        }
        Piece::Header(name) => format!("⟨header {name}⟩"),
        Piece::Query(name) => format!("⟨query {name}⟩"),
        Piece::Path(path) => format!("⟨{}⟩", show_path(path)),
        Piece::PathParameter(name) => format!("⟨path {name}⟩"),
        Piece::Method => "⟨method⟩".to_owned(),
    };
    template.0.iter().map(piece).collect()
}

fn show_path(path: &Path) -> String {
    let root = match path.root {
        Root::Body => "body",
        Root::TriggerBody => "trigger",
        Root::Item => "item",
        Root::Here => "here",
    };
    format!("{root} {}", path.steps.join("/"))
        .trim_end()
        .to_owned()
}

fn read(text: &str, is_path: bool) -> (String, Vec<Problem>) {
    let mut problems = Vec::new();
    let template = parse(text, is_path, &mut problems);
    (show(&template), problems)
}

#[track_caller]
fn check(cases: &[(&str, &str)], is_path: bool) {
    for (text, expected) in cases {
        let (shown, problems) = read(text, is_path);
        assert_eq!(&shown, expected, "{text}");
        assert_eq!(problems, [], "{text}");
    }
}

#[test]
fn functions_are_found_in_text() {
    check(
        &[
            ("plain", "plain"),
            ("", ""),
            (
                "https://@connectionParameters('team').@connectionParameters('cluster').celonis.cloud/x",
                "https://⟨connection team⟩.⟨connection cluster⟩.celonis.cloud/x",
            ),
            (
                "https://@ConnectionParameters('contentgate-DnsName').content-gate.com",
                "https://⟨connection contentgate-DnsName⟩.content-gate.com",
            ),
            (
                "https://api@connectionParameters('token:environment')/@connectionParameters('token:region')/",
                "https://api⟨connection token:environment⟩/⟨connection token:region⟩/",
            ),
            (
                "https://@connectionParameters('host_url', 'a.b.net')",
                "https://⟨connection host_url or `a.b.net`⟩",
            ),
            (
                "@connectionParameters('siteUrl','https://a.b')",
                "⟨connection siteUrl or `https://a.b`⟩",
            ),
            (
                "@connectionParameters('api_key','');@connectionParameters('url','')",
                "⟨connection api_key or ``⟩;⟨connection url or ``⟩",
            ),
            ("@connectionParameters(‘cat’, ‘’)", "⟨connection cat or ``⟩"),
            (
                "Bearer @headers('Authorization')",
                "Bearer ⟨header Authorization⟩",
            ),
            ("@HEADERS( 'A b' )c", "⟨header A b⟩c"),
            (
                "[{\"rhs\":\"@queryParameters('criterias')\"}]",
                "[{\"rhs\":\"⟨query criterias⟩\"}]",
            ),
            (
                "https://@headers('a')/x?@headers('q')",
                "https://⟨header a⟩/x?⟨header q⟩",
            ),
            ("@Request.OriginalHTTPMethod", "⟨method⟩"),
            ("@request.originalHttpMethod", "⟨method⟩"),
        ],
        false,
    );
}

#[test]
fn quotes_in_arguments_are_doubled() {
    check(&[("@headers('it''s')", "⟨header it's⟩")], false);
}

#[test]
fn paths_go_on_as_long_as_they_can_be_read() {
    check(
        &[
            ("@body()", "⟨body⟩"),
            ("@body().a.b.", "⟨body a/b⟩."),
            ("@body()['@odata.id']/x", "⟨body @odata.id⟩/x"),
            (
                "@{triggerBody().data[0].contactID}",
                "⟨trigger data/0/contactID⟩",
            ),
            ("gt @{triggerBody()?['a']?.b}", "gt ⟨trigger a/b⟩"),
            (
                "https://x/{@body()['@odata.id']}",
                "https://x/⟨body @odata.id⟩",
            ),
            ("[{@body().payments}]", "[⟨body payments⟩]"),
            (
                "and(eq(state, '{@body().state}'), startsWith(path, '{ @body().path }'))",
                "and(eq(state, '⟨body state⟩'), startsWith(path, '⟨body path⟩'))",
            ),
            (
                "[{\"rules\": [{\"values\": {@body().filters} }] }]",
                "[{\"rules\": [{\"values\": ⟨body filters⟩ }] }]",
            ),
            (
                "'{@item()['id']}-{@item()['reference']}'",
                "'⟨item id⟩-⟨item reference⟩'",
            ),
            ("{@body().next}", "⟨body next⟩"),
        ],
        false,
    );
}

#[test]
fn what_is_no_expression_is_text() {
    check(
        &[
            ("@odata.nextLink", "@odata.nextLink"),
            ("ada@acme.com", "ada@acme.com"),
            ("@@id@@", "@id@"),
            ("a@", "a@"),
            ("@{", "@{"),
            ("@{name}", "@{name}"),
            ("https://{region}.acme.com", "https://{region}.acme.com"),
            ("{", "{"),
            ("@ (x)", "@ (x)"),
        ],
        false,
    );
}

#[test]
fn braces_in_paths_are_parameters_of_the_operation() {
    check(
        &[
            ("stations/{stationCode}", "stations/⟨path stationCode⟩"),
            (
                "/me/tasks('{task_id}')/complete",
                "/me/tasks('⟨path task_id⟩')/complete",
            ),
            ("/{questionnaire}({id})", "/⟨path questionnaire⟩(⟨path id⟩)"),
            (
                "/%40@connectionParameters('username')",
                "/%40⟨connection username⟩",
            ),
            (
                "/x?@queryParameters('a')=@queryParameters('b')",
                "/x?⟨query a⟩=⟨query b⟩",
            ),
            ("/{@body().id}/{id}", "/⟨body id⟩/⟨path id⟩"),
            ("/{}/{", "/{}/{"),
        ],
        true,
    );
}

#[test]
fn a_slip_is_taken_for_what_was_meant() {
    let (shown, problems) = read("/@queryParamters('id')/x", true);
    assert_eq!(shown, "/⟨query id⟩/x");
    let slip = Problem::Misspelled("queryParamters".to_owned(), "queryParameters");
    assert_eq!(problems, [slip]);
}

#[test]
fn unknown_functions_and_arguments_stay_text() {
    let (shown, problems) = read("a @{utcNow()} @concat('a')", false);
    assert_eq!(shown, "a @{utcNow()} @concat('a')");
    let unknown = ["utcNow", "concat"].map(|name| Problem::Unknown(name.to_owned()));
    assert_eq!(problems, unknown);
    let (shown, problems) = read("@headers(name)@headers()", false);
    assert_eq!(shown, "@headers(name)@headers()");
    assert_eq!(problems, [Problem::Arguments("headers".to_owned())]);
}

#[test]
fn paths_are_read_in_every_form() {
    for (text, expected) in [
        ("@body()", "body"),
        ("body()", "body"),
        (" @body().gifts ", "body gifts"),
        ("@item()._assignments", "item _assignments"),
        ("@triggerBody().data", "trigger data"),
        ("@{triggerBody().data}", "trigger data"),
        ("{@body()['a.b'][0].c}", "body a.b/0/c"),
        ("userId", "here userId"),
        ("a.b", "here a/b"),
        ("['@odata.type']", "here @odata.type"),
        ("['orderHint']", "here orderHint"),
        ("@odata.id", "here @odata.id"),
        ("two words", "here two words"),
        ("null", "here"),
        ("", "here"),
    ] {
        let mut problems = Vec::new();
        let path = parse_path(text, &mut problems);
        assert_eq!(show_path(&path), expected, "{text}");
        assert_eq!(problems, [], "{text}");
    }
}

#[test]
fn a_template_beyond_all_measure_is_text() {
    for unit in ["@headers(“", "{", "@{", "@x1()", "{@body("] {
        let text = unit.repeat(200_000);
        let (_, problems) = read(&text, true);
        assert_eq!(problems, [Problem::TooLong], "{unit}");
        let mut problems = Vec::new();
        parse_path(&text, &mut problems);
        assert_eq!(problems, [Problem::TooLong], "{unit}");
    }
}
