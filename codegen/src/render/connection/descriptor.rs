//! Connection parameters as the runtime knows them.

use proc_macro2::TokenStream;
use quote::quote;

use super::plan::{self, Plan};
use crate::model::{Api, Binding, ConnectionParameter, ConnectionParameterKind};

/// The authorization server of a security scheme, as the connector describes it.
pub(in crate::render) fn provider<'a>(api: &'a Api, scheme: &str) -> Option<&'a serde_json::Value> {
    let mut parameters = plan::sets(api).flat_map(|set| &set.parameters);
    parameters.find_map(|parameter| match &parameter.kind {
        ConnectionParameterKind::OAuth(provider) => {
            let mut schemes = parameter.bindings.iter().filter_map(Binding::scheme);
            let is_empty = provider.as_object().is_none_or(serde_json::Map::is_empty);
            (!is_empty && schemes.any(|name| name == scheme)).then_some(provider)
        }
        _ => None,
    })
}

pub(super) fn parameter_sets(plan: &Plan<'_>) -> TokenStream {
    let sets = plan.sets.iter().map(|set| {
        let name = &set.of.wire;
        let parameters = set.of.parameters.iter().map(parameter);
        quote!(runtime::ParameterSet::new(#name, &[#(#parameters),*]))
    });
    quote!(&[#(#sets),*])
}

fn parameter(parameter: &ConnectionParameter) -> TokenStream {
    let name = &parameter.wire;
    let kind = match &parameter.kind {
        ConnectionParameterKind::Text => quote!(Text),
        ConnectionParameterKind::Secret => quote!(Secret),
        ConnectionParameterKind::OAuth(_) => quote!(OAuth),
        ConnectionParameterKind::Gateway => quote!(Gateway),
    };
    let required = parameter.required.then(|| quote!(.required()));
    let default = parameter
        .default
        .as_ref()
        .map(|value| quote!(.default(#value)));
    let values = (!parameter.values.is_empty()).then(|| {
        let values = parameter.values.iter().map(|value| &value.wire);
        quote!(.values(&[#(#values),*]))
    });
    let bindings: Vec<_> = parameter.bindings.iter().filter_map(binding).collect();
    let bindings = (!bindings.is_empty()).then(|| quote!(.bindings(&[#(#bindings),*])));
    quote! {
        runtime::ConnectionParameter::new(#name, runtime::ConnectionParameterKind::#kind)
            #required #default #values #bindings
    }
}

/// Policies read the parameters by themselves.
fn binding(binding: &Binding) -> Option<TokenStream> {
    match binding {
        Binding::Key(name) => Some(quote!(runtime::Binding::Key(#name))),
        Binding::Username(name) => Some(quote!(runtime::Binding::Username(#name))),
        Binding::Password(name) => Some(quote!(runtime::Binding::Password(#name))),
        Binding::OAuth(name) => Some(quote!(runtime::Binding::OAuth(#name))),
        Binding::Exchange(name) => Some(quote!(runtime::Binding::Exchange(#name))),
        Binding::Policy => None,
    }
}
