//! Types and the models that they refer to.

use super::{RustName, Visibility, WireName};

/// An index into [`Api::models`](super::Api::models).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(u32);

impl ModelId {
    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The position in the list.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the document says about a thing, for its rustdoc.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Docs {
    /// One line.
    pub summary: Option<String>,
    /// The rest.
    pub description: Option<String>,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
}

/// A type without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "named after what they print")]
pub enum Scalar {
    Bool,
    I32,
    I64,
    U32,
    U64,
    F64,
    String,
    DateTime,
    Date,
    Time,
    Uuid,
    Base64,
}

/// A Rust type in the generated crate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// A type without parts.
    Scalar(Scalar),
    /// Any JSON.
    Value,
    /// A list.
    Vec(Box<Type>),
    /// An object with free keys.
    Map(Box<Type>),
    /// A value or null.
    Option(Box<Type>),
    /// A value or the empty string.
    OrEmpty(Box<Type>),
    /// Indirection that breaks a recursion.
    Boxed(Box<Type>),
    /// A list with a type per position.
    Tuple(Vec<Type>),
    /// A named model.
    Model(ModelId),
}

impl Type {
    /// `String`.
    pub const STRING: Self = Self::Scalar(Scalar::String);

    /// Wraps in `Option` unless it already is one.
    #[must_use]
    pub fn optional(self) -> Self {
        match self {
            Self::Option(_) => self,
            other => Self::Option(Box::new(other)),
        }
    }

    /// Calls `visit` with every model that the type names.
    pub fn for_each_model(&self, visit: &mut impl FnMut(ModelId)) {
        match self {
            Self::Scalar(_) | Self::Value => {}
            Self::Vec(inner)
            | Self::Map(inner)
            | Self::Option(inner)
            | Self::OrEmpty(inner)
            | Self::Boxed(inner) => inner.for_each_model(visit),
            Self::Tuple(items) => items.iter().for_each(|item| item.for_each_model(visit)),
            Self::Model(id) => visit(*id),
        }
    }
}

/// A named type.
#[derive(Debug)]
pub struct Model {
    /// The Rust name.
    pub name: RustName,
    /// The name of the component, if it is one.
    pub component: Option<String>,
    /// What the document says.
    pub docs: Docs,
    /// What it is.
    pub kind: ModelKind,
    /// Whether a request can contain it.
    pub in_request: bool,
    /// Whether a response can contain it.
    pub in_response: bool,
    /// Whether a webhook or callback can contain it.
    pub in_webhook: bool,
    /// The tags whose operations reach it, as indexes into [`Api::tags`](super::Api::tags), ascending.
    pub tags: Vec<usize>,
}

impl Model {
    /// Whether users build values of it: requests contain it, or nothing is known about its use.
    #[must_use]
    pub fn is_constructed(&self) -> bool {
        self.in_request || !self.in_response
    }
}

/// What a model is.
#[derive(Debug)]
pub enum ModelKind {
    /// An object.
    Struct(Struct),
    /// A closed list of strings that may grow.
    StringEnum(StringEnum),
    /// A closed list of integers that may grow.
    IntegerEnum(IntegerEnum),
    /// One of several types.
    Union(Union),
    /// Another name for a type.
    Alias(Type),
    /// A `multipart/form-data` body.
    Form(Form),
}

impl ModelKind {
    /// The models that this one names, in the order of its parts.
    #[must_use]
    pub fn named_models(&self) -> Vec<ModelId> {
        let mut ids = Vec::new();
        let mut add = |ty: &Type| ty.for_each_model(&mut |id| ids.push(id));
        match self {
            Self::Struct(object) => {
                object.fields.iter().for_each(|field| add(&field.ty));
                object.rest.iter().for_each(|(_, ty)| add(ty));
            }
            Self::Union(union) => union.variants.iter().for_each(|variant| add(&variant.ty)),
            Self::Alias(ty) => add(ty),
            Self::Form(form) => {
                for field in &form.fields {
                    if let FormFieldKind::Value(ty) = &field.kind {
                        add(ty);
                    }
                }
            }
            Self::StringEnum(_) | Self::IntegerEnum(_) => {}
        }
        ids
    }
}

/// An object with known properties.
#[derive(Debug, Default)]
pub struct Struct {
    /// The properties in the document's order.
    pub fields: Vec<Field>,
    /// The field for properties that are not declared, and their type.
    pub rest: Option<(RustName, Type)>,
}

/// Whether a property must be there, and whether it may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always there; `T`.
    Required,
    /// Always there, may be null; `Option<T>`.
    Nullable,
    /// May be absent; `Option<T>`.
    Optional,
    /// May be absent, and null means something else; `Patch<T>`.
    Patch,
}

/// A property.
#[derive(Debug)]
pub struct Field {
    /// Its name on the wire.
    pub wire: WireName,
    /// The field's name.
    pub name: RustName,
    /// The setter's name, if it has one.
    pub setter: Option<RustName>,
    /// The type without what `presence` adds.
    pub ty: Type,
    /// How it is wrapped.
    pub presence: Presence,
    /// Whether the constructor takes it.
    pub in_new: bool,
    /// The only string that it can be; the constructor fills it in if it is required.
    pub constant: Option<String>,
    /// What the constructor fills in, as JSON: a value that must not be left out and that nobody chooses.
    pub fixed: Option<serde_json::Value>,
    /// How prominent it is.
    pub visibility: Visibility,
    /// The default that the server assumes, as JSON text.
    pub default: Option<String>,
    /// Only ever received.
    pub read_only: bool,
    /// Only ever sent.
    pub write_only: bool,
    /// What the document says.
    pub docs: Docs,
}

impl Field {
    /// Whether the constructor gives it its value.
    #[must_use]
    pub fn is_filled_in(&self) -> bool {
        self.fixed.is_some() || self.is_constant()
    }

    /// Whether it can only be one thing, which the constructor gives it.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.constant.is_some() && matches!(self.presence, Presence::Required | Presence::Nullable)
    }
}

/// A string enum; unknown values are kept.
#[derive(Debug)]
pub struct StringEnum {
    /// The known values.
    pub values: Vec<EnumValue<String>>,
}

/// An integer enum; unknown values are kept.
#[derive(Debug)]
pub struct IntegerEnum {
    /// The known values.
    pub values: Vec<EnumValue<i64>>,
}

/// One value of an enum.
#[derive(Debug)]
pub struct EnumValue<T> {
    /// The value on the wire.
    pub wire: T,
    /// The variant.
    pub name: RustName,
    /// What the document says about it.
    pub description: Option<String>,
}

/// One of several types.
#[derive(Debug)]
pub struct Union {
    /// The arms.
    pub variants: Vec<Variant>,
    /// How the arm is told from the JSON.
    pub dispatch: Dispatch,
}

/// An arm of a union.
#[derive(Debug)]
pub struct Variant {
    /// The variant.
    pub name: RustName,
    /// What it holds.
    pub ty: Type,
    /// What the document says.
    pub description: Option<String>,
}

/// How the arm of a union is found.
#[derive(Debug)]
pub enum Dispatch {
    /// By the value of one property (OpenAPI 3.0.4, section 4.8.25).
    Tag {
        /// The property.
        property: WireName,
        /// Values and the variants that they select.
        tags: Vec<(String, usize)>,
        /// Per variant, the tag to write if the content does not have the property itself.
        implied: Vec<Option<String>>,
    },
    /// By what the JSON looks like; one shape per variant.
    Shape(Vec<Shape>),
}

/// What the JSON of a variant looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// The JSON types, as the runtime's `Kinds` names them.
    pub kinds: Vec<&'static str>,
    /// Properties that must be there.
    pub required: Vec<String>,
    /// Properties that are declared.
    pub known: Vec<String>,
    /// Properties with a closed list of values.
    pub tags: Vec<(String, Vec<String>)>,
}

/// A `multipart/form-data` body.
#[derive(Debug)]
pub struct Form {
    /// The parts in the document's order.
    pub fields: Vec<FormField>,
}

/// A part of a multipart form.
#[derive(Debug)]
pub struct FormField {
    /// Its name on the wire.
    pub wire: WireName,
    /// The field, and the setter.
    pub name: RustName,
    /// What it holds.
    pub kind: FormFieldKind,
    /// Whether the constructor takes it.
    pub required: bool,
    /// What the constructor fills in, as JSON, if it takes none.
    pub fixed: Option<serde_json::Value>,
    /// How prominent it is.
    pub visibility: Visibility,
    /// What the document says.
    pub docs: Docs,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormFieldKind {
    /// A file.
    File,
    /// Several files under one name.
    Files,
    /// A value.
    Value(Type),
}
