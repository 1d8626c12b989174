//! What can be chosen for a parameter, and schemas that are only known when the API is asked (`x-ms-dynamic-values`,
//! `x-ms-dynamic-schema` and their newer forms).

use std::fmt;
use std::marker::PhantomData;

use serde_json::Value;

use crate::codec::{Decode, DecodeError, lookup};
use crate::error::Result;
use crate::request::{Request, RequestOptions};
use crate::response::Answer;
use crate::transport::BoxFuture;

/// One of the values that can be chosen for a parameter or property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<V> {
    /// The value to send.
    pub value: V,
    /// What people see; the value itself if the API has no title for it.
    pub title: String,
}

/// A call that lists the values to choose from.
#[must_use = "nothing is sent before .send()"]
pub struct Options<V> {
    request: Request,
    places: Places,
    value: PhantomData<fn() -> V>,
}

/// Where things are in the answer.
#[derive(Clone, Copy)]
struct Places {
    items: &'static str,
    value: &'static str,
    title: &'static str,
}

impl<V: Decode + 'static> Options<V> {
    /// A call whose answer has the list at `items`; in each element are the value and its title. An empty place is the whole.
    pub fn new(
        request: Request,
        items: &'static str,
        value: &'static str,
        title: &'static str,
    ) -> Self {
        Self {
            request,
            places: Places {
                items,
                value,
                title,
            },
            value: PhantomData,
        }
    }

    /// Sets options of this call alone.
    pub fn with(mut self, options: RequestOptions) -> Self {
        self.request.options(options);
        self
    }

    /// Asks for the list. Elements without a value are left out.
    ///
    /// # Errors
    /// When the call fails, when its answer holds no list, or when a value has another type than the parameter.
    #[must_use = "nothing is sent before the future is awaited"]
    pub fn send(self) -> BoxFuture<'static, Result<Vec<Choice<V>>>> {
        let Self {
            request, places, ..
        } = self;
        Box::pin(async move {
            let answer = request.send::<Answer>().await?;
            let body = answer.json()?.unwrap_or(Value::Null);
            choices(&body, places).map_err(|error| answer.undecodable(error))
        })
    }
}

fn choices<V: Decode>(body: &Value, places: Places) -> Result<Vec<Choice<V>>, DecodeError> {
    let list = list(body, places.items)?;
    let mut choices = Vec::with_capacity(list.len());
    for (index, element) in list.iter().enumerate() {
        let value = match element {
            Value::Object(_) => lookup(element, places.value),
            plain => Some(plain),
        };
        let Some(value) = value.filter(|value| !value.is_null()) else {
            continue;
        };
        let title = match element {
            Value::Object(_) if !places.title.is_empty() => lookup(element, places.title),
            _ => None,
        };
        choices.push(Choice {
            title: text(title.filter(|title| !title.is_null()).unwrap_or(value)),
            value: lenient(value).map_err(|error| error.index(index))?,
        });
    }
    Ok(choices)
}

/// The list, or the only one that there is: documents forget to name it.
fn list<'v>(body: &'v Value, place: &str) -> Result<&'v [Value], DecodeError> {
    let named = lookup(body, place).unwrap_or(body);
    match named {
        Value::Array(items) => Ok(items),
        Value::Null => Ok(&[]),
        Value::Object(members) => {
            let mut lists = members.values().filter_map(Value::as_array);
            match (lists.next(), lists.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(DecodeError::expected("a list of options", named)),
            }
        }
        other => Err(DecodeError::expected("a list of options", other)),
    }
}

/// Ids are numbers in one place and text in another.
fn lenient<V: Decode>(value: &Value) -> Result<V, DecodeError> {
    let first = match V::decode(value.clone()) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let other = match value {
        Value::String(text) => serde_json::from_str(text.trim()).map_err(|_| first.clone())?,
        Value::Number(_) | Value::Bool(_) => Value::String(text(value)),
        _ => return Err(first),
    };
    V::decode(other).map_err(|_| first)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A call that fetches a schema.
#[must_use = "nothing is sent before .send()"]
pub struct DynamicSchema {
    request: Request,
    place: &'static str,
}

impl DynamicSchema {
    /// A call whose answer has the schema at `place`; an empty place is the whole answer.
    pub fn new(request: Request, place: &'static str) -> Self {
        Self { request, place }
    }

    /// Sets options of this call alone.
    pub fn with(mut self, options: RequestOptions) -> Self {
        self.request.options(options);
        self
    }

    /// Asks for the schema: JSON Schema with the extensions of Power Platform.
    ///
    /// # Errors
    /// When the call fails, or its answer holds no schema.
    #[must_use = "nothing is sent before the future is awaited"]
    pub fn send(self) -> BoxFuture<'static, Result<Value>> {
        let Self { request, place } = self;
        Box::pin(async move {
            let answer = request.send::<Answer>().await?;
            let body = answer.json()?.unwrap_or(Value::Null);
            let found = lookup(&body, place).cloned();
            found.ok_or_else(|| answer.undecodable(DecodeError::missing().field(place)))
        })
    }
}

impl<V> fmt::Debug for Options<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DynamicSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicSchema")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read<V: Decode>(body: Value, items: &'static str) -> Result<Vec<Choice<V>>, DecodeError> {
        let places = Places {
            items,
            value: "id",
            title: "info/name",
        };
        choices(&body, places)
    }

    fn choice<V>(value: V, title: &str) -> Choice<V> {
        let title = title.to_owned();
        Choice { value, title }
    }

    #[test]
    fn values_and_titles_are_found_by_their_places() {
        let body = json!({"data": {"list": [{"id": 1, "info": {"name": "One"}}, {"id": 2}, {"info": {}}]}});
        assert_eq!(
            read::<i64>(body, "data/list").unwrap(),
            [choice(1, "One"), choice(2, "2")]
        );
    }

    #[test]
    fn numbers_and_texts_stand_in_for_each_other() {
        assert_eq!(
            read::<String>(json!([{"id": 7}]), "").unwrap(),
            [choice("7".to_owned(), "7")]
        );
        assert_eq!(
            read::<i64>(json!([{"id": "7"}]), "").unwrap(),
            [choice(7, "7")]
        );
        let error = read::<i64>(json!([{"id": "seven"}]), "").unwrap_err();
        assert_eq!(error.path(), "$[0]");
    }

    #[test]
    fn list_of_plain_values_and_only_list_of_an_object_will_do() {
        let expected = [choice("a".to_owned(), "a")];
        assert_eq!(read::<String>(json!(["a"]), "").unwrap(), expected);
        assert_eq!(
            read::<String>(json!({"count": 1, "all": ["a"]}), "").unwrap(),
            expected
        );
        assert!(read::<String>(json!({"a": [], "b": []}), "").is_err());
        assert!(read::<String>(json!("a"), "").is_err());
        assert!(read::<String>(json!(null), "").unwrap().is_empty());
    }
}
