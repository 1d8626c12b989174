//! Yelp: a policy writes the scheme before the key. (And the definition is not UTF-8.)

use yelp::Client;
use yelp::connection::ConnectionParameters;

use crate::wire::{assert_sent, sent, server};

/// `Authorization: Bearer API_KEY`: <https://docs.developer.yelp.com/docs/places-authentication>; parameters:
/// <https://github.com/Yelp/yelp-fusion/blob/master/docs/api-references/businesses-search.md>.
#[tokio::test]
async fn businesses_are_searched() {
    let server = server();
    let client = Client::builder()
        // The connector's hint says `Bearer API_KEY`, but its policy adds the word itself: the key alone is right.
        .parameters(ConnectionParameters::new("key"))
        .transport(server.clone())
        .build()
        .unwrap();
    let call = client
        .businesses()
        .business_search("tacos & beer", "San Francisco");
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "GET",
        "https://api.yelp.com/v3/businesses/search?term=tacos%20%26%20beer&location=San%20Francisco",
        &[("authorization", "Bearer key")],
    );
}
