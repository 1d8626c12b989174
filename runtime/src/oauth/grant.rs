//! What tokens are asked for with.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// A grant (RFC 6749 section 1.3): what is handed in at the token endpoint.
#[derive(Clone)]
#[non_exhaustive]
pub enum Grant {
    /// The client itself (RFC 6749 section 4.4).
    ClientCredentials,
    /// A code that a person's browser brought (RFC 6749 section 4.1.3).
    AuthorizationCode {
        /// The code.
        code: SecretString,
        /// The redirect URI of the authorization request.
        redirect_uri: String,
        /// The PKCE verifier (RFC 7636 section 4.5).
        code_verifier: Option<SecretString>,
    },
    /// A code of the device flow (RFC 8628 section 3.4).
    DeviceCode(SecretString),
    /// A person's name and password (RFC 6749 section 4.3).
    Password {
        /// The name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A signed statement about who is calling (RFC 7523 section 2.1).
    JwtBearer(SecretString),
    /// A refresh token (RFC 6749 section 6).
    Refresh(SecretString),
}

impl Grant {
    /// `grant_type`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode { .. } => "authorization_code",
            Self::DeviceCode(_) => "urn:ietf:params:oauth:grant-type:device_code",
            Self::Password { .. } => "password",
            Self::JwtBearer(_) => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::Refresh(_) => "refresh_token",
        }
    }

    /// The parameters of the request that belong to the grant.
    pub(super) fn parameters(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::ClientCredentials => Vec::new(),
            Self::AuthorizationCode {
                code,
                redirect_uri,
                code_verifier,
            } => {
                let mut parameters = vec![
                    ("code", code.expose_secret()),
                    ("redirect_uri", redirect_uri.as_str()),
                ];
                let verifier = code_verifier.as_ref();
                parameters.extend(verifier.map(|text| ("code_verifier", text.expose_secret())));
                parameters
            }
            Self::DeviceCode(code) => vec![("device_code", code.expose_secret())],
            Self::Password { username, password } => vec![
                ("username", username.as_str()),
                ("password", password.expose_secret()),
            ],
            Self::JwtBearer(assertion) => vec![("assertion", assertion.expose_secret())],
            Self::Refresh(token) => vec![("refresh_token", token.expose_secret())],
        }
    }

    /// What of it is secret.
    pub(super) fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::ClientCredentials => Vec::new(),
            Self::AuthorizationCode {
                code,
                code_verifier,
                ..
            } => std::iter::once(code).chain(code_verifier).collect(),
            Self::Password { password, .. } => vec![password],
            Self::DeviceCode(secret) | Self::JwtBearer(secret) | Self::Refresh(secret) => {
                vec![secret]
            }
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant({}, redacted)", self.name())
    }
}
