//! Security schemes and what operations require of them.

use super::RustName;

/// A declared security scheme (OpenAPI 3.0.4, section 4.8.27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityScheme {
    /// The key under `components.securitySchemes`.
    pub name: String,
    /// The method of the client's builder that sets its credential.
    pub setter: RustName,
    /// How it authenticates.
    pub kind: SchemeKind,
    /// What the document says.
    pub description: Option<String>,
    /// Whether the document advises against it.
    pub deprecated: bool,
    /// Where an OAuth 2.0 server publishes its metadata (RFC 8414).
    pub metadata_url: Option<String>,
}

/// How a scheme authenticates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemeKind {
    /// RFC 7617.
    Basic,
    /// RFC 6750.
    Bearer,
    /// RFC 7616.
    Digest,
    /// Another scheme of the `Authorization` header, by its name.
    Http(String),
    /// A key in a header, a query parameter or a cookie.
    ApiKey {
        /// Where the key goes.
        location: ApiKeyLocation,
        /// The name of the header, parameter or cookie.
        name: String,
    },
    /// RFC 6749.
    OAuth2(Vec<OAuthFlow>),
    /// OpenID Connect discovery.
    OpenIdConnect {
        /// The URL of the provider's metadata.
        url: String,
    },
    /// A client certificate (OpenAPI 3.1).
    MutualTls,
    /// A signature with the access key of an Azure Storage account.
    AzureSharedKey,
    /// AWS Signature Version 4.
    AwsSigV4,
}

/// Where an API key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the specification's own words")]
pub enum ApiKeyLocation {
    Header,
    Query,
    Cookie,
}

/// A flow of OAuth 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthFlow {
    /// How a token is obtained, with its endpoints.
    pub grant: OAuthGrant,
    /// Where tokens are refreshed, if elsewhere.
    pub refresh_url: Option<String>,
    /// The scopes and what they allow.
    pub scopes: Vec<(String, String)>,
}

/// The grant of an OAuth flow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the specification's own words")]
pub enum OAuthGrant {
    AuthorizationCode {
        authorization_url: String,
        token_url: String,
    },
    ClientCredentials {
        token_url: String,
    },
    Password {
        token_url: String,
    },
    Implicit {
        authorization_url: String,
    },
    /// RFC 8628.
    DeviceAuthorization {
        device_authorization_url: String,
        token_url: String,
    },
}

/// A scheme that an operation asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// The scheme's name.
    pub scheme: String,
    /// The scopes needed.
    pub scopes: Vec<String>,
}
