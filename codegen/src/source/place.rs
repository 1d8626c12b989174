//! Lines and columns of byte offsets.

use std::collections::HashMap;

/// The line and column, both from 1 and in characters, of each of these byte offsets; found in one pass.
pub(crate) fn places_of(text: &str, mut offsets: Vec<usize>) -> HashMap<usize, (usize, usize)> {
    offsets.sort_unstable();
    offsets.dedup();
    let mut places = HashMap::with_capacity(offsets.len());
    let (mut at, mut line, mut column) = (0, 1, 1);
    for offset in offsets {
        let passed = text.get(at..offset).unwrap_or_default();
        let breaks = memchr::memchr_iter(b'\n', passed.as_bytes()).count();
        let last_line = match passed.rfind('\n') {
            Some(last_break) => {
                column = 1;
                &passed[last_break + 1..]
            }
            None => passed,
        };
        line += breaks;
        column += last_line.chars().count();
        at = offset;
        places.insert(offset, (line, column));
    }
    places
}

/// The line and column of one byte offset.
pub(crate) fn place_of(text: &str, offset: usize) -> (usize, usize) {
    places_of(text, vec![offset])
        .get(&offset)
        .copied()
        .unwrap_or((1, 1))
}
