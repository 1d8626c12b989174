//! `client/policies.rs`: what a Power Platform connector does to requests and responses, as a table for the runtime.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::docs;
use crate::model::{Action, Api, Exists, Path, Piece, Policy, Root, Section, Target, Template};

/// Whether there is anything for the runtime to do.
pub(super) fn has_policies(api: &Api) -> bool {
    carried_out(api).next().is_some()
}

/// The policies that the runtime carries out. A client follows the links to next pages as they are.
fn carried_out(api: &Api) -> impl Iterator<Item = &Policy> {
    let all = api.connector.iter().flat_map(|of| &of.policies);
    all.filter(|policy| !matches!(policy.action, Action::NextLink { .. }))
}

/// `client/policies.rs`: each policy by itself, so that it can have a comment, and the list of all.
pub(super) fn module(api: &Api) -> TokenStream {
    let about = super::models::inner(docs::lines([
        "What the connector does to requests and responses on their way: its policies, in order.",
        "",
        "`@connectionParameters('name')` stands as `{name}` in what is said here about each.",
    ]));
    let policies: Vec<&Policy> = carried_out(api).collect();
    let names: Vec<Ident> = (1..=policies.len())
        .map(|number| Ident::new(&format!("POLICY_{number}"), Span::call_site()))
        .collect();
    let items = policies.iter().zip(&names).map(|(policy, name)| {
        let docs = docs::lines(about_policy(policy).iter().map(String::as_str));
        let policy = literal(policy);
        quote!(#docs const #name: Policy = #policy;)
    });
    quote! {
        #about

        use connector_runtime::policy::*;

        /// All policies.
        pub(crate) const POLICIES: &[Policy] = &[#(#names),*];

        #(#items)*
    }
}

/// The template's id and what the policy comes to.
fn about_policy(policy: &Policy) -> Vec<String> {
    let id = template_id(&policy.action);
    let mut text = vec![format!("`{id}`: {}.", what(&policy.action))];
    if policy.section == Section::Response && !matches!(policy.action, Action::Poll { .. }) {
        docs::append(&mut text, vec!["Works on responses.".to_owned()]);
    }
    text
}

fn template_id(action: &Action) -> &'static str {
    match action {
        Action::SetHost { .. } => "dynamichosturl",
        Action::Route { .. } => "routerequesttoendpoint",
        Action::SetHeader { .. } => "setheader",
        Action::SetQuery { .. } => "setqueryparameter",
        Action::SetProperty { .. } => "setproperty",
        Action::ReplaceText { .. } => "stringreplace",
        Action::ObjectToArray { .. } => "convertobjecttoarray",
        Action::ArrayToObject { .. } => "convertarraytoobject",
        Action::TextToArray { .. } => "stringtoarray",
        Action::EncodeText { .. } => "encodepropertyvalue",
        Action::MoveProperties { .. } => "moveproperties",
        Action::SetFromUrl { .. } => "setvaluefromurl",
        Action::NextLink { .. } => "updatenextlink",
        Action::Poll { .. } => "pollingtrigger",
        Action::Unauthenticated { .. } => "setconnectionstatustounauthenticated",
    }
}

/// What an action does here.
fn what(action: &Action) -> String {
    let at = |path: &Path| docs::code(&show_path(path));
    let header = |name: &str| format!("the header {}", docs::code(name));
    let query = |name: &str| format!("the query parameter {}", docs::code(name));
    match action {
        Action::SetHost { url } => format!("the address of the API is {}", shown(url)),
        Action::Route { path, .. } => format!("the path is {}", shown(path)),
        Action::SetHeader {
            name,
            value,
            exists,
        } => set(&header(name), value, *exists),
        Action::SetQuery {
            name,
            value,
            exists,
        } => set(&query(name), value, *exists),
        Action::SetProperty { parent, name, .. }
        | Action::ReplaceText { parent, name, .. }
        | Action::ObjectToArray { parent, name, .. }
        | Action::ArrayToObject { parent, name, .. }
        | Action::TextToArray { parent, name, .. }
        | Action::EncodeText { parent, name, .. } => {
            format!("{} in {} {}", at(name), at(parent), becomes(action))
        }
        Action::MoveProperties { source, target, .. } => {
            format!("what is in {} goes to {}", at(source), at(target))
        }
        Action::SetFromUrl { url, target, .. } => {
            let target = match target {
                Target::Header(name) => header(name),
                Target::Query(name) => query(name),
            };
            format!("{target} is a value of the answer to {}", shown(url))
        }
        Action::Poll { data, .. } => {
            let data = at(data);
            format!("the next poll is made from the last answer; news is in {data}")
        }
        Action::Unauthenticated { status } => {
            format!("the status {status} says that the credential is no good")
        }
        Action::NextLink { property } => {
            format!("{} leads to the next page", docs::code(property))
        }
    }
}

/// What becomes of the property that an action is about.
fn becomes(action: &Action) -> String {
    let quoted = |text: &str| docs::code(&format!("{text:?}"));
    match action {
        Action::SetProperty { value, .. } => format!("is {}", shown(value)),
        Action::ReplaceText { from, to, .. } => {
            format!("has {} in place of {}", quoted(to), quoted(from))
        }
        Action::ArrayToObject { .. } => "becomes an object".to_owned(),
        Action::EncodeText { .. } => "is percent-encoded".to_owned(),
        _ => "becomes a list".to_owned(),
    }
}

fn set(what: &str, value: &Template, exists: Exists) -> String {
    let value = shown(value);
    match exists {
        Exists::Override => format!("{what} is {value}"),
        Exists::Append => format!("{what} is {value}, beside what it was"),
        Exists::Skip => format!("{what} is {value}, unless it is there already"),
    }
}

/// A template as a person would write it, as code.
pub(super) fn shown(template: &Template) -> String {
    let pieces = template.0.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::ConnectionParameter(name, None) => format!("{{{name}}}"),
        Piece::ConnectionParameter(name, Some(default)) => format!("{{{name} or '{default}'}}"),
        Piece::Header(name) => format!("{{header {name}}}"),
        Piece::Query(name) => format!("{{query parameter {name}}}"),
        Piece::Path(path) => format!("{{{}}}", show_path(path)),
        Piece::PathParameter(name) => format!("{{{name}}}"),
        Piece::Method => "{method}".to_owned(),
    });
    docs::code(&pieces.collect::<String>())
}

fn show_path(path: &Path) -> String {
    let root = match path.root {
        Root::Body => "body",
        Root::TriggerBody => "last answer",
        Root::Item => "item",
        Root::Here => "",
    };
    let steps = path.steps.iter().map(String::as_str);
    let parts = Some(root).into_iter().chain(steps);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

fn literal(policy: &Policy) -> TokenStream {
    let action = action(&policy.action);
    let section = match policy.section {
        Section::Request => quote!(request),
        Section::Response => quote!(response),
    };
    let operations = (!policy.operations.is_empty()).then(|| {
        let operations = &policy.operations;
        quote!(.operations(&[#(#operations),*]))
    });
    quote!(Policy::#section(#action) #operations)
}

fn action(action: &Action) -> TokenStream {
    match action {
        Action::SetHost { url } => {
            let url = template(url);
            quote!(Action::SetHost { url: #url })
        }
        Action::Route { path, method } => {
            let (path, method) = (template(path), option(method.as_ref().map(template)));
            quote!(Action::Route { path: #path, method: #method })
        }
        Action::SetHeader {
            name,
            value,
            exists,
        } => {
            let (value, exists) = (template(value), self::exists(*exists));
            quote!(Action::SetHeader { name: #name, value: #value, exists: #exists })
        }
        Action::SetQuery {
            name,
            value,
            exists,
        } => {
            let (value, exists) = (template(value), self::exists(*exists));
            quote!(Action::SetQuery { name: #name, value: #value, exists: #exists })
        }
        Action::SetFromUrl {
            url,
            method,
            value,
            target,
        } => {
            let (url, value) = (template(url), template(value));
            let method = option(method.as_ref().map(template));
            let target = match target {
                Target::Header(name) => quote!(Target::Header(#name)),
                Target::Query(name) => quote!(Target::Query(#name)),
            };
            quote!(Action::SetFromUrl { url: #url, method: #method, value: #value, target: #target })
        }
        Action::Poll { config, data } => {
            let (names, data) = (config.iter().map(|(name, _)| name), path(data));
            let values = config.iter().map(|(_, value)| template(value));
            quote!(Action::Poll { config: &[#((#names, #values)),*], data: #data })
        }
        Action::Unauthenticated { status } => {
            let status = proc_macro2::Literal::u16_unsuffixed(*status);
            quote!(Action::Unauthenticated { status: #status })
        }
        _ => on_body(action),
    }
}

/// The actions that rewrite JSON.
fn on_body(action: &Action) -> TokenStream {
    match action {
        Action::SetProperty {
            parent,
            name,
            value,
        } => {
            let (parent, name, value) = (path(parent), path(name), template(value));
            quote!(Action::SetProperty { parent: #parent, name: #name, value: #value })
        }
        Action::ReplaceText {
            parent,
            name,
            from,
            to,
            target,
        } => {
            let (parent, name, target) = (path(parent), path(name), path(target));
            quote!(Action::ReplaceText { parent: #parent, name: #name, from: #from, to: #to, target: #target })
        }
        Action::ObjectToArray {
            parent,
            name,
            target,
            key,
            value,
        } => {
            let (parent, name, target) = (path(parent), path(name), path(target));
            quote!(Action::ObjectToArray { parent: #parent, name: #name, target: #target, key: #key, value: #value })
        }
        Action::ArrayToObject {
            parent,
            name,
            target,
            key,
            retain_key,
        } => {
            let (parent, name, target) = (path(parent), path(name), path(target));
            let key = path(key);
            quote!(Action::ArrayToObject { parent: #parent, name: #name, target: #target, key: #key, retain_key: #retain_key })
        }
        Action::TextToArray {
            parent,
            name,
            target,
            delimiters,
            child,
        } => {
            let (parent, name, target) = (path(parent), path(name), path(target));
            quote!(Action::TextToArray { parent: #parent, name: #name, target: #target, delimiters: #delimiters, child: #child })
        }
        Action::EncodeText {
            parent,
            name,
            target,
        } => {
            let (parent, name, target) = (path(parent), path(name), path(target));
            quote!(Action::EncodeText { parent: #parent, name: #name, target: #target })
        }
        Action::MoveProperties {
            source,
            target,
            only,
        } => {
            let (source, target) = (path(source), path(target));
            quote!(Action::MoveProperties { source: #source, target: #target, only: &[#(#only),*] })
        }
        _ => TokenStream::new(),
    }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

fn exists(exists: Exists) -> TokenStream {
    match exists {
        Exists::Override => quote!(Exists::Override),
        Exists::Append => quote!(Exists::Append),
        Exists::Skip => quote!(Exists::Skip),
    }
}

fn template(template: &Template) -> TokenStream {
    let pieces = template.0.iter().map(|piece| match piece {
        Piece::Text(text) => quote!(Piece::Text(#text)),
        Piece::ConnectionParameter(name, default) => {
            let default = option(default.as_ref().map(|text| quote!(#text)));
            quote!(Piece::ConnectionParameter(#name, #default))
        }
        Piece::Header(name) => quote!(Piece::Header(#name)),
        Piece::Query(name) => quote!(Piece::Query(#name)),
        Piece::Path(of) => {
            let path = path(of);
            quote!(Piece::Path(#path))
        }
        Piece::PathParameter(name) => quote!(Piece::PathParameter(#name)),
        Piece::Method => quote!(Piece::Method),
    });
    quote!(Template::new(&[#(#pieces),*]))
}

fn path(path: &Path) -> TokenStream {
    let steps = &path.steps;
    let root = match path.root {
        Root::Body => quote!(body),
        Root::TriggerBody => quote!(trigger_body),
        Root::Item => quote!(item),
        Root::Here => quote!(here),
    };
    quote!(Path::#root(&[#(#steps),*]))
}
