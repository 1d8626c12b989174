//! The example in the crate's docs and README.

use std::fmt::Write;

use crate::model::{
    Api, OAuthFlow, OAuthGrant, Operation, Outcome, Output, Requirement, Scalar, SchemeKind, Tag,
    Type,
};

use super::connection::{self, Arguments};
use super::ty::resolved;

/// A fenced example: a client from the environment and one call.
pub(super) fn block(api: &Api) -> Vec<String> {
    let name = api.package.crate_name();
    let mut lines = vec![
        "```no_run".to_owned(),
        format!("# async fn run() -> {name}::Result<()> {{"),
        format!("let client = {name}::Client::from_env()?;"),
    ];
    if let Some((call, operation)) = call(api) {
        lines.push(match &operation.output {
            Output::One(Outcome::Empty) => format!("{call}?;"),
            Output::One(Outcome::Stream) => format!("let bytes = {call}?.bytes().await?;"),
            Output::One(of) if is_items(of) => format!("let mut items = {call}?;"),
            _ => format!("let answer = {call}?;"),
        });
        match &operation.output {
            Output::One(Outcome::Empty) => {}
            Output::One(Outcome::Stream) => {
                lines.push("println!(\"{} bytes\", bytes.len());".to_owned())
            }
            Output::One(of) if is_items(of) => lines.extend(items("")),
            _ => lines.push("println!(\"{answer:?}\");".to_owned()),
        }
    }
    lines.push("# Ok(())".to_owned());
    lines.push("# }".to_owned());
    lines.push("```".to_owned());
    lines
}

/// Whether an answer comes bit by bit.
fn is_items(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Events(_) | Outcome::EventObjects(_) | Outcome::Lines(_)
    )
}

/// Prints what comes.
pub(super) fn items(indent: &str) -> Vec<String> {
    [
        "while let Some(item) = items.next().await {",
        "    println!(\"{:?}\", item?);",
        "}",
    ]
    .map(|line| format!("{indent}{line}"))
    .into()
}

/// A program for the README: credentials in code, one call, and what becomes of an error.
pub(super) fn program(api: &Api) -> Vec<String> {
    let name = api.package.crate_name();
    let credentials = credentials(api, call(api).map(|(_, operation)| operation));
    let credentials = credentials.unwrap_or_default();
    let mut servers = api.servers.iter().take(1);
    let url = if connection::has_host(api) || servers.any(|server| server.url.starts_with("http")) {
        ""
    } else {
        ".base_url(\"https://api.example\")"
    };
    let mut lines = vec!["```rust,no_run".to_owned()];
    lines.extend(credentials.uses(api));
    lines.extend([
        String::new(),
        "#[tokio::main]".to_owned(),
        format!("async fn main() -> {name}::Result<()> {{"),
        "    // Or `Client::from_env()?`, which reads environment variables.".to_owned(),
    ]);
    lines.extend(credentials.parameters());
    lines.push(format!(
        "    let client = Client::builder(){url}{}.build()?;",
        credentials.setters
    ));
    if let Some((call, operation)) = call(api) {
        lines.push(format!("    match {call} {{"));
        let printed = match &operation.output {
            Output::One(Outcome::Empty) => "        Ok(()) => println!(\"done\"),".to_owned(),
            Output::One(Outcome::Stream) => {
                "        Ok(bytes) => println!(\"{} bytes\", bytes.bytes().await?.len()),"
                    .to_owned()
            }
            Output::One(of) if is_items(of) => {
                lines.push("        Ok(mut items) => {".to_owned());
                lines.extend(items("            "));
                "        }".to_owned()
            }
            _ => "        Ok(answer) => println!(\"{answer:?}\"),".to_owned(),
        };
        lines.push(printed);
        let model = operation.errors.iter().find_map(|error| match error.ty {
            Some(Type::Model(id)) => Some(&api.model(id).name),
            _ => None,
        });
        let body = model.map_or_else(
            || "error.body()".to_owned(),
            |model| format!("error.body_as::<{name}::models::{model}>()"),
        );
        lines.push(
            "        // The server said no: here is its status and what else it said.".to_owned(),
        );
        lines.push("        Err(error) if error.status().is_some() => {".to_owned());
        lines.push(format!(
            "            println!(\"{{:?}} {{:?}}\", error.status(), {body});"
        ));
        lines.push("        }".to_owned());
        lines.push("        Err(error) => return Err(error),".to_owned());
        lines.push("    }".to_owned());
    }
    lines.extend(["    Ok(())", "}", "```"].map(str::to_owned));
    lines
}

/// A test for the README, which needs no server.
pub(super) fn test(api: &Api) -> Vec<String> {
    let name = api.package.crate_name();
    let Some((call, operation)) = call(api) else {
        return Vec::new();
    };
    let credentials = credentials(api, Some(operation));
    // What isn't sent at once is only compiled: a token has to be fetched first, or nothing fits.
    let fence = match credentials {
        Some(Credentials { ready: true, .. }) => "```rust",
        _ => "```rust,no_run",
    };
    let credentials = credentials.unwrap_or_default();
    let call = call.trim_end_matches(".await");
    let mut lines = vec![
        "In a test, the answers come from a script:".to_owned(),
        String::new(),
        fence.to_owned(),
    ];
    lines.extend(credentials.uses(api));
    lines.extend([
        format!("use {name}::runtime::mock::{{MockTransport, Reply}};"),
        String::new(),
        "#[tokio::main(flavor = \"current_thread\")] // `#[tokio::test]`, in a test".to_owned(),
        format!("async fn main() -> {name}::Result<()> {{"),
        "    let server = MockTransport::new();".to_owned(),
        "    server.reply(Reply::status(404));".to_owned(),
    ]);
    lines.extend(credentials.parameters());
    lines.extend([
        "    let builder = Client::builder().transport(server.clone());".to_owned(),
        format!(
            "    let client = builder.base_url(\"https://api.example\"){}.build()?;",
            credentials.setters
        ),
        format!("    let error = {call}.await.unwrap_err();"),
        "    assert_eq!(error.status(), Some(404));".to_owned(),
        "    assert_eq!(server.requests().len(), 1);".to_owned(),
        "    Ok(())".to_owned(),
        "}".to_owned(),
        "```".to_owned(),
    ]);
    lines
}

/// How a client gets the credentials for an operation.
#[derive(Default)]
struct Credentials {
    /// Calls of the builder's methods.
    setters: String,
    /// Whether they can be sent without another call.
    ready: bool,
    /// The parameters of a connection that are set with them.
    arguments: Option<Arguments>,
}

impl Credentials {
    /// What a program imports.
    fn uses(&self, api: &Api) -> Vec<String> {
        let arguments = self.arguments.iter();
        let mut imports: Vec<String> = arguments.flat_map(|of| of.imports.clone()).collect();
        imports.push("Client".to_owned());
        imports.sort();
        connection::uses(api, &imports)
    }

    /// The line with the parameters.
    fn parameters(&self) -> Option<String> {
        let arguments = self.arguments.as_ref()?;
        Some(format!("    let parameters = {};", arguments.expression))
    }
}

/// The parameters of a connection, where the connector has any.
fn parameters(api: &Api, operation: Option<&Operation>) -> Option<Credentials> {
    let arguments = connection::arguments(api)?;
    let alternatives = operation.and_then(|operation| operation.security.as_deref());
    let alternatives = alternatives.unwrap_or_default();
    let is_given = |it: &Requirement| arguments.schemes.contains(&it.scheme);
    let fits = |alternative: &Vec<Requirement>| alternative.iter().all(is_given);
    let fit = alternatives.is_empty() || alternatives.iter().any(fits);
    Some(Credentials {
        setters: ".parameters(parameters)".to_owned(),
        ready: fit && connection::is_one_request(api),
        arguments: Some(arguments),
    })
}

/// The first way to authorize an operation that a line of code can show; those without a token to fetch come first.
fn credentials(api: &Api, operation: Option<&Operation>) -> Option<Credentials> {
    if let Some(parameters) = parameters(api, operation) {
        return Some(parameters);
    }
    let operation = operation?;
    let alternatives = operation.security.as_deref().unwrap_or_default();
    if alternatives.is_empty() {
        return Some(Credentials {
            setters: String::new(),
            ready: connection::is_one_request(api),
            arguments: None,
        });
    }
    let shown = |alternative: &Vec<Requirement>| {
        let mut credentials = Credentials {
            setters: String::new(),
            ready: connection::is_one_request(api),
            arguments: None,
        };
        for requirement in alternative {
            let mut schemes = api.security_schemes.iter();
            let scheme = schemes.find(|scheme| scheme.name == requirement.scheme)?;
            let value = match &scheme.kind {
                SchemeKind::Basic => "\"user\", \"password\"".to_owned(),
                SchemeKind::Bearer | SchemeKind::ApiKey { .. } => "\"secret\"".to_owned(),
                SchemeKind::OAuth2(flows) if flows.iter().any(is_for_programs) => {
                    credentials.ready = false;
                    let name = api.package.crate_name();
                    format!("{name}::runtime::OAuthClient::new(\"id\", \"secret\")")
                }
                _ => return None,
            };
            write!(credentials.setters, ".{}({value})", scheme.setter).ok()?;
        }
        Some(credentials)
    };
    let mut all: Vec<_> = alternatives.iter().filter_map(shown).collect();
    let at = all
        .iter()
        .position(|credentials| credentials.ready)
        .unwrap_or(0);
    (!all.is_empty()).then(|| all.swap_remove(at))
}

fn is_for_programs(flow: &OAuthFlow) -> bool {
    matches!(flow.grant, OAuthGrant::ClientCredentials { .. })
}

/// The call of the simplest operation, up to `.await`.
fn call(api: &Api) -> Option<(String, &Operation)> {
    let (tag, operation) = simplest(api)?;
    let call = format!("{}.send().await", started(api, tag, operation));
    Some((call, operation))
}

/// The start of a call, with made-up arguments: what the methods that send it go on.
pub(super) fn started(api: &Api, tag: &Tag, operation: &Operation) -> String {
    let arguments: Vec<&str> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
        .filter_map(|p| argument(api, &p.ty))
        .collect();
    format!(
        "client.{}().{}({})",
        tag.module,
        operation.function,
        arguments.join(", ")
    )
}

/// Whether an operation takes nothing but simple arguments, and is for people to call.
pub(super) fn is_simple(api: &Api, operation: &Operation) -> bool {
    let mut required = operation.parameters.iter().filter(|p| p.required);
    !operation.docs.deprecated
        && !super::operation::is_hidden(operation)
        && !operation.body_required
        && required.all(|p| argument(api, &p.ty).is_some())
}

/// The first operation that reads something and takes nothing but simple arguments.
fn simplest(api: &Api) -> Option<(&Tag, &Operation)> {
    let simple = || {
        let all = api
            .tags
            .iter()
            .flat_map(|tag| tag.operations.iter().map(move |operation| (tag, operation)));
        all.filter(|(_, operation)| is_simple(api, operation))
    };
    let reads = |operation: &Operation| {
        operation.method == "GET" && matches!(operation.output, Output::One(Outcome::Json(_)))
    };
    simple()
        .find(|(_, operation)| reads(operation))
        .or_else(|| simple().next())
}

/// A value that an argument of this type takes.
fn argument(api: &Api, ty: &Type) -> Option<&'static str> {
    match resolved(api, ty) {
        Type::Scalar(Scalar::String) => Some("\"…\""),
        Type::Scalar(Scalar::Bool) => Some("true"),
        Type::Scalar(Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64) => Some("1"),
        Type::Scalar(Scalar::F64) => Some("1.0"),
        Type::Vec(item) if matches!(resolved(api, item), Type::Scalar(Scalar::String)) => {
            Some("[\"…\"]")
        }
        _ => None,
    }
}
