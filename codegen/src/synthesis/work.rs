//! How much is done for one schema, and for all schemas of a document together.

use std::cell::Cell;
use std::rc::Rc;

use super::pattern::{Pattern, Patterns};

/// So many steps are enough for the largest schemas known; they take part of a second.
const MAX_STEPS: usize = 400_000;

/// So many steps are ten times what the tests of the largest documents known take; they take some seconds.
pub(super) const MAX_STEPS_OF_TESTS: usize = 16_000_000;

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
    /// Whether something was too much to do since this was last asked.
    is_unsure: Cell<bool>,
    shared: &'d Shared,
}

impl<'d> Work<'d> {
    pub(super) fn new(shared: &'d Shared) -> Self {
        Self {
            spent: Cell::new(0),
            is_unsure: Cell::new(false),
            shared,
        }
    }

    /// Counts steps; false when there have been too many.
    pub(super) fn spend(&self, steps: usize) -> bool {
        for spent in [&self.spent, &self.shared.spent] {
            spent.set(spent.get().saturating_add(steps));
        }
        let is_spent = self.spent.get() > MAX_STEPS || self.shared.is_exhausted();
        if is_spent {
            self.doubt();
        }
        !is_spent
    }

    /// Counts steps that are not taken if they are too many for the schema: others may still be few enough.
    fn afford(&self, steps: usize) -> bool {
        if self.spent.get().saturating_add(steps) > MAX_STEPS {
            self.doubt();
            return false;
        }
        self.spend(steps)
    }

    /// Says that what is found out now is not sure.
    pub(super) fn doubt(&self) {
        self.is_unsure.set(true);
    }

    /// What `check` finds out; none if that is not sure, since it is too much to do.
    pub(super) fn surely(&self, check: impl FnOnce() -> bool) -> Option<bool> {
        self.is_unsure.set(false);
        let found = check();
        (!self.is_unsure.get()).then_some(found)
    }

    /// A pattern, read; none if that is too much to do.
    pub(super) fn pattern(&self, pattern: &str) -> Option<Rc<Pattern>> {
        self.spend(1)
            .then(|| self.shared.patterns.read(pattern, self))
    }

    /// Whether `text` matches; none if that is too much to do. What can't be read matches everything.
    pub(super) fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        let pattern = self.pattern(pattern)?;
        self.afford(pattern.steps(text))
            .then(|| pattern.matches(text))
    }
}
