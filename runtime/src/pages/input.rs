//! Where a request says which page it asks for.

use serde_json::{Map, Value};

use super::paging::Input;
use crate::codec::{lookup, lookup_mut};
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

/// Puts a value to a place such as `page.after`, where [`lookup`] finds it; objects on the way are made.
fn put(body: &mut Value, place: &str, position: &Value) {
    if let Some(there) = lookup_mut(body, place) {
        *there = position.clone();
        return;
    }
    let place = place.trim_matches('/');
    if !body.is_object() {
        *body = Value::Object(Map::new());
    }
    let separators = place.rmatch_indices(['/', '.']).map(|(at, _)| at);
    let mut leading_on = separators.filter(|at| body.get(&place[..*at]).is_some());
    match leading_on.next().or_else(|| place.find(['/', '.'])) {
        Some(at) => put(&mut body[&place[..at]], &place[at + 1..], position),
        None => body[place] = position.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_somewhere_is_found_there() {
        for (mut body, place, expected) in [
            (json!({}), "page", json!({"page": 1})),
            (json!(null), "page.after", json!({"page": {"after": 1}})),
            (
                json!({"page": {"size": 2}}),
                "page/after",
                json!({"page": {"size": 2, "after": 1}}),
            ),
            (
                json!({"page": null}),
                "page.after",
                json!({"page": {"after": 1}}),
            ),
            (
                json!({"page.after": 0}),
                "page.after",
                json!({"page.after": 1}),
            ),
            (json!({"a.b": {}}), "a.b.c", json!({"a.b": {"c": 1}})),
            (
                json!({"a.b": {}, "a": {"b": {"c": 0}}}),
                "a.b.c",
                json!({"a.b": {}, "a": {"b": {"c": 1}}}),
            ),
            (json!({}), "/page/after", json!({"page": {"after": 1}})),
            (json!({}), "page//after/", json!({"page": {"after": 1}})),
            (
                json!({"by": [{"after": 0}]}),
                "by/0/after",
                json!({"by": [{"after": 1}]}),
            ),
            (json!([2]), "page", json!({"page": 1})),
        ] {
            put(&mut body, place, &json!(1));
            assert_eq!(body, expected, "{place}");
            assert_eq!(lookup(&body, place), Some(&json!(1)), "{place}");
        }
    }
}
