//! Instagram: tokens of Facebook, a constant in the query, a policy for `Accept`.

use connector_runtime::Credential;
use instagram_professional::Client;
use instagram_professional::connection::ConnectionParameters;

use crate::wire::{assert_sent, sent, server};

fn client(server: &connector_runtime::mock::MockTransport) -> Client {
    Client::builder()
        .parameters(ConnectionParameters::new(Credential::bearer("token")))
        .transport(server.clone())
        .build()
        .unwrap()
}

/// `me/accounts` with the field that has the account of Instagram:
/// <https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-facebook-login/get-started>. The documentation
/// shows the token in the query; the Graph API takes it in the header as well, which is how OAuth tokens travel here.
#[tokio::test]
async fn the_account_is_found() {
    let server = server();
    let request = sent(&server, client(&server).me().get_my_accounts().send()).await;
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_sent(
        &request,
        "GET",
        "https://graph.facebook.com/v7.0/me/accounts?fields=instagram_business_account",
        &[("authorization", "Bearer token")],
    );
}

/// `fields` is a list with commas: <https://developers.facebook.com/docs/instagram-api/reference/ig-media>
#[tokio::test]
async fn media_are_read() {
    let server = server();
    let call = client(&server).media().get_my_media("17841400008460056");
    let request = sent(&server, call.fields("caption,id").send()).await;
    assert_eq!(
        request.url().replace("%2C", ","),
        "https://graph.facebook.com/v7.0/17841400008460056/media?fields=caption,id"
    );
}
