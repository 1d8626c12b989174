//! What policies read and set.

use std::collections::HashSet;

use crate::model::{Action, ApiKeyLocation, Piece, Policy, SchemeKind, Section};

/// The connection parameters that policies read, in lower case.
pub(super) fn read(policies: &[Policy]) -> HashSet<String> {
    let templates = policies.iter().flat_map(|policy| policy.action.templates());
    let names = templates
        .flat_map(|template| &template.0)
        .filter_map(|piece| match piece {
            Piece::ConnectionParameter(name, _) => Some(name.to_ascii_lowercase()),
            _ => None,
        });
    names.collect()
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
