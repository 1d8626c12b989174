//! The generated crates that are checked in: made from `specs/`, read in diffs, compiled and called by the tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use connector_tests::generator;

use crate::workspace;

/// The crates in `generated-samples/`, and the documents in `specs/` that they are made from, or the folders of connectors.
const SAMPLES: [(&str, &str); 21] = [
    ("acme", "acme.yaml"),
    ("blob-connector", "blob-connector"),
    ("blobs", "blobs.yaml"),
    ("bodies", "bodies.yaml"),
    ("bookshop", "bookshop"),
    ("extensions", "extensions.json"),
    ("httpbin", "httpbin.yaml"),
    ("hub-connector", "hub-connector"),
    ("jupyterhub", "jupyterhub.yaml"),
    ("models", "models.yaml"),
    ("naming", "naming.yaml"),
    ("oidc-connector", "oidc-connector"),
    ("openapi32", "openapi32.yaml"),
    ("pages", "pages"),
    ("petstore2", "petstore2.json"),
    ("policies", "policies"),
    ("security", "security.yaml"),
    ("streams", "streams.yaml"),
    ("styles", "styles.yaml"),
    ("triggers", "triggers"),
    ("webhooks", "webhooks.yaml"),
];

/// The overlay of each sample that has one, in `specs/`.
const OVERLAYS: [(&str, &str); 1] = [("bookshop", "bookshop/bookshop.overlay.yaml")];

/// The arguments of `cargo xtask samples`.
#[derive(clap::Args)]
pub struct Args {
    /// Compares instead of writing, and fails when a byte differs
    #[arg(long)]
    pub check: bool,
}

/// Regenerates the samples, or compares them with what would be generated.
///
/// # Errors
///
/// When a sample can't be generated or differs.
pub fn run(args: &Args) -> Result<()> {
    let generator = workspace::build_generator()?;
    let samples = workspace::samples();
    if !args.check {
        for (name, document) in SAMPLES {
            generate(&generator, name, document, &samples.join(name))?;
        }
        return Ok(());
    }

    // A folder beside the samples that looks like theirs, since a generated manifest depends on where it stands: it
    // names the runtime by a relative path and is a member of the workspace above or none.
    let fresh = tempfile::Builder::new()
        .prefix(".samples-")
        .tempdir_in(workspace::root())?;
    fs::copy(samples.join("Cargo.toml"), fresh.path().join("Cargo.toml"))?;
    let mut differences = Vec::new();
    for (name, document) in SAMPLES {
        let output = fresh.path().join(name);
        generate(&generator, name, document, &output)?;
        let found = compare(&samples.join(name), &output)?;
        differences.extend(
            found
                .into_iter()
                .map(|difference| format!("  {name}/{difference}")),
        );
    }
    if !differences.is_empty() {
        bail!(
            "the samples are not what the generator writes:\n{}\n`cargo xtask samples` writes them",
            differences.join("\n")
        );
    }
    Ok(())
}

fn generate(generator: &Path, name: &str, document: &str, output: &Path) -> Result<()> {
    let document = Path::new("specs").join(document);
    let mut command = generator::generate(generator, name, &document, output);
    command.arg("--tests");
    for (_, overlay) in OVERLAYS.iter().filter(|(sample, _)| *sample == name) {
        command
            .arg("--overlay")
            .arg(Path::new("specs").join(overlay));
    }
    workspace::run(&mut command).with_context(|| format!("can't generate the sample `{name}`"))
}

/// What differs between two folders: one line for each file.
fn compare(old: &Path, new: &Path) -> Result<Vec<String>> {
    let (mut old, new) = (read_all(old)?, read_all(new)?);
    let mut differences = Vec::new();
    for (path, new) in new {
        match old.remove(&path) {
            Some(old) if old == new => {}
            Some(old) => differences.push(format!(
                "{}: {}",
                path.display(),
                first_difference(&old, &new)
            )),
            None => differences.push(format!("{}: is missing", path.display())),
        }
    }
    differences.extend(
        old.keys()
            .map(|path| format!("{}: should be gone", path.display())),
    );
    Ok(differences)
}

fn first_difference(old: &[u8], new: &[u8]) -> String {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let mut pairs = old.lines().zip(new.lines()).enumerate();
    match pairs.find(|(_, (old, new))| old != new) {
        Some((index, (old, new))) => format!("line {}\n    - {old}\n    + {new}", index + 1),
        None => format!(
            "{} lines instead of {}",
            new.lines().count(),
            old.lines().count()
        ),
    }
}

/// Every file below `folder`, by its path in it. What Cargo writes when it builds a sample isn't part of it.
fn read_all(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let entries =
            fs::read_dir(&next).with_context(|| format!("there is no {}", next.display()))?;
        for entry in entries {
            let path = entry?.path();
            let inside = path.strip_prefix(folder)?.to_path_buf();
            if inside == Path::new("target") || inside == Path::new("Cargo.lock") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(inside, fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            fs::write(folder.path().join(path), text).unwrap();
        }
        folder
    }

    #[test]
    fn folders_are_compared_file_by_file() {
        let old = folder(&[("same", "a"), ("changed", "a\nb\n"), ("gone", "")]);
        let new = folder(&[("same", "a"), ("changed", "a\nc\n"), ("added", "")]);
        let differences = compare(old.path(), new.path()).unwrap();
        assert_eq!(
            differences,
            [
                "added: is missing",
                "changed: line 2\n    - b\n    + c",
                "gone: should be gone"
            ]
        );
    }
}
