//! Actions: what is changed, and how.

use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use super::Problem;
use super::budget::Budget;
use crate::diagnostics::Pointer;

/// How many brackets of a query may be open at once: its parser recurses.
const MAX_OPEN: usize = 64;

/// How many filters of a query may be inside of one another: its parser tries each of them twice, and so on inside.
const MAX_FILTERS: usize = 8;

/// The longest query that is read.
const MAX_LENGTH: usize = 16 * 1024;

/// An action of an overlay.
pub(super) struct Action<'o> {
    pub(super) target: Query,
    /// The place of the target in the overlay.
    pub(super) target_at: Pointer,
    pub(super) change: Change<'o>,
}

/// What an action does to its targets; values with their places in the overlay.
pub(super) enum Change<'o> {
    Update(&'o Value, Pointer),
    Copy(Query, Pointer),
    Remove,
}

impl<'o> Action<'o> {
    /// Reads the action that is at `at` in `overlay`.
    pub(super) fn read(
        action: &'o Value,
        at: Pointer,
        overlay: &'o Value,
    ) -> Result<Self, Problem> {
        let members = mapping(action, &at)?;
        let target_at = at.join("target");
        let target = members
            .get("target")
            .ok_or_else(|| Problem::new(at.clone(), "an action needs a `target`"))?;
        let target = Query::read(target, &target_at)?;
        let change = match members.get("$ref") {
            Some(reference) => {
                let (fields, at) = reusable(reference, &at.join("$ref"), overlay)?;
                change(fields, &at)?
            }
            None => change(members, &at)?,
        };
        Ok(Self {
            target,
            target_at,
            change,
        })
    }
}

/// What the members of an action say is to be done. `remove` comes before all others.
fn change<'o>(members: &'o Map<String, Value>, at: &Pointer) -> Result<Change<'o>, Problem> {
    match members.get("remove") {
        Some(Value::Bool(true)) => return Ok(Change::Remove),
        None | Some(Value::Bool(false)) => {}
        Some(_) => {
            return Err(Problem::new(
                at.join("remove"),
                "`remove` is `true` or `false`",
            ));
        }
    }
    match (members.get("update"), members.get("copy")) {
        (Some(_), Some(_)) => {
            let message = "an action has `update` or `copy`, not both";
            Err(Problem::new(at.join("copy"), message))
        }
        (Some(value), None) => Ok(Change::Update(value, at.join("update"))),
        (None, Some(query)) => {
            let at = at.join("copy");
            Ok(Change::Copy(Query::read(query, &at)?, at))
        }
        (None, None) => {
            let message = "an action needs one of `update`, `copy` and `remove: true`";
            Err(Problem::new(at.clone(), message))
        }
    }
}

/// The fields of an action that is kept for reuse (Overlay 1.2, Reusable Action Object), and their place.
fn reusable<'o>(
    reference: &Value,
    at: &Pointer,
    overlay: &'o Value,
) -> Result<(&'o Map<String, Value>, Pointer), Problem> {
    let unknown = || {
        let message = "this names no action in `components.actions`";
        Problem::new(at.clone(), message).with_hint("write `#/components/actions/NAME`")
    };
    let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
    let pointer = pointer.filter(|pointer| pointer.starts_with("/components/actions/"));
    let pointer = pointer.ok_or_else(unknown)?;
    let fields = format!("{pointer}/fields");
    let fields = overlay
        .pointer(&fields)
        .and_then(Value::as_object)
        .zip(Pointer::parse(&fields).ok());
    fields.ok_or_else(unknown)
}

fn mapping<'o>(value: &'o Value, at: &Pointer) -> Result<&'o Map<String, Value>, Problem> {
    value
        .as_object()
        .ok_or_else(|| Problem::new(at.clone(), "an action is a mapping"))
}

/// A JSONPath (RFC 9535).
pub(super) struct Query {
    path: JsonPath,
    text: String,
    at: Pointer,
}

impl Query {
    fn read(value: &Value, at: &Pointer) -> Result<Self, Problem> {
        let problem = |message: String| Problem::new(at.clone(), message);
        let text = value
            .as_str()
            .ok_or_else(|| problem("a JSONPath is a string".to_owned()))?;
        if text.len() > MAX_LENGTH || most_open(text) > MAX_OPEN || most_filters(text) > MAX_FILTERS
        {
            return Err(problem(
                "this JSONPath is too long or nested too deeply".to_owned(),
            ));
        }
        match JsonPath::parse(text) {
            Ok(path) => Ok(Self {
                path,
                text: text.to_owned(),
                at: at.clone(),
            }),
            Err(error) => {
                let (position, message) = (error.position(), error.message());
                let message =
                    format!("this is no JSONPath, at its character {position}: {message}");
                Err(problem(message).with_hint(
                    "RFC 9535 wants names with other characters than letters, digits and `_` in brackets: `$.paths['/pets'].get`",
                ))
            }
        }
    }

    /// The places in `root` that the query selects, each once.
    pub(super) fn find(&self, root: &Value, budget: &mut Budget) -> Result<Vec<Pointer>, Problem> {
        budget.query(&self.text, root, &self.at)?;
        let found = self.path.query_located(root).dedup();
        let pointers = found
            .locations()
            .map(|place| Pointer::parse(&place.to_json_pointer()));
        Ok(pointers.filter_map(Result::ok).collect())
    }
}

/// How many brackets are open at once, those in strings included.
fn most_open(text: &str) -> usize {
    let mut open = 0_usize;
    let depths = text.bytes().map(|byte| {
        match byte {
            b'(' | b'[' => open += 1,
            b')' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        open
    });
    depths.max().unwrap_or_default()
}

/// How many filters are inside of one another, question marks in strings included.
fn most_filters(text: &str) -> usize {
    // For each bracket that is open, whether a filter is in it.
    let mut open: Vec<bool> = Vec::new();
    let depths = text.bytes().map(|byte| {
        match byte {
            b'(' | b'[' => open.push(false),
            b')' | b']' => drop(open.pop()),
            b'?' => {
                if let Some(last) = open.last_mut() {
                    *last = true;
                }
            }
            _ => {}
        }
        open.iter().filter(|is_filter| **is_filter).count()
    });
    depths.max().unwrap_or_default()
}
