//! The tables, and how older ones become newer ones.

use rusqlite::Connection;

use super::database::Sql;
use crate::error::Error;

/// Marks the file as ours; anything else is not touched.
const APPLICATION: i64 = 0x636f_6e6e;

/// One step per version. Steps that were released stay as they are.
const STEPS: [&str; 1] = ["
    CREATE TABLE keys (
        id TEXT PRIMARY KEY NOT NULL,
        in_use INTEGER NOT NULL,
        replaced_at INTEGER,
        place TEXT NOT NULL,
        proof_key BLOB NOT NULL,
        proof BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX key_in_use ON keys (in_use) WHERE in_use = 1;
    CREATE TABLE counter (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        last INTEGER NOT NULL
    ) STRICT;
    INSERT INTO counter VALUES (1, 0);
    CREATE TABLE connections (
        id TEXT PRIMARY KEY NOT NULL,
        connector TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        key_id TEXT NOT NULL REFERENCES keys (id),
        value_key BLOB NOT NULL,
        value BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        last_used_at INTEGER,
        UNIQUE (connector, name)
    ) STRICT;
    CREATE INDEX connections_by_key ON connections (key_id);
    CREATE TABLE tokens (
        connection TEXT NOT NULL,
        slot TEXT NOT NULL,
        generation INTEGER NOT NULL,
        version INTEGER NOT NULL,
        key_id TEXT REFERENCES keys (id),
        value_key BLOB,
        value BLOB,
        fence INTEGER NOT NULL DEFAULT 0,
        leased_at INTEGER,
        leased_until INTEGER,
        failure TEXT,
        failure_message TEXT,
        failure_attempts INTEGER,
        next_attempt_at TEXT,
        PRIMARY KEY (connection, slot)
    ) STRICT;
    CREATE INDEX tokens_by_key ON tokens (key_id);
"];

/// Brings the tables up to date; inside a transaction.
pub(super) fn migrate(connection: &Connection) -> Sql<()> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables = "SELECT count(*) FROM sqlite_schema";
    let is_new = version == 0 && connection.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0;
    if application != APPLICATION && !is_new {
        return Err(Error::store("this is a database of another program").into());
    }
    let known = STEPS.len();
    let done = match usize::try_from(version) {
        Ok(done) if done <= known => done,
        _ => {
            return Err(Error::store(format!(
                "it was written by a newer version of this program (its tables are version {version}, known are those up to \
                 {known}): update the program"
            ))
            .into());
        }
    };
    for step in &STEPS[done..] {
        connection.execute_batch(step)?;
    }
    if done < known {
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", STEPS.len() as i64)?;
    }
    Ok(())
}
