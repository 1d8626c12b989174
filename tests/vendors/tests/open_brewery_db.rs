//! Open Brewery DB: no credential, no parameters.

use open_brewery_db::Client;

use crate::wire::{assert_sent, sent, server};

/// <https://www.openbrewerydb.org/documentation>: filters, spaces escaped, pages; no key of any kind.
#[tokio::test]
async fn breweries_of_a_city_are_listed() {
    let server = server();
    let client = Client::builder().transport(server.clone()).build().unwrap();
    let call = client.breweries().list().by_city("san diego").per_page(3);
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "GET",
        "https://api.openbrewerydb.org/v1/breweries?by_city=san%20diego&per_page=3",
        &[],
    );
}

/// <https://www.openbrewerydb.org/documentation>: the path ends in the id of the brewery.
#[tokio::test]
async fn a_brewery_is_read() {
    let server = server();
    let client = Client::builder().transport(server.clone()).build().unwrap();
    let call = client
        .breweries()
        .get("b54b16e1-ac3b-4bff-a11f-f7ae9ddc27e0");
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "GET",
        "https://api.openbrewerydb.org/v1/breweries/b54b16e1-ac3b-4bff-a11f-f7ae9ddc27e0",
        &[],
    );
}
