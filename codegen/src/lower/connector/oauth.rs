//! The security schemes that take the tokens of `oauthSetting`s.

use serde_json::Value;

use super::super::names::Scope;
use crate::model::{
    Api, ConnectionParameterKind, OAuthFlow, OAuthGrant, SchemeKind, SecurityScheme,
};
use crate::normalize::{Connector, ParameterSet};

/// For each set, the schemes of its OAuth settings in their order. The document's scheme is taken; one is added if there is none,
/// and for each further authorization server, since a scheme has just one.
pub(super) fn schemes(api: &mut Api, source: &Connector) -> Vec<Vec<String>> {
    let mut known: Vec<(String, Value)> = Vec::new();
    let mut declared = api
        .security_schemes
        .iter()
        .filter(|scheme| takes_tokens(&scheme.kind))
        .map(|scheme| scheme.name.clone())
        .collect::<Vec<_>>()
        .into_iter();
    let servers = servers(source);
    let mut all = Vec::new();
    for set in &source.parameter_sets {
        let mut own = Vec::new();
        for provider in providers(set) {
            let same = known.iter().find(|(_, other)| other == provider);
            if let Some((name, _)) = same {
                own.push(name.clone());
                continue;
            }
            let name = match declared.next() {
                Some(name) => name,
                None => add(api, provider, set, servers),
            };
            known.push((name.clone(), provider.clone()));
            own.push(name);
        }
        all.push(own);
    }
    all
}

fn takes_tokens(kind: &SchemeKind) -> bool {
    matches!(
        kind,
        SchemeKind::OAuth2(_) | SchemeKind::OpenIdConnect { .. }
    )
}

fn providers(set: &ParameterSet) -> impl Iterator<Item = &Value> {
    set.parameters
        .iter()
        .filter_map(|parameter| match &parameter.kind {
            ConnectionParameterKind::OAuth(provider) => Some(provider),
            ConnectionParameterKind::Text
            | ConnectionParameterKind::Secret
            | ConnectionParameterKind::Gateway => None,
        })
}

/// How many authorization servers there are.
fn servers(source: &Connector) -> usize {
    let mut known: Vec<&Value> = Vec::new();
    for provider in source.parameter_sets.iter().flat_map(providers) {
        if !known.contains(&provider) {
            known.push(provider);
        }
    }
    known.len()
}

/// Adds a scheme for bearer tokens.
fn add(api: &mut Api, provider: &Value, set: &ParameterSet, servers: usize) -> String {
    let wanted = match servers {
        0 | 1 => "token".to_owned(),
        _ => format!("token_{}", set.name),
    };
    let flow = flow(provider);
    add_scheme(api, &wanted, SchemeKind::OAuth2(flow.into_iter().collect()))
}

/// Adds a scheme under a name that is free, and gives the name back.
pub(super) fn add_scheme(api: &mut Api, wanted: &str, kind: SchemeKind) -> String {
    let mut setters = Scope::builder();
    for scheme in &api.security_schemes {
        setters.claim_value(scheme.setter.as_str());
    }
    let is_taken = |name: &str| {
        api.security_schemes
            .iter()
            .any(|scheme| scheme.name == name)
    };
    let mut name = wanted.to_owned();
    let mut number = 2;
    while is_taken(&name) {
        name = format!("{wanted}{number}");
        number += 1;
    }
    let setter = setters.claim_value(&name);
    api.security_schemes.push(SecurityScheme {
        name: name.clone(),
        setter,
        kind,
        description: None,
        deprecated: false,
        metadata_url: None,
    });
    name
}

/// The flow of a provider whose URLs need no values of the connection.
fn flow(provider: &Value) -> Option<OAuthFlow> {
    let url = |name: &str| {
        let url = provider.get(name)?.as_str()?;
        (!url.contains('{')).then(|| url.to_owned())
    };
    let grant = OAuthGrant::AuthorizationCode {
        authorization_url: url("authorization_url")?,
        token_url: url("token_url")?,
    };
    Some(OAuthFlow {
        grant,
        refresh_url: url("refresh_url"),
        scopes: Vec::new(),
    })
}
