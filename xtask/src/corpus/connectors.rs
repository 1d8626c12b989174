//! The folders of Power Platform connectors: those of an index, or all below a folder.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::document::{Document, is_wanted};

/// The index beside `openapi.json`.
const INDEX: &str = "powerplatform.json";

/// How deep folders are looked into.
const MAX_DEPTH: usize = 8;

/// A connector, as the index lists it.
#[derive(Deserialize)]
struct Listed {
    id: String,
    path: PathBuf,
}

/// The connectors that the index in `folder` lists, or all below it if there is no index; only those whose names hold
/// one of the texts in `only`.
///
/// # Errors
///
/// When the index or a folder can't be read, or nothing is left.
pub fn find(folder: &Path, only: &[String]) -> Result<Vec<Document>> {
    let index = folder.join(INDEX);
    let listed = if index.is_file() {
        let text = fs::read_to_string(&index)?;
        let listed: Vec<Listed> = serde_json::from_str(&text)
            .with_context(|| format!("{} is not an index of connectors", index.display()))?;
        let path = |one: Listed| (one.id, folder.join(one.path));
        listed.into_iter().map(path).collect()
    } else {
        let mut paths = Vec::new();
        walk(folder, MAX_DEPTH, &mut paths)?;
        paths.sort();
        named(paths)
    };
    let connectors: Vec<_> = listed
        .into_iter()
        .filter(|(id, _)| is_wanted(id, only))
        .map(|(id, path)| Document {
            id,
            version: "2.0".to_owned(),
            bytes: size(&path),
            // Known once the generator has read it.
            operations: 0,
            path,
        })
        .collect();
    ensure!(!connectors.is_empty(), "no connector is left to work on");
    Ok(connectors)
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut folders = Vec::new();
    let mut is_connector = false;
    let entries =
        fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') {
            folders.push(entry.path());
        }
        is_connector |=
            kind.is_file() && (name == "apiproperties.json" || name.ends_with(".swagger.json"));
    }
    if is_connector {
        found.push(folder.to_owned());
        return Ok(());
    }
    if depth > 0 {
        for folder in folders {
            walk(&folder, depth - 1, found)?;
        }
    }
    Ok(())
}

/// Names folders so that each name is a crate's as well, and no other folder's.
fn named(paths: Vec<PathBuf>) -> Vec<(String, PathBuf)> {
    let mut taken = HashSet::new();
    let mut name = |path: PathBuf| {
        let wanted = crate_name(&path);
        let mut id = wanted.clone();
        let mut count = 1;
        while !taken.insert(id.clone()) {
            count += 1;
            id = format!("{wanted}_{count}");
        }
        (id, path)
    };
    paths.into_iter().map(&mut name).collect()
}

fn crate_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(safe).collect();
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => "connector".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("api_{name}"),
        Some(_) => name.to_owned(),
    }
}

/// The size of the files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| entry.metadata().ok());
    sizes
        .filter(fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_get_names_that_differ() {
        let paths = ["a/X Y", "b/x-y", "c/3E Events", "d/++", "e/x.y"];
        let names: Vec<_> = named(paths.map(PathBuf::from).to_vec())
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert_eq!(
            names,
            ["x_y", "x_y_2", "api_3e_events", "connector", "x_y_3"]
        );
    }

    #[test]
    fn connectors_are_found_below_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "x/b/apiDefinition.swagger.json",
            "x/b/inner/apiProperties.json",
            "a/ApiProperties.JSON",
            ".git/apiProperties.json",
            "schemas/other.json",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        let found = find(folder.path(), &[]).unwrap();
        let ids: Vec<_> = found.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
    }

    #[test]
    fn the_index_counts_if_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let index = r#"[{"id": "one", "path": "p/one", "tier": "0-plain", "files": 2}]"#;
        fs::write(folder.path().join(INDEX), index).unwrap();
        let found = find(folder.path(), &[]).unwrap();
        assert_eq!(found[0].path, folder.path().join("p/one"));
        assert!(find(folder.path(), &["two".to_owned()]).is_err());
    }
}
