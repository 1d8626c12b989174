//! The file: opened, locked, read, written.

use std::fs;
use std::io::ErrorKind as IoError;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior,
    params,
};

use super::key::Key;
use super::ring::KeyRing;
use super::seal::{self, Place, Sealed};
use super::{file, schema};
use crate::error::{Error, Result};

/// How long to wait for other processes. Transactions take milliseconds, but SQLite's locks know no queue.
const PATIENCE: Duration = Duration::from_secs(30);

/// What proves that a key is the one that the store was written with.
const PROOF: &[u8] = b"connector";

pub(super) struct Database {
    path: PathBuf,
    ring: KeyRing,
    /// Two, so that reads don't wait for a write that waits for another process.
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

/// Why work inside a transaction ended.
pub(super) enum Failed {
    Sqlite(rusqlite::Error),
    Other(Error),
}

pub(super) type Sql<T> = std::result::Result<T, Failed>;

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Failed {
    fn told(self, path: &Path) -> Error {
        let path = path.display();
        match self {
            Self::Other(error) => error,
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => {
                    Error::store(format!("{path} is not a store: it is no SQLite database"))
                }
                Some(ErrorCode::DatabaseBusy) => Error::store(format!(
                    "the store {path} was locked by another program for {} seconds",
                    PATIENCE.as_secs()
                ))
                .with_source(error),
                _ => Error::store(format!("the store {path}: {error}")).with_source(error),
            },
        }
    }
}

impl Database {
    /// Opens the file or makes it, and proves the key.
    pub(super) fn open(path: &Path, ring: KeyRing) -> Result<Self> {
        make_file(path).map_err(|error| {
            let text = format!("the store {} can't be made: {error}", path.display());
            Error::store(text).with_source(error)
        })?;
        let opened = patiently(|| Ok((connect(path)?, connect(path)?)));
        let (writer, reader) = opened.map_err(|error| Failed::Sqlite(error).told(path))?;
        let database = Self {
            path: path.to_owned(),
            ring,
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
        };
        database
            .write(|sql| {
                schema::migrate(sql)?;
                database.prove_key(sql)
            })
            .map_err(|error| {
                let text = format!("the store {} can't be opened: {error}", path.display());
                Error::store(text).with_source(error)
            })?;
        Ok(database)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// Reads one consistent state.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Sql<T>) -> Result<T> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let run = || {
            let transaction = reader.transaction()?;
            work(&transaction)
        };
        run().map_err(|failed: Failed| failed.told(&self.path))
    }

    /// Reads and writes; all or nothing, and on disk when this returns.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Sql<T>) -> Result<T> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let run = || {
            // A transaction that becomes a writer later could fail at once instead of waiting.
            let behavior = TransactionBehavior::Immediate;
            let transaction = writer.transaction_with_behavior(behavior)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|failed: Failed| failed.told(&self.path))
    }

    /// Empties the write-ahead log, where deleted values linger. Not now if another process reads: later changes do it.
    pub(super) fn forget_log(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = "PRAGMA wal_checkpoint(TRUNCATE)";
        let emptied = writer
            .busy_timeout(Duration::from_millis(200))
            .and_then(|()| writer.query_row(statement, [], |row| row.get::<_, i64>(0)));
        let restored = writer.busy_timeout(PATIENCE);
        if let Err(error) = emptied.and(restored) {
            tracing::debug!(%error, "the log of the store was not emptied");
        }
    }

    /// Seals a value with the key in use.
    pub(super) fn seal(&self, sql: &Connection, place: &Place, value: &[u8]) -> Sql<Sealed> {
        Ok(seal::seal(&self.key_in_use(sql)?, place, value)?)
    }

    /// The store says which key is in use, so that all processes change over at the same moment.
    pub(super) fn key_in_use(&self, sql: &Connection) -> Sql<Key> {
        let statement = "SELECT id FROM keys WHERE in_use = 1";
        let id: String = sql.query_row(statement, [], |row| row.get(0))?;
        let Some(key) = self.ring.get(&id)? else {
            return Err(self.lost(sql, &id)?.into());
        };
        self.ring.set_primary(&id);
        Ok(key)
    }

    /// Writes a key down, with a proof, and takes it into use.
    pub(super) fn use_key(&self, sql: &Connection, key: &Key) -> Sql<()> {
        let proof = seal::seal(key, &proof_place(key.id()), PROOF)?;
        sql.execute(
            "UPDATE keys SET in_use = 0, replaced_at = ?2 WHERE in_use = 1 AND id <> ?1",
            params![key.id(), now()],
        )?;
        sql.execute(
            "INSERT INTO keys (id, in_use, place, proof_key, proof) VALUES (?1, 1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET in_use = 1, place = ?2, proof_key = ?3, proof = ?4",
            params![key.id(), self.ring.place(), proof.key, proof.value],
        )?;
        self.ring.set_primary(key.id());
        Ok(())
    }

    /// A new store takes its first key; an old one has to be opened with the key it was written with.
    fn prove_key(&self, sql: &Connection) -> Sql<()> {
        let statement = "SELECT id, proof_key, proof FROM keys WHERE in_use = 1";
        let sealed = sql
            .query_row(statement, [], |row| {
                Ok(Sealed {
                    key_id: row.get(0)?,
                    key: row.get(1)?,
                    value: row.get(2)?,
                })
            })
            .optional()?;
        let Some(sealed) = sealed else {
            return self.use_key(sql, &self.ring.first()?);
        };
        let key = self.key_in_use(sql)?;
        match seal::open(&self.ring, &proof_place(key.id()), &sealed) {
            Ok(proof) if proof.as_slice() == PROOF => Ok(()),
            _ => Err(Error::store(format!(
                "the key `{}` in the {} is not the one that the store was written with: bring that one back, or move the \
                 store away and sign in again",
                key.id(),
                self.ring.place()
            ))
            .into()),
        }
    }

    fn lost(&self, sql: &Connection, id: &str) -> Sql<Error> {
        let statement = "SELECT place FROM keys WHERE id = ?1";
        let place: String = sql.query_row(statement, [id], |row| row.get(0))?;
        let mut text = format!(
            "its key `{id}`, which was in the {place}, is not in the {}: bring it back, or move the store away and sign in again",
            self.ring.place()
        );
        if !self.ring.note().is_empty() {
            text.push_str(". ");
            text.push_str(self.ring.note());
        }
        Ok(Error::store(text))
    }

    /// A number that is greater than all before it.
    pub(super) fn next_number(&self, sql: &Connection) -> Sql<u64> {
        let statement = "UPDATE counter SET last = last + 1 RETURNING last";
        Ok(number(sql.query_row(statement, [], |row| row.get(0))?))
    }
}

fn proof_place(key_id: &str) -> Place {
    Place::new("proof").text(key_id)
}

/// SQLite would make the file readable for everybody; its log and index get the mode of the file.
fn make_file(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        file::make_folder(folder)?;
    }
    match file::create(path) {
        Err(error) if error.kind() != IoError::AlreadyExists => return Err(error),
        _ => {}
    }
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    if file::is_shared(path)? {
        file::make_private(path)?;
    }
    Ok(())
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    let mode = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    if connection.pragma_query_value(None, "journal_mode", mode)? != "wal" {
        connection.pragma_update_and_check(None, "journal_mode", "wal", mode)?;
    }
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Deleted bytes are overwritten.
    connection.pragma_update_and_check(None, "secure_delete", true, |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

/// Changing to the write-ahead log, and recovering one, can fail at once where another process does the same.
fn patiently<T>(work: impl Fn() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut pauses = PATIENCE.as_millis() / PAUSE.as_millis();
    loop {
        match work() {
            Err(error)
                if pauses > 0
                    && matches!(
                        error.sqlite_error_code(),
                        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
                    ) =>
            {
                pauses -= 1;
                thread::sleep(PAUSE);
            }
            result => return result,
        }
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// SQLite has no unsigned numbers; ours never get so far.
pub(super) fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
