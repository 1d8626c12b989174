//! The connection: where an instance of the API is, who is calling, and how patient the caller is.

mod environment;
mod parameters;
mod retry;
mod server;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

pub(crate) use self::environment::variable_names;
#[cfg(feature = "sign-in")]
pub(crate) use self::parameters::exchange;
#[cfg(feature = "oauth2")]
pub(crate) use self::parameters::{CLIENT_ID, CLIENT_SECRET, means};
pub(crate) use self::parameters::{ExchangeValues, Resolved, resolve};
#[cfg(feature = "environment")]
pub(crate) use self::parameters::{GRANT_TYPE, is_for_applications};
pub use self::retry::RetryPolicy;
pub(crate) use self::server::{base_url, is_local};
use crate::credential::Credential;
use crate::descriptor::Api;
use crate::error::Result;

/// What it takes to talk to one instance of an API: its address, credentials by the name of their security scheme, limits.
///
/// It is plain data. Build it here, or read it from the environment with [`Connection::from_env`]; a
/// [`ClientBuilder`](crate::ClientBuilder) has the same setters. Everything is checked when the client is built.
#[derive(Clone)]
pub struct Connection {
    pub(crate) base_url: Option<String>,
    pub(crate) server: usize,
    pub(crate) server_variables: BTreeMap<String, String>,
    /// Connection parameters, by their names in lower case.
    pub(crate) parameters: BTreeMap<String, SecretString>,
    pub(crate) parameter_set: Option<String>,
    pub(crate) credentials: BTreeMap<String, Credential>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) user_agent: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) connect_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) proxy: Option<SecretString>,
    pub(crate) root_certificates: Vec<Vec<u8>>,
    pub(crate) client_identity: Option<SecretString>,
    pub(crate) insecure_credentials: bool,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            base_url: None,
            server: 0,
            server_variables: BTreeMap::new(),
            parameters: BTreeMap::new(),
            parameter_set: None,
            credentials: BTreeMap::new(),
            headers: Vec::new(),
            user_agent: None,
            timeout: None,
            attempt_timeout: None,
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            proxy: None,
            root_certificates: Vec::new(),
            client_identity: None,
            insecure_credentials: false,
        }
    }
}

impl Connection {
    /// A connection to the API's first server, without credentials.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a connection from environment variables. With `ACME` for the API's name and `KEY` for a scheme's name, both in
    /// upper case with `_` between words:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `ACME_BASE_URL` | the API's address, in place of the document's servers |
    /// | `ACME_SERVER_REGION` | the server variable `region` |
    /// | `ACME_CLIENT_IDENTITY_FILE` | a PEM file with the client certificate and its key, for mutual TLS |
    /// | `ACME_KEY_USERNAME`, `ACME_KEY_PASSWORD` | HTTP Basic and, with the feature `digest`, Digest |
    /// | `ACME_KEY_TOKEN` | HTTP Bearer, or an access token for OAuth 2.0 and OpenID Connect |
    /// | `ACME_KEY_API_KEY` | API key |
    /// | `ACME_KEY_CLIENT_ID`, `ACME_KEY_CLIENT_SECRET` | OAuth 2.0 client credentials |
    /// | `ACME_KEY_TOKEN_URL`, `ACME_KEY_SCOPES` | their token endpoint and scopes (separated by spaces), where the document's don't fit |
    /// | `ACME_KEY_ACCOUNT_NAME`, `ACME_KEY_ACCOUNT_KEY` | Azure Storage shared key (feature `shared-key`) |
    /// | `ACME_KEY_ACCESS_KEY_ID`, `ACME_KEY_SECRET_ACCESS_KEY` | AWS Signature Version 4 (feature `sigv4`) |
    /// | `ACME_KEY_SESSION_TOKEN`, `ACME_KEY_REGION` | its session token, and the region if the host does not say it |
    ///
    /// When the API has one scheme, its name may be left out: `ACME_TOKEN`. So it may for the one scheme that people sign in to in
    /// a Power Platform connector. A variable that is set to nothing counts as not set.
    ///
    /// Power Platform connectors have connection parameters, too. What is written before a colon is not part of the name:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `ACME_REGION` | the connection parameter `region` |
    /// | `ACME_TENANT_ID` | the connection parameter `token:TenantId` |
    /// | `ACME_BASE_URL` | the connection parameter `baseUrl`, if there is one, in place of the API's address |
    /// | `ACME_PARAMETER_SET` | the set of parameters, that is, the way to authenticate; by default the first that is complete |
    ///
    /// `ACME_CLIENT_ID` with `ACME_CLIENT_SECRET` means that the application calls for itself, unless the connector has a
    /// parameter for the grant (`token:grantType`, `ACME_GRANT_TYPE`) that says something else.
    ///
    /// # Errors
    /// When a variable isn't valid Unicode, an id or account comes without its secret, or the file of the identity can't be read.
    pub fn from_env(api: &Api) -> Result<Self> {
        environment::read(api, &environment::process)
    }

    /// The API's address with its base path, in place of the servers of the document and its operations.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Which of the document's servers to use; 0 is the first.
    #[must_use]
    pub fn server(mut self, index: usize) -> Self {
        self.server = index;
        self
    }

    /// A variable in the server's URL. One that would change the rest of the URL, such as `evil.example/` in
    /// `https://{tenant}.acme.com`, is an error.
    #[must_use]
    pub fn server_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.server_variables.insert(name.into(), value.into());
        self
    }

    /// A connection parameter of a Power Platform connector. Names are compared without regard to case.
    ///
    /// When the client is built, a value that the connector binds to a security scheme becomes its credential, unless the
    /// connection has one. Values of `token:X` fill in `{X}` where OAuth tokens are fetched. `token:clientId` and
    /// `token:clientSecret` are a credential by themselves only if the connector says that the application calls for itself: by
    /// `token:grantType`, by the name of the set, or because the scheme has no other flow. Otherwise a person signs in.
    #[must_use]
    pub fn parameter(mut self, name: impl AsRef<str>, value: impl Into<SecretString>) -> Self {
        let name = name.as_ref().to_ascii_lowercase();
        self.parameters.insert(name, value.into());
        self
    }

    /// The way to authenticate, for connectors with several: the name of a set of connection parameters. Without it, the first
    /// set counts that has all parameters that it requires.
    #[must_use]
    pub fn parameter_set(mut self, name: impl Into<String>) -> Self {
        self.parameter_set = Some(name.into());
        self
    }

    /// The credential for a security scheme of the document.
    #[must_use]
    pub fn credential(mut self, scheme: impl Into<String>, credential: Credential) -> Self {
        self.credentials.insert(scheme.into(), credential);
        self
    }

    /// A header of every request.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The `User-Agent` of every request.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// The time limit of a call as a whole, retries and pauses included. None by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The time limit of one attempt. By default 60 seconds where both bodies are held in memory, and none where one is
    /// streamed. A streamed response must begin within it.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// The time limit for connecting: 10 seconds by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The URL of an HTTP proxy for all requests. By default the usual environment variables (`HTTPS_PROXY`, …) decide.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts another root certificate, in PEM.
    #[must_use]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// The client certificate and its private key for mutual TLS, both in one PEM text.
    #[must_use]
    pub fn client_identity(mut self, pem: impl Into<SecretString>) -> Self {
        self.client_identity = Some(pem.into());
        self
    }

    /// Sends credentials over plain `http` too. Without this, only a loopback address gets them unencrypted.
    #[must_use]
    pub fn allow_insecure_credentials(mut self) -> Self {
        self.insecure_credentials = true;
        self
    }
}

/// Leaves out values that may be secret.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Connection")
            .field("base_url", &self.base_url)
            .field("server", &self.server)
            .field("server_variables", &self.server_variables)
            .field("parameters", &self.parameters.keys())
            .field("parameter_set", &self.parameter_set)
            .field("credentials", &self.credentials)
            .field("headers", &headers)
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
