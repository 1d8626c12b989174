//! `remove`: takes values out of the mappings and lists that hold them.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::Problem;
use super::action::Action;
use super::budget::Budget;
use crate::diagnostics::Pointer;
use crate::source::file::{Origin, Origins};

/// When an item of a list is removed, each other one is given its place anew, which takes as long as looking at so many values.
const ITEM: u64 = 100;

/// Removes everything that `targets` name.
pub(super) fn remove(
    root: &mut Value,
    origins: &mut Origins,
    targets: Vec<Pointer>,
    action: &Action<'_>,
    budget: &mut Budget,
) -> Result<(), Problem> {
    let mut by_holder: BTreeMap<(usize, Pointer), Vec<String>> = BTreeMap::new();
    for target in &targets {
        let (Some(holder), Some(token)) = (target.parent(), target.tokens().last()) else {
            let message = "the document itself can't be removed";
            return Err(Problem::new(action.target_at.clone(), message));
        };
        let depth = target.tokens().count();
        by_holder
            .entry((depth, holder))
            .or_default()
            .push(token.into_owned());
    }
    let mut gone = HashSet::new();
    // What is inside of something comes before it: its place is still the same then.
    for ((_, holder), tokens) in by_holder.into_iter().rev() {
        match root.pointer_mut(holder.as_str()) {
            Some(Value::Object(members)) => {
                let moved = members.len().saturating_mul(tokens.len());
                budget.work(moved as u64, &action.target_at)?;
                for token in tokens {
                    members.shift_remove(&token);
                    gone.insert(holder.join(&token));
                }
            }
            Some(Value::Array(items)) => {
                budget.work(ITEM * items.len() as u64, &action.target_at)?;
                let removed: HashSet<usize> = tokens
                    .iter()
                    .filter_map(|token| token.parse().ok())
                    .collect();
                remove_items(items, &removed, &holder, origins);
            }
            _ => {}
        }
    }
    origins.forget(&gone);
    Ok(())
}

/// Removes items of a list; those behind them move up, and are still known to come from where they were.
fn remove_items(
    items: &mut Vec<Value>,
    removed: &HashSet<usize>,
    holder: &Pointer,
    origins: &mut Origins,
) {
    let (file, place) = origins.of(holder);
    let mut known: BTreeMap<usize, Vec<(String, Origin)>> = BTreeMap::new();
    for (below, origin) in origins.take_below(holder) {
        let (index, rest) = match below.strip_prefix('/') {
            Some(inside) => inside.split_at(inside.find('/').unwrap_or(inside.len())),
            None => {
                origins.insert(holder.clone(), origin);
                continue;
            }
        };
        if let Ok(index) = index.parse() {
            known
                .entry(index)
                .or_default()
                .push((rest.to_owned(), origin));
        }
    }
    let mut kept = Vec::with_capacity(items.len().saturating_sub(removed.len()));
    for (index, item) in std::mem::take(items).into_iter().enumerate() {
        if removed.contains(&index) {
            continue;
        }
        let at = holder.index(kept.len());
        if kept.len() != index {
            origins.insert(at.clone(), (file, place.index(index)));
        }
        for (rest, origin) in known.remove(&index).into_iter().flatten() {
            origins.insert(super::join(&at, &rest), origin);
        }
        kept.push(item);
    }
    *items = kept;
}
