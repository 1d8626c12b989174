//! From a definition to a request.

use super::*;

#[tokio::test]
async fn key_goes_where_the_document_says() {
    for (scheme, header, expected) in [
        ("key", "x-key", "s3cret"),
        ("bearer", "authorization", "Bearer s3cret"),
    ] {
        let home = Home::new().await;
        home.add(scheme, key("s3cret")).await;
        let request = home.request().await.unwrap();
        assert_eq!(request.header(header), Some(expected));
    }
    let home = Home::new().await;
    home.add("query", key("s3cret")).await;
    let request = home.request().await.unwrap();
    assert_eq!(request.url(), format!("{ADDRESS}/shops?key=s3cret"));
}

#[tokio::test]
async fn password_is_basic_or_digest_as_the_document_says() {
    let password = || CredentialDefinition::Password {
        username: "ada".to_owned(),
        password: Secret::value("s3cret"),
    };
    let home = Home::new().await;
    home.add("basic", password()).await;
    let request = home.request().await.unwrap();
    assert_eq!(
        request.header("authorization"),
        Some("Basic YWRhOnMzY3JldA==")
    );

    let home = Home::new().await;
    home.add("digest", password()).await;
    let transport = MockTransport::new();
    let challenge = r#"Digest realm="acme", nonce="n", qop="auth", algorithm=SHA-256"#;
    transport
        .reply(Reply::status(401).header("www-authenticate", challenge))
        .reply(Reply::text(200, "ok"));
    let client = home.client(&transport).await.unwrap();
    client
        .request("GET", "/shops")
        .send::<Text>()
        .await
        .unwrap();
    let last = transport.last_request().unwrap();
    let sent = last.header("authorization").unwrap();
    assert!(
        sent.starts_with("Digest ") && sent.contains(r#"username="ada""#),
        "{sent}"
    );
}

#[tokio::test]
async fn signatures_are_made() {
    let home = Home::new().await;
    let shared = CredentialDefinition::SharedKey {
        account: "store".to_owned(),
        key: Secret::value("a2V5"),
    };
    home.add("shared", shared).await;
    let request = home.request().await.unwrap();
    let sent = request.header("authorization").unwrap();
    assert!(sent.starts_with("SharedKey store:"), "{sent}");

    let home = Home::new().await;
    let aws = CredentialDefinition::AwsSigv4 {
        access_key_id: "AKID".to_owned(),
        secret_access_key: Secret::value("s3cret"),
        session_token: Some(Secret::value("session")),
        region: Some("eu-west-1".to_owned()),
        service: Some("execute-api".to_owned()),
    };
    home.add("aws", aws).await;
    let request = home.request().await.unwrap();
    let sent = request.header("authorization").unwrap();
    assert!(sent.contains("Credential=AKID/"), "{sent}");
    assert!(
        sent.contains("/eu-west-1/execute-api/aws4_request"),
        "{sent}"
    );
    assert_eq!(request.header("x-amz-security-token"), Some("session"));
}

#[tokio::test]
async fn nothing_is_added_where_something_on_the_way_does() {
    let home = Home::new().await;
    home.add("bearer", CredentialDefinition::None).await;
    let request = home.request().await.unwrap();
    assert_eq!(request.header("authorization"), None);
}

/// The form of the token request that a definition leads to.
async fn token_request(oauth: OAuthDefinition) -> (CapturedRequest, Vec<(String, String)>) {
    let home = Home::new().await;
    home.add("oauth", signed_in(oauth)).await;
    let transport = MockTransport::new();
    transport
        .reply(granted("a1", "r1"))
        .reply(Reply::text(200, "ok"));
    let client = home.client(&transport).await.unwrap();
    client
        .request("GET", "/shops")
        .send::<Text>()
        .await
        .unwrap();
    let [token, call] = <[CapturedRequest; 2]>::try_from(transport.requests()).unwrap();
    assert_eq!(token.url(), TOKEN_URL);
    assert_eq!(call.header("authorization"), Some("Bearer a1"));
    let form = token.form();
    (token, form)
}

fn has(form: &[(String, String)], name: &str, value: &str) {
    let found = form.iter().any(|(n, v)| n == name && v == value);
    assert!(found, "{name} is not {value}: {form:?}");
}

#[tokio::test]
async fn client_credentials_are_asked_for_with_what_the_definition_says() {
    let mut client = oauth(GrantDefinition::ClientCredentials);
    client.scopes = Some(vec!["read".to_owned(), "write".to_owned()]);
    let audience = ("audience".to_owned(), "api".to_owned());
    client.token_parameters.extend([audience]);
    let (request, form) = token_request(client).await;
    let basic = "Basic aWQ6Y2xpZW50LXNlY3JldA==";
    assert_eq!(request.header("authorization"), Some(basic));
    has(&form, "grant_type", "client_credentials");
    has(&form, "scope", "read write");
    has(&form, "audience", "api");
}

#[tokio::test]
async fn password_grant_sends_the_person() {
    let mut client = oauth(GrantDefinition::Password);
    client.username = Some("ada".to_owned());
    client.password = Some(Secret::value("s3cret"));
    let (_, form) = token_request(client).await;
    has(&form, "grant_type", "password");
    has(&form, "username", "ada");
    has(&form, "password", "s3cret");
}

#[tokio::test]
async fn private_key_signs_for_the_client_or_is_the_grant() {
    let pem = include_str!("../../src/oauth/jwt/fixtures/p256.sec1.pem");
    let signing = |grant| {
        let mut client = oauth(grant);
        client.client_secret = None;
        client.private_key = Some(Secret::value(pem));
        client.key_id = Some("p256".to_owned());
        client
    };
    let (_, form) = token_request(signing(GrantDefinition::ClientCredentials)).await;
    has(&form, "grant_type", "client_credentials");
    let assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    has(&form, "client_assertion_type", assertion);

    let (_, form) = token_request(signing(GrantDefinition::JwtBearer)).await;
    let bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    has(&form, "grant_type", bearer);
    assert!(form.iter().any(|(name, _)| name == "assertion"), "{form:?}");
}

#[tokio::test]
async fn what_a_grant_lacks_is_named() {
    for (grant, lacks) in [
        (GrantDefinition::Password, "username"),
        (GrantDefinition::JwtBearer, "private_key"),
    ] {
        let home = Home::new().await;
        home.add("oauth", signed_in(oauth(grant))).await;
        let error = home.request().await.unwrap_err().to_string();
        assert!(error.contains(lacks), "{error}");
    }
}

#[tokio::test]
async fn scheme_that_the_api_does_not_have_is_told_with_those_it_has() {
    let home = Home::new().await;
    home.add("apikey", key("secret")).await;
    let error = home.request().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = error.to_string();
    assert!(
        text.contains("`apikey`") && text.contains("`bearer`"),
        "{text}"
    );
}

#[tokio::test]
async fn use_is_remembered() {
    let home = Home::new().await;
    home.add("key", key("secret")).await;
    let info = home.environment.info("acme", "work").await.unwrap();
    assert!(info.created_at.is_some());
    assert_eq!(info.last_used_at, None);
    home.request().await.unwrap();
    let info = home.environment.info("acme", "work").await.unwrap();
    assert!(info.last_used_at >= info.created_at);
}

#[tokio::test]
async fn address_depends_on_who_signed_in() {
    let mut client = oauth(GrantDefinition::AuthorizationCode);
    let mut provider = Provider::default();
    provider.token_url = Some(TOKEN_URL.to_owned());
    provider.base_url = Some("{instance_url}/services".to_owned());
    client.provider = Some(ProviderReference::Described(Box::new(provider)));
    let mut definition = definition("oauth", signed_in(client));
    definition.base_url = None;
    let home = Home::new().await;
    let added = home.environment.add("acme", "work", &definition);
    added.await.unwrap();
    let mut signed_in = tokens("a1", None, 3600);
    let instance = "https://na7.acme.example".to_owned();
    signed_in.values.insert("instance_url".to_owned(), instance);
    home.put("oauth", signed_in).await;
    let request = home.request().await.unwrap();
    assert_eq!(request.url(), "https://na7.acme.example/services/shops");
}
