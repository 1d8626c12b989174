//! The kinds of results that an operation can have.

use std::marker::PhantomData;

use super::Received;
use crate::body::ByteStream;
use crate::codec::Decode;
use crate::error::Result;

/// How the response of an operation becomes its result.
///
/// Generated crates implement it for operations with several success types; the others use [`Json`], [`Text`], [`Empty`], [`Stream`].
pub trait Output {
    /// The result.
    type Value: 'static;

    /// Whether the result is handed over before the body has arrived.
    const STREAMED: bool = false;

    /// Whether the result is handed over early where the answer has this status.
    #[must_use]
    fn is_streamed(status: u16) -> bool {
        let _ = status;
        Self::STREAMED
    }

    /// Reads the result.
    ///
    /// # Errors
    /// When the response is not what the document says.
    fn read(response: Received) -> Result<Self::Value>;
}

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(PhantomData<T>);

impl<T: Decode + 'static> Output for Json<T> {
    type Value = T;

    #[inline]
    fn read(response: Received) -> Result<T> {
        response.json()
    }
}

/// A text body.
#[derive(Debug)]
pub struct Text;

impl Output for Text {
    type Value = String;

    #[inline]
    fn read(response: Received) -> Result<String> {
        response.text()
    }
}

/// No body, or one that doesn't matter.
#[derive(Debug)]
pub struct Empty;

impl Output for Empty {
    type Value = ();

    #[inline]
    fn read(response: Received) -> Result<()> {
        response.empty()
    }
}

/// A body handed over as it arrives.
#[derive(Debug)]
pub struct Stream;

impl Output for Stream {
    type Value = ByteStream;

    const STREAMED: bool = true;

    #[inline]
    fn read(response: Received) -> Result<ByteStream> {
        response.stream()
    }
}
