//! A Power Platform connector's folder on the command line.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

const DEFINITION: &str = r##"{
  "swagger": "2.0",
  "info": { "title": "Acme", "version": "1.0" },
  "host": "api.acme.com",
  "paths": {
    "/customers": { "get": { "operationId": "List", "responses": { "200": { "description": "all" } } } }
  },
}
"##;

const PROPERTIES: &str = r##"{
  "properties": {
    "iconBrandColor": "#da3b01",
    "capabilities": ["actions",],
    "connectionParameters": {}
  }
}
"##;

/// A folder with a connector in `acme`, one mistake in each of its files.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let name = format!("connector-gen-connector-{}-{test}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("acme")).unwrap();
        let scratch = Self(path.canonicalize().unwrap());
        scratch.write("apiDefinition.swagger.json", DEFINITION);
        scratch.write("apiProperties.json", PROPERTIES);
        scratch
    }

    fn write(&self, file: &str, contents: &str) {
        fs::write(self.0.join("acme").join(file), contents).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_connector-gen"))
            .current_dir(&self.0)
            .args(arguments)
            .args(["-o", "out", "--color", "never"])
            .output()
            .unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn mistakes_in_both_files_are_shown_where_they_are() {
    let scratch = Scratch::new("shown");
    for spec in ["acme", "acme/apiDefinition.swagger.json"] {
        let output = scratch.run(&[spec]);
        assert_eq!(output.status.code(), Some(0));
        let said = said(&output);
        for shown in [
            "--> acme/apiDefinition.swagger.json:7:4\n  |\n7 |   },\n",
            "--> acme/apiProperties.json:4:31\n  |\n4 |     \"capabilities\": [\"actions\",],\n",
        ] {
            assert!(said.contains(shown), "{said}");
        }
    }
}

#[test]
fn with_strict_a_repaired_mistake_is_an_error() {
    let scratch = Scratch::new("strict");
    let output = scratch.run(&["acme", "--strict"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("warning[trailing-comma]"));
    assert!(!scratch.0.join("out").exists());
}

#[test]
fn broken_properties_are_an_error_in_their_file() {
    let scratch = Scratch::new("broken");
    scratch.write(
        "apiProperties.json",
        "{\n  \"properties\": {}\n  \"x\": 1\n}\n",
    );
    let output = scratch.run(&["acme", "--report", "report.json"]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(
        said.contains("--> acme/apiProperties.json:3:3\n  |\n3 |   \"x\": 1\n"),
        "{said}"
    );
    let report = fs::read_to_string(scratch.0.join("report.json")).unwrap();
    assert!(report.contains("acme/apiProperties.json"), "{report}");
}

#[test]
fn a_report_does_not_replace_a_file_of_the_connector() {
    let scratch = Scratch::new("report");
    let output = scratch.run(&["acme", "--report", "acme/apiProperties.json"]);
    assert_eq!(output.status.code(), Some(3));
    let kept = fs::read_to_string(scratch.0.join("acme/apiProperties.json")).unwrap();
    assert_eq!(kept, PROPERTIES);
}
