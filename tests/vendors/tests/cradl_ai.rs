//! Cradl AI: policies fetch a token from one host and use it at another.

use connector_runtime::mock::{MockTransport, Reply};
use cradl_ai::Client;
use cradl_ai::connection::ConnectionParameters;
use cradl_ai::models::ParseDocumentRequest;
use serde_json::json;

use crate::wire::assert_sent;

/// `POST https://auth.lucidtech.ai/oauth2/token?grant_type=client_credentials` with Basic and a form's media type, then the API
/// with Bearer: <https://docs.lucidtech.ai/reference/authentication>; the prediction:
/// <https://docs.cradl.ai/api-reference/post-predictions>.
///
/// The connector declares the parameter as a header `ClientCredentials` as well, so the API sees that one too; no documentation
/// of the vendor has it.
#[tokio::test]
async fn a_document_is_parsed_with_a_fresh_token() {
    let server = MockTransport::new();
    server.reply(Reply::json(
        200,
        &json!({ "access_token": "fresh", "expires_in": 3600 }),
    ));
    server.handler(|_| Reply::json(200, &json!({})));
    let client = Client::builder()
        // Client id and secret, encoded for Basic by the user.
        .parameters(ConnectionParameters::new("aWQ6c2VjcmV0"))
        .transport(server.clone())
        .build()
        .unwrap();
    let body = ParseDocumentRequest::new("las:model:1", "las:document:2");
    let outcome = client.predictions().parse_document(&body).send().await;
    let [token, call] = server
        .requests()
        .try_into()
        .unwrap_or_else(|_| panic!("{outcome:?}"));
    assert_sent(
        &token,
        "POST",
        "https://auth.lucidtech.ai/oauth2/token?grant_type=client_credentials",
        &[
            ("authorization", "Basic aWQ6c2VjcmV0"),
            ("clientcredentials", "aWQ6c2VjcmV0"),
            ("content-length", "0"),
            ("content-type", "application/x-www-form-urlencoded"),
        ],
    );
    assert!(token.body().is_empty(), "{}", token.text());
    assert_sent(
        &call,
        "POST",
        "https://api.lucidtech.ai/v1/predictions",
        &[
            ("authorization", "Bearer fresh"),
            ("clientcredentials", "aWQ6c2VjcmV0"),
            ("content-type", "application/json"),
        ],
    );
    let parse = json!({ "modelId": "las:model:1", "documentId": "las:document:2" });
    assert_eq!(call.json(), parse);
}
