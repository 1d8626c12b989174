//! Pointers, options, lists, maps, tuples.

use serde_json::Value;

use super::decoding::{Frame, is_lenient, note};
use super::{Decode, DecodeError, Encode, Map, forgive};

impl<T: Encode + ?Sized> Encode for &T {
    #[inline]
    fn encode(&self) -> Value {
        (**self).encode()
    }

    #[inline]
    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: Decode> Decode for Box<T> {
    #[inline]
    fn decode(value: Value) -> Result<Self, DecodeError> {
        T::decode(value).map(Box::new)
    }

    #[inline]
    fn absent() -> Result<Self, DecodeError> {
        T::absent().map(Box::new)
    }
}

impl<T: Encode + ?Sized> Encode for Box<T> {
    #[inline]
    fn encode(&self) -> Value {
        (**self).encode()
    }

    #[inline]
    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: Decode> Decode for Option<T> {
    #[inline]
    fn decode(value: Value) -> Result<Self, DecodeError> {
        if value.is_null() || forgive::is_none::<T>(&value) {
            Ok(None)
        } else {
            T::decode(value).map(Some)
        }
    }

    #[inline]
    fn absent() -> Result<Self, DecodeError> {
        Ok(None)
    }
}

impl<T: Encode> Encode for Option<T> {
    #[inline]
    fn encode(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::encode)
    }

    #[inline]
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let elements = match value {
            Value::Array(elements) => elements,
            other => return forgive::list(other),
        };
        let frame = Frame::open();
        let mut items = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            frame.index(index);
            match T::decode(element) {
                Ok(item) => items.push(item),
                Err(error) => return Err(error.index(index)),
            }
        }
        Ok(items)
    }
}

impl<T: Encode> Encode for Vec<T> {
    #[inline]
    fn encode(&self) -> Value {
        self.as_slice().encode()
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self) -> Value {
        Value::Array(self.iter().map(T::encode).collect())
    }
}

impl<T: Encode, const N: usize> Encode for [T; N] {
    #[inline]
    fn encode(&self) -> Value {
        self.as_slice().encode()
    }
}

impl<T: Decode> Decode for Map<T> {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        if value.is_null() && is_lenient() {
            note("an object", &value);
            return Ok(Self::new());
        }
        super::Object::from_value(value, "map")?.rest()
    }
}

impl<T: Encode> Encode for Map<T> {
    fn encode(&self) -> Value {
        Value::Object(
            self.iter()
                .map(|(name, value)| (name.clone(), value.encode()))
                .collect(),
        )
    }
}

/// Whatever a body holds, it is ignored.
impl Decode for () {
    fn decode(_: Value) -> Result<Self, DecodeError> {
        Ok(())
    }

    fn absent() -> Result<Self, DecodeError> {
        Ok(())
    }
}

impl Encode for () {
    fn encode(&self) -> Value {
        Value::Null
    }
}

fn elements(value: Value, expected: &'static str) -> Result<Vec<Value>, DecodeError> {
    match value {
        Value::Array(elements) => Ok(elements),
        other => Err(DecodeError::expected(expected, &other)),
    }
}

macro_rules! tuples {
    ($($count:literal: $($ty:ident $index:tt),+;)*) => {$(
        /// A JSON array with one type per place; elements after the last place are ignored.
        impl<$($ty: Decode),+> Decode for ($($ty,)+) {
            fn decode(value: Value) -> Result<Self, DecodeError> {
                let mut elements = elements(value, concat!("an array of ", $count))?.into_iter();
                let frame = Frame::open();
                Ok(($({
                    frame.index($index);
                    elements.next().map_or_else($ty::absent, $ty::decode).map_err(|error| error.index($index))?
                },)+))
            }
        }

        impl<$($ty: Encode),+> Encode for ($($ty,)+) {
            fn encode(&self) -> Value {
                Value::Array(vec![$(self.$index.encode()),+])
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
    5: A 0, B 1, C 2, D 3, E 4;
    6: A 0, B 1, C 2, D 3, E 4, F 5;
    7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn list_errors_name_the_index() {
        let error = Vec::<Vec<i64>>::decode(json!([[1], [2, "x"]])).unwrap_err();
        assert_eq!(error.path(), "$[1][1]");
    }

    #[test]
    fn map_errors_name_the_member() {
        let error = Map::<bool>::decode(json!({"a": true, "b": 1})).unwrap_err();
        assert_eq!(error.path(), "$.b");
    }

    #[test]
    fn tuples_are_arrays() {
        let value = <(String, i64, Option<bool>)>::decode(json!(["a", 1])).unwrap();
        assert_eq!(value, ("a".to_owned(), 1, None));
        assert_eq!(value.encode(), json!(["a", 1, null]));
        assert_eq!(
            <(i64, i64)>::decode(json!([1])).unwrap_err().to_string(),
            "$[1] is missing"
        );
    }

    #[test]
    fn none_and_null_are_the_same() {
        assert_eq!(Option::<i64>::decode(Value::Null).unwrap(), None);
        assert_eq!(vec![Some(1), None].encode(), json!([1, null]));
    }
}
