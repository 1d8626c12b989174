//! `[operations.ID.paging]`.

use std::ops::Range;

use toml::Spanned;

use super::{Hints, query, shape, success};
use crate::diagnostics::Diagnostics;
use crate::model::{BodyKind, KnownBy, Model, Operation, Paging, PagingWay, Type};
use crate::settings::{self, PagingWay as By, Place, Settings};

/// What is wrong, and where in the file.
type Refusal = (Range<usize>, String);

/// How an operation hands out pages, as the settings say; what makes no sense for it is reported.
pub(super) fn paging(
    table: &Spanned<settings::Paging>,
    operation: &Operation,
    models: &[Model],
    hints: &Hints,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Option<Paging> {
    let found = check_input(table, operation).and_then(|()| items(table, operation, models));
    let items = match found {
        Ok(items) => items,
        Err((span, message)) => {
            settings.refuse(&span, message, diagnostics);
            return None;
        }
    };
    let said = table.get_ref();
    let doubt = |place: &Place, what: &str, ty: &Type, diagnostics: &mut Diagnostics| {
        // A server may know more than its document has.
        if let Some(names) = shape::instead(models, ty, place.get_ref()) {
            let message = lacking(operation, what, place.get_ref(), &names);
            settings.doubt(&place.span(), message, diagnostics);
        }
    };
    if let Some(answer) = success(&operation.output) {
        let in_answer = [
            &said.items,
            &said.next,
            &said.more,
            &said.total,
            &said.total_pages,
        ];
        for place in in_answer.into_iter().flatten() {
            doubt(place, "answer", answer, diagnostics);
        }
    }
    if let (true, Some(place)) = (said.in_body, &said.parameter)
        && let Some(BodyKind::Json(body) | BodyKind::Form(body)) =
            operation.bodies.first().map(|body| &body.kind)
    {
        doubt(place, "body", body, diagnostics);
    }
    let place = |place: &Option<Place>| place.as_ref().map(|place| place.get_ref().clone());
    let way = way(said, operation, hints);
    Some(Paging {
        in_body: said.in_body,
        more: place(&said.more),
        total: place(&said.total),
        total_pages: place(&said.total_pages),
        ..Paging::new(way, &items, KnownBy::Settings)
    })
}

fn lacking(operation: &Operation, what: &str, place: &str, names: &[&str]) -> String {
    let names: Vec<_> = names
        .iter()
        .take(8)
        .map(|name| format!("`{name}`"))
        .collect();
    let there = match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(", "),
    };
    format!(
        "as documented, the {what} of `{}` has no `{place}`; where it would be, there is {there}",
        operation.id
    )
}

/// Whether the request has a place for the position of a page.
fn check_input(table: &Spanned<settings::Paging>, operation: &Operation) -> Result<(), Refusal> {
    let said = table.get_ref();
    if said.in_body && operation.bodies.is_empty() {
        return Err((table.span(), format!("`{}` has no body", operation.id)));
    }
    match &said.parameter {
        Some(place) if !said.in_body && query(operation, place.get_ref()).is_none() => {
            let name = place.get_ref();
            let message = format!("`{}` has no query parameter `{name}`", operation.id);
            Err((place.span(), message))
        }
        _ => Ok(()),
    }
}

/// Where the elements are in the answer.
fn items(
    table: &Spanned<settings::Paging>,
    operation: &Operation,
    models: &[Model],
) -> Result<String, Refusal> {
    let Some(answer) = success(&operation.output) else {
        let message = format!("`{}` answers with no JSON", operation.id);
        return Err((table.span(), message));
    };
    let Some(place) = &table.get_ref().items else {
        let message = "the answer has not exactly one list: `items` says where it is";
        return match shape::list(models, answer) {
            Some((place, _)) => Ok(place),
            None => Err((table.span(), message.to_owned())),
        };
    };
    let list = shape::at(models, answer, place.get_ref());
    match list {
        Some(list) if !may_be_list(models, list) => {
            Err((place.span(), format!("`{}` is no list", place.get_ref())))
        }
        _ => Ok(place.get_ref().clone()),
    }
}

fn way(said: &settings::Paging, operation: &Operation, hints: &Hints) -> PagingWay {
    let parameter = text(said.parameter.as_ref());
    let next = text(said.next.as_ref());
    let first = said.first.as_ref().map(|first| u64::from(*first.get_ref()));
    let first = first.or_else(|| hints.number(operation, &parameter));
    match said.by.get_ref() {
        By::Link => PagingWay::Link(next),
        By::LinkHeader => PagingWay::LinkHeader,
        By::Cursor => PagingWay::Cursor { next, parameter },
        By::LastItem => PagingWay::LastItem {
            id: text(said.id.as_ref()),
            parameter,
        },
        By::Offset => PagingWay::Offset {
            parameter,
            first: first.unwrap_or(0),
        },
        By::Page => PagingWay::Page {
            parameter,
            first: first.unwrap_or(1),
        },
    }
}

fn may_be_list(models: &[Model], ty: &Type) -> bool {
    matches!(shape::plain(models, ty), Type::Vec(_) | Type::Value)
}

fn text(place: Option<&Place>) -> String {
    place
        .map(|place| place.get_ref().clone())
        .unwrap_or_default()
}
