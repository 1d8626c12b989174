//! Lists in pages: `Link` headers, next URLs, cursors, offsets, numbers of pages; going on where a list broke off.
//!
//! The first line says what leads to the next page: `header`, `link`, `cursor`, `last`, `offset` or `page`, with `body` behind it
//! where the position goes into the body. Each part is an answer, as for the target `answers`; after the last one comes the first.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use connector_runtime::mock::{CapturedRequest, MockTransport};
use connector_runtime::pages::link::{self, Link};
use connector_runtime::pages::{Pages, Paging};
use connector_runtime::{
    Api, Client, Credential, MediaType, Operation, Parameter, Request, Requirement, RetryPolicy,
    SecurityScheme, Server, Value,
};

use super::answers;
use super::block_on;
use crate::sections;

pub(super) const PIECES: &[&str] = &[
    "link: </v1/things?page=2>; rel=\"next\"",
    "; rel=next",
    "; anchor=\"",
    "; title*=UTF-8''x",
    "<",
    ">",
    "https://api.acme.example/v1/things?",
    "https://evil.example/",
    "//evil.example",
    "http://api.acme.example/",
    "https://u:p@api.acme.example/",
    "https://api.acme.example.evil.example/",
    "https://api.acme.example:8443/",
    "location: ",
    "\\\\evil.example",
    "\"next\":",
    "\"cursor\":",
    "\"more\":true",
    "\"total\":",
    "\"pages\":",
    "\"items\":[]",
    "\"id\":",
    "18446744073709551615",
    "=== ",
    "\n\n",
];

/// As many pages are asked for.
const PAGES: usize = 150;

static API: Api = Api::new("fuzz", "1")
    .servers(&[Server::new("https://api.acme.example/v1")])
    .security_schemes(&[SecurityScheme::bearer("token")]);
static LIST: Operation = Operation::new("list", "POST", "/things")
    .parameters(&[Parameter::query("offset"), Parameter::query("filter")])
    .bodies(&[MediaType::new("application/json")])
    .accept("application/json")
    .security(&[&[Requirement::new("token", &[])]]);

pub(super) fn run(input: &[u8]) -> String {
    let (head, answers) = sections::split(input);
    let mut said = String::new();
    for answer in &answers {
        let text = String::from_utf8_lossy(answer.body);
        let links = link::parse(&text);
        let _ = write!(said, "{} ", links.len().min(4));
        assert_eq!(link::parse(&written(&links)), links, "written and read");
    }
    let head = String::from_utf8_lossy(head).into_owned();
    let Some(paging) = paging(&head) else {
        return said + "no paging";
    };
    let replies: Option<Vec<_>> = answers.iter().map(|one| answers::reply(one.body)).collect();
    let Some(replies) = replies.filter(|replies| !replies.is_empty()) else {
        return said + "no answers";
    };
    // The answer to a request depends on how many there were, so that a walk can be gone on with.
    let server = |skipped: usize| {
        let mock = MockTransport::new();
        let (replies, count) = (replies.clone(), AtomicUsize::new(skipped));
        mock.handler(move |_| {
            let count = count.fetch_add(1, Ordering::Relaxed);
            replies[count % replies.len()].clone()
        });
        mock
    };
    block_on(walk(paging, &head, &server, &mut said));
    said
}

async fn walk(
    paging: Paging,
    head: &str,
    server: &dyn Fn(usize) -> MockTransport,
    said: &mut String,
) {
    let mock = server(0);
    let mut pages = Pages::<Value>::new(request(&mock), paging);
    let (mut positions, mut count, mut errors) = (HashSet::new(), None, 0);
    let mut to_resume = Vec::new();
    for _ in 0..PAGES {
        match pages.next().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                errors += 1;
                let _ = write!(said, "{:?} ", error.kind());
                if errors > 2 {
                    break;
                }
                continue;
            }
            None => break,
        }
        let Some(position) = pages.position() else {
            continue;
        };
        if to_resume.len() < 3 {
            to_resume.push((position.clone(), mock.requests().len()));
        }
        if head.starts_with("offset") || head.starts_with("page") {
            let number: u64 = position.parse().expect("a number");
            assert!(count < Some(number), "it goes on");
            count = Some(number);
        } else {
            assert!(positions.insert(position), "the same page again");
        }
    }
    let requests = mock.requests();
    requests.iter().for_each(keeps_secrets);
    let _ = write!(said, "{} {errors}", requests.len().min(9));
    for (position, skipped) in to_resume {
        let mock = server(skipped);
        let pages = Pages::<Value>::new(request(&mock), paging).resume(&position);
        let mut pages = pages.expect("a position to go on at");
        assert_eq!(pages.position().as_ref(), Some(&position));
        let _ = pages.next().await;
        let again = mock.requests();
        let (expected, found) = (requests.get(skipped), again.first());
        if let (Some(expected), Some(found)) = (expected, found) {
            assert_eq!(expected.url(), found.url(), "gone on elsewhere");
            assert_eq!(expected.text(), found.text(), "gone on elsewhere");
        }
    }
}

fn keeps_secrets(request: &CapturedRequest) {
    let url = request.url();
    if !url.starts_with("https://api.acme.example/") {
        assert!(!request.headers().contains_key("authorization"), "{url}");
    }
}

fn paging(head: &str) -> Option<Paging> {
    let mut words = head.split_whitespace();
    let paging = match words.next()? {
        "header" => Paging::link_header().items("items"),
        "link" => Paging::next_link("next").items("items"),
        "cursor" => Paging::cursor("cursor", "page.cursor").more("more"),
        "last" => Paging::last_item("id", "after").more("more"),
        "offset" => Paging::offset("offset").total("total").done("done"),
        "page" => Paging::page("page").total_pages("pages").total("total"),
        _ => return None,
    };
    let paging = paging.items("items");
    Some(match words.next() {
        Some("body") => paging.in_body(),
        _ => paging,
    })
}

fn request(mock: &MockTransport) -> Request {
    let client = Client::builder(&API)
        .transport(mock.clone())
        .retry(RetryPolicy::none())
        .credential("token", Credential::bearer("secret"))
        .build()
        .expect("a client");
    let mut request = Request::new(&client, &LIST);
    request.set(1, "a b");
    request.json(0, &serde_json::json!({"query": "x"}));
    request
}

/// Links as a server writes them.
fn written(links: &[Link]) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let link = |link: &Link| {
        let mut text = format!("<{}>", link.target);
        if !link.relations.is_empty() {
            let _ = write!(text, "; rel=\"{}\"", quoted(&link.relations.join(" ")));
        }
        if let Some(anchor) = &link.anchor {
            let _ = write!(text, "; anchor=\"{}\"", quoted(anchor));
        }
        text
    };
    links.iter().map(link).collect::<Vec<_>>().join(", ")
}
