//! What a connector says about itself, for programs that know no Rust type of it.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{GrantDefinition, ParameterSetDescription};
use crate::descriptor::{
    Api, OAuthFlow, OAuthFlowKind, SchemeKind, SecurityScheme, Server, ServerVariable,
};
use crate::oauth::{Provider, template};

/// A connector: its servers and security schemes. Generated crates have it beside their manifest, as `connector.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectorDescription {
    /// The short name, such as `acme`.
    pub name: String,
    /// The version of the API's document.
    pub version: String,
    /// Where the API is; the first one is the default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerDescription>,
    /// How callers prove who they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_schemes: Vec<SchemeDescription>,
    /// The ways to authenticate at a Power Platform connector, each with its parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameter_sets: Vec<ParameterSetDescription>,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerDescription {
    /// Its URL, which may hold `{variables}`.
    pub url: String,
    /// The variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<VariableDescription>,
}

/// A variable in a server's URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VariableDescription {
    /// Its name.
    pub name: String,
    /// Its value unless the connection says otherwise.
    pub default: String,
    /// The only values that are allowed; all, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// A security scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemeDescription {
    /// Its name in the document.
    pub name: String,
    /// What it wants: `basic`, `bearer`, `digest`, `http`, `api_key`, `oauth2`, `open_id_connect`, `mutual_tls`,
    /// `azure_shared_key`, or `aws_sigv4`.
    pub kind: String,
    /// For `api_key`, where the key is sent: `header`, `query`, or `cookie`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// For `api_key`, the name of the header, parameter or cookie; for `http`, the name of the scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The URL of the configuration, for `open_id_connect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_url: Option<String>,
    /// The flows, for `oauth2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowDescription>,
    /// What the connector says about the authorization server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Box<Provider>>,
}

/// A flow of an OAuth 2.0 scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FlowDescription {
    /// `client_credentials`, `authorization_code`, `implicit`, `password`, or `device_authorization`.
    pub kind: String,
    /// Where a person signs in, or a device asks for a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    /// Where tokens are handed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// Where tokens are refreshed, if that is another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_url: Option<String>,
    /// The scopes that it can grant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

impl ConnectorDescription {
    /// A connector that only its name is known of.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: String::new(),
            servers: Vec::new(),
            security_schemes: Vec::new(),
            parameter_sets: Vec::new(),
        }
    }

    /// What a generated crate knows.
    #[must_use]
    pub fn of(api: &Api) -> Self {
        Self {
            name: api.name().to_owned(),
            version: api.version().to_owned(),
            servers: api.server_list().iter().map(server).collect(),
            security_schemes: api.scheme_list().iter().map(scheme).collect(),
            parameter_sets: api
                .parameter_set_list()
                .iter()
                .map(ParameterSetDescription::of)
                .collect(),
        }
    }

    /// The set of connection parameters of this name, which is compared without regard to case.
    #[must_use]
    pub fn parameter_set(&self, name: &str) -> Option<&ParameterSetDescription> {
        let mut sets = self.parameter_sets.iter();
        sets.find(|set| set.name.eq_ignore_ascii_case(name))
    }

    /// The scheme of this name.
    #[must_use]
    pub fn scheme(&self, name: &str) -> Option<&SchemeDescription> {
        self.security_schemes
            .iter()
            .find(|scheme| scheme.name == name)
    }
}

impl ConnectorDescription {
    /// The description as generated crates have it, to make calls without one. It stays in memory until the program ends.
    #[must_use]
    pub fn leak(&self) -> &'static Api {
        let text = |text: &str| -> &'static str { text.to_owned().leak() };
        let texts = |texts: &[String]| -> &'static [&'static str] {
            texts
                .iter()
                .map(|each| text(each))
                .collect::<Vec<_>>()
                .leak()
        };
        let servers = self.servers.iter().map(|server| {
            let variables = server.variables.iter().map(|variable| {
                ServerVariable::new(text(&variable.name), text(&variable.default))
                    .values(texts(&variable.values))
            });
            Server::new(text(&server.url)).variables(variables.collect::<Vec<_>>().leak())
        });
        let schemes = self.security_schemes.iter().map(|scheme| {
            let parameter = text(scheme.parameter.as_deref().unwrap_or_default());
            let name = text(&scheme.name);
            let leaked = match (scheme.kind.as_str(), scheme.location.as_deref()) {
                ("basic", _) => SecurityScheme::basic(name),
                ("digest", _) => SecurityScheme::digest(name),
                ("http", _) => SecurityScheme::http(name, parameter),
                ("api_key", Some("query")) => SecurityScheme::api_key_query(name, parameter),
                ("api_key", Some("cookie")) => SecurityScheme::api_key_cookie(name, parameter),
                ("api_key", _) => SecurityScheme::api_key_header(name, parameter),
                ("oauth2", _) => SecurityScheme::oauth2(name),
                ("open_id_connect", _) => {
                    let url = scheme.configuration_url.as_deref().unwrap_or_default();
                    SecurityScheme::open_id_connect(name, text(url))
                }
                ("mutual_tls", _) => SecurityScheme::mutual_tls(name),
                ("azure_shared_key", _) => SecurityScheme::azure_shared_key(name),
                ("aws_sigv4", _) => SecurityScheme::aws_sigv4(name),
                _ => SecurityScheme::bearer(name),
            };
            let provider = scheme.provider.as_ref();
            match provider.and_then(|provider| serde_json::to_string(provider).ok()) {
                Some(json) => leaked.provider(json.leak()),
                None => leaked,
            }
        });
        let sets = self
            .parameter_sets
            .iter()
            .map(ParameterSetDescription::leak);
        let api = Api::new(text(&self.name), text(&self.version))
            .servers(servers.collect::<Vec<_>>().leak())
            .security_schemes(schemes.collect::<Vec<_>>().leak())
            .parameter_sets(sets.collect::<Vec<_>>().leak());
        Box::leak(Box::new(api))
    }
}

impl SchemeDescription {
    /// A scheme that only its kind is known of.
    pub fn new(name: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            location: None,
            parameter: None,
            configuration_url: None,
            flows: Vec::new(),
            provider: None,
        }
    }

    /// The authorization server as connector and document describe it. `base` is what relative URLs are relative to.
    #[must_use]
    pub fn provider(&self, grant: GrantDefinition, base: Option<&Url>) -> Provider {
        let absolute = |url: &Option<String>| {
            let url = url.as_ref()?;
            // Without an address, what is asked for next is the address.
            Some(template::absolute(url, base).unwrap_or_else(|_| url.clone()))
        };
        let mut provider = Provider::default();
        let wanted = match grant {
            GrantDefinition::ClientCredentials | GrantDefinition::JwtBearer => "client_credentials",
            GrantDefinition::AuthorizationCode => "authorization_code",
            GrantDefinition::DeviceCode => "device_authorization",
            GrantDefinition::Password => "password",
        };
        let fits = |flow: &&FlowDescription| flow.kind == wanted;
        let any = |flow: &&FlowDescription| flow.token_url.is_some();
        let flow = self
            .flows
            .iter()
            .find(fits)
            .or_else(|| self.flows.iter().find(any));
        if let Some(flow) = flow {
            provider.token_url = absolute(&flow.token_url);
            provider.refresh_url = absolute(&flow.refresh_url);
            match flow.kind.as_str() {
                "authorization_code" => {
                    provider.authorization_url = absolute(&flow.authorization_url)
                }
                "device_authorization" => {
                    provider.device_authorization_url = absolute(&flow.authorization_url)
                }
                _ => {}
            }
        }
        if let Some(url) = absolute(&self.configuration_url) {
            provider.configuration_url = Some(url);
        }
        match &self.provider {
            Some(own) => Provider::clone(own).over(provider),
            None => provider,
        }
    }
}

fn server(server: &Server) -> ServerDescription {
    let variable = |variable: &ServerVariable| VariableDescription {
        name: variable.name.to_owned(),
        default: variable.default.to_owned(),
        values: texts(variable.values),
    };
    ServerDescription {
        url: server.url.to_owned(),
        variables: server.variables.iter().map(variable).collect(),
    }
}

fn scheme(scheme: &SecurityScheme) -> SchemeDescription {
    let kind = match scheme.kind() {
        SchemeKind::Basic => "basic",
        SchemeKind::Bearer => "bearer",
        SchemeKind::Digest => "digest",
        SchemeKind::Http(_) => "http",
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            "api_key"
        }
        SchemeKind::OAuth2 => "oauth2",
        SchemeKind::OpenIdConnect(_) => "open_id_connect",
        SchemeKind::MutualTls => "mutual_tls",
        SchemeKind::AzureSharedKey => "azure_shared_key",
        SchemeKind::AwsSigV4 => "aws_sigv4",
    };
    let (location, parameter, configuration_url) = match scheme.kind() {
        SchemeKind::ApiKeyHeader(name) => (Some("header"), Some(name), None),
        SchemeKind::ApiKeyQuery(name) => (Some("query"), Some(name), None),
        SchemeKind::ApiKeyCookie(name) => (Some("cookie"), Some(name), None),
        SchemeKind::Http(name) => (None, Some(name), None),
        _ => (None, None, scheme.metadata_url()),
    };
    SchemeDescription {
        name: scheme.name().to_owned(),
        kind: kind.to_owned(),
        location: location.map(str::to_owned),
        parameter: parameter.map(str::to_owned),
        configuration_url: configuration_url.map(str::to_owned),
        flows: scheme.flow_list().iter().map(flow).collect(),
        // One that is none is reported where it is used.
        provider: Provider::of(scheme).ok().flatten().map(Box::new),
    }
}

fn flow(flow: &OAuthFlow) -> FlowDescription {
    let kind = match flow.kind() {
        OAuthFlowKind::ClientCredentials => "client_credentials",
        OAuthFlowKind::AuthorizationCode => "authorization_code",
        OAuthFlowKind::Implicit => "implicit",
        OAuthFlowKind::Password => "password",
        OAuthFlowKind::DeviceAuthorization => "device_authorization",
    };
    FlowDescription {
        kind: kind.to_owned(),
        authorization_url: flow.authorization_url().map(str::to_owned),
        token_url: flow.token_url().map(str::to_owned),
        refresh_url: flow.refresh_endpoint().map(str::to_owned),
        scopes: texts(flow.scope_list()),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
