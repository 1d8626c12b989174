//! `connector.toml`: what whoever generates a crate knows about an API that its document does not say.
//!
//! The file lies beside the document. It is read strictly: what is not understood is an error with its place in the file, since a
//! setting that is silently ignored is worse than none. `codegen/SETTINGS.md` describes it for users.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

pub use self::read::{FinalState, LongRunning, Paging, PagingWay, Place};
use crate::diagnostics::{Code, Diagnostics, Location};
use crate::source::{SourceError, place_of, places_of};

/// The name of the file beside the document.
pub const FILE_NAME: &str = "connector.toml";

/// The largest file that is read; settings are written by hand.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What the settings say. The default is that of a document without any.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    file: Option<File>,
    decoding: Decoding,
    operations: BTreeMap<Spanned<String>, OperationSettings>,
}

/// The file that the settings are from.
#[derive(Debug, Clone)]
struct File {
    name: String,
    text: String,
}

/// `[decoding]`: how answers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Decoding {
    /// How forgiving decoding is.
    pub mode: Mode,
}

/// How forgiving decoding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// What servers often do differently from their document is accepted.
    #[default]
    Lenient,
    /// An answer has to be what the document says.
    Strict,
}

/// `[operations.ID]`: what is known about one operation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct OperationSettings {
    /// How it hands out pages.
    pub paging: Option<Switch<Spanned<Paging>>>,
    /// How it ends, if it goes on after its answer.
    pub long_running: Option<Switch<Spanned<LongRunning>>>,
}

/// A table, or `false` for "not at all".
#[derive(Debug, Clone, PartialEq)]
pub enum Switch<T> {
    /// `false`.
    Off,
    /// The table.
    On(T),
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    decoding: Decoding,
    operations: BTreeMap<Spanned<String>, OperationSettings>,
}

impl Settings {
    /// Where the settings of a document are, if they are there: beside a file, or in a folder.
    #[must_use]
    pub fn beside(document: &Path) -> Option<PathBuf> {
        let folder = match document.is_dir() {
            true => document,
            false => document.parent().unwrap_or(Path::new("")),
        };
        let path = folder.join(FILE_NAME);
        path.is_file().then_some(path)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it can't be read, is no TOML, or says something that is not understood.
    pub fn load(path: &Path) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let unreadable = |error: io::Error| SourceError::unreadable(&name, &error);
        let mut text = String::new();
        let file = fs::File::open(path).map_err(unreadable)?;
        file.take(MAX_BYTES + 1)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        if text.len() as u64 > MAX_BYTES {
            return Err(SourceError::settings_too_large(&name, MAX_BYTES));
        }
        Self::parse(&name, &text)
    }

    /// Reads a text; `name` is what errors call it.
    ///
    /// # Errors
    /// When it is no TOML, or says something that is not understood.
    pub fn parse(name: &str, text: &str) -> Result<Self, SourceError> {
        let written: Written = toml::from_str(text)
            .map_err(|error| refused(name, text, &error.span().unwrap_or(0..0), error.message()))?;
        for settings in written.operations.values() {
            if let Some(Switch::On(paging)) = &settings.paging {
                paging
                    .get_ref()
                    .check(&paging.span())
                    .map_err(|(span, message)| refused(name, text, &span, &message))?;
            }
        }
        Ok(Self {
            file: Some(File {
                name: name.to_owned(),
                text: text.to_owned(),
            }),
            decoding: written.decoding,
            operations: written.operations,
        })
    }

    /// How answers are read.
    #[must_use]
    pub fn decoding(&self) -> Decoding {
        self.decoding
    }

    /// What is said about an operation, by its id or by method and path.
    #[must_use]
    pub fn operation(&self, id: &str, method: &str, path: &str) -> Option<&OperationSettings> {
        let by_id = self.operations.get(id);
        by_id.or_else(|| self.operations.get(call(method, path).as_str()))
    }

    /// The file and its text, for excerpts.
    #[must_use]
    pub fn source(&self) -> Option<(&str, &str)> {
        let file = self.file.as_ref()?;
        Some((&file.name, &file.text))
    }

    /// Reports something that makes no sense for this document.
    pub fn refuse(&self, span: &Range<usize>, message: String, diagnostics: &mut Diagnostics) {
        if let Some(file) = &self.file {
            let location = file.location(place_of(&file.text, span.start));
            diagnostics.error_at(Code::SettingsInvalid, location, message);
        }
    }

    /// Reports something that may make sense for what comes, and makes none for the document.
    pub fn doubt(&self, span: &Range<usize>, message: String, diagnostics: &mut Diagnostics) {
        if let Some(file) = &self.file {
            let location = file.location(place_of(&file.text, span.start));
            diagnostics.warn_at(Code::SettingsInvalid, location, message);
        }
    }

    /// Reports operations that the document does not have, and those that are named twice. `known` are ids, methods and paths.
    pub fn check_operations<'a>(
        &self,
        known: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(file) = self.file.as_ref().filter(|_| !self.operations.is_empty()) else {
            return;
        };
        let mut unknown: BTreeMap<&str, usize> = self
            .operations
            .keys()
            .map(|name| (name.get_ref().as_str(), name.span().start))
            .collect();
        // A file may name many that are wrong: each place by itself would be counted from the file's beginning.
        let places = places_of(&file.text, unknown.values().copied().collect());
        let location =
            |offset: usize| file.location(places.get(&offset).copied().unwrap_or((1, 1)));
        let mut near: BTreeMap<String, &str> = BTreeMap::new();
        for (id, method, path) in known {
            near.insert(id.to_lowercase(), id);
            let by_id = unknown.remove(id).is_some();
            let by_call = unknown.remove(call(method, path).as_str());
            if let Some(offset) = by_call.filter(|_| by_id) {
                let message = format!("`{id}` is the same operation");
                diagnostics.error_at(Code::SettingsInvalid, location(offset), message);
            }
        }
        for (name, offset) in unknown {
            let message = format!("the document has no operation `{name}`");
            let reported = diagnostics.error_at(Code::SettingsInvalid, location(offset), message);
            reported.hint(match near.get(&name.to_lowercase()) {
                Some(id) => format!("there is an operation `{id}`"),
                None => {
                    "name an operation by its operationId, or as in \"GET /things/{id}\"".to_owned()
                }
            });
        }
    }
}

impl File {
    fn location(&self, (line, column): (usize, usize)) -> Location {
        Location {
            file: self.name.clone(),
            line,
            column,
        }
    }
}

/// The error for what is not understood at a place.
fn refused(name: &str, text: &str, span: &Range<usize>, message: &str) -> SourceError {
    let message = message.trim().replace('\n', ": ");
    let place = place_of(text, span.start);
    SourceError::located(Code::SettingsInvalid, name, place, message, text)
}

/// An operation as settings may name it.
fn call(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}
