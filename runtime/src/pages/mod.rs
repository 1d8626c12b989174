//! Long lists that come in pages: by links in the answer or its headers, cursors, offsets, or numbers of pages.
//!
//! An operation with pages has `.pages()` and `.items()` beside `.send()`:
//!
//! ```no_run
//! # use connector_runtime as runtime;
//! # async fn example(mut items: runtime::pages::Items<String>) -> runtime::Result<()> {
//! while let Some(item) = items.next().await {
//!     println!("{}", item?);
//! }
//! # Ok(())
//! # }
//! ```

mod input;
pub mod link;
mod paging;
mod walk;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::{Context, Poll, ready};

use serde_json::Value;

pub use self::paging::Paging;
use self::walk::Walk;
use crate::codec::Decode;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::response::Answer;

/// The pages of a list, one after the other, each as the answer that it is.
///
/// Nothing is sent before the first call of [`next`](Self::next), and no page before it is asked for. A page that can't be fetched
/// is an error, and the next call tries it again. Links that lead to another origin, links and cursors that come again, the same
/// page again, and one empty page after the other end the list with an error.
///
/// A list that breaks off can be gone on with, in another process too: save the [`position`](Self::position), make the same call,
/// and [`resume`](Self::resume).
#[must_use = "nothing is sent before .next()"]
pub struct Pages<T> {
    walk: Walk,
    page: PhantomData<fn() -> T>,
}

impl<T: Decode> Pages<T> {
    /// The pages of a call.
    pub fn new(request: Request, paging: Paging) -> Self {
        Self {
            walk: Walk::new(request, paging),
            page: PhantomData,
        }
    }

    /// Begins at a page that [`position`](Self::position) named earlier. The call must be the same.
    ///
    /// # Errors
    /// When it is no position of such a list, or a URL elsewhere than at the origin that the call goes to.
    pub fn resume(mut self, position: &str) -> Result<Self> {
        self.walk.resume(position)?;
        Ok(self)
    }

    /// The page that comes next, as a text to be kept; `None` at the beginning and at the end.
    ///
    /// It is the URL, or the cursor or number as JSON. It may hold what the API put into it, such as tokens with an end.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        self.walk.position()
    }

    /// Whether the last page has come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.walk.is_done()
    }

    /// The next page; `None` after the last one. Giving up this future loses no page.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_page(cx)).await
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let page = match ready!(self.walk.poll_page(cx)) {
            Some(Ok(page)) => page,
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(page.answer.decode(page.body)))
    }
}

/// The elements of a list in pages.
///
/// The same as [`Pages`], split. An element that does not have its type is an error, and the next call goes on behind it.
#[must_use = "nothing is sent before .next()"]
pub struct Items<T> {
    walk: Walk,
    queue: VecDeque<Value>,
    /// The answer that the elements are from, and how many there were.
    page: Option<(Answer, usize)>,
    item: PhantomData<fn() -> T>,
}

impl<T: Decode> Items<T> {
    /// The elements of a call's pages.
    pub fn new(request: Request, paging: Paging) -> Self {
        Self {
            walk: Walk::new(request, paging),
            queue: VecDeque::new(),
            page: None,
            item: PhantomData,
        }
    }

    /// Begins at a page that [`position`](Self::position) named earlier. The call must be the same.
    ///
    /// # Errors
    /// When it is no position of such a list, or a URL elsewhere than at the origin that the call goes to.
    pub fn resume(mut self, position: &str) -> Result<Self> {
        self.walk.resume(position)?;
        Ok(self)
    }

    /// The page that comes after the one whose elements are being handed out, as a text to be kept; `None` on the last page.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        self.walk.position()
    }

    /// The next element; `None` after the last one. Giving up this future loses no element.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// All elements that are left.
    ///
    /// # Errors
    /// The first error on the way; what came before it is lost.
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return Poll::Ready(Some(self.decode(item)));
            }
            match ready!(self.walk.poll_page(cx)) {
                Some(Ok(page)) => {
                    self.queue = self.walk.take_items(page.body).into();
                    self.page = Some((page.answer, self.queue.len()));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn decode(&self, item: Value) -> Result<T> {
        let Some((answer, length)) = &self.page else {
            return T::decode(item).map_err(Error::from);
        };
        let decoded = answer.reading().decode_part(item);
        decoded.map_err(|error| {
            // The element is out of the queue by now.
            let index = length.saturating_sub(self.queue.len() + 1);
            answer.undecodable(error.index(index))
        })
    }
}

#[cfg(feature = "stream")]
impl<T: Decode> futures_core::Stream for Pages<T> {
    type Item = Result<T>;

    fn poll_next(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_page(cx)
    }
}

#[cfg(feature = "stream")]
impl<T: Decode> futures_core::Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("queued", &self.queue.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
