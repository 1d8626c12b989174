//! A person signs in with a browser: authorization code with PKCE, for programs on a person's machine (RFC 6749 section 4.1,
//! RFC 7636, RFC 8252, RFC 9207).
//!
//! The answer comes back to a listener on this machine. Whatever else reaches it does no harm: an answer without the sign-in's
//! `state` gets a page and leaves the sign-in waiting, a repeated one gets a page, the rest is not understood.

mod authorization;
mod browser;
mod loopback;
mod outcome;
mod page;
mod request;
mod secret;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

pub use self::authorization::Authorization;
pub(crate) use self::authorization::{Answer, Code};
pub use self::browser::open_browser;
use self::loopback::{Arrival, Loopback};
pub use self::outcome::SignedIn;
use self::page::Page;
use super::AuthorizationServer;
use crate::error::{Error, ErrorKind, Result};

/// How long a person has, passwords and second factors included.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// A sign-in of the person in front of this machine.
///
/// ```no_run
/// # async fn example(client: connector_runtime::oauth::OAuthClient) -> connector_runtime::Result<()> {
/// use connector_runtime::oauth::{AuthorizationServer, OAuthCredential};
///
/// let server = AuthorizationServer::builder(client).build().await?;
/// let signed_in = server.sign_in().scopes(["openid", "offline_access"]).run().await?;
/// if let Some(notice) = signed_in.notice() {
///     eprintln!("{notice}");
/// }
/// let credential = OAuthCredential::signed_in(server.client().clone(), signed_in.tokens);
/// # Ok(())
/// # }
/// ```
pub struct SignIn<'a> {
    server: &'a AuthorizationServer,
    scopes: Vec<String>,
    parameters: Vec<(String, String)>,
    redirect_uri: String,
    timeout: Duration,
    open: Option<Open<'a>>,
}

type Open<'a> = Box<dyn FnOnce(&str) -> Result<()> + Send + 'a>;

impl<'a> SignIn<'a> {
    pub(super) fn new(server: &'a AuthorizationServer) -> Self {
        Self {
            server,
            scopes: server.client().scopes.clone().unwrap_or_default(),
            parameters: Vec::new(),
            redirect_uri: "http://127.0.0.1/".to_owned(),
            timeout: PATIENCE,
            open: None,
        }
    }

    /// The scopes to ask for, in place of the client's.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Another parameter of the authorization request, such as `login_hint`.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Where the answer arrives, as registered for the client: `http://127.0.0.1/` by default. Without a port, a free one is
    /// taken, which servers have to accept for this address (RFC 8252 section 7.3); those that don't want a port here, and some
    /// want `http://localhost`.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = uri.into();
        self
    }

    /// How long the person may take: five minutes by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Shows the address of the sign-in page to the person in another way than with [`open_browser`], such as by printing it.
    #[must_use]
    pub fn open_with(mut self, open: impl FnOnce(&str) -> Result<()> + Send + 'a) -> Self {
        self.open = Some(Box::new(open));
        self
    }

    /// Signs in: opens the browser, waits for the answer, and exchanges it for tokens.
    ///
    /// # Errors
    /// When the server or the person refuses, nobody answers in time, there is no browser or no free port, or the answer is not
    /// to be trusted. The message says which, and what to do.
    pub async fn run(self) -> Result<SignedIn> {
        let loopback = Loopback::bind(&self.redirect_uri).await?;
        let authorization = Authorization::new(
            self.server,
            &loopback.redirect_uri,
            &self.scopes,
            &self.parameters,
        )?;
        let authorization = Arc::new(authorization);
        let mut serving = loopback.serve(Arc::clone(&authorization));
        match self.open {
            Some(open) => open(authorization.url())?,
            None => open_browser(authorization.url())
                .await
                .map_err(no_browser)?,
        }
        let Ok(Some(Arrival { answer, browser })) = timeout(self.timeout, serving.arrival()).await
        else {
            return Err(nobody(self.timeout, &authorization, serving.saw_foreign()));
        };
        let result = match answer {
            Ok(code) => self.server.exchange(&authorization, code).await,
            Err(error) => Err(error),
        };
        let page = match &result {
            Ok(_) => Page::SIGNED_IN,
            Err(_) => Page::FAILED,
        };
        browser.show(page).await;
        result
    }
}

fn no_browser(error: std::io::Error) -> Error {
    Error::credential(format!(
        "the sign-in page cannot be opened: {error}; show its address to the person (`open_with`), or sign in with a device code"
    ))
    .with_source(error)
}

fn nobody(patience: Duration, authorization: &Authorization, saw_foreign: bool) -> Error {
    let mut message = format!(
        "nobody has signed in within {} seconds; if the browser showed an error, is `{}` registered as a redirect URI of the client?",
        patience.as_secs(),
        authorization.redirect_uri
    );
    if saw_foreign {
        message.push_str(
            " An answer came that belongs to another sign-in: its `state` was missing or wrong.",
        );
    }
    Error::new(ErrorKind::Timeout, message)
}

impl fmt::Debug for SignIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("scopes", &self.scopes)
            .field("redirect_uri", &self.redirect_uri)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
