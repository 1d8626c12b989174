//! References: where they lead, and what must be copied so that they lead to components.
//!
//! The document is scanned once before anything is moved out of it: which components exist, which other places
//! are referred to. Those places are copied, once each; nothing is ever expanded in place.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value};

use super::{Dialect, Normalizer};
use crate::diagnostics::{Code, Diagnostics, Pointer};
use crate::source::{holds_data, names_its_members};

/// How many references a pointer may lead through on its way.
const MAX_HOPS: usize = 32;

/// How many values are copied in all; beyond that, references count as dangling.
const MAX_COPIED: usize = 5_000_000;

/// The sections of `components` that the generator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Section {
    Schemas,
    Responses,
    Parameters,
    RequestBodies,
    Headers,
    SecuritySchemes,
}

impl Section {
    const ALL: [Self; 6] = [
        Self::Schemas,
        Self::Responses,
        Self::Parameters,
        Self::RequestBodies,
        Self::Headers,
        Self::SecuritySchemes,
    ];

    /// The name below `components`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Schemas => "schemas",
            Self::Responses => "responses",
            Self::Parameters => "parameters",
            Self::RequestBodies => "requestBodies",
            Self::Headers => "headers",
            Self::SecuritySchemes => "securitySchemes",
        }
    }

    /// The name at the top of a Swagger 2.0 document.
    pub(super) fn swagger_name(self) -> Option<&'static str> {
        match self {
            Self::Schemas => Some("definitions"),
            Self::Responses => Some("responses"),
            Self::Parameters => Some("parameters"),
            Self::SecuritySchemes => Some("securityDefinitions"),
            Self::RequestBodies | Self::Headers => None,
        }
    }

    /// The canonical reference to the component `key`.
    pub(super) fn reference(self, key: &str) -> String {
        format!("#{}", self.pointer(key))
    }

    /// The place of the component `key` in the canonical document.
    pub(super) fn pointer(self, key: &str) -> Pointer {
        Pointer::from_tokens(["components", self.name(), key])
    }

    /// The section and key that a pointer in any dialect's form names.
    fn of(pointer: &Pointer) -> Option<(Self, String)> {
        let tokens: Vec<_> = pointer.tokens().take(4).collect();
        let find = |name: &str| Self::ALL.into_iter().find(|section| section.name() == name);
        let find_swagger = |name: &str| {
            Self::ALL
                .into_iter()
                .find(|section| section.swagger_name() == Some(name))
        };
        match tokens.as_slice() {
            [first, section, key] if first == "components" => {
                Some((find(section)?, key.to_string()))
            }
            [section, key] => Some((find_swagger(section)?, key.to_string())),
            _ => None,
        }
    }
}

/// Where a reference leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To a component.
    Component(Section, String),
    /// To a place elsewhere in the document, of which there is a copy.
    Elsewhere(Pointer),
    /// Nowhere; with the reason.
    Nowhere(String),
}

/// What is known about references.
#[derive(Default)]
pub(super) struct References {
    declared: HashMap<Section, HashSet<String>>,
    /// Copies of what is referred to outside of components.
    copies: HashMap<Pointer, Value>,
    /// `$anchor` and `$id` values.
    anchors: HashMap<String, Pointer>,
    /// Shared parameters whose `in` is `body` or `formData`: they become request bodies.
    shared_bodies: HashMap<String, Value>,
    /// The name and place of the shared parameters.
    shared_parameters: HashMap<String, (String, String)>,
    hoisted: HashMap<(Section, Pointer), String>,
    pending: VecDeque<(Section, String, Pointer)>,
    /// The first number that a key may still have, by what comes before it.
    suffixes: HashMap<(Section, String), usize>,
    /// How many values may still be copied for use in place.
    budget: usize,
}

impl References {
    /// Scans the whole document; also counts its values, apart from text and numbers.
    pub(super) fn scan(
        root: &Value,
        dialect: Dialect,
        diagnostics: &mut Diagnostics,
    ) -> (Self, usize) {
        let mut references = Self {
            budget: MAX_COPIED,
            ..Self::default()
        };
        references.declare(root, dialect);
        let mut scan = Scan {
            found: HashSet::new(),
            anchors: HashMap::new(),
            values: 0,
        };
        scan.value(root, false, &mut Vec::new());
        references.anchors = scan.anchors;
        let mut found: Vec<_> = scan.found.into_iter().collect();
        found.sort_unstable();
        let mut budget = MAX_COPIED;
        for reference in found {
            references.copy(root, reference, &mut budget);
        }
        if budget == 0 {
            let message =
                "references outside of components copy too much of the document; some are ignored";
            diagnostics.warn(Code::DanglingReference, &Pointer::root(), message);
        }
        (references, scan.values)
    }

    fn declare(&mut self, root: &Value, dialect: Dialect) {
        for section in Section::ALL {
            let of_swagger = section
                .swagger_name()
                .filter(|_| dialect == Dialect::Swagger20);
            let of_components = root
                .get("components")
                .and_then(|components| components.get(section.name()));
            let members = of_swagger
                .and_then(|name| root.get(name))
                .into_iter()
                .chain(of_components);
            for members in members.filter_map(Value::as_object) {
                if section == Section::Parameters {
                    self.declare_parameters(members);
                } else {
                    self.declared
                        .entry(section)
                        .or_default()
                        .extend(members.keys().cloned());
                }
            }
        }
    }

    fn declare_parameters(&mut self, members: &Map<String, Value>) {
        for (key, parameter) in members {
            let text = |name: &str| {
                parameter
                    .get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            if matches!(text("in"), "body" | "formData") {
                self.shared_bodies.insert(key.clone(), parameter.clone());
            } else {
                self.declared
                    .entry(Section::Parameters)
                    .or_default()
                    .insert(key.clone());
                self.shared_parameters.insert(
                    key.clone(),
                    (text("name").to_owned(), text("in").to_owned()),
                );
            }
        }
    }

    /// Copies what `reference` names, unless it is a component or nothing.
    fn copy(&mut self, root: &Value, reference: &str, budget: &mut usize) {
        let Some(pointer) = self.pointer_of(reference) else {
            return;
        };
        if self.component(&pointer).is_some() || self.copies.contains_key(&pointer) {
            return;
        }
        // The whole document and its sections are no schema or parameter.
        if pointer.tokens().nth(1).is_none() {
            return;
        }
        if let Some(target) = follow(root, &pointer, &mut 0)
            && spend(target, budget)
        {
            self.copies.insert(pointer, target.clone());
        }
    }

    /// The pointer in a reference, if it is one into this document.
    fn pointer_of(&self, reference: &str) -> Option<Pointer> {
        let reference = reference.trim();
        if let Some(pointer) = self.anchors.get(reference) {
            return Some(pointer.clone());
        }
        let (_file, fragment) = reference.split_once('#')?;
        let decoded = percent_decode(fragment);
        // `#definitions/X` lacks a slash.
        let text = if decoded.starts_with('/') {
            decoded
        } else {
            format!("/{decoded}")
        };
        Pointer::parse(text.trim_end_matches('/')).ok()
    }

    fn is_declared(&self, section: Section, key: &str) -> bool {
        self.declared
            .get(&section)
            .is_some_and(|keys| keys.contains(key))
    }

    fn component(&self, pointer: &Pointer) -> Option<(Section, String)> {
        Section::of(pointer).filter(|(section, key)| self.is_declared(*section, key))
    }

    /// Where a reference leads that stands where something of `wanted` is expected.
    pub(super) fn resolve(&self, reference: &str, wanted: Section) -> Target {
        let is_external =
            !reference.trim_start().starts_with('#') && reference.contains(['#', '/', '.']);
        if let Some(pointer) = self.pointer_of(reference) {
            if let Some((section, key)) = self.component(&pointer) {
                return Target::Component(section, key);
            }
            if self.copies.contains_key(&pointer) {
                return Target::Elsewhere(pointer);
            }
            // A component that is named as another dialect would, or in the wrong section.
            if let Some(key) = pointer
                .tokens()
                .last()
                .filter(|key| self.is_declared(wanted, key))
            {
                return Target::Component(wanted, key.into_owned());
            }
        }
        if is_external {
            return Target::Nowhere(format!(
                "`{reference}` is in another file, which is not read"
            ));
        }
        let key = reference.trim().trim_start_matches('#');
        if self.is_declared(wanted, key) {
            return Target::Component(wanted, key.to_owned());
        }
        Target::Nowhere(format!("`{reference}` does not exist in the document"))
    }

    /// Whether a security scheme is declared.
    pub(super) fn has_security_scheme(&self, name: &str) -> bool {
        self.is_declared(Section::SecuritySchemes, name)
    }

    /// Whether a schema is declared.
    pub(super) fn has_schema(&self, name: &str) -> bool {
        self.is_declared(Section::Schemas, name)
    }

    /// A shared body or form parameter, by the reference to it, with its place.
    pub(super) fn shared_body(&self, reference: &str) -> Option<(Pointer, Value)> {
        let pointer = self.pointer_of(reference)?;
        if let Some(copy) = self.copies.get(&pointer) {
            let is_body = matches!(
                copy.get("in").and_then(Value::as_str),
                Some("body" | "formData")
            );
            return is_body.then(|| (pointer, copy.clone()));
        }
        let (Section::Parameters, key) = Section::of(&pointer)? else {
            return None;
        };
        self.shared_bodies
            .get(&key)
            .map(|body| (pointer, body.clone()))
    }

    /// Whether a shared parameter became a request body, so that it isn't a component.
    pub(super) fn is_shared_body(&self, key: &str) -> bool {
        self.shared_bodies.contains_key(key)
    }

    /// The name and place of the parameter that a reference names.
    pub(super) fn parameter_name(&self, reference: &str) -> Option<(String, String)> {
        match self.resolve(reference, Section::Parameters) {
            Target::Component(Section::Parameters, key) => {
                self.shared_parameters.get(&key).cloned()
            }
            Target::Elsewhere(pointer) => {
                let parameter = self.copies.get(&pointer)?;
                let text = |name: &str| Some(parameter.get(name)?.as_str()?.to_owned());
                Some((text("name")?, text("in")?))
            }
            _ => None,
        }
    }

    /// A copy of a place for use in place; none when there is none, or when copies of copies grow beyond all bounds.
    pub(super) fn take_copy(&mut self, pointer: &Pointer) -> Option<Value> {
        let copy = self.copies.get(pointer)?;
        spend(copy, &mut self.budget).then(|| copy.clone())
    }

    /// Declares a component under `wanted`, or the next free key like it.
    pub(super) fn claim(&mut self, section: Section, wanted: &str, separator: &str) -> String {
        let taken = self.declared.entry(section).or_default();
        if taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        // Keys are never given back, so the search goes on where it ended.
        let start = format!("{wanted}{separator}");
        let suffix = self.suffixes.entry((section, start.clone())).or_insert(2);
        loop {
            let key = format!("{start}{suffix}");
            *suffix += 1;
            if taken.insert(key.clone()) {
                return key;
            }
        }
    }

    /// The key of the component that a copied place becomes; the copy is made later.
    fn hoist(&mut self, section: Section, pointer: Pointer) -> String {
        if let Some(key) = self.hoisted.get(&(section, pointer.clone())) {
            return key.clone();
        }
        let key = self.claim(section, &readable_name(&pointer), "_");
        self.hoisted.insert((section, pointer.clone()), key.clone());
        self.pending.push_back((section, key.clone(), pointer));
        key
    }

    /// The next component to be made of a copy.
    pub(super) fn next_hoisted(&mut self) -> Option<(Section, String, Pointer, Value)> {
        let (section, key, pointer) = self.pending.pop_front()?;
        let value = self.copies.get(&pointer)?.clone();
        Some((section, key, pointer, value))
    }
}

impl Normalizer<'_> {
    /// The canonical form of a reference to something of `wanted`.
    ///
    /// # Errors
    /// When it leads nowhere, or to something of another kind; with the reason.
    pub(super) fn canonical_reference(
        &mut self,
        reference: &str,
        wanted: Section,
    ) -> Result<String, String> {
        match self.references.resolve(reference, wanted) {
            Target::Component(section, key) if section == wanted => Ok(section.reference(&key)),
            Target::Component(section, _) => Err(format!(
                "`{reference}` is one of the {}, not of the {}",
                section.name(),
                wanted.name()
            )),
            Target::Elsewhere(pointer) => {
                let key = self.references.hoist(wanted, pointer);
                Ok(wanted.reference(&key))
            }
            Target::Nowhere(reason) => Err(reason),
        }
    }
}

/// Finds every `$ref`, `$anchor` and `$id`.
struct Scan<'v> {
    found: HashSet<&'v str>,
    anchors: HashMap<String, Pointer>,
    /// How many values were seen, apart from text and numbers.
    values: usize,
}

impl<'v> Scan<'v> {
    /// `names` says that the members of `value` are named by the author, not by a specification.
    fn value(&mut self, value: &'v Value, names: bool, path: &mut Vec<Token<'v>>) {
        match value {
            Value::Object(members) => self.members(members, names, path),
            Value::Array(items) => {
                self.values += items.len();
                for (index, item) in items.iter().enumerate() {
                    if item.is_object() || item.is_array() {
                        path.push(Token::Index(index));
                        self.value(item, false, path);
                        path.pop();
                    }
                }
            }
            _ => {}
        }
    }

    fn members(&mut self, members: &'v Map<String, Value>, names: bool, path: &mut Vec<Token<'v>>) {
        for (key, value) in members {
            self.values += usize::from(!value.is_string() && !value.is_number());
            match value {
                Value::String(text) if !names => match key.as_str() {
                    "$ref" => {
                        self.found.insert(text);
                    }
                    "$anchor" => self.anchor(format!("#{text}"), path),
                    "$id" => self.anchor(text.clone(), path),
                    _ => {}
                },
                Value::Object(_) | Value::Array(_) if names || !holds_data(key) => {
                    path.push(Token::Key(key));
                    self.value(value, !names && names_its_members(key), path);
                    path.pop();
                }
                _ => {}
            }
        }
    }

    fn anchor(&mut self, name: String, path: &[Token<'v>]) {
        let tokens = path.iter().map(|token| match token {
            Token::Key(key) => (*key).to_owned(),
            Token::Index(index) => index.to_string(),
        });
        self.anchors
            .entry(name)
            .or_insert_with(|| Pointer::from_tokens(tokens));
    }
}

enum Token<'v> {
    Key(&'v str),
    Index(usize),
}

/// Finds what a pointer names, through references on the way, but not the last one.
fn follow<'v>(root: &'v Value, pointer: &Pointer, hops: &mut usize) -> Option<&'v Value> {
    let mut value = root;
    for token in pointer.tokens() {
        while let Some(Value::String(reference)) = value.get("$ref") {
            *hops += 1;
            if *hops > MAX_HOPS {
                return None;
            }
            let next = percent_decode(reference.strip_prefix('#')?);
            value = follow(root, &Pointer::parse(&next).ok()?, hops)?;
        }
        value = match value {
            Value::Object(members) => members.get(token.as_ref())?,
            Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Takes the number of values in `value` from the budget; false when it is used up.
fn spend(value: &Value, budget: &mut usize) -> bool {
    let Some(left) = budget.checked_sub(1) else {
        return false;
    };
    *budget = left;
    match value {
        Value::Array(items) => items.iter().all(|item| spend(item, budget)),
        Value::Object(members) => members.values().all(|member| spend(member, budget)),
        _ => true,
    }
}

/// Decodes `%20` and the like (RFC 3986, section 2.1); what is no valid escape stays.
pub(super) fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = match after {
            [high, low, ..] if byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// A component key made of the parts of a pointer that its author chose.
fn readable_name(pointer: &Pointer) -> String {
    let structural = |token: &str| {
        matches!(
            token,
            "components"
                | "schemas"
                | "definitions"
                | "$defs"
                | "properties"
                | "schema"
                | "content"
                | "paths"
                | "responses"
                | "parameters"
                | "headers"
                | "requestBodies"
                | "allOf"
                | "oneOf"
                | "anyOf"
        ) || token.contains("application/")
    };
    let mut name = String::new();
    for token in pointer.tokens().filter(|token| !structural(token)) {
        let token = match token.as_ref() {
            "items" => "item",
            "additionalProperties" => "value",
            other => other,
        };
        let cleaned = token
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty());
        for part in cleaned {
            if !name.is_empty() {
                name.push('_');
            }
            name.push_str(part);
        }
    }
    if name.is_empty() {
        "Inline".to_owned()
    } else {
        name
    }
}
