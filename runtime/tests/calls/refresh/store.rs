//! The store of tokens while they are renewed: what it is given and when, and what happens when it cannot be used.

use super::*;

#[tokio::test(start_paused = true)]
async fn wait_for_another_process_does_not_cut_a_token_request_short() {
    let watched = Watched {
        taken_until: Some(tokio::time::Instant::now() + Duration::from_secs(140)),
        ..Watched::new().await
    };
    let store: Arc<dyn TokenStore> = Arc::new(watched);
    let mock = MockTransport::new();
    api(&mock, |_| {
        let answer = json!({"access_token": "a1", "refresh_token": "r1", "expires_in": 3600});
        Reply::json(200, &answer).delay(Duration::from_secs(25))
    });
    let client = client(&mock, &store);
    patient(&client).await.unwrap();
    let kept = record(&store).await.tokens.unwrap().refresh_token.unwrap();
    assert_eq!(kept.expose_secret(), "r1");
}

/// A store that notes when tokens are stored, and fails to a certain number of times.
struct Watched {
    inner: MemoryStore,
    commits: AtomicU64,
    failures: AtomicU64,
    /// Until then, another process has the lease.
    taken_until: Option<tokio::time::Instant>,
}

impl Watched {
    async fn new() -> Self {
        let inner = MemoryStore::new();
        inner.put(&key(), tokens(Some("r0"), DEAD)).await.unwrap();
        Self {
            inner,
            commits: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            taken_until: None,
        }
    }
}

impl TokenStore for Watched {
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
        let now = tokio::time::Instant::now();
        match self.taken_until.is_some_and(|until| now < until) {
            true => Box::pin(std::future::ready(Ok(None))),
            false => self.inner.lease(key, version, duration),
        }
    }

    fn commit<'a>(
        &'a self,
        key: &'a TokenKey,
        lease: &'a Lease,
        spent: Option<&'a TokenHash>,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Commit>> {
        if self.failures.load(Ordering::SeqCst) > 0 {
            self.failures.fetch_sub(1, Ordering::SeqCst);
            return Box::pin(std::future::ready(Err(Error::credential(
                "the disk is full",
            ))));
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.inner.commit(key, lease, spent, tokens)
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

#[tokio::test]
async fn tokens_are_stored_before_they_are_used_and_not_used_if_they_cannot_be() {
    for (failures, succeeds) in [(2, true), (100, false)] {
        let watched = Arc::new(Watched {
            failures: AtomicU64::new(failures),
            ..Watched::new().await
        });
        let mock = MockTransport::new();
        let seen = watched.clone();
        mock.handler(move |request| match request.operation() {
            None => Reply::json(
                200,
                &json!({"access_token": "a1", "refresh_token": "r1", "expires_in": 3600}),
            ),
            Some(_) if seen.commits.load(Ordering::SeqCst) == 1 => Reply::status(204),
            Some(_) => Reply::status(500),
        });
        let store: Arc<dyn TokenStore> = watched.clone();
        let result = call(&client(&mock, &store)).await;
        assert_eq!(result.is_ok(), succeeds, "{result:?}");
        let error = result
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(succeeds || error.contains("the disk is full"), "{error}");
    }
}

fn signed_in(mock: &MockTransport, store: &Arc<dyn TokenStore>, tokens: Tokens) -> Client {
    let credential = OAuthCredential::signed_in(OAuthClient::public("id"), tokens);
    Client::builder(&API)
        .transport(mock.clone())
        .credential("oauth", credential.kept_in(store.clone(), key()).into())
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

async fn kept(store: &Arc<dyn TokenStore>) -> String {
    let tokens = record(store).await.tokens.unwrap();
    tokens.refresh_token.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn tokens_of_a_sign_in_are_kept_where_they_are_said_to_be() {
    let mock = MockTransport::new();
    let server = Rotating::default();
    let answering = server.clone();
    api(&mock, move |request| answering.answer(request));
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    call(&signed_in(&mock, &store, tokens(Some("r0"), 7200)))
        .await
        .unwrap();
    assert_eq!((sent(&mock).as_str(), server.refreshes()), ("Bearer a0", 0));
    assert_eq!(kept(&store).await, "r0");
}

#[tokio::test]
async fn renewed_tokens_of_a_sign_in_outlive_the_process() {
    let mock = MockTransport::new();
    let server = Rotating::default();
    let answering = server.clone();
    api(&mock, move |request| answering.answer(request));
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let first = tokens(Some("r0"), DEAD);
    call(&signed_in(&mock, &store, first.clone()))
        .await
        .unwrap();
    assert_eq!(kept(&store).await, "r1");
    // The next process reads them, and so does one that begins with the tokens of back then.
    call(&client(&mock, &store)).await.unwrap();
    call(&signed_in(&mock, &store, first)).await.unwrap();
    assert_eq!((sent(&mock).as_str(), server.refreshes()), ("Bearer a1", 1));
    assert_eq!(kept(&store).await, "r1");
}

#[tokio::test]
async fn later_sign_in_takes_the_place_of_a_broken_one() {
    let mock = MockTransport::new();
    api(&mock, |_| {
        Reply::json(400, &json!({"error": "invalid_grant"}))
    });
    let store = stored(tokens(Some("r0"), DEAD)).await;
    call(&client(&mock, &store)).await.unwrap_err();
    assert!(record(&store).await.needs_consent());
    let mut again = Tokens::new("b0");
    again.refresh_token = Some("s0".into());
    call(&signed_in(&mock, &store, again)).await.unwrap();
    assert_eq!(sent(&mock), "Bearer b0");
    assert_eq!(kept(&store).await, "s0");
    assert!(!record(&store).await.needs_consent());
}
