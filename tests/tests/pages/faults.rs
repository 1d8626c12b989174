//! Lists of a server that fails every other time.

use std::sync::atomic::{AtomicUsize, Ordering};

use connector_tests::{Answer, FaultServer, Seen};
use pages::models::Entry;
use pages::runtime::pages::Items;
use serde_json::{Value, json};

use super::client;

/// How many elements there are, and how many a page has: fewer than a client may ask for.
const ALL: usize = 7;
const PAGE: usize = 2;

/// The elements from `from` on that a page has.
fn entries(from: usize) -> Value {
    let page = from.min(ALL)..(from + PAGE).min(ALL);
    page.map(|id| json!({"id": id.to_string()})).collect()
}

/// A list that begins at what `from` reads and is told by `page`; every other answer is a bad one.
fn list(
    server: &FaultServer,
    path: &str,
    from: impl Fn(&Seen) -> usize + Send + Sync + 'static,
    page: impl Fn(usize) -> Answer + Send + Sync + 'static,
) {
    let asked = AtomicUsize::new(0);
    server.handle(path, move |seen| {
        let good = page(from(seen));
        match asked.fetch_add(1, Ordering::SeqCst) % 8 {
            1 => Answer::nothing(),
            3 => good.cut(3),
            5 => Answer::text(503, "text/plain", ""),
            7 => Answer::text(200, "text/html", "<html>"),
            _ => good,
        }
    });
}

fn number(seen: &Seen, name: &str) -> Option<usize> {
    seen.query().get(name).map(|text| text.parse().unwrap())
}

/// Whether there is anything behind the page that begins here.
fn more(from: usize) -> bool {
    from + PAGE < ALL
}

/// All lists, each under its own protocol.
fn serve(server: &FaultServer) {
    list(
        server,
        "/v1/files",
        |seen| number(seen, "from").unwrap_or(0),
        |from| {
            let page = Answer::json(200, &entries(from));
            let next = format!(
                "</v1/files?from={}>; rel=\"next\"; title=\"a, b\"",
                from + PAGE
            );
            match more(from) {
                true => page.header("Link", &format!("</v1/files>; rel=\"first\", {next}")),
                false => page,
            }
        },
    );
    list(
        server,
        "/v1/events",
        |seen| match seen.query().get("cursor") {
            Some(cursor) => cursor.strip_prefix("after &=").unwrap().parse().unwrap(),
            None => 0,
        },
        |from| {
            let next = more(from).then(|| format!("after &={}", from + PAGE));
            let meta = json!({"next_cursor": next, "has_more": more(from)});
            Answer::json(200, &json!({"data": entries(from), "meta": meta}))
        },
    );
    list(
        server,
        "/v1/orders",
        |seen| number(seen, "starting_after").map_or(0, |last| last + 1),
        |from| Answer::json(200, &json!({"data": entries(from), "has_more": more(from)})),
    );
    list(
        server,
        "/v1/logs",
        |seen| number(seen, "offset").unwrap_or(0),
        |from| Answer::json(200, &json!({"entries": entries(from), "total": ALL})),
    );
    list(
        server,
        "/v1/articles",
        |seen| (number(seen, "page").unwrap_or(1) - 1) * PAGE,
        |from| Answer::json(200, &entries(from)),
    );
    list(
        server,
        "/v1/reports",
        |seen| number(seen, "page").unwrap_or(0) * PAGE,
        |from| {
            Answer::json(
                200,
                &json!({"reports": entries(from), "pages": ALL.div_ceil(PAGE)}),
            )
        },
    );
    list(
        server,
        "/v1/search",
        |seen| {
            let body: Value = serde_json::from_slice(&seen.body).unwrap();
            assert_eq!(body["text"], "x");
            let token = body["continuationToken"].as_str();
            token.map_or(0, |token| token.parse().unwrap())
        },
        |from| {
            let token = more(from).then(|| (from + PAGE).to_string());
            Answer::json(
                200,
                &json!({"value": entries(from), "continuationToken": token}),
            )
        },
    );
}

/// The elements of a list, as a process finds them that has just started.
fn items(server: &FaultServer, list: &str) -> Items<Entry> {
    let client = client(server);
    let lists = client.lists();
    match list {
        "files" => lists.files().items(),
        "events" => lists.events().limit(50).items(),
        "orders" => lists.orders().limit(50).items(),
        "logs" => lists.logs().limit(50).items(),
        "articles" => lists.articles().per_page(50).items(),
        "reports" => lists.reports().items(),
        _ => lists
            .search(&pages::models::SearchRequest::new("x"))
            .items(),
    }
}

const LISTS: [&str; 7] = [
    "files", "events", "orders", "logs", "articles", "reports", "search",
];

#[tokio::test]
async fn every_element_comes_once_although_every_other_answer_is_bad() {
    let server = FaultServer::start().unwrap();
    serve(&server);
    for list in LISTS {
        let mut items = items(&server, list);
        let (mut ids, mut errors) = (Vec::new(), 0);
        while let Some(item) = items.next().await {
            match item {
                Ok(entry) => ids.push(entry.id),
                Err(_) => errors += 1,
            }
            assert!(errors < 50, "{list} has no end");
        }
        let expected: Vec<String> = (0..ALL).map(|id| id.to_string()).collect();
        assert_eq!(ids, expected, "{list}");
        assert!(errors >= 3, "{list} had {errors} bad answers");
        for seen in server.requests(&format!("/v1/{list}")) {
            assert_eq!(seen.header("authorization"), Some("Bearer t0ken"));
        }
    }
}

#[tokio::test]
async fn restarts_between_pages_lose_and_double_nothing() {
    let server = FaultServer::start().unwrap();
    serve(&server);
    for list in LISTS {
        let mut disk: Option<String> = None;
        let mut ids = Vec::new();
        for process in 0.. {
            assert!(process < 50, "{list} has no end");
            let mut items = items(&server, list);
            if let Some(position) = &disk {
                items = items.resume(position).unwrap();
            }
            // The first page of this process; a bad answer ends the process.
            let Some(Ok(first)) = items.next().await else {
                if disk.is_some() && items.position().is_none() {
                    break;
                }
                continue;
            };
            ids.push(first.id);
            disk = items.position();
            if disk.is_none() {
                while let Some(item) = items.next().await {
                    ids.extend(item.ok().map(|entry| entry.id));
                }
                break;
            }
            // The rest of the page is here already: no request for it.
            let in_page = PAGE.min(ALL - (ids.len() - 1)) - 1;
            for _ in 0..in_page {
                ids.push(items.next().await.unwrap().unwrap().id);
            }
        }
        let expected: Vec<String> = (0..ALL).map(|id| id.to_string()).collect();
        assert_eq!(ids, expected, "{list}");
    }
}

#[tokio::test]
async fn circles_and_foreign_links_end_with_an_error_and_give_nothing_away() {
    let (server, foreign) = (FaultServer::start().unwrap(), FaultServer::start().unwrap());
    let link = format!("<{}>; rel=next", foreign.at("/v1/files"));
    server.on(
        "/v1/files",
        Answer::json(200, &entries(0)).header("Link", &link),
    );
    let meta = json!({"next_cursor": "same"});
    let page = json!({"data": entries(0), "meta": meta});
    server.on("/v1/events", Answer::json(200, &page));
    server.on("/v1/articles", Answer::json(200, &entries(0)));
    for (list, message, requests) in [
        ("files", "credentials do not follow", 1),
        ("events", "circle", 2),
        ("articles", "the same page", 2),
    ] {
        let error = items(&server, list).collect().await.unwrap_err();
        assert!(error.to_string().contains(message), "{list}: {error}");
        assert_eq!(server.requests(&format!("/v1/{list}")).len(), requests);
    }
    assert!(foreign.requests("/v1/files").is_empty());
}
