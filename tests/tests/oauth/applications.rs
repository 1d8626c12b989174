//! Programs that call on their own behalf, at authorization servers that others wrote.

use connector_tests::{NanoIdp, OAuthMock, OidcOptions, OidcProvider, OidcTls};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use security::Client;
use security::runtime::oauth::{ClientAuthentication, OAuthClient};
use security::runtime::{Credential, OAuthCredential};
use serde_json::json;

use super::setup::{client, fetched, in_full, lifetime, provider, read, read_at_last, stage};

fn oidc() -> OidcProvider {
    OidcProvider::start(&OidcOptions::default()).unwrap()
}

fn caller(provider: &OidcProvider, id: &str, secret: &str, method: ClientAuthentication) -> Client {
    let app = OAuthClient::new(id, secret)
        .token_url(format!("{}/token", provider.issuer()))
        .authentication(method);
    client(&provider.url(), Credential::oauth2_client_credentials(app))
}

#[tokio::test]
async fn secret_in_the_header_is_taken_by_oidc_provider() {
    let provider = oidc();
    let client = caller(
        &provider,
        "basic",
        "basic-secret",
        ClientAuthentication::Basic,
    );
    assert_eq!(read(&client).await.unwrap(), "basic");
    assert_eq!(
        client.single().oauth_write().send().await.unwrap().subject,
        "basic"
    );
    assert_eq!(
        provider.grants("client_credentials"),
        2,
        "one for each set of scopes"
    );
}

#[tokio::test]
async fn secret_in_the_body_is_taken_by_oidc_provider() {
    let provider = oidc();
    let client = caller(&provider, "body", "body-secret", ClientAuthentication::Body);
    assert_eq!(read(&client).await.unwrap(), "body");
}

#[tokio::test]
async fn strange_ids_and_secrets_are_encoded_as_oidc_provider_decodes_them() {
    let provider = oidc();
    let client = caller(
        &provider,
        "strange:+&%",
        "a b:c+d%e&f",
        ClientAuthentication::Basic,
    );
    assert_eq!(read(&client).await.unwrap(), "strange:+&%");
}

#[tokio::test]
async fn wrong_secret_is_explained_by_oidc_provider_and_not_repeated() {
    let provider = oidc();
    let client = caller(
        &provider,
        "basic",
        "canary-wrong",
        ClientAuthentication::Basic,
    );
    for _ in 0..5 {
        let error = read(&client).await.unwrap_err();
        assert!(
            error.to_string().contains("refused: invalid_client"),
            "{error}"
        );
        assert!(!in_full(&error).contains("canary-wrong"));
    }
    assert_eq!(provider.count("grant.error"), 1);
}

#[tokio::test]
async fn oidc_provider_is_asked_for_the_resource() {
    let provider = oidc();
    let app = OAuthClient::new("basic", "basic-secret")
        .token_url(format!("{}/token", provider.issuer()))
        .parameter("resource", "urn:the-api");
    let client = client(&provider.url(), Credential::oauth2_client_credentials(app));
    assert_eq!(read(&client).await.unwrap(), "basic");
    let granted = provider.events();
    let granted = granted
        .iter()
        .find(|event| event["event"] == "grant.success")
        .unwrap();
    assert_eq!(granted["resource"], "urn:the-api");
}

#[tokio::test]
async fn token_that_oidc_provider_revoked_is_renewed() {
    let provider = oidc();
    let client = caller(&provider, "body", "body-secret", ClientAuthentication::Body);
    read(&client).await.unwrap();
    provider.revoke_access_tokens().unwrap();
    assert_eq!(read(&client).await.unwrap(), "body");
    assert_eq!(provider.grants("client_credentials"), 2);
}

#[tokio::test]
async fn issuer_leads_to_its_endpoints_whatever_stands_in_the_document() {
    let (oidc, nano) = (oidc(), NanoIdp::start().unwrap());
    for issuer in [oidc.issuer().to_owned(), nano.url()] {
        let data = provider(json!({"issuer": issuer}));
        let app = OAuthClient::new("basic", "basic-secret").provider(data);
        let tokens = fetched(&stage(), app).await.unwrap();
        assert_eq!(lifetime(&tokens), Some(3600), "{issuer}");
    }
}

#[tokio::test]
async fn issuer_that_says_it_is_somebody_else_gets_no_secret() {
    let server = NanoIdp::start_with_issuer("http://127.0.0.1:1").unwrap();
    let data = provider(json!({"issuer": server.url()}));
    let app = OAuthClient::new("basic", "basic-secret").provider(data);
    let error = fetched(&stage(), app).await.unwrap_err();
    assert!(
        in_full(&error).contains("it says that its issuer is `http://127.0.0.1:1`"),
        "{error:?}"
    );
    assert!(
        !server.output().contains("POST /token"),
        "{}",
        server.output()
    );
}

/// A certificate authority, and what it vouches for.
struct Certificates {
    authority: String,
    provider: OidcTls,
    /// The certificate and the key of the client in one text.
    client: String,
}

fn certificates(client_name: &str) -> Certificates {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters
        .distinguished_name
        .push(DnType::CommonName, "authority of the tests");
    let authority = parameters.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(parameters, key);

    let signed = |names: Vec<String>, common_name: &str| {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters
            .distinguished_name
            .push(DnType::CommonName, common_name);
        let certificate = parameters.signed_by(&key, &issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    };
    let (certificate, key) = signed(vec!["127.0.0.1".to_owned()], "provider");
    let (client_certificate, client_key) = signed(Vec::new(), client_name);
    Certificates {
        provider: OidcTls {
            key,
            certificate,
            authority: authority.clone(),
            client: client_name.to_owned(),
        },
        authority,
        client: format!("{client_certificate}{client_key}"),
    }
}

fn caller_over_tls(provider: &OidcProvider, authority: &str, identity: Option<&str>) -> Client {
    let app = OAuthClient::public("tls")
        .token_url(format!("{}/token", provider.issuer()))
        .authentication(ClientAuthentication::Tls);
    Client::builder()
        .base_url(provider.issuer())
        .with(|client| {
            let client = client.root_certificate(authority);
            match identity {
                Some(pem) => client.client_identity(pem),
                None => client,
            }
        })
        .oauth(app)
        .build()
        .unwrap()
}

#[tokio::test]
async fn client_certificate_is_taken_by_oidc_provider() {
    let certificates = certificates("application");
    let provider = OidcProvider::start(&OidcOptions {
        tls: Some(certificates.provider.clone()),
        ..OidcOptions::default()
    })
    .unwrap();
    let client = caller_over_tls(
        &provider,
        &certificates.authority,
        Some(&certificates.client),
    );
    assert_eq!(read(&client).await.unwrap(), "tls");

    let nobody = caller_over_tls(&provider, &certificates.authority, None);
    let error = read(&nobody).await.unwrap_err().to_string();
    assert!(error.contains("refused: invalid_client"), "{error}");

    let stranger = self::certificates("application");
    let client = caller_over_tls(&provider, &certificates.authority, Some(&stranger.client));
    let error = read(&client).await.unwrap_err().to_string();
    assert!(error.contains("refused: invalid_client"), "{error}");
}

#[tokio::test]
async fn token_endpoint_with_an_unknown_certificate_gets_no_secret() {
    let (theirs, other) = (certificates("application"), certificates("application"));
    let provider = OidcProvider::start(&OidcOptions {
        tls: Some(theirs.provider),
        ..OidcOptions::default()
    })
    .unwrap();
    let client = caller_over_tls(&provider, &other.authority, None);
    let error = read(&client).await.unwrap_err().to_string();
    assert!(error.contains("cannot be reached"), "{error}");
    assert_eq!(provider.count("grant.error"), 0);
}

#[tokio::test]
async fn nanoidp_takes_the_secret_in_the_header_or_in_the_body() {
    let server = NanoIdp::start().unwrap();
    for (id, method) in [
        ("basic", ClientAuthentication::Basic),
        ("body", ClientAuthentication::Body),
    ] {
        let app = OAuthClient::new(id, format!("{id}-secret"))
            .token_url(format!("{}/token", server.url()))
            .authentication(method);
        let tokens = fetched(&stage(), app).await.unwrap();
        // A JWT that expires in an hour.
        assert_eq!(lifetime(&tokens), Some(3600), "{id}");
    }
}

#[tokio::test]
async fn nanoidp_refuses_the_secret_in_the_wrong_place() {
    let server = NanoIdp::start().unwrap();
    let app = OAuthClient::new("basic", "basic-secret")
        .token_url(format!("{}/token", server.url()))
        .authentication(ClientAuthentication::Body);
    let error = fetched(&stage(), app).await.unwrap_err();
    assert!(
        error.to_string().contains("refused: invalid_client"),
        "{error}"
    );
}

#[tokio::test]
async fn oauth2_mock_server_may_leave_out_the_type_and_write_numbers_as_texts() {
    let spoilt = json!({"set": {"expires_in": "600"}, "remove": ["token_type"]});
    let server = OAuthMock::start(&[spoilt]).unwrap();
    let app = OAuthClient::new("any", "any").token_url(format!("{}/token", server.url()));
    let tokens = fetched(&stage(), app).await.unwrap();
    assert_eq!(lifetime(&tokens), Some(600));
    assert_eq!(server.requests()[0]["grant_type"], "client_credentials");
}

#[tokio::test]
async fn oauth2_mock_servers_jwt_tells_its_expiry() {
    let server = OAuthMock::start(&[json!({"remove": ["expires_in"]})]).unwrap();
    let app = OAuthClient::new("any", "any").token_url(format!("{}/token", server.url()));
    let tokens = fetched(&stage(), app).await.unwrap();
    assert_eq!(lifetime(&tokens), Some(3600));
}

#[tokio::test]
async fn oauth2_mock_server_may_refuse_with_status_200() {
    let server = OAuthMock::start(&[json!({"body": {"error": "access_denied"}})]).unwrap();
    let app = OAuthClient::new("any", "any").token_url(format!("{}/token", server.url()));
    let stage = stage();
    let credential = OAuthCredential::client_credentials(app);
    let error = read(&client(&stage.at(""), credential)).await.unwrap_err();
    assert!(
        error.to_string().contains("refused: access_denied"),
        "{error}"
    );
}

#[tokio::test]
async fn oauth2_mock_server_may_be_busy_and_recover() {
    let busy = json!({"status": 503, "body": {"error": "temporarily_unavailable"}});
    let server = OAuthMock::start(&[busy, json!({})]).unwrap();
    let app = OAuthClient::new("any", "any").token_url(format!("{}/token", server.url()));
    let stage = stage();
    let client = client(&stage.at(""), OAuthCredential::client_credentials(app));
    assert!(read_at_last(&client).await.starts_with("Bearer "));
    assert_eq!(server.requests().len(), 2);
}
