//! Email of Azure Communication Services: a C# script signs requests there; here, a hook that the runtime ships.

use azure_communication_services_email::Client;
use azure_communication_services_email::connection::ConnectionParameters;
use azure_communication_services_email::models::{
    ContentDetails, SendEmailGaVersionRequest, SendEmailGaVersionRequestRecipients,
    SendEmailGaVersionRequestRecipientsToItem,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_runtime as runtime;
use connector_runtime::hook::{HmacSha256, Hook, HookRequest};
use connector_runtime::transport::BoxFuture;
use ring::{digest, hmac};
use serde_json::json;

use crate::wire::{assert_sent, sent, server};

const KEY: &str = "c2VjcmV0IGtleQ==";

/// What the script does besides signing: the connection string says where the API is and never leaves, and a path that stands for
/// a version of the API becomes the real one.
struct ConnectionString;

impl Hook for ConnectionString {
    fn request<'a>(
        &'a self,
        request: &'a mut HookRequest<'_>,
    ) -> BoxFuture<'a, runtime::Result<()>> {
        let text = request.connection_parameter("api_key").unwrap();
        let parts = text
            .split(';')
            .find_map(|part| part.strip_prefix("endpoint="));
        let endpoint = parts.unwrap().trim_end_matches('/').to_owned();
        let url = request.url();
        let path = url.path().replace("sendGAVersion", "send");
        let url = format!("{endpoint}{path}?{}", url.query().unwrap());
        request.remove_header("connection-string");
        Box::pin(async move { request.set_url(&url) })
    }
}

/// `POST {endpoint}/emails:send?api-version=2023-03-31`:
/// <https://github.com/Azure/azure-rest-api-specs/blob/main/specification/communication/data-plane/Email/stable/2023-03-31/examples/SendEmail.json>; the string to sign and the three headers:
/// <https://learn.microsoft.com/en-us/azure/communication-services/tutorials/hmac-header-tutorial>.
#[tokio::test]
async fn an_email_is_signed_and_sent() {
    let server = server();
    let connection = format!("endpoint=https://contoso.communication.azure.com/;accesskey={KEY}");
    let client = Client::builder()
        .parameters(ConnectionParameters::new(connection))
        .with(|client| client.hook(ConnectionString).hook(HmacSha256::new(KEY)))
        .transport(server.clone())
        .build()
        .unwrap();
    let to = SendEmailGaVersionRequestRecipientsToItem::new("ada@example.com");
    let email = SendEmailGaVersionRequest::new(
        "donotreply@contoso.com",
        SendEmailGaVersionRequestRecipients::new(vec![to]),
        ContentDetails::new("Hello").html("<p>Hello</p>"),
    );
    let call = client.emails().send_email_ga_version(&email);
    let request = sent(&server, call.send()).await;

    let date = request.header("x-ms-date").unwrap();
    assert!(date.ends_with(" GMT"), "{date}");
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, request.body()));
    let text = format!(
        "POST\n/emails:send?api-version=2023-03-31\n{date};contoso.communication.azure.com;{hash}"
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(KEY).unwrap());
    let signature = STANDARD.encode(hmac::sign(&key, text.as_bytes()));
    let authorization = format!(
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
    );
    assert_sent(
        &request,
        "POST",
        "https://contoso.communication.azure.com/emails:send?api-version=2023-03-31",
        &[
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("x-ms-content-sha256", hash.as_str()),
            ("x-ms-date", date),
        ],
    );
    assert_eq!(
        request.json(),
        json!({
            "senderAddress": "donotreply@contoso.com",
            "recipients": { "to": [{ "address": "ada@example.com" }] },
            "content": { "subject": "Hello", "html": "<p>Hello</p>" },
        })
    );
}
