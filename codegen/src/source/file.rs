//! The files that a tree was made of, and where in them its parts are.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Format, json, yaml};
use crate::diagnostics::{Location, Pointer};

/// Something that was read for a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The file as the user would name it, or the URL.
    pub name: String,
    /// Its size in bytes, as text.
    pub bytes: usize,
    #[serde(skip)]
    path: Option<PathBuf>,
}

impl Input {
    /// A file, as it was named or found.
    pub(crate) fn file(path: &Path, bytes: usize) -> Self {
        Self {
            name: path.display().to_string(),
            bytes,
            path: Some(path.to_owned()),
        }
    }

    pub(super) fn url(url: &str, bytes: usize) -> Self {
        Self {
            name: url.to_owned(),
            bytes,
            path: None,
        }
    }

    /// The path; none of what was fetched.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// A file, or what came from a URL, whose content is in the tree.
#[derive(Debug)]
pub struct SourceFile {
    /// The file as the user would name it, `<stdin>` for the standard input, or the URL.
    pub name: String,
    /// Its text, in UTF-8 without a byte order mark.
    pub text: String,
    /// The notation of the text; none if it is neither JSON nor YAML.
    pub format: Option<Format>,
}

impl SourceFile {
    /// The places in this file of `pointers` into it, or of what is nearest to them.
    pub(super) fn locate(&self, pointers: &[Pointer]) -> Vec<Option<Location>> {
        let places = match self.format {
            Some(Format::Json) => json::locate(&self.text, pointers),
            Some(Format::Yaml) => yaml::locate(&self.text, pointers),
            None => vec![Some((1, 1)); pointers.len()],
        };
        let location = |(line, column)| Location {
            file: self.name.clone(),
            line,
            column,
        };
        places
            .into_iter()
            .map(|place| place.map(location))
            .collect()
    }

    /// The place of one pointer; the start of the file if it leads nowhere.
    pub(super) fn place(&self, pointer: &Pointer) -> Location {
        let mut places = self.locate(std::slice::from_ref(pointer));
        places
            .pop()
            .flatten()
            .unwrap_or_else(|| Location::start_of(&self.name))
    }
}

/// A place in one of the files: its index, and a pointer into its content.
pub(super) type Origin = (usize, Pointer);

/// Which parts of a tree came from elsewhere than the same place of the first file.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// By their places in the tree; what lies below came with them.
    moved: HashMap<Pointer, Origin>,
}

impl Origins {
    /// Notes that the value at `place` in the tree came from `origin`.
    pub(super) fn insert(&mut self, place: Pointer, origin: Origin) {
        self.moved.insert(place, origin);
    }

    /// Where the value at `place` in the tree came from.
    pub(super) fn of(&self, place: &Pointer) -> Origin {
        if self.moved.is_empty() {
            return (0, place.clone());
        }
        let mut ancestor = Some(place.clone());
        while let Some(above) = ancestor {
            if let Some((file, origin)) = self.moved.get(&above) {
                let below = place.strip_prefix(&above).unwrap_or_default();
                let pointer = Pointer::parse(&format!("{origin}{below}"));
                return (*file, pointer.unwrap_or_else(|_| origin.clone()));
            }
            ancestor = above.parent();
        }
        (0, place.clone())
    }

    /// Forgets what is known about these places and all below them.
    pub(super) fn forget(&mut self, gone: &HashSet<Pointer>) {
        self.moved.retain(|place, _| {
            let mut ancestors = std::iter::successors(Some(place.clone()), Pointer::parent);
            !ancestors.any(|ancestor| gone.contains(&ancestor))
        });
    }

    /// Takes out what is known about `place` and all below it, by what follows `place` in their pointers.
    pub(super) fn take_below(&mut self, place: &Pointer) -> Vec<(String, Origin)> {
        let inside: Vec<Pointer> = self
            .moved
            .keys()
            .filter(|one| one.strip_prefix(place).is_some())
            .cloned()
            .collect();
        let taken = inside.into_iter().filter_map(|one| {
            let origin = self.moved.remove(&one)?;
            let below = one.strip_prefix(place).unwrap_or_default().to_owned();
            Some((below, origin))
        });
        taken.collect()
    }
}

/// Finds the places of many pointers into a tree, in one pass over each file that they lead to.
pub(super) fn locate(
    files: &[SourceFile],
    origins: &Origins,
    pointers: &[Pointer],
) -> Vec<Option<Location>> {
    let mut by_file: HashMap<usize, (Vec<usize>, Vec<Pointer>)> = HashMap::new();
    for (index, pointer) in pointers.iter().enumerate() {
        let (file, inside) = origins.of(pointer);
        let (indexes, wanted) = by_file.entry(file).or_default();
        indexes.push(index);
        wanted.push(inside);
    }
    let mut locations = vec![None; pointers.len()];
    for (file, (indexes, wanted)) in by_file {
        let found = files.get(file).map(|file| file.locate(&wanted));
        for (index, location) in indexes.into_iter().zip(found.unwrap_or_default()) {
            locations[index] = location;
        }
    }
    locations
}
