//! What is particular about an authorization server, as data.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::descriptor::SecurityScheme;
use crate::error::{Error, Result};

/// An authorization server: its endpoints, and how it differs from the standard. The default is a server that does as RFC 6749
/// says, with the endpoints that the API's definition names.
///
/// It is plain data, written in TOML or JSON. `{name}` in a URL, a parameter, a header or a body stands for a value: a parameter
/// of the connection, or one of those that the field's documentation names. `{a || b}` takes the first that has a value,
/// `{base64(a:b)}` encodes values with a colon between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Provider {
    /// A short name, for messages.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The issuer identifier (RFC 8414 section 2). Endpoints that are not given are read from its metadata.
    pub issuer: Option<String>,
    /// Where that metadata is, if not where the issuer identifier says.
    pub configuration_url: Option<String>,
    /// Where a person signs in.
    pub authorization_url: Option<String>,
    /// Where tokens are handed out.
    pub token_url: Option<String>,
    /// Where tokens are refreshed, if that is another place.
    pub refresh_url: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_url: Option<String>,
    /// Where a device asks for a code (RFC 8628).
    pub device_authorization_url: Option<String>,
    /// Where the expiry of a token is asked for (RFC 7662), for servers whose answers do not have it.
    pub introspection_url: Option<String>,
    /// The API's address, where it depends on who signed in: may use the `values` of the token response, such as
    /// `{instance_url}`.
    pub base_url: Option<String>,
    /// The parameters of the connection that the URLs and requests use.
    pub parameters: BTreeMap<String, Parameter>,
    /// Scopes that are always asked for, such as `offline_access`.
    pub scopes: Vec<String>,
    /// What stands between scopes. A space by default.
    pub scope_separator: Option<String>,
    /// PKCE (RFC 7636) with S256; `false` only for servers that refuse it.
    pub pkce: bool,
    /// Tokens are bound to a key of the connection (DPoP, RFC 9449). Needs the feature `jwt`.
    pub dpop: bool,
    /// How the client proves who it is at the token endpoint, unless the connection says otherwise.
    pub client_authentication: Option<ClientAuthentication>,
    /// How id and secret are written in `Authorization: Basic`.
    pub basic_encoding: BasicEncoding,
    /// The redirect to the sign-in page.
    pub authorization: AuthorizationRequest,
    /// The redirect back.
    pub authorization_response: AuthorizationResponse,
    /// The request for the first tokens.
    pub token: TokenRequest,
    /// The request for later tokens; like `token` if not given.
    pub refresh: Option<TokenRequest>,
    /// The answer with tokens.
    pub response: TokenResponse,
    /// How the access token is sent to the API.
    pub access_token: AccessTokenPlacement,
    /// A refresh token that is not used for this long is gone, in seconds.
    pub refresh_idle_seconds: Option<u64>,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            name: String::new(),
            issuer: None,
            configuration_url: None,
            authorization_url: None,
            token_url: None,
            refresh_url: None,
            revocation_url: None,
            device_authorization_url: None,
            introspection_url: None,
            base_url: None,
            parameters: BTreeMap::new(),
            scopes: Vec::new(),
            scope_separator: None,
            pkce: true,
            dpop: false,
            client_authentication: None,
            basic_encoding: BasicEncoding::default(),
            authorization: AuthorizationRequest::default(),
            authorization_response: AuthorizationResponse::default(),
            token: TokenRequest::default(),
            refresh: None,
            response: TokenResponse::default(),
            access_token: AccessTokenPlacement::default(),
            refresh_idle_seconds: None,
        }
    }
}

/// A parameter of the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Parameter {
    /// For people.
    pub description: Option<String>,
    /// The value where the connection gives none.
    pub default: Option<String>,
    /// The only values that are allowed; all, if empty.
    pub values: Vec<String>,
}

/// How a client proves who it is at the token endpoint (RFC 6749 section 2.3, OpenID Connect Core section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: `Authorization: Basic`, which every server must support.
    Basic,
    /// `client_secret_post`: `client_id` and `client_secret` in the body.
    Body,
    /// `private_key_jwt`: an assertion signed with a private key (RFC 7523 section 2.2).
    PrivateKeyJwt,
    /// `tls_client_auth`: the client certificate of the connection (RFC 8705).
    Tls,
    /// `none`: a public client; only `client_id` is sent.
    None,
}

/// How id and secret are written in `Authorization: Basic`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BasicEncoding {
    /// Encoded as in forms first, as RFC 6749 section 2.3.1 has it.
    #[default]
    Form,
    /// As they are, for servers that do not decode them.
    Raw,
}

/// The redirect to the sign-in page (RFC 6749 section 4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// Parameters that are added or take the place of standard ones; an empty text removes one. `{client_id}` and
    /// `{redirect_uri}` may be used.
    pub parameters: BTreeMap<String, String>,
    /// Other names for standard parameters: `client_id = "client_key"`.
    pub rename: BTreeMap<String, String>,
    /// Parameters whose values are sent as they are, not percent-encoded.
    pub literal: Vec<String>,
    /// What is put behind the URL, such as `#/login`.
    pub fragment: Option<String>,
}

/// The redirect back from the sign-in page (RFC 6749 section 4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AuthorizationResponse {
    /// The name of the parameter with the code; `code` by default.
    pub code: Option<String>,
    /// The name of the parameter with the state; `state` by default.
    pub state: Option<String>,
    /// Parameters to keep with the connection: a name of ours to one of theirs.
    pub values: BTreeMap<String, String>,
}

/// A request to the token endpoint (RFC 6749 sections 4.1.3, 4.3.2, 4.4.2, 6).
///
/// Its texts may use `{client_id}`, `{client_secret}`, `{scope}`, `{code}`, `{redirect_uri}`, `{code_verifier}`, `{username}`,
/// `{password}`, `{refresh_token}`, `{access_token}` (the last one), and, in one of the `then` requests, members of the answer
/// before by their path: `{answer.data.ticket}`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The HTTP method; `POST` by default.
    pub method: Option<String>,
    /// How the parameters are written.
    pub format: RequestFormat,
    /// Parameters that are added or take the place of standard ones; an empty text removes one.
    pub parameters: BTreeMap<String, String>,
    /// Other names for standard parameters: `refresh_token = "token"`.
    pub rename: BTreeMap<String, String>,
    /// Headers that are added.
    pub headers: BTreeMap<String, String>,
    /// The whole body, in place of the parameters.
    pub body: Option<String>,
    /// The media type of `body`.
    pub content_type: Option<String>,
    /// Where the request goes, in a `then` request.
    pub url: Option<String>,
    /// Further requests; the last one's answer has the tokens.
    pub then: Vec<TokenRequest>,
}

/// Without values, bodies and URLs: whoever writes a provider for one connection may put a secret into them.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |values: &BTreeMap<String, String>| -> Vec<String> { values.keys().cloned().collect() };
        f.debug_struct("TokenRequest")
            .field("method", &self.method)
            .field("format", &self.format)
            .field("parameters", &names(&self.parameters))
            .field("rename", &self.rename)
            .field("headers", &names(&self.headers))
            .field("then", &self.then)
            .finish_non_exhaustive()
    }
}

/// How the parameters of a token request are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestFormat {
    /// A form in the body.
    #[default]
    Form,
    /// A JSON object in the body.
    Json,
    /// The query of the URL.
    Query,
}

/// The answer with tokens (RFC 6749 section 5). A path is a list of member names with dots between them:
/// `authed_user.access_token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The path of the access token.
    pub access_token: Option<String>,
    /// The path of the refresh token.
    pub refresh_token: Option<String>,
    /// The path of the lifetime or the time of expiry.
    pub expires: Option<String>,
    /// What stands there.
    pub expires_unit: ExpiryUnit,
    /// The path of the refresh token's lifetime in seconds.
    pub refresh_expires: Option<String>,
    /// The lifetime in seconds of tokens that do not tell theirs.
    pub default_lifetime: Option<u64>,
    /// The longest lifetime in seconds, whatever the server says.
    pub max_lifetime: Option<u64>,
    /// The header that has the access token, in place of the body.
    pub access_token_header: Option<String>,
    /// The cookie that is the access token, in place of the body.
    pub access_token_cookie: Option<String>,
    /// The path of the error code.
    pub error: Option<String>,
    /// Other error codes, by the standard code that they stand for: `bad_refresh_token = "invalid_grant"`.
    pub error_codes: BTreeMap<String, String>,
    /// The path of a member that is `false` when the request failed, whatever the status.
    pub success: Option<String>,
    /// Members to keep with the connection: a name to a path.
    pub values: BTreeMap<String, String>,
}

/// What the server says about the expiry of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpiryUnit {
    /// A lifetime in seconds, or a text such as `2h`.
    #[default]
    Seconds,
    /// A lifetime in milliseconds.
    Milliseconds,
    /// A moment: RFC 3339, or seconds or milliseconds since 1970.
    At,
    /// Nothing: tokens do not expire.
    Never,
}

/// How the access token is sent to the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessTokenPlacement {
    /// The header.
    pub header: String,
    /// What stands before the token.
    pub prefix: String,
}

impl Default for AccessTokenPlacement {
    /// RFC 6750 section 2.1.
    fn default() -> Self {
        Self {
            header: "authorization".to_owned(),
            prefix: "Bearer ".to_owned(),
        }
    }
}

/// The fields of a provider that say something, and another's for those that don't.
macro_rules! layered {
    ($own:ident over $base:ident: $($field:ident)*) => {{
        let silent = Self::default();
        Self { $($field: if $own.$field == silent.$field { $base.$field } else { $own.$field },)* }
    }};
}

impl Provider {
    /// What a connector says about the authorization server of a security scheme.
    ///
    /// # Errors
    /// When the JSON in the generated crate is not that of a provider.
    pub(crate) fn of(scheme: &SecurityScheme) -> Result<Option<Self>> {
        let Some(json) = scheme.provider_json() else {
            return Ok(None);
        };
        serde_json::from_str(json).map(Some).map_err(|error| {
            Error::configuration(format!(
                "the crate of the connector describes the authorization server of the scheme `{}` wrongly, which is a bug of the crate: {error}",
                scheme.name()
            ))
        })
    }

    /// The value that a parameter has unless the connection gives another, or one that is fixed in token requests.
    pub(crate) fn says(&self, name: &str) -> Option<String> {
        let same = |(known, _): &(&String, &Parameter)| known.eq_ignore_ascii_case(name);
        let default = self.parameters.iter().find(same);
        let default = default.and_then(|(_, parameter)| parameter.default.clone());
        default.or_else(|| self.token.parameters.get(name).cloned())
    }

    /// What this one says, and what `base` says where this one is silent. Whoever names another server means its endpoints.
    pub(crate) fn over(self, mut base: Self) -> Self {
        let names_server = self.issuer.is_some() || self.configuration_url.is_some();
        if names_server || self.token_url.is_some() {
            base.refresh_url = None;
            base.revocation_url = None;
            base.introspection_url = None;
        }
        if names_server {
            base.issuer = None;
            base.configuration_url = None;
            base.authorization_url = None;
            base.token_url = None;
            base.device_authorization_url = None;
        }
        layered!(self over base:
            name issuer configuration_url authorization_url token_url refresh_url revocation_url device_authorization_url
            introspection_url base_url parameters scopes scope_separator pkce dpop client_authentication basic_encoding
            authorization authorization_response token refresh response access_token refresh_idle_seconds)
    }
}

/// Well-known authorization servers, as data.
const KNOWN: &str = include_str!("providers.json");

impl Provider {
    /// Well-known authorization servers.
    #[must_use]
    pub fn all_known() -> Vec<Self> {
        // The text is ours, and a test reads it.
        serde_json::from_str(KNOWN).unwrap_or_default()
    }

    /// A well-known authorization server by its name, such as `github`.
    ///
    /// # Errors
    /// When there is none; the message lists those that there are.
    pub fn known(name: &str) -> Result<Self> {
        let all = Self::all_known();
        let names: Vec<String> = all.iter().map(|provider| provider.name.clone()).collect();
        let found = all.into_iter().find(|provider| provider.name == name);
        found.ok_or_else(|| {
            Error::configuration(format!(
                "there is no provider `{name}`; known are {}",
                names.join(", ")
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_providers_are_found_by_name() {
        let names: Vec<String> = Provider::all_known()
            .into_iter()
            .map(|each| each.name)
            .collect();
        assert!(names.len() >= 10 && names.is_sorted(), "{names:?}");
        assert_eq!(Provider::known("shopify").unwrap().access_token.prefix, "");
        assert!(Provider::known("google").unwrap().pkce);
        let error = Provider::known("nobody").unwrap_err().to_string();
        assert!(error.contains("known are atlassian"), "{error}");
    }

    #[test]
    fn what_a_provider_says_itself_counts_before_what_the_connector_says() {
        let provider = |json| serde_json::from_value::<Provider>(json).unwrap();
        let connector = serde_json::json!({
            "authorization_url": "https://idp.example/auth", "token_url": "https://idp.example/token",
            "refresh_url": "https://idp.example/refresh", "scopes": ["a"], "pkce": false,
        });
        let connector = provider(connector);
        assert_eq!(Provider::default().over(connector.clone()), connector);

        let scopes = provider(serde_json::json!({"scopes": ["b"]})).over(connector.clone());
        assert_eq!((scopes.scopes[0].as_str(), scopes.pkce), ("b", false));
        assert_eq!(scopes.refresh_url, connector.refresh_url);

        let elsewhere = provider(serde_json::json!({"token_url": "https://b.example"}));
        let elsewhere = elsewhere.over(connector.clone());
        assert_eq!(elsewhere.token_url.unwrap(), "https://b.example");
        assert_eq!(elsewhere.authorization_url, connector.authorization_url);
        assert_eq!(elsewhere.refresh_url, None);

        let issuer = provider(serde_json::json!({"issuer": "https://b.example"})).over(connector);
        assert_eq!((issuer.token_url, issuer.authorization_url), (None, None));
    }

    #[test]
    fn provider_of_a_crate_that_is_none_is_the_bug_of_the_crate() {
        let scheme = SecurityScheme::oauth2("oauth").provider(r#"{"tokenurl": ""}"#);
        let error = Provider::of(&scheme).unwrap_err().to_string();
        assert!(
            error.contains("`oauth`") && error.contains("a bug of the crate"),
            "{error}"
        );
    }

    #[test]
    fn misspelled_key_is_an_error() {
        let wrong = serde_json::json!({"tokenurl": "https://idp.example/token"});
        let error = serde_json::from_value::<Provider>(wrong).unwrap_err();
        assert!(error.to_string().contains("unknown field `tokenurl`"));
    }

    #[test]
    fn secret_in_a_request_is_not_printed() {
        let request = serde_json::json!({
            "headers": {"x-key": "hush"}, "parameters": {"pin": "hush"}, "body": "hush",
            "then": [{"url": "https://idp.example/hush", "headers": {"x-key": "hush"}}],
        });
        let provider = serde_json::json!({"token": request, "refresh": request});
        let provider: Provider = serde_json::from_value(provider).unwrap();
        let shown = format!("{provider:?}");
        assert!(
            shown.contains("x-key") && !shown.contains("hush"),
            "{shown}"
        );
    }
}
