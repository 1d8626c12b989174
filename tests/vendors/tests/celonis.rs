//! Celonis: two parameters make the host; three security schemes share one key.

use celonis::Client;
use celonis::connection::ConnectionParameters;

use crate::wire::{assert_sent, sent, server};

/// `https://<team>.<cluster>.celonis.cloud/intelligence/api`, the header `Authorization` with `Bearer <key>` or `AppKey <key>`:
/// <https://developer.celonis.com/process-intelligence-apis/intelligence-api/get-started/getting-started>; `fields` is a list
/// with commas: <https://developer.celonis.com/intelligence-api/tutorials/retrieve-record-data>.
#[tokio::test]
async fn records_are_read() {
    let server = server();
    let client = Client::builder()
        .parameters(ConnectionParameters::new("AppKey key", "dev", "us-2"))
        .transport(server.clone())
        .build()
        .unwrap();
    let call = client
        .data()
        .get_record_data_result("km", "CASES", ["ID", "EVENTTIME"]);
    let request = sent(&server, call.page_size(20).send()).await;
    let url = request.url().replace("%2C", ",");
    assert_eq!(
        url,
        "https://dev.us-2.celonis.cloud/intelligence/api/knowledge-models/km/records/CASES/data?\
         fields=ID,EVENTTIME&pageSize=20"
    );
    assert_sent(
        &request,
        "GET",
        request.url(),
        &[("authorization", "AppKey key")],
    );
}
