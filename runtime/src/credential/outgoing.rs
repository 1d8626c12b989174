//! A request that is about to leave, while credentials are applied to it.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::descriptor::SecurityScheme;
use crate::encode::percent;
use crate::error::{Error, Result};

/// A request that is about to leave: what [`Authorize`](crate::Authorize) reads and edits.
pub struct Outgoing<'a> {
    pub(crate) scheme: &'static SecurityScheme,
    pub(crate) scopes: &'a [&'static str],
    pub(crate) method: &'a Method,
    pub(crate) url: &'a mut Url,
    pub(crate) headers: &'a mut HeaderMap,
    pub(crate) body: Option<&'a Bytes>,
    pub(crate) body_length: Option<u64>,
}

impl Outgoing<'_> {
    /// The security scheme that wants the credential.
    #[must_use]
    pub fn scheme(&self) -> &'static SecurityScheme {
        self.scheme
    }

    /// The scopes that the operation needs.
    #[must_use]
    pub fn scopes(&self) -> &[&'static str] {
        self.scopes
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.method
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The headers so far.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// The body, if it is held in memory in one piece.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.map(|body| &body[..])
    }

    /// The length of the body, if it is known before the body is sent: in memory, a file, or as the header `Content-Length` says.
    #[must_use]
    pub fn body_length(&self) -> Option<u64> {
        let declared = self.headers.get(CONTENT_LENGTH);
        let declared = declared.and_then(|value| value.to_str().ok()?.parse().ok());
        declared.or(self.body_length)
    }

    /// Sets a header. Its value counts as secret: it is kept out of logs, and of the compression tables of HTTP/2.
    ///
    /// # Errors
    /// When name or value cannot be in a header.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<()> {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Error::credential(format!("`{name}` is not a header name")))?;
        let value = secret_value(value, name.as_str())?;
        self.headers.insert(name, value);
        Ok(())
    }

    /// Adds a query parameter.
    pub fn set_query(&mut self, name: &str, value: &str) {
        let mut query = self.url.query().unwrap_or_default().to_owned();
        if !query.is_empty() {
            query.push('&');
        }
        percent::component(&mut query, name);
        query.push('=');
        percent::component(&mut query, value);
        self.url.set_query(Some(&query));
    }

    /// Adds a cookie.
    ///
    /// # Errors
    /// When name or value cannot be in a cookie (RFC 6265 section 4.1.1).
    pub fn set_cookie(&mut self, name: &str, value: &str) -> Result<()> {
        let separates = |text: &str| text.contains([';', '\r', '\n']);
        if separates(name) || name.contains('=') || separates(value) {
            return Err(Error::credential(format!(
                "the value for the cookie `{name}` cannot be sent in a cookie"
            )));
        }
        let mut cookies = match self.headers.get(COOKIE) {
            Some(value) => [value.as_bytes(), b"; "].concat(),
            None => Vec::new(),
        };
        cookies.extend_from_slice(format!("{name}={value}").as_bytes());
        let mut cookies = HeaderValue::from_bytes(&cookies).map_err(|_| {
            Error::credential(format!(
                "the value for the cookie `{name}` cannot be sent in a cookie"
            ))
        })?;
        cookies.set_sensitive(true);
        self.headers.insert(COOKIE, cookies);
        Ok(())
    }
}

fn secret_value(value: &str, header: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Error::credential(format!(
            "the secret for the header `{header}` holds a character that no header may have"
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("scheme", &self.scheme.name())
            .field("method", self.method)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(any(feature = "shared-key", feature = "sigv4"))]
pub(super) mod tests {
    use super::*;

    static SCHEME: SecurityScheme = SecurityScheme::api_key_header("key", "Authorization");

    /// What an [`Outgoing`] borrows.
    pub(in crate::credential) struct Parts {
        pub(in crate::credential) method: Method,
        pub(in crate::credential) url: Url,
        pub(in crate::credential) headers: HeaderMap,
        pub(in crate::credential) body: Option<Bytes>,
    }

    impl Parts {
        /// A request without headers and body.
        pub(in crate::credential) fn new(method: &str, url: &str) -> Self {
            Self {
                method: method.parse().unwrap(),
                url: url.parse().unwrap(),
                headers: HeaderMap::new(),
                body: Some(Bytes::new()),
            }
        }

        pub(in crate::credential) fn header(mut self, name: &str, value: &str) -> Self {
            let name: HeaderName = name.parse().unwrap();
            self.headers.append(name, value.parse().unwrap());
            self
        }

        pub(in crate::credential) fn body(mut self, body: &'static [u8]) -> Self {
            self.body = Some(Bytes::from_static(body));
            self
        }

        pub(in crate::credential) fn outgoing(&mut self) -> Outgoing<'_> {
            Outgoing {
                scheme: &SCHEME,
                scopes: &[],
                method: &self.method,
                url: &mut self.url,
                headers: &mut self.headers,
                body: self.body.as_ref(),
                body_length: self.body.as_ref().map(|body| body.len() as u64),
            }
        }
    }
}
