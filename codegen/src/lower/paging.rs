//! `x-ms-pageable`: how an operation hands out pages.

use openapiv3::Operation as Source;
use serde_json::Value;

use super::Lowering;
use crate::model::{Model, ModelKind, Outcome, Output, Paging, Struct, Type};

impl Lowering<'_> {
    /// What an operation says about pages. The type of an element is known once all models are.
    pub fn paging(&self, source: &Source) -> Option<Paging> {
        let paging = source.extensions.get("x-ms-pageable")?;
        let text = |key: &str| {
            let text = paging.get(key).and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty())
        };
        Some(Paging {
            // `null` stands for an operation that is paged in form only.
            next_link: text("nextLinkName")?.to_owned(),
            items: text("itemName").unwrap_or("value").to_owned(),
            item: Type::Value,
        })
    }
}

/// Finds the type of an element.
pub(super) fn settle(paging: &mut Paging, output: &Output, models: &[Model]) {
    let list = success(output).and_then(|answer| at(models, answer, &paging.items));
    if let Some(item) = list.and_then(|list| element(models, list)) {
        paging.item = item.clone();
    }
}

/// The JSON that an operation answers with: of the first status, if it differs.
pub(super) fn success(output: &Output) -> Option<&Type> {
    fn json(outcome: &Outcome) -> Option<&Type> {
        match outcome {
            Outcome::Json(ty) => Some(ty),
            _ => None,
        }
    }
    match output {
        Output::One(outcome) => json(outcome),
        Output::ByStatus { outcomes, .. } => {
            outcomes.iter().find_map(|(.., outcome)| json(outcome))
        }
    }
}

/// The type behind aliases, options and boxes.
pub(super) fn plain<'a>(models: &'a [Model], mut ty: &'a Type) -> &'a Type {
    // Circular aliases have been broken; the bound is for chains.
    for _ in 0..64 {
        ty = match ty {
            Type::Option(inner) | Type::Boxed(inner) | Type::OrEmpty(inner) => inner,
            Type::Model(id) => match &models[id.index()].kind {
                ModelKind::Alias(inner) => inner,
                _ => return ty,
            },
            _ => return ty,
        };
    }
    ty
}

/// The struct behind a type.
pub(super) fn object<'a>(models: &'a [Model], ty: &'a Type) -> Option<&'a Struct> {
    match plain(models, ty) {
        Type::Model(id) => match &models[id.index()].kind {
            ModelKind::Struct(object) => Some(object),
            _ => None,
        },
        _ => None,
    }
}

/// The type of an element of a list.
pub(super) fn element<'a>(models: &'a [Model], ty: &'a Type) -> Option<&'a Type> {
    match plain(models, ty) {
        Type::Vec(item) => Some(item),
        _ => None,
    }
}

/// The type of a member.
pub(super) fn member<'a>(models: &'a [Model], ty: &'a Type, name: &str) -> Option<&'a Type> {
    let fields = &object(models, ty)?.fields;
    let field = fields.iter().find(|field| field.wire.as_str() == name)?;
    Some(&field.ty)
}

/// The type at a place such as `value` or `data/items`, as the runtime looks it up: whole names first.
fn at<'a>(models: &'a [Model], ty: &'a Type, place: &str) -> Option<&'a Type> {
    if let Some(found) = member(models, ty, place) {
        return Some(found);
    }
    let mut separators = place.rmatch_indices(['/', '.']);
    separators.find_map(|(index, _)| {
        let inner = member(models, ty, &place[..index])?;
        at(models, inner, &place[index + 1..])
    })
}
