//! The redirect to the sign-in page and the check of the redirect back (RFC 6749 section 4.1, RFC 7636, RFC 9207).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;
use url::{Url, form_urlencoded};

use super::secret::{State, Verifier};
use crate::error::{Error, Result};
use crate::oauth::dpop::DpopKey;
use crate::oauth::failure::plain;
use crate::oauth::jwt::random;
use crate::oauth::shape::{Pairs, set};
use crate::oauth::{AuthorizationServer, OAuthClient, template};

/// The longest value of a redirect that is kept with the connection.
const MAX_VALUE: usize = 4096;

/// How much of an answer's text is shown.
const MAX_SHOWN: usize = 200;

/// A sign-in that has begun: the way to the sign-in page, and what the answer has to look like. It takes one answer.
///
/// [`SignIn::run`](super::SignIn::run) does all of it with a listener on this machine. A program that has a redirect URI of its
/// own begins with [`AuthorizationServer::authorization`] and hands the answer to [`AuthorizationServer::complete`].
pub struct Authorization {
    url: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// What the tokens will be bound to, and the code already is (RFC 9449 section 10).
    pub(crate) dpop_key: Option<DpopKey>,
    state: State,
    /// What is handed in with the code; gone once an answer was taken.
    open: Mutex<Option<Open>>,
    expects: Expects,
}

struct Open {
    verifier: Option<SecretString>,
}

/// What the answer has to have.
struct Expects {
    code: String,
    state: String,
    values: BTreeMap<String, String>,
    issuer: Option<String>,
    names_issuer: bool,
}

/// What a redirect back turned out to be.
pub(crate) enum Answer {
    /// It does not belong to this sign-in, which goes on waiting.
    Foreign,
    /// This sign-in has had its answer.
    Repeated,
    /// The code for the token endpoint.
    Code(Code),
    /// The server, or this check, says no. The sign-in is over.
    Refused(Error),
}

/// A code, and what else the redirect brought.
pub(crate) struct Code {
    pub(crate) code: SecretString,
    pub(crate) verifier: Option<SecretString>,
    pub(crate) values: BTreeMap<String, String>,
}

impl Authorization {
    pub(crate) fn new(
        server: &AuthorizationServer,
        redirect_uri: &str,
        scopes: &[String],
        parameters: &[(String, String)],
    ) -> Result<Self> {
        let client = server.client();
        let scopes = client.all_scopes(scopes);
        let (state, state_text) = State::new()?;
        let verifier = match client.provider.pkce {
            true => Some(Verifier::new()?),
            false => None,
        };
        // A server that does not speak OpenID Connect need not know the parameter.
        let nonce = match scopes.iter().any(|scope| scope == "openid") {
            true => Some(random::<16>()?),
            false => None,
        };
        let dpop_key = client.dpop_key()?;
        let challenge = verifier.as_ref().map(Verifier::challenge);
        let scope = scopes.join(client.provider.scope_separator.as_deref().unwrap_or(" "));
        let standard = [
            ("response_type", Some("code")),
            ("client_id", Some(client.id.as_str())),
            ("redirect_uri", Some(redirect_uri)),
            (
                "scope",
                Some(scope.as_str()).filter(|scope| !scope.is_empty()),
            ),
            ("state", Some(state_text.as_str())),
            ("code_challenge", challenge.as_deref()),
            ("code_challenge_method", challenge.as_ref().map(|_| "S256")),
            ("nonce", nonce.as_deref()),
            ("dpop_jkt", dpop_key.as_ref().map(DpopKey::thumbprint)),
        ];
        let pairs = standard.into_iter();
        let pairs = pairs
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        let url = request_url(client, server.insecure(), pairs, parameters)?;
        let response = &client.provider.authorization_response;
        let named = |name: &Option<String>, standard: &str| {
            name.clone().unwrap_or_else(|| standard.to_owned())
        };
        Ok(Self {
            url,
            redirect_uri: redirect_uri.to_owned(),
            scopes,
            nonce,
            dpop_key,
            state,
            open: Mutex::new(Some(Open {
                verifier: verifier.map(Verifier::into_text),
            })),
            expects: Expects {
                code: named(&response.code, "code"),
                state: named(&response.state, "state"),
                values: response.values.clone(),
                issuer: client.provider.issuer.clone(),
                names_issuer: server.names_issuer(),
            },
        })
    }

    /// The address of the sign-in page, for a person's browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes an answer: the parameters of the redirect back.
    pub(crate) fn answer(&self, parameters: &[(String, String)]) -> Answer {
        let of_state = |(name, _): &&(String, String)| *name == self.expects.state;
        let mut states = parameters.iter().filter(of_state);
        // Anybody can send a browser here: only who has seen the request knows its state.
        match (states.next(), states.next()) {
            (Some((_, state)), None) if self.state.is(state) => {}
            _ => return Answer::Foreign,
        }
        let open = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(open) = open else {
            return Answer::Repeated;
        };
        match self.read(parameters) {
            Ok((code, values)) => Answer::Code(Code {
                code,
                verifier: open.verifier,
                values,
            }),
            Err(error) => Answer::Refused(error),
        }
    }

    fn read(
        &self,
        parameters: &[(String, String)],
    ) -> Result<(SecretString, BTreeMap<String, String>)> {
        self.check_issuer(only(parameters, "iss")?)?;
        if let Some(code) = only(parameters, "error")? {
            return Err(self.refusal(code, only(parameters, "error_description")?));
        }
        let code = only(parameters, &self.expects.code)?.filter(|code| !code.is_empty());
        let Some(code) = code else {
            return Err(Error::credential(format!(
                "the answer of the sign-in page has neither `{}` nor `error`",
                self.expects.code
            )));
        };
        let mut values = BTreeMap::new();
        for (ours, theirs) in &self.expects.values {
            if let Some(value) = only(parameters, theirs)?
                && value.len() <= MAX_VALUE
                && !value.chars().any(char::is_control)
            {
                values.insert(ours.clone(), value.to_owned());
            }
        }
        Ok((code.into(), values))
    }

    /// RFC 9207 section 2.4: a code of one server must not be handed in at another.
    fn check_issuer(&self, named: Option<&str>) -> Result<()> {
        let expected = self.expects.issuer.as_deref();
        let problem = match (named, expected) {
            (Some(named), Some(expected)) if named != expected => {
                format!(
                    "comes from the issuer `{}`, not from `{expected}`",
                    plain(named, MAX_SHOWN)
                )
            }
            (None, Some(expected)) if self.expects.names_issuer => {
                format!("does not name its issuer, as `{expected}` says it does (RFC 9207)")
            }
            _ => return Ok(()),
        };
        Err(Error::credential(format!(
            "the answer of the sign-in page {problem}: the code is not used"
        )))
    }

    /// RFC 6749 section 4.1.2.1.
    fn refusal(&self, code: &str, description: Option<&str>) -> Error {
        let mut message = match code {
            "access_denied" => "the sign-in was refused, by the person or by the server".to_owned(),
            _ => "the authorization server refused the sign-in".to_owned(),
        };
        message.push_str(&format!(": {}", plain(code, MAX_SHOWN)));
        if let Some(description) = description {
            message.push_str(&format!(" ({})", plain(description, MAX_SHOWN)));
        }
        let hint = match code {
            "invalid_scope" => format!("; the scopes were `{}`", self.scopes.join(" ")),
            "unauthorized_client" | "unsupported_response_type" => {
                "; is the client registered for the authorization code flow?".to_owned()
            }
            "invalid_request" => format!(
                "; is `{}` registered as a redirect URI of the client?",
                self.redirect_uri
            ),
            _ => String::new(),
        };
        Error::credential(message + &hint)
    }
}

/// Without the state.
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("redirect_uri", &self.redirect_uri)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The address of the sign-in page with the parameters as the provider wants them.
fn request_url(
    client: &OAuthClient,
    insecure: bool,
    own: Pairs,
    parameters: &[(String, String)],
) -> Result<String> {
    let provider = &client.provider;
    let Some(endpoint) = &provider.authorization_url else {
        return Err(Error::configuration(
            "neither the document nor the provider has a sign-in page: set the provider's `authorization_url`, or its `issuer` if the server publishes metadata",
        ));
    };
    let url = template::fill_url(endpoint, &|name| client.lookup(name), insecure)?;
    let wanted = &provider.authorization;
    let mut pairs = own.clone();
    for (name, value) in parameters {
        set(&mut pairs, name, value.clone());
    }
    let values = |name: &str| {
        let mut known = own.iter().filter(|(known, _)| known == name);
        let known = known.next().map(|(_, value)| value.clone());
        known.or_else(|| client.lookup(name))
    };
    for (name, value) in &wanted.parameters {
        match value.as_str() {
            "" => pairs.retain(|(known, _)| known != name),
            value => set(&mut pairs, name, template::fill(value, &values)?),
        }
    }
    // What makes the answer trustworthy is made anew for each sign-in.
    for name in [
        "state",
        "nonce",
        "code_challenge",
        "redirect_uri",
        "dpop_jkt",
    ] {
        let value = |pairs: &Pairs| pairs.iter().find(|(known, _)| known == name).cloned();
        if value(&own).is_some() && value(&pairs) != value(&own) {
            return Err(Error::configuration(format!(
                "`{name}` of the authorization request is set by the sign-in itself, and neither provider nor program can change it"
            )));
        }
    }
    let mut text = without_fragment(&url);
    let mut separator = if url.query().is_some() { '&' } else { '?' };
    for (name, value) in &pairs {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let is_literal = wanted.literal.contains(name);
        let value: String = if is_literal {
            value.clone()
        } else {
            encode(value)
        };
        let name: String = encode(wanted.rename.get(name).unwrap_or(name));
        text.push_str(&format!("{separator}{name}={value}"));
        separator = '&';
    }
    text.push_str(wanted.fragment.as_deref().unwrap_or_default());
    match Url::parse(&text) {
        Ok(parsed) if parsed.origin() == url.origin() => Ok(text),
        _ => Err(Error::configuration(
            "the provider's authorization request makes no valid URL",
        )),
    }
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.to_string()
}

/// A parameter, which must not be there twice (RFC 6749 section 3.1).
fn only<'a>(parameters: &'a [(String, String)], name: &str) -> Result<Option<&'a str>> {
    let mut values = parameters.iter().filter(|(known, _)| known == name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|(_, value)| value.as_str())),
        _ => Err(Error::credential(format!(
            "the answer of the sign-in page has `{name}` twice"
        ))),
    }
}
