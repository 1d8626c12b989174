//! Connection parameters of Power Platform connectors in an environment.

use connector_runtime::environment::{ConnectorDescription, ParameterSetDescription};
use connector_runtime::{
    Binding, Connection, ConnectionParameter, ConnectionParameterKind, ParameterSet, Server,
};
use serde_json::json;

use super::*;

const PROVIDER: &str = r#"{
    "authorization_url": "https://login.acme.example/{TenantId}/authorize",
    "token_url": "/{TenantId}/token",
    "parameters": { "TenantId": { "default": "common" } }
}"#;

static SHOP: Api = Api::new("shop", "1")
    .servers(&[Server::new("https://api.shop.example")])
    .security_schemes(&[
        SecurityScheme::api_key_header("key", "x-key"),
        SecurityScheme::oauth2("oauth").provider(PROVIDER),
    ])
    .parameter_sets(&[
        ParameterSet::new(
            "key-auth",
            &[
                ConnectionParameter::new("api_key", ConnectionParameterKind::Secret)
                    .required()
                    .bindings(&[Binding::Key("key")]),
                ConnectionParameter::new("region", ConnectionParameterKind::Text)
                    .default("eu")
                    .values(&["eu", "us"]),
            ],
        ),
        ParameterSet::new(
            "oauth",
            &[
                ConnectionParameter::new("token", ConnectionParameterKind::OAuth)
                    .required()
                    .bindings(&[Binding::OAuth("oauth")]),
                ConnectionParameter::new("token:TenantId", ConnectionParameterKind::Text)
                    .bindings(&[Binding::Exchange("TenantId")]),
            ],
        ),
    ]);

/// A connection of the shop that `connections.toml` declares.
async fn declared(home: &Home) -> Result<(Connection, MockTransport)> {
    let connection = home.environment.connection(&SHOP, "shop", "main").await?;
    Ok((connection, MockTransport::new()))
}

/// The requests that a call makes.
async fn requests(connection: Connection, transport: &MockTransport) -> Vec<CapturedRequest> {
    let client = Client::builder(&SHOP)
        .connection(connection)
        .transport(transport.clone());
    let client = client.build().unwrap();
    client
        .request("GET", "/shops")
        .send::<Text>()
        .await
        .unwrap();
    transport.requests()
}

#[tokio::test]
async fn declared_parameters_and_secrets_reach_the_call() {
    let home = Home::declaring(
        "[shop.main]\nparameter_set = \"key-auth\"\nparameters = { Region = \"us\" }\nsecrets = { api_key = \"file:key\" }\n",
    )
    .await;
    fs::write(home.path().join("key"), "k1\n").unwrap();
    let (connection, transport) = declared(&home).await.unwrap();
    assert!(!format!("{connection:?}").contains("k1"));
    transport.reply(Reply::text(200, "ok"));
    let sent = requests(connection, &transport).await;
    assert_eq!(sent[0].header("x-key"), Some("k1"));
}

#[tokio::test]
async fn secret_that_is_not_there_and_a_name_that_is_unknown_are_told() {
    let home = Home::declaring("[shop.main]\nsecrets = { api_key = \"file:nowhere\" }\n").await;
    let error = declared(&home).await.unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");

    let home = Home::declaring("[shop.main]\nparameters = { regoin = \"us\" }\n").await;
    let (connection, _) = declared(&home).await.unwrap();
    let error = Client::builder(&SHOP)
        .connection(connection)
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no connection parameter `regoin`"),
        "{error}"
    );
}

#[tokio::test]
async fn declared_application_uses_the_provider_of_the_connector() {
    let home = Home::declaring(
        "[shop.main]\nparameters = { \"token:tenantid\" = \"contoso\" }\n[shop.main.credentials.oauth]\ntype = \"oauth2\"\ngrant = \"client_credentials\"\nclient_id = \"id\"\nclient_secret = \"file:key\"\n",
    )
    .await;
    fs::write(home.path().join("key"), "hush").unwrap();
    let (connection, transport) = declared(&home).await.unwrap();
    transport
        .reply(Reply::text(
            200,
            r#"{"access_token": "t", "token_type": "bearer"}"#,
        ))
        .reply(Reply::text(200, "ok"));
    let sent = requests(connection, &transport).await;
    assert_eq!(sent[0].url(), "https://api.shop.example/contoso/token");
    assert_eq!(sent[1].header("authorization"), Some("Bearer t"));
}

#[tokio::test]
async fn person_signs_in_at_the_provider_that_the_description_has() {
    let home = Home::new().await;
    let mut definition = ConnectionDefinition::default();
    definition.description = Some(ConnectorDescription::of(&SHOP));
    definition
        .parameters
        .insert("token:TenantId".to_owned(), "contoso".to_owned());
    let oauth = OAuthDefinition::new(GrantDefinition::AuthorizationCode, "id");
    definition
        .credentials
        .insert("oauth".to_owned(), signed_in(oauth));
    home.environment
        .add("shop", "main", &definition)
        .await
        .unwrap();
    let server = home
        .environment
        .authorization_server("shop", "main", "oauth")
        .await
        .unwrap();
    let page = server.authorization("http://127.0.0.1/", &[]).unwrap();
    let url = page.url();
    assert!(
        url.starts_with("https://login.acme.example/contoso/authorize?"),
        "{url}"
    );
}

#[test]
fn description_has_sets_and_providers_and_gives_them_back() {
    let description = ConnectorDescription::of(&SHOP);
    let written = serde_json::to_value(&description).unwrap();
    assert_eq!(
        written["parameter_sets"][0],
        json!({
            "name": "key-auth",
            "parameters": [
                { "name": "api_key", "kind": "secret", "required": true, "bindings": [{ "key": "key" }] },
                { "name": "region", "kind": "text", "default": "eu", "values": ["eu", "us"] },
            ],
        })
    );
    let read: ConnectorDescription = serde_json::from_value(written).unwrap();
    assert_eq!(read, description);
    assert_eq!(ConnectorDescription::of(read.leak()), description);
}

#[test]
fn description_of_a_connector_tells_what_it_asks_for() {
    let text = r#"{
        "name": "aadOauthClientCredentials",
        "parameters": [
            { "name": "token", "kind": "oauth", "bindings": [{ "oauth": "oauth" }] },
            { "name": "token:ClientId", "kind": "text", "bindings": [{ "exchange": "client_id" }] }
        ]
    }"#;
    let set: ParameterSetDescription = serde_json::from_str(text).unwrap();
    assert!(set.is_for_applications());
    assert_eq!(set.oauth_scheme(), Some("oauth"));
    let id = set.parameter("TOKEN:CLIENTID").unwrap();
    assert!(id.is_client_id() && !id.is_client_secret() && !id.required);
}
