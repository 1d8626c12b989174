//! A folder as input: a Power Platform connector, or any folder that holds one definition.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::SourceError;

/// The name that a Power Platform connector's folder gives its definition.
const CONNECTOR_DEFINITION: &str = "apiDefinition.swagger.json";

/// How much of a file is read to see whether it is a definition.
const SNIFFED: u64 = 64 * 1024;

/// Finds the definition in a folder.
pub(super) fn definition_in(folder: &Path) -> Result<PathBuf, SourceError> {
    let connector = folder.join(CONNECTOR_DEFINITION);
    if connector.is_file() {
        return Ok(connector);
    }
    let name = folder.display().to_string();
    let entries = fs::read_dir(folder).map_err(|error| SourceError::unreadable(&name, &error))?;
    let mut definitions: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_definition(path))
        .collect();
    definitions.sort();
    match definitions.as_slice() {
        [only] => Ok(only.clone()),
        [] => {
            let error = SourceError::not_a_definition(
                &name,
                "the folder holds no OpenAPI or Swagger document",
            );
            Err(error.with_hint("give the path of the definition itself"))
        }
        several => {
            let names: Vec<_> = several
                .iter()
                .filter_map(|path| path.file_name()?.to_str())
                .collect();
            let message = format!("the folder holds several definitions: {}", names.join(", "));
            Err(SourceError::not_a_definition(&name, message)
                .with_hint("give the path of one of them"))
        }
    }
}

fn is_definition(path: &Path) -> bool {
    let has_extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| {
            ["json", "yaml", "yml"].contains(&extension.to_ascii_lowercase().as_str())
        });
    has_extension && path.is_file() && declares_version(path).unwrap_or(false)
}

/// Whether the beginning of a file has a line for the `openapi` or `swagger` keyword.
fn declares_version(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(SNIFFED).read_to_end(&mut start)?;
    let text = String::from_utf8_lossy(&start);
    let is_key = |(at, keyword): (usize, &str)| {
        let rest = text[at + keyword.len()..].trim_start_matches(['"', '\'']);
        let before = text[..at].trim_end_matches(['"', '\'']);
        rest.trim_start().starts_with(':')
            && (before.is_empty() || before.ends_with(['\n', '{', ',', ' ', '\u{feff}']))
    };
    Ok(["openapi", "swagger"]
        .iter()
        .any(|keyword| text.match_indices(keyword).any(is_key)))
}
