//! A secret, or where it is.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, Result};

/// A secret of a connection: itself, or a reference that is followed when the connection is used.
///
/// As a text it is `env:NAME`, `file:PATH`, `keyring:SERVICE/ACCOUNT`, or `value:SECRET`. The last form exists only inside an
/// encrypted store; a `connections.toml` with it is refused.
#[derive(Clone)]
#[non_exhaustive]
pub enum Secret {
    /// The secret itself.
    Value(SecretString),
    /// The value of an environment variable.
    Env(String),
    /// The contents of a file, without the line break at its end. Read for each use, so that it may be replaced.
    File(PathBuf),
    /// An entry in the keyring of the operating system (feature `keyring`).
    Keyring {
        /// The service.
        service: String,
        /// The account.
        account: String,
    },
}

impl Secret {
    /// The secret itself.
    pub fn value(secret: impl Into<SecretString>) -> Self {
        Self::Value(secret.into())
    }

    /// Reads the text form of a reference.
    ///
    /// # Errors
    /// When it has none of the forms. The message does not quote it, for it may be a secret.
    pub fn reference(text: &str) -> Result<Self> {
        let form = text.split_once(':').filter(|(_, rest)| !rest.is_empty());
        let reference = match form {
            Some(("env", name)) => Some(Self::Env(name.to_owned())),
            Some(("file", path)) => Some(Self::File(path.into())),
            Some(("keyring", entry)) => {
                entry
                    .split_once('/')
                    .map(|(service, account)| Self::Keyring {
                        service: service.to_owned(),
                        account: account.to_owned(),
                    })
            }
            _ => None,
        };
        reference.ok_or_else(|| {
            Error::configuration(
                "a secret is not written down here: refer to it with `env:NAME`, `file:PATH`, or `keyring:SERVICE/ACCOUNT`",
            )
        })
    }

    /// Whether it holds the secret itself.
    #[must_use]
    pub fn is_value(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// The secret. Relative files are relative to `folder`.
    ///
    /// # Errors
    /// When the variable, file or entry is not there.
    pub fn read(&self, folder: &Path) -> Result<SecretString> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::Env(name) => match std::env::var(name) {
                Ok(value) if !value.is_empty() => Ok(value.into()),
                _ => Err(Error::configuration(format!(
                    "the environment variable {name} with a secret of the connection is not set"
                ))),
            },
            Self::File(path) => read_file(&folder.join(path)),
            Self::Keyring { service, account } => read_keyring(service, account),
        }
    }
}

fn read_file(path: &Path) -> Result<SecretString> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| {
        Error::configuration(format!(
            "the file {} with a secret of the connection cannot be read",
            path.display()
        ))
        .with_source(error)
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).into())
}

#[cfg(feature = "keyring")]
fn read_keyring(service: &str, account: &str) -> Result<SecretString> {
    let read = keyring::Entry::new(service, account).and_then(|entry| entry.get_password());
    read.map(Into::into).map_err(|error| {
        Error::configuration(format!(
            "the entry `{account}` of `{service}` in the keyring cannot be read: {}",
            crate::store::keyring_reason(&error)
        ))
    })
}

#[cfg(not(feature = "keyring"))]
fn read_keyring(_: &str, _: &str) -> Result<SecretString> {
    Err(Error::configuration(
        "secrets in the keyring need the feature `keyring` of connector-runtime",
    ))
}

/// With the secret itself, for an encrypted store.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(secret) => {
                let text = Zeroizing::new(format!("value:{}", secret.expose_secret()));
                serializer.serialize_str(&text)
            }
            Self::Env(name) => serializer.collect_str(&format_args!("env:{name}")),
            Self::File(path) => serializer.collect_str(&format_args!("file:{}", path.display())),
            Self::Keyring { service, account } => {
                serializer.collect_str(&format_args!("keyring:{service}/{account}"))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        match text.strip_prefix("value:") {
            Some(secret) => Ok(Self::Value(secret.into())),
            None => Self::reference(&text).map_err(de::Error::custom),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("value:redacted"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Keyring { service, account } => write!(f, "keyring:{service}/{account}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_is_followed_and_kept_as_a_reference() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "s3cret\n").unwrap();
        let secret: Secret = serde_json::from_str(r#""file:key""#).unwrap();
        assert_eq!(
            secret.read(folder.path()).unwrap().expose_secret(),
            "s3cret"
        );
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""file:key""#);
        assert_eq!(format!("{secret:?}"), "file:key");
        let keyring = Secret::reference("keyring:acme/work").unwrap();
        assert!(matches!(keyring, Secret::Keyring { service, .. } if service == "acme"));
    }

    #[test]
    fn what_is_no_reference_is_not_quoted() {
        for text in ["hunter2", "value:hunter2", "env:", "keyring:hunter2"] {
            let error = Secret::reference(text).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = Secret::Env("CONNECTOR_NO_SUCH".into())
            .read(Path::new("."))
            .unwrap_err();
        assert!(error.to_string().contains("CONNECTOR_NO_SUCH"));
    }

    #[test]
    fn value_goes_through_a_store_and_not_through_debug() {
        let secret = Secret::value("hunter2");
        let text = serde_json::to_string(&secret).unwrap();
        let read: Secret = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read.read(Path::new(".")).unwrap().expose_secret(),
            "hunter2"
        );
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
