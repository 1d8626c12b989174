//! A Power Platform connector's folder on the command line.

use crate::scratch::{Run, Scratch};

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
fn scratch(test: &str) -> Scratch {
    let scratch = Scratch::new(&format!("connector-{test}"));
    scratch.write("acme/apiDefinition.swagger.json", DEFINITION);
    scratch.write("acme/apiProperties.json", PROPERTIES);
    scratch
}

fn run(scratch: &Scratch, arguments: &[&str]) -> Run {
    scratch.run(&[arguments, &["-o", "out", "--color", "never"]].concat())
}

#[test]
fn mistakes_in_both_files_are_shown_where_they_are() {
    let scratch = scratch("shown");
    for spec in ["acme", "acme/apiDefinition.swagger.json"] {
        let output = run(&scratch, &[spec]);
        assert_eq!(output.code, Some(0));
        let said = output.stderr;
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
    let scratch = scratch("strict");
    let output = run(&scratch, &["acme", "--strict"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("warning[trailing-comma]"));
    assert!(!scratch.path("out").exists());
}

#[test]
fn broken_properties_are_an_error_in_their_file() {
    let scratch = scratch("broken");
    scratch.write(
        "acme/apiProperties.json",
        "{\n  \"properties\": {}\n  \"x\": 1\n}\n",
    );
    let output = run(&scratch, &["acme", "--report", "report.json"]);
    assert_eq!(output.code, Some(1));
    let said = output.stderr;
    assert!(
        said.contains("--> acme/apiProperties.json:3:3\n  |\n3 |   \"x\": 1\n"),
        "{said}"
    );
    let report = scratch.read("report.json");
    assert!(report.contains("acme/apiProperties.json"), "{report}");
}

#[test]
fn a_report_does_not_replace_a_file_of_the_connector() {
    let scratch = scratch("report");
    let output = run(&scratch, &["acme", "--report", "acme/apiProperties.json"]);
    assert_eq!(output.code, Some(3));
    let kept = scratch.read("acme/apiProperties.json");
    assert_eq!(kept, PROPERTIES);
}
