//! Parameters: where they go, how they are serialised, what they hold.

use std::collections::HashSet;

use openapiv3::{
    Parameter as Source, ParameterData, ParameterSchemaOrContent, PathStyle, QueryStyle,
    ReferenceOr,
};
use serde_json::Value;

use super::Lowering;
use super::extension;
use super::header::MediaHeader;
use super::names::Scope;
use super::schema::{Place, SchemaRef, component_key, unescape};
use crate::diagnostics::Pointer;
use crate::model::{Docs, Location, Parameter, Style, Type, Visibility, WireName};
use crate::normalize::{ALLOW_RESERVED, PLACE, STYLE};

/// The parameters that are about the content of messages.
#[derive(Default)]
pub(super) struct MediaHeaders {
    pub accept: Option<MediaHeader>,
    pub content_type: Option<MediaHeader>,
}

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
    ) -> (Vec<Parameter>, MediaHeaders) {
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
        let mut headers = MediaHeaders::default();
        for (source, pointer) in sources {
            let data = source.parameter_data_ref();
            let header = matches!(location(source), Location::Header)
                .then(|| data.name.to_ascii_lowercase());
            match header.as_deref() {
                // Credentials are the runtime's business.
                Some("authorization") => {}
                Some("accept") => headers.accept = Some(self.media_header(source, data)),
                Some("content-type") => {
                    headers.content_type = Some(self.media_header(source, data));
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
        parameters.sort_by_key(|(_, parameter)| (!parameter.required, position(parameter)));
        let named = |(data, mut parameter): (&ParameterData, Parameter)| {
            parameter.name = scope.claim_value(name(data));
            parameter
        };
        (parameters.into_iter().map(named).collect(), headers)
    }

    /// `Accept` or `Content-Type`. Media types are texts: an enum of them would say less.
    fn media_header(&self, source: &'a Source, data: &'a ParameterData) -> MediaHeader {
        let schema = match &data.format {
            ParameterSchemaOrContent::Schema(schema) => Some(SchemaRef::new(schema)),
            ParameterSchemaOrContent::Content(_) => None,
        };
        let values = schema.and_then(|schema| self.string_values(schema));
        let default = self.default(data).and_then(Value::as_str);
        MediaHeader {
            parameter: plain(source, data, Type::STRING),
            default: default.map(str::to_owned),
            values: values
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The default of a parameter.
    fn default(&self, data: &'a ParameterData) -> Option<&'a Value> {
        match &data.format {
            ParameterSchemaOrContent::Schema(schema) => {
                let schema = self.resolve(SchemaRef::new(schema))?;
                let default = schema.schema_data.default.as_ref();
                default.filter(|value| !value.is_null())
            }
            ParameterSchemaOrContent::Content(_) => None,
        }
    }

    pub fn parameter_source(
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
    ) -> (&'a ParameterData, Parameter) {
        let part = place.part(&data.name, pointer.join("schema"));
        let mut encodings = Vec::new();
        let (ty, content) = match &data.format {
            ParameterSchemaOrContent::Schema(schema) => {
                (self.schema_type(SchemaRef::new(schema), &part).ty, None)
            }
            ParameterSchemaOrContent::Content(content) => match content.first() {
                Some((media_type, media)) => {
                    if location(source) == Location::QueryString {
                        let described = media.encoding.iter();
                        encodings.extend(
                            described.map(|(name, encoding)| self.encoding(name, encoding)),
                        );
                    }
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
        let mut parameter = plain(source, data, ty);
        parameter.content = content;
        parameter.encodings = encodings;
        // A value that must be there and that nobody is asked for is sent as the document has it.
        parameter.fixed = self
            .default(data)
            .filter(|_| parameter.required && parameter.visibility == Visibility::Internal)
            .cloned();
        parameter.required &= parameter.fixed.is_none();
        (data, parameter)
    }
}

/// A parameter as far as its schema does not matter.
fn plain(source: &Source, data: &ParameterData, ty: Type) -> Parameter {
    let location = location(source);
    let style = match extension::text(&data.extensions, "x-connector-collection-format") {
        Some("tsv") => Style::TabDelimited,
        _ if extension::text(&data.extensions, STYLE) == Some("cookie") => Style::Cookie,
        _ => style(source),
    };
    let reserved = matches!(
        source,
        Source::Query {
            allow_reserved: true,
            ..
        }
    );
    Parameter {
        wire: WireName::new(&data.name),
        name: super::names::placeholder(),
        location,
        style,
        explode: data.explode.unwrap_or(matches!(
            style,
            Style::Form | Style::DeepObject | Style::Cookie
        )),
        allow_reserved: reserved
            || extension::is_on(&data.extensions, "x-ms-skip-url-encoding")
            || extension::is_on(&data.extensions, ALLOW_RESERVED),
        content: None,
        encodings: Vec::new(),
        required: data.required || location == Location::Path,
        ty,
        fixed: None,
        visibility: extension::visibility(&data.extensions),
        double_encoded: location == Location::Path
            && extension::text(&data.extensions, "x-ms-url-encoding") == Some("double"),
        docs: Docs {
            summary: extension::title(&data.extensions),
            description: data.description.clone(),
            deprecated: data.deprecated.unwrap_or_default(),
        },
    }
}

/// What a parameter is called: AutoRest's `x-ms-client-name`, or its name on the wire.
fn name(data: &ParameterData) -> &str {
    extension::text(&data.extensions, "x-ms-client-name").unwrap_or(&data.name)
}

fn location(source: &Source) -> Location {
    match source {
        Source::Path { .. } => Location::Path,
        Source::Query { parameter_data, .. }
            if extension::text(&parameter_data.extensions, PLACE) == Some("querystring") =>
        {
            Location::QueryString
        }
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
