//! `Accept` and `Content-Type` as parameters. The runtime sets both itself, so OpenAPI 3.0.4 ignores such parameters
//! (section 4.8.12.1), but Swagger 2.0 has no other place to say what an API insists on.

use super::media::{MediaKind, essence, media_kind};
use super::names::Scope;
use crate::model::{Body, BodyKind, Parameter, Visibility};

/// A parameter that is one of the two headers.
pub(super) struct MediaHeader {
    /// What it would be as any other parameter.
    pub parameter: Parameter,
    /// What is sent if nobody says otherwise.
    pub default: Option<String>,
    /// The values to choose from; empty if any will do.
    pub values: Vec<String>,
}

impl MediaHeader {
    /// The value that the document settles on.
    fn constant(&self) -> Option<&str> {
        match (&self.default, self.values.as_slice()) {
            (Some(default), _) => Some(default),
            (None, [only]) => Some(only),
            _ => None,
        }
    }

    /// Whether the document asks for the header, rather than saying that there is one.
    fn is_meant(&self) -> bool {
        self.parameter.required
            || self.parameter.visibility == Visibility::Internal
            || !self.values.is_empty()
    }

    /// The parameter as a setter that nobody has to call.
    fn setter(mut self, scope: &mut Scope) -> Parameter {
        self.parameter.required = false;
        self.parameter.name = scope.claim_value(self.parameter.wire.as_str());
        if !self.values.is_empty() {
            let values: Vec<_> = self.values.iter().map(|of| format!("`{of}`")).collect();
            let said = self.parameter.docs.description.take();
            let choice = format!("One of {}.", values.join(", "));
            self.parameter.docs.description = Some(match said {
                Some(said) => format!("{said}\n\n{choice}"),
                None => choice,
            });
        }
        self.parameter
    }
}

/// Lets an `Accept` parameter say what the operation accepts; gives the setter to choose something else.
pub(super) fn settle_accept(
    header: MediaHeader,
    accept: &mut String,
    scope: &mut Scope,
) -> Option<Parameter> {
    let constant = header.constant().filter(|_| header.is_meant());
    if let Some(constant) = constant {
        constant.clone_into(accept);
    }
    (constant.is_some() || header.values.len() > 1).then(|| header.setter(scope))
}

/// Lets a `Content-Type` parameter say what bodies are sent as; gives the parameter that is left.
pub(super) fn settle_content_type(
    mut header: MediaHeader,
    bodies: &mut [Body],
    scope: &mut Scope,
) -> Option<Parameter> {
    let constant = header.constant().filter(|text| is_one(text));
    let constant = constant.map(str::to_owned);
    if bodies.is_empty() {
        // There is nothing that the runtime would name the type of.
        let fixed = constant.filter(|_| header.is_meant())?;
        header.parameter.fixed = Some(fixed.into());
        header.parameter.visibility = Visibility::Internal;
        return Some(header.setter(scope));
    }
    if let Some(constant) = constant {
        let fits = |body: &Body| kind(body) == media_kind(&constant);
        let exact = bodies.iter().any(fits);
        for body in bodies.iter_mut() {
            let raw = matches!(body.kind, BodyKind::Text | BodyKind::Binary);
            // A multipart body names its boundary.
            if !matches!(body.kind, BodyKind::Multipart(_)) && (fits(body) || raw && !exact) {
                body.media_type.clone_from(&constant);
            }
        }
    }
    let raw = bodies
        .iter()
        .any(|body| matches!(body.kind, BodyKind::Text | BodyKind::Binary));
    let visible = header.parameter.visibility != Visibility::Internal;
    (header.values.len() > 1 || raw && visible).then(|| header.setter(scope))
}

/// Whether a text is one media type that can be sent.
fn is_one(text: &str) -> bool {
    let essence = essence(text);
    let parts: Vec<_> = essence.split('/').collect();
    matches!(parts.as_slice(), [a, b] if !a.is_empty() && !b.is_empty())
        && !text.contains([',', '*'])
}

fn kind(body: &Body) -> MediaKind {
    match body.kind {
        BodyKind::Json(_) => MediaKind::Json,
        BodyKind::Form(_) => MediaKind::Form,
        BodyKind::Multipart(_) => MediaKind::Multipart,
        BodyKind::Text => MediaKind::Text,
        BodyKind::Binary => MediaKind::Binary,
    }
}
