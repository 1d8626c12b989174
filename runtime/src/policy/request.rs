//! A request while policies work on it.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Method};
use serde_json::Value;
use url::Url;

use super::body;
use super::template::{Context, Filled, Scope};
use super::url::{Address, base_url, target};
use crate::body::Body;
use crate::client::{self, header_value};
use crate::descriptor::policy::{Action, Exists, Target, Template};
use crate::encode::percent;
use crate::error::{Error, Result};

/// A request while policies work on it: its URL taken apart, its body perhaps read.
pub(crate) struct Draft<'a> {
    context: Context<'a>,
    original_method: Method,
    pub(crate) method: Method,
    address: Address,
    pub(crate) headers: HeaderMap,
    body: Body,
    json: Json,
    /// Whether a policy put a secret into it.
    secret: bool,
}

/// The body as JSON.
enum Json {
    Unread,
    /// It is no JSON, or not in memory.
    None,
    Read {
        value: Value,
        changed: bool,
    },
}

/// What is left to do for a policy.
pub(crate) enum Step {
    Done,
    /// A request to make first; its answer goes to [`Draft::fetched`].
    Fetch {
        method: Method,
        url: Url,
    },
}

impl<'a> Draft<'a> {
    /// A request to `url`, which begins with `base`.
    pub(crate) fn new(
        context: Context<'a>,
        (method, url): (Method, &Url),
        base: Url,
        headers: HeaderMap,
        body: Body,
    ) -> Self {
        Self {
            context,
            original_method: method.clone(),
            method,
            address: Address::new(base, url),
            headers,
            body,
            json: Json::Unread,
            secret: false,
        }
    }

    /// The request, changed, and whether a policy put a secret into it.
    pub(crate) fn finish(self) -> Result<(Method, Url, HeaderMap, Body, bool)> {
        let url = self.address.url()?;
        let (mut headers, mut body) = (self.headers, self.body);
        if let Json::Read {
            value,
            changed: true,
        } = self.json
        {
            body = value.to_string().into();
            // The transport counts anew.
            headers.remove(CONTENT_LENGTH);
        }
        Ok((self.method, url, headers, body, self.secret))
    }

    /// Whether a policy put a secret into it.
    pub(crate) fn holds_secret(&self) -> bool {
        self.secret
    }

    /// Carries one policy out.
    pub(crate) fn apply(&mut self, action: &Action) -> Result<Step> {
        match action {
            Action::SetHost { url } => self.set_host(url)?,
            Action::Route { path, method } => self.route(path, method.as_ref())?,
            Action::SetHeader {
                name,
                value,
                exists,
            } => {
                self.read_for(value);
                let value = self.scope().text(value);
                self.secret |= set_header(&mut self.headers, name, value, *exists)?;
            }
            Action::SetQuery {
                name,
                value,
                exists,
            } => {
                self.read_for(value);
                if let Some(value) = self.scope().text(value) {
                    self.secret |= value.secret;
                    self.set_query(name, &value.text, *exists);
                }
            }
            Action::SetFromUrl { url, method, .. } => return self.fetch(url, method.as_ref()),
            Action::Poll { .. } | Action::Unauthenticated { .. } => {}
            // Only the actions on bodies are left.
            action => self.edit_body(action),
        }
        Ok(Step::Done)
    }

    /// Takes the value of a `setvaluefromurl` out of the answer. `false` if it is not there.
    pub(crate) fn fetched(&mut self, action: &Action, answer: &Value) -> Result<bool> {
        let Action::SetFromUrl { value, target, .. } = action else {
            return Ok(true);
        };
        let scope = Scope {
            body: Some(answer),
            ..self.scope()
        };
        let Some(value) = scope.text(value) else {
            return Ok(false);
        };
        match target {
            Target::Header(name) => {
                // It may be a token; nobody loses anything if it is not.
                let value = Filled {
                    secret: true,
                    ..value
                };
                self.secret |= set_header(&mut self.headers, name, Some(value), Exists::Override)?;
            }
            Target::Query(name) => {
                self.secret = true;
                self.set_query(name, &value.text, Exists::Override);
            }
        }
        Ok(true)
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            context: self.context,
            method: self.original_method.as_str(),
            headers: &self.headers,
            query: &self.address.query,
            body: match &self.json {
                Json::Read { value, .. } => Some(value),
                _ => None,
            },
            item: None,
        }
    }

    /// Replaces scheme, host, and base path. An address that was set by hand stays: whoever points a connection at a test server
    /// means every call.
    fn set_host(&mut self, url: &Template) -> Result<()> {
        if self.context.connection.base_url.is_some() {
            return Ok(());
        }
        self.read_for(url);
        let (base, secret) = base_url(&self.scope(), url)?;
        self.secret |= secret;
        self.address.base = base;
        Ok(())
    }

    fn route(&mut self, path: &Template, method: Option<&Template>) -> Result<()> {
        self.read_for(path);
        let (target, secret) = target(&self.scope(), path)?;
        self.secret |= secret;
        if let Some(method) = self.method_of(method)? {
            self.method = method;
        }
        self.address.path = target.path;
        if !target.query.is_empty() {
            self.address.add_query(&target.query, true);
        }
        Ok(())
    }

    fn method_of(&self, template: Option<&Template>) -> Result<Option<Method>> {
        let Some(filled) = template.and_then(|template| self.scope().text(template)) else {
            return Ok(None);
        };
        let name = filled.text.trim().to_ascii_uppercase();
        if name.is_empty() {
            return Ok(None);
        }
        client::method(&name).map(Some)
    }

    fn set_query(&mut self, name: &str, value: &str, exists: Exists) {
        // Some connectors write the name as it is in a URL: `%24top`.
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        let known = self.address.has_query(&name);
        match exists {
            // The server put it there.
            _ if known && self.context.is_link => return,
            Exists::Skip if known => return,
            Exists::Override if known => self.address.remove_query(&name),
            _ => {}
        }
        let mut pair = String::new();
        percent::component(&mut pair, &name);
        pair.push('=');
        percent::component(&mut pair, value);
        self.address.add_query(&pair, false);
    }

    fn fetch(&mut self, url: &Template, method: Option<&Template>) -> Result<Step> {
        self.read_for(url);
        let method = self.method_of(method)?.unwrap_or(Method::GET);
        let (target, secret) = target(&self.scope(), url)?;
        self.secret |= secret;
        Ok(Step::Fetch {
            method,
            url: self.address.other(&target)?,
        })
    }

    fn edit_body(&mut self, action: &Action) {
        self.read();
        let Json::Read { value, changed } = &mut self.json else {
            return;
        };
        let scope = Scope {
            context: self.context,
            method: self.original_method.as_str(),
            headers: &self.headers,
            query: &self.address.query,
            body: None,
            item: None,
        };
        *changed |= body::apply(action, scope, value);
    }

    /// Reads the body if the template looks into it.
    fn read_for(&mut self, template: &Template) {
        if super::reads_body(template) {
            self.read();
        }
    }

    fn read(&mut self) {
        if matches!(self.json, Json::Unread) {
            self.json = match read_json(&self.headers, &self.body) {
                Some(value) => Json::Read {
                    value,
                    changed: false,
                },
                None => Json::None,
            };
        }
    }
}

fn read_json(headers: &HeaderMap, body: &Body) -> Option<Value> {
    let bytes = body.as_bytes().filter(|bytes| !bytes.is_empty())?;
    is_json(headers)
        .then(|| serde_json::from_slice(bytes).ok())
        .flatten()
}

/// Whether the headers say JSON, or nothing at all.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    text.split(';')
        .next()
        .is_some_and(|media| media.trim_end().ends_with("json"))
}

/// Sets a header. Without a value nothing happens. Says whether the value is secret.
pub(super) fn set_header(
    headers: &mut HeaderMap,
    name: &str,
    value: Option<Filled>,
    exists: Exists,
) -> Result<bool> {
    let Some(filled) = value else {
        return Ok(false);
    };
    let header = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::configuration(format!("`{name}` is not a header name")))?;
    let mut value = header_value(&filled.text).map_err(|_| {
        Error::request(format!(
            "the value for the header `{name}` holds a control character"
        ))
    })?;
    value.set_sensitive(filled.secret);
    match exists {
        Exists::Skip if headers.contains_key(&header) => return Ok(false),
        Exists::Append => {
            headers.append(header, value);
        }
        Exists::Override | Exists::Skip => {
            headers.insert(header, value);
        }
    }
    Ok(filled.secret)
}
