//! Brings every dialect to one canonical form: an [`openapiv3::OpenAPI`] 3.0 document.
//!
//! Later stages know one dialect only. What 3.0 cannot say is kept in extensions that start with `x-connector-`;
//! real documents are full of small mistakes, and each known one is repaired with a warning at its place. The
//! structs are built keyword by keyword from the parsed tree, whose strings are moved, not copied: serde would
//! buffer every level of a schema to tell its kinds apart, and would lose the whole document to one mistake.
//!
//! What the canonical form promises:
//! - Every `$ref` is `#/components/<section>/<key>` (the key escaped as in RFC 6901) and names a component that
//!   exists. A component that is itself a reference names one with content. Targets elsewhere in the document are copied to components.
//! - A reference to nothing is replaced: a schema by the Any schema with `x-connector-dangling`, a response by an
//!   empty one. An operation that cannot do without the target gets `x-connector-skip` with the reason.
//! - Nullability is [`SchemaData::nullable`](openapiv3::SchemaData::nullable) alone; the type that has only `null`
//!   is the nullable Any schema with `x-connector-null`. `false` as a schema has `x-connector-never`.
//! - A schema is a combinator, or a type, or the `Any` kind when it is both.
//! - What the items of a media type's stream are (`itemSchema` of 3.2) is `x-connector-item-schema` on the media type: a
//!   schema that is always a reference, to a component named after the operation where it stood in place.
//! - Links are left out: nothing is generated from them. Examples are left out as well unless
//!   [`Options::examples`] asks for them; they are never references, and the list `examples` of a schema is the
//!   extension `x-connector-examples`.
//! - A parameter `in: querystring` is one of the query, with content and `x-connector-in: querystring`. `style: cookie` is
//!   `x-connector-style`; `allowReserved` of a path parameter, which means something since 3.2, is `x-connector-allow-reserved`.
//! - What 3.2 says about tags, security schemes and their flows is in `x-connector-summary`, `-parent`, `-kind`, `-deprecated`,
//!   `-metadata-url` and `-device-authorization` of theirs; what a discriminator falls back to in its
//!   `x-connector-default-mapping`.
//! - What JSON Schema 2020-12 says beyond 3.0 is kept in extensions that `assertion` lists.
//! - Operations of methods that 3.0 does not know stand in path items of their own, as `post` with `x-connector-method`; the
//!   item's `x-connector-path` is the path (`path`).
//! - Webhooks are `x-connector-webhooks` of the document, path items by name; callbacks are `x-connector-callbacks` of their
//!   operation, path items by name and expression (`hook`). Schemas of their bodies and responses are always references.

mod assertion;
mod at;
mod body;
mod combinator;
mod components;
mod connector;
mod enumeration;
mod examples;
mod hook;
mod identity;
mod info;
mod keywords;
mod kind;
mod media;
mod notification;
mod operation;
mod origins;
mod parameter;
mod path;
mod read;
mod references;
mod response;
mod schema;
mod schema_type;
mod security;
mod server;
mod size;
mod version;

use std::fmt;

use openapiv3::{Components, OpenAPI};
use serde_json::{Map, Value};

pub(crate) use self::connector::exchange_name;
pub use self::connector::{ConnectionParameter, Connector, ParameterSet, UnknownPolicy, covers};
pub(crate) use self::examples::EXAMPLES;
pub(crate) use self::hook::{CALLBACKS, WEBHOOKS};
pub(crate) use self::info::{TAG_KIND, TAG_PARENT, TAG_SUMMARY};
pub(crate) use self::media::ITEM_SCHEMA;
pub(crate) use self::notification::NOTIFICATION;
pub use self::origins::Origins;
pub(crate) use self::parameter::{ALLOW_RESERVED, PLACE, STYLE};
pub(crate) use self::path::{METHOD, PATH};
pub(crate) use self::security::{DEPRECATED, DEVICE_FLOW, METADATA_URL};
pub use self::version::Dialect;

use self::at::At;
use self::origins::OriginsBuilder;
use self::references::References;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Pointer, Severity};

/// What the caller decides about the canonical form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether examples are kept. They are large, and only instances are made of them.
    pub examples: bool,
}

/// A document in canonical form.
#[derive(Debug)]
pub struct Normalized {
    /// The document.
    pub openapi: OpenAPI,
    /// The dialect that the source was written in.
    pub dialect: Dialect,
    /// The version that the source declares, as written.
    pub version: String,
    /// Where things came from.
    pub origins: Origins,
    /// What a Power Platform connector says beside its definition.
    pub connector: Option<Connector>,
}

/// The document has no canonical form: it follows no known version, or it is no definition at all.
#[derive(Debug)]
pub struct NormalizeError {
    diagnostic: Box<Diagnostic>,
}

impl NormalizeError {
    fn new(code: Code, pointer: Pointer, message: String, hint: &str) -> Self {
        let diagnostic = Diagnostic {
            code,
            severity: Severity::Error,
            pointer,
            location: None,
            message,
            hint: Some(hint.to_owned()),
        };
        Self {
            diagnostic: Box::new(diagnostic),
        }
    }

    /// The error as a diagnostic, for display like all others.
    #[must_use]
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.diagnostic
    }

    /// The same, to be given a location.
    pub fn diagnostic_mut(&mut self) -> &mut Diagnostic {
        &mut self.diagnostic
    }
}

impl fmt::Display for NormalizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for NormalizeError {}

/// Brings a parsed document to canonical form.
///
/// # Errors
/// When the document is no mapping or follows no known version. Everything else is repaired, or skipped with a
/// diagnostic.
pub fn normalize(
    mut root: Value,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Result<Normalized, NormalizeError> {
    let (dialect, version) = version::detect(&root, diagnostics)?;
    identity::settle(&mut root);
    let (references, values) = References::scan(&root, dialect, diagnostics);
    size::check(&root, values)?;
    let Value::Object(mut root) = root else {
        return Err(version::not_a_mapping());
    };
    let members = connector::Members::take(&mut root);
    let mut normalizer = Normalizer {
        diagnostics,
        options: *options,
        dialect,
        references,
        origins: OriginsBuilder::new(dialect),
        components: Components::default(),
        examples: Map::new(),
        consumes: Vec::new(),
        produces: Vec::new(),
        owner: String::new(),
        in_hook: false,
        assertions: 0,
    };
    let mut openapi = normalizer.document(root);
    let pointer = Pointer::root();
    let connector = normalizer.connector(members, &mut openapi, &At::root(&pointer));
    let origins = normalizer.origins.finish();
    Ok(Normalized {
        openapi,
        dialect,
        version,
        origins,
        connector,
    })
}

/// The work in progress.
struct Normalizer<'d> {
    diagnostics: &'d mut Diagnostics,
    options: Options,
    dialect: Dialect,
    references: References,
    origins: OriginsBuilder,
    components: Components,
    /// The examples among the components, when examples are kept.
    examples: Map<String, Value>,
    /// Swagger 2.0: the media types of bodies that operations inherit.
    consumes: Vec<String>,
    /// Swagger 2.0: the media types of responses that operations inherit.
    produces: Vec<String>,
    /// The operation or component that is being read: schemas that become components are named after it.
    owner: String,
    /// Whether a webhook or callback is being read.
    in_hook: bool,
    /// How many keywords that only say which values are allowed are around what is being read.
    assertions: usize,
}

impl Normalizer<'_> {
    fn document(&mut self, mut root: Map<String, Value>) -> OpenAPI {
        let pointer = Pointer::root();
        let at = At::root(&pointer);
        let info = self.info(root.shift_remove("info"), &at);
        let servers = self.document_servers(&mut root, &at);
        self.consumes = self.strings_at(&mut root, "consumes", &at);
        self.produces = self.strings_at(&mut root, "produces", &at);
        self.read_components(&mut root, &at);
        let paths = self.paths(&mut root, &at);
        let security = root
            .shift_remove("security")
            .map(|value| self.security(value, &at.key("security")));
        let tags = root
            .shift_remove("tags")
            .map(|value| self.tags(value, &at.key("tags")))
            .unwrap_or_default();
        let external_docs = self.external_docs_at(&mut root, &at);
        // Documents of OpenAPI 3.0 have them as an extension.
        let webhooks = ["webhooks", "x-webhooks"]
            .into_iter()
            .find_map(|key| Some((key, root.shift_remove(key)?)));
        let mut extensions = read::extensions(&mut root);
        if let Some((key, webhooks)) = webhooks {
            let webhooks = self.webhooks(webhooks, &at.key(key));
            extensions.insert(hook::WEBHOOKS.to_owned(), webhooks);
        }
        self.copy_hoisted();
        self.settle_aliases();
        let components = Some(std::mem::take(&mut self.components));
        let openapi = "3.0.3".to_owned();
        OpenAPI {
            openapi,
            info,
            servers,
            paths,
            components,
            security,
            tags,
            external_docs,
            extensions,
        }
    }
}

#[cfg(test)]
mod tests;
