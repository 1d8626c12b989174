//! Slips of the pen.

/// Whether a word differs from another by one letter too many, too few, or wrong, or by two letters in the wrong order. The case
/// of ASCII letters does not count.
pub(super) fn is_one_edit_away(word: &str, other: &str) -> bool {
    let word: Vec<u8> = word.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let other: Vec<u8> = other
        .bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    let same = word.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (word, other) = (&word[same..], &other[same..]);
    match (word, other) {
        ([], []) => false,
        ([_, rest @ ..], _) if rest == other => true,
        (_, [_, rest @ ..]) if rest == word => true,
        ([a, b, rest @ ..], [c, d, others @ ..]) if (a, b) == (d, c) && rest == others => true,
        ([_, rest @ ..], [_, others @ ..]) => rest == others,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_one_edit_away;

    #[test]
    fn one_slip_is_found_and_two_are_not() {
        for slip in [
            "queryParamters",
            "queryParametters",
            "queryPerameters",
            "qureyparameters",
        ] {
            assert!(is_one_edit_away("queryParameters", slip), "{slip}");
        }
        for other in ["queryParameters", "queryParams", "qeuryParamters", ""] {
            assert!(!is_one_edit_away("queryParameters", other), "{other}");
        }
    }
}
