//! Servers, security schemes and requirements.

use indexmap::IndexMap;
use openapiv3::{
    APIKeyLocation, OAuth2Flows, ReferenceOr, SecurityRequirement, SecurityScheme as Source,
};

use serde_json::Value;

use super::Lowering;
use super::extension;
use super::names::Scope;
use crate::model::{
    ApiKeyLocation, OAuthFlow, OAuthGrant, Requirement, RustName, SchemeKind, SecurityScheme,
    Server, ServerVariable,
};
use crate::normalize::{DEPRECATED, DEVICE_FLOW, METADATA_URL};

impl<'a> Lowering<'a> {
    /// The declared schemes.
    pub fn security_schemes(&self) -> Vec<SecurityScheme> {
        let Some(components) = &self.document.components else {
            return Vec::new();
        };
        let mut setters = Scope::builder();
        let schemes =
            components
                .security_schemes
                .iter()
                .filter_map(|(name, scheme)| match scheme {
                    ReferenceOr::Item(scheme) => {
                        Some(scheme_of(name, setters.claim_value(name), scheme))
                    }
                    ReferenceOr::Reference { .. } => None,
                });
        schemes.collect()
    }

    /// The alternatives of an operation. One that names an undeclared scheme can't be met and is left out;
    /// normalize has reported it.
    pub fn requirements(&self, alternatives: &'a [SecurityRequirement]) -> Vec<Vec<Requirement>> {
        let declared = |name: &str| {
            self.document
                .components
                .as_ref()
                .is_some_and(|components| components.security_schemes.contains_key(name))
        };
        let known = alternatives
            .iter()
            .filter(|alternative| alternative.keys().all(|name| declared(name)));
        let lowered: Vec<Vec<Requirement>> = known
            .map(|alternative| {
                let requirement = |(scheme, scopes): (&String, &Vec<String>)| Requirement {
                    scheme: scheme.clone(),
                    scopes: scopes.clone(),
                };
                alternative.iter().map(requirement).collect()
            })
            .collect();
        // If none is left, the call is still worth trying without.
        if lowered.is_empty() && !alternatives.is_empty() {
            vec![Vec::new()]
        } else {
            lowered
        }
    }
}

/// The signatures that OpenAPI has no word for: as our own extension names them, or that of API Gateway.
fn signature(extensions: &IndexMap<String, Value>) -> Option<SchemeKind> {
    let is = |name: &str, wanted: &str| {
        let value = extensions.get(name).and_then(|value| value.as_str());
        value.is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    if is("x-connector-scheme", "azureSharedKey") {
        Some(SchemeKind::AzureSharedKey)
    } else if is("x-connector-scheme", "awsSigv4") || is("x-amazon-apigateway-authtype", "awsSigv4")
    {
        Some(SchemeKind::AwsSigV4)
    } else {
        None
    }
}

fn scheme_of(name: &str, setter: RustName, scheme: &Source) -> SecurityScheme {
    let (kind, description) = match scheme {
        Source::APIKey {
            location,
            name,
            description,
            ..
        } => {
            let location = match location {
                APIKeyLocation::Header => ApiKeyLocation::Header,
                APIKeyLocation::Query => ApiKeyLocation::Query,
                APIKeyLocation::Cookie => ApiKeyLocation::Cookie,
            };
            (
                SchemeKind::ApiKey {
                    location,
                    name: name.clone(),
                },
                description,
            )
        }
        Source::HTTP {
            scheme,
            description,
            ..
        } => {
            let kind = match scheme.to_ascii_lowercase().as_str() {
                "basic" => SchemeKind::Basic,
                "bearer" => SchemeKind::Bearer,
                "digest" => SchemeKind::Digest,
                "mutualtls" => SchemeKind::MutualTls,
                "sharedkey" => SchemeKind::AzureSharedKey,
                "aws4-hmac-sha256" => SchemeKind::AwsSigV4,
                _ => SchemeKind::Http(scheme.clone()),
            };
            (kind, description)
        }
        Source::OAuth2 {
            flows, description, ..
        } => (SchemeKind::OAuth2(oauth_flows(flows)), description),
        Source::OpenIDConnect {
            open_id_connect_url,
            description,
            ..
        } => (
            SchemeKind::OpenIdConnect {
                url: open_id_connect_url.clone(),
            },
            description,
        ),
    };
    let signature = match scheme {
        Source::APIKey { extensions, .. } | Source::HTTP { extensions, .. } => {
            signature(extensions)
        }
        Source::OAuth2 { .. } | Source::OpenIDConnect { .. } => None,
    };
    let extensions = match scheme {
        Source::APIKey { extensions, .. }
        | Source::HTTP { extensions, .. }
        | Source::OAuth2 { extensions, .. }
        | Source::OpenIDConnect { extensions, .. } => extensions,
    };
    SecurityScheme {
        name: name.to_owned(),
        setter,
        kind: signature.unwrap_or(kind),
        description: description.clone(),
        deprecated: extension::is_on(extensions, DEPRECATED),
        metadata_url: extension::text(extensions, METADATA_URL).map(str::to_owned),
    }
}

fn oauth_flows(flows: &OAuth2Flows) -> Vec<OAuthFlow> {
    let mut lowered = Vec::new();
    let mut add =
        |grant: OAuthGrant, refresh_url: &Option<String>, scopes: &IndexMap<String, String>| {
            let scopes = scopes
                .iter()
                .map(|(scope, description)| (scope.clone(), description.clone()))
                .collect();
            lowered.push(OAuthFlow {
                grant,
                refresh_url: refresh_url.clone(),
                scopes,
            });
        };
    if let Some(flow) = &flows.client_credentials {
        add(
            OAuthGrant::ClientCredentials {
                token_url: flow.token_url.clone(),
            },
            &flow.refresh_url,
            &flow.scopes,
        );
    }
    if let Some(flow) = &flows.authorization_code {
        let grant = OAuthGrant::AuthorizationCode {
            authorization_url: flow.authorization_url.clone(),
            token_url: flow.token_url.clone(),
        };
        add(grant, &flow.refresh_url, &flow.scopes);
    }
    if let Some(flow) = &flows.password {
        add(
            OAuthGrant::Password {
                token_url: flow.token_url.clone(),
            },
            &flow.refresh_url,
            &flow.scopes,
        );
    }
    if let Some(flow) = &flows.implicit {
        let grant = OAuthGrant::Implicit {
            authorization_url: flow.authorization_url.clone(),
        };
        add(grant, &flow.refresh_url, &flow.scopes);
    }
    lowered.extend(flows.extensions.get(DEVICE_FLOW).map(device_flow));
    lowered
}

/// The flow for devices, which 3.0 has no place for.
fn device_flow(flow: &Value) -> OAuthFlow {
    let text = |key: &str| flow.get(key).and_then(Value::as_str).map(str::to_owned);
    let scopes = flow.get("scopes").and_then(Value::as_object);
    let scopes = scopes.into_iter().flatten().map(|(scope, description)| {
        let description = description.as_str().unwrap_or_default();
        (scope.clone(), description.to_owned())
    });
    OAuthFlow {
        grant: OAuthGrant::DeviceAuthorization {
            device_authorization_url: text("deviceAuthorizationUrl").unwrap_or_default(),
            token_url: text("tokenUrl").unwrap_or_default(),
        },
        refresh_url: text("refreshUrl"),
        scopes: scopes.collect(),
    }
}

/// Lowers a server object.
pub(super) fn server(server: &openapiv3::Server) -> Server {
    let variables = server
        .variables
        .iter()
        .flatten()
        .map(|(name, variable)| ServerVariable {
            name: name.clone(),
            default: variable.default.clone(),
            values: variable.enumeration.clone(),
            description: variable.description.clone(),
        });
    Server {
        url: server.url.clone(),
        description: server.description.clone(),
        variables: variables.collect(),
    }
}
