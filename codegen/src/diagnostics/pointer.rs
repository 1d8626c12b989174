//! JSON Pointer (RFC 6901).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A JSON pointer in its escaped text form; the empty pointer is the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

/// The text is no JSON pointer: it is not empty and does not start with `/`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a JSON pointer: it must be empty or start with `/`")]
pub struct PointerError(String);

impl Pointer {
    /// The pointer to the whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads the escaped text form.
    ///
    /// # Errors
    /// When the text is neither empty nor starts with `/`.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() || text.starts_with('/') {
            Ok(Self(text.to_owned()))
        } else {
            Err(PointerError(text.to_owned()))
        }
    }

    /// Builds a pointer from unescaped tokens.
    pub fn from_tokens<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let mut pointer = Self::root();
        for token in tokens {
            pointer.push(token.as_ref());
        }
        pointer
    }

    /// The pointer to the member or item `token` of what this points to.
    #[must_use]
    pub fn join(&self, token: &str) -> Self {
        let mut text = String::with_capacity(self.0.len() + token.len() + 1);
        text.push_str(&self.0);
        let mut joined = Self(text);
        joined.push(token);
        joined
    }

    /// The pointer to item `index` of the array that this points to.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    /// Appends one unescaped token in place.
    pub fn push(&mut self, token: &str) {
        self.0.push('/');
        for character in token.chars() {
            match character {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.push(other),
            }
        }
    }

    /// Appends one unescaped token; [`truncate`](Self::truncate) takes it back by the length that this gives.
    pub(crate) fn push_undoable(&mut self, token: &str) -> usize {
        let length = self.0.len();
        self.push(token);
        length
    }

    /// Takes back what was appended since the pointer had this length.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// The pointer without its last token; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rfind('/').map(|at| Self(self.0[..at].to_owned()))
    }

    /// The unescaped tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.split('/').skip(1).map(unescape)
    }

    /// The escaped text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the whole document.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// What follows `prefix` in this pointer, if `prefix` is an ancestor of it or the same place.
    #[must_use]
    pub fn strip_prefix(&self, prefix: &Self) -> Option<&str> {
        let rest = self.0.strip_prefix(&prefix.0)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Pointer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_escaped_when_joined_and_unescaped_when_read() {
        let pointer = Pointer::root().join("paths").join("/a~b/{id}").index(3);
        assert_eq!(pointer.as_str(), "/paths/~1a~0b~1{id}/3");
        let tokens: Vec<_> = pointer.tokens().collect();
        assert_eq!(tokens, ["paths", "/a~b/{id}", "3"]);
        assert_eq!(Pointer::from_tokens(tokens), pointer);
    }

    #[test]
    fn an_empty_token_is_a_member_with_an_empty_name() {
        let pointer = Pointer::parse("/a/").unwrap();
        assert_eq!(pointer.tokens().collect::<Vec<_>>(), ["a", ""]);
        assert_eq!(pointer.parent(), Some(Pointer::parse("/a").unwrap()));
        assert_eq!(Pointer::root().tokens().count(), 0);
    }

    #[test]
    fn text_without_a_leading_slash_is_refused() {
        assert!(Pointer::parse("paths").is_err());
        assert!("#/paths".parse::<Pointer>().is_err());
    }

    #[test]
    fn a_prefix_ends_at_a_token_boundary() {
        let pointer = Pointer::parse("/definitions/Pets").unwrap();
        assert_eq!(
            pointer.strip_prefix(&Pointer::parse("/definitions").unwrap()),
            Some("/Pets")
        );
        assert_eq!(
            pointer.strip_prefix(&Pointer::parse("/definitions/Pet").unwrap()),
            None
        );
    }
}
