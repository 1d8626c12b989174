//! The wire tests of the generated crate: calls with made-up values, and what each must send.
//!
//! What is expected is computed here, from the canonical document and the texts of the specifications: OpenAPI 3.0.4, 3.1.1 and
//! 3.2.0, RFC 3986, RFC 6570, RFC 7578 and the URL standard. It shares no code with the runtime's encoder, and of the lowered
//! operation it uses the names only: what it says about styles is read from the document again. Where the specifications leave
//! something open, it is not expected.

mod answer;
mod body;
mod cases;
mod document;
mod parameter;
mod percent;
mod request;
mod value;

use openapiv3::OpenAPI;

use self::document::Source;
use self::request::Target;
use crate::diagnostics::{Code, Diagnostics, Pointer};
use crate::model::wire::{Credential, Operation};
use crate::model::{self, Api, ApiKeyLocation, SchemeKind, Section};
use crate::synthesis::Synthesis;

/// Why an operation has no test although values could be made up for it.
const TOO_MUCH: &str = "making up values for all operations of the document takes too long";

/// Makes the tests of all operations.
pub(super) fn tests(
    api: &Api,
    document: &OpenAPI,
    diagnostics: &mut Diagnostics,
) -> Vec<Operation> {
    let synthesis = Synthesis::sparing(document, cases::MAX_CASES);
    let mut tests = Vec::new();
    let mut left_out = 0;
    for (tag, of_tag) in api.tags.iter().enumerate() {
        for (index, operation) in of_tag.operations.iter().enumerate() {
            let mut test = Operation {
                tag,
                operation: index,
                cases: Vec::new(),
                answers: Vec::new(),
                credentials: credentials(api, operation),
                not_callable: None,
                rewritten: is_rewritten(api, operation),
            };
            if !synthesis.is_exhausted() {
                fill_in(api, operation, document, &synthesis, &mut test);
            }
            // It may have too few cases.
            if synthesis.is_exhausted() {
                left_out += 1;
                test.cases.clear();
                test.answers.clear();
                test.not_callable = Some(TOO_MUCH.to_owned());
            }
            tests.push(test);
        }
    }
    if left_out > 0 {
        let message = format!("{TOO_MUCH}: {left_out} of {} are not tested", tests.len());
        diagnostics.warn(Code::TestsIncomplete, &Pointer::root(), message);
    }
    tests
}

/// Adds the calls and the answers.
fn fill_in<'a>(
    api: &'a Api,
    operation: &'a model::Operation,
    document: &'a OpenAPI,
    synthesis: &Synthesis<'a>,
    test: &mut Operation,
) {
    let Some(source) = Source::of(document, operation) else {
        test.not_callable = Some("the document has it in a form of its own".to_owned());
        return;
    };
    test.answers = answer::answers(operation, &source, synthesis);
    let parameters = operation.parameters.iter();
    let target = Target {
        operation,
        parameters: parameters.map(|of| source.parameter(of)).collect(),
        credentials: &test.credentials,
    };
    match cases::cases(api, &target, &source, synthesis) {
        Ok(cases) => test.cases = cases,
        Err(reason) => test.not_callable = Some(reason),
    }
    // A key in the query hides a parameter of the same name.
    for credential in &test.credentials {
        if let Credential::Query(name) = credential {
            for case in &mut test.cases {
                case.sent.unspecified.push(name.clone());
            }
        }
    }
    for case in &mut test.cases {
        drop_unspecified(&mut case.sent);
    }
}

/// Takes pairs out of the expected query that are not compared.
fn drop_unspecified(sent: &mut model::wire::Sent) {
    let names: Vec<_> = sent
        .unspecified
        .iter()
        .map(|name| request::query_name(name))
        .collect();
    let pairs = sent.query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !names.iter().any(|hidden| name == hidden)
    });
    sent.query = pairs.collect::<Vec<_>>().join("&");
}

/// What credentials put into each request, if there is one for each scheme: those of the first alternative that asks for any.
fn credentials(api: &Api, operation: &model::Operation) -> Vec<Credential> {
    let alternatives = operation.security.as_deref().unwrap_or_default();
    let known = |name: &str| {
        api.security_schemes
            .iter()
            .find(|scheme| scheme.name == name)
    };
    let complete = alternatives.iter().find(|alternative| {
        !alternative.is_empty() && alternative.iter().all(|of| known(&of.scheme).is_some())
    });
    let schemes = complete
        .into_iter()
        .flatten()
        .filter_map(|of| known(&of.scheme));
    schemes
        .filter_map(|scheme| match &scheme.kind {
            SchemeKind::ApiKey { location, name } => Some(match location {
                ApiKeyLocation::Header => Credential::Header(name.clone()),
                ApiKeyLocation::Query => Credential::Query(name.clone()),
                ApiKeyLocation::Cookie => Credential::Cookie(name.clone()),
            }),
            // It shows in the TLS handshake.
            SchemeKind::MutualTls => None,
            SchemeKind::Basic
            | SchemeKind::Bearer
            | SchemeKind::Digest
            | SchemeKind::Http(_)
            | SchemeKind::OAuth2(_)
            | SchemeKind::OpenIdConnect { .. }
            | SchemeKind::AzureSharedKey
            | SchemeKind::AwsSigV4 => Some(Credential::Header("Authorization".to_owned())),
        })
        .collect()
}

/// Whether the request that leaves isn't the one that the document describes.
fn is_rewritten(api: &Api, operation: &model::Operation) -> bool {
    let policies = api
        .connector
        .iter()
        .flat_map(|connector| &connector.policies);
    let mut of_requests = policies.filter(|policy| policy.section == Section::Request);
    operation.extensions.scripted
        || of_requests
            .any(|policy| policy.operations.is_empty() || policy.operations.contains(&operation.id))
}
