//! How operations hand out pages: as `connector.toml` says, as `x-ms-pageable` says, or as their shape leaves no doubt.

mod recognise;
mod settings;
mod shape;

use std::collections::{HashMap, HashSet};

use openapiv3::{
    Operation as Source, Parameter as SourceParameter, ParameterSchemaOrContent, PathItem,
    SchemaKind, Type as Kind,
};
use serde_json::Value;

pub(super) use self::shape::{element, member, object, plain, success};
use super::Lowering;
use super::schema::SchemaRef;
use crate::diagnostics::{Diagnostics, Pointer};
use crate::model::{Api, KnownBy, Location, Model, Operation, Paging, PagingWay, Type};
use crate::settings::{Settings, Switch};

/// What the model does not keep of the document and pages depend on.
#[derive(Default)]
pub(super) struct Hints {
    /// The number that a query parameter begins with, by its operation and name.
    numbers: HashMap<(Pointer, String), u64>,
    /// Operations that say that they have no pages.
    unpaged: HashSet<Pointer>,
}

impl<'a> Lowering<'a> {
    /// What an operation says about pages. The type of an element is known once all models are.
    pub fn paging(
        &mut self,
        operation: &Operation,
        item: &'a PathItem,
        source: &'a Source,
    ) -> Option<Paging> {
        self.page_numbers(operation, item, source);
        let paging = source.extensions.get("x-ms-pageable")?;
        let text = |key: &str| {
            let text = paging.get(key).and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty())
        };
        let Some(next_link) = text("nextLinkName") else {
            // `null` stands for an operation that is paged in form only.
            self.hints.unpaged.insert(operation.pointer.clone());
            return None;
        };
        let items = text("itemName").unwrap_or("value");
        let way = PagingWay::Link(next_link.to_owned());
        Some(Paging::new(way, items, KnownBy::Extension))
    }

    /// Remembers where the numbers of pages and elements begin.
    fn page_numbers(&mut self, operation: &Operation, item: &'a PathItem, source: &'a Source) {
        let all = source.parameters.iter().chain(&item.parameters);
        for parameter in all {
            let found = self.parameter_source(parameter, Pointer::root());
            let Some((SourceParameter::Query { parameter_data, .. }, _)) = found else {
                continue;
            };
            let ParameterSchemaOrContent::Schema(schema) = &parameter_data.format else {
                continue;
            };
            let Some(schema) = self.resolve(SchemaRef::new(schema)) else {
                continue;
            };
            let SchemaKind::Type(Kind::Integer(integer)) = &schema.schema_kind else {
                continue;
            };
            let default = schema.schema_data.default.as_ref();
            let number = match default {
                Some(default) => default.as_u64(),
                None => integer.minimum.and_then(|least| u64::try_from(least).ok()),
            };
            if let Some(number) = number {
                let key = (operation.pointer.clone(), parameter_data.name.clone());
                self.hints.numbers.entry(key).or_insert(number);
            }
        }
    }
}

impl Hints {
    fn number(&self, operation: &Operation, parameter: &str) -> Option<u64> {
        let key = (operation.pointer.clone(), parameter.to_owned());
        self.numbers.get(&key).copied()
    }
}

/// Decides how each operation hands out pages, and finds the types of elements.
pub(super) fn settle(
    api: &mut Api,
    hints: &Hints,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) {
    let models = &api.models;
    for operation in api.tags.iter_mut().flat_map(|tag| &mut tag.operations) {
        let stated = operation.extensions.paging.take();
        let set = settings.operation(&operation.id, &operation.method, &operation.path);
        let paging = match set.and_then(|set| set.paging.as_ref()) {
            Some(Switch::Off) => None,
            Some(Switch::On(table)) => {
                settings::paging(table, operation, models, hints, settings, diagnostics)
            }
            None if stated.is_some() => stated,
            None if hints.unpaged.contains(&operation.pointer) => None,
            None if operation.extensions.trigger.is_some() => None,
            None => recognise::paging(operation, models, hints),
        };
        operation.extensions.paging = paging.map(|mut paging| {
            paging.item = item(operation, models, &paging.items);
            paging
        });
    }
}

/// The type of an element.
fn item(operation: &Operation, models: &[Model], place: &str) -> Type {
    let list = success(&operation.output).and_then(|answer| match place {
        "" => Some(answer),
        place => shape::at(models, answer, place),
    });
    let item = list.and_then(|list| element(models, list));
    item.cloned().unwrap_or(Type::Value)
}

/// The query parameter of this name.
fn query<'o>(operation: &'o Operation, name: &str) -> Option<&'o crate::model::Parameter> {
    let mut parameters = operation.parameters.iter();
    parameters
        .find(|parameter| parameter.location == Location::Query && parameter.wire.as_str() == name)
}
