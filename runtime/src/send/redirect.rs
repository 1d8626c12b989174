//! Redirects (RFC 9110 section 15.4), followed here because credentials must not go along to another origin.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LOCATION, RANGE,
    TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderName, Method, Response};
use url::Url;

use super::attempt::Hop;
use crate::body::{Body, ByteStream};

/// What another origin may see. A list of what it may not see would miss the API's own headers with keys in them.
const HARMLESS: [HeaderName; 12] = [
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    CONTENT_ENCODING,
    CONTENT_TYPE,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_UNMODIFIED_SINCE,
    RANGE,
    TRANSFER_ENCODING,
    USER_AGENT,
];

/// Headers that describe a body.
const OF_THE_BODY: [HeaderName; 4] = [
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    TRANSFER_ENCODING,
];

/// Where the response sends the request; `None` if it is not a redirect or not one to follow.
pub(super) fn next(hop: &Hop, response: &Response<ByteStream>) -> Option<Hop> {
    let status = response.status().as_u16();
    let becomes_get = match status {
        // For historical reasons, POST becomes GET (RFC 9110 sections 15.4.2 and 15.4.3).
        301 | 302 => hop.method == Method::POST,
        303 => hop.method != Method::HEAD,
        307 | 308 => false,
        _ => return None,
    };
    let url = location(&hop.url, response.headers())?;
    // Never from an encrypted connection to a plain one.
    if hop.url.scheme() == "https" && url.scheme() != "https" {
        return None;
    }
    if !becomes_get && !hop.body.is_replayable() {
        return None;
    }
    let mut next = hop.clone();
    if becomes_get {
        next.method = Method::GET;
        next.body = Body::empty();
        OF_THE_BODY
            .iter()
            .for_each(|name| drop(next.headers.remove(name)));
    }
    if url.origin() != hop.url.origin() {
        next.trusted = false;
        next.headers = harmless(&next.headers);
    }
    next.url = url;
    Some(next)
}

fn location(base: &Url, headers: &HeaderMap) -> Option<Url> {
    let location = std::str::from_utf8(headers.get(LOCATION)?.as_bytes()).ok()?;
    let mut url = base.join(location).ok()?;
    if !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return None;
    }
    url.set_fragment(None);
    Some(url)
}

/// The headers that another origin may see.
pub(super) fn harmless(headers: &HeaderMap) -> HeaderMap {
    headers
        .iter()
        .filter(|(name, _)| HARMLESS.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderValue;

    fn hop(method: Method) -> Hop {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("secret"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        let url = Url::parse("https://a.example/v1/x?q=1").unwrap();
        Hop {
            method,
            url,
            headers,
            body: "body".into(),
            trusted: true,
        }
    }

    fn follow(method: Method, status: u16, location: &str) -> Option<Hop> {
        let response = Response::builder()
            .status(status)
            .header(LOCATION, location);
        next(
            &hop(method),
            &response.body(ByteStream::from(Bytes::new())).unwrap(),
        )
    }

    #[test]
    fn post_becomes_get_where_history_says_so() {
        for (status, method) in [
            (301, "GET"),
            (302, "GET"),
            (303, "GET"),
            (307, "POST"),
            (308, "POST"),
        ] {
            let next = follow(Method::POST, status, "/y").unwrap();
            assert_eq!(next.method.as_str(), method, "{status}");
            assert_eq!(next.headers.contains_key(CONTENT_TYPE), method == "POST");
            assert_eq!(next.url.as_str(), "https://a.example/y");
            assert!(next.trusted);
        }
        assert_eq!(follow(Method::PUT, 302, "/y").unwrap().method, Method::PUT);
        assert_eq!(
            follow(Method::HEAD, 303, "/y").unwrap().method,
            Method::HEAD
        );
    }

    #[test]
    fn another_origin_sees_only_harmless_headers() {
        for location in [
            "https://b.example/",
            "https://a.example:444/",
            "//b.example/x",
        ] {
            let next = follow(Method::GET, 302, location).unwrap();
            assert!(!next.trusted, "{location}");
            assert!(!next.headers.contains_key("x-api-key"));
            assert!(next.headers.contains_key(ACCEPT));
        }
    }

    #[test]
    fn unsafe_redirects_are_not_followed() {
        for location in [
            "http://a.example/",
            "file:///etc/passwd",
            "https://u:p@a.example/",
            "https://",
        ] {
            assert!(follow(Method::GET, 302, location).is_none(), "{location}");
        }
        assert!(follow(Method::GET, 304, "/y").is_none());
    }
}
