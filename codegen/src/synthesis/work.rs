//! How much is done for one schema, and for all schemas of a document together.

use std::cell::Cell;
use std::rc::Rc;

use super::pattern::{self, Patterns};

/// So many steps are enough for the largest schemas known; they take part of a second.
const MAX_STEPS: usize = 400_000;

/// So many are five times what the largest documents known take; they take some seconds.
const MAX_STEPS_OF_DOCUMENT: usize = 8_000_000;

/// So many values of an enumeration are looked at in a step.
pub(super) const VALUES_PER_STEP: usize = 64;

/// What all schemas of a document share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    spent: Cell<usize>,
    patterns: Patterns,
}

impl Shared {
    /// Whether there has been too much to do: what was made last may not be valid.
    pub(super) fn is_exhausted(&self) -> bool {
        self.spent.get() > MAX_STEPS_OF_DOCUMENT
    }
}

/// What has been done for one schema.
#[derive(Debug)]
pub(super) struct Work<'d> {
    spent: Cell<usize>,
    shared: &'d Shared,
}

impl<'d> Work<'d> {
    pub(super) fn new(shared: &'d Shared) -> Self {
        Self {
            spent: Cell::new(0),
            shared,
        }
    }

    /// Counts steps; false when there have been too many.
    pub(super) fn spend(&self, steps: usize) -> bool {
        for spent in [&self.spent, &self.shared.spent] {
            spent.set(spent.get().saturating_add(steps));
        }
        self.spent.get() <= MAX_STEPS && !self.shared.is_exhausted()
    }

    /// Whether `text` matches. What can't be read, or was too much to do, matches everything.
    pub(super) fn matches(&self, pattern: &str, text: &str) -> bool {
        let pattern = self.shared.patterns.read(pattern, self);
        !self.spend(pattern.steps(text)) || pattern.matches(text)
    }

    /// Texts that match all of `patterns`, shorter ones first, as far as repetitions go.
    pub(super) fn texts(&self, patterns: &[&str]) -> Rc<[String]> {
        let known = &self.shared.patterns;
        known.texts(patterns, || pattern::texts(patterns, self))
    }
}
