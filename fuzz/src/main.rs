//! `connector-fuzz TARGET --seconds N`; CONTRIBUTING.md has the commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use connector_fuzz::{run, targets, worker};

/// Mutates documents or answers until something fails.
#[derive(Parser)]
struct Cli {
    /// One of those in `src/targets`
    target: String,
    /// For how long
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Where random numbers begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// More files, or folders of files, to begin with
    #[arg(long)]
    seeds: Vec<PathBuf>,
    /// Where inputs that fail are kept, instead of beside the seeds of the target
    #[arg(long)]
    keep: Option<PathBuf>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("worker") {
        let target = arguments.next().and_then(|name| targets::find(&name));
        return match target.map(worker::run) {
            Some(Ok(())) => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        };
    }
    match fuzz(Cli::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn fuzz(cli: Cli) -> Result<usize> {
    let target = targets::find(&cli.target).context("there is no such target")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = folder.join("corpus").join(target.name);
    let mut seeds = cli.seeds;
    if matches!(target.name, "folder" | "generator") {
        seeds.push(folder.join("../specs"));
    }
    run::run(&run::Options {
        keep: cli.keep.unwrap_or_else(|| corpus.clone()),
        corpus,
        target,
        duration: Duration::from_secs(cli.seconds),
        seed: cli.seed,
        seeds,
        are_joined: target.name == "folder",
    })
}
