//! Credentials from values.

use secrecy::{ExposeSecret as _, SecretString};

use super::value;
use crate::connection::Connection;
#[cfg(feature = "sigv4")]
use crate::credential::AwsAccessKey;
use crate::credential::Credential;
use crate::descriptor::{Binding, ParameterSet, SchemeKind, SecurityScheme};

/// The credential that the values bound to a scheme make.
pub(super) fn bound(
    set: &'static ParameterSet,
    scheme: &SecurityScheme,
    connection: &Connection,
) -> Option<Credential> {
    let name = scheme.name();
    let find = |wanted: fn(&'static str) -> Binding| -> Option<SecretString> {
        let wanted = wanted(name_of(set, name)?);
        let parameters = set.parameters().iter();
        let mut bound = parameters.filter(|each| each.bindings.contains(&wanted));
        bound.find_map(|each| value(each, connection)).cloned()
    };
    if let Some(token) = find(Binding::OAuth) {
        return Some(token_credential(scheme.kind(), &token));
    }
    let (username, password) = (find(Binding::Username), find(Binding::Password));
    let key = find(Binding::Key);
    if username.is_none() && password.is_none() {
        return Some(key_credential(scheme.kind(), key?));
    }
    let username = username.unwrap_or_default();
    let password = password.or(key).unwrap_or_default();
    Some(pair_credential(
        scheme.kind(),
        username.expose_secret(),
        password,
    ))
}

/// The name of a scheme as the bindings have it.
fn name_of(set: &'static ParameterSet, scheme: &str) -> Option<&'static str> {
    let mut bindings = set.parameters().iter().flat_map(|each| each.bindings);
    bindings.find_map(|binding| binding.scheme().filter(|name| *name == scheme))
}

/// An access token, where it is expected.
fn token_credential(kind: SchemeKind, token: &SecretString) -> Credential {
    match kind {
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            Credential::api_key(format!("Bearer {}", token.expose_secret()))
        }
        _ => Credential::bearer(token.clone()),
    }
}

fn key_credential(kind: SchemeKind, key: SecretString) -> Credential {
    match kind {
        SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
            Credential::api_key(key)
        }
        // APIs that take a key as the user name want no password.
        SchemeKind::Basic => Credential::basic(key.expose_secret(), ""),
        _ => Credential::bearer(key),
    }
}

fn pair_credential(kind: SchemeKind, name: &str, secret: SecretString) -> Credential {
    match kind {
        #[cfg(feature = "digest")]
        SchemeKind::Digest => Credential::digest(name, secret),
        #[cfg(feature = "shared-key")]
        SchemeKind::AzureSharedKey => Credential::shared_key(name, secret),
        #[cfg(feature = "sigv4")]
        SchemeKind::AwsSigV4 => Credential::aws_sigv4(AwsAccessKey::new(name, secret)),
        _ => Credential::basic(name, secret),
    }
}
