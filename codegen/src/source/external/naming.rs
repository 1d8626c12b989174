//! What things from other files are called among the components.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::address::Address;
use super::collect::{Collection, Target};
use super::grammar::Kind;
use super::library::Library;
use crate::diagnostics::Pointer;
use crate::numbers::Numbers;

/// Names of files that say nothing; their folder's name does.
const NAMELESS: [&str; 10] = [
    "index",
    "_index",
    "schema",
    "schemas",
    "definition",
    "definitions",
    "components",
    "openapi",
    "swagger",
    "document",
];

/// Parts of pointers that are words of the specifications.
const STRUCTURE: [&str; 22] = [
    "components",
    "schemas",
    "responses",
    "parameters",
    "requestBodies",
    "headers",
    "securitySchemes",
    "definitions",
    "$defs",
    "properties",
    "patternProperties",
    "dependentSchemas",
    "paths",
    "schema",
    "content",
    "items",
    "prefixItems",
    "additionalProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "application/json",
];

/// Names every target. Which names they get does not depend on the order in which they are referred to: of those
/// that would be called the same, the first by file and place is, and the others are named after their files, too.
pub(super) fn name(library: &Library<'_>, collection: &Collection) -> HashMap<Target, String> {
    let mut names = collection.adopted.clone();
    let mut taken: HashSet<(Kind, String)> = collection.declared.clone();
    let mut wanted: BTreeMap<(Kind, String), Vec<(String, &Target)>> = BTreeMap::new();
    for target in &collection.targets {
        let volume = library.volumes.get(&target.place.file);
        let (Some(volume), false) = (volume, names.contains_key(target)) else {
            continue;
        };
        let address = volume.address.as_str().to_owned();
        let own = own_name(&volume.address, &target.place.pointer);
        wanted
            .entry((target.kind, own))
            .or_default()
            .push((address, target));
    }
    let mut losers = Vec::new();
    for ((kind, own), mut targets) in wanted {
        targets.sort_by(|(a, x), (b, y)| (a, &x.place.pointer).cmp(&(b, &y.place.pointer)));
        for (_, target) in targets {
            if taken.insert((kind, own.clone())) {
                names.insert(target.clone(), own.clone());
            } else {
                losers.push((target, own.clone()));
            }
        }
    }
    let mut numbers: Numbers<(Kind, String)> = Numbers::default();
    for (target, own) in losers {
        let address = library
            .volumes
            .get(&target.place.file)
            .map(|volume| &volume.address);
        let full = address.map_or_else(
            || own.clone(),
            |address| qualified(address, &target.place.pointer, &own),
        );
        let mut claim = |name: &str| taken.insert((target.kind, name.to_owned()));
        let name = match claim(&full) {
            true => full,
            false => {
                let numbered = |number| format!("{full}_{number}");
                numbers.free((target.kind, full.clone()), numbered, claim)
            }
        };
        names.insert(target.clone(), name);
    }
    names
}

/// The name of a thing by itself: that of its file if it is the whole of it, otherwise its last word in the file.
fn own_name(address: &Address, pointer: &Pointer) -> String {
    if pointer.is_root() {
        return file_name(address);
    }
    let tokens: Vec<_> = pointer.tokens().collect();
    let is_word = |token: &str| {
        !STRUCTURE.contains(&token) && token.parse::<usize>().is_err() && !token.contains('/')
    };
    // What is within something, and has no word of its own, is named after both.
    let last = tokens.iter().rposition(|token| is_word(token));
    let Some(last) = last else {
        return file_name(address);
    };
    let is_inside =
        matches!(tokens.get(last.wrapping_sub(1)), Some(above) if above == "properties");
    let outer = tokens[..last].iter().rfind(|token| is_word(token));
    match outer.filter(|_| is_inside) {
        Some(outer) => clean(&format!("{outer}_{}", tokens[last])),
        None => clean(&tokens[last]),
    }
}

/// A name with that of the file before it, or of the folder if it is the file's already.
fn qualified(address: &Address, pointer: &Pointer, own: &str) -> String {
    if !pointer.is_root() {
        let file = file_name(address);
        if file != own {
            return format!("{file}_{own}");
        }
    }
    let mut segments = address.segments();
    segments.pop();
    let folder = segments
        .iter()
        .rev()
        .map(|segment| clean(segment))
        .find(|name| name != own);
    folder.map_or_else(|| own.to_owned(), |folder| format!("{folder}_{own}"))
}

/// A file's name without what says of which kind it is: `pet.schema.yaml` holds a `pet`.
fn file_name(address: &Address) -> String {
    let name = address.file_name().unwrap_or_default();
    let stem = name
        .split('.')
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    if NAMELESS.contains(&stem.to_ascii_lowercase().as_str()) {
        let mut segments = address.segments();
        segments.pop();
        let folder = segments.pop().map(|folder| clean(&folder));
        return folder.unwrap_or_else(|| clean(stem));
    }
    clean(stem)
}

/// A key of components has letters, digits, `.`, `-` and `_` (OpenAPI 3.1, section 4.8.7).
fn clean(name: &str) -> String {
    let cleaned: String = name
        .trim()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    if cleaned.chars().any(char::is_alphanumeric) {
        cleaned
    } else {
        "External".to_owned()
    }
}
