//! The client: an API, a connection to it, and the way to the network.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use url::Url;

use crate::codec::Decoding;
use crate::connection::{Connection, ExchangeValues, Resolved, RetryPolicy, base_url, resolve};
use crate::credential::{Authorizer, Credential, Environment, authorizer};
use crate::descriptor::{Api, Server};
use crate::error::{Error, Result};
use crate::hook::Hook;
use crate::request::Request;
use crate::send::RetryBudget;
use crate::transport::{ReqwestTransport, Transport};

/// A client of one API over one connection. Clones are cheap and share the connection.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) api: &'static Api,
    pub(crate) connection: Connection,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) headers: HeaderMap,
    pub(crate) authorizers: BTreeMap<&'static str, Authorizer>,
    pub(crate) budget: RetryBudget,
    exchange: ExchangeValues,
    pub(crate) hooks: Vec<Arc<dyn Hook>>,
    pub(crate) decoding: Decoding,
    /// The base URL where no operation says otherwise; an error only matters to calls that need it.
    base_url: Result<Url, String>,
}

impl Shared {
    pub(crate) fn environment(&self) -> Environment<'_> {
        let base_url = self.base_url.as_ref().ok();
        Environment {
            transport: &self.transport,
            connection: &self.connection,
            base_url,
            exchange: &self.exchange,
        }
    }
}

impl Client {
    /// Starts a client for an API.
    pub fn builder(api: &'static Api) -> ClientBuilder {
        ClientBuilder {
            api,
            connection: Connection::new(),
            transport: None,
            hooks: Vec::new(),
            decoding: api.default_decoding(),
        }
    }

    /// A client whose connection comes from environment variables; see [`Connection::from_env`].
    ///
    /// # Errors
    /// When the variables don't make a usable connection.
    pub fn from_env(api: &'static Api) -> Result<Self> {
        Self::builder(api)
            .connection(Connection::from_env(api)?)
            .build()
    }

    /// The API.
    #[must_use]
    pub fn api(&self) -> &'static Api {
        self.0.api
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// A call that the document does not describe, with everything else that calls have: base URL, credentials, retries.
    ///
    /// The path is taken as it is, and may have a query. The first security scheme that the connection has a credential for is
    /// used.
    pub fn request(&self, method: impl Into<String>, path: impl Into<String>) -> Request {
        Request::undocumented(self, method.into(), path.into())
    }

    /// Makes all credentials of the connection ready, as the first calls would: fetches OAuth tokens, reads keys. Nothing is sent
    /// to the API.
    ///
    /// # Errors
    /// When a credential can't be made ready, as a call would say.
    pub async fn check_credentials(&self) -> Result<()> {
        crate::send::check_credentials(self).await
    }

    /// The base URL for an operation with these servers of its own.
    pub(crate) fn base_url(&self, operation_servers: &[Server]) -> Result<Url> {
        if operation_servers.is_empty() {
            return self.0.base_url.clone().map_err(Error::configuration);
        }
        base_url(&self.0.connection, self.0.api, operation_servers)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api", &self.0.api.name())
            .field("connection", &self.0.connection)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Client`]. Has the setters of [`Connection`], and those that only make sense in code.
#[must_use = "call .build()"]
pub struct ClientBuilder {
    api: &'static Api,
    connection: Connection,
    transport: Option<Arc<dyn Transport>>,
    hooks: Vec<Arc<dyn Hook>>,
    decoding: Decoding,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api", &self.api.name())
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// Passes a setter on to the connection.
macro_rules! connection_setters {
    ($($name:ident($($argument:ident: $ty:ty),*);)*) => {$(
        #[doc = concat!("See [`Connection::", stringify!($name), "`].")]
        pub fn $name(mut self, $($argument: $ty),*) -> Self {
            self.connection = self.connection.$name($($argument),*);
            self
        }
    )*};
}

impl ClientBuilder {
    connection_setters! {
        base_url(url: impl Into<String>);
        server(index: usize);
        server_variable(name: impl Into<String>, value: impl Into<String>);
        parameter(name: impl AsRef<str>, value: impl Into<SecretString>);
        parameter_set(name: impl Into<String>);
        credential(scheme: impl Into<String>, credential: Credential);
        header(name: impl Into<String>, value: impl Into<String>);
        user_agent(user_agent: impl Into<String>);
        timeout(timeout: Duration);
        attempt_timeout(timeout: Duration);
        connect_timeout(timeout: Duration);
        retry(policy: RetryPolicy);
        proxy(url: impl Into<SecretString>);
        root_certificate(pem: impl Into<Vec<u8>>);
        client_identity(pem: impl Into<SecretString>);
        allow_insecure_credentials();
    }

    /// Takes over a connection. Setters called before are lost, those called after change it.
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connection = connection;
        self
    }

    /// Another way to the network than HTTP over TCP: a mock in tests, a gateway. It answers for proxy, certificates, and the
    /// time limit for connecting.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Code that changes every request before it leaves, and every answer before it is read: what a script does for a connector.
    /// Several run in the order in which they were added.
    pub fn hook(mut self, hook: impl Hook + 'static) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// How forgiving answers are read: [`Decoding::Strict`] makes an error of every answer that does not have its documented type. The
    /// default is what the crate was generated with, which is [`Decoding::Lenient`] unless its publisher decided otherwise.
    pub fn decoding(mut self, decoding: Decoding) -> Self {
        self.decoding = decoding;
        self
    }

    /// Checks everything and makes the client. Nothing is sent.
    ///
    /// # Errors
    /// When a base URL, server variable, header, or certificate is not valid; when a credential names a scheme that the document
    /// does not have, or does not fit its scheme; when a connection parameter is missing, unknown, or not allowed.
    pub fn build(self) -> Result<Client> {
        let Self {
            api,
            mut connection,
            transport,
            hooks,
            decoding,
        } = self;
        let Resolved {
            exchange,
            needs_gateway,
        } = resolve(api, &mut connection)?;
        let needs_gateway = needs_gateway && transport.is_none() && connection.base_url.is_none();
        let transport = match transport {
            Some(transport) => transport,
            None => Arc::new(ReqwestTransport::new(&connection)?),
        };
        let headers = default_headers(&connection)?;
        let base_url = match needs_gateway {
            true => Err(no_gateway(api)),
            false => checked_base_url(&connection, api)?,
        };
        let environment = Environment {
            transport: &transport,
            connection: &connection,
            base_url: base_url.as_ref().ok(),
            exchange: &exchange,
        };
        let authorizers = authorizers(api, &environment)?;
        let budget = RetryBudget::new();
        Ok(Client(Arc::new(Shared {
            api,
            connection,
            transport,
            headers,
            authorizers,
            budget,
            exchange,
            hooks,
            decoding,
            base_url,
        })))
    }
}

/// What was set by hand must be right. A document without a usable server is no mistake of the builder's, as long as every
/// operation that is called has servers of its own.
fn checked_base_url(connection: &Connection, api: &Api) -> Result<Result<Url, String>> {
    let explicit = connection.base_url.is_some()
        || connection.server > 0
        || !connection.server_variables.is_empty();
    match base_url(connection, api, &[]) {
        Ok(url) => Ok(Ok(url)),
        Err(error) if explicit => Err(error),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Why there is no address to call, unless the connection brings one, or a transport of its own.
fn no_gateway(api: &Api) -> String {
    format!(
        "`{}` is reached through an on-premises data gateway, which connector-runtime does not offer yet: set the base URL to an address that this machine reaches",
        api.name()
    )
}

fn default_headers(connection: &Connection) -> Result<HeaderMap> {
    const AGENT: &str = concat!("connector-runtime/", env!("CARGO_PKG_VERSION"));
    let mut headers = HeaderMap::new();
    let agent = connection.user_agent.as_deref().unwrap_or(AGENT);
    let fixed = connection
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in [("user-agent", agent)].into_iter().chain(fixed) {
        let (name, value) = header(name, value)?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Checks a method's name.
pub(crate) fn method(name: &str) -> Result<Method> {
    Method::from_bytes(name.as_bytes())
        .map_err(|_| Error::request(format!("`{name}` is not an HTTP method")))
}

/// Checks a header's name and value.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::configuration(format!("`{name}` is not a header name")))?;
    let value = header_value(value).map_err(|_| {
        Error::configuration(format!(
            "the value for the header `{name}` holds a control character"
        ))
    })?;
    Ok((parsed, value))
}

/// The value of a header. Blanks around it don't count in HTTP/1.1, and break a request in HTTP/2 (RFC 9113, 8.2.1).
pub(crate) fn header_value(
    value: &str,
) -> std::result::Result<HeaderValue, http::header::InvalidHeaderValue> {
    // Bytes rather than `from_str`: field values may hold UTF-8 (RFC 9110 section 5.5, obs-text).
    HeaderValue::from_bytes(value.trim_matches([' ', '\t']).as_bytes())
}

fn authorizers(
    api: &'static Api,
    environment: &Environment<'_>,
) -> Result<BTreeMap<&'static str, Authorizer>> {
    let mut authorizers = BTreeMap::new();
    for (name, credential) in &environment.connection.credentials {
        let Some(scheme) = api.scheme(name) else {
            let known: Vec<String> = api
                .scheme_list()
                .iter()
                .map(|scheme| format!("`{}`", scheme.name()))
                .collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            return Err(Error::configuration(format!(
                "there is no security scheme `{name}`; the document has {known}"
            )));
        };
        authorizers.insert(scheme.name(), authorizer(credential, scheme, environment)?);
    }
    Ok(authorizers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Sending;

    #[test]
    fn calls_move_between_threads() {
        fn send<T: Send>() {}
        fn sync<T: Send + Sync>() {}
        sync::<Client>();
        sync::<Request>();
        sync::<Error>();
        send::<Sending<String>>();
    }

    #[test]
    fn blanks_around_the_value_of_a_header_are_not_sent() {
        let (_, value) = header("prefer", " return=minimal\t").unwrap();
        assert_eq!(value, "return=minimal");
        assert_eq!(header("x", " a  b ").unwrap().1, "a  b");
        assert!(header("x", "a\n").is_err());
    }

    #[test]
    fn client_without_a_server_is_built_but_cannot_call() {
        static NOWHERE: Api = Api::new("nowhere", "1");
        let client = Client::builder(&NOWHERE).build().unwrap();
        let error = client.base_url(&[]).unwrap_err().to_string();
        assert!(error.contains("set the base URL"), "{error}");
        let elsewhere = [Server::new("https://elsewhere.example")];
        assert_eq!(
            client.base_url(&elsewhere).unwrap().as_str(),
            "https://elsewhere.example/"
        );
        assert!(
            Client::builder(&NOWHERE)
                .base_url("nonsense")
                .build()
                .is_err()
        );
        assert!(
            Client::builder(&NOWHERE)
                .header("a b", "c")
                .build()
                .is_err()
        );
    }
}
