//! How much is done for one schema, and for all schemas of a document together.

use std::cell::Cell;

use super::pattern::Patterns;

/// So many steps are enough for the largest schemas known; they take part of a second.
const MAX_STEPS: usize = 400_000;

/// So many steps are five times what the tests of the largest documents known take; they take some seconds.
pub(super) const MAX_STEPS_OF_TESTS: usize = 8_000_000;

/// So many values of an enumeration are looked at in a step.
pub(super) const VALUES_PER_STEP: usize = 64;

/// What all schemas of a document share.
#[derive(Debug)]
pub(super) struct Shared {
    most: usize,
    spent: Cell<usize>,
    patterns: Patterns,
}

impl Shared {
    /// Allows for `most` steps.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            spent: Cell::new(0),
            patterns: Patterns::default(),
        }
    }

    /// Whether there has been too much to do.
    pub(super) fn is_exhausted(&self) -> bool {
        self.spent.get() > self.most
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

    /// Counts steps; false when there have been too many. What a schema has no steps left for costs the document none.
    pub(super) fn spend(&self, steps: usize) -> bool {
        self.spent.set(self.spent.get().saturating_add(steps));
        if self.spent.get() <= MAX_STEPS {
            let spent = &self.shared.spent;
            spent.set(spent.get().saturating_add(steps));
        }
        !self.is_spent()
    }

    /// Whether there has been too much to do.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.get() > MAX_STEPS || self.shared.is_exhausted()
    }

    /// Whether `text` matches; none if that is too much to do. What can't be read matches everything.
    pub(super) fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        if self.is_spent() {
            return None;
        }
        let pattern = self.shared.patterns.read(pattern, self);
        self.spend(pattern.steps(text))
            .then(|| pattern.matches(text))
    }
}
