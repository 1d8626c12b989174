//! HTTP Digest (RFC 7616): answers to a server's challenge that prove the password without sending it.

mod answer;
mod challenge;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::SecretString;
use url::Position;

use self::answer::Answer;
use self::challenge::Challenge;
use super::signature::hex;
use super::{Authorize, Outgoing};
use crate::error::{Error, Result};
use crate::transport::BoxFuture;

/// A user name and password, and the challenge that calls answer at present.
pub(super) struct Digest {
    username: String,
    password: SecretString,
    session: Mutex<Option<Arc<Session>>>,
}

/// A challenge, and how often it was answered.
struct Session {
    challenge: Challenge,
    /// Ours, the same for the whole session: the `-sess` algorithms hash it into the key (RFC 7616 section 3.4.2).
    client_nonce: String,
    count: AtomicU32,
}

impl Digest {
    pub(super) fn new(username: &str, password: &SecretString) -> Self {
        Self {
            username: username.to_owned(),
            password: password.clone(),
            session: Mutex::default(),
        }
    }

    fn session(&self) -> Option<Arc<Session>> {
        self.session
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn answer(&self, request: &mut Outgoing<'_>) -> Result<()> {
        // The first call: the server's 401 brings the challenge.
        let Some(session) = self.session() else {
            return Ok(());
        };
        let uri = &request.url[Position::BeforePath..Position::AfterQuery];
        let answer = Answer {
            challenge: &session.challenge,
            username: &self.username,
            password: &self.password,
            method: request.method.as_str(),
            uri,
            body: request.body(),
            client_nonce: &session.client_nonce,
            // The server wants each number once (RFC 7616 section 3.4), whoever of many callers sends it.
            count: session
                .count
                .fetch_add(1, Ordering::Relaxed)
                .wrapping_add(1),
        };
        let header = answer.header()?;
        request.set_header(AUTHORIZATION.as_str(), &header)
    }

    /// Takes over the challenge of a 401, and says whether to answer it.
    fn challenged(&self, request: &Outgoing<'_>, response: &HeaderMap) -> Result<bool> {
        let Some(challenge) = challenge::strongest(response) else {
            return Ok(false);
        };
        let answered = challenge::answered(request.headers());
        let mut slot = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = &*slot {
            let is_current = answered
                .as_ref()
                .is_some_and(|answered| answered.nonce == current.challenge.nonce);
            // Another caller was faster, so all of them share one session.
            if !is_current {
                return Ok(true);
            }
        }
        // Unless the nonce was merely too old, a server that refuses an answer refuses the password (RFC 7616 section 3.3).
        let worthwhile =
            answered.is_none_or(|answered| challenge.is_stale || answered.realm != challenge.realm);
        *slot = Some(Arc::new(Session {
            challenge,
            client_nonce: client_nonce()?,
            count: AtomicU32::new(0),
        }));
        Ok(worthwhile)
    }
}

impl Authorize for Digest {
    fn signs(&self) -> bool {
        true
    }

    fn authorize<'a>(&'a self, request: &'a mut Outgoing<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(self.answer(request)))
    }

    fn rejected<'a>(
        &'a self,
        request: &'a Outgoing<'_>,
        response: &'a HeaderMap,
    ) -> BoxFuture<'a, bool> {
        let worthwhile = self.challenged(request, response).unwrap_or(false);
        Box::pin(std::future::ready(worthwhile))
    }
}

fn client_nonce() -> Result<String> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::credential("the operating system gives no random numbers"))?;
    Ok(hex(&bytes))
}
