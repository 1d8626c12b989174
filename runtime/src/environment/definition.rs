//! What a connection is, as it is kept in a store or declared in `connections.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ConnectorDescription, Secret};
use crate::oauth::{ClientAuthentication, Provider};

/// A connection of a connector: where the API is, and who is calling.
///
/// In `connections.toml`:
///
/// ```toml
/// [acme.work]
/// base_url = "https://eu.acme.example/v1"
///
/// [acme.work.credentials.oauth]
/// type = "oauth2"
/// grant = "client_credentials"
/// client_id = "1234"
/// client_secret = "env:ACME_SECRET"
///
/// [acme.key]                           # a Power Platform connector
/// parameter_set = "key-auth"
/// parameters = { region = "eu" }
/// secrets = { api_key = "env:ACME_KEY" }
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ConnectionDefinition {
    /// The connector as it described itself when the connection was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<ConnectorDescription>,
    /// The API's address, in place of the servers of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Which of the document's servers to use; 0 is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<usize>,
    /// The variables in the server's URL.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub server_variables: BTreeMap<String, String>,
    /// The connection parameters of a Power Platform connector that are no secrets, and values for the templates of OAuth
    /// providers, such as a tenant.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The connection parameters that are secrets.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Secret>,
    /// Which set of connection parameters counts, for connectors with several; by default the first that is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter_set: Option<String>,
    /// Who is calling, by the name of the security scheme.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub credentials: BTreeMap<String, CredentialDefinition>,
    /// Files with root certificates to trust, in PEM.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub root_certificates: Vec<PathBuf>,
    /// The client certificate with its private key for mutual TLS, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_identity: Option<Secret>,
    /// The URL of a proxy; a secret, because it may hold a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Secret>,
    /// Sends credentials over plain http, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_insecure_credentials: bool,
}

/// The credential for one security scheme.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum CredentialDefinition {
    /// Something on the way adds the credential.
    None,
    /// User name and password: HTTP Basic, or Digest.
    Password {
        /// The user name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A token that does not expire, or an API key.
    Key {
        /// The token or key.
        key: Secret,
    },
    /// Azure Storage shared key.
    SharedKey {
        /// The storage account.
        account: String,
        /// One of its access keys.
        key: Secret,
    },
    /// AWS Signature Version 4.
    AwsSigv4 {
        /// The access key id.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: Secret,
        /// The token of a temporary key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_token: Option<Secret>,
        /// The region, where the host name does not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// The service, where the host name does not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<String>,
    },
    /// OAuth 2.0 or OpenID Connect.
    #[serde(rename = "oauth2")]
    OAuth(Box<OAuthDefinition>),
}

/// An OAuth 2.0 client, and how it comes to its tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OAuthDefinition {
    /// How tokens come into being.
    pub grant: GrantDefinition,
    /// The client's id.
    pub client_id: String,
    /// Its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// Its private key in PEM, for `private_key_jwt` and the JWT bearer grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key: Option<Secret>,
    /// The id of the private key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// How the client proves who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<ClientAuthentication>,
    /// The scopes to ask for; those of each operation if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// The person, for the grants `password` and `jwt_bearer` (the subject).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The person's password, for the grant `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Further parameters of the token request, such as `audience`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub token_parameters: BTreeMap<String, String>,
    /// The authorization server: the name of a known one, or a description. The document's endpoints if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderReference>,
    /// The port of the loopback redirect, for servers that want it registered; any free one if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_port: Option<u16>,
}

impl OAuthDefinition {
    /// A client with an id.
    pub fn new(grant: GrantDefinition, client_id: impl Into<String>) -> Self {
        Self {
            grant,
            client_id: client_id.into(),
            client_secret: None,
            private_key: None,
            key_id: None,
            authentication: None,
            scopes: None,
            username: None,
            password: None,
            token_parameters: BTreeMap::new(),
            provider: None,
            redirect_port: None,
        }
    }
}

/// How tokens come into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrantDefinition {
    /// The application itself calls.
    ClientCredentials,
    /// A person signs in with a browser on this machine.
    AuthorizationCode,
    /// A person signs in with a browser anywhere.
    DeviceCode,
    /// The application knows the person's password.
    Password,
    /// A signed statement says who is calling.
    JwtBearer,
}

impl GrantDefinition {
    /// Whether a person has to sign in before the first call.
    #[must_use]
    pub fn needs_sign_in(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode)
    }
}

/// An authorization server by name, or described.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProviderReference {
    /// One of [`Provider::known`].
    Known(String),
    /// A description.
    Described(Box<Provider>),
}
