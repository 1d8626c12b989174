//! The connection environment: where connections are kept, with which secrets, and who may use them.
//!
//! [`Environment::open`] opens the one of this person on this machine: an encrypted [store](crate::store) that several processes
//! share, and beside it a `connections.toml` for connections that a deployment declares. A client uses a connection of it by name:
//!
//! ```no_run
//! # use connector_runtime as runtime;
//! # static API: runtime::Api = runtime::Api::new("acme", "1.0");
//! # async fn example() -> runtime::Result<()> {
//! let client = runtime::Client::connect(&API, "acme", "work").await?;
//! # Ok(())
//! # }
//! ```
//!
//! The program `connector` (feature `connector`) adds, shows, tests and removes connections.

mod connect;
mod definition;
mod description;
mod file;
mod parameters;
mod remove;
mod secret;
mod status;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::zeroize::Zeroizing;

pub use self::definition::{
    ConnectionDefinition, CredentialDefinition, GrantDefinition, OAuthDefinition, ProviderReference,
};
pub use self::description::{
    ConnectorDescription, FlowDescription, SchemeDescription, ServerDescription,
    VariableDescription,
};
use self::file::Declared;
pub use self::parameters::{BindingDescription, ParameterDescription, ParameterSetDescription};
pub use self::secret::Secret;
pub use self::status::{ConnectionInfo, ConnectionStatus, CredentialStatus};
use crate::client::Client;
use crate::connection::Connection;
use crate::descriptor::Api;
use crate::error::{Error, ErrorKind, Result};
use crate::oauth::{AuthorizationServer, SignedIn};
use crate::store::{Journal, Journaled, KeyRing, SqliteStore, StoredConnection};
use crate::token::{MemoryStore, TokenKey, TokenStore};

/// Where the environment is, unless `CONNECTOR_HOME` says otherwise.
const FOLDER: &str = "connector";

/// A connection environment. Clones share it.
#[derive(Clone)]
pub struct Environment(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    store: SqliteStore,
    journal: Journal,
    /// The same store, with commits that go through the journal.
    tokens: Arc<dyn TokenStore>,
    ring: KeyRing,
    declared: Declared,
}

/// A connection as it was found.
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) definition: ConnectionDefinition,
    kept: Option<StoredConnection>,
}

impl Environment {
    /// The folder of this person's environment: `CONNECTOR_HOME`, or `connector` in the system's folder for configuration.
    ///
    /// # Errors
    /// When the system does not say where configuration is.
    pub fn default_folder() -> Result<PathBuf> {
        if let Some(folder) = std::env::var_os("CONNECTOR_HOME").filter(|folder| !folder.is_empty())
        {
            return Ok(folder.into());
        }
        let base = match () {
            () if cfg!(windows) => std::env::var_os("APPDATA").map(PathBuf::from),
            () if cfg!(target_os = "macos") => {
                std::env::home_dir().map(|home| home.join("Library/Application Support"))
            }
            () => std::env::var_os("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| std::env::home_dir().map(|home| home.join(".config"))),
        };
        base.map(|base| base.join(FOLDER)).ok_or_else(|| {
            Error::configuration(
                "there is no home folder: say where connections are kept with CONNECTOR_HOME",
            )
        })
    }

    /// Opens this person's environment, or makes it.
    ///
    /// # Errors
    /// When its store can't be opened: the folder can't be written, or the key is not the one it was written with.
    pub async fn open() -> Result<Self> {
        Self::open_in(Self::default_folder()?).await
    }

    /// Opens the environment in a folder, or makes it. Its key is where [`KeyRing::standard`] finds it.
    ///
    /// # Errors
    /// As [`Environment::open`].
    pub async fn open_in(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        let ring = KeyRing::standard(&folder);
        Self::open_with(folder, ring).await
    }

    /// Opens the environment in a folder with a certain key ring.
    ///
    /// # Errors
    /// As [`Environment::open`].
    pub async fn open_with(folder: impl Into<PathBuf>, ring: KeyRing) -> Result<Self> {
        let folder = folder.into();
        let declared = Declared::read(declared_path(&folder))?;
        let store = SqliteStore::open(folder.join("connections.db"), ring.clone()).await?;
        let journal = store.journal().await?;
        // What a process left behind that was killed after the server's answer.
        let superseded = journal.replay(&store).await?;
        if !superseded.is_empty() {
            tracing::info!(
                count = superseded.len(),
                "tokens in the journal came too late"
            );
        }
        let tokens = Arc::new(Journaled::new(store.clone(), journal.clone()));
        Ok(Self(Arc::new(Inner {
            folder,
            store,
            journal,
            tokens,
            ring,
            declared,
        })))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &SqliteStore {
        &self.0.store
    }

    /// The journal of the store.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// Where the keys of the store are, for people.
    #[must_use]
    pub fn key_place(&self) -> String {
        self.0.ring.place()
    }

    /// Adds a connection.
    ///
    /// # Errors
    /// When there is one of this name, or the store can't be written.
    pub async fn add(
        &self,
        connector: &str,
        name: &str,
        definition: &ConnectionDefinition,
    ) -> Result<()> {
        Self::check_names(connector, name)?;
        if self.find(connector, name).await?.is_some() {
            return Err(Error::new(
                ErrorKind::Store,
                format!("there is a connection `{name}` of `{connector}` already"),
            ));
        }
        let id = uuid_text();
        let definition = sealed(definition)?;
        let row = StoredConnection::new(id, connector, name, definition.to_vec());
        self.0.store.insert_connection(row).await
    }

    /// Replaces the definition of a connection. Its tokens stay, as long as nobody signs in anew.
    ///
    /// # Errors
    /// When there is no such connection, it is declared in `connections.toml`, or the store can't be written.
    pub async fn update(
        &self,
        connector: &str,
        name: &str,
        definition: &ConnectionDefinition,
    ) -> Result<()> {
        let found = self.require(connector, name).await?;
        self.refuse_declared(&found, connector, name)?;
        let updated = self
            .0
            .store
            .update_connection(&found.id, sealed(definition)?)
            .await?;
        updated
            .then_some(())
            .ok_or_else(|| missing(connector, name))
    }

    /// Whether a connection can have this name. [`Environment::add`] checks it, too.
    ///
    /// # Errors
    /// When it can't: shells or messages would take it apart.
    pub fn check_names(connector: &str, name: &str) -> Result<()> {
        check_name("connector", connector)?;
        check_name("connection", name)
    }

    /// The connection of a definition that is not kept here, to find out whether it is one before it is added. Its tokens are not
    /// kept, either.
    ///
    /// # Errors
    /// When it does not fit the API, or one of its secrets is missing or of no use.
    pub fn trial(&self, api: &Api, definition: &ConnectionDefinition) -> Result<Connection> {
        let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
        let context = connect::Context {
            folder: &self.0.folder,
            store: &store,
            id: "trial",
        };
        connect::connection(definition, api, &context)
    }

    /// The definition of a connection.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn definition(
        &self,
        connector: &str,
        name: &str,
    ) -> Result<Option<ConnectionDefinition>> {
        Ok(self
            .find(connector, name)
            .await?
            .map(|found| found.definition))
    }

    /// A connection that is ready to be used, and is marked as used now.
    ///
    /// # Errors
    /// When there is no such connection, it does not fit the API, or one of its secrets is missing.
    pub async fn connection(&self, api: &Api, connector: &str, name: &str) -> Result<Connection> {
        let found = self.require(connector, name).await?;
        let context = connect::Context {
            folder: &self.0.folder,
            store: &self.0.tokens,
            id: &found.id,
        };
        let mut connection = connect::connection(&found.definition, api, &context)?;
        if connection.base_url.is_none() {
            connection.base_url = self.granted_address(&found).await?;
        }
        if found.kept.is_some() {
            self.0.store.touch_connection(&found.id).await?;
        }
        Ok(connection)
    }

    /// The API's address where it depends on who signed in.
    async fn granted_address(&self, found: &Found) -> Result<Option<String>> {
        for (scheme, credential) in &found.definition.credentials {
            let CredentialDefinition::OAuth(oauth) = credential else {
                continue;
            };
            let client =
                connect::described_client(oauth, scheme, &found.definition, &self.0.folder)?;
            let Some(template) = client.provider.base_url.clone() else {
                continue;
            };
            let key = TokenKey::new(&found.id, scheme);
            let record = self.0.tokens.load(&key).await?;
            let values = record
                .and_then(|record| record.tokens)
                .map(|tokens| tokens.values);
            let value = |name: &str| {
                let granted = values.as_ref().and_then(|values| values.get(name).cloned());
                granted.or_else(|| client.lookup(name))
            };
            let insecure = found.definition.allow_insecure_credentials;
            let url = crate::oauth::template::fill_url(&template, &value, insecure)?;
            return Ok(Some(url.into()));
        }
        Ok(None)
    }

    /// The authorization server of a connection's scheme, to sign in or out.
    ///
    /// # Errors
    /// When there is no such connection or no OAuth client for the scheme, or the server's metadata can't be read.
    pub async fn authorization_server(
        &self,
        connector: &str,
        name: &str,
        scheme: &str,
    ) -> Result<AuthorizationServer> {
        let found = self.require(connector, name).await?;
        let oauth = oauth_of(&found.definition, scheme)?;
        let client = connect::described_client(oauth, scheme, &found.definition, &self.0.folder)?;
        let connection = connect::address(&found.definition, &self.0.folder)?;
        AuthorizationServer::builder(client)
            .connection(&connection)
            .build()
            .await
    }

    /// Keeps the tokens of a sign-in. Refreshes that are under way with the old ones are void.
    ///
    /// # Errors
    /// When there is no such connection or scheme, or the store can't be written.
    pub async fn signed_in(
        &self,
        connector: &str,
        name: &str,
        scheme: &str,
        signed_in: &SignedIn,
    ) -> Result<()> {
        let found = self.require(connector, name).await?;
        oauth_of(&found.definition, scheme)?;
        let key = TokenKey::new(&found.id, scheme);
        self.0.tokens.put(&key, signed_in.tokens.clone()).await?;
        Ok(())
    }

    async fn require(&self, connector: &str, name: &str) -> Result<Found> {
        let found = self.find(connector, name).await?;
        found.ok_or_else(|| missing(connector, name))
    }

    /// Looks in `connections.toml` first: a deployment says what counts there.
    pub(crate) async fn find(&self, connector: &str, name: &str) -> Result<Option<Found>> {
        if let Some(definition) = self.0.declared.get(connector, name) {
            return Ok(Some(Found {
                id: format!("{connector}/{name}"),
                definition: definition.clone(),
                kept: None,
            }));
        }
        let Some(kept) = self.0.store.connection(connector, name).await? else {
            return Ok(None);
        };
        let definition = serde_json::from_slice(&kept.definition).map_err(|_| {
            // The parser's error may quote a secret.
            Error::new(
                ErrorKind::Store,
                format!("the connection `{name}` of `{connector}` was written by a newer version"),
            )
        })?;
        Ok(Some(Found {
            id: kept.id.clone(),
            definition,
            kept: Some(kept),
        }))
    }

    fn refuse_declared(&self, found: &Found, connector: &str, name: &str) -> Result<()> {
        if found.kept.is_some() {
            return Ok(());
        }
        Err(Error::configuration(format!(
            "the connection `{name}` of `{connector}` is declared in {}: change it there",
            self.0.declared.path.display()
        )))
    }
}

/// `CONNECTOR_CONNECTIONS`, or `connections.toml` beside the store.
fn declared_path(folder: &Path) -> PathBuf {
    let named = std::env::var_os("CONNECTOR_CONNECTIONS").filter(|path| !path.is_empty());
    named.map_or_else(|| folder.join("connections.toml"), PathBuf::from)
}

fn oauth_of<'a>(definition: &'a ConnectionDefinition, scheme: &str) -> Result<&'a OAuthDefinition> {
    match definition.credentials.get(scheme) {
        Some(CredentialDefinition::OAuth(oauth)) => Ok(oauth),
        Some(_) => Err(Error::configuration(format!(
            "the scheme `{scheme}` of the connection is not OAuth 2.0: there is nothing to sign in to"
        ))),
        None => Err(Error::configuration(format!(
            "the connection has no credential for the scheme `{scheme}`"
        ))),
    }
}

fn missing(connector: &str, name: &str) -> Error {
    Error::configuration(format!(
        "there is no connection `{name}` of `{connector}`: make one with `connector add {connector} {name}`"
    ))
}

/// Names are typed in shells and stand in messages.
fn check_name(what: &str, name: &str) -> Result<()> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    // An option, or a hidden file, is no name.
    let begins = !name.is_empty() && !name.starts_with(['-', '.']);
    if begins && name.chars().count() <= 100 && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "`{}` is no name for a {what}: it may have up to 100 letters, digits, `-`, `_`, `.` and `@`, and does not begin with `-` or `.`",
        name.escape_debug()
    )))
}

fn sealed(definition: &ConnectionDefinition) -> Result<Zeroizing<Vec<u8>>> {
    let json = serde_json::to_vec(definition).map_err(|error| {
        Error::new(ErrorKind::Store, "the connection cannot be written down").with_source(error)
    })?;
    Ok(Zeroizing::new(json))
}

/// A random id (RFC 9562 section 5.4).
fn uuid_text() -> String {
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = fastrand::u8(..);
    }
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

impl Client {
    /// A client over a connection of this person's environment; see [`Environment::open`].
    ///
    /// `connector` and `connection` are the names under which `connector add` has put it there.
    ///
    /// # Errors
    /// When there is no such connection, it does not fit the API, or one of its secrets is missing.
    pub async fn connect(api: &'static Api, connector: &str, connection: &str) -> Result<Self> {
        let environment = Environment::open().await?;
        let connection = environment.connection(api, connector, connection).await?;
        Self::builder(api).connection(connection).build()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("folder", &self.0.folder)
            .finish_non_exhaustive()
    }
}
