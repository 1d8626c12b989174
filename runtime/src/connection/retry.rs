//! When to try again, and after what pause.

use std::time::Duration;

/// When a failed attempt is repeated.
///
/// Only what is safe to repeat is repeated: the method is idempotent (RFC 9110 section 9.2.2) or the call has an idempotency
/// key, the body is not a stream, and the failure is passing: no connection, a broken connection, a time limit, or one of the
/// statuses 408, 429, 500, 502, 503, 504. Pauses grow exponentially with full jitter, unless the server asks for a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max_retries: u32,
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
    pub(crate) retry_after_limit: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 2,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
            retry_after_limit: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Two retries, with pauses of up to 0.5 s and 1 s.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No retries.
    #[must_use]
    pub fn none() -> Self {
        Self::new().max_retries(0)
    }

    /// How many attempts may follow the first one.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The upper bound of the first pause, which doubles with each retry, and the upper bound of all pauses.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first;
        self.longest_pause = longest;
        self
    }

    /// The longest pause that a server may ask for in `Retry-After`. When it asks for more, the call fails at once and the
    /// error says how long to wait.
    #[must_use]
    pub fn retry_after_limit(mut self, limit: Duration) -> Self {
        self.retry_after_limit = limit;
        self
    }

    /// The pause before retry number `retry`, counted from 0.
    pub(crate) fn pause(&self, retry: u32) -> Duration {
        let bound = self
            .first_pause
            .saturating_mul(1 << retry.min(16))
            .min(self.longest_pause);
        bound.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_below_a_growing_bound() {
        let policy = RetryPolicy::new();
        for (retry, bound) in [(0, 500), (1, 1000), (2, 2000), (4, 8000), (40, 8000)] {
            for _ in 0..100 {
                assert!(policy.pause(retry) <= Duration::from_millis(bound));
            }
        }
    }
}
