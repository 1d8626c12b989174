//! Which values may stand in which part of a URL.

use url::Url;

/// Whether a value may follow `before` in a URL.
pub(crate) fn fits(before: &str, value: &str) -> bool {
    let in_host = |value: &str| {
        value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
    };
    match before.split_once("://") {
        // The template begins with it: a whole URL.
        None if before.is_empty() => Url::parse(value).is_ok_and(|url| url.has_host()),
        None => false,
        Some((_, rest)) if !rest.contains('/') => !value.is_empty() && in_host(value),
        Some(_) => {
            // URLs know dots that are escaped as well.
            let dots = value.to_ascii_lowercase().replace("%2e", ".");
            let leaves = dots.split('/').any(|segment| matches!(segment, "." | ".."));
            let plain = |c: char| !c.is_control() && !c.is_whitespace();
            !leaves && !value.contains(['?', '#', '\\']) && value.chars().all(plain)
        }
    }
}
