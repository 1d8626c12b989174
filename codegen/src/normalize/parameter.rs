//! Parameters, those of Swagger 2.0 that are really request bodies included.

use indexmap::IndexMap;
use openapiv3::{
    CookieStyle, HeaderStyle, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle,
    QueryStyle, ReferenceOr, Schema, SchemaData, SchemaKind, StringType, Type,
};
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use super::media::query_style;
use super::read::extensions;
use super::references::Section;
use crate::diagnostics::{Code, Pointer};

/// The extension that says where a canonical parameter of the query really goes: `querystring`, of which it is all.
pub(crate) const PLACE: &str = "x-connector-in";

/// The extension with a style that 3.0 does not know: `cookie`.
pub(crate) const STYLE: &str = "x-connector-style";

/// The extension of path parameters whose reserved characters stay as they are.
pub(crate) const ALLOW_RESERVED: &str = "x-connector-allow-reserved";

/// A parameter that is (a part of) a request body, not read yet, and its place.
#[derive(Clone)]
pub(super) struct BodyPart {
    pub(super) pointer: Pointer,
    pub(super) members: Map<String, Value>,
    pub(super) is_form_field: bool,
}

/// The parameters of an operation or a path, sorted.
#[derive(Default)]
pub(super) struct Parameters {
    pub(super) list: Vec<ReferenceOr<Parameter>>,
    /// Where each of `list` stands in the source.
    pub(super) indices: Vec<usize>,
    /// The name and place (`in`) of each of `list`.
    pub(super) names: Vec<(String, String)>,
    pub(super) body: Vec<BodyPart>,
    /// Why the operation cannot be called.
    pub(super) skip: Option<String>,
}

/// What one entry of a list of parameters is.
enum Entry {
    Parameter(Box<ReferenceOr<Parameter>>, (String, String)),
    Body(BodyPart),
    Ignored,
    Unusable(String),
}

impl Normalizer<'_> {
    /// Reads a list of parameters; `template` names those of the path.
    pub(super) fn parameters(
        &mut self,
        value: Value,
        at: &At<'_>,
        template: &[&str],
    ) -> Parameters {
        // A mapping by name is a mistake that is easy to read.
        let items: Vec<Value> = match value {
            Value::Object(members) => {
                self.diagnostics.warn(
                    Code::WrongType,
                    &at.pointer(),
                    "expected a list, found a mapping",
                );
                members.into_iter().map(|(_, value)| value).collect()
            }
            other => self.list(other, at),
        };
        let mut parameters = Parameters::default();
        for (index, item) in items.into_iter().enumerate() {
            match self.parameter_entry(item, &at.index(index), template) {
                Entry::Parameter(parameter, name) => {
                    if parameters.names.contains(&name) {
                        let message =
                            format!("the {} parameter `{}` is declared twice", name.1, name.0);
                        self.diagnostics.warn(
                            Code::ParameterInvalid,
                            &at.index(index).pointer(),
                            message,
                        );
                        continue;
                    }
                    parameters.list.push(*parameter);
                    parameters.names.push(name);
                    parameters.indices.push(index);
                }
                Entry::Body(part) => parameters.body.push(part),
                Entry::Ignored => {}
                Entry::Unusable(reason) => {
                    parameters.skip.get_or_insert(reason);
                }
            }
        }
        self.check_query_string(&parameters, at);
        parameters
    }

    /// A parameter that is the whole query string leaves no room for others (OpenAPI 3.2.0, section 4.12.1).
    fn check_query_string(&mut self, parameters: &Parameters, at: &At<'_>) {
        let count = |wanted: &str| {
            let places = parameters.names.iter().map(|(_, place)| place);
            places.filter(|place| *place == wanted).count()
        };
        let whole = count("querystring");
        if whole > 1 || whole == 1 && count("query") > 0 {
            let message = "a parameter in `querystring` is the whole query, but there are others; they follow each other";
            self.diagnostics
                .warn(Code::ParameterInvalid, &at.pointer(), message);
        }
    }

    fn parameter_entry(&mut self, value: Value, at: &At<'_>, template: &[&str]) -> Entry {
        let mut members = match value {
            Value::Object(members) => members,
            // A bare reference is sometimes written as its text.
            Value::String(reference) if reference.starts_with("#/") => {
                Map::from_iter([("$ref".to_owned(), Value::String(reference))])
            }
            other => {
                self.wrong_type(at, "a parameter", &other);
                return Entry::Ignored;
            }
        };
        if let Some(reference) = self.string_at(&mut members, "$ref", at) {
            return self.parameter_reference(&reference, at);
        }
        if matches!(
            members.get("in").and_then(Value::as_str),
            Some("body" | "formData")
        ) {
            let is_form_field = members.get("in").is_some_and(|place| place == "formData");
            return Entry::Body(BodyPart {
                pointer: at.pointer(),
                members,
                is_form_field,
            });
        }
        let is_required = members.get("required") == Some(&Value::Bool(true));
        match self.parameter(members, at, template) {
            Some((parameter, name)) => {
                Entry::Parameter(Box::new(ReferenceOr::Item(parameter)), name)
            }
            None if is_required => Entry::Unusable("a required parameter has no name".to_owned()),
            None => Entry::Ignored,
        }
    }

    fn parameter_reference(&mut self, reference: &str, at: &At<'_>) -> Entry {
        if let Some((pointer, value)) = self.references.shared_body(reference) {
            let is_form_field = value.get("in").is_some_and(|place| place == "formData");
            let Value::Object(members) = value else {
                return Entry::Ignored;
            };
            return Entry::Body(BodyPart {
                pointer,
                members,
                is_form_field,
            });
        }
        let name = self.references.parameter_name(reference);
        match self.canonical_reference(reference, Section::Parameters) {
            Ok(canonical) => {
                // A parameter whose name is unknown is told apart by its reference.
                let name = name.unwrap_or_else(|| (canonical.clone(), String::new()));
                Entry::Parameter(
                    Box::new(ReferenceOr::Reference {
                        reference: canonical,
                    }),
                    name,
                )
            }
            Err(reason) => {
                self.dangling(reference, reason.clone(), at);
                Entry::Unusable(reason)
            }
        }
    }

    /// A parameter among the components.
    pub(super) fn shared_parameter(
        &mut self,
        value: Value,
        at: &At<'_>,
    ) -> Option<ReferenceOr<Parameter>> {
        let mut members = self.mapping(value, at);
        if let Some(reference) = self.string_at(&mut members, "$ref", at) {
            return match self.canonical_reference(&reference, Section::Parameters) {
                Ok(reference) => Some(ReferenceOr::Reference { reference }),
                Err(reason) => {
                    self.dangling(&reference, reason, at);
                    None
                }
            };
        }
        self.parameter(members, at, &[])
            .map(|(parameter, _)| ReferenceOr::Item(parameter))
    }

    /// A parameter with its name and place; none when it has no name.
    fn parameter(
        &mut self,
        mut members: Map<String, Value>,
        at: &At<'_>,
        template: &[&str],
    ) -> Option<(Parameter, (String, String))> {
        let Some(name) = self
            .string_at(&mut members, "name", at)
            .filter(|name| !name.trim().is_empty())
        else {
            self.diagnostics.warn(
                Code::ParameterInvalid,
                &at.pointer(),
                "a parameter without a name is ignored",
            );
            return None;
        };
        let name = name.trim().to_owned();
        let place = self.string_at(&mut members, "in", at);
        let place = self.parameter_place(place, &name, at, template);
        let description = self.string_at(&mut members, "description", at);
        let mut required = self.boolean_at(&mut members, "required", at);
        if place == "path" && !required {
            required = true;
            let message = format!("the path parameter `{name}` must be `required: true`");
            self.diagnostics
                .warn(Code::ParameterNotRequired, &at.pointer(), message);
        }
        let deprecated = members
            .shift_remove("deprecated")
            .map(|value| self.boolean(&value, &at.key("deprecated")));
        let (style, explode, separator) = self.serialization(&mut members, &place, at);
        let mut style = style;
        let is_cookie_style = place == "cookie" && style.take_if(|name| name == "cookie").is_some();
        let allow_reserved = self.boolean_at(&mut members, "allowReserved", at);
        let allow_empty = members.shift_remove("allowEmptyValue");
        let allow_empty_value =
            allow_empty.map(|value| self.boolean(&value, &at.key("allowEmptyValue")));
        let (example, examples) = self.take_examples(&mut members);
        let format = self.schema_or_content(&mut members, at);
        let format = format.unwrap_or_else(|| self.missing_schema(&name, at));
        let mut extensions = extensions(&mut members);
        if let Some(separator) = separator {
            extensions.insert(
                "x-connector-collection-format".to_owned(),
                Value::String(separator),
            );
        }
        let mut mark = |name: &str, value: Value| extensions.insert(name.to_owned(), value);
        match place.as_str() {
            "querystring" => drop(mark(PLACE, "querystring".into())),
            "cookie" if is_cookie_style => drop(mark(STYLE, "cookie".into())),
            // Before 3.2 it was about queries only.
            "path" if allow_reserved && self.dialect >= super::Dialect::OpenApi32 => {
                drop(mark(ALLOW_RESERVED, Value::Bool(true)));
            }
            _ => {}
        }
        let parameter_data = ParameterData {
            name: name.clone(),
            description,
            required,
            deprecated,
            format,
            example,
            examples,
            explode,
            extensions,
        };
        let parameter = match place.as_str() {
            "path" => Parameter::Path {
                parameter_data,
                style: self.path_style(style, at),
            },
            "header" => Parameter::Header {
                parameter_data,
                style: HeaderStyle::Simple,
            },
            "cookie" => Parameter::Cookie {
                parameter_data,
                style: CookieStyle::Form,
            },
            _ => {
                let style = self.query_style(style, at);
                Parameter::Query {
                    parameter_data,
                    allow_reserved,
                    style,
                    allow_empty_value,
                }
            }
        };
        Some((parameter, (name, place)))
    }

    /// Where a parameter goes; a missing or unknown place is guessed from the path.
    fn parameter_place(
        &mut self,
        place: Option<String>,
        name: &str,
        at: &At<'_>,
        template: &[&str],
    ) -> String {
        let place = place.map(|place| place.trim().to_ascii_lowercase());
        if let Some(known @ ("path" | "query" | "header" | "cookie" | "querystring")) =
            place.as_deref()
        {
            return known.to_owned();
        }
        let guess = if template.contains(&name) {
            "path"
        } else {
            "query"
        };
        let message = match &place {
            Some(place) => {
                format!("`in: {place}` is unknown; the parameter is sent in the {guess}")
            }
            None => format!("a parameter without `in` is sent in the {guess}"),
        };
        self.diagnostics
            .warn(Code::ParameterInvalid, &at.pointer(), message);
        guess.to_owned()
    }

    fn missing_schema(&mut self, name: &str, at: &At<'_>) -> ParameterSchemaOrContent {
        let message = format!("the parameter `{name}` has no schema; a string is taken");
        self.diagnostics
            .warn(Code::ParameterInvalid, &at.pointer(), message);
        ParameterSchemaOrContent::Schema(ReferenceOr::Item(string_schema()))
    }

    /// `style` and `explode`, or Swagger 2.0's `collectionFormat` in their terms. The third part is the separator
    /// that no style has.
    pub(super) fn serialization(
        &mut self,
        members: &mut Map<String, Value>,
        place: &str,
        at: &At<'_>,
    ) -> (Option<String>, Option<bool>, Option<String>) {
        let style = self.string_at(members, "style", at);
        let explode = members
            .shift_remove("explode")
            .map(|value| self.boolean(&value, &at.key("explode")));
        let collection = self.string_at(members, "collectionFormat", at);
        let is_array = members.get("type").is_some_and(|name| name == "array");
        let in_swagger = self.dialect == super::Dialect::Swagger20;
        let is_query = place != "path" && place != "header";
        if style.is_some() || explode.is_some() || !(in_swagger && is_array || collection.is_some())
        {
            return (style, explode, None);
        }
        let styled = |style: &str, explode| (Some(style.to_owned()), Some(explode), None);
        match collection.as_deref().unwrap_or("csv") {
            "multi" if is_query => styled("form", true),
            "ssv" if is_query => styled("spaceDelimited", false),
            "pipes" if is_query => styled("pipeDelimited", false),
            "tsv" => (None, Some(false), Some("tsv".to_owned())),
            "csv" | "multi" | "ssv" | "pipes" => (None, Some(false), None),
            other => {
                let message = format!("`collectionFormat: {other}` is unknown; commas are taken");
                self.diagnostics
                    .warn(Code::ParameterInvalid, &at.pointer(), message);
                (None, Some(false), None)
            }
        }
    }

    fn path_style(&mut self, style: Option<String>, at: &At<'_>) -> PathStyle {
        match style.as_deref().map(str::trim) {
            None | Some("simple") => PathStyle::Simple,
            Some("label") => PathStyle::Label,
            Some("matrix") => PathStyle::Matrix,
            Some(other) => {
                self.unknown_style(other, "simple", at);
                PathStyle::Simple
            }
        }
    }

    fn query_style(&mut self, style: Option<String>, at: &At<'_>) -> QueryStyle {
        let Some(style) = style else {
            return QueryStyle::Form;
        };
        query_style(&style).unwrap_or_else(|| {
            self.unknown_style(&style, "form", at);
            QueryStyle::Form
        })
    }

    fn unknown_style(&mut self, style: &str, taken: &str, at: &At<'_>) {
        let message = format!("`style: {style}` is not possible here; `{taken}` is taken");
        self.diagnostics
            .warn(Code::ParameterInvalid, &at.key("style").pointer(), message);
    }

    /// Makes the path parameters agree with the path's template: those that it doesn't have cannot be sent, those
    /// that are not declared are strings.
    pub(super) fn settle_path_parameters(
        &mut self,
        parameters: &mut Parameters,
        inherited: &[(String, String)],
        template: &[&str],
        at: &At<'_>,
    ) {
        let mut index = 0;
        while index < parameters.list.len() {
            let (name, place) = &parameters.names[index];
            if place != "path" || template.contains(&name.as_str()) {
                index += 1;
                continue;
            }
            let message = format!("the path has no `{{{name}}}`; the parameter is ignored");
            self.diagnostics.warn(
                Code::ParameterInvalid,
                &at.key("parameters").index(index).pointer(),
                message,
            );
            parameters.list.remove(index);
            parameters.names.remove(index);
            parameters.indices.remove(index);
        }
        for name in template {
            let is_it = |(declared, place): &(String, String)| declared == name && place == "path";
            if parameters.names.iter().chain(inherited).any(is_it) {
                continue;
            }
            let message = format!("the path parameter `{name}` is not declared; a string is taken");
            self.diagnostics
                .warn(Code::ParameterInvalid, &at.pointer(), message);
            parameters
                .names
                .push(((*name).to_owned(), "path".to_owned()));
            parameters.indices.push(usize::MAX);
            parameters
                .list
                .push(ReferenceOr::Item(string_path_parameter(name)));
        }
    }
}

fn string_schema() -> Schema {
    let schema_kind = SchemaKind::Type(Type::String(StringType::default()));
    Schema {
        schema_data: SchemaData::default(),
        schema_kind,
    }
}

fn string_path_parameter(name: &str) -> Parameter {
    let parameter_data = ParameterData {
        name: name.to_owned(),
        description: None,
        required: true,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(ReferenceOr::Item(string_schema())),
        example: None,
        examples: IndexMap::new(),
        explode: None,
        extensions: IndexMap::new(),
    };
    Parameter::Path {
        parameter_data,
        style: PathStyle::Simple,
    }
}
