//! One document through the generator.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use connector_tests::generator;
use connector_tests::process::{self, Limits, Outcome};
use serde::Serialize;

use super::count_lines;
use super::document::Document;
use super::report::{Connector, Report};
use crate::workspace;

/// More than the largest document needs; less than what makes a machine swap.
const LIMITS: Limits = Limits {
    time: Duration::from_secs(60),
    memory: Some(8 << 30),
};

/// What the generator made of a document.
#[derive(Debug, Default, Serialize)]
pub struct Generation {
    /// Operations in the generated crate.
    pub generated: Option<u64>,
    /// Operations left out.
    pub skipped: Option<u64>,
    /// Wall time.
    pub milliseconds: f64,
    /// The largest resident set.
    pub peak_bytes: u64,
    /// Lines of Rust.
    pub lines: u64,
    /// Why there is no crate.
    pub failure: Option<String>,
    /// Whether that is because a file is no text, or not written in its notation.
    pub unreadable: bool,
    /// What the crate is as a Power Platform connector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<Connector>,
    /// Whether the generator broke down: a panic, a signal, a time-out.
    pub broke_down: bool,
}

/// The generator, built.
pub struct Generator {
    binary: PathBuf,
}

impl Generator {
    /// Builds the generator.
    ///
    /// # Errors
    ///
    /// When it doesn't compile.
    pub fn build() -> Result<Self> {
        let binary = workspace::build_generator()?;
        Ok(Self { binary })
    }

    /// Generates the crate of `document` in the folder `output`.
    pub fn generate(&self, document: &Document, output: &Path) -> Generation {
        let report = output.with_extension("report.json");
        match self.try_generate(document, output, &report) {
            Ok(generation) => generation,
            Err(error) => Generation {
                failure: Some(format!("{error:#}")),
                ..Generation::default()
            },
        }
    }

    fn try_generate(
        &self,
        document: &Document,
        output: &Path,
        report: &Path,
    ) -> Result<Generation> {
        if report.exists() {
            fs::remove_file(report)?;
        }
        let mut command = generator::generate(&self.binary, &document.id, &document.path, output);
        let outcome = process::run(command.arg("--report").arg(report), LIMITS)
            .context("can't run connector-gen")?;
        let report = Report::read(report);
        let failure = failure(&outcome, report.as_ref().ok());
        Ok(Generation {
            generated: report.as_ref().ok().map(Report::generated),
            skipped: report.as_ref().ok().map(Report::skipped),
            milliseconds: outcome.usage.wall.as_secs_f64() * 1e3,
            peak_bytes: outcome.usage.peak_bytes,
            lines: if failure.is_none() {
                count_lines(&output.join("src")).context("the crate has no sources")?
            } else {
                0
            },
            failure,
            unreadable: report.as_ref().is_ok_and(Report::is_unreadable),
            connector: report.as_ref().ok().and_then(Report::connector),
            broke_down: outcome.broke_down(),
        })
    }
}

fn failure(outcome: &Outcome, report: Option<&Report>) -> Option<String> {
    if outcome.success() {
        return None;
    }
    let said = first_lines(&outcome.stderr, 4);
    Some(if outcome.timed_out {
        format!("not done after {} s", LIMITS.time.as_secs())
    } else if outcome.broke_down() {
        format!("broke down ({}): {said}", outcome.usage.status)
    } else {
        report.and_then(Report::first_error).unwrap_or(said)
    })
}

/// The first lines of what a program said that are not empty, on one line.
pub fn first_lines(text: &str, count: usize) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(count).collect::<Vec<_>>().join(" | ")
}
