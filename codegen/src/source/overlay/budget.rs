//! What the actions of an overlay may do to a document, all of them together.

use serde_json::Value;

use super::Problem;
use super::cost::{self, Census};
use crate::diagnostics::{Code, Pointer};

/// How many values may be added.
const MAX_ADDED: u64 = 1_000_000;

/// How many bytes the text in them may have.
const MAX_TEXT: u64 = 64 * 1024 * 1024;

/// How many values queries may look at.
const MAX_VISITED: u64 = 1_000_000_000;

/// What is used up.
#[derive(Default)]
pub(super) struct Budget {
    /// The document as it was when it was first asked for.
    census: Option<Census>,
    visited: u64,
    added: u64,
    text: u64,
}

impl Budget {
    /// Takes a query into account, before it is carried out.
    pub(super) fn query(&mut self, query: &str, root: &Value, at: &Pointer) -> Result<(), Problem> {
        let selects_one = !query.contains(['*', '?', ':', ',']) && !query.contains("..");
        if selects_one {
            return Ok(());
        }
        let census = self.census.get_or_insert_with(|| Census::of(root));
        let visited = cost::of(query, census, self.added);
        let visited = visited.and_then(|visited| visited.checked_add(self.visited));
        match visited.filter(|visited| *visited <= MAX_VISITED) {
            Some(visited) => {
                self.visited = visited;
                Ok(())
            }
            None => {
                let message = format!(
                    "this JSONPath, with those before it, may look at more than {MAX_VISITED} values of the document"
                );
                let problem = Problem::new(at.clone(), message);
                Err(problem.with_hint("each `..`, `*` and `?` multiplies what has to be looked at: name more of the path"))
            }
        }
    }

    /// Takes a value into account, before it is added.
    pub(super) fn add(&mut self, value: &Value, at: &Pointer) -> Result<(), Problem> {
        self.count(value);
        if self.added <= MAX_ADDED && self.text <= MAX_TEXT {
            return Ok(());
        }
        let message = format!(
            "an overlay may add {MAX_ADDED} values, and {} MiB of text, at most",
            MAX_TEXT >> 20
        );
        let mut problem = Problem::new(at.clone(), message);
        problem.code = Code::DocumentTooLarge;
        Err(problem)
    }

    fn count(&mut self, value: &Value) {
        self.added += 1;
        match value {
            Value::String(text) => self.text += text.len() as u64,
            Value::Array(items) => items.iter().for_each(|item| self.count(item)),
            Value::Object(members) => {
                for (name, member) in members {
                    self.text += name.len() as u64;
                    self.count(member);
                }
            }
            _ => {}
        }
    }
}
