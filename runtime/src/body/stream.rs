//! A body that arrives or leaves in chunks.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::task::JoinHandle;

use crate::error::{Error, ErrorKind, Result};

type BoxError = Box<dyn StdError + Send + Sync>;
type Chunks = Pin<Box<dyn Stream<Item = std::result::Result<Bytes, BoxError>> + Send>>;

/// How much of a file is read at once.
const FILE_CHUNK: usize = 64 * 1024;

/// A body in chunks.
///
/// Read it with [`chunk`](Self::chunk), or whole with [`bytes`](Self::bytes) or [`text`](Self::text). With the feature `stream` it
/// is also a `futures_core::Stream`.
pub struct ByteStream {
    inner: Inner,
    /// The length, if it is known.
    length: Option<u64>,
}

enum Inner {
    /// One chunk, or none any more.
    Full(Option<Bytes>),
    Chunks(Chunks),
}

impl ByteStream {
    /// Wraps a stream of chunks; for implementations of [`Transport`](crate::transport::Transport).
    #[cfg(feature = "stream")]
    pub fn from_stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = std::result::Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Self::from_chunks(Converted(Box::pin(stream)), None)
    }

    pub(crate) fn from_chunks(
        chunks: impl Stream<Item = std::result::Result<Bytes, BoxError>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self {
            inner: Inner::Chunks(Box::pin(chunks)),
            length,
        }
    }

    pub(crate) async fn open(path: PathBuf) -> Result<Self> {
        let (file, length) = FileChunks::open(path.clone()).await.map_err(|error| {
            Error::request(format!("the file {} cannot be read", path.display())).with_source(error)
        })?;
        Ok(Self::from_chunks(file, Some(length)))
    }

    /// One body after the other.
    pub(crate) fn concat(parts: Vec<Self>) -> Self {
        let length = parts.iter().map(|part| part.length).sum();
        Self::from_chunks(Concat(parts.into()), length)
    }

    /// The number of bytes to come, if it is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The content, if it is held in memory in one piece.
    pub(crate) fn full(&self) -> Option<Bytes> {
        match &self.inner {
            Inner::Full(bytes) => Some(bytes.clone().unwrap_or_default()),
            Inner::Chunks(_) => None,
        }
    }

    /// The next chunk; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks before the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|cx| self.poll_chunk(cx))
            .await
            .map(|chunk| chunk.map_err(read_error))
    }

    /// All that is left.
    ///
    /// # Errors
    /// When the connection breaks before the end.
    pub async fn bytes(mut self) -> Result<Bytes> {
        let Some(first) = self.chunk().await.transpose()? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.chunk().await.transpose()? else {
            return Ok(first);
        };
        let mut all = BytesMut::from(first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all.freeze())
    }

    /// At most `limit` bytes of what is left.
    pub(crate) async fn bytes_up_to(mut self, limit: usize) -> Result<Bytes> {
        let mut all = BytesMut::new();
        while all.len() < limit {
            let Some(chunk) = self.chunk().await.transpose()? else {
                break;
            };
            all.extend_from_slice(&chunk[..chunk.len().min(limit - all.len())]);
        }
        Ok(all.freeze())
    }

    /// All that is left, as UTF-8 text.
    ///
    /// # Errors
    /// When the connection breaks before the end, or the content is not UTF-8.
    pub async fn text(self) -> Result<String> {
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|error| {
            Error::new(ErrorKind::Decode, "the body is not UTF-8 text")
                .with_source(error.utf8_error())
        })
    }

    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Bytes, BoxError>>> {
        match &mut self.inner {
            Inner::Full(bytes) => {
                Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(Ok))
            }
            Inner::Chunks(chunks) => chunks.as_mut().poll_next(cx),
        }
    }
}

/// The error for a body that can't be read to its end.
pub(crate) fn read_error(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => Error::new(ErrorKind::Body, "the body broke off").with_source(error),
    }
}

impl From<Bytes> for ByteStream {
    fn from(bytes: Bytes) -> Self {
        Self {
            length: Some(bytes.len() as u64),
            inner: Inner::Full(Some(bytes)),
        }
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "stream")]
impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
            .map(|chunk| chunk.map(|chunk| chunk.map_err(read_error)))
    }
}

#[cfg(feature = "stream")]
struct Converted<S>(Pin<Box<S>>);

#[cfg(feature = "stream")]
impl<S, B, E> Stream for Converted<S>
where
    S: Stream<Item = std::result::Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    type Item = std::result::Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0
            .as_mut()
            .poll_next(cx)
            .map(|item| item.map(|chunk| chunk.map(Into::into).map_err(Into::into)))
    }
}

struct Concat(VecDeque<ByteStream>);

impl Stream for Concat {
    type Item = std::result::Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(first) = self.0.front_mut() {
            match first.poll_chunk(cx) {
                Poll::Ready(None) => drop(self.0.pop_front()),
                other => return other,
            }
        }
        Poll::Ready(None)
    }
}

/// A file, read on the blocking pool; one read is under way at a time.
struct FileChunks(Option<JoinHandle<(std::fs::File, io::Result<Bytes>)>>);

impl FileChunks {
    async fn open(path: PathBuf) -> io::Result<(Self, u64)> {
        let opened = tokio::task::spawn_blocking(move || {
            let file = std::fs::File::open(path)?;
            let length = file.metadata()?.len();
            Ok::<_, io::Error>((file, length))
        });
        let (file, length) = opened.await.map_err(io::Error::other)??;
        Ok((Self(Some(read(file))), length))
    }
}

fn read(mut file: std::fs::File) -> JoinHandle<(std::fs::File, io::Result<Bytes>)> {
    tokio::task::spawn_blocking(move || {
        let mut buffer = vec![0; FILE_CHUNK];
        let chunk = file.read(&mut buffer).map(|length| {
            buffer.truncate(length);
            Bytes::from(buffer)
        });
        (file, chunk)
    })
}

impl Stream for FileChunks {
    type Item = std::result::Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(reading) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let Poll::Ready(done) = Pin::new(reading).poll(cx) else {
            return Poll::Pending;
        };
        self.0 = None;
        Poll::Ready(match done {
            Ok((_, Ok(chunk))) if chunk.is_empty() => None,
            Ok((file, Ok(chunk))) => {
                self.0 = Some(read(file));
                Some(Ok(chunk))
            }
            Ok((_, Err(error))) => Some(Err(error.into())),
            Err(error) => Some(Err(error.into())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_are_read_one_after_the_other() {
        let parts = ["a", "", "bc"].map(|part| ByteStream::from(Bytes::from(part)));
        let all = ByteStream::concat(parts.into());
        assert_eq!(all.length(), Some(3));
        assert_eq!(all.text().await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn files_are_read_in_chunks() {
        let path = std::env::temp_dir().join(format!("connector-runtime-{}", std::process::id()));
        let content = vec![7_u8; FILE_CHUNK + 10];
        std::fs::write(&path, &content).unwrap();
        let mut stream = ByteStream::open(path.clone()).await.unwrap();
        assert_eq!(stream.length(), Some(content.len() as u64));
        assert_eq!(stream.chunk().await.unwrap().unwrap().len(), FILE_CHUNK);
        assert_eq!(stream.bytes().await.unwrap().len(), 10);
        std::fs::remove_file(&path).unwrap();
        assert!(
            ByteStream::open(path)
                .await
                .unwrap_err()
                .to_string()
                .contains("cannot be read")
        );
    }

    #[tokio::test]
    async fn text_must_be_utf8() {
        let stream = ByteStream::from(Bytes::from_static(&[0xff]));
        assert!(stream.text().await.unwrap_err().is_decode());
    }

    #[tokio::test]
    async fn limited_read_stops() {
        let stream = ByteStream::from(Bytes::from_static(b"abcdef"));
        assert_eq!(stream.bytes_up_to(4).await.unwrap(), "abcd");
    }
}
