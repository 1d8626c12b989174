//! Media types: which of several is used, and how its content is handled.

/// How content of a media type is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaKind {
    Json,
    Form,
    Multipart,
    Text,
    Binary,
    /// Server-sent events.
    Events,
    /// JSON lines, or a JSON text sequence.
    Lines,
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// How content of `media_type` is handled (RFC 6838, RFC 6839 for suffixes).
pub(super) fn media_kind(media_type: &str) -> MediaKind {
    let essence = essence(media_type);
    match essence.as_str() {
        "application/json"
        | "text/json"
        | "*/*"
        | ""
        | "application/*"
        | "json"
        | "application/javascript" => MediaKind::Json,
        "application/x-www-form-urlencoded" => MediaKind::Form,
        "application/xml"
        | "text/xml"
        | "application/yaml"
        | "application/x-yaml"
        | "application/csv"
        | "application/graphql"
        | "application/sql"
        | "application/x-pem-file"
        | "application/jwt" => MediaKind::Text,
        "text/event-stream" => MediaKind::Events,
        // Read as it comes.
        "text/event-stream-json" => MediaKind::Binary,
        "application/jsonl"
        | "application/x-jsonl"
        | "text/jsonl"
        | "text/x-jsonl"
        | "application/jsonlines"
        | "application/x-jsonlines"
        | "application/json-lines"
        | "application/x-json-lines"
        | "application/ndjson"
        | "application/x-ndjson"
        | "text/ndjson"
        | "text/x-ndjson"
        | "application/x-json-stream"
        | "application/stream+json"
        | "application/json-seq"
        | "application/x-json-seq" => MediaKind::Lines,
        // RFC 8142 began with GeoJSON.
        _ if essence.ends_with("+json-seq") => MediaKind::Lines,
        _ if essence.ends_with("+json") => MediaKind::Json,
        _ if essence.starts_with("multipart/") => MediaKind::Multipart,
        _ if essence.starts_with("text/")
            || essence.ends_with("+xml")
            || essence.ends_with("+yaml") =>
        {
            MediaKind::Text
        }
        _ => MediaKind::Binary,
    }
}

#[cfg(test)]
mod tests {
    use super::{MediaKind, media_kind};

    #[test]
    fn parameters_and_suffixes_are_seen_through() {
        for (media_type, expected) in [
            ("application/json; charset=utf-8", MediaKind::Json),
            ("application/vnd.acme.v2+json", MediaKind::Json),
            ("Application/JSON", MediaKind::Json),
            ("text/csv", MediaKind::Text),
            ("application/problem+xml", MediaKind::Text),
            ("image/png", MediaKind::Binary),
            ("multipart/mixed", MediaKind::Multipart),
            ("text/event-stream; charset=utf-8", MediaKind::Events),
            ("application/x-ndjson", MediaKind::Lines),
            ("application/geo+json-seq", MediaKind::Lines),
        ] {
            assert_eq!(media_kind(media_type), expected, "{media_type}");
        }
    }
}
