//! How connections are doing.

use jiff::Timestamp;

use super::{CredentialDefinition, Environment, Found};
use crate::error::Result;
use crate::token::{TokenKey, TokenRecord};

/// A connection in a list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The connector.
    pub connector: String,
    /// The connection's name.
    pub name: String,
    /// Whether it is declared in `connections.toml` rather than kept in the store.
    pub declared: bool,
    /// How it is doing.
    pub status: ConnectionStatus,
    /// Its credentials, by the name of the scheme.
    pub credentials: Vec<(String, CredentialStatus)>,
    /// When it was made; unknown for declared ones.
    pub created_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// How a connection is doing: as its worst credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ConnectionStatus {
    /// As far as is known, calls will do.
    Ready,
    /// The last refresh failed, for a reason that may pass.
    Failing,
    /// A person has to sign in.
    NeedsSignIn,
    /// It can't be decrypted or read.
    Unreadable,
}

/// How a credential is doing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CredentialStatus {
    /// The kind of credential, such as `oauth2 authorization_code`.
    pub kind: String,
    /// How it is doing.
    pub status: ConnectionStatus,
    /// When the access token expires.
    pub expires_at: Option<Timestamp>,
    /// Whether the access token can be renewed without a person. `None` where there are no tokens.
    pub refreshable: Option<bool>,
    /// What a person should know.
    pub notice: Option<String>,
}

impl ConnectionStatus {
    /// A word for it: `ready`, `failing`, `needs-sign-in`, `unreadable`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Failing => "failing",
            Self::NeedsSignIn => "needs-sign-in",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Environment {
    /// All connections, by connector and name.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn list(&self) -> Result<Vec<ConnectionInfo>> {
        let mut names: Vec<(String, String)> = self
            .0
            .declared
            .names()
            .map(|(connector, name)| (connector.to_owned(), name.to_owned()))
            .collect();
        for kept in self.0.store.connections().await? {
            names.push((kept.connector, kept.name));
        }
        names.sort();
        names.dedup();
        let mut list = Vec::with_capacity(names.len());
        for (connector, name) in names {
            list.push(self.info(connector, name).await?);
        }
        Ok(list)
    }

    /// How one connection is doing.
    ///
    /// # Errors
    /// When there is no such connection, or the store can't be read.
    pub async fn info(
        &self,
        connector: impl Into<String>,
        name: impl Into<String>,
    ) -> Result<ConnectionInfo> {
        let (connector, name) = (connector.into(), name.into());
        let mut info = ConnectionInfo {
            connector,
            name,
            declared: false,
            status: ConnectionStatus::Unreadable,
            credentials: Vec::new(),
            created_at: None,
            last_used_at: None,
        };
        let found = match self.find(&info.connector, &info.name).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(super::missing(&info.connector, &info.name)),
            // One row that does not open is no reason not to list the others.
            Err(error) => {
                tracing::warn!(error = %error, connector = info.connector, connection = info.name, "unreadable connection");
                return Ok(info);
            }
        };
        info.declared = found.kept.is_none();
        info.created_at = found.kept.as_ref().map(|kept| kept.created_at);
        info.last_used_at = found.kept.as_ref().and_then(|kept| kept.last_used_at);
        for (scheme, credential) in &found.definition.credentials {
            let status = self.credential_status(&found, scheme, credential).await;
            info.credentials.push((scheme.clone(), status));
        }
        let worst = info.credentials.iter().map(|(_, each)| each.status).max();
        info.status = worst.unwrap_or(ConnectionStatus::Ready);
        Ok(info)
    }

    async fn credential_status(
        &self,
        found: &Found,
        scheme: &str,
        credential: &CredentialDefinition,
    ) -> CredentialStatus {
        let CredentialDefinition::OAuth(oauth) = credential else {
            return CredentialStatus {
                kind: kind(credential).to_owned(),
                status: ConnectionStatus::Ready,
                expires_at: None,
                refreshable: None,
                notice: None,
            };
        };
        let key = TokenKey::new(&found.id, scheme);
        match self.0.tokens.load(&key).await {
            Ok(record) => oauth_status(oauth, record),
            // Tokens that do not open are no reason not to list the others, either.
            Err(error) => CredentialStatus {
                kind: format!("oauth2 {}", grant(oauth.grant)),
                status: ConnectionStatus::Unreadable,
                expires_at: None,
                refreshable: None,
                notice: Some(error.to_string()),
            },
        }
    }
}

fn oauth_status(oauth: &super::OAuthDefinition, record: Option<TokenRecord>) -> CredentialStatus {
    let interactive = oauth.grant.needs_sign_in();
    let tokens = record.as_ref().and_then(|record| record.tokens.as_ref());
    let failure = record.as_ref().and_then(|record| record.failure.as_ref());
    let gone = record.as_ref().is_some_and(TokenRecord::needs_consent);
    let expired = |at: Timestamp| at <= Timestamp::now();
    let dead = tokens.is_some_and(|tokens| {
        tokens.refresh_token.is_none() && tokens.expires_at.is_some_and(expired)
    });
    let (status, notice) = match failure {
        _ if interactive && tokens.is_none() => (
            ConnectionStatus::NeedsSignIn,
            Some("nobody has signed in yet".to_owned()),
        ),
        Some(failure) if interactive && gone => {
            (ConnectionStatus::NeedsSignIn, Some(failure.message.clone()))
        }
        _ if interactive && dead => (
            ConnectionStatus::NeedsSignIn,
            Some("the access token has expired, and there is no refresh token".to_owned()),
        ),
        Some(failure) => (ConnectionStatus::Failing, Some(failure.message.clone())),
        None => (
            ConnectionStatus::Ready,
            tokens.filter(|_| interactive).and_then(ending),
        ),
    };
    CredentialStatus {
        kind: format!("oauth2 {}", grant(oauth.grant)),
        status,
        expires_at: tokens.and_then(|tokens| tokens.expires_at),
        refreshable: tokens.map(|tokens| !interactive || tokens.refresh_token.is_some()),
        notice,
    }
}

/// What ends without anybody noticing.
fn ending(tokens: &crate::token::Tokens) -> Option<String> {
    match (
        &tokens.refresh_token,
        tokens.expires_at,
        tokens.refresh_expires_at,
    ) {
        (None, Some(at), _) => Some(format!("no refresh token: signed in until {at}")),
        (Some(_), _, Some(at)) => Some(format!(
            "the refresh token expires at {at} unless it is used before"
        )),
        _ => None,
    }
}

fn kind(credential: &CredentialDefinition) -> &'static str {
    match credential {
        CredentialDefinition::None => "none",
        CredentialDefinition::Password { .. } => "password",
        CredentialDefinition::Key { .. } => "key",
        CredentialDefinition::SharedKey { .. } => "shared_key",
        CredentialDefinition::AwsSigv4 { .. } => "aws_sigv4",
        CredentialDefinition::OAuth(_) => "oauth2",
    }
}

fn grant(grant: super::GrantDefinition) -> &'static str {
    use super::GrantDefinition as Grant;
    match grant {
        Grant::ClientCredentials => "client_credentials",
        Grant::AuthorizationCode => "authorization_code",
        Grant::DeviceCode => "device_code",
        Grant::Password => "password",
        Grant::JwtBearer => "jwt_bearer",
    }
}
