//! What stands where in a document, as far as it takes to know what a `$ref` refers to.

use crate::source::METHODS;

/// What a value is, by the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Document,
    Components,
    Paths,
    PathItem,
    Operations,
    Operation,
    Parameters,
    Parameter,
    RequestBodies,
    RequestBody,
    Contents,
    MediaType,
    Encodings,
    Encoding,
    Responses,
    Response,
    Headers,
    Header,
    Schemas,
    Schema,
    Discriminator,
    SecuritySchemes,
    SecurityScheme,
    Callbacks,
    Callback,
    Examples,
    Links,
    /// Something of a specification that holds no more references than one in place of itself.
    Leaf,
    /// Data of the API or of a tool: a `$ref` in it is none.
    Data,
}

impl Kind {
    /// What the member `key` of a mapping of this kind is.
    pub(super) fn member(self, key: &str) -> Self {
        match self {
            Self::Document => document(key),
            Self::Components => components(key),
            Self::PathItem => match key {
                "parameters" => Self::Parameters,
                "additionalOperations" => Self::Operations,
                "servers" => Self::Leaf,
                "x-ms-notification-content" => Self::MediaType,
                _ if METHODS.contains(&key.to_ascii_lowercase().as_str()) => Self::Operation,
                _ => Self::Data,
            },
            Self::Operation => match key {
                "parameters" => Self::Parameters,
                "requestBody" => Self::RequestBody,
                "responses" => Self::Responses,
                "callbacks" => Self::Callbacks,
                "servers" | "externalDocs" => Self::Leaf,
                _ => Self::Data,
            },
            Self::Parameter | Self::Header => match key {
                // The items of Swagger 2.0.
                "schema" | "items" => Self::Schema,
                "content" => Self::Contents,
                "examples" => Self::Examples,
                _ => Self::Data,
            },
            Self::RequestBody if key == "content" => Self::Contents,
            Self::Response => match key {
                "headers" => Self::Headers,
                "content" => Self::Contents,
                "links" => Self::Links,
                "schema" => Self::Schema,
                _ => Self::Data,
            },
            Self::MediaType => match key {
                "schema" | "itemSchema" => Self::Schema,
                "encoding" => Self::Encodings,
                "itemEncoding" | "prefixEncoding" => Self::Encoding,
                "examples" => Self::Examples,
                _ => Self::Data,
            },
            Self::Encoding => match key {
                "headers" => Self::Headers,
                "encoding" => Self::Encodings,
                "itemEncoding" | "prefixEncoding" => Self::Encoding,
                _ => Self::Data,
            },
            Self::Schema => schema(key),
            Self::Paths | Self::Callback => named(key, Self::PathItem),
            Self::Operations => named(key, Self::Operation),
            Self::Responses => named(key, Self::Response),
            Self::Parameters => Self::Parameter,
            Self::RequestBodies => Self::RequestBody,
            Self::Contents => Self::MediaType,
            Self::Encodings => Self::Encoding,
            Self::Headers => Self::Header,
            Self::Schemas => Self::Schema,
            Self::SecuritySchemes => Self::SecurityScheme,
            Self::Callbacks => Self::Callback,
            Self::Examples | Self::Links => Self::Leaf,
            Self::RequestBody | Self::SecurityScheme | Self::Discriminator | Self::Leaf => {
                Self::Data
            }
            Self::Data => Self::Data,
        }
    }

    /// What the items of a list of this kind are.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Parameters => Self::Parameter,
            other => other,
        }
    }

    /// The section of components for what is referred to, named as in OpenAPI 3; none if it is put in place.
    pub(super) fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Schema => "schemas",
            Self::Parameter => "parameters",
            Self::Response => "responses",
            Self::RequestBody => "requestBodies",
            Self::Header => "headers",
            Self::SecurityScheme => "securitySchemes",
            _ => return None,
        })
    }

    /// The same in Swagger 2.0; what has no section there is put in place.
    pub(super) fn swagger_section(self) -> Option<&'static str> {
        Some(match self {
            Self::Schema => "definitions",
            Self::Parameter => "parameters",
            Self::Response => "responses",
            Self::SecurityScheme => "securityDefinitions",
            _ => return None,
        })
    }

    /// Whether the keys of a mapping of this kind are its author's: `$ref` is one of them, unless it stands alone.
    pub(super) fn has_names(self) -> bool {
        matches!(
            self,
            Self::Schemas
                | Self::Parameters
                | Self::RequestBodies
                | Self::Headers
                | Self::Contents
                | Self::Encodings
                | Self::Examples
                | Self::Links
                | Self::SecuritySchemes
                | Self::Callbacks
        )
    }
}

fn document(key: &str) -> Kind {
    match key {
        "components" => Kind::Components,
        "paths" | "x-ms-paths" | "webhooks" | "x-webhooks" => Kind::Paths,
        "definitions" => Kind::Schemas,
        "parameters" => Kind::Parameters,
        "responses" => Kind::Responses,
        "securityDefinitions" => Kind::SecuritySchemes,
        "info" | "servers" | "tags" | "security" | "externalDocs" => Kind::Leaf,
        _ => Kind::Data,
    }
}

fn components(key: &str) -> Kind {
    match key {
        "schemas" => Kind::Schemas,
        "responses" => Kind::Responses,
        "parameters" => Kind::Parameters,
        "requestBodies" => Kind::RequestBodies,
        "headers" => Kind::Headers,
        "securitySchemes" => Kind::SecuritySchemes,
        "pathItems" => Kind::Paths,
        "mediaTypes" => Kind::Contents,
        "callbacks" => Kind::Callbacks,
        "examples" => Kind::Examples,
        "links" => Kind::Links,
        _ => Kind::Data,
    }
}

fn schema(key: &str) -> Kind {
    match key {
        "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions" => {
            Kind::Schemas
        }
        "items"
        | "prefixItems"
        | "additionalItems"
        | "unevaluatedItems"
        | "contains"
        | "additionalProperties"
        | "unevaluatedProperties"
        | "propertyNames"
        | "allOf"
        | "oneOf"
        | "anyOf"
        | "not"
        | "if"
        | "then"
        | "else"
        | "contentSchema" => Kind::Schema,
        "discriminator" => Kind::Discriminator,
        _ => Kind::Data,
    }
}

/// A member with a name of the author's, which is no extension.
fn named(key: &str, kind: Kind) -> Kind {
    if key.starts_with("x-") {
        Kind::Data
    } else {
        kind
    }
}
