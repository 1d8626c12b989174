//! The tasks of this repository, run as `cargo xtask TASK`.
//!
//! They are Rust programs rather than scripts so that they work wherever the toolchain does, and so that what they
//! measure is measured in one way.

mod bench;
mod conformance;
mod corpus;
mod peers;
mod roundtrip;
mod rustc;
mod samples;
mod test;
mod vendors;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Generates a crate from each document of a corpus, checks it, and prints what both cost
    Corpus(corpus::Args),
    /// Regenerates the crates in `generated-samples/` from the documents in `specs/`
    Samples(samples::Args),
    /// Installs the programs that the end-to-end tests run against into `.peers/`
    Peers,
    /// Installs the peers, then runs every test and every check of the generated samples
    Test,
    /// Holds what generated crates send against Prism, which knows their documents
    Conformance(conformance::Args),
    /// Generates crates from real connectors and tests what they send
    Vendors(vendors::Args),
    /// Decodes and encodes instances of every component of a corpus or folder, and compares
    Roundtrip(roundtrip::Args),
    /// Measures what the smallest generated crate costs its user to build
    Bench(bench::Args),
}

fn main() -> ExitCode {
    // Cargo starts us in place of rustc for the crates whose compilation is measured.
    if let Some(log) = rustc::measurement_log() {
        return rustc::run_measured(&log);
    }
    let done = match Cli::parse().task {
        Task::Corpus(args) => corpus::run(&args),
        Task::Samples(args) => samples::run(&args).map(|()| ExitCode::SUCCESS),
        Task::Peers => peers::run().map(|()| ExitCode::SUCCESS),
        Task::Test => test::run().map(|()| ExitCode::SUCCESS),
        Task::Conformance(args) => conformance::run(&args),
        Task::Vendors(args) => vendors::run(&args).map(|()| ExitCode::SUCCESS),
        Task::Roundtrip(args) => roundtrip::run(&args),
        Task::Bench(args) => bench::run(&args).map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
