//! Folders: of a Power Platform connector, or of a document in several files.
//!
//! Each part of the input is a file; its title is the file's name.

use std::fs;
use std::path::Path;

use connector_gen::Generator;

use super::generator;
use crate::sections::{self, Section};

pub(super) const PIECES: &[&str] = &[
    "apiDefinition.swagger.json",
    "apiProperties.json",
    "script.csx",
    "settings.json",
    "connectionParameters",
    "connectionParameterSets",
    "policyTemplateInstances",
    "templateId",
    "dynamichosturl",
    "setheader",
    "routerequesttoendpoint",
    "x-ms-apimTemplateParameter.urlTemplate",
    "@connectionParameters('host')",
    "@{connectionParameters('host','')}",
    "oauthSetting",
    "securestring",
    "identityProvider",
    "x-ms-dynamic-values",
    "x-ms-dynamic-schema",
    "x-ms-notification-content",
    "x-ms-trigger",
    "x-ms-capabilities",
    "$ref",
    "./",
    "../",
    "#/definitions/",
    "\u{feff}",
];

pub(super) fn run(input: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, files) = sections::split(input);
    for file in files {
        write(folder.path(), file);
    }
    generator::generate(&|| Generator::new(folder.path()), input)
}

/// Writes a file, if its name leads nowhere else.
fn write(folder: &Path, file: Section<'_>) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name = file.title;
    if name.len() < 100 && name.chars().all(is_plain) && name.chars().any(|c| c != '.') {
        fs::write(folder.join(name), file.body).expect("a file");
    }
}
