//! Tests of real connectors: what their clients send is held against the public documentation of the vendors.
//!
//! The connectors are others' work and stay out of this repository. Crates are generated from them where they are, into
//! the target folder, and `tests/vendors`, a package outside the workspace, depends on those crates.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use connector_tests::generator;

use crate::workspace;

/// The arguments of `cargo xtask vendors`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder with the connectors, each in a folder below `powerplatform/`
    dir: PathBuf,
    /// Generates the crates without testing them
    #[arg(long)]
    no_test: bool,
    /// Only tests with this text in their name
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// Generates the crates that `tests/vendors` depends on, and runs its tests.
///
/// # Errors
///
/// When a connector is missing or can't be generated, or a test fails.
pub fn run(args: &Args) -> Result<()> {
    let connectors = workspace::given(&args.dir)?.join("powerplatform");
    let package = workspace::root().join("tests/vendors");
    let manifest = package.join("Cargo.toml");
    let names = dependencies(&fs::read_to_string(&manifest)?);
    ensure!(
        !names.is_empty(),
        "{} depends on no connector",
        manifest.display()
    );

    let generator = workspace::build_generator()?;
    for name in &names {
        generate(&generator, name, &connectors.join(name))?;
    }
    if args.no_test {
        return Ok(());
    }
    // The same dependencies as in this repository, without asking the registry which are the newest.
    fs::copy(
        workspace::root().join("Cargo.lock"),
        package.join("Cargo.lock"),
    )?;
    let mut cargo = workspace::cargo_for_generated();
    cargo
        .args(["test", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .args(args.only.as_slice());
    workspace::run(&mut cargo)
}

fn generate(generator: &Path, name: &str, connector: &Path) -> Result<()> {
    ensure!(
        connector.is_dir(),
        "there is no connector {}",
        connector.display()
    );
    let output = workspace::root().join(CRATES).join(name);
    workspace::run(generator::generate(generator, name, connector, &output).arg("--quiet"))
        .with_context(|| format!("can't generate `{name}`"))
}

/// Where the crates are, as seen from the root. The manifest names them by their path, so this folder stays the same
/// wherever Cargo's target folder is.
const CRATES: &str = "target/vendors";

/// The connectors that the manifest of `tests/vendors` depends on.
fn dependencies(manifest: &str) -> Vec<String> {
    let folder = format!("\"../../{CRATES}/");
    manifest
        .lines()
        .filter_map(|line| {
            let (_, path) = line.split_once(folder.as_str())?;
            Some(path.split_once('"')?.0.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectors_are_read_from_the_manifest() {
        let manifest = "[dependencies]\n\
             acme = { path = \"../../target/vendors/acme\" }\n\
             runtime = { path = \"../../runtime\" }\n\
             shop = { path = \"../../target/vendors/shop-v2\", default-features = false }\n";
        assert_eq!(dependencies(manifest), ["acme", "shop-v2"]);
    }
}
