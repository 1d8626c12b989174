//! The keywords of one schema, read leniently and sorted by what they concern.

use indexmap::IndexMap;
use openapiv3::{Discriminator, ExternalDocumentation, ReferenceOr, Schema};
use serde_json::{Map, Value};

use super::Normalizer;
use super::assertion::Conditional;
use super::at::At;
use super::schema_type::{TypeName, TypeSet};
use crate::diagnostics::Code;

/// The extension of a canonical discriminator with the schema of values without a known tag (OpenAPI 3.2).
const DEFAULT_MAPPING: &str = "x-connector-default-mapping";

/// An arm of a combinator that is not converted yet, with the place it has in the source.
pub(super) struct Arm {
    pub(super) keyword: &'static str,
    pub(super) index: usize,
    pub(super) value: Value,
}

/// The keywords of one schema. Absent and meaningless values are the same.
#[derive(Default)]
pub(super) struct Keywords {
    pub(super) reference: Option<String>,
    pub(super) types: TypeSet,
    pub(super) nullable: bool,
    pub(super) format: Option<String>,
    pub(super) pattern: Option<String>,
    pub(super) enumeration: Option<Vec<Value>>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) default: Option<Value>,
    pub(super) example: Option<Value>,
    pub(super) read_only: bool,
    pub(super) write_only: bool,
    pub(super) deprecated: bool,
    pub(super) external_docs: Option<ExternalDocumentation>,
    pub(super) discriminator: Option<Discriminator>,
    pub(super) properties: Option<Map<String, Value>>,
    pub(super) pattern_properties: Option<Map<String, Value>>,
    pub(super) additional_properties: Option<Value>,
    pub(super) required: Vec<String>,
    pub(super) items: Option<Value>,
    /// What `items` was before 2020-12, beside positions.
    pub(super) additional_items: Option<Value>,
    pub(super) prefix_items: Option<(&'static str, Vec<Value>)>,
    /// Arms of `allOf` that are converted already.
    pub(super) composed: Vec<ReferenceOr<Schema>>,
    pub(super) all_of: Vec<Arm>,
    pub(super) one_of: Vec<Arm>,
    pub(super) any_of: Vec<Arm>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) exclusive_minimum: bool,
    pub(super) exclusive_maximum: bool,
    pub(super) multiple_of: Option<f64>,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    pub(super) min_items: Option<usize>,
    pub(super) max_items: Option<usize>,
    pub(super) unique_items: bool,
    pub(super) min_properties: Option<usize>,
    pub(super) max_properties: Option<usize>,
    pub(super) unevaluated_properties: Option<Value>,
    pub(super) unevaluated_items: Option<Value>,
    /// What `then`, `else` and dependent schemas add to the properties.
    pub(super) conditional: Conditional,
    pub(super) content_encoding: Option<String>,
    pub(super) content_media_type: Option<String>,
    pub(super) extensions: IndexMap<String, Value>,
}

impl Keywords {
    /// Whether any keyword says what values look like, apart from `type` and combinators.
    pub(super) fn has_structure(&self) -> bool {
        self.properties.is_some()
            || self.pattern_properties.is_some()
            || self.additional_properties.is_some()
            || !self.required.is_empty()
            || self.items.is_some()
            || self.prefix_items.is_some()
            || self.enumeration.is_some()
            || !self.conditional.is_empty()
    }

    pub(super) fn has_combinator(&self) -> bool {
        !(self.composed.is_empty()
            && self.all_of.is_empty()
            && self.one_of.is_empty()
            && self.any_of.is_empty())
    }

    /// Whether any keyword describes the schema rather than its values.
    pub(super) fn has_annotations(&self) -> bool {
        self.nullable
            || self.read_only
            || self.write_only
            || self.deprecated
            || self.title.is_some()
            || self.description.is_some()
            || self.default.is_some()
            || self.discriminator.is_some()
            || self.external_docs.is_some()
            || !self.extensions.is_empty()
    }
}

impl Normalizer<'_> {
    /// Reads the keywords of a schema.
    pub(super) fn keywords(&mut self, members: Map<String, Value>, at: &At<'_>) -> Box<Keywords> {
        let mut keywords = Box::<Keywords>::default();
        for (key, value) in members {
            self.shape_keyword(&mut keywords, &key, value, &at.key(&key));
        }
        keywords
    }

    /// Keywords that say what values look like.
    fn shape_keyword(&mut self, k: &mut Keywords, key: &str, value: Value, at: &At<'_>) {
        match key {
            "$ref" => k.reference = self.string(value, at),
            "type" => self.type_keyword(k, value, at),
            "nullable" | "x-nullable" | "x-isnullable" | "x-is-nullable" => {
                k.nullable |= self.boolean(&value, at)
            }
            "format" => {
                k.format = self
                    .string(value, at)
                    .filter(|format| !format.trim().is_empty())
            }
            "enum" => k.enumeration = self.enum_keyword(value, at),
            "const" => k.enumeration = Some(vec![value]),
            "properties" => self.properties_keyword(k, value, at),
            "patternProperties" => k.pattern_properties = Some(self.mapping(value, at)),
            "additionalProperties" => k.additional_properties = Some(value),
            "required" => self.required_keyword(k, value, at),
            "items" => match value {
                Value::Array(positions) => k.prefix_items = Some(("items", positions)),
                other => k.items = Some(other),
            },
            "additionalItems" => k.additional_items = Some(value),
            "prefixItems" => k.prefix_items = Some(("prefixItems", self.list(value, at))),
            "allOf" => k.all_of = self.arms("allOf", value, at),
            "oneOf" => k.one_of = self.arms("oneOf", value, at),
            "anyOf" => k.any_of = self.arms("anyOf", value, at),
            "contentEncoding" => k.content_encoding = self.string(value, at),
            "contentMediaType" => k.content_media_type = self.string(value, at),
            _ => self.bound_keyword(k, key, value, at),
        }
    }

    /// Keywords that bound values.
    fn bound_keyword(&mut self, k: &mut Keywords, key: &str, value: Value, at: &At<'_>) {
        match key {
            "pattern" => k.pattern = self.string(value, at),
            "minimum" => {
                k.minimum = k
                    .minimum
                    .filter(|_| k.exclusive_minimum)
                    .or(self.number(&value, at))
            }
            "maximum" => {
                k.maximum = k
                    .maximum
                    .filter(|_| k.exclusive_maximum)
                    .or(self.number(&value, at))
            }
            // A flag in 3.0, the bound itself since 3.1.
            "exclusiveMinimum" => match &value {
                Value::Bool(flag) => k.exclusive_minimum = *flag,
                other => {
                    k.minimum = self.number(other, at);
                    k.exclusive_minimum = k.minimum.is_some();
                }
            },
            "exclusiveMaximum" => match &value {
                Value::Bool(flag) => k.exclusive_maximum = *flag,
                other => {
                    k.maximum = self.number(other, at);
                    k.exclusive_maximum = k.maximum.is_some();
                }
            },
            "multipleOf" => k.multiple_of = self.number(&value, at),
            "minLength" => k.min_length = self.count(&value, at),
            "maxLength" => k.max_length = self.count(&value, at),
            "minItems" => k.min_items = self.count(&value, at),
            "maxItems" => k.max_items = self.count(&value, at),
            "uniqueItems" => k.unique_items = self.boolean(&value, at),
            "minProperties" => k.min_properties = self.count(&value, at),
            "maxProperties" => k.max_properties = self.count(&value, at),
            _ => {
                if let Some(value) = self.assertion_keyword(k, key, value, at) {
                    self.annotation_keyword(k, key, value, at);
                }
            }
        }
    }

    /// Keywords that describe the schema.
    fn annotation_keyword(&mut self, k: &mut Keywords, key: &str, value: Value, at: &At<'_>) {
        match key {
            "title" => k.title = self.string(value, at),
            "description" => k.description = self.string(value, at),
            "default" => k.default = Some(value),
            "example" | "examples" => self.schema_example(k, key, value),
            "readOnly" => k.read_only = self.boolean(&value, at),
            "writeOnly" => k.write_only = self.boolean(&value, at),
            "deprecated" => k.deprecated = self.boolean(&value, at),
            "externalDocs" => k.external_docs = self.external_docs(value, at),
            "discriminator" => k.discriminator = self.discriminator(value, at),
            _ if key.starts_with("x-") => {
                k.extensions.insert(key.to_owned(), value);
            }
            "xml" if value.get("nodeType").is_some() => {
                let message = "`nodeType` does not affect the generated code: XML is text";
                let pointer = at.key("nodeType").pointer();
                self.diagnostics
                    .note(Code::SchemaKeywordIgnored, &pointer, message);
            }
            // The rest means nothing here, such as `$schema`, `$comment`, `xml`; `$ref`s lead into `$defs`.
            _ => {}
        }
    }

    /// `type`: a name, a list of names, or a mistake.
    fn type_keyword(&mut self, k: &mut Keywords, value: Value, at: &At<'_>) {
        match value {
            Value::String(name) => self.type_name(k, &name, at),
            Value::Array(names) => {
                for (index, name) in names.into_iter().enumerate() {
                    match name {
                        Value::String(name) => self.type_name(k, &name, &at.index(index)),
                        Value::Null => k.types.insert(TypeName::Null),
                        other => self.wrong_type(&at.index(index), "the name of a type", &other),
                    }
                }
            }
            Value::Null => k.types.insert(TypeName::Null),
            // A schema where the name of a type belongs.
            Value::Object(_) => {
                self.wrong_type(at, "the name of a type", &value);
                k.all_of.push(Arm {
                    keyword: "type",
                    index: 0,
                    value,
                });
            }
            other => self.wrong_type(at, "the name of a type", &other),
        }
    }

    fn type_name(&mut self, k: &mut Keywords, name: &str, at: &At<'_>) {
        if let Some(known) = TypeName::exact(name) {
            k.types.insert(known);
            return;
        }
        if self.references.has_schema(name) {
            let message = format!("`{name}` is a schema, not a type; a reference to it is taken");
            self.diagnostics
                .warn(Code::SchemaTypeUnknown, &at.pointer(), message);
            k.reference
                .get_or_insert_with(|| super::references::Section::Schemas.reference(name));
            return;
        }
        let (types, format) = TypeName::meant_by(name);
        k.types.extend(types);
        if k.format.is_none() {
            k.format = format.map(str::to_owned);
        }
        // The only type beyond JSON Schema that a specification has: Swagger 2.0's `file`.
        if name != "file" || self.dialect != super::Dialect::Swagger20 {
            let message = format!("`{name}` is no type; `{types}` is taken");
            self.diagnostics
                .warn(Code::SchemaTypeUnknown, &at.pointer(), message);
        }
    }

    fn properties_keyword(&mut self, k: &mut Keywords, value: Value, at: &At<'_>) {
        let mut properties = self.mapping(value, at);
        // A reference to the whole set of properties, which the author meant as composition.
        if matches!(properties.get("$ref"), Some(Value::String(_))) {
            let message = "`properties` holds a `$ref`; it is read as `allOf`";
            self.diagnostics
                .warn(Code::WrongType, &at.pointer(), message);
            if let Some((key, reference)) = properties.shift_remove_entry("$ref") {
                let value = Value::Object(Map::from_iter([(key, reference)]));
                k.all_of.push(Arm {
                    keyword: "properties",
                    index: 0,
                    value,
                });
            }
        }
        k.properties = Some(properties);
    }

    /// `required` is a list of property names. On a property itself, `required: true` is a habit from older drafts;
    /// it is ignored, because a property that servers may leave out must not be made mandatory.
    fn required_keyword(&mut self, k: &mut Keywords, value: Value, at: &At<'_>) {
        match value {
            Value::Array(_) => {
                let mut seen = std::collections::HashSet::new();
                k.required = self.strings(value, at);
                k.required.retain(|name| seen.insert(name.clone()));
            }
            Value::Null => {}
            Value::Bool(_) => {
                let message = "`required` is a list of property names and belongs to the object; it is ignored here";
                self.diagnostics
                    .warn(Code::RequiredNotAList, &at.pointer(), message);
            }
            Value::String(ref name) if !matches!(name.as_str(), "true" | "false") => {
                let message = format!("`required` must be a list; `[{name}]` is taken");
                self.diagnostics
                    .warn(Code::RequiredNotAList, &at.pointer(), message);
                k.required = vec![name.clone()];
            }
            _ => {
                let message = "`required` must be a list of property names; it is ignored";
                self.diagnostics
                    .warn(Code::RequiredNotAList, &at.pointer(), message);
            }
        }
    }

    fn arms(&mut self, keyword: &'static str, value: Value, at: &At<'_>) -> Vec<Arm> {
        let items = self.list(value, at);
        items
            .into_iter()
            .enumerate()
            .map(|(index, value)| Arm {
                keyword,
                index,
                value,
            })
            .collect()
    }

    /// A discriminator; in Swagger 2.0 just the name of the property.
    fn discriminator(&mut self, value: Value, at: &At<'_>) -> Option<Discriminator> {
        let mut members = match value {
            Value::String(property_name) => {
                return Some(Discriminator {
                    property_name,
                    ..Discriminator::default()
                });
            }
            other => self.mapping(other, at),
        };
        let Some(property_name) = self.string_at(&mut members, "propertyName", at) else {
            let message = "a discriminator without `propertyName` is ignored";
            self.diagnostics
                .warn(Code::DiscriminatorInvalid, &at.pointer(), message);
            return None;
        };
        let mapping = members
            .shift_remove("mapping")
            .map(|value| self.mapping(value, &at.key("mapping")));
        let place = at.key("mapping");
        let mut canonical = IndexMap::new();
        for (tag, target) in mapping.unwrap_or_default() {
            let at = place.key(&tag);
            let Some(target) = self.string(target, &at) else {
                continue;
            };
            match self.mapping_target(&target) {
                Ok(reference) => {
                    canonical.insert(tag, reference);
                }
                Err(reason) => {
                    self.diagnostics
                        .warn(Code::DiscriminatorInvalid, &at.pointer(), reason);
                }
            }
        }
        let mut extensions = super::read::extensions(&mut members);
        if let Some(target) = self.string_at(&mut members, "defaultMapping", at) {
            let at = at.key("defaultMapping");
            match self.mapping_target(&target) {
                Ok(reference) => {
                    let message = "values without a known tag are kept as they are, not read as `defaultMapping` says";
                    self.diagnostics
                        .note(Code::SchemaKeywordIgnored, &at.pointer(), message);
                    extensions.insert(DEFAULT_MAPPING.to_owned(), Value::String(reference));
                }
                Err(reason) => {
                    self.diagnostics
                        .warn(Code::DiscriminatorInvalid, &at.pointer(), reason);
                }
            }
        }
        Some(Discriminator {
            property_name,
            mapping: canonical,
            extensions,
        })
    }

    /// A mapping value is the name of a schema or a reference to one.
    fn mapping_target(&mut self, target: &str) -> Result<String, String> {
        use super::references::Section::Schemas;
        if self.references.has_schema(target) {
            return Ok(Schemas.reference(target));
        }
        self.canonical_reference(target, Schemas)
    }
}
