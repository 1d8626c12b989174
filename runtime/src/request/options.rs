//! What one call does differently from its client.

use std::fmt;
use std::time::Duration;

use crate::connection::RetryPolicy;
use crate::credential::Credential;

/// Options of one call, on top of the client's.
#[derive(Clone, Default)]
pub struct RequestOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) credentials: Vec<(String, Credential)>,
    pub(crate) content_type: Option<String>,
}

impl RequestOptions {
    /// No options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time limit of the call as a whole, retries and pauses included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The time limit of one attempt. If the answer is an error, its body is waited for as long again at most.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long nothing may come over a stream of events or lines, before its connection counts as broken; see
    /// [`stream`](crate::stream). The other time limits end where its answer begins.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// A header, in place of the client's and the operation's header of that name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A query parameter that the document does not name.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sends an `Idempotency-Key`, the same for all attempts, which makes the call safe to repeat.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Another credential for a security scheme. Tokens that it fetches are not kept beyond the call.
    #[must_use]
    pub fn credential(mut self, scheme: impl Into<String>, credential: Credential) -> Self {
        self.credentials.push((scheme.into(), credential));
        self
    }

    /// The `Content-Type` of the body, where the document leaves it open.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Adds later options; where both say something, the later ones win.
    pub(crate) fn merge(&mut self, mut later: Self) {
        self.timeout = later.timeout.or(self.timeout);
        self.attempt_timeout = later.attempt_timeout.or(self.attempt_timeout);
        self.idle_timeout = later.idle_timeout.or(self.idle_timeout);
        self.retry = later.retry.or(self.retry.take());
        self.headers.append(&mut later.headers);
        self.query.append(&mut later.query);
        self.idempotency_key = later.idempotency_key.or(self.idempotency_key.take());
        self.credentials.append(&mut later.credentials);
        self.content_type = later.content_type.or(self.content_type.take());
    }
}

/// Leaves out values, which may be secret.
impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions")
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
