//! Inputs of several parts, in a form that a person can write: a line `=== TITLE` begins a part.

/// What a line that begins a part begins with.
pub const MARK: &[u8] = b"=== ";

/// A part of an input.
#[derive(Debug, Clone, Copy)]
pub struct Section<'i> {
    /// What stands behind the mark.
    pub title: &'i str,
    /// The lines below it, without the last line feed.
    pub body: &'i [u8],
}

/// Splits an input: what stands before the first mark, and the parts.
#[must_use]
pub fn split(input: &[u8]) -> (&[u8], Vec<Section<'_>>) {
    let starts = starts(input);
    let Some(first) = starts.first() else {
        return (input, Vec::new());
    };
    let ends = starts[1..].iter().copied().chain([input.len() + 1]);
    let parts = starts.iter().zip(ends).map(|(start, end)| {
        let part = &input[start + MARK.len()..end - 1];
        let line = part.iter().position(|byte| *byte == b'\n');
        let (title, body) = match line {
            Some(line) => (&part[..line], &part[line + 1..]),
            None => (part, &[][..]),
        };
        Section {
            title: std::str::from_utf8(title).unwrap_or_default().trim(),
            body,
        }
    });
    (&input[..first.saturating_sub(1)], parts.collect())
}

/// Where the marks are.
#[must_use]
pub fn starts(input: &[u8]) -> Vec<usize> {
    let marks = input.windows(MARK.len()).enumerate();
    marks
        .filter(|(at, window)| *window == MARK && (*at == 0 || input[at - 1] == b'\n'))
        .map(|(at, _)| at)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_begin_with_marks_at_the_start_of_a_line() {
        let (head, parts) = split(b"head\n=== a b\none\n=== two\n\n=== \n=== c");
        assert_eq!(head, b"head");
        let parts: Vec<_> = parts.iter().map(|part| (part.title, part.body)).collect();
        let expected: [(&str, &[u8]); 4] = [("a b", b"one"), ("two", b""), ("", b""), ("c", b"")];
        assert_eq!(parts, expected);
        assert_eq!(split(b"=== a\n").1[0].title, "a");
        assert!(split(b"x === a").1.is_empty());
    }
}
