//! Where a document comes from: finds its bytes, tells JSON from YAML, and turns places back into lines.
//!
//! The rest of the program sees a [`serde_json::Value`] and JSON pointers only. A parsed tree does not remember
//! positions, which keeps parsing as fast as it can be: when there are diagnostics to show, the text is scanned
//! once more for all their pointers together ([`Document::locate`]).

mod build;
mod connector;
mod encoding;
mod error;
mod folder;
mod json;
mod locate;
mod place;
mod repair;
mod yaml;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use self::connector::Companion;
pub use self::error::SourceError;
use crate::diagnostics::{Code, Diagnostics, Location, Pointer, Sources};

/// The largest document that is read, in bytes.
pub const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// How much of a stream is looked at before the rest is read.
const START_BYTES: u64 = 4096;

/// The notation of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON (RFC 8259).
    Json,
    /// YAML 1.2, of which OpenAPI uses the JSON-compatible part.
    Yaml,
}

/// A parsed definition together with its text.
#[derive(Debug)]
pub struct Document {
    /// The parsed tree. Normalize takes it out by value.
    pub root: Value,
    /// The file as the user named it, `-` for standard input.
    pub name: String,
    /// The text, in UTF-8 without a byte order mark.
    pub text: String,
    /// The notation that the text turned out to be in.
    pub format: Format,
    /// The files beside it whose content is in the tree, too.
    pub companions: Vec<Companion>,
}

impl Document {
    /// Reads a file, or the one definition in a folder; and what a Power Platform connector has beside its definition.
    ///
    /// The object `properties` of its `apiProperties.json` becomes the member `x-connector-properties` of the root,
    /// and its script `x-connector-script`, an object of `file` and `text`.
    ///
    /// # Errors
    /// When a file cannot be read, is too large, or is no JSON or YAML; when the folder does not hold exactly one
    /// definition.
    pub fn load(path: &Path, diagnostics: &mut Diagnostics) -> Result<Self, SourceError> {
        let files = folder::files_of(path)?;
        let name = files.definition.display().to_string();
        let bytes = read_file(&files.definition)?;
        let mut document = Self::parse(&name, bytes, diagnostics)?;
        document.companions = connector::attach(&mut document.root, &files, diagnostics)?;
        Ok(document)
    }

    /// Reads a stream to its end; `name` is what diagnostics call it.
    ///
    /// # Errors
    /// When the stream fails, is too large, or is no JSON or YAML.
    pub fn read(
        name: &str,
        reader: impl Read,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self, SourceError> {
        let bytes = read_bounded(name, reader)?;
        Self::parse(name, bytes, diagnostics)
    }

    /// Parses bytes; `name` is what diagnostics call them.
    ///
    /// # Errors
    /// When the bytes are no text, no JSON and no YAML, nested too deeply, or plainly no API definition.
    pub fn parse(
        name: &str,
        bytes: Vec<u8>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self, SourceError> {
        let text = encoding::decode(name, bytes, diagnostics)?;
        refuse_other_content(name, &text)?;
        let format = notation(&text);
        let parsed = match format {
            Format::Json => json::parse(name, &text, diagnostics)?,
            Format::Yaml => yaml::parse(name, &text)?,
        };
        report_duplicates(parsed.duplicate_keys, diagnostics);
        Ok(Self {
            root: parsed.root,
            name: name.to_owned(),
            text,
            format,
            companions: Vec::new(),
        })
    }

    /// Finds the places of many pointers in one pass over the text. A pointer that does not exist gets the place
    /// of its nearest ancestor.
    #[must_use]
    pub fn locate(&self, pointers: &[Pointer]) -> Vec<Option<Location>> {
        if pointers.is_empty() {
            return Vec::new();
        }
        let places = match self.format {
            Format::Json => json::locate(&self.text, pointers),
            Format::Yaml => yaml::locate(&self.text, pointers),
        };
        let location = |(line, column)| Location {
            file: self.name.clone(),
            line,
            column,
        };
        let mut locations: Vec<_> = places
            .into_iter()
            .map(|place| place.map(location))
            .collect();
        for companion in &self.companions {
            for (location, inside) in locations.iter_mut().zip(companion.locate(pointers)) {
                if inside.is_some() {
                    *location = inside;
                }
            }
        }
        locations
    }

    /// Gives every diagnostic its location.
    pub fn locate_all(&self, diagnostics: &mut Diagnostics) {
        let locations = self.locate(&diagnostics.unlocated());
        diagnostics.set_locations(locations);
    }

    /// The texts, for excerpts.
    #[must_use]
    pub fn into_sources(self) -> Sources {
        let mut sources = Sources::default();
        sources.add(self.name, self.text);
        for companion in self.companions {
            sources.add(companion.name, companion.text);
        }
        sources
    }
}

/// The files that [`Document::load`] would read.
///
/// # Errors
/// When `path` is a folder that cannot be listed or does not hold exactly one definition.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let files = folder::files_of(path)?;
    let companions = files.properties.into_iter().chain(files.script);
    Ok(std::iter::once(files.definition)
        .chain(companions)
        .collect())
}

fn read_file(path: &Path) -> Result<Vec<u8>, SourceError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| SourceError::unreadable(&name, &error))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    if size > MAX_BYTES {
        return Err(SourceError::too_large(&name, size));
    }
    read_bounded(&name, file)
}

fn read_bounded(name: &str, reader: impl Read) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    let mut bounded = reader.take(START_BYTES);
    let unreadable = |error| SourceError::unreadable(name, &error);
    bounded.read_to_end(&mut bytes).map_err(unreadable)?;
    // A device or an archive may have no end.
    encoding::refuse_binary(name, &bytes)?;
    bounded.set_limit(MAX_BYTES + 1 - bytes.len() as u64);
    bounded.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SourceError::too_large(name, bytes.len() as u64));
    }
    Ok(bytes)
}

fn report_duplicates(keys: impl IntoIterator<Item = Pointer>, diagnostics: &mut Diagnostics) {
    for key in keys {
        let message = "this key occurs more than once in its mapping; the last one counts";
        diagnostics.warn(Code::DuplicateKey, &key, message);
    }
}

/// Tells the notation by the content: extensions lie, and standard input has none. A flow mapping in YAML may
/// start with a brace too, but then its first key is rarely quoted.
fn notation(text: &str) -> Format {
    let Some(rest) = text.trim_start().strip_prefix('{') else {
        return Format::Yaml;
    };
    match rest.trim_start().chars().next() {
        Some('"' | '}' | '{' | '[') | None => Format::Json,
        Some(_) => Format::Yaml,
    }
}

/// Refuses what is plainly no definition before any parser works through it.
fn refuse_other_content(name: &str, text: &str) -> Result<(), SourceError> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(SourceError::not_a_definition(name, "the document is empty"));
    }
    if start.starts_with('<') {
        let error = SourceError::not_a_definition(name, "this is HTML or XML, not JSON or YAML");
        return Err(error.with_hint("download the raw file instead of the page that shows it"));
    }
    if !["openapi", "swagger", "paths"]
        .iter()
        .any(|keyword| text.contains(keyword))
    {
        let error =
            SourceError::not_a_definition(name, "this is not an OpenAPI or Swagger document");
        let is_companion = [
            "connectionParameters",
            "policyTemplateInstances",
            "iconBrandColor",
        ]
        .iter()
        .any(|keyword| text.contains(keyword));
        return Err(error.with_hint(match is_companion {
            true => "these are the properties of a Power Platform connector: give the path of its folder",
            false => "such a document starts with `openapi: 3.…` or `swagger: '2.0'`",
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
