//! From a request to its response: security, attempts, redirects, retries, traces. Nothing here depends on the operation's types.

mod attempt;
mod budget;
mod redirect;
mod retry;
mod security;
mod trace;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tokio::time::{sleep, timeout};
use tracing::Instrument as _;
use url::Url;

use self::attempt::Hop;
pub(crate) use self::budget::RetryBudget;
pub(crate) use self::retry::retry_after;
use self::security::Grant;
use crate::client::Client;
use crate::credential::Outgoing;
use crate::error::{Error, ErrorKind, Result};
use crate::request::{Prepared, Request, prepare};
use crate::response::Received;
use crate::transport::BoxFuture;

/// The time limit of an attempt whose request body is in memory, unless somebody says otherwise.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Applies each credential of the connection to a request that is not sent.
pub(crate) async fn check_credentials(client: &Client) -> Result<()> {
    let mut url = client.base_url(&[])?;
    let body = Bytes::new();
    for scheme in client.api().scheme_list() {
        let Some(authorizer) = client.0.authorizers.get(scheme.name()) else {
            continue;
        };
        let mut headers = HeaderMap::new();
        let mut outgoing = Outgoing {
            scheme,
            scopes: &[],
            method: &Method::GET,
            url: &mut url,
            headers: &mut headers,
            body: Some(&body),
            body_length: Some(0),
        };
        authorizer.authorize(&mut outgoing).await?;
    }
    Ok(())
}

/// The origin that a call would go to.
pub(crate) fn origin_of(request: &Request) -> Result<String> {
    let prepared = prepare(&mut request.clone())?;
    Ok(origin(&prepared.url))
}

/// Sends a request. With `streamed`, the body of a success is handed over as it arrives.
pub(crate) fn exchange(request: Request, streamed: bool) -> BoxFuture<'static, Result<Received>> {
    let operation = request.operation().map(|operation| operation.id());
    let span = trace::call(request.client.api(), operation);
    let call = async move {
        match Call::new(request, streamed) {
            Ok(call) => call.within_time().await,
            Err(error) => Err(error),
        }
    };
    Box::pin(
        async move {
            let result = call.await.map_err(|error| error.in_call(operation));
            trace::finish(&result);
            result
        }
        .instrument(span),
    )
}

/// A call on its way.
struct Call {
    request: Request,
    prepared: Prepared,
    grants: Vec<Grant>,
    streamed: bool,
}

impl Call {
    fn new(mut request: Request, streamed: bool) -> Result<Self> {
        let prepared = prepare(&mut request)?;
        let grants = security::choose(&request)?;
        security::require_encryption(&request, &grants, &prepared.url)?;
        Ok(Self {
            request,
            prepared,
            grants,
            streamed,
        })
    }

    async fn within_time(&self) -> Result<Received> {
        let Some(limit) = self
            .request
            .options
            .timeout
            .or(self.request.client.connection().timeout)
        else {
            return self.run().await;
        };
        match timeout(limit, self.run()).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!("the call took longer than {limit:?}"),
            )),
        }
    }

    async fn run(&self) -> Result<Received> {
        let budget = &self.request.client.0.budget;
        let (mut attempts, mut retries, mut renewed) = (0, 0, false);
        loop {
            attempts += 1;
            let span = trace::attempt(self, attempts);
            let outcome = self.timed_attempt(attempts).instrument(span.clone()).await;
            trace::finish_attempt(&span, &outcome);
            let error = match outcome {
                Ok(attempt) if self.is_success(attempt.received.status()) => {
                    budget.refill(retries > 0);
                    return Ok(attempt.received);
                }
                Ok(attempt) => {
                    // One renewal and one more attempt: a server that refuses a fresh credential means it.
                    let unauthorized = attempt.received.status() == StatusCode::UNAUTHORIZED;
                    if unauthorized
                        && !renewed
                        && self.renew(&attempt.sent, attempt.received.headers()).await
                    {
                        renewed = true;
                        continue;
                    }
                    retry::status_error(attempt.received).await
                }
                Err(error) => error,
            };
            let Some(pause) = retry::pause(self, &error, retries) else {
                return Err(error);
            };
            retries += 1;
            tracing::debug!(error = %error, pause = ?pause, "retrying");
            sleep(pause).await;
        }
    }

    async fn timed_attempt(&self, attempts: u32) -> Result<Attempt> {
        let Some(limit) = self.attempt_limit() else {
            return self.attempt(attempts).await;
        };
        match timeout(limit, self.attempt(attempts)).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!("no answer within {limit:?}"),
            )),
        }
    }

    fn attempt_limit(&self) -> Option<Duration> {
        let explicit = self.request.options.attempt_timeout.or(self
            .request
            .client
            .connection()
            .attempt_timeout);
        explicit.or_else(|| self.prepared.body.as_bytes().map(|_| ATTEMPT_TIMEOUT))
    }

    fn is_success(&self, status: u16) -> bool {
        match self.request.operation() {
            Some(operation) => operation.is_success(status),
            None => (200..300).contains(&status),
        }
    }

    /// Whether a renewed credential makes another attempt worthwhile, after the request was refused as it left. Credentials hear
    /// of the refusal even if this call cannot be sent again: the next one should do better.
    async fn renew(&self, sent: &Hop, response: &HeaderMap) -> bool {
        // What another origin says about credentials does not concern them.
        if !sent.trusted {
            return false;
        }
        let (mut url, mut headers) = (sent.url.clone(), sent.headers.clone());
        let payload = (&sent.body, None);
        let mut renewed = false;
        for grant in &self.grants {
            let outgoing = grant.outgoing(&sent.method, &mut url, &mut headers, payload);
            renewed |= grant.authorizer.rejected(&outgoing, response).await;
        }
        renewed && self.prepared.body.is_replayable()
    }
}

/// An answer to one attempt, and the request as it left.
struct Attempt {
    received: Received,
    sent: Hop,
}

/// `https://host:port` for messages.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
