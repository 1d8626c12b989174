//! The generator, as its users run it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Cargo, started in the folder of the repository.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(crate::root());
    // Cargo tells programs that it runs of their package. Where that changes, build scripts such as ring's run again, and what is
    // built on them is built again.
    let of_package = env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    });
    for name in of_package {
        cargo.env_remove(name);
    }
    cargo
}

/// Cargo's target folder of this repository.
#[must_use]
pub fn target() -> PathBuf {
    let root = crate::root();
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// Builds `connector-gen` in release, unless it is, and returns its binary.
///
/// # Errors
///
/// When it doesn't compile.
pub fn build() -> Result<PathBuf> {
    let output = cargo()
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "connector-gen",
            "--bin",
            "connector-gen",
        ])
        .output()
        .context("can't start cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "connector-gen doesn't compile:\n{said}"
    );
    let binary = format!("connector-gen{}", env::consts::EXE_SUFFIX);
    Ok(target().join("release").join(binary))
}

/// The command that generates the crate `name` from `document` into `output`, with a dependency on this repository's
/// runtime. What stands in `output` is replaced.
#[must_use]
pub fn generate(generator: &Path, name: &str, document: &Path, output: &Path) -> Command {
    let mut command = Command::new(generator);
    command
        .current_dir(crate::root())
        .arg(document)
        .arg("-o")
        .arg(output)
        .args(["--name", name, "--runtime-path", "runtime", "--force"]);
    command
}
