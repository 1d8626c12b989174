//! What a Power Platform connector has beside its definition, put into the definition's tree.

use std::path::Path;

use serde_json::{Value, json};

use super::build::Parsed;
use super::folder::Files;
use super::{SourceError, encoding, json, read_file, report_duplicates};
use crate::diagnostics::{Code, Diagnostics, Location, Pointer};

/// Where the object `properties` of `apiProperties.json` is in the tree.
const PROPERTIES: &str = "x-connector-properties";

/// Where the script is in the tree.
const SCRIPT: &str = "x-connector-script";

/// A file whose content is a part of the tree.
#[derive(Debug)]
pub struct Companion {
    /// The file as the user would name it.
    pub name: String,
    /// Its text, in UTF-8.
    pub text: String,
    /// The member of the tree's root that its content became.
    member: &'static str,
    /// What of the file is in the tree; none if it is no JSON.
    part: Option<Pointer>,
}

/// Puts the content of the files beside a definition into its tree.
pub(super) fn attach(
    root: &mut Value,
    files: &Files,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Companion>, SourceError> {
    let mut companions = Vec::new();
    // What is no object is no definition; the next stage says so.
    let Value::Object(root) = root else {
        return Ok(companions);
    };
    if let Some(path) = &files.properties {
        let (value, companion) = read_properties(path, diagnostics)?;
        root.insert(PROPERTIES.to_owned(), value);
        companions.push(companion);
    }
    if let Some(path) = &files.script {
        let (value, companion) = read_script(path, diagnostics)?;
        root.insert(SCRIPT.to_owned(), value);
        companions.push(companion);
    }
    Ok(companions)
}

fn read_properties(
    path: &Path,
    diagnostics: &mut Diagnostics,
) -> Result<(Value, Companion), SourceError> {
    let name = path.display().to_string();
    let text = encoding::decode(&name, read_file(path)?, diagnostics)?;
    let Parsed {
        mut root,
        duplicate_keys,
    } = json::parse(&name, &text, diagnostics)?;
    let value = match root.get_mut("properties").map(Value::take) {
        Some(value @ Value::Object(_)) => value,
        found => return Err(no_properties(&name, &text, found.is_some())),
    };
    let part = Pointer::from_tokens(["properties"]);
    let companion = Companion {
        name,
        text,
        member: PROPERTIES,
        part: Some(part),
    };
    report_duplicates(
        duplicate_keys.iter().map(|key| companion.to_tree(key)),
        diagnostics,
    );
    Ok((value, companion))
}

fn no_properties(name: &str, text: &str, is_there: bool) -> SourceError {
    let pointer = Pointer::from_tokens(is_there.then_some("properties"));
    let place = json::locate(text, &[pointer]).first().copied().flatten();
    let message = "the properties of a connector are an object with an object `properties`";
    let place = place.unwrap_or((1, 1));
    SourceError::located(Code::PropertiesInvalid, name, place, message.into(), text)
        .with_hint("without this file, the definition alone can be generated")
}

fn read_script(
    path: &Path,
    diagnostics: &mut Diagnostics,
) -> Result<(Value, Companion), SourceError> {
    let name = path.display().to_string();
    let text = encoding::decode(&name, read_file(path)?, diagnostics)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let value = json!({ "file": file, "text": text });
    let companion = Companion {
        name,
        text,
        member: SCRIPT,
        part: None,
    };
    Ok((value, companion))
}

impl Companion {
    /// The place in the tree of a place in the file, or of what is nearest to it.
    fn to_tree(&self, in_file: &Pointer) -> Pointer {
        let member = Pointer::from_tokens([self.member]);
        let below = self
            .part
            .as_ref()
            .and_then(|part| in_file.strip_prefix(part));
        let moved = below.and_then(|below| Pointer::parse(&format!("{member}{below}")).ok());
        moved.unwrap_or(member)
    }

    /// The place in the file of a place in the tree; none if it comes from elsewhere.
    fn to_file(&self, in_tree: &Pointer) -> Option<Pointer> {
        let below = in_tree.strip_prefix(&Pointer::from_tokens([self.member]))?;
        match &self.part {
            Some(part) => Pointer::parse(&format!("{part}{below}")).ok(),
            None => Some(Pointer::root()),
        }
    }

    /// The places in this file of those `pointers` that lead into it.
    pub(super) fn locate(&self, pointers: &[Pointer]) -> Vec<Option<Location>> {
        let in_file: Vec<_> = pointers.iter().map(|one| self.to_file(one)).collect();
        let wanted: Vec<_> = in_file.iter().flatten().cloned().collect();
        let mut places = match (&self.part, wanted.is_empty()) {
            (_, true) => return vec![None; pointers.len()],
            (Some(_), _) => json::locate(&self.text, &wanted),
            (None, _) => vec![Some((1, 1)); wanted.len()],
        }
        .into_iter();
        let mut next = || {
            let (line, column) = places.next().flatten()?;
            Some(Location {
                file: self.name.clone(),
                line,
                column,
            })
        };
        in_file
            .iter()
            .map(|pointer| pointer.as_ref().and_then(|_| next()))
            .collect()
    }
}
