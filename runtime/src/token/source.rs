//! Hands out access tokens and renews them: once for all that wait, in this process and in others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use tokio::sync::watch;
use tokio::time::Instant;

use super::renewal::{Grants, Renewal};
use super::{TokenKey, TokenStore, Tokens, schedule};
use crate::credential::{Authorize, Outgoing};
use crate::error::{Error, Result};
use crate::oauth::dpop::{Binding, Nonces};
use crate::oauth::endpoint::TokenEndpoint;
use crate::transport::BoxFuture;

/// After a failure that only a person can mend, the store is asked again this often.
const CONSENT_PAUSE: Duration = Duration::from_secs(5);

/// A token that a forced renewal brought is not renewed by force again for this long: the fault is elsewhere.
const FORCED_PAUSE: Duration = Duration::from_secs(10);

/// The tokens of one OAuth 2.0 client for one scheme.
pub(crate) struct TokenSource {
    shared: Arc<Shared>,
    header: HeaderName,
}

struct Shared {
    renewal: Renewal,
    prefix: String,
    /// What the APIs want in DPoP proofs.
    nonces: Nonces,
    slots: Mutex<BTreeMap<Vec<String>, Slot>>,
}

/// The state of the tokens for one set of scopes.
#[derive(Default)]
struct Slot {
    current: Option<Arc<Current>>,
    /// The renewal under way, if there is one.
    pending: Option<watch::Receiver<Option<Outcome>>>,
    /// The last renewal's failure, which stands until then.
    failed: Option<(Instant, Arc<Error>)>,
    /// The version of the tokens that the API refused.
    refused: Option<u64>,
}

type Outcome = std::result::Result<Arc<Current>, Arc<Error>>;

/// A token ready to be sent.
struct Current {
    header: HeaderValue,
    binding: Option<Binding>,
    version: u64,
    renew_at: Option<Instant>,
    dead_at: Option<Instant>,
    born: Instant,
    /// The one before was refused by the API.
    forced: bool,
}

impl Current {
    fn new(tokens: &Tokens, version: u64, prefix: &str, forced: bool) -> Result<Self> {
        let binding = Binding::of(tokens)?;
        // A scheme of its own, so that nobody takes it for a bearer token (RFC 9449 section 7.1).
        let prefix = if binding.is_some() { "DPoP " } else { prefix };
        let value = format!("{prefix}{}", tokens.access_token.expose_secret());
        let mut header = HeaderValue::from_str(&value).map_err(|_| {
            Error::credential("the access token holds a character that no header may have")
        })?;
        header.set_sensitive(true);
        let now = Instant::now();
        let life = tokens.lifetime();
        // More is left than was granted where the clock was set back.
        let left = tokens.time_left().min(life);
        let before = |margin: Duration| Some(now + left?.saturating_sub(margin));
        Ok(Self {
            header,
            binding,
            version,
            renew_at: life.and_then(|life| before(schedule::margin(life, fastrand::f64()))),
            dead_at: life.and_then(|life| before(schedule::skew(life))),
            born: now,
            forced,
        })
    }

    fn is_alive(&self) -> bool {
        self.dead_at.is_none_or(|at| Instant::now() < at)
    }

    fn is_due(&self) -> bool {
        self.renew_at.is_some_and(|at| Instant::now() >= at)
    }
}

impl Tokens {
    /// How long the access token was granted for.
    fn lifetime(&self) -> Option<Duration> {
        let life = self.expires_at?.duration_since(self.granted_at);
        Some(Duration::try_from(life).unwrap_or(Duration::ZERO))
    }

    fn time_left(&self) -> Option<Duration> {
        let left = self.expires_at?.duration_since(Timestamp::now());
        Some(Duration::try_from(left).unwrap_or(Duration::ZERO))
    }

    /// Whether it is worth sending.
    pub(super) fn is_usable(&self) -> bool {
        match (self.lifetime(), self.time_left()) {
            (Some(life), Some(left)) => left > schedule::skew(life),
            _ => true,
        }
    }
}

impl TokenSource {
    /// Tokens by `grants` from `endpoint`, kept in `store` under `key`; those of a sign-in are the `first` ones.
    pub(crate) fn new(
        endpoint: TokenEndpoint,
        grants: Grants,
        store: Arc<dyn TokenStore>,
        key: TokenKey,
        first: Option<Tokens>,
    ) -> Result<Self> {
        let placement = endpoint.client().provider.access_token.clone();
        let header = HeaderName::from_bytes(placement.header.as_bytes()).map_err(|_| {
            Error::configuration(format!("`{}` is not a header name", placement.header))
        })?;
        Ok(Self {
            shared: Arc::new(Shared {
                renewal: Renewal::new(endpoint, grants, store, key, first),
                prefix: placement.prefix,
                nonces: Nonces::default(),
                slots: Mutex::default(),
            }),
            header,
        })
    }

    fn apply(&self, token: &Current, request: &mut Outgoing<'_>) -> Result<()> {
        request
            .headers
            .insert(self.header.clone(), token.header.clone());
        match &token.binding {
            Some(binding) => binding.prove(request, &self.shared.nonces),
            None => Ok(()),
        }
    }

    async fn wait(
        &self,
        scopes: &[String],
        mut pending: watch::Receiver<Option<Outcome>>,
    ) -> Result<Arc<Current>> {
        loop {
            // The sender is gone without an outcome only if its executor was shut down; then this one's turn has come.
            if let Ok(outcome) = pending.wait_for(Option::is_some).await
                && let Some(outcome) = outcome.clone()
            {
                return outcome.map_err(shared_error);
            }
            pending = match self.shared.ready_or_pending(scopes) {
                Ready::Token(token) => return Ok(token),
                Ready::Failed(error) => return Err(shared_error(error)),
                Ready::Pending(pending) => pending,
            };
        }
    }
}

/// The error of one renewal, for each that waited for it.
fn shared_error(error: Arc<Error>) -> Error {
    Error::new(error.kind(), error.to_string()).with_shared_source(error)
}

enum Ready {
    Token(Arc<Current>),
    Failed(Arc<Error>),
    Pending(watch::Receiver<Option<Outcome>>),
}

impl Shared {
    fn slots(&self) -> MutexGuard<'_, BTreeMap<Vec<String>, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that is good, or the renewal that will bring one. Starts that renewal if there is none; a token that is due is
    /// handed out while it is renewed.
    fn ready_or_pending(self: &Arc<Self>, scopes: &[String]) -> Ready {
        let mut slots = self.slots();
        if !slots.contains_key(scopes) {
            slots.insert(scopes.to_vec(), Slot::default());
        }
        let Some(slot) = slots.get_mut(scopes) else {
            return Ready::Failed(Arc::new(Error::credential("no slot for the token")));
        };
        // A sender that is gone was dropped with its executor.
        slot.pending
            .take_if(|pending| pending.has_changed().is_err());
        slot.failed.take_if(|(until, _)| Instant::now() >= *until);
        if let Some(token) = slot.current.as_ref().filter(|token| token.is_alive()) {
            let token = token.clone();
            if token.is_due() && slot.pending.is_none() && slot.failed.is_none() {
                slot.pending = Some(self.start(scopes, Some(token.version), false));
            }
            return Ready::Token(token);
        }
        if let (Some((_, error)), None) = (&slot.failed, &slot.pending) {
            return Ready::Failed(error.clone());
        }
        let known = slot
            .refused
            .or(slot.current.as_ref().map(|token| token.version));
        let forced = slot.refused.is_some();
        let pending = slot
            .pending
            .get_or_insert_with(|| self.start(scopes, known, forced));
        Ready::Pending(pending.clone())
    }

    /// Renews in a task of its own: a caller that gives up does not abort a request that rotates.
    fn start(
        self: &Arc<Self>,
        scopes: &[String],
        known: Option<u64>,
        forced: bool,
    ) -> watch::Receiver<Option<Outcome>> {
        let (sender, receiver) = watch::channel(None);
        let mut settlement = Settlement {
            shared: self.clone(),
            scopes: scopes.to_vec(),
            sender: Some(sender),
        };
        tokio::spawn(async move {
            let shared = settlement.shared.clone();
            match shared.renewal.run(&settlement.scopes, known).await {
                Ok((tokens, version)) => {
                    let current = Current::new(&tokens, version, &shared.prefix, forced);
                    let outcome = current.map(Arc::new).map_err(Arc::new);
                    settlement.settle(outcome, Duration::ZERO);
                }
                Err(failure) => {
                    tracing::warn!(error = %failure.error, "no access token");
                    let pause = failure.pause.unwrap_or(CONSENT_PAUSE);
                    settlement.settle(Err(Arc::new(failure.error)), pause);
                }
            }
        });
        receiver
    }

    fn settle(&self, scopes: &[String], outcome: &Outcome, pause: Duration) {
        let mut slots = self.slots();
        let slot = slots.entry(scopes.to_vec()).or_default();
        slot.pending = None;
        match outcome {
            Ok(token) => {
                slot.current = Some(token.clone());
                (slot.failed, slot.refused) = (None, None);
            }
            Err(error) => slot.failed = Some((Instant::now() + pause, error.clone())),
        }
    }

    /// Drops the token that the API refused. Of many callers that are refused with the same token, the first one drops it and
    /// the others find it gone. Whether another attempt is worthwhile.
    fn refuse(&self, scopes: &[String], sent: &HeaderValue) -> bool {
        let mut slots = self.slots();
        let Some(slot) = slots.get_mut(scopes) else {
            return false;
        };
        let Some(current) = &slot.current else {
            return true;
        };
        if current.header != *sent {
            return true;
        }
        if current.forced && current.born.elapsed() < FORCED_PAUSE {
            return false;
        }
        slot.refused = Some(current.version);
        slot.current = None;
        // A renewal in the background began with the token that is refused now, and will do.
        true
    }
}

/// A renewal that somebody waits for.
struct Settlement {
    shared: Arc<Shared>,
    scopes: Vec<String>,
    /// Gone once they were told.
    sender: Option<watch::Sender<Option<Outcome>>>,
}

impl Settlement {
    fn settle(&mut self, outcome: Outcome, pause: Duration) {
        if let Some(sender) = self.sender.take() {
            self.shared.settle(&self.scopes, &outcome, pause);
            sender.send_replace(Some(outcome));
        }
    }
}

impl Drop for Settlement {
    /// Without an outcome, those who wait would begin the renewal anew: right after a shutdown, and endless after a panic.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let message = "the renewal of the token panicked, in the program's own store or key";
            self.settle(
                Err(Arc::new(Error::credential(message))),
                Duration::from_secs(1),
            );
        }
    }
}

impl Authorize for TokenSource {
    fn signs(&self) -> bool {
        self.shared.renewal.asks_for_proof()
    }

    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        let scopes = self.shared.renewal.scopes(request.scopes());
        let pending = match self.shared.ready_or_pending(&scopes) {
            Ready::Token(token) => {
                return Box::pin(std::future::ready(self.apply(&token, request)));
            }
            Ready::Failed(error) => return Box::pin(std::future::ready(Err(shared_error(error)))),
            Ready::Pending(pending) => pending,
        };
        Box::pin(async move {
            let token = self.wait(&scopes, pending).await?;
            self.apply(&token, request)
        })
    }

    fn rejected<'a>(
        &'a self,
        request: &'a Outgoing<'_>,
        response: &'a http::HeaderMap,
    ) -> BoxFuture<'a, bool> {
        // The token is good, only the proof was not.
        if self.shared.nonces.is_challenge(request, response) {
            return Box::pin(std::future::ready(true));
        }
        let sent = request.headers().get(&self.header);
        let scopes = self.shared.renewal.scopes(request.scopes());
        let again = sent.is_some_and(|sent| self.shared.refuse(&scopes, sent));
        Box::pin(std::future::ready(again))
    }
}
