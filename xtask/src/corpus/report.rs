//! What the corpus run reads of the generator's `--report`.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The report of one run of the generator.
pub struct Report(Value);

/// What a crate is as a Power Platform connector.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Connector {
    /// What it takes to call the API without Microsoft's runtime.
    pub tier: String,
    /// The connection parameters of all sets.
    pub parameters: Vec<Parameter>,
    /// How many policies are carried out.
    pub policies: usize,
    /// The ids of policy templates that are not.
    pub unknown_policies: Vec<String>,
    /// How many operations go through a script.
    pub scripted: usize,
}

/// A connection parameter.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Parameter {
    /// The set that it belongs to; empty if there is just one.
    pub set: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: String,
    /// Where its value goes.
    pub bindings: Vec<String>,
}

impl Report {
    /// Reads the report in `file`.
    ///
    /// # Errors
    ///
    /// When the generator wrote none, or not in JSON.
    pub fn read(file: &Path) -> Result<Self> {
        Ok(Self(serde_json::from_slice(&fs::read(file)?)?))
    }

    /// How many operations are in the generated crate.
    pub fn generated(&self) -> u64 {
        self.count("generated")
    }

    /// How many operations were left out.
    pub fn skipped(&self) -> u64 {
        self.count("skipped")
    }

    /// The crate as a Power Platform connector, if it is one.
    pub fn connector(&self) -> Option<Connector> {
        serde_json::from_value(self.0.get("connector")?.clone()).ok()
    }

    /// The first error, with its place.
    pub fn first_error(&self) -> Option<String> {
        let error = self.error()?;
        let text = |member: &str| error[member].as_str().unwrap_or_default();
        let (code, message, pointer) = (text("code"), text("message"), text("pointer"));
        let place = &error["location"];
        let file = Path::new(place["file"].as_str().unwrap_or_default()).file_name();
        let file = file.unwrap_or_default().to_string_lossy();
        let number = |member: &str| place[member].as_u64().unwrap_or_default();
        let (line, column) = (number("line"), number("column"));
        let place = format!("{pointer} {file}:{line}:{column}");
        Some(format!("{code}: {message} ({})", place.trim_start()))
    }

    /// Whether the first error is that a file is no text, or not written in its notation.
    pub fn is_unreadable(&self) -> bool {
        let code = self.error().and_then(|error| error["code"].as_str());
        matches!(code, Some("syntax-invalid" | "encoding-invalid"))
    }

    fn error(&self) -> Option<&Value> {
        let diagnostics = self.0["diagnostics"].as_array()?;
        diagnostics.iter().find(|one| one["severity"] == "error")
    }

    fn count(&self, name: &str) -> u64 {
        self.0["counts"]["operations"][name]
            .as_u64()
            .unwrap_or_default()
    }
}
