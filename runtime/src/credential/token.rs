//! OAuth 2.0 access tokens: fetched once for all that wait, cached, renewed before they expire.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio::time::Instant;

use super::built_in::prefixed;
use super::token_request::{self, TokenEndpoint};
use super::{Authorize, Environment, OAuthClient, Outgoing};
use crate::descriptor::SecurityScheme;
use crate::error::{Error, Result};
use crate::transport::BoxFuture;

/// A token is renewed this long before it expires, or when a fifth of its life is left.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// After a renewal that failed, while the old token is still good.
const RENEWAL_PAUSE: Duration = Duration::from_secs(10);

/// The tokens of one OAuth 2.0 client, by scopes.
pub(super) struct TokenSource(Arc<Shared>);

struct Shared {
    endpoint: TokenEndpoint,
    /// The scopes of every token, if the connection names them.
    scopes: Option<Vec<String>>,
    slots: Mutex<BTreeMap<Vec<String>, Slot>>,
}

#[derive(Default)]
struct Slot {
    token: Option<Arc<Token>>,
    /// The request under way, if there is one.
    pending: Option<watch::Receiver<Option<Outcome>>>,
    /// No renewal before this moment.
    not_before: Option<Instant>,
}

type Outcome = std::result::Result<Arc<Token>, Arc<Error>>;

struct Token {
    /// The value of the `Authorization` header.
    header: SecretString,
    renew_at: Option<Instant>,
    expires_at: Option<Instant>,
}

impl Token {
    fn new(granted: &token_request::Granted, asked_at: Instant) -> Self {
        let renew = |life: Duration| {
            // Jitter, so that many processes that started together do not renew together.
            let margin = MARGIN
                .min(life / 5)
                .mul_f64(fastrand::f64().mul_add(0.2, 0.9));
            asked_at + life.saturating_sub(margin)
        };
        Self {
            header: prefixed("Bearer", &granted.access_token),
            renew_at: granted.lifetime.map(renew),
            expires_at: granted.lifetime.map(|life| asked_at + life),
        }
    }

    fn is_alive(&self) -> bool {
        self.expires_at.is_none_or(|at| Instant::now() < at)
    }

    fn is_due(&self) -> bool {
        self.renew_at.is_some_and(|at| Instant::now() >= at)
    }
}

impl TokenSource {
    pub(super) fn new(
        client: &OAuthClient,
        scheme: &'static SecurityScheme,
        environment: &Environment<'_>,
    ) -> Result<Self> {
        let endpoint = TokenEndpoint::new(client, scheme, environment)?;
        Ok(Self(Arc::new(Shared {
            endpoint,
            scopes: client.scopes.clone(),
            slots: Mutex::default(),
        })))
    }

    fn scopes(&self, needed: &[&str]) -> Vec<String> {
        match &self.0.scopes {
            Some(scopes) => scopes.clone(),
            None => {
                let mut scopes: Vec<String> =
                    needed.iter().map(|scope| (*scope).to_owned()).collect();
                scopes.sort();
                scopes
            }
        }
    }

    async fn token(&self, scopes: &[String]) -> Result<Arc<Token>> {
        loop {
            let mut pending = match self.0.ready_or_pending(scopes) {
                Ok(token) => return Ok(token),
                Err(pending) => pending,
            };
            // The sender is gone without an outcome only if its executor was shut down; then this one's turn has come.
            if let Ok(outcome) = pending.wait_for(Option::is_some).await {
                match outcome.clone() {
                    Some(Ok(token)) => return Ok(token),
                    Some(Err(error)) => {
                        return Err(Error::credential(error.to_string()).with_shared_source(error));
                    }
                    None => {}
                }
            }
        }
    }
}

impl Shared {
    fn slots(&self) -> MutexGuard<'_, BTreeMap<Vec<String>, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that is good, or the request that will bring one. Starts that request if there is none.
    fn ready_or_pending(
        self: &Arc<Self>,
        scopes: &[String],
    ) -> std::result::Result<Arc<Token>, watch::Receiver<Option<Outcome>>> {
        let mut slots = self.slots();
        let slot = slots.entry(scopes.to_vec()).or_default();
        // A sender that is gone was dropped with its executor.
        slot.pending
            .take_if(|pending| pending.has_changed().is_err());
        if let Some(token) = slot.token.clone().filter(|token| token.is_alive()) {
            let may_renew =
                slot.pending.is_none() && slot.not_before.is_none_or(|at| Instant::now() >= at);
            if token.is_due() && may_renew {
                slot.pending = Some(self.start(scopes));
            }
            return Ok(token);
        }
        Err(slot
            .pending
            .get_or_insert_with(|| self.start(scopes))
            .clone())
    }

    /// Fetches a token in a task of its own: a caller that gives up does not take the token away from the others.
    fn start(self: &Arc<Self>, scopes: &[String]) -> watch::Receiver<Option<Outcome>> {
        let (sender, receiver) = watch::channel(None);
        let (shared, scopes) = (self.clone(), scopes.to_vec());
        tokio::spawn(async move {
            let asked_at = Instant::now();
            let granted = shared.endpoint.request(&scopes).await;
            let outcome = granted
                .map(|granted| Arc::new(Token::new(&granted, asked_at)))
                .map_err(Arc::new);
            let mut slots = shared.slots();
            let slot = slots.entry(scopes).or_default();
            slot.pending = None;
            match &outcome {
                Ok(token) => (slot.token, slot.not_before) = (Some(token.clone()), None),
                Err(error) => {
                    tracing::warn!(error = %error, "no access token");
                    slot.not_before = Some(Instant::now() + RENEWAL_PAUSE);
                }
            }
            drop(slots);
            sender.send_replace(Some(outcome));
        });
        receiver
    }
}

impl Authorize for TokenSource {
    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let token = self.token(&self.scopes(request.scopes())).await?;
            request.set_header("authorization", token.header.expose_secret())
        })
    }

    /// Drops the token that was refused. Of many callers that are refused with the same token, the first one drops it and the
    /// others find it gone.
    fn rejected<'a>(&'a self, request: &'a Outgoing<'_>) -> BoxFuture<'a, bool> {
        let sent = request
            .headers()
            .get("authorization")
            .map(|value| value.as_bytes());
        let mut slots = self.0.slots();
        if let Some(slot) = slots.get_mut(&self.scopes(request.scopes())) {
            slot.token
                .take_if(|token| Some(token.header.expose_secret().as_bytes()) == sent);
        }
        Box::pin(std::future::ready(sent.is_some()))
    }
}
