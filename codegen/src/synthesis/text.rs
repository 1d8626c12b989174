//! Strings.

use super::shape::Shape;
use super::work::Work;
use super::{format, pattern};

/// A string that must be longer is not made.
const MAX_LENGTH: usize = 20_000;

/// What stands for a length without an upper bound.
const ROOM: usize = 40;

/// Texts that the shape allows, plain ones first.
pub(super) fn texts(shape: &Shape<'_>, work: &Work<'_>) -> Vec<String> {
    let is_long_enough = |text: &str| {
        let length = text.chars().count();
        length >= shape.length.min && shape.length.max.is_none_or(|max| length <= max)
    };
    let matches = |patterns: &[&str], text: &str| {
        let mut patterns = patterns.iter();
        patterns.all(|pattern| work.matches(pattern, text) == Some(true))
    };
    let fits = |text: &String| is_long_enough(text) && matches(&shape.patterns, text);
    let mut texts = Vec::new();
    if let Some(of_format) = shape.format.as_deref().and_then(format::texts) {
        texts.extend(of_format.iter().map(|text| (*text).to_owned()).filter(fits));
    }
    if let Some((pattern, others)) = shape.patterns.split_first() {
        texts.extend(pattern::texts(pattern, 3, work, |text| {
            is_long_enough(text)
                && format::allows_text(shape.format.as_deref(), text)
                && matches(others, text)
        }));
    }
    if texts.is_empty() {
        texts.extend(plain(shape).into_iter().filter(fits));
    }
    texts.dedup();
    texts
}

/// Texts of the right length: a word, the shortest, the longest, and one that is hard to encode.
fn plain(shape: &Shape<'_>) -> Vec<String> {
    let min = shape.length.min;
    let max = shape.length.max.unwrap_or(min.saturating_add(ROOM));
    if min > MAX_LENGTH || min > max {
        return Vec::new();
    }
    let of_length = |length: usize| {
        "abcdefghij"
            .chars()
            .cycle()
            .take(length)
            .collect::<String>()
    };
    let mut texts = Vec::new();
    if (min..=max).contains(&"text".len()) {
        texts.push("text".to_owned());
    }
    texts.push(of_length(min.max(1).min(max)));
    let is_bounded = shape.length.max.is_some_and(|max| max <= MAX_LENGTH);
    if is_bounded && max <= 512 {
        texts.push(of_length(max));
    }
    if shape.format.is_none() {
        texts.push("Zoë & Łukasz: 50% \"off\", a+b=c/d?".to_owned());
    }
    texts
}
