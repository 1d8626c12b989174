//! `cargo check` of generated crates, each measured alone.
//!
//! All crates are members of one workspace, so that Cargo resolves dependencies once and compiles them once; each crate
//! is checked by itself, so that none lives on a feature that only another turns on.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::document::Document;
use super::generate::{Generation, first_lines};
use crate::{rustc, workspace};

/// What the compiler made of a crate.
#[derive(Debug, Default, Serialize)]
pub struct Check {
    /// Wall time of this crate's rustc.
    pub seconds: f64,
    /// The largest resident set of this crate's rustc.
    pub peak_bytes: u64,
    /// How many errors there are.
    pub errors: usize,
    /// How many warnings there are.
    pub warnings: usize,
    /// The first diagnostic, when there is one.
    pub failure: Option<String>,
}

/// Checks crates in one workspace.
pub struct Checker {
    crates: PathBuf,
}

impl Checker {
    /// Makes a workspace of the crates in the folder `crates`.
    ///
    /// # Errors
    ///
    /// When its manifest can't be written.
    pub fn prepare(crates: &Path, generated: &[(Document, Generation)]) -> Result<Self> {
        let members: Vec<_> = generated
            .iter()
            .filter(|(_, generation)| generation.failure.is_none())
            .map(|(document, _)| document.id.as_str())
            .collect();
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        fs::write(crates.join("Cargo.toml"), manifest)?;
        // The same dependencies as in this repository, without asking the registry which are the newest.
        fs::copy(
            workspace::root().join("Cargo.lock"),
            crates.join("Cargo.lock"),
        )?;
        Ok(Self {
            crates: crates.to_path_buf(),
        })
    }

    /// Checks the crate in the folder `name`; every worker has a target folder of its own.
    pub fn check(&self, name: &str, worker: usize) -> Check {
        self.try_check(name, worker).unwrap_or_else(|error| Check {
            failure: Some(format!("{error:#}")),
            ..Check::default()
        })
    }

    fn try_check(&self, name: &str, worker: usize) -> Result<Check> {
        let log = self.crates.join(format!("{name}.rustc.jsonl"));
        if log.exists() {
            fs::remove_file(&log)?;
        }
        let mut cargo = workspace::cargo();
        cargo
            .args(["check", "--quiet", "--message-format=json"])
            .arg("--manifest-path")
            .arg(self.crates.join(name).join("Cargo.toml"))
            .env(
                "CARGO_TARGET_DIR",
                self.crates.join(format!("target-{worker}")),
            )
            .env("CARGO_INCREMENTAL", "0");
        rustc::measure_with(&mut cargo, &log)?;
        let output = cargo.output().context("can't run cargo check")?;

        let crate_name = name.replace('-', "_");
        let mut check = read_messages(&output.stdout, &crate_name);
        let measurements = rustc::read_log(&log)?;
        if let Some(measured) = measurements.iter().find(|one| one.crate_name == crate_name) {
            check.seconds = measured.seconds;
            check.peak_bytes = measured.peak_bytes;
        }
        if !output.status.success() && check.failure.is_none() {
            let said = String::from_utf8_lossy(&output.stderr);
            check.failure = Some(first_lines(&said, 6));
        }
        Ok(check)
    }
}

/// Counts the compiler's messages about one crate.
fn read_messages(stdout: &[u8], crate_name: &str) -> Check {
    let mut check = Check::default();
    for line in stdout.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        if message["reason"] != "compiler-message" || message["target"]["name"] != crate_name {
            continue;
        }
        let message = &message["message"];
        // The sums at the end ("3 warnings emitted") have no place in the code.
        let is_sum =
            message["spans"].as_array().is_none_or(Vec::is_empty) && message["code"].is_null();
        match message["level"].as_str() {
            Some("error" | "error: internal compiler error") if !is_sum => check.errors += 1,
            Some("warning") if !is_sum => check.warnings += 1,
            _ => continue,
        }
        if check.failure.is_none() {
            let text = message["rendered"].as_str().unwrap_or_default();
            check.failure = Some(first_lines(text, 8));
        }
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(level: &str, text: &str) -> String {
        serde_json::json!({
            "reason": "compiler-message",
            "target": { "name": "acme" },
            "message": { "level": level, "rendered": text, "code": { "code": "E0001" }, "spans": [] },
        })
        .to_string()
    }

    #[test]
    fn a_warning_is_a_failure() {
        let check = read_messages(
            message("warning", "warning: unused\n --> src/lib.rs\n").as_bytes(),
            "acme",
        );
        assert_eq!((check.errors, check.warnings), (0, 1));
        assert_eq!(
            check.failure.as_deref(),
            Some("warning: unused | --> src/lib.rs")
        );
    }

    #[test]
    fn messages_about_other_crates_do_not_count() {
        let check = read_messages(message("error", "error: no").as_bytes(), "other");
        assert!(check.failure.is_none());
    }
}
