//! The program `connector`, as its users run it.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::generator::{cargo, target};

/// Builds `connector`, unless it is, and returns its binary.
///
/// # Errors
///
/// When it doesn't compile.
pub fn build() -> Result<PathBuf> {
    let output = cargo()
        .args(["build", "--quiet", "--package", "connector-runtime"])
        .args(["--features", "connector", "--bin", "connector"])
        .output()
        .context("can't start cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "connector doesn't compile:\n{said}"
    );
    let binary = format!("connector{}", env::consts::EXE_SUFFIX);
    Ok(target().join("debug").join(binary))
}
