//! Rules for the right to refresh.

use std::sync::Arc;

use super::{
    Checked, LONG, SHORT, ensure, has, key, lease, lease_after_lapse, load, superseded, tokens,
};
use crate::token::{Failure, FailureClass, TokenStore};

pub(super) async fn first_lease_makes_an_empty_record(store: &Arc<dyn TokenStore>) -> Checked {
    let wrong = store.lease(&key(), 1, LONG).await?;
    ensure(wrong.is_none(), "a lease for a version that never was")?;
    ensure(
        store.load(&key()).await?.is_none(),
        "a lease that is not given makes a record",
    )?;
    let taken = lease(store, 0, LONG).await?;
    let record = load(store, &key()).await?;
    ensure(
        record.tokens.is_none() && record.version == 0,
        "the record of a first lease is not empty",
    )?;
    ensure(
        record.generation == taken.generation,
        "the lease is of another generation than its record",
    )?;
    let commit = store.commit(&key(), &taken, None, tokens("a")).await;
    let record = super::stored(commit)?;
    ensure(record.version > 0, "tokens have the version 0")?;
    has(&load(store, &key()).await?, &tokens("a"))
}

pub(super) async fn one_lease_at_a_time(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    lease(store, record.version, LONG).await?;
    let second = store.lease(&key(), record.version, LONG).await?;
    ensure(second.is_none(), "there are two leases at a time")?;
    let record = load(store, &key()).await?;
    let running = record.leased_for;
    ensure(
        running.is_some_and(|left| left <= LONG && left > LONG / 2),
        "`leased_for` does not say how long the lease still runs",
    )?;
    has(&record, &tokens("a"))
}

pub(super) async fn lease_wants_the_version(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    for wrong in [0, record.version - 1, record.version + 1] {
        let taken = store.lease(&key(), wrong, LONG).await?;
        ensure(taken.is_none(), "a lease for tokens that are not there")?;
    }
    lease(store, record.version, LONG).await.map(drop)
}

pub(super) async fn lapsed_lease_makes_way(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    let first = lease(store, record.version, SHORT).await?;
    let second = lease_after_lapse(store, record.version).await?;
    ensure(
        second.fence > first.fence,
        "the fence does not grow with a new lease",
    )?;
    ensure(
        second.generation == first.generation,
        "a lease changes the generation",
    )
}

pub(super) async fn stale_lease_cannot_fail(store: &Arc<dyn TokenStore>) -> Checked {
    let failure = || Failure::new(FailureClass::InvalidGrant, "stale");
    let record = store.put(&key(), tokens("a")).await?;
    let first = lease(store, record.version, SHORT).await?;
    let second = lease_after_lapse(store, record.version).await?;
    store.fail(&key(), &first, failure()).await?;
    let loaded = load(store, &key()).await?;
    ensure(
        loaded.failure.is_none(),
        "the failure of a lapsed lease is kept, though another runs",
    )?;
    ensure(
        loaded.leased_for.is_some(),
        "a lapsed lease ends the one that runs",
    )?;

    let put = store.put(&key(), tokens("b")).await?;
    store.fail(&key(), &second, failure()).await?;
    let loaded = load(store, &key()).await?;
    ensure(
        loaded.failure.is_none() && loaded.version == put.version,
        "a failure from before the consent breaks the new grant",
    )?;
    store.remove(key().connection()).await?;
    store.fail(&key(), &second, failure()).await?;
    ensure(
        store.load(&key()).await?.is_none(),
        "a failure brings a removed record back",
    )
}

pub(super) async fn put_ends_a_lease(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    let old = lease(store, record.version, LONG).await?;
    let record = store.put(&key(), tokens("b")).await?;
    let loaded = load(store, &key()).await?;
    ensure(
        record.leased_for.is_none() && loaded.leased_for.is_none(),
        "a lease from before the consent keeps everybody waiting",
    )?;
    let new = lease(store, record.version, LONG).await?;
    ensure(
        new.generation > old.generation,
        "a lease has not the generation of its record",
    )?;
    // The old lease ends nothing.
    superseded(store.commit(&key(), &old, None, tokens("c")).await)?;
    let loaded = load(store, &key()).await?;
    ensure(
        loaded.leased_for.is_some(),
        "a superseded commit ends a lease",
    )?;
    has(&loaded, &tokens("b"))
}

pub(super) async fn failure_ends_a_lease(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.put(&key(), tokens("a")).await?;
    let first = lease(store, record.version, LONG).await?;
    let failure = Failure::new(FailureClass::Unavailable, "down");
    store.fail(&key(), &first, failure).await?;
    let loaded = load(store, &key()).await?;
    ensure(
        loaded.leased_for.is_none(),
        "a failure does not end the lease",
    )?;
    ensure(
        loaded.version == record.version && loaded.generation == record.generation,
        "a failure changes version or generation",
    )?;
    let second = lease(store, record.version, LONG).await?;
    ensure(
        second.fence > first.fence,
        "the fence does not grow with a new lease",
    )
}
