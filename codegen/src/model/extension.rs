//! What the `x-ms-` extensions say about operations and parameters.

use super::{Type, WireName};

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
        /// Where the URL stands in the body (`x-ms-notification-url`): the properties that lead there.
        url: Vec<WireName>,
        /// The operation that ends the subscription, and its path parameter, if the document leaves no doubt.
        unsubscribe: Option<(String, WireName)>,
    },
    /// The API is asked again and again.
    Polling {
        /// An element of the answer.
        event: Type,
    },
}

/// Options for a parameter or property that another operation knows: `x-ms-dynamic-values`, `x-ms-dynamic-list`.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// The parameter, or the path to the property in the body, that is chosen.
    pub path: Vec<WireName>,
    /// The type of its value.
    pub ty: Type,
    /// The operation that lists the options.
    pub operation: String,
    /// Where the list is in its answer; empty for the answer itself.
    pub items: Vec<String>,
    /// Where the value is in an element; empty for the element itself.
    pub value: Vec<String>,
    /// Where the title is in an element.
    pub title: Vec<String>,
    /// The arguments of that operation.
    pub arguments: Vec<(WireName, Argument)>,
}

/// A schema that another operation knows: `x-ms-dynamic-schema`, `x-ms-dynamic-properties`.
#[derive(Debug, Clone, PartialEq)]
pub struct DynamicSchema {
    /// The property whose schema it is, as the path into the body; empty for the body or answer itself.
    pub path: Vec<WireName>,
    /// Whether it is the schema of the answer.
    pub of_response: bool,
    /// The operation that has the schema.
    pub operation: String,
    /// Where it is in the answer.
    pub value: Vec<String>,
    /// The arguments of that operation.
    pub arguments: Vec<(WireName, Argument)>,
}

/// An argument for an operation that knows options or a schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Always this.
    Constant(serde_json::Value),
    /// The value of a parameter of the operation that has the choice, or of a property in its body.
    From(Vec<WireName>),
}

/// How an operation hands out long lists in pages (`x-ms-pageable`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// The property with the URL of the next page.
    pub next_link: Vec<String>,
    /// The property with the elements.
    pub items: Vec<String>,
    /// The type of an element.
    pub item: Type,
}
