//! Connection parameters of Power Platform connectors: what a connection keeps.

/// One way to authenticate, with the parameters that it needs. A connector with several has one of these for each.
#[derive(Debug)]
pub struct ParameterSet {
    name: &'static str,
    parameters: &'static [ConnectionParameter],
}

impl ParameterSet {
    /// A set by its name, which is empty if the connector has just one.
    #[must_use]
    pub const fn new(name: &'static str, parameters: &'static [ConnectionParameter]) -> Self {
        Self { name, parameters }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> &'static [ConnectionParameter] {
        self.parameters
    }

    /// The parameter of this name, which is compared without regard to case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static ConnectionParameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }
}

/// A connection parameter.
#[derive(Debug)]
pub struct ConnectionParameter {
    pub(crate) name: &'static str,
    pub(crate) kind: ConnectionParameterKind,
    pub(crate) required: bool,
    pub(crate) default: Option<&'static str>,
    pub(crate) values: &'static [&'static str],
    pub(crate) bindings: &'static [Binding],
}

/// What a connection parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionParameterKind {
    /// `string`.
    Text,
    /// `securestring`.
    Secret,
    /// `oauthSetting`: somebody signs in, or an application does.
    OAuth,
    /// `gatewaySetting`.
    Gateway,
}

/// Where the value of a connection parameter goes, beside the policies that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// The key or token of a security scheme.
    Key(&'static str),
    /// The user name of a security scheme.
    Username(&'static str),
    /// The password of a security scheme.
    Password(&'static str),
    /// The tokens of a security scheme.
    OAuth(&'static str),
    /// A value for the exchange of OAuth tokens: `{name}` in the templates of the provider.
    Exchange(&'static str),
}

impl Binding {
    /// The scheme whose credential the value is, or is a part of.
    #[must_use]
    pub const fn scheme(&self) -> Option<&'static str> {
        match self {
            Self::Key(scheme)
            | Self::Username(scheme)
            | Self::Password(scheme)
            | Self::OAuth(scheme) => Some(scheme),
            Self::Exchange(_) => None,
        }
    }
}

impl ConnectionParameter {
    /// A parameter that may be left out.
    #[must_use]
    pub const fn new(name: &'static str, kind: ConnectionParameterKind) -> Self {
        Self {
            name,
            kind,
            required: false,
            default: None,
            values: &[],
            bindings: &[],
        }
    }

    /// A connection can't do without it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The value if none is given.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// The values to choose from.
    #[must_use]
    pub const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    /// Where the value goes.
    #[must_use]
    pub const fn bindings(mut self, bindings: &'static [Binding]) -> Self {
        self.bindings = bindings;
        self
    }

    /// The name as the connector has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> ConnectionParameterKind {
        self.kind
    }

    /// Whether a connection can't do without it.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.required
    }
}
