//! When a token is renewed.

use std::time::Duration;

/// Nothing is renewed earlier than this before it expires.
const LONGEST_MARGIN: Duration = Duration::from_secs(5 * 60);

/// A token is not used in its last moments, for it has to arrive before it expires.
const LONGEST_SKEW: Duration = Duration::from_secs(30);

/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How long before its expiry a token is renewed: a fifth of its life, so that short-lived tokens are used at all, with jitter,
/// so that those who were granted tokens together do not renew them together. `random` is from 0 to 1.
pub(super) fn margin(lifetime: Duration, random: f64) -> Duration {
    LONGEST_MARGIN
        .min(lifetime / 5)
        .mul_f64(random.mul_add(0.5, 0.75))
}

/// How long before its expiry a token is no longer used.
pub(super) fn skew(lifetime: Duration) -> Duration {
    LONGEST_SKEW.min(lifetime / 10)
}

/// The pause after the given number of failures in a row.
pub(super) fn pause(failures: u32, random: f64) -> Duration {
    let bound = Duration::from_secs(1)
        .saturating_mul(1 << failures.saturating_sub(1).min(16))
        .min(LONGEST_PAUSE);
    bound.mul_f64(random.mul_add(0.5, 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margin_is_in_proportion_to_the_lifetime() {
        let seconds = Duration::from_secs;
        assert_eq!(margin(seconds(600), 0.5), seconds(120));
        assert_eq!(margin(seconds(24 * 3600), 0.5), seconds(300));
        assert_eq!(margin(seconds(24 * 3600), 0.0), seconds(225));
        assert_eq!(margin(seconds(24 * 3600), 1.0), seconds(375));
        assert!(margin(seconds(1), 1.0) < seconds(1) - skew(seconds(1)));
        assert_eq!(skew(seconds(5)), Duration::from_millis(500));
        assert_eq!(skew(seconds(3600)), seconds(30));
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        assert_eq!(pause(1, 1.0), Duration::from_secs(1));
        assert_eq!(pause(3, 1.0), Duration::from_secs(4));
        assert_eq!(pause(40, 1.0), LONGEST_PAUSE);
        assert_eq!(pause(3, 0.0), Duration::from_secs(2));
    }
}
