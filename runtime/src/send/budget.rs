//! The retry budget.

use std::sync::atomic::{AtomicU32, Ordering};

/// Keeps a client from making an outage worse: retries draw from a bucket that successes refill. While a server fails now and
/// then, all retries are made; once most calls fail, retries dry up and calls fail after their first attempt.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

const CAPACITY: u32 = 500;
const COST: u32 = 5;
const REFUND: u32 = 1;

impl RetryBudget {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(CAPACITY))
    }

    /// Pays for a retry; `false` if there is not enough left.
    pub(crate) fn draw(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(COST)
            })
            .is_ok()
    }

    /// Pays in for a success; a success on a retry gives back what the retry cost.
    pub(crate) fn refill(&self, retried: bool) {
        let amount = if retried { COST } else { REFUND };
        // The update function always gives a value, so this cannot fail.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some((left + amount).min(CAPACITY))
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_runs_dry_and_refills() {
        let budget = RetryBudget::new();
        assert_eq!((0..1000).filter(|_| budget.draw()).count(), 100);
        for _ in 0..4 {
            budget.refill(false);
        }
        assert!(!budget.draw());
        budget.refill(true);
        assert!(budget.draw());
    }
}
