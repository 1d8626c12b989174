//! One behaviour each: YAML in, canonical document out.

mod assertions;
mod connectors;
mod document;
mod examples;
mod hooks;
mod identity;
mod openapi32;
mod operations;
mod providers;
mod references;
mod schemas;
mod secrets;
mod swagger;

use serde_json::{Value, json};

use super::{NormalizeError, Normalized, Options, normalize};
use crate::diagnostics::{Code, Diagnostics, Pointer};
use crate::source::Document;

/// What came of a document.
struct Outcome {
    normalized: Normalized,
    document: Value,
    diagnostics: Diagnostics,
}

impl Outcome {
    /// The part of the canonical document at a pointer; null where there is none.
    fn at(&self, pointer: &str) -> Value {
        self.document.pointer(pointer).cloned().unwrap_or_default()
    }

    /// The diagnostics as `code pointer`.
    fn findings(&self) -> Vec<String> {
        self.diagnostics
            .iter()
            .map(|found| format!("{} {}", found.code, found.pointer))
            .collect()
    }

    fn has(&self, code: Code) -> bool {
        self.diagnostics.iter().any(|found| found.code == code)
    }
}

fn try_document(yaml: &str) -> Result<Outcome, NormalizeError> {
    let mut diagnostics = Diagnostics::new();
    let document = Document::parse("api.yaml", yaml.into(), &mut diagnostics).unwrap();
    let normalized = normalize(document.root, &Options::default(), &mut diagnostics)?;
    let document = serde_json::to_value(&normalized.openapi).unwrap();
    Ok(Outcome {
        normalized,
        document,
        diagnostics,
    })
}

fn document(yaml: &str) -> Outcome {
    try_document(yaml).unwrap()
}

/// A document with `header` (its version, for instance) and the schema `X`, written as a flow mapping.
fn with_schema(header: &str, schema: &str) -> Outcome {
    document(&format!(
        "{header}\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n    Pet: {{type: object}}\n    X: {schema}\n"
    ))
}

/// The canonical form of a schema of OpenAPI 3.1, which must cause no diagnostics.
fn schema(schema: &str) -> Value {
    let outcome = with_schema("openapi: 3.1.0", schema);
    assert_eq!(outcome.findings(), [""; 0]);
    outcome.at("/components/schemas/X")
}

/// The canonical form of a schema, and the codes it causes.
fn repaired(schema: &str) -> (Value, Vec<&'static str>) {
    let outcome = with_schema("openapi: 3.0.3", schema);
    let codes = outcome
        .diagnostics
        .iter()
        .map(|found| found.code.as_str())
        .collect();
    (outcome.at("/components/schemas/X"), codes)
}

/// The operation `POST /things/{id}` with these members, in OpenAPI 3.0.
fn operation(members: &str) -> Outcome {
    document(&format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths:\n  /things/{{id}}:\n    post: {members}\n"
    ))
}

const OPERATION: &str = "/paths/~1things~1{id}/post";

fn pet() -> Value {
    json!({"$ref": "#/components/schemas/Pet"})
}
