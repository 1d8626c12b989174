//! One JSON object, taken apart or put together member by member.

use serde_json::{Map as Members, Value};

use super::decoding::{self, Frame};
use super::{Decode, DecodeError, Encode, Fields, Map, forgive};

/// A JSON object while a model is decoded from it or encoded into it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    members: Members<String, Value>,
    frame: Frame,
    origin: Origin,
}

/// What an object was made of, which decides what a member that is missing stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Origin {
    /// An object, none of whose members was read yet.
    #[default]
    Untouched,
    /// An object with a member that its model declares.
    Recognized,
    /// `null`.
    Invented,
}

/// Decoding: every call takes its member out, so that [`Object::rest`] sees what the model does not declare.
impl Object {
    /// Opens an object that is to become a `type_name`.
    ///
    /// # Errors
    /// When the value is not an object.
    pub fn from_value(value: Value, type_name: &'static str) -> Result<Self, DecodeError> {
        match value {
            Value::Object(members) => Ok(Self {
                members,
                frame: Frame::open(),
                origin: Origin::Untouched,
            }),
            other => Self::from_other(&other, type_name),
        }
    }

    #[cold]
    fn from_other(value: &Value, type_name: &'static str) -> Result<Self, DecodeError> {
        let origin = match value {
            Value::Null if decoding::invents_object() => Origin::Invented,
            _ if forgive::is_empty_object(value) => Origin::Untouched,
            _ => return Err(not_an_object(value, type_name)),
        };
        decoding::note("an object", value);
        Ok(Self {
            members: Members::new(),
            frame: Frame::open(),
            origin,
        })
    }

    /// Opens an object that is to become a `type_name` and reads members that are all there is to read; see [`Fields`].
    ///
    /// # Errors
    /// When the value is not an object, or a member does not decode or is missing and its type can't be absent.
    #[inline]
    pub fn decode<T: Fields<N>, const N: usize>(
        value: Value,
        type_name: &'static str,
        names: [&'static str; N],
    ) -> Result<T, DecodeError> {
        match Self::from_value(value, type_name) {
            Ok(mut object) => T::read(&mut object, names),
            Err(error) => Err(error),
        }
    }

    /// Reads a member that must be there.
    ///
    /// # Errors
    /// When it is missing (unless its type can be absent) or does not decode.
    #[inline]
    pub fn required<T: Decode>(&mut self, name: &str) -> Result<T, DecodeError> {
        self.member(name, &[])
    }

    /// Reads a member that must be there, one of those called `names`.
    #[inline]
    pub(super) fn member<T: Decode>(
        &mut self,
        name: &str,
        names: &[&'static str],
    ) -> Result<T, DecodeError> {
        let decoded = match self.take(name) {
            Some(value) => T::decode(value),
            None => T::absent().or_else(|error| self.forgive_missing(names).ok_or(error)),
        };
        match decoded {
            Ok(value) => Ok(value),
            Err(error) => Err(error.field(name)),
        }
    }

    /// The empty value for a member that is missing: in an object that is recognized by another member, or was made of `null`.
    #[cold]
    fn forgive_missing<T: Decode>(&self, names: &[&'static str]) -> Option<T> {
        if !decoding::is_lenient() {
            return None;
        }
        match self.origin {
            Origin::Invented => decoding::invented(),
            Origin::Recognized => decoding::absent(),
            Origin::Untouched => names
                .iter()
                .any(|name| self.members.contains_key(*name))
                .then(decoding::absent)?,
        }
    }

    /// Reads several members; see [`Fields`].
    ///
    /// # Errors
    /// When one of them does not decode, or is missing and its type can't be absent.
    #[inline]
    pub fn read<T: Fields<N>, const N: usize>(
        &mut self,
        names: [&'static str; N],
    ) -> Result<T, DecodeError> {
        T::read(self, names)
    }

    /// Reads what is left: the additional properties.
    ///
    /// # Errors
    /// When one of them does not decode.
    pub fn rest<T: Decode>(self) -> Result<Map<T>, DecodeError> {
        let mut rest = Map::new();
        for (name, value) in self.members {
            self.frame.field(&name);
            match T::decode(value) {
                Ok(value) => rest.insert(name, value),
                Err(error) => return Err(error.field(&name)),
            };
        }
        Ok(rest)
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.frame.field(name);
        let member = self.members.remove(name);
        if member.is_some() {
            self.origin = Origin::Recognized;
        }
        member
    }
}

/// Encoding.
impl Object {
    /// The object with the members of `always`, and those of `present` that have a value: what [`Object::with`] and
    /// [`Object::with_present`] write, in one call.
    #[must_use]
    pub fn encode(always: &[(&str, &dyn Encode)], present: &[(&str, &dyn Encode)]) -> Value {
        Self::new().with(always).with_present(present).into_value()
    }

    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes members, whatever their values.
    #[must_use]
    pub fn with(mut self, members: &[(&str, &dyn Encode)]) -> Self {
        for (name, value) in members {
            self.insert(name, value.encode());
        }
        self
    }

    /// Writes those members that have a value. Of a [`Patch`](super::Patch), null is one.
    #[must_use]
    pub fn with_present(mut self, members: &[(&str, &dyn Encode)]) -> Self {
        for (name, value) in members {
            if !value.is_absent() {
                self.insert(name, value.encode());
            }
        }
        self
    }

    /// Writes additional properties. A declared member of the same name, written before, stays.
    #[must_use]
    pub fn with_rest<T: Encode>(mut self, rest: &Map<T>) -> Self {
        for (name, value) in rest {
            if !self.members.contains_key(name) {
                self.insert(name, value.encode());
            }
        }
        self
    }

    /// The finished object.
    #[inline]
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Object(self.members)
    }

    fn insert(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }
}

#[cold]
fn not_an_object(value: &Value, type_name: &str) -> DecodeError {
    DecodeError::expected(format!("an object for `{type_name}`"), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Patch;
    use serde_json::json;

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
            "expected an object for `Customer` at $, found an array of 1 element"
        );
    }

    #[test]
    fn additional_properties_do_not_overwrite_declared_members() {
        let object = Object::new()
            .with(&[("id", &"declared"), ("nullable", &None::<i64>)])
            .with_present(&[("none", &None::<i64>), ("null", &Patch::<i64>::Null)])
            .with_rest(&Map::from([
                ("id".to_owned(), "extra"),
                ("other".to_owned(), "kept"),
            ]));
        assert_eq!(
            object.into_value(),
            json!({"id": "declared", "nullable": null, "null": null, "other": "kept"})
        );
    }
}
