//! How the tests hand values to the functions and setters of the crate, which take them as `render::ty` says.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::model::{Api, Scalar, Type};
use crate::render::ty::{Scope, by_value, resolved, ty};

/// The type that a value of a parameter is decoded to, and how `value` is handed over.
pub(super) fn taken(api: &Api, of: &Type) -> (TokenStream, TokenStream) {
    let of = inner(of);
    let (ty, by_value) = match resolved(api, of) {
        Type::Scalar(Scalar::String) => (quote!(String), false),
        Type::Vec(item) => match resolved(api, item) {
            Type::Scalar(Scalar::String) => (quote!(Vec<String>), true),
            _ => {
                let item = ty(api, item, Scope::Operations);
                (quote!(Vec<#item>), true)
            }
        },
        _ => (ty(api, of, Scope::Operations), by_value(api, of)),
    };
    let value = match by_value {
        true => quote!(value),
        false => quote!(&value),
    };
    (ty, value)
}

/// An argument of the function that starts a call.
pub(super) fn argument(api: &Api, of: &Type, name: &str) -> TokenStream {
    let inner = inner(of);
    let (ty, _) = taken(api, of);
    let value = quote!(case.required::<#ty>(#name)?);
    let by_value = matches!(resolved(api, inner), Type::Vec(_)) || by_value(api, inner);
    match by_value && !is_text(api, inner) {
        true => value,
        false => quote!(&#value),
    }
}

/// A body that is encoded.
pub(super) fn body(api: &Api, of: &Type) -> TokenStream {
    let of = inner(of);
    let printed = match resolved(api, of) {
        Type::Scalar(Scalar::String) => quote!(String),
        Type::Vec(item) => {
            let item = ty(api, item, Scope::Operations);
            quote!(Vec<#item>)
        }
        _ => ty(api, of, Scope::Operations),
    };
    match by_value(api, of) && !is_text(api, of) {
        true => quote!(case.body::<#printed>()?),
        false => quote!(&case.body::<#printed>()?),
    }
}

/// The type of a part's value.
pub(super) fn part(api: &Api, of: &Type) -> TokenStream {
    match of {
        Type::Boxed(inner) => ty(api, inner, Scope::Operations),
        _ => match resolved(api, of) {
            Type::Scalar(Scalar::String) => quote!(String),
            _ => ty(api, of, Scope::Operations),
        },
    }
}

fn inner(of: &Type) -> &Type {
    match of {
        Type::Option(inner) | Type::Boxed(inner) => inner,
        other => other,
    }
}

fn is_text(api: &Api, of: &Type) -> bool {
    *resolved(api, of) == Type::STRING
}

/// Whether a token, in groups or outside, is of a kind.
pub(super) fn any(tokens: TokenStream, is_it: &dyn Fn(TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => any(group.stream(), is_it),
        other => is_it(other),
    })
}
