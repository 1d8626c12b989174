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
const MAX_VISITED: u64 = 300_000_000;

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
        if cost::names_one(query) {
            return Ok(());
        }
        let census = self.census.get_or_insert_with(|| Census::of(root));
        let visited = cost::of(query, root, census, self.added).unwrap_or(u64::MAX);
        self.work(visited, at)
    }

    /// Takes work into account that is like looking at so many values.
    pub(super) fn work(&mut self, values: u64, at: &Pointer) -> Result<(), Problem> {
        self.visited = self.visited.saturating_add(values);
        match self.visited <= MAX_VISITED {
            true => Ok(()),
            false => {
                let message = format!(
                    "this action, with those before it, may look at more than {MAX_VISITED} values of the document"
                );
                let problem = Problem::new(at.clone(), message);
                Err(problem.with_hint("each `..`, `*` and `?` multiplies what has to be looked at: name more of the path"))
            }
        }
    }

    /// Takes a value into account, before it is added at `place`, which is remembered.
    pub(super) fn add(
        &mut self,
        value: &Value,
        place: &Pointer,
        at: &Pointer,
    ) -> Result<(), Problem> {
        self.count(value);
        self.text += place.as_str().len() as u64;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn work_adds_up_over_actions() {
        let at = Pointer::root();
        let mut budget = Budget::default();
        let root = json!({"a": vec![0; 1_000]});
        for _ in 0..1_000 {
            assert!(budget.query("$.a[?@ > 1]", &root, &at).is_ok());
            assert!(budget.query("$.a[0]", &root, &at).is_ok());
        }
        assert!(budget.work(MAX_VISITED / 2, &at).is_ok());
        assert!(budget.work(MAX_VISITED / 2, &at).is_err());
    }

    #[test]
    fn text_and_places_add_up_over_actions() {
        let root = Pointer::root();
        let long = root.join(&"k".repeat(1 << 20));
        let mut budget = Budget::default();
        let added = (0..1_000).take_while(|_| budget.add(&json!(0), &long, &root).is_ok());
        assert_eq!(added.count() as u64, (MAX_TEXT >> 20) - 1);
    }
}
