//! Security schemes and requirements.

/// A security scheme (OpenAPI 3.0.4 section 4.7.27; mutual TLS from 3.1).
#[derive(Debug)]
pub struct SecurityScheme {
    name: &'static str,
    kind: SchemeKind,
    flows: &'static [OAuthFlow],
    provider: Option<&'static str>,
    metadata: Option<&'static str>,
}

/// What a scheme wants to see in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeKind {
    /// `Authorization: Basic` (RFC 7617).
    Basic,
    /// `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// `Authorization: Digest` (RFC 7616).
    Digest,
    /// Another scheme of the `Authorization` header, in lower case.
    Http(&'static str),
    /// A key in the header of this name.
    ApiKeyHeader(&'static str),
    /// A key in the query parameter of this name.
    ApiKeyQuery(&'static str),
    /// A key in the cookie of this name.
    ApiKeyCookie(&'static str),
    /// OAuth 2.0 (RFC 6749).
    OAuth2,
    /// OpenID Connect, by the URL of its configuration.
    OpenIdConnect(&'static str),
    /// A client certificate in the TLS handshake.
    MutualTls,
    /// Azure Storage shared key: a signature with an account's access key.
    AzureSharedKey,
    /// AWS Signature Version 4.
    AwsSigV4,
}

impl SecurityScheme {
    /// `http`, `basic`.
    #[must_use]
    pub const fn basic(name: &'static str) -> Self {
        Self::new(name, SchemeKind::Basic)
    }

    /// `http`, `bearer`.
    #[must_use]
    pub const fn bearer(name: &'static str) -> Self {
        Self::new(name, SchemeKind::Bearer)
    }

    /// `http`, `digest`.
    #[must_use]
    pub const fn digest(name: &'static str) -> Self {
        Self::new(name, SchemeKind::Digest)
    }

    /// `http` with another scheme of the IANA registry.
    #[must_use]
    pub const fn http(name: &'static str, scheme: &'static str) -> Self {
        Self::new(name, SchemeKind::Http(scheme))
    }

    /// `apiKey` in a header.
    #[must_use]
    pub const fn api_key_header(name: &'static str, header: &'static str) -> Self {
        Self::new(name, SchemeKind::ApiKeyHeader(header))
    }

    /// `apiKey` in the query.
    #[must_use]
    pub const fn api_key_query(name: &'static str, parameter: &'static str) -> Self {
        Self::new(name, SchemeKind::ApiKeyQuery(parameter))
    }

    /// `apiKey` in a cookie.
    #[must_use]
    pub const fn api_key_cookie(name: &'static str, cookie: &'static str) -> Self {
        Self::new(name, SchemeKind::ApiKeyCookie(cookie))
    }

    /// `oauth2`.
    #[must_use]
    pub const fn oauth2(name: &'static str) -> Self {
        Self::new(name, SchemeKind::OAuth2)
    }

    /// `openIdConnect`.
    #[must_use]
    pub const fn open_id_connect(name: &'static str, configuration_url: &'static str) -> Self {
        Self::new(name, SchemeKind::OpenIdConnect(configuration_url))
    }

    /// `mutualTLS`.
    #[must_use]
    pub const fn mutual_tls(name: &'static str) -> Self {
        Self::new(name, SchemeKind::MutualTls)
    }

    /// `apiKey` or `http` with `x-connector-scheme: azureSharedKey`.
    #[must_use]
    pub const fn azure_shared_key(name: &'static str) -> Self {
        Self::new(name, SchemeKind::AzureSharedKey)
    }

    /// `apiKey` with `x-amazon-apigateway-authtype: awsSigv4`.
    #[must_use]
    pub const fn aws_sigv4(name: &'static str) -> Self {
        Self::new(name, SchemeKind::AwsSigV4)
    }

    const fn new(name: &'static str, kind: SchemeKind) -> Self {
        Self {
            name,
            kind,
            flows: &[],
            provider: None,
            metadata: None,
        }
    }

    /// The flows of an OAuth 2.0 scheme.
    #[must_use]
    pub const fn flows(mut self, flows: &'static [OAuthFlow]) -> Self {
        self.flows = flows;
        self
    }

    /// What is particular about the authorization server, as the JSON of an `oauth::Provider`.
    #[must_use]
    pub const fn provider(mut self, json: &'static str) -> Self {
        self.provider = Some(json);
        self
    }

    /// Where the authorization server of an OAuth 2.0 scheme publishes its metadata (`oauth2MetadataUrl` of OpenAPI 3.2; RFC 8414).
    #[must_use]
    pub const fn metadata(mut self, url: &'static str) -> Self {
        self.metadata = Some(url);
        self
    }

    /// Where the authorization server publishes its metadata, if the document says so.
    #[must_use]
    pub const fn metadata_url(&self) -> Option<&'static str> {
        match self.kind {
            SchemeKind::OpenIdConnect(url) => Some(url),
            _ => self.metadata,
        }
    }

    /// The scheme's name in the document.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What is particular about the authorization server, in JSON.
    #[must_use]
    pub const fn provider_json(&self) -> Option<&'static str> {
        self.provider
    }

    /// What it wants to see in a request.
    #[must_use]
    pub const fn kind(&self) -> SchemeKind {
        self.kind
    }

    /// The flows of an OAuth 2.0 scheme.
    #[must_use]
    pub const fn flow_list(&self) -> &'static [OAuthFlow] {
        self.flows
    }
}

/// How an OAuth 2.0 flow obtains its first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthFlowKind {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 6749 section 4.2.
    Implicit,
    /// RFC 6749 section 4.3.
    Password,
    /// RFC 8628.
    DeviceAuthorization,
}

/// A flow of an OAuth 2.0 scheme.
#[derive(Debug)]
pub struct OAuthFlow {
    kind: OAuthFlowKind,
    authorization_url: Option<&'static str>,
    token_url: Option<&'static str>,
    refresh_url: Option<&'static str>,
    scopes: &'static [&'static str],
}

impl OAuthFlow {
    /// The application signs in as itself.
    #[must_use]
    pub const fn client_credentials(token_url: &'static str) -> Self {
        Self::new(OAuthFlowKind::ClientCredentials, None, Some(token_url))
    }

    /// A person signs in with a browser.
    #[must_use]
    pub const fn authorization_code(
        authorization_url: &'static str,
        token_url: &'static str,
    ) -> Self {
        Self::new(
            OAuthFlowKind::AuthorizationCode,
            Some(authorization_url),
            Some(token_url),
        )
    }

    /// A person signs in with a browser and the token comes back in the redirect.
    #[must_use]
    pub const fn implicit(authorization_url: &'static str) -> Self {
        Self::new(OAuthFlowKind::Implicit, Some(authorization_url), None)
    }

    /// The application knows the person's password.
    #[must_use]
    pub const fn password(token_url: &'static str) -> Self {
        Self::new(OAuthFlowKind::Password, None, Some(token_url))
    }

    /// A person signs in on another device.
    #[must_use]
    pub const fn device_authorization(
        device_authorization_url: &'static str,
        token_url: &'static str,
    ) -> Self {
        Self::new(
            OAuthFlowKind::DeviceAuthorization,
            Some(device_authorization_url),
            Some(token_url),
        )
    }

    const fn new(
        kind: OAuthFlowKind,
        authorization_url: Option<&'static str>,
        token_url: Option<&'static str>,
    ) -> Self {
        Self {
            kind,
            authorization_url,
            token_url,
            refresh_url: None,
            scopes: &[],
        }
    }

    /// The URL for refreshes, where it is not the token URL.
    #[must_use]
    pub const fn refresh_url(mut self, url: &'static str) -> Self {
        self.refresh_url = Some(url);
        self
    }

    /// The scopes that the flow can grant.
    #[must_use]
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }

    /// How it obtains its first token.
    #[must_use]
    pub const fn kind(&self) -> OAuthFlowKind {
        self.kind
    }

    /// Where a person signs in (for the device flow: where the device asks for a code).
    #[must_use]
    pub const fn authorization_url(&self) -> Option<&'static str> {
        self.authorization_url
    }

    /// Where tokens are handed out.
    #[must_use]
    pub const fn token_url(&self) -> Option<&'static str> {
        self.token_url
    }

    /// Where tokens are refreshed, if the document names a place of its own.
    #[must_use]
    pub const fn refresh_endpoint(&self) -> Option<&'static str> {
        self.refresh_url
    }

    /// The scopes that the flow can grant.
    #[must_use]
    pub const fn scope_list(&self) -> &'static [&'static str] {
        self.scopes
    }
}

/// One scheme of a security requirement, with the scopes that the operation needs.
#[derive(Debug)]
pub struct Requirement {
    pub(crate) scheme: &'static str,
    pub(crate) scopes: &'static [&'static str],
}

impl Requirement {
    /// The scheme's name and the needed scopes.
    #[must_use]
    pub const fn new(scheme: &'static str, scopes: &'static [&'static str]) -> Self {
        Self { scheme, scopes }
    }

    /// The scheme's name.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The needed scopes.
    #[must_use]
    pub const fn scopes(&self) -> &'static [&'static str] {
        self.scopes
    }
}
