//! Bounds on what is normalized.
//!
//! The canonical structs have a field for everything that a schema or path can have: about a kilobyte for a schema
//! that takes three bytes of text, nine for a path. A small hostile document could fill the memory that way.

use serde_json::Value;

use super::NormalizeError;
use crate::diagnostics::{Code, Pointer};

/// How many values, apart from text and numbers, a description may have. The largest known document has a sixth.
const MAX_VALUES: usize = 3_000_000;

/// How many paths a document may have. The largest known document has a third.
pub(super) const MAX_PATHS: usize = 50_000;

/// Refuses a document that is too large.
pub(super) fn check(root: &Value, values: usize) -> Result<(), NormalizeError> {
    let paths = |section: &str| {
        root.get(section)
            .and_then(Value::as_object)
            .map_or(0, |paths| paths.len())
    };
    let paths = paths("paths") + paths("x-ms-paths");
    let (what, limit) = if paths > MAX_PATHS {
        ("paths", MAX_PATHS)
    } else if values > MAX_VALUES {
        ("mappings and lists", MAX_VALUES)
    } else {
        return Ok(());
    };
    let message = format!("the document has more than {limit} {what}");
    let hint = "split it into several documents";
    Err(NormalizeError::new(
        Code::DocumentTooLarge,
        Pointer::root(),
        message,
        hint,
    ))
}
