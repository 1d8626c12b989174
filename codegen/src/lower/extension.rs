//! The `x-ms-` extensions that say how something is presented, and whether people see it at all.

use indexmap::IndexMap;
use serde_json::Value;

use crate::model::{Annotation, Visibility};

/// The extensions of an object of the document.
pub(super) type Extensions = IndexMap<String, Value>;

/// The text of an extension, if it says anything.
pub(super) fn text<'e>(extensions: &'e Extensions, key: &str) -> Option<&'e str> {
    extensions
        .get(key)?
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// Whether an extension is on.
pub(super) fn is_on(extensions: &Extensions, key: &str) -> bool {
    match extensions.get(key) {
        Some(Value::Bool(on)) => *on,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// `x-ms-summary`: the title that people see.
pub(super) fn title(extensions: &Extensions) -> Option<String> {
    text(extensions, "x-ms-summary").map(str::to_owned)
}

/// `x-ms-visibility`; what isn't one of its words says nothing.
pub(super) fn visibility(extensions: &Extensions) -> Visibility {
    let word = text(extensions, "x-ms-visibility").map(str::to_ascii_lowercase);
    match word.as_deref() {
        Some("important") => Visibility::Important,
        Some("advanced") => Visibility::Advanced,
        Some("internal") => Visibility::Internal,
        _ => Visibility::Normal,
    }
}

/// `x-ms-api-annotation`.
pub(super) fn annotation(extensions: &Extensions) -> Option<Annotation> {
    let source = extensions.get("x-ms-api-annotation")?.as_object()?;
    let text = |key: &str| {
        let text = source.get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let revision = source.get("revision").and_then(|value| match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    });
    let replacement = source
        .get("replacement")
        .and_then(|value| match value {
            Value::Object(other) => other.get("operationId")?.as_str(),
            other => other.as_str(),
        })
        .map(|id| id.trim().to_owned());
    Some(Annotation {
        family: text("family"),
        revision,
        status: text("status"),
        replacement: replacement.filter(|id| !id.is_empty()),
    })
}
