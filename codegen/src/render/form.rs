//! Multipart forms: a struct that becomes the parts of a body.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs;
use super::object::is_same;
use super::ty::{Scope, ident, owned, ty};
use crate::model::{Api, Form, FormField, FormFieldKind, Model, Visibility};

pub(super) fn form(api: &Api, model: &Model, of: &Form) -> TokenStream {
    let name = ident(&model.name);
    let docs = docs::outer(&model.docs, &["A `multipart/form-data` body.".to_owned()]);
    let declarations = of.fields.iter().map(|field| declaration(api, field));
    let required: Vec<_> = of
        .fields
        .iter()
        .filter(|field| field.required && field.fixed.is_none())
        .collect();
    let arguments = required.iter().map(|field| {
        let name = ident(&field.name);
        let (argument, _) = taken(api, &field.kind, &name);
        quote!(#name: #argument)
    });
    let allow = (required.len() > 7).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "the document requires them all")]),
    );
    let initial = of.fields.iter().map(|field| {
        let name = ident(&field.name);
        if let (Some(fixed), FormFieldKind::Value(of)) = (&field.fixed, &field.kind) {
            let value = super::fixed::expression(api, of, fixed);
            return if field.required {
                quote!(#name: #value,)
            } else {
                quote!(#name: Some(#value),)
            };
        }
        if field.required {
            match taken(api, &field.kind, &name) {
                (_, value) if is_same(&value, &name) => quote!(#name,),
                (_, value) => quote!(#name: #value,),
            }
        } else {
            quote!(#name: None,)
        }
    });
    // Stable: what is equally prominent stays in the document's order.
    let mut settable: Vec<&FormField> = of
        .fields
        .iter()
        .filter(|field| !field.required || field.fixed.is_some())
        .collect();
    settable.sort_by_key(|field| field.visibility);
    let setters = settable.into_iter().map(|field| setter(api, field));
    let parts = of.fields.iter().map(part);
    let default = required.is_empty().then(|| {
        quote! {
            impl Default for #name {
                #[inline]
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });
    let doc = format!(
        " {} `{}` with the parts that are required; the setters add the rest.",
        docs::article(model.name.as_str()),
        model.name
    );
    quote! {
        #docs
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct #name {
            #(#declarations)*
        }

        impl #name {
            #[doc = #doc]
            #allow
            #[inline]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#initial)* }
            }

            #(#setters)*
        }

        #default

        impl From<#name> for runtime::Multipart {
            #[inline]
            fn from(form: #name) -> Self {
                Self::new() #(#parts)*
            }
        }
    }
}

fn declaration(api: &Api, field: &FormField) -> TokenStream {
    let name = ident(&field.name);
    let mut text = docs::text(&field.docs, &[]);
    if text.is_empty() && field.wire.as_str() != field.name.as_str() {
        text.push(docs::code(field.wire.as_str()));
    }
    let docs = docs::lines(text.iter().map(String::as_str));
    let inner = match &field.kind {
        FormFieldKind::File => quote!(runtime::FilePart),
        FormFieldKind::Files => quote!(Vec<runtime::FilePart>),
        FormFieldKind::Value(of) => ty(api, of, Scope::Models),
    };
    let ty = if field.required {
        inner
    } else {
        quote!(Option<#inner>)
    };
    quote!(#docs pub #name: #ty,)
}

fn taken(api: &Api, kind: &FormFieldKind, name: &proc_macro2::Ident) -> (TokenStream, TokenStream) {
    match kind {
        FormFieldKind::File => (quote!(impl Into<runtime::FilePart>), quote!(#name.into())),
        FormFieldKind::Files => (quote!(Vec<runtime::FilePart>), quote!(#name)),
        FormFieldKind::Value(of) => owned(api, of, name),
    }
}

fn setter(api: &Api, field: &FormField) -> TokenStream {
    let name = ident(&field.name);
    let doc = format!(" Sets {}.", docs::code(field.wire.as_str()));
    let hidden = (field.visibility == Visibility::Internal).then(|| quote!(#[doc(hidden)]));
    let (argument, value) = taken(api, &field.kind, &format_ident!("value"));
    let value = if field.required {
        value
    } else {
        quote!(Some(#value))
    };
    quote! {
        #[doc = #doc]
        #hidden
        #[inline]
        pub fn #name(mut self, value: #argument) -> Self {
            self.#name = #value;
            self
        }
    }
}

fn part(field: &FormField) -> TokenStream {
    let (name, wire) = (ident(&field.name), field.wire.as_str());
    match (&field.kind, field.required) {
        (FormFieldKind::File, true) => quote!(.file(#wire, form.#name)),
        (FormFieldKind::File, false) => quote!(.file_optional(#wire, form.#name)),
        (FormFieldKind::Files, true) => quote!(.files(#wire, form.#name)),
        (FormFieldKind::Files, false) => quote!(.files(#wire, form.#name.unwrap_or_default())),
        (FormFieldKind::Value(_), true) => quote!(.value(#wire, &form.#name)),
        (FormFieldKind::Value(_), false) => quote!(.value_optional(#wire, &form.#name)),
    }
}
