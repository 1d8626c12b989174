//! What a run of the generator says, and how it exits.

use crate::scratch::{DOCUMENT, Run, Scratch, json, tree};

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

/// Servers may know more than their documents, so it is the user who decides.
#[test]
fn places_that_the_document_does_not_have_are_warnings() {
    let scratch = Scratch::new("doubts");
    scratch.write(
        "api.json",
        r#"{"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"get": {
            "operationId": "list",
            "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
            "responses": {"200": {"description": "d", "content": {"application/json": {"schema": {
                "type": "object", "properties": {"things": {"type": "array", "items": {"type": "string"}}}
            }}}}}
        }}}}"#,
    );
    scratch.write(
        "connector.toml",
        "[operations.list.paging]\nby = \"page\"\nparameter = \"page\"\nmore = \"has_moor\"\n",
    );
    let run = scratch.run(&["api.json", "-o", "out"]).exits(0);
    assert!(
        run.stderr.contains("warning[settings-invalid]"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("connector.toml:4:8"), "{}", run.stderr);
    assert!(scratch.path("out/src/lib.rs").exists());
    scratch.run(&["inspect", "api.json"]).exits(0);
    scratch
        .run(&["api.json", "--strict", "-o", "strict"])
        .exits(1);
    assert!(!scratch.path("strict").exists());
}
