//! Prism knows the document: what asks for a later page has to be a request that it allows.

use connector_tests::Prism;
use pages::Client;
use pages::models::SearchRequest;
use pages::runtime::pages::Pages;
use pages::runtime::{Decode, Result};

/// The page at a position.
async fn at<T: Decode>(pages: Pages<T>, position: &str) -> Result<T> {
    pages.resume(position)?.next().await.unwrap()
}

#[tokio::test]
async fn requests_for_later_pages_are_those_of_the_document() {
    let prism = Prism::serve("pages/openapi.yaml").unwrap();
    let client = Client::builder()
        .base_url(prism.url())
        .token("t0ken")
        .build()
        .unwrap();
    let lists = client.lists();
    at(lists.events().limit(2).pages(), "\"c\"").await.unwrap();
    at(lists.orders().limit(2).pages(), "\"7\"").await.unwrap();
    at(lists.logs().limit(2).pages(), "4").await.unwrap();
    at(lists.articles().per_page(2).pages(), "2").await.unwrap();
    at(lists.reports().size(2).pages(), "1").await.unwrap();
    let search = lists.search(&SearchRequest::new("x"));
    at(search.pages(), "\"t\"").await.unwrap();
    // Prism does look: page 0 is below the minimum.
    assert!(at(lists.articles().pages(), "0").await.is_err());
}
