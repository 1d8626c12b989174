//! Airmeet: a C# script exchanges two keys for a token there; here, a hook that the runtime ships.

use airmeet::Client;
use airmeet::connection::{ConnectionParameters, Region};
use connector_runtime::hook::{Input, TokenExchange};
use connector_runtime::mock::{MockTransport, Reply};
use serde_json::json;

use crate::wire::assert_sent;

/// A host for each region, `POST /auth` with the two keys in headers, and the token in a header of every call:
/// <https://help.airmeet.com/support/solutions/articles/82000909770-3-manage-event-airmeet-public-api>
///
/// The connector declares Basic for the same keys, and hands its script the region in a header, so these two leave as well.
#[tokio::test]
async fn keys_are_exchanged_for_a_token_once() {
    let server = MockTransport::new();
    let token = json!({ "success": true, "data": { "label": "test", "token": "fresh" } });
    server.reply(Reply::json(200, &token));
    server.handler(|_| Reply::json(200, &json!({ "data": [], "cursors": {} })));
    let exchange = TokenExchange::new("https://api-gateway-prod.us.airmeet.com/prod/auth")
        .request_header("X-Airmeet-Access-Key", Input::header("x-access-key"))
        .request_header("X-Airmeet-Secret-Key", Input::header("x-secret-key"))
        .token_at(["data", "token"])
        .into_header("X-Airmeet-Access-Token", "");
    let client = Client::builder()
        .parameters(ConnectionParameters::new(
            "access",
            "secret",
            Region::UnitedStates,
        ))
        .with(|client| client.hook(exchange))
        .transport(server.clone())
        .build()
        .unwrap();
    for _ in 0..2 {
        let call = client.airmeet().registrations("e-1", 50);
        call.send().await.unwrap();
    }
    let [auth, first, second] = server.requests().try_into().unwrap();
    assert_eq!(
        (auth.method(), auth.url()),
        ("POST", "https://api-gateway-prod.us.airmeet.com/prod/auth")
    );
    assert_eq!(auth.header("x-airmeet-access-key"), Some("access"));
    assert_eq!(auth.header("x-airmeet-secret-key"), Some("secret"));
    assert_eq!(auth.header("content-type"), Some("application/json"));
    for call in [first, second] {
        assert_sent(
            &call,
            "GET",
            "https://api-gateway-prod.us.airmeet.com/prod/airmeet/e-1/registrations?size=50",
            &[
                ("authorization", "Basic YWNjZXNzOnNlY3JldA=="),
                ("content-type", "application/json"),
                ("region", "api-gateway-prod.us.airmeet.com"),
                ("x-airmeet-access-token", "fresh"),
            ],
        );
    }
}
