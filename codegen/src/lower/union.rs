//! `oneOf` and `anyOf`: enums with one variant per arm.

use openapiv3::{Discriminator, ReferenceOr, Schema, SchemaData, SchemaKind, Type as Kind};

use super::Lowering;
use super::compose::Composite;
use super::dispatch::{Arm, Kinds};
use super::format::{format_name, string_scalar};
use super::names::Scope;
use super::schema::{Lowered, Place, SchemaRef, unescape};
use crate::diagnostics::Pointer;
use crate::model::{ModelKind, Scalar, Type, Union, Variant};

/// How deep unions directly inside unions are flattened.
const MAX_NESTING: usize = 16;

/// How many variants may be made by spreading a union over the properties beside it.
const MAX_DISTRIBUTED: usize = 2_000;

/// A union with more arms than this is not spread.
const MAX_SPREAD_ARMS: usize = 100;

/// An arm on its way to becoming a variant.
struct Candidate<'a> {
    arm: Arm<'a>,
    name: String,
    ty: Type,
    description: Option<String>,
}

impl<'a> Lowering<'a> {
    /// Lowers a `oneOf` or `anyOf`.
    pub fn union(
        &mut self,
        schema: &'a Schema,
        arms: &'a [ReferenceOr<Schema>],
        pointer: &Pointer,
        place: &Place,
    ) -> Lowered {
        let mut flat = Vec::new();
        flatten(arms, pointer, &mut flat, 0);
        self.one_of(flat, &schema.schema_data, place)
    }

    /// Lowers the value that satisfies one of `arms`, which stand in a schema that says `data` about itself.
    pub fn one_of(
        &mut self,
        arms: Vec<(SchemaRef<'a>, Pointer)>,
        data: &SchemaData,
        place: &Place,
    ) -> Lowered {
        let kinds: Vec<Kinds> = arms.iter().map(|(arm, _)| self.kinds(*arm)).collect();
        if kinds.is_empty() || kinds.iter().any(|kinds| kinds.is_any()) {
            return Lowered::Type(Type::Value);
        }
        let all = |subset: Kinds| kinds.iter().all(|kinds| kinds.within(subset));
        let schemas: Vec<SchemaRef<'a>> = arms.iter().map(|(arm, _)| *arm).collect();
        if all(Kinds::STRING) {
            return self.strings(&schemas, data);
        }
        if all(Kinds::NUMBER.or(Kinds::INTEGER)) {
            return Lowered::Type(Type::Scalar(number(&kinds)));
        }
        if let Some(lowered) = self.or_empty(&arms, &kinds, data, place) {
            return lowered;
        }
        let candidates = self.candidates(arms, &kinds, place);
        self.union_of(candidates, data.discriminator.as_ref())
    }

    /// Something that is no string, or the empty string: how forms clear a value. A union for every such property would
    /// be most of what is generated for an API of forms.
    fn or_empty(
        &mut self,
        arms: &[(SchemaRef<'a>, Pointer)],
        kinds: &[Kinds],
        data: &SchemaData,
        place: &Place,
    ) -> Option<Lowered> {
        let is_empty =
            |arm: SchemaRef<'a>| self.string_values(arm).is_some_and(|values| values == [""]);
        let mut others = Vec::new();
        for ((arm, pointer), kinds) in arms.iter().zip(kinds) {
            if !kinds.overlaps(Kinds::STRING) {
                others.push((*arm, pointer.clone()));
            } else if !is_empty(*arm) {
                return None;
            }
        }
        if others.len() == arms.len() {
            return None;
        }
        let ty = match others.as_slice() {
            // A component has taken its own name already.
            [(only, pointer)] if !place.is_part => {
                self.schema_type(*only, &place.part("value", pointer.clone()))
                    .ty
            }
            [(only, pointer)] => {
                let place = Place {
                    pointer: pointer.clone(),
                    ..place.clone()
                };
                self.schema_type(*only, &place).ty
            }
            _ => {
                let part = place.part("value", place.pointer.clone());
                let place = if place.is_part { place } else { &part };
                let lowered = self.one_of(others, data, place);
                self.named(lowered, place, data)
            }
        };
        Some(Lowered::Type(match ty {
            Type::Value => Type::Value,
            ty => Type::OrEmpty(Box::new(ty)),
        }))
    }

    /// Types the arms; all strings become one candidate, all numbers another.
    fn candidates(
        &mut self,
        arms: Vec<(SchemaRef<'a>, Pointer)>,
        kinds: &[Kinds],
        place: &Place,
    ) -> Vec<Candidate<'a>> {
        let group = |subset: Kinds| {
            let members: Vec<usize> = (0..arms.len())
                .filter(|index| kinds[*index].within(subset))
                .collect();
            if members.len() > 1 {
                members
            } else {
                Vec::new()
            }
        };
        let strings = group(Kinds::STRING);
        let numbers = group(Kinds::NUMBER.or(Kinds::INTEGER));
        let mut candidates: Vec<Candidate<'a>> = Vec::new();
        for (index, (schema, pointer)) in arms.iter().enumerate() {
            let grouped = strings
                .iter()
                .chain(&numbers)
                .any(|member| *member == index);
            let first = strings.first() == Some(&index) || numbers.first() == Some(&index);
            if grouped && !first {
                continue;
            }
            let mut arm = self.arm(*schema, kinds[index]);
            let (name, ty) = if strings.first() == Some(&index) {
                let members: Vec<_> = strings.iter().map(|member| arms[*member].0).collect();
                let lowered = self.strings(&members, &SchemaData::default());
                let part = place.part("string", pointer.clone());
                (
                    "String".to_owned(),
                    self.named(lowered, &part, &SchemaData::default()),
                )
            } else if numbers.first() == Some(&index) {
                let members: Vec<_> = numbers.iter().map(|member| kinds[*member]).collect();
                arm.kinds = members.iter().copied().fold(arm.kinds, Kinds::or);
                ("Number".to_owned(), Type::Scalar(number(&members)))
            } else {
                let hint = self.arm_hint(*schema, &arm, index);
                let ty = self
                    .schema_type(*schema, &place.part(&hint, pointer.clone()))
                    .ty;
                (self.variant_name(*schema, &ty, &hint), ty)
            };
            if let Some(known) = candidates.iter_mut().find(|known| known.ty == ty) {
                known.arm.kinds = known.arm.kinds.or(arm.kinds);
            } else {
                let description = match schema {
                    SchemaRef::Inline(inline) => inline.schema_data.description.clone(),
                    SchemaRef::Component(_) => None,
                };
                candidates.push(Candidate {
                    arm,
                    name,
                    ty,
                    description,
                });
            }
        }
        candidates
    }

    fn union_of(
        &mut self,
        candidates: Vec<Candidate<'a>>,
        discriminator: Option<&Discriminator>,
    ) -> Lowered {
        if candidates.len() == 1 {
            return candidates
                .into_iter()
                .next()
                .map_or(Lowered::Type(Type::Value), |only| Lowered::Type(only.ty));
        }
        let mut scope = Scope::variants();
        let mut variants = Vec::new();
        let mut arms = Vec::new();
        for candidate in candidates {
            variants.push(Variant {
                name: scope.claim_type(&candidate.name),
                ty: candidate.ty,
                description: candidate.description,
            });
            arms.push(candidate.arm);
        }
        let dispatch = self.dispatch(discriminator, &arms);
        Lowered::Model(ModelKind::Union(Union { variants, dispatch }))
    }

    /// Spreads a union over the properties that stand beside it: each arm becomes a struct with all of them.
    /// `None` if that would repeat itself or grow too large.
    pub fn distribute(
        &mut self,
        base: &Composite<'a>,
        schema: &'a Schema,
        arms: &'a [ReferenceOr<Schema>],
        pointer: &Pointer,
        place: &Place,
    ) -> Option<Lowered> {
        let identity = std::ptr::from_ref(schema);
        self.distributed += arms.len();
        if self.distributing.contains(&identity)
            || self.distributed > MAX_DISTRIBUTED
            || arms.len() > MAX_SPREAD_ARMS
        {
            return None;
        }
        if arms
            .iter()
            .any(|arm| !self.kinds(SchemaRef::new(arm)).within(Kinds::OBJECT))
        {
            return None;
        }
        self.distributing.push(identity);
        let mut candidates = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            let arm = SchemaRef::new(arm);
            let composite = self.with_arm(base, arm, &pointer.index(index));
            let info = self.arm(arm, Kinds::OBJECT).with_object(&composite);
            let hint = self.arm_hint(arm, &info, index);
            let part = place.part(&hint, pointer.index(index));
            let lowered = self.composed(composite, &part);
            let ty = match self.resolve(arm) {
                Some(schema) => self.named(lowered, &part, &schema.schema_data),
                None => self.named(lowered, &part, &SchemaData::default()),
            };
            candidates.push(Candidate {
                arm: info,
                name: hint,
                ty,
                description: None,
            });
        }
        self.distributing.pop();
        Some(self.union_of(candidates, schema.schema_data.discriminator.as_ref()))
    }

    /// What an arm is called: its component's name, its title, its tag, its kind.
    fn arm_hint(&self, schema: SchemaRef<'a>, arm: &Arm<'a>, index: usize) -> String {
        let inline = match schema {
            SchemaRef::Component(key) => return unescape(key).into_owned(),
            SchemaRef::Inline(inline) => inline,
        };
        if let Some(title) = inline
            .schema_data
            .title
            .as_deref()
            .filter(|title| title.len() <= 40 && !title.trim().is_empty())
        {
            return title.to_owned();
        }
        if let Some(tag) = arm.only_tag() {
            return tag;
        }
        match &inline.schema_kind {
            SchemaKind::AllOf { all_of } => {
                let first = all_of.iter().find_map(|part| match SchemaRef::new(part) {
                    SchemaRef::Component(key) => Some(unescape(key).into_owned()),
                    SchemaRef::Inline(_) => None,
                });
                first.unwrap_or_else(|| format!("Variant{}", index + 1))
            }
            _ if arm.kinds == Kinds::OBJECT => format!("Variant{}", index + 1),
            _ if arm.kinds == Kinds::ARRAY => "Array".to_owned(),
            _ => arm.kinds.label().to_owned(),
        }
    }

    fn variant_name(&self, schema: SchemaRef<'a>, ty: &Type, hint: &str) -> String {
        let titled = matches!(schema, SchemaRef::Component(_))
            || matches!(schema, SchemaRef::Inline(inline) if inline.schema_data.title.is_some());
        if titled {
            hint.to_owned()
        } else {
            self.type_label(ty).unwrap_or_else(|| hint.to_owned())
        }
    }

    /// What a type without a name of its own is called as a variant.
    fn type_label(&self, ty: &Type) -> Option<String> {
        Some(match ty {
            Type::Scalar(scalar) => match scalar {
                Scalar::Bool => "Boolean".to_owned(),
                Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64 => "Integer".to_owned(),
                Scalar::F64 => "Number".to_owned(),
                Scalar::String => "String".to_owned(),
                Scalar::DateTime => "DateTime".to_owned(),
                Scalar::Date => "Date".to_owned(),
                Scalar::Time => "Time".to_owned(),
                Scalar::Uuid => "Uuid".to_owned(),
                Scalar::Base64 => "Bytes".to_owned(),
            },
            Type::Value => "Json".to_owned(),
            Type::Vec(item) => format!(
                "{}Array",
                self.type_label(item).or_else(|| self.model_label(item))?
            ),
            Type::Map(_) => "Map".to_owned(),
            Type::Tuple(_) => "Tuple".to_owned(),
            Type::Option(inner) | Type::OrEmpty(inner) | Type::Boxed(inner) => {
                self.type_label(inner)?
            }
            Type::Model(_) => return None,
        })
    }

    fn model_label(&self, ty: &Type) -> Option<String> {
        match ty {
            Type::Model(id) => self
                .models
                .get(id.index())
                .map(|model| model.name.as_str().to_owned()),
            Type::Option(inner) | Type::OrEmpty(inner) | Type::Boxed(inner) => {
                self.model_label(inner)
            }
            _ => None,
        }
    }

    /// Several schemas that are all strings: their enums are joined, since an enum here is open anyway.
    fn strings(&mut self, schemas: &[SchemaRef<'a>], data: &SchemaData) -> Lowered {
        let mut values: Vec<&'a str> = Vec::new();
        let mut enums = Vec::new();
        let mut scalars = Vec::new();
        for schema in schemas {
            match self.string_values(*schema) {
                Some(list) => {
                    values.extend(list);
                    enums.push(*schema);
                }
                None => scalars.push(self.resolve(*schema).map_or(Scalar::String, plain_string)),
            }
        }
        match (enums.as_slice(), scalars.as_slice()) {
            ([SchemaRef::Component(key)], _) => {
                Lowered::Type(self.component(key).map_or(Type::STRING, Type::Model))
            }
            ([], [first, rest @ ..]) if rest.iter().all(|other| other == first) => {
                Lowered::Type(Type::Scalar(*first))
            }
            ([], _) => Lowered::Type(Type::STRING),
            ([SchemaRef::Inline(single)], []) => self.string_enum(values, &single.schema_data),
            _ => self.string_enum(values, data),
        }
    }
}

fn plain_string(schema: &Schema) -> Scalar {
    match &schema.schema_kind {
        SchemaKind::Type(Kind::String(string)) => string_scalar(&format_name(&string.format)),
        _ => Scalar::String,
    }
}

fn number(kinds: &[Kinds]) -> Scalar {
    if kinds.iter().all(|kinds| kinds.within(Kinds::INTEGER)) {
        Scalar::I64
    } else {
        Scalar::F64
    }
}

/// Unions directly inside a union add their arms to it.
fn flatten<'a>(
    arms: &'a [ReferenceOr<Schema>],
    pointer: &Pointer,
    out: &mut Vec<(SchemaRef<'a>, Pointer)>,
    depth: usize,
) {
    for (index, arm) in arms.iter().enumerate() {
        let pointer = pointer.index(index);
        match arm {
            ReferenceOr::Item(Schema {
                schema_kind: SchemaKind::OneOf { one_of: inner },
                schema_data,
            }) if depth < MAX_NESTING && schema_data.discriminator.is_none() => {
                flatten(inner, &pointer.join("oneOf"), out, depth + 1);
            }
            ReferenceOr::Item(Schema {
                schema_kind: SchemaKind::AnyOf { any_of: inner },
                schema_data,
            }) if depth < MAX_NESTING && schema_data.discriminator.is_none() => {
                flatten(inner, &pointer.join("anyOf"), out, depth + 1);
            }
            _ => out.push((SchemaRef::new(arm), pointer)),
        }
    }
}
