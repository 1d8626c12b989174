//! JSON values as Rust expressions: what constructors fill in.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;

use super::ty::{Scope, ident, model};
use crate::model::{Api, ModelKind, Scalar, Type};

/// The expression of a value that `lower` has fitted to its type, as the models' modules print it.
pub(super) fn expression(api: &Api, of: &Type, value: &Value) -> TokenStream {
    match of {
        Type::Scalar(scalar) => literal(*scalar, value),
        Type::Option(_) if value.is_null() => quote!(None),
        Type::Option(inner) => {
            let inner = expression(api, inner, value);
            quote!(Some(#inner))
        }
        Type::Boxed(inner) => {
            let inner = expression(api, inner, value);
            quote!(Box::new(#inner))
        }
        Type::Vec(inner) => {
            let items: Vec<_> = value
                .as_array()
                .into_iter()
                .flatten()
                .map(|item| expression(api, inner, item))
                .collect();
            if items.is_empty() {
                quote!(Vec::new())
            } else {
                quote!(vec![#(#items),*])
            }
        }
        Type::Map(inner) => {
            let members: Vec<_> = value
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| {
                    let value = expression(api, inner, value);
                    quote!((#name.to_owned(), #value))
                })
                .collect();
            if members.is_empty() {
                quote!(runtime::Map::new())
            } else {
                quote!(runtime::Map::from([#(#members),*]))
            }
        }
        Type::Value | Type::OrEmpty(_) | Type::Tuple(_) => json(value),
        Type::Model(id) => {
            let name = model(api, *id, Scope::Models);
            match &api.model(*id).kind {
                ModelKind::Alias(inner) => expression(api, inner, value),
                ModelKind::StringEnum(of) => {
                    let wire = value.as_str().unwrap_or_default();
                    match of.values.iter().find(|known| known.wire == wire) {
                        Some(known) => {
                            let variant = ident(&known.name);
                            quote!(#name::#variant)
                        }
                        None => quote!(#name::from(#wire)),
                    }
                }
                ModelKind::IntegerEnum(of) => {
                    let wire = value.as_i64().unwrap_or_default();
                    match of.values.iter().find(|known| known.wire == wire) {
                        Some(known) => {
                            let variant = ident(&known.name);
                            quote!(#name::#variant)
                        }
                        None => {
                            let wire = Literal::i64_unsuffixed(wire);
                            quote!(#name::from(#wire))
                        }
                    }
                }
                _ => quote!(#name::new()),
            }
        }
    }
}

fn literal(scalar: Scalar, value: &Value) -> TokenStream {
    match (scalar, value) {
        (_, Value::Bool(value)) => quote!(#value),
        (Scalar::F64, Value::Number(number)) => {
            let literal = Literal::f64_unsuffixed(number.as_f64().unwrap_or_default());
            quote!(#literal)
        }
        (_, Value::Number(number)) => integer(number),
        (_, Value::String(text)) => quote!(#text.to_owned()),
        _ => json(value),
    }
}

fn integer(number: &serde_json::Number) -> TokenStream {
    match (number.as_i64(), number.as_u64()) {
        (Some(value), _) => {
            let literal = Literal::i64_unsuffixed(value);
            quote!(#literal)
        }
        (None, Some(value)) => {
            let literal = Literal::u64_unsuffixed(value);
            quote!(#literal)
        }
        (None, None) => {
            let literal = Literal::f64_unsuffixed(number.as_f64().unwrap_or_default());
            quote!(#literal)
        }
    }
}

/// Any JSON.
fn json(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(runtime::Value::Null),
        Value::Bool(value) => quote!(runtime::Value::from(#value)),
        Value::Number(number) => {
            let literal = match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Literal::i64_suffixed(value),
                (None, Some(value)) => Literal::u64_suffixed(value),
                (None, None) => Literal::f64_suffixed(number.as_f64().unwrap_or_default()),
            };
            quote!(runtime::Value::from(#literal))
        }
        Value::String(text) => quote!(runtime::Value::from(#text)),
        Value::Array(items) => {
            let items = items.iter().map(json);
            quote!(runtime::Value::Array(vec![#(#items),*]))
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let value = json(value);
                quote!((#name.to_owned(), #value))
            });
            quote!(runtime::Value::Object([#(#members),*].into_iter().collect()))
        }
    }
}
