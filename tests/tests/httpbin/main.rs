//! What really goes over the wire, in the eyes of httpbin, and what becomes of what it answers.

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod auth;
mod bodies;
mod cookies;
mod encodings;
mod parameters;
mod redirects;
mod status;
mod streams;

use connector_tests::Httpbin;
use httpbin::Client;
use httpbin::models::{Household, Person, Point};
use httpbin::runtime::{Response, Value};

/// A text of all that means something somewhere: in URLs, forms, headers, cookies, JSON, or to somebody who reads escapes.
const ODD: &str = r#"a/b?c#d&e=f+g %41 é€😀,;:@|"'\{}[]<>^`~!$*()"#;

fn client_of(httpbin: &Httpbin) -> Client {
    Client::builder().base_url(httpbin.url()).build().unwrap()
}

/// The target of the request as its first line wrote it.
fn target<T>(response: &Response<T>) -> String {
    header(response, "x-request-target")
}

fn header<T>(response: &Response<T>, name: &str) -> String {
    let value = response.headers().get(name);
    value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn ada() -> Person {
    Person::new("Ada, Countess").age(36).happy(true)
}

fn household() -> Household {
    Household::new()
        .people(vec![ada(), Person::new("Bob & Co")])
        .pets(words(&["cat", "dog"]))
        .place(Point::new().x(1))
}

/// What `household()` is in JSON.
fn household_value() -> Value {
    serde_json::json!({
        "people": [{"name": "Ada, Countess", "age": 36, "happy": true}, {"name": "Bob & Co"}],
        "pets": ["cat", "dog"],
        "place": {"x": 1},
    })
}
