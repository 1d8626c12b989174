//! How much is done for one schema.

use std::cell::Cell;

/// So many steps are enough for the largest schemas known; they take part of a second.
const MAX_STEPS: usize = 400_000;

/// So many values of an enumeration are looked at in a step.
pub(super) const VALUES_PER_STEP: usize = 64;

/// What has been done.
#[derive(Debug, Default)]
pub(super) struct Work(Cell<usize>);

impl Work {
    /// Counts steps; false when there have been too many.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let spent = self.0.get().saturating_add(steps);
        self.0.set(spent);
        spent <= MAX_STEPS
    }
}
