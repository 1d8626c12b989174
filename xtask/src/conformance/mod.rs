//! The conformance run: what generated crates send, in the eyes of a server that knows the document.
//!
//! Each document is generated with `--tests` and served by Prism, which checks every request against the document and answers with
//! an error to one that breaks it. The crate's wire tests call every operation. What Prism refuses is either ours to mend, or has a
//! reason in the table of [`rules`].

mod calls;
mod crates;
mod documents;
mod rejection;
mod rules;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result};
use connector_tests::Prism;
use serde::Serialize;
use tempfile::TempDir;

use self::calls::{Call, Tally};
use self::crates::Crate;
use self::documents::Document;
use crate::corpus::in_parallel;
use crate::{peers, workspace};

/// The arguments of `cargo xtask conformance`.
#[derive(clap::Args)]
pub struct Args {
    /// A folder of documents, with or without an index `openapi.json`, or one document
    pub path: PathBuf,
    /// Only documents with one of these texts in their name
    #[arg(long, num_args = 1.., value_name = "NAME")]
    pub only: Vec<String>,
    /// Writes every call to FILE
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// How many documents are worked on at the same time
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub jobs: usize,
}

/// What became of one document.
#[derive(Serialize)]
struct Row {
    document: String,
    /// How many operations the crate has.
    operations: usize,
    /// Why Prism doesn't serve the document.
    unloadable: Option<String>,
    /// Why there were no calls.
    failure: Option<String>,
    tally: Tally,
    /// All calls that were not accepted.
    calls: Vec<Call>,
}

impl Row {
    /// Whether everything was accepted, or has a reason that is not ours.
    fn is_explained(&self) -> bool {
        self.failure.is_none() && self.tally.unexplained == 0
    }
}

/// Runs the wire tests of each document against Prism.
///
/// # Errors
///
/// When the peers, the generator or the documents can't be used at all. That a call was refused without a reason that is known is
/// told by the exit code.
pub fn run(args: &Args) -> Result<ExitCode> {
    peers::run()?;
    let documents = documents::find(&workspace::given(&args.path)?, &args.only)?;
    let generator = workspace::build_generator()?;
    let folder = tempfile::Builder::new().prefix("conformance-").tempdir()?;
    table::print_head();
    let rows = in_parallel(args.jobs, documents, |document, _| {
        let row = examine(&document, &generator, &folder);
        table::print_row(&row);
        row
    });
    table::print_totals(&rows);
    if let Some(file) = &args.json {
        fs::write(file, serde_json::to_string_pretty(&rows)?)
            .with_context(|| format!("can't write {}", file.display()))?;
    }
    Ok(if rows.iter().all(Row::is_explained) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn examine(document: &Document, generator: &Path, folder: &TempDir) -> Row {
    let mut row = Row {
        document: document.name.clone(),
        operations: 0,
        unloadable: None,
        failure: None,
        tally: Tally::default(),
        calls: Vec::new(),
    };
    if let Err(error) = call(document, generator, folder, &mut row) {
        row.failure = Some(format!("{error:#}"));
    }
    row
}

/// Prism reads the document while the compiler is at work.
fn call(document: &Document, generator: &Path, folder: &TempDir, row: &mut Row) -> Result<()> {
    let generated = Crate::generate(document, generator, folder.path())?;
    row.operations = generated.operations.len();
    let (prism, tests) = thread::scope(|scope| {
        let prism = scope.spawn(|| Prism::standing(&document.path));
        let tests = generated.build();
        (prism.join(), tests)
    });
    let prism = match prism.map_err(|_| anyhow::anyhow!("the start of Prism panicked"))? {
        Ok(prism) => prism,
        Err(error) => {
            row.unloadable = Some(rejection::of_document(&format!("{error:#}")));
            return Ok(());
        }
    };
    let reports = generated.run(&tests?, document, prism)?;
    let mut calls = calls::read(&reports, document, &generated.operations)?;
    row.tally = Tally::of(&calls, &generated.operations);
    calls.retain(|call| !call.is_accepted());
    row.calls = calls;
    Ok(())
}
