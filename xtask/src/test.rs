//! Everything that has to hold before a change goes in, in the order in which it is likely to fail soonest.

use anyhow::Result;

use crate::samples;
use crate::{peers, workspace};

/// Installs the peers, then runs every test and every check of the generated samples.
///
/// # Errors
///
/// When one of them fails.
pub fn run() -> Result<()> {
    peers::run()?;
    samples::run(&samples::Args { check: true })?;
    workspace::run(workspace::cargo().args(["test", "--workspace", "--quiet"]))?;
    check_samples()
}

/// Clippy and rustdoc over the samples, whose warnings would be every user's warnings.
fn check_samples() -> Result<()> {
    let samples = || {
        let mut cargo = workspace::cargo();
        cargo
            .current_dir(workspace::samples())
            .env("CARGO_TARGET_DIR", workspace::target().join("samples"));
        cargo
    };
    workspace::run(samples().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))?;
    workspace::run(
        samples()
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}
