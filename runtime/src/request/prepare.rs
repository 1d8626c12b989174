//! From arguments to method, URL, headers, and body: all that stays the same in every attempt.

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use url::Url;

use super::{Payload, Request, RequestTarget};
use crate::body::Body;
use crate::client::{self, header};
use crate::descriptor::{Location, MediaType, Operation, Parameter};
use crate::encode::percent::Escape;
use crate::encode::{self, Target};
use crate::error::{Error, Result};

/// A request without its credentials.
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The path template, for traces.
    pub(crate) template: String,
}

/// The draft standard that payment APIs made common (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Prepares a call. The body's parts move out of the request.
pub(crate) fn prepare(request: &mut Request) -> Result<Prepared> {
    fill_in(request);
    let mut headers = request.client.0.headers.clone();
    let (method, template, mut url) = address(request)?;
    let mut target = match &request.target {
        RequestTarget::Operation(operation) => {
            let mut target = encode::expand(operation.path(), operation.parameters, &|index| {
                argument(request, index)
            })?;
            parameters(operation, request, Some(&mut target), &mut headers)?;
            target
        }
        RequestTarget::Undocumented { .. } => encode::literal(&template)?,
        RequestTarget::Link { operation, .. } => {
            parameters(operation, request, None, &mut headers)?;
            Target::default()
        }
    };
    for (name, value) in &request.options.query {
        let (name, value) = (
            Escape::Component.apply(name),
            Escape::Component.apply(value),
        );
        target.push_query(&name, &value);
    }
    match request.target {
        // As the server wrote it, up to the last slash.
        RequestTarget::Link { .. } => url.set_fragment(None),
        _ => append(&mut url, &target),
    }
    let body = payload(request, &mut headers)?;
    if let Some(accept) = request.operation().and_then(|operation| operation.accept) {
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static(accept));
    }
    // Methods that usually have a body say so when there is none (RFC 9110 section 8.6); some servers insist (411).
    let expects_body = matches!(method, Method::POST | Method::PUT | Method::PATCH);
    if expects_body && body.as_bytes().is_some_and(|bytes| bytes.is_empty()) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    option_headers(request, &mut headers)?;
    Ok(Prepared {
        method,
        url,
        headers,
        body,
        template,
    })
}

/// Method, template, and the URL that path and query are added to.
fn address(request: &Request) -> Result<(Method, String, Url)> {
    let (method, template, url) = match &request.target {
        RequestTarget::Operation(operation) => {
            (operation.method(), operation.path(), request.base_url()?)
        }
        RequestTarget::Undocumented { method, path } => {
            (method.as_str(), path.as_str(), request.base_url()?)
        }
        RequestTarget::Link {
            operation,
            method,
            url,
            ..
        } => (method.as_str(), operation.path(), url.clone()),
    };
    Ok((client::method(method)?, template.to_owned(), url))
}

/// Adds the values of parameters that nobody has set and that are sent nevertheless.
fn fill_in(request: &mut Request) {
    let Some(operation) = request.operation() else {
        return;
    };
    for (index, parameter) in operation.parameters.iter().enumerate() {
        if let Some(json) = parameter.fixed
            && argument(request, index).is_none()
        {
            // What is no JSON is text that was not quoted.
            let value = serde_json::from_str(json).unwrap_or_else(|_| json.into());
            request.arguments.push((index, value));
        }
    }
}

/// The argument for the parameter at `index`.
fn argument(request: &Request, index: usize) -> Option<&Value> {
    let arguments = request.arguments.iter();
    arguments
        .filter(|(set, _)| *set == index)
        .map(|(_, value)| value)
        .find(|value| !value.is_null())
}

/// Puts the arguments where they belong. Query parameters follow in the order of the document; without a target, what is in the
/// URL is left out.
fn parameters(
    operation: &Operation,
    request: &Request,
    mut target: Option<&mut Target>,
    headers: &mut HeaderMap,
) -> Result<()> {
    let mut cookies = Vec::new();
    for (index, parameter) in operation.parameters.iter().enumerate() {
        let in_url = matches!(
            parameter.location,
            Location::Path | Location::Query | Location::QueryString
        );
        if in_url && target.is_none() {
            continue;
        }
        let Some(value) = argument(request, index) else {
            // Whoever follows a link may not know the arguments of the call that it is from.
            if parameter.required && parameter.location != Location::Path && target.is_some() {
                return Err(missing(parameter));
            }
            continue;
        };
        match parameter.location {
            Location::Path => {}
            Location::Query => {
                let Some(target) = target
                    .as_deref_mut()
                    .filter(|target| !target.used.contains(&index))
                else {
                    continue;
                };
                for (name, text) in encode::query_pairs(parameter, value) {
                    target.push_query(&name, &text);
                }
            }
            Location::QueryString => {
                if let Some(target) = target.as_deref_mut()
                    && let Some(text) = encode::query_string(parameter, value)
                {
                    target.push_text(&text);
                }
            }
            Location::Header => set_header(parameter, value, headers)?,
            Location::Cookie => cookies.extend(encode::cookie_text(parameter, value)),
        }
    }
    if !cookies.is_empty() {
        let (name, value) = header(COOKIE.as_str(), &cookies.join("; "))?;
        headers.insert(name, value);
    }
    Ok(())
}

fn missing(parameter: &Parameter) -> Error {
    let location = match parameter.location {
        Location::Path => "path",
        Location::Query | Location::QueryString => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
    };
    Error::request(format!(
        "the {location} parameter `{}` is required",
        parameter.name
    ))
}

fn set_header(parameter: &Parameter, value: &Value, headers: &mut HeaderMap) -> Result<()> {
    let Some(text) = encode::header_text(parameter, value) else {
        return Ok(());
    };
    let unusable = |_| {
        Error::request(format!(
            "the header parameter `{}` cannot be sent in a header",
            parameter.name
        ))
    };
    let (name, value) = header(parameter.name, &text).map_err(unusable)?;
    headers.insert(name, value);
    Ok(())
}

/// Puts path and query behind those of the base URL.
fn append(url: &mut Url, target: &Target) {
    let path = format!("{}{}", url.path().trim_end_matches('/'), target.path);
    url.set_path(&path);
    let query = match url.query() {
        Some(base) if !base.is_empty() && !target.query.is_empty() => {
            format!("{base}&{}", target.query)
        }
        Some(base) if !base.is_empty() => base.to_owned(),
        _ => target.query.clone(),
    };
    url.set_query((!query.is_empty()).then_some(&query));
    url.set_fragment(None);
}

fn payload(request: &mut Request, headers: &mut HeaderMap) -> Result<Body> {
    let payload = std::mem::replace(&mut request.payload, Payload::None);
    let media = |index: usize| media_type(request.operation(), index);
    let (content_type, body) = match payload {
        Payload::None => return Ok(Body::empty()),
        Payload::Json(index, body) => {
            (concrete(media(index)?, "application/json").to_owned(), body)
        }
        Payload::Form(index, value) => {
            let media = media(index)?;
            let name = concrete(media, "application/x-www-form-urlencoded").to_owned();
            (name, encode::form_body(media, &value).into())
        }
        Payload::Multipart(index, form) => form.encode(media(index)?)?,
        Payload::Raw(index, body) => (
            concrete(media(index)?, "application/octet-stream").to_owned(),
            body,
        ),
        Payload::Undocumented(content_type, body) => (content_type, body),
    };
    let chosen = chosen_content_type(request).filter(|_| !content_type.starts_with("multipart/"));
    let content_type = request
        .options
        .content_type
        .as_deref()
        .or(chosen)
        .unwrap_or(&content_type);
    let (name, value) = header(CONTENT_TYPE.as_str(), content_type)?;
    headers.insert(name, value);
    Ok(body)
}

/// The `Content-Type` that the caller has set where the document has a parameter for it.
fn chosen_content_type(request: &Request) -> Option<&str> {
    let parameters = request.operation()?.parameters;
    let mut arguments = request.arguments.iter();
    arguments.find_map(|(index, value)| {
        let parameter = parameters.get(*index)?;
        let is_it = parameter.location == Location::Header
            && parameter.name.eq_ignore_ascii_case(CONTENT_TYPE.as_str());
        value.as_str().filter(|_| is_it)
    })
}

fn media_type(operation: Option<&'static Operation>, index: usize) -> Result<&'static MediaType> {
    let media = operation.and_then(|operation| operation.bodies.get(index));
    media.ok_or_else(|| {
        Error::request(format!(
            "the operation has no media type number {index} for its body"
        ))
    })
}

/// A media type that can be sent: ranges such as `*/*` leave the choice to the client.
fn concrete(media: &MediaType, otherwise: &'static str) -> &'static str {
    if media.name().contains('*') {
        otherwise
    } else {
        media.name()
    }
}

fn option_headers(request: &Request, headers: &mut HeaderMap) -> Result<()> {
    if let Some(key) = &request.options.idempotency_key {
        let (_, value) = header(IDEMPOTENCY_KEY.as_str(), key)?;
        headers.insert(IDEMPOTENCY_KEY, value);
    }
    for (name, value) in &request.options.headers {
        let (name, value) = header(name, value)?;
        headers.insert(name, value);
    }
    Ok(())
}
