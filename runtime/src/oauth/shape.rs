//! From the standard token request to the one that a provider wants.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::template::{self, Values};
use super::{RequestFormat, TokenRequest};
use crate::error::{Error, Result};

/// Parameters in their order.
pub(super) type Pairs = Vec<(String, String)>;

/// Sets a parameter, in place of the one that has the name.
pub(super) fn set(pairs: &mut Pairs, name: &str, value: String) {
    match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => pairs.push((name.to_owned(), value)),
    }
}

/// The parameters of a form. Of several with one name, the last one counts.
pub(super) fn parameters(form: &[u8]) -> Pairs {
    let mut pairs = Vec::new();
    for (name, value) in form_urlencoded::parse(form) {
        set(&mut pairs, &name, value.into_owned());
    }
    pairs
}

/// The request as the provider wants it.
pub(super) fn request(
    wanted: &TokenRequest,
    url: Url,
    mut pairs: Pairs,
    headers: &HeaderMap,
    values: Values<'_>,
) -> Result<Request<Vec<u8>>> {
    adjust(wanted, &mut pairs, values)?;
    let mut request = match &wanted.body {
        Some(body) => templated(wanted, url, body, values)?,
        None => written(wanted.format, url, &pairs),
    };
    let method = wanted.method.as_deref().unwrap_or("POST");
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| {
        Error::configuration(format!(
            "`{method}` is not a method for the token request of the provider"
        ))
    })?;
    let all = request.headers_mut();
    all.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(authorization) = headers.get(AUTHORIZATION) {
        all.insert(AUTHORIZATION, authorization.clone());
    }
    for (name, value) in &wanted.headers {
        let (name, value) = header(name, &template::fill(value, values)?)?;
        all.insert(name, value);
    }
    Ok(request)
}

/// Adds, replaces, removes and renames parameters.
pub(super) fn adjust(wanted: &TokenRequest, pairs: &mut Pairs, values: Values<'_>) -> Result<()> {
    for (name, value) in &wanted.parameters {
        match value.as_str() {
            "" => pairs.retain(|(known, _)| known != name),
            value => set(pairs, name, template::fill(value, values)?),
        }
    }
    for (name, _) in pairs.iter_mut() {
        if let Some(other) = wanted.rename.get(name) {
            name.clone_from(other);
        }
    }
    Ok(())
}

fn written(format: RequestFormat, mut url: Url, pairs: &Pairs) -> Request<Vec<u8>> {
    let (media_type, body) = match format {
        RequestFormat::Form => ("application/x-www-form-urlencoded", form(pairs)),
        RequestFormat::Json => ("application/json", json(pairs)),
        RequestFormat::Query => {
            url.query_pairs_mut().extend_pairs(pairs);
            return located(&url, Vec::new());
        }
    };
    let mut request = located(&url, body.into_bytes());
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    request
}

fn form(pairs: &Pairs) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn json(pairs: &Pairs) -> String {
    let members: Map<String, Value> = pairs
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    Value::from(members).to_string()
}

/// A body from a template; values are escaped as its media type wants.
fn templated(
    wanted: &TokenRequest,
    url: Url,
    body: &str,
    values: Values<'_>,
) -> Result<Request<Vec<u8>>> {
    let default = match wanted.format {
        RequestFormat::Json => "application/json",
        RequestFormat::Form | RequestFormat::Query => "application/x-www-form-urlencoded",
    };
    let media_type = wanted.content_type.as_deref().unwrap_or(default);
    let body = template::fill_escaped(body, values, |value| escape(media_type, &value))?;
    let mut request = located(&url, body.into_bytes());
    let (name, value) = header(CONTENT_TYPE.as_str(), media_type)?;
    request.headers_mut().insert(name, value);
    Ok(request)
}

fn escape(media_type: &str, value: &str) -> String {
    if media_type.contains("json") {
        let quoted = Value::from(value).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    } else if media_type.contains("xml") {
        value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&apos;")
    } else if media_type.contains("form-urlencoded") {
        form_urlencoded::byte_serialize(value.as_bytes()).collect()
    } else {
        value.to_owned()
    }
}

fn located(url: &Url, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    // A URL that `Url` accepts and `Uri` does not would have no host; checked before.
    if let Ok(uri) = url.as_str().parse() {
        *request.uri_mut() = uri;
    }
    request
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).ok();
    let value = HeaderValue::from_str(value).ok().map(|mut value| {
        value.set_sensitive(true);
        value
    });
    parsed.zip(value).ok_or_else(|| {
        Error::configuration(format!(
            "the header `{name}` of the provider's token request cannot be sent"
        ))
    })
}

/// `Authorization: Basic` with id and secret as they are.
pub(super) fn raw_basic(id: &str, secret: &str) -> Result<HeaderValue> {
    let encoded = STANDARD.encode(format!("{id}:{secret}"));
    header(AUTHORIZATION.as_str(), &format!("Basic {encoded}")).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str) -> Option<String> {
        match name {
            "client_id" => Some("id".to_owned()),
            "client_secret" => Some("a\"b&<c>".to_owned()),
            "refresh_token" => Some("r1".to_owned()),
            _ => None,
        }
    }

    fn shaped(toml: serde_json::Value) -> Request<Vec<u8>> {
        let wanted: TokenRequest = serde_json::from_value(toml).unwrap();
        let pairs = parameters(b"grant_type=refresh_token&refresh_token=r1&scope=a+b");
        let url = Url::parse("https://idp.example/token?v=2").unwrap();
        request(&wanted, url, pairs, &HeaderMap::new(), &values).unwrap()
    }

    fn body(request: &Request<Vec<u8>>) -> &str {
        std::str::from_utf8(request.body()).unwrap()
    }

    #[test]
    fn standard_request_stays_as_it_is() {
        let request = shaped(serde_json::json!({}));
        assert_eq!(request.method(), "POST");
        assert_eq!(
            body(&request),
            "grant_type=refresh_token&refresh_token=r1&scope=a+b"
        );
    }

    #[test]
    fn parameters_are_added_replaced_removed_and_renamed() {
        let request = shaped(serde_json::json!({
            "parameters": {"scope": "", "grant_type": "renew", "audience": "api for {client_id}"},
            "rename": {"refresh_token": "token"},
        }));
        assert_eq!(
            body(&request),
            "grant_type=renew&token=r1&audience=api+for+id"
        );
    }

    #[test]
    fn parameters_can_be_json_or_a_query() {
        let json = shaped(serde_json::json!({"format": "json"}));
        assert_eq!(json.headers()["content-type"], "application/json");
        assert_eq!(
            body(&json),
            r#"{"grant_type":"refresh_token","refresh_token":"r1","scope":"a b"}"#
        );
        let query = shaped(serde_json::json!({"format": "query", "method": "GET"}));
        assert_eq!(query.method(), "GET");
        assert_eq!(
            query.uri(),
            "https://idp.example/token?v=2&grant_type=refresh_token&refresh_token=r1&scope=a+b"
        );
        assert!(query.body().is_empty());
    }

    #[test]
    fn body_can_be_a_template_whose_values_are_escaped() {
        let xml = shaped(serde_json::json!({
            "body": "<login><s>{client_secret}</s></login>", "content_type": "application/xml",
        }));
        assert_eq!(body(&xml), "<login><s>a&quot;b&amp;&lt;c&gt;</s></login>");
        let json = shaped(serde_json::json!({
            "body": "{\"s\": \"{client_secret}\"}", "content_type": "application/json",
        }));
        assert_eq!(body(&json), r#"{"s": "a\"b&<c>"}"#);
        let form = shaped(serde_json::json!({"body": "s={client_secret}"}));
        assert_eq!(body(&form), "s=a%22b%26%3Cc%3E");
        // `id:a"b&<c>`, whose Base64 has a `=` at the end.
        let encoded = shaped(serde_json::json!({"body": "s={base64(client_id:client_secret)}"}));
        assert_eq!(body(&encoded), "s=aWQ6YSJiJjxjPg%3D%3D");
    }

    #[test]
    fn headers_can_hold_encoded_values() {
        let request = shaped(serde_json::json!({
            "headers": {"authorization": "Basic {base64(client_id:refresh_token)}", "x-key": "{client_id}"},
        }));
        assert_eq!(request.headers()["authorization"], "Basic aWQ6cjE=");
        assert_eq!(request.headers()["x-key"], "id");
        assert!(request.headers()["x-key"].is_sensitive());
    }
}
