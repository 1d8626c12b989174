//! Names, told apart by where they are printed.

use std::fmt;

/// A name as it goes over the wire: a property, a parameter, a header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WireName(String);

impl WireName {
    /// Takes the name as the document has it.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as the document has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A Rust identifier that is free in its scope and no keyword.
///
/// Only [`lower::names`](crate::lower) makes them, so a collision can't be printed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RustName(String);

impl RustName {
    pub(crate) fn new_unchecked(name: String) -> Self {
        Self(name)
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RustName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names of packages that Cargo refuses or keeps for itself, and the one package that every crate depends on.
const TAKEN_BY_CARGO: [&str; 10] = [
    "test",
    "core",
    "std",
    "alloc",
    "proc-macro",
    "build",
    "deps",
    "examples",
    "incremental",
    "connector-runtime",
];

/// Whether Windows takes a name for a device, so that no file or folder can be called that, with any extension.
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_numbered = |name: &str| matches!(name.as_bytes(), [b'1'..=b'9']);
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul")
        || name.strip_prefix("com").is_some_and(is_numbered)
        || name.strip_prefix("lpt").is_some_and(is_numbered)
}

/// The name of a package: ASCII letters, digits and single hyphens, starting with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// Makes a package name out of any text, such as a title; empty text gives `api`.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let mut name = String::new();
        for c in text.chars() {
            if name.len() >= 64 {
                break;
            }
            match c {
                'a'..='z' | '0'..='9' => name.push(c),
                'A'..='Z' => name.push(c.to_ascii_lowercase()),
                _ if name.is_empty() || name.ends_with('-') => {}
                _ => name.push('-'),
            }
        }
        let name = name.trim_end_matches('-');
        match name.as_bytes().first() {
            None => Self("api".to_owned()),
            Some(b'0'..=b'9') => Self(format!("api-{name}")),
            // Cargo refuses keywords and the names of its own test and build crates.
            Some(_) if syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err() => {
                Self(format!("{name}-api"))
            }
            Some(_) if TAKEN_BY_CARGO.contains(&name) || is_device(name) => {
                Self(format!("{name}-api"))
            }
            Some(_) => Self(name.to_owned()),
        }
    }

    /// The name as Cargo has it, with hyphens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as `use` has it, with underscores.
    #[must_use]
    pub fn crate_name(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::PackageName;

    #[test]
    fn package_names_are_what_cargo_takes() {
        for (text, expected) in [
            ("Acme API", "acme-api"),
            ("  GitHub v3 REST API!", "github-v3-rest-api"),
            ("3scale", "api-3scale"),
            ("", "api"),
            ("日本", "api"),
            ("../../etc/passwd", "etc-passwd"),
            ("type", "type-api"),
            ("test", "test-api"),
            ("Connector Runtime", "connector-runtime-api"),
            ("CON", "con-api"),
            ("com1", "com1-api"),
            ("com", "com"),
        ] {
            assert_eq!(PackageName::from_text(text).as_str(), expected, "{text:?}");
        }
    }
}
