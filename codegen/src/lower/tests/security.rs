//! Security schemes, requirements, servers.

use super::document;
use crate::model::{ApiKeyLocation, OAuthGrant, SchemeKind};

fn secured(global: &str, own: &str) -> super::Lowered {
    document(&format!(
        "openapi: 3.1.0
info: {{title: T, version: '1'}}
{global}
paths:
  /x:
    servers: [{{url: 'https://path.acme.com'}}]
    get:
      operationId: x
      {own}
      responses: {{'204': {{description: d}}}}
components:
  securitySchemes:
    key: {{type: apiKey, in: header, name: X-Key}}
    oauth:
      type: oauth2
      flows:
        clientCredentials: {{tokenUrl: /token, scopes: {{read: Reads.}}}}
        authorizationCode: {{authorizationUrl: /auth, tokenUrl: /token, refreshUrl: /refresh, scopes: {{}}}}
    basic: {{type: http, scheme: Basic}}
    hoba: {{type: http, scheme: hoba}}
    build: {{type: http, scheme: bearer}}
    tls: {{type: mutualTLS}}
    aws: {{type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}}
    custom: {{type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: custom}}
    storage: {{type: apiKey, in: header, name: Authorization, x-connector-scheme: azureSharedKey}}
    shared: {{type: http, scheme: SharedKey}}
    unknown: {{type: http, scheme: bearer, x-connector-scheme: nonsense}}
    oidc: {{type: openIdConnect, openIdConnectUrl: 'https://acme.com/.well-known/openid-configuration'}}
"
    ))
}

/// The alternatives of the operation: `scheme:scopes & …`.
fn requirements(of: &super::Lowered) -> Option<Vec<String>> {
    let alternatives = of.operation().security.as_ref()?;
    let alternative = |schemes: &Vec<crate::model::Requirement>| {
        let schemes: Vec<_> = schemes
            .iter()
            .map(|one| format!("{}:{}", one.scheme, one.scopes.join("+")))
            .collect();
        schemes.join(" & ")
    };
    Some(alternatives.iter().map(alternative).collect())
}

fn strings(texts: &[&str]) -> Option<Vec<String>> {
    Some(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn alternatives_are_sets_of_schemes_with_scopes() {
    let of = secured(
        "security: []",
        "security: [{key: [], oauth: [read]}, {basic: []}]",
    );
    assert_eq!(requirements(&of), strings(&["key: & oauth:read", "basic:"]));
}

#[test]
fn an_empty_alternative_is_anonymous_access() {
    let of = secured("security: []", "security: [{key: []}, {}]");
    assert_eq!(requirements(&of), strings(&["key:", ""]));
}

#[test]
fn the_documents_requirements_hold_unless_overridden() {
    let of = secured("security: [{key: []}]", "description: d");
    assert_eq!(requirements(&of), strings(&["key:"]));
    let of = secured("security: [{key: []}]", "security: []");
    assert_eq!(requirements(&of), strings(&[]));
}

#[test]
fn a_document_that_says_nothing_requires_nothing() {
    assert_eq!(requirements(&secured("tags: []", "description: d")), None);
}

#[test]
fn an_alternative_with_an_undeclared_scheme_is_left_out() {
    let of = secured("security: []", "security: [{nowhere: []}, {key: []}]");
    assert_eq!(requirements(&of), strings(&["key:"]));
}

#[test]
fn where_only_undeclared_schemes_would_do_the_call_goes_without() {
    let of = secured("security: []", "security: [{nowhere: []}]");
    assert_eq!(requirements(&of), strings(&[""]));
}

#[test]
fn schemes_of_every_kind_are_kept_in_order() {
    let of = secured("security: []", "description: d");
    let schemes = &of.api.security_schemes;
    let setters: Vec<_> = schemes
        .iter()
        .map(|scheme| scheme.setter.as_str())
        .collect();
    assert_eq!(
        setters,
        [
            "key",
            "oauth",
            "basic",
            "hoba",
            "build_credential",
            "tls",
            "aws",
            "custom",
            "storage",
            "shared",
            "unknown",
            "oidc"
        ]
    );
    assert_eq!(
        schemes[0].kind,
        SchemeKind::ApiKey {
            location: ApiKeyLocation::Header,
            name: "X-Key".to_owned()
        }
    );
    let SchemeKind::OAuth2(flows) = &schemes[1].kind else {
        panic!("OAuth 2.0");
    };
    assert_eq!(flows.len(), 2);
    assert_eq!(flows[1].refresh_url.as_deref(), Some("/refresh"));
    assert_eq!(schemes[2].kind, SchemeKind::Basic);
    assert_eq!(schemes[3].kind, SchemeKind::Http("hoba".to_owned()));
    assert_eq!(schemes[5].kind, SchemeKind::MutualTls);
}

#[test]
fn signatures_are_told_by_their_extensions() {
    let of = secured("security: []", "description: d");
    let kind = |name: &str| {
        let mut schemes = of.api.security_schemes.iter();
        schemes
            .find(|scheme| scheme.name == name)
            .unwrap()
            .kind
            .clone()
    };
    assert_eq!(kind("aws"), SchemeKind::AwsSigV4);
    assert!(matches!(kind("custom"), SchemeKind::ApiKey { .. }));
    assert_eq!(kind("storage"), SchemeKind::AzureSharedKey);
    assert_eq!(kind("shared"), SchemeKind::AzureSharedKey);
    assert_eq!(kind("unknown"), SchemeKind::Bearer);
}

#[test]
fn servers_of_operation_then_path_replace_the_documents() {
    let of = secured("servers: [{url: 'https://acme.com'}]", "description: d");
    assert_eq!(of.operation().servers[0].url, "https://path.acme.com");
    let of = secured(
        "servers: [{url: 'https://acme.com'}]",
        "servers: [{url: 'https://own.acme.com'}]",
    );
    assert_eq!(of.operation().servers[0].url, "https://own.acme.com");
    assert_eq!(of.api.servers[0].url, "https://acme.com");
}

#[test]
fn variables_of_servers_are_kept() {
    let of = secured(
        "servers: [{url: 'https://{region}.acme.com', variables: {region: {default: eu, enum: [eu, us]}}}]",
        "description: d",
    );
    let variable = &of.api.servers[0].variables[0];
    assert_eq!([&variable.name, &variable.default], ["region", "eu"]);
    assert_eq!(variable.values, ["eu", "us"]);
}

#[test]
fn devices_metadata_and_deprecation_of_openapi_3_2_are_read() {
    let of = super::document(
        "openapi: 3.2.0\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents:\n  securitySchemes:\n    person: {type: oauth2, deprecated: true, oauth2MetadataUrl: 'https://id.example/metadata', flows: {deviceAuthorization: {deviceAuthorizationUrl: 'https://id.example/device', tokenUrl: 'https://id.example/token', scopes: {read: Reads.}}}}\n    key: {type: apiKey, in: header, name: X-Key}\n",
    );
    let [person, key] = of.api.security_schemes.as_slice() else {
        panic!("two schemes");
    };
    let SchemeKind::OAuth2(flows) = &person.kind else {
        panic!("OAuth 2.0");
    };
    assert_eq!(
        flows[0].grant,
        OAuthGrant::DeviceAuthorization {
            device_authorization_url: "https://id.example/device".to_owned(),
            token_url: "https://id.example/token".to_owned(),
        }
    );
    assert_eq!(flows[0].scopes, [("read".to_owned(), "Reads.".to_owned())]);
    assert!(person.deprecated && !key.deprecated);
    assert_eq!(
        person.metadata_url.as_deref(),
        Some("https://id.example/metadata")
    );
}
