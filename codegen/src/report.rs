//! What a run did, for machines: the JSON behind `--report` and `inspect --json`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::diagnostics::{Diagnostic, Diagnostics, Location, Severity};
use crate::generator::{Definition, GenerateError, Generated, Lowered, Timings};
use crate::model::{
    Api, ConnectionParameter, ConnectionParameterKind, Connector, Operation, Outcome,
    SecurityScheme, Server, Skipped, Tag, Webhook,
};
use crate::source::{Format, Input};
use crate::write::FileSet;

/// The report of one run. Members that nothing is known about, such as the API of a document that could not be
/// parsed, are left out.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The version of this program.
    pub generator: &'static str,
    /// Whether there is a crate, and what became of it: `generated` until the caller knows more.
    pub outcome: &'a str,
    /// The document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentReport<'a>>,
    /// The API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiReport<'a>>,
    /// What the API is as a Power Platform connector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<ConnectorReport<'a>>,
    /// How many of everything.
    pub counts: Counts,
    /// Every operation that is in the crate.
    pub operations: Vec<OperationReport<'a>>,
    /// Every operation that is not.
    pub skipped: Vec<SkippedReport<'a>>,
    /// What the API sends: webhooks and callbacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<WebhookReport<'a>>,
    /// Everything there is to say about the document.
    pub diagnostics: Vec<&'a Diagnostic>,
    /// Milliseconds per stage, and in total.
    pub timings_ms: Map<String, Value>,
}

impl<'a> Report<'a> {
    /// Reports on a crate.
    #[must_use]
    pub fn generated(generated: &'a Generated) -> Self {
        Self::of_api(
            &generated.api,
            &generated.definition,
            &generated.diagnostics,
            &generated.timings,
            Some(&generated.files),
        )
    }

    /// Reports on a document for which nothing was rendered.
    #[must_use]
    pub fn lowered(lowered: &'a Lowered) -> Self {
        Self::of_api(
            &lowered.api,
            &lowered.definition,
            &lowered.diagnostics,
            &lowered.timings,
            None,
        )
    }

    /// Reports on a document that has no crate.
    #[must_use]
    pub fn failed(error: &'a GenerateError) -> Self {
        Self {
            generator: env!("CARGO_PKG_VERSION"),
            outcome: "failed",
            document: error.definition().map(DocumentReport::of),
            api: None,
            connector: None,
            counts: Counts::of(None, error.diagnostics(), None),
            operations: Vec::new(),
            skipped: Vec::new(),
            webhooks: Vec::new(),
            diagnostics: error.diagnostics().iter().collect(),
            timings_ms: milliseconds(error.timings()),
        }
    }

    fn of_api(
        api: &'a Api,
        definition: &'a Definition,
        diagnostics: &'a Diagnostics,
        timings: &Timings,
        files: Option<&FileSet>,
    ) -> Self {
        let operations = api.tags.iter().flat_map(|tag| {
            tag.operations
                .iter()
                .map(|operation| OperationReport::of(tag, operation))
        });
        Self {
            generator: env!("CARGO_PKG_VERSION"),
            outcome: "generated",
            document: Some(DocumentReport::of(definition)),
            api: Some(ApiReport::of(api)),
            connector: api
                .connector
                .as_ref()
                .map(|connector| ConnectorReport::of(connector, api)),
            counts: Counts::of(Some(api), diagnostics, files),
            operations: operations.collect(),
            skipped: api
                .skipped
                .iter()
                .map(|skipped| SkippedReport::of(skipped, diagnostics))
                .collect(),
            webhooks: api
                .webhooks
                .iter()
                .flat_map(|webhooks| &webhooks.all)
                .map(WebhookReport::of)
                .collect(),
            diagnostics: diagnostics.iter().collect(),
            timings_ms: milliseconds(timings),
        }
    }

    /// The report as indented JSON.
    ///
    /// # Errors
    /// Never for the reports made here; the signature is `serde_json`'s.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}

fn milliseconds(timings: &Timings) -> Map<String, Value> {
    let rounded =
        |duration: std::time::Duration| json!((duration.as_secs_f64() * 1e5).round() / 1e2);
    let stages = timings
        .iter()
        .map(|(stage, duration)| (stage.as_str().to_owned(), rounded(duration)));
    let total = ("total".to_owned(), rounded(timings.total()));
    stages.chain([total]).collect()
}

/// The document.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "as in Definition")]
pub struct DocumentReport<'a> {
    pub name: &'a str,
    pub format: &'static str,
    pub dialect: &'a str,
    pub bytes: usize,
    /// Everything that was read; nothing for a document from the standard input that refers to nothing.
    #[serde(skip_serializing_if = "<[Input]>::is_empty")]
    pub inputs: &'a [Input],
}

impl<'a> DocumentReport<'a> {
    fn of(definition: &'a Definition) -> Self {
        let format = match definition.format {
            Format::Json => "json",
            Format::Yaml => "yaml",
        };
        Self {
            name: &definition.name,
            format,
            dialect: &definition.dialect,
            bytes: definition.bytes,
            inputs: &definition.inputs,
        }
    }
}

/// The API as a whole.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the specification's own words")]
pub struct ApiReport<'a> {
    pub package: &'a str,
    pub title: &'a str,
    pub version: &'a str,
    pub servers: Vec<&'a str>,
    pub security_schemes: Vec<&'a str>,
}

impl<'a> ApiReport<'a> {
    fn of(api: &'a Api) -> Self {
        let server = |server: &'a Server| server.url.as_str();
        let scheme = |scheme: &'a SecurityScheme| scheme.name.as_str();
        Self {
            package: api.package.as_str(),
            title: &api.title,
            version: &api.version,
            servers: api.servers.iter().map(server).collect(),
            security_schemes: api.security_schemes.iter().map(scheme).collect(),
        }
    }
}

/// The API as a Power Platform connector.
#[derive(Debug, Serialize)]
pub struct ConnectorReport<'a> {
    /// What it takes to call the API without Microsoft's runtime.
    pub tier: &'static str,
    /// What that means.
    pub tier_meaning: &'static str,
    /// The connection parameters of all sets.
    pub parameters: Vec<ConnectionParameterReport<'a>>,
    /// How many policies there are that are carried out.
    pub policies: usize,
    /// The ids of policy templates that are not.
    pub unknown_policies: Vec<&'a str>,
    /// How many operations go through a C# script.
    pub scripted: usize,
}

impl<'a> ConnectorReport<'a> {
    fn of(connector: &'a Connector, api: &'a Api) -> Self {
        let parameters = connector.parameter_sets.iter().flat_map(|set| {
            let parameters = set.parameters.iter();
            parameters.map(|parameter| ConnectionParameterReport::of(&set.wire, parameter))
        });
        let extensions = || api.operations().map(|operation| &operation.extensions);
        let unknown = extensions().flat_map(|extensions| &extensions.unknown_policies);
        let unknown: BTreeSet<&str> = unknown.map(String::as_str).collect();
        Self {
            tier: connector.tier.as_str(),
            tier_meaning: connector.tier.meaning(),
            parameters: parameters.collect(),
            policies: connector.policies.len(),
            unknown_policies: unknown.into_iter().collect(),
            scripted: extensions()
                .filter(|extensions| extensions.scripted)
                .count(),
        }
    }
}

/// A connection parameter.
#[derive(Debug, Serialize)]
pub struct ConnectionParameterReport<'a> {
    /// The set that it belongs to; empty if there is just one.
    pub set: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it holds.
    pub kind: &'static str,
    /// Whether a connection can't do without it.
    pub required: bool,
    /// Where its value goes, such as `key Authorization`.
    pub bindings: Vec<String>,
}

impl<'a> ConnectionParameterReport<'a> {
    fn of(set: &'a str, parameter: &'a ConnectionParameter) -> Self {
        Self {
            set,
            name: &parameter.wire,
            kind: match parameter.kind {
                ConnectionParameterKind::Text => "text",
                ConnectionParameterKind::Secret => "secret",
                ConnectionParameterKind::OAuth(_) => "oauth",
                ConnectionParameterKind::Gateway => "gateway",
            },
            required: parameter.required,
            bindings: parameter.bindings.iter().map(ToString::to_string).collect(),
        }
    }
}

/// How many of everything.
#[derive(Debug, Default, Serialize)]
pub struct Counts {
    /// Operations.
    pub operations: OperationCounts,
    /// Models.
    pub models: usize,
    /// Errors, kept or not.
    pub errors: usize,
    /// Warnings, kept or not.
    pub warnings: usize,
    /// Notes, kept or not.
    pub notes: usize,
    /// Diagnostics that are counted but not listed, because there are too many of their kind.
    pub not_listed: usize,
    /// Files of the crate.
    pub files: usize,
    /// Bytes of the crate.
    pub bytes: usize,
    /// Lines of the crate.
    pub lines: usize,
}

/// How many operations there are.
#[derive(Debug, Default, Serialize)]
pub struct OperationCounts {
    /// In the crate.
    pub generated: usize,
    /// Not in the crate.
    pub skipped: usize,
}

impl Counts {
    fn of(api: Option<&Api>, diagnostics: &Diagnostics, files: Option<&FileSet>) -> Self {
        let contents = || {
            files
                .into_iter()
                .flat_map(FileSet::iter)
                .map(|(_, contents)| contents)
        };
        Self {
            operations: OperationCounts {
                generated: api.map_or(0, |api| api.operations().count()),
                skipped: api.map_or(0, |api| api.skipped.len()),
            },
            models: api.map_or(0, |api| api.models.len()),
            errors: diagnostics.count(Severity::Error),
            warnings: diagnostics.count(Severity::Warning),
            notes: diagnostics.count(Severity::Note),
            not_listed: diagnostics.dropped(),
            files: files.map_or(0, FileSet::len),
            bytes: contents().map(str::len).sum(),
            lines: contents().map(|text| text.lines().count()).sum(),
        }
    }
}

/// An operation in the crate.
#[derive(Debug, Serialize)]
pub struct OperationReport<'a> {
    /// The operationId, or the one made of method and path.
    pub id: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The path template.
    pub path: &'a str,
    /// The tag.
    pub tag: &'a str,
    /// How it is called: `client.customers().list()`.
    pub call: String,
    /// Where it is in the document.
    pub pointer: &'a str,
    /// Whether it is marked as deprecated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// How it hands out pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paging: Option<PagingReport>,
    /// How it is known that it goes on after its answer; none if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_running: Option<&'static str>,
    /// What its answer consists of that comes bit by bit: `events` or `lines`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<&'static str>,
}

/// How an operation hands out pages.
#[derive(Debug, Serialize)]
pub struct PagingReport {
    /// What leads on, such as ``cursor `next` to `after`, elements in `data` ``.
    pub by: String,
    /// How that is known: `extension`, `connector.toml`, or `shape` for what parameters and answer leave no doubt about.
    pub known_by: &'static str,
}

impl<'a> OperationReport<'a> {
    fn of(tag: &'a Tag, operation: &'a Operation) -> Self {
        Self {
            id: &operation.id,
            method: &operation.method,
            path: &operation.path,
            tag: &tag.name,
            call: call(tag, operation),
            pointer: operation.pointer.as_str(),
            deprecated: operation.docs.deprecated,
            long_running: operation
                .extensions
                .job
                .as_ref()
                .map(|job| job.known_by.as_str()),
            stream: stream(operation),
            paging: operation
                .extensions
                .paging
                .as_ref()
                .map(|paging| PagingReport {
                    by: paging.to_string(),
                    known_by: paging.known_by.as_str(),
                }),
        }
    }
}

/// What an answer consists of that comes bit by bit.
#[must_use]
pub fn stream(operation: &Operation) -> Option<&'static str> {
    operation.streamed().map(|outcome| match outcome {
        Outcome::Lines(_) => "lines",
        _ => "events",
    })
}

/// A request that the API sends.
#[derive(Debug, Serialize)]
pub struct WebhookReport<'a> {
    /// Its name in the document.
    pub name: &'a str,
    /// The method that the API calls with.
    pub method: &'a str,
    /// Its type in the crate.
    #[serde(rename = "type")]
    pub ty: &'a str,
    /// Where it is in the document.
    pub pointer: &'a str,
    /// The id of the operation that it is a callback of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_of: Option<&'a str>,
}

impl<'a> WebhookReport<'a> {
    fn of(webhook: &'a Webhook) -> Self {
        Self {
            name: &webhook.name,
            method: &webhook.method,
            ty: webhook.ty.as_str(),
            pointer: webhook.pointer.as_str(),
            callback_of: webhook.callback.as_ref().map(|of| of.operation.as_str()),
        }
    }
}

/// How an operation is called, without its arguments.
#[must_use]
pub fn call(tag: &Tag, operation: &Operation) -> String {
    format!("client.{}().{}()", tag.module, operation.function)
}

/// An operation that is not in the crate.
#[derive(Debug, Serialize)]
pub struct SkippedReport<'a> {
    /// The operationId, or method and path.
    pub id: &'a str,
    /// Why it is not.
    pub reason: &'a str,
    /// Where it is in the document.
    pub pointer: &'a str,
    /// The line and column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<&'a Location>,
}

impl<'a> SkippedReport<'a> {
    fn of(skipped: &'a Skipped, diagnostics: &'a Diagnostics) -> Self {
        // Every skipped operation has a diagnostic at its place.
        let location = diagnostics
            .iter()
            .find(|diagnostic| diagnostic.pointer == skipped.pointer)
            .and_then(|diagnostic| diagnostic.location.as_ref());
        Self {
            id: &skipped.id,
            reason: &skipped.reason,
            pointer: skipped.pointer.as_str(),
            location,
        }
    }
}
