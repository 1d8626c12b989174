//! Builds the tree from either parser, noticing what a plain `Value` would hide.

use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Number, Value};

use crate::diagnostics::Pointer;

/// How many duplicate keys are reported; a document full of them isn't worth more.
const MAX_DUPLICATES: usize = 100;

/// A parsed tree and what was noticed on the way.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Value,
    pub(super) duplicate_keys: Vec<Pointer>,
    /// What the tree weighs, roughly in bytes of text.
    pub(super) weight: usize,
}

/// The message of the error for a document whose aliases expand too far.
pub(super) const EXPANDS_TOO_FAR: &str = "aliases expand this document far beyond its size";

/// What all levels of one tree share.
pub(super) struct Builder {
    /// How much more the tree may weigh. A tree without aliases weighs a few times its text; an alias bomb
    /// ("billion laughs") weighs exponentially more.
    budget: usize,
    /// The tokens from the duplicate key up to the level that is being read, innermost first.
    duplicates: Vec<Vec<String>>,
}

impl Builder {
    /// A builder for a tree that may weigh `budget`, roughly in bytes of text.
    pub(super) fn new(budget: usize) -> Self {
        Self {
            budget,
            duplicates: Vec::new(),
        }
    }

    /// Reads the whole tree.
    pub(super) fn build<'de, D: Deserializer<'de>>(
        mut self,
        deserializer: D,
    ) -> Result<Parsed, D::Error> {
        let before = self.budget;
        let root = Node(&mut self).deserialize(deserializer)?;
        let pointers = self
            .duplicates
            .iter()
            .map(|tokens| Pointer::from_tokens(tokens.iter().rev()));
        Ok(Parsed {
            root,
            duplicate_keys: pointers.collect(),
            weight: before - self.budget,
        })
    }

    fn spend<E: de::Error>(&mut self, weight: usize) -> Result<(), E> {
        self.budget = self
            .budget
            .checked_sub(weight)
            .ok_or_else(|| E::custom(EXPANDS_TOO_FAR))?;
        Ok(())
    }

    /// Prefixes the duplicates found since `before` with the token of the level above.
    fn leave(&mut self, before: usize, token: &str) {
        for tokens in &mut self.duplicates[before..] {
            tokens.push(token.to_owned());
        }
    }
}

/// Reads one value into the tree.
struct Node<'a>(&'a mut Builder);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON-compatible value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        self.0.spend(1)?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.0.spend(1)?;
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.0.spend(1)?;
        Ok(Value::Number(value.into()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        self.0.spend(1)?;
        // JSON has no NaN and no infinities; YAML has.
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        self.0.spend(value.len() + 1)?;
        Ok(Value::String(value))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.0.spend(1)?;
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.spend(1)?;
        let mut items = Vec::new();
        loop {
            let before = self.0.duplicates.len();
            let Some(item) = access.next_element_seed(Node(&mut *self.0))? else {
                return Ok(Value::Array(items));
            };
            if self.0.duplicates.len() > before {
                self.0.leave(before, &items.len().to_string());
            }
            items.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.spend(1)?;
        let mut members = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.0.spend(key.len() + 1)?;
            let before = self.0.duplicates.len();
            let value = access.next_value_seed(Node(&mut *self.0))?;
            if self.0.duplicates.len() > before {
                self.0.leave(before, &key);
            }
            if members.contains_key(&key) && self.0.duplicates.len() < MAX_DUPLICATES {
                self.0.duplicates.push(vec![key.clone()]);
            }
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }

    /// A value with a YAML tag of its own: the tag means nothing to OpenAPI.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (_tag, content) = access.variant::<String>()?;
        content.newtype_variant_seed(self)
    }
}
