//! One renewal: who does it, what is handed in, what becomes of the answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Commit, Failure, FailureClass, Lease, TokenHash, TokenKey, TokenRecord, TokenStore, Tokens,
    schedule,
};
use crate::error::{Error, Result};
use crate::oauth::endpoint::TokenEndpoint;
use crate::oauth::{Grant, TokenFailure};

/// The right to refresh lasts this long: more than a token request with its repetition can take.
const LEASE: Duration = Duration::from_secs(90);

/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(150);

/// How often the store is asked whether another process is done, at first and at last.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// How often a store that fails is tried before the new tokens are given up.
const COMMIT_ATTEMPTS: u32 = 4;

/// No server may keep a client away for longer.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Makes the signed statements of the JWT bearer grant (RFC 7523 section 2.1).
pub trait SignGrant: Send + Sync {
    /// An assertion for one token request.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn assertion(&self, token_url: &str, scopes: &[String]) -> Result<SecretString>;
}

/// How tokens come into being, beside refresh tokens.
#[derive(Clone)]
pub(crate) enum Grants {
    ClientCredentials,
    Password {
        username: String,
        password: SecretString,
    },
    JwtBearer(Arc<dyn SignGrant>),
    /// A person signed in; only a refresh token brings new ones.
    SignedIn,
}

/// A renewal that failed, and when to try again; `None` if only a person can help.
pub(super) struct RenewalError {
    pub(super) error: Error,
    pub(super) pause: Option<Duration>,
}

type Renewed = std::result::Result<(Tokens, u64), RenewalError>;

/// How the race for the right to refresh ended.
enum Race {
    /// Somebody else has renewed the tokens; this is their version.
    Renewed(Tokens, u64),
    /// This one has the right.
    Leased(Box<Leased>),
}

struct Leased {
    lease: Lease,
    record: TokenRecord,
    /// Why the token endpoint is not known.
    unknown_endpoint: Option<TokenFailure>,
}

pub(super) struct Renewal {
    endpoint: TokenEndpoint,
    grants: Grants,
    store: Arc<dyn TokenStore>,
    key: TokenKey,
    /// Tokens of a sign-in that the store may not have yet.
    first: Mutex<Option<Tokens>>,
}

impl Renewal {
    /// Whether tokens are asked for that every request has to prove its right to (DPoP, RFC 9449).
    pub(super) fn asks_for_proof(&self) -> bool {
        self.endpoint.client().asks_for_dpop()
    }

    pub(super) fn new(
        endpoint: TokenEndpoint,
        grants: Grants,
        store: Arc<dyn TokenStore>,
        key: TokenKey,
        first: Option<Tokens>,
    ) -> Self {
        Self {
            endpoint,
            grants,
            store,
            key,
            first: Mutex::new(first),
        }
    }

    /// The scopes that tell this request's tokens from others. None where one set of tokens serves all.
    pub(super) fn scopes(&self, needed: &[&str]) -> Vec<String> {
        let by_operation =
            self.endpoint.client().scopes.is_none() && !matches!(self.grants, Grants::SignedIn);
        if !by_operation {
            return Vec::new();
        }
        let mut scopes: Vec<String> = needed.iter().map(|scope| (*scope).to_owned()).collect();
        scopes.sort();
        scopes
    }

    /// Brings tokens that are not those of version `known`: somebody else's, or new ones.
    pub(super) async fn run(&self, scopes: &[String], known: Option<u64>) -> Renewed {
        let key = match scopes {
            [] => self.key.clone(),
            scopes => self.key.for_scopes(scopes),
        };
        let leased = match timeout(PATIENCE, self.race(&key, known)).await {
            Ok(Ok(Race::Renewed(tokens, version))) => return Ok((tokens, version)),
            Ok(Ok(Race::Leased(leased))) => *leased,
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                return Err(RenewalError {
                    error: Error::credential(
                        "another process has the right to refresh the token, and does not end",
                    ),
                    pause: Some(Duration::from_secs(1)),
                });
            }
        };
        // Has no limit but those of its requests: to give up while an answer is under way would lose a rotated token.
        self.refresh(&key, leased, scopes).await
    }

    /// Reads the record until somebody has renewed it, or this one may.
    async fn race(
        &self,
        key: &TokenKey,
        known: Option<u64>,
    ) -> std::result::Result<Race, RenewalError> {
        let mut pause = POLL.0;
        loop {
            let mut record = self.load(key).await?;
            if self.begin(key, &record).await? {
                record = self.load(key).await?;
            }
            if let Some(tokens) = usable(&record, known) {
                return Ok(Race::Renewed(tokens, record.version));
            }
            self.refuse_early(&record)?;
            if record.leased_for.is_none() {
                // Before the lease, which is not made for reading a slow server's metadata.
                let unknown_endpoint = self.endpoint.token_url().await.err();
                let lease = self.store.lease(key, record.version, LEASE).await;
                if let Some(lease) = lease.map_err(store_error)? {
                    return Ok(Race::Leased(Box::new(Leased {
                        lease,
                        record,
                        unknown_endpoint,
                    })));
                }
            }
            sleep(pause.mul_f64(fastrand::f64().mul_add(0.5, 0.5))).await;
            pause = (pause * 2).min(POLL.1);
        }
    }

    async fn load(&self, key: &TokenKey) -> std::result::Result<TokenRecord, RenewalError> {
        let record = self.store.load(key).await.map_err(store_error)?;
        Ok(record.unwrap_or_else(|| TokenRecord::new(None, 0, 0)))
    }

    /// Puts the tokens of a sign-in into the store, unless it has newer ones: this sign-in's, renewed, or a later one's. Whether it did.
    async fn begin(
        &self,
        key: &TokenKey,
        record: &TokenRecord,
    ) -> std::result::Result<bool, RenewalError> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(first) = first else {
            return Ok(false);
        };
        let kept = record.tokens.as_ref();
        if kept.is_some_and(|kept| kept.granted_at >= first.granted_at) {
            return Ok(false);
        }
        // Compared with what was read, so that another process's renewal of the same sign-in is not undone.
        let stored = async {
            let lease = self.store.lease(key, record.version, LEASE).await?;
            let Some(lease) = lease else {
                return Ok(false);
            };
            let spent = kept.and_then(Tokens::refresh_hash);
            let commit = self
                .store
                .commit(key, &lease, spent.as_ref(), first.clone());
            Ok(matches!(commit.await?, Commit::Stored(_)))
        };
        let stored = stored.await.map_err(store_error);
        if !matches!(stored, Ok(true)) {
            *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(first);
        }
        stored
    }

    /// What the record already says about the outcome.
    fn refuse_early(&self, record: &TokenRecord) -> std::result::Result<(), RenewalError> {
        let Some(failure) = &record.failure else {
            return Ok(());
        };
        if record.needs_consent() && matches!(self.grants, Grants::SignedIn) {
            return Err(RenewalError {
                error: Error::credential(consent_needed(&failure.message)),
                pause: None,
            });
        }
        let pause = failure.next_attempt_at.and_then(time_until);
        // Nobody is kept away for longer, so the clock was set back.
        match pause.filter(|pause| *pause <= LONGEST_RETRY_AFTER) {
            Some(pause) => Err(RenewalError {
                error: Error::credential(failure.message.clone()),
                pause: Some(pause),
            }),
            None => Ok(()),
        }
    }

    async fn refresh(&self, key: &TokenKey, leased: Leased, scopes: &[String]) -> Renewed {
        let Leased {
            lease,
            record,
            unknown_endpoint,
        } = leased;
        let started = Instant::now();
        let asked = self.endpoint.client().scopes.as_deref().unwrap_or(scopes);
        let old = record.tokens.as_ref();
        // The connection keeps its key: a refresh token may be worth nothing without it (RFC 9449 section 5).
        let bound_to = old.and_then(|tokens| tokens.dpop_key.as_ref());
        let mut result = match (unknown_endpoint, self.refresh_grant(old)) {
            (Some(failure), _) => Err(failure),
            (None, Some(grant)) => self.endpoint.request(&grant, asked, bound_to).await,
            (None, None) => self.request_anew(asked, bound_to).await,
        };
        let gone = |failure: &TokenFailure| failure.class == FailureClass::InvalidGrant;
        if result.as_ref().is_err_and(gone) && self.refresh_grant(old).is_some() {
            // Without a lease that lasted, somebody else may have spent the token.
            let current = self.load(key).await?;
            if refresh_hash(&current) != old.and_then(Tokens::refresh_hash)
                && let Some(tokens) = current.tokens
            {
                return Ok((tokens, current.version));
            }
            if !matches!(self.grants, Grants::SignedIn) {
                result = self.request_anew(asked, bound_to).await;
            }
        }
        tracing::debug!(
            connection = key.connection(),
            seconds = started.elapsed().as_secs_f64(),
            granted = result.is_ok(),
            "token request"
        );
        match result {
            Ok(tokens) => self.keep(key, &lease, old, tokens).await,
            Err(failure) => Err(self.note(key, &lease, &record, failure).await),
        }
    }

    fn refresh_grant(&self, old: Option<&Tokens>) -> Option<Grant> {
        match self.grants {
            // Cheaper than a refresh, and nothing to lose.
            Grants::ClientCredentials | Grants::JwtBearer(_) => None,
            _ => old?.refresh_token.clone().map(Grant::Refresh),
        }
    }

    /// Tokens without a refresh token.
    async fn request_anew(
        &self,
        scopes: &[String],
        bound_to: Option<&SecretString>,
    ) -> std::result::Result<Tokens, TokenFailure> {
        let grant = match &self.grants {
            Grants::ClientCredentials => Grant::ClientCredentials,
            Grants::Password { username, password } => Grant::Password {
                username: username.clone(),
                password: password.clone(),
            },
            Grants::JwtBearer(key) => {
                let url = self.endpoint.token_url().await?;
                Grant::JwtBearer(
                    key.assertion(url.as_str(), scopes)
                        .map_err(TokenFailure::unsendable)?,
                )
            }
            Grants::SignedIn => {
                return Err(TokenFailure::new(
                    FailureClass::InvalidGrant,
                    "there is no refresh token, so the access token cannot be renewed",
                ));
            }
        };
        self.endpoint.request(&grant, scopes, bound_to).await
    }

    /// Stores new tokens before anybody uses them: a rotated refresh token exists once.
    async fn keep(
        &self,
        key: &TokenKey,
        lease: &Lease,
        old: Option<&Tokens>,
        mut tokens: Tokens,
    ) -> Renewed {
        if let Some(old) = old {
            inherit(&mut tokens, old);
        }
        let spent = old.and_then(Tokens::refresh_hash);
        let mut attempt = 1;
        let commit = loop {
            match self
                .store
                .commit(key, lease, spent.as_ref(), tokens.clone())
                .await
            {
                Ok(commit) => break commit,
                Err(error) if attempt >= COMMIT_ATTEMPTS => return Err(store_error(error)),
                Err(_) => sleep(schedule::pause(attempt, fastrand::f64()) / 4).await,
            }
            attempt += 1;
        };
        match commit {
            Commit::Stored(record) => Ok((tokens, record.version)),
            Commit::Superseded(record) => {
                // A server that does not rotate has given the same refresh token to whoever was faster.
                if record.as_ref().and_then(refresh_hash) != tokens.refresh_hash() {
                    self.endpoint.revoke_later(tokens);
                }
                let found =
                    record.and_then(|record| Some((usable(&record, None)?, record.version)));
                found.ok_or_else(|| RenewalError {
                    error: Error::credential(
                        "the connection was removed or changed while its token was refreshed",
                    ),
                    pause: Some(Duration::from_secs(1)),
                })
            }
        }
    }

    /// Writes a failure down, for all processes.
    async fn note(
        &self,
        key: &TokenKey,
        lease: &Lease,
        record: &TokenRecord,
        failure: TokenFailure,
    ) -> RenewalError {
        let attempts = record
            .failure
            .as_ref()
            .map_or(0, |failure| failure.attempts)
            + 1;
        let own = schedule::pause(attempts, fastrand::f64());
        let asked = failure
            .retry_after
            .map(|pause| pause.min(LONGEST_RETRY_AFTER));
        let pause = asked.unwrap_or(own);
        let person =
            failure.class == FailureClass::InvalidGrant && matches!(self.grants, Grants::SignedIn);
        let mut noted = Failure::new(failure.class, failure.message.clone());
        noted.attempts = attempts;
        let later = SignedDuration::try_from(pause).ok();
        noted.next_attempt_at = later.and_then(|pause| Timestamp::now().checked_add(pause).ok());
        if let Err(error) = self.store.fail(key, lease, noted).await {
            tracing::warn!(error = %error, "the failure of a token request could not be stored");
        }
        let error = match person {
            true => Error::credential(consent_needed(&failure.message)).with_source(failure),
            false => failure.into(),
        };
        RenewalError {
            error,
            pause: (!person).then_some(pause),
        }
    }
}

fn usable(record: &TokenRecord, known: Option<u64>) -> Option<Tokens> {
    let tokens = record.tokens.as_ref()?;
    (known != Some(record.version) && tokens.is_usable()).then(|| tokens.clone())
}

fn refresh_hash(record: &TokenRecord) -> Option<TokenHash> {
    record.tokens.as_ref().and_then(Tokens::refresh_hash)
}

/// What an answer leaves out stays as it was (RFC 6749 section 6).
fn inherit(tokens: &mut Tokens, old: &Tokens) {
    if tokens.refresh_token.is_none() {
        tokens.refresh_token = old.refresh_token.clone();
        tokens.refresh_expires_at = tokens.refresh_expires_at.or(old.refresh_expires_at);
    }
    if tokens.id_token.is_none() {
        tokens.id_token = old.id_token.clone();
    }
    if tokens.scopes.is_none() {
        tokens.scopes.clone_from(&old.scopes);
    }
    for (name, value) in &old.values {
        tokens
            .values
            .entry(name.clone())
            .or_insert_with(|| value.clone());
    }
}

fn consent_needed(message: &str) -> String {
    format!("sign in again: {message}")
}

fn time_until(at: Timestamp) -> Option<Duration> {
    let left = Duration::try_from(at.duration_since(Timestamp::now())).ok()?;
    (!left.is_zero()).then_some(left)
}

fn store_error(error: Error) -> RenewalError {
    RenewalError {
        error,
        pause: Some(Duration::from_secs(1)),
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientCredentials => "client credentials",
            Self::Password { .. } => "password, redacted",
            Self::JwtBearer(_) => "JWT bearer",
            Self::SignedIn => "signed in",
        })
    }
}
