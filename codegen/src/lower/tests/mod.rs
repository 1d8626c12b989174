//! One behaviour each: YAML in, values of the model out.

mod bodies;
mod composition;
mod connectors;
mod constants;
mod dispatch;
mod enums;
mod jobs;
mod names;
mod objects;
mod operations;
mod paging;
mod parameters;
mod recursion;
mod responses;
mod security;
mod streams;
mod triggers;
mod unions;
mod usage;
mod versions;
mod webhooks;

use super::{Options, lower};
use crate::diagnostics::{Code, Diagnostics};
use crate::model::{
    Api, Dispatch, Field, Model, ModelKind, Operation, Outcome, Output, Presence, Scalar, Status,
    Struct, Type, Union,
};
use crate::normalize::{self, normalize};
use crate::source::Document;

/// What came of a document.
struct Lowered {
    api: Api,
    diagnostics: Diagnostics,
}

impl Lowered {
    fn model(&self, name: &str) -> &Model {
        self.find(name).unwrap_or_else(|| {
            panic!("no model `{name}` among {:?}", self.model_names());
        })
    }

    fn find(&self, name: &str) -> Option<&Model> {
        self.api
            .models
            .iter()
            .find(|model| model.name.as_str() == name)
    }

    fn model_names(&self) -> Vec<&str> {
        let names = self.api.models.iter().map(|model| model.name.as_str());
        names.collect()
    }

    fn object(&self, name: &str) -> &Struct {
        match &self.model(name).kind {
            ModelKind::Struct(object) => object,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    fn union(&self, name: &str) -> &Union {
        match &self.model(name).kind {
            ModelKind::Union(union) => union,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// The fields of a struct, `name: Type`; `?` may be absent, `|null` may be null.
    fn fields(&self, name: &str) -> Vec<String> {
        let field = |field: &Field| {
            let ty = self.show(&field.ty);
            let presence = match field.presence {
                Presence::Required => "",
                Presence::Nullable => "|null",
                Presence::Optional => "?",
                Presence::Patch => "?|null",
            };
            format!("{}: {ty}{presence}", field.name)
        };
        self.object(name).fields.iter().map(field).collect()
    }

    fn field(&self, name: &str, wire: &str) -> &Field {
        let mut fields = self.object(name).fields.iter();
        fields.find(|field| field.wire.as_str() == wire).unwrap()
    }

    /// The type that a component is another name for.
    fn alias(&self, name: &str) -> String {
        match &self.model(name).kind {
            ModelKind::Alias(ty) => self.show(ty),
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// The variants of a union, `Name(Type)`.
    fn variants(&self, name: &str) -> Vec<String> {
        let variants = self.union(name).variants.iter();
        variants
            .map(|variant| format!("{}({})", variant.name, self.show(&variant.ty)))
            .collect()
    }

    /// The property that tells the arms of a union apart, then `value Variant`.
    fn tags(&self, name: &str) -> Vec<String> {
        let union = self.union(name);
        match &union.dispatch {
            Dispatch::Tag { property, tags, .. } => std::iter::once(property.as_str().to_owned())
                .chain(
                    tags.iter()
                        .map(|(tag, index)| format!("{tag} {}", union.variants[*index].name)),
                )
                .collect(),
            Dispatch::Shape(_) => Vec::new(),
        }
    }

    /// The values of an enum, `Variant value`.
    fn values(&self, name: &str) -> Vec<String> {
        match &self.model(name).kind {
            ModelKind::StringEnum(of) => of
                .values
                .iter()
                .map(|value| format!("{} {}", value.name, value.wire))
                .collect(),
            ModelKind::IntegerEnum(of) => of
                .values
                .iter()
                .map(|value| format!("{} {}", value.name, value.wire))
                .collect(),
            other => panic!("`{name}` is {other:?}"),
        }
    }

    fn show(&self, ty: &Type) -> String {
        match ty {
            Type::Scalar(Scalar::Bool) => "bool".to_owned(),
            Type::Scalar(
                scalar @ (Scalar::String | Scalar::DateTime | Scalar::Date | Scalar::Time),
            ) => {
                format!("{scalar:?}")
            }
            Type::Scalar(scalar @ (Scalar::Uuid | Scalar::Base64)) => format!("{scalar:?}"),
            Type::Scalar(number) => format!("{number:?}").to_lowercase(),
            Type::Value => "Value".to_owned(),
            Type::Vec(inner) => format!("Vec<{}>", self.show(inner)),
            Type::Map(inner) => format!("Map<{}>", self.show(inner)),
            Type::Option(inner) => format!("Option<{}>", self.show(inner)),
            Type::OrEmpty(inner) => format!("OrEmpty<{}>", self.show(inner)),
            Type::Boxed(inner) => format!("Box<{}>", self.show(inner)),
            Type::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|item| self.show(item)).collect();
                format!("({})", items.join(", "))
            }
            Type::Model(id) => self.api.model(*id).name.to_string(),
        }
    }

    /// The only operation.
    fn operation(&self) -> &Operation {
        let all: Vec<_> = self.api.operations().collect();
        assert_eq!(all.len(), 1, "one operation");
        all[0]
    }

    /// `tag.function` of every operation.
    fn functions(&self) -> Vec<String> {
        let functions = self.api.tags.iter().flat_map(|tag| {
            let functions = tag.operations.iter();
            functions.map(|operation| format!("{}.{}", tag.module, operation.function))
        });
        functions.collect()
    }

    fn outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Json(ty) => self.show(ty),
            Outcome::Events(ty) => format!("events of {}", self.show(ty)),
            Outcome::EventObjects(ty) => format!("event objects {}", self.show(ty)),
            Outcome::Lines(ty) => format!("lines of {}", self.show(ty)),
            other => format!("{other:?}").to_lowercase(),
        }
    }

    /// What the only operation gives: a type, or `Variant: type` by status.
    fn output(&self) -> Vec<String> {
        match &self.operation().output {
            Output::One(outcome) => vec![self.outcome(outcome)],
            Output::ByStatus { outcomes, .. } => {
                let line = |(status, name, outcome): &(Status, _, _)| {
                    format!("{status:?} {name}: {}", self.outcome(outcome))
                };
                outcomes.iter().map(line).collect()
            }
        }
    }

    fn has(&self, code: Code) -> bool {
        self.diagnostics.iter().any(|found| found.code == code)
    }
}

fn document_with(yaml: &str, options: &Options) -> Lowered {
    let mut diagnostics = Diagnostics::new();
    let document = Document::parse("api.yaml", yaml.into(), &mut diagnostics).unwrap();
    let normalized = normalize(
        document.root,
        &normalize::Options::default(),
        &mut diagnostics,
    )
    .unwrap();
    let api = lower(&normalized, options, &mut diagnostics);
    Lowered { api, diagnostics }
}

fn document(yaml: &str) -> Lowered {
    document_with(yaml, &Options::default())
}

/// OpenAPI 3.1 with these paths and components, as blocks of YAML.
fn paths(paths: &str, components: &str) -> Lowered {
    let paths = indented(paths, 2);
    let components = indented(components, 2);
    document(&format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n{paths}components:\n{components}"
    ))
}

/// The operation `POST /things/{id}` with these members.
fn operation(members: &str) -> Lowered {
    paths(
        &format!("/things/{{id}}:\n  post:\n{}", indented(members, 4)),
        "schemas: {Pet: {type: object, properties: {name: {type: string}}}}",
    )
}

/// Schemas of which `X` is received, in no request.
fn received(schemas: &str) -> Lowered {
    paths(
        "/x: {get: {operationId: getX, responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/X'}}}}}}}",
        &format!("schemas:\n{}", indented(schemas, 2)),
    )
}

/// Schemas of which `X` is sent, in no response.
fn sent(schemas: &str) -> Lowered {
    paths(
        "/x: {put: {operationId: putX, requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/X'}}}}, responses: {'204': {description: d}}}}",
        &format!("schemas:\n{}", indented(schemas, 2)),
    )
}

fn indented(text: &str, by: usize) -> String {
    let line = |line: &str| format!("{:by$}{line}\n", "");
    text.lines().map(line).collect()
}
