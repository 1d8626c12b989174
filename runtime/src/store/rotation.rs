//! One key after another.

use rusqlite::{Connection, Row, params};

use super::connections;
use super::database::{Database, Sql, now, number};
use super::journal::Journal;
use super::key::Key;
use super::seal::{self, Place, Sealed};
use super::sqlite::SqliteStore;
use super::tokens;
use crate::error::{Error, Result};
use crate::token::TokenKey;

/// Rows per transaction: other processes get their turn in between.
const BATCH: usize = 50;

/// What a rotation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// How many values it sealed with the new key.
    pub rewrapped: u64,
    /// Values that could not be opened, and stay as they were.
    pub unreadable: Vec<Unreadable>,
}

/// A value that can't be decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// The connection's id.
    pub connection: String,
    /// Whose tokens they are; `None` for the definition of the connection. See [`TokenKey::slot`].
    pub slot: Option<String>,
    /// Why, for people.
    pub reason: String,
}

/// Keys.
///
/// All errors are [`ErrorKind::Store`](crate::ErrorKind::Store).
impl SqliteStore {
    /// The id of the key in use.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn key_in_use(&self) -> Result<String> {
        self.run(|database| {
            database.read(|sql| {
                let statement = "SELECT id FROM keys WHERE in_use = 1";
                Ok(sql.query_row(statement, [], |row| row.get(0))?)
            })
        })
        .await
    }

    /// Takes a new key into use: adds it where the keys are kept, and seals the keys of all values with it. Other processes go on
    /// reading and writing meanwhile; they read the keys anew. The old key stays until [`retire_key`](Self::retire_key).
    ///
    /// If it is interrupted, call it or [`rotate_to`](Self::rotate_to) again.
    ///
    /// # Errors
    /// When the keys can't be changed from here, as in an environment variable: add the key there, for all programs, and call
    /// [`rotate_to`](Self::rotate_to). Or when the store can't be written.
    pub async fn rotate_key(&self, new: Key) -> Result<Rotation> {
        self.run(move |database| {
            database.write(|sql| {
                // Within the transaction, so that no two processes change the list of keys at once.
                database.ring().add(new.clone())?;
                database.use_key(sql, &new)
            })?;
            rewrap(database)
        })
        .await
    }

    /// Takes a key into use that is among the keys already.
    ///
    /// # Errors
    /// When there is no such key, or the store can't be written.
    pub async fn rotate_to(&self, id: &str) -> Result<Rotation> {
        let id = id.to_owned();
        self.run(move |database| {
            let ring = database.ring();
            let Some(key) = ring.get(&id)? else {
                let text = format!("there is no key `{id}` in the {}", ring.place());
                return Err(Error::store(text));
            };
            database.write(|sql| database.use_key(sql, &key))?;
            rewrap(database)
        })
        .await
    }

    /// Gives up a key: removes it where the keys are kept. In an environment variable it stays until somebody removes it there.
    ///
    /// # Errors
    /// When it is in use, a row or an entry of the journal is still sealed with it, a refresh is under way that began with it, or
    /// the store can't be written.
    pub async fn retire_key(&self, id: &str, journal: &Journal) -> Result<()> {
        let (id, journal) = (id.to_owned(), journal.clone());
        self.run(move |database| retire(database, &id, &journal))
            .await
    }

    /// Looks for values that can't be decrypted. New consent replaces such tokens, and
    /// [`update_connection`](Self::update_connection) such a definition.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn unreadable(&self) -> Result<Vec<Unreadable>> {
        self.run(|database| {
            let mut values = Vec::new();
            database.read(|sql| {
                for table in Table::ALL {
                    values.extend(table.sealed_otherwise(sql, "", -1, usize::MAX)?);
                }
                Ok(())
            })?;
            let ring = database.ring();
            let reason = |value: &Value| seal::open(ring, &value.place, &value.sealed).err();
            let values = values.into_iter();
            let unreadable = values.filter_map(|value| Some((reason(&value)?, value)));
            Ok(unreadable
                .map(|(error, value)| value.unreadable(&error))
                .collect())
        })
        .await
    }
}

#[derive(Clone, Copy)]
enum Table {
    Connections,
    Tokens,
}

/// A sealed value of a row.
struct Value {
    row: i64,
    place: Place,
    sealed: Sealed,
    connection: String,
    slot: Option<String>,
}

impl Value {
    fn unreadable(self, reason: &Error) -> Unreadable {
        Unreadable {
            connection: self.connection,
            slot: self.slot,
            reason: reason.to_string(),
        }
    }

    fn of_connection(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (connector, name): (String, String) = (row.get(5)?, row.get(6)?);
        let id: String = row.get(4)?;
        Ok(Self {
            row: row.get(0)?,
            place: connections::place(&id, &connector, &name, number(row.get(7)?)),
            sealed: sealed(row)?,
            connection: id,
            slot: None,
        })
    }

    fn of_tokens(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (connection, slot): (String, String) = (row.get(4)?, row.get(5)?);
        let key = TokenKey::new(&connection, &slot);
        Ok(Self {
            row: row.get(0)?,
            place: tokens::place(&key, number(row.get(6)?), number(row.get(7)?)),
            sealed: sealed(row)?,
            connection,
            slot: Some(slot),
        })
    }
}

fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed {
        key_id: row.get(1)?,
        key: row.get(2)?,
        value: row.get(3)?,
    })
}

impl Table {
    const ALL: [Self; 2] = [Self::Connections, Self::Tokens];

    const fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Tokens => "tokens",
        }
    }

    /// Values that are sealed with another key, by row.
    fn sealed_otherwise(
        self,
        sql: &Connection,
        key_id: &str,
        after: i64,
        limit: usize,
    ) -> Sql<Vec<Value>> {
        let columns = match self {
            Self::Connections => "id, connector, name, version",
            Self::Tokens => "connection, slot, generation, version",
        };
        let mut statement = sql.prepare(&format!(
            "SELECT rowid, key_id, value_key, value, {columns} FROM {}
             WHERE key_id <> ?1 AND rowid > ?2 ORDER BY rowid LIMIT ?3",
            self.name()
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = match self {
            Self::Connections => Value::of_connection,
            Self::Tokens => Value::of_tokens,
        };
        let rows = statement.query_map(params![key_id, after, limit], read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn count_sealed_with(self, sql: &Connection, key_id: &str) -> Sql<i64> {
        let statement = format!("SELECT count(*) FROM {} WHERE key_id = ?1", self.name());
        Ok(sql.query_row(&statement, [key_id], |row| row.get(0))?)
    }
}

/// Seals everything with the key in use. Rows that are written meanwhile have it already.
fn rewrap(database: &Database) -> Result<Rotation> {
    let mut rotation = Rotation::default();
    for table in Table::ALL {
        let mut after = -1;
        loop {
            let batch = database.write(|sql| rewrap_batch(database, sql, table, after))?;
            rotation.rewrapped += batch.rotation.rewrapped;
            rotation.unreadable.extend(batch.rotation.unreadable);
            match batch.last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    database.forget_log();
    Ok(rotation)
}

struct Batch {
    rotation: Rotation,
    last: Option<i64>,
}

fn rewrap_batch(database: &Database, sql: &Connection, table: Table, after: i64) -> Sql<Batch> {
    let key = database.key_in_use(sql)?;
    let values = table.sealed_otherwise(sql, key.id(), after, BATCH)?;
    let mut rotation = Rotation::default();
    let last = values.last().map(|value| value.row);
    let statement = format!(
        "UPDATE {} SET key_id = ?2, value_key = ?3 WHERE rowid = ?1",
        table.name()
    );
    let mut statement = sql.prepare_cached(&statement)?;
    for value in values {
        match seal::rewrap(database.ring(), &key, &value.place, &value.sealed) {
            Ok(wrapped) => {
                statement.execute(params![value.row, key.id(), wrapped])?;
                rotation.rewrapped += 1;
            }
            Err(error) => rotation.unreadable.push(value.unreadable(&error)),
        }
    }
    Ok(Batch { rotation, last })
}

/// Refreshes that may still write to the journal with a key that was replaced.
fn leases_from_before(sql: &Connection, key_id: &str) -> Sql<i64> {
    let statement = "SELECT count(*) FROM tokens JOIN keys ON keys.id = ?1
                     WHERE leased_until > ?2 AND leased_at <= keys.replaced_at";
    Ok(sql.query_row(statement, params![key_id, now()], |row| row.get(0))?)
}

fn retire(database: &Database, id: &str, journal: &Journal) -> Result<()> {
    database.write(|sql| {
        let refuse = |why: String| -> Sql<()> {
            Err(Error::store(format!("the key `{id}` can't be retired: {why}")).into())
        };
        if database.key_in_use(sql)?.id() == id {
            return refuse("it is in use; rotate to another one first".to_owned());
        }
        for table in Table::ALL {
            let rows = table.count_sealed_with(sql, id)?;
            if rows > 0 {
                let name = table.name();
                return refuse(format!(
                    "{rows} rows of `{name}` are sealed with it; rotate to the key in use again, and replace or remove what \
                     can't be decrypted"
                ));
            }
        }
        let refreshes = leases_from_before(sql, id)?;
        if refreshes > 0 {
            return refuse(format!(
                "{refreshes} refreshes are under way that began while it was in use; try again in a minute"
            ));
        }
        if journal.uses(id)? {
            return refuse("the journal has tokens that are sealed with it; replay it first".to_owned());
        }
        sql.execute("DELETE FROM keys WHERE id = ?1", [id])?;
        // Last, and within the transaction: the list of keys is changed by one process at a time.
        Ok(database.ring().forget(id)?)
    })
}
