//! Socrata's Open Data Network: two ways to authenticate, a region that some operations use.

use connector_runtime::mock::MockTransport;
use open_data_network::Client;
use open_data_network::connection::{ApiAuth, BasicAuth, Environment};

use crate::wire::{assert_sent, sent, server};

fn with_token(server: &MockTransport) -> Client {
    Client::builder()
        .parameters(ApiAuth::new("token").environment(Environment::Eu))
        .transport(server.clone())
        .build()
        .unwrap()
}

/// The header `X-App-Token`: <https://dev.socrata.com/docs/app-tokens>; the catalog in Europe and the counts of its assets:
/// <https://socratadiscovery.docs.apiary.io/>.
#[tokio::test]
async fn the_region_is_a_host_and_the_token_a_header() {
    let server = server();
    let call = with_token(&server).catalog().count_by_domain();
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "GET",
        "https://api.eu.socrata.com/api/catalog/v1/domains",
        // The connector adds a header where Socrata knows a parameter of the query, `$$version`; no API minds.
        &[("x-app-token", "token"), ("$$version", "2.1")],
    );
}

/// An API key's id and secret are the name and password of Basic: <https://dev.socrata.com/docs/authentication>. The token
/// belongs to the other way and isn't sent.
#[tokio::test]
async fn a_key_with_its_secret_is_basic() {
    let server = server();
    let client = Client::builder()
        .parameters(BasicAuth::new("id", "secret"))
        .transport(server.clone())
        .build()
        .unwrap();
    let request = sent(&server, client.catalog().count_by_tag().send()).await;
    assert_sent(
        &request,
        "GET",
        "https://api.us.socrata.com/api/catalog/v1/tags",
        &[("authorization", "Basic aWQ6c2VjcmV0")],
    );
}
