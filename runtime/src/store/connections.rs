//! Connections as rows.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params};
use secrecy::zeroize::Zeroizing;

use super::database::{Database, Failed, Sql, now, number, stored};
use super::seal::{self, Place, Sealed};
use super::sqlite::SqliteStore;
use super::tokens;
use crate::error::{Error, Result};
use crate::token::{TokenKey, Tokens};

/// Uses of a connection that lie closer together count as one: each would be a write to the disk.
const USE_INTERVAL: i64 = 60_000;

/// A connection as it is kept.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredConnection {
    /// What tokens are kept under; see [`TokenKey::connection`].
    pub id: String,
    /// The connector it belongs to.
    pub connector: String,
    /// Its name, once per connector.
    pub name: String,
    /// What it takes to connect, secrets included. The store encrypts it and does not look inside.
    pub definition: Zeroizing<Vec<u8>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl StoredConnection {
    /// A new connection.
    pub fn new(
        id: impl Into<String>,
        connector: impl Into<String>,
        name: impl Into<String>,
        definition: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            id: id.into(),
            connector: connector.into(),
            name: name.into(),
            definition: Zeroizing::new(definition.into()),
            created_at: Timestamp::now(),
            last_used_at: None,
        }
    }
}

impl fmt::Debug for StoredConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredConnection")
            .field("id", &self.id)
            .field("connector", &self.connector)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A connection in a list: what can be told without decrypting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionSummary {
    /// See [`StoredConnection::id`].
    pub id: String,
    /// See [`StoredConnection::connector`].
    pub connector: String,
    /// See [`StoredConnection::name`].
    pub name: String,
    /// See [`StoredConnection::created_at`].
    pub created_at: Timestamp,
    /// See [`StoredConnection::last_used_at`].
    pub last_used_at: Option<Timestamp>,
}

impl ConnectionSummary {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let time = |at: i64| Timestamp::from_millisecond(at).unwrap_or_default();
        Ok(Self {
            id: row.get("id")?,
            connector: row.get("connector")?,
            name: row.get("name")?,
            created_at: time(row.get("created_at")?),
            last_used_at: row.get::<_, Option<i64>>("last_used_at")?.map(time),
        })
    }
}

/// Connections.
///
/// All errors are [`ErrorKind::Store`](crate::ErrorKind::Store).
impl SqliteStore {
    /// Adds a connection.
    ///
    /// # Errors
    /// When there is one with this id, or this name for the connector, or the store can't be written.
    pub async fn insert_connection(&self, connection: StoredConnection) -> Result<()> {
        self.run(move |database| insert(database, &connection))
            .await
    }

    /// Finds a connection by its connector and name.
    ///
    /// # Errors
    /// When the store can't be read, or this connection not be decrypted.
    pub async fn connection(
        &self,
        connector: &str,
        name: &str,
    ) -> Result<Option<StoredConnection>> {
        let keys = [connector.to_owned(), name.to_owned()];
        self.run(move |database| find(database, "connector = ?1 AND name = ?2", &keys))
            .await
    }

    /// Finds a connection by its id.
    ///
    /// # Errors
    /// When the store can't be read, or this connection not be decrypted.
    pub async fn connection_by_id(&self, id: &str) -> Result<Option<StoredConnection>> {
        let keys = [id.to_owned()];
        self.run(move |database| find(database, "id = ?1", &keys))
            .await
    }

    /// Lists all connections by connector and name, also those that can't be decrypted.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connections(&self) -> Result<Vec<ConnectionSummary>> {
        self.run(|database| {
            database.read(|sql| {
                let mut statement = sql.prepare(
                    "SELECT id, connector, name, created_at, last_used_at FROM connections ORDER BY connector, name",
                )?;
                let rows = statement.query_map([], ConnectionSummary::read)?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })
        })
        .await
    }

    /// Replaces the definition of a connection, also one that can't be decrypted. Says whether there is such a connection.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn update_connection(
        &self,
        id: &str,
        definition: Zeroizing<Vec<u8>>,
    ) -> Result<bool> {
        let id = id.to_owned();
        self.run(move |database| update(database, &id, &definition))
            .await
    }

    /// Remembers that a connection is used now. Cheap to call for every use: it writes once a minute.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn touch_connection(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.run(move |database| touch(database, &id)).await
    }

    /// Removes a connection and its tokens, and gives the tokens, to be revoked. Nothing remains in the file by which they could
    /// be restored. A connection that is not there is no error.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn remove_connection(&self, id: &str) -> Result<Vec<(TokenKey, Tokens)>> {
        let id = id.to_owned();
        self.run(move |database| {
            let removed = database.write(|sql| {
                sql.execute("DELETE FROM connections WHERE id = ?1", [&id])?;
                tokens::remove(database, sql, &id)
            })?;
            database.forget_log();
            Ok(removed)
        })
        .await
    }
}

/// What a connection's definition is bound to.
pub(super) fn place(id: &str, connector: &str, name: &str, version: u64) -> Place {
    Place::new("connection")
        .text(id)
        .text(connector)
        .text(name)
        .number(version)
}

fn insert(database: &Database, new: &StoredConnection) -> Result<()> {
    let inserted = database.write(|sql| {
        let version = database.next_number(sql)?;
        let place = place(&new.id, &new.connector, &new.name, version);
        let sealed = database.seal(sql, &place, &new.definition)?;
        let inserted = sql.execute(
            "INSERT INTO connections (id, connector, name, version, key_id, value_key, value, created_at, last_used_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                new.id,
                new.connector,
                new.name,
                stored(version),
                sealed.key_id,
                sealed.key,
                sealed.value,
                new.created_at.as_millisecond(),
                new.last_used_at.map(|at| at.as_millisecond()),
            ],
        );
        match inserted {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Ok(false)
            }
            Err(error) => Err(Failed::Sqlite(error)),
            Ok(_) => Ok(true),
        }
    })?;
    match inserted {
        true => Ok(()),
        false => Err(Error::store(format!(
            "there is a connection `{}` of `{}` already: remove it first, or take another name",
            new.name, new.connector
        ))),
    }
}

fn find(database: &Database, condition: &str, keys: &[String]) -> Result<Option<StoredConnection>> {
    let statement = format!("SELECT * FROM connections WHERE {condition}");
    let found = database.read(|sql| {
        let read = |row: &Row<'_>| {
            let sealed = Sealed {
                key_id: row.get("key_id")?,
                key: row.get("value_key")?,
                value: row.get("value")?,
            };
            Ok((ConnectionSummary::read(row)?, row.get("version")?, sealed))
        };
        let keys = rusqlite::params_from_iter(keys);
        Ok(sql.query_row(&statement, keys, read).optional()?)
    })?;
    let Some((about, version, sealed)) = found else {
        return Ok(None);
    };
    let place = place(&about.id, &about.connector, &about.name, number(version));
    let definition = seal::open(database.ring(), &place, &sealed).map_err(|error| {
        Error::store(format!(
            "the connection `{}` of `{}` can't be decrypted: {error}. Remove it and make it anew",
            about.name, about.connector
        ))
        .with_source(error)
    })?;
    Ok(Some(StoredConnection {
        id: about.id,
        connector: about.connector,
        name: about.name,
        definition,
        created_at: about.created_at,
        last_used_at: about.last_used_at,
    }))
}

fn update(database: &Database, id: &str, definition: &[u8]) -> Result<bool> {
    database.write(|sql| {
        let statement = "SELECT connector, name FROM connections WHERE id = ?1";
        let names = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let Some((connector, name)) = sql.query_row(statement, [id], names).optional()? else {
            return Ok(false);
        };
        let version = database.next_number(sql)?;
        let sealed = database.seal(sql, &place(id, &connector, &name, version), definition)?;
        sql.execute(
            "UPDATE connections SET version = ?2, key_id = ?3, value_key = ?4, value = ?5 WHERE id = ?1",
            params![id, stored(version), sealed.key_id, sealed.key, sealed.value],
        )?;
        Ok(true)
    })
}

fn touch(database: &Database, id: &str) -> Result<()> {
    let now = now();
    let is_due = |sql: &Connection| -> Sql<bool> {
        let statement = "SELECT last_used_at FROM connections WHERE id = ?1";
        let last: Option<Option<i64>> = sql
            .query_row(statement, [id], |row| row.get(0))
            .optional()?;
        // A clock that was set back must not stop this.
        let is_due = |last: Option<i64>| last.is_none_or(|last| (now - last).abs() >= USE_INTERVAL);
        Ok(last.is_some_and(is_due))
    };
    if !database.read(is_due)? {
        return Ok(());
    }
    database.write(|sql| {
        let statement = "UPDATE connections SET last_used_at = ?2 WHERE id = ?1";
        sql.execute(statement, params![id, now])?;
        Ok(())
    })
}
