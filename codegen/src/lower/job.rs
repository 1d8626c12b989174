//! Long-running operations: as `connector.toml` says, as `x-ms-long-running-operation` says, or as a documented 202 shows.

use openapiv3::{Operation as Source, ReferenceOr, StatusCode};
use serde_json::Value;

use super::Lowering;
use crate::diagnostics::Pointer;
use crate::model::{Api, FinalState, Job, KnownBy, Operation, Outcome, Output, Status, Type};
use crate::settings::{self, Settings, Switch};

/// Headers that say where to ask how an operation stands.
const HEADERS: [&str; 3] = ["location", "operation-location", "azure-asyncoperation"];

impl<'a> Lowering<'a> {
    /// What an operation says about its end, if that comes later.
    ///
    /// The type of its result is known once all models are.
    pub fn job(&self, operation: &Operation, source: &'a Source) -> Option<Job> {
        let says = source.extensions.get("x-ms-long-running-operation");
        let known_by = match says.and_then(Value::as_bool) {
            Some(true) => KnownBy::Extension,
            // What is said counts, not what it looks like.
            Some(false) => return None,
            None if operation.method != "GET" && self.has_accepted(source) => KnownBy::Shape,
            None => return None,
        };
        let options = source.extensions.get("x-ms-long-running-operation-options");
        let via = options.and_then(|options| options.get("final-state-via")?.as_str());
        Some(Job {
            final_state: match via {
                Some("location") => FinalState::Location,
                Some("original-uri") => FinalState::OriginalUri,
                Some("azure-async-operation" | "operation-location") => FinalState::Monitor,
                _ => FinalState::Automatic,
            },
            has_result: source
                .responses
                .responses
                .keys()
                .any(|code| matches!(code, StatusCode::Code(200 | 201) | StatusCode::Range(2))),
            ..Job::new(known_by)
        })
    }

    /// Whether a 202 with a header that leads on is documented.
    fn has_accepted(&self, source: &'a Source) -> bool {
        let responses = source.responses.responses.iter();
        let mut accepted = responses.filter(|(code, _)| **code == StatusCode::Code(202));
        let response = accepted.next().and_then(|(_, response)| match response {
            ReferenceOr::Item(response) => Some(response),
            reference @ ReferenceOr::Reference { .. } => {
                Some(self.response_source(reference, Pointer::root())?.0)
            }
        });
        let names = response
            .into_iter()
            .flat_map(|response| response.headers.keys());
        let mut names = names.map(|name| name.to_ascii_lowercase());
        names.any(|name| HEADERS.contains(&name.as_str()))
    }
}

/// Decides about each operation whether it is long-running, and what it ends with, once all models are known.
pub(super) fn settle(api: &mut Api, settings: &Settings) {
    for operation in api.tags.iter_mut().flat_map(|tag| &mut tag.operations) {
        settle_one(operation, settings);
    }
}

fn settle_one(operation: &mut Operation, settings: &Settings) {
    let set = settings.operation(&operation.id, &operation.method, &operation.path);
    match set.and_then(|set| set.long_running.as_ref()) {
        Some(Switch::Off) => operation.extensions.job = None,
        Some(Switch::On(table)) => {
            let said = operation.extensions.job.take();
            operation.extensions.job = Some(set_by(table.get_ref(), said));
        }
        None => {}
    }
    if let Some(job) = &mut operation.extensions.job
        && job.has_result
        && (job.final_state != FinalState::Monitor || job.result.is_some())
        && let Some(ty) = result(&operation.output)
    {
        job.ty = ty;
    }
}

fn set_by(table: &settings::LongRunning, said: Option<Job>) -> Job {
    let text =
        |place: &Option<settings::Place>| place.as_ref().map(|place| place.get_ref().clone());
    let stated = said
        .as_ref()
        .map_or(FinalState::Automatic, |job| job.final_state);
    Job {
        has_result: said.is_none_or(|job| job.has_result),
        final_state: match table.final_state {
            None => stated,
            Some(settings::FinalState::Location) => FinalState::Location,
            Some(settings::FinalState::OriginalUri) => FinalState::OriginalUri,
            Some(settings::FinalState::Monitor) => FinalState::Monitor,
        },
        status: text(&table.status),
        result: text(&table.result),
        ..Job::new(KnownBy::Settings)
    }
}

/// The type of what an operation ends with: a documented 200 or 201. The body of a 202 is about the way there.
fn result(output: &Output) -> Option<Type> {
    match output {
        Output::One(Outcome::Json(ty)) => Some(ty.clone()),
        Output::One(_) => None,
        Output::ByStatus { outcomes, .. } => {
            let wanted = [Status::Code(200), Status::Code(201)];
            wanted.iter().find_map(|wanted| {
                let mut found = outcomes.iter().filter(|(status, ..)| status == wanted);
                match found.next()? {
                    (.., Outcome::Json(ty)) => Some(ty.clone()),
                    _ => None,
                }
            })
        }
    }
}
