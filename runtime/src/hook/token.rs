//! A token from an endpoint of the API's own.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Hook, HookRequest, HookResponse};
use crate::codec::walk;
use crate::encode::percent;
use crate::encode::scalar_text;
use crate::error::{Error, Result};
use crate::transport::BoxFuture;

/// A token is renewed this long before it expires, or a tenth of its life if that is less.
const MARGIN: Duration = Duration::from_secs(60);

/// Exchanges a pair of keys, or whatever else proves who is calling, for a token, and sends that in a header.
///
/// This is for endpoints of an API's own that speak no OAuth 2.0; [`OAuthClient`](crate::OAuthClient) is for those that do. The
/// token is kept until it expires or the API answers 401, and fetched once for all calls that wait for it.
///
/// ```
/// use connector_runtime::hook::{Input, TokenExchange};
///
/// // POST /login with the keys of the connection; the answer is {"token": "…", "ttl": 3600}.
/// let login = TokenExchange::new("https://api.acme.example/login")
///     .field("username", Input::parameter("public_key"))
///     .field("password", Input::parameter("private_key"))
///     .token_at(["token"])
///     .lifetime_at(["ttl"])
///     .into_header("X-Session-Key", "");
/// ```
pub struct TokenExchange {
    url: String,
    method: Method,
    fields: Vec<(String, Input)>,
    headers: Vec<(String, Input)>,
    is_form: bool,
    token_at: Vec<String>,
    lifetime_at: Vec<String>,
    header: String,
    prefix: String,
    current: Mutex<Option<Token>>,
}

/// Where a value that is sent to the token endpoint comes from.
#[derive(Clone)]
pub struct Input(Source);

#[derive(Clone)]
enum Source {
    Text(SecretString),
    Parameter(String),
    Header(String),
}

impl Input {
    /// The value itself.
    pub fn text(value: impl Into<SecretString>) -> Self {
        Self(Source::Text(value.into()))
    }

    /// A connection parameter.
    pub fn parameter(name: impl Into<String>) -> Self {
        Self(Source::Parameter(name.into()))
    }

    /// A header of the call, which is taken off it: connectors with a script hand the script its parameters this way.
    pub fn header(name: impl Into<String>) -> Self {
        Self(Source::Header(name.into()))
    }

    fn read(&self, request: &HookRequest<'_>) -> Result<SecretString> {
        match &self.0 {
            Source::Text(text) => Ok(text.clone()),
            Source::Parameter(name) => {
                let value = request.connection_parameter(name).map(SecretString::from);
                value.ok_or_else(|| {
                    Error::credential(format!(
                        "the connection has no value for the parameter `{name}`, which the token is exchanged for"
                    ))
                })
            }
            Source::Header(name) => {
                let value = request.header(name).map(SecretString::from);
                value.ok_or_else(|| {
                    Error::credential(format!(
                        "the call has no header `{name}`, which the token is exchanged for"
                    ))
                })
            }
        }
    }
}

/// Names the source, not the value.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Text(_) => f.write_str("Input(text, redacted)"),
            Source::Parameter(name) => write!(f, "Input(parameter {name})"),
            Source::Header(name) => write!(f, "Input(header {name})"),
        }
    }
}

/// A token, and what it was exchanged for.
struct Token {
    /// The whole value of the header.
    value: SecretString,
    dead_at: Option<Instant>,
    inputs: Vec<SecretString>,
}

impl Token {
    fn is_good(&self, inputs: &[SecretString]) -> bool {
        let same = |(own, other): (&SecretString, &SecretString)| {
            own.expose_secret() == other.expose_secret()
        };
        self.dead_at.is_none_or(|at| Instant::now() < at)
            && self.inputs.len() == inputs.len()
            && self.inputs.iter().zip(inputs).all(same)
    }
}

impl TokenExchange {
    /// A `POST` to this URL. The token is at `access_token` in the JSON of the answer, its lifetime in seconds at `expires_in`, and
    /// it goes to the header `Authorization` as `Bearer`, unless the methods below say otherwise.
    ///
    /// A relative URL refers to that of the call.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: Method::POST,
            fields: Vec::new(),
            headers: Vec::new(),
            is_form: false,
            token_at: vec!["access_token".to_owned()],
            lifetime_at: vec!["expires_in".to_owned()],
            header: "authorization".to_owned(),
            prefix: "Bearer ".to_owned(),
            current: Mutex::new(None),
        }
    }

    /// A member of the JSON object that is posted.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: Input) -> Self {
        self.fields.push((name.into(), value));
        self
    }

    /// Posts a form in place of JSON.
    #[must_use]
    pub fn form(mut self) -> Self {
        self.is_form = true;
        self
    }

    /// A header of the request for the token.
    #[must_use]
    pub fn request_header(mut self, name: impl Into<String>, value: Input) -> Self {
        self.headers.push((name.into(), value));
        self
    }

    /// Where the token is in the answer: names of members, or numbers of elements, from the outside inwards.
    #[must_use]
    pub fn token_at<S: Into<String>>(mut self, path: impl IntoIterator<Item = S>) -> Self {
        self.token_at = path.into_iter().map(Into::into).collect();
        self
    }

    /// Where its lifetime in seconds is. If nothing is there, the token is used until it is refused.
    #[must_use]
    pub fn lifetime_at<S: Into<String>>(mut self, path: impl IntoIterator<Item = S>) -> Self {
        self.lifetime_at = path.into_iter().map(Into::into).collect();
        self
    }

    /// The header that the token is sent in, and what stands before it (`Bearer `).
    #[must_use]
    pub fn into_header(mut self, name: impl Into<String>, prefix: impl Into<String>) -> Self {
        (self.header, self.prefix) = (name.into(), prefix.into());
        self
    }

    async fn apply(&self, request: &mut HookRequest<'_>) -> Result<()> {
        let sources = self.fields.iter().chain(&self.headers);
        let inputs = sources
            .map(|(_, input)| input.read(request))
            .collect::<Result<Vec<_>>>()?;
        for (_, input) in self.fields.iter().chain(&self.headers) {
            if let Source::Header(name) = &input.0 {
                request.remove_header(name);
            }
        }
        // Held while the token is fetched: all others wait for it.
        let mut current = self.current.lock().await;
        let token = match current.take().filter(|token| token.is_good(&inputs)) {
            Some(token) => current.insert(token),
            None => current.insert(self.exchange(request, inputs).await?),
        };
        request.set_secret_header(&self.header, token.value.expose_secret())
    }

    async fn exchange(
        &self,
        request: &HookRequest<'_>,
        inputs: Vec<SecretString>,
    ) -> Result<Token> {
        let message = self.request(request, &inputs)?;
        let response = request.send(message).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(Error::credential(format!(
                "the exchange for a token was answered {status}"
            )));
        }
        let answer: Value = serde_json::from_slice(response.body())
            .map_err(|_| Error::credential("the answer to the exchange for a token is no JSON"))?;
        let text = walk(&answer, &self.token_at)
            .filter(|value| value.is_string() || value.is_number())
            .map(scalar_text)
            .filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| {
            Error::credential(format!(
                "the answer to the exchange for a token has none at `{}`",
                self.token_at.join(".")
            ))
        })?;
        let lifetime = walk(&answer, &self.lifetime_at).and_then(seconds);
        let dead_at = lifetime.and_then(|life| {
            Instant::now().checked_add(life.saturating_sub(MARGIN.min(life / 10)))
        });
        Ok(Token {
            value: format!("{}{text}", self.prefix).into(),
            dead_at,
            inputs,
        })
    }

    fn request(
        &self,
        call: &HookRequest<'_>,
        inputs: &[SecretString],
    ) -> Result<http::Request<Bytes>> {
        let url = call.url().join(&self.url).map_err(|error| {
            Error::configuration(format!("the URL for tokens is not valid: {error}"))
        })?;
        let (fields, headers) = inputs.split_at(self.fields.len());
        let fields = self.fields.iter().zip(fields);
        let fields = fields.map(|((name, _), value)| (name.as_str(), value.expose_secret()));
        let (media_type, body) = if self.is_form {
            ("application/x-www-form-urlencoded", form(fields))
        } else {
            let members = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
            let object = Value::Object(members.collect::<Map<_, _>>());
            ("application/json", object.to_string())
        };
        let mut request = http::Request::new(Bytes::from(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|_| Error::configuration("the URL for tokens cannot be sent"))?;
        let own = request.headers_mut();
        own.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        own.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for ((name, _), value) in self.headers.iter().zip(headers) {
            let header: HeaderName = name
                .parse()
                .map_err(|_| Error::configuration(format!("`{name}` is not a header name")))?;
            let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| {
                Error::credential(format!(
                    "the value for the header `{name}` holds a character that no header may have"
                ))
            })?;
            value.set_sensitive(true);
            own.insert(header, value);
        }
        Ok(request)
    }

    async fn refused(&self, response: &mut HookResponse<'_>) {
        let sent = response.request_headers().get(&self.header);
        let Some(sent) = sent.map(|value| value.as_bytes().to_vec()) else {
            return;
        };
        let mut current = self.current.lock().await;
        // Another call may have fetched a new one in the meantime.
        if current
            .as_ref()
            .is_some_and(|token| token.value.expose_secret().as_bytes() == sent)
        {
            *current = None;
        }
        response.send_again();
    }
}

impl Hook for TokenExchange {
    fn request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.apply(request))
    }

    fn response<'a>(&'a self, response: &'a mut HookResponse<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if response.status() == 401 {
                self.refused(response).await;
            }
            Ok(())
        })
    }
}

/// Leaves out what is secret.
impl fmt::Debug for TokenExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenExchange")
            .field("fields", &self.fields)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

fn form<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        percent::component(&mut form, name);
        form.push('=');
        percent::component(&mut form, value);
    }
    form
}

/// Seconds, as a number or as text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    Duration::try_from_secs_f64(seconds).ok()
}
