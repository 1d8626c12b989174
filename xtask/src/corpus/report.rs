//! What the corpus run reads of the generator's `--report`.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

/// The report of one run of the generator.
pub struct Report(Value);

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

    /// The first error, with its place.
    pub fn first_error(&self) -> Option<String> {
        let diagnostics = self.0["diagnostics"].as_array()?;
        let error = diagnostics.iter().find(|one| one["severity"] == "error")?;
        let text = |member: &str| error[member].as_str().unwrap_or_default();
        let (code, message, pointer) = (text("code"), text("message"), text("pointer"));
        let line = error["location"]["line"].as_u64().unwrap_or_default();
        Some(format!("{code}: {message} ({pointer}, line {line})"))
    }

    fn count(&self, name: &str) -> u64 {
        self.0["counts"]["operations"][name]
            .as_u64()
            .unwrap_or_default()
    }
}
