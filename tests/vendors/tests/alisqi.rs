//! AlisQI: a subdomain as parameter, a form in parts, a constant header.

use alisqi::Client;
use alisqi::connection::ConnectionParameters;
use alisqi::models::CreateOrUpdateResultsOrMasterDataForm;
use connector_runtime::mock::MockTransport;

use crate::wire::{assert_sent, sent, server};

fn client(server: &MockTransport) -> Client {
    Client::builder()
        .parameters(ConnectionParameters::new("Bearer abc", "acme"))
        .transport(server.clone())
        .build()
        .unwrap()
}

/// `Authorization: Bearer`: <https://alisqi.readme.io/reference/authentication>; endpoints:
/// <https://help.alisqi.com/article/322-alis-api-overview>.
#[tokio::test]
async fn results_are_read() {
    let server = server();
    let call = client(&server).get_results().or_master_data(16).limit(10);
    let request = sent(&server, call.include_id(true).send()).await;
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_sent(
        &request,
        "GET",
        "https://acme.alisqi.com/api/getResults?setId=16&limit=10&includeId=true",
        &[("authorization", "Bearer abc")],
    );
}

/// The fields, of which `results` is JSON as a string: <https://alisqi.readme.io/reference/post_storeresults>. That they are sent
/// in parts is the connector's word.
#[tokio::test]
async fn results_are_stored() {
    let server = server();
    let results = r#"[{"date": "2023-08-08 19:19:02", "batch_": "B150125"}]"#;
    let form = CreateOrUpdateResultsOrMasterDataForm::new("16", results);
    let call = client(&server)
        .store_results()
        .create_or_update_results_or_master_data(form.key_field("batch_"));
    let request = sent(&server, call.send()).await;
    assert_eq!(
        (request.method(), request.url()),
        ("POST", "https://acme.alisqi.com/api/storeResults")
    );
    assert_eq!(request.header("authorization"), Some("Bearer abc"));
    let media_type = request.header("content-type").unwrap();
    let boundary = media_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let part = |name: &str, value: &str| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let parts = [
        ("setId", "16"),
        ("results", results),
        ("keyField", "batch_"),
    ];
    let parts: String = parts.map(|(name, value)| part(name, value)).concat();
    assert_eq!(request.text(), format!("{parts}--{boundary}--\r\n"));
}
