use super::*;
use crate::token::{Failure, MemoryStore, TokenHash};
use crate::transport::BoxFuture;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_store_keeps_the_rules() {
    let make = async || Arc::new(MemoryStore::new()) as Arc<dyn TokenStore>;
    check(make).await.unwrap();
}

/// What a faulty store does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    LosesScopes,
    TakesPrefixesForKeys,
    LeasesTwice,
    IgnoresTheVersion,
    IgnoresTheFenceOfFailures,
    IgnoresWhatWasSpent,
    StoresAlways,
    RevokesItsOwn,
}

struct Faulty(MemoryStore, Fault);

impl Faulty {
    fn key(&self, key: &TokenKey) -> TokenKey {
        match self.1 {
            Fault::TakesPrefixesForKeys => TokenKey::new(key.connection().trim(), key.slot()),
            _ => key.clone(),
        }
    }
}

impl TokenStore for Faulty {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenRecord>>> {
        Box::pin(async {
            let mut record = self.0.load(&self.key(key)).await?;
            if let Some(tokens) = record.as_mut().and_then(|it| it.tokens.as_mut())
                && self.1 == Fault::LosesScopes
            {
                tokens.scopes = None;
            }
            Ok(record)
        })
    }

    fn put<'a>(&'a self, key: &'a TokenKey, tokens: Tokens) -> BoxFuture<'a, Result<TokenRecord>> {
        Box::pin(async { self.0.put(&self.key(key), tokens).await })
    }

    fn lease<'a>(
        &'a self,
        key: &'a TokenKey,
        mut version: u64,
        mut duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>>> {
        Box::pin(async move {
            match (self.1, self.0.load(key).await?) {
                (Fault::IgnoresTheVersion, Some(record)) => version = record.version,
                (Fault::LeasesTwice, _) => duration = Duration::ZERO,
                _ => {}
            }
            self.0.lease(key, version, duration).await
        })
    }

    fn commit<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        spent: Option<&'a TokenHash>,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Commit>> {
        Box::pin(async move {
            let record = self.0.load(key).await?;
            let current = record.as_ref().and_then(|it| it.tokens.as_ref());
            if self.1 == Fault::RevokesItsOwn && current.is_some_and(|it| it.is_same(&tokens)) {
                return Ok(Commit::Superseded(record));
            }
            let current = current.and_then(Tokens::refresh_hash);
            let spent = match self.1 {
                Fault::IgnoresWhatWasSpent => None,
                Fault::StoresAlways => current.as_ref().or(spent),
                _ => spent,
            };
            self.0.commit(key, lease, spent, tokens).await
        })
    }

    fn fail<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        failure: Failure,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let newer = Lease::new(lease.generation, lease.fence + 1);
            if self.1 == Fault::IgnoresTheFenceOfFailures {
                self.0.fail(key, &newer, failure.clone()).await?;
            }
            self.0.fail(key, lease, failure).await
        })
    }

    fn remove<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Vec<(TokenKey, Tokens)>>> {
        self.0.remove(connection)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn faults_are_found() {
    for (fault, rule) in [
        (Fault::LosesScopes, "values_survive_exactly"),
        (Fault::TakesPrefixesForKeys, "keys_are_apart"),
        (Fault::LeasesTwice, "one_lease_at_a_time"),
        (Fault::IgnoresTheVersion, "lease_wants_the_version"),
        (Fault::IgnoresTheFenceOfFailures, "stale_lease_cannot_fail"),
        (
            Fault::IgnoresWhatWasSpent,
            "lapsed_lease_commits_while_its_token_is_unspent",
        ),
        (
            Fault::StoresAlways,
            "lapsed_lease_is_superseded_once_its_token_is_spent",
        ),
        (Fault::RevokesItsOwn, "commit_may_be_repeated"),
    ] {
        let make = async || Arc::new(Faulty(MemoryStore::new(), fault)) as Arc<dyn TokenStore>;
        let found = check(make).await.unwrap_err();
        assert_eq!(found.rule(), rule, "{found}");
    }
}
