//! From a document to a crate: source, normalize, lower and render.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};

use connector_gen::write::FileSet;
use connector_gen::{GenerateError, Generated, Generator, RuntimeDependency};

pub(super) const PIECES: &[&str] = &[
    "\u{feff}",
    "\\ud800",
    "$ref",
    "#/components/schemas/",
    "#/definitions/",
    "$dynamicRef",
    "$id",
    "$defs",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "if",
    "enum",
    "const",
    "type",
    "format",
    "pattern",
    "properties",
    "items",
    "prefixItems",
    "additionalProperties",
    "discriminator",
    "mapping",
    "required",
    "nullable",
    "default",
    "example",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "webhooks",
    "servers",
    "variables",
    "security",
    "style",
    "explode",
    "content",
    "itemSchema",
    "x-ms-pageable",
    "x-ms-trigger",
    "x-ms-",
    "multipart/form-data",
    "text/event-stream",
    "../",
    "*/",
    "\"#",
    "r#type",
    "self",
    "{id}",
    "&a [*a,*a]",
    "<<: *a",
];

pub(super) fn run(input: &[u8]) -> String {
    generate(&|| Generator::from_bytes("document", input), input)
}

/// Generates, and judges what comes of it. Inputs differ in what else is asked for.
pub(super) fn generate(generator: &dyn Fn() -> Generator, input: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(input);
    let chance = hasher.finish();
    let in_full = chance.is_multiple_of(4);
    let generate = || {
        let generator = generator().tests(in_full).all_models(in_full);
        generator.generate(RuntimeDependency::Published)
    };
    let outcome = generate();
    if chance.is_multiple_of(16) {
        assert!(texts(&outcome) == texts(&generate()), "generated again");
    }
    let (mut said, codes) = match &outcome {
        Ok(generated) => {
            judge(&generated.files);
            ("crate".to_owned(), generated.diagnostics.counts_by_code())
        }
        Err(error) => ("error".to_owned(), error.diagnostics().counts_by_code()),
    };
    for code in codes.keys() {
        let _ = write!(said, " {code:?}");
    }
    said
}

/// All that the generator says.
fn texts(outcome: &Result<Generated, GenerateError>) -> Vec<String> {
    let diagnostics = match outcome {
        Ok(generated) => &generated.diagnostics,
        Err(error) => error.diagnostics(),
    };
    let said = diagnostics.iter().map(|one| format!("{one:?}"));
    let files = outcome.iter().flat_map(|generated| generated.files.iter());
    said.chain(files.map(|(path, text)| format!("{path}\n{text}")))
        .collect()
}

/// Each file must be what its name says, and stay in the folder of the crate.
fn judge(files: &FileSet) {
    files.check_paths().expect("paths that stay in the folder");
    let mut paths = BTreeSet::new();
    for (path, text) in files.iter() {
        assert!(paths.insert(path.to_lowercase()), "two files {path}");
        match path.rsplit('.').next() {
            Some("rs") => drop(syn::parse_file(text).expect("a file of Rust")),
            Some("json") => drop(serde_json::from_str::<serde_json::Value>(text).expect("JSON")),
            Some("toml") => drop(toml::from_str::<toml::Table>(text).expect("TOML")),
            _ => {}
        }
    }
}
