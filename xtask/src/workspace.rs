//! Where things are in this repository, and the generator that is built from it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use connector_tests::generator;
pub use connector_tests::generator::{cargo, target};
pub use connector_tests::root;

/// The folder of the generated crates that are checked in, a workspace of its own.
pub fn samples() -> PathBuf {
    root().join("generated-samples")
}

/// Cargo's target folder of generated crates: one for all, so that what they depend on is compiled once.
pub fn target_of_generated() -> PathBuf {
    target().join("generated")
}

/// Cargo for generated crates, which are compiled once, and nobody debugs.
pub fn cargo_for_generated() -> Command {
    let mut cargo = cargo();
    cargo
        .env("CARGO_TARGET_DIR", target_of_generated())
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0");
    cargo
}

/// The folder that a user of `cargo xtask` means with `path`.
pub fn given(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .with_context(|| format!("there is no {}", path.display()))
}

/// Runs a program to its end.
///
/// # Errors
///
/// When it can't be started or ends without success.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("can't start {program}"))?;
    if !status.success() {
        let args: Vec<_> = command
            .get_args()
            .map(|arg| arg.to_string_lossy())
            .collect();
        bail!("`{program} {}` failed: {status}", args.join(" "));
    }
    Ok(())
}

/// Builds the generator in release and returns its binary.
///
/// # Errors
///
/// When it doesn't compile.
pub fn build_generator() -> Result<PathBuf> {
    eprintln!("building connector-gen");
    generator::build()
}
