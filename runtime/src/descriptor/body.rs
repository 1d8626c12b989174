//! Request bodies: their media types and how members are encoded in forms.

use super::Style;

/// A media type that an operation accepts as its body (OpenAPI 3.0.4 section 4.7.14).
#[derive(Debug)]
pub struct MediaType {
    pub(crate) name: &'static str,
    pub(crate) encodings: &'static [Encoding],
}

impl MediaType {
    /// A media type such as `application/json`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            encodings: &[],
        }
    }

    /// How members of a form are encoded, where it differs from the default.
    #[must_use]
    pub const fn encoding(mut self, encodings: &'static [Encoding]) -> Self {
        self.encodings = encodings;
        self
    }

    /// The media type's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn encoding_of(&self, member: &str) -> Option<&'static Encoding> {
        self.encodings
            .iter()
            .find(|encoding| encoding.name == member)
    }
}

/// A media type without its parameters.
pub(crate) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// How one member of a form body is encoded (OpenAPI 3.0.4 section 4.7.15).
#[derive(Debug)]
pub struct Encoding {
    pub(crate) name: &'static str,
    pub(crate) style: Option<Style>,
    pub(crate) explode: Option<bool>,
    pub(crate) allow_reserved: bool,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

impl Encoding {
    /// The encoding of the member `name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            style: None,
            explode: None,
            allow_reserved: false,
            content_type: None,
            headers: &[],
        }
    }

    /// The style of a member of `application/x-www-form-urlencoded`.
    #[must_use]
    pub const fn style(mut self, style: Style) -> Self {
        self.style = Some(style);
        self
    }

    /// Whether each element becomes a pair of its own.
    #[must_use]
    pub const fn explode(mut self, explode: bool) -> Self {
        self.explode = Some(explode);
        self
    }

    /// Leaves reserved characters of a member's value as they are, save those that the form itself needs.
    #[must_use]
    pub const fn allow_reserved(mut self) -> Self {
        self.allow_reserved = true;
        self
    }

    /// The media type of a member; the first one, where the document lists several.
    #[must_use]
    pub const fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = Some(content_type);
        self
    }

    /// Headers with fixed values that a part of `multipart/*` carries.
    #[must_use]
    pub const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }
}
