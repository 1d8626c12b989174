//! Where a document comes from: finds its bytes, tells JSON from YAML, and turns places back into lines.
//!
//! The rest of the program sees a [`serde_json::Value`] and JSON pointers only. A parsed tree does not remember
//! positions, which keeps parsing as fast as it can be: when there are diagnostics to show, the text is scanned
//! once more for all their pointers together ([`Document::locate`]).

mod build;
mod connector;
mod encoding;
mod error;
mod external;
mod file;
mod folder;
mod json;
mod keyword;
mod locate;
mod overlay;
mod place;
mod repair;
mod yaml;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::build::Parsed;
pub use self::error::SourceError;
pub use self::external::Access;
use self::file::Origins;
pub use self::file::{Input, SourceFile};
pub(crate) use self::keyword::{METHODS, holds_data, names_its_members};
pub(crate) use self::place::{place_of, places_of};
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

/// A parsed definition together with the texts that it was made of.
#[derive(Debug)]
pub struct Document {
    /// The parsed tree. Normalize takes it out by value.
    pub root: Value,
    /// The files whose content is in the tree, the definition itself first.
    pub files: Vec<SourceFile>,
    /// Where the definition itself was read from.
    path: Option<PathBuf>,
    /// What was read, in the order of reading.
    inputs: Vec<Input>,
    /// What in the tree is not from the definition itself.
    origins: Origins,
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
        let definition = &document.files[0];
        let input = Input::file(&files.definition, definition.text.len());
        document.inputs.push(input);
        document.path = Some(files.definition.clone());
        connector::attach(&mut document, &files, diagnostics)?;
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
        let (parsed, format) = parse_text(name, &text, usize::MAX, diagnostics)?;
        report_duplicates(parsed.duplicate_keys, diagnostics);
        Ok(Self {
            root: parsed.root,
            files: vec![SourceFile {
                name: name.to_owned(),
                text,
                format: Some(format),
            }],
            path: None,
            inputs: Vec::new(),
            origins: Origins::default(),
        })
    }

    /// Makes `value` a member of the root; it came from the place `part` of `file`, which was read from `path`.
    fn attach(&mut self, member: &str, value: Value, file: SourceFile, part: Pointer, path: &Path) {
        let Value::Object(members) = &mut self.root else {
            return;
        };
        members.insert(member.to_owned(), value);
        let origin = (self.files.len(), part);
        self.origins.insert(Pointer::from_tokens([member]), origin);
        self.inputs.push(Input::file(path, file.text.len()));
        self.files.push(file);
    }

    /// What was read, in the order of reading; nothing of a document that did not come from a file.
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        self.inputs.clone()
    }

    /// The definition itself, without what else is in the tree.
    #[must_use]
    pub fn definition(&self) -> &SourceFile {
        // A document is only ever made of at least one.
        &self.files[0]
    }

    /// Finds the places of many pointers in one pass over each text. A pointer that does not exist gets the place
    /// of its nearest ancestor.
    #[must_use]
    pub fn locate(&self, pointers: &[Pointer]) -> Vec<Option<Location>> {
        file::locate(&self.files, &self.origins, pointers)
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
        for file in self.files {
            sources.add(file.name, file.text);
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

/// Parses a text in its notation; `most` is what the tree of YAML, with its aliases expanded, may weigh.
fn parse_text(
    name: &str,
    text: &str,
    most: usize,
    diagnostics: &mut Diagnostics,
) -> Result<(Parsed, Format), SourceError> {
    let format = notation(text);
    let parsed = match format {
        Format::Json => json::parse(name, text, diagnostics)?,
        Format::Yaml => yaml::parse(name, text, most)?,
    };
    Ok((parsed, format))
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
        if start
            .trim_start_matches(['{', '"', ' ', '\n', '\r', '\t'])
            .starts_with("overlay")
        {
            let hint =
                "this is an overlay: give the path of the document, and this one after `--overlay`";
            return Err(error.with_hint(hint));
        }
        return Err(error.with_hint(match is_companion {
            true => "these are the properties of a Power Platform connector: give the path of its folder",
            false => "such a document starts with `openapi: 3.…` or `swagger: '2.0'`",
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
