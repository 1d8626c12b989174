//! Wire tests as data: which calls there are, and what each must put on the wire.
//!
//! Everything in `Sent` is computed from the document by [`lower`](crate::lower) with an encoder of its own, so that a fault of the
//! runtime's encoder or of the printed code shows.

use serde_json::Value;

/// The tests of one operation.
#[derive(Debug)]
pub struct Operation {
    /// An index into [`Api::tags`](super::Api::tags).
    pub tag: usize,
    /// An index into the operations of the tag.
    pub operation: usize,
    /// The calls; empty if it can't be called.
    pub cases: Vec<Case>,
    /// What the mock answers, one after the other; never empty.
    pub answers: Vec<Answer>,
    /// What the credentials put into each request.
    pub credentials: Vec<Credential>,
    /// Why it can't be called.
    pub not_callable: Option<String>,
    /// Whether a policy or a script stands between the document and the API, so that what is sent isn't what the document says.
    pub rewritten: bool,
}

/// One call.
#[derive(Debug, PartialEq)]
pub struct Case {
    /// What is particular about it, such as `required`.
    pub name: String,
    /// Values, by the index of the parameter in the operation.
    pub arguments: Vec<(usize, Value)>,
    /// The body.
    pub body: Option<Body>,
    /// What must be sent.
    pub sent: Sent,
}

/// A body to send.
#[derive(Debug, PartialEq)]
pub struct Body {
    /// An index into the bodies of the operation.
    pub index: usize,
    /// What the caller hands over.
    pub content: Content,
}

/// What the caller hands over as a body.
#[derive(Debug, PartialEq)]
pub enum Content {
    /// A value for a JSON or form body, or the parts of a multipart one by name.
    Value(Value),
    /// Text, or the text of the bytes.
    Text(String),
}

/// What a call must put on the wire, apart from credentials.
#[derive(Debug, Default, PartialEq)]
pub struct Sent {
    /// The path with its escapes, after that of the server.
    pub path: String,
    /// The query with its escapes.
    pub query: String,
    /// Names of query parameters that no specification says how to write; what they become isn't compared.
    pub unspecified: Vec<String>,
    /// Headers that parameters are sent in.
    pub headers: Vec<(String, String)>,
    /// Cookies that parameters are sent in, as names and values without escapes.
    pub cookies: Vec<(String, String)>,
    /// The media type of the body.
    pub media_type: Option<String>,
    /// What the body must be; none if there is none, or if JSON or text is sent as it was given.
    pub body: Option<SentBody>,
}

/// What a body must be that is not sent as it was given.
#[derive(Debug, PartialEq)]
pub enum SentBody {
    /// A form.
    Form(Form),
    /// These parts.
    Parts(Vec<Part>),
}

/// A form (`application/x-www-form-urlencoded`).
#[derive(Debug, Default, PartialEq)]
pub struct Form {
    /// The form, as the URL standard writes it.
    pub text: String,
    /// Whether a specification settles every escape of it; otherwise its names and values are compared.
    pub exact: bool,
    /// Names of members that no specification says how to write.
    pub unspecified: Vec<String>,
}

/// A part of a multipart body.
#[derive(Debug, PartialEq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The name of its file.
    pub file_name: Option<String>,
    /// Its media type; none if that of its content is left open.
    pub media_type: Option<String>,
    /// What is in it.
    pub content: Content,
}

/// An answer.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type and the body.
    pub body: Option<(String, Content)>,
}

/// Where a credential shows in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A header of this name.
    Header(String),
    /// A query parameter of this name.
    Query(String),
    /// A cookie of this name.
    Cookie(String),
}
