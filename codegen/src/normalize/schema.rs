//! Schemas: references, nullability, and what describes a schema.

use openapiv3::{AnySchema, ReferenceOr, Schema, SchemaData, SchemaKind};
use serde_json::{Map, Value};

use super::Normalizer;
use super::assertion::extension;
use super::at::At;
use super::keywords::Keywords;
use super::references::Section;
use super::schema_type::{TypeName, TypeSet};
use crate::diagnostics::Code;

/// How deep schemas may be nested. Parsed documents are bounded more narrowly; this guards trees built otherwise.
const MAX_DEPTH: usize = 130;

/// The schema that allows anything.
pub(super) fn any_schema() -> Schema {
    Schema {
        schema_data: SchemaData::default(),
        schema_kind: SchemaKind::Any(AnySchema::default()),
    }
}

/// What stands for a schema that a reference doesn't find.
pub(super) fn dangling_schema(reference: &str) -> Schema {
    marked("x-connector-dangling", Value::String(reference.to_owned()))
}

/// The Any schema with an extension.
fn marked(extension: &str, value: Value) -> Schema {
    let mut schema = any_schema();
    schema
        .schema_data
        .extensions
        .insert(extension.to_owned(), value);
    schema
}

impl Normalizer<'_> {
    /// Reads a schema of any dialect.
    pub(super) fn schema(&mut self, value: Value, at: &At<'_>) -> ReferenceOr<Schema> {
        self.boxed_schema(value, at).unbox()
    }

    /// Reads a schema from its keywords.
    pub(super) fn schema_of(
        &mut self,
        members: Map<String, Value>,
        at: &At<'_>,
    ) -> ReferenceOr<Schema> {
        self.boxed_schema_of(members, at).unbox()
    }

    /// The same as [`schema`](Self::schema). Schemas are large, so what recursion passes on is boxed: documents
    /// nest them a hundred levels deep, and the stack must hold that many frames.
    pub(super) fn boxed_schema(&mut self, value: Value, at: &At<'_>) -> ReferenceOr<Box<Schema>> {
        match value {
            Value::Object(members) if at.depth() <= MAX_DEPTH => self.boxed_schema_of(members, at),
            other => ReferenceOr::Item(self.schema_without_keywords(&other, at)),
        }
    }

    /// A schema that is no mapping, or too deep to be read.
    fn schema_without_keywords(&mut self, value: &Value, at: &At<'_>) -> Box<Schema> {
        Box::new(match value {
            // An empty schema in YAML is `null`.
            Value::Bool(true) | Value::Null => any_schema(),
            Value::Bool(false) => marked("x-connector-never", Value::Bool(true)),
            Value::Object(_) => {
                let message = "schemas are nested too deeply here; anything is allowed below";
                self.diagnostics
                    .warn(Code::NestedTooDeep, &at.pointer(), message);
                any_schema()
            }
            other => {
                self.wrong_type(at, "a schema", other);
                any_schema()
            }
        })
    }

    pub(super) fn boxed_schema_of(
        &mut self,
        members: Map<String, Value>,
        at: &At<'_>,
    ) -> ReferenceOr<Box<Schema>> {
        let mut keywords = self.keywords(members, at);
        self.settle_unevaluated(&mut keywords, at);
        if let Some(reference) = keywords.reference.take()
            && let Some(reference) = self.reference_keyword(&mut keywords, reference, at)
        {
            return ReferenceOr::Reference { reference };
        }
        ReferenceOr::Item(self.schema_from(&mut keywords, at))
    }

    /// `$ref`: the canonical reference if it stands alone, otherwise composed with its siblings. Before 3.1 siblings had no meaning, but authors mean them;
    /// only those that would contradict the target are left out.
    fn reference_keyword(
        &mut self,
        k: &mut Keywords,
        reference: String,
        at: &At<'_>,
    ) -> Option<String> {
        let canonical = match self.canonical_reference(&reference, Section::Schemas) {
            Ok(canonical) => canonical,
            Err(reason) => {
                self.dangling(&reference, reason, at);
                k.extensions
                    .insert("x-connector-dangling".to_owned(), Value::String(reference));
                return None;
            }
        };
        if k.types.contains(TypeName::Null) {
            k.nullable = true;
        }
        let has_type = !k.types.without(TypeName::Null).is_empty() || k.format.is_some();
        if has_type && !k.has_structure() && !k.has_combinator() {
            let message = "`type` and `format` beside `$ref` are ignored";
            self.diagnostics
                .note(Code::ReferenceSiblingsIgnored, &at.pointer(), message);
            k.types = TypeSet::default();
            k.format = None;
        }
        if !k.has_structure() && !k.has_combinator() && !k.has_annotations() {
            return Some(canonical);
        }
        k.composed.push(ReferenceOr::Reference {
            reference: canonical,
        });
        None
    }

    /// Reports a reference to nothing.
    pub(super) fn dangling(&mut self, reference: &str, reason: String, at: &At<'_>) {
        let is_external =
            !reference.trim_start().starts_with('#') && reference.contains(['#', '/', '.']);
        let code = if is_external {
            Code::ExternalReference
        } else {
            Code::DanglingReference
        };
        let place = at.key("$ref").pointer();
        // Why a file was not read is known already, where that was tried.
        if !is_external || !self.diagnostics.is_reported(code, &place) {
            self.diagnostics.warn(code, &place, reason);
        }
    }

    /// Builds a schema from keywords without a reference.
    fn schema_from(&mut self, k: &mut Keywords, at: &At<'_>) -> Box<Schema> {
        self.settle_enumeration(k, at);
        self.settle_content(k);
        self.settle_null(k, at);
        if k.types.contains(TypeName::Null) {
            k.nullable = true;
            k.types = k.types.without(TypeName::Null);
            if k.types.is_empty() && !k.has_combinator() && !k.has_structure() {
                k.extensions
                    .insert("x-connector-null".to_owned(), Value::Bool(true));
                return assemble(k, SchemaKind::Any(AnySchema::default()));
            }
        }
        infer_type(k);
        if let Some(schema) = self.only_arm(k, at) {
            return schema;
        }
        if k.types.len() < 2 {
            mark_shape(k);
        }
        let kind = self.kind(k, at);
        assemble(k, kind)
    }

    /// Binary content of 3.1 as the formats of 3.0; what other text holds is kept.
    fn settle_content(&mut self, k: &mut Keywords) {
        let base64 = matches!(k.content_encoding.as_deref(), Some("base64" | "base64url"));
        let binary = k.content_media_type.as_deref().is_some_and(|media_type| {
            k.content_encoding.is_none()
                && !media_type.starts_with("text/")
                && !media_type.contains("json")
                && !media_type.contains("xml")
        });
        let said = [
            (
                "contentEncoding",
                k.content_encoding.as_ref().filter(|name| *name != "base64"),
            ),
            (
                "contentMediaType",
                k.content_media_type.as_ref().filter(|_| !binary),
            ),
        ];
        for (keyword, text) in said {
            if let Some(text) = text {
                let text = Value::String(text.clone());
                k.extensions.insert(extension(keyword), text);
            }
        }
        if !(base64 || binary) || !(k.types.is_empty() || k.types.contains(TypeName::String)) {
            return;
        }
        k.types.insert(TypeName::String);
        k.format
            .get_or_insert_with(|| if base64 { "byte" } else { "binary" }.to_owned());
    }
}

/// Keeps what the canonical array or object can't say about its items or members (see [`assertion`](super::assertion)).
pub(super) fn mark_shape(k: &mut Keywords) {
    let mut mark = |name: &str, value: Value| {
        k.extensions.insert(format!("x-connector-{name}"), value);
    };
    if let Some((_, positions)) = &k.prefix_items {
        match k.items.as_ref().or(k.additional_items.as_ref()) {
            Some(Value::Object(rest)) if !rest.is_empty() => {
                mark("prefix", positions.len().into());
            }
            rest => {
                mark("tuple", Value::Bool(true));
                if rest == Some(&Value::Bool(false)) {
                    mark("closed", Value::Bool(true));
                }
            }
        }
    }
    if let Some(patterns) = k.pattern_properties.as_ref().filter(|all| !all.is_empty()) {
        mark("patterns", patterns.keys().cloned().collect());
        if k.additional_properties == Some(Value::Bool(false)) {
            mark("closed", Value::Bool(true));
        }
    }
}

/// Takes what describes a schema.
pub(super) fn schema_data(k: &mut Keywords) -> SchemaData {
    SchemaData {
        nullable: k.nullable,
        read_only: k.read_only,
        write_only: k.write_only,
        deprecated: k.deprecated,
        external_docs: k.external_docs.take(),
        example: k.example.take(),
        title: k.title.take(),
        description: k.description.take(),
        discriminator: k.discriminator.take(),
        default: k.default.take(),
        extensions: std::mem::take(&mut k.extensions),
    }
}

/// Adds the type that other keywords imply; combinators usually bring their own.
fn infer_type(k: &mut Keywords) {
    if !k.types.is_empty() || k.has_combinator() {
        return;
    }
    let has_bounds = k.minimum.is_some() || k.maximum.is_some() || k.multiple_of.is_some();
    let has_lengths = k.min_length.is_some() || k.max_length.is_some() || k.pattern.is_some();
    let inferred = if k.enumeration.is_some() {
        None
    } else if k.properties.is_some()
        || k.pattern_properties.is_some()
        || k.additional_properties.is_some()
        || !k.required.is_empty()
        || !k.conditional.is_empty()
    {
        Some(TypeName::Object)
    } else if k.items.is_some() || k.prefix_items.is_some() {
        Some(TypeName::Array)
    } else {
        match k.format.as_deref() {
            Some("int32" | "int64") => Some(TypeName::Integer),
            Some("float" | "double") => Some(TypeName::Number),
            Some(
                "date" | "date-time" | "byte" | "binary" | "uuid" | "uri" | "email" | "password",
            ) => Some(TypeName::String),
            _ if has_lengths => Some(TypeName::String),
            _ if has_bounds => Some(TypeName::Number),
            _ => None,
        }
    };
    if let Some(name) = inferred {
        k.types.insert(name);
    }
}

/// A schema of a kind, with what describes it.
fn assemble(k: &mut Keywords, schema_kind: SchemaKind) -> Box<Schema> {
    Box::new(Schema {
        schema_data: schema_data(k),
        schema_kind,
    })
}
