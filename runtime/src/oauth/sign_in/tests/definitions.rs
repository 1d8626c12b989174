//! Endpoints from an API's definition.

use super::*;
use crate::connection::Connection;
use crate::descriptor::{Api, OAuthFlow, SecurityScheme, Server};

static API: Api = Api::new("acme", "1.0")
    .servers(&[Server::new("https://api.acme.example/v1")])
    .security_schemes(&[
        SecurityScheme::oauth2("code").flows(&[OAuthFlow::authorization_code(
            "https://acme.example/authorize",
            "/oauth/token",
        )
        .refresh_url("https://acme.example/refresh")]),
        SecurityScheme::oauth2("implicit")
            .flows(&[OAuthFlow::implicit("https://acme.example/authorize")]),
        SecurityScheme::oauth2("device").flows(&[OAuthFlow::device_authorization(
            "https://acme.example/device",
            "https://acme.example/token",
        )]),
        SecurityScheme::open_id_connect(
            "openid",
            "https://acme.example/.well-known/openid-configuration",
        ),
    ]);

async fn built(
    scheme: &str,
    provider: Provider,
    mock: &MockTransport,
) -> Result<AuthorizationServer> {
    AuthorizationServer::builder(OAuthClient::public("client").provider(provider))
        .api(&API, scheme)
        .connection(&Connection::new())
        .transport(mock.clone())
        .build()
        .await
}

async fn found(scheme: &str, provider: Provider) -> Result<Provider> {
    let server = built(scheme, provider, &MockTransport::new()).await?;
    Ok(server.client().provider.clone())
}

#[tokio::test]
async fn definition_gives_the_endpoints() {
    let provider = found("code", Provider::default()).await.unwrap();
    let url = |url: &'static str| Some(url.to_owned());
    assert_eq!(
        provider.authorization_url,
        url("https://acme.example/authorize")
    );
    assert_eq!(
        provider.token_url,
        url("https://api.acme.example/oauth/token")
    );
    assert_eq!(provider.refresh_url, url("https://acme.example/refresh"));
    let provider = found("device", Provider::default()).await.unwrap();
    assert_eq!(
        provider.device_authorization_url,
        url("https://acme.example/device")
    );
    assert_eq!(provider.token_url, url("https://acme.example/token"));
    assert_eq!(provider.authorization_url, None);
}

#[tokio::test]
async fn provider_counts_before_the_definition() {
    let own = super::provider();
    let provider = found("code", own.clone()).await.unwrap();
    assert_eq!(provider, own);
}

#[tokio::test]
async fn implicit_flow_is_refused_with_the_alternative() {
    let error = found("implicit", Provider::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("RFC 9700 section 2.1.2"), "{error}");
    assert!(error.contains("`token_url`"), "{error}");
    let provider = Provider {
        token_url: Some("https://acme.example/token".to_owned()),
        ..Provider::default()
    };
    let provider = found("implicit", provider).await.unwrap();
    assert_eq!(
        provider.authorization_url.as_deref(),
        Some("https://acme.example/authorize")
    );
}

#[tokio::test]
async fn openid_connect_url_is_followed() {
    let mock = MockTransport::new();
    let metadata = serde_json::json!({
        "issuer": "https://acme.example",
        "authorization_endpoint": "https://acme.example/a",
        "token_endpoint": "https://acme.example/t",
    });
    mock.reply(Reply::json(200, &metadata));
    let server = built("openid", Provider::default(), &mock).await.unwrap();
    let provider = &server.client().provider;
    assert_eq!(
        provider.token_url.as_deref(),
        Some("https://acme.example/t")
    );
    assert_eq!(provider.issuer.as_deref(), Some("https://acme.example"));
    assert_eq!(server.metadata().unwrap().issuer, "https://acme.example");
    assert_eq!(
        mock.requests()[0].url(),
        "https://acme.example/.well-known/openid-configuration"
    );
}

#[tokio::test]
async fn unknown_scheme_is_named_with_those_that_there_are() {
    let error = found("cod", Provider::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("`code`, `implicit`"), "{error}");
}

#[tokio::test]
async fn issuer_without_metadata_will_do_if_the_endpoints_are_known() {
    let mock = MockTransport::new();
    mock.handler(|_| Reply::status(404));
    let with_issuer = |mut provider: Provider| {
        provider.issuer = Some("https://acme.example".to_owned());
        provider
    };
    let server = built("code", with_issuer(super::provider()), &mock)
        .await
        .unwrap();
    assert!(server.metadata().is_none());
    let client = OAuthClient::public("client").provider(with_issuer(Provider::default()));
    let builder = AuthorizationServer::builder(client).transport(mock);
    let error = builder.build().await.unwrap_err().to_string();
    assert!(error.contains("publishes no metadata"), "{error}");
}

#[tokio::test]
async fn issuer_can_have_the_tenant_in_it() {
    let mock = MockTransport::new();
    mock.handler(|_| {
        let metadata = serde_json::json!({
            "issuer": "https://login.example/acme",
            "token_endpoint": "https://login.example/acme/token",
        });
        Reply::json(200, &metadata)
    });
    let provider = Provider {
        issuer: Some("https://login.example/{tenant}".to_owned()),
        ..Provider::default()
    };
    let client = OAuthClient::public("client").provider(provider);
    let of_tenant = async |tenant: &str| {
        let client = client.clone().value("tenant", tenant);
        let builder = AuthorizationServer::builder(client).transport(mock.clone());
        builder.build().await
    };
    let server = of_tenant("acme").await.unwrap();
    let issuer = server.client().provider.issuer.as_deref();
    assert_eq!(issuer, Some("https://login.example/acme"));
    assert!(of_tenant("../evil").await.is_err());
    assert_eq!(mock.requests().len(), 1);
}
