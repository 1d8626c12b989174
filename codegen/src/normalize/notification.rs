//! `x-ms-notification-content` of a path: what a webhook trigger sends. Its schema becomes a component, so that later stages
//! see a schema like all others.

use openapiv3::PathItem;
use serde_json::Value;

use super::Normalizer;
use super::at::At;

/// The extension of the canonical path item that has the reference to the schema.
pub(crate) const NOTIFICATION: &str = "x-connector-notification";

impl Normalizer<'_> {
    /// Replaces the content by a reference to its schema.
    pub(super) fn notification(&mut self, item: &mut PathItem, path: &str, at: &At<'_>) {
        let Some(content) = item.extensions.shift_remove("x-ms-notification-content") else {
            return;
        };
        let at = at.key("x-ms-notification-content");
        let mut content = self.mapping(content, &at);
        let Some(schema) = content.shift_remove("schema") else {
            return;
        };
        let at = at.key("schema");
        let reference = self.schema_component(schema, &format!("{}Event", owner(item, path)), &at);
        item.extensions
            .insert(NOTIFICATION.to_owned(), Value::String(reference));
    }
}

/// The operation that the content belongs to: the trigger, else the first one with an id.
fn owner(item: &PathItem, path: &str) -> String {
    let operations = || item.iter().map(|(_, operation)| operation);
    let trigger = operations().find(|operation| operation.extensions.contains_key("x-ms-trigger"));
    let mut named = trigger.into_iter().chain(operations());
    named
        .find_map(|operation| operation.operation_id.clone())
        .unwrap_or_else(|| path.to_owned())
}
