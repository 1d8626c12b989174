//! The instances of a document's components.

use std::path::Path;

use anyhow::{Result, anyhow};
use connector_gen::diagnostics::Diagnostics;
use connector_gen::normalize::{self, normalize};
use connector_gen::source::Document;
use connector_gen::synthesis::{Direction, Instance, Synthesis};
use serde_json::Value;

use super::oracle;

/// The stages recurse as deep as a document may be nested.
const STACK_BYTES: usize = 256 << 20;

/// A component of a document.
pub struct Component {
    /// Its name.
    pub name: String,
    /// Valid instances, then those with unknown values.
    pub instances: Vec<Instance>,
    /// How many of them are valid.
    pub known: usize,
}

impl Component {
    /// Whether null is an instance.
    pub fn is_nullable(&self) -> bool {
        let mut known = self.instances.iter().take(self.known);
        known.any(|instance| instance.value.is_null())
    }
}

/// Whether the document itself gives an instance: it may have members that no schema declares.
pub fn is_given(instance: &Instance) -> bool {
    ["example", "default"].contains(&instance.name.split(' ').next().unwrap_or_default())
}

/// The source document as a tree, and its components in their order.
///
/// # Errors
///
/// When the document can't be read.
pub fn of_document(path: &Path) -> Result<(Value, Vec<Component>)> {
    let path = path.to_owned();
    let worker = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || read(&path))?;
    worker
        .join()
        .map_err(|_| anyhow!("reading the document panicked"))?
}

fn read(path: &Path) -> Result<(Value, Vec<Component>)> {
    let mut diagnostics = Diagnostics::new();
    let document = Document::load(path, &mut diagnostics)?;
    let root = document.root.clone();
    let declared = oracle::schemas(&root);
    let options = normalize::Options { examples: true };
    let canonical = normalize(document.root, &options, &mut diagnostics)?.openapi;
    let synthesis = Synthesis::new(&canonical);
    let schemas = canonical.components.iter().flat_map(|all| &all.schemas);
    let components = schemas
        // Others are copies of what stands elsewhere in the document.
        .filter(|(name, _)| declared.contains_key(*name))
        .map(|(name, schema)| {
            let mut instances = synthesis.instances(schema, Direction::Any);
            let known = instances.len();
            instances.extend(synthesis.unknown_values(schema, Direction::Any));
            Component {
                name: name.clone(),
                instances,
                known,
            }
        })
        .collect();
    Ok((root, components))
}
