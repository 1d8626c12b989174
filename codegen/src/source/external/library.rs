//! The files of a document, and what can be found in them by name.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
#[cfg(feature = "fetch")]
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::access::{self, Gate, MAX_FILES, MAX_TOTAL, Refusal, too_much};
use super::address::Address;
use super::grammar::Kind;
use super::resolve::{Place, Resolution};
use crate::diagnostics::{Code, Diagnostics, Pointer};
use crate::source::file::{Input, Origin, SourceFile};
use crate::source::{Document, SourceError, encoding, holds_data, names_its_members, parse_text};

/// A file that was read, in the order of the document's files.
pub(super) struct Volume {
    pub(super) tree: Rc<Value>,
    /// Where it was found.
    pub(super) address: Address,
    /// What references in it start from: itself, then what lies in it and has a URI of its own (JSON Schema `$id`).
    pub(super) bases: Vec<Base>,
    /// The indexes of the bases but the first, by their places.
    bases_by_place: HashMap<Pointer, usize>,
    /// `$anchor`s.
    anchors: HashMap<String, Pointer>,
}

/// How long all URLs of a document may take together.
#[cfg(feature = "fetch")]
const MAX_WAITING: Duration = Duration::from_secs(300);

/// A place that references start from.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) address: Address,
    /// The place in the file that has the address.
    pub(super) pointer: Pointer,
}

/// Everything that was read for one document.
pub(super) struct Library<'d> {
    pub(super) gate: Gate,
    /// By the indexes of the document's files; none for those that are no part of the description.
    pub(super) volumes: HashMap<usize, Volume>,
    document: &'d mut Document,
    pub(super) diagnostics: &'d mut Diagnostics,
    /// What was asked for, and which file it is.
    asked: HashMap<Address, Result<usize, Refusal>>,
    /// The same file is one file, whatever the way to it.
    by_path: HashMap<PathBuf, usize>,
    /// The URIs that files and schemas give themselves.
    by_identifier: HashMap<Address, (usize, Pointer)>,
    /// Where references lead, by the file and base that they stand in.
    pub(super) resolved: HashMap<(usize, usize, String), Rc<Resolution>>,
    /// How many bytes of text, and of trees, may still be read.
    text_left: u64,
    trees_left: usize,
    /// How long URLs may still be waited for.
    #[cfg(feature = "fetch")]
    time_left: Duration,
}

impl<'d> Library<'d> {
    /// A library that holds the document alone, whose tree it takes.
    pub(super) fn new(
        gate: Gate,
        document: &'d mut Document,
        diagnostics: &'d mut Diagnostics,
    ) -> Self {
        let tree = document.root.take();
        let home = gate.home.clone();
        let mut library = Self {
            gate,
            volumes: HashMap::new(),
            document,
            diagnostics,
            asked: HashMap::new(),
            by_path: HashMap::new(),
            by_identifier: HashMap::new(),
            resolved: HashMap::new(),
            text_left: MAX_TOTAL,
            trees_left: usize::try_from(MAX_TOTAL).unwrap_or(usize::MAX),
            #[cfg(feature = "fetch")]
            time_left: MAX_WAITING,
        };
        if let Some(path) = home.to_path() {
            library.by_path.insert(path, 0);
        }
        library.asked.insert(home.clone(), Ok(0));
        library.shelve(0, tree, home);
        library
    }

    /// Takes the tree of the document itself, which nothing is read from any more.
    pub(super) fn take_root(&mut self) -> Option<Value> {
        let volume = self.volumes.get_mut(&0)?;
        let tree = std::mem::take(&mut volume.tree);
        Some(Rc::try_unwrap(tree).unwrap_or_else(|shared| Value::clone(&shared)))
    }

    /// Gives the document its tree back.
    pub(super) fn put_root(&mut self, root: Value) {
        self.document.root = root;
    }

    /// Notes that what is at `at` in the document came from `place`.
    pub(super) fn moved(&mut self, at: Pointer, place: &Place) {
        let origin = self.origin(place);
        self.came_from(at, origin);
    }

    /// Notes that what is at `at` in the document came from `origin`.
    pub(super) fn came_from(&mut self, at: Pointer, origin: Origin) {
        self.document.origins.insert(at, origin);
    }

    /// Where in the texts a place is: what is in the document itself may have come from an overlay.
    pub(super) fn origin(&self, place: &Place) -> Origin {
        match place.file {
            0 => self.document.origins.of(&place.pointer),
            file => (file, place.pointer.clone()),
        }
    }

    /// The name of a file, without its folder.
    pub(super) fn file_name(&self, file: usize) -> String {
        let volume = self.volumes.get(&file);
        let name = volume.and_then(|volume| volume.address.file_name());
        name.unwrap_or_default()
    }

    /// Whether the document is Swagger 2.0.
    pub(super) fn is_swagger(&self) -> bool {
        let root = self.volumes.get(&0);
        root.is_some_and(|root| root.tree.get("swagger").is_some())
    }

    /// The base that counts in a mapping, `base` being the one that counts around it.
    pub(super) fn base_of(
        &self,
        kind: Kind,
        members: &Map<String, Value>,
        (file, base): (usize, usize),
        at: &Pointer,
    ) -> usize {
        if kind != Kind::Schema || !members.contains_key("$id") {
            return base;
        }
        self.volumes
            .get(&file)
            .map_or(base, |volume| volume.base_at(at))
    }

    /// The file that is, or calls itself, `address`.
    pub(super) fn find(&mut self, address: &Address) -> Result<(usize, Pointer), Refusal> {
        if let Some(found) = self.by_identifier.get(address) {
            return Ok(found.clone());
        }
        let file = match self.asked.get(address) {
            Some(known) => known.clone(),
            None => {
                let read = self.read(address);
                self.asked.insert(address.clone(), read.clone());
                read
            }
        };
        file.map(|file| (file, Pointer::root()))
    }

    fn read(&mut self, address: &Address) -> Result<usize, Refusal> {
        if address.is_nowhere() {
            return Err(Gate::placeless());
        }
        if address.is_web() {
            let (bytes, address) = self.fetch(address)?;
            if let Some(Ok(known)) = self.asked.get(&address) {
                return Ok(*known);
            }
            let url = address.as_str().to_owned();
            self.document.inputs.push(Input::url(&url, bytes.len()));
            let file = self.add(url, bytes, address.clone())?;
            self.asked.insert(address, Ok(file));
            return Ok(file);
        }
        let path = self.gate.file(address)?;
        if let Some(known) = self.by_path.get(&path) {
            return Ok(*known);
        }
        self.check_count()?;
        let bytes = access::read(&path, self.text_left)?;
        let address = Address::of_file(&path)
            .ok_or_else(|| Refusal::new("has a name that is no text, and is not read"))?;
        let shown = self.shown(&path);
        self.document.inputs.push(Input::file(&shown, bytes.len()));
        let file = self.add(shown.display().to_string(), bytes, address);
        if let Ok(file) = file {
            self.by_path.insert(path, file);
        }
        file
    }

    #[cfg(feature = "fetch")]
    fn fetch(&mut self, address: &Address) -> Result<(Vec<u8>, Address), Refusal> {
        self.gate.check_url(address)?;
        self.check_count()?;
        if self.time_left.is_zero() {
            return Err(Refusal::new(format!(
                "is not fetched: the URLs before it took more than {} s",
                MAX_WAITING.as_secs()
            )));
        }
        let start = Instant::now();
        let fetched = super::fetch::fetch(&self.gate, address, self.text_left);
        self.time_left = self.time_left.saturating_sub(start.elapsed());
        fetched
    }

    #[cfg(not(feature = "fetch"))]
    fn fetch(&self, address: &Address) -> Result<(Vec<u8>, Address), Refusal> {
        self.gate.check_url(address)?;
        let refusal = Refusal::new("is not fetched: this program was built without it");
        Err(refusal.with_hint("the feature `fetch` of connector-gen brings it"))
    }

    fn check_count(&self) -> Result<(), Refusal> {
        if self.document.files.len() > MAX_FILES {
            return Err(too_much());
        }
        Ok(())
    }

    /// A file as the user would name it: from the folder of the document, if it is below that.
    fn shown(&self, path: &std::path::Path) -> PathBuf {
        let inside = || {
            let home = self.gate.home.to_path()?;
            let inside = path.strip_prefix(home.parent()?).ok()?;
            let root = self.document.path.as_ref()?;
            Some(root.parent()?.join(inside))
        };
        inside().unwrap_or_else(|| path.to_owned())
    }

    /// Parses and keeps a file.
    fn add(&mut self, name: String, bytes: Vec<u8>, address: Address) -> Result<usize, Refusal> {
        self.text_left = self.text_left.saturating_sub(bytes.len() as u64);
        let parsed = encoding::refuse_binary(&name, &bytes)
            .and_then(|()| encoding::decode(&name, bytes, self.diagnostics))
            .and_then(|text| {
                let (parsed, format) = parse_text(&name, &text, self.trees_left, self.diagnostics)?;
                Ok((parsed, format, text))
            });
        let (parsed, format, text) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return Err(self.broken(&error)),
        };
        self.trees_left = self.trees_left.saturating_sub(parsed.weight);
        let file = SourceFile {
            name,
            text,
            format: Some(format),
        };
        for (key, place) in parsed
            .duplicate_keys
            .iter()
            .zip(file.locate(&parsed.duplicate_keys))
        {
            if let Some(place) = place {
                let message = format!("the key `{key}` occurs more than once; the last one counts");
                self.diagnostics.warn_at(Code::DuplicateKey, place, message);
            }
        }
        let index = self.document.files.len();
        self.document.files.push(file);
        self.shelve(index, parsed.root, address);
        Ok(index)
    }

    /// Tells about a file that is no JSON or YAML, once; what needs it is told about as well.
    fn broken(&mut self, error: &SourceError) -> Refusal {
        let found = error.diagnostic();
        let message = found.message.clone();
        let reported = match &found.location {
            Some(place) => self
                .diagnostics
                .error_at(found.code, place.clone(), message),
            None => self.diagnostics.error(found.code, &found.pointer, message),
        };
        reported.hint.clone_from(&found.hint);
        if let (Some(location), Some(text)) = (&found.location, error.text()) {
            self.document.files.push(SourceFile {
                name: location.file.clone(),
                text: text.to_owned(),
                format: None,
            });
        }
        Refusal::new("cannot be read, see there")
    }

    fn shelve(&mut self, file: usize, tree: Value, address: Address) {
        let mut index = Index {
            bases: vec![Base {
                address: address.clone(),
                pointer: Pointer::root(),
            }],
            anchors: HashMap::new(),
            identifiers: Vec::new(),
        };
        index.document(&tree);
        for (identifier, pointer) in index.identifiers {
            self.by_identifier
                .entry(identifier)
                .or_insert((file, pointer));
        }
        let inner = index.bases.iter().enumerate().skip(1);
        let volume = Volume {
            tree: Rc::new(tree),
            address,
            bases_by_place: inner
                .map(|(index, base)| (base.pointer.clone(), index))
                .collect(),
            bases: index.bases,
            anchors: index.anchors,
        };
        self.volumes.insert(file, volume);
    }
}

impl Volume {
    /// The index of the base that counts at a place: that of the innermost value around it that has a URI.
    pub(super) fn base_at(&self, pointer: &Pointer) -> usize {
        if self.bases_by_place.is_empty() {
            return 0;
        }
        let mut around = std::iter::successors(Some(pointer.clone()), Pointer::parent);
        around
            .find_map(|place| self.bases_by_place.get(&place).copied())
            .unwrap_or(0)
    }

    pub(super) fn anchor(&self, name: &str) -> Option<&Pointer> {
        self.anchors.get(name)
    }
}

/// Collects the names that a file gives to its parts.
struct Index {
    bases: Vec<Base>,
    anchors: HashMap<String, Pointer>,
    identifiers: Vec<(Address, Pointer)>,
}

impl Index {
    fn document(&mut self, tree: &Value) {
        // OpenAPI 3.2.
        if let Some(own) = tree.get("$self").and_then(Value::as_str)
            && let Some(address) = self.bases[0].address.resolve(own)
        {
            self.identifiers.push((address.clone(), Pointer::root()));
            self.bases[0].address = address;
        }
        self.value(tree, false, 0, &mut Pointer::root());
    }

    /// `names` says that the keys are the author's.
    fn value(&mut self, value: &Value, names: bool, base: usize, at: &mut Pointer) {
        match value {
            Value::Object(members) => {
                let base = if names {
                    base
                } else {
                    self.names(members, base, at)
                };
                for (key, member) in members {
                    if (member.is_object() || member.is_array()) && (names || !holds_data(key)) {
                        let length = at.push_undoable(key);
                        self.value(member, !names && names_its_members(key), base, at);
                        at.truncate(length);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if item.is_object() || item.is_array() {
                        let length = at.push_undoable(&index.to_string());
                        self.value(item, false, base, at);
                        at.truncate(length);
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes the names of a schema; gives the base that counts in it.
    fn names(&mut self, members: &Map<String, Value>, base: usize, at: &Pointer) -> usize {
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let Some(name) = members.get(keyword).and_then(Value::as_str) {
                self.anchors
                    .entry(name.to_owned())
                    .or_insert_with(|| at.clone());
            }
        }
        let Some(own) = members.get("$id").and_then(Value::as_str) else {
            return base;
        };
        // The anchors of older drafts.
        if let Some(name) = own.strip_prefix('#') {
            self.anchors
                .entry(name.to_owned())
                .or_insert_with(|| at.clone());
            return base;
        }
        let Some(address) = self.bases[base].address.resolve(own) else {
            return base;
        };
        self.identifiers.push((address.clone(), at.clone()));
        let own = Base {
            address,
            pointer: at.clone(),
        };
        if at.is_root() {
            self.bases[0] = own;
            return 0;
        }
        self.bases.push(own);
        self.bases.len() - 1
    }
}
