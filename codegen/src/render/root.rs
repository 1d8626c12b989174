//! The crate's root: what it says about itself, and its modules.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::client::{gate, own_schemes};
use super::guide::{self, Reader};
use super::models::{Home, inner};
use super::ty::ident;
use super::{connection, docs, environment, example, has_features};
use crate::model::{Api, ModelId, SchemeKind, SecurityScheme};

/// From this depth on, rustc's default limit is too near (it counts some types twice).
const DEEP: usize = 40;

/// What docs and README say about the feature of that name.
pub(super) const SERDE: &str = "The feature `serde` gives the models `Serialize` and `Deserialize`. It is off by default: without it, they compile faster.";

/// `lib.rs`.
pub(super) fn root(api: &Api, homes: &BTreeMap<Home, Vec<ModelId>>) -> TokenStream {
    let about = inner(docs::lines(crate_docs(api).iter().map(String::as_str)));
    // The compiler follows models into each other when it looks at what they drop and whether they are `Send`.
    let limit = (api.nesting > DEEP).then(|| {
        let limit = proc_macro2::Literal::usize_unsuffixed((api.nesting * 6).next_power_of_two());
        let limit = limit.to_string();
        quote!(#![recursion_limit = #limit])
    });
    let foreign = has_foreign_names(api).then(|| {
        quote!(#![allow(uncommon_codepoints, mixed_script_confusables, confusable_idents, non_camel_case_types, non_snake_case, reason = "names come from the document")])
    });
    let modules = api.tags.iter().map(|tag| {
        let module = ident(&tag.module);
        let gate = gate(api, &tag.feature);
        // The compiler looks for files under ASCII names only.
        let path = (!tag.module.as_str().is_ascii()).then(|| {
            let path = format!("{}.rs", tag.module);
            quote!(#[path = #path])
        });
        quote!(#gate #path pub mod #module;)
    });
    let webhooks = api.webhooks.as_ref().map(|of| {
        let (module, feature) = (ident(&of.module), &of.feature);
        quote! {
            #[cfg(feature = #feature)]
            pub mod #module;
        }
    });
    let models = (!homes.is_empty()).then(|| {
        quote!(
            pub mod models;
        )
    });
    let connection = connection::has_parameters(api).then(|| {
        quote!(
            pub mod connection;
        )
    });
    quote! {
        #about
        #![allow(
            clippy::doc_lazy_continuation,
            clippy::doc_overindented_list_items,
            clippy::large_enum_variant,
            clippy::should_implement_trait,
            reason = "prose, shapes and names come from the document"
        )]
        #foreign
        #limit

        mod client;
        #connection
        #models
        #(#modules)*
        #webhooks

        pub use client::{API, Client, ClientBuilder};
        pub use connector_runtime as runtime;
        pub use connector_runtime::{Connection, Credential, Error, RequestOptions, Result};
    }
}

fn has_foreign_names(api: &Api) -> bool {
    let members = |kind: &crate::model::ModelKind| match kind {
        crate::model::ModelKind::Struct(of) => of
            .fields
            .iter()
            .any(|field| !field.name.as_str().is_ascii()),
        crate::model::ModelKind::StringEnum(of) => of
            .values
            .iter()
            .any(|value| !value.name.as_str().is_ascii()),
        crate::model::ModelKind::Union(of) => of
            .variants
            .iter()
            .any(|variant| !variant.name.as_str().is_ascii()),
        crate::model::ModelKind::Form(of) => of
            .fields
            .iter()
            .any(|field| !field.name.as_str().is_ascii()),
        crate::model::ModelKind::IntegerEnum(of) => of
            .values
            .iter()
            .any(|value| !value.name.as_str().is_ascii()),
        crate::model::ModelKind::Alias(_) => false,
    };
    api.models
        .iter()
        .any(|model| !model.name.as_str().is_ascii() || members(&model.kind))
        || connection::has_foreign_names(api)
        || api.tags.iter().any(|tag| !tag.module.as_str().is_ascii())
        || api.operations().any(|operation| {
            !operation.builder.as_str().is_ascii()
                || operation
                    .parameters
                    .iter()
                    .any(|parameter| !parameter.name.as_str().is_ascii())
        })
}

fn crate_docs(api: &Api) -> Vec<String> {
    let mut text = vec![format!("A client for {}.", docs::inline(&api.title))];
    if !api.version.is_empty() {
        docs::append(
            &mut text,
            vec![format!(
                "Made from version {} of the API's definition.",
                docs::code(&api.version)
            )],
        );
    }
    docs::append(&mut text, docs::prose(api.description.as_deref()));
    docs::append(&mut text, example::block(api));
    docs::append(&mut text, connection::connecting(api, false));
    docs::append(&mut text, authentication(api));
    docs::append(&mut text, connection::limits(api));
    for section in guide::sections(api, Reader::Rustdoc) {
        docs::append(&mut text, section);
    }
    docs::append(&mut text, features(api));
    text
}

/// The features that are worth a word: groups of operations, and serde's traits.
fn features(api: &Api) -> Vec<String> {
    let mut text = Vec::new();
    if has_features(api) {
        docs::append(
            &mut text,
            vec![
                "Each group of operations is a Cargo feature, all on by default. To compile less, turn the default".to_owned(),
                "features off and name those that you use, `rustls` and `compression`.".to_owned(),
            ],
        );
    }
    if let Some(webhooks) = &api.webhooks {
        let about = format!(
            "The feature `{}` has the types of what the API sends, webhooks and callbacks; the feature `webhook` receives them, with axum.",
            webhooks.feature
        );
        docs::append(&mut text, vec![about]);
    }
    if !api.models.is_empty() {
        docs::append(&mut text, vec![SERDE.to_owned()]);
    }
    if !text.is_empty() {
        text.splice(0..0, ["# Features".to_owned(), String::new()]);
    }
    text
}

/// How each scheme is given its credential, in code and by environment variables.
pub(super) fn authentication(api: &Api) -> Vec<String> {
    // What connection parameters give is told with them.
    let schemes: Vec<&SecurityScheme> = own_schemes(api).collect();
    if schemes.is_empty() {
        return Vec::new();
    }
    let mut text = vec!["# Authentication".to_owned(), String::new()];
    for scheme in schemes {
        let setter = &scheme.setter;
        let kind = match &scheme.kind {
            SchemeKind::Basic => "HTTP Basic".to_owned(),
            SchemeKind::Bearer => "a bearer token".to_owned(),
            SchemeKind::Digest => "HTTP Digest".to_owned(),
            SchemeKind::Http(name) => format!("HTTP {}", docs::code(name)),
            SchemeKind::ApiKey { location, name } => {
                let place = match location {
                    crate::model::ApiKeyLocation::Header => "header",
                    crate::model::ApiKeyLocation::Query => "query parameter",
                    crate::model::ApiKeyLocation::Cookie => "cookie",
                };
                format!("an API key in the {place} {}", docs::code(name))
            }
            SchemeKind::OAuth2(_) => "OAuth 2.0".to_owned(),
            SchemeKind::OpenIdConnect { .. } => "OpenID Connect".to_owned(),
            SchemeKind::MutualTls => "a client certificate".to_owned(),
            SchemeKind::AzureSharedKey => "Azure Storage shared key".to_owned(),
            SchemeKind::AwsSigV4 => "AWS Signature Version 4".to_owned(),
        };
        let variables: Vec<String> = environment::variables(api, scheme)
            .iter()
            .map(|name| docs::code(name))
            .collect();
        let environment = match variables.is_empty() {
            true => String::new(),
            false => format!(", or by {}", variables.join(" and ")),
        };
        text.push(format!(
            "- {}: {kind}, set with [`ClientBuilder::{setter}`]{environment}.",
            docs::code(&scheme.name)
        ));
    }
    if connection::has_parameters(api) {
        return text;
    }
    text.push(String::new());
    text.push(format!(
        "[`Client::from_env`] reads the environment variables named here, and the address from {}.",
        docs::code(&environment::base_url(api))
    ));
    text
}
