//! Pages: recognised where there is no doubt, otherwise as the settings say.

use super::{Lowered, Options, document_with};
use crate::diagnostics::Code;
use crate::model::KnownBy;
use crate::settings::Settings;

/// `METHOD /list` with these parameters, whose answer has these properties, under settings.
fn list_with(method: &str, rest: &str, answer: &str, settings: &str) -> Lowered {
    let yaml = format!(
        "openapi: 3.1.0
info: {{title: T, version: '1'}}
paths:
  /list:
    {method}:
      operationId: list
      {rest}
      responses:
        '200': {{description: d, headers: {{X-A: {{schema: {{type: string}}}}}}, content: {{application/json: {{schema: {answer}}}}}}}
components:
  schemas:
    Thing: {{type: object, properties: {{id: {{type: string}}, n: {{type: integer}}}}}}
"
    );
    let options = Options {
        settings: Settings::parse("connector.toml", settings).unwrap(),
        ..Options::default()
    };
    document_with(&yaml, &options)
}

/// How `GET /list` pages with these query parameters (`name:type`, with a default or minimum behind it).
fn pages(parameters: &[&str], properties: &str) -> Option<String> {
    let parameters: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let (name, schema) = parameter.split_once(':').unwrap();
            format!("{{in: query, name: {name}, schema: {{type: {schema}}}}}")
        })
        .collect();
    let rest = format!("parameters: [{}]", parameters.join(", "));
    let answer = match properties {
        "[]" => "{type: array, items: {$ref: '#/components/schemas/Thing'}}".to_owned(),
        properties => format!(
            "{{type: object, properties: {{data: {{type: array, items: {{$ref: '#/components/schemas/Thing'}}}}, {properties}}}}}"
        ),
    };
    shown(&list_with("get", &rest, &answer, ""))
}

fn shown(of: &Lowered) -> Option<String> {
    let paging = of.operation().extensions.paging.as_ref()?;
    assert_ne!(of.show(&paging.item), "Value", "elements have a type");
    Some(paging.to_string())
}

const FIRST: &str = "number: {type: integer}";

#[test]
fn urls_and_cursors_are_recognised() {
    for (parameters, properties, expected) in [
        (
            &[][..],
            "next_page_uri: {type: string}",
            "link `next_page_uri`, elements in `data`",
        ),
        (
            &[],
            "links: {type: object, properties: {next: {type: string}}}",
            "link `links.next`, elements in `data`",
        ),
        (
            &[],
            "next: {type: string, description: The URL of the next page.}",
            "link `next`, elements in `data`",
        ),
        (
            &["cursor:string"],
            "meta: {type: object, properties: {next_cursor: {type: [string, 'null']}}}",
            "cursor `meta.next_cursor` to `cursor`, elements in `data`",
        ),
        (
            &["page_token:string", "page_size:integer"],
            "next_page_token: {type: string}",
            "cursor `next_page_token` to `page_token`, elements in `data`",
        ),
        (
            &["page:string", "limit:integer"],
            "next_page: {type: string}, has_more: {type: boolean}",
            "cursor `next_page` to `page`, more in `has_more`, elements in `data`",
        ),
        (
            &["offset:string"],
            "next_page: {type: object, properties: {offset: {type: string}, uri: {type: string}}}",
            "cursor `next_page.offset` to `offset`, elements in `data`",
        ),
        (
            &["starting_after:string", "ending_before:string"],
            "has_more: {type: boolean}",
            "last element's `id` to `starting_after`, more in `has_more`, elements in `data`",
        ),
        (
            &["after:string"],
            "has_more: {type: boolean}, first_id: {type: string}, last_id: {type: string}",
            "cursor `last_id` to `after`, more in `has_more`, elements in `data`",
        ),
    ] {
        assert_eq!(pages(parameters, properties).as_deref(), Some(expected));
    }
}

#[test]
fn offsets_and_numbers_are_recognised() {
    for (parameters, properties, expected) in [
        (
            &["offset:integer", "limit:integer"][..],
            "[]",
            "offset `offset`",
        ),
        (
            &["$skip:integer", "$top:integer"],
            "total_count: {type: integer}",
            "offset `$skip`, total in `total_count`, elements in `data`",
        ),
        (
            &["page:integer, default: 1", "per_page:integer"],
            "[]",
            "page `page` from 1",
        ),
        (
            &["page:integer, minimum: 0", "size:integer"],
            "meta: {type: object, properties: {total_pages: {type: integer}}}",
            "page `page` from 0, pages in `meta.total_pages`, elements in `data`",
        ),
    ] {
        assert_eq!(pages(parameters, properties).as_deref(), Some(expected));
    }
}

#[test]
fn what_leaves_a_doubt_is_not_recognised() {
    for (parameters, properties) in [
        // No word about the number of the first page.
        (&["page:integer", "per_page:integer"][..], FIRST),
        (&["page:integer, default: 3", "per_page:integer"], FIRST),
        // One side only.
        (&["cursor:string"], FIRST),
        (&[], "next_cursor: {type: string}"),
        (&["offset:integer"], FIRST),
        (&["offset:string", "limit:integer"], FIRST),
        (&["offset:integer, default: 1", "limit:integer"], FIRST),
        (&["starting_after:string"], FIRST),
        // Two ways to the same end.
        (
            &["cursor:string"],
            "next: {type: string}, next_cursor: {type: string}",
        ),
        (&[], "next_url: {type: string}, next_link: {type: string}"),
        // Neither a cursor nor a URL by what is said of it.
        (&["since:string"], "next: {type: string}"),
        // Not exactly one list.
        (
            &["cursor:string"],
            "next_cursor: {type: string}, items: {type: array, items: {type: string}}",
        ),
    ] {
        assert_eq!(
            pages(parameters, properties),
            None,
            "{parameters:?} {properties}"
        );
    }
}

#[test]
fn a_documented_link_header_is_recognised() {
    let yaml = "openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /list:
    get:
      parameters: [{in: query, name: page, schema: {type: integer}}]
      responses:
        '200':
          description: d
          headers: {link: {schema: {type: string}}}
          content: {application/json: {schema: {type: array, items: {type: string}}}}
";
    let of = document_with(yaml, &Options::default());
    assert_eq!(shown(&of).as_deref(), Some("`Link` header"));
}

#[test]
fn a_token_in_the_body_is_recognised_where_it_comes_back() {
    let rest = "requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {filter: {type: string}, continuationToken: {type: string}}}}}}";
    let answer = "{type: object, properties: {value: {type: array, items: {type: string}}, continuationToken: {type: string}}}";
    let of = list_with("post", rest, answer, "");
    let paging = of.operation().extensions.paging.as_ref().unwrap();
    assert!(paging.in_body);
    assert_eq!(
        paging.to_string(),
        "cursor `continuationToken` to `continuationToken`, elements in `value`"
    );
    assert_eq!(paging.known_by, KnownBy::Shape);
}

const PLAIN: &str = "{type: object, properties: {things: {type: array, items: {$ref: '#/components/schemas/Thing'}}, n: {type: integer}}}";
const PAGE: &str = "parameters: [{in: query, name: page, schema: {type: integer}}]";

#[test]
fn settings_say_how_an_operation_pages_or_that_it_does_not() {
    let table =
        "[operations.list.paging]\nby = \"page\"\nparameter = \"page\"\nfirst = 0\nmore = \"more\"";
    let of = list_with("get", PAGE, PLAIN, table);
    assert_eq!(
        shown(&of).as_deref(),
        Some("page `page` from 0, more in `more`, elements in `things`")
    );
    let paging = of.operation().extensions.paging.as_ref();
    assert_eq!(paging.unwrap().known_by, KnownBy::Settings);
    let link = "{type: object, properties: {value: {type: array, items: {type: string}}, nextLink: {type: string}}}";
    assert!(shown(&list_with("get", PAGE, link, "")).is_some());
    let off = "[operations.\"GET /list\"]\npaging = false";
    assert!(shown(&list_with("get", PAGE, link, off)).is_none());
}

#[test]
fn places_that_the_answer_does_not_have_are_doubted() {
    let answer = "{type: object, additionalProperties: false, properties: {things: {type: array, items: {type: string}}, page: {type: object, additionalProperties: false, properties: {next_cursor: {type: string}}}, meta: {type: object, additionalProperties: true}}}";
    let doubts = |table: &str| {
        let table = format!(
            "[operations.list.paging]\nby = \"cursor\"\nparameter = \"page\"\nitems = \"things\"\n{table}"
        );
        let of = list_with("get", PAGE, answer, &table);
        assert!(of.operation().extensions.paging.is_some());
        let found = of.diagnostics.iter();
        let found = found.filter(|one| one.code == Code::SettingsInvalid);
        let line = |one: &crate::diagnostics::Diagnostic| {
            format!("{} {}", one.location.as_ref().unwrap(), one.message)
        };
        found.map(line).collect::<Vec<_>>()
    };
    assert_eq!(doubts("next = \"page.next_cursor\""), [""; 0]);
    assert_eq!(doubts("next = \"meta.cursor\""), [""; 0]);
    assert_eq!(
        doubts("next = \"page.nextCursor\""),
        [
            "connector.toml:5:8 as documented, the answer of `list` has no `page.nextCursor`; where it would be, there is `next_cursor`"
        ]
    );
    assert_eq!(
        doubts("next = \"page.next_cursor\"\nmore = \"has_moor\"").len(),
        1
    );
}

#[test]
fn a_property_that_the_body_does_not_have_is_doubted() {
    let body = "requestBody: {required: true, content: {application/json: {schema: {type: object, additionalProperties: false, properties: {page: {type: integer}}}}}}";
    let doubts = |parameter: &str| {
        let table = format!(
            "[operations.list.paging]\nby = \"page\"\nin-body = true\nparameter = \"{parameter}\""
        );
        let of = list_with("post", body, PLAIN, &table);
        assert!(of.operation().extensions.paging.is_some());
        let found = of.diagnostics.iter();
        let found = found.filter(|one| one.code == Code::SettingsInvalid);
        found.map(|one| one.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(doubts("page"), [""; 0]);
    assert_eq!(
        doubts("pages"),
        ["as documented, the body of `list` has no `pages`; where it would be, there is `page`"]
    );
}

#[test]
fn settings_that_do_not_fit_are_errors_at_their_place() {
    for (table, place, message) in [
        (
            "by = \"page\"\nparameter = \"nope\"",
            "3:13",
            "no query parameter `nope`",
        ),
        (
            "by = \"page\"\nparameter = \"page\"\nin-body = true",
            "1:1",
            "has no body",
        ),
        (
            "by = \"link\"\nnext = \"x\"\nitems = \"n\"",
            "4:9",
            "`n` is no list",
        ),
    ] {
        let of = list_with(
            "get",
            PAGE,
            PLAIN,
            &format!("[operations.list.paging]\n{table}"),
        );
        let found = of
            .diagnostics
            .iter()
            .find(|one| one.code == Code::SettingsInvalid);
        let found = found.unwrap_or_else(|| panic!("{table}"));
        assert!(found.message.contains(message), "{}", found.message);
        let location = found.location.as_ref().unwrap().to_string();
        assert_eq!(location, format!("connector.toml:{place}"), "{table}");
    }
    let table = "[operations.list.paging]\nby = \"link-header\"";
    let of = list_with("get", PAGE, "{type: string}", table);
    assert!(of.has(Code::SettingsInvalid), "no list anywhere");
}
