//! The API as a whole: its name, where it is, how callers prove who they are.

use super::SecurityScheme;

/// An API.
#[derive(Debug)]
pub struct Api {
    name: &'static str,
    version: &'static str,
    servers: &'static [Server],
    security_schemes: &'static [SecurityScheme],
}

impl Api {
    /// An API by its short name, such as `acme` (environment variables start with `ACME_`), and the version of its document.
    #[must_use]
    pub const fn new(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            servers: &[],
            security_schemes: &[],
        }
    }

    /// Where the API is; the first one is the default.
    #[must_use]
    pub const fn servers(mut self, servers: &'static [Server]) -> Self {
        self.servers = servers;
        self
    }

    /// How callers prove who they are.
    #[must_use]
    pub const fn security_schemes(mut self, schemes: &'static [SecurityScheme]) -> Self {
        self.security_schemes = schemes;
        self
    }

    /// The short name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The version of the document.
    #[must_use]
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// The servers of the document.
    #[must_use]
    pub const fn server_list(&self) -> &'static [Server] {
        self.servers
    }

    /// The security schemes of the document.
    #[must_use]
    pub const fn scheme_list(&self) -> &'static [SecurityScheme] {
        self.security_schemes
    }

    /// The security scheme of this name.
    #[must_use]
    pub fn scheme(&self, name: &str) -> Option<&'static SecurityScheme> {
        self.security_schemes
            .iter()
            .find(|scheme| scheme.name() == name)
    }
}

/// A server object (OpenAPI 3.0.4 section 4.7.5): a URL that may hold `{variables}`.
#[derive(Debug)]
pub struct Server {
    pub(crate) url: &'static str,
    pub(crate) variables: &'static [ServerVariable],
}

impl Server {
    /// A server by its URL, absolute or relative to where the document was found.
    #[must_use]
    pub const fn new(url: &'static str) -> Self {
        Self {
            url,
            variables: &[],
        }
    }

    /// The variables in the URL.
    #[must_use]
    pub const fn variables(mut self, variables: &'static [ServerVariable]) -> Self {
        self.variables = variables;
        self
    }

    /// The URL as the document has it.
    #[must_use]
    pub const fn url(&self) -> &'static str {
        self.url
    }
}

/// A variable in a server's URL.
#[derive(Debug)]
pub struct ServerVariable {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) values: &'static [&'static str],
}

impl ServerVariable {
    /// A variable and the value that it has unless the connection says otherwise.
    #[must_use]
    pub const fn new(name: &'static str, default: &'static str) -> Self {
        Self {
            name,
            default,
            values: &[],
        }
    }

    /// The only values that are allowed.
    #[must_use]
    pub const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }
}
