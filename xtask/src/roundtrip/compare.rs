//! Whether what came back is what was sent, as far as the type can tell.

use connector_gen::model::{Api, Field, Model, ModelKind, Presence, Struct, Type};
use serde_json::{Map, Value};

/// Compares values of a crate's types.
///
/// Numbers are compared by value. Two things a type does not keep by design, and only where the model says so: null in
/// a field that nobody sends and that may be absent, and, in values that the document gives, members that it does not declare.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    /// The crate.
    pub api: &'a Api,
    /// Whether the value may have members that are not declared.
    pub is_given: bool,
}

/// Where a value stands, and what differs.
type Difference = (String, String);

impl Comparison<'_> {
    /// The first place where two values of a model differ, and how.
    pub fn difference(&self, model: &Model, sent: &Value, returned: &Value) -> Option<String> {
        let (place, what) = self.model(model, sent, returned, "")?;
        Some(format!("`{place}`: {what}"))
    }

    fn at(&self, ty: &Type, sent: &Value, returned: &Value, place: &str) -> Option<Difference> {
        if sent == returned {
            return None;
        }
        match ty {
            Type::Option(inner) | Type::OrEmpty(inner) | Type::Boxed(inner) => {
                self.at(inner, sent, returned, place)
            }
            Type::Model(id) => self.model(self.api.model(*id), sent, returned, place),
            Type::Scalar(_) | Type::Value => self.any(sent, returned, place),
            Type::Vec(item) => match (sent, returned) {
                (Value::Array(_), Value::Array(_)) => self.list(|_| item, sent, returned, place),
                _ => self.any(sent, returned, place),
            },
            Type::Tuple(items) => self.list(
                |index| items.get(index).unwrap_or(&Type::Value),
                sent,
                returned,
                place,
            ),
            Type::Map(value) => match (sent, returned) {
                (Value::Object(sent), Value::Object(returned)) => members(
                    sent,
                    returned,
                    place,
                    |_, sent, returned, place| match returned {
                        Some(returned) => self.at(value, sent, returned, place),
                        None => lost(sent, place),
                    },
                ),
                _ => self.any(sent, returned, place),
            },
        }
    }

    fn model(
        &self,
        model: &Model,
        sent: &Value,
        returned: &Value,
        place: &str,
    ) -> Option<Difference> {
        match (&model.kind, sent, returned) {
            (ModelKind::Alias(ty), ..) => self.at(ty, sent, returned, place),
            (ModelKind::Struct(object), Value::Object(sent), Value::Object(returned)) => {
                members(sent, returned, place, |name, sent, returned, place| {
                    self.member(model, object, name, (sent, returned), place)
                })
            }
            // Which variant it was only the program knows: one of them has to account for everything.
            (ModelKind::Union(union), ..) => {
                let mut deepest = self.any(sent, returned, place)?;
                for variant in &union.variants {
                    let found = self.at(&variant.ty, sent, returned, place)?;
                    if found.0.len() > deepest.0.len() {
                        deepest = found;
                    }
                }
                Some(deepest)
            }
            _ => self.any(sent, returned, place),
        }
    }

    fn member(
        &self,
        model: &Model,
        object: &Struct,
        name: &str,
        (sent, returned): (&Value, Option<&Value>),
        place: &str,
    ) -> Option<Difference> {
        let field = object
            .fields
            .iter()
            .find(|field| field.wire.as_str() == name);
        let ty = match (field, &object.rest) {
            (Some(field), _) => &field.ty,
            (None, Some((_, rest))) => rest,
            (None, None) => &Type::Value,
        };
        let is_kept = match field {
            Some(field) => !(sent.is_null() && takes_null_for_absence(model, field)),
            None => object.rest.is_some() || !self.is_given,
        };
        match returned {
            Some(returned) => self.at(ty, sent, returned, place),
            None if is_kept => lost(sent, place),
            None => None,
        }
    }

    /// Compares what has no type of its own.
    fn any(&self, sent: &Value, returned: &Value, place: &str) -> Option<Difference> {
        match (sent, returned) {
            (Value::Object(sent), Value::Object(returned)) => members(
                sent,
                returned,
                place,
                |_, sent, returned, place| match returned {
                    Some(returned) => self.any(sent, returned, place),
                    None => lost(sent, place),
                },
            ),
            (Value::Array(_), Value::Array(_)) => {
                self.list(|_| &Type::Value, sent, returned, place)
            }
            (sent, returned) if is_same(sent, returned) => None,
            _ => became(sent, returned, place),
        }
    }

    fn list<'t>(
        &self,
        item: impl Fn(usize) -> &'t Type,
        sent: &Value,
        returned: &Value,
        place: &str,
    ) -> Option<Difference> {
        match (sent, returned) {
            (Value::Array(sent), Value::Array(returned)) if sent.len() == returned.len() => {
                let pairs = sent.iter().zip(returned).enumerate();
                pairs
                    .filter(|(_, (sent, returned))| sent != returned)
                    .find_map(|(index, (sent, returned))| {
                        self.at(item(index), sent, returned, &format!("{place}/{index}"))
                    })
            }
            _ => became(sent, returned, place),
        }
    }
}

/// Whether null is the same as absence: nobody can send it, and the field has one notion of nothing.
fn takes_null_for_absence(model: &Model, field: &Field) -> bool {
    field.presence == Presence::Optional && (!model.in_request || field.read_only)
}

/// Compares members by name; `member` also judges what did not come back.
fn members(
    sent: &Map<String, Value>,
    returned: &Map<String, Value>,
    place: &str,
    member: impl Fn(&str, &Value, Option<&Value>, &str) -> Option<Difference>,
) -> Option<Difference> {
    for (name, value) in sent {
        let other = returned.get(name);
        if other == Some(value) {
            continue;
        }
        let found = member(name, value, other, &format!("{place}/{name}"));
        if found.is_some() {
            return found;
        }
    }
    let added = returned.keys().find(|name| !sent.contains_key(*name))?;
    Some((place.to_owned(), format!("`{added}` is added")))
}

fn became(sent: &Value, returned: &Value, place: &str) -> Option<Difference> {
    let what = format!("{} became {}", excerpt(sent), excerpt(returned));
    Some((place.to_owned(), what))
}

fn lost(value: &Value, place: &str) -> Option<Difference> {
    Some((place.to_owned(), format!("{} is lost", excerpt(value))))
}

/// Whether two values are the same, numbers by value.
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| is_same(one, other)))
        }
        (one, other) => one == other,
    }
}

fn same_number(one: &serde_json::Number, other: &serde_json::Number) -> bool {
    if let (Some(one), Some(other)) = (one.as_i128(), other.as_i128()) {
        return one == other;
    }
    one.as_f64() == other.as_f64()
}

/// The beginning of a value.
pub fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_gen::{Generator, RuntimeDependency};
    use serde_json::json;

    /// What differs in a value of the schema `A`, which one operation answers with.
    fn difference(schema: Value, is_given: bool, sent: &Value, returned: &Value) -> Option<String> {
        let answer = json!({ "description": "", "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/A" }
        } } });
        let document = json!({
            "openapi": "3.0.3",
            "info": { "title": "T", "version": "1" },
            "paths": { "/": { "get": { "responses": { "200": answer } } } },
            "components": { "schemas": { "A": schema } }
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("openapi.json");
        std::fs::write(&file, document.to_string()).unwrap();
        let generated = Generator::new(&file)
            .generate(RuntimeDependency::Path("runtime".to_owned()))
            .unwrap();
        let api = &generated.api;
        let mut models = api.models.iter();
        let model = models.find(|model| model.component.as_deref() == Some("A"));
        Comparison { api, is_given }.difference(model.unwrap(), sent, returned)
    }

    #[test]
    fn null_is_absence_only_where_the_type_has_no_word_for_it() {
        let text = json!({ "type": "string", "nullable": true });
        let part =
            json!({ "type": "object", "required": ["c"], "properties": { "b": text, "c": text } });
        let schema = json!({ "type": "object", "properties": { "a": part, "b": { "type": "array", "items": text } } });
        let told =
            |sent: Value, returned: Value| difference(schema.clone(), false, &sent, &returned);
        assert_eq!(
            told(json!({ "a": { "b": null } }), json!({ "a": {} })),
            None
        );
        assert_eq!(
            told(json!({ "a": { "c": null } }), json!({ "a": {} })).unwrap(),
            "`/a/c`: null is lost"
        );
        assert_eq!(
            told(json!({ "b": [null] }), json!({ "b": [] })).unwrap(),
            "`/b`: [null] became []"
        );
        assert_eq!(
            told(json!({ "a": { "b": "" } }), json!({ "a": {} })).unwrap(),
            "`/a/b`: \"\" is lost"
        );
    }

    #[test]
    fn members_that_nothing_declares_are_lost_only_from_what_the_document_gives() {
        let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        let (sent, returned) = (json!({ "x": 1 }), json!({}));
        assert_eq!(difference(schema.clone(), true, &sent, &returned), None);
        let told = difference(schema, false, &sent, &returned);
        assert_eq!(told.unwrap(), "`/x`: 1 is lost");
        let open = json!({
            "type": "object", "additionalProperties": true, "properties": { "a": { "type": "string" } }
        });
        assert!(difference(open, true, &sent, &returned).is_some());
    }

    #[test]
    fn one_variant_of_a_union_accounts_for_everything() {
        let of = |name: &str| {
            json!({ "type": "object", "required": [name], "properties": {
            name: { "type": "integer" }, "note": { "type": "string", "nullable": name == "a" }
        } })
        };
        let schema = json!({ "oneOf": [of("a"), of("b")] });
        let told =
            |sent: Value, returned: Value| difference(schema.clone(), false, &sent, &returned);
        assert_eq!(
            told(json!({ "a": 1, "note": null }), json!({ "a": 1 })),
            None
        );
        assert!(told(json!({ "a": 1, "note": null }), json!({ "a": 2 })).is_some());
    }

    #[test]
    fn numbers_are_compared_by_value() {
        let told = |sent: Value, returned: Value| difference(json!({}), false, &sent, &returned);
        assert_eq!(told(json!([1, 2.0]), json!([1.0, 2])), None);
        let (sent, returned) = (9_007_199_254_740_993_i64, 9_007_199_254_740_992_i64);
        assert!(told(json!(sent), json!(returned)).is_some());
    }

    #[test]
    fn the_first_difference_is_told_with_its_place() {
        let told =
            |sent: Value, returned: Value| difference(json!({}), false, &sent, &returned).unwrap();
        assert_eq!(
            told(json!({ "a": { "b": 1 } }), json!({ "a": {} })),
            "`/a/b`: 1 is lost"
        );
        assert_eq!(told(json!([1]), json!([2])), "`/0`: 1 became 2");
        assert_eq!(told(json!({}), json!({ "a": 1 })), "``: `a` is added");
    }
}
