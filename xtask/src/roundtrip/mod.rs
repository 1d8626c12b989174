//! The round-trip run: instances of every component are decoded into the generated types and encoded again.
//!
//! What comes back must be equal as JSON and valid under the document's own schema. Instances are made by the
//! generator's library; whether they are valid is judged by a validator of others.

mod compare;
mod driver;
mod instances;
mod oracle;
mod report;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::corpus::document;
use crate::workspace;
use connector_gen::synthesis::Instance;
use driver::{Answer, Driver};
use instances::Component;
use oracle::Oracle;
use report::{Failure, Kind, Row};

/// The arguments of `cargo xtask roundtrip`.
#[derive(clap::Args)]
pub struct Args {
    /// A corpus with its index, `openapi.json`, or a folder of documents and connectors, such as `specs`
    path: PathBuf,
    /// Only documents with one of these texts in their name
    #[arg(long, num_args = 1.., value_name = "NAME")]
    only: Vec<String>,
    /// Only judges the instances, without generating and compiling
    #[arg(long)]
    no_build: bool,
    /// How many crates are compiled at the same time
    #[arg(long, default_value_t = 2, value_name = "N")]
    jobs: usize,
    /// Writes every figure and failure to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The share of components that have to pass, in per cent
    #[arg(long, default_value_t = 100.0, value_name = "SHARE")]
    wanted: f64,
}

/// Whether everything in a folder of this repository comes back.
///
/// # Errors
///
/// As for [`run`].
pub fn all_of(folder: &str) -> Result<bool> {
    let args = Args {
        path: workspace::root().join(folder),
        only: Vec::new(),
        no_build: false,
        jobs: 2,
        json: None,
        wanted: 100.0,
    };
    Ok(run(&args)? == ExitCode::SUCCESS)
}

/// Runs as `args` say.
///
/// # Errors
///
/// When the documents or Cargo can't be used at all. That components fail is told by the exit code.
pub fn run(args: &Args) -> Result<ExitCode> {
    let documents = documents(&workspace::given(&args.path)?, &args.only)?;
    let rows = match args.no_build {
        true => judge_instances(&documents),
        false => compile_and_run(documents, args.jobs)?,
    };
    report::print_totals(&rows);
    if let Some(file) = &args.json {
        fs::write(file, serde_json::to_string_pretty(&rows)?)
            .with_context(|| format!("can't write {}", file.display()))?;
    }
    let is_fine =
        report::share(&rows) >= args.wanted && rows.iter().all(|row| row.broken.is_none());
    Ok(if is_fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Judges the instances of documents as if each came back as it is.
fn judge_instances(documents: &[(String, PathBuf)]) -> Vec<Row> {
    report::print_head();
    let mut rows = Vec::new();
    for (name, path) in documents {
        let row = instances::of_document(path).and_then(|(root, components)| {
            let oracle = Oracle::new(&root)?;
            let mut row = Row::new(name);
            for component in &components {
                row.components += 1;
                let same = |instance: &Instance| Answer::with(instance.value.clone());
                let answers: Vec<_> = component.instances.iter().map(same).collect();
                judge(&mut row, component, &answers, &oracle, &HashSet::new());
            }
            Ok(row)
        });
        let row = row.unwrap_or_else(|error| Row::broken(name, format!("{error:#}")));
        row.print();
        rows.push(row);
    }
    rows
}

fn compile_and_run(documents: Vec<(String, PathBuf)>, jobs: usize) -> Result<Vec<Row>> {
    let crates = workspace::target().join("roundtrip");
    fs::create_dir_all(&crates)?;
    // A generated crate is a member of the workspace above it, if there is one.
    fs::write(
        crates.join("Cargo.toml"),
        "[workspace]\nmembers = [\"*\"]\n",
    )?;
    let generated: Vec<_> = documents
        .into_iter()
        .map(|(name, path)| {
            eprintln!("generating {name}");
            let driver = Driver::generate(&path, &name, &crates);
            (name, path, driver)
        })
        .collect();
    let drivers: Vec<_> = generated
        .iter()
        .filter_map(|(_, _, driver)| driver.as_ref().ok())
        .collect();
    eprintln!("building {} crates", drivers.len());
    let said = Driver::build_all(&drivers, &crates, jobs)?;
    report::print_head();
    let mut rows = Vec::new();
    for (name, path, driver) in &generated {
        let row = match driver {
            Ok(driver) => round_trip(name, path, driver, &crates),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        let row = row.unwrap_or_else(|error| Row::broken(name, format!("{error:#}")));
        row.print();
        rows.push(row);
    }
    if rows.iter().any(|row| row.broken.is_some()) {
        eprintln!("{}", said.chars().take(4_000).collect::<String>());
    }
    Ok(rows)
}

/// The documents with their names: those of an index, or else all files and connectors' folders in a folder.
fn documents(folder: &Path, only: &[String]) -> Result<Vec<(String, PathBuf)>> {
    if folder.join("openapi.json").exists() {
        let listed = document::read_index(folder, only)?;
        return Ok(listed
            .into_iter()
            .map(|document| (document.id, document.path))
            .collect());
    }
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_document = match path.is_dir() {
            true => path.join("apiDefinition.swagger.json").exists(),
            false => path
                .extension()
                .is_some_and(|kind| kind == "json" || kind == "yaml"),
        };
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if is_document && document::is_wanted(&name, only) {
            found.insert(name, path);
        }
    }
    ensure!(!found.is_empty(), "no document is left to work on");
    Ok(found.into_iter().collect())
}

/// Sends the instances of a document's components through its program.
fn round_trip(name: &str, path: &Path, driver: &Driver, crates: &Path) -> Result<Row> {
    let (root, components) = instances::of_document(path)?;
    let oracle = Oracle::new(&root)?;
    let mut row = Row::new(name);
    let mut asked = Vec::new();
    let mut judged: Vec<(&Component, usize)> = Vec::new();
    for component in &components {
        row.components += 1;
        if !driver.components.contains(&component.name) {
            row.skip("no type of its own: a form, or nothing to decode");
            continue;
        }
        if component.instances.is_empty() {
            row.skip("no instance within bounds");
            continue;
        }
        judged.push((component, asked.len()));
        let values = component.instances.iter().map(|instance| &instance.value);
        asked.extend(values.map(|value| (component.name.clone(), value.clone())));
    }
    let answers = driver.run(crates, &asked)?;
    for (component, first) in judged {
        judge(
            &mut row,
            component,
            answers.get(first..).unwrap_or_default(),
            &oracle,
            &driver.optional,
        );
    }
    Ok(row)
}

/// Counts a component: it passes when all its instances do.
fn judge(
    row: &mut Row,
    component: &Component,
    answers: &[Answer],
    oracle: &Oracle,
    optional: &HashSet<String>,
) {
    let (mut passes, mut counted) = (true, 0);
    for (index, instance) in component.instances.iter().enumerate() {
        row.instances += 1;
        let is_known = index < component.known;
        let mut fail = |kind, reason: String| {
            row.failures.push(Failure {
                component: component.name.clone(),
                instance: instance.name.clone(),
                kind,
                reason,
            });
        };
        if let Some(complaint) = oracle
            .complaint(&component.name, &instance.value)
            .filter(|_| is_known)
        {
            row.invalid += 1;
            fail(Kind::Instance, complaint);
            continue;
        }
        counted += usize::from(is_known);
        let failure = match answers.get(index) {
            None => Some((Kind::Crash, "the program broke down".to_owned())),
            Some(answer) => match (&answer.encoded, &answer.error) {
                (Some(encoded), _) => compare::difference(&instance.value, encoded, optional)
                    .map(|difference| (Kind::Difference, difference))
                    .or_else(|| {
                        let complaint = oracle
                            .complaint(&component.name, encoded)
                            .filter(|_| is_known)?;
                        Some((Kind::Invalid, complaint))
                    }),
                (None, error) => Some((Kind::Decode, error.clone().unwrap_or_default())),
            },
        };
        match failure {
            None => row.equal += 1,
            Some((kind, reason)) => {
                passes = false;
                row.failed += 1;
                fail(kind, reason);
            }
        }
    }
    if counted == 0 {
        row.unproven += 1;
    } else if passes {
        row.passed += 1;
    }
}
