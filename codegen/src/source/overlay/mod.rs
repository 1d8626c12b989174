//! Overlays: changes to a document that are kept apart from it (Overlay Specification 1.0, 1.1 and 1.2).
//!
//! They change the document itself, before anything from other files is put into it: an action sees `$ref`s as they
//! are written. What it adds is known to come from the overlay. Whoever names an overlay wants all of it, so what is
//! wrong with it is an error; that a target matches nothing is a warning, as the document may have moved on.

mod action;
mod budget;
mod cost;
mod merge;
mod remove;

use std::path::Path;

use serde_json::Value;

use self::action::Action;
use self::budget::Budget;
use super::file::{Input, SourceFile};
use super::{Document, SourceError, encoding, parse_text, read_file};
use crate::diagnostics::{Code, Diagnostics, Pointer};

/// How deep values may be nested, as in documents.
const MAX_DEPTH: usize = 128;

/// What is wrong with an overlay, and where in it.
struct Problem {
    code: Code,
    at: Pointer,
    message: String,
    hint: Option<&'static str>,
}

impl Problem {
    fn new(at: Pointer, message: impl Into<String>) -> Self {
        Self {
            code: Code::OverlayInvalid,
            at,
            message: message.into(),
            hint: None,
        }
    }

    fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl Document {
    /// Changes the document as the overlay at `path` says. Several are applied one after the other.
    ///
    /// # Errors
    /// When the overlay cannot be read, is no overlay, or has an action that cannot be carried out.
    pub fn overlay(
        &mut self,
        path: &Path,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), SourceError> {
        let name = path.display().to_string();
        let text = encoding::decode(&name, read_file(path)?, diagnostics)?;
        let (parsed, format) = parse_text(&name, &text, usize::MAX, diagnostics)?;
        let file = SourceFile {
            name,
            text,
            format: Some(format),
        };
        for place in file.locate(&parsed.duplicate_keys).into_iter().flatten() {
            let message = "this key occurs more than once in its mapping; the last one counts";
            diagnostics.warn_at(Code::DuplicateKey, place, message);
        }
        self.inputs.push(Input::file(path, file.text.len()));
        self.note_other_document(&parsed.root, path, &file, diagnostics);
        match self.carry_out(&parsed.root) {
            Ok(unmatched) => {
                let places = file.locate(&unmatched);
                for place in places.into_iter().flatten() {
                    let message = "this target matches nothing in the document";
                    let found = diagnostics.warn_at(Code::OverlayUnmatched, place, message);
                    found.hint("the action is left out; names with other characters than letters, digits and `_` are written as `['name']`");
                }
                self.files.push(file);
                Ok(())
            }
            Err(problem) => Err(error(&file, problem)),
        }
    }

    /// Carries out all actions; gives the places of the targets that match nothing.
    fn carry_out(&mut self, overlay: &Value) -> Result<Vec<Pointer>, Problem> {
        check_version(overlay)?;
        let at = Pointer::from_tokens(["actions"]);
        let actions = overlay.get("actions").and_then(Value::as_array);
        let actions = actions.filter(|actions| !actions.is_empty());
        let actions = actions.ok_or_else(|| {
            Problem::new(
                at.clone(),
                "an overlay has a list `actions` with one action at least",
            )
        })?;
        let mut unmatched = Vec::new();
        let mut budget = Budget::default();
        for (index, action) in actions.iter().enumerate() {
            let action = Action::read(action, at.index(index), overlay)?;
            if !self.act(&action, &mut budget)? {
                unmatched.push(action.target_at);
            }
        }
        Ok(unmatched)
    }

    /// Carries out one action; false if it matches nothing.
    fn act(&mut self, action: &Action<'_>, budget: &mut Budget) -> Result<bool, Problem> {
        let targets = action.target.find(&self.root, budget)?;
        if targets.is_empty() {
            return Ok(false);
        }
        match &action.change {
            action::Change::Remove => {
                remove::remove(&mut self.root, &mut self.origins, targets, action, budget)?;
            }
            action::Change::Update(value, at) => {
                let update = merge::Update {
                    value,
                    at: at.clone(),
                    origin: &|_, below| (self.files.len(), join(at, below)),
                };
                merge::merge_all(&mut self.root, &mut self.origins, &targets, &update, budget)?;
            }
            action::Change::Copy(source, at) => {
                let found = source.find(&self.root, budget)?;
                let [from] = found.as_slice() else {
                    let message =
                        format!("`copy` must select one value, and selects {}", found.len());
                    return Err(Problem::new(at.clone(), message));
                };
                let value = self
                    .root
                    .pointer(from.as_str())
                    .cloned()
                    .unwrap_or_default();
                let update = merge::Update {
                    value: &value,
                    at: at.clone(),
                    origin: &|origins, below| origins.of(&join(from, below)),
                };
                merge::merge_all(&mut self.root, &mut self.origins, &targets, &update, budget)?;
            }
        }
        Ok(true)
    }

    /// Warns about an overlay that says that it belongs to another file.
    fn note_other_document(
        &self,
        overlay: &Value,
        path: &Path,
        file: &SourceFile,
        diagnostics: &mut Diagnostics,
    ) {
        let extends = overlay.get("extends").and_then(Value::as_str);
        // What is on the web may well be here as a copy.
        let Some(extends) = extends.filter(|text| !text.contains("://")) else {
            return;
        };
        let beside = path.parent().unwrap_or(Path::new("")).join(extends);
        let own = self.path.as_ref().and_then(|own| own.canonicalize().ok());
        let (Ok(meant), Some(own)) = (beside.canonicalize(), own) else {
            return;
        };
        if meant != own {
            let place = file.place(&Pointer::from_tokens(["extends"]));
            let message =
                format!("this overlay says that it is for `{extends}`, not for this document");
            diagnostics.warn_at(Code::OverlayMismatch, place, message);
        }
    }
}

fn check_version(overlay: &Value) -> Result<(), Problem> {
    let at = Pointer::from_tokens(["overlay"]);
    let version = match overlay.get("overlay") {
        Some(Value::String(version)) => version.clone(),
        // `1.0` without quotes is a number in YAML.
        Some(Value::Number(version)) => version.to_string(),
        _ => {
            let problem = Problem::new(Pointer::root(), "this is no overlay");
            return Err(problem.with_hint("an overlay starts with `overlay: 1.0.0`"));
        }
    };
    // A patch may be named as well, or left out.
    let mut numbers = version.split('.').map(str::parse::<u32>);
    if numbers.next() != Some(Ok(1)) || numbers.any(|number| number.is_err()) {
        let message = format!("version {version} of overlays is not known; 1.0, 1.1 and 1.2 are");
        return Err(Problem::new(at, message));
    }
    Ok(())
}

/// The place `below` (a part of a pointer) of a place.
fn join(at: &Pointer, below: &str) -> Pointer {
    Pointer::parse(&format!("{at}{below}")).unwrap_or_else(|_| at.clone())
}

fn error(file: &SourceFile, problem: Problem) -> SourceError {
    let place = file.place(&problem.at);
    let position = (place.line, place.column);
    let error = SourceError::located(
        problem.code,
        &file.name,
        position,
        problem.message,
        &file.text,
    );
    match problem.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}
