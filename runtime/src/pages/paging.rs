//! How an operation hands out pages: what generated crates say about it.

/// How an operation hands out pages.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    pub(super) next: Next,
    pub(super) items: &'static str,
    /// Where a flag says whether there is more, and what it is if there is.
    pub(super) more: Option<(&'static str, bool)>,
    pub(super) total: Option<&'static str>,
    pub(super) total_pages: Option<&'static str>,
    in_body: bool,
}

/// What leads to the next page.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// A URL in the answer, by its place.
    Link(&'static str),
    /// The `Link` header.
    Header,
    /// A value in the answer, by its place, and where it goes.
    Cursor(&'static str, &'static str),
    /// The member of the last element, and where it goes.
    LastItem(&'static str, &'static str),
    /// Where the number of elements before the page goes, and the first one.
    Offset(&'static str, u64),
    /// Where the number of the page goes, and the first one.
    Page(&'static str, u64),
}

/// Where the next position goes in a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input {
    Query(&'static str),
    Body(&'static str),
}

impl Paging {
    const fn by(next: Next) -> Self {
        Self {
            next,
            items: "",
            more: None,
            total: None,
            total_pages: None,
            in_body: false,
        }
    }

    /// The property at `name` has the URL of the next page, and `value` the elements. `name` is a property or a path to one:
    /// `@odata.nextLink`, `paging.next`.
    #[must_use]
    pub const fn next_link(name: &'static str) -> Self {
        Self::by(Next::Link(name)).items("value")
    }

    /// The `Link` header with `rel="next"` (RFC 8288) leads to the next page.
    #[must_use]
    pub const fn link_header() -> Self {
        Self::by(Next::Header)
    }

    /// The value at `place` of an answer is the query parameter `parameter` of the next request. The list ends where it is absent,
    /// `null` or empty.
    #[must_use]
    pub const fn cursor(place: &'static str, parameter: &'static str) -> Self {
        Self::by(Next::Cursor(place, parameter))
    }

    /// The member `id` of the last element is the query parameter `parameter` of the next request. The list ends with an empty page.
    #[must_use]
    pub const fn last_item(id: &'static str, parameter: &'static str) -> Self {
        Self::by(Next::LastItem(id, parameter))
    }

    /// The query parameter `parameter` is the number of elements that come before the page. The list ends with an empty page.
    ///
    /// A page that is shorter than asked for does not end it: many servers hand out fewer elements than they are asked for.
    #[must_use]
    pub const fn offset(parameter: &'static str) -> Self {
        Self::by(Next::Offset(parameter, 0))
    }

    /// The query parameter `parameter` is the number of the page; without it, page 1 comes. The list ends with an empty page.
    #[must_use]
    pub const fn page(parameter: &'static str) -> Self {
        Self::by(Next::Page(parameter, 1))
    }

    /// The place of the elements; empty for the answer itself.
    #[must_use]
    pub const fn items(mut self, place: &'static str) -> Self {
        self.items = place;
        self
    }

    /// The parameter is a property of the body, or the path to one.
    #[must_use]
    pub const fn in_body(mut self) -> Self {
        self.in_body = true;
        self
    }

    /// The number that the first page or element has.
    #[must_use]
    pub const fn first(mut self, first: u64) -> Self {
        self.next = match self.next {
            Next::Offset(parameter, _) => Next::Offset(parameter, first),
            Next::Page(parameter, _) => Next::Page(parameter, first),
            other => other,
        };
        self
    }

    /// The flag at `place` says whether there is more.
    #[must_use]
    pub const fn more(mut self, place: &'static str) -> Self {
        self.more = Some((place, true));
        self
    }

    /// The flag at `place` says whether this was all.
    #[must_use]
    pub const fn done(mut self, place: &'static str) -> Self {
        self.more = Some((place, false));
        self
    }

    /// The place of the number of elements in all pages.
    #[must_use]
    pub const fn total(mut self, place: &'static str) -> Self {
        self.total = Some(place);
        self
    }

    /// The place of the number of pages.
    #[must_use]
    pub const fn total_pages(mut self, place: &'static str) -> Self {
        self.total_pages = Some(place);
        self
    }

    /// Where the next position goes; `None` where it is a URL.
    pub(super) fn input(&self) -> Option<Input> {
        let name = match self.next {
            Next::Link(_) | Next::Header => return None,
            Next::Cursor(_, name)
            | Next::LastItem(_, name)
            | Next::Offset(name, _)
            | Next::Page(name, _) => name,
        };
        Some(match self.in_body {
            true => Input::Body(name),
            false => Input::Query(name),
        })
    }
}
