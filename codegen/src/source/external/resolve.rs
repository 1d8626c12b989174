//! Where a reference leads: through files, anchors and further references, to the place that has content.

use std::rc::Rc;

use serde_json::Value;

use super::access::Refusal;
use super::library::Library;
use crate::diagnostics::Pointer;

/// How many references one reference may lead through, one after the other or one within the other.
const MAX_HOPS: usize = 64;

/// Where a reference leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// The index of the file among those of the document.
    pub(super) file: usize,
    pub(super) pointer: Pointer,
}

/// A place, and what was wrong with the reference to it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) repaired: Option<&'static str>,
}

pub(super) type Resolution = Result<Found, Refusal>;

/// Whether a text in place of a reference leads out of the file that it is in.
pub(super) fn is_external(reference: &str) -> bool {
    let reference = reference.trim_start();
    !reference.starts_with('#') && reference.contains(['#', '/', '.'])
}

impl Library<'_> {
    /// Where a reference leads that stands in `file`, where its base number `base` counts.
    pub(super) fn resolve(&mut self, file: usize, base: usize, reference: &str) -> Rc<Resolution> {
        let key = (file, base, reference.to_owned());
        if let Some(known) = self.resolved.get(&key) {
            return Rc::clone(known);
        }
        let resolution = Rc::new(self.follow(file, base, reference, &mut 0));
        self.resolved.insert(key, Rc::clone(&resolution));
        resolution
    }

    fn follow(
        &mut self,
        file: usize,
        base: usize,
        reference: &str,
        hops: &mut usize,
    ) -> Resolution {
        *hops += 1;
        if *hops > MAX_HOPS {
            return Err(Refusal::new("leads back to itself"));
        }
        let (document, fragment) = match reference.trim().split_once('#') {
            Some((document, fragment)) => (document, percent_decode(fragment)),
            None => (reference.trim(), String::new()),
        };
        if !document.is_empty() {
            let (place, repaired) = self.document(file, base, document)?;
            return Ok(Found {
                place: self.fragment(&place, &fragment, hops)?,
                repaired,
            });
        }
        let within = Place {
            file,
            pointer: self.base(file, base).1,
        };
        let refusal = match self.fragment(&within, &fragment, hops) {
            Ok(place) => {
                return Ok(Found {
                    place,
                    repaired: None,
                });
            }
            Err(refusal) => refusal,
        };
        let root = Place {
            file: 0,
            pointer: Pointer::root(),
        };
        // Tools that put everything into one file before they look let authors write this.
        let place = match file {
            0 => return Err(refusal),
            _ => self.fragment(&root, &fragment, hops).map_err(|_| refusal)?,
        };
        let repaired = Some("is not in this file; the one in the document itself was taken");
        Ok(Found { place, repaired })
    }

    /// The file, or the schema with a URI of its own, that the part of a reference before its fragment names.
    fn document(
        &mut self,
        file: usize,
        base: usize,
        reference: &str,
    ) -> Result<(Place, Option<&'static str>), Refusal> {
        let (start, _) = self.base(file, base);
        let own = self.volumes.get(&file).map(|volume| volume.address.clone());
        let own = own.unwrap_or_else(|| self.gate.home.clone());
        let home = self.gate.home.clone();
        let meant = start
            .resolve(reference)
            .ok_or_else(|| Refusal::new("is no URI reference"))?;
        let mut guesses = vec![(meant.clone(), None)];
        if start != own {
            // The file has a URI that it is not found at: what is beside it there is beside it here.
            let beside = start
                .within_folder(&meant)
                .and_then(|rest| own.resolve(rest));
            let relative = own.resolve(reference);
            guesses.extend(beside.into_iter().chain(relative).map(|one| (one, None)));
        }
        if own != home
            && let Some(guess) = home.resolve(reference)
        {
            let repaired = "is not there; what it means in the document itself was taken";
            guesses.push((guess, Some(repaired)));
        }
        let mut first = None;
        for (guess, repaired) in guesses {
            match self.find(&guess) {
                Ok((file, pointer)) => return Ok((Place { file, pointer }, repaired)),
                Err(refusal) if repaired.is_some() => {
                    first.get_or_insert(refusal);
                }
                Err(refusal) if first.is_none() || meant.is_web() => first = Some(refusal),
                Err(_) => {}
            }
        }
        Err(first.unwrap_or_else(|| Refusal::new("leads nowhere")))
    }

    /// What a fragment names in the file or schema at `within`.
    fn fragment(
        &mut self,
        within: &Place,
        fragment: &str,
        hops: &mut usize,
    ) -> Result<Place, Refusal> {
        let file = within.file;
        let trimmed = fragment.trim_end_matches('/');
        if trimmed.is_empty() {
            return self.walk(file, within.pointer.clone(), &Pointer::root(), hops);
        }
        let anchor = self
            .volumes
            .get(&file)
            .and_then(|volume| volume.anchor(trimmed));
        if let Some(anchor) = anchor.cloned() {
            return self.walk(file, anchor, &Pointer::root(), hops);
        }
        // `#definitions/X` lacks a slash.
        let slashed = format!("/{}", trimmed.trim_start_matches('/'));
        let path = Pointer::parse(&slashed).unwrap_or_default();
        match self.walk(file, within.pointer.clone(), &path, hops) {
            Err(_) if !within.pointer.is_root() => self.walk(file, Pointer::root(), &path, hops),
            walked => walked,
        }
    }

    /// Goes from `start` along `path`, through references on the way, and on while there is nothing but a reference.
    fn walk(
        &mut self,
        mut file: usize,
        start: Pointer,
        path: &Pointer,
        hops: &mut usize,
    ) -> Result<Place, Refusal> {
        let missing = || Refusal::new(format!("leads nowhere: there is no `{path}`"));
        let mut pointer = start;
        for token in path.tokens() {
            loop {
                let value = self.value(file, &pointer).ok_or_else(missing)?;
                let step = |members: &Value| match members {
                    Value::Object(members) => Some(members.contains_key(token.as_ref())),
                    Value::Array(items) => {
                        Some(token.parse().is_ok_and(|at: usize| at < items.len()))
                    }
                    _ => None,
                };
                if value.with(step) == Some(Some(true)) {
                    pointer.push(&token);
                    break;
                }
                let reference = value.with(|value| Some(value.get("$ref")?.as_str()?.to_owned()));
                let reference = reference.flatten().ok_or_else(missing)?;
                let next = self.hop(file, &pointer, &reference, hops)?;
                (file, pointer) = (next.file, next.pointer);
            }
        }
        let value = self.value(file, &pointer).ok_or_else(missing)?;
        if let Some(reference) = value.with(only_reference).flatten()
            // A reference to nothing is told about where it stands.
            && let Ok(next) = self.hop(file, &pointer, &reference, hops)
        {
            return Ok(next);
        }
        Ok(Place { file, pointer })
    }

    fn hop(
        &mut self,
        file: usize,
        pointer: &Pointer,
        reference: &str,
        hops: &mut usize,
    ) -> Result<Place, Refusal> {
        let base = self
            .volumes
            .get(&file)
            .map_or(0, |volume| volume.base_at(pointer));
        let found = self.follow(file, base, reference, hops)?;
        Ok(found.place)
    }

    fn value(&self, file: usize, pointer: &Pointer) -> Option<At> {
        let tree = Rc::clone(&self.volumes.get(&file)?.tree);
        tree.pointer(pointer.as_str())?;
        Some(At {
            tree,
            pointer: pointer.clone(),
        })
    }

    /// The address and place of a base.
    fn base(&self, file: usize, base: usize) -> (super::address::Address, Pointer) {
        let base = self
            .volumes
            .get(&file)
            .and_then(|volume| volume.bases.get(base));
        let home = || (self.gate.home.clone(), Pointer::root());
        base.map_or_else(home, |base| (base.address.clone(), base.pointer.clone()))
    }
}

/// A value of a tree, which is kept alive while more files are read.
struct At {
    tree: Rc<Value>,
    pointer: Pointer,
}

impl At {
    fn with<T>(&self, read: impl FnOnce(&Value) -> T) -> Option<T> {
        self.tree.pointer(self.pointer.as_str()).map(read)
    }
}

/// The reference that a value consists of.
fn only_reference(value: &Value) -> Option<String> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let reference = members.get("$ref")?.as_str()?;
    let is_reference = reference.starts_with('#') || is_external(reference);
    is_reference.then(|| reference.to_owned())
}

/// Decodes `%20` and the like (RFC 3986, section 2.1).
fn percent_decode(text: &str) -> String {
    use fluent_uri::pct_enc::{EStr, encoder::Fragment};

    match EStr::<Fragment>::new(text) {
        Some(escaped) => escaped.decode().to_string_lossy().into_owned(),
        // It has characters that should have been escaped, so most likely none is.
        None => text.to_owned(),
    }
}
