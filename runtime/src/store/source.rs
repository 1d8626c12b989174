//! Where keys are kept.

use std::env::{self, VarError};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use super::file;
use super::key::Key;
use crate::error::{Error, Result};

/// The service under which the keyring of the operating system has our keys.
#[cfg(feature = "keyring")]
const SERVICE: &str = "connector";

/// No list of keys is longer.
const LONGEST: u64 = 64 * 1024;

pub(super) enum Source {
    /// The program gave them.
    Memory,
    Variable(String),
    File {
        path: PathBuf,
        /// Why it is not another place, for the message when the key is missing.
        note: Option<String>,
    },
    #[cfg(feature = "keyring")]
    Keyring {
        account: String,
    },
}

impl Source {
    /// Reads all keys; the first is the one that a new store begins with. `None` if there is nothing yet.
    pub(super) fn read(&self) -> Result<Option<Vec<Key>>> {
        let text = match self {
            Self::Memory => return Ok(None),
            Self::Variable(name) => read_variable(name)?,
            Self::File { path, .. } => read_file(path)?,
            #[cfg(feature = "keyring")]
            Self::Keyring { account } => read_keyring(account)?,
        };
        let keys = text.map(|text| Key::parse_all(&text)).transpose();
        keys.map_err(|error| Error::store(format!("the {self} is not usable: {error}")))
    }

    /// Writes the first key, unless another process was faster.
    pub(super) fn create(&self, key: &Key) -> Result<()> {
        match self {
            Self::File { path, .. } => {
                let folder = path.parent().unwrap_or(Path::new("."));
                let text = Key::write_all(std::slice::from_ref(key));
                file::make_folder(folder)
                    .and_then(|()| file::create_whole(path, text.as_bytes()))
                    .map(drop)
                    .map_err(|error| self.not_written(error))
            }
            _ => self.write(std::slice::from_ref(key)),
        }
    }

    /// Writes all keys in place of those that are there.
    pub(super) fn write(&self, keys: &[Key]) -> Result<()> {
        match self {
            Self::Memory => Ok(()),
            Self::Variable(name) => Err(Error::store(format!(
                "the environment variable {name} can't be changed from here: set it for all programs that use the store, to \
                 `id:key` with a comma between keys"
            ))),
            Self::File { path, .. } => file::replace(path, Key::write_all(keys).as_bytes())
                .map_err(|error| self.not_written(error)),
            #[cfg(feature = "keyring")]
            Self::Keyring { account } => keyring::Entry::new(SERVICE, account)
                .and_then(|entry| entry.set_password(&Key::write_all(keys)))
                .map_err(|error| {
                    let reason = keyring_reason(&error);
                    Error::store(format!("the {self} can't be written: {reason}"))
                }),
        }
    }

    /// Whether the program can change what is there.
    pub(super) fn is_writable(&self) -> bool {
        !matches!(self, Self::Variable(_))
    }

    /// More to say when a key is missing.
    pub(super) fn note(&self) -> &str {
        match self {
            Self::File {
                note: Some(note), ..
            } => note,
            _ => "",
        }
    }

    fn not_written(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::store(format!("the {self} can't be written: {error}")).with_source(error)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("key ring that the program made"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::File { path, .. } => write!(f, "key file {}", path.display()),
            #[cfg(feature = "keyring")]
            Self::Keyring { account } => write!(
                f,
                "keyring of the operating system (service `{SERVICE}`, account `{account}`)"
            ),
        }
    }
}

/// An empty variable counts as not set.
fn read_variable(name: &str) -> Result<Option<Zeroizing<String>>> {
    match env::var(name) {
        Ok(text) => Ok(Some(Zeroizing::new(text)).filter(|text| !text.trim().is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::store(format!(
            "the environment variable {name} is not valid Unicode"
        ))),
    }
}

fn read_file(path: &Path) -> Result<Option<Zeroizing<String>>> {
    let unreadable = |error: std::io::Error| {
        let text = format!("the key file {} can't be read: {error}", path.display());
        Error::store(text).with_source(error)
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(about) if !about.is_file() || about.len() > LONGEST => {
            return Err(Error::store(format!(
                "{} is not a key file",
                path.display()
            )));
        }
        Ok(_) => {}
    }
    if file::is_shared(path).map_err(unreadable)? {
        return Err(Error::store(format!(
            "the key file {path} can be read or written by others than its owner: `chmod 600 {path}`, and rotate the key if \
             others may have read it",
            path = path.display()
        )));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Ok(Some(Zeroizing::new(text)))
}

#[cfg(feature = "keyring")]
fn read_keyring(account: &str) -> Result<Option<Zeroizing<String>>> {
    let read = keyring::Entry::new(SERVICE, account).and_then(|entry| entry.get_password());
    match read {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(Error::store(format!(
            "the keyring of the operating system can't be used: {}",
            keyring_reason(&error)
        ))),
    }
}

/// The reason without the data: some variants print what was stored, so the error itself is no source of ours.
#[cfg(feature = "keyring")]
pub(crate) fn keyring_reason(error: &keyring::Error) -> String {
    let status = keyring::Entry::store_status();
    match (error, status) {
        (keyring::Error::NoEntry, _) => "it is not there".to_owned(),
        (keyring::Error::NoDefaultStore, Err(reason)) => reason.to_string(),
        (
            keyring::Error::PlatformFailure(_)
            | keyring::Error::NoStorageAccess(_)
            | keyring::Error::NoDefaultStore,
            _,
        ) => error.to_string(),
        _ => "its answer is not what was stored".to_owned(),
    }
}

#[cfg(all(test, feature = "keyring"))]
mod keyring_tests {
    use super::*;

    #[test]
    fn reason_does_not_print_what_was_stored() {
        let stored = b"hush".to_vec();
        let error = keyring::Error::BadEncoding(stored.clone());
        assert!(format!("{error:?}").contains(&format!("{stored:?}")));
        assert!(!keyring_reason(&error).contains("hush"));
        assert!(!keyring_reason(&error).contains(&format!("{stored:?}")));
        assert!(keyring_reason(&keyring::Error::NoEntry).contains("not there"));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn key_file_for_others_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = crate::store::file::tests::Folder::new();
        let source = Source::File {
            path: folder.path().join("key"),
            note: None,
        };
        assert!(source.read().unwrap().is_none());
        source.create(&Key::from_bytes(&[1; 32])).unwrap();
        // Whoever comes second finds the first key.
        source.create(&Key::from_bytes(&[2; 32])).unwrap();
        let keys = source.read().unwrap().unwrap();
        assert_eq!(keys[0].id(), Key::from_bytes(&[1; 32]).id());

        let path = folder.path().join("key");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = source.read().unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
    }
}
