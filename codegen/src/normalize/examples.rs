//! Examples, kept only when [`Options::examples`](super::Options::examples) asks for them.

use indexmap::IndexMap;
use openapiv3::{Content, Example, ReferenceOr};
use serde_json::{Map, Value};

use super::Normalizer;
use super::keywords::Keywords;

/// The extension of a schema that holds the list `examples` of JSON Schema.
pub(crate) const EXAMPLES: &str = "x-connector-examples";

/// How many references an example may lead through.
const MAX_HOPS: usize = 8;

/// What `example` and `examples` hold in a parameter, header or media type.
pub(super) type Examples = (Option<Value>, IndexMap<String, ReferenceOr<Example>>);

impl Normalizer<'_> {
    /// Keeps the examples that operations share, for references to them.
    pub(super) fn share_examples(&mut self, examples: Value) {
        if let (true, Value::Object(examples)) = (self.options.examples, examples) {
            self.examples = examples;
        }
    }

    /// `example` and `examples` of a schema.
    pub(super) fn schema_example(&mut self, k: &mut Keywords, key: &str, value: Value) {
        if !self.options.examples {
            return;
        }
        let list = match (key, value) {
            ("example", value) => {
                k.example = Some(value);
                return;
            }
            (_, Value::Array(list)) => list,
            // The form that they have in a media type.
            (_, Value::Object(named)) => {
                let values = named.into_iter();
                values
                    .filter_map(|(_, example)| self.example_value(example))
                    .collect()
            }
            _ => return,
        };
        if !list.is_empty() {
            k.extensions.insert(EXAMPLES.to_owned(), Value::Array(list));
        }
    }

    /// Takes the examples out of a parameter, header or media type. Those that are elsewhere are put in their place.
    pub(super) fn take_examples(&mut self, members: &mut Map<String, Value>) -> Examples {
        let single = members.shift_remove("example");
        let named = members.shift_remove("examples");
        if !self.options.examples {
            return Examples::default();
        }
        // Swagger 2.0 has no examples of parameters, so everybody writes an extension.
        let single = single.or_else(|| members.get("x-example").cloned());
        let named = match named {
            Some(Value::Object(named)) => named,
            Some(Value::Array(list)) => {
                let numbered = list.into_iter().enumerate();
                numbered
                    .map(|(index, value)| (index.to_string(), value_of(value)))
                    .collect()
            }
            _ => Map::new(),
        };
        let mut examples = IndexMap::new();
        for (name, example) in named {
            if let Some(value) = self.example_value(example) {
                examples.insert(name, example_of(value));
            }
        }
        (single, examples)
    }

    /// Gives the examples of a response of Swagger 2.0 to its media types.
    pub(super) fn response_examples(&mut self, examples: Option<Value>, content: &mut Content) {
        let Some(Value::Object(examples)) = examples.filter(|_| self.options.examples) else {
            return;
        };
        for (name, value) in examples {
            if let Some(media_type) = content.get_mut(&name) {
                media_type.example = Some(value);
            }
        }
    }

    /// The value of an example object; none when it is in another file.
    fn example_value(&self, example: Value) -> Option<Value> {
        let mut example = example;
        for _ in 0..MAX_HOPS {
            let Value::Object(mut members) = example else {
                return Some(example);
            };
            if let Some(value) = members.shift_remove("value") {
                return Some(value);
            }
            // OpenAPI 3.2 tells the data from its serialization.
            if let Some(value) = members.shift_remove("dataValue") {
                return Some(value);
            }
            let reference = members.get("$ref")?.as_str()?;
            let key = reference.strip_prefix("#/components/examples/")?;
            let key = key.replace("~1", "/").replace("~0", "~");
            example = self.examples.get(&key)?.clone();
        }
        None
    }
}

fn value_of(value: Value) -> Value {
    Value::Object(Map::from_iter([("value".to_owned(), value)]))
}

fn example_of(value: Value) -> ReferenceOr<Example> {
    ReferenceOr::Item(Example {
        value: Some(value),
        ..Example::default()
    })
}
