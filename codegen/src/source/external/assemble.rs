//! Puts what was found into the document.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::access::Refusal;
use super::collect::{Collection, Target, mapped, reference_of, to_fragment};
use super::grammar::Kind;
use super::library::Library;
use super::resolve::{Found, Place};
use crate::diagnostics::{Code, Pointer};

/// How many values are copied in all: path items that are referred to from several places, each time.
const MAX_COPIED: usize = 1_000_000;

/// How many files may be put in place within each other: path items with callbacks that are in other files in turn.
const MAX_OPEN: usize = 32;

/// Where a value comes from that is being put into the document.
#[derive(Clone)]
struct From {
    file: usize,
    base: usize,
    pointer: Pointer,
}

pub(super) struct Assembly<'l, 'd> {
    pub(super) library: &'l mut Library<'d>,
    pub(super) collection: Collection,
    pub(super) names: HashMap<Target, String>,
    /// What is being put in place, from the outermost to the innermost.
    open: Vec<Place>,
    left: usize,
}

impl<'l, 'd> Assembly<'l, 'd> {
    pub(super) fn new(
        library: &'l mut Library<'d>,
        collection: Collection,
        names: HashMap<Target, String>,
    ) -> Self {
        Self {
            library,
            collection,
            names,
            open: Vec::new(),
            left: MAX_COPIED,
        }
    }

    /// Makes one tree of everything.
    pub(super) fn run(mut self) {
        let Some(mut root) = self.library.take_root() else {
            return;
        };
        let from = From {
            file: 0,
            base: 0,
            pointer: Pointer::root(),
        };
        self.value(&mut root, Kind::Document, from, &mut Pointer::root());
        let adopted = std::mem::take(&mut self.collection.adopted);
        let mut added: Vec<_> = self
            .names
            .iter()
            .filter(|(target, _)| !adopted.contains_key(target))
            .map(|(target, name)| (target.kind, name.clone(), target.place.clone()))
            .collect();
        added.sort();
        for (kind, name, place) in added {
            self.add(&mut root, kind, &name, &place);
        }
        self.library.put_root(root);
    }

    /// Makes a component of what is at `place`.
    fn add(&mut self, root: &mut Value, kind: Kind, name: &str, place: &Place) {
        let Some(section) = self.collection.section(kind) else {
            return;
        };
        let mut at = section.join(name);
        let mut value = match self.copy(place) {
            Ok(value) => value,
            Err(refusal) => return self.refuse(&at, name, &refusal),
        };
        self.library.moved(at.clone(), place);
        self.value(&mut value, kind, self.from(place), &mut at);
        let mut members = root;
        for token in section.tokens() {
            let Value::Object(object) = members else {
                return;
            };
            members = object
                .entry(token.into_owned())
                .or_insert_with(|| Value::Object(Map::new()));
        }
        if let Value::Object(members) = members {
            members.insert(name.to_owned(), value);
        }
    }

    fn from(&self, place: &Place) -> From {
        let base = self.library.volumes.get(&place.file);
        From {
            file: place.file,
            base: base.map_or(0, |volume| volume.base_at(&place.pointer)),
            pointer: place.pointer.clone(),
        }
    }

    fn copy(&mut self, place: &Place) -> Result<Value, Refusal> {
        let volume = self.library.volumes.get(&place.file);
        let tree = volume.map(|volume| Rc::clone(&volume.tree));
        let value = tree
            .as_ref()
            .and_then(|tree| tree.pointer(place.pointer.as_str()));
        let value = value.ok_or_else(|| Refusal::new("leads nowhere"))?;
        if !spend(value, &mut self.left) {
            return Err(Refusal::new("is left out: references copy too much"));
        }
        Ok(value.clone())
    }

    /// Makes the references in a value lead into the document; `at` is its place there.
    fn value(&mut self, value: &mut Value, kind: Kind, from: From, at: &mut Pointer) {
        match value {
            Value::Object(members) if kind != Kind::Data => {
                let base = (from.file, from.base);
                let base = self.library.base_of(kind, members, base, &from.pointer);
                let from = From { base, ..from };
                if kind == Kind::Discriminator {
                    return self.mapping(members, &from);
                }
                let reference = reference_of(kind, members, from.file).map(str::to_owned);
                if let Some(reference) = reference
                    && let Some(target) = self.reference(members, kind, &from, &reference, at)
                {
                    *value = self.put_in_place(std::mem::take(members), target, kind, &from, at);
                    return;
                }
                self.members(members, kind, &from, at);
            }
            Value::Array(items) if kind != Kind::Data => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.child(item, kind.item(), &from, &index.to_string(), at);
                }
            }
            _ => {}
        }
    }

    fn members(
        &mut self,
        members: &mut Map<String, Value>,
        kind: Kind,
        from: &From,
        at: &mut Pointer,
    ) {
        if kind == Kind::Schema && from.file != 0 {
            // The references that start from it are resolved; here it would say what is not so.
            members.shift_remove("$id");
        }
        for (key, member) in members {
            if member.is_object() || member.is_array() {
                self.child(member, kind.member(key), from, key, at);
            }
        }
    }

    fn child(&mut self, value: &mut Value, kind: Kind, from: &From, key: &str, at: &mut Pointer) {
        if kind == Kind::Data {
            return;
        }
        let from = From {
            pointer: from.pointer.join(key),
            ..from.clone()
        };
        let length = at.push_undoable(key);
        self.value(value, kind, from, at);
        at.truncate(length);
    }

    /// Makes one reference lead into the document, or gives what is to be put in its place.
    fn reference(
        &mut self,
        members: &mut Map<String, Value>,
        kind: Kind,
        from: &From,
        reference: &str,
        at: &Pointer,
    ) -> Option<(Value, Place)> {
        let resolution = self.library.resolve(from.file, from.base, reference);
        let found = match resolution.as_ref() {
            Ok(found) => found,
            Err(refusal) => {
                self.refuse(at, reference, refusal);
                if reference.starts_with('#') {
                    // In the document it would mean something else.
                    let file = self.library.file_name(from.file);
                    members.insert("$ref".to_owned(), format!("{file}{reference}").into());
                }
                return None;
            }
        };
        let place = &found.place;
        if place.file == 0 && place.pointer.is_root() {
            self.refuse(at, reference, &Refusal::new("is the document itself"));
            return None;
        }
        self.note_repair(found, reference, at);
        if let Some(inside) = self.inside(kind, place)
            && inside != to_fragment(at)
        {
            members.insert("$ref".to_owned(), Value::String(inside));
            return None;
        }
        if place.file == 0 {
            return None;
        }
        if self.open.contains(place) {
            let message = format!("`{reference}` leads back to itself");
            let place = at.join("$ref");
            self.library
                .diagnostics
                .warn(Code::CircularReference, &place, message);
            members.shift_remove("$ref");
            return None;
        }
        if self.open.len() >= MAX_OPEN {
            let reason =
                format!("is left out: more than {MAX_OPEN} files lead into each other here");
            self.refuse(at, reference, &Refusal::new(reason));
            return None;
        }
        match self.copy(place) {
            Ok(value) => Some((value, place.clone())),
            Err(refusal) => {
                self.refuse(at, reference, &refusal);
                None
            }
        }
    }

    /// What a reference's target becomes in its place, with what stands beside the reference.
    fn put_in_place(
        &mut self,
        mut members: Map<String, Value>,
        (mut value, place): (Value, Place),
        kind: Kind,
        from: &From,
        at: &mut Pointer,
    ) -> Value {
        members.shift_remove("$ref");
        self.members(&mut members, kind, from, at);
        let origins = members.keys().map(|key| {
            let place = Place {
                file: from.file,
                pointer: from.pointer.join(key),
            };
            (at.join(key), self.library.origin(&place))
        });
        let origins: Vec<_> = origins.collect();
        self.library.moved(at.clone(), &place);
        let inside = self.from(&place);
        self.open.push(place);
        self.value(&mut value, kind, inside, at);
        self.open.pop();
        if let Value::Object(target) = &mut value {
            for ((key, sibling), (at, origin)) in members.into_iter().zip(origins) {
                if !target.contains_key(&key) {
                    self.library.came_from(at, origin);
                    target.insert(key, sibling);
                }
            }
        }
        value
    }

    /// The reference within the document to what is at `place`; none if it is put in place.
    fn inside(&self, kind: Kind, place: &Place) -> Option<String> {
        if place.file == 0 {
            return Some(to_fragment(&place.pointer));
        }
        let target = Target {
            kind,
            place: place.clone(),
        };
        let name = self.names.get(&target)?;
        Some(to_fragment(&self.collection.section(kind)?.join(name)))
    }

    fn mapping(&mut self, members: &mut Map<String, Value>, from: &From) {
        let here = (from.file, from.base);
        let Some(Value::Object(mapping)) = members.get_mut("mapping") else {
            return;
        };
        for value in mapping.values_mut() {
            let Some(reference) = value
                .as_str()
                .and_then(|text| mapped(self.library, here, text))
            else {
                continue;
            };
            let resolution = self.library.resolve(from.file, from.base, &reference);
            let place = resolution.as_ref().as_ref().ok().map(|found| &found.place);
            if let Some(inside) = place.and_then(|place| self.inside(Kind::Schema, place)) {
                *value = Value::String(inside);
            }
        }
    }

    fn note_repair(&mut self, found: &Found, reference: &str, at: &Pointer) {
        if let Some(repaired) = found.repaired {
            let message = format!("`{reference}` {repaired}");
            let place = at.join("$ref");
            self.library
                .diagnostics
                .warn(Code::ExternalReference, &place, message);
        }
    }

    fn refuse(&mut self, at: &Pointer, reference: &str, refusal: &Refusal) {
        let message = format!("`{reference}` {}", refusal.reason);
        let place = at.join("$ref");
        let found = self
            .library
            .diagnostics
            .warn(Code::ExternalReference, &place, message);
        found.hint.clone_from(&refusal.hint);
    }
}

/// Takes the number of values in `value` from what is left; false when it is used up.
fn spend(value: &Value, left: &mut usize) -> bool {
    let Some(less) = left.checked_sub(1) else {
        return false;
    };
    *left = less;
    match value {
        Value::Array(items) => items.iter().all(|item| spend(item, left)),
        Value::Object(members) => members.values().all(|member| spend(member, left)),
        _ => true,
    }
}
