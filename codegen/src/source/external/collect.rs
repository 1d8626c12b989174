//! Finds everything that a document refers to in other files.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::grammar::Kind;
use super::library::Library;
use super::resolve::{Place, is_external};
use crate::diagnostics::Pointer;

/// Something in another file that becomes a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Target {
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// What has sections for what is referred to.
pub(super) const SECTIONS: [Kind; 6] = [
    Kind::Schema,
    Kind::Parameter,
    Kind::Response,
    Kind::RequestBody,
    Kind::Header,
    Kind::SecurityScheme,
];

/// What was found.
#[derive(Default)]
pub(super) struct Collection {
    /// Whether the document is Swagger 2.0, which has other sections.
    pub(super) is_swagger: bool,
    /// Everything that becomes a component.
    pub(super) targets: HashSet<Target>,
    /// The components that consist of a reference to another file: their names are those of what they refer to.
    pub(super) adopted: HashMap<Target, String>,
    /// The names of the components that there are.
    pub(super) declared: HashSet<(Kind, String)>,
    seen: HashSet<(Kind, Place)>,
    queue: VecDeque<(Kind, Place)>,
}

/// Reads all files that the document needs.
pub(super) fn collect(library: &mut Library<'_>) -> Collection {
    let mut collection = Collection {
        is_swagger: library.is_swagger(),
        ..Collection::default()
    };
    let root = Place {
        file: 0,
        pointer: Pointer::root(),
    };
    collection.queue.push_back((Kind::Document, root));
    for kind in SECTIONS {
        collection.adopt(library, kind);
    }
    while let Some((kind, place)) = collection.queue.pop_front() {
        let Some(volume) = library.volumes.get(&place.file) else {
            continue;
        };
        let tree = Rc::clone(&volume.tree);
        let base = volume.base_at(&place.pointer);
        if let Some(value) = tree.pointer(place.pointer.as_str()) {
            let mut at = place.pointer.clone();
            collection.value(library, value, kind, (place.file, base), &mut at);
        }
    }
    collection
}

/// The reference of a mapping of some kind, if there can be one and it concerns other files.
pub(super) fn reference_of(kind: Kind, members: &Map<String, Value>, file: usize) -> Option<&str> {
    let reference = members.get("$ref")?.as_str()?;
    let can_be = match kind {
        Kind::Data | Kind::Document | Kind::Discriminator => false,
        kind => !kind.has_names() || members.len() == 1,
    };
    let leads_out = is_external(reference) || (file != 0 && reference.starts_with('#'));
    (can_be && leads_out).then_some(reference)
}

/// The reference that a value of a discriminator's mapping stands for, in a file that is not the document itself.
pub(super) fn mapped(
    library: &mut Library<'_>,
    (file, base): (usize, usize),
    value: &str,
) -> Option<String> {
    if is_external(value) || (file != 0 && value.starts_with('#')) {
        return Some(value.to_owned());
    }
    let sections = ["components/schemas", "definitions", "$defs"];
    let mut guesses = sections
        .iter()
        .map(|section| format!("#/{section}/{value}"));
    let exists = |guess: &String| {
        let found = library.resolve(file, base, guess);
        found
            .as_ref()
            .as_ref()
            .is_ok_and(|found| found.repaired.is_none())
    };
    if file == 0 {
        None
    } else {
        guesses.find(exists)
    }
}

impl Collection {
    /// The place of a section in the document.
    pub(super) fn section(&self, kind: Kind) -> Option<Pointer> {
        if self.is_swagger {
            return kind
                .swagger_section()
                .map(|name| Pointer::from_tokens([name]));
        }
        let name = kind.section()?;
        Some(Pointer::from_tokens(["components", name]))
    }

    /// Notes the components of a section, and those of them that are something in another file.
    fn adopt(&mut self, library: &mut Library<'_>, kind: Kind) {
        let Some(section) = self.section(kind) else {
            return;
        };
        let find = |library: &mut Library<'_>, file: usize, pointer: &Pointer| {
            let found = library.resolve(file, 0, &to_fragment(pointer));
            found
                .as_ref()
                .as_ref()
                .ok()
                .map(|found| found.place.clone())
        };
        let Some(members) = find(library, 0, &section) else {
            return;
        };
        let Some(volume) = library.volumes.get(&members.file) else {
            return;
        };
        let tree = Rc::clone(&volume.tree);
        let keys = tree
            .pointer(members.pointer.as_str())
            .and_then(Value::as_object);
        for key in keys.into_iter().flat_map(Map::keys) {
            self.declared.insert((kind, key.clone()));
            match find(library, members.file, &members.pointer.join(key)) {
                Some(place) if place.file != 0 => {
                    let target = Target { kind, place };
                    self.adopted.entry(target).or_insert_with(|| key.clone());
                }
                _ => {}
            }
        }
    }

    fn value(
        &mut self,
        library: &mut Library<'_>,
        value: &Value,
        kind: Kind,
        here: (usize, usize),
        at: &mut Pointer,
    ) {
        match value {
            Value::Object(members) if kind != Kind::Data => {
                self.members(library, members, kind, here, at);
            }
            Value::Array(items) if kind != Kind::Data => {
                for (index, item) in items.iter().enumerate() {
                    let length = at.push_undoable(&index.to_string());
                    self.value(library, item, kind.item(), here, at);
                    at.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn members(
        &mut self,
        library: &mut Library<'_>,
        members: &Map<String, Value>,
        kind: Kind,
        (file, base): (usize, usize),
        at: &mut Pointer,
    ) {
        let base = library.base_of(kind, members, (file, base), at);
        if let Some(reference) = reference_of(kind, members, file) {
            self.follow(library, kind, (file, base), reference);
        }
        if kind == Kind::Discriminator {
            let mapping = members.get("mapping").and_then(Value::as_object);
            for value in mapping
                .into_iter()
                .flat_map(Map::values)
                .filter_map(Value::as_str)
            {
                if let Some(reference) = mapped(library, (file, base), value) {
                    self.follow(library, Kind::Schema, (file, base), &reference);
                }
            }
            return;
        }
        for (key, member) in members {
            if member.is_object() || member.is_array() {
                let length = at.push_undoable(key);
                self.value(library, member, kind.member(key), (file, base), at);
                at.truncate(length);
            }
        }
    }

    fn follow(
        &mut self,
        library: &mut Library<'_>,
        kind: Kind,
        (file, base): (usize, usize),
        reference: &str,
    ) {
        let resolution = library.resolve(file, base, reference);
        let Ok(found) = resolution.as_ref() else {
            return;
        };
        let place = found.place.clone();
        // The document itself is looked through as a whole.
        if place.file == 0 {
            return;
        }
        if self.section(kind).is_some() {
            let place = place.clone();
            self.targets.insert(Target { kind, place });
        }
        if self.seen.insert((kind, place.clone())) {
            self.queue.push_back((kind, place));
        }
    }
}

/// A pointer as a reference within its file.
pub(super) fn to_fragment(pointer: &Pointer) -> String {
    format!("#{}", pointer.as_str().replace('%', "%25"))
}
