//! Where a request says which page it asks for.

use serde_json::{Map, Value};

use super::paging::Input;
use crate::codec::lookup;
use crate::descriptor::Location;
use crate::error::{Result, parse_json};
use crate::request::{Payload, Request};

/// Asks for the page at a position.
pub(super) fn set(request: &mut Request, input: Input, position: &Value) -> Result<()> {
    match input {
        Input::Query(name) => {
            match position {
                Value::String(text) => request.set_query(name, text),
                other => request.set_query(name, &other.to_string()),
            }
            Ok(())
        }
        Input::Body(place) => request.edit_body(|body| put(body, place, position)),
    }
}

/// The number of a page or element that the caller asks for.
pub(super) fn get(request: &Request, input: Input) -> Option<u64> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    match input {
        Input::Query(name) => {
            let parameters = request.operation()?.parameters;
            let of_options = request.options.query.iter().rev();
            let of_options = of_options.filter(|(set, _)| set == name);
            let mut of_options = of_options.map(|(_, text)| text.as_str());
            let mut arguments = request.arguments.iter().filter(|(index, _)| {
                parameters.get(*index).is_some_and(|parameter| {
                    parameter.location == Location::Query && parameter.name == name
                })
            });
            match arguments.next() {
                Some((_, value)) => number(value),
                None => of_options.next()?.parse().ok(),
            }
        }
        Input::Body(place) => match &request.payload {
            Payload::Json(_, body) => number(lookup(&parse_json(body.as_bytes()?).ok()?, place)?),
            Payload::Form(_, body) => number(lookup(body, place)?),
            _ => None,
        },
    }
}

/// Puts a value to a place such as `page.after`; objects on the way are made.
fn put(body: &mut Value, place: &str, position: &Value) {
    let mut at = body;
    for step in place.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[step];
    }
    *at = position.clone();
}
