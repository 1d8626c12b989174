//! OAuth settings as the runtime's `Provider`.

use serde_json::{Value, json};

use super::Outcome;
use super::connectors::properties;
use crate::diagnostics::Code;
use crate::model::ConnectionParameterKind;

fn settings(settings: Value, others: Value) -> Outcome {
    let mut parameters = json!({"token": {"type": "oauthSetting", "oAuthSettings": settings}});
    for (name, value) in others.as_object().into_iter().flatten() {
        parameters[name] = value.clone();
    }
    properties(json!({"connectionParameters": parameters}))
}

/// A provider with these custom parameters.
fn generic(custom: Value, others: Value) -> Outcome {
    let custom: serde_json::Map<String, Value> = custom
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), json!({"value": value})))
        .collect();
    settings(
        json!({"identityProvider": "oauth2generic", "customParameters": custom}),
        others,
    )
}

fn provider(of: &Outcome) -> Value {
    let kinds = of.parameters().iter().map(|parameter| &parameter.kind);
    let mut providers = kinds.filter_map(|kind| match kind {
        ConnectionParameterKind::OAuth(provider) => Some(provider.clone()),
        _ => None,
    });
    providers.next().unwrap()
}

/// What parameters are in the exchange.
fn exchange(of: &Outcome) -> Vec<&str> {
    let parameters = of.parameters().iter();
    parameters
        .filter_map(|parameter| parameter.exchange.as_deref())
        .collect()
}

fn text() -> Value {
    json!({"type": "string"})
}

#[test]
fn endpoints_and_scopes_are_taken_and_the_client_is_not() {
    let of = settings(
        json!({
            "identityProvider": "oauth2", "clientId": "id", "clientSecret": "hush",
            "scopes": ["a b", "b", "c,d"], "redirectMode": "Global",
            "customParameters": {
                "AuthorizationUrl": {"value": "https://idp.example/auth"},
                "tokenUrl": {"value": "https://idp.example/token"},
                "refreshUrl": {"value": "https://idp.example/refresh"},
                "scopeListDelimiter": {"value": ","},
            },
        }),
        json!({}),
    );
    assert_eq!(
        provider(&of),
        json!({
            "name": "oauth2", "scopes": ["a", "b", "c,d"], "scope_separator": ",", "client_authentication": "body",
            "authorization_url": "https://idp.example/auth", "token_url": "https://idp.example/token",
            "refresh_url": "https://idp.example/refresh",
        })
    );
    assert_eq!(of.findings(), [""; 0]);
}

#[test]
fn standard_templates_say_nothing() {
    let of = generic(
        json!({
            "authorizationUrlTemplate": "https://idp.example/auth",
            "authorizationUrlQueryStringTemplate": "?response_type=code&client_id={ClientId}&redirect_uri={redirectUrl}&scope={Scopes}&state={State}",
            "tokenUrlTemplate": "https://idp.example/token",
            "tokenBodyTemplate": "code={Code}&grant_type=authorization_code&redirect_uri={RedirectUrl}&client_id={clientId}&client_secret={ClientSecret}",
            "refreshUrlTemplate": "https://idp.example/token",
            "refreshBodyTemplate": "code={code}&redirect_uri={RedirectUrl}&grant_type=refresh_token&refresh_token={RefreshToken}&client_id={ClientId}&client_secret={ClientSecret}",
        }),
        json!({}),
    );
    assert_eq!(
        provider(&of),
        json!({
            "name": "oauth2generic", "client_authentication": "body",
            "authorization_url": "https://idp.example/auth", "token_url": "https://idp.example/token",
        })
    );
}

#[test]
fn what_differs_from_the_standard_is_kept() {
    let of = generic(
        json!({
            "authorizationUrlTemplate": "https://{customHost}/auth",
            "authorizationUrlQueryStringTemplate": "/new?client_key={ClientId}&response_type=code&redirect_uri=https://global.consent.azure-apim.net/redirect&state={State}&audience=https%3A%2F%2Fapi.example",
            "tokenUrlTemplate": "https://{customhost}/token",
            "tokenUrlQueryStringTemplate": "?env={CustomHost}",
            "tokenBodyTemplate": "code={Code}&grant_type=authorization_code&redirect_uri={RedirectUrl}&client_id={ClientId}&scope={Scopes}",
            "refreshBodyTemplate": "grant_type=renew&token={RefreshToken}&client_id={ClientId}&client_secret={ClientSecret}",
        }),
        json!({"token:CustomHost": {"type": "string", "defaultValue": "eu.example", "uiDefinition": {
            "displayName": "Host", "constraints": {"allowedValues": ["eu.example", "us.example"]}}}}),
    );
    assert_eq!(
        provider(&of),
        json!({
            "name": "oauth2generic", "client_authentication": "body",
            "authorization_url": "https://{CustomHost}/auth/new",
            "authorization": {
                "parameters": {"audience": "https://api.example", "scope": ""}, "rename": {"client_id": "client_key"},
            },
            "token_url": "https://{CustomHost}/token?env={CustomHost}",
            "token": {"parameters": {"scope": "{scope}", "client_secret": ""}},
            "refresh": {"parameters": {"grant_type": "renew"}, "rename": {"refresh_token": "token"}},
            "parameters": {"CustomHost": {
                "default": "eu.example", "description": "Host", "values": ["eu.example", "us.example"]}},
        })
    );
    assert_eq!(exchange(&of), ["CustomHost"]);
}

#[test]
fn parameters_can_be_the_client() {
    let of = generic(
        json!({
            "authorizationUrlTemplate": "{Url}/auth",
            "authorizationUrlQueryStringTemplate": "?response_type=code&client_id={AppId}&redirect_uri={RedirectUrl}&scope={Scopes}&state={State}",
            "tokenUrlTemplate": "{Url}/token",
            "tokenBodyTemplate": "grant_type=authorization_code&code={Code}&redirect_uri={RedirectUrl}&client_id={AppId}&client_secret={AppSecret}",
        }),
        json!({"token:Url": text(), "token:AppId": text(), "TOKEN:AppSecret": {"type": "securestring"}}),
    );
    assert_eq!(exchange(&of), ["Url", "clientId", "clientSecret"]);
    let provider = provider(&of);
    assert_eq!(provider["parameters"], json!({"Url": {}}));
    assert_eq!(provider["token"], Value::Null);
}

#[test]
fn a_parameter_with_a_name_of_the_runtime_keeps_its_prefix() {
    let of = generic(
        json!({
            "authorizationUrlTemplate": "https://idp.example/auth", "tokenUrlTemplate": "https://idp.example/token",
            "authorizationUrlQueryStringTemplate": "?response_type=code&client_id={ClientId}&redirect_uri={RedirectUrl}&scope={scope}&state={State}",
        }),
        json!({"token:scope": text()}),
    );
    assert_eq!(exchange(&of), ["token:scope"]);
    let wanted = json!({"parameters": {"scope": "{token:scope}"}});
    assert_eq!(provider(&of)["authorization"], wanted);
}

#[test]
fn a_page_that_finds_its_way_by_the_fragment_keeps_it() {
    let of = generic(
        json!({"authorizationUrlTemplate": "https://{host}/#/authorize", "tokenUrlTemplate": "https://{host}/token"}),
        json!({"token:host": text()}),
    );
    let provider = provider(&of);
    assert_eq!(provider["authorization_url"], "https://{host}/");
    assert_eq!(provider["authorization"]["fragment"], "#/authorize");
}

#[test]
fn bodies_in_json_are_taken_as_they_stand() {
    let of = generic(
        json!({
            "authorizationUrlTemplate": "https://idp.example/auth", "tokenUrlTemplate": "https://idp.example/token",
            "tokenBodyTemplate": "{\"code\": \"{Code}\", \"id\": \"{ClientId}\"}",
            "refreshBodyTemplate": "{\"id\": \"{ClientId}\"}",
        }),
        json!({}),
    );
    let token = json!({"body": "{\"code\":\"{code}\",\"id\":\"{client_id}\"}", "content_type": "application/json"});
    assert_eq!(provider(&of)["token"], token);
    // Nothing is refreshed by that.
    assert_eq!(provider(&of)["refresh"], Value::Null);
    assert!(of.has(Code::OAuthSettingInvalid));
}

#[test]
fn entra_hands_out_tokens_for_a_resource() {
    let aad = |custom: Value, others: Value| {
        settings(
            json!({
                "identityProvider": "AAD", "customParameters": custom,
                "properties": {"AzureActiveDirectoryResourceId": "https://fallback.example"},
            }),
            others,
        )
    };
    let of = aad(
        json!({"loginUri": {"value": "https://login.windows.net/"}, "tenantId": {"value": "common"}, "resourceUri": {"value": "https://api.example"}}),
        json!({"token:TenantId": text(), "token:clientId": text(), "token:clientSecret": {"type": "securestring"}, "token:grantType": text()}),
    );
    assert_eq!(
        provider(&of),
        json!({
            "name": "aad", "client_authentication": "body",
            "authorization_url": "https://login.windows.net/{TenantId}/oauth2/authorize",
            "token_url": "https://login.windows.net/{TenantId}/oauth2/token",
            "authorization": {"parameters": {"resource": "{resourceUri}"}},
            "token": {"parameters": {"resource": "{resourceUri}"}},
            "parameters": {"TenantId": {"default": "common"}, "resourceUri": {"default": "https://api.example"}},
        })
    );
    assert_eq!(
        exchange(&of),
        ["TenantId", "clientId", "clientSecret", "grantType"]
    );
    // Dummies are no values, and a template may stand for one.
    let of = aad(
        json!({"resourceUri": {"value": "<resource-id>"}}),
        json!({}),
    );
    let parameters = &provider(&of)["parameters"];
    assert_eq!(
        parameters["resourceUri"]["default"],
        "https://fallback.example"
    );
    let of = aad(
        json!({"resourceUri": {"value": "{Uri}"}, "tenantId": {"value": "<<add it>>"}}),
        json!({"token:uri": text()}),
    );
    let parameters = json!({"tenantId": {"default": "common"}, "uri": {}});
    assert_eq!(provider(&of)["parameters"], parameters);
    assert_eq!(provider(&of)["token"]["parameters"]["resource"], "{uri}");
}

#[test]
fn providers_that_the_platform_knows_need_no_urls() {
    let of = settings(json!({"identityProvider": "facebook"}), json!({}));
    assert_eq!(
        provider(&of)["token_url"],
        "https://graph.facebook.com/oauth/access_token"
    );
    let of = settings(
        json!({"identityProvider": "DocuSign", "customParameters": {"LoginUri": "https://account.docusign.com"}}),
        json!({}),
    );
    assert_eq!(
        provider(&of)["token_url"],
        "https://account.docusign.com/oauth/token"
    );
    assert_eq!(of.findings(), [""; 0]);
}

#[test]
fn unknown_providers_are_like_any_other_with_a_warning() {
    let of = settings(
        json!({"identityProvider": "acme", "customParameters": {"tokenUrl": {"value": "https://idp.example/token"}}}),
        json!({}),
    );
    assert_eq!(provider(&of)["token_url"], "https://idp.example/token");
    assert!(of.has(Code::OAuthSettingInvalid));
    // The definition has the endpoints.
    let of = settings(json!({"identityProvider": "oauth2"}), json!({}));
    assert_eq!(provider(&of)["token_url"], Value::Null);
    assert!(of.has(Code::OAuthSettingInvalid));
}

#[test]
fn values_that_depend_on_another_parameter_have_the_usual_one_as_default() {
    let of = settings(
        json!({
            "identityProvider": "oauth2generic",
            "customParameters": {
                "us_host": {"value": "us.example"}, "eu_host": {"value": "eu.example"}, "us_clientId": {"value": "x"},
                "authorizationUrlTemplate": {"value": "https://{US_host}{EU_host}/auth"},
                "tokenUrlTemplate": {"value": "https://{US_host}{EU_host}/token"},
                "tokenBodyTemplate": {"value": "grant_type=authorization_code&code={Code}&redirect_uri={RedirectUrl}&client_id={US_clientId}&client_secret={US_clientSecret}"},
            },
            "additionalParameters": {
                "us_host": {"applicableWhen": [{"parameter": "region", "oneOf": [null, "US"]}]},
                "eu_host": {"applicableWhen": [{"parameter": "region", "oneOf": ["EU"]}]},
                "us_clientSecret": {"applicableWhen": [{"parameter": "region", "oneOf": [null, "US"]}]},
            },
        }),
        json!({}),
    );
    assert_eq!(
        provider(&of),
        json!({
            "name": "oauth2generic", "client_authentication": "body",
            "authorization_url": "https://{US_host}/auth", "token_url": "https://{US_host}/token",
            "parameters": {"US_host": {"default": "us.example"}},
        })
    );
    assert!(of.has(Code::OAuthSettingInvalid));
}
