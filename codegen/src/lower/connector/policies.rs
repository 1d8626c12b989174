//! What policies read and set.

use crate::model::{Action, ApiKeyLocation, Piece, Policy, SchemeKind, Section};

/// Whether a policy reads a connection parameter.
pub(super) fn reads(policy: &Policy, parameter: &str) -> bool {
    let templates = policy.action.templates().into_iter();
    templates
        .flat_map(|template| &template.0)
        .any(|piece| matches!(piece, Piece::ConnectionParameter(name, _) if name.eq_ignore_ascii_case(parameter)))
}

/// Whether a policy puts something into the place where a scheme has its credential, without taking it from there.
pub(super) fn stands_in(policy: &Policy, scheme: &SchemeKind) -> bool {
    if policy.section != Section::Request || !policy.operations.is_empty() {
        return false;
    }
    let (header, query) = match scheme {
        SchemeKind::ApiKey { location, name } => match location {
            ApiKeyLocation::Header => (Some(name.as_str()), None),
            ApiKeyLocation::Query => (None, Some(name.as_str())),
            ApiKeyLocation::Cookie => (Some("cookie"), None),
        },
        SchemeKind::MutualTls => (None, None),
        _ => (Some("authorization"), None),
    };
    let is = |known: Option<&str>, name: &str| {
        known.is_some_and(|known| known.eq_ignore_ascii_case(name))
    };
    match &policy.action {
        Action::SetHeader { name, value, .. } => {
            let same = |piece: &Piece| matches!(piece, Piece::Header(read) if is(header, read));
            is(header, name) && !value.0.iter().any(same)
        }
        Action::SetQuery { name, value, .. } => {
            let same = |piece: &Piece| matches!(piece, Piece::Query(read) if is(query, read));
            is(query, name) && !value.0.iter().any(same)
        }
        _ => false,
    }
}
