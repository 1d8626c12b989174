//! One JSON object, taken apart or put together member by member.

use serde_json::{Map as Members, Value};

use super::{Decode, DecodeError, Encode, Map, Patch};

/// A JSON object while a model is decoded from it or encoded into it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Members<String, Value>);

/// Decoding: every call takes its member out, so that [`Object::rest`] sees what the model does not declare.
impl Object {
    /// Opens an object that is to become a `type_name`.
    ///
    /// # Errors
    /// When the value is not an object.
    pub fn from_value(value: Value, type_name: &'static str) -> Result<Self, DecodeError> {
        match value {
            Value::Object(members) => Ok(Self(members)),
            other => Err(not_an_object(&other, type_name)),
        }
    }

    /// Reads a member that must be there.
    ///
    /// # Errors
    /// When it is missing (unless its type can be absent) or does not decode.
    #[inline]
    pub fn required<T: Decode>(&mut self, name: &str) -> Result<T, DecodeError> {
        let decoded = match self.take(name) {
            Some(value) => T::decode(value),
            None => T::absent(),
        };
        match decoded {
            Ok(value) => Ok(value),
            Err(error) => Err(error.field(name)),
        }
    }

    /// Reads a member that may be missing or null.
    ///
    /// # Errors
    /// When it is there and does not decode.
    #[inline]
    pub fn optional<T: Decode>(&mut self, name: &str) -> Result<Option<T>, DecodeError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match T::decode(value) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(error.field(name)),
            },
        }
    }

    /// Reads a member where missing and null mean different things.
    ///
    /// # Errors
    /// When it is there, is not null, and does not decode.
    #[inline]
    pub fn patch<T: Decode>(&mut self, name: &str) -> Result<Patch<T>, DecodeError> {
        match self.take(name) {
            None => Ok(Patch::Absent),
            Some(Value::Null) => Ok(Patch::Null),
            Some(value) => match T::decode(value) {
                Ok(value) => Ok(Patch::Value(value)),
                Err(error) => Err(error.field(name)),
            },
        }
    }

    /// Reads what is left: the additional properties.
    ///
    /// # Errors
    /// When one of them does not decode.
    pub fn rest<T: Decode>(self) -> Result<Map<T>, DecodeError> {
        let mut rest = Map::new();
        for (name, value) in self.0 {
            match T::decode(value) {
                Ok(value) => rest.insert(name, value),
                Err(error) => return Err(error.field(&name)),
            };
        }
        Ok(rest)
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }
}

/// Encoding.
impl Object {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a member, whatever its value.
    #[inline]
    pub fn put<T: Encode + ?Sized>(&mut self, name: &str, value: &T) {
        self.insert(name, value.encode());
    }

    /// Writes a member if there is a value.
    #[inline]
    pub fn put_optional<T: Encode>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.insert(name, value.encode());
        }
    }

    /// Writes a member unless it is absent; null is written as null.
    #[inline]
    pub fn put_patch<T: Encode>(&mut self, name: &str, value: &Patch<T>) {
        match value {
            Patch::Absent => {}
            Patch::Null => self.insert(name, Value::Null),
            Patch::Value(value) => self.insert(name, value.encode()),
        }
    }

    /// Writes additional properties. A declared member of the same name, written before, stays.
    pub fn put_rest<T: Encode>(&mut self, rest: &Map<T>) {
        for (name, value) in rest {
            if !self.0.contains_key(name) {
                self.insert(name, value.encode());
            }
        }
    }

    /// The finished object.
    #[inline]
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}

#[cold]
fn not_an_object(value: &Value, type_name: &str) -> DecodeError {
    DecodeError::expected(format!("an object for `{type_name}`"), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_read_by_name_and_the_rest_is_left() {
        let mut object =
            Object::from_value(json!({"id": "a", "n": null, "x": 1, "y": 2}), "Thing").unwrap();
        assert_eq!(object.required::<String>("id").unwrap(), "a");
        assert_eq!(object.optional::<i64>("n").unwrap(), None);
        assert_eq!(object.optional::<i64>("gone").unwrap(), None);
        assert_eq!(
            object.rest::<i64>().unwrap(),
            Map::from([("x".to_owned(), 1), ("y".to_owned(), 2)])
        );
    }

    #[test]
    fn absent_and_null_differ_in_a_patch() {
        let mut object = Object::from_value(json!({"null": null, "value": 1}), "Thing").unwrap();
        assert_eq!(object.patch::<i64>("absent").unwrap(), Patch::Absent);
        assert_eq!(object.patch::<i64>("null").unwrap(), Patch::Null);
        assert_eq!(object.patch::<i64>("value").unwrap(), Patch::Value(1));
    }

    #[test]
    fn required_option_may_be_missing() {
        let mut object = Object::new();
        assert_eq!(object.required::<Option<i64>>("gone").unwrap(), None);
        assert_eq!(
            object.required::<i64>("gone").unwrap_err().to_string(),
            "$.gone is missing"
        );
    }

    #[test]
    fn wrong_type_names_the_model() {
        let error = Object::from_value(json!([1]), "Customer").unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected an object for `Customer` at $, found an array of 1 elements"
        );
    }

    #[test]
    fn additional_properties_do_not_overwrite_declared_members() {
        let mut object = Object::new();
        object.put("id", "declared");
        object.put_optional("none", &None::<i64>);
        object.put_patch("null", &Patch::<i64>::Null);
        object.put_rest(&Map::from([
            ("id".to_owned(), "extra"),
            ("other".to_owned(), "kept"),
        ]));
        assert_eq!(
            object.into_value(),
            json!({"id": "declared", "null": null, "other": "kept"})
        );
    }
}
