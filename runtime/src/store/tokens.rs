//! Token records as rows.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::database::{Database, Sql, now, number, stored};
use super::seal::{self, Place, Sealed};
use crate::error::{Error, Result};
use crate::token::{
    Commit, Failure, FailureClass, Lease, TokenHash, TokenKey, TokenRecord, Tokens,
};

/// A lease that begins later than this after now is void: the clock was set back, and it might last for hours.
const CLOCK_SKEW: i64 = 10_000;

const COLUMNS: &str = "generation, version, key_id, value_key, value, fence, leased_at, leased_until, failure, failure_message, \
                       failure_attempts, next_attempt_at";

/// A row, its tokens still sealed.
struct Stored {
    generation: u64,
    version: u64,
    sealed: Option<Sealed>,
    fence: u64,
    leased_for: Option<Duration>,
    failure: Option<Failure>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            generation: number(row.get("generation")?),
            version: number(row.get("version")?),
            sealed: sealed(row)?,
            fence: number(row.get("fence")?),
            leased_for: leased_for(row.get("leased_at")?, row.get("leased_until")?),
            failure: failure(row)?,
        })
    }

    fn find(sql: &Connection, key: &TokenKey) -> Sql<Option<Self>> {
        let statement = format!("SELECT {COLUMNS} FROM tokens WHERE connection = ?1 AND slot = ?2");
        let mut statement = sql.prepare_cached(&statement)?;
        let found = statement.query_row([key.connection(), key.slot()], Self::read);
        Ok(found.optional()?)
    }

    fn tokens(&self, database: &Database, key: &TokenKey) -> Result<Option<Tokens>> {
        let Some(sealed) = &self.sealed else {
            return Ok(None);
        };
        let place = place(key, self.generation, self.version);
        let opened = seal::open(database.ring(), &place, sealed);
        let tokens = opened.and_then(|json| Tokens::from_json(&json));
        tokens.map(Some).map_err(|error| {
            Error::store(format!(
                "the tokens of the connection `{}` for `{}` can't be decrypted: {error}. Signing in again replaces them",
                key.connection(),
                key.slot()
            ))
            .with_source(error)
        })
    }

    fn record(self, tokens: Option<Tokens>) -> TokenRecord {
        let mut record = TokenRecord::new(tokens, self.generation, self.version);
        record.leased_for = self.leased_for;
        record.failure = self.failure;
        record
    }
}

fn sealed(row: &Row<'_>) -> rusqlite::Result<Option<Sealed>> {
    let (key_id, key, value) = (row.get("key_id")?, row.get("value_key")?, row.get("value")?);
    Ok(match (key_id, key, value) {
        (Some(key_id), Some(key), Some(value)) => Some(Sealed { key_id, key, value }),
        _ => None,
    })
}

fn leased_for(since: Option<i64>, until: Option<i64>) -> Option<Duration> {
    let now = now();
    let left = u64::try_from(until?.saturating_sub(now)).ok()?;
    (left > 0 && since? <= now.saturating_add(CLOCK_SKEW)).then(|| Duration::from_millis(left))
}

fn failure(row: &Row<'_>) -> rusqlite::Result<Option<Failure>> {
    let Some(class) = row.get::<_, Option<String>>("failure")? else {
        return Ok(None);
    };
    let class = FailureClass::from_word(&class).unwrap_or(FailureClass::Unavailable);
    let message: Option<String> = row.get("failure_message")?;
    let mut failure = Failure::new(class, message.unwrap_or_default());
    failure.attempts = row.get("failure_attempts")?;
    let next: Option<String> = row.get("next_attempt_at")?;
    failure.next_attempt_at = next.and_then(|next| next.parse::<Timestamp>().ok());
    Ok(Some(failure))
}

/// What a row's tokens are bound to.
pub(super) fn place(key: &TokenKey, generation: u64, version: u64) -> Place {
    Place::new("tokens")
        .text(key.connection())
        .text(key.slot())
        .number(generation)
        .number(version)
}

pub(super) fn load(database: &Database, key: &TokenKey) -> Result<Option<TokenRecord>> {
    let Some(row) = database.read(|sql| Stored::find(sql, key))? else {
        return Ok(None);
    };
    let tokens = row.tokens(database, key)?;
    Ok(Some(row.record(tokens)))
}

pub(super) fn put(database: &Database, key: &TokenKey, tokens: Tokens) -> Result<TokenRecord> {
    database.write(|sql| {
        // Both from one counter: neither comes back when a record is removed and made anew.
        let next = database.next_number(sql)?;
        let sealed = database.seal(sql, &place(key, next, next), &tokens.to_json())?;
        sql.prepare_cached(
            "INSERT INTO tokens (connection, slot, generation, version, key_id, value_key, value)
             VALUES (:connection, :slot, :next, :next, :key_id, :key, :value)
             ON CONFLICT (connection, slot) DO UPDATE SET
                 generation = :next, version = :next, key_id = :key_id, value_key = :key, value = :value,
                 leased_at = NULL, leased_until = NULL, failure = NULL, failure_message = NULL, failure_attempts = NULL,
                 next_attempt_at = NULL",
        )?
        .execute(named_params! {
            ":connection": key.connection(),
            ":slot": key.slot(),
            ":next": stored(next),
            ":key_id": sealed.key_id,
            ":key": sealed.key,
            ":value": sealed.value,
        })?;
        Ok(TokenRecord::new(Some(tokens), next, next))
    })
}

pub(super) fn lease(
    database: &Database,
    key: &TokenKey,
    version: u64,
    duration: Duration,
) -> Result<Option<Lease>> {
    database.write(|sql| {
        let row = Stored::find(sql, key)?;
        if row.is_none() && version == 0 {
            sql.execute(
                "INSERT INTO tokens (connection, slot, generation, version) VALUES (?1, ?2, ?3, 0)",
                params![key.connection(), key.slot(), stored(database.next_number(sql)?)],
            )?;
        } else if !row.is_some_and(|row| row.version == version && row.leased_for.is_none()) {
            return Ok(None);
        }
        // The journal writes with the key in use: it must know which that is before the refresh begins.
        database.key_in_use(sql)?;
        let now = now();
        let until = now.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
        let lease = sql
            .prepare_cached(
                "UPDATE tokens SET fence = fence + 1, leased_at = ?3, leased_until = ?4 WHERE connection = ?1 AND slot = ?2
                 RETURNING generation, fence",
            )?
            .query_row(params![key.connection(), key.slot(), now, until], |row| {
                Ok(Lease::new(number(row.get(0)?), number(row.get(1)?)))
            })?;
        Ok(Some(lease))
    })
}

pub(super) fn commit(
    database: &Database,
    key: &TokenKey,
    lease: &Lease,
    spent: Option<&TokenHash>,
    tokens: Tokens,
) -> Result<Commit> {
    database.write(|sql| {
        let Some(row) = Stored::find(sql, key)? else {
            return Ok(Commit::Superseded(None));
        };
        let in_generation = row.generation == lease.generation;
        let current = match row.tokens(database, key) {
            Ok(current) => current,
            // Tokens that can't be decrypted are worth less than the new ones.
            Err(_) if in_generation => None,
            Err(error) => return Err(error.into()),
        };
        let has_them = current.as_ref().is_some_and(|it| it.is_same(&tokens));
        if in_generation && has_them {
            return Ok(Commit::Stored(row.record(current)));
        }
        let unspent = spent.is_some()
            && match &current {
                Some(current) => current.refresh_hash().as_ref() == spent,
                None => row.sealed.is_some(),
            };
        if !in_generation || (row.fence != lease.fence && !unspent) {
            return Ok(Commit::Superseded(Some(row.record(current))));
        }
        let version = replace(database, sql, key, lease.generation, &tokens)?;
        let record = TokenRecord::new(Some(tokens), lease.generation, version);
        Ok(Commit::Stored(record))
    })
}

/// Stores the tokens of a refresh; gives their version.
fn replace(
    database: &Database,
    sql: &Connection,
    key: &TokenKey,
    generation: u64,
    tokens: &Tokens,
) -> Sql<u64> {
    let version = database.next_number(sql)?;
    let place = place(key, generation, version);
    let sealed = database.seal(sql, &place, &tokens.to_json())?;
    sql.prepare_cached(
        "UPDATE tokens SET version = ?3, key_id = ?4, value_key = ?5, value = ?6, leased_at = NULL, leased_until = NULL,
             failure = NULL, failure_message = NULL, failure_attempts = NULL, next_attempt_at = NULL
         WHERE connection = ?1 AND slot = ?2",
    )?
    .execute(params![
        key.connection(),
        key.slot(),
        stored(version),
        sealed.key_id,
        sealed.key,
        sealed.value
    ])?;
    Ok(version)
}

pub(super) fn fail(
    database: &Database,
    key: &TokenKey,
    lease: &Lease,
    failure: &Failure,
) -> Result<()> {
    database.write(|sql| {
        sql.prepare_cached(
            "UPDATE tokens SET leased_at = NULL, leased_until = NULL, failure = ?5, failure_message = ?6,
                 failure_attempts = ?7, next_attempt_at = ?8
             WHERE connection = ?1 AND slot = ?2 AND generation = ?3 AND fence = ?4",
        )?
        .execute(params![
            key.connection(),
            key.slot(),
            stored(lease.generation),
            stored(lease.fence),
            failure.class.as_str(),
            failure.message,
            failure.attempts,
            failure.next_attempt_at.map(|at| at.to_string()),
        ])?;
        Ok(())
    })
}

pub(super) fn remove(
    database: &Database,
    sql: &Connection,
    connection: &str,
) -> Sql<Vec<(TokenKey, Tokens)>> {
    let statement = format!("DELETE FROM tokens WHERE connection = ?1 RETURNING slot, {COLUMNS}");
    let mut statement = sql.prepare(&statement)?;
    let rows = statement.query_map([connection], |row| {
        let slot: String = row.get("slot")?;
        Ok((TokenKey::new(connection, slot), Stored::read(row)?))
    })?;
    let mut removed = Vec::new();
    for row in rows {
        let (key, row) = row?;
        match row.tokens(database, &key) {
            Ok(Some(tokens)) => removed.push((key, tokens)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "tokens are removed that can't be revoked"),
        }
    }
    removed.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(removed)
}
