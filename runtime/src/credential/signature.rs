//! What signatures over requests have in common.

#[cfg(any(feature = "shared-key", feature = "sigv4"))]
use http::HeaderMap;
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
use percent_encoding::percent_decode_str;
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
use ring::hmac;
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
use url::Url;

/// Lower-case hexadecimal digits.
#[cfg(any(feature = "digest", feature = "sigv4"))]
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// HMAC with SHA-256 (RFC 2104).
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
}

/// A header's values as signatures have them: one line, a comma between values.
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
pub(super) fn header_line(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        text.trim().to_owned()
    });
    values.collect::<Vec<_>>().join(",")
}

/// The names of the headers that start with `prefix`, sorted, each once.
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
pub(super) fn names_with<'h>(headers: &'h HeaderMap, prefix: &str) -> Vec<&'h str> {
    let names = headers.keys().map(|name| name.as_str());
    let mut names: Vec<&str> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_unstable();
    names
}

/// Names and values of the query, without their escapes. `+` stands for itself: the runtime writes spaces as `%20`.
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
pub(super) fn query_pairs(url: &Url) -> Vec<(String, String)> {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = url.query().unwrap_or_default().split('&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        })
        .collect()
}
