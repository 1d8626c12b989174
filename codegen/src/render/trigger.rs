//! What the calls of triggers have beside `send`.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::ty::{Scope, ident, ty};
use super::{choices, docs, webhook};
use crate::model::{Api, Operation, TriggerKind, Type, UrlStep};

/// The method that subscribes or polls.
pub(super) fn method(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let trigger = operation.extensions.trigger.as_ref()?;
    let hint = trigger.hint.as_deref().map(|hint| {
        let hint = format!("To make it fire: {}", docs::inline(hint));
        docs::lines(["", hint.as_str()])
    });
    let method = match &trigger.kind {
        TriggerKind::Webhook { .. } => quote! {
            /// Subscribes: the API will call this URL with every event. `runtime::trigger::receive` is the other end of it.
            #hint
            #[inline]
            pub fn subscribe(self, callback_url: &str) -> runtime::trigger::Subscribing<Self> {
                runtime::trigger::subscribe(self.0, callback_url)
            }
        },
        TriggerKind::Polling { event, items } => {
            let event = ty(api, event, Scope::Operations);
            let events = match items {
                Some(steps) => quote!(List(&[#(#steps),*])),
                None => quote!(One),
            };
            quote! {
                /// Asks again and again, and hands out what is new.
                #hint
                #[inline]
                pub fn poll(self) -> runtime::trigger::Poller<#event> {
                    runtime::trigger::Poller::new(self.0, runtime::trigger::Events::#events)
                }
            }
        }
    };
    Some(method)
}

/// What the docs of an operation say about its trigger.
pub(super) fn about(operation: &Operation) -> Option<String> {
    let trigger = operation.extensions.trigger.as_ref()?;
    let text = match &trigger.kind {
        TriggerKind::Webhook { .. } => {
            "A trigger: with `.subscribe()` in place of `.send()`, the API calls a URL with every event, until the [`Subscription`](runtime::trigger::Subscription) ends."
        }
        TriggerKind::Polling { .. } => {
            "A trigger: with `.poll()` in place of `.send()`, it is asked again and again for what is new, as [`Poller`](runtime::trigger::Poller)."
        }
    };
    Some(text.to_owned())
}

/// What the runtime needs to know about a subscription.
pub(super) fn implementation(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let TriggerKind::Webhook {
        event,
        url,
        unsubscribe,
    } = &operation.extensions.trigger.as_ref()?.kind
    else {
        return None;
    };
    let builder = ident(&operation.builder);
    let id = &operation.id;
    let event = ty(api, boxed(event), Scope::Operations);
    let steps = url.iter().map(|step| match step {
        UrlStep::Property(name) => {
            let name = name.as_str();
            quote!(runtime::trigger::Step::Property(#name))
        }
        UrlStep::Element => quote!(runtime::trigger::Step::Element),
    });
    let unsubscribe = unsubscribe.as_ref().and_then(|(id, index)| {
        let (cfg, path) = choices::operation(api, id, operation)?;
        let index = Literal::usize_unsuffixed(*index);
        Some(quote! {
            #cfg
            const UNSUBSCRIBE: Option<runtime::trigger::Unsubscribe> =
                Some(runtime::trigger::Unsubscribe::new(#path, #index));
        })
    });
    let decoding = webhook::decoding(api);
    Some(quote! {
        impl runtime::trigger::Webhook for #builder {
            type Event = #event;
            const NAME: &'static str = #id;
            #decoding
        }

        impl runtime::trigger::Subscribe for #builder {
            const SUBSCRIBE: &'static runtime::Operation = Self::OPERATION;
            const URL: &'static [runtime::trigger::Step] = &[#(#steps),*];
            #unsubscribe
        }
    })
}

pub(super) fn boxed(event: &Type) -> &Type {
    match event {
        Type::Boxed(inner) => inner,
        other => other,
    }
}

/// Whether the API calls URLs.
pub(super) fn has_webhooks(api: &Api) -> bool {
    let subscribed = api.operations().any(|operation| {
        let trigger = operation.extensions.trigger.as_ref();
        trigger.is_some_and(|trigger| matches!(trigger.kind, TriggerKind::Webhook { .. }))
    });
    subscribed || api.webhooks.is_some()
}
