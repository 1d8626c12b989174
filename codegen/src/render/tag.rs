//! A module per tag: the handle with its functions, then the calls.

use quote::quote;

use super::ty::ident;
use super::{choices, docs, models, operation, print};
use crate::model::{Api, Requirement};

pub(super) fn module(
    api: &Api,
    index: usize,
    common_security: Option<&[Vec<Requirement>]>,
) -> syn::Result<String> {
    let tag = &api.tags[index];
    let handle = ident(&tag.handle);
    let mut about = vec![format!("Operations of {}.", docs::code(&tag.name))];
    docs::append(&mut about, docs::prose(tag.description.as_deref()));
    let module_docs = models::inner(docs::lines(about.iter().map(String::as_str)));
    let accessor = format!(
        "The operations of {}; made by [`Client::{1}`](crate::Client::{1}).",
        docs::code(&tag.name),
        tag.module
    );
    let mut handle_docs = vec![accessor];
    let hidden = tag.operations.iter().filter(|of| operation::is_hidden(of));
    let hidden: Vec<String> = hidden.map(|of| format!("`{}`", of.function)).collect();
    if !hidden.is_empty() {
        let note = format!(
            "For programs rather than people, and so not listed here: {}.",
            hidden.join(", ")
        );
        docs::append(&mut handle_docs, vec![note]);
    }
    let handle_docs = docs::lines(handle_docs.iter().map(String::as_str));
    // Stable: what is equally prominent stays in the document's order.
    let mut operations: Vec<_> = tag.operations.iter().collect();
    operations.sort_by_key(|of| of.extensions.visibility);
    let functions = operations.iter().map(|of| operation::functions(api, of));
    let choices = tag.operations.iter().map(|of| choices::functions(api, of));
    let builders = operations
        .iter()
        .map(|of| operation::builder(api, of, common_security));
    let mut code = print(quote! {
        #handle_docs
        #[derive(Clone, Debug)]
        pub struct #handle(pub(crate) runtime::Client);

        impl #handle {
            #(#functions)*
            #(#choices)*
        }
    })?;
    for builder in builders {
        code.push_str(&print(builder)?);
    }
    let uses_models = names_models(&code).then(|| {
        quote!(
            use crate::models;
        )
    });
    let mut text = print(quote! {
        #module_docs

        use connector_runtime as runtime;
        #uses_models
    })?;
    text.push_str(&code);
    Ok(text)
}

/// Whether printed code names a model. Whether types do is not enough: a parameter whose model is another name for
/// a string is taken as `&str`.
pub(super) fn names_models(code: &str) -> bool {
    code.lines()
        .any(|line| line.contains("models::") && !line.trim_start().starts_with("///"))
}
