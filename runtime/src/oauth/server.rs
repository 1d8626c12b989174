//! An authorization server with which a person can sign in.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use url::{Url, form_urlencoded};

use super::dpop::DpopKey;
use super::endpoint::{Documented, TokenEndpoint};
use super::http::Http;
use super::id_token::{self, Expected, IdToken};
use super::key_set::KeySet;
use super::sign_in::{Answer, Code};
use super::{
    Authorization, BasicEncoding, ClientAuthentication, DeviceSignIn, Grant, Metadata, OAuthClient,
    SignIn, SignedIn, shape, template,
};
use crate::connection::{Connection, RetryPolicy, base_url, exchange};
use crate::descriptor::{Api, OAuthFlow, OAuthFlowKind, SchemeKind, SecurityScheme};
use crate::error::{Error, Result};
use crate::token::Tokens;
use crate::transport::{ReqwestTransport, Transport};

/// An authorization server, as a client of it sees it: with all endpoints, from wherever they are known.
///
/// What the client's provider says counts first, then the metadata of the server that it names (RFC 8414, OpenID Connect
/// Discovery), then the API's definition, then the metadata to which that leads.
pub struct AuthorizationServer {
    client: OAuthClient,
    pub(super) http: Http,
    pub(super) retry: RetryPolicy,
    metadata: Option<Metadata>,
    keys: Option<KeySet>,
}

/// Finds out about an [`AuthorizationServer`].
pub struct AuthorizationServerBuilder {
    client: OAuthClient,
    connection: Connection,
    api: Option<(&'static Api, String)>,
    transport: Option<Arc<dyn Transport>>,
}

impl AuthorizationServerBuilder {
    /// Takes the endpoints that the API's definition names for a security scheme.
    #[must_use]
    pub fn api(mut self, api: &'static Api, scheme: impl Into<String>) -> Self {
        self.api = Some((api, scheme.into()));
        self
    }

    /// Goes to the server the way that this connection goes: its proxy, certificates, retries.
    #[must_use]
    pub fn connection(mut self, connection: &Connection) -> Self {
        self.connection = connection.clone();
        self
    }

    /// Goes to the server over this transport.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Finds the endpoints. If the issuer is known, its metadata is fetched.
    ///
    /// # Errors
    /// When the definition offers no flow for a person, the metadata cannot be had or is not to be trusted, or the connection is
    /// not set up right.
    pub async fn build(self) -> Result<AuthorizationServer> {
        let Self {
            mut client,
            connection,
            api,
            transport,
        } = self;
        let transport = match transport {
            Some(transport) => transport,
            None => Arc::new(ReqwestTransport::new(&connection)?),
        };
        let http = Http::new(transport, &connection);
        let known = api.as_ref().map(|(api, _)| *api);
        let scheme = match api {
            Some((api, name)) => {
                let scheme = api.scheme(&name);
                let base = base_url(&connection, api, &[]).ok();
                Some((scheme.ok_or_else(|| unknown_scheme(api, &name))?, base))
            }
            None => None,
        };
        let described = |client: &mut OAuthClient| match &scheme {
            Some((scheme, base)) => documented(client, scheme, base.as_ref()),
            None => Ok(()),
        };
        if let (Some((scheme, _)), Some(api)) = (&scheme, known) {
            client = client.for_scheme(scheme, &exchange(api, &connection, scheme.name())?)?;
        }
        let configuration = match &scheme {
            Some((scheme, base)) => configuration(scheme, base.as_ref())?,
            None => None,
        };
        // Whoever names a server means its endpoints. The document fills in what it does not say about itself.
        let provider = &client.provider;
        let names_server = provider.issuer.is_some() || provider.configuration_url.is_some();
        if !names_server {
            described(&mut client)?;
        }
        // Metadata that the document only mentions beside the endpoints is no reason to fail.
        let is_extra = !names_server
            && client.provider.token_url.is_some()
            && scheme
                .as_ref()
                .is_some_and(|(scheme, _)| scheme.kind() == SchemeKind::OAuth2);
        let metadata = match discover(&client, &http, configuration.as_deref()).await {
            Err(_) if is_extra => None,
            found => found?,
        };
        if let Some(metadata) = &metadata {
            metadata.complete(&mut client);
        }
        if names_server {
            described(&mut client)?;
        }
        if client.provider.token_url.is_none() {
            let refused = scheme.and_then(|(scheme, _)| implicit_only(scheme));
            let issuer = client.provider.issuer.as_deref();
            let silent = issuer.filter(|_| metadata.is_none()).map(no_metadata);
            if let Some(error) = refused.or(silent) {
                return Err(error);
            }
        }
        let keys = metadata
            .as_ref()
            .and_then(|metadata| metadata.jwks_url.clone());
        Ok(AuthorizationServer {
            keys: keys.map(|url| KeySet::new(url, http.clone())),
            client,
            http,
            retry: connection.retry.clone(),
            metadata,
        })
    }
}

impl AuthorizationServer {
    /// The server of this client's provider.
    #[must_use]
    pub fn builder(client: OAuthClient) -> AuthorizationServerBuilder {
        AuthorizationServerBuilder {
            client,
            connection: Connection::new(),
            api: None,
            transport: None,
        }
    }

    /// The server of a client whose provider is known in full.
    pub(super) fn of(client: OAuthClient, http: Http, retry: RetryPolicy) -> Self {
        Self {
            client,
            http,
            retry,
            metadata: None,
            keys: None,
        }
    }

    /// The client, with all that was found out about its provider. This is the one to go on with:
    /// [`OAuthCredential::signed_in`](super::OAuthCredential::signed_in).
    #[must_use]
    pub fn client(&self) -> &OAuthClient {
        &self.client
    }

    /// What the server says about itself, if its issuer is known.
    #[must_use]
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// Signs in the person in front of this machine.
    #[must_use]
    pub fn sign_in(&self) -> SignIn<'_> {
        SignIn::new(self)
    }

    /// Signs in a person who has a browser elsewhere (RFC 8628).
    #[must_use]
    pub fn device_sign_in(&self) -> DeviceSignIn<'_> {
        DeviceSignIn::new(self)
    }

    /// Begins a sign-in whose answer arrives at a redirect URI of the program's own.
    ///
    /// # Errors
    /// When the provider has no sign-in page, or its parameters make no valid URL.
    pub fn authorization(&self, redirect_uri: &str, scopes: &[String]) -> Result<Authorization> {
        Authorization::new(self, redirect_uri, scopes, &[])
    }

    /// Ends a sign-in with the parameters of the redirect back.
    ///
    /// The program makes sure that the answer comes from the browser in which the sign-in began (RFC 9700 section 4.7).
    ///
    /// # Errors
    /// When the answer is another sign-in's or a repeated one, says no, or its code brings no tokens.
    pub async fn complete(
        &self,
        authorization: &Authorization,
        parameters: &[(String, String)],
    ) -> Result<SignedIn> {
        let refused = |reason: &str| Err(Error::credential(reason));
        match authorization.answer(parameters) {
            Answer::Foreign => {
                refused("the answer belongs to another sign-in: its `state` is missing or wrong")
            }
            Answer::Repeated => refused("the sign-in has had its answer already"),
            Answer::Refused(error) => Err(error),
            Answer::Code(code) => self.exchange(authorization, code).await,
        }
    }

    pub(super) async fn exchange(
        &self,
        authorization: &Authorization,
        code: Code,
    ) -> Result<SignedIn> {
        let grant = Grant::AuthorizationCode {
            code: code.code,
            redirect_uri: authorization.redirect_uri.clone(),
            code_verifier: code.verifier,
        };
        let endpoint = self.token_endpoint()?;
        let key = authorization.dpop_key.as_ref().map(DpopKey::secret);
        let mut tokens = endpoint.request(&grant, &authorization.scopes, key).await?;
        tokens.values.extend(code.values);
        let nonce = authorization.nonce.as_deref();
        self.signed_in(tokens, nonce, &authorization.scopes).await
    }

    /// Checks who signed in, and whether it lasts.
    pub(super) async fn signed_in(
        &self,
        tokens: Tokens,
        nonce: Option<&str>,
        scopes: &[String],
    ) -> Result<SignedIn> {
        let identity = match self.identity(&tokens, nonce).await {
            Ok(identity) => identity,
            Err(error) => {
                // Nobody is going to use them.
                let _ = self.revoke(&tokens).await;
                return Err(error);
            }
        };
        let offline = "offline_access";
        let known = self.metadata.iter().flat_map(|metadata| &metadata.scopes);
        let asked = scopes.iter().any(|scope| scope == offline);
        let offered = known.into_iter().any(|scope| scope == offline);
        let hint = match (asked, offered) {
            (false, true) => Some("ask for the scope `offline_access` to stay signed in"),
            (true, _) => Some(
                "the server did not grant `offline_access`; some want the parameter `prompt=consent` with it",
            ),
            (false, false) => None,
        };
        Ok(SignedIn {
            tokens,
            identity,
            hint,
        })
    }

    async fn identity(&self, tokens: &Tokens, nonce: Option<&str>) -> Result<Option<IdToken>> {
        let (Some(token), Some(keys), Some(metadata)) =
            (&tokens.id_token, &self.keys, &self.metadata)
        else {
            return Ok(None);
        };
        let algorithms = metadata.algorithms();
        let verified = keys.verify(token.expose_secret(), &algorithms).await?;
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &self.client.id,
            nonce,
            access_token: &tokens.access_token,
        };
        id_token::check(verified, &expected, Timestamp::now())
            .map(Some)
            .map_err(|reason| Error::credential(format!("the ID token {reason}")))
    }

    pub(super) fn token_endpoint(&self) -> Result<TokenEndpoint> {
        TokenEndpoint::new(
            self.client.clone(),
            Documented::default(),
            self.http.clone(),
            self.retry.clone(),
        )
    }

    pub(super) fn insecure(&self) -> bool {
        self.http.insecure
    }

    pub(super) fn names_issuer(&self) -> bool {
        self.metadata
            .as_ref()
            .is_some_and(|metadata| metadata.names_issuer)
    }

    /// An endpoint of the provider.
    pub(super) fn endpoint(&self, template: &str) -> Result<Url> {
        template::fill_url(
            template,
            &|name| self.client.lookup(name),
            self.http.insecure,
        )
    }

    /// A form for an endpoint other than the token endpoint, at which the client proves in the same way who it is (RFC 7009
    /// section 2.1, RFC 8628 section 3.1).
    pub(super) fn form(
        &self,
        url: &Url,
        mut pairs: Vec<(&str, String)>,
    ) -> Result<Request<Vec<u8>>> {
        let client = &self.client;
        let secret = client.secret.as_ref().map(|secret| secret.expose_secret());
        let mut authorization = None;
        match (client.method(), secret) {
            (ClientAuthentication::Basic, Some(secret)) => {
                authorization = Some(self.basic(secret)?);
            }
            (ClientAuthentication::Body, Some(secret)) => {
                pairs.push(("client_id", client.id.clone()));
                pairs.push(("client_secret", secret.to_owned()));
            }
            (ClientAuthentication::PrivateKeyJwt, _) => {
                let key = client.key.as_ref().ok_or_else(|| {
                    Error::configuration(
                        "the client is to authenticate with `private_key_jwt`, but has no key",
                    )
                })?;
                let token_url = self.token_endpoint()?.identity();
                let audience = client.provider.issuer.as_deref().unwrap_or(&token_url);
                let assertion = key.client_assertion(&client.id, audience)?;
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                pairs.push(("client_id", client.id.clone()));
                pairs.push(("client_assertion_type", kind.to_owned()));
                pairs.push(("client_assertion", assertion.expose_secret().to_owned()));
            }
            _ => pairs.push(("client_id", client.id.clone())),
        }
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&pairs)
            .finish();
        pairs
            .into_iter()
            .for_each(|(_, value)| drop(Zeroizing::new(value)));
        let mut request = Request::post(url.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body.into_bytes())
            .map_err(|error| Error::configuration(format!("`{url}` is not valid: {error}")))?;
        if let Some(authorization) = authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        Ok(request)
    }

    fn basic(&self, secret: &str) -> Result<HeaderValue> {
        let encoded =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        match self.client.provider.basic_encoding {
            BasicEncoding::Raw => shape::raw_basic(&self.client.id, secret),
            BasicEncoding::Form => shape::raw_basic(&encoded(&self.client.id), &encoded(secret)),
        }
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer")
            .field("client", &self.client)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthorizationServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServerBuilder")
            .field("client", &self.client)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// The server's metadata, if its issuer or the place of its configuration is known.
pub(super) async fn discover(
    client: &OAuthClient,
    http: &Http,
    documented: Option<&str>,
) -> Result<Option<Metadata>> {
    let provider = &client.provider;
    let filled = |template: &Option<String>| match template {
        Some(template) => {
            let lookup = |name: &str| client.lookup(name);
            // Values must not lead to another host. The text is kept as it is: issuers are compared to the letter.
            template::fill_url(template, &lookup, http.insecure)?;
            template::fill(template, &lookup).map(Some)
        }
        None => Ok(None),
    };
    let issuer = filled(&provider.issuer)?;
    let own = filled(&provider.configuration_url)?;
    if let Some(url) = own.as_deref().or(documented) {
        return Metadata::at(http, url, issuer.as_deref()).await.map(Some);
    }
    let Some(issuer) = issuer else {
        return Ok(None);
    };
    Metadata::of_issuer(http, &issuer).await
}

fn no_metadata(issuer: &str) -> Error {
    Error::configuration(format!(
        "the issuer `{issuer}` publishes no metadata (RFC 8414): set the provider's `authorization_url` and `token_url`"
    ))
}

/// The place of the server's metadata, if the definition names one.
fn configuration(scheme: &SecurityScheme, base: Option<&Url>) -> Result<Option<String>> {
    let url = scheme.metadata_url();
    url.map(|url| template::absolute(url, base)).transpose()
}

fn unknown_scheme(api: &Api, name: &str) -> Error {
    let names: Vec<&str> = api.scheme_list().iter().map(SecurityScheme::name).collect();
    Error::configuration(format!(
        "`{}` has no security scheme `{name}`, only `{}`",
        api.name(),
        names.join("`, `")
    ))
}

/// Gives the client the endpoints of the definition that its provider does not name.
fn documented(client: &mut OAuthClient, scheme: &SecurityScheme, base: Option<&Url>) -> Result<()> {
    use OAuthFlowKind::{AuthorizationCode, DeviceAuthorization, Implicit};
    let flow = |kind| scheme.flow_list().iter().find(|flow| flow.kind() == kind);
    let provider = &mut client.provider;
    let own_token_url = provider.token_url.is_some();
    let give = |slot: &mut Option<String>, url: Option<&'static str>| -> Result<()> {
        if let (None, Some(url)) = (&slot, url) {
            *slot = Some(template::absolute(url, base)?);
        }
        Ok(())
    };
    let page = flow(AuthorizationCode).or_else(|| flow(Implicit));
    give(
        &mut provider.authorization_url,
        page.and_then(OAuthFlow::authorization_url),
    )?;
    let device = flow(DeviceAuthorization);
    give(
        &mut provider.device_authorization_url,
        device.and_then(OAuthFlow::authorization_url),
    )?;
    for flow in [flow(AuthorizationCode), device].into_iter().flatten() {
        give(&mut provider.token_url, flow.token_url())?;
        // Another server's tokens are not refreshed here.
        if !own_token_url {
            give(&mut provider.refresh_url, flow.refresh_endpoint())?;
        }
    }
    Ok(())
}

/// Why a definition cannot be used whose only flow for a person puts tokens into addresses.
fn implicit_only(scheme: &SecurityScheme) -> Option<Error> {
    let kinds = || scheme.flow_list().iter().map(OAuthFlow::kind);
    let has = |wanted| kinds().any(|kind| kind == wanted);
    let usable = has(OAuthFlowKind::AuthorizationCode) || has(OAuthFlowKind::DeviceAuthorization);
    (has(OAuthFlowKind::Implicit) && !usable).then(|| {
        Error::configuration(format!(
            "the scheme `{}` describes only the implicit flow, which puts tokens into addresses and is not used (RFC 9700 section 2.1.2); most servers know the authorization code flow too: set the provider's `token_url`, or its `issuer` if the server publishes metadata",
            scheme.name()
        ))
    })
}
