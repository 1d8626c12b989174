//! The application that connection parameters describe.

use secrecy::ExposeSecret as _;

use super::{CLIENT_ID, CLIENT_SECRET, ExchangeValues, GRANT_TYPE};
use crate::credential::Credential;
use crate::descriptor::{OAuthFlowKind, ParameterSet, SecurityScheme};
use crate::error::Result;
use crate::oauth::{OAuthClient, Provider};

/// The application that the values name, if it calls for itself. Without a word of the connector's about the grant, a person is
/// to sign in, and an application in place of a person could do more, or less, than anybody expects.
///
/// # Errors
/// When what the connector says about the authorization server cannot be read.
pub(super) fn application(
    set: &'static ParameterSet,
    scheme: &'static SecurityScheme,
    exchange: &ExchangeValues,
) -> Result<Option<Credential>> {
    let provider = Provider::of(scheme)?.unwrap_or_default();
    let Some(id) = exchange.get(scheme.name(), CLIENT_ID) else {
        return Ok(None);
    };
    let given = exchange.get(scheme.name(), GRANT_TYPE);
    let given = given.map(|grant| grant.expose_secret().to_owned());
    let said = given.or_else(|| provider.says(GRANT_TYPE));
    let calls_for_itself = match said.or_else(|| provider.says("grant_type")) {
        Some(grant) => grant.eq_ignore_ascii_case("client_credentials"),
        None => is_for_applications(set.name()) || only_for_applications(scheme),
    };
    if !calls_for_itself {
        return Ok(None);
    }
    let client = match exchange.get(scheme.name(), CLIENT_SECRET) {
        Some(secret) => OAuthClient::new(id.expose_secret(), secret.clone()),
        None => OAuthClient::public(id.expose_secret()),
    };
    Ok(Some(Credential::oauth2_client_credentials(client)))
}

/// Whether the name of a set says that an application calls: `aadOauthClientCredentials`.
pub(crate) fn is_for_applications(set: &str) -> bool {
    let letters = set.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    name.contains("clientcredential") || name.contains("serviceprincipal")
}

fn only_for_applications(scheme: &SecurityScheme) -> bool {
    let kinds = || scheme.flow_list().iter().map(|flow| flow.kind());
    kinds().len() > 0 && kinds().all(|kind| kind == OAuthFlowKind::ClientCredentials)
}
