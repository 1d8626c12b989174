//! Why a call was turned away.

use std::error::Error as StdError;
use std::fmt;

use axum::http::StatusCode;

use super::BoxError;
use crate::codec::DecodeError;

/// Why a call was turned away.
#[derive(Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// The secret in the URL is missing or wrong.
    Secret,
    /// The body is not what the document has, JSON or a form, by its `Content-Type`.
    ContentType,
    /// The body is over the limit.
    TooLarge,
    /// The body broke off.
    Unreadable(BoxError),
    /// The signature is missing or wrong.
    Signature,
    /// The same delivery is being handled at this moment.
    Running,
    /// The body is not the event.
    Decode(DecodeError),
    /// The handler failed.
    Handler(BoxError),
}

impl Rejection {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            // Whoever guesses is not told that there is something here.
            Self::Secret => StatusCode::NOT_FOUND,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(_) | Self::Decode(_) => StatusCode::BAD_REQUEST,
            Self::Signature => StatusCode::UNAUTHORIZED,
            Self::Running => StatusCode::SERVICE_UNAVAILABLE,
            Self::Handler(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => f.write_str("the secret in the URL is missing or wrong"),
            Self::ContentType => {
                f.write_str("the body is not what the document has, by its Content-Type")
            }
            Self::TooLarge => f.write_str("the body is over the limit"),
            Self::Unreadable(error) => write!(f, "the body could not be read: {error}"),
            Self::Signature => f.write_str("the signature is missing or wrong"),
            Self::Running => f.write_str("the same delivery is being handled already"),
            Self::Decode(error) => write!(f, "the body is not the event: {error}"),
            Self::Handler(error) => write!(f, "the handler failed: {error}"),
        }
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unreadable(error) | Self::Handler(error) => Some(error.as_ref()),
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }
}
