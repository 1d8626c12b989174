//! What an authorization server says about itself (RFC 8414, OpenID Connect Discovery).

use http::header::ACCEPT;
use http::{HeaderValue, Request};
use serde_json::{Map, Value};
use url::Url;

use super::http::Http;
use super::jwt::Algorithm;
use super::template::checked_url;
use super::{ClientAuthentication, OAuthClient};
use crate::connection::is_local;
use crate::error::{Error, Result};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// The metadata of an authorization server. The issuer in it is the one that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The issuer identifier.
    pub issuer: String,
    /// Where a person signs in.
    pub authorization_url: Option<Url>,
    /// Where tokens are handed out.
    pub token_url: Option<Url>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_url: Option<Url>,
    /// Where a device asks for a code (RFC 8628).
    pub device_authorization_url: Option<Url>,
    /// Where the state of a token is asked for (RFC 7662).
    pub introspection_url: Option<Url>,
    /// Where its public keys are.
    pub jwks_url: Option<Url>,
    /// The scopes that it names; none, if it doesn't name them.
    pub scopes: Vec<String>,
    /// How a client can prove who it is at the token endpoint, by the registered names. By default `client_secret_basic`.
    pub client_authentication: Vec<String>,
    /// Whether it names itself in the redirect back (RFC 9207).
    pub names_issuer: bool,
    /// The algorithms of its ID tokens, by name.
    pub id_token_algorithms: Vec<String>,
    /// Where clients with a certificate go, if that is elsewhere (RFC 8705 section 5).
    mutual_tls: Option<Box<MutualTls>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct MutualTls {
    token_url: Option<Url>,
    revocation_url: Option<Url>,
    device_authorization_url: Option<Url>,
    introspection_url: Option<Url>,
}

impl Metadata {
    /// Asks an issuer for its metadata, at each of the places where specifications put it. `None` if it publishes none.
    ///
    /// # Errors
    /// When its issuer is another one (RFC 8414 section 3.3), an endpoint is not https, or the server can't be asked.
    pub(crate) async fn of_issuer(http: &Http, issuer: &str) -> Result<Option<Self>> {
        let mut unclear = None;
        for url in places(issuer, http.insecure)? {
            match Self::fetch(http, &url, Some(issuer)).await {
                Ok(metadata) => return Ok(Some(metadata)),
                Err(Failure::NotFound(_)) => {}
                Err(Failure::Unclear(error)) => unclear = unclear.or(Some(error)),
                // What the server says about itself is more to the point than that it says nothing elsewhere.
                Err(Failure::Wrong(error)) => return Err(error),
            }
        }
        unclear.map_or(Ok(None), Err)
    }

    /// Reads the metadata at a URL, such as the `openIdConnectUrl` of an API's definition. The issuer in it has to be `issuer`,
    /// else the one that the URL belongs to.
    ///
    /// # Errors
    /// As [`Metadata::of_issuer`].
    pub(crate) async fn at(http: &Http, url: &str, issuer: Option<&str>) -> Result<Self> {
        let url = checked_url(url, http.insecure)?;
        let derived = issuer.is_none().then(|| issuer_of(&url)).flatten();
        let expected = issuer.or(derived.as_deref());
        Ok(Self::fetch(http, &url, expected).await?)
    }

    async fn fetch(http: &Http, url: &Url, issuer: Option<&str>) -> Result<Self, Failure> {
        let failed = |reason: &str| {
            let url = shown(url);
            format!("the authorization server's metadata cannot be read from {url}: {reason}")
        };
        let mut request = Request::get(url.as_str())
            .body(Vec::new())
            .map_err(|error| Failure::Wrong(Error::configuration(failed(&error.to_string()))))?;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json);
        let response = http.send(request).await.map_err(|error| {
            Failure::Unclear(Error::credential(failed(&error.to_string())).with_source(error))
        })?;
        let status = response.status();
        if !status.is_success() {
            let error = Error::credential(failed(&format!("the answer was {status}")));
            return Err(match status.as_u16() {
                404 | 410 => Failure::NotFound(error),
                _ => Failure::Unclear(error),
            });
        }
        let members: Map<String, Value> =
            serde_json::from_slice(response.body()).map_err(|_| {
                Failure::Unclear(Error::credential(failed("the answer is no JSON object")))
            })?;
        let read = Self::read(&members, url, issuer, http.insecure);
        read.map_err(|reason| Failure::Wrong(Error::credential(failed(&reason))))
    }

    fn read(
        members: &Map<String, Value>,
        asked: &Url,
        expected: Option<&str>,
        insecure: bool,
    ) -> Result<Self, String> {
        let issuer = members.get("issuer").and_then(Value::as_str);
        let issuer = issuer.ok_or("it names no issuer")?;
        let parsed = checked_url(issuer, insecure).map_err(|error| error.to_string())?;
        let is_expected = match expected {
            Some(expected) => issuer == expected,
            None => parsed.origin() == asked.origin(),
        };
        if !is_expected {
            return Err(format!(
                "it says that its issuer is `{issuer}`, not `{}`; if that is right, set it as the issuer of the provider",
                expected.unwrap_or(asked.as_str())
            ));
        }
        // Plain http to this machine is fine for a server on this machine only.
        let plain = insecure || is_local(&parsed);
        let url = |name: &str| endpoint(members, name, insecure, plain);
        let aliases = members.get("mtls_endpoint_aliases");
        let aliases = aliases.and_then(Value::as_object);
        let mutual_tls = aliases.map(|aliases| MutualTls::read(aliases, insecure, plain));
        let texts = |name: &str| -> Vec<String> {
            let items = members.get(name).and_then(Value::as_array);
            let items = items.into_iter().flatten();
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        Ok(Self {
            issuer: issuer.to_owned(),
            authorization_url: url("authorization_endpoint")?,
            token_url: url("token_endpoint")?,
            revocation_url: url("revocation_endpoint")?,
            device_authorization_url: url("device_authorization_endpoint")?,
            introspection_url: url("introspection_endpoint")?,
            jwks_url: url("jwks_uri")?,
            scopes: texts("scopes_supported"),
            client_authentication: texts("token_endpoint_auth_methods_supported"),
            names_issuer: members.get("authorization_response_iss_parameter_supported")
                == Some(&true.into()),
            id_token_algorithms: texts("id_token_signing_alg_values_supported"),
            mutual_tls: mutual_tls.transpose()?.map(Box::new),
        })
    }

    /// Gives a client what its provider doesn't say: endpoints, and a way to prove who it is that the server knows.
    pub(crate) fn complete(&self, client: &mut OAuthClient) {
        let with_certificate = client.method() == ClientAuthentication::Tls;
        let elsewhere = self.mutual_tls.as_deref().filter(|_| with_certificate);
        type Alias = fn(&MutualTls) -> &Option<Url>;
        let place = |standard: &Option<Url>, alias: Alias| {
            let alias = elsewhere.and_then(|endpoints| alias(endpoints).as_ref());
            alias.or(standard.as_ref()).map(Url::to_string)
        };
        let provider = &mut client.provider;
        // The same, with values in the place of names.
        provider.issuer = Some(self.issuer.clone());
        let page = self.authorization_url.as_ref().map(Url::to_string);
        for (endpoint, found) in [
            (&mut provider.authorization_url, page),
            (
                &mut provider.token_url,
                place(&self.token_url, |tls| &tls.token_url),
            ),
            (
                &mut provider.revocation_url,
                place(&self.revocation_url, |tls| &tls.revocation_url),
            ),
            (
                &mut provider.device_authorization_url,
                place(&self.device_authorization_url, |tls| {
                    &tls.device_authorization_url
                }),
            ),
            (
                &mut provider.introspection_url,
                place(&self.introspection_url, |tls| &tls.introspection_url),
            ),
        ] {
            if endpoint.is_none() {
                *endpoint = found;
            }
        }
        let knows = |name: &str| self.client_authentication.iter().any(|known| known == name);
        let chosen = client
            .authentication
            .or(client.provider.client_authentication);
        let by_secret = client.method() == ClientAuthentication::Basic;
        if chosen.is_none()
            && by_secret
            && !knows("client_secret_basic")
            && knows("client_secret_post")
        {
            client.provider.client_authentication = Some(ClientAuthentication::Body);
        }
    }

    /// The algorithms that ID tokens may be signed with. RS256 is the default (OpenID Connect Dynamic Registration section 2).
    pub(crate) fn algorithms(&self) -> Vec<Algorithm> {
        let names = self.id_token_algorithms.iter();
        let known: Vec<Algorithm> = names
            .filter_map(|name| Algorithm::from_name(name))
            .collect();
        match known.is_empty() {
            true => vec![Algorithm::Rs256],
            false => known,
        }
    }
}

impl MutualTls {
    fn read(members: &Map<String, Value>, insecure: bool, plain: bool) -> Result<Self, String> {
        let url = |name: &str| endpoint(members, name, insecure, plain);
        Ok(Self {
            token_url: url("token_endpoint")?,
            revocation_url: url("revocation_endpoint")?,
            device_authorization_url: url("device_authorization_endpoint")?,
            introspection_url: url("introspection_endpoint")?,
        })
    }
}

/// An endpoint among the members. `plain` allows http, which `insecure` does beyond this machine.
fn endpoint(
    members: &Map<String, Value>,
    name: &str,
    insecure: bool,
    plain: bool,
) -> Result<Option<Url>, String> {
    let Some(text) = members.get(name).and_then(Value::as_str) else {
        return Ok(None);
    };
    let url = checked_url(text, insecure).map_err(|error| error.to_string())?;
    if url.scheme() == "https" || plain {
        return Ok(Some(url));
    }
    Err(format!("`{name}` is `{text}`, which is not https"))
}

enum Failure {
    /// There is no metadata at this place.
    NotFound(Error),
    /// It cannot be told whether there is.
    Unclear(Error),
    /// There is, and it is not to be used.
    Wrong(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound(error) | Failure::Unclear(error) | Failure::Wrong(error) => error,
        }
    }
}

/// Where an issuer's metadata may be: OpenID Connect puts the well-known part behind the path (Discovery section 4.1), RFC 8414
/// before it (sections 3.1 and 5).
fn places(issuer: &str, insecure: bool) -> Result<Vec<Url>> {
    let base = checked_url(issuer, insecure)?;
    if base.query().is_some() || base.fragment().is_some() {
        return Err(Error::configuration(format!(
            "the issuer `{issuer}` has a query or a fragment, which issuers cannot have (RFC 8414 section 2)"
        )));
    }
    let path = base.path().trim_end_matches('/');
    let mut paths = vec![format!("{path}{OPENID}"), format!("{OAUTH}{path}")];
    if !path.is_empty() {
        paths.push(format!("{OPENID}{path}"));
    }
    let urls = paths.into_iter().map(|path| {
        let mut url = base.clone();
        url.set_path(&path);
        url
    });
    Ok(urls.collect())
}

/// The issuer that metadata at this URL belongs to.
fn issuer_of(url: &Url) -> Option<String> {
    let origin = url.origin().ascii_serialization();
    if url.query().is_some() {
        return None;
    }
    let path = url.path();
    if let Some(path) = path.strip_suffix(OPENID) {
        return Some(format!("{origin}{path}"));
    }
    let path = path.strip_prefix(OAUTH).or(path.strip_prefix(OPENID))?;
    Some(format!("{origin}{path}"))
}

/// A URL for messages: its query may be somebody's business.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::connection::Connection;
    use crate::mock::{MockTransport, Reply};

    const ISSUER: &str = "https://issuer.example/tenant";

    /// A server that has its metadata in one place.
    fn server(place: &'static str, document: Value) -> (MockTransport, Http) {
        let mock = MockTransport::new();
        mock.handler(move |request| match request.path() == place {
            true => Reply::json(200, &document),
            false => Reply::status(404),
        });
        let http = Http::new(Arc::new(mock.clone()), &Connection::new());
        (mock, http)
    }

    fn document(issuer: &str) -> Value {
        json!({
            "issuer": issuer,
            "authorization_endpoint": "https://issuer.example/authorize",
            "token_endpoint": "https://issuer.example/token",
            "jwks_uri": "https://issuer.example/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    #[tokio::test]
    async fn metadata_is_found_in_each_of_its_places() {
        for place in [
            "/tenant/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server/tenant",
            "/.well-known/openid-configuration/tenant",
        ] {
            let (_, http) = server(place, document(ISSUER));
            let metadata = Metadata::of_issuer(&http, ISSUER).await.unwrap().unwrap();
            assert_eq!(metadata.token_url.unwrap().path(), "/token");
            assert!(metadata.names_issuer);
        }
        let (mock, http) = server("/nowhere", Value::Null);
        assert_eq!(Metadata::of_issuer(&http, ISSUER).await.unwrap(), None);
        assert_eq!(mock.requests().len(), 3);
        mock.handler(|_| Reply::status(503));
        let error = Metadata::of_issuer(&http, ISSUER).await.unwrap_err();
        assert!(error.to_string().contains("503"), "{error}");
    }

    #[tokio::test]
    async fn issuer_in_the_document_must_be_the_one_that_was_asked() {
        for other in ["https://issuer.example/tenant/", "https://evil.example"] {
            let place = "/tenant/.well-known/openid-configuration";
            let (_, http) = server(place, document(other));
            let error = Metadata::of_issuer(&http, ISSUER).await.unwrap_err();
            assert!(error.to_string().contains(other), "{error}");
        }
    }

    #[tokio::test]
    async fn configuration_url_says_which_issuer_it_belongs_to() {
        let place = "/tenant/.well-known/openid-configuration";
        let url = format!("https://issuer.example{place}");
        let (_, http) = server(place, document(ISSUER));
        assert!(Metadata::at(&http, &url, None).await.is_ok());
        let (_, http) = server(place, document("https://other.example/"));
        assert!(Metadata::at(&http, &url, None).await.is_err());
        let known = Some("https://other.example/");
        assert!(Metadata::at(&http, &url, known).await.is_ok());
    }

    #[tokio::test]
    async fn configuration_anywhere_must_be_of_its_own_host() {
        let url = "https://issuer.example/config.json?policy=p";
        let (_, http) = server("/config.json", document("https://issuer.example/x"));
        assert!(Metadata::at(&http, url, None).await.is_ok());
        let (_, http) = server("/config.json", document("https://evil.example/x"));
        assert!(Metadata::at(&http, url, None).await.is_err());
    }

    #[tokio::test]
    async fn endpoints_must_be_encrypted() {
        for insecure in ["http://issuer.example/token", "http://127.0.0.1/token"] {
            let mut document = document(ISSUER);
            document["token_endpoint"] = insecure.into();
            let (_, http) = server("/tenant/.well-known/openid-configuration", document);
            let error = Metadata::of_issuer(&http, ISSUER).await.unwrap_err();
            assert!(error.to_string().contains("is not https"), "{error}");
        }
        let (mock, http) = server("/", Value::Null);
        assert!(
            Metadata::of_issuer(&http, "http://issuer.example")
                .await
                .is_err()
        );
        assert!(mock.requests().is_empty());
    }

    #[tokio::test]
    async fn provider_is_completed_and_not_overruled() {
        let place = "/tenant/.well-known/openid-configuration";
        let (_, http) = server(place, document(ISSUER));
        let metadata = Metadata::of_issuer(&http, ISSUER).await.unwrap().unwrap();
        let mut client = OAuthClient::new("id", "secret").token_url("https://own.example/token");
        metadata.complete(&mut client);
        let provider = &client.provider;
        assert_eq!(
            provider.token_url.as_deref(),
            Some("https://own.example/token")
        );
        assert_eq!(
            provider.authorization_url.as_deref(),
            Some("https://issuer.example/authorize")
        );
        assert_eq!(provider.issuer.as_deref(), Some(ISSUER));
        assert_eq!(client.method(), ClientAuthentication::Body);
        let mut client = OAuthClient::new("id", "s").authentication(ClientAuthentication::Basic);
        metadata.complete(&mut client);
        assert_eq!(client.method(), ClientAuthentication::Basic);
    }

    #[tokio::test]
    async fn clients_with_a_certificate_go_where_it_is_asked_for() {
        let mut document = document(ISSUER);
        document["mtls_endpoint_aliases"] =
            json!({"token_endpoint": "https://mtls.issuer.example/token"});
        let (_, http) = server("/tenant/.well-known/openid-configuration", document);
        let found = Metadata::of_issuer(&http, ISSUER).await.unwrap().unwrap();
        let token_url = |authentication| {
            let mut client = OAuthClient::public("id").authentication(authentication);
            found.complete(&mut client);
            client.provider.token_url.unwrap()
        };
        let with_certificate = token_url(ClientAuthentication::Tls);
        assert_eq!(with_certificate, "https://mtls.issuer.example/token");
        let without = token_url(ClientAuthentication::None);
        assert_eq!(without, "https://issuer.example/token");
    }

    #[test]
    fn issuer_follows_from_the_place() {
        let issuer = |url: &str| issuer_of(&Url::parse(url).unwrap());
        let tenant = Some("https://h.example/t".to_owned());
        assert_eq!(
            issuer("https://h.example/t/.well-known/openid-configuration"),
            tenant
        );
        assert_eq!(
            issuer("https://h.example/.well-known/oauth-authorization-server/t"),
            tenant
        );
        assert_eq!(issuer("https://h.example/config"), None);
    }
}
