//! Polling triggers: asking again and again, and knowing what comes next.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use serde_json::Value;

use super::PollState;
use crate::client::Client;
use crate::codec::{Decode, DecodeError, walk};
use crate::connection::Connection;
use crate::descriptor::policy::{Action, Piece, Root, Template};
use crate::error::{Error, Result};
use crate::polling::{Polling, check_state, url_of_state};
use crate::request::Request;
use crate::response::{Answer, Reading};
use crate::saved;

/// The pause between two questions unless somebody says otherwise.
const INTERVAL: Duration = Duration::from_secs(60);

/// Where the events are in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// The answer is one event.
    One,
    /// The list behind these members; without any, the answer itself or its only list.
    List(&'static [&'static str]),
}

/// Asks a polling trigger again and again, and hands out what is new.
///
/// [`next`](Self::next) gives all events of an answer, [`next_event`](Self::next_event) one. Events count as done with the call
/// after the one that gave them, or with [`commit`](Self::commit); until then they are part of the [`state`](Self::state). So a
/// state that is saved after an event was worked on, and a poller that [resumes](Self::resume) from it, lose nothing and repeat
/// nothing, whenever the process ends; with an older state, what came since comes again.
///
/// ```no_run
/// # use connector_runtime as runtime;
/// # async fn example(mut poller: runtime::trigger::Poller<String>) -> Result<(), Box<dyn std::error::Error>> {
/// loop {
///     let event = poller.next_event().await?;
///     println!("{event}");
///     poller.commit();
///     std::fs::write("poll-state.json", poller.state().save())?;
/// }
/// # }
/// ```
///
/// Errors leave the state as it is: the next call asks again, after the pause that the API asked for, else the interval.
#[must_use = "nothing is sent before .next()"]
pub struct Poller<E> {
    request: Request,
    events: Events,
    config: &'static [(&'static str, Template)],
    state: PollState,
    /// How many of the pending events the caller has.
    handed: usize,
    interval: Duration,
    skip_existing: bool,
    keep_repeats: bool,
    /// The origin that the trigger is at, once it is known.
    origin: Option<String>,
    polling: Polling,
    event: PhantomData<fn() -> E>,
}

impl<E: Decode> Poller<E> {
    /// Polls with this call. What the connector's policy says about its triggers is taken from the descriptor of the API.
    pub fn new(request: Request, events: Events) -> Self {
        let operation = request.operation().map_or("", |operation| operation.id());
        let (config, data) = policy(&request.client, operation);
        Self {
            events: data.map_or(events, Events::List),
            config,
            state: PollState::new(operation),
            handed: 0,
            interval: INTERVAL,
            skip_existing: false,
            keep_repeats: false,
            origin: None,
            polling: Polling::after(Duration::ZERO),
            event: PhantomData,
            request,
        }
    }

    /// The pause between two questions where the API does not name one with `Retry-After`; a minute by default.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Drops what is there when a poller without a state asks for the first time, as Power Automate does.
    pub fn skip_existing(mut self) -> Self {
        self.skip_existing = true;
        self
    }

    /// Hands out events again that an API repeats.
    ///
    /// Triggers whose next question is made of a time in the last answer often get their last events once more. Events that are the
    /// same JSON as one of the last batch are left out for such triggers, unless this is set.
    pub fn keep_repeats(mut self) -> Self {
        self.keep_repeats = true;
        self
    }

    /// Goes on from a saved state. The call must be the same.
    ///
    /// # Errors
    /// When the state is of another operation, or leads to another origin than the call.
    pub fn resume(mut self, state: PollState) -> Result<Self> {
        let urls = state.location.as_deref();
        self.origin = check_state(&self.request, &state.operation, urls)?;
        self.polling = Polling::after(saved::left(state.due));
        self.state = state;
        self.handed = 0;
        Ok(self)
    }

    /// What is known now: what to ask next, and events that are not done.
    #[must_use]
    pub fn state(&self) -> &PollState {
        &self.state
    }

    /// Says that what was handed out is done.
    pub fn commit(&mut self) {
        self.state.pending.drain(..self.handed);
        self.handed = 0;
    }

    /// Drops the first event that does not have its type, and says what it was.
    ///
    /// Such an event is an error of every call until it is dropped: nothing is lost without being told.
    pub fn skip_undecodable(&mut self) -> Option<Value> {
        let reading = self.reading();
        let pending = &mut self.state.pending;
        let at = pending
            .iter()
            .position(|event| reading.decode_part::<E>(event.clone()).is_err())?;
        self.handed = self.handed.min(at);
        Some(pending.remove(at))
    }

    /// The next events, at least one: all that an answer had and that are not done. Waits until there are any.
    ///
    /// Giving up this future loses nothing.
    ///
    /// # Errors
    /// When the API can't be asked, or an event does not have its type.
    pub async fn next(&mut self) -> Result<Vec<E>> {
        self.commit();
        poll_fn(|cx| self.poll_pending(cx)).await?;
        self.hand_out(usize::MAX)
    }

    /// The next event. Waits until there is one.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_event(&mut self) -> Result<E> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Asks once, without waiting, unless there are events that are not done: for programs that are started again and again.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<Vec<E>>> {
        self.commit();
        if self.state.pending.is_empty() {
            poll_fn(|cx| self.poll_answer(cx)).await?;
        }
        if self.state.pending.is_empty() {
            return Ok(None);
        }
        self.hand_out(usize::MAX).map(Some)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<E>> {
        self.commit();
        ready!(self.poll_pending(cx))?;
        let mut events = match self.hand_out(1) {
            Ok(events) => events,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let missing = || Error::from(DecodeError::missing());
        Poll::Ready(events.pop().ok_or_else(missing))
    }

    fn hand_out(&mut self, limit: usize) -> Result<Vec<E>> {
        let reading = self.reading();
        let some = self.state.pending.iter().take(limit).enumerate();
        let decoded: Result<Vec<E>, DecodeError> = some
            .map(|(index, event)| {
                let decoded = reading.decode_part(event.clone());
                decoded.map_err(|error| error.index(index))
            })
            .collect();
        let events = decoded.map_err(|error| Error::from(error).in_call(reading.operation))?;
        self.handed = events.len();
        Ok(events)
    }

    /// Events are read as answers are.
    fn reading(&self) -> Reading {
        Reading {
            decoding: self.request.client.0.decoding,
            operation: self.request.operation().map(|operation| operation.id()),
            report: None,
        }
    }

    /// Waits and asks until there are events.
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while self.state.pending.is_empty() {
            ready!(self.polling.poll_pause(cx));
            ready!(self.poll_answer(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Asks once.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.polling.is_asking() {
            self.polling.ask(self.question()?);
        }
        let arrival = ready!(self.polling.poll_answer(cx));
        let result = arrival.answer.and_then(|answer| self.arrived(&answer));
        let pause = arrival.retry_after.unwrap_or(self.interval);
        self.polling.pause = pause;
        self.state.due = saved::due(pause);
        Poll::Ready(result)
    }

    fn question(&self) -> Result<Request> {
        if let Some(location) = &self.state.location {
            return Ok(self.request.follow(url_of_state(location)?));
        }
        let mut request = self.request.clone();
        for (name, text) in &self.state.query {
            request.set_query(name, text);
        }
        Ok(request)
    }

    /// Moves the state on. It changes as a whole or, after an error, not at all.
    fn arrived(&mut self, answer: &Answer) -> Result<()> {
        let origin = self.origin.get_or_insert_with(|| answer.origin());
        let location = match answer.location()? {
            Some(url) => Some(answer.link_within(url, origin)?.into()),
            None => self.state.location.clone(),
        };
        let body = match answer.status() {
            202 | 204 => None,
            _ => answer.json()?.filter(|body| !body.is_null()),
        };
        let mut pending = Vec::new();
        if let Some(body) = body {
            self.remember(&body);
            pending = events(self.events, body);
        }
        if !self.config.is_empty() && !self.keep_repeats {
            self.drop_repeats(&mut pending);
        }
        if !self.state.started && self.skip_existing {
            pending.clear();
        }
        self.state.location = location;
        self.state.started = true;
        self.state.pending = pending;
        self.handed = 0;
        Ok(())
    }

    /// Makes the query of the next question. What the answer has nothing for stays as it was.
    fn remember(&mut self, body: &Value) {
        let connection = self.request.client.connection();
        for (name, template) in self.config.iter().filter(|(name, _)| !name.is_empty()) {
            let Some(text) = text(template, body, connection) else {
                continue;
            };
            let query = &mut self.state.query;
            query.retain(|(set, _)| set != name);
            query.push(((*name).to_owned(), text));
        }
    }

    fn drop_repeats(&mut self, events: &mut Vec<Value>) {
        if events.is_empty() {
            return;
        }
        let hashes: Vec<u64> = events.iter().map(hash).collect();
        let last = std::mem::replace(&mut self.state.last, hashes.clone());
        let last: HashSet<u64> = last.into_iter().collect();
        let mut hashes = hashes.into_iter();
        events.retain(|_| hashes.next().is_none_or(|hash| !last.contains(&hash)));
    }
}

/// The policy of this trigger: query parameters of the next question, and where events are.
fn policy(
    client: &Client,
    operation: &str,
) -> (
    &'static [(&'static str, Template)],
    Option<&'static [&'static str]>,
) {
    let policies = client.api().policy_list().iter();
    let mut concerned = policies.filter(|policy| {
        let mut named = policy.operations.iter();
        policy.operations.is_empty() || named.any(|name| name.eq_ignore_ascii_case(operation))
    });
    let found = concerned.find_map(|policy| match &policy.action {
        Action::Poll { config, data } => Some((*config, Some(data.steps))),
        _ => None,
    });
    found.unwrap_or((&[], None))
}

fn events(events: Events, body: Value) -> Vec<Value> {
    let Events::List(steps) = events else {
        return vec![body];
    };
    match walk(&body, steps) {
        Some(Value::Array(list)) => list.clone(),
        Some(Value::Object(members)) => {
            let mut lists = members.values().filter_map(Value::as_array);
            match (lists.next(), lists.next()) {
                (Some(only), None) => only.clone(),
                _ => vec![Value::Object(members.clone())],
            }
        }
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![other.clone()],
    }
}

/// The text of a template; `None` if the answer lacks what it names.
fn text(template: &Template, body: &Value, connection: &Connection) -> Option<String> {
    use secrecy::ExposeSecret as _;
    let mut all = String::new();
    for piece in template.0 {
        match piece {
            Piece::Text(text) => all.push_str(text),
            Piece::Path(path) if matches!(path.root, Root::TriggerBody | Root::Body) => {
                match walk(body, path.steps)? {
                    Value::Null => return None,
                    Value::String(text) => all.push_str(text),
                    other => all.push_str(&other.to_string()),
                }
            }
            Piece::ConnectionParameter(name, default) => {
                let given = connection.parameters.get(&name.to_ascii_lowercase());
                all.push_str(given.map(|value| value.expose_secret()).or(*default)?);
            }
            _ => return None,
        }
    }
    Some(all)
}

/// FNV-1a: stays the same from one version of the program to the next, since it is saved.
fn hash(event: &Value) -> u64 {
    let text = event.to_string();
    let start = 0xcbf2_9ce4_8422_2325_u64;
    text.bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(feature = "stream")]
impl<E: Decode> futures_core::Stream for Poller<E> {
    type Item = Result<E>;

    /// The next event; the one before it counts as done. The stream has no end.
    fn poll_next(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx).map(Some)
    }
}

impl<E> fmt::Debug for Poller<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("operation", &self.state.operation)
            .field("pending", &self.state.pending.len())
            .finish_non_exhaustive()
    }
}
