//! What a document's own schemas say, as JSON Schema 2020-12 for a validator of others.
//!
//! Made from the source document, not from the canonical form: what the generator gets wrong there must show. Only
//! keywords that the validator knows are taken over, and only with values that they can have, since one mistake would
//! keep it from reading the whole document.

use std::cell::OnceCell;

use anyhow::{Context, Result};
use jsonschema::{Draft, ValidatorMap};
use serde_json::{Map, Value, json};

/// How a document is read. Some say what no value can satisfy; the generator takes them for what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// To the letter.
    Letter,
    /// Values in `enum` that are not of the `type` beside it count more than the type.
    EnumOverType,
    /// `nullable` in an arm of `allOf` speaks for the whole.
    NullableArm,
    /// Both of these.
    Meaning,
}

impl Reading {
    /// From the letter to the meaning.
    const ALL: [Self; 4] = [
        Self::Letter,
        Self::EnumOverType,
        Self::NullableArm,
        Self::Meaning,
    ];

    /// What the document does that makes this reading necessary.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Letter => "the document is read to the letter",
            Self::EnumOverType => "the document lists values of another type than it asks for",
            Self::NullableArm => {
                "the document says `nullable` in an arm of `allOf`, beside one that refuses null"
            }
            Self::Meaning => {
                "the document lists values of another type, and says `nullable` in an arm of `allOf`"
            }
        }
    }
}

/// Validates instances of a document's components.
pub struct Oracle {
    schemas: Map<String, Value>,
    validators: [OnceCell<Option<ValidatorMap>>; 4],
}

impl Oracle {
    /// Reads the components of a document of any dialect.
    ///
    /// # Errors
    ///
    /// When the validator can't read them.
    pub fn new(root: &Value) -> Result<Self> {
        let oracle = Self {
            schemas: schemas(root),
            validators: Default::default(),
        };
        let letter = oracle.build(Reading::Letter)?;
        drop(oracle.validators[Reading::Letter as usize].set(Some(letter)));
        Ok(oracle)
    }

    fn build(&self, reading: Reading) -> Result<ValidatorMap> {
        let converted = |(name, schema): (&String, &Value)| {
            let source = Source {
                schemas: &self.schemas,
                component: name,
                reading,
            };
            (name.clone(), source.schema(schema, 0))
        };
        let all: Map<String, Value> = self.schemas.iter().map(converted).collect();
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .build_map(&json!({ "$defs": all }))
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("the validator can't read the schemas")
    }

    /// The first reading by which `value` is an instance of the component.
    ///
    /// # Errors
    ///
    /// Why it is none by the letter, when it is none by any.
    pub fn reading(&self, component: &str, value: &Value) -> Result<Reading, String> {
        let Some(complaint) = self.complaint(Reading::Letter, component, value) else {
            return Ok(Reading::Letter);
        };
        let fits = |reading: &Reading| self.complaint(*reading, component, value).is_none();
        Reading::ALL.into_iter().find(fits).ok_or(complaint)
    }

    /// Why `value` is no instance of the component by a reading; none when it is one, or there is no such component.
    pub fn complaint(&self, reading: Reading, component: &str, value: &Value) -> Option<String> {
        let validators = self.validators[reading as usize]
            .get_or_init(|| self.build(reading).ok())
            .as_ref();
        let Some(validators) = validators else {
            return Some("the validator can't read the schemas".to_owned());
        };
        let escaped = component.replace('~', "~0").replace('/', "~1");
        let encoded: String = escaped.bytes().map(encode).collect();
        let validator = validators.get(&format!("#/$defs/{escaped}"));
        let validator = validator.or_else(|| validators.get(&format!("#/$defs/{encoded}")))?;
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

struct Source<'a> {
    schemas: &'a Map<String, Value>,
    component: &'a str,
    reading: Reading,
}

impl Source<'_> {
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
        if matches!(self.reading, Reading::EnumOverType | Reading::Meaning) {
            values_over_type(&mut result);
        }
        let means_null = matches!(self.reading, Reading::NullableArm | Reading::Meaning)
            && members.get("allOf").is_some_and(has_nullable_arm);
        if says_null(members) || means_null {
            return json!({ "anyOf": [{ "type": "null" }, result] });
        }
        Value::Object(result)
    }

    fn keyword(&self, key: &str, value: &Value, depth: usize, result: &mut Map<String, Value>) {
        let converted = match key {
            "$ref" => value
                .as_str()
                .and_then(|reference| self.reference(reference)),
            // A keyword of 2019-09: here, the component around it.
            "$recursiveRef" if self.schemas[self.component]["$recursiveAnchor"] == true => {
                let name = self.component.replace('~', "~0").replace('/', "~1");
                result.insert("$ref".to_owned(), json!(format!("#/$defs/{name}")));
                None
            }
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

/// Whether a schema says that null is a value, in the words that 3.1 has no more.
fn says_null(members: &Map<String, Value>) -> bool {
    let words = ["nullable", "x-nullable", "x-isnullable", "x-is-nullable"];
    let mut words = words.iter();
    words.any(|word| members.get(*word) == Some(&Value::Bool(true)))
}

/// Whether one of the arms says nothing but that null is a value.
fn has_nullable_arm(arms: &Value) -> bool {
    let annotations = ["nullable", "description", "title", "example"];
    let arms = arms.as_array().into_iter().flatten();
    arms.filter_map(Value::as_object)
        .any(|arm| says_null(arm) && arm.keys().all(|key| annotations.contains(&key.as_str())))
}

/// Takes the listed values instead of a type that some of them are not of; those of a list are meant for its items.
fn values_over_type(schema: &mut Map<String, Value>) {
    let Some(values) = schema.get("enum").and_then(Value::as_array).cloned() else {
        return;
    };
    let of_type = json!({ "type": schema.get("type").unwrap_or(&Value::Null) });
    let Ok(of_type) = jsonschema::validator_for(&of_type) else {
        return;
    };
    if values.iter().all(|value| of_type.is_valid(value)) {
        return;
    }
    if schema["type"] == "array" {
        if let Some(Value::Object(items)) = schema.get_mut("items") {
            items.insert("enum".to_owned(), Value::Array(values));
            schema.shift_remove("enum");
        }
        return;
    }
    schema.shift_remove("type");
    schema.shift_remove("format");
    // Some only lack or have too many quotes.
    let written = values.iter().filter_map(|value| match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(Value::String(other.to_string())),
    });
    let written: Vec<Value> = written.filter(|other| !values.contains(other)).collect();
    let all = [values, written].concat();
    schema.insert("enum".to_owned(), Value::Array(all));
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
        assert_eq!(
            oracle.complaint(Reading::Letter, "A/b c", &json!(null)),
            None
        );
        assert_eq!(oracle.complaint(Reading::Letter, "A/b c", &json!(4)), None);
        assert!(
            oracle
                .complaint(Reading::Letter, "A/b c", &json!(3))
                .is_some()
        );
    }

    #[test]
    fn references_between_components_are_followed() {
        let oracle = oracle(json!({
            "Pets": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" } },
            "Pet": { "type": "object", "required": ["name"] },
            "Broken": { "$ref": "#/components/schemas/Nothing", "type": "strnig" }
        }));
        assert_eq!(
            oracle.complaint(Reading::Letter, "Pets", &json!([{ "name": 1 }])),
            None
        );
        assert!(
            oracle
                .complaint(Reading::Letter, "Pets", &json!([{}]))
                .is_some()
        );
        assert_eq!(oracle.complaint(Reading::Letter, "Broken", &json!(1)), None);
    }

    #[test]
    fn recursive_references_of_2019_lead_to_their_component() {
        let oracle = oracle(json!({ "A": {
            "$recursiveAnchor": true, "type": "object", "required": ["b"],
            "properties": { "a": { "$recursiveRef": "#" } }
        } }));
        let complaint = |value: Value| oracle.complaint(Reading::Letter, "A", &value);
        assert_eq!(complaint(json!({ "a": { "b": 1 }, "b": 2 })), None);
        assert!(complaint(json!({ "a": {}, "b": 2 })).is_some());
    }

    #[test]
    fn patterns_that_are_none_are_left_out() {
        let oracle = oracle(json!({ "A": { "type": "string", "pattern": "(" } }));
        assert_eq!(oracle.complaint(Reading::Letter, "A", &json!("a")), None);
        assert!(oracle.complaint(Reading::Letter, "A", &json!(1)).is_some());
    }

    #[test]
    fn values_that_contradict_their_type_are_read_by_their_meaning() {
        let oracle = oracle(json!({
            "Region": { "type": "integer", "enum": ["1 (East)", "2 (West)"] },
            "Filter": { "type": "array", "items": { "type": "string" }, "enum": ["a", "b"] },
            "Flag": { "type": "string", "enum": [true, false] },
            "Plain": { "type": "string", "enum": ["a"] }
        }));
        let over_type = Ok(Reading::EnumOverType);
        assert_eq!(oracle.reading("Region", &json!("1 (East)")), over_type);
        assert_eq!(oracle.reading("Filter", &json!(["a"])), over_type);
        assert_eq!(oracle.reading("Flag", &json!("true")), over_type);
        assert_eq!(oracle.reading("Plain", &json!("a")), Ok(Reading::Letter));
        for (component, value) in [
            ("Region", json!(1)),
            ("Filter", json!(["c"])),
            ("Plain", json!("b")),
        ] {
            assert!(oracle.reading(component, &value).is_err());
        }
    }

    #[test]
    fn null_of_an_arm_is_read_by_its_meaning() {
        let oracle = oracle(json!({
            "A": { "allOf": [{ "$ref": "#/components/schemas/B" }, { "nullable": true }] },
            "B": { "type": "object" }
        }));
        assert_eq!(oracle.reading("A", &json!(null)), Ok(Reading::NullableArm));
        assert_eq!(oracle.reading("A", &json!({})), Ok(Reading::Letter));
        assert!(oracle.reading("B", &json!(null)).is_err());
    }
}
