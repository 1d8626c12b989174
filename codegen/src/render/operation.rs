//! Operations: the descriptor, the function that starts a call, the setters that complete it.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::ty::{Scope, body, ident, parameter};
use super::{about, docs, job, literal, outcome, paging, stream, trigger};
use crate::model::{
    Api, Body, BodyKind, Location, Operation, Parameter, Requirement, Style, Visibility,
};

/// The descriptor: what the runtime needs to know, and nothing else.
fn descriptor(operation: &Operation, common_security: Option<&[Vec<Requirement>]>) -> TokenStream {
    let Operation {
        id, method, path, ..
    } = operation;
    let parameters = (!operation.parameters.is_empty()).then(|| {
        let parameters = operation.parameters.iter().map(described);
        quote!(.parameters(&[#(#parameters),*]))
    });
    let bodies = (!operation.bodies.is_empty()).then(|| {
        let bodies = operation.bodies.iter().map(|body| {
            let media_type = &body.media_type;
            let encodings = literal::encodings(&body.encodings);
            quote!(runtime::MediaType::new(#media_type) #encodings)
        });
        quote!(.bodies(&[#(#bodies),*]))
    });
    let accept = (!operation.accept.is_empty()).then(|| {
        let accept = &operation.accept;
        quote!(.accept(#accept))
    });
    let servers = (!operation.servers.is_empty()).then(|| {
        let servers = literal::servers(&operation.servers);
        quote!(.servers(#servers))
    });
    let security = operation.security.as_deref().map(|alternatives| {
        if common_security == Some(alternatives) {
            quote!(.security(crate::client::SECURITY))
        } else {
            let requirements = literal::requirements(alternatives);
            quote!(.security(#requirements))
        }
    });
    quote! {
        /// What the runtime needs to know about the operation.
        pub const OPERATION: &'static runtime::Operation = &runtime::Operation::new(#id, #method, #path)
            #parameters #bodies #accept #security #servers;
    }
}

fn described(parameter: &Parameter) -> TokenStream {
    let name = parameter.wire.as_str();
    let (constructor, default_style) = match parameter.location {
        Location::Path => ("path", Style::Simple),
        Location::Query => ("query", Style::Form),
        Location::QueryString => ("query_string", Style::Form),
        Location::Header => ("header", Style::Simple),
        Location::Cookie => ("cookie", Style::Form),
    };
    let constructor = format_ident!("{constructor}");
    let style = (parameter.style != default_style).then(|| {
        let style = literal::style(parameter.style);
        quote!(.style(#style))
    });
    // The runtime spreads forms by default, whatever the style that is set afterwards.
    let spread = default_style == Style::Form;
    let explode = (parameter.explode != spread).then(|| {
        let explode = parameter.explode;
        quote!(.explode(#explode))
    });
    let required =
        (parameter.required && parameter.location != Location::Path).then(|| quote!(.required()));
    let reserved = parameter.allow_reserved.then(|| quote!(.allow_reserved()));
    let content = parameter
        .content
        .as_ref()
        .map(|media_type| quote!(.content(#media_type)));
    let encodings = literal::encodings(&parameter.encodings);
    let fixed = parameter.fixed.as_ref().map(|value| {
        let json = value.to_string();
        quote!(.fixed(#json))
    });
    let double = parameter.double_encoded.then(|| quote!(.double_encoded()));
    quote! {
        runtime::Parameter::#constructor(#name)
            #style #explode #required #reserved #content #encodings #fixed #double
    }
}

/// The functions of the tag's handle that start calls of this operation: one per kind of body.
pub(super) fn functions(api: &Api, operation: &Operation) -> TokenStream {
    if operation.bodies.is_empty() || !operation.body_required {
        let plain = function(api, operation, None, &operation.function);
        let others = operation
            .bodies
            .iter()
            .enumerate()
            .skip(1)
            .map(|(index, body)| function(api, operation, Some((index, body)), &body.function));
        return quote!(#plain #(#others)*);
    }
    let functions = operation
        .bodies
        .iter()
        .enumerate()
        .map(|(index, body)| function(api, operation, Some((index, body)), &body.function));
    quote!(#(#functions)*)
}

fn function(
    api: &Api,
    operation: &Operation,
    body: Option<(usize, &Body)>,
    name: &crate::model::RustName,
) -> TokenStream {
    let docs = about::about(api, operation, body);
    let (name, builder) = (ident(name), ident(&operation.builder));
    let request = quote!(request);
    let arguments: Vec<_> = operation
        .parameters
        .iter()
        .enumerate()
        .filter(|(_, parameter)| parameter.required)
        .map(|(index, of)| {
            let name = ident(&of.name);
            (name.clone(), parameter(api, &of.ty, &request, index, &name))
        })
        .collect();
    let mut declared: Vec<_> = arguments
        .iter()
        .map(|(name, argument)| {
            let ty = &argument.ty;
            quote!(#name: #ty)
        })
        .collect();
    let mut calls: Vec<_> = arguments
        .iter()
        .map(|(_, argument)| argument.call.clone())
        .collect();
    if let (None, Some(of)) = (body, fixed_body(operation)) {
        let ty = super::ty::ty(api, of, Scope::Operations);
        let call = match operation.bodies.first().map(|body| &body.kind) {
            Some(BodyKind::Form(_)) => format_ident!("form"),
            _ => format_ident!("json"),
        };
        calls.push(quote!(#request.#call(0, &#ty::new());));
    }
    if let Some((index, of)) = body {
        let name = format_ident!("body");
        let (ty, call) = body_argument(api, of, index, &request, &name);
        declared.push(quote!(#name: #ty));
        calls.push(call);
    }
    let allow = (declared.len() > 6).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "the document requires them all")]),
    );
    let deprecated = deprecation(api, operation);
    let hidden = is_hidden(operation).then(|| quote!(#[doc(hidden)]));
    let new = quote!(runtime::Request::new(&self.0, #builder::OPERATION));
    let content = if calls.is_empty() {
        quote!(#builder(#new))
    } else {
        quote! {
            let mut request = #new;
            #(#calls)*
            #builder(request)
        }
    };
    quote! {
        #docs
        #hidden
        #deprecated
        #allow
        #[inline]
        pub fn #name(&self #(, #declared)*) -> #builder {
            #content
        }
    }
}

/// Whether an operation is for programs: it can be called, but does not stand among those that people choose from.
pub(super) fn is_hidden(operation: &Operation) -> bool {
    operation.extensions.visibility == Visibility::Internal
}

/// The attribute of an operation that should not be called any more, with what to call instead.
fn deprecation(api: &Api, operation: &Operation) -> Option<TokenStream> {
    if !operation.docs.deprecated {
        return None;
    }
    let annotation = operation.extensions.annotation.as_ref();
    let replacement = annotation.and_then(|annotation| annotation.replacement.as_deref());
    let path = replacement.and_then(|id| {
        let mut all = api.tags.iter().flat_map(|tag| {
            let operations = tag.operations.iter();
            operations.map(move |operation| (tag, operation))
        });
        let (tag, operation) = all.find(|(_, operation)| operation.id == id)?;
        Some(format!(
            "use `client.{}().{}(…)`",
            tag.module, operation.function
        ))
    });
    Some(match path {
        Some(note) => quote!(#[deprecated(note = #note)]),
        None => quote!(#[deprecated]),
    })
}

/// The type of the body that is sent without asking.
fn fixed_body(operation: &Operation) -> Option<&crate::model::Type> {
    match operation.bodies.first().map(|body| &body.kind) {
        Some(BodyKind::Json(of) | BodyKind::Form(of)) => Some(of).filter(|_| operation.body_fixed),
        _ => None,
    }
}

/// How a body is taken and handed to the request.
fn body_argument(
    api: &Api,
    of: &Body,
    index: usize,
    request: &TokenStream,
    name: &Ident,
) -> (TokenStream, TokenStream) {
    let index = Literal::usize_unsuffixed(index);
    match &of.kind {
        BodyKind::Json(inner) => {
            let (ty, value) = body(api, inner, name);
            (ty, quote!(#request.json(#index, #value);))
        }
        BodyKind::Form(inner) => {
            let (ty, value) = body(api, inner, name);
            (ty, quote!(#request.form(#index, #value);))
        }
        BodyKind::Multipart(Some(id)) => {
            let ty = super::ty::model(api, *id, Scope::Operations);
            (ty, quote!(#request.multipart(#index, #name.into());))
        }
        BodyKind::Multipart(None) => (
            quote!(runtime::Multipart),
            quote!(#request.multipart(#index, #name);),
        ),
        BodyKind::Text => (
            quote!(impl Into<String>),
            quote!(#request.raw(#index, #name.into());),
        ),
        BodyKind::Binary => (
            quote!(impl Into<runtime::Body>),
            quote!(#request.raw(#index, #name);),
        ),
    }
}

/// The struct with the setters, and the enum of its results if there are several.
pub(super) fn builder(
    api: &Api,
    operation: &Operation,
    common_security: Option<&[Vec<Requirement>]>,
) -> TokenStream {
    let name = ident(&operation.builder);
    let doc = docs::lines([format!(
        "A call of {}, to be completed and sent.",
        docs::code(&operation.id)
    )
    .as_str()]);
    let (setters, advanced) = setters(api, operation);
    let optional_body = optional_body(api, operation);
    let (output, value) = outcome::output(api, &operation.output);
    let outcomes = outcome::outcomes(api, operation);
    let descriptor = descriptor(operation, common_security);
    let paging = paging::methods(api, operation);
    let job = job::method(api, operation);
    let stream = stream::method(api, operation);
    let before = stream::before_send(operation);
    let mutable = before.is_some().then(|| quote!(mut));
    let trigger = trigger::method(api, operation);
    let webhook = trigger::implementation(api, operation);
    let hidden = is_hidden(operation).then(|| quote!(#[doc(hidden)]));
    quote! {
        #doc
        #hidden
        #[derive(Clone, Debug)]
        #[must_use = "a call does nothing until it is sent"]
        pub struct #name(runtime::Request);

        impl #name {
            #descriptor

            #setters
            #optional_body

            /// Sets options of this call alone, such as its timeout.
            #[inline]
            pub fn with(mut self, options: runtime::RequestOptions) -> Self {
                self.0.options(options);
                self
            }

            /// Sends the request and decodes the answer.
            #[inline]
            pub fn send(#mutable self) -> runtime::Sending<#value> {
                #before
                self.0.send::<#output>()
            }

            /// Sends the request; the answer comes with its status and headers.
            #[inline]
            pub fn send_with_response(#mutable self) -> runtime::Sending<runtime::Response<#value>> {
                #before
                self.0.send_with_response::<#output>()
            }

            #stream
            #paging
            #job
            #trigger
        }

        #webhook
        #advanced

        #outcomes
    }
}

/// The setters of parameters, the most prominent first, and a block of its own with those that are seldom needed.
fn setters(api: &Api, operation: &Operation) -> (TokenStream, Option<TokenStream>) {
    let name = ident(&operation.builder);
    let mut settable: Vec<_> = operation
        .parameters
        .iter()
        .enumerate()
        .filter(|(_, parameter)| !parameter.required)
        .collect();
    // Stable: what is equally prominent stays in the document's order.
    settable.sort_by_key(|(_, parameter)| parameter.visibility);
    let seldom = settable.partition_point(|(_, of)| of.visibility < Visibility::Advanced);
    let seldom = settable.split_off(seldom);
    let setter = |(index, parameter)| setter(api, index, parameter);
    let advanced = (!seldom.is_empty()).then(|| {
        let visible = seldom
            .iter()
            .any(|(_, of)| of.visibility == Visibility::Advanced);
        let doc = visible.then(|| quote!(#[doc = " Advanced settings."]));
        let setters = seldom.into_iter().map(setter);
        quote! {
            #doc
            impl #name {
                #(#setters)*
            }
        }
    });
    (settable.into_iter().map(setter).collect(), advanced)
}

/// The setter of a body that may be left out.
fn optional_body(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let of = operation.bodies.first()?;
    if operation.body_required {
        return None;
    }
    let argument = format_ident!("body");
    let (ty, call) = body_argument(api, of, 0, &quote!(self.0), &argument);
    Some(quote! {
        /// Sets the body.
        #[inline]
        pub fn body(mut self, #argument: #ty) -> Self {
            #call
            self
        }
    })
}

fn setter(api: &Api, index: usize, of: &Parameter) -> TokenStream {
    let name = ident(&of.name);
    let mut text = docs::text(&of.docs, &[]);
    if text.is_empty() {
        text.push(format!("Sets {}.", docs::code(of.wire.as_str())));
    }
    if let Some(fixed) = &of.fixed {
        docs::append(
            &mut text,
            vec![format!(
                "{} is sent unless it is set.",
                docs::code(&fixed.to_string())
            )],
        );
    }
    let docs = docs::lines(text.iter().map(String::as_str));
    let hidden = (of.visibility == Visibility::Internal).then(|| quote!(#[doc(hidden)]));
    let argument = parameter(api, &of.ty, &quote!(self.0), index, &format_ident!("value"));
    let (ty, call) = (argument.ty, argument.call);
    quote! {
        #docs
        #hidden
        #[inline]
        pub fn #name(mut self, value: #ty) -> Self {
            #call
            self
        }
    }
}
