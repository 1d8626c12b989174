//! Structs: fields, constructor, setters, codec.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::docs;
use super::ty::{Scope, ident, owned, ty};
use crate::model::{Api, Field, Model, Presence, Struct, Visibility};

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
        #[derive(Clone)]
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
    if field.fixed.is_some() {
        let value = field.default.as_ref().map(|text| docs::code(text));
        notes.push(match value {
            Some(value) => format!("Sent as {value} unless it is set."),
            None => "Sent without asking.".to_owned(),
        });
    } else if let Some(default) = &field.default {
        notes.push(format!("Default: {}.", docs::code(default)));
    }
    if let Some(constant) = &field.constant {
        notes.push(format!("Always {}.", docs::code(constant)));
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
    // Stable: what is equally prominent stays in the document's order.
    let mut settable: Vec<&Field> = of
        .fields
        .iter()
        .filter(|field| !field.in_new && !field.is_constant())
        .collect();
    settable.sort_by_key(|field| field.visibility);
    let setters = settable.into_iter().filter_map(|field| setter(api, field));
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
    let doc = match required {
        0 => format!(" An empty `{}`; the setters fill it.", model.name),
        _ => format!(
            " {} `{}` with what is required; the setters add the rest.",
            docs::article(model.name.as_str()),
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
    if let Some(fixed) = &field.fixed {
        let value = super::fixed::expression(api, &field.ty, fixed);
        let value = match field.presence {
            Presence::Required => value,
            _ => quote!(Some(#value)),
        };
        return (None, quote!(#name: #value,));
    }
    if let Some(constant) = field.constant.as_ref().filter(|_| field.is_constant()) {
        let value = match field.presence {
            Presence::Required => quote!(#constant.to_owned()),
            _ => quote!(Some(#constant.to_owned())),
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
        Presence::Required if is_same(&value, &name) => {
            (Some(quote!(#name: #argument,)), quote!(#name,))
        }
        Presence::Required => (Some(quote!(#name: #argument,)), quote!(#name: #value,)),
        Presence::Optional | Presence::Patch => (
            Some(quote!(#name: #argument,)),
            quote!(#name: Some(#value),),
        ),
    }
}

/// Whether an expression is nothing but the variable itself.
pub(super) fn is_same(value: &TokenStream, name: &Ident) -> bool {
    let mut tokens = value.clone().into_iter();
    matches!((tokens.next(), tokens.next()), (Some(proc_macro2::TokenTree::Ident(only)), None) if only == *name)
}

fn setter(api: &Api, field: &Field) -> Option<TokenStream> {
    let setter = ident(field.setter.as_ref()?);
    let name = ident(&field.name);
    let doc = format!(" Sets {}.", docs::code(field.wire.as_str()));
    let value = format_ident!("value");
    let hidden = (field.visibility == Visibility::Internal).then(|| quote!(#[doc(hidden)]));
    let (argument, value) = match field.presence {
        Presence::Required => owned(api, &field.ty, &value),
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
        #hidden
        #[inline]
        pub fn #setter(mut self, value: #argument) -> Self {
            self.#name = #value;
            self
        }
    })
}

/// How many fields the runtime reads in one call.
const MAX_READ: usize = 16;

fn codec(model: &Model, of: &Struct) -> TokenStream {
    let name = ident(&model.name);
    let names: Vec<_> = of.fields.iter().map(|field| ident(&field.name)).collect();
    let rest: Vec<_> = of.rest.iter().map(|(name, _)| ident(name)).collect();
    let (always, present): (Vec<_>, Vec<_>) = of
        .fields
        .iter()
        .partition(|field| matches!(field.presence, Presence::Required | Presence::Nullable));
    let (always, present) = (members(&always), members(&present));
    let reads = reads(model, of);
    let written = match rest.as_slice() {
        [] => quote!(runtime::Object::encode(&[#always], &[#present])),
        _ => {
            let always = (!always.is_empty()).then(|| quote!(.with(&[#always])));
            let present = (!present.is_empty()).then(|| quote!(.with_present(&[#present])));
            quote!(runtime::Object::new() #always #present #(.with_rest(&self.#rest))* .into_value())
        }
    };
    quote! {
        impl runtime::Decode for #name {
            #[inline]
            fn decode(value: runtime::Value) -> runtime::Result<Self, runtime::DecodeError> {
                #reads
                Ok(Self { #(#names,)* #(#rest,)* })
            }
        }

        impl runtime::Encode for #name {
            #[inline]
            fn encode(&self) -> runtime::Value {
                #written
            }
        }
    }
}

/// The statements that read all fields. Each call that may fail is one more way out of the function for the compiler
/// to check, so a model that can be read in one call is.
fn reads(model: &Model, of: &Struct) -> TokenStream {
    let text = model.name.as_str();
    let tuple = |fields: &[Field]| {
        let names = fields.iter().map(|field| ident(&field.name));
        let wires = fields.iter().map(|field| field.wire.as_str());
        (quote!((#(#names,)*)), quote!([#(#wires),*]))
    };
    if of.rest.is_none() && (1..=MAX_READ).contains(&of.fields.len()) {
        let (names, wires) = tuple(&of.fields);
        return quote!(let #names = runtime::Object::decode(value, #text, #wires)?;);
    }
    let object = object_name(of);
    let reads = of.fields.chunks(MAX_READ).map(|fields| {
        let (names, wires) = tuple(fields);
        quote!(let #names = #object.read(#wires)?;)
    });
    let rest = of.rest.iter().map(|(name, _)| {
        let name = ident(name);
        quote!(let #name = #object.rest()?;)
    });
    quote! {
        let mut #object = runtime::Object::from_value(value, #text)?;
        #(#reads)*
        #(#rest)*
    }
}

/// What the object is called while its fields become variables beside it.
fn object_name(of: &Struct) -> Ident {
    let is_free = |name: &str| !of.fields.iter().any(|field| field.name.as_str() == name);
    // No field's name ends in two underscores.
    let name = ["object", "members", "json"]
        .into_iter()
        .find(|name| is_free(name))
        .unwrap_or("object__");
    format_ident!("{name}")
}

/// The fields as pairs of name and value.
fn members(fields: &[&Field]) -> TokenStream {
    let members = fields.iter().map(|field| {
        let (name, wire) = (ident(&field.name), field.wire.as_str());
        quote!((#wire, &self.#name))
    });
    quote!(#(#members),*)
}
