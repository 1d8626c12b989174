//! One document through the generator, and what is found afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use connector_tests::generator;
use connector_tests::process::{self, Limits, Outcome};
use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

/// What any of these documents may take, on a machine that does other things as well.
const LIMITS: Limits = Limits {
    time: Duration::from_secs(20),
    memory: Some(3 << 30),
};

/// What may be resident at most.
const PEAK_BYTES: u64 = 1 << 30;

/// How many diagnostics of a document are worth a line in a snapshot.
const MAX_LISTED: usize = 60;

/// The word that hostile documents try to get into the code. It is part of longer names, but never one by itself.
const INJECTED: &str = "injected";

/// The generator, ready to be tried.
pub struct Trial {
    generator: PathBuf,
}

/// What became of a document that did no harm; harm fails the test at once.
pub struct Verdict {
    outcome: Outcome,
    report: Value,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Trial {
    pub fn new() -> Self {
        Self {
            generator: generator::build().unwrap(),
        }
    }

    /// Generates from `document` and checks that nothing has come to harm.
    pub fn run(&self, document: &Path) -> Verdict {
        let name = document.file_name().unwrap().to_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (output, report) = (
            folder.path().join("crate"),
            folder.path().join("report.json"),
        );
        let mut command = generator::generate(&self.generator, "hostile", document, &output);
        command.arg("--tests").arg("--report").arg(&report);
        let outcome = process::run(&mut command, LIMITS).unwrap();

        assert!(!outcome.broke_down(), "{name}: {outcome:?}");
        let peak = outcome.usage.peak_bytes;
        assert!(peak < PEAK_BYTES, "{name}: {peak} bytes");
        let written: BTreeSet<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let crate_expected = outcome.success();
        assert_eq!(
            written.contains("crate"),
            crate_expected,
            "{name}: {outcome:?}"
        );
        assert!(
            written.len() <= 2,
            "{name}: files outside of the crate: {written:?}"
        );

        let report = fs::read(&report).unwrap_or_else(|_| panic!("{name}: no report: {outcome:?}"));
        let verdict = Verdict {
            report: serde_json::from_slice(&report).unwrap(),
            files: if crate_expected {
                read_all(&output)
            } else {
                BTreeMap::new()
            },
            outcome,
        };
        verdict.assert_located(name);
        verdict.assert_nothing_injected(name);
        verdict
    }

    /// What is generated from `document`.
    pub fn files(&self, document: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        self.run(document).files
    }
}

impl Verdict {
    /// The exit code, every diagnostic and every file.
    pub fn in_full(&self) -> String {
        let mut text = format!("{}\n", self.in_short());
        let diagnostics = self.diagnostics();
        for diagnostic in diagnostics.iter().take(MAX_LISTED) {
            let line = &diagnostic["location"]["line"];
            let column = &diagnostic["location"]["column"];
            let word = |member: &str| {
                diagnostic[member]
                    .as_str()
                    .unwrap_or_default()
                    .escape_debug()
            };
            writeln!(
                text,
                "{}[{}] {line}:{column} {}\n    {}",
                word("severity"),
                word("code"),
                word("pointer"),
                word("message")
            )
            .unwrap();
        }
        if diagnostics.len() > MAX_LISTED {
            writeln!(text, "and {} more", diagnostics.len() - MAX_LISTED).unwrap();
        }
        for file in self.files.keys() {
            writeln!(text, "+ {}", file.display()).unwrap();
        }
        text
    }

    /// The exit code, how many operations there are, the kinds of diagnostics, and for how many operations no call was made up.
    pub fn in_short(&self) -> String {
        let code = self.outcome.usage.status.code().unwrap();
        let operations = &self.report["counts"]["operations"];
        let codes: BTreeSet<_> = self
            .diagnostics()
            .iter()
            .filter_map(|diagnostic| diagnostic["code"].as_str())
            .collect();
        let mut text = format!(
            "exit {code}, {} operations, {} skipped, {codes:?}",
            operations["generated"], operations["skipped"]
        );
        let not_callable = self.not_callable();
        if not_callable > 0 {
            write!(text, ", {not_callable} not callable").unwrap();
        }
        text
    }

    /// How many tests say that there is no call to make.
    fn not_callable(&self) -> usize {
        let tests = self.files.iter();
        tests
            .filter(|(path, _)| path.starts_with("tests/wire"))
            .map(|(_, bytes)| String::from_utf8_lossy(bytes))
            .map(|text| text.matches("wire::not_callable(").count())
            .sum()
    }

    fn diagnostics(&self) -> &[Value] {
        self.report["diagnostics"]
            .as_array()
            .map_or(&[], Vec::as_slice)
    }

    /// A document without a crate has an error that says where.
    fn assert_located(&self, name: &str) {
        if !self.outcome.success() {
            let mut errors = self
                .diagnostics()
                .iter()
                .filter(|one| one["severity"] == "error");
            let located = |error: &Value| error["location"]["line"].is_u64();
            assert!(
                errors.any(located),
                "{name}: no located error in {}",
                self.report
            );
        }
    }

    fn assert_nothing_injected(&self, name: &str) {
        for (path, bytes) in &self.files {
            let place = format!("{name}: {}", path.display());
            let text = str::from_utf8(bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
            for character in text.chars() {
                assert!(!is_deceiving(character), "{place}: {character:?}");
            }
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") => assert_rust(text, &place),
                Some("toml") => assert_manifest(text, &place),
                Some("json") => assert_json(text, &place),
                Some("md") => {}
                _ => panic!("{place}: unexpected"),
            }
        }
    }
}

/// Control characters, and those that show text in another order than it is read in, which rustc refuses.
fn is_deceiving(character: char) -> bool {
    let reorders = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    reorders || (character.is_control() && character != '\n')
}

/// The file is Rust, and no token of it is the word that must not become one.
fn assert_rust(text: &str, place: &str) {
    // A type nested a hundred times takes more stack than a test has.
    thread::scope(|scope| {
        let parse = || syn::parse_file(text).map(drop);
        let parser = thread::Builder::new().stack_size(256 << 20);
        let parsed = parser.spawn_scoped(scope, parse).unwrap().join().unwrap();
        parsed.unwrap_or_else(|error| panic!("{place}: {error}"));
    });
    let tokens: TokenStream = text.parse().unwrap();
    let mut streams = vec![tokens];
    while let Some(stream) = streams.pop() {
        for token in stream {
            match token {
                TokenTree::Group(group) => streams.push(group.stream()),
                TokenTree::Ident(ident) => assert_ne!(ident, INJECTED, "{place}"),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

/// What programs read about the connector is data, whatever the document says.
fn assert_json(text: &str, place: &str) {
    let parsed: Result<Value, _> = serde_json::from_str(text);
    if let Err(error) = parsed {
        panic!("{place}: {error}");
    }
}

/// The manifest has the tables that it should have and depends on the runtime alone.
fn assert_manifest(text: &str, place: &str) {
    let manifest: toml::Table = text
        .parse()
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    for table in manifest.keys() {
        let known = [
            "package",
            "dependencies",
            "dev-dependencies",
            "features",
            "lints",
            "lib",
            "hints",
        ];
        assert!(known.contains(&table.as_str()), "{place}: [{table}]");
    }
    let package = manifest["package"].as_table().unwrap();
    assert!(!package.contains_key("build"), "{place}");
    for table in ["dependencies", "dev-dependencies"] {
        let dependencies = manifest.get(table).and_then(toml::Value::as_table);
        let mut names = dependencies.into_iter().flat_map(toml::Table::keys);
        assert!(
            names.all(|name| name == "connector-runtime"),
            "{place}: {table}"
        );
    }
}

fn read_all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(
                    path.strip_prefix(folder).unwrap().to_path_buf(),
                    fs::read(path).unwrap(),
                );
            }
        }
    }
    files
}
