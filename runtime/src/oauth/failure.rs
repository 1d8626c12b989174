//! Why a token request brought no tokens.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::token::FailureClass;

/// A token request that failed. Holds no secret: of an answer, only the error code and its description are kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenFailure {
    /// What it means.
    pub class: FailureClass,
    /// The error code of the server (RFC 6749 section 5.2), such as `authorization_pending`.
    pub code: Option<String>,
    /// For people.
    pub message: String,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the server may have acted on the request.
    pub(crate) may_have_reached: bool,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TokenFailure {
    pub(crate) fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            code: None,
            message: message.into(),
            retry_after: None,
            may_have_reached: false,
            source: None,
        }
    }

    /// A refusal by the server.
    pub(super) fn refusal(
        origin: &str,
        code: &str,
        description: Option<&str>,
        status: u16,
    ) -> Self {
        let code = plain(code, 60);
        let mut message = format!("the token endpoint at {origin} refused: {code}");
        if let Some(text) = description {
            message.push_str(&format!(" ({})", plain(text, 200)));
        }
        let class = match (code.as_str(), status) {
            // A code on a page about a broken server proves nothing.
            (_, 500..) | ("server_error" | "temporarily_unavailable", _) | (_, 408 | 429) => {
                FailureClass::Unavailable
            }
            ("invalid_grant", _) => FailureClass::InvalidGrant,
            ("invalid_client" | "unauthorized_client", _) => FailureClass::InvalidClient,
            _ => FailureClass::Refused,
        };
        Self {
            code: Some(code),
            ..Self::new(class, message)
        }
    }

    /// The request cannot be made: the connection is not set up right.
    pub(crate) fn unsendable(error: Error) -> Self {
        let message = error.to_string();
        Self {
            source: Some(Arc::new(error)),
            ..Self::new(FailureClass::Refused, message)
        }
    }
}

/// One line of what a server, or somebody else, wrote: without control characters, of at most `limit` characters.
pub(super) fn plain(text: &str, limit: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(limit)
        .collect()
}

impl fmt::Display for TokenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for TokenFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<TokenFailure> for Error {
    fn from(failure: TokenFailure) -> Self {
        Self::credential(failure.message.clone()).with_source(failure)
    }
}
