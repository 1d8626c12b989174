//! `$id`, `$self`, anchors and dynamic references (JSON Schema 2020-12 core, section 8; OpenAPI 3.2.0, section 4.1.2).
//!
//! Before anything else is read, references that depend on the base URI of their place or on who refers to them are rewritten
//! to plain pointers into the document. Most documents have none, and stay as they are.
//!
//! - A schema with an `$id`, and a document with `$self`, is what references start from. A pointer that does not exist in such a
//!   schema is taken from the root, because that is what authors of OpenAPI documents mean.
//! - `$dynamicRef` leads to the anchor in its own schema, unless a schema that refers to that one declares the same
//!   `$dynamicAnchor`: then the latter is made of a copy, in which the reference leads to its own anchor.
//! - `$recursiveRef` leads to the nearest schema around it with `$recursiveAnchor` or `$id`.

use std::collections::HashMap;

use super::references::percent_decode;
use crate::diagnostics::Pointer;
use crate::source::{holds_data, names_its_members};
use fluent_uri::{Uri, UriRef};
use serde_json::{Map, Value, json};

/// What a document without `$self` is called.
const NAMELESS: &str = "https://document.invalid/";

/// How many values are copied in all for schemas that fill in the anchors of others.
const MAX_COPIED: usize = 500_000;

/// How many schemas may have the same dynamic anchor, and how many references to such there may be: each is compared with all
/// others. References beyond are left as they are.
const MAX_DYNAMIC: usize = 1_000;

/// Rewrites the references of a document.
pub(super) fn settle(root: &mut Value) {
    if !mentions(root) {
        return;
    }
    let base = base_of(root);
    let mut index = Index::default();
    index.resources.insert(base.clone(), Pointer::root());
    index.read(root, false, &base, &Pointer::root());
    if index.is_trivial() && !root.get("$self").is_some_and(Value::is_string) {
        return;
    }
    let mut rewriting = Rewriting {
        index: &index,
        root,
        plain: Vec::new(),
        dynamic: Vec::new(),
        filled: Vec::new(),
    };
    rewriting.read(root, false, &base, &Pointer::root());
    let Rewriting {
        plain,
        dynamic,
        filled,
        ..
    } = rewriting;
    for (place, target) in plain {
        refer(root, &place, "$ref", &target);
    }
    fill_in(root, &index, &dynamic, filled);
    for dynamic in dynamic {
        refer(root, &dynamic.place, dynamic.keyword, &dynamic.target);
    }
}

/// Whether any of the keywords is there at all. Most documents need no more than this.
fn mentions(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(key, value)| {
            matches!(
                key.as_str(),
                "$id" | "$self" | "$dynamicRef" | "$recursiveRef"
            ) || mentions(value)
        }),
        Value::Array(items) => items.iter().any(mentions),
        _ => false,
    }
}

/// An absolute URI without a fragment.
type Base = String;

fn base_of(root: &Value) -> Base {
    let own = root.get("$self").and_then(Value::as_str);
    own.and_then(|own| join(NAMELESS, own))
        .map_or_else(|| NAMELESS.to_owned(), |(base, _)| base)
}

/// What a reference means at a base (RFC 3986, section 5), and its fragment.
fn join(base: &str, reference: &str) -> Option<(Base, String)> {
    let reference = reference.trim();
    let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let fragment = percent_decode(fragment);
    if address.is_empty() {
        return Some((base.to_owned(), fragment));
    }
    let base = Uri::parse(base).ok()?;
    let address = UriRef::parse(address).ok()?.resolve_against(&base).ok()?;
    Some((address.normalize().into_string(), fragment))
}

/// What schemas call themselves.
#[derive(Default)]
struct Index {
    resources: HashMap<String, Pointer>,
    anchors: HashMap<(String, String), Pointer>,
    /// The schemas with a `$dynamicAnchor`, by its name, with the base that they are in.
    dynamic: HashMap<String, Vec<(String, Pointer)>>,
    /// Whether there are references that depend on who refers.
    has_dynamic: bool,
}

impl Index {
    /// Whether every reference is a pointer or an anchor of the document, which needs no rewriting.
    fn is_trivial(&self) -> bool {
        self.resources.len() == 1 && !self.has_dynamic
    }

    fn read(&mut self, value: &Value, names: bool, base: &str, place: &Pointer) {
        let own = base_at(value, names, base);
        let base = own.as_deref().unwrap_or(base);
        if let (Value::Object(members), false) = (value, names) {
            if own.is_some() {
                self.resources
                    .entry(base.to_owned())
                    .or_insert_with(|| place.clone());
            }
            let text = |keyword: &str| members.get(keyword).and_then(Value::as_str);
            for name in [text("$anchor"), text("$dynamicAnchor")]
                .into_iter()
                .flatten()
            {
                self.anchors
                    .entry((base.to_owned(), name.to_owned()))
                    .or_insert_with(|| place.clone());
            }
            if let Some(name) = text("$dynamicAnchor") {
                let known = self.dynamic.entry(name.to_owned()).or_default();
                if known.len() < MAX_DYNAMIC {
                    known.push((base.to_owned(), place.clone()));
                }
            }
            self.has_dynamic |= text("$dynamicRef").or(text("$recursiveRef")).is_some();
        }
        each(value, names, place, &mut |value, names, place| {
            self.read(value, names, base, place);
        });
    }

    /// The schema with the dynamic anchor `name` that is nearest to `place`: in the same resource, and sharing most of the way.
    fn nearest(&self, name: &str, base: &str, place: &Pointer) -> Option<&Pointer> {
        let candidates = self.dynamic.get(name)?.iter();
        candidates
            .filter(|(of, _)| of == base)
            .map(|(_, pointer)| pointer)
            .max_by_key(|pointer| {
                let pairs = pointer.tokens().zip(place.tokens());
                pairs.take_while(|(a, b)| a == b).count()
            })
    }
}

/// The base URI that a schema gives itself.
fn base_at(value: &Value, names: bool, base: &str) -> Option<Base> {
    if names {
        return None;
    }
    let id = value.get("$id")?.as_str()?;
    join(base, id).map(|(base, _)| base)
}

/// Calls `visit` for what is directly in `value`, unless it is data.
fn each<'v>(
    value: &'v Value,
    names: bool,
    place: &Pointer,
    visit: &mut dyn FnMut(&'v Value, bool, &Pointer),
) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                if (value.is_object() || value.is_array()) && (names || !holds_data(key)) {
                    visit(value, !names && names_its_members(key), &place.join(key));
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                if value.is_object() || value.is_array() {
                    visit(value, false, &place.index(index));
                }
            }
        }
        _ => {}
    }
}

/// A reference that depends on who refers.
struct Dynamic {
    keyword: &'static str,
    place: Pointer,
    name: String,
    /// Where it leads on its own.
    target: Pointer,
}

/// What is to be changed.
struct Rewriting<'i> {
    index: &'i Index,
    root: &'i Value,
    plain: Vec<(Pointer, Pointer)>,
    dynamic: Vec<Dynamic>,
    /// Schemas that refer to another, and may fill in its anchors: place and target.
    filled: Vec<(Pointer, Pointer)>,
}

impl<'i> Rewriting<'i> {
    fn read(&mut self, value: &'i Value, names: bool, base: &str, place: &Pointer) {
        let own = base_at(value, names, base);
        let base = own.as_deref().unwrap_or(base);
        if let (Value::Object(members), false) = (value, names) {
            let text = |keyword: &str| members.get(keyword).and_then(Value::as_str);
            if let Some(reference) = text("$ref") {
                self.reference(reference, members, base, place);
            }
            let has_room = self.dynamic.len() < MAX_DYNAMIC;
            if let Some(name) = text("$dynamicRef").filter(|_| has_room) {
                self.dynamic_reference(name, base, place);
            }
            if text("$recursiveRef").is_some()
                && has_room
                && let Some(target) = self.recursive_target(place)
            {
                self.dynamic.push(Dynamic {
                    keyword: "$recursiveRef",
                    place: place.clone(),
                    name: String::new(),
                    target,
                });
            }
        }
        each(value, names, place, &mut |value, names, place| {
            self.read(value, names, base, place);
        });
    }

    fn reference(
        &mut self,
        reference: &str,
        members: &Map<String, Value>,
        base: &str,
        place: &Pointer,
    ) {
        let target = self.target(reference, base);
        if let Some(target) = &target {
            self.plain.push((place.clone(), target.clone()));
        }
        let declares = members.contains_key("$defs") || members.contains_key("$dynamicAnchor");
        if declares
            && self.filled.len() < MAX_DYNAMIC
            && let Some(target) = target.or_else(|| pointer_of(reference))
        {
            self.filled.push((place.clone(), target));
        }
    }

    /// Where a reference leads that is no pointer from the root; none if it is, or leads nowhere.
    fn target(&self, reference: &str, base: &str) -> Option<Pointer> {
        let (address, fragment) = join(base, reference)?;
        let resource = self.index.resources.get(&address)?;
        if fragment.is_empty() {
            return Some(resource.clone()).filter(|pointer| !pointer.is_root());
        }
        if !fragment.starts_with('/') {
            return self.index.anchors.get(&(address, fragment)).cloned();
        }
        let pointer = Pointer::parse(&format!("{resource}{fragment}")).ok()?;
        if self.root.pointer(&pointer.to_string()).is_some() {
            return Some(pointer);
        }
        Pointer::parse(&fragment)
            .ok()
            .filter(|pointer| self.root.pointer(&pointer.to_string()).is_some())
    }

    fn dynamic_reference(&mut self, reference: &str, base: &str, place: &Pointer) {
        let name = reference.rsplit_once('#').map_or("", |(_, name)| name);
        let own = self.index.nearest(name, base, place).cloned();
        // A name that is declared once can't mean anything else.
        let only = self
            .index
            .dynamic
            .get(name)
            .filter(|declared| declared.len() == 1)
            .map(|declared| declared[0].1.clone());
        let target = own.or_else(|| self.target(reference, base)).or(only);
        if let Some(target) = target.or_else(|| pointer_of(reference)) {
            self.dynamic.push(Dynamic {
                keyword: "$dynamicRef",
                place: place.clone(),
                name: name.to_owned(),
                target,
            });
        }
    }

    /// The nearest schema around a place that recursive references lead to.
    fn recursive_target(&self, place: &Pointer) -> Option<Pointer> {
        let mut around = place.parent();
        while let Some(pointer) = around {
            let schema = self.root.pointer(&pointer.to_string())?;
            let is_anchor = schema.get("$recursiveAnchor") == Some(&Value::Bool(true))
                || schema.get("$id").is_some_and(Value::is_string);
            if is_anchor {
                return Some(pointer);
            }
            around = pointer.parent();
        }
        None
    }
}

/// The pointer of a reference that is one.
fn pointer_of(reference: &str) -> Option<Pointer> {
    let pointer = reference.strip_prefix("#/")?;
    Pointer::parse(&format!("/{pointer}")).ok()
}

/// Makes the reference at a place a plain one, beside what else is there.
fn refer(root: &mut Value, place: &Pointer, keyword: &str, target: &Pointer) {
    let Some(Value::Object(members)) = root.pointer_mut(&place.to_string()) else {
        return;
    };
    members.shift_remove(keyword);
    let reference = Value::String(format!("#{target}"));
    if members.contains_key("$ref") {
        compose(members, json!({ "$ref": reference }));
    } else {
        members.insert("$ref".to_owned(), reference);
    }
}

fn compose(members: &mut Map<String, Value>, schema: Value) {
    let arms = members.entry("allOf").or_insert_with(|| json!([]));
    if let Value::Array(arms) = arms {
        arms.push(schema);
    }
}

/// Schemas that declare the dynamic anchors of the one that they refer to become copies of it, with references to their own.
fn fill_in(root: &mut Value, index: &Index, dynamic: &[Dynamic], filled: Vec<(Pointer, Pointer)>) {
    let mut left = MAX_COPIED;
    for (place, target) in filled {
        let mut changes = Vec::new();
        for reference in dynamic {
            let Some(below) = reference.place.strip_prefix(&target) else {
                continue;
            };
            let own = index.dynamic.get(&reference.name).and_then(|declared| {
                let mut declared = declared.iter().map(|(_, pointer)| pointer);
                declared.find(|pointer| pointer.strip_prefix(&place).is_some())
            });
            if let Some(own) = own.filter(|own| **own != reference.target) {
                changes.push((below.to_string(), reference.keyword, own.clone()));
            }
        }
        if changes.is_empty() {
            continue;
        }
        let Some(schema) = root.pointer(&target.to_string()) else {
            continue;
        };
        let size = size_of(schema);
        if size > left || place.strip_prefix(&target).is_some() {
            continue;
        }
        left -= size;
        let mut copy = schema.clone();
        if let Value::Object(members) = &mut copy {
            for keyword in ["$id", "$anchor", "$dynamicAnchor"] {
                members.shift_remove(keyword);
            }
        }
        for (below, keyword, own) in changes {
            if let Ok(below) = Pointer::parse(&below) {
                refer(&mut copy, &below, keyword, &own);
            }
        }
        // What the copy doesn't change leads where it leads in the original.
        let rest = dynamic.iter().filter_map(|reference| {
            let below = reference.place.strip_prefix(&target)?.to_string();
            Some((Pointer::parse(&below).ok()?, reference))
        });
        for (below, reference) in rest {
            let place = copy.pointer(&below.to_string());
            if place.is_some_and(|schema| schema.get(reference.keyword).is_some()) {
                refer(&mut copy, &below, reference.keyword, &reference.target);
            }
        }
        if let Some(Value::Object(members)) = root.pointer_mut(&place.to_string()) {
            members.shift_remove("$ref");
            compose(members, copy);
        }
    }
}

/// How many mappings and lists a value is made of.
fn size_of(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(size_of).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(size_of).sum::<usize>(),
        _ => 0,
    }
}
