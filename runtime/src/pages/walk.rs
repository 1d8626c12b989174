//! From page to page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::task::{Context, Poll, ready};

use serde_json::Value;
use url::Url;

use super::paging::{Next, Paging};
use super::{input, link};
use crate::codec::{lookup, take};
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
    /// Hashes of the links and cursors so far: a list may have very many pages.
    seen: HashSet<u64>,
    /// The hash of the last page's elements.
    last: Option<u64>,
    /// How many elements came; `None` if the walk did not begin at the beginning.
    received: Option<u64>,
    empty: u32,
}

enum Position {
    Start,
    At(Url),
    /// The cursor, the offset or the number of the page.
    With(Value),
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
            last: None,
            received: None,
            empty: 0,
        }
    }

    pub(super) fn resume(&mut self, position: &str) -> Result<()> {
        self.position = match self.paging.input() {
            Some(_) => Position::With(self.value_to_resume_at(position)?),
            None => Position::At(self.link_to_resume_at(position)?),
        };
        Ok(())
    }

    fn link_to_resume_at(&mut self, link: &str) -> Result<Url> {
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
        Ok(url)
    }

    fn value_to_resume_at(&mut self, text: &str) -> Result<Value> {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let fits = match self.paging.next {
            Next::Offset(..) | Next::Page(..) => value.is_u64(),
            _ => value.is_string() || value.is_number(),
        };
        if !fits {
            return Err(Error::request("there is no such position to resume at"));
        }
        self.seen.insert(hash(&value.to_string()));
        Ok(value)
    }

    /// The page that comes next, as text.
    pub(super) fn position(&self) -> Option<String> {
        match &self.position {
            Position::At(url) => Some(url.as_str().to_owned()),
            Position::With(value) => Some(value.to_string()),
            Position::Start | Position::End => None,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.position, Position::End)
    }

    pub(super) fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page>>> {
        if self.under_way.is_none() {
            let request = match self.next_request() {
                Some(Ok(request)) => request,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
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

    fn next_request(&mut self) -> Option<Result<Request>> {
        Some(match &self.position {
            Position::Start => Ok(self.request.clone()),
            Position::At(url) => Ok(self.request.follow(url.clone())),
            Position::With(value) => {
                let mut request = self.request.clone();
                let set = self.paging.input();
                let set = set.map_or(Ok(()), |input| input::set(&mut request, input, value));
                if set.is_err() {
                    // The body can't take a position, and never will.
                    self.position = Position::End;
                }
                set.map(|()| request)
            }
            Position::End => return None,
        })
    }

    /// Reads the way on from a page.
    fn arrived(&mut self, answer: Answer) -> Result<Page> {
        let body = answer.json()?.unwrap_or(Value::Null);
        let count = self.items(&body).len() as u64;
        self.empty = match count {
            0 => self.empty + 1,
            _ => 0,
        };
        let next = self.way_on(&answer, &body, count);
        // Whatever is wrong with the way on, it stays wrong: the list ends here.
        self.position = Position::End;
        self.position = next?;
        if self.empty >= MAX_EMPTY && !self.is_done() {
            self.position = Position::End;
            return Err(answer.refused(format!("{MAX_EMPTY} pages in a row are empty")));
        }
        Ok(Page { answer, body })
    }

    fn way_on(&mut self, answer: &Answer, body: &Value, count: u64) -> Result<Position> {
        let more = self.more(body);
        match self.paging.next {
            Next::Link(place) => {
                let link = lookup(body, place).and_then(Value::as_str);
                self.link(answer, link)
            }
            Next::Header => {
                let link = link::next(answer.headers());
                self.link(answer, link.as_deref())
            }
            _ if more == Some(false) => Ok(Position::End),
            Next::Cursor(place, _) => {
                let cursor = lookup(body, place).unwrap_or(&Value::Null);
                self.cursor(answer, place, cursor, more)
            }
            Next::LastItem(id, _) => {
                let Some(last) = self.items(body).last() else {
                    return Ok(Position::End);
                };
                let cursor = lookup(last, id).unwrap_or(&Value::Null);
                self.cursor(answer, id, cursor, Some(true))
            }
            Next::Offset(_, first) => {
                let (offset, _) = self.current(first);
                let next = offset.saturating_add(count);
                let all = self.number(body, self.paging.total);
                let is_end = count == 0 || all.is_some_and(|all| next.saturating_sub(first) >= all);
                self.counted(answer, body, next, is_end)
            }
            Next::Page(_, first) => {
                let is_end = self.is_last_page(body, first, count, more);
                let next = self.current(first).0.saturating_add(1);
                self.counted(answer, body, next, is_end)
            }
        }
    }

    fn link(&mut self, answer: &Answer, link: Option<&str>) -> Result<Position> {
        let Some(link) = link.filter(|link| !link.trim().is_empty()) else {
            return Ok(Position::End);
        };
        let origin = self.origin.get_or_insert_with(|| answer.origin());
        let url = answer.link_within(answer.link(link)?, origin)?;
        if !self.seen.insert(hash(&url)) {
            return Err(in_a_circle(answer));
        }
        Ok(Position::At(url))
    }

    fn cursor(
        &mut self,
        answer: &Answer,
        place: &str,
        cursor: &Value,
        more: Option<bool>,
    ) -> Result<Position> {
        let is_absent = match cursor {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.trim().is_empty(),
            // Some APIs have no `null`, and end their lists with 0.
            Value::Number(number) => number.as_u64() == Some(0) && more != Some(true),
            _ => false,
        };
        if is_absent && more == Some(true) {
            return Err(answer.refused(format!("there is more, but `{place}` does not lead to it")));
        }
        if is_absent {
            return Ok(Position::End);
        }
        if !cursor.is_string() && !cursor.is_number() {
            return Err(answer.refused(format!("`{place}` leads to no next page")));
        }
        if !self.seen.insert(hash(&cursor.to_string())) {
            return Err(in_a_circle(answer));
        }
        Ok(Position::With(cursor.clone()))
    }

    fn is_last_page(&mut self, body: &Value, first: u64, count: u64, more: Option<bool>) -> bool {
        let (page, is_beginning) = self.current(first);
        if is_beginning && page == first {
            self.received = Some(0);
        }
        self.received = self.received.map(|received| received.saturating_add(count));
        if let Some(pages) = self.number(body, self.paging.total_pages) {
            return page.saturating_sub(first).saturating_add(1) >= pages;
        }
        let all = self.number(body, self.paging.total);
        let has_all = self
            .received
            .zip(all)
            .is_some_and(|(so_far, all)| so_far >= all);
        has_all || (count == 0 && more != Some(true))
    }

    /// The position behind a page, unless the server hands out one page again and again.
    fn counted(
        &mut self,
        answer: &Answer,
        body: &Value,
        next: u64,
        is_end: bool,
    ) -> Result<Position> {
        let items = self.items(body);
        // Elements that are mere values may well repeat.
        let page = items
            .iter()
            .all(Value::is_object)
            .then_some(items)
            .filter(|items| !items.is_empty())
            .map(|items| hash(&serde_json::to_string(items).unwrap_or_default()));
        if page.is_some() && self.last == page {
            return Err(answer.refused("the same page came again".to_owned()));
        }
        self.last = page;
        Ok(match is_end {
            true => Position::End,
            false => Position::With(next.into()),
        })
    }

    /// The number of the current page or element, and whether it is that of the call itself.
    fn current(&self, first: u64) -> (u64, bool) {
        match &self.position {
            Position::With(value) => (value.as_u64().unwrap_or(first), false),
            _ => {
                let set = self.paging.input();
                let set = set.and_then(|input| input::get(&self.request, input));
                (set.unwrap_or(first), true)
            }
        }
    }

    fn more(&self, body: &Value) -> Option<bool> {
        let (place, meaning) = self.paging.more?;
        match lookup(body, place)? {
            Value::Bool(flag) => Some(*flag == meaning),
            Value::String(text) => Some(text.parse::<bool>().ok()? == meaning),
            _ => None,
        }
    }

    fn number(&self, body: &Value, place: Option<&str>) -> Option<u64> {
        match lookup(body, place?)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn items<'v>(&self, body: &'v Value) -> &'v [Value] {
        let list = lookup(body, self.paging.items).or(Some(body));
        list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn take_items(&self, mut body: Value) -> Vec<Value> {
        let list = match body {
            Value::Array(_) => body,
            _ => take(&mut body, self.paging.items).unwrap_or_default(),
        };
        match list {
            Value::Array(items) => items,
            _ => Vec::new(),
        }
    }
}

fn in_a_circle(answer: &Answer) -> Error {
    answer.refused("the pages lead in a circle".to_owned())
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
