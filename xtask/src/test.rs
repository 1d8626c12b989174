//! Everything that has to hold before a change goes in, in the order in which it is likely to fail soonest.

use std::process::ExitCode;
use std::thread;

use anyhow::{Result, anyhow, ensure};

use crate::{conformance, peers, roundtrip, samples, workspace};

/// What the runtime can do besides what it does by default.
const RUNTIME_FEATURES: &str = "connector-runtime/connector,connector-runtime/conformance,connector-runtime/stream,connector-runtime/webhook,connector-runtime/wire";

/// Installs the peers, and runs every test and every check of the generated samples.
///
/// # Errors
///
/// When one of them fails.
pub fn run() -> Result<()> {
    // One waits for the network, the other for the compiler.
    thread::scope(|scope| {
        let peers = scope.spawn(peers::run);
        let samples = samples::run(&samples::Args { check: true });
        peers
            .join()
            .map_err(|_| anyhow!("the peers could not be installed"))??;
        samples
    })?;
    workspace::run(workspace::cargo().args([
        "test",
        "--workspace",
        "--quiet",
        "--features",
        RUNTIME_FEATURES,
    ]))?;
    let conformance = conformance::run(&conformance::Args {
        path: workspace::root().join("specs"),
        only: Vec::new(),
        json: None,
        jobs: 2,
    })?;
    ensure!(
        conformance == ExitCode::SUCCESS,
        "Prism refuses what generated crates send, for no known reason"
    );
    let all_came_back = roundtrip::all_of("specs")?;
    ensure!(all_came_back, "not every component of specs/ comes back");
    check_samples()
}

/// Clippy and rustdoc over the samples, whose warnings would be every user's warnings, the examples in their docs, and the
/// tests that they come with.
fn check_samples() -> Result<()> {
    let samples = |task: &str, args: &[&str]| {
        let mut cargo = workspace::cargo_for_generated();
        cargo
            .current_dir(workspace::samples())
            .env("RUSTDOCFLAGS", "-D warnings")
            .args([task, "--quiet"])
            .args(args);
        workspace::run(&mut cargo)
    };
    let deny = ["--", "-D", "warnings"];
    // As users get them, with everything on but the TLS of the operating system, which wants its headers, and with nothing.
    let most = ["--features", "environment,serde,stream"];
    for features in [&[][..], &most, &["--no-default-features"]] {
        let all = ["--workspace", "--all-targets"];
        samples("clippy", &[&all[..], features, &deny].concat())?;
    }
    // One group of operations alone: features are additive.
    for group in ["customers", "orders", "files", "status"] {
        let alone = [
            "--package",
            "acme",
            "--no-default-features",
            "--features",
            group,
        ];
        samples("clippy", &[&alone[..], &deny].concat())?;
    }
    samples("doc", &[&["--workspace", "--no-deps"][..], &most].concat())?;
    // With what the examples of webhooks need.
    samples("test", &["--workspace", "--doc", "--features", "webhook"])?;
    // What each operation of them sends.
    samples("test", &["--workspace", "--test", "wire"])
}
