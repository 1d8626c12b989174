//! `inspect`: what a document holds.

use std::fmt::Write as _;

use connector_gen::Lowered;
use connector_gen::diagnostics::Severity;
use connector_gen::model::{
    Api, ApiKeyLocation, OAuthFlow, OAuthGrant, SchemeKind, Server, Webhook,
};
use connector_gen::report::{ConnectionParameterReport, ConnectorReport, Report, call, stream};

use super::arguments::Inspect;
use super::explain::explain;
use super::generate::counted_as;
use super::{Exit, fail, generator, print};

pub fn run(arguments: &Inspect) -> Exit {
    let color = arguments.definition.color;
    let lowered = match generator(&arguments.definition, &arguments.spec).lower() {
        Ok(lowered) => lowered,
        Err(error) => {
            explain(
                error.diagnostics(),
                error.sources(),
                Severity::Error,
                color,
                "--json",
            );
            if arguments.json {
                print_report(&Report::failed(&error));
            } else if !error.is_about_document() {
                fail(&error);
            }
            return Exit::Document;
        }
    };
    if arguments.json {
        return print_report(&Report::lowered(&lowered));
    }
    print(&describe(&lowered))
}

fn print_report(report: &Report<'_>) -> Exit {
    match report.to_json() {
        Ok(json) => print(&json),
        Err(error) => {
            fail(error);
            Exit::Output
        }
    }
}

/// The whole text.
fn describe(lowered: &Lowered) -> String {
    let Lowered {
        api,
        definition,
        diagnostics,
        ..
    } = lowered;
    let mut text = String::new();
    line(
        &mut text,
        &format!("{} {} ({})", api.title, api.version, definition.dialect),
    );
    let summary = format!(
        "crate `{}`: {} in {}, {}; {} skipped; {}",
        api.package,
        counted_as(api.operations().count(), "operation"),
        counted_as(api.tags.len(), "module"),
        counted_as(api.models.len(), "model"),
        counted_as(api.skipped.len(), "operation"),
        counted_as(diagnostics.count(Severity::Warning), "warning"),
    );
    line(&mut text, &summary);
    section(&mut text, "Servers", api.servers.iter().map(server));
    section(&mut text, "Security", security(api));
    if let Some(report) = &Report::lowered(lowered).connector {
        section(&mut text, "Connector", connector(report));
    }
    operations(&mut text, api);
    section(&mut text, "Pages", pages(api));
    section(&mut text, "Long-running", long_running(api));
    section(&mut text, "Streams", streams(api));
    section(&mut text, "Webhooks", webhooks(api));
    let skipped = api
        .skipped
        .iter()
        .map(|skipped| format!("{}: {}", skipped.id, skipped.reason));
    section(&mut text, "Skipped", skipped);
    text
}

/// A heading and its lines, unless there are none.
fn section(text: &mut String, heading: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return;
    }
    line(text, "");
    line(text, heading);
    for content in lines {
        line(text, &format!("  {content}"));
    }
}

/// A line, without what could rewrite the terminal: the document is anyone's.
fn line(text: &mut String, content: &str) {
    text.extend(content.chars().map(|character| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    }));
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn server(server: &Server) -> String {
    let mut text = server.url.clone();
    for variable in &server.variables {
        // Writing to a String cannot fail.
        let _ = write!(text, "  {}={}", variable.name, variable.default);
        if !variable.values.is_empty() {
            let _ = write!(text, " ({})", variable.values.join(", "));
        }
    }
    text
}

fn security(api: &Api) -> impl Iterator<Item = String> {
    let width = api
        .security_schemes
        .iter()
        .map(|scheme| scheme.name.chars().count())
        .max()
        .unwrap_or(0);
    api.security_schemes
        .iter()
        .map(move |scheme| format!("{:width$}  {}", scheme.name, kind(&scheme.kind)))
}

/// How operations hand out pages, and how that is known.
fn pages(api: &Api) -> impl Iterator<Item = String> {
    let paged = api
        .operations()
        .filter_map(|operation| Some((operation, operation.extensions.paging.as_ref()?)));
    paged.map(|(operation, paging)| {
        format!("{}: {paging} ({})", operation.id, paging.known_by.as_str())
    })
}

/// Operations that go on after their answer, and how that is known.
fn long_running(api: &Api) -> impl Iterator<Item = String> {
    api.operations().filter_map(|operation| {
        let known_by = operation.extensions.job.as_ref()?.known_by;
        Some(format!("{} ({})", operation.id, known_by.as_str()))
    })
}

/// Operations that answer bit by bit.
fn streams(api: &Api) -> impl Iterator<Item = String> {
    api.operations()
        .filter_map(|operation| Some(format!("{}: {}", operation.id, stream(operation)?)))
}

/// What the API sends.
fn webhooks(api: &Api) -> impl Iterator<Item = String> {
    let all = api.webhooks.iter().flat_map(|webhooks| &webhooks.all);
    all.map(|webhook| {
        let Webhook { name, method, .. } = webhook;
        match &webhook.callback {
            Some(callback) => format!("{name}: {method}, after {}", callback.operation),
            None => format!("{name}: {method}"),
        }
    })
}

/// Tier, connection parameters with their bindings, and what is not carried out.
fn connector(report: &ConnectorReport<'_>) -> Vec<String> {
    let mut lines = vec![format!("tier {}: {}", report.tier, report.tier_meaning)];
    let name = |parameter: &ConnectionParameterReport<'_>| match parameter.set {
        "" => parameter.name.to_owned(),
        set => format!("{set}/{}", parameter.name),
    };
    let names = report
        .parameters
        .iter()
        .map(|one| name(one).chars().count());
    let width = names.max().unwrap_or(0);
    lines.extend(report.parameters.iter().map(|parameter| {
        let bindings = match parameter.bindings.as_slice() {
            [] => "nowhere".to_owned(),
            bindings => bindings.join(", "),
        };
        let kind = parameter.kind;
        let required = if parameter.required {
            ""
        } else {
            " (optional)"
        };
        format!(
            "{:width$}  {kind:7}  to {bindings}{required}",
            name(parameter)
        )
    }));
    if report.policies > 0 {
        lines.push(format!("policies: {}", report.policies));
    }
    if !report.unknown_policies.is_empty() {
        let ids = report.unknown_policies.join(", ");
        lines.push(format!("policies that are not carried out: {ids}"));
    }
    if report.scripted > 0 {
        let scripted = report.scripted;
        lines.push(format!("operations that go through a script: {scripted}"));
    }
    lines
}

fn kind(kind: &SchemeKind) -> String {
    match kind {
        SchemeKind::Basic => "HTTP Basic".to_owned(),
        SchemeKind::Bearer => "bearer token".to_owned(),
        SchemeKind::Digest => "HTTP Digest".to_owned(),
        SchemeKind::Http(name) => format!("HTTP {name}"),
        SchemeKind::ApiKey { location, name } => match location {
            ApiKeyLocation::Header => format!("API key in the header `{name}`"),
            ApiKeyLocation::Query => format!("API key in the query parameter `{name}`"),
            ApiKeyLocation::Cookie => format!("API key in the cookie `{name}`"),
        },
        SchemeKind::OAuth2(flows) => format!(
            "OAuth 2.0: {}",
            flows.iter().map(flow).collect::<Vec<_>>().join("; ")
        ),
        SchemeKind::OpenIdConnect { url } => format!("OpenID Connect: {url}"),
        SchemeKind::MutualTls => "client certificate".to_owned(),
        SchemeKind::AzureSharedKey => "Azure Storage shared key".to_owned(),
        SchemeKind::AwsSigV4 => "AWS Signature Version 4".to_owned(),
    }
}

fn flow(flow: &OAuthFlow) -> String {
    match &flow.grant {
        OAuthGrant::AuthorizationCode { token_url, .. } => {
            format!("authorization code, {token_url}")
        }
        OAuthGrant::ClientCredentials { token_url } => format!("client credentials, {token_url}"),
        OAuthGrant::Password { token_url } => format!("password, {token_url}"),
        OAuthGrant::Implicit { authorization_url } => format!("implicit, {authorization_url}"),
        OAuthGrant::DeviceAuthorization { token_url, .. } => format!("device, {token_url}"),
    }
}

/// The operations by tag, in columns.
fn operations(text: &mut String, api: &Api) {
    let width = api
        .operations()
        .map(|operation| operation.path.chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    for tag in &api.tags {
        let lines = tag.operations.iter().map(|operation| {
            let deprecated = if operation.docs.deprecated {
                "  (deprecated)"
            } else {
                ""
            };
            format!(
                "{:7} {:width$}  {}{deprecated}",
                operation.method,
                operation.path,
                call(tag, operation)
            )
        });
        section(text, &tag.name, lines);
    }
}
