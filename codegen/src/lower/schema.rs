//! The Rust type of a schema.

use std::borrow::Cow;

use openapiv3::{
    AdditionalProperties, AnySchema, ReferenceOr, Schema, SchemaData, SchemaKind, Type as Kind,
};

use super::Lowering;
use super::compose::is_composed;
use super::format::{format_name, integer_scalar, number_scalar, string_scalar};
use super::names::type_name;
use super::plural::singular;
use crate::diagnostics::{Code, Pointer};
use crate::model::{Docs, ModelId, ModelKind, Scalar, Type};

/// Generated tuples stop here, as the runtime's implementations do.
const MAX_TUPLE: usize = 8;

/// Schemas in place that lie deeper inside others than this are lowered once, whatever extends the schema that
/// they are a part of: each level could double their number.
const MAX_OWN: usize = 6;

/// Deeper inside each other than this, schemas in place are any JSON.
const MAX_OPEN: usize = 64;

/// A schema or the name of one.
#[derive(Debug, Clone, Copy)]
pub(super) enum SchemaRef<'a> {
    /// The key of a component.
    Component(&'a str),
    /// A schema in place.
    Inline(&'a Schema),
}

impl<'a> SchemaRef<'a> {
    pub fn new(schema: &'a ReferenceOr<Schema>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Self::Component(component_key(reference)),
            ReferenceOr::Item(schema) => Self::Inline(schema),
        }
    }

    /// Where in memory it stands: the document does not move while it is lowered.
    pub fn identity(self) -> *const () {
        match self {
            Self::Component(key) => key.as_ptr().cast(),
            Self::Inline(schema) => std::ptr::from_ref(schema).cast(),
        }
    }

    pub fn boxed(schema: &'a ReferenceOr<Box<Schema>>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Self::Component(component_key(reference)),
            ReferenceOr::Item(schema) => Self::Inline(schema),
        }
    }
}

/// The key of a canonical reference, `#/components/<section>/<key>`.
pub(super) fn component_key(reference: &str) -> &str {
    reference.splitn(4, '/').nth(3).unwrap_or(reference)
}

/// Undoes the escapes of RFC 6901 in a component's key.
pub(super) fn unescape(key: &str) -> Cow<'_, str> {
    if key.contains('~') {
        Cow::Owned(key.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(key)
    }
}

/// Where a schema is, and what its type would be called if it needs a name.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub name: String,
    pub pointer: Pointer,
    /// Whether it is inside another schema: no component, body or answer by itself.
    pub is_part: bool,
    /// How much of the name is that of what it is a part of.
    pub stem: usize,
    /// Whether elements can't have the singular of its name, since something beside it is called that.
    pub keeps_plural: bool,
}

impl Place {
    pub fn new(name: impl Into<String>, pointer: Pointer) -> Self {
        Self {
            name: name.into(),
            pointer,
            is_part: false,
            stem: 0,
            keeps_plural: false,
        }
    }

    /// The place of a part: its name continues this one's.
    pub fn part(&self, suffix: &str, pointer: Pointer) -> Self {
        Self {
            name: format!("{}{}", self.name, type_name(suffix)),
            pointer,
            is_part: true,
            stem: self.name.len(),
            keeps_plural: false,
        }
    }

    /// What an element of the list that is here would be called if it is to be called like the list, in the singular.
    fn singular(&self) -> Option<String> {
        let (owner, own) = self.name.split_at_checked(self.stem)?;
        if owner.is_empty() || self.keeps_plural {
            return None;
        }
        match own {
            // OData's envelope.
            "Value" => Some(format!("{owner}Item")),
            own => Some(format!("{owner}{}", singular(own)?)),
        }
    }
}

/// A type and whether null is a value of it.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub ty: Type,
    pub nullable: bool,
}

impl Typed {
    fn new(ty: Type) -> Self {
        Self {
            ty,
            nullable: false,
        }
    }

    /// The type with null folded in.
    pub fn into_type(self) -> Type {
        if self.nullable {
            self.ty.optional()
        } else {
            self.ty
        }
    }
}

/// What a schema turns into: a type that exists, or a model that still needs its name.
#[derive(Debug)]
pub(super) enum Lowered {
    Type(Type),
    Model(ModelKind),
}

/// The schemas of an operation's bodies or answers so far, with their types.
pub(super) type Seen<'a> = Vec<(&'a ReferenceOr<Schema>, Type)>;

/// Schemas of the document, told apart by where they are in memory.
pub(super) type Identity = Vec<*const ()>;

/// Schemas in place whose common type is being made.
pub(super) struct Open {
    identity: Identity,
    name: String,
    /// The model that it will be, once something inside has asked for it.
    model: Option<ModelId>,
}

impl<'a> Lowering<'a> {
    /// The type of a body or answer; the same schema under another media type or status is the same type.
    pub fn content_type(
        &mut self,
        schema: &'a ReferenceOr<Schema>,
        place: &Place,
        seen: &mut Seen<'a>,
    ) -> Type {
        if let Some((_, ty)) = seen.iter().find(|(known, _)| *known == schema) {
            return ty.clone();
        }
        let ty = self.schema_type(SchemaRef::new(schema), place).into_type();
        seen.push((schema, ty.clone()));
        ty
    }

    /// The type of a schema; a model is made and named after `place` if it needs one.
    pub fn schema_type(&mut self, schema: SchemaRef<'a>, place: &Place) -> Typed {
        match schema {
            SchemaRef::Component(key) => match self.component(key) {
                Some(id) => Typed {
                    ty: Type::Model(id),
                    nullable: self.is_nullable(schema),
                },
                // Normalize has replaced dangling references; this one was made by a bad key.
                None => Typed::new(Type::Value),
            },
            SchemaRef::Inline(inline) => Typed {
                ty: self.inline_type(inline, place),
                nullable: self.is_nullable(schema),
            },
        }
    }

    fn inline_type(&mut self, schema: &'a Schema, place: &Place) -> Type {
        let data = &schema.schema_data;
        if is_composed(schema) {
            return self.once(&[SchemaRef::Inline(schema)], data, place, |lowering| {
                lowering.inline(schema, place)
            });
        }
        let lowered = self.inline(schema, place);
        self.named(lowered, place, data)
    }

    /// The type that `lower` makes of `parts`. What extends the schema that it is a part of contains itself without
    /// a reference to it: it is lowered once and refers to itself.
    pub fn once(
        &mut self,
        parts: &[SchemaRef<'a>],
        data: &SchemaData,
        place: &Place,
        lower: impl FnOnce(&mut Self) -> Lowered,
    ) -> Type {
        let identity: Identity = parts.iter().map(|part| part.identity()).collect();
        if let Some(ty) = self.shared.get(&identity) {
            return ty.clone();
        }
        let outer = self.open.iter().position(|open| open.identity == identity);
        if let Some(index) = outer {
            let (name, model) = (self.open[index].name.clone(), self.open[index].model);
            // The kind is known once the schema is lowered.
            let later = ModelKind::Alias(Type::Value);
            let id = model.unwrap_or_else(|| self.add_model(&name, docs(data), later));
            self.open[index].model = Some(id);
            return Type::Model(id);
        }
        if self.open.len() >= MAX_OPEN {
            return Type::Value;
        }
        self.open.push(Open {
            identity: identity.clone(),
            name: place.name.clone(),
            model: None,
        });
        let lowered = lower(self);
        let model = self.open.pop().and_then(|open| open.model);
        let ty = match (model, lowered) {
            (None, lowered) => self.named(lowered, place, data),
            (Some(id), lowered) => {
                self.models[id.index()].kind = match lowered {
                    Lowered::Model(kind) => kind,
                    Lowered::Type(ty) => ModelKind::Alias(ty),
                };
                Type::Model(id)
            }
        };
        if model.is_some() || self.open.len() >= MAX_OWN {
            self.shared.insert(identity, ty.clone());
        }
        ty
    }

    /// Gives a model its name and place in the list.
    pub fn named(&mut self, lowered: Lowered, place: &Place, data: &SchemaData) -> Type {
        match lowered {
            Lowered::Type(ty) => ty,
            Lowered::Model(kind) => Type::Model(self.add_model(&place.name, docs(data), kind)),
        }
    }

    /// The schema of a component.
    pub fn component_schema(&self, key: &str) -> Option<&'a Schema> {
        let schemas = &self.document.components.as_ref()?.schemas;
        match schemas.get(&*unescape(key))? {
            ReferenceOr::Item(schema) => Some(schema),
            ReferenceOr::Reference { reference } => {
                // An alias of a component; a longer chain is cut by normalize.
                match schemas.get(&*unescape(component_key(reference)))? {
                    ReferenceOr::Item(schema) => Some(schema),
                    ReferenceOr::Reference { .. } => None,
                }
            }
        }
    }

    /// Follows a reference to the schema it names.
    pub fn resolve(&self, schema: SchemaRef<'a>) -> Option<&'a Schema> {
        match schema {
            SchemaRef::Component(key) => self.component_schema(key),
            SchemaRef::Inline(schema) => Some(schema),
        }
    }

    /// The schemas from `schema` inwards through references and single-armed `allOf`s.
    fn wrappers(&self, schema: SchemaRef<'a>) -> impl Iterator<Item = &'a Schema> {
        let next = |schema: &&'a Schema| match &schema.schema_kind {
            SchemaKind::AllOf { all_of } if all_of.len() == 1 => {
                self.resolve(SchemaRef::new(&all_of[0]))
            }
            _ => None,
        };
        // Wrappers of wrappers are rare; the bound stops circles.
        std::iter::successors(self.resolve(schema), next).take(16)
    }

    /// The schema inside all wrappers.
    pub fn unwrapped(&self, schema: SchemaRef<'a>) -> Option<&'a Schema> {
        self.wrappers(schema).last()
    }

    /// Whether null is allowed, by the schema itself, one that it wraps, or an arm.
    pub fn is_nullable(&self, schema: SchemaRef<'a>) -> bool {
        self.wrappers(schema).any(|wrapper| {
            let arms = match &wrapper.schema_kind {
                SchemaKind::OneOf { one_of: arms } | SchemaKind::AnyOf { any_of: arms } => {
                    arms.as_slice()
                }
                _ => &[],
            };
            wrapper.schema_data.nullable
                || arms.iter().any(|arm| {
                    self.resolve(SchemaRef::new(arm))
                        .is_some_and(|arm| arm.schema_data.nullable)
                })
        })
    }

    /// Lowers a schema in place.
    pub fn inline(&mut self, schema: &'a Schema, place: &Place) -> Lowered {
        let data = &schema.schema_data;
        match &schema.schema_kind {
            SchemaKind::Type(Kind::String(string)) if !string.enumeration.is_empty() => {
                let values = string.enumeration.iter().flatten().map(String::as_str);
                self.string_enum(values, data)
            }
            SchemaKind::Type(Kind::String(string)) => {
                Lowered::Type(Type::Scalar(string_scalar(&format_name(&string.format))))
            }
            SchemaKind::Type(Kind::Integer(integer)) if !integer.enumeration.is_empty() => {
                self.integer_enum(integer.enumeration.iter().flatten().copied(), data)
            }
            SchemaKind::Type(Kind::Integer(integer)) => {
                Lowered::Type(Type::Scalar(integer_scalar(&format_name(&integer.format))))
            }
            SchemaKind::Type(Kind::Number(number)) => {
                Lowered::Type(Type::Scalar(number_scalar(&format_name(&number.format))))
            }
            SchemaKind::Type(Kind::Boolean(_)) => Lowered::Type(Type::Scalar(Scalar::Bool)),
            SchemaKind::Type(Kind::Array(array)) => {
                Lowered::Type(self.array(array.items.as_ref(), is_tuple(data), place))
            }
            SchemaKind::Type(Kind::Object(object)) => {
                if object.properties.is_empty() {
                    return Lowered::Type(self.map(object.additional_properties.as_ref(), place));
                }
                self.intersection(&[SchemaRef::Inline(schema)], place)
            }
            SchemaKind::AllOf { .. } => self.intersection(&[SchemaRef::Inline(schema)], place),
            SchemaKind::OneOf { one_of: arms } => {
                self.union(schema, arms, &place.pointer.join("oneOf"), place)
            }
            SchemaKind::AnyOf { any_of: arms } => {
                self.union(schema, arms, &place.pointer.join("anyOf"), place)
            }
            SchemaKind::Not { .. } => Lowered::Type(Type::Value),
            SchemaKind::Any(any) => self.any(schema, any, place),
        }
    }

    /// Lowers a schema that mixes keywords of several kinds.
    fn any(&mut self, schema: &'a Schema, any: &'a AnySchema, place: &Place) -> Lowered {
        let data = &schema.schema_data;
        if !any.all_of.is_empty()
            || !any.one_of.is_empty()
            || !any.any_of.is_empty()
            || !any.properties.is_empty()
        {
            return self.intersection(&[SchemaRef::Inline(schema)], place);
        }
        if !any.enumeration.is_empty() {
            return self.mixed_enum(&any.enumeration, data);
        }
        let format = any.format.as_deref().unwrap_or_default();
        match any.typ.as_deref() {
            Some("string") => Lowered::Type(Type::Scalar(string_scalar(format))),
            Some("integer") => Lowered::Type(Type::Scalar(integer_scalar(format))),
            Some("number") => Lowered::Type(Type::Scalar(number_scalar(format))),
            Some("boolean") => Lowered::Type(Type::Scalar(Scalar::Bool)),
            Some("array") => Lowered::Type(self.array(any.items.as_ref(), is_tuple(data), place)),
            Some("object") => Lowered::Type(self.map(any.additional_properties.as_ref(), place)),
            None if any.items.is_some() => {
                Lowered::Type(self.array(any.items.as_ref(), is_tuple(data), place))
            }
            None if matches!(
                any.additional_properties,
                Some(AdditionalProperties::Schema(_))
            ) =>
            {
                Lowered::Type(self.map(any.additional_properties.as_ref(), place))
            }
            _ => Lowered::Type(Type::Value),
        }
    }

    fn array(
        &mut self,
        items: Option<&'a ReferenceOr<Box<Schema>>>,
        tuple: bool,
        place: &Place,
    ) -> Type {
        let Some(items) = items else {
            return Type::Vec(Box::new(Type::Value));
        };
        let pointer = place.pointer.join("items");
        if tuple
            && let ReferenceOr::Item(schema) = items
            && let SchemaKind::OneOf { one_of: positions } = &schema.schema_kind
        {
            return self.tuple(positions, place);
        }
        let item = match place.singular().filter(|name| self.types.is_free(name)) {
            Some(name) => Place {
                pointer,
                stem: name.len(),
                name,
                is_part: true,
                keeps_plural: false,
            },
            None => place.part("item", pointer),
        };
        let item = self.schema_type(SchemaRef::boxed(items), &item);
        Type::Vec(Box::new(item.into_type()))
    }

    fn tuple(&mut self, positions: &'a [ReferenceOr<Schema>], place: &Place) -> Type {
        if positions.is_empty() || positions.len() > MAX_TUPLE {
            self.diagnostics.note(
                Code::TupleTooLong,
                &place.pointer,
                format!(
                    "a list of {} positions becomes a list of any JSON",
                    positions.len()
                ),
            );
            return Type::Vec(Box::new(Type::Value));
        }
        let types = positions.iter().enumerate().map(|(index, position)| {
            let pointer = place.pointer.join("prefixItems").index(index);
            self.schema_type(
                SchemaRef::new(position),
                &place.part(&format!("item{}", index + 1), pointer),
            )
            .into_type()
        });
        Type::Tuple(types.collect())
    }

    /// An object without declared properties.
    pub fn map(&mut self, additional: Option<&'a AdditionalProperties>, place: &Place) -> Type {
        let value = match additional {
            Some(AdditionalProperties::Schema(schema)) => {
                let pointer = place.pointer.join("additionalProperties");
                self.schema_type(SchemaRef::new(schema), &place.part("value", pointer))
                    .into_type()
            }
            Some(AdditionalProperties::Any(_)) | None => Type::Value,
        };
        Type::Map(Box::new(value))
    }
}

/// What a schema says about itself.
pub(super) fn docs(data: &SchemaData) -> Docs {
    Docs {
        summary: super::extension::title(&data.extensions).or_else(|| data.title.clone()),
        description: content_description(data).or_else(|| data.description.clone()),
        deprecated: data.deprecated,
    }
}

/// The description of text that holds something else (JSON Schema 2020-12 validation, section 8).
fn content_description(data: &SchemaData) -> Option<String> {
    let held = super::extension::text(&data.extensions, "x-connector-content-media-type")?;
    let held = format!("Holds `{held}`.");
    Some(match &data.description {
        Some(description) => format!("{description}\n\n{held}"),
        None => held,
    })
}

fn is_tuple(data: &SchemaData) -> bool {
    data.extensions
        .get("x-connector-tuple")
        .is_some_and(|value| value == true)
}

/// Whether a schema says anything about the type of its values.
pub(super) fn has_shape(schema: SchemaRef<'_>) -> bool {
    let SchemaRef::Inline(schema) = schema else {
        return true;
    };
    match &schema.schema_kind {
        SchemaKind::Any(any) => {
            any.typ.is_some()
                || !any.properties.is_empty()
                || !any.enumeration.is_empty()
                || any.items.is_some()
                || matches!(
                    any.additional_properties,
                    Some(AdditionalProperties::Schema(_))
                )
                || [&any.one_of, &any.any_of, &any.all_of]
                    .iter()
                    .any(|arms| arms.iter().any(|arm| has_shape(SchemaRef::new(arm))))
        }
        // `type: object` beside `required` alone restates what the other parts say.
        SchemaKind::Type(Kind::Object(object)) => {
            !object.properties.is_empty()
                || object.required.is_empty()
                || matches!(
                    object.additional_properties,
                    Some(AdditionalProperties::Schema(_))
                )
        }
        SchemaKind::Not { .. } => false,
        SchemaKind::AllOf { all_of: arms }
        | SchemaKind::OneOf { one_of: arms }
        | SchemaKind::AnyOf { any_of: arms } => {
            arms.iter().any(|arm| has_shape(SchemaRef::new(arm)))
        }
        SchemaKind::Type(_) => true,
    }
}
