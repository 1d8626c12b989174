//! Installs the programs that the end-to-end tests run against.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use connector_tests::peers::Peers;

use crate::workspace;

/// From npm, in the last versions that run on Node 20 with all that they depend on.
const NODE_PACKAGES: [&str; 5] = [
    "@stoplight/prism-cli@5.14.2",
    "azurite@3.35.0",
    "configurable-http-proxy@5.2.0",
    "oauth2-mock-server@8.2.0",
    "oidc-provider@9.13.3",
];

/// From PyPI.
const PYTHON_PACKAGES: [&str; 6] = [
    "botocore==1.44.8",
    "httpbin==0.10.4",
    "jupyterhub==6.1.1",
    "nanoidp==3.4.0",
    "sse-starlette==3.7.0",
    "uvicorn==0.54.0",
];

/// Installs what is missing or has another version.
///
/// # Errors
///
/// When Node or Python is missing, or a package can't be installed.
pub fn run() -> Result<()> {
    let peers = Peers::of(&workspace::root());
    let node = peers.node();
    install(&node, &NODE_PACKAGES, &peers.node_programs(), || {
        require("node", "Node 20 or newer")?;
        fs::create_dir_all(&node)?;
        // Without a manifest of its own, npm would install into the first folder above that has one.
        fs::write(node.join("package.json"), "{ \"private\": true }\n")?;
        let mut npm = Command::new("npm");
        npm.current_dir(&node)
            .args(["install", "--no-audit", "--no-fund", "--save-exact"]);
        workspace::run(npm.args(NODE_PACKAGES))
    })?;

    let python = peers.python();
    install(&python, &PYTHON_PACKAGES, &peers.python_programs(), || {
        require("python3", "Python 3.9 or newer")?;
        workspace::run(Command::new("python3").args(["-m", "venv"]).arg(&python))
            .context("Python can't make a virtual environment; on Debian, install python3-venv")?;
        let mut pip = Command::new(peers.python_program());
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        workspace::run(pip.args(PYTHON_PACKAGES))
    })
}

/// Calls `install_all` unless `folder` holds these packages already, as a file in it says.
fn install(
    folder: &Path,
    packages: &[&str],
    programs: &[PathBuf],
    install_all: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let stamp = folder.join("installed");
    let wanted = packages.join("\n");
    let is_installed = fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    if is_installed && programs.iter().all(|program| program.exists()) {
        return Ok(());
    }
    eprintln!("installing {}", packages.join(", "));
    install_all()?;
    for program in programs {
        ensure!(program.exists(), "{} was not installed", program.display());
    }
    fs::write(stamp, wanted)?;
    Ok(())
}

fn require(program: &str, what: &str) -> Result<()> {
    let found = Command::new(program).arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    ensure!(
        found,
        "the end-to-end tests need {what}: there is no `{program}`"
    );
    Ok(())
}
