//! What a Power Platform connector has beside its definition, put into the definition's tree.

use std::path::Path;

use serde_json::{Value, json};

use super::build::Parsed;
use super::file::SourceFile;
use super::folder::Files;
use super::{Document, Format, SourceError, encoding, json, read_file, report_duplicates};
use crate::diagnostics::{Code, Diagnostics, Pointer};

/// Where the object `properties` of `apiProperties.json` is in the tree.
const PROPERTIES: &str = "x-connector-properties";

/// Where the script is in the tree.
const SCRIPT: &str = "x-connector-script";

/// Puts the content of the files beside a definition into its tree.
pub(super) fn attach(
    document: &mut Document,
    files: &Files,
    diagnostics: &mut Diagnostics,
) -> Result<(), SourceError> {
    // What is no object is no definition; the next stage says so.
    if !document.root.is_object() {
        return Ok(());
    }
    if let Some(path) = &files.properties {
        let (value, file) = read_properties(path, diagnostics)?;
        let part = Pointer::from_tokens(["properties"]);
        document.attach(PROPERTIES, value, file, part, path);
    }
    if let Some(path) = &files.script {
        let (value, file) = read_script(path, diagnostics)?;
        document.attach(SCRIPT, value, file, Pointer::root(), path);
    }
    Ok(())
}

fn read_properties(
    path: &Path,
    diagnostics: &mut Diagnostics,
) -> Result<(Value, SourceFile), SourceError> {
    let name = path.display().to_string();
    let text = encoding::decode(&name, read_file(path)?, diagnostics)?;
    let Parsed {
        mut root,
        duplicate_keys,
        ..
    } = json::parse(&name, &text, diagnostics)?;
    let value = match root.get_mut("properties").map(Value::take) {
        Some(value @ Value::Object(_)) => value,
        found => return Err(no_properties(&name, &text, found.is_some())),
    };
    report_duplicates(duplicate_keys.iter().map(to_tree), diagnostics);
    let file = SourceFile {
        name,
        text,
        format: Some(Format::Json),
    };
    Ok((value, file))
}

/// The place in the tree of a place in the properties, or of what is nearest to it.
fn to_tree(in_file: &Pointer) -> Pointer {
    let member = Pointer::from_tokens([PROPERTIES]);
    let below = in_file.strip_prefix(&Pointer::from_tokens(["properties"]));
    let moved = below.and_then(|below| Pointer::parse(&format!("{member}{below}")).ok());
    moved.unwrap_or(member)
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
) -> Result<(Value, SourceFile), SourceError> {
    let name = path.display().to_string();
    let text = encoding::decode(&name, read_file(path)?, diagnostics)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let value = json!({ "file": file, "text": text });
    let script = SourceFile {
        name,
        text,
        format: None,
    };
    Ok((value, script))
}
