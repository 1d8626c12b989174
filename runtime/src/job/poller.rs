//! Asking until an operation has ended.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::time::{Sleep, sleep};

use super::progress::{Phase, phase, provisioning, word};
use super::state::Stage;
use super::{FinalState, Job, JobState, Status};
use crate::codec::{Decode, lookup};
use crate::error::{Error, ErrorKind, Result};
use crate::polling::{Polling, check_state, url_of_state};
use crate::request::{Request, prepare};
use crate::response::{Answer, Reading};
use crate::saved;

/// The first pause where the API names none; each further one is half as long again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause where the API names none.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that an API may ask for.
const RETRY_AFTER_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Follows a long-running operation to its end.
///
/// [`until_done`](Self::until_done) sends the call, asks again and again, and gives the result. An answer moves the
/// [`state`](Self::state) on as a whole, or, after an error, not at all; the next call goes on from there. A state that is saved is
/// [resumed](Self::resume) by another process. The call itself is not sent again once it has been accepted.
///
/// URLs that lead to another origin than the call went to are errors: credentials do not follow.
///
/// Dropping the poller ends the waiting, not the operation; [`cancel`](Self::cancel) asks the API to end it.
#[must_use = "nothing is sent before .until_done() or .next_status()"]
pub struct Poller<T> {
    request: Request,
    job: Job,
    state: JobState,
    /// The pause where the API names none.
    interval: Option<Duration>,
    retry_after_limit: Duration,
    time_limit: Option<Duration>,
    /// The time limit, once it runs.
    limit: Option<Pin<Box<Sleep>>>,
    /// The origin that the call goes to, once it is known.
    origin: Option<String>,
    polling: Polling,
    asked: u32,
    result: PhantomData<fn() -> T>,
}

impl<T: Decode> Poller<T> {
    /// Follows the operation that this call starts.
    pub fn new(request: Request, job: Job) -> Self {
        let operation = request.operation().map_or("", |operation| operation.id());
        Self {
            state: JobState::new(operation),
            job,
            interval: None,
            retry_after_limit: RETRY_AFTER_LIMIT,
            time_limit: None,
            limit: None,
            origin: None,
            polling: Polling::after(Duration::ZERO),
            asked: 0,
            result: PhantomData,
            request,
        }
    }

    /// The pause between two questions where the API names none. Without this it grows from a second to half a minute.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// The longest pause that the API may ask for with `Retry-After`; five minutes by default. Longer ones are cut.
    pub fn retry_after_limit(mut self, limit: Duration) -> Self {
        self.retry_after_limit = limit;
        self
    }

    /// How long to wait in all, from the first question of this poller. The operation goes on, and so can the poller.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Goes on from a saved state. The call must be the same; it is not sent again if it had been accepted.
    ///
    /// # Errors
    /// When the state is of another operation, or leads to another origin than the call.
    pub fn resume(mut self, state: JobState) -> Result<Self> {
        self.origin = check_state(&self.request, &state.operation, state.urls())?;
        self.polling = Polling::after(saved::left(state.due));
        self.state = state;
        Ok(self)
    }

    /// What is known now, to be saved.
    #[must_use]
    pub fn state(&self) -> &JobState {
        &self.state
    }

    /// Waits for the next answer and says how the operation stands; `None` once it has ended and the result is there.
    ///
    /// Giving up this future loses nothing.
    ///
    /// # Errors
    /// When the API can't be asked or the time is up; of the kind [`ErrorKind::Operation`] when the operation has failed or was
    /// canceled: its body is what [`Error::body_as`] reads.
    pub async fn next_status(&mut self) -> Result<Option<Status>> {
        poll_fn(|cx| self.poll_status(cx)).await
    }

    /// Waits for the end and gives the result.
    ///
    /// # Errors
    /// As [`next_status`](Self::next_status), and when the result does not have its type.
    pub async fn until_done(&mut self) -> Result<T> {
        while poll_fn(|cx| self.poll_status(cx)).await?.is_some() {}
        // The result is read as answers are.
        let reading = Reading {
            decoding: self.request.client.0.decoding,
            operation: self.request.operation().map(|operation| operation.id()),
            report: None,
        };
        let decoded = reading.decode_part(self.state.result.clone());
        decoded.map_err(|error| Error::from(error).in_call(reading.operation))
    }

    /// Asks the API to end the operation: DELETE on the URL that tells its status. Whether it does is its own affair; ask on to see.
    ///
    /// # Errors
    /// When there is no such URL, since a `Location` may be that of the resource, or when the API refuses.
    pub async fn cancel(&mut self) -> Result<()> {
        let url = match (self.state.stage, &self.state.url) {
            (Stage::Monitor, Some(url)) => url_of_state(url)?,
            _ => {
                return Err(Error::request(
                    "the API has named no URL where the operation could be ended",
                ));
            }
        };
        let Some(operation) = self.request.operation() else {
            return Err(Error::request("the call is of no operation"));
        };
        let mut request = self.request.follow(url.clone());
        request.target =
            Request::link(&request.client, operation, Method::DELETE, url, true).target;
        request.send::<Answer>().await.map(drop)
    }

    fn poll_status(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Status>>> {
        if self.state.is_done() {
            return Poll::Ready(Ok(None));
        }
        if let (None, Some(limit)) = (&self.limit, self.time_limit) {
            self.limit = Some(Box::pin(sleep(limit)));
        }
        let done = self.poll_answer(cx);
        if done.is_pending()
            && let Some(limit) = &mut self.limit
            && limit.as_mut().poll(cx).is_ready()
        {
            self.limit = None;
            let operation = self.request.operation().map(|operation| operation.id());
            let error = Error::new(ErrorKind::Timeout, "the operation has not ended in time");
            return Poll::Ready(Err(error.in_call(operation)));
        }
        done
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Status>>> {
        ready!(self.polling.poll_pause(cx));
        if !self.polling.is_asking() {
            self.polling.ask(self.question()?);
        }
        let arrival = ready!(self.polling.poll_answer(cx));
        let status = arrival.answer.and_then(|answer| self.arrived(&answer));
        self.set_pause(arrival.retry_after);
        Poll::Ready(status.map(|status| match self.state.is_done() {
            true => None,
            false => Some(status),
        }))
    }

    /// The pause before the next question, with some jitter, so that many that wait do not ask all at once.
    fn set_pause(&mut self, asked: Option<Duration>) {
        let own = self.interval.unwrap_or_else(|| {
            let factor = 1.5_f64.powi(self.asked.min(16).cast_signed());
            FIRST_PAUSE.mul_f64(factor).min(LONGEST_PAUSE)
        });
        self.asked += 1;
        let pause = asked.map_or(own, |asked| asked.min(self.retry_after_limit));
        // The result is there already.
        let pause = match self.state.stage {
            Stage::Result | Stage::Done => Duration::ZERO,
            _ => pause.saturating_add(pause.mul_f64(fastrand::f64() / 8.0)),
        };
        self.polling.pause = pause;
        self.state.due = saved::due(pause);
    }

    fn question(&self) -> Result<Request> {
        match &self.state.url {
            Some(url) => Ok(self.request.follow(url_of_state(url)?)),
            None => Ok(self.request.clone()),
        }
    }

    /// Moves the state on. It changes as a whole or, after an error, not at all.
    fn arrived(&mut self, answer: &Answer) -> Result<Status> {
        let origin = self.origin.get_or_insert_with(|| answer.origin()).clone();
        let body = answer.json()?.unwrap_or(Value::Null);
        let mut next = self.state.clone();
        let text = match self.state.stage {
            Stage::New => {
                self.accepted(&mut next, answer, &body, &origin)?;
                word(&body, self.job.status)
            }
            Stage::Monitor => {
                self.monitored(&mut next, answer, &body, &origin)?;
                word(&body, self.job.status)
            }
            Stage::Location => {
                if answer.status() == 202 {
                    if let Some(url) = header(answer, "location", &origin)? {
                        next.url = Some(url);
                    }
                } else {
                    self.finish(&mut next, body.clone(), None);
                }
                word(&body, self.job.status)
            }
            Stage::Resource => {
                let word = provisioning(&body);
                match word.map_or(Phase::Succeeded, phase) {
                    Phase::Running => {}
                    Phase::Succeeded => done(&mut next, body.clone()),
                    Phase::Failed => return Err(failed(answer, word, &body)),
                }
                word
            }
            Stage::Result | Stage::Done => {
                done(&mut next, body.clone());
                None
            }
        };
        let status = Status::new(text, body.clone());
        self.state = next;
        Ok(status)
    }

    /// The call has been answered: where to ask on.
    fn accepted(
        &self,
        next: &mut JobState,
        answer: &Answer,
        body: &Value,
        origin: &str,
    ) -> Result<()> {
        next.original = original(&self.request, origin);
        next.location = header(answer, "location", origin)?;
        let monitor = match header(answer, "operation-location", origin)? {
            Some(url) => Some(url),
            None => header(answer, "azure-asyncoperation", origin)?,
        };
        if let Some(url) = monitor {
            next.stage = Stage::Monitor;
            next.url = Some(url);
            return Ok(());
        }
        if answer.status() == 202 {
            let Some(url) = next.location.clone() else {
                return Err(answer.refused(
                    "the call was accepted, but nothing says where to ask on".to_owned(),
                ));
            };
            next.stage = Stage::Location;
            next.url = Some(url);
            return Ok(());
        }
        let word = provisioning(body);
        match (word.map_or(Phase::Succeeded, phase), &next.original) {
            (Phase::Failed, _) => return Err(failed(answer, word, body)),
            (Phase::Running, Some(url)) if self.is_about_resource() => {
                next.stage = Stage::Resource;
                next.url = Some(url.clone());
            }
            _ => done(next, body.clone()),
        }
        Ok(())
    }

    fn monitored(
        &self,
        next: &mut JobState,
        answer: &Answer,
        body: &Value,
        origin: &str,
    ) -> Result<()> {
        let Some(word) = word(body, self.job.status) else {
            if answer.status() == 202 {
                return Ok(());
            }
            let message = format!(
                "`{}` does not say how the operation stands",
                self.job.status
            );
            return Err(answer.refused(message));
        };
        match phase(word) {
            Phase::Running => {
                // Some move the status while the operation runs.
                if let Some(url) = header(answer, "operation-location", origin)? {
                    next.url = Some(url);
                }
            }
            Phase::Failed => return Err(failed(answer, Some(word), body)),
            Phase::Succeeded => {
                let there = body.get("resourceLocation").and_then(Value::as_str);
                let there = match there {
                    Some(link) => Some(String::from(
                        answer.link_within(answer.link(link)?, origin)?,
                    )),
                    None => None,
                };
                self.finish(next, body.clone(), there);
            }
        }
        Ok(())
    }

    /// The operation has succeeded: where the result is.
    fn finish(&self, next: &mut JobState, body: Value, resource: Option<String>) {
        let is_at_location = next.stage == Stage::Location;
        let url = match self.job.final_state {
            FinalState::Monitor => None,
            FinalState::OriginalUri => next.original.clone(),
            FinalState::Location if is_at_location => None,
            FinalState::Location => next.location.clone().or(resource),
            FinalState::Automatic if is_at_location && !body.is_null() => None,
            FinalState::Automatic if resource.is_some() => resource,
            FinalState::Automatic if self.is_about_resource() => next.original.clone(),
            FinalState::Automatic if is_at_location || self.is_deletion() => None,
            FinalState::Automatic => next.location.clone(),
        };
        match url {
            Some(url) => {
                next.stage = Stage::Result;
                next.url = Some(url);
            }
            None if is_at_location => done(next, body),
            None => {
                let result = match self.job.result {
                    "" => lookup(&body, "result").or_else(|| lookup(&body, "properties.output")),
                    place => lookup(&body, place),
                };
                let result = result.cloned();
                done(next, result.unwrap_or(body));
            }
        }
    }

    fn method(&self) -> &str {
        self.request
            .operation()
            .map_or("", |operation| operation.method())
    }

    fn is_about_resource(&self) -> bool {
        matches!(self.method(), "PUT" | "PATCH")
    }

    fn is_deletion(&self) -> bool {
        self.method() == "DELETE"
    }
}

fn done(next: &mut JobState, result: Value) {
    next.stage = Stage::Done;
    next.url = None;
    next.result = result;
}

/// The URL of the call, if it is at the origin that was called: policies may have led it elsewhere.
fn original(request: &Request, origin: &str) -> Option<String> {
    let prepared = prepare(&mut request.clone()).ok()?;
    let url = prepared.url;
    (url.origin().ascii_serialization() == origin).then(|| url.into())
}

/// The URL in a header.
fn header(answer: &Answer, name: &str, origin: &str) -> Result<Option<String>> {
    let Some(value) = answer.headers().get(name) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let url = answer.link_within(answer.link(&text)?, origin)?;
    Ok(Some(url.into()))
}

fn failed(answer: &Answer, word: Option<&str>, body: &Value) -> Error {
    let mut message = format!("the operation ended as `{}`", word.unwrap_or("failed"));
    let error = lookup(body, "error").or_else(|| lookup(body, "properties.error"));
    let text = error.and_then(|error| error.get("message").or(Some(error)));
    if let Some(text) = text.and_then(Value::as_str) {
        let line: String = text
            .chars()
            .take(200)
            .map(|character| {
                if character.is_control() {
                    ' '
                } else {
                    character
                }
            })
            .collect();
        message.push_str(": ");
        message.push_str(line.trim());
    }
    answer.refused(message).of_kind(ErrorKind::Operation)
}

impl<T> fmt::Debug for Poller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("operation", &self.state.operation)
            .field("stage", &self.state.stage)
            .finish_non_exhaustive()
    }
}
