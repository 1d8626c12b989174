//! Parameters: where they go, how they are serialised, what they hold.

use std::collections::HashSet;

use openapiv3::{
    Parameter as Source, ParameterData, ParameterSchemaOrContent, PathStyle, QueryStyle,
    ReferenceOr,
};

use super::Lowering;
use super::names::Scope;
use super::schema::{Place, SchemaRef, component_key, unescape};
use crate::diagnostics::Pointer;
use crate::model::{Docs, Location, Parameter, Style, Type, Visibility, WireName};

/// Headers that the runtime sets itself; as parameters they are ignored (OpenAPI 3.0.4, section 4.8.12.1).
const OWN_HEADERS: &[&str] = &["accept", "content-type", "authorization"];

impl<'a> Lowering<'a> {
    /// The parameters of an operation: its own and, unless overridden, those of its path.
    pub fn parameters(
        &mut self,
        own: &'a [ReferenceOr<Source>],
        shared: &'a [ReferenceOr<Source>],
        path: &str,
        place: &Place,
        shared_pointer: &Pointer,
        scope: &mut Scope,
    ) -> Vec<Parameter> {
        let own_pointer = place.pointer.join("parameters");
        let placed = |list: &'a [ReferenceOr<Source>],
                      pointer: &Pointer|
         -> Vec<(&'a ReferenceOr<Source>, Pointer)> {
            list.iter()
                .enumerate()
                .map(|(index, parameter)| (parameter, pointer.index(index)))
                .collect()
        };
        let mut seen = HashSet::new();
        let mut sources = Vec::new();
        for (parameter, pointer) in placed(own, &own_pointer)
            .into_iter()
            .chain(placed(shared, shared_pointer))
        {
            let Some((source, pointer)) = self.parameter_source(parameter, pointer) else {
                continue;
            };
            let name = source.parameter_data_ref().name.as_str();
            if seen.insert((location(source), name)) {
                sources.push((source, pointer));
            }
        }
        let mut parameters = Vec::new();
        for (source, pointer) in sources {
            let data = source.parameter_data_ref();
            match location(source) {
                Location::Header if OWN_HEADERS.contains(&data.name.to_lowercase().as_str()) => {
                    continue;
                }
                _ => parameters.push(self.parameter(source, data, place, pointer)),
            }
        }
        // Arguments come in the order of the path, then as declared; setters as declared.
        let position = |parameter: &Parameter| match parameter.location {
            Location::Path => path
                .find(&format!("{{{}}}", parameter.wire.as_str()))
                .unwrap_or(usize::MAX - 1),
            _ => usize::MAX,
        };
        parameters.sort_by_key(|parameter| (!parameter.required, position(parameter)));
        for parameter in &mut parameters {
            parameter.name = scope.claim_value(parameter.wire.as_str());
        }
        parameters
    }

    fn parameter_source(
        &self,
        parameter: &'a ReferenceOr<Source>,
        pointer: Pointer,
    ) -> Option<(&'a Source, Pointer)> {
        match parameter {
            ReferenceOr::Item(item) => Some((item, pointer)),
            ReferenceOr::Reference { reference } => {
                let key = unescape(component_key(reference));
                let pointer = Pointer::from_tokens(["components", "parameters"]).join(&key);
                match self.document.components.as_ref()?.parameters.get(&*key)? {
                    ReferenceOr::Item(item) => Some((item, pointer)),
                    ReferenceOr::Reference { .. } => None,
                }
            }
        }
    }

    fn parameter(
        &mut self,
        source: &'a Source,
        data: &'a ParameterData,
        place: &Place,
        pointer: Pointer,
    ) -> Parameter {
        let part = place.part(&data.name, pointer.join("schema"));
        let (ty, content) = match &data.format {
            ParameterSchemaOrContent::Schema(schema) => {
                (self.schema_type(SchemaRef::new(schema), &part).ty, None)
            }
            ParameterSchemaOrContent::Content(content) => match content.first() {
                Some((media_type, media)) => {
                    let ty = media
                        .schema
                        .as_ref()
                        .map(|schema| self.schema_type(SchemaRef::new(schema), &part).ty);
                    (ty.unwrap_or(Type::Value), Some(media_type.clone()))
                }
                None => (Type::STRING, None),
            },
        };
        // A value of any kind in a URL is text.
        let ty = if ty == Type::Value && content.is_none() {
            Type::STRING
        } else {
            ty
        };
        let location = location(source);
        let style = match data
            .extensions
            .get("x-connector-collection-format")
            .and_then(|value| value.as_str())
        {
            Some("tsv") => Style::TabDelimited,
            _ => style(source),
        };
        Parameter {
            wire: WireName::new(&data.name),
            name: super::names::placeholder(),
            location,
            style,
            explode: data
                .explode
                .unwrap_or(matches!(style, Style::Form | Style::DeepObject)),
            allow_reserved: matches!(
                source,
                Source::Query {
                    allow_reserved: true,
                    ..
                }
            ),
            content,
            required: data.required || location == Location::Path,
            ty,
            fixed: None,
            visibility: Visibility::default(),
            double_encoded: false,
            docs: Docs {
                summary: None,
                description: data.description.clone(),
                deprecated: data.deprecated.unwrap_or_default(),
            },
        }
    }
}

fn location(source: &Source) -> Location {
    match source {
        Source::Path { .. } => Location::Path,
        Source::Query { .. } => Location::Query,
        Source::Header { .. } => Location::Header,
        Source::Cookie { .. } => Location::Cookie,
    }
}

fn style(source: &Source) -> Style {
    match source {
        Source::Path {
            style: PathStyle::Matrix,
            ..
        } => Style::Matrix,
        Source::Path {
            style: PathStyle::Label,
            ..
        } => Style::Label,
        Source::Path {
            style: PathStyle::Simple,
            ..
        }
        | Source::Header { .. } => Style::Simple,
        Source::Query { style, .. } => query_style(style),
        Source::Cookie { .. } => Style::Form,
    }
}

pub(super) fn query_style(style: &QueryStyle) -> Style {
    match style {
        QueryStyle::Form => Style::Form,
        QueryStyle::SpaceDelimited => Style::SpaceDelimited,
        QueryStyle::PipeDelimited => Style::PipeDelimited,
        QueryStyle::DeepObject => Style::DeepObject,
    }
}
