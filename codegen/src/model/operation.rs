//! Operations: what a call takes, what it gives back.

use super::{
    Annotation, Choices, Docs, DynamicSchema, Job, ModelId, Paging, Requirement, RustName, Server,
    Trigger, Type, Visibility, WireName,
};
use crate::diagnostics::Pointer;

/// A group of operations, printed as one module and one Cargo feature.
#[derive(Debug)]
pub struct Tag {
    /// The tag as the document has it, or the path segment that stands in for it.
    pub name: String,
    /// What the document says about the tag.
    pub description: Option<String>,
    /// The module, and the method of the client that leads to it.
    pub module: RustName,
    /// The struct that carries the operations' methods.
    pub handle: RustName,
    /// The Cargo feature.
    pub feature: String,
    /// The operations in the document's order.
    pub operations: Vec<Operation>,
}

/// One operation (OpenAPI 3.0.4, section 4.8.10).
#[derive(Debug)]
pub struct Operation {
    /// The operationId, or the one made of method and path.
    pub id: String,
    /// Where it is in the canonical document.
    pub pointer: Pointer,
    /// The HTTP method in capitals.
    pub method: String,
    /// The path template.
    pub path: String,
    /// Summary, description, deprecation.
    pub docs: Docs,
    /// The method on the tag's handle.
    pub function: RustName,
    /// The struct that carries the descriptor and the setters.
    pub builder: RustName,
    /// The parameters: required ones in the order of the function's arguments.
    pub parameters: Vec<Parameter>,
    /// The bodies that the operation accepts, the preferred one first; empty if it takes none.
    pub bodies: Vec<Body>,
    /// Whether a call without a body breaks the document.
    pub body_required: bool,
    /// Whether a body that takes no arguments is sent without asking, in place of one that is required.
    pub body_fixed: bool,
    /// What a success is decoded into.
    pub output: Output,
    /// The stream that it answers with when it is asked for it, beside `output`.
    pub stream: Option<StreamedAnswer>,
    /// How it is asked for a stream, if not by the `Accept` header alone.
    pub stream_flag: Option<StreamFlag>,
    /// The `Accept` header; empty if no response has a body.
    pub accept: String,
    /// The documented error bodies.
    pub errors: Vec<ErrorBody>,
    /// The documented headers of successful responses.
    pub headers: Vec<ResponseHeader>,
    /// Alternatives of sets of schemes; `None` if the document says nothing.
    pub security: Option<Vec<Vec<Requirement>>>,
    /// Servers of the path or the operation, in place of the document's.
    pub servers: Vec<Server>,
    /// What the `x-ms-` extensions say.
    pub extensions: OperationExtensions,
}

/// What the `x-ms-` extensions say about an operation.
#[derive(Debug, Default)]
pub struct OperationExtensions {
    /// How prominent it is.
    pub visibility: Visibility,
    /// What version of an action it is.
    pub annotation: Option<Annotation>,
    /// What it is told when the API has news.
    pub trigger: Option<Trigger>,
    /// Options for its parameters.
    pub choices: Vec<Choices>,
    /// Schemas that are only known when it is called.
    pub schemas: Vec<DynamicSchema>,
    /// How it hands out pages.
    pub paging: Option<Paging>,
    /// How it ends, if it goes on after its answer.
    pub job: Option<Job>,
    /// Whether a C# script stands between the document and the API.
    pub scripted: bool,
    /// The ids of policy templates that are not known, and so not carried out.
    pub unknown_policies: Vec<String>,
}

/// An operation that could not be generated, and why.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// The operationId or method and path.
    pub id: String,
    /// Where it is.
    pub pointer: Pointer,
    /// The reason, a sentence.
    pub reason: String,
}

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// In the path template.
    Path,
    /// In the query string.
    Query,
    /// The whole query string (OpenAPI 3.2).
    QueryString,
    /// In a header.
    Header,
    /// In the `Cookie` header.
    Cookie,
}

/// How a value is serialised (OpenAPI 3.0.4, section 4.8.12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the specification's own words")]
pub enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    TabDelimited,
    DeepObject,
    Cookie,
}

/// A parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    /// Its name on the wire.
    pub wire: WireName,
    /// The argument or setter.
    pub name: RustName,
    /// Where it goes.
    pub location: Location,
    /// How it is serialised.
    pub style: Style,
    /// Whether lists and objects are spread.
    pub explode: bool,
    /// Whether reserved characters stay as they are.
    pub allow_reserved: bool,
    /// The media type of a parameter described by `content`.
    pub content: Option<String>,
    /// How the properties of a form that is the whole query string are serialised.
    pub encodings: Vec<Encoding>,
    /// Required parameters are arguments, the rest are setters.
    pub required: bool,
    /// The type of the value.
    pub ty: Type,
    /// What is sent unless the caller says otherwise, without being asked for: a default that must not be left out.
    pub fixed: Option<serde_json::Value>,
    /// How prominent it is.
    pub visibility: Visibility,
    /// Whether `%` of an encoded path value is encoded once more (`x-ms-url-encoding: double`).
    pub double_encoded: bool,
    /// What the document says.
    pub docs: Docs,
}

/// One media type of a request body.
#[derive(Debug)]
pub struct Body {
    /// The media type, as sent.
    pub media_type: String,
    /// What the caller hands over.
    pub kind: BodyKind,
    /// How properties of forms are serialised.
    pub encodings: Vec<Encoding>,
    /// The method that takes this body: the operation's own for the first, `…_as_form` for others.
    pub function: RustName,
}

/// What the caller hands over as a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyKind {
    /// A value encoded as JSON.
    Json(Type),
    /// A value encoded as `application/x-www-form-urlencoded`.
    Form(Type),
    /// A `multipart/form-data` form that is a model of its own, or a free one.
    Multipart(Option<ModelId>),
    /// Text.
    Text,
    /// Bytes or a stream.
    Binary,
}

/// How one property of a form is serialised (OpenAPI 3.0.4, section 4.8.15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// The property.
    pub property: WireName,
    /// Its style, if the document says one.
    pub style: Option<Style>,
    /// Its explode flag, if the document says one.
    pub explode: Option<bool>,
    /// Whether reserved characters of its value stay as they are.
    pub allow_reserved: bool,
    /// The content type of its part.
    pub content_type: Option<String>,
    /// The headers of its part for which the document allows one value.
    pub headers: Vec<(WireName, String)>,
}

/// What a successful response becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// One type for every documented success.
    One(Outcome),
    /// A type per status, an enum.
    ByStatus {
        /// The enum.
        name: RustName,
        /// Its variants.
        outcomes: Vec<(Status, RustName, Outcome)>,
    },
}

/// The body of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to read.
    Empty,
    /// JSON, decoded.
    Json(Type),
    /// Text as it is.
    Text,
    /// Bytes, streamed.
    Stream,
    /// Server-sent events, with data of this type.
    Events(Type),
    /// Server-sent events, each an object of this type with the members `event`, `data` and `id`.
    EventObjects(Type),
    /// JSON lines, or a JSON text sequence, of this type.
    Lines(Type),
}

/// A stream that an operation answers with when it is asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamedAnswer {
    /// What it gives.
    pub outcome: Outcome,
    /// The `Accept` header that asks for it.
    pub accept: String,
}

/// A boolean named `stream`, which asks an operation for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamFlag {
    /// A member of the body.
    Body,
    /// A query parameter, by its index.
    Query(usize),
}

/// The statuses that a response stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Exactly this one.
    Code(u16),
    /// `2XX` is `Range(2)`.
    Range(u16),
    /// Whatever is not named.
    Default,
}

/// A documented error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorBody {
    /// When it comes.
    pub status: Status,
    /// Its type; `None` if the document has no JSON for it.
    pub ty: Option<Type>,
    /// What the document says.
    pub description: String,
}

/// A documented response header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHeader {
    /// Its name.
    pub wire: WireName,
    /// Its type.
    pub ty: Type,
    /// What the document says.
    pub description: Option<String>,
}

impl Operation {
    /// What comes bit by bit: the answer itself, or the other one that the operation can be asked for.
    #[must_use]
    pub fn streamed(&self) -> Option<&Outcome> {
        let only = match &self.output {
            Output::One(only) => Some(only),
            Output::ByStatus { .. } => None,
        };
        let outcome = self.stream.as_ref().map(|of| &of.outcome).or(only)?;
        let is_stream = match outcome {
            Outcome::Events(_) | Outcome::EventObjects(_) | Outcome::Lines(_) => true,
            Outcome::Empty | Outcome::Text | Outcome::Stream | Outcome::Json(_) => false,
        };
        is_stream.then_some(outcome)
    }
}
