//! `update` and `copy`: mappings are merged, lists are appended to, all else is replaced.

use serde_json::Value;

use super::budget::Budget;
use super::cost;
use super::{MAX_DEPTH, Problem, join};
use crate::diagnostics::{Code, Pointer};
use crate::source::file::{Origin, Origins};

/// A value to merge into others.
pub(super) struct Update<'a> {
    pub(super) value: &'a Value,
    /// The place in the overlay that asks for it.
    pub(super) at: Pointer,
    /// Where the part of the value with this pointer came from.
    pub(super) origin: &'a dyn Fn(&Origins, &str) -> Origin,
}

/// Merges a value into each of the targets.
pub(super) fn merge_all(
    root: &mut Value,
    origins: &mut Origins,
    targets: &[Pointer],
    update: &Update<'_>,
    budget: &mut Budget,
) -> Result<(), Problem> {
    check_targets(root, targets, update)?;
    let work = cost::weight(update.value).saturating_mul(1 + targets.len() as u64);
    budget.work(work, &update.at)?;
    let depth = depth(update.value);
    for target in targets {
        if target.tokens().count() + depth > MAX_DEPTH {
            let mut problem = Problem::new(
                update.at.clone(),
                format!("values would be nested more than {MAX_DEPTH} levels deep"),
            );
            problem.code = Code::NestedTooDeep;
            return Err(problem);
        }
        if let Some(value) = root.pointer_mut(target.as_str()) {
            let mut merge = Merge {
                origins,
                update,
                budget,
            };
            merge.top(value, target)?;
        }
    }
    Ok(())
}

/// Targets are all mappings, all lists, or all of them neither.
fn check_targets(root: &Value, targets: &[Pointer], update: &Update<'_>) -> Result<(), Problem> {
    let class = |target: &Pointer| match root.pointer(target.as_str()) {
        Some(Value::Object(_)) => 0,
        Some(Value::Array(_)) => 1,
        _ => 2,
    };
    let mut classes = targets.iter().map(class);
    let first = classes.next();
    if classes.any(|class| Some(class) != first) {
        let message = "the target selects values of different kinds: they must be all mappings, all lists or all neither";
        return Err(Problem::new(update.at.clone(), message));
    }
    Ok(())
}

struct Merge<'m> {
    origins: &'m mut Origins,
    update: &'m Update<'m>,
    budget: &'m mut Budget,
}

impl Merge<'_> {
    /// Merges the whole value: what is no list is appended to a list.
    fn top(&mut self, target: &mut Value, at: &Pointer) -> Result<(), Problem> {
        let value = self.update.value;
        match target {
            Value::Array(items) if !value.is_array() => {
                let at = at.index(items.len());
                items.push(self.added(value, at, "")?);
                Ok(())
            }
            target => self.merge(target, value, at, ""),
        }
    }

    /// Merges a part of the value; `below` leads to it in the whole.
    fn merge(
        &mut self,
        target: &mut Value,
        value: &Value,
        at: &Pointer,
        below: &str,
    ) -> Result<(), Problem> {
        match (target, value) {
            (Value::Object(members), Value::Object(update)) => {
                for (key, value) in update {
                    let at = at.join(key);
                    let below = join(&Pointer::root(), below).join(key);
                    match members.get_mut(key) {
                        Some(member) => self.merge(member, value, &at, below.as_str())?,
                        None => {
                            let added = self.added(value, at, below.as_str())?;
                            members.insert(key.clone(), added);
                        }
                    }
                }
            }
            (Value::Array(items), Value::Array(update)) => {
                for (index, value) in update.iter().enumerate() {
                    let at = at.index(items.len());
                    items.push(self.added(value, at, &format!("{below}/{index}"))?);
                }
            }
            // A key without a value is how YAML writes an empty mapping.
            (Value::Object(_) | Value::Array(_), Value::Null) => {}
            (Value::Object(_) | Value::Array(_), _) => return Err(self.mismatch(value, at, below)),
            (target, Value::Object(_) | Value::Array(_)) if !target.is_null() => {
                return Err(self.mismatch(value, at, below));
            }
            (target, value) => *target = self.added(value, at.clone(), below)?,
        }
        Ok(())
    }

    /// A copy of a part of the value, which is put at `at`.
    fn added(&mut self, value: &Value, at: Pointer, below: &str) -> Result<Value, Problem> {
        self.budget.add(value, &at, &self.update.at)?;
        let origin = (self.update.origin)(self.origins, below);
        self.origins.insert(at, origin);
        Ok(value.clone())
    }

    fn mismatch(&self, value: &Value, at: &Pointer, below: &str) -> Problem {
        let what = match value {
            Value::Object(_) => "a mapping",
            Value::Array(_) => "a list",
            _ => "neither a mapping nor a list",
        };
        let message = format!("this is {what}, and what it should change at `{at}` is not");
        // Within `copy` there is nothing to point at.
        let place = if self.update.at.as_str().ends_with("/update") {
            join(&self.update.at, below)
        } else {
            self.update.at.clone()
        };
        Problem::new(place, message)
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
