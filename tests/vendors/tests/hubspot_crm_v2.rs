//! HubSpot: a key of which the user types the scheme as well, one operation among many.

use connector_runtime::{Map, Value};
use hubspot_crm_v2::Client;
use hubspot_crm_v2::connection::ConnectionParameters;
use hubspot_crm_v2::models::Create17Request;
use serde_json::json;

use crate::wire::{assert_sent, sent, server};

const PROPERTIES: [(&str, &str); 3] = [
    ("email", "ada@example.com"),
    ("firstname", "Ada"),
    ("lastname", "Lovelace"),
];

/// <https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/contacts/create-contact>
#[tokio::test]
async fn a_contact_is_created() {
    let server = server();
    let client = Client::builder()
        .parameters(ConnectionParameters::new("Bearer pat-na1-token"))
        .transport(server.clone())
        .build()
        .unwrap();
    let properties: Map<Value> = PROPERTIES
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    let contact = Create17Request::new().properties(properties);
    let request = sent(&server, client.crm().create17(&contact).send()).await;
    assert_sent(
        &request,
        "POST",
        "https://api.hubapi.com/crm/v3/objects/contacts",
        &[
            ("authorization", "Bearer pat-na1-token"),
            ("content-type", "application/json"),
        ],
    );
    let properties =
        json!({ "email": "ada@example.com", "firstname": "Ada", "lastname": "Lovelace" });
    assert_eq!(request.json(), json!({ "properties": properties }));
}

/// `properties` is a list with commas; HubSpot's own definition is at
/// <https://github.com/HubSpot/HubSpot-public-api-spec-collection/blob/main/PublicApiSpecs/CRM/Contacts/Rollouts/424/v3/contacts.json>.
#[tokio::test]
async fn a_contact_is_read() {
    let server = server();
    let client = Client::builder()
        .parameters(ConnectionParameters::new("Bearer pat-na1-token"))
        .transport(server.clone())
        .build()
        .unwrap();
    let call = client.crm().read18("512").properties("email,lastname");
    let request = sent(&server, call.archived(false).send()).await;
    assert_eq!(request.path(), "/crm/v3/objects/contacts/512");
    let query = [("properties", "email,lastname"), ("archived", "false")];
    assert_eq!(
        request.query(),
        query.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
    assert_sent(
        &request,
        "GET",
        request.url(),
        &[("authorization", "Bearer pat-na1-token")],
    );
}
