//! What the `x-ms-` extensions say about operations and parameters.

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

/// How an operation hands out long lists in pages (`x-ms-pageable`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// The property with the URL of the next page.
    pub next_link: String,
    /// The property with the elements.
    pub items: String,
    /// The type of an element.
    pub item: Type,
}
