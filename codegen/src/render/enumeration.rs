//! Enums of strings and integers.

use proc_macro2::TokenStream;
use quote::quote;

use super::docs;
use super::ty::ident;
use crate::model::{Docs, EnumValue, IntegerEnum, Model, StringEnum};

pub(super) fn string_enum(model: &Model, of: &StringEnum) -> TokenStream {
    let name = ident(&model.name);
    let docs = docs::outer(&model.docs, &[]);
    let variants = of.values.iter().map(|value| variant(value, &value.wire));
    let names: Vec<_> = of.values.iter().map(|value| ident(&value.name)).collect();
    let wires: Vec<_> = of.values.iter().map(|value| value.wire.as_str()).collect();
    quote! {
        #docs
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            #[doc(hidden)]
            Unknown(runtime::UnknownValue),
        }

        impl #name {
            /// The values that the document lists.
            pub const VALUES: &'static [&'static str] = &[#(#wires),*];

            /// The value as it goes over the wire, known or not.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#names => #wires,)*
                    Self::Unknown(value) => value.as_str(),
                }
            }
        }

        impl From<&str> for #name {
            #[inline]
            fn from(value: &str) -> Self {
                match value {
                    #(#wires => Self::#names,)*
                    other => Self::Unknown(runtime::UnknownValue::new(other)),
                }
            }
        }
    }
}

pub(super) fn integer_enum(model: &Model, of: &IntegerEnum) -> TokenStream {
    let name = ident(&model.name);
    let docs = docs::outer(&model.docs, &[]);
    let variants = of
        .values
        .iter()
        .map(|value| variant(value, &value.wire.to_string()));
    let names: Vec<_> = of.values.iter().map(|value| ident(&value.name)).collect();
    let wires: Vec<_> = of
        .values
        .iter()
        .map(|value| proc_macro2::Literal::i64_unsuffixed(value.wire))
        .collect();
    quote! {
        #docs
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            #[doc(hidden)]
            Unknown(runtime::UnknownInteger),
        }

        impl #name {
            /// The values that the document lists.
            pub const VALUES: &'static [i64] = &[#(#wires),*];

            /// The value as it goes over the wire, known or not.
            #[inline]
            pub fn as_i64(&self) -> i64 {
                match self {
                    #(Self::#names => #wires,)*
                    Self::Unknown(value) => value.as_i64(),
                }
            }
        }

        impl From<i64> for #name {
            #[inline]
            fn from(value: i64) -> Self {
                match value {
                    #(#wires => Self::#names,)*
                    other => Self::Unknown(runtime::UnknownInteger::new(other)),
                }
            }
        }
    }
}

fn variant<T>(value: &EnumValue<T>, wire: &str) -> TokenStream {
    let name = ident(&value.name);
    let about = Docs {
        description: value.description.clone(),
        ..Docs::default()
    };
    let docs = docs::outer(&about, &[docs::code(wire)]);
    quote!(#docs #name,)
}
