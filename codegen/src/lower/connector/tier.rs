//! What it takes to call the API without the platform.

use crate::model::{Action, Api, ConnectionParameterKind, Policy, Section, Tier};
use crate::normalize::{Connector, covers};

/// The hardest requirement decides.
pub(super) fn tier(api: &Api, source: &Connector) -> Tier {
    let mut parameters = source.parameter_sets.iter().flat_map(|set| &set.parameters);
    if parameters.any(|parameter| parameter.kind == ConnectionParameterKind::Gateway) {
        return Tier::Gateway;
    }
    let policies = source.policies.iter().map(of_policy).max();
    let script = source.script.as_ref().map(|script| {
        if !script.edits_requests {
            return match script.edits_responses {
                true => Tier::ScriptResponses,
                false => Tier::Plain,
            };
        }
        let all = api
            .operations()
            .all(|operation| covers(&script.operations, &operation.id));
        match all {
            true => Tier::ScriptAll,
            false => Tier::ScriptSome,
        }
    });
    policies.max(script).unwrap_or_default()
}

/// Headers of an answer are no condition for reading it; bodies that are rewritten are.
fn of_policy(policy: &Policy) -> Tier {
    let is_request = policy.section == Section::Request;
    match policy.action {
        Action::SetHost { .. } | Action::SetHeader { .. } | Action::SetQuery { .. }
            if is_request =>
        {
            Tier::Policies
        }
        Action::SetHost { .. } | Action::SetHeader { .. } | Action::SetQuery { .. } => Tier::Plain,
        Action::Route { .. } => Tier::Routing,
        Action::SetProperty { .. }
        | Action::ReplaceText { .. }
        | Action::ObjectToArray { .. }
        | Action::ArrayToObject { .. }
        | Action::TextToArray { .. }
        | Action::EncodeText { .. }
        | Action::MoveProperties { .. }
        | Action::SetFromUrl { .. } => Tier::Bodies,
        // A client follows links and polls by itself.
        Action::NextLink { .. } | Action::Poll { .. } | Action::Unauthenticated { .. } => {
            Tier::Plain
        }
    }
}
