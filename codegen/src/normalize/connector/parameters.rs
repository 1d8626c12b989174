//! Connection parameters and sets of them.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{ConnectionParameter, ParameterSet, flag, scalar, take};
use crate::diagnostics::Code;
use crate::model::{AllowedValue, ConnectionParameterKind, Docs};
use crate::normalize::Normalizer;
use crate::normalize::at::At;

/// What is left of a parameter's members when its type is known.
struct Declared {
    members: Map<String, Value>,
    definition: Map<String, Value>,
    constraints: Map<String, Value>,
    schema: Map<String, Value>,
}

impl Normalizer<'_> {
    /// The sets of `connectionParameterSets`; `connectionParameters` if there are none.
    pub(super) fn parameter_sets(
        &mut self,
        properties: &mut Map<String, Value>,
        at: &At<'_>,
    ) -> Vec<ParameterSet> {
        let plain = take(properties, "connectionParameters");
        let mut sets = Vec::new();
        if let Some(value) = take(properties, "connectionParameterSets") {
            let at = at.key("connectionParameterSets");
            let values = match value {
                // The list may stand there without the object around it.
                Value::Array(_) => Some(value),
                other => take(&mut self.mapping(other, &at), "values"),
            };
            let at = at.key("values");
            let values = values.map(|values| self.list(values, &at));
            for (index, value) in values.into_iter().flatten().enumerate() {
                sets.push(self.parameter_set(value, index, &at.index(index)));
            }
        }
        if let Some(value) = plain
            && sets.is_empty()
        {
            let parameters = self.parameters_of(value, &at.key("connectionParameters"));
            if !parameters.is_empty() {
                sets.push(ParameterSet {
                    name: String::new(),
                    docs: Docs::default(),
                    parameters,
                });
            }
        }
        sets
    }

    fn parameter_set(&mut self, value: Value, index: usize, at: &At<'_>) -> ParameterSet {
        let mut members = self.mapping(value, at);
        let name = take(&mut members, "name").and_then(|name| self.string(name, &at.key("name")));
        let mut definition = self.members_at(&mut members, "uiDefinition", at);
        let parameters = take(&mut members, "parameters")
            .map(|value| self.parameters_of(value, &at.key("parameters")))
            .unwrap_or_default();
        ParameterSet {
            name: name
                .filter(|name| !name.trim().is_empty())
                .unwrap_or_else(|| format!("set{}", index + 1)),
            docs: docs(&mut definition, &mut Map::new()),
            parameters,
        }
    }

    /// Parameters, sorted by `tabIndex`; those without come last.
    fn parameters_of(&mut self, value: Value, at: &At<'_>) -> Vec<ConnectionParameter> {
        let members = self.mapping(value, at);
        let mut parameters = Vec::new();
        for (name, value) in members {
            let at = at.key(&name);
            if let Some(found) = self.connection_parameter(&name, value, &at) {
                parameters.push(found);
            }
        }
        parameters.sort_by_key(|(index, _)| *index);
        let mut seen = HashSet::new();
        let mut named: Vec<ConnectionParameter> = Vec::with_capacity(parameters.len());
        for (_, parameter) in parameters {
            if seen.insert(parameter.name.to_ascii_lowercase()) {
                named.push(parameter);
                continue;
            }
            let message = format!(
                "there is another connection parameter `{}`: letter case does not count; this one is ignored",
                parameter.name
            );
            self.diagnostics.warn(
                Code::ConnectionParameterInvalid,
                &parameter.pointer,
                message,
            );
        }
        self.settle_providers(&mut named);
        named
    }

    fn connection_parameter(
        &mut self,
        name: &str,
        value: Value,
        at: &At<'_>,
    ) -> Option<(u64, ConnectionParameter)> {
        if !value.is_object() {
            self.wrong_type(at, "a mapping", &value);
            return None;
        }
        let mut declared = self.declared(value, at);
        let settings = take(&mut declared.members, "oAuthSettings");
        let word = take(&mut declared.members, "type").and_then(|value| self.string(value, at));
        let kind = self.parameter_kind(word.as_deref(), settings, &mut declared, at);
        let mut values = self.allowed_values(&mut declared, at);
        let mut default = default(&mut declared);
        if matches!(
            kind,
            ConnectionParameterKind::Secret | ConnectionParameterKind::OAuth(_)
        ) {
            let is_text = word.is_some_and(|word| word.trim().eq_ignore_ascii_case("string"));
            self.leave_secrets(is_text, &mut values, &mut default, at);
        }
        let default = default.or_else(|| only(&values, &declared));
        let required = required(&mut declared, &kind) && default.is_none();
        let Declared {
            mut definition,
            mut constraints,
            mut schema,
            ..
        } = declared;
        let index =
            take(&mut constraints, "tabIndex").or_else(|| take(&mut definition, "tabIndex"));
        let index = index.as_ref().and_then(scalar);
        let index = index.and_then(|index| index.trim().parse().ok());
        let parameter = ConnectionParameter {
            name: name.to_owned(),
            kind,
            required,
            default,
            values,
            exchange: None,
            docs: docs(&mut definition, &mut schema),
            pointer: at.pointer(),
        };
        Some((index.unwrap_or(u64::MAX), parameter))
    }

    fn declared(&mut self, value: Value, at: &At<'_>) -> Declared {
        let mut members = self.mapping(value, at);
        let mut definition = self.members_at(&mut members, "uiDefinition", at);
        let at = at.key("uiDefinition");
        let constraints = self.members_at(&mut definition, "constraints", &at);
        let schema = self.members_at(&mut definition, "schema", &at);
        Declared {
            members,
            definition,
            constraints,
            schema,
        }
    }

    fn members_at(
        &mut self,
        members: &mut Map<String, Value>,
        key: &str,
        at: &At<'_>,
    ) -> Map<String, Value> {
        take(members, key)
            .map(|value| self.mapping(value, &at.key(key)))
            .unwrap_or_default()
    }

    fn parameter_kind(
        &mut self,
        word: Option<&str>,
        settings: Option<Value>,
        declared: &mut Declared,
        at: &At<'_>,
    ) -> ConnectionParameterKind {
        match word.map(|word| word.trim().to_ascii_lowercase()).as_deref() {
            // The settings wait until all parameters are known, which their templates may name.
            Some("oauthsetting") => ConnectionParameterKind::OAuth(settings.unwrap_or_default()),
            None if settings.is_some() => {
                ConnectionParameterKind::OAuth(settings.unwrap_or_default())
            }
            Some("securestring") => ConnectionParameterKind::Secret,
            Some("gatewaysetting") => ConnectionParameterKind::Gateway,
            Some("string") => {
                let clear = take(&mut declared.constraints, "clearText");
                match clear.as_ref().and_then(flag) {
                    Some(false) => ConnectionParameterKind::Secret,
                    Some(true) | None => ConnectionParameterKind::Text,
                }
            }
            _ => {
                let message = match word {
                    Some(word) => {
                        format!(
                            "`{word}` is no type of a connection parameter; it is taken for text"
                        )
                    }
                    None => {
                        "a connection parameter without a type; it is taken for text".to_owned()
                    }
                };
                self.diagnostics
                    .warn(Code::ConnectionParameterInvalid, &at.pointer(), message)
                    .hint("the types are `string`, `securestring`, `oauthSetting` and `gatewaySetting`");
                ConnectionParameterKind::Text
            }
        }
    }

    /// Leaves out what may be a secret of the publisher. What people choose from is public: several values, or a titled one of a
    /// `string` that is merely not shown in clear.
    fn leave_secrets(
        &mut self,
        is_text: bool,
        values: &mut Vec<AllowedValue>,
        default: &mut Option<String>,
        at: &At<'_>,
    ) {
        let is_choice = match values.as_slice() {
            [] => true,
            [only] => is_text && only.title.is_some(),
            _ => true,
        };
        if !is_choice {
            values.clear();
            let message = "the only allowed value of a secret parameter may be a secret itself; it is not carried over";
            self.diagnostics
                .warn(Code::SecretNotTaken, &at.pointer(), message);
        }
        let is_public = |default: &String| values.iter().any(|value| value.wire == *default);
        if default.as_ref().is_some_and(|default| !is_public(default)) {
            *default = None;
            let message = "the default of a secret parameter is a secret of the publisher; it is not carried over";
            self.diagnostics
                .warn(Code::SecretNotTaken, &at.pointer(), message)
                .hint("who uses the crate gives the value");
        }
    }

    /// Values to choose from: plain ones, or with a title as `text`.
    fn allowed_values(&mut self, declared: &mut Declared, at: &At<'_>) -> Vec<AllowedValue> {
        let places = [
            &mut declared.constraints,
            &mut declared.definition,
            &mut declared.members,
        ];
        let lists = places
            .into_iter()
            .filter_map(|place| take(place, "allowedValues"));
        // The constraints have the titles.
        let Some(list) = lists.collect::<Vec<_>>().into_iter().next() else {
            return Vec::new();
        };
        let mut seen = HashSet::new();
        let mut values: Vec<AllowedValue> = Vec::new();
        for item in self.list(list, at) {
            let value = match item {
                Value::Object(mut members) => {
                    let title = take(&mut members, "text").as_ref().and_then(scalar);
                    take(&mut members, "value")
                        .as_ref()
                        .and_then(scalar)
                        .map(|wire| AllowedValue { wire, title })
                }
                ref plain => scalar(plain).map(|wire| AllowedValue { wire, title: None }),
            };
            match value {
                Some(value) if seen.insert(value.wire.clone()) => values.push(value),
                Some(_) => {}
                None => {
                    let message =
                        "an allowed value of a connection parameter has no value; it is ignored";
                    self.diagnostics
                        .warn(Code::ConnectionParameterInvalid, &at.pointer(), message);
                }
            }
        }
        values
    }
}

/// The default, wherever it stands.
fn default(declared: &mut Declared) -> Option<String> {
    let places = [
        &mut declared.members,
        &mut declared.definition,
        &mut declared.constraints,
        &mut declared.schema,
    ];
    let mut found = places.into_iter().filter_map(|place| {
        let value = take(place, "defaultValue").or_else(|| take(place, "default"))?;
        scalar(&value).filter(|value| !value.is_empty())
    });
    found.next()
}

/// The one value that a required parameter may have: there is nothing to choose.
fn only(values: &[AllowedValue], declared: &Declared) -> Option<String> {
    let required = declared.constraints.get("required").and_then(flag);
    match values {
        [only] if required == Some(true) => Some(only.wire.clone()),
        _ => None,
    }
}

/// Whether a connection can't do without. A parameter that is only for gateways is not needed to call the API itself.
fn required(declared: &mut Declared, kind: &ConnectionParameterKind) -> bool {
    let for_gateways = take(&mut declared.constraints, "capability").is_some_and(|value| {
        let names: Vec<&str> = match &value {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            Value::String(name) => vec![name],
            _ => Vec::new(),
        };
        !names.is_empty()
            && names
                .iter()
                .all(|name| name.eq_ignore_ascii_case("gateway"))
    });
    let said = take(&mut declared.constraints, "required")
        .or_else(|| take(&mut declared.definition, "required"))
        .or_else(|| take(&mut declared.members, "required"));
    // Somebody has to sign in, whatever the file says.
    let signs_in = matches!(kind, ConnectionParameterKind::OAuth(_));
    !for_gateways && (signs_in || said.as_ref().and_then(flag).unwrap_or(false))
}

/// Display name, description and tooltip; the last two often say the same.
fn docs(definition: &mut Map<String, Value>, schema: &mut Map<String, Value>) -> Docs {
    let text = |members: &mut Map<String, Value>, key: &str| {
        let text = take(members, key).as_ref().and_then(scalar)?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let summary = text(definition, "displayName");
    let description = text(definition, "description").or_else(|| text(schema, "description"));
    let tooltip = text(definition, "tooltip");
    let mut parts: Vec<String> = Vec::new();
    for part in [description, tooltip].into_iter().flatten() {
        let said = |known: &String| known.eq_ignore_ascii_case(&part);
        if !summary.iter().chain(&parts).any(said) {
            parts.push(part);
        }
    }
    Docs {
        summary,
        description: (!parts.is_empty()).then(|| parts.join("\n\n")),
        deprecated: false,
    }
}
