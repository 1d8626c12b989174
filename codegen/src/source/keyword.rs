//! What is behind the keywords of a document, as far as it can be told without knowing where they stand.

/// The methods of a path item.
pub(crate) const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// Keywords whose values are data of the API or of a tool, not parts of its description: a `$ref` in them is none.
pub(crate) fn holds_data(keyword: &str) -> bool {
    match keyword {
        "example" | "examples" | "enum" | "const" | "default" => true,
        "x-ms-paths" | "x-ms-notification-content" | "x-webhooks" => false,
        other => other.starts_with("x-"),
    }
}

/// Keywords whose values are mappings with keys of the author's.
pub(crate) fn names_its_members(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties"
            | "patternProperties"
            | "definitions"
            | "$defs"
            | "schemas"
            | "headers"
            | "paths"
            | "x-ms-paths"
            | "pathItems"
            | "mediaTypes"
            | "webhooks"
            | "x-webhooks"
            | "callbacks"
            | "content"
            | "dependentSchemas"
            | "additionalOperations"
    )
}
