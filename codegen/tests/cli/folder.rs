//! What becomes of the folder that a crate is written to.

use std::fs;

use crate::scratch::{DOCUMENT, Scratch, tree};

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
fn the_runtime_is_never_overwritten() {
    let scratch = Scratch::new("keep-runtime");
    let manifest = "[package]\nname = \"connector-runtime\"\n";
    scratch.run(&["acme.yaml", "-o", "out"]).exits(0);
    scratch.write("out/rt/Cargo.toml", manifest);
    scratch.write("runtime/Cargo.toml", manifest);
    for arguments in [
        ["-o", "out", "--runtime-path", "out/rt"].as_slice(),
        &["-o", "runtime", "--runtime-path", "runtime", "--force"],
        // It is found in a folder above.
        &["-o", "runtime", "--force"],
    ] {
        let run = scratch.run(&[&["acme.yaml"], arguments].concat()).exits(3);
        assert!(
            run.stderr.contains("would destroy the runtime"),
            "{arguments:?}: {run:?}"
        );
    }
    assert_eq!(scratch.read("out/rt/Cargo.toml"), manifest);
    assert_eq!(scratch.read("runtime/Cargo.toml"), manifest);
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
