//! Signatures in the way of several services of Azure.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ring::digest;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{Hook, HookRequest};
use crate::credential::hmac_sha256;
use crate::error::{Error, Result};
use crate::transport::BoxFuture;

/// Signs each request with HMAC-SHA256 over method, path and query, date, host, and body: the scheme of Azure Communication
/// Services and Azure App Configuration.
///
/// It sets `x-ms-date`, `x-ms-content-sha256` and `Authorization`. Add it after hooks that change the request. A redirect asks for
/// another signature than the one that it gets, so that servers refuse it.
///
/// ```
/// use connector_runtime::hook::HmacSha256;
///
/// // Azure Communication Services: the access key, in Base64.
/// let communication = HmacSha256::new("c2VjcmV0");
/// // Azure App Configuration has an id for it too.
/// let configuration = HmacSha256::new("c2VjcmV0").credential("0-l4-s0:x");
/// // The key is in the connection.
/// let connection = HmacSha256::parameter("access_key");
/// ```
pub struct HmacSha256 {
    key: Key,
    credential: Option<String>,
    now: fn() -> SystemTime,
}

enum Key {
    Own(SecretString),
    Parameter(String),
}

impl HmacSha256 {
    /// Signs with this key, in Base64.
    pub fn new(key: impl Into<SecretString>) -> Self {
        Self::with(Key::Own(key.into()))
    }

    /// Signs with a key, in Base64, that is a connection parameter.
    pub fn parameter(name: impl Into<String>) -> Self {
        Self::with(Key::Parameter(name.into()))
    }

    fn with(key: Key) -> Self {
        Self {
            key,
            credential: None,
            now: SystemTime::now,
        }
    }

    /// The id of the key, for services that want it (`Credential=…`).
    #[must_use]
    pub fn credential(mut self, id: impl Into<String>) -> Self {
        self.credential = Some(id.into());
        self
    }

    fn sign(&self, request: &mut HookRequest<'_>) -> Result<()> {
        let key = match &self.key {
            Key::Own(key) => key.expose_secret(),
            Key::Parameter(name) => request.connection_parameter(name).ok_or_else(|| {
                Error::credential(format!(
                    "the connection has no value for the parameter `{name}`, the key for signatures"
                ))
            })?,
        };
        let key = STANDARD
            .decode(key.trim())
            .map_err(|_| Error::credential("the key for signatures is not Base64"))?;
        let body = request
            .body()
            .ok_or_else(|| Error::request("the body cannot be signed: it is not held in memory"))?;
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, body));
        let date = http_date((self.now)())?;
        let url = request.url();
        let text = format!(
            "{}\n{}\n{date};{};{hash}",
            request.method(),
            path_and_query(url),
            host(url)
        );
        let signature = STANDARD.encode(hmac_sha256(&key, text.as_bytes()));
        let credential = match &self.credential {
            Some(id) => format!("Credential={id}&"),
            None => String::new(),
        };
        request.set_header("x-ms-date", &date)?;
        request.set_header("x-ms-content-sha256", &hash)?;
        request.set_secret_header(
            "authorization",
            &format!(
                "HMAC-SHA256 {credential}SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
            ),
        )
    }
}

impl Hook for HmacSha256 {
    fn request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(self.sign(request)))
    }
}

/// Leaves out the key.
impl fmt::Debug for HmacSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacSha256")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// As the header `Host` has it.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// RFC 9110 section 5.6.7.
fn http_date(now: SystemTime) -> Result<String> {
    let wrong = |error| Error::credential("the clock shows no usable time").with_source(error);
    let now = Timestamp::try_from(now).map_err(wrong)?;
    rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .map_err(wrong)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::mock::{CapturedRequest, MockTransport, Reply};
    use crate::{Api, Client, Empty};

    static API: Api = Api::new("acme", "1");

    async fn sent(
        hook: HmacSha256,
        url: &str,
        method: &str,
        path: &str,
        body: &'static str,
    ) -> CapturedRequest {
        let mock = MockTransport::new();
        mock.reply(Reply::status(204));
        let client = Client::builder(&API)
            .transport(mock.clone())
            .base_url(url)
            .hook(HmacSha256 {
                // The first of January 2026.
                now: || SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600),
                ..hook
            })
            .build()
            .unwrap();
        let mut request = client.request(method, path);
        if !body.is_empty() {
            request = request.body("application/json", body);
        }
        request.send::<Empty>().await.unwrap();
        mock.last_request().unwrap()
    }

    /// The signatures were computed with the modules `hmac` and `hashlib` of Python.
    #[tokio::test]
    async fn signatures_are_those_that_others_compute() {
        let key = "cHctZm9yLXRlc3RzLW9ubHk=";
        let sms = "/sms?api-version=2021-03-07";
        let url = "https://acme.communication.azure.com";
        let post = sent(HmacSha256::new(key), url, "POST", sms, r#"{"a":1}"#).await;
        assert_eq!(
            post.header("x-ms-date"),
            Some("Thu, 01 Jan 2026 00:00:00 GMT")
        );
        assert_eq!(
            post.header("x-ms-content-sha256"),
            Some("AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=")
        );
        assert_eq!(
            post.header("authorization"),
            Some(
                "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=zZyMQxxs0gbXwWNaPsxIlnbjVOGcSmENukQB2C0X2i0="
            )
        );
        assert!(post.headers()["authorization"].is_sensitive());
        let hook = HmacSha256::new(key).credential("id");
        let get = sent(hook, "http://127.0.0.1:8483", "GET", "/kv?key=a%2Fb", "").await;
        assert_eq!(
            get.header("authorization"),
            Some(
                "HMAC-SHA256 Credential=id&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=xpmwpyjLzglJxnIidHgEe/cQETesK6O9n3sFNCgP+Zo="
            )
        );
    }

    #[tokio::test]
    async fn call_without_a_usable_key_is_not_sent() {
        for hook in [
            HmacSha256::new("not base64!"),
            HmacSha256::parameter("gone"),
        ] {
            let client = Client::builder(&API)
                .transport(MockTransport::new())
                .base_url("https://acme.example")
                .hook(hook)
                .build()
                .unwrap();
            let error = client.request("GET", "/").send::<Empty>().await;
            assert!(error.unwrap_err().is_credential());
        }
    }
}
