//! GIS Cloud: no connection parameters; the key is an argument of every call.

use giscloud::Client;

use crate::wire::{assert_sent, sent, server};

/// The header `API-Key`, the version in the path: <https://docs.giscloud.com/rest>
#[tokio::test]
async fn maps_are_listed() {
    let server = server();
    let client = Client::builder().transport(server.clone()).build().unwrap();
    let call = client.map().get_maps("d41d8cd98f00b204e9800998ecf8427e");
    let request = sent(&server, call.perpage(5).page(1).send()).await;
    assert_sent(
        &request,
        "GET",
        "https://api.giscloud.com/1/maps.json?perpage=5&page=1",
        &[("api-key", "d41d8cd98f00b204e9800998ecf8427e")],
    );
}
