//! What constructors fill in: values that must not be left out and that nobody chooses.
//!
//! Whether a default fits is known once all models are; and an object is filled in once its own constructor is known
//! to ask for nothing. So this comes last.

use serde_json::Value;

use crate::model::{
    Api, BodyKind, Field, FormFieldKind, ModelId, ModelKind, Presence, Scalar, Type, Visibility,
};

/// Settles the fixed values of all models, and the bodies that take no arguments.
pub(super) fn fill_in(api: &mut Api) {
    settle_defaults(api);
    settle_objects(api);
    settle_bodies(api);
}

/// Gives each fixed value the type of its field; what does not fit is asked for.
fn settle_defaults(api: &mut Api) {
    for index in 0..api.models.len() {
        let mut kind =
            std::mem::replace(&mut api.models[index].kind, ModelKind::Alias(Type::Value));
        match &mut kind {
            ModelKind::Struct(object) => {
                for field in &mut object.fields {
                    if let Some(value) = field.fixed.take() {
                        field.fixed = fitted(api, &value, &field.ty).filter(|_| !field.read_only);
                        field.in_new = field.fixed.is_none() && !field.read_only;
                    }
                }
            }
            ModelKind::Form(form) => {
                for field in &mut form.fields {
                    if let (Some(value), FormFieldKind::Value(ty)) =
                        (field.fixed.take(), &field.kind)
                    {
                        field.fixed = fitted(api, &value, ty);
                    }
                }
            }
            _ => {}
        }
        api.models[index].kind = kind;
    }
}

/// Fills in objects that nobody has anything to say about, from the innermost outwards.
fn settle_objects(api: &mut Api) {
    loop {
        let mut found = Vec::new();
        for (index, model) in api.models.iter().enumerate() {
            let ModelKind::Struct(object) = &model.kind else {
                continue;
            };
            for (position, field) in object.fields.iter().enumerate() {
                if field.in_new && is_settled(api, field) {
                    found.push((index, position));
                }
            }
        }
        if found.is_empty() {
            return;
        }
        for (index, position) in found {
            if let ModelKind::Struct(object) = &mut api.models[index].kind
                && let Some(field) = object.fields.get_mut(position)
            {
                field.in_new = false;
                field.fixed = Some(Value::Object(serde_json::Map::new()));
            }
        }
    }
}

/// Whether a field is an object that takes no arguments and is none of the caller's business: it is internal, or all
/// that is in it is.
fn is_settled(api: &Api, field: &Field) -> bool {
    let Some(of) = object(api, &field.ty) else {
        return false;
    };
    let internal = |field: &Field| field.visibility == Visibility::Internal;
    let plain = matches!(field.presence, Presence::Required | Presence::Nullable);
    plain
        && of.iter().all(|inner| !inner.in_new)
        && (internal(field) || !of.is_empty() && of.iter().all(internal))
}

/// A body that nobody has anything to say about is sent without asking.
fn settle_bodies(api: &mut Api) {
    let takes_none = |api: &Api, ty: &Type| {
        object(api, ty).is_some_and(|fields| fields.iter().all(|field| !field.in_new))
    };
    for tag in 0..api.tags.len() {
        for index in 0..api.tags[tag].operations.len() {
            let operation = &api.tags[tag].operations[index];
            let fixed = operation.body_fixed
                && operation.body_required
                && match operation.bodies.first().map(|body| &body.kind) {
                    Some(BodyKind::Json(ty) | BodyKind::Form(ty)) => takes_none(api, ty),
                    _ => false,
                };
            let operation = &mut api.tags[tag].operations[index];
            operation.body_fixed = fixed;
            operation.body_required &= !fixed;
        }
    }
}

/// The fields of the struct that a type is.
fn object<'a>(api: &'a Api, ty: &Type) -> Option<&'a [Field]> {
    match &api.models.get(resolved(api, ty)?.index())?.kind {
        ModelKind::Struct(object) => Some(&object.fields),
        _ => None,
    }
}

/// The model behind aliases.
fn resolved(api: &Api, ty: &Type) -> Option<ModelId> {
    let mut ty = ty;
    for _ in 0..64 {
        let Type::Model(id) = ty else { return None };
        match &api.models.get(id.index())?.kind {
            ModelKind::Alias(inner @ Type::Model(_)) => ty = inner,
            _ => return Some(*id),
        }
    }
    None
}

/// How deep a default may be.
const MAX_DEPTH: usize = 16;

/// A default as a value of the type; one of another type is converted if its text means the same.
pub(super) fn fitted(api: &Api, value: &Value, ty: &Type) -> Option<Value> {
    fitted_at(api, value, ty, 0)
}

fn fitted_at(api: &Api, value: &Value, ty: &Type, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let inside = |value: &Value, ty: &Type| fitted_at(api, value, ty, depth + 1);
    match ty {
        Type::Scalar(scalar) => scalar_of(*scalar, value),
        Type::Value => Some(value.clone()),
        Type::Option(_) if value.is_null() => Some(Value::Null),
        Type::Option(inner) | Type::Boxed(inner) => inside(value, inner),
        Type::Vec(inner) => {
            let items = value.as_array()?.iter();
            items.map(|item| inside(item, inner)).collect()
        }
        Type::Map(inner) => {
            let members = value.as_object()?.iter();
            let members = members.map(|(name, value)| Some((name.clone(), inside(value, inner)?)));
            members.collect::<Option<_>>().map(Value::Object)
        }
        Type::OrEmpty(_) | Type::Tuple(_) => None,
        Type::Model(id) => match &api.models.get(id.index())?.kind {
            ModelKind::Alias(inner) => inside(value, inner),
            ModelKind::StringEnum(_) => scalar_of(Scalar::String, value),
            ModelKind::IntegerEnum(_) => scalar_of(Scalar::I64, value),
            _ => None,
        },
    }
}

/// A scalar of another type is taken if its text reads as one: documents quote numbers.
pub(super) fn scalar_of(scalar: Scalar, value: &Value) -> Option<Value> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return None,
    };
    // `20.0` is the integer 20.
    let text = match text.strip_suffix(".0") {
        Some(whole) if value.is_number() && scalar != Scalar::F64 => whole.to_owned(),
        _ => text,
    };
    match scalar {
        Scalar::Bool => text
            .to_ascii_lowercase()
            .parse::<bool>()
            .ok()
            .map(Value::from),
        Scalar::I32 => text.parse::<i32>().ok().map(Value::from),
        Scalar::I64 => text.parse::<i64>().ok().map(Value::from),
        Scalar::U32 => text.parse::<u32>().ok().map(Value::from),
        Scalar::U64 => text.parse::<u64>().ok().map(Value::from),
        Scalar::F64 if value.is_number() => Some(value.clone()),
        Scalar::F64 => {
            let number = text.parse::<f64>().ok()?;
            serde_json::Number::from_f64(number).map(Value::Number)
        }
        Scalar::String => Some(match value {
            Value::String(_) => value.clone(),
            _ => Value::String(text),
        }),
        // Their literals can't be printed without a way to fail.
        Scalar::DateTime | Scalar::Date | Scalar::Time | Scalar::Uuid | Scalar::Base64 => None,
    }
}
