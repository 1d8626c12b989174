//! Rules for what becomes of new tokens.

use std::sync::Arc;

use super::{
    Broken, Checked, LONG, SHORT, ensure, has, key, lease, lease_after_lapse, load, stored,
    superseded, tokens,
};
use crate::token::{Lease, TokenRecord, TokenStore};

pub(super) async fn commit_replaces_tokens(store: &Arc<dyn TokenStore>) -> Checked {
    let before = store.put(&key(), tokens("a")).await?;
    let taken = lease(store, before.version, LONG).await?;
    let spent = tokens("a").refresh_hash();
    let commit = store
        .commit(&key(), &taken, spent.as_ref(), tokens("b"))
        .await;
    let committed = stored(commit)?;
    let loaded = load(store, &key()).await?;
    for record in [&committed, &loaded] {
        has(record, &tokens("b"))?;
        ensure(
            record.version > before.version,
            "the version does not grow with new tokens",
        )?;
        ensure(
            record.generation == before.generation,
            "a refresh changes the generation",
        )?;
        ensure(record.leased_for.is_none(), "the lease outlives its commit")?;
    }
    ensure(
        committed.version == loaded.version,
        "`commit` gives another record than `load`",
    )?;
    let old = store.lease(&key(), before.version, LONG).await?;
    ensure(old.is_none(), "a lease for tokens that were replaced")?;
    lease(store, loaded.version, LONG).await.map(drop)
}

pub(super) async fn commit_may_be_repeated(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    let taken = lease(store, record.version, LONG).await?;
    let spent = tokens("a").refresh_hash();
    let commit = async || {
        let commit = store
            .commit(&key(), &taken, spent.as_ref(), tokens("b"))
            .await;
        stored(commit)
    };
    let first = commit().await?;
    let other = lease(store, first.version, LONG).await?;
    let second = commit().await.map_err(|Broken(what)| {
        Broken(format!(
            "{what}, when it was repeated: a refresh would revoke its own tokens"
        ))
    })?;
    ensure(
        first.version == second.version,
        "a commit that is repeated changes the version",
    )?;
    let loaded = load(store, &key()).await?;
    ensure(
        loaded.leased_for.is_some(),
        "a commit that is repeated ends the lease of somebody else",
    )?;
    let spent = tokens("b").refresh_hash();
    let commit = store
        .commit(&key(), &other, spent.as_ref(), tokens("c"))
        .await;
    stored(commit).map(drop)
}

pub(super) async fn lapsed_lease_commits_if_nobody_else_leased(
    store: &Arc<dyn TokenStore>,
) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    let taken = lease(store, record.version, SHORT).await?;
    tokio::time::sleep(SHORT * 2).await;
    let loaded = load(store, &key()).await?;
    ensure(
        loaded.leased_for.is_none(),
        "a lapsed lease counts as running",
    )?;
    let spent = tokens("a").refresh_hash();
    let commit = store
        .commit(&key(), &taken, spent.as_ref(), tokens("b"))
        .await;
    stored(commit)?;
    has(&load(store, &key()).await?, &tokens("b"))
}

/// A lease that lapsed, and the one after it.
async fn two_leases(store: &Arc<dyn TokenStore>) -> Checked<(Lease, Lease)> {
    let record = store.put(&key(), tokens("a")).await?;
    let first = lease(store, record.version, SHORT).await?;
    let second = lease_after_lapse(store, record.version).await?;
    Ok((first, second))
}

pub(super) async fn lapsed_lease_commits_while_its_token_is_unspent(
    store: &Arc<dyn TokenStore>,
) -> Checked {
    let (first, second) = two_leases(store).await?;
    let spent = tokens("a").refresh_hash();
    let commit = store
        .commit(&key(), &first, spent.as_ref(), tokens("b"))
        .await;
    stored(commit)?;
    has(&load(store, &key()).await?, &tokens("b"))?;
    // Whoever has the newest lease is believed: its tokens were granted last.
    let commit = store
        .commit(&key(), &second, spent.as_ref(), tokens("c"))
        .await;
    stored(commit)?;
    has(&load(store, &key()).await?, &tokens("c"))
}

pub(super) async fn lapsed_lease_is_superseded_once_its_token_is_spent(
    store: &Arc<dyn TokenStore>,
) -> Checked {
    let (first, second) = two_leases(store).await?;
    let spent = tokens("a").refresh_hash();
    let commit = store
        .commit(&key(), &second, spent.as_ref(), tokens("b"))
        .await;
    let winner = stored(commit)?;
    let commit = store
        .commit(&key(), &first, spent.as_ref(), tokens("c"))
        .await;
    let found = superseded(commit)?;
    expect_record(found, &winner)?;
    has(&load(store, &key()).await?, &tokens("b"))
}

pub(super) async fn lapsed_lease_without_a_spent_token_is_superseded(
    store: &Arc<dyn TokenStore>,
) -> Checked {
    let mut bare = tokens("a");
    bare.refresh_token = None;
    let record = store.put(&key(), bare.clone()).await?;
    let first = lease(store, record.version, SHORT).await?;
    let second = lease_after_lapse(store, record.version).await?;
    superseded(store.commit(&key(), &first, None, tokens("b")).await)?;
    has(&load(store, &key()).await?, &bare)?;
    stored(store.commit(&key(), &second, None, tokens("c")).await)?;
    has(&load(store, &key()).await?, &tokens("c"))
}

pub(super) async fn consent_supersedes_a_refresh(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    let taken = lease(store, record.version, LONG).await?;
    // The same refresh token again, as servers give it that don't rotate: the generation decides all the same.
    let consent = store.put(&key(), tokens("a")).await?;
    let spent = tokens("a").refresh_hash();
    let commit = store
        .commit(&key(), &taken, spent.as_ref(), tokens("b"))
        .await;
    let found = superseded(commit)?;
    expect_record(found, &consent)?;
    has(&load(store, &key()).await?, &tokens("a"))
}

pub(super) async fn removal_supersedes_a_refresh(store: &Arc<dyn TokenStore>) -> Checked {
    let spent = tokens("a").refresh_hash();
    let record = store.put(&key(), tokens("a")).await?;
    let taken = lease(store, record.version, LONG).await?;
    store.remove(key().connection()).await?;
    let commit = store
        .commit(&key(), &taken, spent.as_ref(), tokens("b"))
        .await;
    let found = superseded(commit)?;
    ensure(
        found.is_none() && store.load(&key()).await?.is_none(),
        "a commit brings a removed record back",
    )?;
    store.put(&key(), tokens("a")).await?;
    let commit = store
        .commit(&key(), &taken, spent.as_ref(), tokens("b"))
        .await;
    superseded(commit)?;

    // The same for a record that is empty.
    store.remove(key().connection()).await?;
    let taken = lease(store, 0, LONG).await?;
    store.remove(key().connection()).await?;
    lease(store, 0, LONG).await?;
    superseded(store.commit(&key(), &taken, None, tokens("b")).await).map(drop)
}

fn expect_record(found: Option<TokenRecord>, expected: &TokenRecord) -> Checked {
    let same = |found: &TokenRecord| {
        (found.generation, found.version) == (expected.generation, expected.version)
    };
    ensure(
        found.as_ref().is_some_and(same),
        "a superseded commit does not give the record that is there",
    )
}
