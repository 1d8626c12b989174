//! Asking again and again: what the pollers of triggers and of long-running operations share.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use tokio::time::{Sleep, sleep};
use url::Url;

use crate::error::{Error, Result};
use crate::request::{Request, Sending};
use crate::response::Answer;
use crate::send::{origin_of, retry_after};

/// A pause, then a question, then its answer. Giving up in between loses nothing.
pub(crate) struct Polling {
    /// The pause before the next question.
    pub(crate) pause: Duration,
    step: Step,
}

enum Step {
    Idle,
    Waiting(Pin<Box<Sleep>>),
    Asking(Sending<Answer>),
}

/// An answer or an error, and how long the API wants its client to wait.
pub(crate) struct Arrival {
    pub(crate) answer: Result<Answer>,
    pub(crate) retry_after: Option<Duration>,
}

impl Polling {
    /// Begins after a pause.
    pub(crate) fn after(pause: Duration) -> Self {
        Self {
            pause,
            step: Step::Idle,
        }
    }

    /// Waits until the pause is over; at once if a question is under way.
    pub(crate) fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(self.step, Step::Idle) && !self.pause.is_zero() {
            self.step = Step::Waiting(Box::pin(sleep(self.pause)));
        }
        if let Step::Waiting(pause) = &mut self.step {
            ready!(pause.as_mut().poll(cx));
            self.pause = Duration::ZERO;
            self.step = Step::Idle;
        }
        Poll::Ready(())
    }

    /// Whether a question is under way.
    pub(crate) fn is_asking(&self) -> bool {
        matches!(self.step, Step::Asking(_))
    }

    /// Asks, whatever is left of the pause.
    pub(crate) fn ask(&mut self, question: Request) {
        self.step = Step::Asking(question.send::<Answer>());
    }

    /// Waits for the answer to the question that was asked.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Arrival> {
        let Step::Asking(sending) = &mut self.step else {
            return Poll::Pending;
        };
        let answer = ready!(Pin::new(sending).poll(cx));
        self.step = Step::Idle;
        let retry_after = match &answer {
            Ok(answer) => retry_after(answer.headers(), SystemTime::now()),
            Err(error) => error.retry_after(),
        };
        Poll::Ready(Arrival {
            answer,
            retry_after,
        })
    }
}

/// Checks that a saved state belongs to a call, and gives the origin that its URLs and the call go to; none if it has no URLs.
///
/// # Errors
/// When the state is of another operation, or leads to another origin than the call.
pub(crate) fn check_state<'u>(
    request: &Request,
    operation: &str,
    urls: impl IntoIterator<Item = &'u str>,
) -> Result<Option<String>> {
    let own = request.operation().map_or("", |operation| operation.id());
    if operation != own {
        return Err(Error::request(format!(
            "the state is of `{operation}`, not of `{own}`"
        )));
    }
    let mut urls = urls.into_iter().peekable();
    if urls.peek().is_none() {
        return Ok(None);
    }
    let origin = origin_of(request)?;
    for url in urls {
        if url_of_state(url)?.origin().ascii_serialization() != origin {
            return Err(Error::request(format!(
                "the state leads elsewhere than to {origin}"
            )));
        }
    }
    Ok(Some(origin))
}

/// The URL that a state leads to.
pub(crate) fn url_of_state(url: &str) -> Result<Url> {
    Url::parse(url).map_err(|error| Error::request("the state leads to no URL").with_source(error))
}
