//! From page to page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::task::{Context, Poll, ready};

use serde_json::Value;
use url::Url;

use super::{Next, Paging};
use crate::codec::lookup;
use crate::error::{Error, Result};
use crate::request::{Request, Sending};
use crate::response::Answer;
use crate::send::origin_of;

/// As many empty pages in a row are believed; filters on the server's side make some.
const MAX_EMPTY: u32 = 100;

/// A page as it came.
pub(super) struct Page {
    pub(super) answer: Answer,
    pub(super) body: Value,
}

pub(super) struct Walk {
    request: Request,
    paging: Paging,
    position: Position,
    /// The origin that links must stay at, once it is known.
    origin: Option<String>,
    under_way: Option<Sending<Answer>>,
    /// Hashes of the links so far: a list may have very many pages.
    seen: HashSet<u64>,
    empty: u32,
}

enum Position {
    Start,
    At(Url),
    End,
}

impl Walk {
    pub(super) fn new(request: Request, paging: Paging) -> Self {
        Self {
            request,
            paging,
            position: Position::Start,
            origin: None,
            under_way: None,
            seen: HashSet::new(),
            empty: 0,
        }
    }

    pub(super) fn resume(&mut self, link: &str) -> Result<()> {
        let url = Url::parse(link).map_err(|error| {
            Error::request("the link to resume at is no URL").with_source(error)
        })?;
        let origin = origin_of(&self.request)?;
        let there = url.origin().ascii_serialization();
        if there != origin {
            return Err(Error::request(format!(
                "the link to resume at is at {there}, but the call goes to {origin}"
            )));
        }
        self.origin = Some(origin);
        self.seen.insert(hash(&url));
        self.position = Position::At(url);
        Ok(())
    }

    pub(super) fn link(&self) -> Option<&str> {
        match &self.position {
            Position::At(url) => Some(url.as_str()),
            Position::Start | Position::End => None,
        }
    }

    pub(super) fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page>>> {
        if self.under_way.is_none() {
            let request = match &self.position {
                Position::Start => self.request.clone(),
                Position::At(url) => self.request.follow(url.clone()),
                Position::End => return Poll::Ready(None),
            };
            self.under_way = Some(request.send::<Answer>());
        }
        let Some(sending) = self.under_way.as_mut() else {
            return Poll::Ready(None);
        };
        let answer = ready!(std::pin::Pin::new(sending).poll(cx));
        self.under_way = None;
        let page = answer.and_then(|answer| self.arrived(answer));
        Poll::Ready(Some(page))
    }

    /// Reads the way on from a page.
    fn arrived(&mut self, answer: Answer) -> Result<Page> {
        let body = answer.json()?.unwrap_or(Value::Null);
        let Next::Link(name) = self.paging.next;
        let link = lookup(&body, name)
            .and_then(Value::as_str)
            .filter(|link| !link.trim().is_empty());
        let next = match link {
            Some(link) => self.checked(&answer, link),
            None => Ok(Position::End),
        };
        self.empty = match self.items(&body) {
            [] => self.empty + 1,
            _ => 0,
        };
        // Whatever is wrong with the way on, it stays wrong: the list ends here.
        self.position = Position::End;
        self.position = next?;
        if self.empty >= MAX_EMPTY && self.link().is_some() {
            self.position = Position::End;
            return Err(answer.refused(format!("{MAX_EMPTY} pages in a row are empty")));
        }
        Ok(Page { answer, body })
    }

    fn checked(&mut self, answer: &Answer, link: &str) -> Result<Position> {
        let origin = self.origin.get_or_insert_with(|| answer.origin());
        let url = answer.link_within(answer.link(link)?, origin)?;
        if !self.seen.insert(hash(&url)) {
            return Err(answer.refused("the pages lead in a circle".to_owned()));
        }
        Ok(Position::At(url))
    }

    fn items<'v>(&self, body: &'v Value) -> &'v [Value] {
        let list = lookup(body, self.paging.items).or(Some(body));
        list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn take_items(&self, body: Value) -> Vec<Value> {
        match body {
            Value::Array(items) => items,
            other => self.items(&other).to_vec(),
        }
    }
}

fn hash(url: &Url) -> u64 {
    let mut hasher = DefaultHasher::new();
    url.hash(&mut hasher);
    hasher.finish()
}
