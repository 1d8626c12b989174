//! Long-running operations: the API accepts a call, and says later how it ended.
//!
//! The answer to such a call, often 202, names a URL to ask again: in `Operation-Location` or `Azure-AsyncOperation`, where a status is
//! told, or in `Location`, where 202 means "not yet". Some answer with the resource itself, which says that it is being made.
//! A call of such an operation has `.poller()` beside `.send()`:
//!
//! ```no_run
//! # use connector_runtime as runtime;
//! # async fn example(poller: runtime::job::Poller<String>) -> runtime::Result<()> {
//! let mut poller = poller.time_limit(std::time::Duration::from_secs(600));
//! let machine = poller.until_done().await?;
//! # Ok(())
//! # }
//! ```

mod poller;
mod progress;
mod state;
#[cfg(test)]
mod tests;

pub use self::poller::Poller;
pub use self::progress::Status;
pub use self::state::JobState;

/// How a long-running operation tells how it stands, and where its result is.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub(crate) final_state: FinalState,
    pub(crate) status: &'static str,
    pub(crate) result: &'static str,
}

/// Where the result is, once the operation has succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalState {
    /// As the answers suggest: at the URL of the call for PUT and PATCH, else at the `Location` that it named, else in the last status.
    Automatic,
    /// At the `Location` that the first answer named.
    Location,
    /// At the URL of the call.
    OriginalUri,
    /// In the last status.
    Monitor,
}

impl Default for Job {
    fn default() -> Self {
        Self::new()
    }
}

impl Job {
    /// An operation whose status is told by a member `status`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            final_state: FinalState::Automatic,
            status: "status",
            result: "",
        }
    }

    /// Where the result is.
    #[must_use]
    pub const fn final_state(mut self, at: FinalState) -> Self {
        self.final_state = at;
        self
    }

    /// The place of the status in the answers.
    #[must_use]
    pub const fn status(mut self, place: &'static str) -> Self {
        self.status = place;
        self
    }

    /// The place of the result in the last status.
    #[must_use]
    pub const fn result(mut self, place: &'static str) -> Self {
        self.result = place;
        self
    }
}
