//! Types, and how values of them are taken by functions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::model::{Api, ModelId, ModelKind, RustName, Scalar, Type};

/// Where a type is printed, which decides how models are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// In a module of operations.
    Operations,
    /// Among the models.
    Models,
}

pub(super) fn ident(name: &RustName) -> Ident {
    Ident::new(name.as_str(), Span::call_site())
}

pub(super) fn model(api: &Api, id: ModelId, scope: Scope) -> TokenStream {
    let name = ident(&api.model(id).name);
    match scope {
        Scope::Operations => quote!(models::#name),
        Scope::Models => quote!(#name),
    }
}

pub(super) fn scalar(scalar: Scalar) -> TokenStream {
    match scalar {
        Scalar::Bool => quote!(bool),
        Scalar::I32 => quote!(i32),
        Scalar::I64 => quote!(i64),
        Scalar::U32 => quote!(u32),
        Scalar::U64 => quote!(u64),
        Scalar::F64 => quote!(f64),
        Scalar::String => quote!(String),
        Scalar::DateTime => quote!(runtime::DateTime),
        Scalar::Date => quote!(runtime::Date),
        Scalar::Time => quote!(runtime::Time),
        Scalar::Uuid => quote!(runtime::Uuid),
        Scalar::Base64 => quote!(runtime::Base64),
    }
}

pub(super) fn ty(api: &Api, of: &Type, scope: Scope) -> TokenStream {
    match of {
        Type::Scalar(kind) => scalar(*kind),
        Type::Value => quote!(runtime::Value),
        Type::Vec(item) => {
            let item = ty(api, item, scope);
            quote!(Vec<#item>)
        }
        Type::Map(value) => {
            let value = ty(api, value, scope);
            quote!(runtime::Map<#value>)
        }
        Type::Option(inner) => {
            let inner = ty(api, inner, scope);
            quote!(Option<#inner>)
        }
        Type::OrEmpty(inner) => {
            let inner = ty(api, inner, scope);
            quote!(runtime::OrEmpty<#inner>)
        }
        Type::Boxed(inner) => {
            let inner = ty(api, inner, scope);
            quote!(Box<#inner>)
        }
        Type::Tuple(items) => {
            let items = items.iter().map(|item| ty(api, item, scope));
            quote!((#(#items,)*))
        }
        Type::Model(id) => model(api, *id, scope),
    }
}

/// The type behind all aliases.
pub(super) fn resolved<'a>(api: &'a Api, of: &'a Type) -> &'a Type {
    api.resolved(of)
}

/// How a setter or constructor of a model takes a value: the argument's type, and the expression that makes the field's value of it.
pub(super) fn owned(api: &Api, of: &Type, name: &Ident) -> (TokenStream, TokenStream) {
    let printed = ty(api, of, Scope::Models);
    match of {
        Type::Scalar(Scalar::String) => (quote!(impl Into<String>), quote!(#name.into())),
        Type::Value | Type::OrEmpty(_) => (quote!(impl Into<#printed>), quote!(#name.into())),
        Type::Vec(item) if **item == Type::STRING => (
            quote!(impl IntoIterator<Item = impl Into<String>>),
            quote!(#name.into_iter().map(Into::into).collect()),
        ),
        Type::Boxed(inner) => {
            let inner = ty(api, inner, Scope::Models);
            (quote!(#inner), quote!(Box::new(#name)))
        }
        _ => match resolved(api, of) {
            Type::Scalar(Scalar::String) => (quote!(impl Into<String>), quote!(#name.into())),
            _ => (printed, quote!(#name)),
        },
    }
}

/// How an operation takes a value: the argument's type, and the call that hands it to the request.
pub(super) struct Argument {
    pub ty: TokenStream,
    /// `set` or `set_list`, with its value.
    pub call: TokenStream,
}

/// How an operation takes parameter `index`, called `name`, to set it on `request`.
pub(super) fn parameter(
    api: &Api,
    of: &Type,
    request: &TokenStream,
    index: usize,
    name: &Ident,
) -> Argument {
    let index = proc_macro2::Literal::usize_unsuffixed(index);
    let of = match of {
        Type::Option(inner) | Type::Boxed(inner) => inner.as_ref(),
        other => other,
    };
    let set = |ty: TokenStream, value: TokenStream| Argument {
        ty,
        call: quote!(#request.set(#index, #value);),
    };
    match resolved(api, of) {
        Type::Scalar(Scalar::String) => set(quote!(&str), quote!(#name)),
        Type::Vec(item) => match resolved(api, item) {
            Type::Scalar(Scalar::String) => Argument {
                ty: quote!(impl IntoIterator<Item = impl Into<String>>),
                call: quote!(#request.set_list(#index, #name.into_iter().map(Into::<String>::into));),
            },
            _ => {
                let item = ty(api, item, Scope::Operations);
                Argument {
                    ty: quote!(impl IntoIterator<Item = #item>),
                    call: quote!(#request.set_list(#index, #name);),
                }
            }
        },
        _ if by_value(api, of) => set(ty(api, of, Scope::Operations), quote!(&#name)),
        _ => {
            let printed = ty(api, of, Scope::Operations);
            set(quote!(&#printed), quote!(#name))
        }
    }
}

/// How an operation takes a body that is encoded: the argument's type and the reference to encode.
pub(super) fn body(api: &Api, of: &Type, name: &Ident) -> (TokenStream, TokenStream) {
    let of = match of {
        Type::Option(inner) | Type::Boxed(inner) => inner.as_ref(),
        other => other,
    };
    match resolved(api, of) {
        Type::Scalar(Scalar::String) => (quote!(&str), quote!(#name)),
        Type::Vec(item) => {
            let item = ty(api, item, Scope::Operations);
            (quote!(&[#item]), quote!(#name))
        }
        _ if by_value(api, of) => (ty(api, of, Scope::Operations), quote!(&#name)),
        _ => {
            let printed = ty(api, of, Scope::Operations);
            (quote!(&#printed), quote!(#name))
        }
    }
}

/// Small values are taken as they are, larger ones by reference.
pub(super) fn by_value(api: &Api, of: &Type) -> bool {
    match resolved(api, of) {
        Type::Scalar(_) => true,
        Type::Model(id) => matches!(
            api.model(*id).kind,
            ModelKind::StringEnum(_) | ModelKind::IntegerEnum(_)
        ),
        _ => false,
    }
}
