//! The documents of a corpus.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// One document, as the index lists it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Document {
    /// A name that is a file name and a crate name as well.
    pub id: String,
    /// The version of OpenAPI or Swagger.
    pub version: String,
    /// The size of the file.
    pub bytes: u64,
    /// How many operations it declares.
    #[serde(rename = "ops")]
    pub operations: u64,
    /// Where it is; relative to the index in the index itself.
    pub path: PathBuf,
}

/// The documents of the index in `folder` whose names hold one of the texts in `only`.
///
/// # Errors
///
/// When there is no such index, or nothing in it.
pub fn read_index(folder: &Path, only: &[String]) -> Result<Vec<Document>> {
    let index = folder.join("openapi.json");
    let text = fs::read_to_string(&index)
        .with_context(|| format!("can't read the index {}", index.display()))?;
    let mut documents: Vec<Document> = serde_json::from_str(&text)
        .with_context(|| format!("{} is not an index of documents", index.display()))?;
    documents.retain(|document| is_wanted(&document.id, only));
    for document in &mut documents {
        document.path = folder.join(&document.path);
    }
    ensure!(!documents.is_empty(), "no document is left to work on");
    Ok(documents)
}

/// Whether a document called `id` is among those that `only` asks for.
pub fn is_wanted(id: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|text| id.contains(text.as_str()))
}
