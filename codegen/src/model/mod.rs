//! What the generated crate will be: the one type that [`lower`](crate::lower) makes and
//! [`render`](crate::render) prints.
//!
//! Nothing here refers back to the document. Names are decided, references are resolved to
//! [`ModelId`]s, and every type is one that the runtime can encode and decode.

mod connector;
mod extension;
mod name;
mod operation;
mod schema;
mod security;
mod webhook;
pub mod wire;

use crate::settings::Mode;
pub use connector::{
    Action, AllowedValue, Binding, ConnectionParameter, ConnectionParameterKind, Connector, Exists,
    ParameterSet, Path, Piece, Policy, Root, Script, Section, Target, Template, Tier,
};
pub use extension::{
    Annotation, Argument, Choices, DynamicSchema, FinalState, Job, KnownBy, Paging, PagingWay,
    Source, Trigger, TriggerKind, UrlStep, Visibility,
};
pub use name::{PackageName, RustName, WireName};
pub use operation::{
    Body, BodyKind, Encoding, ErrorBody, Location, Operation, OperationExtensions, Outcome, Output,
    Parameter, ResponseHeader, Skipped, Status, StreamFlag, StreamedAnswer, Style, Tag,
};
pub use schema::{
    Dispatch, Docs, EnumValue, Field, Form, FormField, FormFieldKind, IntegerEnum, Model, ModelId,
    ModelKind, Presence, Scalar, Shape, StringEnum, Struct, Type, Union, Variant,
};
pub use security::{
    ApiKeyLocation, OAuthFlow, OAuthGrant, Requirement, SchemeKind, SecurityScheme,
};
pub use webhook::{Callback, Webhook, Webhooks};

/// An API, ready to be printed as a crate.
#[derive(Debug)]
pub struct Api {
    /// The name of the crate.
    pub package: PackageName,
    /// `info.title`.
    pub title: String,
    /// `info.version`, as the document writes it.
    pub version: String,
    /// `info.description`.
    pub description: Option<String>,
    /// Where the API is; empty if the document does not say.
    pub servers: Vec<Server>,
    /// The declared security schemes, in the document's order.
    pub security_schemes: Vec<SecurityScheme>,
    /// The groups of operations, one module each.
    pub tags: Vec<Tag>,
    /// What the API sends by itself.
    pub webhooks: Option<Webhooks>,
    /// All models; a [`ModelId`] is an index into this list.
    pub models: Vec<Model>,
    /// How deep models lie inside each other at most.
    pub nesting: usize,
    /// The operations that could not be generated.
    pub skipped: Vec<Skipped>,
    /// What a Power Platform connector adds.
    pub connector: Option<Connector>,
    /// The wire tests, in the order of the operations; empty unless they were asked for.
    pub wire: Vec<wire::Operation>,
    /// How forgiving answers are read.
    pub decoding: Mode,
}

impl Api {
    /// The model behind an id.
    #[must_use]
    pub fn model(&self, id: ModelId) -> &Model {
        &self.models[id.index()]
    }

    /// The type behind all aliases.
    #[must_use]
    pub fn resolved<'a>(&'a self, of: &'a Type) -> &'a Type {
        let mut of = of;
        // Circular aliases have been broken; the bound is for chains.
        for _ in 0..64 {
            match of {
                Type::Model(id) => match &self.model(*id).kind {
                    ModelKind::Alias(inner) => of = inner,
                    _ => return of,
                },
                _ => return of,
            }
        }
        of
    }

    /// All operations, in the order of their tags.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.tags.iter().flat_map(|tag| &tag.operations)
    }
}

/// A server object (OpenAPI 3.0.4, section 4.8.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The URL template; may be relative.
    pub url: String,
    /// What the server is for.
    pub description: Option<String>,
    /// The variables of the template.
    pub variables: Vec<ServerVariable>,
}

/// A variable in a server's URL (OpenAPI 3.0.4, section 4.8.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVariable {
    /// The name between the braces.
    pub name: String,
    /// The value that stands in if none is given.
    pub default: String,
    /// The only values allowed; empty if any will do.
    pub values: Vec<String>,
    /// What the variable means.
    pub description: Option<String>,
}
