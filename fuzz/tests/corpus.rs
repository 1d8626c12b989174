//! Inputs that failed once, and those that fuzzing begins with.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

use connector_fuzz::targets::TARGETS;

#[test]
fn inputs_that_failed_once_do_not_fail_again() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        for entry in fs::read_dir(corpus.join(target.name)).unwrap() {
            let path = entry.unwrap().path();
            let said = (target.run)(&fs::read(&path).unwrap());
            assert!(!said.is_empty(), "{}", path.display());
        }
    }
}
