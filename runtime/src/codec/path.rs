//! Places in an answer.

use std::fmt;

use serde_json::Value;

/// How much of a name a place shows: keys of maps are data.
const NAME: usize = 60;

/// A place in an answer: a JSONPath (RFC 9535), in the body unless a header is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    header: Option<String>,
    /// Innermost first, as errors travel.
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Field(String),
    Index(usize),
}

impl Segment {
    pub(crate) fn field(name: &str) -> Self {
        Self::Field(cut(name, NAME))
    }
}

impl Path {
    /// A place in the body, by the way to it from the outside.
    pub(crate) fn inwards(segments: &[Segment]) -> Self {
        Self {
            header: None,
            segments: segments.iter().rev().cloned().collect(),
        }
    }

    /// The same place, seen from outside.
    pub(crate) fn push(&mut self, outer: Segment) {
        self.segments.push(outer);
    }

    pub(crate) fn set_header(&mut self, name: &str) {
        self.header = Some(cut(name, NAME));
    }

    /// Whether a name on the way speaks of a secret.
    pub(crate) fn is_secret(&self) -> bool {
        self.header.as_deref().is_some_and(speaks_of_secret)
            || self.segments.iter().any(|segment| match segment {
                Segment::Field(name) => speaks_of_secret(name),
                Segment::Index(_) => false,
            })
    }
}

/// `$.items[3].price`; `$[0] of the header "x-list"`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for segment in self.segments.iter().rev() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Field(name) if is_plain(name) => write!(f, ".{name}")?,
                Segment::Field(name) => write!(f, "[{}]", Value::from(name.as_str()))?,
            }
        }
        match &self.header {
            Some(name) => write!(f, " of the header `{name}`"),
            None => Ok(()),
        }
    }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The first characters of a text.
pub(super) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether a name, or a text as a whole, is about what must not be shown.
pub(super) fn speaks_of_secret(text: &str) -> bool {
    const WORDS: [&str; 17] = [
        "token",
        "secret",
        "passw",
        "passphrase",
        "credential",
        "authorization",
        "cookie",
        "session",
        "signature",
        "assertion",
        "apikey",
        "accesskey",
        "privatekey",
        "sharedkey",
        "jwt",
        "otp",
        "bearer",
    ];
    let letters: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    letters == "pin" || letters == "key" || WORDS.iter().any(|word| letters.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_speak_of_secrets_are_known_in_every_spelling() {
        for name in [
            "access_token",
            "clientSecret",
            "X-Api-Key",
            "Set-Cookie",
            "PIN",
            "userPassword",
        ] {
            assert!(speaks_of_secret(name), "{name}");
        }
        for name in ["id", "price", "pinned", "keyboard", "name"] {
            assert!(!speaks_of_secret(name), "{name}");
        }
    }

    #[test]
    fn keys_of_maps_are_cut_short() {
        let path = Path::inwards(&[Segment::field(&"é".repeat(5000)), Segment::Index(1)]);
        assert!(path.to_string().len() < 200, "{path}");
    }
}
