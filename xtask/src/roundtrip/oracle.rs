//! What a document's own schemas say, as JSON Schema 2020-12 for a validator of others.
//!
//! Made from the source document, not from the canonical form: what the generator gets wrong there must show. Only
//! keywords that the validator knows are taken over, and only with values that they can have, since one mistake would
//! keep it from reading the whole document.

use anyhow::{Context, Result};
use jsonschema::{Draft, ValidatorMap};
use serde_json::{Map, Value, json};

/// Validates instances of a document's components.
pub struct Oracle {
    validators: ValidatorMap,
}

impl Oracle {
    /// Reads the components of a document of any dialect.
    ///
    /// # Errors
    ///
    /// When the validator can't read them.
    pub fn new(root: &Value) -> Result<Self> {
        let source = Source {
            schemas: schemas(root),
        };
        let all: Map<String, Value> = source
            .schemas
            .iter()
            .map(|(name, schema)| (name.clone(), source.schema(schema, 0)))
            .collect();
        let validators = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .build_map(&json!({ "$defs": all }))
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("the validator can't read the schemas")?;
        Ok(Self { validators })
    }

    /// Why `value` is no instance of the component; none when it is one, or there is no such component.
    pub fn complaint(&self, component: &str, value: &Value) -> Option<String> {
        let escaped = component.replace('~', "~0").replace('/', "~1");
        let encoded: String = escaped.bytes().map(encode).collect();
        let validator = self.validators.get(&format!("#/$defs/{escaped}"));
        let validator = validator.or_else(|| self.validators.get(&format!("#/$defs/{encoded}")))?;
        let error = validator.iter_errors(value).next()?;
        let text: String = error.to_string().chars().take(200).collect();
        Some(format!("{text} at `{}`", error.instance_path()))
    }
}

fn encode(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// The schemas among the components, by name.
pub fn schemas(root: &Value) -> Map<String, Value> {
    let of = |pointer: &str| root.pointer(pointer).and_then(Value::as_object).cloned();
    let mut schemas = of("/components/schemas").unwrap_or_default();
    if root.get("swagger").is_some() {
        schemas.extend(of("/definitions").unwrap_or_default());
    }
    schemas
}

struct Source {
    schemas: Map<String, Value>,
}

impl Source {
    fn schema(&self, schema: &Value, depth: usize) -> Value {
        let members = match schema {
            Value::Bool(_) => return schema.clone(),
            Value::Object(members) if depth < 200 => members,
            _ => return json!({}),
        };
        let mut result = Map::new();
        for (key, value) in members {
            self.keyword(key, value, depth + 1, &mut result);
        }
        bound(members, &mut result, "exclusiveMinimum", "minimum");
        bound(members, &mut result, "exclusiveMaximum", "maximum");
        let nullable = ["nullable", "x-nullable", "x-isnullable", "x-is-nullable"];
        if nullable
            .iter()
            .any(|key| members.get(*key) == Some(&Value::Bool(true)))
        {
            return json!({ "anyOf": [{ "type": "null" }, result] });
        }
        Value::Object(result)
    }

    fn keyword(&self, key: &str, value: &Value, depth: usize, result: &mut Map<String, Value>) {
        let converted = match key {
            "$ref" => value
                .as_str()
                .and_then(|reference| self.reference(reference)),
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => self.list(value, depth),
            "items" if value.is_array() => {
                if let Some(positions) = self.list(value, depth) {
                    result.insert("prefixItems".to_owned(), positions);
                }
                None
            }
            "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "items"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "unevaluatedItems" => {
                let is_schema = value.is_object() || value.is_boolean();
                is_schema.then(|| self.schema(value, depth))
            }
            "properties" | "patternProperties" | "dependentSchemas" | "$defs" => {
                self.mapping(value, depth)
            }
            "type" => types(value),
            "required" => value.as_array().map(|names| {
                let mut names: Vec<Value> = names
                    .iter()
                    .filter(|name| name.is_string())
                    .cloned()
                    .collect();
                names.dedup();
                let mut seen = std::collections::HashSet::new();
                names.retain(|name| seen.insert(name.to_string()));
                Value::Array(names)
            }),
            "enum" => value
                .as_array()
                .filter(|values| !values.is_empty())
                .map(|values| {
                    let mut seen = std::collections::HashSet::new();
                    let different = values.iter().filter(|value| seen.insert(value.to_string()));
                    Value::Array(different.cloned().collect())
                }),
            "const" => Some(value.clone()),
            "dependentRequired" => value.is_object().then(|| value.clone()),
            "minimum" | "maximum" => value.is_number().then(|| value.clone()),
            "exclusiveMinimum" | "exclusiveMaximum" => value.is_number().then(|| value.clone()),
            "multipleOf" => value.as_f64().filter(|of| *of > 0.0).map(|_| value.clone()),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" | "minContains" | "maxContains" => {
                value.is_u64().then(|| value.clone())
            }
            "uniqueItems" => value.is_boolean().then(|| value.clone()),
            "pattern" => is_pattern(value).then(|| value.clone()),
            // What numbers are is said by their type.
            "format" => value.is_string().then(|| value.clone()),
            _ => None,
        };
        if let Some(converted) = converted {
            result.insert(key.to_owned(), converted);
        }
    }

    fn list(&self, value: &Value, depth: usize) -> Option<Value> {
        let items = value.as_array().filter(|items| !items.is_empty())?;
        Some(items.iter().map(|item| self.schema(item, depth)).collect())
    }

    fn mapping(&self, value: &Value, depth: usize) -> Option<Value> {
        let members = value.as_object()?;
        let schemas = members
            .iter()
            .filter(|(_, value)| value.is_object() || value.is_boolean());
        let schemas = schemas.map(|(name, value)| (name.clone(), self.schema(value, depth)));
        Some(Value::Object(schemas.collect()))
    }

    /// A reference into the components; what leads elsewhere is not judged.
    fn reference(&self, reference: &str) -> Option<Value> {
        let prefixes = ["#/components/schemas/", "#/definitions/"];
        let rest = prefixes
            .iter()
            .find_map(|prefix| reference.strip_prefix(prefix))?;
        let name = rest.split('/').next()?;
        let name = name
            .replace("~1", "/")
            .replace("~0", "~")
            .replace("%20", " ");
        self.schemas
            .contains_key(&name)
            .then(|| json!(format!("#/$defs/{rest}")))
    }
}

/// Whether a pattern is a regular expression to the validator.
fn is_pattern(value: &Value) -> bool {
    value.is_string() && jsonschema::validator_for(&json!({ "pattern": value })).is_ok()
}

/// A bound that is a flag before 3.1.
fn bound(members: &Map<String, Value>, result: &mut Map<String, Value>, flag: &str, bound: &str) {
    if members.get(flag) == Some(&Value::Bool(true))
        && let Some(value) = result.shift_remove(bound)
    {
        result.insert(flag.to_owned(), value);
    }
}

/// Types that JSON Schema knows; any other word says nothing.
fn types(value: &Value) -> Option<Value> {
    const KNOWN: [&str; 7] = [
        "string", "number", "integer", "boolean", "array", "object", "null",
    ];
    let is_known = |name: &Value| name.as_str().is_some_and(|name| KNOWN.contains(&name));
    match value {
        Value::String(_) => is_known(value).then(|| value.clone()),
        Value::Array(names) => {
            let fine = !names.is_empty() && names.iter().all(is_known);
            fine.then(|| value.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oracle(schemas: Value) -> Oracle {
        Oracle::new(&json!({ "openapi": "3.0.0", "components": { "schemas": schemas } })).unwrap()
    }

    #[test]
    fn null_and_exclusive_bounds_of_older_dialects_are_understood() {
        let oracle = oracle(json!({ "A/b c": {
            "type": "integer", "nullable": true, "minimum": 3, "exclusiveMinimum": true
        } }));
        assert_eq!(oracle.complaint("A/b c", &json!(null)), None);
        assert_eq!(oracle.complaint("A/b c", &json!(4)), None);
        assert!(oracle.complaint("A/b c", &json!(3)).is_some());
    }

    #[test]
    fn references_between_components_are_followed() {
        let oracle = oracle(json!({
            "Pets": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" } },
            "Pet": { "type": "object", "required": ["name"] },
            "Broken": { "$ref": "#/components/schemas/Nothing", "type": "strnig" }
        }));
        assert_eq!(oracle.complaint("Pets", &json!([{ "name": 1 }])), None);
        assert!(oracle.complaint("Pets", &json!([{}])).is_some());
        assert_eq!(oracle.complaint("Broken", &json!(1)), None);
    }

    #[test]
    fn patterns_that_are_none_are_left_out() {
        let oracle = oracle(json!({ "A": { "type": "string", "pattern": "(" } }));
        assert_eq!(oracle.complaint("A", &json!("a")), None);
        assert!(oracle.complaint("A", &json!(1)).is_some());
    }
}
