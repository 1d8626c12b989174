//! Schemas: from keywords to the kinds of the canonical form.

use openapiv3::{
    AdditionalProperties, AnySchema, ArrayType, BooleanType, IntegerType, NumberType, ObjectType,
    ReferenceOr, Schema, SchemaData, SchemaKind, StringType, Type,
};
use serde_json::{Map, Value};

use super::at::At;
use super::keywords::Keywords;
use super::references::Section;
use super::schema_type::{TypeName, TypeSet};
use super::{Dialect, Normalizer};
use crate::diagnostics::Code;

/// How deep schemas may be nested. Parsed documents are bounded more narrowly; this guards trees built otherwise.
const MAX_DEPTH: usize = 400;

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
        match value {
            Value::Object(members) if at.depth() > MAX_DEPTH => {
                let message = "schemas are nested too deeply here; anything is allowed below";
                self.diagnostics
                    .warn(Code::NestedTooDeep, &at.pointer(), message);
                drop(members);
                ReferenceOr::Item(any_schema())
            }
            Value::Object(members) => self.schema_of(members, at),
            Value::Bool(true) => ReferenceOr::Item(any_schema()),
            Value::Bool(false) => ReferenceOr::Item(marked("x-connector-never", Value::Bool(true))),
            // An empty schema in YAML is `null`.
            Value::Null => ReferenceOr::Item(any_schema()),
            other => {
                self.wrong_type(at, "a schema", &other);
                ReferenceOr::Item(any_schema())
            }
        }
    }

    /// Reads a schema from its keywords.
    pub(super) fn schema_of(
        &mut self,
        members: Map<String, Value>,
        at: &At<'_>,
    ) -> ReferenceOr<Schema> {
        let mut keywords = self.keywords(members, at);
        if let Some(reference) = keywords.reference.take()
            && let Some(alone) = self.reference_keyword(&mut keywords, reference, at)
        {
            return alone;
        }
        ReferenceOr::Item(self.schema_from(keywords, at))
    }

    /// `$ref`: alone, or composed with its siblings. Before 3.1 siblings had no meaning, but authors mean them;
    /// only those that would contradict the target are left out.
    fn reference_keyword(
        &mut self,
        k: &mut Keywords,
        reference: String,
        at: &At<'_>,
    ) -> Option<ReferenceOr<Schema>> {
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
            return Some(ReferenceOr::Reference {
                reference: canonical,
            });
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
        self.diagnostics
            .warn(code, &at.key("$ref").pointer(), reason);
    }

    /// Builds a schema from keywords without a reference.
    pub(super) fn schema_from(&mut self, mut k: Keywords, at: &At<'_>) -> Schema {
        self.settle_enumeration(&mut k, at);
        self.settle_content(&mut k);
        self.settle_null(&mut k, at);
        let mut is_null = false;
        if k.types.contains(TypeName::Null) {
            k.nullable = true;
            k.types = k.types.without(TypeName::Null);
            is_null = k.types.is_empty() && !k.has_combinator() && !k.has_structure();
        }
        if is_null {
            k.extensions
                .insert("x-connector-null".to_owned(), Value::Bool(true));
        } else {
            infer_type(&mut k);
            if let Some(schema) = self.only_arm(&mut k, at) {
                return schema;
            }
        }
        if k.prefix_items.is_some() && k.types.len() < 2 {
            k.extensions
                .insert("x-connector-tuple".to_owned(), Value::Bool(true));
        }
        let schema_data = schema_data(&mut k);
        let schema_kind = if is_null {
            SchemaKind::Any(AnySchema::default())
        } else {
            self.kind(k, at)
        };
        Schema {
            schema_data,
            schema_kind,
        }
    }

    /// Binary content of 3.1 as the formats of 3.0.
    fn settle_content(&mut self, k: &mut Keywords) {
        let base64 = matches!(k.content_encoding.as_deref(), Some("base64" | "base64url"));
        let binary = k.content_media_type.as_deref().is_some_and(|media_type| {
            k.content_encoding.is_none()
                && !media_type.starts_with("text/")
                && !media_type.contains("json")
                && !media_type.contains("xml")
        });
        if !(base64 || binary) || !(k.types.is_empty() || k.types.contains(TypeName::String)) {
            return;
        }
        k.types.insert(TypeName::String);
        k.format
            .get_or_insert_with(|| if base64 { "byte" } else { "binary" }.to_owned());
    }

    /// The kind of a schema whose types don't include null.
    fn kind(&mut self, mut k: Keywords, at: &At<'_>) -> SchemaKind {
        let mut choice = self.spread_types(&mut k, at);
        if let Some(only) = choice.pop() {
            let is_alone = !k.has_combinator() && !k.has_structure();
            match only {
                ReferenceOr::Item(schema) if is_alone && choice.is_empty() => {
                    return schema.schema_kind;
                }
                last => choice.push(last),
            }
            let any_of = SchemaKind::AnyOf { any_of: choice };
            if is_alone {
                return any_of;
            }
            k.composed.push(ReferenceOr::Item(Schema {
                schema_data: SchemaData::default(),
                schema_kind: any_of,
            }));
        }
        let is_shaped = k.has_structure() || !k.types.is_empty();
        if !k.has_combinator() {
            return match k.types.single() {
                Some(name) => SchemaKind::Type(self.type_of(name, k, at)),
                None => SchemaKind::Any(self.any_of_all(k, at)),
            };
        }
        let all_of = !(k.composed.is_empty() && k.all_of.is_empty());
        match (
            is_shaped,
            all_of,
            !k.one_of.is_empty(),
            !k.any_of.is_empty(),
        ) {
            (false, true, false, false) => SchemaKind::AllOf {
                all_of: self.all_of(&mut k, at),
            },
            (false, false, true, false) => SchemaKind::OneOf {
                one_of: self.convert_arms(k.one_of, at),
            },
            (false, false, false, true) => SchemaKind::AnyOf {
                any_of: self.convert_arms(k.any_of, at),
            },
            _ => SchemaKind::Any(self.any_of_all(k, at)),
        }
    }

    /// One type, with the keywords that concern it.
    pub(super) fn type_of(&mut self, name: TypeName, k: Keywords, at: &At<'_>) -> Type {
        match name {
            TypeName::String | TypeName::Null => Type::String(string_type(k)),
            TypeName::Integer => Type::Integer(integer_type(k)),
            TypeName::Number => Type::Number(number_type(k)),
            TypeName::Boolean => {
                let values = k.enumeration.unwrap_or_default();
                Type::Boolean(BooleanType {
                    enumeration: values.iter().map(Value::as_bool).collect(),
                })
            }
            TypeName::Array => Type::Array(ArrayType {
                items: self.items(k.items, k.prefix_items, at),
                min_items: k.min_items,
                max_items: k.max_items,
                unique_items: k.unique_items,
            }),
            TypeName::Object => Type::Object(ObjectType {
                properties: self.properties(k.properties, at),
                required: k.required,
                additional_properties: self.additional(
                    k.additional_properties,
                    k.pattern_properties,
                    at,
                ),
                min_properties: k.min_properties,
                max_properties: k.max_properties,
            }),
        }
    }

    /// Everything at once: a schema that is shaped and composed.
    fn any_of_all(&mut self, mut k: Keywords, at: &At<'_>) -> AnySchema {
        let is_array =
            k.items.is_some() || k.prefix_items.is_some() || k.types.contains(TypeName::Array);
        AnySchema {
            typ: k.types.single().map(|name| name.as_str().to_owned()),
            all_of: self.all_of(&mut k, at),
            one_of: self.convert_arms(k.one_of, at),
            any_of: self.convert_arms(k.any_of, at),
            properties: self.properties(k.properties, at),
            required: k.required,
            additional_properties: self.additional(
                k.additional_properties,
                k.pattern_properties,
                at,
            ),
            items: if is_array {
                self.items(k.items, k.prefix_items, at)
            } else {
                None
            },
            enumeration: k.enumeration.unwrap_or_default(),
            format: k.format,
            pattern: k.pattern,
            multiple_of: k.multiple_of,
            minimum: k.minimum,
            maximum: k.maximum,
            exclusive_minimum: k.exclusive_minimum.then_some(true),
            exclusive_maximum: k.exclusive_maximum.then_some(true),
            min_length: k.min_length,
            max_length: k.max_length,
            min_items: k.min_items,
            max_items: k.max_items,
            unique_items: k.unique_items.then_some(true),
            min_properties: k.min_properties,
            max_properties: k.max_properties,
            not: None,
        }
    }

    fn properties(
        &mut self,
        properties: Option<Map<String, Value>>,
        at: &At<'_>,
    ) -> indexmap::IndexMap<String, ReferenceOr<Box<Schema>>> {
        let at = at.key("properties");
        let property = |(name, value): (String, Value)| {
            let schema = boxed(self.schema(value, &at.key(&name)));
            (name, schema)
        };
        properties
            .unwrap_or_default()
            .into_iter()
            .map(property)
            .collect()
    }

    /// The items of an array. Positions of a tuple become the arms of a `oneOf`, in order.
    fn items(
        &mut self,
        items: Option<Value>,
        positions: Option<(&'static str, Vec<Value>)>,
        at: &At<'_>,
    ) -> Option<ReferenceOr<Box<Schema>>> {
        if let Some((keyword, positions)) = positions {
            let at = at.key(keyword);
            let positions = positions.into_iter().enumerate();
            let one_of = positions
                .map(|(index, value)| self.schema(value, &at.index(index)))
                .collect();
            let schema_kind = SchemaKind::OneOf { one_of };
            return Some(ReferenceOr::boxed_item(Schema {
                schema_data: SchemaData::default(),
                schema_kind,
            }));
        }
        let Some(items) = items else {
            if self.dialect < Dialect::OpenApi31 {
                let message = "an array without `items`; items may be anything";
                self.diagnostics
                    .warn(Code::SchemaTypeMissing, &at.pointer(), message);
            }
            return Some(ReferenceOr::boxed_item(any_schema()));
        };
        Some(boxed(self.schema(items, &at.key("items"))))
    }

    /// `additionalProperties`, with the schemas of `patternProperties`: 3.0 has no patterns for names.
    fn additional(
        &mut self,
        additional: Option<Value>,
        patterns: Option<Map<String, Value>>,
        at: &At<'_>,
    ) -> Option<AdditionalProperties> {
        let mut arms: Vec<ReferenceOr<Schema>> = Vec::new();
        {
            let at = at.key("patternProperties");
            for (pattern, value) in patterns.unwrap_or_default() {
                arms.push(self.schema(value, &at.key(&pattern)));
            }
        }
        let at = at.key("additionalProperties");
        match additional {
            None | Some(Value::Null) if arms.is_empty() => return None,
            None | Some(Value::Null | Value::Bool(false)) if !arms.is_empty() => {}
            Some(Value::Bool(allowed)) => return Some(AdditionalProperties::Any(allowed)),
            Some(Value::Object(members)) if members.is_empty() => {
                return Some(AdditionalProperties::Any(true));
            }
            Some(value @ Value::Object(_)) => arms.push(self.schema(value, &at)),
            Some(other) => return Some(AdditionalProperties::Any(self.boolean(&other, &at))),
            None => {}
        }
        let schema = match (arms.len(), arms.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                arms.push(last);
                let schema_kind = SchemaKind::AnyOf { any_of: arms };
                ReferenceOr::Item(Schema {
                    schema_data: SchemaData::default(),
                    schema_kind,
                })
            }
            (_, None) => return None,
        };
        Some(AdditionalProperties::Schema(Box::new(schema)))
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
        example: None,
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

fn string_type(k: Keywords) -> StringType {
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    StringType {
        format: k.format.into(),
        pattern: k.pattern,
        enumeration: k
            .enumeration
            .unwrap_or_default()
            .into_iter()
            .map(text)
            .collect(),
        min_length: k.min_length,
        max_length: k.max_length,
    }
}

fn integer_type(k: Keywords) -> IntegerType {
    let integer = |number: Option<f64>| {
        number
            .filter(|n| n.fract() == 0.0 && n.abs() < 9.2e18)
            .map(|n| n as i64)
    };
    IntegerType {
        format: k.format.into(),
        multiple_of: integer(k.multiple_of),
        exclusive_minimum: k.exclusive_minimum,
        exclusive_maximum: k.exclusive_maximum,
        minimum: integer(k.minimum),
        maximum: integer(k.maximum),
        enumeration: k
            .enumeration
            .unwrap_or_default()
            .iter()
            .map(Value::as_i64)
            .collect(),
    }
}

fn number_type(k: Keywords) -> NumberType {
    NumberType {
        format: k.format.into(),
        multiple_of: k.multiple_of,
        exclusive_minimum: k.exclusive_minimum,
        exclusive_maximum: k.exclusive_maximum,
        minimum: k.minimum,
        maximum: k.maximum,
        enumeration: k
            .enumeration
            .unwrap_or_default()
            .iter()
            .map(Value::as_f64)
            .collect(),
    }
}

fn boxed(schema: ReferenceOr<Schema>) -> ReferenceOr<Box<Schema>> {
    match schema {
        ReferenceOr::Reference { reference } => ReferenceOr::Reference { reference },
        ReferenceOr::Item(schema) => ReferenceOr::boxed_item(schema),
    }
}
