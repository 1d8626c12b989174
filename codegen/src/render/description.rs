//! `connector.json`: what a connector says about itself to programs that know no Rust type of it. The runtime's
//! `ConnectorDescription` reads it.

use serde_json::{Map, Value, json};

use super::connection;
use crate::model::{
    Api, ApiKeyLocation, Binding, ConnectionParameter, ConnectionParameterKind, OAuthFlow,
    OAuthGrant, ParameterSet, SchemeKind, SecurityScheme, Server,
};

pub(super) fn description(api: &Api) -> String {
    let mut members = json!({ "name": api.package.as_str(), "version": api.version });
    list(&mut members, "servers", &api.servers, server);
    list(
        &mut members,
        "security_schemes",
        &api.security_schemes,
        |of| {
            let mut members = scheme(of);
            if let Some(provider) = connection::provider(api, &of.name) {
                members["provider"] = provider.clone();
            }
            members
        },
    );
    if connection::has_parameters(api) {
        let sets = api.connector.iter().flat_map(|of| &of.parameter_sets);
        members["parameter_sets"] = sets.map(parameter_set).collect();
    }
    format!("{members:#}\n")
}

/// Adds a list, unless it is empty.
fn list<T>(members: &mut Value, name: &str, items: &[T], print: impl Fn(&T) -> Value) {
    if !items.is_empty() {
        members[name] = items.iter().map(print).collect();
    }
}

/// One way to authenticate.
fn parameter_set(set: &ParameterSet) -> Value {
    let mut members = json!({ "name": set.wire });
    list(&mut members, "parameters", &set.parameters, parameter);
    members
}

fn parameter(parameter: &ConnectionParameter) -> Value {
    let kind = match parameter.kind {
        ConnectionParameterKind::Text => "text",
        ConnectionParameterKind::Secret => "secret",
        ConnectionParameterKind::OAuth(_) => "oauth",
        ConnectionParameterKind::Gateway => "gateway",
    };
    let mut members = json!({ "name": parameter.wire, "kind": kind });
    if parameter.required {
        members["required"] = true.into();
    }
    if let Some(default) = &parameter.default {
        members["default"] = default.as_str().into();
    }
    list(&mut members, "values", &parameter.values, |value| {
        value.wire.as_str().into()
    });
    let docs = [&parameter.docs.summary, &parameter.docs.description];
    let mut docs: Vec<&str> = docs.into_iter().flatten().map(|text| text.trim()).collect();
    docs.dedup();
    docs.retain(|text| !text.is_empty());
    if !docs.is_empty() {
        members["description"] = docs.join(": ").into();
    }
    let bindings: Vec<Value> = parameter.bindings.iter().filter_map(binding).collect();
    list(&mut members, "bindings", &bindings, Value::clone);
    members
}

/// Policies read the parameters by themselves.
fn binding(binding: &Binding) -> Option<Value> {
    match binding {
        Binding::Key(scheme) => Some(json!({ "key": scheme })),
        Binding::Username(scheme) => Some(json!({ "username": scheme })),
        Binding::Password(scheme) => Some(json!({ "password": scheme })),
        Binding::OAuth(scheme) => Some(json!({ "oauth": scheme })),
        Binding::Exchange(name) => Some(json!({ "exchange": name })),
        Binding::Policy => None,
    }
}

fn server(server: &Server) -> Value {
    let mut members = json!({ "url": server.url });
    list(&mut members, "variables", &server.variables, |variable| {
        let mut members = json!({ "name": variable.name, "default": variable.default });
        list(&mut members, "values", &variable.values, |value| {
            value.as_str().into()
        });
        members
    });
    members
}

fn scheme(scheme: &SecurityScheme) -> Value {
    let mut members = json!({ "name": scheme.name, "kind": kind(&scheme.kind) });
    match &scheme.kind {
        SchemeKind::Http(name) => members["parameter"] = name.as_str().into(),
        SchemeKind::ApiKey { location, name } => {
            members["location"] = match location {
                ApiKeyLocation::Header => "header",
                ApiKeyLocation::Query => "query",
                ApiKeyLocation::Cookie => "cookie",
            }
            .into();
            members["parameter"] = name.as_str().into();
        }
        SchemeKind::OAuth2(flows) => list(&mut members, "flows", flows, flow),
        SchemeKind::OpenIdConnect { url } => members["configuration_url"] = url.as_str().into(),
        _ => {}
    }
    if let Some(url) = &scheme.metadata_url {
        members["configuration_url"] = url.as_str().into();
    }
    members
}

fn kind(kind: &SchemeKind) -> &'static str {
    match kind {
        SchemeKind::Basic => "basic",
        SchemeKind::Bearer => "bearer",
        SchemeKind::Digest => "digest",
        SchemeKind::Http(_) => "http",
        SchemeKind::ApiKey { .. } => "api_key",
        SchemeKind::OAuth2(_) => "oauth2",
        SchemeKind::OpenIdConnect { .. } => "open_id_connect",
        SchemeKind::MutualTls => "mutual_tls",
        SchemeKind::AzureSharedKey => "azure_shared_key",
        SchemeKind::AwsSigV4 => "aws_sigv4",
    }
}

fn flow(flow: &OAuthFlow) -> Value {
    let mut members = Map::new();
    let mut text = |name: &str, value: &str| members.insert(name.to_owned(), value.into());
    match &flow.grant {
        OAuthGrant::AuthorizationCode {
            authorization_url,
            token_url,
        } => {
            text("kind", "authorization_code");
            text("authorization_url", authorization_url);
            text("token_url", token_url);
        }
        OAuthGrant::ClientCredentials { token_url } => {
            text("kind", "client_credentials");
            text("token_url", token_url);
        }
        OAuthGrant::Password { token_url } => {
            text("kind", "password");
            text("token_url", token_url);
        }
        OAuthGrant::Implicit { authorization_url } => {
            text("kind", "implicit");
            text("authorization_url", authorization_url);
        }
        OAuthGrant::DeviceAuthorization {
            device_authorization_url,
            token_url,
        } => {
            text("kind", "device_authorization");
            text("authorization_url", device_authorization_url);
            text("token_url", token_url);
        }
    }
    if let Some(url) = &flow.refresh_url {
        text("refresh_url", url);
    }
    let mut members = Value::from(members);
    list(&mut members, "scopes", &flow.scopes, |(scope, _)| {
        scope.as_str().into()
    });
    members
}
