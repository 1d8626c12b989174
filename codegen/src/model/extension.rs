//! What the `x-ms-` extensions say about operations and parameters.

use std::fmt;

use super::{RustName, Type, WireName};

/// `x-ms-visibility`: how prominent something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Visibility {
    /// Shown first.
    Important,
    /// Not marked.
    #[default]
    Normal,
    /// Shown last.
    Advanced,
    /// For programs, not people.
    Internal,
}

/// `x-ms-api-annotation`: what version of an action this is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Annotation {
    /// The family of versions.
    pub family: Option<String>,
    /// The version.
    pub revision: Option<u64>,
    /// The status, such as `Production` or `Preview`.
    pub status: Option<String>,
    /// The operation to use instead.
    pub replacement: Option<String>,
}

/// `x-ms-trigger`: an operation that starts something when the API has news.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Whether an answer or call brings a list of events rather than one.
    pub batch: bool,
    /// `x-ms-trigger-hint`: what to do for it to fire.
    pub hint: Option<String>,
    /// How news comes.
    pub kind: TriggerKind,
}

/// How a trigger learns of news.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerKind {
    /// The API calls a URL.
    Webhook {
        /// What it sends (`x-ms-notification-content`).
        event: Type,
        /// Where the URL stands in the body (`x-ms-notification-url`).
        url: Vec<UrlStep>,
        /// The operation that ends the subscription and the index of its parameter for the id, if the document leaves no doubt.
        unsubscribe: Option<(String, usize)>,
    },
    /// The API is asked again and again.
    Polling {
        /// An element of the answer, or the answer.
        event: Type,
        /// The members that lead to the list of events; `None` if the answer is one event.
        items: Option<Vec<String>>,
    },
}

/// A step on the way to the URL in the body of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlStep {
    /// A property.
    Property(WireName),
    /// The elements of a list.
    Element,
}

/// Options for a parameter or property that another operation knows: `x-ms-dynamic-values`, `x-ms-dynamic-list`.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// The function that lists them.
    pub function: RustName,
    /// The parameter, or the path to the property in the body, that is chosen.
    pub path: Vec<WireName>,
    /// The type of its value.
    pub ty: Type,
    /// The operation that lists the options, and its arguments.
    pub source: Source,
    /// Where the list is in its answer; empty for the answer itself.
    pub items: String,
    /// Where the value is in an element; empty for the element itself.
    pub value: String,
    /// Where the title is in an element.
    pub title: String,
}

/// A schema that another operation knows: `x-ms-dynamic-schema`, `x-ms-dynamic-properties`.
#[derive(Debug, Clone, PartialEq)]
pub struct DynamicSchema {
    /// The function that fetches it.
    pub function: RustName,
    /// The property whose schema it is, as the path into the body; empty for the body or answer itself.
    pub path: Vec<WireName>,
    /// Whether it is the schema of the answer.
    pub of_response: bool,
    /// The operation that has the schema, and its arguments.
    pub source: Source,
    /// Where it is in the answer.
    pub value: String,
}

/// An operation that knows options or a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its id.
    pub operation: String,
    /// What its parameters are set to, by their names.
    pub arguments: Vec<(String, Argument)>,
}

/// An argument for an operation that knows options or a schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Always this.
    Constant(serde_json::Value),
    /// Whatever the caller chose elsewhere.
    Chosen,
}

/// How an operation hands out long lists in pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// What leads to the next page.
    pub way: PagingWay,
    /// The place of the elements; empty for the answer itself.
    pub items: String,
    /// The type of an element.
    pub item: Type,
    /// Whether the parameter of the way is a property of the body.
    pub in_body: bool,
    /// The place of a flag that says whether there is more.
    pub more: Option<String>,
    /// The place of the number of elements.
    pub total: Option<String>,
    /// The place of the number of pages.
    pub total_pages: Option<String>,
    /// How this is known.
    pub known_by: KnownBy,
}

impl Paging {
    /// A way of paging without what only some ways have.
    #[must_use]
    pub fn new(way: PagingWay, items: &str, known_by: KnownBy) -> Self {
        Self {
            way,
            items: items.to_owned(),
            item: Type::Value,
            in_body: false,
            more: None,
            total: None,
            total_pages: None,
            known_by,
        }
    }
}

/// What leads to the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PagingWay {
    /// A URL at this place of the answer.
    Link(String),
    /// The `Link` header (RFC 8288).
    LinkHeader,
    /// A value of the answer that goes into a parameter.
    Cursor {
        /// Its place.
        next: String,
        /// The parameter.
        parameter: String,
    },
    /// The id of the last element, which goes into a parameter.
    LastItem {
        /// The member of the element.
        id: String,
        /// The parameter.
        parameter: String,
    },
    /// The number of elements before the page.
    Offset {
        /// The parameter.
        parameter: String,
        /// What it is for the first page.
        first: u64,
    },
    /// The number of the page.
    Page {
        /// The parameter.
        parameter: String,
        /// What it is for the first page.
        first: u64,
    },
}

/// How a long-running operation ends: one that goes on after its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Where its result is.
    pub final_state: FinalState,
    /// The place of the status in the answers, if it is not `status`.
    pub status: Option<String>,
    /// The place of the result in the last status, if that has it.
    pub result: Option<String>,
    /// Whether the document describes a result.
    pub has_result: bool,
    /// The type of the result.
    pub ty: Type,
    /// How this is known.
    pub known_by: KnownBy,
}

impl Job {
    /// An operation of which nothing more is known.
    #[must_use]
    pub fn new(known_by: KnownBy) -> Self {
        Self {
            final_state: FinalState::Automatic,
            status: None,
            result: None,
            has_result: false,
            ty: Type::Value,
            known_by,
        }
    }
}

/// Where the result of a long-running operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinalState {
    /// Where the answers suggest.
    Automatic,
    /// At the `Location` of the first answer.
    Location,
    /// At the URL of the call.
    OriginalUri,
    /// In the last status.
    Monitor,
}

/// How something is known that an operation does beyond one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// An `x-ms-` extension says so.
    Extension,
    /// `connector.toml` says so.
    Settings,
    /// Its parameters and its answers leave no doubt.
    Shape,
}

/// `cursor `next` → `after`, elements in `data``, for people.
impl fmt::Display for Paging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            PagingWay::Link(place) => write!(f, "link `{place}`")?,
            PagingWay::LinkHeader => f.write_str("`Link` header")?,
            PagingWay::Cursor { next, parameter } => write!(f, "cursor `{next}` to `{parameter}`")?,
            PagingWay::LastItem { id, parameter } => {
                write!(f, "last element's `{id}` to `{parameter}`")?;
            }
            PagingWay::Offset { parameter, .. } => write!(f, "offset `{parameter}`")?,
            PagingWay::Page { parameter, first } => write!(f, "page `{parameter}` from {first}")?,
        }
        let places = [
            ("more in", self.more.as_deref()),
            ("total in", self.total.as_deref()),
            ("pages in", self.total_pages.as_deref()),
            ("elements in", Some(self.items.as_str())),
        ];
        for (label, place) in places {
            if let Some(place) = place.filter(|place| !place.is_empty()) {
                write!(f, ", {label} `{place}`")?;
            }
        }
        Ok(())
    }
}

impl KnownBy {
    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::Settings => "connector.toml",
            Self::Shape => "shape",
        }
    }
}
