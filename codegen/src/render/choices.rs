//! The functions of a tag's handle that list what can be chosen, and fetch schemas.

use std::collections::HashSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::docs;
use super::ty::{Scope, ident, parameter, ty};
use crate::model::{Api, Argument, Choices, DynamicSchema, Operation, Parameter, Source, WireName};

/// The functions for an operation.
pub(super) fn functions(api: &Api, operation: &Operation) -> TokenStream {
    let extensions = &operation.extensions;
    let choices = extensions
        .choices
        .iter()
        .filter_map(|choices| options(api, operation, choices));
    let schemas = extensions
        .schemas
        .iter()
        .filter_map(|of| schema(api, operation, of));
    quote!(#(#choices)* #(#schemas)*)
}

fn options(api: &Api, operation: &Operation, choices: &Choices) -> Option<TokenStream> {
    let call = call(api, operation, &choices.source)?;
    let name = ident(&choices.function);
    let value = ty(api, &choices.ty, Scope::Operations);
    let doc = format!(
        "Lists what can be chosen for {} of [`{2}`](Self::{2}), with {}.",
        place(&choices.path),
        docs::code(&choices.source.operation),
        operation.function
    );
    let (items, of, title) = (&choices.items, &choices.value, &choices.title);
    Some(call.function(
        &doc,
        &name,
        &quote!(runtime::Options<#value>),
        &quote!(runtime::Options::new(request, #items, #of, #title)),
    ))
}

fn schema(api: &Api, operation: &Operation, of: &DynamicSchema) -> Option<TokenStream> {
    let call = call(api, operation, &of.source)?;
    let name = ident(&of.function);
    let what = match (of.path.is_empty(), of.of_response) {
        (true, false) => "the body".to_owned(),
        (true, true) => "the answer".to_owned(),
        (false, false) => place(&of.path),
        (false, true) => format!("{} in the answer", place(&of.path)),
    };
    let doc = format!(
        "Fetches the schema of {what} of [`{1}`](Self::{1}), with {0}.",
        docs::code(&of.source.operation),
        operation.function
    );
    let value = &of.value;
    Some(call.function(
        &doc,
        &name,
        &quote!(runtime::DynamicSchema),
        &quote!(runtime::DynamicSchema::new(request, #value)),
    ))
}

fn place(path: &[WireName]) -> String {
    let names: Vec<&str> = path.iter().map(WireName::as_str).collect();
    docs::code(&names.join("/"))
}

/// The condition under which an operation is there, and the path to its descriptor. Operations of the same tag need no condition.
pub(super) fn operation(
    api: &Api,
    id: &str,
    seen_from: &Operation,
) -> Option<(Option<TokenStream>, TokenStream)> {
    let holds = |id: &str| {
        let mut tags = api.tags.iter();
        tags.position(|tag| tag.operations.iter().any(|of| of.id == id))
    };
    let index = holds(id)?;
    let tag = &api.tags[index];
    let target = tag.operations.iter().find(|of| of.id == id)?;
    let builder = ident(&target.builder);
    if holds(&seen_from.id) == Some(index) {
        return Some((None, quote!(#builder::OPERATION)));
    }
    let module = ident(&tag.module);
    let feature = &tag.feature;
    let cfg = super::has_features(api).then(|| quote!(#[cfg(feature = #feature)]));
    Some((cfg, quote!(crate::#module::#builder::OPERATION)))
}

/// A call of the operation that knows: its arguments, and how they are set.
struct Call {
    cfg: Option<TokenStream>,
    path: TokenStream,
    arguments: Vec<TokenStream>,
    steps: Vec<TokenStream>,
}

impl Call {
    fn function(
        &self,
        doc: &str,
        name: &Ident,
        output: &TokenStream,
        value: &TokenStream,
    ) -> TokenStream {
        let Self {
            cfg,
            path,
            arguments,
            steps,
        } = self;
        let doc = docs::lines([doc]);
        let mutable = (!steps.is_empty()).then(|| quote!(mut));
        let allow = (arguments.len() > 6).then(
            || quote!(#[allow(clippy::too_many_arguments, reason = "the document requires them all")]),
        );
        quote! {
            #doc
            #cfg
            #allow
            pub fn #name(&self #(, #arguments)*) -> #output {
                let #mutable request = runtime::Request::new(&self.0, #path);
                #(#steps)*
                #value
            }
        }
    }
}

fn call(api: &Api, from: &Operation, source: &Source) -> Option<Call> {
    let mut targets = api.operations();
    let target = targets.find(|of| of.id == source.operation)?;
    let (cfg, path) = operation(api, &source.operation, from)?;
    let mut call = Call {
        cfg,
        path,
        arguments: Vec::new(),
        steps: Vec::new(),
    };
    let mut used = HashSet::new();
    for (index, of) in target.parameters.iter().enumerate() {
        let given = source.arguments.iter().find(|(name, _)| names(name, of));
        used.extend(given.map(|(name, _)| name.as_str()));
        match given.map(|(_, argument)| argument) {
            Some(Argument::Constant(value)) if set_constant(&mut call, index, value) => {}
            None if !of.required => {}
            _ => {
                let name = ident(&of.name);
                let taken = parameter(api, &of.ty, &quote!(request), index, &name);
                let ty = taken.ty;
                call.arguments.push(quote!(#name: #ty));
                call.steps.push(taken.call);
            }
        }
    }
    let left = source
        .arguments
        .iter()
        .filter(|(name, _)| !used.contains(name.as_str()));
    body(&mut call, target, &left.collect::<Vec<_>>());
    Some(call)
}

fn names(name: &str, of: &Parameter) -> bool {
    name == of.wire.as_str() || name.eq_ignore_ascii_case(of.wire.as_str())
}

/// Sets a parameter to a constant, if it is one that can be written down.
fn set_constant(call: &mut Call, index: usize, value: &Value) -> bool {
    let index = Literal::usize_unsuffixed(index);
    // Nothing is set.
    if value.is_null() {
        return true;
    }
    let Some(literal) = literal(value) else {
        return false;
    };
    let by_reference = (!value.is_string()).then(|| quote!(&));
    call.steps
        .push(quote!(request.set(#index, #by_reference #literal);));
    true
}

/// A constant as it is written in Rust. Others would have to be parsed; none is known.
fn literal(value: &Value) -> Option<TokenStream> {
    Some(match value {
        Value::String(text) => quote!(#text),
        Value::Bool(flag) => quote!(#flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => quote!(#number),
            None => {
                let number = number.as_f64()?;
                quote!(#number)
            }
        },
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

/// What is no parameter is a property of the body.
fn body(call: &mut Call, target: &Operation, left: &[&(String, Argument)]) {
    if target.bodies.is_empty() || (left.is_empty() && !target.body_required) {
        return;
    }
    let mut members = Vec::new();
    let is_free = |name: &String| {
        let mut taken = target.parameters.iter().map(|of| of.name.as_str());
        taken.all(|of| of != name)
    };
    let mut free = (1..).map(|n| format!("property_{n}")).filter(is_free);
    for (name, argument) in left {
        let name = name.rsplit('/').next().unwrap_or(name);
        match argument {
            Argument::Constant(value) => {
                let literal = literal(value).into_iter();
                members.extend(literal.map(|value| quote!((#name, runtime::Value::from(#value)))));
            }
            Argument::Chosen => {
                let Some(argument) = free.next().map(|name| format_ident!("{name}")) else {
                    continue;
                };
                call.arguments
                    .push(quote!(#argument: impl Into<runtime::Value>));
                members.push(quote!((#name, #argument.into())));
            }
        }
    }
    call.steps.push(if members.is_empty() {
        quote!(request.json(0, &runtime::Map::<runtime::Value>::new());)
    } else {
        quote!(request.json(0, &runtime::Map::from([#(#members),*].map(|(name, value)| (String::from(name), value))));)
    });
}
