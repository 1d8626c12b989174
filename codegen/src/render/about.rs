//! The rustdoc of an operation's function.

use indexmap::IndexSet;
use proc_macro2::TokenStream;

use super::{docs, job, paging, stream, trigger};
use crate::model::{Api, Body, Docs, ErrorBody, Operation, Status};

/// What the document says, the ways to send the call, then arguments, scopes, headers and errors.
pub(super) fn about(api: &Api, operation: &Operation, body: Option<(usize, &Body)>) -> TokenStream {
    let said = Docs {
        // The attribute says it, and rustdoc shows it.
        deprecated: false,
        ..operation.docs.clone()
    };
    let mut text = docs::text(&said, &[]);
    let call = docs::code(&format!("{} {}", operation.method, operation.path));
    let media_type = body
        .filter(|(index, _)| *index > 0)
        .map(|(_, body)| format!("The body is sent as {}.", docs::code(&body.media_type)));
    let ways = [
        stream::about(operation),
        paging::about(operation),
        job::about(operation),
        trigger::about(operation),
    ];
    let scopes = scopes(operation);
    let scopes = (!scopes.is_empty()).then(|| format!("Scopes: {}.", scopes.join(", ")));
    for paragraph in [version(operation), Some(call), media_type]
        .into_iter()
        .chain(ways)
    {
        docs::append(&mut text, paragraph.into_iter().collect());
    }
    section(&mut text, "# Arguments", arguments(operation));
    docs::append(&mut text, scopes.into_iter().collect());
    section(&mut text, "# Response headers", headers(operation));
    let errors = operation.errors.iter().map(|error| error_line(api, error));
    section(&mut text, "# Errors", errors.collect());
    docs::lines(text.iter().map(String::as_str))
}

/// Adds a list with its title, unless it is empty.
fn section(text: &mut Vec<String>, title: &str, list: Vec<String>) {
    if !list.is_empty() {
        docs::append(text, vec![title.to_owned()]);
        docs::append(text, list);
    }
}

fn arguments(operation: &Operation) -> Vec<String> {
    let required = operation.parameters.iter().filter(|of| of.required);
    let described = required.filter_map(|of| {
        let description = docs::sentence(&of.docs, of.wire.as_str())?;
        Some(format!("- {}: {description}", docs::code(of.name.as_str())))
    });
    described.collect()
}

fn headers(operation: &Operation) -> Vec<String> {
    let headers = operation.headers.iter().map(|header| {
        let description = header.description.as_deref().map(docs::inline);
        let name = docs::code(header.wire.as_str());
        item(&name, &description.unwrap_or_default())
    });
    headers.collect()
}

/// An item of a list; many have no description.
fn item(name: &str, description: &str) -> String {
    format!("- {name}: {description}")
        .trim_end_matches([':', ' '])
        .to_owned()
}

/// What the document says about the version of an operation.
fn version(operation: &Operation) -> Option<String> {
    let annotation = operation.extensions.annotation.as_ref()?;
    let preview = annotation
        .status
        .as_deref()
        .is_some_and(|status| status.eq_ignore_ascii_case("preview"))
        .then(|| "In preview: it may change.".to_owned());
    let revision = annotation.revision.filter(|revision| *revision > 1);
    let version = revision.zip(annotation.family.as_deref());
    let version =
        version.map(|(revision, family)| format!("Version {revision} of {}.", docs::code(family)));
    let said: Vec<String> = [version, preview].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn error_line(api: &Api, error: &ErrorBody) -> String {
    let status = match error.status {
        Status::Code(code) => code.to_string(),
        Status::Range(range) => format!("{range}XX"),
        Status::Default => "others".to_owned(),
    };
    let body = match &error.ty {
        Some(crate::model::Type::Model(id)) => {
            format!(" ([`{0}`](crate::models::{0}))", api.model(*id).name)
        }
        _ => String::new(),
    };
    item(
        &format!("{status}{body}"),
        &docs::inline(&error.description),
    )
}

/// The scopes that any alternative asks for, each once.
fn scopes(operation: &Operation) -> Vec<String> {
    let requirements = operation.security.iter().flatten().flatten();
    let scopes: IndexSet<&String> = requirements.flat_map(|one| &one.scopes).collect();
    scopes.into_iter().map(|scope| docs::code(scope)).collect()
}
