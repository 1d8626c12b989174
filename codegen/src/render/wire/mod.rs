//! The wire tests of the crate: `tests/wire.rs`, and below it a module and a file of calls for each tag.
//!
//! A test makes all calls of an operation with one closure, which takes whatever the call has: the code grows with the operations
//! and their parameters, not with the calls. What is the same for all is `connector_runtime::wire`.

mod argument;
mod data;

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};

use self::argument::{argument, body, part};
use super::ty::ident;
use super::{file_name, has_features, print, space_out};
use crate::model::wire::Operation as Test;
use crate::model::{Api, Body, BodyKind, Form, FormField, FormFieldKind, ModelKind, Operation};
use crate::write::FileSet;

/// How readers of the crate's README run the tests.
pub(super) fn readme(api: &Api) -> Vec<String> {
    if api.wire.is_empty() {
        return Vec::new();
    }
    [
        "## Tests",
        "",
        "`cargo test --test wire` calls every operation with made-up values, and compares what would be sent with what the definition \
asks for. Nothing is sent.",
        "",
        "```sh",
        "CONNECTOR_TEST_SERVER=http://127.0.0.1:4010 CONNECTOR_TEST_CREDENTIALS=made-up cargo test --test wire",
        "```",
        "",
        "With `CONNECTOR_TEST_SERVER`, the calls go to that server, with the credentials of the environment variables above \
or, with `CONNECTOR_TEST_CREDENTIALS=made-up`, with none that are real. A call fails if the answer says that the request is not \
what the definition describes. Calls that create, change and delete things are among them: use a server that is made for it. \
`CONNECTOR_TEST_REPORT=FILE` gets a line of JSON for each call.",
    ]
    .map(str::to_owned)
    .into()
}

/// Adds the tests, if there are any.
pub(super) fn add(api: &Api, files: &mut FileSet) -> Result<(), (String, syn::Error)> {
    if api.wire.is_empty() {
        return Ok(());
    }
    let of_tag = |tag: usize| -> Vec<&Test> {
        let tests = api.wire.iter().filter(|test| test.tag == tag);
        tests.collect()
    };
    let mut declared = Vec::new();
    for (index, tag) in api.tags.iter().enumerate() {
        let tests = of_tag(index);
        if tests.is_empty() {
            continue;
        }
        let name = file_name(tag.module.as_str());
        let path = format!("tests/wire/{name}.rs");
        let code = module(api, &tests, &format!("{name}.json"));
        let code = code.map_err(|error| (path.clone(), error))?;
        files.insert(path, space_out(&code));
        files.insert(format!("tests/wire/{name}.json"), data::file(api, &tests));
        let (module, path) = (ident(&tag.module), format!("wire/{name}.rs"));
        let feature = has_features(api).then(|| {
            let feature = &tag.feature;
            quote!(#[cfg(feature = #feature)])
        });
        declared.push(quote! {
            #feature
            #[path = #path]
            mod #module;
        });
    }
    let path = "tests/wire.rs";
    let code = print(root(api, &declared)).map_err(|error| (path.to_owned(), error))?;
    files.insert(path, space_out(&code));
    Ok(())
}

fn root(api: &Api, modules: &[TokenStream]) -> TokenStream {
    let package = format_ident!("{}", api.package.crate_name());
    let rewritten = api.wire.iter().any(|test| test.rewritten);
    let note = rewritten.then(|| {
        quote! {
            #![doc = ""]
            #![doc = " Policies of the connector, or its script, change some requests on their way. Of those, only the answers are checked."]
        }
    });
    quote! {
        //! Calls every operation with made-up values; the calls and what each must send are in the files beside the modules.
        //!
        //! Nothing is sent unless `CONNECTOR_TEST_SERVER` says where to; see `connector_runtime::wire`.
        #note
        #![allow(
            dead_code,
            deprecated,
            reason = "groups may be turned off, and what should not be called any more is tested as well"
        )]

        #(#modules)*

        fn check(
            cases: &::#package::runtime::wire::Cases,
            operation: &str,
            make: &dyn Fn(
                &::#package::Client,
                &::#package::runtime::wire::Case<'_>,
            ) -> Result<::#package::runtime::wire::Call, ::#package::runtime::wire::Undecodable>,
        ) {
            ::#package::runtime::wire::check(&::#package::API, cases, operation, &|client, case| {
                make(&::#package::Client::from(client), case)
            });
        }
    }
}

/// The tests of a tag.
fn module(api: &Api, tests: &[&Test], data: &str) -> syn::Result<String> {
    let package = format_ident!("{}", api.package.crate_name());
    let mut code = String::new();
    for test in tests {
        if let Some(operation) = operation(api, test) {
            code.push_str(&print(one(api, test, operation))?);
        }
    }
    let mut imports = Vec::new();
    if code.contains("models::") {
        imports.push(quote!(models));
    }
    if code.contains("runtime::") {
        imports.push(quote!(runtime));
    }
    let imports = (!imports.is_empty()).then(|| {
        quote!(
            use ::#package::{#(#imports),*};
        )
    });
    let is_called = tests.iter().any(|test| test.not_callable.is_none());
    let cases = is_called.then(|| {
        quote! {
            static CASES: ::#package::runtime::wire::Cases =
                ::#package::runtime::wire::Cases::new(include_str!(#data));
        }
    });
    let mut text = print(quote!(#imports #cases))?;
    text.push_str(&code);
    Ok(text)
}

/// The operation that a test is of.
fn operation<'a>(api: &'a Api, test: &Test) -> Option<&'a Operation> {
    api.tags.get(test.tag)?.operations.get(test.operation)
}

fn one(api: &Api, test: &Test, operation: &Operation) -> TokenStream {
    let name = ident(&operation.function);
    let id = &operation.id;
    if let Some(reason) = &test.not_callable {
        let package = format_ident!("{}", api.package.crate_name());
        return quote! {
            #[test]
            fn #name() {
                ::#package::runtime::wire::not_callable(#id, #reason);
            }
        };
    }
    let start = start(api, test, operation);
    let setters = setters(api, test, operation);
    let body = optional_body(api, test, operation);
    let call = match setters.is_empty() && body.is_none() {
        true => quote!(Ok(#start.send().into())),
        false => quote! {
            let mut call = #start;
            #(#setters)*
            #body
            Ok(call.send().into())
        },
    };
    // A call without arguments looks at nothing of the case.
    let is_read = |token: TokenTree| matches!(&token, TokenTree::Ident(name) if name == "case");
    let case = match argument::any(call.clone(), &is_read) {
        true => quote!(case),
        false => quote!(_),
    };
    quote! {
        #[test]
        fn #name() {
            super::check(&CASES, #id, &|client, #case| { #call });
        }
    }
}

/// The function that starts the call: for each media type that a case has, its own.
fn start(api: &Api, test: &Test, operation: &Operation) -> TokenStream {
    let call = |function: &crate::model::RustName, body: Option<TokenStream>| {
        let module = api.tags.get(test.tag).map(|tag| ident(&tag.module));
        let function = ident(function);
        let required = operation.parameters.iter().filter(|of| of.required);
        let arguments = required.map(|of| argument(api, &of.ty, of.name.as_str()));
        let arguments = arguments.chain(body);
        quote!(client.#module().#function(#(#arguments),*))
    };
    let used = |index: usize| {
        let mut bodies = test.cases.iter().filter_map(|case| case.body.as_ref());
        bodies.any(|body| body.index == index)
    };
    let with_body = |(index, of): (usize, &Body)| {
        let taken = content(api, of);
        (index, call(&of.function, Some(taken)))
    };
    let bodies = operation
        .bodies
        .iter()
        .enumerate()
        .filter(|(at, _)| used(*at));
    // The first may be left out where a body may; a setter has it then.
    let bodies = bodies.filter(|(at, _)| operation.body_required || *at > 0);
    let mut calls: Vec<_> = bodies.map(with_body).collect();
    let otherwise = match operation.body_required {
        true => calls.pop().map(|(_, call)| call),
        false => None,
    };
    let otherwise = otherwise.unwrap_or_else(|| call(&operation.function, None));
    if calls.is_empty() {
        return otherwise;
    }
    let arms = calls.iter().map(|(index, call)| {
        let index = Literal::usize_unsuffixed(*index);
        quote!(Some(#index) => #call,)
    });
    quote! {
        match case.media() {
            #(#arms)*
            _ => #otherwise,
        }
    }
}

/// The setters of what any case sets.
fn setters(api: &Api, test: &Test, operation: &Operation) -> Vec<TokenStream> {
    let is_set = |index: usize| {
        let mut cases = test.cases.iter();
        cases.any(|case| case.arguments.iter().any(|(at, _)| *at == index))
    };
    let parameters = operation.parameters.iter().enumerate();
    parameters
        .filter(|(index, of)| !of.required && is_set(*index))
        .map(|(_, of)| {
            let (name, setter) = (of.name.as_str(), ident(&of.name));
            let (ty, value) = argument::taken(api, &of.ty);
            quote! {
                if let Some(value) = case.optional::<#ty>(#name)? {
                    call = call.#setter(#value);
                }
            }
        })
        .collect()
}

/// The setter of a body that may be left out.
fn optional_body(api: &Api, test: &Test, operation: &Operation) -> Option<TokenStream> {
    let of = operation
        .bodies
        .first()
        .filter(|_| !operation.body_required)?;
    let mut bodies = test.cases.iter().filter_map(|case| case.body.as_ref());
    if !bodies.any(|body| body.index == 0) {
        return None;
    }
    let taken = content(api, of);
    Some(quote! {
        if case.media() == Some(0) {
            call = call.body(#taken);
        }
    })
}

/// What the function of a body is given.
fn content(api: &Api, of: &Body) -> TokenStream {
    match &of.kind {
        BodyKind::Json(ty) | BodyKind::Form(ty) => body(api, ty),
        BodyKind::Multipart(Some(id)) => match &api.model(*id).kind {
            ModelKind::Form(form) => built_form(api, &api.model(*id).name, form),
            _ => quote!(case.multipart()),
        },
        BodyKind::Multipart(None) => quote!(case.multipart()),
        BodyKind::Text => quote!(case.text()),
        BodyKind::Binary => quote!(case.bytes()),
    }
}

/// A form of parts, by its constructor and its setters.
fn built_form(api: &Api, name: &crate::model::RustName, form: &Form) -> TokenStream {
    let name = ident(name);
    let is_argument = |field: &&FormField| field.required && field.fixed.is_none();
    let arguments = form.fields.iter().filter(is_argument).map(|field| {
        let wire = field.wire.as_str();
        match &field.kind {
            FormFieldKind::File => quote!(case.file(#wire)?),
            FormFieldKind::Files => quote!(case.files(#wire)?),
            FormFieldKind::Value(ty) => {
                let ty = part(api, ty);
                quote!(case.part::<#ty>(#wire)?)
            }
        }
    });
    let new = quote!(models::#name::new(#(#arguments),*));
    let settable = form.fields.iter().filter(|field| !is_argument(field));
    let setters: Vec<_> = settable
        .map(|field| {
            let (setter, wire) = (ident(&field.name), field.wire.as_str());
            let value = match &field.kind {
                FormFieldKind::File => quote!(case.optional_file(#wire)),
                FormFieldKind::Files => quote!(case.optional_files(#wire)),
                FormFieldKind::Value(ty) => {
                    let ty = part(api, ty);
                    quote!(case.optional_part::<#ty>(#wire)?)
                }
            };
            quote! {
                if let Some(value) = #value {
                    form = form.#setter(value);
                }
            }
        })
        .collect();
    if setters.is_empty() {
        return new;
    }
    quote!({
        let mut form = #new;
        #(#setters)*
        form
    })
}
