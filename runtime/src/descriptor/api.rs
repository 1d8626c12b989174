//! The API as a whole: its name, where it is, how callers prove who they are.

use super::policy::Policy;
use super::{ParameterSet, SecurityScheme};
use crate::codec::Decoding;

/// An API.
#[derive(Debug)]
pub struct Api {
    name: &'static str,
    version: &'static str,
    servers: &'static [Server],
    security_schemes: &'static [SecurityScheme],
    parameter_sets: &'static [ParameterSet],
    policies: &'static [Policy],
    decoding: Decoding,
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
            parameter_sets: &[],
            policies: &[],
            decoding: Decoding::Lenient,
        }
    }

    /// How forgiving answers are read, unless the client says otherwise.
    #[must_use]
    pub const fn decoding(mut self, decoding: Decoding) -> Self {
        self.decoding = decoding;
        self
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

    /// The connection parameters of a Power Platform connector: one set for each way to authenticate.
    #[must_use]
    pub const fn parameter_sets(mut self, sets: &'static [ParameterSet]) -> Self {
        self.parameter_sets = sets;
        self
    }

    /// What a Power Platform connector does to requests and responses, in order.
    #[must_use]
    pub const fn policies(mut self, policies: &'static [Policy]) -> Self {
        self.policies = policies;
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

    /// The sets of connection parameters.
    #[must_use]
    pub const fn parameter_set_list(&self) -> &'static [ParameterSet] {
        self.parameter_sets
    }

    /// The policies.
    #[must_use]
    pub const fn policy_list(&self) -> &'static [Policy] {
        self.policies
    }

    /// How forgiving answers are read.
    #[must_use]
    pub const fn default_decoding(&self) -> Decoding {
        self.decoding
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
