//! From a request to its response: security, attempts, redirects, retries, traces. Nothing here depends on the operation's types.

mod budget;

pub(crate) use self::budget::RetryBudget;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::response::Received;
use crate::transport::BoxFuture;

/// Sends a request. With `streamed`, the body of a success is handed over as it arrives.
pub(crate) fn exchange(request: Request, streamed: bool) -> BoxFuture<'static, Result<Received>> {
    let _ = (request, streamed);
    Box::pin(std::future::ready(Err(Error::request("not there yet"))))
}
