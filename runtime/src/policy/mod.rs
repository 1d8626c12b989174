//! What a Power Platform connector does to requests and responses on their way: its policies.
//!
//! A connector's `apiProperties.json` lists instances of policy templates. A generated crate holds them as a static table of
//! [`Policy`], and every call carries them out.
//!
//! # Order
//!
//! 1. The arguments of the operation make the request.
//! 2. Credentials that place a secret (API key, Basic, Bearer, OAuth) are applied, so that policies can read and replace them:
//!    `Bearer @headers('Authorization')`.
//! 3. The policies for requests run in the order of the file. Each sees what the ones before it did.
//! 4. [Hooks](crate::hook) run.
//! 5. Credentials that sign the request are applied: they cover all of it.
//!
//! An answer goes through the hooks, then through the policies for responses, and is decoded then.
//!
//! All this happens anew for every attempt. On redirects within the origin, credentials and headers are set again; another origin
//! gets none of them. A URL that an answer named (the next page, the address of a subscription) is used as it is: at the same
//! origin, headers are set, and query parameters that it does not have.
//!
//! # Expressions
//!
//! | expression | what it is |
//! |---|---|
//! | `@connectionParameters('x', 'default')` | the value that the connection has, else the default |
//! | `@headers('x')`, `@queryParameters('x')` | as they stand in the request; for a policy on responses, the headers of the answer |
//! | `@body().a['b']` | a value in the JSON body as it stands |
//! | `@item().a` | a value in the element that is worked on |
//! | `{x}` in a path | an argument of the operation |
//! | `@Request.OriginalHTTPMethod` | the method before any policy |
//!
//! An expression by itself keeps its JSON type. Mixed with text, strings are put in as they are and other values as JSON; a
//! property whose text then reads as a list or an object becomes one (`["created"]`).
//!
//! What is not there, or null, counts as no value. If none of a template's expressions has a value, or the text comes out empty,
//! the header, query parameter, or property is not set. A missing value in a host or a path is an error: the request would go
//! somewhere else.
//!
//! # Hosts
//!
//! `dynamichosturl` replaces scheme, host, and base path. `https://` is added where there is no scheme. A base URL that was set on
//! the connection wins over the policy. A value that is part of a host can't bring in anything but letters, digits, `-`, `.` and
//! `_`. A host that a header or query parameter of the call names must be https.
//!
//! Where a policy puts a secret in the request, it is treated as a credential: it is not sent unencrypted (see
//! [`Connection::allow_insecure_credentials`](crate::Connection::allow_insecure_credentials)), and its header is marked as
//! sensitive.
//!
//! # Bodies
//!
//! Policies on bodies touch JSON that is held in memory. Where they find nothing to work on, or something of another type, the
//! body stays as it is. Nothing is made for a parent that is missing. Streamed answers pass unchanged, and so do answers that
//! are errors.

mod body;
mod path;
mod request;
mod response;
mod template;
mod url;

pub(crate) use self::request::{Draft, Step};
pub(crate) use self::response::answered;
pub(crate) use self::template::Context;
use crate::descriptor::policy::Section;
pub use crate::descriptor::policy::{Action, Exists, Path, Piece, Policy, Target, Template};

/// The policies of a call for requests. Nothing that decides where a call goes touches a URL that an answer named.
pub(crate) fn for_requests(
    context: Context<'_>,
) -> impl Iterator<Item = &'static Action> + use<'_> {
    applying(context, Section::Request).filter(move |action| {
        !context.is_link || matches!(action, Action::SetHeader { .. } | Action::SetQuery { .. })
    })
}

/// The policies of a call for responses.
fn for_responses(context: Context<'_>) -> impl Iterator<Item = &'static Action> + use<'_> {
    applying(context, Section::Response)
}

/// Whether the status says that the credential of the connection is no good.
pub(crate) fn is_refusal(context: Context<'_>, status: u16) -> bool {
    applying(context, Section::Request)
        .chain(for_responses(context))
        .any(|action| matches!(action, Action::Unauthenticated { status: refused } if *refused == status))
}

fn applying(
    context: Context<'_>,
    section: Section,
) -> impl Iterator<Item = &'static Action> + use<'_> {
    let policies = context.api.policy_list().iter();
    policies
        .filter(move |policy| policy.section == section && applies(policy, context))
        .map(|policy| &policy.action)
}

/// Operations are compared without regard to case, as files name them. A call that the document does not describe gets what is
/// for all operations.
fn applies(policy: &Policy, context: Context<'_>) -> bool {
    let is_named = |id: &str| {
        policy
            .operations
            .iter()
            .any(|each| each.eq_ignore_ascii_case(id))
    };
    policy.operations.is_empty() || context.operation.is_some_and(|each| is_named(each.id()))
}

/// Whether a template looks into the body.
fn reads_body(template: &Template) -> bool {
    template
        .0
        .iter()
        .any(|piece| matches!(piece, Piece::Path(_)))
}
