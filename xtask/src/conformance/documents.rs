//! Which documents there are, and what they say about an operation.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::corpus::document::{is_wanted, read_index};

/// A document that is served and called.
#[derive(Debug)]
pub struct Document {
    /// A name that is a crate name as well.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it says, as it says it.
    content: Value,
}

impl Document {
    fn read(name: String, path: PathBuf) -> Result<Self> {
        let text =
            fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        let content = serde_json::from_str(&text)
            .ok()
            .or_else(|| serde_yaml::from_str(&text).ok());
        Ok(Self {
            name,
            path,
            content: content.unwrap_or_default(),
        })
    }

    /// A document that is nowhere.
    #[cfg(test)]
    pub fn of(content: Value) -> Self {
        Self {
            name: "a".to_owned(),
            path: PathBuf::new(),
            content,
        }
    }

    /// What the document has at a pointer, with references followed on the way.
    pub fn at(&self, pointer: &str) -> &Value {
        let mut value = &self.content;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let inside = self.resolve(value);
            value = match inside {
                Value::Array(items) => token.parse().ok().and_then(|at: usize| items.get(at)),
                other => other.get(&token),
            }
            .unwrap_or(&Value::Null);
        }
        self.resolve(value)
    }

    /// Follows references inside of the document, as many as are worth it.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..8 {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let pointer = reference.trim_start_matches('#').replace("%7B", "{");
            let pointer = pointer.replace("%7D", "}");
            value = self.content.pointer(&pointer).unwrap_or(&Value::Null);
        }
        value
    }
}

/// The documents at `path`: those of the index in it, or all YAML and JSON files in it, or the one that it is.
///
/// # Errors
///
/// When there are none, or one can't be read.
pub fn find(path: &Path, only: &[String]) -> Result<Vec<Document>> {
    let mut documents: Vec<(String, PathBuf)> = if path.is_file() {
        vec![(name_of(path), path.to_path_buf())]
    } else if path.join("openapi.json").is_file() {
        let listed = read_index(path, only)?.into_iter();
        listed.map(|listed| (listed.id, listed.path)).collect()
    } else {
        let files = fs::read_dir(path)?.filter_map(|entry| Some(entry.ok()?.path()));
        let is_document = |path: &PathBuf| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            path.is_file() && matches!(extension, Some("yaml" | "yml" | "json"))
        };
        let documents = files
            .filter(is_document)
            .map(|path| (name_of(&path), path))
            .filter(|(name, _)| is_wanted(name, only));
        documents.collect()
    };
    ensure!(!documents.is_empty(), "there are no documents");
    // Small ones first: there is something to see soon.
    documents.sort_by_key(|(name, path)| {
        let bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
        (bytes, name.clone())
    });
    documents
        .into_iter()
        .map(|(name, path)| Document::read(name, path))
        .collect()
}

/// The name of the file as one of a crate.
fn name_of(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.replace(|c| !is_plain(c), "-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_followed_on_the_way() {
        let content = serde_json::json!({
            "paths": {"/a/{b}": {"$ref": "#/shared"}},
            "shared": {"get": {"parameters": [{"$ref": "#/one"}]}},
            "one": {"name": "b"},
        });
        let document = Document::of(content);
        let found = document.at("/paths/~1a~1{b}/get/parameters/0/name");
        assert_eq!(found, "b");
        assert_eq!(document.at("/paths/none/get"), &Value::Null);
    }

    #[test]
    fn circles_of_references_end() {
        let content = serde_json::json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}});
        let document = Document::of(content);
        assert!(document.at("/a").get("$ref").is_some());
    }
}
