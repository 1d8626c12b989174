//! Connectors of our own in the form of Power Platform, against the real servers behind them.
//!
//! - `hub`: an address that the connection knows, a key that a policy sends, paths that a policy leads elsewhere, at JupyterHub
//! - `blob`: an account whose key signs what policies have left of a request, at Azurite
//! - `oidc`: a sign-in by templates, or a token instead, at oidc-provider

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

mod blob;
mod hub;
mod oidc;

use std::env;
use std::process::{Command, Stdio};

/// This test program again, with one of its ignored tests as what it does and nothing else in its environment than `variables`
/// that a connection could come from. Gives back what it says.
fn program(name: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env_remove("CONNECTOR_HOME")
        .env_remove("CONNECTOR_CONNECTIONS")
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("1 passed"), "there is no `{name}`: {said}");
    said
}
