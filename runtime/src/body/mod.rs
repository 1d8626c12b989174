//! Bodies: what is sent, what is received.

mod multipart;
mod stream;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};

pub use self::multipart::{FilePart, Multipart};
pub use self::stream::ByteStream;
pub(crate) use self::stream::read_error;
use crate::error::{Error, Result};

/// The body of a request: bytes, files, streams, or several of them one after the other.
///
/// Bytes and files are read anew for every attempt. A stream is read once, so a call that sends one isn't retried after its
/// first attempt began.
#[derive(Clone, Default)]
pub struct Body(Vec<Source>);

#[derive(Clone)]
enum Source {
    Bytes(Bytes),
    File(PathBuf),
    Stream(OneTime),
}

/// A stream shared by the clones of a request; the first one to send it takes it.
type OneTime = Arc<Mutex<Option<ByteStream>>>;

impl Body {
    /// A body without content.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The content of a file, opened when the request is sent.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(vec![Source::File(path.into())])
    }

    /// A stream of chunks.
    #[cfg(feature = "stream")]
    pub fn stream<S, B, E>(stream: S) -> Self
    where
        S: futures_core::Stream<Item = std::result::Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        ByteStream::from_stream(stream).into()
    }

    /// The content, if it is held in memory in one piece.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        static EMPTY: Bytes = Bytes::new();
        match self.0.as_slice() {
            [] => Some(&EMPTY),
            [Source::Bytes(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// Whether the body can be sent more than once.
    pub(crate) fn is_replayable(&self) -> bool {
        !self
            .0
            .iter()
            .any(|source| matches!(source, Source::Stream(_)))
    }

    /// Puts another body behind this one.
    fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The same body in one piece, if all of it is in memory.
    fn joined(self) -> Self {
        let mut all = BytesMut::new();
        for source in &self.0 {
            match source {
                Source::Bytes(bytes) => all.extend_from_slice(bytes),
                Source::File(_) | Source::Stream(_) => return self,
            }
        }
        all.freeze().into()
    }

    /// Opens files and takes streams, for one attempt.
    pub(crate) async fn open(&self) -> Result<ByteStream> {
        if let Some(bytes) = self.as_bytes() {
            return Ok(bytes.clone().into());
        }
        let mut parts = Vec::with_capacity(self.0.len());
        for source in &self.0 {
            parts.push(source.open().await?);
        }
        Ok(ByteStream::concat(parts))
    }
}

impl Source {
    async fn open(&self) -> Result<ByteStream> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone().into()),
            Self::File(path) => ByteStream::open(path.clone()).await,
            Self::Stream(stream) => {
                let taken = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                taken.ok_or_else(|| Error::request("the body is a stream, and it was sent before"))
            }
        }
    }
}

impl From<ByteStream> for Body {
    fn from(stream: ByteStream) -> Self {
        Self(vec![Source::Stream(Arc::new(Mutex::new(Some(stream))))])
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(vec![Source::Bytes(bytes)])
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Says how much there is, not what: bodies may hold secrets.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Stream(_) => f.write_str("stream"),
        }
    }
}
