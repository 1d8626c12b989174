//! The security schemes that take the tokens of `oauthSetting`s.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::super::names::Scope;
use crate::model::{
    Api, ConnectionParameterKind, OAuthFlow, OAuthGrant, SchemeKind, SecurityScheme,
};
use crate::normalize::{Connector, ParameterSet};
use crate::numbers::Numbers;

/// For each set, the schemes of its OAuth settings in their order. The document's scheme is taken; one is added if there is none,
/// and for each further authorization server, since a scheme has just one.
pub(super) fn schemes(api: &mut Api, source: &Connector) -> Vec<Vec<String>> {
    let mut known: HashMap<&Value, String> = HashMap::new();
    let mut names = SchemeNames::of(api);
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
            let name = known.entry(provider).or_insert_with(|| {
                let declared = declared.next();
                declared.unwrap_or_else(|| add(api, &mut names, provider, set, servers))
            });
            own.push(name.clone());
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
    let all = source.parameter_sets.iter().flat_map(providers);
    all.collect::<HashSet<_>>().len()
}

/// Adds a scheme for bearer tokens.
fn add(
    api: &mut Api,
    names: &mut SchemeNames,
    provider: &Value,
    set: &ParameterSet,
    servers: usize,
) -> String {
    let wanted = match servers {
        0 | 1 => "token".to_owned(),
        _ => format!("token_{}", set.name),
    };
    let flow = flow(provider);
    add_scheme(
        api,
        names,
        &wanted,
        SchemeKind::OAuth2(flow.into_iter().collect()),
    )
}

/// The names that security schemes and their setters have.
pub(super) struct SchemeNames {
    taken: HashSet<String>,
    numbers: Numbers<String>,
    setters: Scope,
}

impl SchemeNames {
    pub(super) fn of(api: &Api) -> Self {
        let mut setters = Scope::builder();
        for scheme in &api.security_schemes {
            setters.claim_value(scheme.setter.as_str());
        }
        let names = api.security_schemes.iter();
        Self {
            taken: names.map(|scheme| scheme.name.clone()).collect(),
            numbers: Numbers::default(),
            setters,
        }
    }

    fn claim(&mut self, wanted: &str) -> String {
        let wanted = wanted.to_owned();
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        let numbered = |number| format!("{wanted}{number}");
        let taken = &mut self.taken;
        self.numbers.free(wanted.clone(), numbered, |name| {
            taken.insert(name.to_owned())
        })
    }
}

/// Adds a scheme under a name that is free, and gives the name back.
pub(super) fn add_scheme(
    api: &mut Api,
    names: &mut SchemeNames,
    wanted: &str,
    kind: SchemeKind,
) -> String {
    let name = names.claim(wanted);
    let setter = names.setters.claim_value(&name);
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
