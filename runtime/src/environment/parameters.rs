//! Connection parameters: what a connector says about them, and what a connection has.

use serde::{Deserialize, Serialize};

use crate::connection::{CLIENT_ID, CLIENT_SECRET, GRANT_TYPE, is_for_applications, means};
use crate::descriptor::{Binding, ConnectionParameter, ConnectionParameterKind, ParameterSet};

/// One way to authenticate at a Power Platform connector, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParameterSetDescription {
    /// Its name; empty if the connector has just one.
    #[serde(default)]
    pub name: String,
    /// The parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterDescription>,
}

/// A connection parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParameterDescription {
    /// Its name.
    pub name: String,
    /// What it holds: `text`, `secret`, `oauth`, or `gateway`.
    pub kind: String,
    /// Whether a connection can't do without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The value if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The only values that are allowed; all, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where its value goes, beside the policies that read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<BindingDescription>,
}

/// Where the value of a connection parameter goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BindingDescription {
    /// The key or token of a security scheme.
    Key(String),
    /// The user name of a security scheme.
    Username(String),
    /// The password of a security scheme.
    Password(String),
    /// The tokens of a security scheme.
    #[serde(rename = "oauth")]
    OAuth(String),
    /// A value for the exchange of OAuth tokens, by its name there.
    Exchange(String),
}

impl ParameterSetDescription {
    /// The parameter of this name, which is compared without regard to case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&ParameterDescription> {
        let mut parameters = self.parameters.iter();
        parameters.find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }

    /// The scheme for whose tokens somebody signs in, or an application asks.
    #[must_use]
    pub fn oauth_scheme(&self) -> Option<&str> {
        let mut bindings = self.parameters.iter().flat_map(|each| &each.bindings);
        bindings.find_map(|binding| match binding {
            BindingDescription::OAuth(scheme) => Some(scheme.as_str()),
            _ => None,
        })
    }

    /// Whether its name says that an application calls for itself, not for a person.
    #[must_use]
    pub fn is_for_applications(&self) -> bool {
        is_for_applications(&self.name)
    }

    pub(super) fn of(set: &ParameterSet) -> Self {
        Self {
            name: set.name().to_owned(),
            parameters: set.parameters().iter().map(parameter).collect(),
        }
    }

    pub(super) fn leak(&self) -> ParameterSet {
        let parameters: Vec<ConnectionParameter> = self
            .parameters
            .iter()
            .map(ParameterDescription::leak)
            .collect();
        ParameterSet::new(text(&self.name), parameters.leak())
    }
}

impl ParameterDescription {
    /// Whether it is the id of the application that asks for tokens.
    #[must_use]
    pub fn is_client_id(&self) -> bool {
        self.exchanges(CLIENT_ID)
    }

    /// Whether it is the secret of that application.
    #[must_use]
    pub fn is_client_secret(&self) -> bool {
        self.exchanges(CLIENT_SECRET)
    }

    /// Whether it is the grant with which tokens are asked for.
    #[must_use]
    pub fn is_grant_type(&self) -> bool {
        self.exchanges(GRANT_TYPE)
    }

    fn exchanges(&self, wanted: &str) -> bool {
        let is_wanted = |binding: &BindingDescription| matches!(binding, BindingDescription::Exchange(name) if means(name, wanted));
        self.bindings.iter().any(is_wanted)
    }

    fn leak(&self) -> ConnectionParameter {
        let kind = match self.kind.as_str() {
            "text" => ConnectionParameterKind::Text,
            "oauth" => ConnectionParameterKind::OAuth,
            "gateway" => ConnectionParameterKind::Gateway,
            _ => ConnectionParameterKind::Secret,
        };
        let values: Vec<&'static str> = self.values.iter().map(|value| text(value)).collect();
        let bindings: Vec<Binding> = self.bindings.iter().map(BindingDescription::leak).collect();
        let mut parameter = ConnectionParameter::new(text(&self.name), kind)
            .values(values.leak())
            .bindings(bindings.leak());
        if let Some(default) = &self.default {
            parameter = parameter.default(text(default));
        }
        match self.required {
            true => parameter.required(),
            false => parameter,
        }
    }
}

impl BindingDescription {
    fn leak(&self) -> Binding {
        match self {
            Self::Key(scheme) => Binding::Key(text(scheme)),
            Self::Username(scheme) => Binding::Username(text(scheme)),
            Self::Password(scheme) => Binding::Password(text(scheme)),
            Self::OAuth(scheme) => Binding::OAuth(text(scheme)),
            Self::Exchange(name) => Binding::Exchange(text(name)),
        }
    }
}

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn parameter(parameter: &ConnectionParameter) -> ParameterDescription {
    let kind = match parameter.kind {
        ConnectionParameterKind::Text => "text",
        ConnectionParameterKind::Secret => "secret",
        ConnectionParameterKind::OAuth => "oauth",
        ConnectionParameterKind::Gateway => "gateway",
    };
    ParameterDescription {
        name: parameter.name.to_owned(),
        kind: kind.to_owned(),
        required: parameter.required,
        default: parameter.default.map(str::to_owned),
        values: parameter
            .values
            .iter()
            .map(|&value| value.to_owned())
            .collect(),
        // It is for people who read, not for calls.
        description: None,
        bindings: parameter.bindings.iter().map(binding).collect(),
    }
}

fn binding(binding: &Binding) -> BindingDescription {
    match binding {
        Binding::Key(scheme) => BindingDescription::Key((*scheme).to_owned()),
        Binding::Username(scheme) => BindingDescription::Username((*scheme).to_owned()),
        Binding::Password(scheme) => BindingDescription::Password((*scheme).to_owned()),
        Binding::OAuth(scheme) => BindingDescription::OAuth((*scheme).to_owned()),
        Binding::Exchange(name) => BindingDescription::Exchange((*name).to_owned()),
    }
}
