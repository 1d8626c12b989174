//! `connector.json`: what a connector says about itself to programs that know no Rust type of it. The runtime's
//! `ConnectorDescription` reads it.

use serde_json::{Map, Value, json};

use crate::model::{
    Api, ApiKeyLocation, OAuthFlow, OAuthGrant, SchemeKind, SecurityScheme, Server,
};

pub(super) fn description(api: &Api) -> String {
    let mut members = json!({ "name": api.package.as_str(), "version": api.version });
    list(&mut members, "servers", &api.servers, server);
    list(
        &mut members,
        "security_schemes",
        &api.security_schemes,
        scheme,
    );
    format!("{members:#}\n")
}

/// Adds a list, unless it is empty.
fn list<T>(members: &mut Value, name: &str, items: &[T], print: fn(&T) -> Value) {
    if !items.is_empty() {
        members[name] = items.iter().map(print).collect();
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
