//! What a generated crate costs its user before the first call.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use connector_tests::generator;
use connector_tests::process::{self, Limits};

use crate::{rustc, workspace};

/// An API with one operation and no security: whatever its crate costs, every generated crate costs.
const SMALLEST: &str = "openapi: 3.0.3
info: { title: Smallest, version: 1.0.0 }
servers: [{ url: 'http://127.0.0.1' }]
paths:
  /ping:
    get:
      operationId: ping
      responses: { '200': { description: Pong., content: { application/json: { schema: { type: string } } } } }
";

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub struct Args {
    /// Documents whose generation is timed as well
    documents: Vec<PathBuf>,
}

/// Measures and prints.
///
/// # Errors
///
/// When something can't be generated or built.
pub fn run(args: &Args) -> Result<()> {
    let generator = workspace::build_generator()?;
    let folder = tempfile::tempdir()?;
    let document = folder.path().join("smallest.yaml");
    let output = folder.path().join("smallest");
    fs::write(&document, SMALLEST)?;
    generate(&generator, &document, &output)?;
    println!("the smallest generated crate:");
    println!("  dependencies: {}", count_dependencies(&output)?);
    for profile in ["dev", "release"] {
        build(&output, profile, folder.path())?;
    }

    for document in &args.documents {
        let document = workspace::given(document)?;
        let times = (0..5).map(|_| generate(&generator, &document, &output));
        let best = times
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .min()
            .unwrap_or_default();
        println!("{}: {} ms, best of 5", document.display(), best.as_millis());
    }
    Ok(())
}

fn generate(generator: &Path, document: &Path, output: &Path) -> Result<Duration> {
    let limits = Limits {
        time: Duration::from_secs(60),
        memory: None,
    };
    let outcome = process::run(
        &mut generator::generate(generator, "smallest", document, output),
        limits,
    )?;
    ensure!(
        outcome.success(),
        "connector-gen failed:\n{}",
        outcome.stderr
    );
    Ok(outcome.usage.wall)
}

/// How many packages the crate at `folder` stands on when it is built for this machine.
fn count_dependencies(folder: &Path) -> Result<usize> {
    let output = workspace::cargo()
        .current_dir(folder)
        .args([
            "tree",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .output()
        .context("can't run cargo tree")?;
    ensure!(
        output.status.success(),
        "cargo tree failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8_lossy(&output.stdout);
    let packages: BTreeSet<_> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    Ok(packages.len().saturating_sub(1))
}

/// Builds the crate at `folder` from nothing and prints how long it took, whole and in its own rustc.
fn build(folder: &Path, profile: &str, scratch: &Path) -> Result<()> {
    let log = scratch.join(format!("{profile}.jsonl"));
    let mut cargo = workspace::cargo();
    cargo
        .current_dir(folder)
        .args(["build", "--quiet", "--profile", profile])
        .env("CARGO_TARGET_DIR", scratch.join("target"));
    rustc::measure_with(&mut cargo, &log)?;
    let start = Instant::now();
    workspace::run(&mut cargo)?;
    let whole = start.elapsed().as_secs_f64();
    let own: f64 = rustc::read_log(&log)?.iter().map(|one| one.seconds).sum();
    println!("  {profile} build: {whole:.1} s from nothing, {own:.2} s of them its own");
    Ok(())
}
