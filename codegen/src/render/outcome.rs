//! What an operation answers: the decoder, and the enum of an operation that answers with several types.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs;
use super::ty::{Scope, ident, resolved, ty};
use crate::model::{Api, Operation, Outcome, Output, RustName, Status, Type};

/// The decoder and the type that it gives.
pub(super) fn output(api: &Api, output: &Output) -> (TokenStream, TokenStream) {
    match output {
        Output::One(one) => decoder(api, one),
        Output::ByStatus { name, .. } => {
            let name = ident(name);
            (quote!(#name), quote!(#name))
        }
    }
}

/// The decoder of one kind of content and the type that it gives.
pub(super) fn decoder(api: &Api, outcome: &Outcome) -> (TokenStream, TokenStream) {
    let ty = content(api, outcome).unwrap_or_else(|| quote!(()));
    let decoder = match outcome {
        Outcome::Empty => quote!(runtime::Empty),
        Outcome::Text => quote!(runtime::Text),
        Outcome::Stream => quote!(runtime::Stream),
        Outcome::Json(_) => quote!(runtime::Json<_>),
        Outcome::Events(of) if is_text(api, of) => quote!(runtime::stream::TextEvents),
        Outcome::Events(_) => quote!(runtime::stream::JsonEvents<_>),
        Outcome::EventObjects(_) => quote!(runtime::stream::EventObjects<_>),
        Outcome::Lines(_) => quote!(runtime::stream::JsonLines<_>),
    };
    (decoder, ty)
}

/// Whether the data of an event is text as it is.
fn is_text(api: &Api, of: &Type) -> bool {
    *resolved(api, of) == Type::STRING
}

/// The enum of an operation that answers with several types.
pub(super) fn outcomes(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let Output::ByStatus { name, outcomes } = &operation.output else {
        return None;
    };
    let doc =
        docs::lines([format!("What {} answers, by status.", docs::code(&operation.id)).as_str()]);
    let name = ident(name);
    let variants = outcomes.iter().map(|(status, variant, outcome)| {
        let doc = docs::lines([format!("{}.", status_text(*status)).as_str()]);
        let variant = ident(variant);
        match content(api, outcome) {
            Some(ty) => quote!(#doc #variant(#ty),),
            None => quote!(#doc #variant,),
        }
    });
    let arms = outcomes.iter().map(|(status, variant, outcome)| {
        let (pattern, value) = (pattern(*status), read(api, outcome, &ident(variant)));
        quote!(#pattern => #value,)
    });
    let unexpected = (!outcomes
        .iter()
        .any(|(status, ..)| *status == Status::Default))
    .then(|| quote!(_ => Err(response.unexpected()),));
    let streamed = streamed(outcomes);
    Some(quote! {
        #doc
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
        }

        impl runtime::Output for #name {
            type Value = Self;
            #streamed

            fn read(response: runtime::Received) -> runtime::Result<Self> {
                match response.status() {
                    #(#arms)*
                    #unexpected
                }
            }
        }
    })
}

/// Says which results are handed over before their bodies have arrived.
fn streamed(outcomes: &[(Status, RustName, Outcome)]) -> Option<TokenStream> {
    let is_whole =
        |outcome: &Outcome| matches!(outcome, Outcome::Empty | Outcome::Text | Outcome::Json(_));
    if outcomes.iter().all(|(.., outcome)| is_whole(outcome)) {
        return None;
    }
    if outcomes.iter().all(|(.., outcome)| !is_whole(outcome)) {
        return Some(quote!(
            const STREAMED: bool = true;
        ));
    }
    let is_streamed = {
        // The first pattern that fits decides, as it does when the answer is read.
        let arms = outcomes.iter().map(|(status, _, outcome)| {
            let (pattern, is_streamed) = (pattern(*status), !is_whole(outcome));
            quote!(#pattern => #is_streamed,)
        });
        let mut statuses = outcomes.iter().map(|(status, ..)| *status);
        let others =
            (!statuses.any(|status| status == Status::Default)).then(|| quote!(_ => false,));
        quote!(match status { #(#arms)* #others })
    };
    Some(quote! {
        const STREAMED: bool = true;

        #[allow(clippy::match_like_matches_macro, reason = "one line per status")]
        fn is_streamed(status: u16) -> bool {
            #is_streamed
        }
    })
}

/// The statuses that have an outcome.
fn pattern(status: Status) -> TokenStream {
    match status {
        Status::Code(code) => {
            let code = Literal::u16_unsuffixed(code);
            quote!(#code)
        }
        Status::Range(range) => {
            let low = Literal::u16_unsuffixed(range * 100);
            let high = Literal::u16_unsuffixed(range * 100 + 99);
            quote!(#low..=#high)
        }
        Status::Default => quote!(_),
    }
}

/// Reads an answer as one of the variants.
fn read(api: &Api, outcome: &Outcome, variant: &Ident) -> TokenStream {
    let method = match outcome {
        Outcome::Empty => return quote!(response.empty().map(|()| Self::#variant)),
        Outcome::Text => "text",
        Outcome::Stream => "stream",
        Outcome::Json(_) => "json",
        Outcome::Events(of) if is_text(api, of) => "text_events",
        Outcome::Events(_) => "events",
        Outcome::EventObjects(_) => "event_objects",
        Outcome::Lines(_) => "lines",
    };
    let method = format_ident!("{method}");
    quote!(response.#method().map(Self::#variant))
}

fn content(api: &Api, outcome: &Outcome) -> Option<TokenStream> {
    let ty = |of| ty(api, of, Scope::Operations);
    Some(match outcome {
        Outcome::Empty => return None,
        Outcome::Text => quote!(String),
        Outcome::Stream => quote!(runtime::ByteStream),
        Outcome::Json(of) => ty(of),
        Outcome::Events(of) | Outcome::EventObjects(of) => {
            let of = ty(of);
            quote!(runtime::stream::Events<#of>)
        }
        Outcome::Lines(of) => {
            let of = ty(of);
            quote!(runtime::stream::Lines<#of>)
        }
    })
}

fn status_text(status: Status) -> String {
    match status {
        Status::Code(code) => format!("Status {code}"),
        Status::Range(range) => format!("Status {range}00 to {range}99"),
        Status::Default => "Any other status".to_owned(),
    }
}
