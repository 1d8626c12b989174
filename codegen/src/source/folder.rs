//! A folder as input: a Power Platform connector, or any folder that holds one definition.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::SourceError;

/// The name that a Power Platform connector's folder gives its definition.
const CONNECTOR_DEFINITION: &str = "apiDefinition.swagger.json";

/// The name that it gives its properties.
const CONNECTOR_PROPERTIES: &str = "apiProperties.json";

/// The names that it gives its script, beside anything that ends in `.csx`.
const CONNECTOR_SCRIPTS: [&str; 2] = ["script.csx", "Script.cs"];

/// Members of `properties` in a connector's properties.
const PROPERTIES: [&str; 5] = [
    "connectionParameters",
    "connectionParameterSets",
    "policyTemplateInstances",
    "capabilities",
    "iconBrandColor",
];

/// How much of a file is read to see what it is, at its start and at its end.
const SNIFFED: u64 = 64 * 1024;

/// The most files of JSON that a connector's properties are looked for in, when none has their name: a folder with more
/// is not a connector's.
const MAX_CANDIDATES: usize = 16;

/// The files that belong to one definition.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) definition: PathBuf,
    /// A connector's `apiProperties.json`.
    pub(super) properties: Option<PathBuf>,
    /// Its C# script. There is none without properties.
    pub(super) script: Option<PathBuf>,
}

/// Finds the files that belong to the definition at `path`, or to the one in the folder `path`.
pub(super) fn files_of(path: &Path) -> Result<Files, SourceError> {
    if path.is_dir() {
        let entries = list(path).map_err(|error| {
            let name = path.display().to_string();
            SourceError::unreadable(&name, &error)
        })?;
        let definition = definition_in(path, &entries)?;
        return Ok(with_companions(definition, &entries));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    // Whoever may read a file may not be allowed to list its folder.
    let entries = list(folder).unwrap_or_default();
    let is_other = |entry: &&PathBuf| entry.file_name() != path.file_name();
    if let Some(owner) = named(&entries, CONNECTOR_DEFINITION).filter(is_other)
        && is_definition(owner)
    {
        // What lies here is that one's.
        return Ok(Files {
            definition: path.to_owned(),
            properties: None,
            script: None,
        });
    }
    Ok(with_companions(path.to_owned(), &entries))
}

/// The files in a folder, in order.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let listed = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let mut files: Vec<PathBuf> = fs::read_dir(listed)?
        .filter_map(|entry| Some(folder.join(entry.ok()?.file_name())))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

fn definition_in(folder: &Path, entries: &[PathBuf]) -> Result<PathBuf, SourceError> {
    if let Some(definition) = named(entries, CONNECTOR_DEFINITION) {
        return Ok(definition.clone());
    }
    let definitions: Vec<_> = entries.iter().filter(|path| is_definition(path)).collect();
    let name = folder.display().to_string();
    if definitions.is_empty() {
        let message = "the folder holds no OpenAPI or Swagger document";
        let error = SourceError::not_a_definition(&name, message);
        return Err(error.with_hint("give the path of the definition itself"));
    }
    if let Some(root) = root_of(&definitions) {
        return Ok(root.clone());
    }
    let names: Vec<_> = definitions
        .iter()
        .filter_map(|path| file_name(path))
        .collect();
    let message = format!("the folder holds several definitions: {}", names.join(", "));
    Err(SourceError::not_a_definition(&name, message).with_hint("give the path of one of them"))
}

/// The definition that the others belong to: the only one, the one with the usual name, or the one that no other
/// refers to.
fn root_of<'a>(definitions: &[&'a PathBuf]) -> Option<&'a PathBuf> {
    if let [only] = definitions {
        return Some(only);
    }
    let is_usual = |path: &&&PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        stem.is_some_and(|stem| ["openapi", "swagger"].contains(&stem))
    };
    let mut usual = definitions.iter().filter(is_usual);
    if let (Some(root), None) = (usual.next(), usual.next()) {
        return Some(root);
    }
    if definitions.len() > MAX_CANDIDATES {
        return None;
    }
    let texts: Vec<_> = definitions
        .iter()
        .map(|path| sniff(path).unwrap_or_default())
        .collect();
    let is_referred_to = |index: usize| {
        let Some(name) = file_name(definitions[index]) else {
            return false;
        };
        let mut others = texts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        others.any(|(_, text)| refers_to(text, name))
    };
    let mut roots = (0..definitions.len()).filter(|index| !is_referred_to(*index));
    match (roots.next(), roots.next()) {
        (Some(root), None) => Some(definitions[root]),
        _ => None,
    }
}

/// Whether a text has a `$ref` to a file beside it.
fn refers_to(text: &str, name: &str) -> bool {
    text.match_indices("$ref").any(|(at, keyword)| {
        let value = text[at + keyword.len()..].trim_start_matches(['"', '\'', ':', ' ']);
        let rest = value.strip_prefix("./").unwrap_or(value).strip_prefix(name);
        rest.is_some_and(|rest| {
            rest.starts_with(['#', '"', '\'', '\n', '\r', ' ', ',', '}']) || rest.is_empty()
        })
    })
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// Finds what a connector has beside its definition.
fn with_companions(definition: PathBuf, entries: &[PathBuf]) -> Files {
    let is_other = |entry: &&PathBuf| entry.file_name() != definition.file_name();
    let by_content = || {
        let candidates: Vec<_> = entries
            .iter()
            .filter(is_other)
            .filter(|path| has_extension(path, &["json"]))
            .collect();
        if candidates.len() > MAX_CANDIDATES {
            return None;
        }
        candidates.into_iter().find(|path| are_properties(path))
    };
    let properties = named(entries, CONNECTOR_PROPERTIES)
        .filter(is_other)
        .or_else(by_content)
        .cloned();
    let script = || {
        CONNECTOR_SCRIPTS
            .iter()
            .find_map(|name| named(entries, name))
            .or_else(|| entries.iter().find(|path| has_extension(path, &["csx"])))
            .cloned()
    };
    let script = properties.as_ref().and_then(|_| script());
    Files {
        definition,
        properties,
        script,
    }
}

/// The file of this name, in whatever case.
fn named<'a>(entries: &'a [PathBuf], name: &str) -> Option<&'a PathBuf> {
    let is_exact = |path: &&PathBuf| path.file_name().is_some_and(|found| found == name);
    let is_named = |path: &&PathBuf| {
        let found = path.file_name().and_then(|found| found.to_str());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let exact = entries.iter().find(is_exact);
    exact.or_else(|| entries.iter().find(is_named))
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|found| wanted.iter().any(|one| found.eq_ignore_ascii_case(one)))
}

fn is_definition(path: &Path) -> bool {
    has_extension(path, &["json", "yaml", "yml"])
        && sniff(path).is_ok_and(|text| declares_version(&text))
}

fn are_properties(path: &Path) -> bool {
    let Ok(text) = sniff(path) else { return false };
    let has = |member: &str| text.contains(&format!("\"{member}\""));
    !declares_version(&text)
        && !has("paths")
        && has("properties")
        && PROPERTIES.iter().any(|member| has(member))
}

/// The start and the end of a file, whatever bytes are in it: members may stand in any order.
fn sniff(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?;
    (&mut file).take(SNIFFED).read_to_end(&mut bytes)?;
    let size = file.metadata()?.len();
    if size > SNIFFED {
        bytes.push(b'\n');
        file.seek(SeekFrom::Start(size.saturating_sub(SNIFFED).max(SNIFFED)))?;
        file.take(SNIFFED).read_to_end(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a text has a member `openapi` or `swagger`.
fn declares_version(text: &str) -> bool {
    let is_key = |(at, keyword): (usize, &str)| {
        let rest = text[at + keyword.len()..].trim_start_matches(['"', '\'']);
        let before = text[..at].trim_end_matches(['"', '\'']);
        rest.trim_start().starts_with(':')
            && (before.is_empty() || before.ends_with(['\n', '{', ',', ' ', '\t', '\u{feff}']))
    };
    ["openapi", "swagger"]
        .iter()
        .any(|keyword| text.match_indices(keyword).any(is_key))
}
