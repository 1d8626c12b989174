//! The round-trip run: instances of every component are decoded into the generated types and encoded again.
//!
//! What comes back must be equal as JSON and valid under the document's own schema. Instances are made by the
//! generator's library; whether they are valid is judged by a validator of others.

mod compare;
mod driver;
mod instances;
mod oracle;
mod report;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::corpus::document;
use crate::workspace;
use compare::Comparison;
use connector_gen::model::Model;
use connector_gen::synthesis::Instance;
use driver::{Answer, Driver, Question};
use instances::Component;
use oracle::{Oracle, Reading};
use report::{Failure, Kind, Row};
use serde_json::Value;

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
                judge(&mut row, component, &answers, &oracle, |_, _| None);
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
            Ok(driver) => round_trip(name, path, driver),
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
fn round_trip(name: &str, path: &Path, driver: &Driver) -> Result<Row> {
    let (root, components) = instances::of_document(path)?;
    let oracle = Oracle::new(&root)?;
    let models: HashMap<&str, &Model> = driver::decodable(&driver.api).collect();
    let mut row = Row::new(name);
    let mut questions = Vec::new();
    let mut judged: Vec<(&Component, &Model, usize)> = Vec::new();
    for component in &components {
        row.components += 1;
        let Some(model) = models.get(component.name.as_str()) else {
            row.skip("no type of its own: a form, or nothing to decode");
            continue;
        };
        judged.push((component, model, questions.len()));
        let is_nullable = component.is_nullable();
        questions.extend(component.instances.iter().map(|instance| Question {
            component: &component.name,
            instance: &instance.value,
            is_nullable,
        }));
    }
    let answers = driver.run(&questions)?;
    for (component, model, first) in judged {
        let answers = answers.get(first..).unwrap_or_default();
        let compare = |instance: &Instance, encoded: &Value| {
            let comparison = Comparison {
                api: &driver.api,
                is_given: instances::is_given(instance),
            };
            comparison.difference(model, &instance.value, encoded)
        };
        judge(&mut row, component, answers, &oracle, compare);
    }
    Ok(row)
}

/// Counts a component: it passes when all its instances do, and one of them is valid by the letter of the document.
fn judge(
    row: &mut Row,
    component: &Component,
    answers: &[Answer],
    oracle: &Oracle,
    compare: impl Fn(&Instance, &Value) -> Option<String>,
) {
    let (mut passes, mut is_proven) = (true, false);
    let mut doubt = "no instance within bounds";
    for (index, instance) in component.instances.iter().enumerate() {
        row.instances += 1;
        // What has unknown values is no instance, and only has to come back.
        let is_known = index < component.known;
        let reading = match is_known {
            true => oracle.reading(&component.name, &instance.value).map(Some),
            false => Ok(None),
        };
        match reading {
            Ok(Some(Reading::Letter)) => is_proven = true,
            Ok(Some(other)) => {
                doubt = other.reason();
                row.interpret(doubt);
            }
            Ok(None) | Err(_) => {}
        }
        let outcome = reading
            .map_err(|complaint| (Kind::Instance, complaint))
            .and_then(|reading| {
                let encoded = encoded(answers.get(index))?;
                row.reduced += usize::from(!compare::is_same(&instance.value, encoded));
                if let Some(difference) = compare(instance, encoded) {
                    return Err((Kind::Difference, difference));
                }
                let complaint =
                    reading.and_then(|reading| oracle.complaint(reading, &component.name, encoded));
                complaint.map_or(Ok(()), |complaint| Err((Kind::Invalid, complaint)))
            });
        match outcome {
            Ok(()) => row.equal += 1,
            Err((kind, reason)) => {
                passes = false;
                row.failed += 1;
                row.failures.push(Failure {
                    component: component.name.clone(),
                    instance: instance.name.clone(),
                    kind,
                    reason,
                });
            }
        }
    }
    match (passes, is_proven) {
        (true, true) => row.passed += 1,
        (true, false) => row.doubt(doubt),
        (false, _) => {}
    }
}

/// What the program encoded, or what went wrong.
fn encoded(answer: Option<&Answer>) -> Result<&Value, (Kind, String)> {
    let Some(answer) = answer else {
        return Err((Kind::Crash, "the program broke down".to_owned()));
    };
    match (&answer.encoded, &answer.error) {
        (Some(encoded), _) => Ok(encoded),
        (None, Some(error)) => Err((Kind::Decode, error.clone())),
        // Null is no value to serde.
        (None, None) => Ok(&Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_an_answer() {
        let answer: Answer = serde_json::from_str(r#"{"encoded":null}"#).unwrap();
        assert_eq!(encoded(Some(&answer)), Ok(&Value::Null));
        let answer: Answer = serde_json::from_str(r#"{"error":"no"}"#).unwrap();
        assert_eq!(encoded(Some(&answer)), Err((Kind::Decode, "no".to_owned())));
        assert!(encoded(None).is_err());
    }
}
