//! `cargo check` of generated crates, each measured alone.
//!
//! All crates are members of one workspace, so that Cargo resolves dependencies once and compiles them once. Cargo turns
//! on every feature of a dependency that one of the crates it checks together asks for, so only crates that ask for the
//! same are checked together: none lives on a feature that only another turns on.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::generate::first_lines;
use crate::{rustc, workspace};

/// How many crates one Cargo checks: enough that its own start doesn't count, few enough that there is something to see.
const BATCH: usize = 50;

/// The dependency whose features differ from crate to crate.
const RUNTIME: &str = "connector-runtime";

/// What the compiler made of a crate.
#[derive(Clone, Debug, Default, Serialize)]
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
    /// Whether rustc was content, but for warnings.
    #[serde(skip)]
    is_done: bool,
}

/// Checks crates in one workspace.
pub struct Checker {
    crates: PathBuf,
    jobs: usize,
}

impl Checker {
    /// Makes a workspace of the crates in the folders `names` in `crates`; up to `jobs` are compiled at the same time.
    ///
    /// # Errors
    ///
    /// When its manifest can't be written.
    pub fn prepare(crates: &Path, names: &[String], jobs: usize) -> Result<Self> {
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {names:?}\n");
        fs::write(crates.join("Cargo.toml"), manifest)?;
        // The same dependencies as in this repository, without asking the registry which are the newest.
        fs::copy(
            workspace::root().join("Cargo.lock"),
            crates.join("Cargo.lock"),
        )?;
        Ok(Self {
            crates: crates.canonicalize()?,
            jobs,
        })
    }

    /// The crates in the folders `names` in batches, each of crates that ask the same of their dependencies.
    pub fn batches(&self, names: &[String]) -> Vec<Vec<String>> {
        let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in names {
            let manifest = fs::read_to_string(self.crates.join(name).join("Cargo.toml"));
            let wants = dependencies(&manifest.unwrap_or_default());
            alike.entry(wants).or_default().push(name.clone());
        }
        alike
            .values()
            .flat_map(|names| names.chunks(BATCH))
            .map(<[String]>::to_vec)
            .collect()
    }

    /// Checks the crates of a batch.
    pub fn check(&self, batch: &[String]) -> HashMap<String, Check> {
        self.try_check(batch).unwrap_or_else(|error| {
            let check = Check {
                failure: Some(format!("{error:#}")),
                ..Check::default()
            };
            batch
                .iter()
                .map(|name| (name.clone(), check.clone()))
                .collect()
        })
    }

    fn try_check(&self, batch: &[String]) -> Result<HashMap<String, Check>> {
        let log = self.crates.join("rustc.jsonl");
        if log.exists() {
            fs::remove_file(&log)?;
        }
        let output = self.run_cargo(batch, &log)?;
        let mut checks = read_messages(&output.stdout, &self.crates);
        for measured in rustc::read_log(&log)? {
            let name = measured.folder.strip_prefix(&self.crates);
            let check = name.ok().and_then(|name| checks.get_mut(name.to_str()?));
            if let Some(check) = check {
                check.seconds = measured.seconds;
                check.peak_bytes = measured.peak_bytes;
            }
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let check = |name: &String| {
            let mut check = checks.remove(name).unwrap_or_default();
            if !check.is_done && check.failure.is_none() {
                check.failure = Some(format!("not compiled: {}", first_lines(&said, 6)));
            }
            (name.clone(), check)
        };
        Ok(batch.iter().map(check).collect())
    }

    fn run_cargo(&self, batch: &[String], log: &Path) -> Result<Output> {
        let mut cargo = workspace::cargo_for_generated();
        cargo
            .args(["check", "--quiet", "--message-format=json", "--keep-going"])
            .arg(format!("--jobs={}", self.jobs.max(1)))
            .arg("--manifest-path")
            .arg(self.crates.join("Cargo.toml"));
        for name in batch {
            // With the folder: the name alone may be that of a dependency as well.
            let folder = self.crates.join(name);
            let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
            let package = package_name(&manifest).unwrap_or(name);
            let folder = folder.display();
            cargo.arg(format!("--package=path+file://{folder}#{package}"));
        }
        rustc::measure_with(&mut cargo, log)?;
        cargo.output().context("can't run cargo check")
    }
}

/// The name of the package, which comes first in a manifest.
fn package_name(manifest: &str) -> Option<&str> {
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}

/// What a manifest says about dependencies and their features.
fn dependencies(manifest: &str) -> String {
    let mut lines = Vec::new();
    let mut is_table = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_table = line.contains("dependencies");
        }
        if is_table || line.contains(RUNTIME) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Counts the compiler's messages about each crate in the folder `crates`.
fn read_messages(stdout: &[u8], crates: &Path) -> HashMap<String, Check> {
    let mut checks: HashMap<String, Check> = HashMap::new();
    let prefix = format!("path+file://{}/", crates.display());
    for line in stdout.split(|byte| *byte == b'\n') {
        let Ok(message) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        let id = message["package_id"].as_str().unwrap_or_default();
        let Some((name, _)) = id.strip_prefix(&prefix).and_then(|id| id.split_once('#')) else {
            continue;
        };
        let check = checks.entry(name.to_owned()).or_default();
        match message["reason"].as_str() {
            Some("compiler-artifact") => check.is_done = true,
            Some("compiler-message") => count(&message["message"], check),
            _ => {}
        }
    }
    checks
}

fn count(message: &Value, check: &mut Check) {
    // The sums at the end ("3 warnings emitted") have no place in the code.
    let is_sum = message["spans"].as_array().is_none_or(Vec::is_empty) && message["code"].is_null();
    match message["level"].as_str() {
        Some("error" | "error: internal compiler error") if !is_sum => check.errors += 1,
        Some("warning") if !is_sum => check.warnings += 1,
        _ => return,
    }
    if check.failure.is_none() {
        let text = message["rendered"].as_str().unwrap_or_default();
        check.failure = Some(first_lines(text, 8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(level: &str, text: &str) -> String {
        serde_json::json!({
            "reason": "compiler-message",
            "package_id": "path+file:///crates/acme#0.1.0",
            "message": { "level": level, "rendered": text, "code": { "code": "E0001" }, "spans": [] },
        })
        .to_string()
    }

    fn read(messages: &[String]) -> HashMap<String, Check> {
        read_messages(messages.join("\n").as_bytes(), Path::new("/crates"))
    }

    #[test]
    fn a_warning_is_a_failure() {
        let done =
            r#"{"reason": "compiler-artifact", "package_id": "path+file:///crates/acme#0.1.0"}"#;
        let warning = message("warning", "warning: unused\n --> src/lib.rs\n");
        let checks = read(&[warning, done.to_owned()]);
        let check = &checks["acme"];
        assert_eq!((check.errors, check.warnings), (0, 1));
        assert_eq!(
            check.failure.as_deref(),
            Some("warning: unused | --> src/lib.rs")
        );
        assert!(check.is_done);
    }

    #[test]
    fn messages_count_for_their_crate_only() {
        let other = message("error", "error: no").replace("/crates/acme#", "/elsewhere/acme#");
        assert!(read(&[other]).is_empty());
        let checks = read(&[message("error", "error: no").replace("acme#", "b#acme@")]);
        assert_eq!(checks["b"].errors, 1);
        assert!(!checks["b"].is_done);
    }

    #[test]
    fn crates_that_want_other_features_are_told_apart() {
        let manifest = |features: &str| {
            format!(
                "[package]\nname = \"a\"\n[features]\nstream = [\"{RUNTIME}/stream\"]\ntag = []\n[dependencies]\n{RUNTIME} = {{ features = [{features}] }}\n[lints]\n"
            )
        };
        assert_eq!(package_name(&manifest("")), Some("a"));
        let one = dependencies(&manifest("\"jwt\""));
        assert_ne!(one, dependencies(&manifest("")));
        assert_eq!(
            one,
            dependencies(
                &manifest("\"jwt\"")
                    .replace("tag", "other")
                    .replace("\"a\"", "\"b\"")
            )
        );
        assert_ne!(
            one,
            dependencies(&manifest("\"jwt\"").replace("/stream", "/other"))
        );
    }
}
