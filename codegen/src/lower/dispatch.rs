//! How the JSON of a union is told apart: by a property's value, or by its looks.

use std::collections::{HashMap, HashSet};

use openapiv3::{Discriminator, ReferenceOr, Schema, SchemaKind, Type as Kind};
use serde_json::Value;

use super::Lowering;
use super::compose::Composite;
use super::schema::{SchemaRef, has_shape, unescape};
use crate::diagnostics::Pointer;
use crate::model::{Dispatch, Shape, WireName};

/// References and wrappers are followed this far when the kind of a schema is looked up.
const MAX_DEPTH: usize = 16;

/// A shape lists no more distinguishing properties than this.
const MAX_KNOWN: usize = 12;

/// An enum with more values than this does not tell arms apart.
const MAX_TAGS: usize = 64;

/// A set of JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub const BOOLEAN: Self = Self(1);
    pub const INTEGER: Self = Self(2);
    pub const NUMBER: Self = Self(4);
    pub const STRING: Self = Self(8);
    pub const ARRAY: Self = Self(16);
    pub const OBJECT: Self = Self(32);
    pub const NULL: Self = Self(64);
    /// Nothing is known.
    pub const ANY: Self = Self(128);

    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn is_any(self) -> bool {
        self.0 & Self::ANY.0 != 0
    }

    /// Whether every kind of this set is in `other`.
    pub fn within(self, other: Self) -> bool {
        self.0 != 0 && self.0 & !other.0 == 0
    }

    /// Whether a kind of this set is in `other`; of what is not known, any may be.
    pub fn overlaps(self, other: Self) -> bool {
        self.is_any() || self.0 & other.0 != 0
    }

    /// The names of the runtime's constants.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (Self::BOOLEAN, "BOOLEAN"),
            (Self::INTEGER, "INTEGER"),
            (Self::NUMBER, "NUMBER"),
            (Self::STRING, "STRING"),
            (Self::ARRAY, "ARRAY"),
            (Self::OBJECT, "OBJECT"),
            (Self::NULL, "NULL"),
        ];
        all.into_iter()
            .filter(|(kind, _)| self.0 & kind.0 != 0)
            .map(|(_, name)| name)
            .collect()
    }

    /// A word for one kind.
    pub fn label(self) -> &'static str {
        match self {
            Self::BOOLEAN => "Boolean",
            Self::INTEGER => "Integer",
            Self::NUMBER => "Number",
            Self::STRING => "String",
            Self::ARRAY => "Array",
            Self::OBJECT => "Object",
            _ => "Variant",
        }
    }
}

/// What is known about an arm's JSON.
#[derive(Debug, Clone)]
pub(super) struct Arm<'a> {
    /// The component, if the arm names one.
    component: Option<&'a str>,
    pub kinds: Kinds,
    is_object: bool,
    /// Declared properties, with their values if they are enums.
    properties: Vec<(&'a str, Option<Vec<&'a str>>)>,
    /// Properties that are enums of integers, with the JSON text of their values.
    integers: Vec<(&'a str, Vec<String>)>,
    required: HashSet<&'a str>,
}

impl<'a> Arm<'a> {
    fn values(&self, property: &str) -> Option<&[&'a str]> {
        self.properties
            .iter()
            .find(|(name, _)| *name == property)?
            .1
            .as_deref()
    }

    /// The values of an enum of strings or integers, as the runtime compares them with tags.
    fn tags(&self, property: &str) -> Option<Vec<String>> {
        let integers = self.integers.iter().find(|(name, _)| *name == property);
        match (self.values(property), integers) {
            (Some(values), _) => Some(values.iter().map(|value| (*value).to_owned()).collect()),
            (None, integers) => integers.map(|(_, values)| values.clone()),
        }
    }

    fn declares(&self, property: &str) -> bool {
        self.properties.iter().any(|(name, _)| *name == property)
    }

    /// The value of the one required property that has just one.
    pub fn only_tag(&self) -> Option<String> {
        let mut tags =
            self.properties
                .iter()
                .filter_map(|(name, values)| match values.as_deref() {
                    Some([single]) if self.required.contains(name) => Some(*single),
                    _ => None,
                });
        tags.next()
            .filter(|_| tags.next().is_none())
            .map(str::to_owned)
    }

    /// The same arm with the properties of what it was merged with.
    pub fn with_object(mut self, composite: &Composite<'a>) -> Self {
        self.is_object = true;
        for name in composite.properties.keys() {
            if !self.declares(name) {
                self.properties.push((name, None));
            }
        }
        self.required.extend(composite.required.iter().copied());
        self
    }
}

impl<'a> Lowering<'a> {
    /// Looks up what is known about an arm.
    pub fn arm(&self, schema: SchemaRef<'a>, kinds: Kinds) -> Arm<'a> {
        let component = match schema {
            SchemaRef::Component(key) => Some(key),
            SchemaRef::Inline(_) => None,
        };
        let mut arm = Arm {
            component,
            kinds,
            is_object: false,
            properties: Vec::new(),
            integers: Vec::new(),
            required: HashSet::new(),
        };
        let object = self.object_parts(schema).or_else(|| {
            // A union of objects has what any of them has.
            kinds
                .within(Kinds::OBJECT)
                .then(|| self.flattened(schema, &Pointer::root()))
        });
        if let Some(object) = object {
            arm.is_object = true;
            arm.properties = object
                .properties
                .iter()
                .map(|(name, parts)| {
                    let mut values = parts.iter().map(|(part, _)| self.string_values(*part));
                    let values = match object.alternatives.contains(name) {
                        true => values
                            .collect::<Option<Vec<_>>>()
                            .map(|values| values.concat()),
                        false => values.find_map(|values| values),
                    };
                    (*name, values)
                })
                .collect();
            let integers = object.properties.iter().filter_map(|(name, parts)| {
                let mut parts = parts.iter();
                Some((
                    *name,
                    parts.find_map(|(part, _)| self.integer_values(*part))?,
                ))
            });
            arm.integers = integers
                .filter(|(name, _)| !object.alternatives.contains(name))
                .collect();
            arm.required = object.required;
        }
        arm
    }

    /// The JSON types of a schema's values.
    pub fn kinds(&self, schema: SchemaRef<'a>) -> Kinds {
        self.kinds_within(schema, MAX_DEPTH)
    }

    fn kinds_within(&self, schema: SchemaRef<'a>, depth: usize) -> Kinds {
        let Some(resolved) = self.resolve(schema) else {
            return Kinds::ANY;
        };
        if depth == 0 {
            return Kinds::ANY;
        }
        let arms_kinds = |arms: &'a [ReferenceOr<Schema>]| {
            arms.iter()
                .map(|arm| self.kinds_within(SchemaRef::new(arm), depth - 1))
                .reduce(Kinds::or)
                .unwrap_or(Kinds::ANY)
        };
        // Of parts that all hold, the first that says something decides.
        let first_kinds = |arms: &'a [ReferenceOr<Schema>]| {
            let shaped = arms
                .iter()
                .map(SchemaRef::new)
                .filter(|arm| has_shape(*arm));
            shaped
                .map(|arm| self.kinds_within(arm, depth - 1))
                .find(|kinds| !kinds.is_any())
                .unwrap_or(Kinds::ANY)
        };
        match &resolved.schema_kind {
            SchemaKind::Type(kind) => match kind {
                Kind::String(_) => Kinds::STRING,
                Kind::Number(_) => Kinds::NUMBER,
                Kind::Integer(_) => Kinds::INTEGER,
                Kind::Boolean(_) => Kinds::BOOLEAN,
                Kind::Array(_) => Kinds::ARRAY,
                Kind::Object(_) => Kinds::OBJECT,
            },
            SchemaKind::OneOf { one_of: arms } | SchemaKind::AnyOf { any_of: arms } => {
                arms_kinds(arms)
            }
            SchemaKind::AllOf { all_of } => first_kinds(all_of),
            SchemaKind::Not { .. } => Kinds::ANY,
            SchemaKind::Any(any) => match any.typ.as_deref() {
                Some("string") => Kinds::STRING,
                Some("number") => Kinds::NUMBER,
                Some("integer") => Kinds::INTEGER,
                Some("boolean") => Kinds::BOOLEAN,
                Some("array") => Kinds::ARRAY,
                Some("object") => Kinds::OBJECT,
                _ if !any.properties.is_empty() => Kinds::OBJECT,
                _ if !any.enumeration.is_empty() => any
                    .enumeration
                    .iter()
                    .map(value_kind)
                    .reduce(Kinds::or)
                    .unwrap_or(Kinds::ANY),
                _ if !any.all_of.is_empty() => first_kinds(&any.all_of),
                _ if !any.one_of.is_empty() => arms_kinds(&any.one_of),
                _ if !any.any_of.is_empty() => arms_kinds(&any.any_of),
                _ => Kinds::ANY,
            },
        }
    }

    /// The values of a string enum, through references.
    pub fn string_values(&self, schema: SchemaRef<'a>) -> Option<Vec<&'a str>> {
        let mut schema = schema;
        for _ in 0..MAX_DEPTH {
            let resolved = self.resolve(schema)?;
            match &resolved.schema_kind {
                SchemaKind::Type(Kind::String(string)) if !string.enumeration.is_empty() => {
                    return Some(
                        string
                            .enumeration
                            .iter()
                            .flatten()
                            .map(String::as_str)
                            .collect(),
                    );
                }
                SchemaKind::Any(any)
                    if !any.enumeration.is_empty()
                        && any.enumeration.iter().all(Value::is_string) =>
                {
                    return Some(any.enumeration.iter().filter_map(Value::as_str).collect());
                }
                SchemaKind::AllOf { all_of } if all_of.len() == 1 => {
                    schema = SchemaRef::new(&all_of[0])
                }
                _ => return None,
            }
        }
        None
    }

    /// The values of an integer enum in place, as JSON text.
    fn integer_values(&self, schema: SchemaRef<'a>) -> Option<Vec<String>> {
        let values: Vec<i64> = match &self.resolve(schema)?.schema_kind {
            SchemaKind::Type(Kind::Integer(integer)) => {
                integer.enumeration.iter().copied().collect::<Option<_>>()?
            }
            SchemaKind::Any(any) => any
                .enumeration
                .iter()
                .map(Value::as_i64)
                .collect::<Option<_>>()?,
            _ => return None,
        };
        (!values.is_empty()).then(|| values.iter().map(i64::to_string).collect())
    }

    /// Decides how the arms are told apart.
    pub fn dispatch(
        &mut self,
        discriminator: Option<&Discriminator>,
        arms: &[Arm<'a>],
    ) -> Dispatch {
        discriminator
            .and_then(|discriminator| declared(discriminator, arms))
            .or_else(|| inferred(arms))
            .unwrap_or_else(|| Dispatch::Shape(shapes(arms)))
    }
}

/// A discriminator that the document declares.
fn declared(discriminator: &Discriminator, arms: &[Arm<'_>]) -> Option<Dispatch> {
    let property = &discriminator.property_name;
    let mut tags = Vec::new();
    let mut implied = Vec::new();
    for (index, arm) in arms.iter().enumerate() {
        if !arm.is_object && arm.kinds != Kinds::OBJECT {
            return None;
        }
        let mapped = discriminator.mapping.iter().filter(|(_, target)| {
            let name = target.rsplit('/').next().unwrap_or(target);
            arm.component
                .is_some_and(|key| key == name || unescape(key) == *name)
        });
        let mut values: Vec<String> = mapped.map(|(value, _)| value.clone()).collect();
        if values.is_empty() {
            values = match (arm.values(property), arm.component) {
                (Some(values), _) if values.len() <= MAX_TAGS => {
                    values.iter().map(|value| (*value).to_owned()).collect()
                }
                (_, Some(key)) => vec![unescape(key).into_owned()],
                _ => return None,
            };
        }
        let written = arm.required.contains(property.as_str()) && arm.declares(property);
        implied.push(if written {
            None
        } else {
            values.first().cloned()
        });
        tags.extend(values.into_iter().map(|value| (value, index)));
    }
    let mut known: HashMap<&str, usize> = HashMap::new();
    // Arms that share a value are told apart by what else they have.
    if tags
        .iter()
        .any(|(value, index)| *known.entry(value).or_insert(*index) != *index)
    {
        return None;
    }
    let mut seen = HashSet::new();
    tags.retain(|(value, _)| seen.insert(value.clone()));
    Some(Dispatch::Tag {
        property: WireName::new(property),
        tags,
        implied,
    })
}

/// A property that every arm requires, with values that no two arms share.
fn inferred(arms: &[Arm<'_>]) -> Option<Dispatch> {
    let first = arms.first()?;
    if arms.len() < 2 || !arms.iter().all(|arm| arm.is_object) {
        return None;
    }
    let tells_apart = |property: &str| {
        let mut seen = HashSet::new();
        arms.iter().all(|arm| {
            arm.required.contains(property)
                && arm.tags(property).is_some_and(|values| {
                    values.len() <= MAX_TAGS && values.into_iter().all(|value| seen.insert(value))
                })
        })
    };
    let (property, _) = first
        .properties
        .iter()
        .find(|(name, _)| tells_apart(name))?;
    let mut tags = Vec::new();
    for (index, arm) in arms.iter().enumerate() {
        tags.extend(arm.tags(property)?.into_iter().map(|value| (value, index)));
    }
    Some(Dispatch::Tag {
        property: WireName::new(*property),
        tags,
        implied: vec![None; arms.len()],
    })
}

/// What each arm looks like, reduced to what sets it apart from the others.
fn shapes(arms: &[Arm<'_>]) -> Vec<Shape> {
    let objects = arms.iter().filter(|arm| arm.is_object).count();
    let shape = |arm: &Arm<'_>| {
        let mut shape = Shape {
            kinds: arm.kinds.names(),
            ..Shape::default()
        };
        if !arm.is_object || objects < 2 {
            return shape;
        }
        let others = || arms.iter().filter(|other| other.is_object);
        let in_all = |name: &str| others().all(|other| other.declares(name));
        let required_in_all = |name: &str| others().all(|other| other.required.contains(name));
        shape.tags = arm
            .properties
            .iter()
            .filter_map(|(name, values)| {
                values
                    .as_ref()
                    .filter(|values| values.len() <= MAX_TAGS)
                    .map(|values| (*name, values))
            })
            .filter(|(name, values)| {
                others().any(|other| {
                    other
                        .values(name)
                        .is_none_or(|theirs| theirs != values.as_slice())
                })
            })
            .map(|(name, values)| {
                (
                    name.to_owned(),
                    values.iter().map(|value| (*value).to_owned()).collect(),
                )
            })
            .collect();
        let mut required: Vec<&str> = arm
            .required
            .iter()
            .copied()
            .filter(|name| !required_in_all(name))
            .collect();
        required.sort_unstable();
        shape.required = required.into_iter().map(str::to_owned).collect();
        shape.known = arm
            .properties
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !in_all(name))
            .take(MAX_KNOWN)
            .map(str::to_owned)
            .collect();
        shape
    };
    arms.iter().map(shape).collect()
}

fn value_kind(value: &Value) -> Kinds {
    match value {
        Value::Null => Kinds::NULL,
        Value::Bool(_) => Kinds::BOOLEAN,
        Value::Number(number) if number.is_f64() => Kinds::NUMBER,
        Value::Number(_) => Kinds::INTEGER,
        Value::String(_) => Kinds::STRING,
        Value::Array(_) => Kinds::ARRAY,
        Value::Object(_) => Kinds::OBJECT,
    }
}
