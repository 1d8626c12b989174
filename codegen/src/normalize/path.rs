//! Paths and path items.
//!
//! A path item of 3.0 has room for eight methods. Operations of other methods (`query` and `additionalOperations` of 3.2) stand
//! in path items of their own, as `post` with `x-connector-method`; the key of such an item has the method behind a `#`, and
//! `x-connector-path` has the path.

use openapiv3::{Operation, PathItem, Paths, ReferenceOr};
use serde_json::{Map, Value};

use super::at::At;
use super::parameter::Parameters;
use super::read::extensions;
use super::references::{Section, Target};
use super::size::MAX_PATHS;
use super::{Dialect, Normalizer};
use crate::diagnostics::{Code, Pointer};

/// The method of an operation that stands in another's place.
pub(crate) const METHOD: &str = "x-connector-method";

/// The path of a path item that is keyed by more than that.
pub(crate) const PATH: &str = "x-connector-path";

/// Where a path item belongs in the canonical document.
pub(super) struct Route<'a> {
    /// The path, or what stands for it: the name of a webhook, the expression of a callback.
    pub(super) key: &'a str,
    /// The mapping that the path item is in.
    pub(super) section: Pointer,
    /// The name of the webhook or callback.
    pub(super) hook: Option<&'a str>,
}

impl Route<'_> {
    fn canonical(&self) -> Pointer {
        self.section.join(self.key)
    }
}

/// What the operations of a path share.
pub(super) struct Shared<'a> {
    /// The names in the path's template.
    pub(super) template: Vec<&'a str>,
    /// The parameters of the path item; their list is on the path item itself.
    pub(super) parameters: Parameters,
    /// The name of the webhook or callback.
    pub(super) hook: Option<&'a str>,
}

/// The names between braces in a path or host template, in order.
pub(super) fn template_names(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
        rest = behind;
    }
    names
}

impl Normalizer<'_> {
    pub(super) fn paths(&mut self, root: &mut Map<String, Value>, at: &At<'_>) -> Paths {
        let mut paths = Paths::default();
        let declared = root.shift_remove("paths");
        let others = ["webhooks", "x-webhooks", "x-ms-paths"];
        if declared.is_none() && !others.iter().any(|key| root.contains_key(*key)) {
            self.diagnostics.warn(
                Code::SectionMissing,
                &at.pointer(),
                "the document has no `paths`",
            );
        }
        let azure = root.shift_remove("x-ms-paths");
        for (section, value) in [("paths", declared), ("x-ms-paths", azure)] {
            let at = at.key(section);
            let mut members = value
                .map(|value| self.mapping(value, &at))
                .unwrap_or_default();
            paths.extensions.extend(extensions(&mut members));
            for (key, value) in members {
                self.path(&mut paths, key, value, &at);
            }
        }
        paths
    }

    fn path(&mut self, paths: &mut Paths, key: String, value: Value, at: &At<'_>) {
        let at = at.key(&key);
        let trimmed = key.trim();
        let path = if trimmed.starts_with('/') {
            trimmed.to_owned()
        } else {
            format!("/{trimmed}")
        };
        if path != key {
            let message = format!("a path must start with a slash; `{path}` is taken");
            self.diagnostics
                .warn(Code::PathInvalid, &at.pointer(), message);
        }
        if paths.paths.contains_key(&path) {
            let message = format!("the path `{path}` is declared twice; the first one counts");
            self.diagnostics
                .warn(Code::PathInvalid, &at.pointer(), message);
            return;
        }
        let route = Route {
            key: &path,
            section: Pointer::from_tokens(["paths"]),
            hook: None,
        };
        for (key, item) in self.path_item(value, &route, &at) {
            if paths.paths.len() >= 2 * MAX_PATHS {
                let message = "there are too many operations of other methods; this one is ignored";
                self.diagnostics
                    .warn(Code::MethodUnknown, &at.pointer(), message);
                return;
            }
            paths.paths.insert(key, ReferenceOr::Item(item));
        }
    }

    /// Reads a path item; one that is a reference is read from its target. Returns it, and those with the operations that it has
    /// no room for, by their keys.
    pub(super) fn path_item(
        &mut self,
        value: Value,
        route: &Route<'_>,
        at: &At<'_>,
    ) -> Vec<(String, PathItem)> {
        let mut members = self.mapping(value, at);
        let mut source = at.pointer();
        let mut hops = 0;
        while let Some(reference) = members
            .shift_remove("$ref")
            .and_then(|value| self.string(value, at))
        {
            hops += 1;
            // Nothing below path items is hoisted under this section; it only says what is wanted.
            let target = match self.references.resolve(&reference, Section::RequestBodies) {
                Target::Elsewhere(pointer) if hops < 16 => pointer,
                Target::Nowhere(reason) => {
                    self.dangling(&reference, reason, at);
                    break;
                }
                _ => {
                    self.dangling(&reference, format!("`{reference}` is no path item"), at);
                    break;
                }
            };
            let Some(Value::Object(mut merged)) = self.references.take_copy(&target) else {
                self.dangling(&reference, format!("`{reference}` is no path item"), at);
                break;
            };
            // What stands beside the reference adds to the target and wins over it.
            merged.extend(members);
            members = merged;
            source = target;
        }
        self.origins.insert(route.canonical(), source.clone());
        self.path_items_of(members, route, &At::root(&source))
    }

    fn path_items_of(
        &mut self,
        mut members: Map<String, Value>,
        route: &Route<'_>,
        at: &At<'_>,
    ) -> Vec<(String, PathItem)> {
        // The expression of a callback has braces, but no parameters.
        let template = match route.hook {
            Some(_) => Vec::new(),
            None => template_names(route.key),
        };
        let mut item = PathItem {
            summary: self.string_at(&mut members, "summary", at),
            description: self.string_at(&mut members, "description", at),
            extensions: extensions(&mut members),
            ..PathItem::default()
        };
        if let Some(servers) = members.shift_remove("servers") {
            item.servers = self.servers(servers, &at.key("servers"));
        }
        let mut parameters = match members.shift_remove("parameters") {
            Some(value) => self.parameters(value, &at.key("parameters"), &template),
            None => Parameters::default(),
        };
        item.parameters = std::mem::take(&mut parameters.list);
        let shared = Shared {
            template,
            parameters,
            hook: route.hook,
        };
        let other = self.other_methods(&mut members, at);
        for (key, value) in members {
            self.path_member(&mut item, &key, value, &shared, route, &at.key(&key));
        }
        let mut items = self.other_items(other, &item, &shared, route, at);
        self.notification(&mut item, route.key, at);
        items.insert(0, (route.key.to_owned(), item));
        items
    }

    fn path_member(
        &mut self,
        item: &mut PathItem,
        key: &str,
        value: Value,
        shared: &Shared<'_>,
        route: &Route<'_>,
        at: &At<'_>,
    ) {
        if value.is_null() {
            return;
        }
        let method = key.to_ascii_lowercase();
        let Some(slot) = method_slot(item, &method) else {
            let message = format!("`{key}` is no HTTP method and is ignored");
            self.diagnostics
                .note(Code::MethodUnknown, &at.pointer(), message);
            return;
        };
        if slot.is_some() || method != key {
            let message = format!("`{key}` must be written in lower case, and once");
            self.diagnostics
                .warn(Code::MethodUnknown, &at.pointer(), message);
        }
        let canonical = route.canonical().join(&method);
        let operation = self.operation(value, shared, &canonical, at);
        if let Some(slot) = method_slot(item, &method) {
            *slot = Some(operation);
        }
    }

    /// Takes the operations of methods that 3.0 does not know (OpenAPI 3.2.0, section 4.9), with their places.
    fn other_methods(
        &mut self,
        members: &mut Map<String, Value>,
        at: &At<'_>,
    ) -> Vec<(String, Value, Pointer)> {
        let mut found = Vec::new();
        let query = ["query", "QUERY"]
            .into_iter()
            .find(|key| members.get(*key).is_some_and(Value::is_object));
        if let Some((key, value)) = query.and_then(|key| members.shift_remove_entry(key)) {
            let at = at.key(&key);
            if key != "query" || self.dialect < Dialect::OpenApi32 {
                let message = format!("`{key}` is `query` of OpenAPI 3.2; it is read as that");
                self.diagnostics
                    .note(Code::MethodUnknown, &at.pointer(), message);
            }
            found.push(("QUERY".to_owned(), value, at.pointer()));
        }
        let at = at.key("additionalOperations");
        let more = members.shift_remove("additionalOperations");
        let more = more.map(|value| self.mapping(value, &at));
        for (method, value) in more.unwrap_or_default() {
            let at = at.key(&method);
            let is_token = !method.is_empty() && method.bytes().all(is_token_character);
            if !is_token || found.iter().any(|(known, ..)| *known == method) {
                let message =
                    format!("`{method}` is no HTTP method, or stands here twice; it is ignored");
                self.diagnostics
                    .warn(Code::MethodUnknown, &at.pointer(), message);
                continue;
            }
            if method_slot(&mut PathItem::default(), &method.to_ascii_lowercase()).is_some() {
                let message = format!("`{method}` belongs beside `additionalOperations`");
                self.diagnostics
                    .warn(Code::MethodUnknown, &at.pointer(), message);
            }
            let source = at.pointer();
            found.push((method, value, source));
        }
        found
    }

    /// Path items of their own for operations of other methods.
    fn other_items(
        &mut self,
        operations: Vec<(String, Value, Pointer)>,
        item: &PathItem,
        shared: &Shared<'_>,
        route: &Route<'_>,
        at: &At<'_>,
    ) -> Vec<(String, PathItem)> {
        let mut items = Vec::new();
        for (method, value, source) in operations {
            let key = format!("{}#x-connector-{method}", route.key);
            let canonical = route.section.join(&key);
            self.origins.insert(canonical.clone(), at.pointer());
            let canonical = canonical.join("post");
            self.origins.insert(canonical.clone(), source.clone());
            let mut operation = self.operation(value, shared, &canonical, &At::root(&source));
            operation
                .extensions
                .insert(METHOD.to_owned(), Value::String(method));
            let mut other = PathItem {
                summary: item.summary.clone(),
                description: item.description.clone(),
                servers: item.servers.clone(),
                parameters: item.parameters.clone(),
                post: Some(operation),
                ..PathItem::default()
            };
            let path = Value::String(route.key.to_owned());
            other.extensions.insert(PATH.to_owned(), path);
            items.push((key, other));
        }
        items
    }
}

/// Whether a method may have this character (RFC 9110, section 5.6.2).
fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn method_slot<'i>(item: &'i mut PathItem, method: &str) -> Option<&'i mut Option<Operation>> {
    match method {
        "get" => Some(&mut item.get),
        "put" => Some(&mut item.put),
        "post" => Some(&mut item.post),
        "delete" => Some(&mut item.delete),
        "options" => Some(&mut item.options),
        "head" => Some(&mut item.head),
        "patch" => Some(&mut item.patch),
        "trace" => Some(&mut item.trace),
        _ => None,
    }
}
