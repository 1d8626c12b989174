//! Unions: enums with a variant per arm.

use std::collections::HashMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs;
use super::ty::{Scope, ident, resolved, ty};
use crate::model::{Api, Dispatch, Docs, Model, Shape, Type, Union};

pub(super) fn union(api: &Api, model: &Model, of: &Union) -> TokenStream {
    let name = ident(&model.name);
    let about = docs::outer(&model.docs, &[]);
    let names: Vec<_> = of
        .variants
        .iter()
        .map(|variant| ident(&variant.name))
        .collect();
    let types: Vec<_> = of
        .variants
        .iter()
        .map(|variant| ty(api, &variant.ty, Scope::Models))
        .collect();
    let variant_docs = of.variants.iter().map(|variant| {
        let about = Docs {
            description: variant.description.clone(),
            ..Docs::default()
        };
        docs::outer(&about, &[])
    });
    let decode = decode(model, of, &names);
    let encode = of
        .variants
        .iter()
        .enumerate()
        .map(|(index, _)| encode(of, index, &names[index]));
    let conversions = conversions(api, model, of);
    quote! {
        #about
        #[derive(Clone)]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #names(#types),)*
            #[doc(hidden)]
            Unknown(runtime::UnknownVariant),
        }

        impl runtime::Decode for #name {
            #[inline]
            fn decode(value: runtime::Value) -> runtime::Result<Self, runtime::DecodeError> {
                #decode
            }
        }

        impl runtime::Encode for #name {
            #[inline]
            fn encode(&self) -> runtime::Value {
                match self {
                    #(#encode)*
                    Self::Unknown(value) => runtime::Encode::encode(value),
                }
            }
        }

        #conversions
    }
}

fn decode(model: &Model, of: &Union, names: &[Ident]) -> TokenStream {
    let text = model.name.as_str();
    let last = names.len().saturating_sub(1);
    let arms = names.iter().enumerate().map(|(index, name)| {
        let number = Literal::usize_unsuffixed(index);
        let pattern = if index == last {
            quote!(_)
        } else {
            quote!(#number)
        };
        quote!(#pattern => runtime::Decode::decode(value).map(Self::#name),)
    });
    let variant = quote! {
        |index, value| match index {
            #(#arms)*
        }
    };
    match &of.dispatch {
        Dispatch::Tag { property, tags, .. } => {
            let property = property.as_str();
            let tags = tags.iter().map(|(tag, index)| {
                let index = Literal::usize_unsuffixed(*index);
                quote!((#tag, #index))
            });
            quote!(runtime::decode_tagged(value, #text, #property, &[#(#tags),*], #variant, Self::Unknown))
        }
        Dispatch::Shape(shapes) => {
            let shapes = shapes.iter().map(shape);
            quote! {
                const SHAPES: &[runtime::Shape] = &[#(#shapes),*];
                runtime::decode_union(value, #text, SHAPES, #variant, Self::Unknown)
            }
        }
    }
}

fn shape(shape: &Shape) -> TokenStream {
    let mut kinds = shape.kinds.iter().map(|kind| format_ident!("{kind}"));
    let kinds = match kinds.next() {
        Some(first) => quote!(runtime::Kinds::#first #(.or(runtime::Kinds::#kinds))*),
        None => quote!(runtime::Kinds::ANY),
    };
    let list = |method: &str, names: &[String]| {
        let method = format_ident!("{method}");
        (!names.is_empty()).then(|| quote!(.#method(&[#(#names),*])))
    };
    let required = list("required", &shape.required);
    let known = list("known", &shape.known);
    let tags = (!shape.tags.is_empty()).then(|| {
        let tags = shape
            .tags
            .iter()
            .map(|(property, values)| quote!((#property, &[#(#values),*])));
        quote!(.tags(&[#(#tags),*]))
    });
    quote!(runtime::Shape::of(#kinds) #required #known #tags)
}

fn encode(of: &Union, index: usize, name: &Ident) -> TokenStream {
    if let Dispatch::Tag {
        property, implied, ..
    } = &of.dispatch
        && let Some(Some(tag)) = implied.get(index)
    {
        let property = property.as_str();
        return quote!(Self::#name(value) => runtime::encode_tagged(runtime::Encode::encode(value), #property, #tag),);
    }
    quote!(Self::#name(value) => runtime::Encode::encode(value),)
}

/// `From` for every variant whose content no other variant can hold.
fn conversions(api: &Api, model: &Model, of: &Union) -> TokenStream {
    if !model.is_constructed() {
        return TokenStream::new();
    }
    let content = |ty: &Type| match ty {
        Type::Boxed(inner) => resolved(api, inner).clone(),
        other => resolved(api, other).clone(),
    };
    let mut count: HashMap<Type, usize> = HashMap::new();
    for variant in &of.variants {
        *count
            .entry(expanded(api, &content(&variant.ty)))
            .or_default() += 1;
    }
    let name = ident(&model.name);
    let conversions = of
        .variants
        .iter()
        .filter(|variant| count[&expanded(api, &content(&variant.ty))] == 1)
        .map(|variant| {
            let (inner, value) = match &variant.ty {
                Type::Boxed(inner) => (ty(api, inner, Scope::Models), quote!(Box::new(value))),
                other => (ty(api, other, Scope::Models), quote!(value)),
            };
            let variant = ident(&variant.name);
            quote! {
                impl From<#inner> for #name {
                    #[inline]
                    fn from(value: #inner) -> Self {
                        Self::#variant(#value)
                    }
                }
            }
        });
    quote!(#(#conversions)*)
}

/// A type with the aliases inside it replaced, so that equal types compare equal.
fn expanded(api: &Api, of: &Type) -> Type {
    match resolved(api, of) {
        Type::Vec(inner) => Type::Vec(Box::new(expanded(api, inner))),
        Type::Map(inner) => Type::Map(Box::new(expanded(api, inner))),
        Type::Option(inner) => Type::Option(Box::new(expanded(api, inner))),
        Type::OrEmpty(inner) => Type::OrEmpty(Box::new(expanded(api, inner))),
        Type::Boxed(inner) => Type::Boxed(Box::new(expanded(api, inner))),
        Type::Tuple(items) => Type::Tuple(items.iter().map(|item| expanded(api, item)).collect()),
        other => other.clone(),
    }
}
