//! Azure Storage shared key: an HMAC over the request, as the services of 2015-02-21 and later want it ("Authorize with Shared Key"
//! in the storage services' REST reference).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use super::signature::{header_line, hmac_sha256, names_with, query_pairs};
use super::{Authorize, Outgoing};
use crate::error::{Error, Result};
use crate::transport::BoxFuture;

/// Obsolete in HTTP (RFC 7231 appendix B), but not in these services.
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const MS_DATE: HeaderName = HeaderName::from_static("x-ms-date");
const MS_VERSION: HeaderName = HeaderName::from_static("x-ms-version");

/// The version of the services for requests that name none; without one, they behave as in 2009.
const VERSION: HeaderValue = HeaderValue::from_static("2024-11-04");

/// An account and its key.
pub(super) struct SharedKey {
    account: String,
    key: SecretSlice<u8>,
    /// The Table service, whatever the host is called.
    table: bool,
}

impl SharedKey {
    pub(super) fn new(account: &str, key: &SecretString, table: bool) -> Result<Self> {
        let key = STANDARD
            .decode(key.expose_secret().trim())
            .map_err(|_| {
                Error::configuration(format!(
                    "the access key of the storage account `{account}` is not Base64: copy the whole key, with its `=` at the end"
                ))
            })?;
        Ok(Self {
            account: account.to_owned(),
            key: key.into(),
            table,
        })
    }

    fn sign(&self, request: &mut Outgoing<'_>, now: Timestamp) -> Result<()> {
        let date = rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&now)
            .map_err(|error| {
                Error::credential("the clock shows no usable time").with_source(error)
            })?;
        let value = HeaderValue::from_str(&date).map_err(|error| {
            Error::credential("the clock shows no usable time").with_source(error)
        })?;
        request.headers.insert(MS_DATE, value);
        request.headers.entry(MS_VERSION).or_insert(VERSION);
        let text = if self.is_table(request) {
            self.table_text(request, &date)
        } else {
            self.text(request)
        };
        let signature = hmac_sha256(self.key.expose_secret(), text.as_bytes());
        let signature = STANDARD.encode(signature.as_ref());
        let account = &self.account;
        request.set_header("authorization", &format!("SharedKey {account}:{signature}"))
    }

    /// `ACCOUNT.table.core.windows.net`, in any cloud.
    fn is_table(&self, request: &Outgoing<'_>) -> bool {
        let host = request.url.host_str().unwrap_or_default();
        self.table || host.split('.').nth(1) == Some("table") && host.contains(".core.")
    }

    /// What is signed for the Blob, Queue, and File services.
    fn text(&self, request: &Outgoing<'_>) -> String {
        let line = |name: &HeaderName| header_line(request.headers, name.as_str());
        let length = request.body_length().filter(|length| *length > 0);
        let length = length.map(|length| length.to_string()).unwrap_or_default();
        let mut lines = vec![
            request.method.to_string(),
            line(&CONTENT_ENCODING),
            line(&CONTENT_LANGUAGE),
            length,
            line(&CONTENT_MD5),
            line(&CONTENT_TYPE),
            // `x-ms-date` stands for it, below.
            String::new(),
            line(&IF_MODIFIED_SINCE),
            line(&IF_MATCH),
            line(&IF_NONE_MATCH),
            line(&IF_UNMODIFIED_SINCE),
            line(&RANGE),
        ];
        let own = names_with(request.headers, "x-ms-").into_iter();
        lines.extend(own.map(|name| format!("{name}:{}", header_line(request.headers, name))));
        lines.push(format!("/{}{}", self.account, request.url.path()));
        lines.extend(self.query(request));
        lines.join("\n")
    }

    /// `name:value` for each name of the query: sorted, names in lower case, the values of one name sorted and in one line.
    fn query(&self, request: &Outgoing<'_>) -> Vec<String> {
        let mut pairs = query_pairs(request.url);
        pairs
            .iter_mut()
            .for_each(|(name, _)| *name = name.to_lowercase());
        pairs.sort();
        let same_name = pairs.chunk_by(|(one, _), (other, _)| one == other);
        same_name
            .map(|pairs| {
                let values: Vec<&str> = pairs.iter().map(|(_, value)| value.as_str()).collect();
                format!("{}:{}", pairs[0].0, values.join(","))
            })
            .collect()
    }

    /// What is signed for the Table service: fewer headers, the date itself, and of the query only `comp`.
    fn table_text(&self, request: &Outgoing<'_>, date: &str) -> String {
        let line = |name: &HeaderName| header_line(request.headers, name.as_str());
        let mut resource = format!("/{}{}", self.account, request.url.path());
        let component = query_pairs(request.url)
            .into_iter()
            .find(|(name, _)| name == "comp");
        if let Some((_, component)) = component {
            resource.push_str("?comp=");
            resource.push_str(&component);
        }
        let (md5, content_type) = (line(&CONTENT_MD5), line(&CONTENT_TYPE));
        [
            request.method.as_str(),
            &md5,
            &content_type,
            date,
            &resource,
        ]
        .join("\n")
    }
}

impl Authorize for SharedKey {
    fn signs(&self) -> bool {
        true
    }

    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(self.sign(request, Timestamp::now())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::outgoing::tests::Parts;

    /// The account and key that every emulator has.
    const ACCOUNT: &str = "devstoreaccount1";
    const KEY: &str =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    fn key(table: bool) -> SharedKey {
        SharedKey::new(ACCOUNT, &KEY.into(), table).unwrap()
    }

    /// 2015-02-20 00:00:02 UTC.
    const NOW: i64 = 1_424_390_402;

    fn signed(key: &SharedKey, parts: &mut Parts) -> String {
        let now = Timestamp::from_second(NOW).unwrap();
        let mut request = parts.outgoing();
        key.sign(&mut request, now).unwrap();
        key.text(&request)
    }

    #[test]
    fn text_has_a_line_for_each_header_and_parameter() {
        let mut parts = Parts::new(
            "PUT",
            "https://devstoreaccount1.blob.core.windows.net/my%20box/%C3%A9?restype=container&Comp=metadata&b=2&a=x%2Cy&b=1",
        )
        .header("content-type", "text/plain; charset=UTF-8")
        .header("x-ms-version", "2015-02-21")
        .header("x-ms-meta-b", "  two   words ")
        .header("X-MS-Meta-A", "1")
        .header("if-match", "*")
        .body(b"hello");
        assert_eq!(
            signed(&key(false), &mut parts),
            "PUT\n\n\n5\n\ntext/plain; charset=UTF-8\n\n\n*\n\n\n\n\
             x-ms-date:Fri, 20 Feb 2015 00:00:02 GMT\nx-ms-meta-a:1\nx-ms-meta-b:two   words\nx-ms-version:2015-02-21\n\
             /devstoreaccount1/my%20box/%C3%A9\na:x,y\nb:1,2\ncomp:metadata\nrestype:container"
        );
    }

    #[test]
    fn emulators_have_the_account_in_the_path_as_well() {
        let mut parts = Parts::new("GET", "http://127.0.0.1:10000/devstoreaccount1/box")
            .header("content-length", "0");
        let text = signed(&key(false), &mut parts);
        assert!(
            text.starts_with("GET\n\n\n\n\n"),
            "a length of 0 is empty: {text}"
        );
        assert!(
            text.ends_with("\n/devstoreaccount1/devstoreaccount1/box"),
            "{text}"
        );
        assert!(text.contains("\nx-ms-version:2024-11-04\n"), "{text}");
    }

    /// The signature was computed with OpenSSL.
    #[test]
    fn signature_is_that_of_the_text() {
        let mut parts = Parts::new("GET", "https://devstoreaccount1.blob.core.windows.net/box")
            .header("x-ms-version", "2015-02-21");
        signed(&key(false), &mut parts);
        let header = &parts.headers["authorization"];
        assert!(header.is_sensitive());
        assert_eq!(
            header,
            "SharedKey devstoreaccount1:xqmLd0xegmKtDOy6wzRWzT9xrx+vfy5Mxwqs5qZSTt4="
        );
    }

    #[test]
    fn tables_have_their_own_text() {
        let date = "Fri, 20 Feb 2015 00:00:02 GMT";
        let mut parts = Parts::new(
            "POST",
            "https://devstoreaccount1.table.core.windows.net/Tables?comp=acl&$top=3",
        )
        .header("content-type", "application/json");
        let request = parts.outgoing();
        assert!(key(false).is_table(&request));
        assert_eq!(
            key(false).table_text(&request, date),
            format!("POST\n\napplication/json\n{date}\n/devstoreaccount1/Tables?comp=acl")
        );
        let mut elsewhere = Parts::new("GET", "http://127.0.0.1:10002/devstoreaccount1/Tables");
        assert!(key(true).is_table(&elsewhere.outgoing()));
        assert!(!key(false).is_table(&elsewhere.outgoing()));
    }

    #[test]
    fn keys_that_are_cut_are_refused_without_showing_them() {
        let error = SharedKey::new("acme", &"not base64!".into(), false)
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("`acme` is not Base64"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("not base64!"), "{error:?}");
    }
}
