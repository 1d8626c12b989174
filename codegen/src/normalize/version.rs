//! Which dialect a document is written in.

use serde_json::{Map, Value};

use super::NormalizeError;
use crate::diagnostics::{Code, Diagnostics, Pointer};

/// The dialects that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Swagger 2.0.
    Swagger20,
    /// OpenAPI 3.0.
    OpenApi30,
    /// OpenAPI 3.1.
    OpenApi31,
    /// OpenAPI 3.2.
    OpenApi32,
}

impl Dialect {
    /// The specification's name and version.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Swagger20 => "Swagger 2.0",
            Self::OpenApi30 => "OpenAPI 3.0",
            Self::OpenApi31 => "OpenAPI 3.1",
            Self::OpenApi32 => "OpenAPI 3.2",
        }
    }
}

const KNOWN: &str = "OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0 are understood";

/// Finds the dialect by `openapi` or `swagger`, or guesses it when the document clearly is one.
pub(super) fn detect(
    root: &Value,
    diagnostics: &mut Diagnostics,
) -> Result<(Dialect, String), NormalizeError> {
    let Value::Object(root) = root else {
        return Err(not_a_mapping());
    };
    let declared = ["openapi", "swagger"]
        .iter()
        .find_map(|key| Some((*key, text(root.get(*key)?)?)));
    let Some((key, version)) = declared else {
        return guess(root, diagnostics);
    };
    let pointer = Pointer::root().join(key);
    let mut parts = version
        .trim()
        .trim_start_matches(['v', 'V'])
        .split(['.', '-', '+']);
    let major = parts.next().unwrap_or_default();
    let minor = parts.next().unwrap_or("0");
    let dialect = match (major, minor) {
        ("2", "0") => Dialect::Swagger20,
        ("3", "0") => Dialect::OpenApi30,
        ("3", "1") => Dialect::OpenApi31,
        ("3", "2") => Dialect::OpenApi32,
        _ => {
            let message = format!("version `{version}` is not supported");
            let hint = match major {
                "1" => "convert the document to Swagger 2.0 or OpenAPI 3 first",
                _ => KNOWN,
            };
            return Err(NormalizeError::new(
                Code::VersionUnsupported,
                pointer,
                message,
                hint,
            ));
        }
    };
    if (key == "swagger") != (dialect == Dialect::Swagger20) {
        let message = format!("`{key}: {version}` is read as {}", dialect.as_str());
        diagnostics.warn(Code::VersionMissing, &pointer, message);
    }
    Ok((dialect, version))
}

/// YAML turns an unquoted version into a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn guess(
    root: &Map<String, Value>,
    diagnostics: &mut Diagnostics,
) -> Result<(Dialect, String), NormalizeError> {
    let has = |keys: &[&str]| keys.iter().any(|key| root.contains_key(*key));
    let dialect = if !has(&[
        "paths",
        "components",
        "definitions",
        "webhooks",
        "x-webhooks",
    ]) {
        let message = "the document has neither `openapi` nor `swagger`, and no paths".to_owned();
        return Err(NormalizeError::new(
            Code::VersionMissing,
            Pointer::root(),
            message,
            "is this the definition itself?",
        ));
    } else if has(&["definitions", "securityDefinitions", "basePath", "host"])
        && !has(&["components"])
    {
        Dialect::Swagger20
    } else {
        Dialect::OpenApi30
    };
    let message = format!(
        "the document declares no version and is read as {}",
        dialect.as_str()
    );
    diagnostics
        .warn(Code::VersionMissing, &Pointer::root(), message)
        .hint("add `openapi: 3.0.3` or `swagger: '2.0'`");
    Ok((dialect, String::new()))
}

pub(super) fn not_a_mapping() -> NormalizeError {
    let message = "an API definition is a mapping, but this document is something else".to_owned();
    NormalizeError::new(Code::VersionMissing, Pointer::root(), message, KNOWN)
}
