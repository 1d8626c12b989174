//! What an operation answers, seen as a list.

use crate::model::{Docs, Model, ModelKind, Outcome, Output, Struct, Type};

/// The JSON that an operation answers with: of the first status, if it differs.
pub(in crate::lower) fn success(output: &Output) -> Option<&Type> {
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
pub(in crate::lower) fn plain<'a>(models: &'a [Model], mut ty: &'a Type) -> &'a Type {
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
pub(in crate::lower) fn object<'a>(models: &'a [Model], ty: &'a Type) -> Option<&'a Struct> {
    match plain(models, ty) {
        Type::Model(id) => match &models[id.index()].kind {
            ModelKind::Struct(object) => Some(object),
            _ => None,
        },
        _ => None,
    }
}

/// The type of an element of a list.
pub(in crate::lower) fn element<'a>(models: &'a [Model], ty: &'a Type) -> Option<&'a Type> {
    match plain(models, ty) {
        Type::Vec(item) => Some(item),
        _ => None,
    }
}

/// The type of a member.
pub(in crate::lower) fn member<'a>(
    models: &'a [Model],
    ty: &'a Type,
    name: &str,
) -> Option<&'a Type> {
    let fields = &object(models, ty)?.fields;
    let field = fields.iter().find(|field| field.wire.as_str() == name)?;
    Some(&field.ty)
}

/// The type at a place such as `value` or `data/items`, as the runtime looks it up: whole names first.
pub(super) fn at<'a>(models: &'a [Model], ty: &'a Type, place: &str) -> Option<&'a Type> {
    if let Some(found) = member(models, ty, place) {
        return Some(found);
    }
    let mut separators = place.rmatch_indices(['/', '.']);
    separators.find_map(|(index, _)| {
        let inner = member(models, ty, &place[..index])?;
        at(models, inner, &place[index + 1..])
    })
}

/// What an object has in place of what is looked for at a place; none if it is there, or may be although the document does not say so.
pub(super) fn instead<'a>(models: &'a [Model], ty: &'a Type, place: &str) -> Option<Vec<&'a str>> {
    let object = object(models, ty).filter(|object| object.rest.is_none())?;
    if member(models, ty, place).is_some() {
        return None;
    }
    let mut separators = place.rmatch_indices(['/', '.']);
    let inner = separators.find_map(|(index, _)| {
        let inner = member(models, ty, &place[..index])?;
        Some((inner, &place[index + 1..]))
    });
    match inner {
        Some((inner, rest)) => instead(models, inner, rest),
        None => Some(
            object
                .fields
                .iter()
                .map(|field| field.wire.as_str())
                .collect(),
        ),
    }
}

/// Names of the list among several.
const LISTS: [&str; 8] = [
    "data", "items", "results", "value", "values", "records", "entries", "elements",
];

/// The only list of an answer, with its place, which is empty for the answer itself.
pub(super) fn list<'a>(models: &'a [Model], answer: &'a Type) -> Option<(String, &'a Type)> {
    if let Some(item) = element(models, answer) {
        return Some((String::new(), item));
    }
    let fields = object(models, answer)?.fields.iter();
    let lists: Vec<_> = fields
        .filter_map(|field| Some((field.wire.as_str(), element(models, &field.ty)?)))
        .collect();
    let named = || {
        let mut named = lists.iter().filter(|(name, _)| LISTS.contains(name));
        named.next().filter(|_| named.next().is_none())
    };
    let found = match lists.as_slice() {
        [only] => Some(only),
        _ => named(),
    };
    found.map(|(name, item)| ((*name).to_owned(), *item))
}

/// A property of an answer, or of an object in it that is about its pages.
pub(super) struct Member<'a> {
    /// Where it is.
    pub place: String,
    /// Its name, in lower case and without signs.
    pub name: String,
    /// The object that it is in, in the same form; empty for the answer itself.
    pub inside: String,
    pub ty: &'a Type,
    /// What the document says about it.
    pub docs: &'a Docs,
}

/// Objects in an answer that are about its pages.
const CONTAINERS: [&str; 12] = [
    "cursors",
    "links",
    "meta",
    "metadata",
    "next",
    "nextpage",
    "page",
    "pageinfo",
    "pages",
    "pagination",
    "paging",
    "responsemetadata",
];

/// The properties that may say something about pages.
pub(super) fn members<'a>(models: &'a [Model], answer: &'a Type) -> Vec<Member<'a>> {
    let mut found = Vec::new();
    collect(models, answer, "", "", 3, &mut found);
    found
}

fn collect<'a>(
    models: &'a [Model],
    ty: &'a Type,
    before: &str,
    inside: &str,
    depth: usize,
    found: &mut Vec<Member<'a>>,
) {
    let Some(object) = object(models, ty) else {
        return;
    };
    for field in &object.fields {
        let name = folded(field.wire.as_str());
        let place = match before {
            "" => field.wire.as_str().to_owned(),
            before => format!("{before}.{}", field.wire.as_str()),
        };
        if depth > 0 && CONTAINERS.contains(&name.as_str()) {
            collect(models, &field.ty, &place, &name, depth - 1, found);
        }
        found.push(Member {
            place,
            name,
            inside: inside.to_owned(),
            ty: plain(models, &field.ty),
            docs: &field.docs,
        });
    }
}

/// A name in lower case and without signs.
pub(super) fn folded(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}
