//! A module per tag: the handle with its functions, then the calls.

use quote::quote;

use super::ty::ident;
use super::{client, docs, models, operation, print};
use crate::model::{Api, BodyKind, Operation, Outcome, Output};

pub(super) fn module(api: &Api, index: usize) -> syn::Result<String> {
    let tag = &api.tags[index];
    let handle = ident(&tag.handle);
    let mut about = vec![format!("Operations of {}.", docs::code(&tag.name))];
    docs::append(
        &mut about,
        tag.description
            .as_deref()
            .map(docs::sanitize)
            .unwrap_or_default(),
    );
    let module_docs = models::inner(docs::lines(about.iter().map(String::as_str)));
    let accessor = format!(
        "The operations of {}; made by [`Client::{1}`](crate::Client::{1}).",
        docs::code(&tag.name),
        tag.module
    );
    let handle_docs = docs::lines([accessor.as_str()]);
    let common = client::common_security(api);
    let functions = tag
        .operations
        .iter()
        .map(|of| operation::functions(api, of));
    let builders = tag
        .operations
        .iter()
        .map(|of| operation::builder(api, of, common.as_ref()));
    let uses_models = tag.operations.iter().any(names_models).then(|| {
        quote!(
            use crate::models;
        )
    });
    let mut text = print(quote! {
        #module_docs

        use connector_runtime as runtime;
        #uses_models

        #handle_docs
        #[derive(Clone, Debug)]
        pub struct #handle(pub(crate) runtime::Client);

        impl #handle {
            #(#functions)*
        }
    })?;
    for builder in builders {
        text.push_str(&print(builder)?);
    }
    Ok(text)
}

/// Whether the code of an operation, or a link in its docs, names a model.
fn names_models(operation: &Operation) -> bool {
    let mut found = false;
    let mut look = |ty: &crate::model::Type| ty.for_each_model(&mut |_| found = true);
    operation
        .parameters
        .iter()
        .for_each(|parameter| look(&parameter.ty));
    for body in &operation.bodies {
        match &body.kind {
            BodyKind::Json(ty) | BodyKind::Form(ty) => look(ty),
            BodyKind::Multipart(Some(id)) => look(&crate::model::Type::Model(*id)),
            BodyKind::Multipart(None) | BodyKind::Text | BodyKind::Binary => {}
        }
    }
    let mut outcome = |outcome: &Outcome| {
        if let Outcome::Json(ty) = outcome {
            look(ty);
        }
    };
    match &operation.output {
        Output::One(one) => outcome(one),
        Output::ByStatus { outcomes, .. } => outcomes.iter().for_each(|(_, _, one)| outcome(one)),
    }
    found
}
