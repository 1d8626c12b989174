//! What connection parameters and connectors say about OAuth 2.0.
#![cfg(feature = "oauth2")]

use connector_runtime::Credential;
use connector_runtime::oauth::{OAuthClient, OAuthCredential, Provider};
use connector_runtime::token::Tokens;

use super::*;

/// As the Azure connectors describe theirs.
const PROVIDER: &str = r#"{
    "authorization_url": "https://login.acme.example/{tenantId}/authorize",
    "token_url": "https://login.acme.example/{tenantId}/token",
    "parameters": { "tenantId": { "default": "common" }, "resourceUri": {} },
    "token": { "parameters": { "resource": "{RESOURCEURI}" } },
    "scopes": ["offline_access"]
}"#;

const fn exchange(name: &'static str, bindings: &'static [Binding]) -> ConnectionParameter {
    parameter(name, Secret, bindings)
}

const TOKEN: ConnectionParameter = parameter("token", OAuth, &[Binding::OAuth("oauth")]);
const TENANT: ConnectionParameter = exchange("token:TenantId", &[Binding::Exchange("TenantId")]);
const ID: ConnectionParameter = exchange("token:clientId", &[Binding::Exchange("clientId")]);
const SECRET: ConnectionParameter =
    exchange("token:clientSecret", &[Binding::Exchange("clientSecret")]);
const RESOURCE: ConnectionParameter =
    exchange("token:resourceUri", &[Binding::Exchange("resourceUri")])
        .default("https://api.acme.example");

/// As Signi's.
static GRANTS: Api = Api::new("acme", "1")
    .security_schemes(&[SecurityScheme::oauth2("oauth").provider(PROVIDER)])
    .parameter_sets(&[ParameterSet::new(
        "",
        &[
            TOKEN,
            TENANT,
            ID,
            SECRET,
            RESOURCE,
            parameter("token:grantType", Plain, &[Binding::Exchange("grantType")])
                .values(&["code", "client_credentials"]),
        ],
    )]);

/// As those of Azure Communication Services.
static SETS: Api = Api::new("acme", "1")
    .security_schemes(&[SecurityScheme::oauth2("oauth").provider(PROVIDER)])
    .parameter_sets(&[
        ParameterSet::new("aadOauth", &[TOKEN, RESOURCE]),
        ParameterSet::new(
            "aadOauthClientCredentials",
            &[
                TOKEN,
                TENANT.required(),
                ID.required(),
                SECRET.required(),
                RESOURCE,
            ],
        ),
    ]);

/// The token request and the call of a client.
fn requests(
    builder: ClientBuilder,
    transport: &MockTransport,
) -> (CapturedRequest, CapturedRequest) {
    transport
        .reply(Reply::text(
            200,
            r#"{"access_token": "fetched", "token_type": "bearer", "expires_in": 3600}"#,
        ))
        .reply(Reply::text(200, "ok"));
    let client = builder.build().unwrap();
    block_on(client.request("GET", "/shops").send::<Text>()).unwrap();
    let requests = transport.requests();
    (requests[0].clone(), requests[1].clone())
}

fn body(request: &CapturedRequest) -> String {
    String::from_utf8(request.body().to_vec()).unwrap()
}

#[test]
fn application_of_the_parameters_calls_for_itself_where_the_set_says_so() {
    let (builder, transport) = builder(&SETS);
    let given = builder
        .parameter("token:TENANTID", "contoso")
        .parameter("token:clientId", "id")
        .parameter("token:clientSecret", "hush");
    let (token, sent) = requests(given, &transport);
    assert_eq!(token.url(), "https://login.acme.example/contoso/token");
    let body = body(&token);
    for part in [
        "grant_type=client_credentials",
        "resource=https%3A%2F%2Fapi.acme.example",
        "scope=offline_access",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert_eq!(sent.header("authorization"), Some("Bearer fetched"));
}

#[test]
fn application_of_the_parameters_calls_for_itself_where_the_grant_says_so() {
    let given = |builder: ClientBuilder| {
        builder
            .parameter("token:clientId", "id")
            .parameter("token:clientSecret", "hush")
    };
    let (first, transport) = builder(&GRANTS);
    let first = given(first).parameter("token:grantType", "client_credentials");
    let (token, _) = requests(first, &transport);
    assert_eq!(token.url(), "https://login.acme.example/common/token");
    // A person is to sign in.
    for grant in [None, Some("code")] {
        let (mut other, _) = builder(&GRANTS);
        if let Some(grant) = grant {
            other = other.parameter("token:grantType", grant);
        }
        let client = given(other).build().unwrap();
        let shown = format!("{:?}", client.connection());
        assert!(shown.contains("credentials: {}"), "{shown}");
    }
}

#[test]
fn explicit_client_uses_the_provider_of_the_connector_and_its_values() {
    let (given, transport) = builder(&SETS);
    let client = OAuthClient::new("mine", "hush");
    let given = given
        .credential("oauth", Credential::oauth2_client_credentials(client))
        .parameter_set("aadOauthClientCredentials")
        .parameter("token:tenantId", "contoso");
    let (token, _) = requests(given, &transport);
    assert_eq!(token.url(), "https://login.acme.example/contoso/token");

    // Its own provider and values count before those of the connector.
    let (given, transport) = builder(&SETS);
    let mut provider = Provider::default();
    provider.token_url = Some("https://idp.acme.example/{tenant}".to_owned());
    let client = OAuthClient::new("mine", "hush")
        .provider(provider)
        .value("tenant", "t1");
    let given = given.credential("oauth", Credential::oauth2_client_credentials(client));
    let (token, _) = requests(given, &transport);
    assert_eq!(token.url(), "https://idp.acme.example/t1");
}

#[test]
fn credential_that_two_connections_share_has_tokens_for_each() {
    let client = OAuthClient::new("mine", "hush");
    let shared = Credential::from(OAuthCredential::client_credentials(client));
    for resource in ["https://a.example", "https://b.example"] {
        let (given, transport) = builder(&GRANTS);
        let given = given
            .credential("oauth", shared.clone())
            .parameter("token:resourceUri", resource);
        let (token, _) = requests(given, &transport);
        let expected = resource.replace(':', "%3A").replace('/', "%2F");
        assert!(body(&token).contains(&expected), "{resource}");
    }
}

#[test]
fn required_value_of_the_exchange_is_asked_for_unless_the_credential_does_without() {
    let named = || builder(&SETS).0.parameter_set("aadOauthClientCredentials");
    let message = error(named().parameter("token:clientId", "id"));
    for part in [
        "`token:TenantId`",
        "ACME_TENANT_ID",
        "`token:clientSecret`",
        "ACME_CLIENT_SECRET",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let client = || OAuthClient::new("mine", "hush");
    let credential = |client| Credential::oauth2_client_credentials(client);
    let message = error(named().credential("oauth", credential(client())));
    assert!(
        message.contains("`token:TenantId`") && !message.contains("clientId"),
        "{message}"
    );
    for sufficient in [
        credential(client().value("tenantid", "contoso")),
        credential(client().token_url("https://idp.acme.example/token")),
        Credential::bearer("token"),
    ] {
        assert!(named().credential("oauth", sufficient).build().is_ok());
    }
}

#[test]
fn access_token_may_be_given_as_the_parameter() {
    let (builder, transport) = builder(&GRANTS);
    let sent = call(builder.parameter("token", "mine"), &transport);
    assert_eq!(sent.header("authorization"), Some("Bearer mine"));
}

#[test]
fn provider_places_the_token_even_where_the_scheme_is_a_key() {
    static API: Api = Api::new("acme", "1").security_schemes(&[SecurityScheme::api_key_header(
        "oauth",
        "Authorization",
    )
    .provider(PROVIDER)]);
    let (builder, transport) = builder(&API);
    let tokens = OAuthCredential::signed_in(
        OAuthClient::public("id").value("resourceUri", "r"),
        Tokens::new("mine"),
    );
    let sent = call(builder.credential("oauth", tokens.into()), &transport);
    assert_eq!(sent.header("authorization"), Some("Bearer mine"));
}

#[test]
fn provider_that_is_no_json_is_a_bug_of_the_crate() {
    static API: Api =
        Api::new("acme", "1").security_schemes(&[SecurityScheme::oauth2("oauth").provider("{")]);
    let client = OAuthClient::new("id", "hush");
    let given = builder(&API).0.credential("oauth", client.into());
    assert!(error(given).contains("a bug of the crate"));
}

#[cfg(feature = "sign-in")]
#[test]
fn person_signs_in_at_the_provider_of_the_connector() {
    use connector_runtime::Connection;
    use connector_runtime::oauth::AuthorizationServer;

    let connection = Connection::new().parameter("token:tenantId", "contoso");
    let server = AuthorizationServer::builder(OAuthClient::public("mine"))
        .api(&GRANTS, "oauth")
        .connection(&connection)
        .transport(MockTransport::new())
        .build();
    let server = block_on(server).unwrap();
    let page = server.authorization("http://127.0.0.1/", &[]).unwrap();
    let url = page.url();
    assert!(
        url.starts_with("https://login.acme.example/contoso/authorize?"),
        "{url}"
    );
    assert!(url.contains("scope=offline_access"), "{url}");
}
