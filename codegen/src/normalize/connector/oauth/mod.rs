//! OAuth settings become the data that the runtime knows an authorization server by: the JSON of its `Provider`.
//!
//! The client id and secret of the file are never carried over: they are placeholders, or somebody's own. Whoever uses the crate
//! brings an app registration.

mod endpoints;
mod placeholder;
mod requests;
mod secret;

use indexmap::IndexSet;
use serde_json::{Map, Value, json};

pub(crate) use self::placeholder::exchange_name;

use self::endpoints::Endpoints;
use self::placeholder::{Names, is_dummy};
use super::{ConnectionParameter, scalar, take};
use crate::diagnostics::Code;
use crate::model::ConnectionParameterKind;
use crate::normalize::Normalizer;
use crate::normalize::at::At;

/// `oAuthSettings` with its keywords read.
pub(super) struct Settings {
    /// `identityProvider` in lower case.
    identity_provider: String,
    /// The values of `customParameters`, by their names in lower case.
    custom: Vec<(String, String)>,
    /// The names of `customParameters` as they are written.
    spellings: Vec<String>,
    /// Custom parameters that hold only for certain values of another parameter, in lower case, and whether they hold if that
    /// parameter has no value.
    conditional: Vec<(String, bool)>,
    scopes: Vec<String>,
}

impl Settings {
    /// A custom parameter that has a value, by its name in lower case.
    fn custom(&self, name: &str) -> Option<&str> {
        let mut found = self.custom.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

impl Normalizer<'_> {
    /// Puts the authorization server in the place of the settings, now that all parameters of the set are known.
    pub(super) fn settle_providers(&mut self, parameters: &mut [ConnectionParameter]) {
        let mut names = Names::of(parameters);
        for parameter in parameters.iter_mut() {
            let ConnectionParameterKind::OAuth(settings) = &mut parameter.kind else {
                continue;
            };
            let settings = std::mem::take(settings);
            let pointer = parameter.pointer.clone();
            let at = At::root(&pointer);
            let settings = self.settings(settings, &at.key("oAuthSettings"));
            let provider = self.provider(&settings, &mut names, &at.key("oAuthSettings"));
            parameter.kind = ConnectionParameterKind::OAuth(provider);
        }
        names.tell_roles(parameters);
    }

    fn settings(&mut self, value: Value, at: &At<'_>) -> Settings {
        let mut members = self.mapping(value, at);
        let identity_provider = take(&mut members, "identityProvider")
            .and_then(|value| self.string(value, at))
            .unwrap_or_else(|| "oauth2".to_owned());
        let custom = take(&mut members, "customParameters").unwrap_or_default();
        let custom = self.mapping(custom, &at.key("customParameters"));
        let additional = take(&mut members, "additionalParameters").unwrap_or_default();
        let additional = self.mapping(additional, &at.key("additionalParameters"));
        let scopes = take(&mut members, "scopes").unwrap_or_default();
        let mut properties = match take(&mut members, "properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        let spellings = custom.iter().map(|(name, _)| name.clone()).collect();
        let mut custom: Vec<_> = custom.into_iter().filter_map(custom_value).collect();
        let identity_provider = identity_provider.trim().to_ascii_lowercase();
        if endpoints::is_entra(&identity_provider) {
            let resource = take(&mut properties, "AzureActiveDirectoryResourceId");
            let resource = resource.as_ref().and_then(scalar);
            custom.extend([
                ("tenantid".to_owned(), "common".to_owned()),
                ("resourceuri".to_owned(), resource.unwrap_or_default()),
            ]);
        }
        // Where a value was removed, what stands in for it is later in the list.
        custom.retain(|(_, value)| value == " " || !is_dummy(value));
        Settings {
            identity_provider,
            custom,
            spellings,
            conditional: additional.into_iter().filter_map(condition).collect(),
            scopes: self.oauth_scopes(scopes, &at.key("scopes")),
        }
    }

    /// Scopes; an entry may hold several with spaces between them.
    fn oauth_scopes(&mut self, value: Value, at: &At<'_>) -> Vec<String> {
        let mut scopes = IndexSet::new();
        for entry in self.strings(value, at) {
            // A scope that the user gives is sent by a template.
            for scope in entry
                .split_whitespace()
                .filter(|scope| !scope.contains('{'))
            {
                scopes.insert(scope.to_owned());
            }
        }
        scopes.into_iter().collect()
    }

    fn provider(&mut self, settings: &Settings, names: &mut Names, at: &At<'_>) -> Value {
        for (name, default) in &settings.conditional {
            names.condition(name, settings.custom(name), *default);
        }
        let endpoints = Endpoints::of(settings);
        if let Some(message) = endpoints.remark(settings) {
            let pointer = at.key("identityProvider").pointer();
            self.diagnostics
                .warn(Code::OAuthSettingInvalid, &pointer, message)
                .hint("the connection may name a provider of its own");
        }
        let mut provider = Map::new();
        let mut put = |name: &str, value: Value| provider.insert(name.to_owned(), value);
        put("name", settings.identity_provider.clone().into());
        if !settings.scopes.is_empty() {
            put("scopes", json!(settings.scopes));
        }
        let separator = settings.custom("scopelistdelimiter");
        if let Some(separator) = separator.filter(|text| !matches!(*text, "" | " ")) {
            put("scope_separator", separator.into());
        }
        put("client_authentication", "body".into());
        let requests = endpoints.write(settings, names, &mut provider);
        for message in requests {
            self.diagnostics
                .warn(Code::OAuthSettingInvalid, &at.pointer(), message);
        }
        let parameters = names.take_used(&settings.custom);
        if !parameters.is_empty() {
            provider.insert("parameters".to_owned(), Value::Object(parameters));
        }
        self.tell_findings(settings, names, at);
        Value::Object(provider)
    }
}

impl Normalizer<'_> {
    /// Warns of what is not carried over, at its place.
    fn tell_findings(&mut self, settings: &Settings, names: &mut Names, at: &At<'_>) {
        let custom = at.key("customParameters");
        for (place, message) in names.take_findings() {
            let mut spellings = settings.spellings.iter();
            let pointer = match spellings.find(|name| name.eq_ignore_ascii_case(&place)) {
                Some(name) => custom.key(name).pointer(),
                None => at.pointer(),
            };
            self.diagnostics
                .warn(Code::SecretNotTaken, &pointer, message)
                .hint("who uses the crate brings an application, with its id and secret");
        }
    }
}

/// A custom parameter: `{"value": …}` or the value itself. One without a value says nothing.
fn custom_value((name, value): (String, Value)) -> Option<(String, String)> {
    let value = match value {
        Value::Object(mut members) => take(&mut members, "value")?,
        other => other,
    };
    let text = scalar(&value)?;
    // A delimiter may be a space.
    let text = match text.trim() {
        "" => text.clone(),
        trimmed => trimmed.to_owned(),
    };
    (!text.is_empty()).then(|| (name.to_ascii_lowercase(), text))
}

/// An additional parameter with `applicableWhen`, and whether it applies when the parameter it depends on has no value.
fn condition((name, value): (String, Value)) -> Option<(String, bool)> {
    let Value::Object(mut members) = value else {
        return None;
    };
    let conditions = match take(&mut members, "applicableWhen")? {
        Value::Array(conditions) => conditions,
        other => vec![other],
    };
    let applies = conditions.iter().all(|condition| {
        let values = condition.get("oneOf").and_then(Value::as_array);
        values.is_some_and(|values| values.iter().any(Value::is_null))
    });
    Some((name.to_ascii_lowercase(), applies))
}
