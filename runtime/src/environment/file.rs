//! `connections.toml`: connections that are declared for a deployment.

use std::collections::BTreeMap;
use std::io::ErrorKind as IoError;
use std::path::{Path, PathBuf};

use super::Secret;
use super::definition::{ConnectionDefinition, CredentialDefinition};
use crate::error::{Error, Result};

/// Connections by connector and name.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    pub(super) path: PathBuf,
    connections: BTreeMap<String, BTreeMap<String, ConnectionDefinition>>,
}

impl Declared {
    /// Reads a file; nothing is declared if there is none.
    pub(super) fn read(path: PathBuf) -> Result<Self> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            // That there is no folder for it either is for the store to tell.
            Err(error) if matches!(error.kind(), IoError::NotFound | IoError::NotADirectory) => {
                return Ok(Self {
                    path,
                    ..Self::default()
                });
            }
            Err(error) => {
                let path = path.display();
                return Err(
                    Error::configuration(format!("{path} cannot be read")).with_source(error)
                );
            }
        };
        let connections = parse(&text, &path)?;
        Ok(Self { path, connections })
    }

    pub(super) fn get(&self, connector: &str, name: &str) -> Option<&ConnectionDefinition> {
        self.connections.get(connector)?.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.connections.iter().flat_map(|(connector, named)| {
            named.keys().map(|name| (connector.as_str(), name.as_str()))
        })
    }
}

fn parse(
    text: &str,
    path: &Path,
) -> Result<BTreeMap<String, BTreeMap<String, ConnectionDefinition>>> {
    let parsed: BTreeMap<String, BTreeMap<String, ConnectionDefinition>> = toml::from_str(text)
        .map_err(|error| {
            // The parser's own text quotes the line, which may hold a secret that should not be there.
            let (path, message) = (path.display(), without_value(error.message()));
            // Inside a credential, the parser does not know where it is.
            if let Some(place) = wrong_credential(text) {
                return Error::configuration(format!("{path}: in [{place}]: {message}"));
            }
            let (line, column) = position(text, error.span().map_or(0, |span| span.start));
            Error::configuration(format!("{path}:{line}:{column}: {message}"))
        })?;
    for (connector, named) in &parsed {
        for (name, definition) in named {
            if holds_secret(definition) {
                return Err(Error::configuration(format!(
                    "{}: the connection `{connector}.{name}` holds a secret: refer to it with `env:NAME`, `file:PATH`, or `keyring:SERVICE/ACCOUNT`",
                    path.display()
                )));
            }
        }
    }
    Ok(parsed)
}

/// The table of the first credential that is none.
fn wrong_credential(text: &str) -> Option<String> {
    let parsed: BTreeMap<String, BTreeMap<String, toml::Table>> = toml::from_str(text).ok()?;
    for (connector, named) in parsed {
        for (name, definition) in named {
            let credentials = definition
                .get("credentials")
                .and_then(toml::Value::as_table);
            for (scheme, credential) in credentials.into_iter().flatten() {
                if credential
                    .clone()
                    .try_into::<CredentialDefinition>()
                    .is_err()
                {
                    return Some(format!("{connector}.{name}.credentials.{scheme}"));
                }
            }
        }
    }
    None
}

/// What is wrong, without the value that is: one in the wrong place may be a secret.
fn without_value(message: &str) -> String {
    let is_about_value = message.starts_with("invalid ");
    match message.rfind(", expected ").filter(|_| is_about_value) {
        Some(end) => {
            let (said, expected) = message.split_at(end);
            let kind = said.split(['"', '`']).next().unwrap_or_default();
            kind.trim_end().to_owned() + expected
        }
        None => message.to_owned(),
    }
}

fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

fn holds_secret(definition: &ConnectionDefinition) -> bool {
    let own = [&definition.client_identity, &definition.proxy];
    let own = own.into_iter().flatten();
    let own = own.chain(definition.secrets.values());
    own.chain(definition.credentials.values().flat_map(secrets))
        .any(Secret::is_value)
}

/// The secrets of a credential.
fn secrets(credential: &CredentialDefinition) -> Vec<&Secret> {
    match credential {
        CredentialDefinition::None => Vec::new(),
        CredentialDefinition::Password { password, .. } => vec![password],
        CredentialDefinition::Key { key } | CredentialDefinition::SharedKey { key, .. } => {
            vec![key]
        }
        CredentialDefinition::AwsSigv4 {
            secret_access_key,
            session_token,
            ..
        } => std::iter::once(secret_access_key)
            .chain(session_token)
            .collect(),
        CredentialDefinition::OAuth(oauth) => {
            [&oauth.client_secret, &oauth.private_key, &oauth.password]
                .into_iter()
                .flatten()
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text, Path::new("connections.toml"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn connections_are_declared_by_connector_and_name() {
        let text = r#"
            [acme.work]
            base_url = "https://eu.acme.example/v1"
            [acme.work.credentials.oauth]
            type = "oauth2"
            grant = "client_credentials"
            client_id = "1234"
            client_secret = "env:ACME_SECRET"
            [acme.work.credentials.oauth.provider]
            token_url = "https://{tenant}.acme.example/token"
            [acme.home.credentials.key]
            type = "key"
            key = "file:/run/secrets/acme"
        "#;
        let parsed = parse(text, Path::new("connections.toml")).unwrap();
        let declared = Declared {
            path: PathBuf::new(),
            connections: parsed,
        };
        assert_eq!(
            declared.names().collect::<Vec<_>>(),
            [("acme", "home"), ("acme", "work")]
        );
        let work = declared.get("acme", "work").unwrap();
        let CredentialDefinition::OAuth(oauth) = &work.credentials["oauth"] else {
            panic!("{work:?}");
        };
        let provider = crate::environment::connect::provider(oauth).unwrap();
        assert_eq!(
            provider.token_url.unwrap(),
            "https://{tenant}.acme.example/token"
        );
    }

    #[test]
    fn secret_in_the_file_is_refused_and_not_quoted() {
        for text in [
            "[acme.work.credentials.key]\ntype = \"key\"\nkey = \"hunter2\"",
            "[acme.work.credentials.key]\ntype = \"key\"\nkey = \"value:hunter2\"",
            "[acme.work]\nproxy = \"value:http://u:hunter2@proxy\"",
            "[acme.work.secrets]\napi_key = \"value:hunter2\"",
        ] {
            let error = error(text);
            assert!(
                error.contains("env:NAME") && !error.contains("hunter2"),
                "{error}"
            );
            assert!(error.contains("acme.work"), "{error}");
        }
    }

    #[test]
    fn secret_in_the_wrong_place_is_not_quoted() {
        for text in [
            "[acme.work.credentials]\nkey = \"hunter2, expected\"",
            "[acme.work]\nserver = \"hunter2\"",
            "[acme]\nwork = 4711",
        ] {
            let error = error(text);
            let quoted = ["hunter2", "4711"].iter().any(|it| error.contains(it));
            assert!(error.contains("expected") && !quoted, "{error}");
        }
    }

    #[test]
    fn mistake_is_located() {
        let error = error("[acme.work]\nbase_uri = \"https://acme.example\"\n");
        assert!(
            error.starts_with("connections.toml:2:1: unknown field `base_uri`"),
            "{error}"
        );
    }
}
