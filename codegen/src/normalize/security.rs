//! Security schemes and requirements.

use indexmap::IndexMap;
use openapiv3::{
    APIKeyLocation, AuthorizationCodeOAuth2Flow, ClientCredentialsOAuth2Flow, ImplicitOAuth2Flow,
    OAuth2Flows, PasswordOAuth2Flow, ReferenceOr, SecurityRequirement, SecurityScheme,
};
use serde_json::{Map, Value, json};

use super::Normalizer;
use super::at::At;
use super::read::extensions;
use super::references::Section;
use crate::diagnostics::Code;

/// The extension of a canonical scheme that is deprecated (OpenAPI 3.2).
pub(crate) const DEPRECATED: &str = "x-connector-deprecated";

/// The extension of a canonical OAuth 2.0 scheme with the place of the server's metadata (`oauth2MetadataUrl` of OpenAPI 3.2).
pub(crate) const METADATA_URL: &str = "x-connector-metadata-url";

/// The extension of canonical OAuth 2.0 flows with the one for devices: `deviceAuthorizationUrl`, `tokenUrl`, `refreshUrl`,
/// `scopes`.
pub(crate) const DEVICE_FLOW: &str = "x-connector-device-authorization";

impl Normalizer<'_> {
    /// A scheme; none when it cannot be told what it is.
    pub(super) fn security_scheme(
        &mut self,
        value: Value,
        at: &At<'_>,
    ) -> Option<ReferenceOr<SecurityScheme>> {
        let mut members = self.mapping(value, at);
        if let Some(reference) = self.string_at(&mut members, "$ref", at) {
            return match self.canonical_reference(&reference, Section::SecuritySchemes) {
                Ok(reference) => Some(ReferenceOr::Reference { reference }),
                Err(reason) => {
                    self.dangling(&reference, reason, at);
                    None
                }
            };
        }
        let declared = self.string_at(&mut members, "type", at).unwrap_or_default();
        let description = self.string_at(&mut members, "description", at);
        if self.boolean_at(&mut members, "deprecated", at) {
            members.insert(DEPRECATED.to_owned(), Value::Bool(true));
        }
        let scheme = match declared.trim().to_ascii_lowercase().as_str() {
            "apikey" => self.api_key(members, description, at),
            "http" => self.http_scheme(members, None, description, at),
            // Swagger 2.0 has `basic`; `bearer` is a common slip.
            scheme @ ("basic" | "bearer" | "digest") => {
                self.http_scheme(members, Some(scheme), description, at)
            }
            "oauth2" | "oauth" => self.oauth2(members, description, at),
            "openidconnect" | "oidc" => self.open_id_connect(members, description, at)?,
            // 3.0 has no such type; the name of 3.1 is kept as the scheme.
            "mutualtls" => self.http_scheme(members, Some("mutualTLS"), description, at),
            _ => {
                let message =
                    format!("`type: {declared}` is no type of a security scheme; it is ignored");
                self.diagnostics
                    .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
                return None;
            }
        };
        self.check_own_extension(&scheme, at);
        Some(ReferenceOr::Item(scheme))
    }

    /// `x-connector-scheme` names a signature that OpenAPI has no word for; `lower` reads it.
    fn check_own_extension(&mut self, scheme: &SecurityScheme, at: &At<'_>) {
        const KNOWN: [&str; 2] = ["azureSharedKey", "awsSigv4"];
        let (extensions, can_sign) = match scheme {
            SecurityScheme::APIKey { extensions, .. } | SecurityScheme::HTTP { extensions, .. } => {
                (extensions, true)
            }
            SecurityScheme::OAuth2 { extensions, .. }
            | SecurityScheme::OpenIDConnect { extensions, .. } => (extensions, false),
        };
        let Some(value) = extensions.get("x-connector-scheme") else {
            return;
        };
        let is_known = value.as_str().is_some_and(|name| {
            KNOWN
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name.trim()))
        });
        if !(is_known && can_sign) {
            let message = format!(
                "`x-connector-scheme` must be one of `{}`, on a scheme of the type `apiKey` or `http`; it is ignored",
                KNOWN.join("`, `")
            );
            let pointer = at.key("x-connector-scheme").pointer();
            self.diagnostics
                .warn(Code::SecuritySchemeInvalid, &pointer, message);
        }
    }

    fn api_key(
        &mut self,
        mut members: Map<String, Value>,
        description: Option<String>,
        at: &At<'_>,
    ) -> SecurityScheme {
        let place = self.string_at(&mut members, "in", at).unwrap_or_default();
        let location = match place.trim().to_ascii_lowercase().as_str() {
            "query" => APIKeyLocation::Query,
            "cookie" => APIKeyLocation::Cookie,
            "header" => APIKeyLocation::Header,
            _ => {
                let message = "an API key must be in a header, query or cookie; a header is taken";
                self.diagnostics
                    .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
                APIKeyLocation::Header
            }
        };
        let name = self.string_at(&mut members, "name", at).unwrap_or_else(|| {
            let message = "an API key without a name; `Authorization` is taken";
            self.diagnostics
                .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
            "Authorization".to_owned()
        });
        SecurityScheme::APIKey {
            location,
            name,
            description,
            extensions: extensions(&mut members),
        }
    }

    fn http_scheme(
        &mut self,
        mut members: Map<String, Value>,
        scheme: Option<&str>,
        description: Option<String>,
        at: &At<'_>,
    ) -> SecurityScheme {
        let declared = self.string_at(&mut members, "scheme", at);
        let scheme = scheme.map(str::to_owned).or(declared).unwrap_or_else(|| {
            let message = "an HTTP scheme without `scheme`; `bearer` is taken";
            self.diagnostics
                .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
            "bearer".to_owned()
        });
        let bearer_format = self.string_at(&mut members, "bearerFormat", at);
        let extensions = extensions(&mut members);
        SecurityScheme::HTTP {
            scheme,
            bearer_format,
            description,
            extensions,
        }
    }

    fn open_id_connect(
        &mut self,
        mut members: Map<String, Value>,
        description: Option<String>,
        at: &At<'_>,
    ) -> Option<SecurityScheme> {
        let Some(open_id_connect_url) = self.string_at(&mut members, "openIdConnectUrl", at) else {
            let message = "an OpenID Connect scheme without `openIdConnectUrl` is ignored";
            self.diagnostics
                .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
            return None;
        };
        let extensions = extensions(&mut members);
        Some(SecurityScheme::OpenIDConnect {
            open_id_connect_url,
            description,
            extensions,
        })
    }

    fn oauth2(
        &mut self,
        mut members: Map<String, Value>,
        description: Option<String>,
        at: &At<'_>,
    ) -> SecurityScheme {
        let mut flows = OAuth2Flows::default();
        let metadata = self.string_at(&mut members, "oauth2MetadataUrl", at);
        if let Some(url) = metadata.filter(|url| !url.trim().is_empty()) {
            members.insert(METADATA_URL.to_owned(), Value::String(url));
        }
        if let Some(value) = members.shift_remove("flows") {
            let at = at.key("flows");
            let mut declared = self.mapping(value, &at);
            flows.extensions = extensions(&mut declared);
            for (name, value) in declared {
                self.flow(&mut flows, &name, value, &at.key(&name));
            }
        } else if let Some(name) = self.string_at(&mut members, "flow", at) {
            // Swagger 2.0 has one flow, whose keywords stand among the others.
            let own = ["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"];
            let flow: Map<String, Value> = own
                .iter()
                .filter_map(|key| members.shift_remove_entry(*key))
                .collect();
            self.flow(&mut flows, &name, Value::Object(flow), at);
        } else {
            let message = "an OAuth 2.0 scheme without flows; only ready-made tokens can be used";
            self.diagnostics
                .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
        }
        SecurityScheme::OAuth2 {
            flows,
            description,
            extensions: extensions(&mut members),
        }
    }

    fn flow(&mut self, flows: &mut OAuth2Flows, name: &str, value: Value, at: &At<'_>) {
        let mut members = self.mapping(value, at);
        let refresh_url = self
            .string_at(&mut members, "refreshUrl", at)
            .filter(|url| !url.trim().is_empty());
        let scopes = self.scopes(members.shift_remove("scopes"), &at.key("scopes"));
        match name {
            "implicit" => {
                let authorization_url = self.url(&mut members, "authorizationUrl", at);
                let extensions = extensions(&mut members);
                flows.implicit = Some(ImplicitOAuth2Flow {
                    authorization_url,
                    refresh_url,
                    scopes,
                    extensions,
                });
            }
            "password" => {
                let token_url = self.url(&mut members, "tokenUrl", at);
                let extensions = extensions(&mut members);
                flows.password = Some(PasswordOAuth2Flow {
                    refresh_url,
                    token_url,
                    scopes,
                    extensions,
                });
            }
            "clientCredentials" | "application" => {
                let token_url = self.url(&mut members, "tokenUrl", at);
                let extensions = extensions(&mut members);
                let flow = ClientCredentialsOAuth2Flow {
                    refresh_url,
                    token_url,
                    scopes,
                    extensions,
                };
                flows.client_credentials = Some(flow);
            }
            "authorizationCode" | "accessCode" => {
                let authorization_url = self.url(&mut members, "authorizationUrl", at);
                let token_url = self.url(&mut members, "tokenUrl", at);
                let extensions = extensions(&mut members);
                let flow = AuthorizationCodeOAuth2Flow {
                    authorization_url,
                    token_url,
                    refresh_url,
                    scopes,
                    extensions,
                };
                flows.authorization_code = Some(flow);
            }
            "deviceAuthorization" => {
                let flow = json!({
                    "deviceAuthorizationUrl": self.url(&mut members, "deviceAuthorizationUrl", at),
                    "tokenUrl": self.url(&mut members, "tokenUrl", at),
                    "refreshUrl": refresh_url,
                    "scopes": scopes,
                });
                flows.extensions.insert(DEVICE_FLOW.to_owned(), flow);
            }
            other => {
                let message = format!("`{other}` is no OAuth 2.0 flow; it is ignored");
                self.diagnostics
                    .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
            }
        }
    }

    /// A URL that a flow needs. It may still be given with the connection, so an empty one is kept.
    fn url(&mut self, members: &mut Map<String, Value>, key: &str, at: &At<'_>) -> String {
        self.string_at(members, key, at).unwrap_or_else(|| {
            let message = format!("an OAuth 2.0 flow without `{key}`; the connection must name it");
            self.diagnostics
                .warn(Code::SecuritySchemeInvalid, &at.pointer(), message);
            String::new()
        })
    }

    /// Scopes and their descriptions; a list of names counts too.
    fn scopes(&mut self, value: Option<Value>, at: &At<'_>) -> IndexMap<String, String> {
        match value {
            None => IndexMap::new(),
            Some(Value::Array(names)) => {
                self.wrong_type(at, "a mapping", &Value::Array(Vec::new()));
                names
                    .into_iter()
                    .filter_map(|name| Some((self.string(name, at)?, String::new())))
                    .collect()
            }
            Some(other) => {
                let members = self.mapping(other, at);
                let scope = |(name, value): (String, Value)| {
                    let description = self.string(value, &at.key(&name)).unwrap_or_default();
                    (name, description)
                };
                members.into_iter().map(scope).collect()
            }
        }
    }

    /// A list of alternatives, each a set of schemes with scopes.
    pub(super) fn security(&mut self, value: Value, at: &At<'_>) -> Vec<SecurityRequirement> {
        let items = self.list(value, at);
        items
            .into_iter()
            .enumerate()
            .map(|(index, item)| self.requirement(item, &at.index(index)))
            .collect()
    }

    fn requirement(&mut self, value: Value, at: &At<'_>) -> SecurityRequirement {
        let members = match value {
            // The name of a scheme alone.
            Value::String(name) => {
                self.wrong_type(at, "a mapping", &Value::String(String::new()));
                Map::from_iter([(name, Value::Array(Vec::new()))])
            }
            other => self.mapping(other, at),
        };
        let mut requirement = SecurityRequirement::new();
        for (name, scopes) in members {
            let at = at.key(&name);
            if !self.references.has_security_scheme(&name) {
                let message = format!("the security scheme `{name}` is not declared");
                self.diagnostics
                    .warn(Code::SecuritySchemeUndeclared, &at.pointer(), message);
            }
            let scopes = match scopes {
                Value::Object(members) => members.into_iter().map(|(scope, _)| scope).collect(),
                other => self.strings(other, &at),
            };
            requirement.insert(name, scopes);
        }
        requirement
    }
}
