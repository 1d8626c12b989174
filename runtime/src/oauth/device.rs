//! A person signs in with a browser on another device (RFC 8628).

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::dpop::DpopKey;
use super::{AuthorizationServer, Grant, SignedIn, TokenFailure};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{FailureClass, Tokens};

/// Where the server does not say how often to ask (RFC 8628 section 3.2).
const INTERVAL: Duration = Duration::from_secs(5);

/// What `slow_down` adds (section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// No server makes a person wait this long between approval and tokens.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// Where the server does not say how long the code is good, though it must.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// No server waits longer for a person; what claims to is a mistake, such as milliseconds.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// A sign-in of a person who has a browser elsewhere.
pub struct DeviceSignIn<'a> {
    server: &'a AuthorizationServer,
    scopes: Vec<String>,
}

/// What the person has to do. The code is not for logs: who knows it can have somebody else's account signed in here.
#[derive(Clone)]
#[non_exhaustive]
pub struct DevicePrompt {
    /// The code to type in.
    pub user_code: String,
    /// Where to type it in.
    pub verification_url: String,
    /// The same with the code in it, for a QR code or a link.
    pub complete_url: Option<String>,
    /// How long the code is good.
    pub expires_in: Duration,
}

impl fmt::Debug for DevicePrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevicePrompt")
            .field("verification_url", &self.verification_url)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

impl<'a> DeviceSignIn<'a> {
    pub(super) fn new(server: &'a AuthorizationServer) -> Self {
        Self {
            server,
            scopes: server.client().scopes.clone().unwrap_or_default(),
        }
    }

    /// The scopes to ask for, in place of the client's.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Signs in: gets a code, shows it with `prompt`, and waits until the person has typed it in.
    ///
    /// # Errors
    /// When the server or the person refuses, or the code expires.
    pub async fn run(self, prompt: impl FnOnce(&DevicePrompt)) -> Result<SignedIn> {
        let scopes = self.server.client().all_scopes(&self.scopes);
        let begun = self.begin(&scopes).await?;
        let deadline = Instant::now() + begun.prompt.expires_in;
        prompt(&begun.prompt);
        let endpoint = self.server.token_endpoint()?;
        let grant = Grant::DeviceCode(begun.device_code);
        let key = self.server.client().dpop_key()?;
        let key = key.as_ref().map(DpopKey::secret);
        let poll = || endpoint.request(&grant, &scopes, key);
        let tokens = wait(poll, begun.interval, deadline).await?;
        self.server.signed_in(tokens, None, &scopes).await
    }

    async fn begin(&self, scopes: &[String]) -> Result<Begun> {
        let client = self.server.client();
        let Some(endpoint) = &client.provider.device_authorization_url else {
            return Err(Error::configuration(
                "the provider has no endpoint for device codes: set its `device_authorization_url`, or sign in with a browser on this machine",
            ));
        };
        let url = self.server.endpoint(endpoint)?;
        let mut pairs = Vec::new();
        if !scopes.is_empty() {
            let separator = client.provider.scope_separator.as_deref();
            pairs.push(("scope", scopes.join(separator.unwrap_or(" "))));
        }
        let origin = url.origin().ascii_serialization();
        let failed = |reason: &str| {
            Error::credential(format!("the authorization server at {origin} {reason}"))
        };
        let request = self.server.form(&url, pairs)?;
        let response = self.server.http.send(request).await.map_err(|error| {
            failed(&format!("cannot be asked for a device code: {error}")).with_source(error)
        })?;
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if let Some(code) = answer.get("error").and_then(Value::as_str) {
            let description = answer.get("error_description").and_then(Value::as_str);
            let status = response.status().as_u16();
            let failure = TokenFailure::refusal(&origin, code, description, status);
            return Err(failure.into());
        }
        Begun::read(&answer).ok_or_else(|| {
            failed(&format!(
                "gave no device code (RFC 8628 section 3.2): the answer was {}",
                response.status()
            ))
        })
    }
}

struct Begun {
    device_code: SecretString,
    prompt: DevicePrompt,
    interval: Duration,
}

impl Begun {
    fn read(answer: &Value) -> Option<Self> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        // Terminals obey control characters.
        let shown = |name: &str| text(name).filter(|text| !text.contains(char::is_control));
        let seconds = |name: &str| {
            let number = match answer.get(name)? {
                Value::String(text) => text.parse().ok(),
                value => value.as_f64(),
            };
            Duration::try_from_secs_f64(number?).ok()
        };
        // `verification_url` is what drafts of the RFC called it, and some servers still do.
        let url = shown("verification_uri").or(shown("verification_url"))?;
        let is_web = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
        Some(Self {
            device_code: text("device_code")?.into(),
            prompt: DevicePrompt {
                user_code: shown("user_code")?.to_owned(),
                verification_url: Some(url).filter(is_web)?.to_owned(),
                complete_url: shown("verification_uri_complete")
                    .filter(is_web)
                    .map(str::to_owned),
                expires_in: seconds("expires_in")
                    .unwrap_or(LIFETIME)
                    .min(LONGEST_LIFETIME),
            },
            interval: seconds("interval")
                .unwrap_or(INTERVAL)
                .clamp(Duration::from_secs(1), LONGEST_INTERVAL),
        })
    }
}

/// Asks again and again, as section 3.5 wants it.
async fn wait<F>(poll: impl Fn() -> F, mut interval: Duration, deadline: Instant) -> Result<Tokens>
where
    F: Future<Output = std::result::Result<Tokens, TokenFailure>>,
{
    let expired = "nobody has typed the code in before it expired: sign in again";
    loop {
        let next = Instant::now() + interval;
        if next >= deadline {
            return Err(Error::new(ErrorKind::Timeout, expired));
        }
        sleep(interval).await;
        let failure = match poll().await {
            Ok(tokens) => return Ok(tokens),
            Err(failure) => failure,
        };
        let pause = failure.retry_after.unwrap_or_default();
        match failure.code.as_deref() {
            Some("authorization_pending") => {}
            Some("slow_down") => interval += SLOW_DOWN,
            Some("expired_token") => return Err(Error::new(ErrorKind::Timeout, expired)),
            Some("access_denied") => {
                return Err(Error::credential(
                    "the sign-in was refused, by the person or by the server",
                )
                .with_source(failure));
            }
            // A server that does not answer is asked less often.
            _ if failure.class == FailureClass::Unavailable => {
                interval = (interval * 2).min(LONGEST_INTERVAL);
            }
            _ => return Err(failure.into()),
        }
        interval = interval.max(pause.min(LONGEST_INTERVAL));
    }
}

impl fmt::Debug for DeviceSignIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceSignIn")
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use secrecy::ExposeSecret as _;
    use serde_json::json;

    use super::*;
    use crate::connection::{Connection, RetryPolicy};
    use crate::mock::{MockTransport, Reply};
    use crate::oauth::{OAuthClient, Provider};
    use crate::transport::TransportErrorKind;

    fn begun() -> Reply {
        let answer = json!({
            "device_code": "device-secret", "user_code": "WDJB-MJHT",
            "verification_uri": "https://issuer.example/device",
            "verification_uri_complete": "https://issuer.example/device?user_code=WDJB-MJHT",
            "expires_in": 60, "interval": 5,
        });
        Reply::json(200, &answer)
    }

    fn no(code: &str) -> Reply {
        Reply::json(400, &json!({ "error": code }))
    }

    fn tokens() -> Reply {
        Reply::json(200, &json!({"access_token": "a", "token_type": "bearer"}))
    }

    async fn server(mock: &MockTransport) -> AuthorizationServer {
        let provider = Provider {
            token_url: Some("https://issuer.example/token".to_owned()),
            device_authorization_url: Some("https://issuer.example/device_code".to_owned()),
            ..Provider::default()
        };
        AuthorizationServer::builder(OAuthClient::new("client", "s").provider(provider))
            .connection(&Connection::new().retry(RetryPolicy::none()))
            .transport(mock.clone())
            .build()
            .await
            .unwrap()
    }

    /// The result, and the seconds that it took.
    async fn signed_in(replies: Vec<Reply>) -> (Result<SignedIn>, u64, MockTransport) {
        let mock = MockTransport::new();
        for reply in replies {
            mock.reply(reply);
        }
        let server = server(&mock).await;
        let started = Instant::now();
        let result = server.device_sign_in().scopes(["read"]).run(|_| ()).await;
        (result, started.elapsed().as_secs(), mock)
    }

    #[tokio::test(start_paused = true)]
    async fn person_is_waited_for_in_the_rhythm_of_the_server() {
        let pending = || no("authorization_pending");
        let (result, seconds, mock) =
            signed_in(vec![begun(), pending(), pending(), tokens()]).await;
        assert_eq!(result.unwrap().tokens.access_token.expose_secret(), "a");
        assert_eq!(seconds, 15);
        let requests = mock.requests();
        assert_eq!(
            requests[0].form(),
            [("scope".to_owned(), "read".to_owned())]
        );
        assert!(
            requests[0]
                .header("authorization")
                .unwrap()
                .starts_with("Basic ")
        );
        let form = requests[1].form();
        let has = |name: &str, value: &str| form.contains(&(name.to_owned(), value.to_owned()));
        assert!(has(
            "grant_type",
            "urn:ietf:params:oauth:grant-type:device_code"
        ));
        assert!(has("device_code", "device-secret"));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_down_adds_five_seconds_for_good() {
        let (result, seconds, _) = signed_in(vec![
            begun(),
            no("slow_down"),
            no("authorization_pending"),
            tokens(),
        ])
        .await;
        result.unwrap();
        assert_eq!(seconds, 5 + 10 + 10);
    }

    #[tokio::test(start_paused = true)]
    async fn server_that_does_not_answer_is_asked_less_often() {
        let broken = Reply::error(TransportErrorKind::Timeout);
        let (result, seconds, _) =
            signed_in(vec![begun(), broken, Reply::status(503), tokens()]).await;
        result.unwrap();
        assert_eq!(seconds, 5 + 10 + 20);
    }

    #[tokio::test(start_paused = true)]
    async fn refusal_and_expiry_end_the_sign_in() {
        let (result, _, _) = signed_in(vec![begun(), no("access_denied")]).await;
        assert!(result.unwrap_err().to_string().contains("refused"));
        let (result, _, _) = signed_in(vec![begun(), no("expired_token")]).await;
        assert!(result.unwrap_err().is_timeout());
        let (result, _, _) = signed_in(vec![begun(), no("invalid_grant")]).await;
        assert!(result.unwrap_err().to_string().contains("invalid_grant"));
    }

    #[tokio::test(start_paused = true)]
    async fn server_is_not_asked_after_the_code_has_expired() {
        let mock = MockTransport::new();
        mock.reply(begun()).handler(|_| no("authorization_pending"));
        let server = server(&mock).await;
        let error = server.device_sign_in().run(|_| ()).await.unwrap_err();
        assert!(error.is_timeout());
        // At 5, 10, … 55 seconds of 60.
        assert_eq!(mock.requests().len(), 1 + 11);
    }

    #[tokio::test(start_paused = true)]
    async fn person_is_shown_the_code_and_logs_are_not() {
        let mock = MockTransport::new();
        mock.reply(begun()).reply(tokens());
        let shown = Arc::new(Mutex::new(None));
        let server = server(&mock).await;
        let prompt = |prompt: &DevicePrompt| *shown.lock().unwrap() = Some(prompt.clone());
        server.device_sign_in().run(prompt).await.unwrap();
        let prompt = shown.lock().unwrap().take().unwrap();
        assert_eq!(prompt.user_code, "WDJB-MJHT");
        assert_eq!(prompt.verification_url, "https://issuer.example/device");
        assert!(prompt.complete_url.as_ref().unwrap().contains("WDJB-MJHT"));
        assert!(!format!("{prompt:?}").contains("WDJB"));
    }

    #[tokio::test]
    async fn answer_without_a_code_is_explained() {
        let (result, _, _) = signed_in(vec![no("invalid_scope")]).await;
        assert!(result.unwrap_err().to_string().contains("invalid_scope"));
        let (result, _, _) = signed_in(vec![Reply::text(200, "<html>")]).await;
        assert!(result.unwrap_err().to_string().contains("RFC 8628"));
        let mut evil = json!({"device_code": "d", "user_code": "u"});
        evil["verification_uri"] = "javascript:alert(1)".into();
        let (result, _, _) = signed_in(vec![Reply::json(200, &evil)]).await;
        assert!(result.is_err());
    }

    #[test]
    fn numbers_may_be_text_and_names_may_be_old() {
        let answer = json!({
            "device_code": "d", "user_code": "u", "verification_url": "https://a.example",
            "expires_in": "1800", "interval": 0,
        });
        let begun = Begun::read(&answer).unwrap();
        assert_eq!(begun.prompt.expires_in, Duration::from_secs(1800));
        assert_eq!(begun.interval, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn hostile_answer_neither_breaks_clock_nor_terminal() {
        let mut answer = json!({
            "device_code": "d", "user_code": "u", "verification_uri": "https://a.example", "expires_in": 1e19,
        });
        let reply = Reply::json(200, &answer);
        let (result, _, _) = signed_in(vec![reply, tokens()]).await;
        result.unwrap();
        answer["user_code"] = "\u{1b}]0;owned\u{7}".into();
        assert!(Begun::read(&answer).is_none());
    }
}
