//! AWS Signature Version 4: an HMAC over the request ("Signing AWS API requests" in AWS' IAM guide).

use std::fmt;

use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::signature::{header_line, hex, hmac_sha256, names_with, query_pairs};
use super::{Authorize, Outgoing};
use crate::encode::percent;
use crate::error::{Error, Result};
use crate::transport::BoxFuture;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Stands for the hash of a body that is not known yet.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// An access key of AWS, and what it signs for.
#[derive(Clone)]
pub struct AwsAccessKey {
    id: String,
    secret: SecretString,
    session_token: Option<SecretString>,
    region: Option<String>,
    service: Option<String>,
}

impl AwsAccessKey {
    /// An access key by its id and secret.
    pub fn new(id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            session_token: None,
            region: None,
            service: None,
        }
    }

    /// The token that belongs to a temporary key.
    #[must_use]
    pub fn session_token(mut self, token: impl Into<SecretString>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// The region that the API runs in. Needed where the host does not name it; `API.execute-api.REGION.amazonaws.com` does, as
    /// do the hosts of AWS' own services.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The service's name in signatures. Needed where the host does not name it and it is not `execute-api`, the one of API Gateway.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }
}

impl fmt::Debug for AwsAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsAccessKey")
            .field("id", &self.id)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Signs requests with an access key.
pub(super) struct SigV4(pub(super) AwsAccessKey);

impl SigV4 {
    fn sign(&self, request: &mut Outgoing<'_>, now: Timestamp) -> Result<()> {
        let place = self.place(request.url)?;
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &time[..8];
        let scope = format!("{day}/{}/{}/aws4_request", place.region, place.service);
        self.add_headers(request, &time)?;
        let payload = payload(request)?;
        if place.service == "s3" || payload == UNSIGNED {
            request
                .headers
                .insert(CONTENT_SHA256, plain_value(&payload)?);
        }
        let (headers, names) = canonical_headers(request);
        let canonical = [
            request.method.as_str(),
            &canonical_path(request.url, &place.service),
            &canonical_query(request.url),
            &headers,
            &names,
            &payload,
        ]
        .join("\n");
        let text = format!(
            "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
            sha256(canonical.as_bytes())
        );
        let signature = hex(hmac_sha256(&self.key(day, &place), text.as_bytes()).as_ref());
        let id = &self.0.id;
        request.set_header(
            "authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
            ),
        )
    }

    fn add_headers(&self, request: &mut Outgoing<'_>, time: &str) -> Result<()> {
        request.headers.insert(DATE, plain_value(time)?);
        match &self.0.session_token {
            Some(token) => request.set_header("x-amz-security-token", token.expose_secret()),
            None => Ok(()),
        }
    }

    /// The key of a day, a region and a service.
    fn key(&self, day: &str, place: &Place) -> Zeroizing<Vec<u8>> {
        let secret = Zeroizing::new(format!("AWS4{}", self.0.secret.expose_secret()));
        let mut key = Zeroizing::new(secret.as_bytes().to_vec());
        for part in [day, &place.region, &place.service, "aws4_request"] {
            key = Zeroizing::new(hmac_sha256(&key, part.as_bytes()).as_ref().to_vec());
        }
        key
    }

    fn place(&self, url: &Url) -> Result<Place> {
        let host = url.host_str().unwrap_or_default();
        let named = Place::of_host(host);
        let (region, service) = match named {
            Some(named) => (Some(named.region), Some(named.service)),
            None => (None, None),
        };
        let service = self.0.service.clone().or(service);
        match self.0.region.clone().or(region) {
            Some(region) => Ok(Place {
                region,
                service: service.unwrap_or_else(|| "execute-api".to_owned()),
            }),
            None => Err(Error::credential(format!(
                "the host `{host}` does not say which region of AWS it is in: set the region of the access key"
            ))),
        }
    }
}

impl Authorize for SigV4 {
    fn signs(&self) -> bool {
        true
    }

    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(self.sign(request, Timestamp::now())))
    }
}

/// Where a signature holds.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    region: String,
    service: String,
}

impl Place {
    /// `….SERVICE.REGION.amazonaws.com`, `SERVICE.amazonaws.com` for services of the whole world, and function URLs.
    fn of_host(host: &str) -> Option<Self> {
        let place = |region: &str, service: &str| {
            Some(Self {
                region: region.to_owned(),
                service: service.to_owned(),
            })
        };
        if let Some(names) = host.strip_suffix(".on.aws") {
            return match names.split('.').collect::<Vec<_>>()[..] {
                [_, "lambda-url", region] => place(region, "lambda"),
                _ => None,
            };
        }
        let names = [".amazonaws.com", ".amazonaws.com.cn"]
            .iter()
            .find_map(|suffix| host.strip_suffix(suffix))?;
        // Endpoints inside a private network.
        let names = names.strip_suffix(".vpce").unwrap_or(names);
        match names.rsplit('.').collect::<Vec<_>>()[..] {
            [region, service, ..] if is_region(region) => place(region, service),
            [service, ..] => place("us-east-1", service),
            [] => None,
        }
    }
}

/// `eu-central-1`, `us-gov-west-1`.
fn is_region(name: &str) -> bool {
    name.contains('-') && name.ends_with(|last: char| last.is_ascii_digit())
}

/// The hash of the body. A body that is not in memory goes unsigned, which is safe only where TLS protects it.
fn payload(request: &Outgoing<'_>) -> Result<String> {
    match request.body() {
        Some(body) => Ok(sha256(body)),
        None if request.url.scheme() == "https" => Ok(UNSIGNED.to_owned()),
        None => Err(Error::credential(
            "the signature cannot cover a body that is streamed: send it over https, or hold it in memory",
        )),
    }
}

/// One line for each header, and their names. AWS asks for the host, the media type and its own; others may change on the way.
fn canonical_headers(request: &Outgoing<'_>) -> (String, String) {
    let mut lines = vec![("host", host(request))];
    let mut names = names_with(request.headers, "x-amz-");
    for name in ["content-type", "content-md5"] {
        if request.headers.contains_key(name) {
            names.push(name);
        }
    }
    lines.extend(
        names
            .into_iter()
            .map(|name| (name, single_spaced(&header_line(request.headers, name)))),
    );
    lines.sort_unstable();
    let text = lines
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    (text, names.join(";"))
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The `Host` header, which HTTP adds later.
fn host(request: &Outgoing<'_>) -> String {
    if request.headers.contains_key("host") {
        return header_line(request.headers, "host");
    }
    let host = request.url.host_str().unwrap_or_default();
    match request.url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The path as it is sent, escaped once more and without empty segments. S3 alone takes it as it is.
fn canonical_path(url: &Url, service: &str) -> String {
    let mut path = String::new();
    if service == "s3" {
        for segment in url.path().split('/').skip(1) {
            let plain = percent_encoding::percent_decode_str(segment).collect::<Vec<u8>>();
            path.push('/');
            path.push_str(&escaped(&plain));
        }
        return path;
    }
    let segments = url.path().split('/').filter(|segment| !segment.is_empty());
    for segment in segments {
        path.push('/');
        percent::component(&mut path, segment);
    }
    if url.path().ends_with('/') {
        path.push('/');
    }
    path
}

/// The query, its names and values escaped in AWS' way and sorted.
fn canonical_query(url: &Url) -> String {
    let pairs = query_pairs(url).into_iter();
    let mut pairs: Vec<(String, String)> = pairs
        .map(|(name, value)| (escaped(name.as_bytes()), escaped(value.as_bytes())))
        .collect();
    pairs.sort_unstable();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

/// All but unreserved characters escaped.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    percent::component_bytes(&mut out, bytes);
    out
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn plain_value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|error| Error::credential("the clock shows no usable time").with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::outgoing::tests::Parts;

    /// 2015-08-30 12:36:00 UTC, the time of AWS' examples.
    const NOW: i64 = 1_440_938_160;

    /// The key of AWS' examples.
    fn key() -> AwsAccessKey {
        AwsAccessKey::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    }

    fn authorization(key: AwsAccessKey, parts: &mut Parts) -> Result<String> {
        let now = Timestamp::from_second(NOW).unwrap();
        SigV4(key).sign(&mut parts.outgoing(), now)?;
        Ok(parts.headers["authorization"].to_str().unwrap().to_owned())
    }

    #[test]
    fn signatures_are_those_that_aws_publishes() {
        let suite = key().region("us-east-1").service("service");
        let mut vanilla = Parts::new("GET", "https://example.amazonaws.com/");
        assert_eq!(
            authorization(suite, &mut vanilla).unwrap(),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        let mut list_users = Parts::new(
            "GET",
            "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        )
        .header(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        );
        // The host says the rest.
        assert_eq!(
            authorization(key(), &mut list_users).unwrap(),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
        assert!(list_users.headers["authorization"].is_sensitive());
    }

    #[test]
    fn hosts_of_aws_name_region_and_service() {
        for (host, region, service) in [
            (
                "abc.execute-api.eu-west-1.amazonaws.com",
                "eu-west-1",
                "execute-api",
            ),
            (
                "vpce-1-abc.execute-api.us-gov-west-1.vpce.amazonaws.com",
                "us-gov-west-1",
                "execute-api",
            ),
            (
                "abc.execute-api.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
                "execute-api",
            ),
            ("bucket.s3.us-east-2.amazonaws.com", "us-east-2", "s3"),
            ("iam.amazonaws.com", "us-east-1", "iam"),
            ("abc.lambda-url.us-west-2.on.aws", "us-west-2", "lambda"),
        ] {
            let place = Place::of_host(host).unwrap();
            assert_eq!(
                (&*place.region, &*place.service),
                (region, service),
                "{host}"
            );
        }
        let mut parts = Parts::new("GET", "https://api.acme.example/");
        let error = authorization(key(), &mut parts).unwrap_err();
        assert!(error.to_string().contains("set the region"), "{error}");
        let header = authorization(key().region("eu-west-1"), &mut parts).unwrap();
        assert!(header.contains("/eu-west-1/execute-api/"), "{header}");
    }

    #[test]
    fn session_tokens_are_sent_and_signed() {
        let mut parts = Parts::new("GET", "https://iam.amazonaws.com/");
        let header = authorization(key().session_token("hush"), &mut parts).unwrap();
        assert!(
            header.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"),
            "{header}"
        );
        assert!(parts.headers["x-amz-security-token"].is_sensitive());
        let shown = format!("{:?}", key().session_token("hush"));
        assert!(
            !shown.contains("hush") && !shown.contains("EXAMPLEKEY"),
            "{shown}"
        );
    }

    #[test]
    fn streams_go_unsigned_over_tls_only() {
        let streamed = |url: &str| {
            let mut parts = Parts::new("PUT", url);
            parts.body = None;
            authorization(key().region("us-east-1"), &mut parts).map(|_| parts.headers)
        };
        let headers = streamed("https://abc.execute-api.us-east-1.amazonaws.com/").unwrap();
        assert_eq!(headers["x-amz-content-sha256"], UNSIGNED);
        let error = streamed("http://localhost/").unwrap_err();
        assert!(error.to_string().contains("over https"), "{error}");
    }

    #[test]
    fn paths_are_escaped_twice_save_for_s3() {
        let url: Url = "https://x.example/a%20b//c(d)/?b=2&a=%2F&b=1&c"
            .parse()
            .unwrap();
        assert_eq!(canonical_path(&url, "execute-api"), "/a%2520b/c%28d%29/");
        assert_eq!(canonical_path(&url, "s3"), "/a%20b//c%28d%29/");
        assert_eq!(canonical_query(&url), "a=%2F&b=1&b=2&c=");
    }
}
