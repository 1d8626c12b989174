//! The sink that every stage reports into.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::{Code, Diagnostic, Location, Pointer, Severity};

/// How many diagnostics of one code are kept; further ones are counted only, so that a document which makes the
/// same mistake a million times costs no memory.
pub const MAX_KEPT_PER_CODE: usize = 500;

/// How many bytes a message may have: it quotes the document, which may have names of any length.
const MAX_MESSAGE: usize = 2_000;

/// Translates a pointer into the canonical document to one into the source document.
type Translation = Box<dyn Fn(&Pointer) -> Pointer + Send + Sync>;

/// Collects diagnostics: identical ones once, at most [`MAX_KEPT_PER_CODE`] of each code.
#[derive(Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    seen: HashSet<u64>,
    counts: BTreeMap<(Code, Severity), usize>,
    kept_per_code: BTreeMap<Code, usize>,
    /// What callers may write a hint to when their diagnostic isn't kept.
    discarded: Option<Diagnostic>,
    translation: Option<Translation>,
}

impl Diagnostics {
    /// An empty sink.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on, pointers given to [`report`](Self::report) are translated by `translation`: stages after
    /// normalize speak of the canonical document, the user knows only the source.
    pub fn translate_pointers(
        &mut self,
        translation: impl Fn(&Pointer) -> Pointer + Send + Sync + 'static,
    ) {
        self.translation = Some(Box::new(translation));
    }

    /// Reports an error.
    pub fn error(
        &mut self,
        code: Code,
        pointer: &Pointer,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(code, Severity::Error, pointer, message.into())
    }

    /// Reports a warning.
    pub fn warn(
        &mut self,
        code: Code,
        pointer: &Pointer,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(code, Severity::Warning, pointer, message.into())
    }

    /// Reports a note.
    pub fn note(
        &mut self,
        code: Code,
        pointer: &Pointer,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(code, Severity::Note, pointer, message.into())
    }

    /// Reports an error about a place in a file that is no place in the tree.
    pub fn error_at(
        &mut self,
        code: Code,
        location: Location,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report_at(code, Severity::Error, location, message.into())
    }

    /// Reports a warning about a place in a file that is no place in the tree.
    pub fn warn_at(
        &mut self,
        code: Code,
        location: Location,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report_at(code, Severity::Warning, location, message.into())
    }

    /// Reports a note about a place in a file that is no place in the tree.
    pub fn note_at(
        &mut self,
        code: Code,
        location: Location,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report_at(code, Severity::Note, location, message.into())
    }

    fn report_at(
        &mut self,
        code: Code,
        severity: Severity,
        location: Location,
        message: String,
    ) -> &mut Diagnostic {
        self.keep(Diagnostic {
            code,
            severity,
            pointer: Pointer::root(),
            location: Some(location),
            message,
            hint: None,
        })
    }

    /// Reports a finding and returns it, for a [hint](Diagnostic::hint).
    pub fn report(
        &mut self,
        code: Code,
        severity: Severity,
        pointer: &Pointer,
        message: String,
    ) -> &mut Diagnostic {
        let pointer = match &self.translation {
            Some(translate) => translate(pointer),
            None => pointer.clone(),
        };
        self.keep(Diagnostic {
            code,
            severity,
            pointer,
            location: None,
            message,
            hint: None,
        })
    }

    fn keep(&mut self, mut diagnostic: Diagnostic) -> &mut Diagnostic {
        shorten(&mut diagnostic.message);
        let (code, severity) = (diagnostic.code, diagnostic.severity);
        let kept_of_code = self.kept_per_code.entry(code).or_default();
        let mut hasher = DefaultHasher::new();
        let Diagnostic {
            pointer,
            location,
            message,
            ..
        } = &diagnostic;
        (code, pointer, location, message).hash(&mut hasher);
        // Once the bound is reached nothing more is remembered, so later repetitions are counted again: the
        // count is then an upper bound, and the sink stays small.
        let is_full = *kept_of_code >= MAX_KEPT_PER_CODE;
        if !is_full && !self.seen.insert(hasher.finish()) {
            return self.discarded.insert(diagnostic);
        }
        *self.counts.entry((code, severity)).or_default() += 1;
        if is_full {
            return self.discarded.insert(diagnostic);
        }
        *kept_of_code += 1;
        let at = self.kept.len();
        self.kept.push(diagnostic);
        &mut self.kept[at]
    }

    /// The kept diagnostics, in the order they were reported.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.kept.iter()
    }

    /// Whether something of this code was reported about a place in the source, and kept.
    #[must_use]
    pub fn is_reported(&self, code: Code, pointer: &Pointer) -> bool {
        let mut kept = self.kept.iter();
        kept.any(|found| found.code == code && found.pointer == *pointer)
    }

    /// Whether nothing was reported.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many findings of a severity were reported, kept or not.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.counts
            .iter()
            .filter(|((_, s), _)| *s == severity)
            .map(|(_, count)| count)
            .sum()
    }

    /// How many findings of each code were reported, kept or not.
    #[must_use]
    pub fn counts_by_code(&self) -> BTreeMap<Code, usize> {
        let mut by_code = BTreeMap::new();
        for ((code, _), count) in &self.counts {
            *by_code.entry(*code).or_default() += count;
        }
        by_code
    }

    /// How many findings were reported but not kept.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.counts.values().sum::<usize>() - self.kept.len()
    }

    /// Whether an error was reported.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// The pointers of the kept diagnostics that have no location yet, for
    /// [`Document::locate`](crate::source::Document::locate).
    #[must_use]
    pub fn unlocated(&self) -> Vec<Pointer> {
        self.kept
            .iter()
            .filter(|d| d.location.is_none())
            .map(|d| d.pointer.clone())
            .collect()
    }

    /// Fills in the locations of those that [`unlocated`](Self::unlocated) returned, in the same order.
    pub fn set_locations(&mut self, locations: impl IntoIterator<Item = Option<Location>>) {
        let unlocated = self.kept.iter_mut().filter(|d| d.location.is_none());
        for (diagnostic, location) in unlocated.zip(locations) {
            diagnostic.location = location;
        }
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Leaves out the middle of a message that is too long, so that its end is still read.
fn shorten(message: &mut String) {
    if message.len() <= MAX_MESSAGE {
        return;
    }
    let half = MAX_MESSAGE / 2;
    let boundary = |from: usize| (from..=message.len()).find(|at| message.is_char_boundary(*at));
    if let (Some(from), Some(to)) = (boundary(half), boundary(message.len() - half)) {
        message.replace_range(from..to, " … ");
    }
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.kept).finish()
    }
}

/// As `{"errors": n, "warnings": n, "notes": n, "by_code": {…}, "dropped": n, "items": […]}`.
impl Serialize for Diagnostics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Diagnostics", 6)?;
        report.serialize_field("errors", &self.count(Severity::Error))?;
        report.serialize_field("warnings", &self.count(Severity::Warning))?;
        report.serialize_field("notes", &self.count(Severity::Note))?;
        report.serialize_field("by_code", &self.counts_by_code())?;
        report.serialize_field("dropped", &self.dropped())?;
        report.serialize_field("items", &self.kept)?;
        report.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    #[test]
    fn identical_findings_are_kept_and_counted_once() {
        let mut diagnostics = Diagnostics::new();
        for _ in 0..3 {
            diagnostics
                .warn(Code::DanglingReference, &pointer("/a"), "no `X`")
                .hint("declare `X`");
        }
        diagnostics.warn(Code::DanglingReference, &pointer("/b"), "no `X`");
        assert_eq!(diagnostics.iter().count(), 2);
        assert_eq!(diagnostics.count(Severity::Warning), 2);
        assert_eq!(
            diagnostics.iter().next().unwrap().hint.as_deref(),
            Some("declare `X`")
        );
        assert!(!diagnostics.has_errors());
    }

    #[test]
    fn beyond_the_bound_findings_are_counted_but_not_kept() {
        let mut diagnostics = Diagnostics::new();
        for index in 0..MAX_KEPT_PER_CODE + 7 {
            diagnostics.error(Code::WrongType, &Pointer::root().index(index), "wrong");
        }
        assert_eq!(diagnostics.iter().count(), MAX_KEPT_PER_CODE);
        assert_eq!(diagnostics.count(Severity::Error), MAX_KEPT_PER_CODE + 7);
        assert_eq!(diagnostics.dropped(), 7);
    }

    #[test]
    fn long_messages_lose_their_middle() {
        let mut diagnostics = Diagnostics::new();
        let message = format!("`{}` is no name", "ä".repeat(100_000));
        diagnostics.warn(Code::WrongType, &Pointer::root(), message);
        let kept = &diagnostics.iter().next().unwrap().message;
        assert!(kept.starts_with("`ä") && kept.ends_with("ä` is no name"));
        assert!(kept.len() < MAX_MESSAGE + 20);
    }

    #[test]
    fn pointers_are_translated_from_when_a_translation_is_set() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.note(Code::WrongType, &pointer("/x"), "before");
        diagnostics.translate_pointers(|p| {
            pointer("/source").join(p.tokens().last().unwrap_or_default().as_ref())
        });
        diagnostics.note(Code::WrongType, &pointer("/x"), "after");
        let pointers: Vec<_> = diagnostics.iter().map(|d| d.pointer.as_str()).collect();
        assert_eq!(pointers, ["/x", "/source/x"]);
    }

    #[test]
    fn findings_in_different_places_of_a_file_differ() {
        let mut diagnostics = Diagnostics::new();
        for line in [1, 2, 2] {
            let location = Location {
                line,
                ..Location::start_of("api.json")
            };
            diagnostics.warn_at(Code::TrailingComma, location, "a comma");
        }
        assert_eq!(diagnostics.count(Severity::Warning), 2);
        assert!(diagnostics.unlocated().is_empty());
    }

    #[test]
    fn the_json_form_has_counts_and_items() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.warn(Code::DanglingReference, &pointer("/a"), "no `X`");
        let json = serde_json::to_value(&diagnostics).unwrap();
        assert_eq!(json["warnings"], 1);
        assert_eq!(json["by_code"]["dangling-reference"], 1);
        assert_eq!(json["items"][0]["pointer"], "/a");
        assert_eq!(json["items"][0]["severity"], "warning");
    }
}
