//! Paths and path items.

use openapiv3::{Operation, PathItem, Paths, ReferenceOr};
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use super::parameter::Parameters;
use super::read::extensions;
use super::references::{Section, Target};
use crate::diagnostics::{Code, Pointer};

/// What the operations of a path share.
pub(super) struct Shared<'a> {
    /// The names in the path's template.
    pub(super) template: Vec<&'a str>,
    /// The parameters of the path item; their list is on the path item itself.
    pub(super) parameters: Parameters,
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
        if declared.is_none() && !root.contains_key("webhooks") && !root.contains_key("x-ms-paths")
        {
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
        let canonical = Pointer::from_tokens(["paths", path.as_str()]);
        let (item, source) = self.path_item(value, &path, &at);
        self.origins.insert(canonical, source);
        paths.paths.insert(path, ReferenceOr::Item(item));
    }

    /// A path item and where it stands; one that is a reference is read from its target.
    fn path_item(&mut self, value: Value, path: &str, at: &At<'_>) -> (PathItem, Pointer) {
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
            let Some(Value::Object(copy)) = self.references.copy_of(&target) else {
                self.dangling(&reference, format!("`{reference}` is no path item"), at);
                break;
            };
            // What stands beside the reference adds to the target and wins over it.
            let mut merged = copy.clone();
            merged.extend(members);
            members = merged;
            source = target;
        }
        let pointer = source.clone();
        let item = self.path_item_of(members, path, &At::root(&pointer));
        (item, source)
    }

    fn path_item_of(
        &mut self,
        mut members: Map<String, Value>,
        path: &str,
        at: &At<'_>,
    ) -> PathItem {
        let template = template_names(path);
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
        };
        for (key, value) in members {
            self.path_member(&mut item, &key, value, &shared, path, &at.key(&key));
        }
        self.notification(&mut item, path, at);
        item
    }

    fn path_member(
        &mut self,
        item: &mut PathItem,
        key: &str,
        value: Value,
        shared: &Shared<'_>,
        path: &str,
        at: &At<'_>,
    ) {
        if value.is_null() {
            return;
        }
        let method = key.to_ascii_lowercase();
        let Some(slot) = method_slot(item, &method) else {
            let message = match method.as_str() {
                "query" | "additionaloperations" => {
                    format!("`{key}` of OpenAPI 3.2 is not generated yet")
                }
                _ => format!("`{key}` is no HTTP method and is ignored"),
            };
            self.diagnostics
                .note(Code::MethodUnknown, &at.pointer(), message);
            if method == "query" {
                item.extensions
                    .insert("x-connector-query".to_owned(), value);
            }
            return;
        };
        if slot.is_some() || method != key {
            let message = format!("`{key}` must be written in lower case, and once");
            self.diagnostics
                .warn(Code::MethodUnknown, &at.pointer(), message);
        }
        let canonical = Pointer::from_tokens(["paths", path, &method]);
        let operation = self.operation(value, shared, &canonical, at);
        if let Some(slot) = method_slot(item, &method) {
            *slot = Some(operation);
        }
    }
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
