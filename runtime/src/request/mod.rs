//! A call before it is sent: an operation and its arguments, in one type for all operations.

mod options;
mod prepare;
mod sending;

use std::fmt;

use http::Method;
use serde_json::Value;
use url::Url;

pub use self::options::RequestOptions;
pub(crate) use self::prepare::{Prepared, prepare};
pub use self::sending::Sending;
use crate::body::{Body, Multipart};
use crate::client::Client;
use crate::codec::Encode;
use crate::descriptor::{Location, Operation};
use crate::error::{Error, Result, parse_json};
use crate::response::{Output, Response};
use crate::send::exchange;

/// A call to an operation. Generated crates wrap it in a builder with one setter per parameter.
///
/// Setters replace what was set before. What is wrong with an argument is reported when the call is sent.
#[derive(Clone)]
#[must_use = "nothing is sent before .send()"]
pub struct Request {
    pub(crate) client: Client,
    pub(crate) target: RequestTarget,
    /// By index into the operation's parameters.
    pub(crate) arguments: Vec<(usize, Value)>,
    pub(crate) payload: Payload,
    pub(crate) options: RequestOptions,
}

#[derive(Clone)]
pub(crate) enum RequestTarget {
    Operation(&'static Operation),
    Undocumented {
        method: String,
        path: String,
    },
    /// A URL that an answer to the operation named. Nothing that decides where calls go touches it.
    Link {
        operation: &'static Operation,
        method: Method,
        url: Url,
        /// Whether it is at the origin that the operation called. Elsewhere, nothing secret goes along.
        trusted: bool,
    },
}

/// The body, with the index of its media type.
#[derive(Clone)]
pub(crate) enum Payload {
    None,
    Json(usize, Body),
    Form(usize, Value),
    Multipart(usize, Multipart),
    Raw(usize, Body),
    /// A body with a media type that the document does not name.
    Undocumented(String, Body),
}

impl Request {
    /// A call to an operation.
    pub fn new(client: &Client, operation: &'static Operation) -> Self {
        Self::to(client, RequestTarget::Operation(operation))
    }

    pub(crate) fn undocumented(client: &Client, method: String, path: String) -> Self {
        Self::to(client, RequestTarget::Undocumented { method, path })
    }

    /// A call to a URL that an answer to the operation named.
    pub(crate) fn link(
        client: &Client,
        operation: &'static Operation,
        method: Method,
        url: Url,
        trusted: bool,
    ) -> Self {
        let target = RequestTarget::Link {
            operation,
            method,
            url,
            trusted,
        };
        Self::to(client, target)
    }

    /// The same call to a URL at its origin that its answer named: with its headers and options, without its body.
    pub(crate) fn follow(&self, url: Url) -> Self {
        let mut next = self.clone();
        if let Some(operation) = self.operation() {
            next.target = RequestTarget::Link {
                operation,
                method: Method::GET,
                url,
                trusted: true,
            };
        }
        next.payload = Payload::None;
        // Its query is in the link.
        next.options.query.clear();
        next
    }

    fn to(client: &Client, target: RequestTarget) -> Self {
        Self {
            client: client.clone(),
            target,
            arguments: Vec::new(),
            payload: Payload::None,
            options: RequestOptions::new(),
        }
    }

    /// Sets the parameter at `index` of the operation's list. A value that encodes to `null` unsets it.
    #[inline]
    pub fn set(&mut self, index: usize, value: &(impl Encode + ?Sized)) {
        self.set_value(index, value.encode());
    }

    /// Sets a parameter to a list.
    pub fn set_list<T: Encode>(&mut self, index: usize, values: impl IntoIterator<Item = T>) {
        self.set_value(
            index,
            values.into_iter().map(|value| value.encode()).collect(),
        );
    }

    fn set_value(&mut self, index: usize, value: Value) {
        self.arguments.retain(|(set, _)| *set != index);
        self.arguments.push((index, value));
    }

    /// Sets the body to JSON; `media` is an index into the operation's media types.
    #[inline]
    pub fn json(&mut self, media: usize, body: &(impl Encode + ?Sized)) {
        self.set_json(media, &body.encode());
    }

    fn set_json(&mut self, media: usize, body: &Value) {
        self.payload = Payload::Json(media, body.to_string().into());
    }

    /// Sets the body to a form (`application/x-www-form-urlencoded`).
    #[inline]
    pub fn form(&mut self, media: usize, body: &(impl Encode + ?Sized)) {
        self.set_form(media, body.encode());
    }

    fn set_form(&mut self, media: usize, body: Value) {
        self.payload = Payload::Form(media, body);
    }

    /// Sets the body to a form of parts.
    pub fn multipart(&mut self, media: usize, form: Multipart) {
        self.payload = Payload::Multipart(media, form);
    }

    /// Sets the body as it is.
    #[inline]
    pub fn raw(&mut self, media: usize, body: impl Into<Body>) {
        self.payload = Payload::Raw(media, body.into());
    }

    /// Sets the body as it is, for a call that the document does not describe.
    pub fn body(mut self, content_type: impl Into<String>, body: impl Into<Body>) -> Self {
        self.payload = Payload::Undocumented(content_type.into(), body.into());
        self
    }

    /// Changes the JSON or form that is the body; one that was not set begins as `null`.
    pub(crate) fn edit_body(&mut self, edit: impl FnOnce(&mut Value)) -> Result<()> {
        match &mut self.payload {
            Payload::None => {
                let mut value = Value::Null;
                edit(&mut value);
                self.set_json(0, &value);
            }
            Payload::Json(_, body) => {
                let bytes = body.as_bytes().cloned().unwrap_or_default();
                let mut value = parse_json(&bytes)?;
                edit(&mut value);
                *body = value.to_string().into();
            }
            Payload::Form(_, value) => edit(value),
            Payload::Multipart(..) | Payload::Raw(..) | Payload::Undocumented(..) => {
                return Err(Error::request("the body is no JSON that can be completed"));
            }
        }
        Ok(())
    }

    /// Sets a query parameter by its name, whether the document has it or not.
    pub(crate) fn set_query(&mut self, name: &str, text: &str) {
        let parameters = self.operation().map_or(&[][..], |known| known.parameters);
        let known = parameters
            .iter()
            .position(|parameter| parameter.location == Location::Query && parameter.name == name);
        match known {
            Some(index) => self.set_value(index, Value::from(text)),
            None => {
                let query = &mut self.options.query;
                query.retain(|(set, _)| set != name);
                query.push((name.to_owned(), text.to_owned()));
            }
        }
    }

    /// Asks for another media type than the operation does, unless the options of the call do so already.
    pub fn accept(&mut self, media_type: &str) {
        let headers = &mut self.options.headers;
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("accept"))
        {
            headers.push(("accept".to_owned(), media_type.to_owned()));
        }
    }

    /// Sets a boolean member of the body to `true`. A body that is bytes or text, or no object, stays as it is.
    pub fn turn_on(&mut self, member: &str) {
        self.flag(member, true);
    }

    /// Sets a boolean member of the body to `true`, unless the caller has set it. A body that is bytes or text, or no object, stays as
    /// it is.
    pub fn turn_on_by_default(&mut self, member: &str) {
        self.flag(member, false);
    }

    fn flag(&mut self, member: &str, in_any_case: bool) {
        if let Payload::Multipart(_, form) = &mut self.payload {
            form.flag(member, in_any_case);
            return;
        }
        // What can't be edited is the caller's own.
        let _ = self.edit_body(|body| {
            if body.is_null() {
                *body = Value::Object(serde_json::Map::new());
            }
            if let Some(members) = body.as_object_mut()
                && (in_any_case || members.get(member).is_none_or(Value::is_null))
            {
                members.insert(member.to_owned(), Value::Bool(true));
            }
        });
    }

    /// Sets options of this call. What an earlier call set and this one does not stays.
    pub fn options(&mut self, options: RequestOptions) {
        self.options.merge(options);
    }

    /// Sends the call.
    #[inline]
    pub fn send<O: Output>(self) -> Sending<O::Value> {
        Sending::new(exchange(self, streamed::<O>()), O::read)
    }

    /// Sends the call and gives status and headers too.
    #[inline]
    pub fn send_with_response<O: Output>(self) -> Sending<Response<O::Value>> {
        Sending::new(exchange(self, streamed::<O>()), |mut received| {
            let (head, report) = received.reported();
            O::read(received).map(|body| Response::new(head, body, &report))
        })
    }

    /// Whether the call goes to the origin that its connection names, and may have its secrets.
    pub(crate) fn is_trusted(&self) -> bool {
        !matches!(self.target, RequestTarget::Link { trusted: false, .. })
    }

    /// Whether the call goes to a URL that an answer named.
    pub(crate) fn is_link(&self) -> bool {
        matches!(self.target, RequestTarget::Link { .. })
    }

    /// The address that path and query are added to.
    pub(crate) fn base_url(&self) -> Result<Url> {
        let servers = self
            .operation()
            .map_or(&[][..], |operation| operation.servers);
        self.client.base_url(servers)
    }

    /// The operation; `None` for a call that the document does not describe.
    pub(crate) fn operation(&self) -> Option<&'static Operation> {
        match self.target {
            RequestTarget::Operation(operation) | RequestTarget::Link { operation, .. } => {
                Some(operation)
            }
            RequestTarget::Undocumented { .. } => None,
        }
    }
}

/// Which statuses have results that are handed over before the body has arrived; `None` if none has.
fn streamed<O: Output>() -> Option<fn(u16) -> bool> {
    O::STREAMED.then_some(O::is_streamed)
}

/// Names the operation; arguments may be secret.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Request");
        match &self.target {
            RequestTarget::Operation(operation) => {
                let names: Vec<_> = self
                    .arguments
                    .iter()
                    .filter_map(|(index, _)| operation.parameters.get(*index))
                    .map(|parameter| parameter.name)
                    .collect();
                debug
                    .field("operation", &operation.id())
                    .field("parameters", &names);
            }
            RequestTarget::Undocumented { method, .. } => {
                debug.field("method", method);
            }
            RequestTarget::Link {
                operation, method, ..
            } => {
                debug
                    .field("operation", &operation.id())
                    .field("method", &method.as_str());
            }
        }
        debug.finish_non_exhaustive()
    }
}
