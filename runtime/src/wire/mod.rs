//! Wire tests: what the tests of a generated crate (`connector-gen --tests`) run on.
//!
//! A generated crate has a test for each operation, and beside it the calls as data: arguments, and what each call must put on the
//! wire. What is expected was computed when the crate was generated, from the document and by other code than this library's.
//! Calls go through the generated functions, so that a wrong name, order or type in them shows.
//!
//! Without configuration, nothing leaves the process: calls go to a [`MockTransport`](crate::mock::MockTransport) with made-up
//! credentials. Method, path, query, headers, cookies and body are compared, and a documented success must be understood.
//!
//! | variable | meaning |
//! |---|---|
//! | `CONNECTOR_TEST_SERVER` | the base URL of a server that calls are sent to; it decides whether they are right |
//! | `CONNECTOR_TEST_CREDENTIALS` | `made-up`: with credentials that are made up; unset: with those of the crate's own variables |
//! | `CONNECTOR_TEST_REPORT` | a file that gets a line of JSON for each call |
//!
//! # What a server's answer means
//!
//! A call is *accepted* when the server answers with a success that is understood, and when it refuses for reasons of its own:
//! 402, 409, 410, 412, 429 and the like, and 404 where the document has it, since values are made up. It is *rejected* when the
//! status says that the request broke the document: 400, 405, 406, 411, 413, 414, 415, 417, 422, 431, 501, and 404 where the
//! document does not have it; when it wasn't authorized (401, 403, 407); and, whatever the status, when the body is one of
//! Prism's errors. It is *unanswered* when Prism found nothing wrong with it, and has no answer that it could give. It has *failed*
//! when there was no answer, another 5xx, or a success that is not understood. It was *undecodable* when a made-up value did not fit
//! the type of its argument, and *not callable* when no value could be made up.
//! All but accepted, unanswered and not callable fail the test.

mod case;
mod compare;
mod credentials;
mod parts;
mod report;
mod server;
mod value;

use std::fmt;
use std::pin::Pin;

pub use self::case::{Case, Cases};
use self::report::{Outcome, Verdict};
use crate::client::Client;
use crate::descriptor::Api;
use crate::error::Result;
use crate::request::Sending;

/// A call that has been made and is to be sent.
pub struct Call(Pin<Box<dyn Future<Output = Result<()>>>>);

impl<T: 'static> From<Sending<T>> for Call {
    fn from(sending: Sending<T>) -> Self {
        Self(Box::pin(async move { sending.await.map(drop) }))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// A made-up value that does not fit the type of its argument.
#[derive(Debug)]
pub struct Undecodable(String);

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Undecodable {}

/// How a call is made with the generated functions.
pub type Make<'a> = &'a dyn Fn(Client, &Case<'_>) -> Result<Call, Undecodable>;

/// Makes the calls of an operation and checks each.
///
/// # Panics
/// When a call is not what it should be; the message has all that are not. That fails the test.
pub fn check(api: &'static Api, cases: &Cases, operation: &str, make: Make<'_>) {
    let failures = failures(api, cases, operation, make);
    assert!(
        failures.is_empty(),
        "{} of the calls of `{operation}` went wrong:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Says in the report that an operation can't be called.
pub fn not_callable(operation: &str, reason: &str) {
    report::write(operation, "", &Verdict::new(Outcome::NotCallable, reason));
}

/// What is wrong with the calls of an operation, each in a text of its own.
fn failures(api: &'static Api, cases: &Cases, operation: &str, make: Make<'_>) -> Vec<String> {
    let Some(tests) = cases.of(operation) else {
        return vec![format!("there are no calls of `{operation}`")];
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return vec![format!("no runtime: {error}")],
    };
    let server = server::address();
    let mut failures = Vec::new();
    let cases: Vec<_> = match &server {
        Some(_) => tests.cases().collect(),
        None => tests.answered_cases().collect(),
    };
    for case in cases {
        let verdict = match &server {
            Some(server) => runtime.block_on(server::call(api, server, &tests, &case, make)),
            None => runtime.block_on(compare::call(api, &tests, &case, make)),
        };
        report::write(operation, case.name(), &verdict);
        if !verdict.outcome.is_good() {
            failures.push(format!("- {}: {}", case.name(), verdict));
        }
    }
    failures
}

#[cfg(test)]
mod tests;
