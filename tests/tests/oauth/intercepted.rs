//! A store in front of which something happens before tokens are kept.

use std::sync::Arc;
use std::time::Duration;

use security::runtime::Result;
use security::runtime::token::{
    Commit, Failure, Lease, TokenHash, TokenKey, TokenRecord, TokenStore, Tokens,
};
use security::runtime::transport::BoxFuture;

/// What happens before tokens are kept; an error takes the place of the commit.
pub type Before = Box<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// A store, and what happens before tokens are kept.
pub struct Intercepted {
    inner: Arc<dyn TokenStore>,
    before: Before,
}

impl Intercepted {
    pub fn new(inner: Arc<dyn TokenStore>, before: Before) -> Self {
        Self { inner, before }
    }
}

impl TokenStore for Intercepted {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenRecord>>> {
        self.inner.load(key)
    }

    fn put<'a>(&'a self, key: &'a TokenKey, tokens: Tokens) -> BoxFuture<'a, Result<TokenRecord>> {
        self.inner.put(key, tokens)
    }

    fn lease<'a>(
        &'a self,
        key: &'a TokenKey,
        version: u64,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.inner.lease(key, version, duration)
    }

    fn commit<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        spent: Option<&'a TokenHash>,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Commit>> {
        Box::pin(async move {
            (self.before)().await?;
            self.inner.commit(key, lease, spent, tokens).await
        })
    }

    fn fail<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        failure: Failure,
    ) -> BoxFuture<'a, Result<()>> {
        self.inner.fail(key, lease, failure)
    }

    fn remove<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Vec<(TokenKey, Tokens)>>> {
        self.inner.remove(connection)
    }
}
