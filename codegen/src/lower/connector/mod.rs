//! What a Power Platform connector adds to the model: names for its connection parameters, where their values go, what operations
//! require therefore, and what it takes to call the API without the platform.

mod binding;
mod oauth;
mod policies;
mod security;
mod tier;

use indexmap::IndexSet;
use openapiv3::OpenAPI;

use self::binding::{Bound, Candidates};
use super::names::Scope;
use crate::diagnostics::{Code, Diagnostics};
use crate::model::{
    Api, Binding, ConnectionParameter, ConnectionParameterKind, Connector, ParameterSet,
};
use crate::normalize::{self, covers};

/// Puts the connector into the model, which has everything else already.
pub(super) fn connect(
    api: &mut Api,
    source: &normalize::Connector,
    document: &OpenAPI,
    diagnostics: &mut Diagnostics,
) {
    for operation in api.tags.iter_mut().flat_map(|tag| &mut tag.operations) {
        let extensions = &mut operation.extensions;
        extensions.scripted = source.is_scripted(&operation.id);
        let applying = source
            .unknown_policies
            .iter()
            .filter(|policy| covers(&policy.operations, &operation.id));
        let ids: IndexSet<&String> = applying.map(|policy| &policy.id).collect();
        extensions.unknown_policies = ids.into_iter().cloned().collect();
    }
    let mut bound = Vec::new();
    if source.has_properties {
        let schemes = oauth::schemes(api, source);
        let candidates = Candidates::new(api, source);
        for (set, schemes) in source.parameter_sets.iter().zip(schemes) {
            bound.push(candidates.bind(api, set, &schemes));
        }
        for (set, bound) in source.parameter_sets.iter().zip(&bound) {
            report_unbound(set, bound, diagnostics);
        }
        security::require(api, source, &bound, document, diagnostics);
    }
    let is_there = |id: &&String| api.operations().any(|operation| operation.id == **id);
    let test_connection = source.test_connection.as_ref().filter(is_there).cloned();
    api.connector = Some(Connector {
        publisher: source.publisher.clone(),
        metadata: source.metadata.clone(),
        parameter_sets: named(&source.parameter_sets, bound),
        policies: source.policies.clone(),
        test_connection,
        script: source.script.clone(),
        tier: tier::tier(api, source),
    });
}

/// The sets with names for everything in them.
fn named(sets: &[normalize::ParameterSet], bound: Vec<Bound>) -> Vec<ParameterSet> {
    // The name of all sets together, or of the only one.
    const ALL: &str = "ConnectionParameters";
    let mut types = Scope::types();
    let mut variants = Scope::variants();
    let all = types.claim_type(ALL);
    let is_one = sets.len() == 1;
    let named = sets.iter().zip(bound).map(|(set, bound)| {
        let mut fields = Scope::builder();
        let parameters = set.parameters.iter().zip(bound.bindings);
        let parameters = parameters.map(|(parameter, bindings)| {
            let name = parameter.name.as_str();
            // What it is for is told by its binding.
            let name = normalize::exchange_name(name).unwrap_or(name);
            ConnectionParameter {
                wire: parameter.name.clone(),
                name: fields.claim_value(name),
                kind: parameter.kind.clone(),
                required: parameter.required,
                default: parameter.default.clone(),
                values: parameter.values.clone(),
                bindings,
                docs: parameter.docs.clone(),
            }
        });
        let mut parameters: Vec<_> = parameters.collect();
        parameters.sort_by_key(|parameter| !parameter.required);
        let text = if is_one { ALL } else { &set.name };
        ParameterSet {
            wire: set.name.clone(),
            name: match is_one {
                true => all.clone(),
                false => types.claim_type(text),
            },
            variant: variants.claim_type(text),
            docs: set.docs.clone(),
            parameters,
        }
    });
    named.collect()
}

fn report_unbound(set: &normalize::ParameterSet, bound: &Bound, diagnostics: &mut Diagnostics) {
    for (parameter, bindings) in set.parameters.iter().zip(&bound.bindings) {
        if bindings.is_empty() && parameter.kind != ConnectionParameterKind::Gateway {
            let message = format!(
                "nothing says where the value of the connection parameter `{}` goes",
                parameter.name
            );
            diagnostics
                .warn(
                    Code::ConnectionParameterUnbound,
                    &parameter.pointer,
                    message,
                )
                .hint("a security scheme takes it by its name, or a policy reads it");
        }
    }
    let guessed = |bindings: &Vec<Binding>| {
        let scheme = bound.guessed.as_deref();
        bindings.iter().any(
            |binding| matches!(binding, Binding::Username(name) if Some(name.as_str()) == scheme),
        )
    };
    if let Some(index) = bound.bindings.iter().position(guessed) {
        let message =
            "the document declares no scheme for the user name and password; HTTP Basic is taken";
        diagnostics.warn(
            Code::ConnectionParameterUnbound,
            &set.parameters[index].pointer,
            message,
        );
    }
}
