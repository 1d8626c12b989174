//! The tasks of this repository, run as `cargo xtask TASK`.
//!
//! They are Rust programs rather than scripts so that they work wherever the toolchain does, and so that what they
//! measure is measured in one way.

mod corpus;
mod rustc;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Generates a crate from each document of a corpus, checks it, and prints what both cost
    Corpus(corpus::Args),
}

fn main() -> ExitCode {
    // Cargo starts us in place of rustc for the crates whose compilation is measured.
    if let Some(log) = rustc::measurement_log() {
        return rustc::run_measured(&log);
    }
    let done = match Cli::parse().task {
        Task::Corpus(args) => corpus::run(&args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
