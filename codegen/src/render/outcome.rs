//! What an operation answers: the decoder, and the enum of an operation that answers with several types.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::docs;
use super::ty::{Scope, ident, ty};
use crate::model::{Api, Operation, Outcome, Output, Status};

/// The decoder and the type that it gives.
pub(super) fn output(api: &Api, output: &Output) -> (TokenStream, TokenStream) {
    match output {
        Output::One(Outcome::Empty) => (quote!(runtime::Empty), quote!(())),
        Output::One(Outcome::Text) => (quote!(runtime::Text), quote!(String)),
        Output::One(Outcome::Stream) => (quote!(runtime::Stream), quote!(runtime::ByteStream)),
        Output::One(Outcome::Json(of)) => {
            (quote!(runtime::Json<_>), ty(api, of, Scope::Operations))
        }
        Output::ByStatus { name, .. } => {
            let name = ident(name);
            (quote!(#name), quote!(#name))
        }
    }
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
        let (pattern, value) = (pattern(*status), read(outcome, &ident(variant)));
        quote!(#pattern => #value,)
    });
    let unexpected = (!outcomes
        .iter()
        .any(|(status, ..)| *status == Status::Default))
    .then(|| quote!(_ => Err(response.unexpected()),));
    let streamed = outcomes
        .iter()
        .any(|(.., outcome)| *outcome == Outcome::Stream)
        .then(|| {
            quote!(
                const STREAMED: bool = true;
            )
        });
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
fn read(outcome: &Outcome, variant: &Ident) -> TokenStream {
    match outcome {
        Outcome::Empty => quote!(response.empty().map(|()| Self::#variant)),
        Outcome::Text => quote!(response.text().map(Self::#variant)),
        Outcome::Stream => quote!(response.stream().map(Self::#variant)),
        Outcome::Json(_) => quote!(response.json().map(Self::#variant)),
    }
}

fn content(api: &Api, outcome: &Outcome) -> Option<TokenStream> {
    match outcome {
        Outcome::Empty => None,
        Outcome::Text => Some(quote!(String)),
        Outcome::Stream => Some(quote!(runtime::ByteStream)),
        Outcome::Json(of) => Some(ty(api, of, Scope::Operations)),
    }
}

fn status_text(status: Status) -> String {
    match status {
        Status::Code(code) => format!("Status {code}"),
        Status::Range(range) => format!("Status {range}00 to {range}99"),
        Status::Default => "Any other status".to_owned(),
    }
}
