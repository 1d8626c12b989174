//! Lines and columns of places in the file.

use std::ops::Range;

use crate::diagnostics::Location;

/// Where a span of bytes begins.
pub(super) fn location(file: &str, text: &str, span: &Range<usize>) -> Location {
    let at = (0..=span.start.min(text.len())).rev();
    let start = at.into_iter().find(|at| text.is_char_boundary(*at));
    let before = &text[..start.unwrap_or(0)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Location {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
