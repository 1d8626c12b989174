//! Webhook triggers: subscriptions, kept and ended.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde_json::{Map as JsonMap, Value};
use url::Url;

use super::Subscribe;
use crate::client::Client;
use crate::codec::{Decode, DecodeError, Encode};
use crate::descriptor::{Location, Operation};
use crate::error::{Error, Result};
use crate::request::{Request, RequestOptions};
use crate::response::{Answer, Empty};
use crate::transport::BoxFuture;

/// A step on the way to the URL in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A property of an object.
    Property(&'static str),
    /// Every element of a list, or the only one.
    Element,
}

/// The operation that ends a subscription.
#[derive(Clone, Copy, Debug)]
pub struct Unsubscribe {
    operation: &'static Operation,
    id: usize,
}

impl Unsubscribe {
    /// An operation, and the index of its parameter for the id of the subscription.
    #[must_use]
    pub const fn new(operation: &'static Operation, id: usize) -> Self {
        Self { operation, id }
    }
}

/// A subscription under way.
pub type Subscribing<T> = BoxFuture<'static, Result<Subscription<T>>>;

/// Subscribes: sends the call with the URL in its place in the body.
pub fn subscribe<T: Subscribe + 'static>(
    mut request: Request,
    callback_url: &str,
) -> Subscribing<T> {
    let edited = request.edit_body(|body| place(body, T::URL, callback_url));
    let arguments = path_arguments(&request, T::SUBSCRIBE);
    Box::pin(async move {
        edited?;
        let answer = request.send::<Answer>().await?;
        let location = answer.location()?.map(String::from);
        Ok(Subscription {
            state: State {
                location,
                origin: answer.origin(),
                // What is no JSON has no id in it either.
                answer: answer.json().ok().flatten().unwrap_or(Value::Null),
                arguments,
            },
            trigger: PhantomData,
        })
    })
}

/// The arguments in the path of the call; the operation that unsubscribes is below the same path.
fn path_arguments(request: &Request, operation: &Operation) -> JsonMap<String, Value> {
    let in_path = |index: &usize| {
        let parameter = operation.parameters.get(*index)?;
        (parameter.location == Location::Path).then_some(parameter.name)
    };
    let arguments = request.arguments.iter();
    arguments
        .filter_map(|(index, value)| Some((in_path(index)?.to_owned(), value.clone())))
        .collect()
}

/// Puts the URL where it belongs; what is missing on the way is made.
fn place(body: &mut Value, steps: &[Step], url: &str) {
    match steps {
        [] => *body = Value::from(url),
        [Step::Property(name), rest @ ..] => {
            if !body.is_object() {
                *body = Value::Object(JsonMap::new());
            }
            if let Value::Object(members) = body {
                let member = members.entry(*name).or_insert(Value::Null);
                place(member, rest, url);
            }
        }
        [Step::Element, rest @ ..] => {
            if !matches!(body, Value::Array(items) if !items.is_empty()) {
                *body = Value::Array(vec![Value::Null]);
            }
            for item in body.as_array_mut().into_iter().flatten() {
                place(item, rest, url);
            }
        }
    }
}

/// A subscription that exists at the API.
///
/// [`save`](Self::save) it: as long as it is known, it can be ended, by this process or another. It holds no credentials. What it
/// holds is the API's answer, and some APIs put into it what they sign calls with, so keep it where only the program can read it
/// or write it: the saved address says where [`unsubscribe`](Self::unsubscribe) goes.
pub struct Subscription<T> {
    state: State,
    trigger: PhantomData<fn() -> T>,
}

#[derive(Clone, PartialEq)]
struct State {
    location: Option<String>,
    origin: String,
    answer: Value,
    arguments: JsonMap<String, Value>,
}

impl<T: Subscribe> Subscription<T> {
    /// The URL of the subscription, if the API named one.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.state.location.as_deref()
    }

    /// The body of the answer, as JSON.
    #[must_use]
    pub fn answer(&self) -> &Value {
        &self.state.answer
    }

    /// The id of the subscription: the member of the answer that is called `id`, or like the parameter of the operation that
    /// unsubscribes.
    #[must_use]
    pub fn id(&self) -> Option<&Value> {
        let parameter = T::UNSUBSCRIBE.map(|unsubscribe| parameter_name(&unsubscribe));
        id(&self.state.answer, parameter.unwrap_or("id"))
    }

    /// The id of the operation that subscribed.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        T::SUBSCRIBE.id()
    }

    /// Ends the subscription. One that is gone already (404, 410) counts as ended.
    ///
    /// The URL that the API named is deleted; the credentials of the connection go along if it is where the subscription was made.
    /// Without such a URL, the operation that the document has for it is called with the id.
    ///
    /// # Errors
    /// When the call fails; when the API named no URL and the document leaves open which operation it is.
    pub async fn unsubscribe(&self, client: &Client) -> Result<()> {
        self.unsubscribe_with(client, RequestOptions::new()).await
    }

    /// [`unsubscribe`](Self::unsubscribe) with options, such as a header that the API asks for.
    ///
    /// # Errors
    /// As there.
    pub async fn unsubscribe_with(&self, client: &Client, options: RequestOptions) -> Result<()> {
        let mut request = self.end(client)?;
        request.options(options);
        match request.send::<Empty>().await {
            Err(error) if matches!(error.status(), Some(404 | 410)) => Ok(()),
            result => result,
        }
    }

    fn end(&self, client: &Client) -> Result<Request> {
        if let Some(location) = &self.state.location {
            let url = Url::parse(location).map_err(|error| {
                Error::request("the location of the subscription is no URL").with_source(error)
            })?;
            let trusted = url.origin().ascii_serialization() == self.state.origin;
            let operation = T::SUBSCRIBE;
            return Ok(Request::link(
                client,
                operation,
                Method::DELETE,
                url,
                trusted,
            ));
        }
        let Some(unsubscribe) = T::UNSUBSCRIBE else {
            return Err(Error::request(
                "the API did not say where the subscription is, and its document does not say how to end it: call the operation that deletes it",
            ));
        };
        let operation = unsubscribe.operation;
        let id = self.id().ok_or_else(|| {
            Error::request(format!(
                "the answer to the subscription has no id in it: call `{}` yourself",
                operation.id()
            ))
        })?;
        let mut request = Request::new(client, operation);
        for (index, parameter) in operation.parameters.iter().enumerate() {
            match self.state.arguments.get(parameter.name) {
                _ if index == unsubscribe.id => request.set(index, id),
                Some(value) if parameter.location == Location::Path => request.set(index, value),
                _ => {}
            }
        }
        Ok(request)
    }

    /// The subscription as text, to be kept.
    #[must_use]
    pub fn save(&self) -> String {
        self.encode().to_string()
    }

    /// A subscription that was saved.
    ///
    /// # Errors
    /// When the text is not that of a subscription to this trigger.
    pub fn restore(text: &str) -> Result<Self> {
        crate::saved::restored(text)
    }
}

fn parameter_name(unsubscribe: &Unsubscribe) -> &'static str {
    let parameter = unsubscribe.operation.parameters.get(unsubscribe.id);
    parameter.map_or("id", |parameter| parameter.name)
}

/// The id in an answer, which may be the answer itself.
fn id<'v>(answer: &'v Value, parameter: &str) -> Option<&'v Value> {
    match answer {
        Value::String(_) | Value::Number(_) => Some(answer),
        other => id_member(other, parameter),
    }
}

/// The member with the id. Answers wrap what matters in an object or in a list of one.
fn id_member<'v>(value: &'v Value, parameter: &str) -> Option<&'v Value> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let members = match value {
        Value::Array(items) if items.len() == 1 => return id_member(&items[0], parameter),
        Value::Object(members) => members,
        _ => return None,
    };
    let named = |name: &str| {
        let found = members.iter().find(|(key, _)| plain(key) == plain(name));
        found
            .map(|(_, value)| value)
            .filter(|value| value.is_string() || value.is_number())
    };
    let mut inner = members
        .values()
        .filter(|value| value.is_object() || value.is_array());
    named(parameter)
        .or_else(|| named("id"))
        .or_else(|| match (inner.next(), inner.next()) {
            (Some(only), None) => id_member(only, parameter),
            _ => None,
        })
}

impl<T: Subscribe> Encode for Subscription<T> {
    fn encode(&self) -> Value {
        let State {
            location,
            origin,
            answer,
            arguments,
        } = &self.state;
        serde_json::json!({
            "operation": T::SUBSCRIBE.id(),
            "location": location,
            "origin": origin,
            "answer": answer,
            "arguments": arguments,
        })
    }
}

impl<T: Subscribe> Decode for Subscription<T> {
    fn decode(value: Value) -> Result<Self, DecodeError> {
        let member = |name: &str| value.get(name).cloned().unwrap_or(Value::Null);
        let operation = member("operation");
        if operation != T::SUBSCRIBE.id() {
            let expected = format!("a subscription by `{}`", T::SUBSCRIBE.id());
            return Err(DecodeError::expected(expected, &operation).field("operation"));
        }
        let arguments = match member("arguments") {
            Value::Object(arguments) => arguments,
            Value::Null => JsonMap::new(),
            other => return Err(DecodeError::expected("an object", &other).field("arguments")),
        };
        Ok(Self {
            state: State {
                location: Option::decode(member("location"))
                    .map_err(|error| error.field("location"))?,
                origin: String::decode(member("origin")).map_err(|error| error.field("origin"))?,
                answer: member("answer"),
                arguments,
            },
            trigger: PhantomData,
        })
    }
}

impl<T> Clone for Subscription<T> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            trigger: PhantomData,
        }
    }
}

impl<T> PartialEq for Subscription<T> {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

/// Leaves out the answer, which may hold a secret of the API's.
impl<T: Subscribe> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("operation", &T::SUBSCRIBE.id())
            .field("origin", &self.state.origin)
            .finish_non_exhaustive()
    }
}
