//! Where things are in this repository, and the generator that is built from it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folder of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target folder of this repository.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The folder of the generated crates that are checked in, a workspace of its own.
pub fn samples() -> PathBuf {
    root().join("generated-samples")
}

/// The folder that a user of `cargo xtask` means with `path`.
pub fn given(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .with_context(|| format!("there is no {}", path.display()))
}

/// Cargo, started in the folder of the repository.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
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
    run(cargo().args([
        "build",
        "--quiet",
        "--release",
        "--package",
        "connector-gen",
        "--bin",
        "connector-gen",
    ]))?;
    Ok(target()
        .join("release")
        .join(format!("connector-gen{}", env::consts::EXE_SUFFIX)))
}
