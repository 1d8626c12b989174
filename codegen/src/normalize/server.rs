//! Servers: `servers` of OpenAPI 3, `host`, `basePath` and `schemes` of Swagger 2.0.

use indexmap::IndexMap;
use openapiv3::{Server, ServerVariable};
use serde_json::{Map, Value};

use super::at::At;
use super::read::extensions;
use super::{Dialect, Normalizer};
use crate::diagnostics::Code;

impl Normalizer<'_> {
    pub(super) fn document_servers(
        &mut self,
        root: &mut Map<String, Value>,
        at: &At<'_>,
    ) -> Vec<Server> {
        let servers = root
            .shift_remove("servers")
            .map(|value| self.servers(value, &at.key("servers")));
        match servers {
            Some(servers) if !servers.is_empty() => servers,
            _ if self.dialect == Dialect::Swagger20 => self.swagger_servers(root, at),
            _ => Vec::new(),
        }
    }

    pub(super) fn servers(&mut self, value: Value, at: &At<'_>) -> Vec<Server> {
        let items = self.list(value, at);
        items
            .into_iter()
            .enumerate()
            .filter_map(|(index, item)| self.server(item, &at.index(index)))
            .collect()
    }

    fn server(&mut self, value: Value, at: &At<'_>) -> Option<Server> {
        let mut members = match value {
            Value::String(url) => {
                return Some(Server {
                    url,
                    ..Server::default()
                });
            }
            other => self.mapping(other, at),
        };
        let Some(url) = self.string_at(&mut members, "url", at) else {
            self.diagnostics.warn(
                Code::ServerInvalid,
                &at.pointer(),
                "a server without a URL is ignored",
            );
            return None;
        };
        let variables = members.shift_remove("variables").map(|value| {
            let at = at.key("variables");
            let variables = self.mapping(value, &at);
            let variable = |(name, value): (String, Value)| {
                let variable = self.server_variable(value, &at.key(&name));
                (name, variable)
            };
            variables
                .into_iter()
                .map(variable)
                .collect::<IndexMap<_, _>>()
        });
        let description = self.string_at(&mut members, "description", at);
        // Spaces around a URL are always a slip, and no URL has them.
        let url = url.trim().to_owned();
        Some(Server {
            url,
            description,
            variables,
            extensions: extensions(&mut members),
        })
    }

    fn server_variable(&mut self, value: Value, at: &At<'_>) -> ServerVariable {
        let mut members = self.mapping(value, at);
        let mut plain = |key: &str| match members.shift_remove(key) {
            Some(Value::Array(items)) => items.into_iter().filter_map(scalar).collect(),
            Some(value) => scalar(value).into_iter().collect(),
            None => Vec::new(),
        };
        let enumeration: Vec<String> = plain("enum");
        let default = plain("default").into_iter().next();
        let default = default.or_else(|| {
            let message = "a server variable has no default; its first value is taken";
            self.diagnostics
                .warn(Code::ServerInvalid, &at.pointer(), message);
            enumeration.first().cloned()
        });
        ServerVariable {
            default: default.unwrap_or_default(),
            enumeration,
            description: self.string_at(&mut members, "description", at),
            extensions: extensions(&mut members),
        }
    }

    /// One server for each scheme, `https` first because the first one is the default.
    fn swagger_servers(&mut self, root: &mut Map<String, Value>, at: &At<'_>) -> Vec<Server> {
        let mut schemes = self.strings_at(root, "schemes", at);
        schemes.retain(|scheme| matches!(scheme.as_str(), "http" | "https"));
        schemes.sort_by_key(|scheme| scheme != "https");
        schemes.dedup();
        let base = self.string_at(root, "basePath", at).unwrap_or_default();
        let base = match base.trim().trim_end_matches('/') {
            "" => String::new(),
            path if path.starts_with('/') => path.to_owned(),
            path => format!("/{path}"),
        };
        if let Some(host) = root.shift_remove("x-ms-parameterized-host") {
            return self.parameterized_host(host, &base, &at.key("x-ms-parameterized-host"));
        }
        let Some(host) = self
            .string_at(root, "host", at)
            .filter(|host| !host.trim().is_empty())
        else {
            return if base.is_empty() {
                Vec::new()
            } else {
                vec![Server {
                    url: base,
                    ..Server::default()
                }]
            };
        };
        let host = host.trim().trim_end_matches('/');
        if host.contains("://") {
            let message = "`host` has no scheme; that belongs into `schemes`";
            self.diagnostics
                .warn(Code::ServerInvalid, &at.key("host").pointer(), message);
            return vec![Server {
                url: format!("{host}{base}"),
                ..Server::default()
            }];
        }
        if schemes.is_empty() {
            schemes.push("https".to_owned());
        }
        let server = |scheme: String| Server {
            url: format!("{scheme}://{host}{base}"),
            ..Server::default()
        };
        schemes.into_iter().map(server).collect()
    }

    /// Azure's `x-ms-parameterized-host`: a host template whose parameters become server variables.
    fn parameterized_host(&mut self, value: Value, base: &str, at: &At<'_>) -> Vec<Server> {
        let mut members = self.mapping(value, at);
        let template = self
            .string_at(&mut members, "hostTemplate", at)
            .unwrap_or_default();
        let has_scheme =
            members.get("useSchemePrefix") == Some(&Value::Bool(false)) || template.contains("://");
        let url = if has_scheme {
            format!("{template}{base}")
        } else {
            format!("https://{template}{base}")
        };
        let mut variables = IndexMap::new();
        for name in super::path::template_names(&template) {
            variables.insert(name.to_owned(), ServerVariable::default());
        }
        vec![Server {
            url,
            variables: Some(variables),
            ..Server::default()
        }]
    }
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
