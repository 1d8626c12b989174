//! A call under way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::error::Result;
use crate::response::Received;
use crate::transport::BoxFuture;

/// A call under way: a future of its result. Dropping it abandons the call.
///
/// Everything up to the response is one future without type parameters; only the last step, which reads the result, depends on
/// the type. So an operation adds next to nothing to a program's build time.
#[must_use = "nothing is sent before the future is awaited"]
pub struct Sending<T> {
    exchange: BoxFuture<'static, Result<Received>>,
    read: fn(Received) -> Result<T>,
}

impl<T> Sending<T> {
    pub(crate) fn new(
        exchange: BoxFuture<'static, Result<Received>>,
        read: fn(Received) -> Result<T>,
    ) -> Self {
        Self { exchange, read }
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let received = ready!(self.exchange.as_mut().poll(cx))?;
        Poll::Ready((self.read)(received))
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}
