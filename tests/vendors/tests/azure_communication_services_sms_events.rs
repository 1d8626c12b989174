//! SMS events of Azure Communication Services: versions of the API as constants, a filter that nobody has to know.

use azure_communication_services_sms_events::Client;
use azure_communication_services_sms_events::connection::AadOauth;
use connector_runtime::Credential;
use connector_runtime::mock::MockTransport;

use crate::wire::{assert_sent, sent, server};

fn client(server: &MockTransport) -> Client {
    Client::builder()
        .parameters(AadOauth::new(Credential::bearer("token")))
        .transport(server.clone())
        .build()
        .unwrap()
}

/// `GET https://management.azure.com/subscriptions?api-version=…`:
/// <https://learn.microsoft.com/en-us/rest/api/resources/subscriptions/list>
#[tokio::test]
async fn subscriptions_are_listed() {
    let server = server();
    let request = sent(&server, client(&server).subscriptions().list().send()).await;
    assert_sent(
        &request,
        "GET",
        "https://management.azure.com/subscriptions?api-version=2020-01-01",
        &[("authorization", "Bearer token")],
    );
}

/// `$filter=resourceType eq '…'`: <https://learn.microsoft.com/en-us/rest/api/resources/resources/list-by-resource-group>
#[tokio::test]
async fn resources_are_filtered() {
    let server = server();
    let call = client(&server)
        .subscriptions()
        .list_resources("sub", "group");
    let request = sent(&server, call.send()).await;
    assert_eq!(
        request.path(),
        "/subscriptions/sub/resourceGroups/group/resources"
    );
    let query = [
        ("api-version", "2021-04-01"),
        (
            "$filter",
            "resourceType eq 'Microsoft.Communication/CommunicationServices'",
        ),
    ];
    assert_eq!(
        request.query(),
        query.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
}
