//! What operations of a connector require.

use std::collections::HashSet;

use openapiv3::{OpenAPI, ReferenceOr};

use super::binding::Bound;
use super::policies::stands_in;
use crate::diagnostics::{Code, Diagnostics, Pointer};
use crate::model::{Api, Requirement};
use crate::normalize::Connector;

/// The alternatives of an operation.
type Alternatives = Vec<Vec<Requirement>>;

/// Makes every operation use the schemes that connection parameters feed, one alternative per set, as the platform does whatever
/// `security` says. An operation that says itself that it needs nothing, in a document that requires something, may be called
/// without as well: there are logins among these.
///
/// Where no parameter feeds a scheme, what the document requires stays, but is no condition: nobody could meet it.
pub(super) fn require(
    api: &mut Api,
    source: &Connector,
    sets: &[Bound],
    document: &OpenAPI,
    diagnostics: &mut Diagnostics,
) {
    report_unfed(api, source, sets, diagnostics);
    let fed = sets.iter().any(|set| !set.fed.is_empty());
    let alternatives = alternatives(sets);
    let replaced: HashSet<String> = api
        .security_schemes
        .iter()
        .filter(|scheme| {
            let mut policies = source.policies.iter();
            policies.any(|policy| stands_in(policy, &scheme.kind))
        })
        .map(|scheme| scheme.name.clone())
        .collect();
    let open = open_operations(document);
    for operation in api.tags.iter_mut().flat_map(|tag| &mut tag.operations) {
        let mut own = match (&mut operation.security, fed) {
            (_, true) => alternatives.clone(),
            (Some(own), false) if !own.is_empty() => {
                let mut own = std::mem::take(own);
                for alternative in &mut own {
                    alternative.retain(|one| !replaced.contains(&one.scheme));
                }
                push(&mut own, Vec::new());
                own
            }
            (_, false) => continue,
        };
        if open.contains(&operation.pointer) {
            push(&mut own, Vec::new());
        }
        operation.security = Some(own);
    }
}

/// One alternative per set, with all that it feeds; and one without what may be left out. Anonymous access comes last.
fn alternatives(sets: &[Bound]) -> Alternatives {
    let mut alternatives = Vec::new();
    let schemes = |set: &Bound, all: bool| -> Vec<Requirement> {
        let fed = set.fed.iter().filter(|(_, always)| all || *always);
        fed.map(|(scheme, _)| Requirement {
            scheme: scheme.clone(),
            scopes: Vec::new(),
        })
        .collect()
    };
    for all in [true, false] {
        for set in sets {
            push(&mut alternatives, schemes(set, all));
        }
    }
    alternatives.sort_by_key(Vec::is_empty);
    alternatives
}

fn push(alternatives: &mut Alternatives, alternative: Vec<Requirement>) {
    if !alternatives.contains(&alternative) {
        alternatives.push(alternative);
    }
}

/// The operations that say themselves that they need nothing, where the document says that operations need something.
fn open_operations(document: &OpenAPI) -> HashSet<Pointer> {
    let is_empty = |alternatives: &Vec<openapiv3::SecurityRequirement>| {
        alternatives.iter().all(indexmap::IndexMap::is_empty)
    };
    if document.security.as_ref().is_none_or(is_empty) {
        return HashSet::new();
    }
    let paths = Pointer::from_tokens(["paths"]);
    let mut open = HashSet::new();
    for (path, item) in &document.paths.paths {
        let ReferenceOr::Item(item) = item else {
            continue;
        };
        for (method, operation) in item.iter() {
            if operation.security.as_ref().is_some_and(is_empty) {
                open.insert(paths.join(path).join(method));
            }
        }
    }
    open
}

/// Tells about schemes that operations require and that no parameter feeds.
fn report_unfed(api: &Api, source: &Connector, sets: &[Bound], diagnostics: &mut Diagnostics) {
    let fed = sets.iter().flat_map(|set| &set.fed);
    let fed: HashSet<&str> = fed.map(|(scheme, _)| scheme.as_str()).collect();
    let required = api.operations().flat_map(|operation| &operation.security);
    let required = required.flatten().flatten();
    let required: HashSet<&str> = required.map(|one| one.scheme.as_str()).collect();
    let base = Pointer::from_tokens(["components", "securitySchemes"]);
    for scheme in &api.security_schemes {
        let name = scheme.name.as_str();
        if fed.contains(name) || !required.contains(name) {
            continue;
        }
        let mut policies = source.policies.iter();
        let instead = match policies.any(|policy| stands_in(policy, &scheme.kind)) {
            true => "a policy sends it",
            false => "calls go without it unless the client is given a credential for it",
        };
        let message = format!(
            "no connection parameter holds the credential of the scheme `{name}`; {instead}"
        );
        diagnostics.note(Code::SecuritySchemeUnfed, &base.join(name), message);
    }
}
