//! `info`, `tags` and `externalDocs`.

use openapiv3::{Contact, ExternalDocumentation, Info, License, Tag};
use serde_json::{Map, Value};

use super::Normalizer;
use super::at::At;
use super::read::extensions;
use crate::diagnostics::Code;

/// What OpenAPI 3.2 says about a tag: its short text, the tag that it belongs to, and what it is for (`nav`, `badge`, `audience`).
pub(crate) const TAG_SUMMARY: &str = "x-connector-summary";
pub(crate) const TAG_PARENT: &str = "x-connector-parent";
pub(crate) const TAG_KIND: &str = "x-connector-kind";

impl Normalizer<'_> {
    pub(super) fn info(&mut self, value: Option<Value>, document: &At<'_>) -> Info {
        let at = document.key("info");
        let mut members = value
            .map(|value| self.mapping(value, &at))
            .unwrap_or_default();
        let title = self
            .string_at(&mut members, "title", &at)
            .filter(|title| !title.trim().is_empty());
        let version = match members.shift_remove("version") {
            // An unquoted `1.0` in YAML; not worth a warning.
            Some(Value::Number(number)) => Some(number.to_string()),
            other => other.and_then(|value| self.string(value, &at.key("version"))),
        };
        for (missing, name) in [(title.is_none(), "title"), (version.is_none(), "version")] {
            if missing {
                let message = format!("the API has no {name}");
                self.diagnostics
                    .warn(Code::InfoIncomplete, &at.pointer(), message)
                    .hint(format!("add `info.{name}`"));
            }
        }
        Info {
            title: title.unwrap_or_else(|| "API".to_owned()),
            version: version.unwrap_or_else(|| "0.0.0".to_owned()),
            description: self.string_at(&mut members, "description", &at),
            terms_of_service: self.string_at(&mut members, "termsOfService", &at),
            contact: members
                .shift_remove("contact")
                .map(|value| self.contact(value, &at.key("contact"))),
            license: members
                .shift_remove("license")
                .map(|value| self.license(value, &at.key("license"))),
            extensions: extensions(&mut members),
        }
    }

    fn contact(&mut self, value: Value, at: &At<'_>) -> Contact {
        let mut members = self.mapping(value, at);
        Contact {
            name: self.string_at(&mut members, "name", at),
            url: self.string_at(&mut members, "url", at),
            email: self.string_at(&mut members, "email", at),
            extensions: extensions(&mut members),
        }
    }

    fn license(&mut self, value: Value, at: &At<'_>) -> License {
        let mut members = self.mapping(value, at);
        License {
            name: self.string_at(&mut members, "name", at).unwrap_or_default(),
            url: self.string_at(&mut members, "url", at),
            extensions: extensions(&mut members),
        }
    }

    /// The tags that the document describes; a bare name counts as a tag without a description.
    pub(super) fn tags(&mut self, value: Value, at: &At<'_>) -> Vec<Tag> {
        let items = self.list(value, at);
        items
            .into_iter()
            .enumerate()
            .filter_map(|(index, item)| self.tag(item, &at.index(index)))
            .collect()
    }

    fn tag(&mut self, value: Value, at: &At<'_>) -> Option<Tag> {
        let mut members = match value {
            Value::String(name) => {
                return Some(Tag {
                    name,
                    ..Tag::default()
                });
            }
            other => self.mapping(other, at),
        };
        let name = self.string_at(&mut members, "name", at)?;
        for (keyword, extension) in [
            ("summary", TAG_SUMMARY),
            ("parent", TAG_PARENT),
            ("kind", TAG_KIND),
        ] {
            if let Some(text) = self.string_at(&mut members, keyword, at) {
                members.insert(extension.to_owned(), Value::String(text));
            }
        }
        Some(Tag {
            name,
            description: self.string_at(&mut members, "description", at),
            external_docs: self.external_docs_at(&mut members, at),
            extensions: extensions(&mut members),
        })
    }

    /// The `externalDocs` among `members`, unless they lack their URL.
    pub(super) fn external_docs_at(
        &mut self,
        members: &mut Map<String, Value>,
        at: &At<'_>,
    ) -> Option<ExternalDocumentation> {
        let value = members.shift_remove("externalDocs")?;
        self.external_docs(value, &at.key("externalDocs"))
    }

    pub(super) fn external_docs(
        &mut self,
        value: Value,
        at: &At<'_>,
    ) -> Option<ExternalDocumentation> {
        let mut members = self.mapping(value, at);
        let url = self.string_at(&mut members, "url", at)?;
        let description = self.string_at(&mut members, "description", at);
        Some(ExternalDocumentation {
            description,
            url,
            extensions: extensions(&mut members),
        })
    }
}
