//! One behaviour each: YAML in, the text of the generated crate out.

mod client;
mod connection;
mod escaping;
mod manifest;
mod object;
mod operation;
mod union;
mod wire;

use super::{Options, render};
use crate::diagnostics::Diagnostics;
use crate::lower::{self, lower};
use crate::model::Api;
use crate::normalize::{self, normalize};
use crate::source::Document;
use crate::write::FileSet;

/// The files of a crate.
struct Rendered(FileSet);

impl Rendered {
    fn file(&self, path: &str) -> String {
        let file = self.0.iter().find(|(name, _)| *name == path);
        file.unwrap_or_else(|| panic!("no file `{path}`"))
            .1
            .to_owned()
    }

    /// Everything between the first line of `path` that starts with `start`, with the docs and attributes above it,
    /// and the line that closes it.
    fn item(&self, path: &str, start: &str) -> String {
        let text = self.file(path);
        let lines: Vec<&str> = text.lines().collect();
        let at = lines
            .iter()
            .position(|line| line.trim_start().starts_with(start))
            .unwrap_or_else(|| panic!("no `{start}` in\n{text}"));
        let indent = lines[at].len() - lines[at].trim_start().len();
        let above = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.trim_start().starts_with(['/', '#']))
            .count();
        let closes = |line: &&str| {
            let own = line.len() - line.trim_start().len() == indent;
            own && line.ends_with('}') || line.ends_with(");") && lines[at].contains("const ")
        };
        let end = lines[at..].iter().position(closes).unwrap();
        let item = lines[at - above..=at + end].iter();
        item.map(|line| line.get(indent..).unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn document(yaml: &str) -> Rendered {
    crate_of(&api(yaml))
}

fn crate_of(api: &Api) -> Rendered {
    Rendered(render(api, &Options::default()).unwrap())
}

fn api(yaml: &str) -> Api {
    let mut diagnostics = Diagnostics::new();
    let document = Document::parse("api.yaml", yaml.into(), &mut diagnostics).unwrap();
    let normalized = normalize(
        document.root,
        &normalize::Options::default(),
        &mut diagnostics,
    )
    .unwrap();
    lower(&normalized, &lower::Options::default(), &mut diagnostics)
}

/// `POST /things/{id}` in the group `things`, with these members.
fn operation(members: &str) -> Rendered {
    let members: String = members
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    document(&format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /things/{{id}}:\n    post:\n{members}components:\n  schemas:\n    Pet: {{type: object, properties: {{name: {{type: string}}}}}}\n    Id: {{type: string}}\n    Tier: {{type: string, enum: [free, gold]}}\n"
    ))
}

/// Schemas of which `X` is sent and received.
fn schemas(schemas: &str) -> Rendered {
    let schemas: String = schemas
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let content = "content: {application/json: {schema: {$ref: '#/components/schemas/X'}}}";
    document(&format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths: {{/x: {{put: {{operationId: putX, requestBody: {{required: true, {content}}}, responses: {{'200': {{description: d, {content}}}}}}}}}}}\ncomponents:\n  schemas:\n{schemas}"
    ))
}

const MODELS: &str = "src/models/shared.rs";
const THINGS: &str = "src/things.rs";
