//! Woodpecker: Basic, with the key for a user name.

use serde_json::json;
use woodpecker::Client;
use woodpecker::connection::ConnectionParameters;
use woodpecker::models::{ProspectsPostRequest, ProspectsPostRequestProspect};

use crate::wire::{assert_sent, sent, server};

/// The key is the name or the password of Basic: <https://docs.woodpecker.co/en/articles/5223425-authentication>; path and body:
/// <https://developers.woodpecker.co/docs/prospects/POST-add-prospects-list>.
#[tokio::test]
async fn prospects_are_added() {
    let server = server();
    let client = Client::builder()
        // The connector asks for a space as the password.
        .parameters(ConnectionParameters::new("1234.key", " "))
        .transport(server.clone())
        .build()
        .unwrap();
    let erlich = ProspectsPostRequestProspect::new()
        .email("erlich@bachman.com")
        .first_name("Erlich");
    let body = ProspectsPostRequest::new().prospects(vec![erlich]);
    let call = client.add_prospects_list().prospects_post().body(&body);
    let request = sent(&server, call.send()).await;
    assert_sent(
        &request,
        "POST",
        "https://api.woodpecker.co/rest/v1/add_prospects_list",
        &[
            ("authorization", "Basic MTIzNC5rZXk6IA=="),
            ("content-type", "application/json"),
        ],
    );
    let erlich = json!({ "email": "erlich@bachman.com", "first_name": "Erlich" });
    assert_eq!(request.json(), json!({ "prospects": [erlich] }));
}
