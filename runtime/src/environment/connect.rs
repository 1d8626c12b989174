//! From a definition to a connection that can be used.

use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::definition::{
    ConnectionDefinition, CredentialDefinition, GrantDefinition, OAuthDefinition, ProviderReference,
};
use crate::connection::{CLIENT_SECRET, Connection, means};
use crate::credential::{AwsAccessKey, Credential};
use crate::descriptor::{Api, SchemeKind, SecurityScheme};
use crate::error::{Error, Result};
use crate::oauth::{
    Assertion, ClientAuthentication, OAuthClient, OAuthCredential, Provider, SigningKey,
};
use crate::token::{TokenKey, TokenStore};

/// Where the parts of a definition lead.
pub(super) struct Context<'a> {
    /// What relative files are relative to.
    pub(super) folder: &'a Path,
    /// Where tokens are kept.
    pub(super) store: &'a Arc<dyn TokenStore>,
    /// What they are kept under.
    pub(super) id: &'a str,
}

/// The connection of a definition, but for its credentials.
pub(super) fn address(definition: &ConnectionDefinition, folder: &Path) -> Result<Connection> {
    let mut connection = Connection::new();
    connection.base_url.clone_from(&definition.base_url);
    connection.server = definition.server.unwrap_or_default();
    connection
        .server_variables
        .clone_from(&definition.server_variables);
    connection.insecure_credentials = definition.allow_insecure_credentials;
    for path in &definition.root_certificates {
        let path = folder.join(path);
        let pem = std::fs::read(&path).map_err(|error| {
            let path = path.display();
            Error::configuration(format!("the root certificate {path} cannot be read"))
                .with_source(error)
        })?;
        connection = connection.root_certificate(pem);
    }
    if let Some(identity) = &definition.client_identity {
        connection = connection.client_identity(identity.read(folder)?);
    }
    if let Some(proxy) = &definition.proxy {
        connection = connection.proxy(proxy.read(folder)?);
    }
    Ok(connection)
}

/// The connection of a definition for an API.
pub(super) fn connection(
    definition: &ConnectionDefinition,
    api: &Api,
    context: &Context<'_>,
) -> Result<Connection> {
    let mut connection = address(definition, context.folder)?;
    for (name, credential) in &definition.credentials {
        let Some(scheme) = api.scheme(name) else {
            let schemes = api.scheme_list().iter();
            let known: Vec<String> = schemes.map(|known| format!("`{}`", known.name())).collect();
            let known = match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(", "),
            };
            return Err(Error::configuration(format!(
                "the connection has a credential for the security scheme `{name}`, which `{}` does not have (it has {known}): \
                 remove the connection and add it with a scheme of the API",
                api.name()
            )));
        };
        let credential = self::credential(credential, scheme, definition, context)?;
        connection = connection.credential(name, credential);
    }
    parameters(connection, definition, api, context.folder)
}

/// Adds the connection parameters.
fn parameters(
    mut connection: Connection,
    definition: &ConnectionDefinition,
    api: &Api,
    folder: &Path,
) -> Result<Connection> {
    connection
        .parameter_set
        .clone_from(&definition.parameter_set);
    let sets = api.parameter_set_list();
    let is_known = |name: &str| sets.iter().any(|set| set.parameter(name).is_some());
    let mut credentials = definition.credentials.values();
    let has_oauth = credentials.any(|each| matches!(each, CredentialDefinition::OAuth(_)));
    for (name, value) in &definition.parameters {
        // What only a provider's templates know is no parameter of the connector.
        if is_known(name) || !(sets.is_empty() || has_oauth) {
            connection = connection.parameter(name, value.as_str());
        }
    }
    for (name, secret) in &definition.secrets {
        connection = connection.parameter(name, secret.read(folder)?);
    }
    Ok(connection)
}

fn credential(
    credential: &CredentialDefinition,
    scheme: &SecurityScheme,
    definition: &ConnectionDefinition,
    context: &Context<'_>,
) -> Result<Credential> {
    let folder = context.folder;
    Ok(match credential {
        CredentialDefinition::None => Credential::none(),
        CredentialDefinition::Password { username, password } => {
            let password = password.read(folder)?;
            match scheme.kind() {
                SchemeKind::Digest => Credential::digest(username, password),
                _ => Credential::basic(username, password),
            }
        }
        CredentialDefinition::Key { key } => match scheme.kind() {
            SchemeKind::ApiKeyHeader(_)
            | SchemeKind::ApiKeyQuery(_)
            | SchemeKind::ApiKeyCookie(_) => Credential::api_key(key.read(folder)?),
            _ => Credential::bearer(key.read(folder)?),
        },
        CredentialDefinition::SharedKey { account, key } => {
            Credential::shared_key(account, key.read(folder)?)
        }
        CredentialDefinition::AwsSigv4 {
            access_key_id,
            secret_access_key,
            session_token,
            region,
            service,
        } => {
            let mut key = AwsAccessKey::new(access_key_id, secret_access_key.read(folder)?);
            if let Some(token) = session_token {
                key = key.session_token(token.read(folder)?);
            }
            if let Some(region) = region {
                key = key.region(region);
            }
            if let Some(service) = service {
                key = key.service(service);
            }
            Credential::aws_sigv4(key)
        }
        CredentialDefinition::OAuth(oauth) => {
            let key = TokenKey::new(context.id, scheme.name());
            let tokens = oauth_credential(oauth, definition, folder)?;
            tokens.kept_in(context.store.clone(), key).into()
        }
    })
}

/// The OAuth client of a definition.
pub(super) fn oauth_client(
    oauth: &OAuthDefinition,
    definition: &ConnectionDefinition,
    folder: &Path,
) -> Result<OAuthClient> {
    let uses_key = oauth.authentication == Some(ClientAuthentication::PrivateKeyJwt)
        || (oauth.authentication.is_none() && oauth.client_secret.is_none());
    let mut client = match (&oauth.client_secret, &oauth.private_key) {
        (_, Some(key)) if uses_key && oauth.grant != GrantDefinition::JwtBearer => {
            OAuthClient::with_key(&oauth.client_id, signing_key(key.read(folder)?, oauth)?)
        }
        (Some(secret), _) => OAuthClient::new(&oauth.client_id, secret.read(folder)?),
        (None, _) => OAuthClient::public(&oauth.client_id),
    };
    client = client.provider(provider(oauth)?);
    if let Some(authentication) = oauth.authentication {
        client = client.authentication(authentication);
    }
    if let Some(scopes) = &oauth.scopes {
        client = client.scopes(scopes);
    }
    for (name, value) in &oauth.token_parameters {
        client = client.parameter(name, value);
    }
    for (name, value) in &definition.parameters {
        client = client.value(name, value);
        // `token:X` of a connector is `X` to the authorization server.
        if let Some((_, name)) = name.split_once(':') {
            client = client.value(name, value);
        }
    }
    Ok(client)
}

/// The OAuth client of a definition, with all that the connector says about the authorization server: for those who sign in or
/// out without a client of the API.
pub(super) fn described_client(
    oauth: &OAuthDefinition,
    scheme: &str,
    definition: &ConnectionDefinition,
    folder: &Path,
) -> Result<OAuthClient> {
    let mut client = oauth_client(oauth, definition, folder)?;
    let Some(description) = &definition.description else {
        return Ok(client);
    };
    for (name, secret) in &definition.secrets {
        let name = name.split_once(':').map(|(_, name)| name);
        if let Some(name) = name.filter(|name| !means(name, CLIENT_SECRET)) {
            client = client.value(name, secret.read(folder)?.expose_secret());
        }
    }
    let Some(scheme) = description.scheme(scheme) else {
        return Ok(client);
    };
    let server = description
        .servers
        .get(definition.server.unwrap_or_default());
    let base = definition
        .base_url
        .as_deref()
        .or(server.map(|server| server.url.as_str()));
    let base = base.and_then(|base| Url::parse(base).ok());
    let described = match (&oauth.provider, &scheme.provider) {
        (None, _) => scheme.provider(oauth.grant, base.as_ref()),
        (Some(_), Some(provider)) => Provider::clone(provider),
        // Whoever names a server means its endpoints.
        (Some(_), None) => return Ok(client),
    };
    let own = provider(oauth)?;
    Ok(client.provider(own.over(described)))
}

/// The authorization server that a definition names or describes.
pub(super) fn provider(oauth: &OAuthDefinition) -> Result<Provider> {
    match &oauth.provider {
        None => Ok(Provider::default()),
        Some(ProviderReference::Known(name)) => Provider::known(name),
        Some(ProviderReference::Described(provider)) => Ok((**provider).clone()),
    }
}

fn signing_key(pem: SecretString, oauth: &OAuthDefinition) -> Result<SigningKey> {
    let key = SigningKey::from_pem(pem)?;
    Ok(match &oauth.key_id {
        Some(id) => key.key_id(id),
        None => key,
    })
}

fn oauth_credential(
    oauth: &OAuthDefinition,
    definition: &ConnectionDefinition,
    folder: &Path,
) -> Result<OAuthCredential> {
    let client = oauth_client(oauth, definition, folder)?;
    let missing =
        |what: &str| Error::configuration(format!("the connection's OAuth grant needs a {what}"));
    Ok(match oauth.grant {
        GrantDefinition::ClientCredentials => OAuthCredential::client_credentials(client),
        GrantDefinition::AuthorizationCode | GrantDefinition::DeviceCode => {
            OAuthCredential::interactive(client)
        }
        GrantDefinition::Password => {
            let username = oauth.username.clone().ok_or_else(|| missing("username"))?;
            let password = oauth.password.as_ref().ok_or_else(|| missing("password"))?;
            OAuthCredential::password(client, username, password.read(folder)?)
        }
        GrantDefinition::JwtBearer => {
            let key = oauth
                .private_key
                .as_ref()
                .ok_or_else(|| missing("private_key"))?;
            // A service account: its id is the issuer, and the person it acts for the subject.
            let subject = oauth.username.as_deref().unwrap_or(&oauth.client_id);
            let bearer = Assertion::grant(&oauth.client_id)
                .subject(subject)
                .signed_by(signing_key(key.read(folder)?, oauth)?);
            OAuthCredential::jwt_bearer(client, bearer)
        }
    })
}
