//! Rules for what is kept.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Checked, LONG, ensure, has, key, lease, load, tokens};
use crate::token::{Failure, FailureClass, TokenKey, TokenStore};

pub(super) async fn unknown_key_has_no_record(store: &Arc<dyn TokenStore>) -> Checked {
    let found = store.load(&key()).await?;
    ensure(found.is_none(), "there is a record that nobody made")
}

pub(super) async fn put_makes_a_record(store: &Arc<dyn TokenStore>) -> Checked {
    let put = store.put(&key(), tokens("a")).await?;
    let loaded = load(store, &key()).await?;
    has(&put, &tokens("a"))?;
    has(&loaded, &tokens("a"))?;
    ensure(put.version > 0, "tokens have the version 0")?;
    ensure(
        (put.generation, put.version) == (loaded.generation, loaded.version),
        "`put` gives another record than `load`",
    )?;
    ensure(
        loaded.leased_for.is_none() && loaded.failure.is_none(),
        "a new record has a lease or a failure",
    )
}

pub(super) async fn values_survive_exactly(store: &Arc<dyn TokenStore>) -> Checked {
    let odd = "\u{0}\"\\\u{7f}é\u{1f511}\u{202e} \r\n";
    let mut exact = tokens("");
    exact.access_token = odd.repeat(4_000).into();
    exact.refresh_token = Some(odd.into());
    exact.id_token = Some("".into());
    exact.granted_at = Timestamp::UNIX_EPOCH + SignedDuration::from_nanos(-1);
    exact.expires_at = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_nanos(1));
    exact.refresh_expires_at = Some(Timestamp::MAX);
    (exact.dpop_key, exact.dpop_bound) = (Some(odd.into()), true);
    exact.scopes = Some(vec![odd.to_owned(), String::new(), "b".into(), "a".into()]);
    exact.values.insert(odd.to_owned(), odd.to_owned());
    store.put(&key(), exact.clone()).await?;
    has(&load(store, &key()).await?, &exact)?;

    let mut bare = tokens("");
    bare.refresh_token = None;
    let lease = lease(store, load(store, &key()).await?.version, LONG).await?;
    let spent = exact.refresh_hash();
    super::stored(
        store
            .commit(&key(), &lease, spent.as_ref(), bare.clone())
            .await,
    )?;
    has(&load(store, &key()).await?, &bare)
}

pub(super) async fn keys_are_apart(store: &Arc<dyn TokenStore>) -> Checked {
    let long = "x".repeat(1_000);
    let names = [
        "a", "A", "ab", "b", "", " ", "%", "_", "'", "é", "e\u{301}", "a\u{0}", &long,
    ];
    let mut keys = Vec::new();
    for connection in names {
        for slot in names {
            keys.push(TokenKey::new(connection, slot));
        }
        keys.push(TokenKey::new(connection, "s").for_scopes(&[]));
        keys.push(TokenKey::new(connection, "s").for_scopes(&["a b".into()]));
    }
    for (n, key) in keys.iter().enumerate() {
        store.put(key, tokens(&n.to_string())).await?;
    }
    for (n, key) in keys.iter().enumerate() {
        has(&load(store, key).await?, &tokens(&n.to_string()))?;
    }
    let removed = store.remove("a").await?;
    ensure(
        removed.len() == names.len() + 2 && removed.iter().all(|(key, _)| key.connection() == "a"),
        "`remove` removes the records of other connections too, or not all of its own",
    )
}

pub(super) async fn put_begins_a_generation(store: &Arc<dyn TokenStore>) -> Checked {
    let first = store.put(&key(), tokens("a")).await?;
    let second = store.put(&key(), tokens("b")).await?;
    ensure(
        second.generation > first.generation,
        "the generation does not grow with a new consent",
    )?;
    ensure(
        second.version > first.version,
        "the version does not grow with a new consent",
    )?;
    has(&load(store, &key()).await?, &tokens("b"))
}

pub(super) async fn remove_gives_the_tokens_of_one_connection(
    store: &Arc<dyn TokenStore>,
) -> Checked {
    let other = TokenKey::new("other", key().slot());
    let second = TokenKey::new(key().connection(), "second");
    let empty = TokenKey::new(key().connection(), "empty");
    store.put(&key(), tokens("a")).await?;
    store.put(&second, tokens("b")).await?;
    store.put(&other, tokens("c")).await?;
    store.lease(&empty, 0, LONG).await?;
    let mut removed = store.remove(key().connection()).await?;
    removed.sort_by(|(one, _), (other, _)| one.cmp(other));
    let removed: Vec<_> = removed
        .iter()
        .map(|(key, tokens)| (key.clone(), tokens.to_json()))
        .collect();
    let expected = [
        (key(), tokens("a").to_json()),
        (second.clone(), tokens("b").to_json()),
    ];
    ensure(
        removed == expected,
        "`remove` gives other tokens than those of the connection",
    )?;
    for key in [key(), second, empty] {
        let found = store.load(&key).await?;
        ensure(found.is_none(), "a removed record is still there")?;
    }
    has(&load(store, &other).await?, &tokens("c"))?;
    let again = store.remove(key().connection()).await?;
    ensure(again.is_empty(), "removed tokens are given twice")
}

pub(super) async fn numbers_never_come_back(store: &Arc<dyn TokenStore>) -> Checked {
    let mut before = store.put(&key(), tokens("a")).await?;
    for n in 0..3 {
        // Let the version run ahead of the generation.
        let lease = lease(store, before.version, LONG).await?;
        let name = format!("{n}");
        let spent = before.tokens.as_ref().and_then(|it| it.refresh_hash());
        let commit = store
            .commit(&key(), &lease, spent.as_ref(), tokens(&name))
            .await;
        let last = super::stored(commit)?;
        store.remove(key().connection()).await?;
        let after = store.put(&key(), tokens("b")).await?;
        ensure(
            after.generation > last.generation,
            "a generation comes back after the record was removed: an old lease would fit the new record",
        )?;
        ensure(
            after.version > last.version,
            "a version comes back after the record was removed: a reader would take other tokens for those it knows",
        )?;
        before = after;
    }
    Ok(())
}

pub(super) async fn failure_is_kept_until_tokens_come(store: &Arc<dyn TokenStore>) -> Checked {
    let mut record = store.put(&key(), tokens("a")).await?;
    for class in [
        FailureClass::Unavailable,
        FailureClass::Refused,
        FailureClass::InvalidClient,
        FailureClass::InvalidGrant,
    ] {
        let mut failure = Failure::new(class, "héllo \u{0}'\"\n");
        failure.attempts = u32::MAX;
        failure.next_attempt_at = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_nanos(1));
        let taken = lease(store, record.version, LONG).await?;
        store.fail(&key(), &taken, failure.clone()).await?;
        record = load(store, &key()).await?;
        let is_kept = record.failure.as_ref() == Some(&failure);
        ensure(is_kept, "the failure is not kept as it was")?;
        has(&record, &tokens("a"))?;
    }
    ensure(
        record.needs_consent(),
        "an invalid grant is not seen in the record",
    )?;
    let taken = lease(store, record.version, LONG).await?;
    let loaded = load(store, &key()).await?;
    ensure(
        loaded.failure.is_some(),
        "a lease makes the store forget the failure",
    )?;
    let spent = tokens("a").refresh_hash();
    let commit = store
        .commit(&key(), &taken, spent.as_ref(), tokens("b"))
        .await;
    let committed = super::stored(commit)?;
    let loaded = load(store, &key()).await?;
    ensure(
        committed.failure.is_none() && loaded.failure.is_none(),
        "the failure outlives new tokens",
    )?;

    let taken = lease(store, loaded.version, LONG).await?;
    let mut failure = Failure::new(FailureClass::InvalidGrant, "");
    failure.next_attempt_at = None;
    store.fail(&key(), &taken, failure).await?;
    let put = store.put(&key(), tokens("c")).await?;
    let loaded = load(store, &key()).await?;
    ensure(
        put.failure.is_none() && loaded.failure.is_none(),
        "the failure outlives a new consent",
    )
}
