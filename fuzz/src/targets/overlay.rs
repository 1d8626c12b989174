//! A document, overlays that change it, and settings (`connector.toml`).
//!
//! Each part of the input is a file; its title is `document`, `overlay` or `connector.toml`.

use std::fs;

use connector_gen::Generator;

use super::generator;
use crate::sections;

pub(super) const PIECES: &[&str] = &[
    "overlay: 1.1.0",
    "actions",
    "target",
    "update",
    "remove: true",
    "copy",
    "extends",
    "$",
    "$..*",
    "$.paths.*.*",
    "$.paths['/things']",
    "[?@.name == 'a']",
    "[?length(@) > 1]",
    "[-1:0:-1]",
    "$.info",
    "$ref",
    "[decoding]",
    "mode = \"strict\"",
    "[operations.\"GET /things\"]",
    "[operations.list.paging]",
    "paging = false",
    "by = \"cursor\"",
    "next = \"next\"",
    "parameter = \"cursor\"",
    "items = \"items\"",
    "first = -1",
    "[operations.start.long-running]",
    "final = \"location\"",
    "status = \"\"",
];

pub(super) fn run(input: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, files) = sections::split(input);
    let mut overlays = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let name = match file.title {
            "overlay" => format!("overlay-{index}"),
            name => name.to_owned(),
        };
        if file.title == "overlay" {
            overlays.push(folder.path().join(&name));
        }
        if matches!(file.title, "document" | "overlay" | "connector.toml") {
            fs::write(folder.path().join(name), file.body).expect("a file");
        }
    }
    let generator = || {
        let generator = Generator::new(folder.path().join("document"));
        overlays.iter().fold(generator, Generator::overlay)
    };
    generator::generate(&generator, input)
}
