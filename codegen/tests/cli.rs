//! The command line from the outside: what it writes, what it says, how it exits.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A document with two operations.
const DOCUMENT: &str = "\
openapi: 3.0.3
info: { title: Acme API, version: 1.4.0 }
servers: [{ url: 'https://{region}.acme.com', variables: { region: { default: eu, enum: [eu, us] } } }]
security: [{ key: [] }]
paths:
  /customers:
    get:
      tags: [Customers]
      operationId: listCustomers
      responses:
        '200':
          description: all
          content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Customer' } } } }
  /customers/{id}:
    delete:
      tags: [Customers]
      operationId: deleteCustomer
      deprecated: true
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '204': { description: gone } }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Api-Key } }
  schemas: { Customer: { type: object, required: [id], properties: { id: { type: string } } } }
";

/// A folder of its own for one test, outside of any workspace; the current folder of the commands run in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("connector-gen-cli-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        let scratch = Self(path.canonicalize().unwrap());
        scratch.write("acme.yaml", DOCUMENT);
        scratch
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn write(&self, path: &str, contents: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// The names in the folder, hidden ones too.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connector-gen"));
        command
            .current_dir(&self.0)
            .args(arguments)
            .env_remove("NO_COLOR");
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().unwrap())
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Run::of(&child.wait_with_output().unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a command did.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// All files below a folder with their contents.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((
                    path.strip_prefix(folder).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                ));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_default_folder_is_the_name_of_the_crate() {
    let scratch = Scratch::new("default");
    let run = scratch.run(&["acme.yaml"]).exits(0);
    assert!(
        scratch
            .read("acme-api/Cargo.toml")
            .contains("name = \"acme-api\"")
    );
    assert!(scratch.path("acme-api/src/lib.rs").is_file());
    assert!(
        run.stderr
            .starts_with("generated 2 operations and 1 model into acme-api/ in "),
        "{run:?}"
    );
    assert_eq!(run.stdout, "");
    assert_eq!(scratch.names(), ["acme-api", "acme.yaml"]);
}

#[test]
fn folder_and_name_can_be_chosen() {
    let scratch = Scratch::new("chosen");
    scratch
        .run(&["acme.yaml", "-o", "crates/client", "--name", "My Client"])
        .exits(0);
    assert!(
        scratch
            .read("crates/client/Cargo.toml")
            .contains("name = \"my-client\"")
    );
}

#[test]
fn a_piped_run_shows_neither_progress_nor_colours() {
    let scratch = Scratch::new("piped");
    let run = scratch.run(&["acme.yaml"]).exits(0);
    assert!(!run.stderr.contains(['\u{1b}', '\r']), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
}

#[test]
fn quiet_says_nothing_unless_it_fails() {
    let scratch = Scratch::new("quiet");
    assert_eq!(scratch.run(&["acme.yaml", "-q"]).exits(0).stderr, "");
    let run = scratch.run(&["none.yaml", "-q"]).exits(1);
    assert!(run.stderr.contains("none.yaml"), "{run:?}");
}

#[test]
fn a_dash_reads_the_standard_input() {
    let scratch = Scratch::new("stdin");
    scratch
        .run_with_input(&["-", "-o", "out"], DOCUMENT)
        .exits(0);
    let from_stdin = tree(&scratch.path("out"));
    scratch.run(&["acme.yaml", "-o", "again"]).exits(0);
    assert_eq!(from_stdin, tree(&scratch.path("again")));
    let run = scratch
        .run_with_input(&["-", "-o", "broken"], "openapi: [")
        .exits(1);
    assert!(run.stderr.contains("--> <stdin>:"), "{run:?}");
}

#[test]
fn a_document_that_is_none_gives_a_located_error_and_writes_nothing() {
    let scratch = Scratch::new("broken");
    scratch.write("broken.json", "{\"openapi\": \"3.0.0\",\n \"paths\": }");
    let run = scratch.run(&["broken.json", "-o", "out"]).exits(1);
    assert!(run.stderr.contains("broken.json:2:"), "{run:?}");
    assert!(
        run.stderr.contains("\"paths\": }"),
        "the excerpt is missing: {run:?}"
    );
    assert!(!scratch.path("out").exists());
    scratch.write("old.yaml", "swagger: '1.2'\npaths: {}\n");
    let run = scratch.run(&["old.yaml", "-o", "out"]).exits(1);
    assert!(run.stderr.contains("old.yaml:1:"), "{run:?}");
}

#[test]
fn arguments_that_make_no_sense_exit_with_2() {
    let scratch = Scratch::new("usage");
    for arguments in [
        &[][..],
        &["acme.yaml", "--frobnicate"],
        &["acme.yaml", "--check", "--force"],
        &["--force", "inspect", "acme.yaml"],
        &["inspect"],
        &["completions", "basic"],
    ] {
        let run = scratch.run(arguments).exits(2);
        assert!(
            run.stderr.contains("Usage:") || run.stderr.contains("possible values"),
            "{run:?}"
        );
    }
    assert_eq!(scratch.names(), ["acme.yaml"]);
}

#[test]
fn help_tells_of_examples_output_credentials_and_exit_codes() {
    let scratch = Scratch::new("help");
    let help = scratch.run(&["--help"]).exits(0).stdout;
    for heading in ["Examples:", "The output:", "Credentials:", "Exit status:"] {
        assert!(help.contains(heading), "{heading} is missing:\n{help}");
    }
    assert!(scratch.run(&["-h"]).exits(0).stdout.lines().count() < help.lines().count());
    assert!(
        scratch
            .run(&["--version"])
            .exits(0)
            .stdout
            .starts_with("connector-gen ")
    );
}

#[test]
fn help_fits_the_terminal() {
    let scratch = Scratch::new("help-width");
    for width in [80, 100] {
        let mut command = scratch.command(&["--help"]);
        let output = command.env("COLUMNS", width.to_string()).output().unwrap();
        let help = Run::of(&output).exits(0).stdout;
        let lengths = help.lines().map(|line| line.chars().count());
        let longest = lengths.max().unwrap();
        assert!(
            (width - 12..=width).contains(&longest),
            "{longest}:\n{help}"
        );
        // Where a paragraph was wrapped by hand and then again, a word or two stand alone.
        let paragraph = help.split("The output:\n").nth(1).unwrap();
        let lines: Vec<_> = paragraph.split("\n\n").next().unwrap().lines().collect();
        let (_, full) = lines.split_last().unwrap();
        assert!(full.iter().all(|line| line.len() > width - 20), "{help}");
    }
}

#[test]
fn strict_makes_warnings_errors() {
    let scratch = Scratch::new("strict");
    let suspect = format!("{DOCUMENT}info: {{ title: Twice, version: '1' }}\n");
    scratch.write("suspect.yaml", &suspect);
    let run = scratch.run(&["suspect.yaml", "-o", "out"]).exits(0);
    assert!(run.stderr.contains("warning[duplicate-key]"), "{run:?}");
    assert!(run.stderr.contains("1 warning"), "{run:?}");
    let run = scratch
        .run(&["suspect.yaml", "-o", "strict", "--strict", "--quiet"])
        .exits(1);
    assert!(run.stderr.contains("warning[duplicate-key]"), "{run:?}");
    assert!(!scratch.path("strict").exists());
    scratch
        .run(&["acme.yaml", "-o", "strict", "--strict"])
        .exits(0);
}

#[test]
fn only_the_worst_diagnostics_are_shown() {
    let scratch = Scratch::new("many");
    let mut document = DOCUMENT.to_owned();
    for index in 0..30 {
        document.push_str(&format!("x-{index}: 1\nx-{index}: 2\n"));
    }
    scratch.write("many.yaml", &document);
    let run = scratch.run(&["many.yaml"]).exits(0);
    assert_eq!(run.stderr.matches("warning[").count(), 20, "{run:?}");
    assert!(
        run.stderr
            .contains("… and 10 more; --report FILE lists them all"),
        "{run:?}"
    );
    scratch
        .run(&["many.yaml", "--report", "report.json"])
        .exits(0);
    assert_eq!(
        json(&scratch.read("report.json"))["diagnostics"]
            .as_array()
            .unwrap()
            .len(),
        30
    );
}

#[test]
fn colours_can_be_forced() {
    let scratch = Scratch::new("color");
    scratch.write("broken.json", "{\"openapi\": }");
    assert!(
        scratch
            .run(&["broken.json", "--color", "always"])
            .exits(1)
            .stderr
            .contains('\u{1b}')
    );
    assert!(
        !scratch
            .run(&["broken.json", "--color", "never"])
            .exits(1)
            .stderr
            .contains('\u{1b}')
    );
}

#[test]
fn a_foreign_folder_is_refused_without_force() {
    let scratch = Scratch::new("foreign");
    scratch.write("out/thesis.txt", "years of work");
    let run = scratch.run(&["acme.yaml", "-o", "out"]).exits(3);
    assert!(
        run.stderr.contains("was not written by connector-gen"),
        "{run:?}"
    );
    assert_eq!(scratch.read("out/thesis.txt"), "years of work");
    scratch.run(&["acme.yaml", "-o", "out", "--force"]).exits(0);
    assert!(!scratch.path("out/thesis.txt").exists());
}

#[test]
fn files_repositories_and_the_current_folder_are_refused() {
    let scratch = Scratch::new("refused");
    scratch.write("repository/.git/HEAD", "");
    for folder in ["acme.yaml", "repository", ".", "..", "/"] {
        let run = scratch
            .run(&["acme.yaml", "-o", folder, "--force"])
            .exits(3);
        assert!(run.stderr.contains("refused to write"), "{folder}: {run:?}");
    }
    assert_eq!(scratch.names(), ["acme.yaml", "repository"]);
    assert_eq!(scratch.read("acme.yaml"), DOCUMENT);
}

#[cfg(unix)]
#[test]
fn the_document_is_never_overwritten() {
    let scratch = Scratch::new("keep-document");
    scratch.run(&["acme.yaml", "-o", "out"]).exits(0);
    scratch.write("out/acme.yaml", &scratch.read("acme.yaml"));
    let document = scratch.read("acme.yaml");
    scratch.write("broken.json", "{");
    for arguments in [
        ["out/acme.yaml", "-o", "out", "--force"].as_slice(),
        &["acme.yaml", "-o", "other", "--report", "acme.yaml"],
        &["broken.json", "--report", "broken.json"],
    ] {
        let run = scratch.run(arguments).exits(3);
        assert!(run.stderr.contains("would destroy the document"));
    }
    assert_eq!(scratch.read("acme.yaml"), document);
    assert_eq!(scratch.read("out/acme.yaml"), document);
    assert_eq!(scratch.read("broken.json"), "{");
}

#[test]
fn a_failed_write_leaves_things_as_they_were() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = Scratch::new("failed");
    scratch.run(&["acme.yaml", "-o", "closed/out"]).exits(0);
    let before = tree(&scratch.path("closed"));
    let set_mode = |mode| {
        fs::set_permissions(scratch.path("closed"), fs::Permissions::from_mode(mode)).unwrap()
    };
    set_mode(0o555);
    let is_closed = fs::write(scratch.path("closed/probe"), "").is_err();
    if is_closed {
        scratch
            .run(&["acme.yaml", "-o", "closed/out", "--name", "other"])
            .exits(3);
    }
    set_mode(0o755);
    if is_closed {
        assert_eq!(before, tree(&scratch.path("closed")));
    }
    // A path below a file can't be created by anyone.
    scratch.run(&["acme.yaml", "-o", "acme.yaml/out"]).exits(3);
    assert_eq!(scratch.read("acme.yaml"), DOCUMENT);
}

#[test]
fn generating_again_touches_nothing_and_keeps_what_cargo_made() {
    let scratch = Scratch::new("again");
    scratch.run(&["acme.yaml", "-o", "out"]).exits(0);
    scratch.write("out/target/debug/artifact", "built");
    scratch.write("out/Cargo.lock", "locked");
    let modified = || {
        fs::metadata(scratch.path("out/Cargo.toml"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = modified();
    let run = scratch.run(&["acme.yaml", "-o", "out"]).exits(0);
    assert!(run.stderr.starts_with("out/ already holds"), "{run:?}");
    assert_eq!(modified(), before);
    scratch
        .run(&["acme.yaml", "-o", "out", "--name", "other"])
        .exits(0);
    assert!(scratch.read("out/Cargo.toml").contains("name = \"other\""));
    assert_eq!(scratch.read("out/target/debug/artifact"), "built");
    assert_eq!(scratch.read("out/Cargo.lock"), "locked");
}

#[test]
fn check_compares_and_writes_nothing() {
    let scratch = Scratch::new("check");
    let run = scratch.run(&["acme.yaml", "-o", "out", "--check"]).exits(4);
    assert!(run.stdout.contains("missing: src/lib.rs"), "{run:?}");
    assert!(!scratch.path("out").exists());
    scratch.run(&["acme.yaml", "-o", "out"]).exits(0);
    let run = scratch.run(&["acme.yaml", "-o", "out", "--check"]).exits(0);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("", "out/ is up to date\n")
    );
    scratch.write("out/src/lib.rs", "edited");
    scratch.write("out/src/mine.rs", "");
    let run = scratch.run(&["acme.yaml", "-o", "out", "--check"]).exits(4);
    assert_eq!(run.stdout, "changed: src/lib.rs\nunexpected: src/mine.rs\n");
    assert_eq!(scratch.read("out/src/lib.rs"), "edited");
}

#[test]
fn the_report_lists_what_happened() {
    let scratch = Scratch::new("report");
    scratch
        .run(&["acme.yaml", "-o", "out", "--report", "report.json"])
        .exits(0);
    let report = json(&scratch.read("report.json"));
    assert_eq!(report["outcome"], "created");
    assert_eq!(report["document"]["dialect"], "OpenAPI 3.0.3");
    assert_eq!(report["api"]["package"], "acme-api");
    assert_eq!(report["counts"]["operations"]["generated"], 2);
    assert_eq!(report["counts"]["operations"]["skipped"], 0);
    assert_eq!(report["counts"]["models"], 1);
    assert_eq!(report["operations"][0]["id"], "listCustomers");
    assert_eq!(report["operations"][0]["pointer"], "/paths/~1customers/get");
    assert_eq!(report["operations"][1]["deprecated"], true);
    assert_eq!(report["skipped"], json("[]"));
    for stage in ["source", "normalize", "lower", "render", "write", "total"] {
        assert!(report["timings_ms"][stage].is_number(), "{stage}");
    }
}

#[test]
fn the_report_of_a_failure_has_the_error_with_its_place() {
    let scratch = Scratch::new("report-failed");
    scratch.write("broken.json", "{\"openapi\":\n }");
    scratch
        .run(&["broken.json", "--report", "report.json"])
        .exits(1);
    let report = json(&scratch.read("report.json"));
    assert_eq!(report["outcome"], "failed");
    assert_eq!(report["counts"]["errors"], 1);
    assert_eq!(report["diagnostics"][0]["severity"], "error");
    assert_eq!(report["diagnostics"][0]["location"]["line"], 2);

    scratch.write("out/mine", "");
    scratch
        .run(&["acme.yaml", "-o", "out", "--report", "report.json"])
        .exits(3);
    assert_eq!(json(&scratch.read("report.json"))["outcome"], "refused");
    scratch
        .run(&["acme.yaml", "--report", "no/such/folder.json"])
        .exits(3);
}

#[test]
fn the_runtime_path_is_written_relative_to_the_output() {
    let scratch = Scratch::new("runtime");
    scratch.write(
        "lib/rt/Cargo.toml",
        "[package]\nname = \"connector-runtime\"\n",
    );
    scratch
        .run(&["acme.yaml", "-o", "crates/acme", "--runtime-path", "lib/rt"])
        .exits(0);
    assert!(
        scratch
            .read("crates/acme/Cargo.toml")
            .contains("\"../../lib/rt\"")
    );
    let absolute = scratch.path("lib/rt").display().to_string();
    scratch
        .run(&[
            "acme.yaml",
            "-o",
            "crates/acme",
            "--runtime-path",
            &absolute,
        ])
        .exits(0);
    assert!(
        scratch
            .read("crates/acme/Cargo.toml")
            .contains("\"../../lib/rt\"")
    );
    let run = scratch
        .run(&["acme.yaml", "--runtime-path", "lib"])
        .exits(3);
    assert!(run.stderr.contains("no connector-runtime"), "{run:?}");
}

#[test]
fn within_a_checkout_its_own_runtime_is_used() {
    let scratch = Scratch::new("checkout");
    scratch.run(&["acme.yaml", "-o", "published"]).exits(0);
    assert!(!scratch.read("published/Cargo.toml").contains("path ="));
    scratch.write(
        "runtime/Cargo.toml",
        "[package]\nname = \"connector-runtime\"\n",
    );
    scratch.run(&["acme.yaml", "-o", "out"]).exits(0);
    assert!(scratch.read("out/Cargo.toml").contains("\"../runtime\""));
}

#[test]
fn in_a_workspace_that_does_not_list_it_the_crate_is_its_own() {
    let scratch = Scratch::new("workspace");
    scratch.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"listed\"]\nexclude = [\"samples\"]\n",
    );
    for (folder, is_own) in [("acme", true), ("listed", false), ("samples/acme", false)] {
        scratch.run(&["acme.yaml", "-o", folder]).exits(0);
        let manifest = scratch.read(&format!("{folder}/Cargo.toml"));
        assert_eq!(manifest.contains("\n[workspace]\n"), is_own, "{folder}");
        scratch
            .run(&["acme.yaml", "-o", folder, "--check"])
            .exits(0);
    }
}

#[test]
fn inspect_shows_what_a_document_holds() {
    let scratch = Scratch::new("inspect");
    let run = scratch.run(&["inspect", "acme.yaml"]).exits(0);
    for expected in [
        "Acme API 1.4.0 (OpenAPI 3.0.3)\n",
        "crate `acme-api`: 2 operations in 1 module, 1 model;",
        "  https://{region}.acme.com  region=eu (eu, us)\n",
        "  key  API key in the header `X-Api-Key`\n",
        "  GET     /customers       client.customers().list()\n",
        "  DELETE  /customers/{id}  client.customers().delete()  (deprecated)\n",
    ] {
        assert!(
            run.stdout.contains(expected),
            "{expected:?} is missing:\n{}",
            run.stdout
        );
    }
    assert_eq!(scratch.names(), ["acme.yaml"]);
    assert_eq!(run.stderr, "");
}

#[test]
fn inspect_shows_what_a_connector_takes() {
    let scratch = Scratch::new("inspect-connector");
    let document = r#"{
        "swagger": "2.0", "info": {"title": "T", "version": "1"}, "host": "acme.com",
        "paths": {"/a": {"get": {"operationId": "A", "responses": {"200": {"description": "d"}}}}},
        "securityDefinitions": {"k": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "x-connector-properties": {
            "scriptOperations": ["A"],
            "connectionParameters": {"api_key": {"type": "securestring"}, "note": {"type": "string"}},
            "policyTemplateInstances": [
                {"templateId": "mystery", "parameters": {}},
                {"templateId": "setheader", "parameters": {"name": "a", "value": "@connectionParameters('api_key')"}}
            ]
        }
    }"#;
    let report = scratch.run_with_input(&["inspect", "-", "--json"], document);
    assert_eq!(
        json(&report.exits(0).stdout)["connector"],
        serde_json::json!({
            "tier": "5",
            "tier_meaning": "all operations need a hook in place of the script",
            "parameters": [
                {"set": "", "name": "api_key", "kind": "secret", "required": false, "bindings": ["key k", "policy"]},
                {"set": "", "name": "note", "kind": "text", "required": false, "bindings": []},
            ],
            "policies": 1, "unknown_policies": ["mystery"], "scripted": 1,
        })
    );
    let run = scratch.run_with_input(&["inspect", "-"], document);
    let expected = "
Connector
  tier 5: all operations need a hook in place of the script
  api_key  secret   to key k, policy (optional)
  note     text     to nowhere (optional)
  policies: 1
  policies that are not carried out: mystery
  operations that go through a script: 1
";
    let text = run.exits(0).stdout;
    assert!(text.contains(expected), "{text}");
}

#[test]
fn inspect_gives_json_when_asked_and_explains_failures() {
    let scratch = Scratch::new("inspect-json");
    let report = json(
        &scratch
            .run_with_input(&["inspect", "-", "--json"], DOCUMENT)
            .exits(0)
            .stdout,
    );
    assert_eq!(report["operations"][0]["call"], "client.customers().list()");
    assert_eq!(report["document"]["name"], "<stdin>");
    scratch.write("broken.json", "{\"openapi\": }");
    let run = scratch.run(&["inspect", "broken.json"]).exits(1);
    assert!(run.stderr.contains("broken.json:1:"), "{run:?}");
}

#[test]
fn a_document_named_like_a_subcommand_is_named_with_its_folder() {
    let scratch = Scratch::new("named-inspect");
    scratch.write("inspect", DOCUMENT);
    scratch.run(&["./inspect", "-o", "out"]).exits(0);
    assert!(scratch.path("out/Cargo.toml").is_file());
}

#[test]
fn completions_are_printed_for_every_shell() {
    let scratch = Scratch::new("completions");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(
            scratch
                .run(&["completions", shell])
                .exits(0)
                .stdout
                .contains("connector-gen"),
            "{shell}"
        );
    }
}
