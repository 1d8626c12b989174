//! `[operations.ID.paging]`.

use toml::Spanned;

use super::{Hints, query, shape, success};
use crate::diagnostics::Diagnostics;
use crate::model::{KnownBy, Model, Operation, Paging, PagingWay, Type};
use crate::settings::{self, PagingWay as By, Place, Settings};

/// How an operation hands out pages, as the settings say; what makes no sense for it is reported.
pub(super) fn paging(
    table: &Spanned<settings::Paging>,
    operation: &Operation,
    models: &[Model],
    hints: &Hints,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Option<Paging> {
    let said = table.get_ref();
    let mut refuse = |span: std::ops::Range<usize>, message: String| {
        settings.refuse(&span, message, diagnostics);
    };
    let Some(answer) = success(&operation.output) else {
        refuse(
            table.span(),
            format!("`{}` answers with no JSON", operation.id),
        );
        return None;
    };
    let name = text(said.parameter.as_ref());
    if let Some(place) = &said.parameter
        && !said.in_body
        && query(operation, &name).is_none()
    {
        let message = format!("`{}` has no query parameter `{name}`", operation.id);
        refuse(place.span(), message);
        return None;
    }
    if said.in_body && operation.bodies.is_empty() {
        refuse(table.span(), format!("`{}` has no body", operation.id));
        return None;
    }
    let items = match &said.items {
        Some(place) => {
            let list = shape::at(models, answer, place.get_ref());
            if list.is_some_and(|list| !may_be_list(models, list)) {
                let message = format!("`{}` is no list", place.get_ref());
                refuse(place.span(), message);
                return None;
            }
            place.get_ref().clone()
        }
        None => match shape::list(models, answer) {
            Some((place, _)) => place,
            None => {
                let message = "the answer has not exactly one list: `items` says where it is";
                refuse(table.span(), message.to_owned());
                return None;
            }
        },
    };
    let first = said.first.as_ref().map(|first| u64::from(*first.get_ref()));
    let first = first.or_else(|| hints.number(operation, &name));
    let next = text(said.next.as_ref());
    let way = match said.by.get_ref() {
        By::Link => PagingWay::Link(next),
        By::LinkHeader => PagingWay::LinkHeader,
        By::Cursor => PagingWay::Cursor {
            next,
            parameter: name,
        },
        By::LastItem => PagingWay::LastItem {
            id: text(said.id.as_ref()),
            parameter: name,
        },
        By::Offset => PagingWay::Offset {
            parameter: name,
            first: first.unwrap_or(0),
        },
        By::Page => PagingWay::Page {
            parameter: name,
            first: first.unwrap_or(1),
        },
    };
    let place = |place: &Option<Place>| place.as_ref().map(|place| place.get_ref().clone());
    Some(Paging {
        in_body: said.in_body,
        more: place(&said.more),
        total: place(&said.total),
        total_pages: place(&said.total_pages),
        ..Paging::new(way, &items, KnownBy::Settings)
    })
}

fn may_be_list(models: &[Model], ty: &Type) -> bool {
    matches!(shape::plain(models, ty), Type::Vec(_) | Type::Value)
}

fn text(place: Option<&Place>) -> String {
    place
        .map(|place| place.get_ref().clone())
        .unwrap_or_default()
}
