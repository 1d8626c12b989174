//! Structs: fields, constructor, setters, codec.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs;
use super::ty::{Scope, ident, owned, ty};
use crate::model::{Api, Field, Model, Presence, Struct};

pub(super) fn object(api: &Api, model: &Model, of: &Struct) -> TokenStream {
    let name = ident(&model.name);
    let docs = docs::outer(&model.docs, &[]);
    let fields = of.fields.iter().map(|field| declaration(api, field));
    let rest = of.rest.iter().map(|(name, value)| {
        let (name, value) = (ident(name), ty(api, value, Scope::Models));
        quote! {
            /// Properties that the document does not name.
            pub #name: runtime::Map<#value>,
        }
    });
    let methods = methods(api, model, of);
    let codec = codec(model, of);
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct #name {
            #(#fields)*
            #(#rest)*
        }

        #methods
        #codec
    }
}

fn declaration(api: &Api, field: &Field) -> TokenStream {
    let name = ident(&field.name);
    let ty = wrapped(api, field);
    let mut notes = Vec::new();
    if let Some(default) = &field.default {
        notes.push(format!("Default: {}.", docs::code(default)));
    }
    if field.read_only {
        notes.push("Only received, never sent.".to_owned());
    }
    if field.write_only {
        notes.push("Only sent, never received.".to_owned());
    }
    let notes = if notes.is_empty() {
        notes
    } else {
        vec![notes.join(" ")]
    };
    let mut text = docs::text(&field.docs, &notes);
    if text.is_empty() && field.wire.as_str() != field.name.as_str() {
        text.push(docs::code(field.wire.as_str()));
    }
    let docs = docs::lines(text.iter().map(String::as_str));
    quote!(#docs pub #name: #ty,)
}

/// The type of the field with what its presence adds.
fn wrapped(api: &Api, field: &Field) -> TokenStream {
    let ty = ty(api, &field.ty, Scope::Models);
    match field.presence {
        Presence::Required => ty,
        Presence::Nullable | Presence::Optional => quote!(Option<#ty>),
        Presence::Patch => quote!(runtime::Patch<#ty>),
    }
}

/// The constructor and the setters. A model that only responses contain has none: it is decoded.
fn methods(api: &Api, model: &Model, of: &Struct) -> TokenStream {
    if !model.is_constructed() {
        return TokenStream::new();
    }
    let name = ident(&model.name);
    let constructor = constructor(api, model, of);
    let setters = of
        .fields
        .iter()
        .filter(|field| !field.in_new && field.constant.is_none())
        .filter_map(|field| setter(api, field));
    let default = of.fields.iter().all(|field| !field.in_new).then(|| {
        quote! {
            impl Default for #name {
                #[inline]
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });
    quote! {
        impl #name {
            #constructor
            #(#setters)*
        }

        #default
    }
}

fn constructor(api: &Api, model: &Model, of: &Struct) -> TokenStream {
    let (arguments, initial): (Vec<_>, Vec<_>) =
        of.fields.iter().map(|field| initial(api, field)).unzip();
    let rest = of.rest.iter().map(|(name, _)| {
        let name = ident(name);
        quote!(#name: runtime::Map::new(),)
    });
    let required = of.fields.iter().filter(|field| field.in_new).count();
    let allow = (required > 7).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "the document requires them all")]),
    );
    let doc = match (
        required,
        of.fields.iter().any(|field| field.constant.is_some()),
    ) {
        (0, _) => format!(" An empty `{}`; the setters fill it.", model.name),
        _ => format!(
            " A `{}` with what is required; the setters add the rest.",
            model.name
        ),
    };
    quote! {
        #[doc = #doc]
        #allow
        #[inline]
        pub fn new(#(#arguments)*) -> Self {
            Self {
                #(#initial)*
                #(#rest)*
            }
        }
    }
}

/// The constructor's argument for a field, if it takes one, and the field's initial value.
fn initial(api: &Api, field: &Field) -> (Option<TokenStream>, TokenStream) {
    let name = ident(&field.name);
    if let Some(variant) = &field.constant {
        let (ty, variant) = (ty(api, &field.ty, Scope::Models), ident(variant));
        let value = match field.presence {
            Presence::Required => quote!(#ty::#variant),
            _ => quote!(Some(#ty::#variant)),
        };
        return (None, quote!(#name: #value,));
    }
    if !field.in_new {
        let empty = match field.presence {
            Presence::Patch => quote!(runtime::Patch::Absent),
            _ => quote!(None),
        };
        return (None, quote!(#name: #empty,));
    }
    let (argument, value) = owned(api, &field.ty, &name);
    match field.presence {
        Presence::Nullable => {
            let inner = ty(api, &field.ty, Scope::Models);
            (Some(quote!(#name: Option<#inner>,)), quote!(#name,))
        }
        Presence::Required if value.to_string() == name.to_string() => {
            (Some(quote!(#name: #argument,)), quote!(#name,))
        }
        Presence::Required => (Some(quote!(#name: #argument,)), quote!(#name: #value,)),
        Presence::Optional | Presence::Patch => (
            Some(quote!(#name: #argument,)),
            quote!(#name: Some(#value),),
        ),
    }
}

fn setter(api: &Api, field: &Field) -> Option<TokenStream> {
    let setter = ident(field.setter.as_ref()?);
    let name = ident(&field.name);
    let doc = format!(" Sets {}.", docs::code(field.wire.as_str()));
    let value = format_ident!("value");
    let (argument, value) = match field.presence {
        Presence::Patch => {
            let inner = ty(api, &field.ty, Scope::Models);
            (
                quote!(impl Into<runtime::Patch<#inner>>),
                quote!(value.into()),
            )
        }
        _ => {
            let (argument, value) = owned(api, &field.ty, &value);
            (argument, quote!(Some(#value)))
        }
    };
    Some(quote! {
        #[doc = #doc]
        #[inline]
        pub fn #setter(mut self, value: #argument) -> Self {
            self.#name = #value;
            self
        }
    })
}

fn codec(model: &Model, of: &Struct) -> TokenStream {
    let name = ident(&model.name);
    let text = model.name.as_str();
    let decoded = of.fields.iter().map(|field| {
        let (name, wire) = (ident(&field.name), field.wire.as_str());
        match field.presence {
            Presence::Required | Presence::Nullable => quote!(#name: object.required(#wire)?,),
            Presence::Optional => quote!(#name: object.optional(#wire)?,),
            Presence::Patch => quote!(#name: object.patch(#wire)?,),
        }
    });
    let encoded = of.fields.iter().map(|field| {
        let (name, wire) = (ident(&field.name), field.wire.as_str());
        match field.presence {
            Presence::Required | Presence::Nullable => quote!(object.put(#wire, &self.#name);),
            Presence::Optional => quote!(object.put_optional(#wire, &self.#name);),
            Presence::Patch => quote!(object.put_patch(#wire, &self.#name);),
        }
    });
    let rest = of
        .rest
        .iter()
        .map(|(name, _)| ident(name))
        .collect::<Vec<_>>();
    quote! {
        impl runtime::Decode for #name {
            #[inline]
            fn decode(value: runtime::Value) -> runtime::Result<Self, runtime::DecodeError> {
                let mut object = runtime::Object::from_value(value, #text)?;
                Ok(Self {
                    #(#decoded)*
                    #(#rest: object.rest()?,)*
                })
            }
        }

        impl runtime::Encode for #name {
            #[inline]
            fn encode(&self) -> runtime::Value {
                let mut object = runtime::Object::new();
                #(#encoded)*
                #(object.put_rest(&self.#rest);)*
                object.into_value()
            }
        }
    }
}
