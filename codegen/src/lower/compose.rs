//! `allOf`, and whatever else says that several schemas hold at once.

use std::collections::HashSet;

use indexmap::IndexMap;
use openapiv3::{AdditionalProperties, AnySchema, ReferenceOr, Schema, SchemaKind, Type as Kind};

use super::Lowering;
use super::dispatch::Kinds;
use super::schema::{Lowered, Place, SchemaRef, has_shape};
use crate::diagnostics::{Code, Pointer};
use crate::model::{ModelKind, Type};

/// How many components deep a chain of `allOf` is followed.
const MAX_CHAIN: usize = 64;

/// Everything that a set of schemas says together.
#[derive(Debug, Default, Clone)]
pub(super) struct Composite<'a> {
    /// What each property must satisfy, in the order of first mention.
    pub properties: IndexMap<&'a str, Vec<(SchemaRef<'a>, Pointer)>>,
    /// The properties of which one schema must hold, not all.
    pub alternatives: HashSet<&'a str>,
    pub required: HashSet<&'a str>,
    pub additional: Option<&'a AdditionalProperties>,
    /// Lists of which one arm must hold too.
    unions: Vec<(&'a Schema, &'a [ReferenceOr<Schema>], Pointer)>,
    /// Parts that are no objects.
    others: Vec<SchemaRef<'a>>,
    is_object: bool,
    /// The components gathered so far. Each says the same however often it is named, and a document can name one
    /// exponentially often.
    gathered: HashSet<&'a str>,
}

impl<'a> Composite<'a> {
    fn add_object(
        &mut self,
        properties: &'a IndexMap<String, ReferenceOr<Box<Schema>>>,
        required: &'a [String],
        additional: Option<&'a AdditionalProperties>,
        pointer: &Pointer,
    ) {
        self.is_object = true;
        let base = pointer.join("properties");
        for (name, schema) in properties {
            let schema = SchemaRef::boxed(schema);
            let known = self.properties.entry(name).or_default();
            // The same schema twice says nothing new.
            let repeated = known.iter().any(|(other, _)| match (*other, schema) {
                (SchemaRef::Component(a), SchemaRef::Component(b)) => a == b,
                (SchemaRef::Inline(a), SchemaRef::Inline(b)) => std::ptr::eq(a, b),
                _ => false,
            });
            if !repeated && (known.is_empty() || has_shape(schema)) {
                known.push((schema, base.join(name)));
            }
        }
        self.required.extend(required.iter().map(String::as_str));
        if let Some(AdditionalProperties::Schema(_) | AdditionalProperties::Any(true)) = additional
        {
            self.additional = additional;
        }
    }
}

impl<'a> Lowering<'a> {
    /// Lowers the value that satisfies all of `parts`.
    pub fn intersection(&mut self, parts: &[SchemaRef<'a>], place: &Place) -> Lowered {
        if let Some(single) = self.only_part(parts, 0) {
            match single {
                // A part that only requires more than the type it names keeps that type: one of its own for every
                // such property would say little and share nothing.
                SchemaRef::Component(key)
                    if place.is_part || !self.requires_more(parts, single) =>
                {
                    return Lowered::Type(self.component(key).map_or(Type::Value, Type::Model));
                }
                // A plain schema; what is composed falls through.
                SchemaRef::Inline(schema) if !is_composed(schema) => {
                    return self.inline(schema, place);
                }
                _ => {}
            }
        }
        let composite = self.together(parts, &place.pointer);
        self.composed(composite, place)
    }

    /// Everything that `parts` say.
    fn together(&self, parts: &[SchemaRef<'a>], pointer: &Pointer) -> Composite<'a> {
        let mut composite = Composite::default();
        for part in parts {
            self.gather(*part, pointer, &mut composite, &mut Vec::new());
        }
        composite
    }

    /// Whether `parts` require a property that the object `single`, one of them, leaves optional.
    fn requires_more(&self, parts: &[SchemaRef<'a>], single: SchemaRef<'a>) -> bool {
        let all = self.together(parts, &Pointer::root());
        let Some(object) = self.object_parts(single) else {
            return false;
        };
        let mut more = all.required.difference(&object.required);
        more.any(|name| object.properties.contains_key(name))
    }

    /// The one part that says anything about the type, through single-armed `allOf`s.
    fn only_part(&self, parts: &[SchemaRef<'a>], depth: usize) -> Option<SchemaRef<'a>> {
        let mut shaped = parts.iter().copied().filter(|part| has_shape(*part));
        let (single, None) = (shaped.next()?, shaped.next()) else {
            return None;
        };
        if let SchemaRef::Inline(Schema {
            schema_kind: SchemaKind::AllOf { all_of },
            ..
        }) = single
            && depth < MAX_CHAIN
        {
            let arms: Vec<_> = all_of.iter().map(SchemaRef::new).collect();
            return self.only_part(&arms, depth + 1);
        }
        Some(single)
    }

    pub fn composed(&mut self, mut composite: Composite<'a>, place: &Place) -> Lowered {
        if !composite.is_object {
            match (composite.others.as_slice(), composite.unions.as_slice()) {
                ([], [(schema, arms, pointer)]) => {
                    return self.union(schema, arms, pointer, place);
                }
                ([], []) => return Lowered::Type(Type::Value),
                // What else has to hold only narrows it down further.
                ([_, ..], _) => return self.scalar_intersection(&composite.others, place),
                ([], unions) => {
                    let mut unions = unions.iter();
                    let scalar = unions.find(|(_, arms, _)| !self.are_objects(arms));
                    if let Some((schema, arms, pointer)) = scalar {
                        self.diagnostics.note(
                            Code::CompositionMixed,
                            &place.pointer,
                            "several `oneOf`/`anyOf` hold at once; the first that allows for more than objects is taken",
                        );
                        return self.union(schema, arms, pointer, place);
                    }
                }
            }
        }
        if composite.is_object && !composite.others.is_empty() {
            self.diagnostics.note(
                Code::CompositionMixed,
                &place.pointer,
                "`allOf` asks for an object and something else at once; the object is taken",
            );
        }
        match composite.unions.len() {
            0 => {}
            1 => {
                let (schema, arms, pointer) = composite.unions.remove(0);
                if let Some(lowered) = self.distribute(&composite, schema, arms, &pointer, place) {
                    return lowered;
                }
                self.merge_arms(&mut composite, arms, &pointer);
            }
            _ => {
                self.diagnostics.note(
                    Code::CompositionMixed,
                    &place.pointer,
                    "several `oneOf`/`anyOf` hold at once; the properties of all their arms are optional members of one struct",
                );
                for (_, arms, pointer) in std::mem::take(&mut composite.unions) {
                    self.merge_arms(&mut composite, arms, &pointer);
                }
            }
        }
        if composite.properties.is_empty() {
            return Lowered::Type(self.map(composite.additional, place));
        }
        Lowered::Model(ModelKind::Struct(self.object(&composite, place)))
    }

    /// Whether all arms are objects, nothing else.
    fn are_objects(&self, arms: &'a [ReferenceOr<Schema>]) -> bool {
        let mut arms = arms.iter().map(SchemaRef::new);
        arms.all(|arm| self.kinds(arm).within(Kinds::OBJECT))
    }

    /// `base` with what one arm of a union adds to it.
    pub fn with_arm(
        &self,
        base: &Composite<'a>,
        arm: SchemaRef<'a>,
        pointer: &Pointer,
    ) -> Composite<'a> {
        let mut composite = base.clone();
        self.gather(arm, pointer, &mut composite, &mut Vec::new());
        composite
    }

    /// Adds the properties of every arm, none of them required. What several arms declare differently may be
    /// what any of them says, unless `composite` says it itself.
    fn merge_arms(
        &self,
        composite: &mut Composite<'a>,
        arms: &'a [ReferenceOr<Schema>],
        pointer: &Pointer,
    ) {
        let mut found: IndexMap<&'a str, Vec<Vec<(SchemaRef<'a>, Pointer)>>> = IndexMap::new();
        for (index, arm) in arms.iter().enumerate() {
            // Arms may be unions again; one level is enough for documents that exist.
            let own = self.together(&[SchemaRef::new(arm)], &pointer.index(index));
            composite.additional = composite.additional.or(own.additional);
            for (name, parts) in own.properties {
                found.entry(name).or_default().push(parts);
            }
        }
        for (name, mut arms) in found {
            let known = composite.properties.entry(name).or_default();
            if known.iter().any(|(schema, _)| has_shape(*schema)) {
                continue;
            }
            if arms.len() == 1 {
                *known = arms.remove(0);
            } else {
                known.extend(
                    arms.into_iter()
                        .filter_map(|parts| parts.into_iter().next()),
                );
                composite.alternatives.insert(name);
            }
        }
    }

    /// A composite of everything that `schema` says, arms of unions included as optional members.
    pub fn flattened(&self, schema: SchemaRef<'a>, pointer: &Pointer) -> Composite<'a> {
        let mut composite = Composite::default();
        self.gather(schema, pointer, &mut composite, &mut Vec::new());
        for (_, arms, pointer) in std::mem::take(&mut composite.unions) {
            self.merge_arms(&mut composite, arms, &pointer);
        }
        composite
    }

    /// A composite of the object parts only; `None` if the schema is no object.
    pub fn object_parts(&self, schema: SchemaRef<'a>) -> Option<Composite<'a>> {
        let mut composite = Composite::default();
        self.gather(schema, &Pointer::root(), &mut composite, &mut Vec::new());
        (composite.is_object && composite.unions.is_empty()).then_some(composite)
    }

    /// Collects what `schema` says; `trail` holds the components on the way, to stop at circles.
    fn gather(
        &self,
        schema: SchemaRef<'a>,
        pointer: &Pointer,
        out: &mut Composite<'a>,
        trail: &mut Vec<&'a str>,
    ) {
        match schema {
            SchemaRef::Component(key) => {
                if trail.len() >= MAX_CHAIN || !out.gathered.insert(key) {
                    return;
                }
                let Some(target) = self.component_schema(key) else {
                    return;
                };
                trail.push(key);
                let before = out.others.len();
                let pointer = Pointer::from_tokens(["components", "schemas"])
                    .join(&super::schema::unescape(key));
                self.gather_inline(target, &pointer, out, trail);
                // Keep the name of what is no object: its type exists already.
                if out.others.len() == before + 1 {
                    out.others[before] = schema;
                }
                trail.pop();
            }
            SchemaRef::Inline(schema) => self.gather_inline(schema, pointer, out, trail),
        }
    }

    fn gather_inline(
        &self,
        schema: &'a Schema,
        pointer: &Pointer,
        out: &mut Composite<'a>,
        trail: &mut Vec<&'a str>,
    ) {
        match &schema.schema_kind {
            SchemaKind::AllOf { all_of } => self.gather_all(all_of, pointer, out, trail),
            SchemaKind::OneOf { one_of: arms } => {
                Self::gather_union(schema, arms, &pointer.join("oneOf"), out, false)
            }
            SchemaKind::AnyOf { any_of: arms } => {
                Self::gather_union(schema, arms, &pointer.join("anyOf"), out, false)
            }
            SchemaKind::Type(Kind::Object(object)) => {
                out.add_object(
                    &object.properties,
                    &object.required,
                    object.additional_properties.as_ref(),
                    pointer,
                );
            }
            SchemaKind::Type(_) => out.others.push(SchemaRef::Inline(schema)),
            SchemaKind::Not { .. } => {}
            SchemaKind::Any(any) => self.gather_any(schema, any, pointer, out, trail),
        }
    }

    fn gather_all(
        &self,
        all_of: &'a [ReferenceOr<Schema>],
        pointer: &Pointer,
        out: &mut Composite<'a>,
        trail: &mut Vec<&'a str>,
    ) {
        let pointer = pointer.join("allOf");
        for (index, part) in all_of.iter().enumerate() {
            self.gather(SchemaRef::new(part), &pointer.index(index), out, trail);
        }
    }

    fn gather_any(
        &self,
        schema: &'a Schema,
        any: &'a AnySchema,
        pointer: &Pointer,
        out: &mut Composite<'a>,
        trail: &mut Vec<&'a str>,
    ) {
        let has_arms = !any.all_of.is_empty() || !any.one_of.is_empty() || !any.any_of.is_empty();
        let additional = any.additional_properties.as_ref();
        let is_object = any.typ.as_deref() == Some("object")
            || !any.properties.is_empty()
            || matches!(additional, Some(AdditionalProperties::Schema(_)));
        if is_object {
            out.add_object(&any.properties, &any.required, additional, pointer);
        } else if !has_arms && has_shape(SchemaRef::Inline(schema)) {
            out.others.push(SchemaRef::Inline(schema));
        } else {
            out.required.extend(any.required.iter().map(String::as_str));
        }
        self.gather_all(&any.all_of, pointer, out, trail);
        // Through a reference, `oneOf` beside properties lists the children of a base type
        // (OpenAPI 3.0.4, section 4.8.25): for the child, only the properties count.
        let is_base = !trail.is_empty()
            && schema.schema_data.discriminator.is_some()
            && !any.properties.is_empty();
        Self::gather_union(schema, &any.one_of, &pointer.join("oneOf"), out, is_base);
        Self::gather_union(schema, &any.any_of, &pointer.join("anyOf"), out, is_base);
    }

    fn gather_union(
        schema: &'a Schema,
        arms: &'a [ReferenceOr<Schema>],
        pointer: &Pointer,
        out: &mut Composite<'a>,
        is_base: bool,
    ) {
        // Arms that only say what is required do not change the type.
        if !is_base && arms.iter().any(|arm| has_shape(SchemaRef::new(arm))) {
            out.unions.push((schema, arms, pointer.clone()));
        }
    }

    /// Several parts that are no objects: the one that says most wins.
    fn scalar_intersection(&mut self, parts: &[SchemaRef<'a>], place: &Place) -> Lowered {
        let has_values = |part: &SchemaRef<'a>| {
            self.resolve(*part)
                .is_some_and(|schema| match &schema.schema_kind {
                    SchemaKind::Type(Kind::String(string)) => !string.enumeration.is_empty(),
                    SchemaKind::Type(Kind::Integer(integer)) => !integer.enumeration.is_empty(),
                    SchemaKind::Any(any) => !any.enumeration.is_empty(),
                    _ => false,
                })
        };
        let chosen = parts
            .iter()
            .find(|part| has_values(part))
            .or(parts.first())
            .copied();
        match chosen {
            Some(SchemaRef::Component(key)) => {
                Lowered::Type(self.component(key).map_or(Type::Value, Type::Model))
            }
            Some(SchemaRef::Inline(schema)) => self.inline(schema, place),
            None => Lowered::Type(Type::Value),
        }
    }
}

/// Whether lowering the schema leads back to [`Lowering::intersection`].
pub(super) fn is_composed(schema: &Schema) -> bool {
    match &schema.schema_kind {
        SchemaKind::AllOf { .. } => true,
        SchemaKind::Type(Kind::Object(object)) => !object.properties.is_empty(),
        SchemaKind::Any(any) => {
            !any.all_of.is_empty()
                || !any.one_of.is_empty()
                || !any.any_of.is_empty()
                || !any.properties.is_empty()
        }
        _ => false,
    }
}
