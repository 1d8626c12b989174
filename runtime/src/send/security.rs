//! Which credentials a call uses.

use std::collections::BTreeSet;

use http::{HeaderMap, Method};
use url::Url;

use crate::body::Body;
use crate::connection::{is_local, variable_names};
use crate::credential::{Authorizer, Outgoing, authorizer};
use crate::descriptor::{Requirement, SchemeKind, SecurityScheme};
use crate::error::{Error, Result};
use crate::request::Request;

/// A credential that the call uses, and the scheme that asks for it.
pub(super) struct Grant {
    pub(super) scheme: &'static SecurityScheme,
    pub(super) scopes: &'static [&'static str],
    pub(super) authorizer: Authorizer,
}

impl Grant {
    /// The request as the credential sees it: after a redirect, method and body may not be those of the call.
    pub(super) fn outgoing<'a>(
        &'a self,
        method: &'a Method,
        url: &'a mut Url,
        headers: &'a mut HeaderMap,
        (body, body_length): (&'a Body, Option<u64>),
    ) -> Outgoing<'a> {
        Outgoing {
            scheme: self.scheme,
            scopes: self.scopes,
            method,
            url,
            headers,
            body: body.as_bytes(),
            body_length,
        }
    }
}

/// Which credentials have their turn.
#[derive(Clone, Copy)]
pub(super) enum Turn {
    All,
    /// Those that place a secret.
    Placing,
    /// Those that sign what leaves.
    Signing,
}

impl Turn {
    pub(super) fn includes(self, grant: &Grant) -> bool {
        match self {
            Self::All => true,
            Self::Placing => !grant.authorizer.signs(),
            Self::Signing => grant.authorizer.signs(),
        }
    }
}

/// Chooses the first alternative that the connection satisfies. An anonymous call is the last resort, wherever the document
/// lists it: whoever sets a credential wants it used.
pub(super) fn choose(request: &Request) -> Result<Vec<Grant>> {
    if !request.is_trusted() {
        return Ok(Vec::new());
    }
    let Some(operation) = request.operation() else {
        return any(request);
    };
    let Some(alternatives) = operation.security else {
        return Ok(Vec::new());
    };
    for alternative in alternatives
        .iter()
        .filter(|alternative| !alternative.is_empty())
    {
        if let Some(grants) = satisfy(request, alternative)? {
            return Ok(grants);
        }
    }
    if alternatives.is_empty()
        || alternatives
            .iter()
            .any(|alternative| alternative.is_empty())
    {
        return Ok(Vec::new());
    }
    Err(missing(request, alternatives))
}

/// For a call that the document does not describe: the first scheme that has a credential.
fn any(request: &Request) -> Result<Vec<Grant>> {
    for scheme in request.client.api().scheme_list() {
        if let Some(authorizer) = credential(request, scheme)? {
            return Ok(vec![Grant {
                scheme,
                scopes: &[],
                authorizer,
            }]);
        }
    }
    Ok(Vec::new())
}

fn satisfy(request: &Request, alternative: &'static [Requirement]) -> Result<Option<Vec<Grant>>> {
    let mut grants = Vec::with_capacity(alternative.len());
    for requirement in alternative {
        let Some(scheme) = request.client.api().scheme(requirement.scheme) else {
            return Ok(None);
        };
        match credential(request, scheme)? {
            Some(authorizer) => grants.push(Grant {
                scheme,
                scopes: requirement.scopes,
                authorizer,
            }),
            // The identity is part of the connection's TLS; the request needs no edit.
            None if has_identity(request, scheme) => {}
            None => return Ok(None),
        }
    }
    Ok(Some(grants))
}

fn has_identity(request: &Request, scheme: &SecurityScheme) -> bool {
    scheme.kind() == SchemeKind::MutualTls && request.client.connection().client_identity.is_some()
}

fn credential(request: &Request, scheme: &'static SecurityScheme) -> Result<Option<Authorizer>> {
    let shared = &request.client.0;
    let own = request
        .options
        .credentials
        .iter()
        .rfind(|(name, _)| name == scheme.name());
    match own {
        Some((_, credential)) => authorizer(credential, scheme, &shared.environment()).map(Some),
        None => Ok(shared.authorizers.get(scheme.name()).cloned()),
    }
}

fn missing(request: &Request, alternatives: &[&[Requirement]]) -> Error {
    let describe = |alternative: &&[Requirement]| {
        let schemes: Vec<String> = alternative
            .iter()
            .map(|requirement| describe(request, requirement))
            .collect();
        schemes.join(" and ")
    };
    // The same schemes with other scopes are not another choice.
    let mut seen = BTreeSet::new();
    let choices: Vec<String> = alternatives
        .iter()
        .map(describe)
        .filter(|choice| seen.insert(choice.clone()))
        .collect();
    Error::credential(format!(
        "no credential: the connection needs {}",
        choices.join(", or ")
    ))
}

/// "`key` (ACME_API_KEY)".
fn describe(request: &Request, requirement: &Requirement) -> String {
    let api = request.client.api();
    let name = requirement.scheme;
    let Some(scheme) = api.scheme(name) else {
        return format!("`{name}` (which the document does not describe)");
    };
    let variables = variable_names(api, scheme);
    match scheme.kind() {
        SchemeKind::MutualTls => {
            format!("`{name}` (a client identity: {})", variables.join(" and "))
        }
        _ if variables.is_empty() => format!("`{name}` (a custom credential)"),
        _ => format!("`{name}` ({})", variables.join(" and ")),
    }
}

/// Refuses to send credentials in the clear, and other secrets of the connection if `secret` says that there are any.
pub(super) fn require_encryption(
    request: &Request,
    grants: &[Grant],
    url: &Url,
    secret: bool,
) -> Result<()> {
    if grants.is_empty() && !secret || url.scheme() == "https" || is_local(url) {
        return Ok(());
    }
    if request.client.connection().insecure_credentials {
        return Ok(());
    }
    let what = match grants.first() {
        Some(grant) => format!("the credential for `{}`", grant.scheme.name()),
        None => "the secret of the connection".to_owned(),
    };
    Err(Error::credential(format!(
        "{} is not encrypted, so {what} is not sent: use https, or allow it on the connection",
        super::origin(url),
    )))
}
