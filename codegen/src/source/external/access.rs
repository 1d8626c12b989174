//! What a document may read: a definition is anyone's, and must not reach what its reader did not mean to hand out.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::address::{Address, NOWHERE};

/// What the references of a document may lead to.
///
/// By default, that is files in the folder of the document and below it. A document from the standard input, or from
/// memory, reads nothing.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// More folders whose files may be read.
    pub folders: Vec<PathBuf>,
    /// Prefixes of URLs that may be fetched: the same scheme, host and port, and the path up to a slash.
    pub urls: Vec<String>,
    /// Where a document is that has no place of its own: a folder, or a URL.
    pub base: Option<String>,
}

/// How many bytes all further files of a document may have together, and their trees (roughly).
pub(super) const MAX_TOTAL: u64 = 64 * 1024 * 1024;

/// How many files a document may consist of.
pub(super) const MAX_FILES: usize = 10_000;

/// Why something is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What is wrong, after the name of the thing: `lies outside of …`.
    pub(super) reason: String,
    pub(super) hint: Option<String>,
    /// Whether there is nothing of that name, so that another guess may be made.
    pub(super) is_missing: bool,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
            is_missing: false,
        }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn missing(reason: impl Into<String>) -> Self {
        Self {
            is_missing: true,
            ..Self::new(reason)
        }
    }
}

/// [`Access`], made ready for one document.
pub(super) struct Gate {
    /// The folders that may be read, without links.
    folders: Vec<PathBuf>,
    urls: Vec<Address>,
    /// Where the document is.
    pub(super) home: Address,
}

impl Gate {
    /// The gate of the document at `path`, if it has one.
    pub(super) fn new(access: &Access, path: Option<&Path>) -> Option<Self> {
        let canonical = |path: &Path| fs::canonicalize(path).ok();
        let mut folders: Vec<_> = access
            .folders
            .iter()
            .filter_map(|one| canonical(one))
            .collect();
        let base = access.base.as_deref();
        let url = base.and_then(Address::parse).filter(Address::is_web);
        let home = match (path, url, base) {
            (_, Some(url), _) => Some(url),
            (Some(path), None, None) => canonical(path).and_then(|file| {
                folders.extend(file.parent().map(Path::to_owned));
                Address::of_file(&file)
            }),
            (_, None, Some(folder)) => canonical(Path::new(folder)).and_then(|folder| {
                let address = Address::of_file(&folder.join("document"));
                folders.push(folder);
                address
            }),
            (None, None, None) => None,
        };
        Some(Self {
            folders,
            urls: access
                .urls
                .iter()
                .filter_map(|url| Address::parse(url))
                .collect(),
            home: home.or_else(|| Address::parse(NOWHERE))?,
        })
    }

    /// The file at `address`, without links in its path, if it may be read.
    ///
    /// What lies outside of the folders is refused before the file system is asked, so that a document learns
    /// nothing about what is there.
    pub(super) fn file(&self, address: &Address) -> Result<PathBuf, Refusal> {
        let path = address
            .to_path()
            .ok_or_else(|| Refusal::new("names no file of this machine"))?;
        if !self.holds(&path) {
            return Err(self.outside("lies outside of the document's folder"));
        }
        let file = fs::canonicalize(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Refusal::missing("does not exist"),
            _ => Refusal::missing(format!("cannot be read: {error}")),
        })?;
        if !self.holds(&file) {
            return Err(self.outside("leads out of the document's folder, by a link"));
        }
        Ok(file)
    }

    /// Whether a path lies in one of the folders, by its words alone.
    fn holds(&self, path: &Path) -> bool {
        let has_parents = path.components().any(|part| part == Component::ParentDir);
        !has_parents && self.folders.iter().any(|folder| path.starts_with(folder))
    }

    fn outside(&self, reason: &str) -> Refusal {
        Refusal::new(format!("{reason}, and is not read"))
            .with_hint("`--allow-path DIR` allows for another folder")
    }

    /// Whether `address` may be fetched.
    pub(super) fn check_url(&self, address: &Address) -> Result<(), Refusal> {
        if address.has_credentials() {
            return Err(Refusal::new(
                "has a name or password in it, and is not fetched",
            ));
        }
        if address.hides_parents() {
            return Err(Refusal::new(
                "is not fetched: it has an escaped `..` in its path",
            ));
        }
        if !self.urls.iter().any(|prefix| address.is_below(prefix)) {
            let url = address.as_str();
            let folder = &url[..url.rfind('/').map_or(url.len(), |slash| slash + 1)];
            let hint = format!("`--allow-url {folder}` allows for it");
            return Err(Refusal::new("is not fetched: it was not allowed").with_hint(hint));
        }
        Ok(())
    }

    /// Why a relative reference of a document without a place leads nowhere.
    pub(super) fn placeless() -> Refusal {
        Refusal::new(
            "is in another file, which is not read: the document itself comes from no file",
        )
        .with_hint("`--base DIR` says which folder its references start from")
    }
}

/// Reads a file that the gate let through.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::new(format!("cannot be read: {error}"));
    // Before it is opened: to open a pipe is to wait for its other end.
    let is_file = |metadata: fs::Metadata| metadata.is_file();
    if !fs::metadata(path).map(is_file).map_err(unreadable)? {
        return Err(Refusal::new("is no file"));
    }
    let file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map(is_file).map_err(unreadable)? {
        return Err(Refusal::new("is no file"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(too_much());
    }
    Ok(bytes)
}

/// The refusal of what goes beyond the limits.
pub(super) fn too_much() -> Refusal {
    let megabytes = MAX_TOTAL / (1024 * 1024);
    Refusal::new(format!(
        "is not read: a document may have {MAX_FILES} further files, of {megabytes} MiB together"
    ))
}
