//! Rules for many tasks at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::task::JoinSet;

use super::{Broken, Checked, LONG, broken, ensure, key, load, refresh_token, tokens};
use crate::token::{Commit, TokenStore, Tokens};

const TASKS: usize = 16;

/// Waits for all tasks; the first that breaks a rule ends it.
async fn all<T: 'static>(mut tasks: JoinSet<Checked<T>>) -> Checked<Vec<T>> {
    let mut results = Vec::new();
    while let Some(done) = tasks.join_next().await {
        results.push(done.map_err(|error| Broken(format!("a task broke off: {error}")))??);
    }
    Ok(results)
}

pub(super) async fn one_of_many_gets_the_lease(store: &Arc<dyn TokenStore>) -> Checked {
    for round in 0..10 {
        let version = match round {
            0 => 0,
            _ => store.put(&key(), tokens("a")).await?.version,
        };
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let store = store.clone();
            tasks.spawn(async move { Ok(store.lease(&key(), version, LONG).await?) });
        }
        let given = all(tasks).await?.into_iter().flatten().count();
        ensure(
            given == 1,
            format!("{given} of {TASKS} tasks got the lease"),
        )?;
    }
    Ok(())
}

/// The number that tokens carry as their name.
fn number(tokens: &Tokens) -> Checked<u64> {
    let name = tokens.access_token.expose_secret();
    match name.strip_prefix("access ").map(str::parse) {
        Some(Ok(number)) => Ok(number),
        _ => broken("the record has tokens that nobody stored"),
    }
}

/// Spends refresh tokens as a server does that revokes everything when one is used twice.
pub(super) async fn no_refresh_token_is_spent_twice(store: &Arc<dyn TokenStore>) -> Checked {
    const REFRESHES: u64 = 60;
    store.put(&key(), tokens("0")).await?;
    let spent = Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (store, spent) = (store.clone(), spent.clone());
        tasks.spawn(async move {
            loop {
                let record = load(&store, &key()).await?;
                let current = record.tokens.as_ref().map(number).transpose()?.unwrap_or(0);
                if current >= REFRESHES {
                    return Ok(());
                }
                let Some(lease) = store.lease(&key(), record.version, LONG).await? else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let is_new = spent.lock().is_ok_and(|mut spent| spent.insert(current));
                ensure(
                    is_new,
                    format!("the refresh token {current} is spent twice"),
                )?;
                let hash = record.tokens.as_ref().and_then(Tokens::refresh_hash);
                let next = tokens(&(current + 1).to_string());
                let commit = store.commit(&key(), &lease, hash.as_ref(), next).await;
                super::stored(commit)?;
            }
        });
    }
    all(tasks).await?;
    let last = load(store, &key()).await?;
    let last = last.tokens.as_ref().map(number).transpose()?;
    ensure(last == Some(REFRESHES), "a refresh was lost")
}

pub(super) async fn fences_grow_while_leases_lapse(store: &Arc<dyn TokenStore>) -> Checked {
    let version = store.put(&key(), tokens("a")).await?.version;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            let mut fences = Vec::new();
            for _ in 0..20 {
                let short = Duration::from_millis(1);
                let lease = store.lease(&key(), version, short).await?;
                fences.extend(lease.map(|lease| lease.fence));
                tokio::time::sleep(short).await;
            }
            let grow = fences.is_sorted_by(|one, next| one < next);
            ensure(grow, "a later lease has a smaller fence")?;
            Ok(fences)
        });
    }
    let fences: Vec<u64> = all(tasks).await?.concat();
    ensure(fences.len() > 1, "leases of a millisecond do not lapse")?;
    let different: BTreeSet<u64> = fences.iter().copied().collect();
    ensure(
        different.len() == fences.len(),
        "two leases have the same fence",
    )
}

/// Refreshes, consents, and removals at once. Tokens carry the generation that they were refreshed in.
pub(super) async fn no_refresh_outlives_its_generation(store: &Arc<dyn TokenStore>) -> Checked {
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS / 2 {
        let (store, over) = (store.clone(), over.clone());
        tasks.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                refresh_in_generation(&store).await?;
                tokio::task::yield_now().await;
            }
            Ok(())
        });
    }
    let mut consents = JoinSet::new();
    for _ in 0..2 {
        let store = store.clone();
        consents.spawn(async move {
            for n in 0..30 {
                match n % 5 {
                    4 => drop(store.remove(key().connection()).await?),
                    _ => drop(store.put(&key(), consent()).await?),
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        });
    }
    let consented = all(consents).await;
    over.store(true, Ordering::Relaxed);
    all(tasks).await?;
    consented.map(drop)
}

const GENERATION: &str = "generation";

/// Always the same refresh token, so that only the generation can tell.
fn consent() -> Tokens {
    let mut tokens = tokens("consent");
    tokens.refresh_token = Some(refresh_token("constant").into());
    tokens
}

async fn refresh_in_generation(store: &Arc<dyn TokenStore>) -> Checked {
    let record = store.load(&key()).await?;
    let tokens = record.as_ref().and_then(|record| record.tokens.as_ref());
    if let (Some(record), Some(tokens)) = (&record, tokens)
        && let Some(generation) = tokens.values.get(GENERATION)
    {
        ensure(
            *generation == record.generation.to_string(),
            "tokens of a refresh are in a later generation",
        )?;
    }
    let version = record.as_ref().map_or(0, |record| record.version);
    let Some(lease) = store
        .lease(&key(), version, Duration::from_millis(2))
        .await?
    else {
        return Ok(());
    };
    if let Some(record) = record.as_ref().filter(|record| record.version > 0) {
        ensure(
            lease.generation == record.generation,
            "a lease for a version is of another generation than that version",
        )?;
    }
    tokio::task::yield_now().await;
    let mut new = consent();
    let generation = lease.generation.to_string();
    new.access_token = format!("access {}", fastrand::u64(..)).into();
    new.values.insert(GENERATION.to_owned(), generation);
    let spent = tokens.and_then(Tokens::refresh_hash);
    match store.commit(&key(), &lease, spent.as_ref(), new).await? {
        Commit::Stored(record) => ensure(
            record.generation == lease.generation,
            "a commit is stored in another generation than that of its lease",
        ),
        Commit::Superseded(_) => Ok(()),
    }
}
