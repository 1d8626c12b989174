//! What a Power Platform connector does to requests and responses on their way: its policy template instances.

/// A policy template instance of a connector, with its expressions taken apart.
#[derive(Debug)]
pub struct Policy {
    pub(crate) operations: &'static [&'static str],
    pub(crate) section: Section,
    pub(crate) action: Action,
}

impl Policy {
    /// A policy that works on requests of all operations.
    #[must_use]
    pub const fn request(action: Action) -> Self {
        Self {
            operations: &[],
            section: Section::Request,
            action,
        }
    }

    /// A policy that works on the responses to all operations.
    #[must_use]
    pub const fn response(action: Action) -> Self {
        Self {
            operations: &[],
            section: Section::Response,
            action,
        }
    }

    /// The ids of the operations that it is for.
    #[must_use]
    pub const fn operations(mut self, ids: &'static [&'static str]) -> Self {
        self.operations = ids;
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Request,
    Response,
}

/// What a policy does. The id of the template is in the documentation of each.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the templates' own words")]
pub enum Action {
    /// `dynamichosturl`, `dynamicsubdomain`: another host and base path. `https://` is added if there is no scheme.
    SetHost { url: Template },
    /// `routerequesttoendpoint`: another path, relative to the base path, and perhaps another method.
    Route {
        path: Template,
        method: Option<Template>,
    },
    /// `setheader`.
    SetHeader {
        name: &'static str,
        value: Template,
        exists: Exists,
    },
    /// `setqueryparameter`.
    SetQuery {
        name: &'static str,
        value: Template,
        exists: Exists,
    },
    /// `setproperty`: a property of the object at `parent`, or of each object in the list there.
    SetProperty {
        parent: Path,
        name: Path,
        value: Template,
    },
    /// `stringreplace`.
    ReplaceText {
        parent: Path,
        name: Path,
        from: &'static str,
        to: &'static str,
        target: Path,
    },
    /// `convertobjecttoarray`: `{k: v}` becomes `[{key: k, value: v}]`.
    ObjectToArray {
        parent: Path,
        name: Path,
        target: Path,
        key: &'static str,
        value: &'static str,
    },
    /// `convertarraytoobject`: elements by one of their properties.
    ArrayToObject {
        parent: Path,
        name: Path,
        target: Path,
        key: Path,
        retain_key: bool,
    },
    /// `stringtoarray`: `a;b` becomes `[{child: a}, {child: b}]`.
    TextToArray {
        parent: Path,
        name: Path,
        target: Path,
        delimiters: &'static str,
        child: &'static str,
    },
    /// `encodepropertyvalue`: percent-encodes a text.
    EncodeText {
        parent: Path,
        name: Path,
        target: Path,
    },
    /// `moveproperties`; `only` names the properties to move, all if it is empty.
    MoveProperties {
        source: Path,
        target: Path,
        only: &'static [&'static str],
    },
    /// `setvaluefromurl`: makes another request first, and takes a value from its answer.
    SetFromUrl {
        url: Template,
        method: Option<Template>,
        value: Template,
        target: Target,
    },
    /// `pollingtrigger`: query parameters of the next poll, made from the last answer, and where the items are in it.
    Poll {
        config: &'static [(&'static str, Template)],
        data: Path,
    },
    /// `setconnectionstatustounauthenticated`: a status that says that the connection's credential is no good.
    Unauthenticated { status: u16 },
}

/// What happens if a header or parameter is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the templates' own words")]
pub enum Exists {
    Override,
    Append,
    Skip,
}

/// Where `setvaluefromurl` puts its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A header.
    Header(&'static str),
    /// A query parameter.
    Query(&'static str),
}

/// A text with expressions in it, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template(pub(crate) &'static [Piece]);

impl Template {
    /// A text made of pieces.
    #[must_use]
    pub const fn new(pieces: &'static [Piece]) -> Self {
        Self(pieces)
    }
}

/// A piece of a [`Template`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// Text as it is.
    Text(&'static str),
    /// `@connectionParameters('name')`, and the value if the connection has none.
    ConnectionParameter(&'static str, Option<&'static str>),
    /// `@headers('name')`.
    Header(&'static str),
    /// `@queryParameters('name')`.
    Query(&'static str),
    /// `@body()`, `@triggerBody()`, `@item()`.
    Path(Path),
    /// `{name}` in a path: a parameter of the operation.
    PathParameter(&'static str),
    /// `@Request.OriginalHTTPMethod`.
    Method,
}

/// A path into JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    pub(crate) root: Root,
    pub(crate) steps: &'static [&'static str],
}

impl Path {
    /// `@body()…`.
    #[must_use]
    pub const fn body(steps: &'static [&'static str]) -> Self {
        let root = Root::Body;
        Self { root, steps }
    }

    /// `@triggerBody()…`: the answer to a poll.
    #[must_use]
    pub const fn trigger_body(steps: &'static [&'static str]) -> Self {
        let root = Root::TriggerBody;
        Self { root, steps }
    }

    /// `@item()…`: the element that is being worked on.
    #[must_use]
    pub const fn item(steps: &'static [&'static str]) -> Self {
        let root = Root::Item;
        Self { root, steps }
    }

    /// Relative to what the policy works on.
    #[must_use]
    pub const fn here(steps: &'static [&'static str]) -> Self {
        let root = Root::Here;
        Self { root, steps }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Body,
    TriggerBody,
    Item,
    Here,
}
