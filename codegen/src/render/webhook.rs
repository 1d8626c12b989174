//! The module of what the API sends: a type per webhook and callback, which says what its event is.

use proc_macro2::TokenStream;
use quote::quote;

use super::trigger::boxed;
use super::ty::{Scope, ident, ty};
use super::{docs, models, print, tag};
use crate::model::{Api, Webhook, Webhooks};
use crate::settings::Mode;

pub(super) fn module(api: &Api, webhooks: &Webhooks) -> syn::Result<String> {
    let about = models::inner(docs::lines([
        "What the API sends: webhooks and callbacks.",
        "",
        "Each is a type; `runtime::trigger::receive::Receiver`, which the feature `webhook` brings, hands over its events.",
    ]));
    let webhooks = webhooks.all.iter().map(|of| webhook(api, of));
    let items = print(quote!(#(#webhooks)*))?;
    let uses_models = tag::names_models(&items).then(|| {
        quote!(
            use crate::models;
        )
    });
    let mut text = print(quote! {
        #about

        use connector_runtime as runtime;
        #uses_models
    })?;
    text.push_str(&items);
    Ok(text)
}

fn webhook(api: &Api, of: &Webhook) -> TokenStream {
    let mut origin = vec![format!("`{}` {}", of.method, docs::code(&of.name))];
    if let Some(callback) = &of.callback {
        origin = vec![format!(
            "`{}` to {}, after {}",
            of.method,
            docs::code(&callback.expression),
            docs::code(&callback.operation)
        )];
    }
    let docs = docs::outer(&of.docs, &origin);
    let (name, wire) = (ident(&of.ty), &of.name);
    let event = ty(api, boxed(&of.event), Scope::Operations);
    let method = (of.method != "POST").then(|| {
        let method = &of.method;
        quote!(const METHOD: &'static str = #method;)
    });
    let form = of.is_form.then(|| {
        quote!(
            const IS_FORM: bool = true;
        )
    });
    let decoding = decoding(api);
    quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub struct #name;

        impl runtime::trigger::Webhook for #name {
            type Event = #event;
            const NAME: &'static str = #wire;
            #method
            #form
            #decoding
        }
    }
}

/// How forgiving events are read, unless it is the default.
pub(super) fn decoding(api: &Api) -> Option<TokenStream> {
    (api.decoding == Mode::Strict).then(|| {
        quote!(
            const DECODING: runtime::Decoding = runtime::Decoding::Strict;
        )
    })
}
