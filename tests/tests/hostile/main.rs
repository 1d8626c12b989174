//! Broken and hostile documents: each ends in a located error, a skipped operation or a crate, in bounded time and
//! memory, without a panic, and never with anything of the document's in the code but names and literals.
//!
//! Small documents stand in `specs/hostile/`, one for each idea; those that are hostile by their size are made here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

mod bombs;
mod verdict;

use std::fs;
use std::path::PathBuf;

use verdict::Trial;

/// The documents of `specs/hostile/`, in order.
fn documents() -> Vec<PathBuf> {
    let folder = connector_tests::root().join("specs/hostile");
    let mut documents: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    documents.sort();
    assert!(documents.len() > 40);
    documents
}

#[test]
fn hostile_documents_are_reported_and_do_no_harm() {
    let trial = Trial::new();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        for document in documents() {
            let name = document.file_name().unwrap().to_str().unwrap().to_owned();
            let verdict = trial.run(&document);
            insta::assert_snapshot!(name, verdict.in_full());
        }
    });
}

#[test]
fn documents_that_are_hostile_by_their_size_do_no_harm() {
    let trial = Trial::new();
    let folder = tempfile::tempdir().unwrap();
    let mut verdicts = String::new();
    for bomb in bombs::all() {
        let document = folder.path().join(bomb.file);
        fs::write(&document, bomb.make()).unwrap();
        let verdict = trial.run(&document);
        verdicts += &format!("{}: {}\n", bomb.file, verdict.in_short());
        fs::remove_file(document).unwrap();
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("bombs", verdicts);
    });
}

#[test]
fn what_is_generated_from_hostile_documents_is_the_same_every_time() {
    let trial = Trial::new();
    for name in [
        "escape-names.json",
        "escape-text.json",
        "references-circular.yaml",
    ] {
        let document = connector_tests::root().join("specs/hostile").join(name);
        assert_eq!(trial.files(&document), trial.files(&document), "{name}");
    }
}
