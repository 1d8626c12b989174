//! Connections in an environment: kept, declared, used, and how they are doing.
#![cfg(feature = "environment")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests does not cover the helpers of an integration test"
)]

use std::fs;
use std::path::Path;

use connector_runtime::environment::{
    ConnectionDefinition, ConnectionStatus, CredentialDefinition, CredentialStatus, Environment,
    GrantDefinition, OAuthDefinition, ProviderReference, Secret,
};
use connector_runtime::mock::{CapturedRequest, MockTransport, Reply};
use connector_runtime::oauth::Provider;
use connector_runtime::store::{Key, KeyRing};
use connector_runtime::token::{TokenKey, TokenStore, Tokens};
use connector_runtime::{Api, Client, ErrorKind, Result, SecurityScheme, Text};
use tempfile::TempDir;

static API: Api = Api::new("acme", "1").security_schemes(&[
    SecurityScheme::basic("basic"),
    SecurityScheme::digest("digest"),
    SecurityScheme::bearer("bearer"),
    SecurityScheme::api_key_header("key", "x-key"),
    SecurityScheme::api_key_query("query", "key"),
    SecurityScheme::azure_shared_key("shared"),
    SecurityScheme::aws_sigv4("aws"),
    SecurityScheme::oauth2("oauth"),
]);

const ADDRESS: &str = "https://api.acme.example/v1";
const TOKEN_URL: &str = "https://auth.acme.example/token";

/// An environment whose key is in memory, and its folder.
struct Home {
    environment: Environment,
    ring: KeyRing,
    folder: TempDir,
}

impl Home {
    async fn new() -> Self {
        Self::declaring("").await
    }

    async fn declaring(connections: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if !connections.is_empty() {
            fs::write(folder.path().join("connections.toml"), connections).unwrap();
        }
        let ring = KeyRing::new([Key::generate().unwrap()]);
        let environment = Environment::open_with(folder.path(), ring.clone());
        Self {
            environment: environment.await.unwrap(),
            ring,
            folder,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    async fn add(&self, scheme: &str, credential: CredentialDefinition) {
        let definition = definition(scheme, credential);
        let added = self.environment.add("acme", "work", &definition);
        added.await.unwrap();
    }

    async fn client(&self, transport: &MockTransport) -> Result<Client> {
        let connection = self.environment.connection(&API, "acme", "work").await?;
        Client::builder(&API)
            .connection(connection)
            .transport(transport.clone())
            .build()
    }

    /// The request that a call with the connection makes.
    async fn request(&self) -> Result<CapturedRequest> {
        let transport = MockTransport::new();
        transport.reply(Reply::text(200, "ok"));
        let client = self.client(&transport).await?;
        client.request("GET", "/shops").send::<Text>().await?;
        Ok(transport.last_request().unwrap())
    }

    async fn put(&self, scheme: &str, tokens: Tokens) {
        let kept = self.environment.store().connection("acme", "work").await;
        let key = TokenKey::new(kept.unwrap().unwrap().id, scheme);
        self.environment.store().put(&key, tokens).await.unwrap();
    }

    async fn status(&self) -> (ConnectionStatus, CredentialStatus) {
        let info = self.environment.info("acme", "work").await.unwrap();
        (info.status, info.credentials[0].1.clone())
    }

    /// Changes the database behind the back of the store.
    fn sql(&self, statement: &str) {
        let path = self.path().join("connections.db");
        let sql = rusqlite::Connection::open(path).unwrap();
        sql.execute_batch(statement).unwrap();
    }
}

fn definition(scheme: &str, credential: CredentialDefinition) -> ConnectionDefinition {
    let mut definition = ConnectionDefinition::default();
    definition.base_url = Some(ADDRESS.to_owned());
    definition.credentials.insert(scheme.to_owned(), credential);
    definition
}

fn key(secret: &str) -> CredentialDefinition {
    let key = Secret::value(secret);
    CredentialDefinition::Key { key }
}

fn oauth(grant: GrantDefinition) -> OAuthDefinition {
    let mut provider = Provider::default();
    provider.token_url = Some(TOKEN_URL.to_owned());
    let mut oauth = OAuthDefinition::new(grant, "id");
    oauth.client_secret = Some(Secret::value("client-secret"));
    oauth.provider = Some(ProviderReference::Described(Box::new(provider)));
    oauth
}

fn signed_in(oauth: OAuthDefinition) -> CredentialDefinition {
    CredentialDefinition::OAuth(Box::new(oauth))
}

/// Tokens that expire so many seconds from now.
fn tokens(access: &str, refresh: Option<&str>, seconds: i64) -> Tokens {
    let mut tokens = Tokens::new(access);
    tokens.refresh_token = refresh.map(Into::into);
    let life = std::time::Duration::from_secs(seconds.unsigned_abs());
    let at = match seconds < 0 {
        true => tokens.granted_at - life,
        false => tokens.granted_at + life,
    };
    tokens.expires_at = Some(at);
    tokens
}

fn granted(access: &str, refresh: &str) -> Reply {
    let body = format!(
        r#"{{"access_token":"{access}","refresh_token":"{refresh}","token_type":"bearer","expires_in":3600}}"#
    );
    Reply::bytes(200, "application/json", body)
}

#[path = "environment/declared.rs"]
mod declared;
#[path = "environment/journal.rs"]
mod journal;
#[path = "environment/kept.rs"]
mod kept;
#[path = "environment/parameters.rs"]
mod parameters;
#[path = "environment/status.rs"]
mod status;
#[path = "environment/used.rs"]
mod used;
