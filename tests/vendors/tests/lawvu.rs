//! LawVu: seven ways to authenticate, one for each region; webhooks that share one path and differ by a property.

use connector_runtime::mock::{MockTransport, Reply};
use connector_runtime::{Credential, Value};
use lawvu::Client;
use lawvu::connection::{ConnectionParameters, OauthCustom, OauthEu};
use lawvu::models::SaveWebhookSubscriptionModel;
use serde_json::json;

use crate::wire::assert_sent;

const CALLBACK: &str = "https://myapplication.com/incomingwebhooks";

/// A client, and a server that answers as documented: with the id of the subscription.
fn client(parameters: impl Into<ConnectionParameters>) -> (MockTransport, Client) {
    let server = MockTransport::new();
    server.handler(|request| match request.method() {
        "POST" => Reply::json(200, &17),
        _ => Reply::status(204),
    });
    let builder = Client::builder().parameters(parameters);
    let client = builder.transport(server.clone()).build().unwrap();
    (server, client)
}

fn subscription(topics: &[&str]) -> Value {
    json!({ "subscriptionUrl": CALLBACK, "topics": topics })
}

/// `POST /account-apis/v1/webhooks/subscriptions` with `topics` and `subscriptionUrl`, and `DELETE` with the id in its answer:
/// <https://api-docs.lawvu.com/api/account-api/lawvu-account.openapi/webhooksubscriptions/post-v1-webhooks-subscriptions>. The
/// operation has a path of its own and no topic; policies change the one and add the other. The host is that of the region.
#[tokio::test]
async fn a_webhook_is_subscribed_to_and_given_up() {
    let (server, client) = client(OauthEu::new(Credential::bearer("token")));
    let body = SaveWebhookSubscriptionModel::new();
    let call = client.triggers().create_subscription_matter_created(&body);
    let subscribed = call.subscribe(CALLBACK).await.unwrap();
    subscribed.unsubscribe(client.runtime()).await.unwrap();
    let [subscribe, unsubscribe] = server.requests().try_into().unwrap();
    assert_sent(
        &subscribe,
        "POST",
        "https://eu.public-api.lawvu.com/account-apis/v1/webhooks/subscriptions",
        &[
            ("authorization", "Bearer token"),
            ("content-type", "application/json"),
            ("lawvupowerplatformconnector-version", "324.0"),
        ],
    );
    assert_eq!(subscribe.json(), subscription(&["matter.created"]));
    assert_sent(
        &unsubscribe,
        "DELETE",
        "https://eu.public-api.lawvu.com/account-apis/v1/webhooks/subscriptions/17",
        &[
            ("authorization", "Bearer token"),
            ("lawvupowerplatformconnector-version", "324.0"),
        ],
    );
}

/// A subscription can have several topics, and the host can be the user's own; same page.
#[tokio::test]
async fn topics_come_as_a_list() {
    let token = Credential::bearer("token");
    let (server, client) = client(OauthCustom::new(
        "login.acme.example",
        "api.acme.example",
        token,
    ));
    let body = SaveWebhookSubscriptionModel::new();
    let triggers = client.triggers();
    let call = triggers.create_subscription_matter_file_created_or_updated(&body);
    call.subscribe(CALLBACK).await.unwrap();
    let request = server.last_request().unwrap();
    assert_eq!(
        request.url(),
        "https://api.acme.example/account-apis/v1/webhooks/subscriptions"
    );
    let topics = ["matter.file.created", "matter.file.updated"];
    assert_eq!(request.json(), subscription(&topics));
}
