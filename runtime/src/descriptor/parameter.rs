//! Parameters: where they go and how they are written.

use super::Encoding;

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// Into the path, in place of `{name}`.
    Path,
    /// Into the query.
    Query,
    /// It is the query (OpenAPI 3.2.0 section 4.12.1).
    QueryString,
    /// Into a header.
    Header,
    /// Into the `Cookie` header.
    Cookie,
}

/// How arrays and objects are written (OpenAPI 3.0.4 section 4.7.12.3, "Style Values").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `a,b` (path and header).
    Simple,
    /// `.a.b` (path).
    Label,
    /// `;name=a,b` (path).
    Matrix,
    /// `name=a,b` (query and cookie).
    Form,
    /// `name=a%20b` (query).
    SpaceDelimited,
    /// `name=a%7Cb` (query).
    PipeDelimited,
    /// `name=a%09b` (query; `collectionFormat: tsv` of Swagger 2.0).
    TabDelimited,
    /// `name[member]=a` (query).
    DeepObject,
    /// `name=a; name=b`, as it is (cookie; OpenAPI 3.2.0 section 4.12.3).
    Cookie,
}

/// A parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) location: Location,
    pub(crate) style: Style,
    pub(crate) explode: bool,
    pub(crate) required: bool,
    pub(crate) allow_reserved: bool,
    pub(crate) content: Option<&'static str>,
    pub(crate) encodings: &'static [Encoding],
    /// JSON.
    pub(crate) fixed: Option<&'static str>,
    pub(crate) double_encoded: bool,
}

impl Parameter {
    /// A path parameter: style `simple`, required.
    #[must_use]
    pub const fn path(name: &'static str) -> Self {
        let mut parameter = Self::new(name, Location::Path, Style::Simple, false);
        parameter.required = true;
        parameter
    }

    /// A query parameter: style `form`, exploded.
    #[must_use]
    pub const fn query(name: &'static str) -> Self {
        Self::new(name, Location::Query, Style::Form, true)
    }

    /// A parameter that is the whole query. Its name is not sent.
    #[must_use]
    pub const fn query_string(name: &'static str) -> Self {
        Self::new(name, Location::QueryString, Style::Form, true)
    }

    /// A header: style `simple`.
    #[must_use]
    pub const fn header(name: &'static str) -> Self {
        Self::new(name, Location::Header, Style::Simple, false)
    }

    /// A cookie: style `form`, exploded.
    #[must_use]
    pub const fn cookie(name: &'static str) -> Self {
        Self::new(name, Location::Cookie, Style::Form, true)
    }

    const fn new(name: &'static str, location: Location, style: Style, explode: bool) -> Self {
        Self {
            name,
            location,
            style,
            explode,
            required: false,
            allow_reserved: false,
            content: None,
            encodings: &[],
            fixed: None,
            double_encoded: false,
        }
    }

    /// Another style. Whether it is exploded stays as it was.
    #[must_use]
    pub const fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Whether each element is written on its own.
    #[must_use]
    pub const fn explode(mut self, explode: bool) -> Self {
        self.explode = explode;
        self
    }

    /// The call fails before it is sent when this parameter has no value.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Reserved characters of RFC 3986 stay as they are, wherever the URL remains the same URL.
    #[must_use]
    pub const fn allow_reserved(mut self) -> Self {
        self.allow_reserved = true;
        self
    }

    /// The value is written in this media type instead of a style.
    #[must_use]
    pub const fn content(mut self, media_type: &'static str) -> Self {
        self.content = Some(media_type);
        self
    }

    /// How the members of a form that is the whole query are written.
    #[must_use]
    pub const fn encoding(mut self, encodings: &'static [Encoding]) -> Self {
        self.encodings = encodings;
        self
    }

    /// What is sent unless the caller says otherwise, as JSON text.
    #[must_use]
    pub const fn fixed(mut self, json: &'static str) -> Self {
        self.fixed = Some(json);
        self
    }

    /// A value in the path is percent-encoded twice (`x-ms-url-encoding: double`).
    #[must_use]
    pub const fn double_encoded(mut self) -> Self {
        self.double_encoded = true;
        self
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where it goes.
    #[must_use]
    pub const fn location(&self) -> Location {
        self.location
    }
}
