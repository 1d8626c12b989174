//! ActiveCampaign: the host is a connection parameter, the key a header.

use activecampaign::Client;
use activecampaign::connection::ConnectionParameters;
use activecampaign::models::{
    ImportContactsUsingPostRequest, ImportContactsUsingPostRequestContact,
};
use serde_json::json;

use crate::wire::{assert_sent, sent, server};

fn body() -> ImportContactsUsingPostRequest {
    let contact = ImportContactsUsingPostRequestContact::new()
        .email("someone@somewhere.com")
        .first_name("Jane");
    ImportContactsUsingPostRequest::new().contacts(vec![contact])
}

/// The account's URL, `Api-Token`: <https://developers.activecampaign.com/reference/authentication>; path and body:
/// <https://help.activecampaign.com/hc/en-us/articles/360017846539-Use-the-Bulk-Contact-Importer-API>.
#[tokio::test]
async fn contacts_are_imported() {
    let server = server();
    // The connector asks for the host alone, but its policy then drops the `/api/3` of its definition. With the path, the
    // request is what the documentation says.
    let client = Client::builder()
        .parameters(ConnectionParameters::new("a key", "acme.api-us1.com/api/3"))
        .transport(server.clone())
        .build()
        .unwrap();
    let call = client.import().contacts_using_post().body(&body());
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "POST",
        "https://acme.api-us1.com/api/3/import/bulk_import",
        &[("api-token", "a key"), ("content-type", "application/json")],
    );
    let contact = json!({ "email": "someone@somewhere.com", "first_name": "Jane" });
    assert_eq!(request.json(), json!({ "contacts": [contact] }));
}

/// What the tooltip of the connector asks for leads elsewhere than the documentation, so a base URL helps out.
#[tokio::test]
async fn a_base_url_wins_over_the_host() {
    let server = server();
    let parameters = ConnectionParameters::new("a key", "acme.api-us1.com");
    let builder = Client::builder().parameters(parameters);
    let client = builder.transport(server.clone()).build().unwrap();
    let request = sent(&server, client.import().contacts_using_post().send()).await;
    assert_eq!(request.url(), "https://acme.api-us1.com/import/bulk_import");

    let server = crate::wire::server();
    let parameters = ConnectionParameters::new("a key", "acme.api-us1.com");
    let builder = Client::builder().parameters(parameters);
    let client = builder
        .base_url("https://acme.api-us1.com/api/3")
        .transport(server.clone())
        .build()
        .unwrap();
    let request = sent(&server, client.import().contacts_using_post().send()).await;
    assert_eq!(
        request.url(),
        "https://acme.api-us1.com/api/3/import/bulk_import"
    );
}
