//! The crate of a document, and its wire tests as a program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use connector_tests::process::{self, Limits};
use connector_tests::{Prism, generator};
use serde::Deserialize;
use serde_json::Value;

use super::documents::Document;
use crate::corpus::generate::first_lines;
use crate::workspace;

/// More than the largest document needs on a busy machine.
const GENERATION: Limits = Limits {
    time: Duration::from_secs(600),
    memory: Some(8 << 30),
};

/// How many operations are called by one run of the tests: when Prism doesn't answer one, these are called again.
const BATCH: usize = 8;

/// For the calls of a batch. The tests wait a minute for each answer.
const CALLS: Limits = Limits {
    time: Duration::from_secs(150),
    memory: None,
};

/// What the tests say where there is no answer.
pub const NO_ANSWER: &str = "no answer within";

/// An operation of a generated crate.
#[derive(Debug, Deserialize)]
pub struct Operation {
    /// Its name in the report of the tests.
    pub id: String,
    /// Where the document has it.
    pub pointer: String,
}

/// A generated crate with its tests.
#[derive(Debug)]
pub struct Crate {
    folder: PathBuf,
    /// What can be called.
    pub operations: Vec<Operation>,
}

impl Crate {
    /// Generates the crate of a document in `folder`.
    ///
    /// # Errors
    ///
    /// When there is none; with the reason.
    pub fn generate(document: &Document, generator: &Path, folder: &Path) -> Result<Self> {
        let output = folder.join(&document.name);
        let report = output.with_extension("json");
        let mut command = generator::generate(generator, &document.name, &document.path, &output);
        command.arg("--tests").arg("--report").arg(&report);
        let outcome = process::run(&mut command, GENERATION)?;
        ensure!(
            outcome.success(),
            "not generated: {}",
            first_lines(&outcome.stderr, 4)
        );
        let report: Value = serde_json::from_slice(&fs::read(report)?)?;
        let operations = report.get("operations").cloned().unwrap_or_default();
        // The same dependencies as in this repository, without asking the registry which are the newest.
        let lock = workspace::root().join("Cargo.lock");
        fs::copy(lock, output.join("Cargo.lock"))?;
        Ok(Self {
            folder: output,
            operations: serde_json::from_value(operations)
                .context("the report of the generator lists no operations")?,
        })
    }

    /// Compiles the tests; their program.
    ///
    /// # Errors
    ///
    /// When they don't compile.
    pub fn build(&self) -> Result<PathBuf> {
        let output = workspace::cargo_for_generated()
            .current_dir(&self.folder)
            .args(["test", "--quiet", "--test", "wire", "--no-run"])
            .arg("--message-format=json")
            .output()
            .context("can't run cargo")?;
        let messages = output.stdout.split(|byte| *byte == b'\n');
        let messages: Vec<Value> = messages
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        if !output.status.success() {
            let mut errors = messages
                .iter()
                .filter(|message| message["message"]["level"] == "error");
            let error = errors
                .next()
                .and_then(|it| it["message"]["rendered"].as_str());
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("not compiled: {}", first_lines(error.unwrap_or(&said), 8));
        }
        // Warnings name the target as well.
        messages
            .iter()
            .filter(|message| message["target"]["name"] == "wire")
            .find_map(|message| message["executable"].as_str())
            .map(PathBuf::from)
            .context("cargo has made no program of the tests")
    }

    /// Runs the tests against Prism; the report that they write, line by line. A Prism that gives no answer is busy for good, so the
    /// next calls get another one.
    ///
    /// # Errors
    ///
    /// When the tests break down, or Prism doesn't start again.
    pub fn run(&self, tests: &Path, document: &Document, mut prism: Prism) -> Result<String> {
        let listed = Command::new(tests)
            .args(["--list", "--format", "terse"])
            .output()
            .context("can't run the tests")?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let names: Vec<&str> = listed
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
            .collect();
        let mut report = String::new();
        let mut batches: Vec<&[&str]> = names.chunks(BATCH).rev().collect();
        while let Some(batch) = batches.pop() {
            let (lines, is_stuck) = self.call(tests, batch, &prism)?;
            if is_stuck {
                prism = Prism::standing(&document.path)?;
            }
            if is_stuck && batch.len() > 1 {
                let (first, second) = batch.split_at(batch.len() / 2);
                batches.extend([second, first]);
            } else {
                report.push_str(&lines);
            }
        }
        Ok(report)
    }

    /// Runs the tests with these names; their report, and whether Prism left a call without an answer.
    fn call(&self, tests: &Path, names: &[&str], prism: &Prism) -> Result<(String, bool)> {
        let report = self.folder.join("report.jsonl");
        let _ = fs::remove_file(&report);
        let mut command = Command::new(tests);
        command
            .current_dir(&self.folder)
            // One call after the other, so that what Prism says is about that call.
            .args(["--test-threads", "1", "--quiet", "--exact"])
            .args(names)
            .env("CONNECTOR_TEST_SERVER", prism.url())
            .env("CONNECTOR_TEST_CREDENTIALS", "made-up")
            .env("CONNECTOR_TEST_REPORT", &report)
            .env("RUST_BACKTRACE", "0");
        let outcome = process::run(&mut command, CALLS)?;
        // 101 says that some tests failed, which the report tells better.
        let code = outcome.usage.status.code();
        ensure!(
            outcome.timed_out || matches!(code, Some(0 | 101)),
            "the tests broke down: {}",
            first_lines(&outcome.stderr, 4)
        );
        let lines = fs::read_to_string(report).unwrap_or_default();
        let is_stuck = outcome.timed_out || lines.contains(NO_ANSWER);
        Ok((lines, is_stuck))
    }
}

impl Drop for Crate {
    /// Makes room for the next one; the folder above goes in any case.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
