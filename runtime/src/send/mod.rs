//! From a request to its response: security, attempts, redirects, retries, traces. Nothing here depends on the operation's types.

mod attempt;
mod budget;
mod redirect;
mod retry;
mod rewrite;
mod security;
mod trace;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tokio::time::{sleep, timeout};
use tracing::Instrument as _;
use url::Url;

use self::attempt::Hop;
pub(crate) use self::attempt::transport_error;
pub(crate) use self::budget::RetryBudget;
pub(crate) use self::retry::retry_after;
use self::security::Grant;
use crate::client::Client;
use crate::credential::Outgoing;
use crate::error::{Error, ErrorKind, Result};
use crate::policy;
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

/// The origin that a call would go to, where policies for the host have their say. Hooks are not asked.
pub(crate) fn origin_of(request: &Request) -> Result<String> {
    let mut request = request.clone();
    let prepared = prepare(&mut request)?;
    let call = Call {
        request,
        prepared,
        grants: Vec::new(),
        streamed: None,
        is_rewritten: true,
        is_unsafe: AtomicBool::new(false),
    };
    call.origin()
}

/// Sends a request. Where `streamed` says so of the status, the body of a success is handed over as it arrives.
pub(crate) fn exchange(
    request: Request,
    streamed: Option<fn(u16) -> bool>,
) -> BoxFuture<'static, Result<Received>> {
    let operation = request.operation().map(|operation| operation.id());
    let span = trace::call(request.client.api(), operation);
    let call = async move {
        // Streams that connect again send the call as it was.
        let again = streamed.map(|_| Box::new(request.clone()));
        let mut received = Call::new(request, streamed)?.within_time().await?;
        received.request = again;
        Ok(received)
    };
    Box::pin(
        async move {
            let result: Result<Received> = call.await;
            let result = result.map_err(|error| error.in_call(operation));
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
    /// Which statuses have answers that are handed over as they arrive.
    streamed: Option<fn(u16) -> bool>,
    /// Whether policies or hooks change it.
    is_rewritten: bool,
    /// Whether it was sent with a method that makes it unsafe to repeat, whatever the operation's method is.
    is_unsafe: AtomicBool,
}

impl Call {
    fn new(mut request: Request, streamed: Option<fn(u16) -> bool>) -> Result<Self> {
        let prepared = prepare(&mut request)?;
        let grants = security::choose(&request)?;
        let mut call = Self {
            request,
            prepared,
            grants,
            streamed,
            is_rewritten: false,
            is_unsafe: AtomicBool::new(false),
        };
        call.is_rewritten = call.request.is_trusted()
            && (!call.request.client.0.hooks.is_empty()
                || policy::for_requests(call.context()).next().is_some());
        // Otherwise the URL is not the last word yet.
        if !call.is_rewritten {
            let url = &call.prepared.url;
            security::require_encryption(&call.request, &call.grants, url, false)?;
        }
        Ok(call)
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
                Ok(Answer { attempt, again }) => {
                    // One renewal and one more attempt: a server that refuses a fresh credential means it.
                    let result = self.is_result(&attempt);
                    let refused = !result && self.is_refused(attempt.received.status());
                    if !renewed
                        && ((refused
                            && self
                                .renew(&attempt.sent, &attempt.placed, attempt.received.headers())
                                .await)
                            || self.repeats(again))
                    {
                        renewed = true;
                        continue;
                    }
                    if result {
                        budget.refill(retries > 0);
                        return self.result(attempt);
                    }
                    self.failure(attempt).await
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

    async fn timed_attempt(&self, attempts: u32) -> Result<Answer> {
        let mut attempt = self.in_time(self.attempt(attempts)).await?;
        // Only those who saw the request see its answer.
        let hooked = self.is_rewritten && !self.request.client.0.hooks.is_empty();
        if hooked && !self.is_success(attempt.received.status()) {
            let body = std::mem::replace(&mut attempt.received.body, Bytes::new().into());
            attempt.received.body = retry::error_body(body, self.error_limit()).await.into();
        }
        let again = hooked
            && self
                .in_time(Box::pin(self.hook_responses(&mut attempt)))
                .await?;
        Ok(Answer { attempt, again })
    }

    /// Does a part of an attempt, which may take as long as all of it.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(limit) = self.attempt_limit() else {
            return work.await;
        };
        timeout(limit, work).await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Timeout,
                format!("no answer within {limit:?}"),
            ))
        })
    }

    fn attempt_limit(&self) -> Option<Duration> {
        let explicit = self.request.options.attempt_timeout.or(self
            .request
            .client
            .connection()
            .attempt_timeout);
        explicit.or_else(|| self.prepared.body.as_bytes().map(|_| ATTEMPT_TIMEOUT))
    }

    /// How long the body of an error is waited for. It comes after the attempt, whose time limit ends where the answer begins.
    fn error_limit(&self) -> Duration {
        self.attempt_limit().unwrap_or(ATTEMPT_TIMEOUT)
    }

    fn is_streamed(&self, status: u16) -> bool {
        self.streamed.is_some_and(|streamed| streamed(status))
    }

    fn is_success(&self, status: u16) -> bool {
        match self.request.operation() {
            Some(operation) => operation.is_success(status),
            None => (200..300).contains(&status),
        }
    }

    /// Whether the answer is what the call asked for.
    fn is_result(&self, attempt: &Attempt) -> bool {
        let status = attempt.received.status();
        attempt.purpose.is_none()
            && self.is_success(status)
            && !policy::is_refusal(self.context(), status)
    }

    /// Whether the server says that it does not take the credential.
    fn is_refused(&self, status: u16) -> bool {
        status == StatusCode::UNAUTHORIZED || policy::is_refusal(self.context(), status)
    }

    /// Carries out what policies do to answers.
    fn result(&self, attempt: Attempt) -> Result<Received> {
        let Attempt {
            mut received, sent, ..
        } = attempt;
        let request = (&self.prepared.method, &sent.url);
        let streamed = self.is_streamed(received.status());
        policy::answered(self.context(), request, &mut received, streamed)?;
        Ok(received)
    }

    /// The error for an answer that is not what the call asked for.
    async fn failure(&self, attempt: Attempt) -> Error {
        let refused = policy::is_refusal(self.context(), attempt.received.status());
        let error = retry::status_error(attempt.received, self.error_limit()).await;
        let error = match attempt.purpose {
            Some(purpose) => error.in_context(&format!("{purpose} could not be fetched")),
            None => error,
        };
        if refused { error.refused() } else { error }
    }

    /// Whether a renewed credential makes another attempt worthwhile, after the request was refused as it left. Credentials hear
    /// of the refusal even if this call cannot be sent again: the next one should do better.
    async fn renew(&self, sent: &Hop, placed: &Option<HeaderMap>, response: &HeaderMap) -> bool {
        // What another origin says about credentials does not concern them.
        if !sent.trusted {
            return false;
        }
        let (mut url, mut headers) = (sent.url.clone(), sent.headers.clone());
        let mut placed = placed.clone();
        let payload = (&sent.body, None);
        let mut renewed = false;
        for grant in &self.grants {
            // Policies may have changed what a credential placed; what signs came after them.
            let headers = match &mut placed {
                Some(placed) if !grant.authorizer.signs() => placed,
                _ => &mut headers,
            };
            let outgoing = grant.outgoing(&sent.method, &mut url, headers, payload);
            renewed |= grant.authorizer.rejected(&outgoing, response).await;
        }
        self.repeats(renewed)
    }

    /// Whether something asks for another attempt that can be made.
    fn repeats(&self, asked: bool) -> bool {
        asked && self.prepared.body.is_replayable()
    }

    /// Remembers whether the request may be repeated, as it leaves.
    fn note_method(&self, method: &Method) {
        if !retry::is_idempotent(method) {
            self.is_unsafe.store(true, Ordering::Relaxed);
        }
    }
}

/// An answer to one attempt, and the request as it left.
struct Attempt {
    received: Received,
    sent: Hop,
    /// The headers as credentials left them, if policies or hooks came after.
    placed: Option<HeaderMap>,
    /// What the request was for, if it was not the call itself.
    purpose: Option<String>,
}

/// An answer after the hooks saw it.
struct Answer {
    attempt: Attempt,
    /// A hook asks for another attempt.
    again: bool,
}

/// `https://host:port` for messages.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
